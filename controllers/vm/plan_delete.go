package vm

import (
	"fmt"

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
func deleteInvalid(obj object, s Observed) (action, bool) {
	if s.VM == nil || s.VM.State != gandi.VMInvalid || s.Bought || s.Adopted {
		return action{}, false
	}
	if len(s.VM.DiskIDs) > 0 && (ownBoot(obj) || s.ClaimedDisks[s.VM.DiskIDs[0]] != "") {
		first := s.VM.DiskIDs[0]
		return detach(s, first, fmt.Sprintf("detach disk %d, which stays, from VM %d, which never came into being", first, s.VM.ID)), true
	}
	if len(s.VM.IfaceIDs) > 0 && !s.ifaceGoes(obj, s.VM.IfaceIDs[0]) {
		return detachIface(s, s.VM.IfaceIDs[0], "which stays"), true
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

// detachBeforeDelete saves every disk that was not bought with the VM, or that
// shall stay: Gandi deletes the disk at position 0 with the VM, and detaches the
// others (docs/gandi-api.md, preconditions). Whether the next disk moves up when
// the first is taken off is not known, so all that come before are taken off.
func detachBeforeDelete(obj object, s Observed) (action, bool) {
	if !deleting(obj) || s.VM == nil || len(s.VM.DiskIDs) == 0 || s.diskGoes(obj, s.VM.DiskIDs[0]) {
		return action{}, false
	}
	for _, id := range s.VM.DiskIDs[1:] {
		if s.diskGoes(obj, id) && id == s.OwnDisk {
			a := detach(s, id, fmt.Sprintf("detach system disk %d, which goes with the VM and is not at its place", id))
			a.Applies = map[string]string{appliedDropped: fmt.Sprint(id)}
			return a, true
		}
	}
	first := s.VM.DiskIDs[0]
	return detach(s, first, fmt.Sprintf("detach disk %d, which stays", first)), true
}

// detachIfaceFirst does the same for interfaces: Gandi deletes the first.
func detachIfaceFirst(obj object, s Observed) (action, bool) {
	if !deleting(obj) || s.VM == nil || len(s.VM.IfaceIDs) == 0 || s.ifaceGoes(obj, s.VM.IfaceIDs[0]) {
		return action{}, false
	}
	return detachIface(s, s.VM.IfaceIDs[0], "which stays"), true
}

// deleteDropped deletes the own system disk that was detached for it.
func deleteDropped(obj object, s Observed) (action, bool) {
	if !deleting(obj) || s.VM == nil || !s.OwnDiskFree || !s.diskGoes(obj, s.OwnDisk) || s.Applied[appliedDropped] != fmt.Sprint(s.OwnDisk) {
		return action{}, false
	}
	return action{Verb: engine.Do, Call: gandi.DiskDelete{ID: s.OwnDisk}, Reason: v1alpha1.ReasonDeletingDisk, Destroys: true,
		Applies: map[string]string{appliedDropped: ""},
		Message: fmt.Sprintf("delete system disk %d, which was bought with the VM", s.OwnDisk)}, true
}

func deleteWhenStopped(obj object, s Observed) (action, bool) {
	if !deleting(obj) || s.VM == nil {
		return action{}, false
	}
	return action{Verb: engine.Do, Call: gandi.VMDelete{ID: s.VM.ID}, Reason: v1alpha1.ReasonDeletingVM, Destroys: true,
		Applies: engine.Deleted(int64(s.VM.ID)),
		Message: fmt.Sprintf("delete VM %d%s", s.VM.ID, s.goesAlong(obj))}, true
}

// goesAlong says what Gandi deletes with the VM.
func (s *Observed) goesAlong(obj object) string {
	disk := len(s.VM.DiskIDs) > 0 && s.diskGoes(obj, s.VM.DiskIDs[0])
	iface := len(s.VM.IfaceIDs) > 0 && s.ifaceGoes(obj, s.VM.IfaceIDs[0])
	switch {
	case disk && iface:
		return " with its system disk and first interface"
	case disk:
		return " with its system disk"
	case iface:
		return " with its first interface"
	default:
		return ", and nothing with it"
	}
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
