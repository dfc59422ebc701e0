package disk

import (
	"cmp"
	"fmt"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// rollBackOnRequest answers an open request, once. It is marked as taken up with
// the intent, before the call leaves, and stays so whatever becomes of the call,
// unless that is proven to have had no effect.
//
// VMs are told a pass before, so that none takes the disk just then.
func rollBackOnRequest(obj object, s Observed) (action, bool) {
	r := s.Rollback
	if !r.open() || r.Snapshot == nil {
		return action{}, false
	}
	switch {
	case s.HandsOff:
	case s.Holder != nil:
		return waitForHolder(s.Holder.giveUp(obj, s.Disk.ID)), true
	case !r.Announced:
		return action{Verb: engine.Wait, Reason: v1alpha1.ReasonRollingBack, Recheck: announced,
			Message: fmt.Sprintf("tells VMs that disk %d is to be rolled back to snapshot %d", s.Disk.ID, r.Snapshot.ID)}, true
	}
	return action{
		Verb: engine.Do, Call: gandi.DiskRollback{Disk: s.Disk.ID, Snapshot: r.Snapshot.ID}, Reason: v1alpha1.ReasonRollingBack, Context: r.context(),
		Message: fmt.Sprintf("roll disk %d back to snapshot %d, as requested at %s; what was written since is lost", s.Disk.ID, r.Snapshot.ID, r.Asked),
		Handles: r.takenUp(),
		// What was accepted for the disk before says nothing of what is on it then.
		Applies: map[string]string{appliedRolledBack: r.Asked, appliedKernel: "", appliedCmdline: "", appliedSize: ""},
	}, true
}

// giveUp says what it takes that the VM gives the disk up for its rollback.
func (h Holder) giveUp(obj object, disk gandi.DiskID) string {
	said := fmt.Sprintf("%s has disk %d, which is to be rolled back", h, disk)
	switch {
	case !h.Ours:
		return said + ", and no GandiVM manages that VM: detach the disk there"
	case h.Observed:
		return said + ", and only observes its VM: detach the disk at Gandi"
	case h.Unasked && h.Boots:
		return fmt.Sprintf("%s, and does not name it: set its spec.systemDisk.diskRef to %s, and it gives the disk up for the rollback", said, obj.Name)
	case h.Unasked:
		return fmt.Sprintf("%s, and does not name it: add %s to its spec.disks, and it gives the disk up for the rollback", said, obj.Name)
	default:
		return fmt.Sprintf("waits for %s to give disk %d up, which is to be rolled back; that GandiVM's conditions tell how far it is", h, disk)
	}
}

// tellOfRollback tells of a request that was taken up and is not known to have
// come to a good end. It is never repeated.
func tellOfRollback(_ object, s Observed) (action, bool) {
	r := s.Rollback
	if !r.unanswered() {
		return action{}, false
	}
	mend := "look at the disk; a new spec.rollback.requestedAt asks again, and taking spec.rollback out leaves the disk as it is and lets its VM have it"
	if r.Failure != "" {
		return action{Verb: engine.Block, Reason: v1alpha1.ReasonOperationFailed,
			Message: fmt.Sprintf("the rollback requested at %s failed and is not repeated by itself: %s; %s", r.Asked, r.Failure, mend)}, true
	}
	return action{Verb: engine.Block, Reason: v1alpha1.ReasonCallUnconfirmed,
		Message: fmt.Sprintf("whether the rollback requested at %s took place is not known, and it is not repeated by itself; %s", r.Asked, mend)}, true
}

// Classes of failures, as the engine writes them into status.
const (
	unconfirmed     = "Unconfirmed"     // no trace of the call
	failedOperation = "OperationFailed" // an operation ended in ERROR
)

// failure is the latest failure of a call that fits; nil when there is none.
func (s Observed) failure(fits func(v1alpha1.Failure) bool) *v1alpha1.Failure {
	var latest *v1alpha1.Failure
	for i := range s.Refusals {
		if f := &s.Refusals[i]; fits(*f) {
			latest = f
		}
	}
	return latest
}

// place names a datacenter to people.
func place(dc v1alpha1.ResolvedDatacenter) string {
	return cmp.Or(dc.Name, fmt.Sprintf("datacenter %d", dc.ID))
}

// migration names the migration that is asked for, at this generation.
func (s Observed) migration() string { return fmt.Sprintf("%d to %d", s.Generation, s.Move.To.ID) }

func (s Observed) migrateCall() gandi.DiskMigrate {
	return gandi.DiskMigrate{ID: s.Disk.ID, To: gandi.DatacenterID(s.Move.To.ID)}
}

// lost tells whether the migration was sent and left no trace. It is not sent
// again at the same generation, since it may still begin. One whose operation
// ended in ERROR is.
func (s Observed) lost() bool {
	if s.Migrating || s.Applied[appliedMigration] != s.migration() {
		return false
	}
	call := gandi.Digest(s.migrateCall())
	f := s.failure(func(f v1alpha1.Failure) bool { return f.Digest == call })
	return f == nil || f.Class != failedOperation
}

func migrate(_ object, s Observed) (action, bool) {
	if s.Move == nil || !s.Move.Possible || s.lost() || (s.Holder != nil && !s.HandsOff) {
		return action{}, false
	}
	return action{Verb: engine.Do, Call: s.migrateCall(), Reason: v1alpha1.ReasonMigratingDisk, Context: s.context(),
		Message: fmt.Sprintf("migrate disk %d from %s to %s", s.Disk.ID, place(s.Datacenter), place(s.Move.To)),
		Handles: map[string]string{appliedMigration: s.migration()},
		Applies: map[string]string{appliedMigration: ""}}, true
}

func waitToMigrate(_ object, s Observed) (action, bool) {
	switch {
	case s.Move == nil:
		return action{}, false
	case !s.Move.Possible:
		return action{Verb: engine.Block, Reason: v1alpha1.ReasonMigrationImpossible,
			Message: fmt.Sprintf("Gandi migrates disks from %s %s, and spec.datacenter is %s; correct it, or copy what you need to a new GandiDisk there", place(s.Datacenter), s.Move.Ways, place(s.Move.To))}, true
	case s.lost():
		return action{Verb: engine.Block, Reason: v1alpha1.ReasonCallUnconfirmed,
			Message: fmt.Sprintf("the migration of disk %d to %s left no trace, and is not sent again by itself; if the disk stays in %s, take spec.datacenter back to that and then ask again", s.Disk.ID, place(s.Move.To), place(s.Datacenter))}, true
	default:
		return waitForHolder(fmt.Sprintf("%s has disk %d, and only a free disk migrates to %s: %s", s.Holder, s.Disk.ID, place(s.Move.To), s.Holder.takeItOut())), true
	}
}
