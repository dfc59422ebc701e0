// Package disk teaches the engine the kind GandiDisk.
//
// From a field of a manifest to the call: api/v1alpha1/gandidisk_types.go has
// the field, observe.go and references.go what Gandi and other objects say about
// it, plan.go the rules that compare the two, and internal/gandi/call_disk.go
// the call.
//
// What is special about disks: they hold data, so one that is lost is not bought
// anew by itself, none is ever made smaller, and a rollback is carried out once
// and never repeated (docs/adr/0014). A disk that a VM has is attached and
// detached by the GandiVM; here that is only seen, waited for, and asked for by
// status.detachFor.
package disk
