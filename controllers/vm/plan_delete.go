package vm

import (
	"fmt"
	"slices"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

func deleting(obj object) bool { return !obj.DeletionTimestamp.IsZero() }

func releaseRetained(obj object, s Observed) (action, bool) {
	switch {
	case !deleting(obj) || !s.Retain:
		return action{}, false
	case s.VM != nil:
		return action{Verb: engine.Release, Reason: v1alpha1.ReasonReleased,
			Message: fmt.Sprintf("VM %d stays at Gandi as it is, and is billed on", s.VM.ID)}, true
	case s.HalfDisk != 0 || s.HalfIface != 0:
		return action{Verb: engine.Release, Reason: v1alpha1.ReasonReleased,
			Message: fmt.Sprintf("what a half-done create left stays at Gandi, and is billed on: disk %d, interface %d", s.HalfDisk, s.HalfIface)}, true
	default:
		return action{}, false
	}
}

// deleteInvalid removes what a failed create left in the place of a VM. A VM
// that was whole once is never deleted for its state.
func deleteInvalid(_ object, s Observed) (action, bool) {
	if s.VM == nil || s.VM.State != gandi.VMInvalid || s.Bought || s.Adopted {
		return action{}, false
	}
	return action{Verb: engine.Do, Call: gandi.VMDelete{ID: s.VM.ID}, Reason: v1alpha1.ReasonDeletingLeftover, Destroys: true,
		Applies: engine.Deleted(int64(s.VM.ID)),
		Message: fmt.Sprintf("delete VM %d, which never came into being", s.VM.ID)}, true
}

func waitOutTransition(_ object, s Observed) (action, bool) {
	if s.VM == nil {
		return action{}, false
	}
	switch s.VM.State {
	case gandi.VMRunning, gandi.VMHalted, gandi.VMPaused:
		return action{}, false
	case gandi.VMLegallyLocked, gandi.VMInvalid:
		return action{Verb: engine.Block, Reason: v1alpha1.ReasonVMLocked,
			Message: fmt.Sprintf("VM %d is %s; ask Gandi's support, or delete the object with the annotation %s to let it go", s.VM.ID, s.VM.State, v1alpha1.AnnotationAbandon)}, true
	default:
		return action{Verb: engine.Wait, Reason: v1alpha1.ReasonVMInTransition, Recheck: transitionRecheck,
			Message: fmt.Sprintf("VM %d is %s", s.VM.ID, s.VM.State)}, true
	}
}

func stopBeforeDelete(obj object, s Observed) (action, bool) {
	if !deleting(obj) || s.VM == nil || s.VM.State == gandi.VMHalted {
		return action{}, false
	}
	return action{Verb: engine.Do, Call: gandi.VMStop{ID: s.VM.ID}, Reason: v1alpha1.ReasonStoppingVM,
		Message: fmt.Sprintf("stop VM %d, since Gandi deletes halted VMs only", s.VM.ID)}, true
}

// detachBeforeDelete saves the disk that a person brought along: Gandi deletes
// the disk at position 0 with the VM (docs/gandi-api.md, preconditions).
func detachBeforeDelete(obj object, s Observed) (action, bool) {
	if !deleting(obj) || s.VM == nil || obj.Spec.SystemDisk == nil {
		return action{}, false
	}
	own := gandi.DiskID(obj.Spec.SystemDisk.DiskID)
	if slices.Contains(s.VM.DiskIDs, own) {
		return action{Verb: engine.Do, Call: gandi.VMDiskDetach{VM: s.VM.ID, Disk: own}, Reason: v1alpha1.ReasonDetachingDisk,
			Message: fmt.Sprintf("detach disk %d, which is yours and stays", own)}, true
	}
	return action{}, false
}

func deleteWhenStopped(obj object, s Observed) (action, bool) {
	if !deleting(obj) || s.VM == nil {
		return action{}, false
	}
	return action{Verb: engine.Do, Call: gandi.VMDelete{ID: s.VM.ID}, Reason: v1alpha1.ReasonDeletingVM, Destroys: true,
		Applies: engine.Deleted(int64(s.VM.ID)),
		Message: fmt.Sprintf("delete VM %d with its system disk and first interface", s.VM.ID)}, true
}

// deleteLeftovers removes the parts of a create that was done by half. Parts of
// a VM that was whole once were taken off it by somebody, and are left alone.
func deleteLeftovers(obj object, s Observed) (action, bool) {
	if !deleting(obj) || s.VM != nil || s.Bought || s.Retain {
		return action{}, false
	}
	if s.HalfDisk != 0 {
		return action{Verb: engine.Do, Call: gandi.DiskDelete{ID: s.HalfDisk}, Reason: v1alpha1.ReasonDeletingLeftover, Destroys: true,
			Message: fmt.Sprintf("delete disk %d, which a create left behind", s.HalfDisk)}, true
	}
	if s.HalfIface != 0 {
		return action{Verb: engine.Do, Call: gandi.IfaceDelete{ID: s.HalfIface}, Reason: v1alpha1.ReasonDeletingLeftover, Destroys: true,
			Message: fmt.Sprintf("delete interface %d, which a create left behind", s.HalfIface)}, true
	}
	return action{}, false
}

func releaseWhenGone(obj object, _ Observed) (action, bool) {
	if !deleting(obj) {
		return action{}, false
	}
	return action{Verb: engine.Release, Reason: v1alpha1.ReasonDeleted, Message: "nothing is left at Gandi"}, true
}
