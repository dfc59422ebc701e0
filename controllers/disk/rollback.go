package disk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// Keys of status.applied that speak of rollbacks (docs/adr/0014).
const (
	// appliedRollback is the request that was taken up last: written with the
	// intent, or when the disk is first seen.
	appliedRollback = "rollback"
	// appliedRolledBack is the request that was answered last. While it differs
	// from the former, what became of that one is not known, or it failed.
	appliedRolledBack = "rolledBack"
	// appliedRollbacks are the requests taken up so far, as short digests.
	appliedRollbacks = "rollbacks"
	// appliedRollbackFailure is what Gandi said of the failure of the request taken
	// up last: other calls that succeed drop what else status knows of failures.
	appliedRollbackFailure = "rollbackFailure"
)

const (
	// noRequest stands for a spec without spec.rollback.
	noRequest = "none"
	// requestNone stands for a request that reads none.
	requestNone = `"none"`
	// forRollback is what status.detachFor says.
	forRollback = "rollback"
	// maxRequests is how many requests are remembered.
	maxRequests = 32
)

// Rollback is what is known of spec.rollback, in the words of status.applied.
type Rollback struct {
	// Asked is the request that the spec makes; noRequest for none.
	Asked string
	// Handled and Done are the requests taken up and answered last, Past all that
	// were taken up.
	Handled, Done string
	Past          []string
	// Failure of the request taken up last, in Gandi's words; "" when there was
	// none, or nothing is known of its end.
	Failure string
	// Running: our own rollback is under way.
	Running bool
	// Announced: status.detachFor told so before this pass.
	Announced bool
	// Snapshot that an open request means; nil when it is not there.
	Snapshot *gandi.Disk
}

// rollbackOf reads what status knows. When the disk is first seen, what the spec
// asks counts as answered: nobody could have meant this disk as it is now.
func rollbackOf(obj *v1alpha1.GandiDisk) Rollback {
	st := &obj.Status
	r := Rollback{
		Asked:     noRequest,
		Running:   st.Intent != nil && st.Intent.Method == gandi.DiskRollback{}.Method(),
		Announced: st.DetachFor == forRollback,
	}
	if asked := obj.Spec.Rollback; asked != nil {
		r.Asked = asked.RequestedAt
		if r.Asked == noRequest {
			r.Asked = requestNone
		}
	}
	r.Handled, r.Done = st.Applied[appliedRollback], st.Applied[appliedRolledBack]
	r.Failure = st.Applied[appliedRollbackFailure]
	r.Past = strings.Fields(st.Applied[appliedRollbacks])
	if r.Handled == "" {
		r.Handled, r.Done, r.Past = r.Asked, r.Asked, nil
		if r.Asked != noRequest {
			r.Past = []string{digest(r.Asked)}
		}
	}
	return r
}

// requestedAt is a request as the spec has it.
func requestedAt(request string) string {
	if request == requestNone {
		return noRequest
	}
	return request
}

// digest stands for a request where many are kept.
func digest(request string) string {
	sum := sha256.Sum256([]byte(request))
	return hex.EncodeToString(sum[:5])
}

// open tells whether a request was not taken up yet. A value that comes back,
// as when a commit is reverted, asks for nothing.
func (r Rollback) open() bool {
	return r.Asked != noRequest && r.Asked != r.Handled && !slices.Contains(r.Past, digest(r.Asked))
}

// again tells whether the spec repeats a request that an other one followed.
func (r Rollback) again() bool { return r.Asked != noRequest && r.Asked != r.Handled && !r.open() }

// unanswered tells whether the request was taken up and did not come to a good
// end, as far as is known.
func (r Rollback) unanswered() bool {
	return r.Asked != noRequest && r.Asked == r.Handled && r.Handled != r.Done && !r.Running
}

// takenUp is what marks the open request as taken up.
func (r Rollback) takenUp() map[string]string {
	past := append(slices.Clone(r.Past), digest(r.Asked))
	past = past[max(len(past)-maxRequests, 0):]
	return map[string]string{appliedRollback: r.Asked, appliedRollbacks: strings.Join(past, " "), appliedRollbackFailure: ""}
}

// context of the rollback's call: failures and refusals are told by it to belong
// to the request.
func (r Rollback) context() string { return "rollback " + digest(r.Asked) }

// rollbackSnapshot finds the snapshot that an open request means, and makes sure
// that it is one of this disk.
func (s *Observed) rollbackSnapshot(ctx context.Context, obj *v1alpha1.GandiDisk, env engine.Env) error {
	if !s.Rollback.open() {
		return nil
	}
	asked := obj.Spec.Rollback
	id, name := gandi.DiskID(asked.SnapshotID), fmt.Sprintf("disk %d", asked.SnapshotID)
	if ref := asked.SnapshotRef; ref != nil {
		name = fmt.Sprintf("GandiDisk %q", ref.Name)
		var err error
		if id, err = diskNamed(ctx, obj, env, ref.Name, v1alpha1.ReasonSnapshotNotFound); err != nil {
			return err
		}
	}
	snapshot, there := present(env, id)
	var wrong string
	switch {
	case !there:
		wrong = "is not on the account"
	case snapshot.Type != gandi.DiskTypeSnapshot:
		wrong = fmt.Sprintf("is of type %s and no snapshot", snapshot.Type)
	case snapshot.Source != s.Disk.ID:
		wrong = fmt.Sprintf("is a snapshot of disk %d", snapshot.Source)
	case inTransition(snapshot):
		return &engine.Missing{Reason: v1alpha1.ReasonReferenceNotReady, Message: fmt.Sprintf("snapshot %s is %s", name, snapshot.State)}
	default:
		s.Rollback.Snapshot = &snapshot
		return nil
	}
	return &engine.Missing{Reason: v1alpha1.ReasonSnapshotNotFound,
		Message: fmt.Sprintf("spec.rollback: %s %s; snapshots of disk %d: %s", name, wrong, s.Disk.ID, numbers(s.Disk.SnapshotIDs))}
}

func numbers(ids []gandi.DiskID) string {
	if len(ids) == 0 {
		return "none"
	}
	var words []string
	for _, id := range ids {
		words = append(words, fmt.Sprint(int(id)))
	}
	return strings.Join(words, ", ")
}

// detachFor is what status asks of VMs that have the disk or want it.
func (s Observed) detachFor(obj object) string {
	r := s.Rollback
	switch {
	case s.Disk == nil:
		return ""
	case r.Running:
		return forRollback
	case s.Paused:
		return obj.Status.DetachFor // a pause holds that too
	case s.HandsOff || deleting(obj):
		return ""
	case r.open() && r.Snapshot != nil:
		return forRollback
	case r.unanswered():
		// It is not known what is on the disk; a person decides.
		return forRollback
	default:
		return ""
	}
}
