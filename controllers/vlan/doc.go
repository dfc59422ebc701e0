// Package vlan teaches the engine the kind GandiVLAN.
//
// What is special about VLANs: a name is unique on the account, and the only
// place for a mark, so a new one carries the mark until its number is stored and
// gets its own name afterwards; the operation of a create tells the number among
// its parameters only; and one that has interfaces cannot be deleted
// (docs/gandi-api.md).
package vlan
