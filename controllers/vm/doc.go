// Package vm teaches the engine the kind GandiVM.
//
// From a field of a manifest to the call: api/v1alpha1/gandivm_types.go has the
// field, observe.go what Gandi says about it, plan.go the rule that compares
// the two, and internal/gandi/call_vm.go the call.
//
// What is special about VMs: Gandi starts every new one; deleting one takes the
// disk at position 0 and the first interface along, and wants it halted; memory
// beyond vm_max_memory needs a reboot (docs/gandi-api.md).
package vm
