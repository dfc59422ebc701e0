package disk

import (
	"fmt"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

func releaseRetained(obj object, s Observed) (action, bool) {
	id := s.Leftover
	if s.Disk != nil {
		id = s.Disk.ID
	}
	if !deleting(obj) || !s.Retain || id == 0 {
		return action{}, false
	}
	return action{Verb: engine.Release, Reason: v1alpha1.ReasonReleased,
		Message: fmt.Sprintf("disk %d stays at Gandi as it is, and is billed on", id)}, true
}

// deleteWhenDetached deletes a free disk. One that a VM has waits: whoever
// deletes a disk's object need not know who uses it. Whether Gandi deletes a disk
// that has snapshots is not known; a refusal is told.
func deleteWhenDetached(obj object, s Observed) (action, bool) {
	switch {
	case !deleting(obj) || s.Disk == nil:
		return action{}, false
	case s.Holder != nil && !s.HandsOff:
		return waitForHolder(fmt.Sprintf("%s has disk %d: %s; then the disk is deleted", s.Holder, s.Disk.ID, s.Holder.takeItOut())), true
	}
	message := fmt.Sprintf("delete disk %d with all that is on it", s.Disk.ID)
	if n := len(s.Disk.SnapshotIDs); n > 0 {
		message += fmt.Sprintf("; its snapshots are %s", numbers(s.Disk.SnapshotIDs))
	}
	return action{Verb: engine.Do, Call: gandi.DiskDelete{ID: s.Disk.ID}, Reason: v1alpha1.ReasonDeletingDisk, Destroys: true, Context: s.context(),
		Applies: engine.Deleted(int64(s.Disk.ID)), Message: message}, true
}

func deleteLeftover(obj object, s Observed) (action, bool) {
	if !deleting(obj) || s.Disk != nil || s.Leftover == 0 {
		return action{}, false
	}
	return action{Verb: engine.Do, Call: gandi.DiskDelete{ID: s.Leftover}, Reason: v1alpha1.ReasonDeletingLeftover, Destroys: true, Context: contextNone,
		Message: fmt.Sprintf("delete disk %d, which a create left behind", s.Leftover)}, true
}

func releaseWhenGone(obj object, _ Observed) (action, bool) {
	if !deleting(obj) {
		return action{}, false
	}
	return action{Verb: engine.Release, Reason: v1alpha1.ReasonDeleted, Message: "nothing is left at Gandi"}, true
}
