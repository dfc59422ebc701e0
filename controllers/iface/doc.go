// Package iface teaches the engine the kind GandiInterface.
//
// What is special about interfaces: they carry no mark, so what a create made is
// told from what was there before (docs/adr/0015); their addresses come and go
// with them, and a released one goes to the next interface with its number; one
// that a VM has cannot be deleted, and attaching is the VM's business
// (docs/gandi-api.md).
package iface
