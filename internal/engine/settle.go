package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
	"github.com/gandi-operator/gandi-operator/internal/operation"
)

// Classes of a Failure that are not classes of a call's error.
const (
	failedOperation = "OperationFailed" // an operation ended in ERROR
	endedOperation  = "OperationLost"   // CANCEL, SUPPORT, or vanished
	unconfirmed     = "Unconfirmed"     // no trace of the call within settle
	faulted         = "Fault"           // a fault that nobody has seen before
)

// settle learns where the operations in status stand. They are settled
// together: as long as one of a call's operations runs, the call runs.
func (p *pass[O, S]) settle(ctx context.Context) {
	if len(p.status.Operations) == 0 {
		return
	}
	tracker := p.conv.Tracker()
	ids := make([]gandi.OperationID, len(p.status.Operations))
	for i, o := range p.status.Operations {
		ids[i] = gandi.OperationID(o.ID)
	}
	tracker.Follow(p.owner, ids...)

	states := make([]operation.State, len(ids))
	running := false
	for i, id := range ids {
		states[i] = tracker.State(id)
		if s := states[i]; s.Known {
			p.status.Operations[i].Step = s.Op.Step
			if s.Op.Type != "" {
				p.status.Operations[i].Type = s.Op.Type
			}
		}
		if s := states[i]; !s.Vanished && (!s.Known || !s.Op.Finished()) {
			running = true
		}
	}
	p.learnIDs(states)
	if running {
		p.running = describe(p.status.Operations, states)
		return
	}
	p.memo.mark = p.conv.Mark()
	p.over = true
	p.ended(ctx, states)
	tracker.Drop(ids...)
}

// learnIDs takes ids that a paid call's reply did not tell from its operations.
func (p *pass[O, S]) learnIDs(states []operation.State) {
	if p.status.Intent == nil || p.status.Intent.Repeat != gandi.Paid.String() {
		return
	}
	var ops []gandi.Operation
	for _, s := range states {
		if s.Known {
			ops = append(ops, s.Op)
		}
	}
	p.take(p.Kind.Bought(ops))
}

// take keeps ids that a paid call brought.
func (p *pass[O, S]) take(id int64, created []v1alpha1.ExternalID) {
	if id != 0 && p.status.ID == 0 {
		p.status.ID = id
		if p.conv != nil {
			p.status.Handle = p.conv.Handle()
		}
		p.memo.unseen = 0
	}
	for _, one := range created {
		known := false
		for _, have := range p.status.Created {
			known = known || have == one
		}
		if !known {
			p.status.Created = append(p.status.Created, one)
		}
	}
	p.status.Created = bounded(p.status.Created)
}

// bounded keeps status.created within its schema when creates keep failing: of
// what earlier attempts named, VMs and addresses are dropped first, which no
// later attempt uses.
func bounded(created []v1alpha1.ExternalID) []v1alpha1.ExternalID {
	const most = 48
	for _, droppable := range []func(v1alpha1.ExternalID) bool{
		func(e v1alpha1.ExternalID) bool { return e.Type != "disk" && e.Type != "iface" },
		func(v1alpha1.ExternalID) bool { return true },
	} {
		for i := 0; len(created) > most && i < len(created)-4; {
			if droppable(created[i]) {
				created = slices.Delete(slices.Clone(created), i, i+1)
				continue
			}
			i++
		}
	}
	return created
}

// ended records what came of a call whose operations are all terminal.
func (p *pass[O, S]) ended(ctx context.Context, states []operation.State) {
	logger := log.FromContext(ctx)
	var failed, lost []string
	for i, s := range states {
		id := p.status.Operations[i].ID
		switch {
		case s.Vanished:
			lost = append(lost, fmt.Sprintf("operation %d is not known to Gandi any more", id))
		case s.Op.Step == gandi.StepDone:
		case s.Op.Step == gandi.StepError:
			failed = append(failed, strings.TrimSpace(fmt.Sprintf("operation %d %s ended in ERROR %s", id, s.Op.Type, s.Op.LastError)))
		default:
			lost = append(lost, fmt.Sprintf("operation %d %s ended in %s", id, s.Op.Type, s.Op.Step))
		}
		logger.Info("operation ended", "operation", id, "opStep", s.Op.Step)
	}
	p.status.Operations = nil
	in := p.status.Intent
	untold := in != nil && in.Repeat == gandi.Paid.String() && p.status.ID == 0
	switch {
	case in == nil:
	case len(failed) > 0:
		p.failed(in, failedOperation, strings.Join(append(failed, lost...), "; "))
		p.warning(v1alpha1.ReasonOperationFailed, p.status.LastFailure.Message)
	case untold:
		// Which external resource the call was about was never told: its outcome
		// is unknown, and is found out by looking. The intent stays.
		if len(lost) == 0 {
			lost = []string{fmt.Sprintf("the operations of %s have ended, and do not tell which %s they made", in.Method, p.Kind.Type())}
		}
		p.warning(v1alpha1.ReasonConfirmingCall, strings.Join(lost, "; "))
	case len(lost) == 0:
		p.succeeded(in)
	default:
		p.failed(in, endedOperation, strings.Join(lost, "; "))
		p.warning(v1alpha1.ReasonOperationFailed, p.status.LastFailure.Message)
	}
}

// succeeded closes an intent whose call did its work.
func (p *pass[O, S]) succeeded(in *v1alpha1.Intent) {
	for key, value := range in.Applies {
		p.applies(key, value)
	}
	if in.SettlesReboot {
		p.status.PendingReboot = nil
	}
	if in.Repeat == gandi.Paid.String() && p.status.ID != 0 && p.status.BoughtAt == nil {
		p.status.BoughtAt = now()
	}
	p.status.LastFailure = nil
	p.dropRefusals(in.Digest)
	p.status.Intent = nil
}

// failed closes an intent whose call is known not to have done its work.
func (p *pass[O, S]) failed(in *v1alpha1.Intent, class, message string) {
	attempts := int32(1)
	if f := p.status.LastFailure; f != nil && f.Digest == in.Digest && f.Context == in.Context && f.Generation == p.obj.GetGeneration() {
		attempts = f.Attempts + 1
	}
	failure := v1alpha1.Failure{
		Method: in.Method, Digest: in.Digest, Context: in.Context, Class: class, Attempts: attempts,
		Since: *now(), Generation: p.obj.GetGeneration(), Message: cut(message, 1024),
	}
	p.status.LastFailure = &failure
	p.dropRefusals(in.Digest + in.Context)
	p.status.Refusals = append(p.status.Refusals, failure)
	if n := len(p.status.Refusals); n > 8 {
		p.status.Refusals = p.status.Refusals[n-8:]
	}
	if in.Before != nil {
		p.status.PendingReboot = in.Before.PendingReboot
	}
	p.status.Intent = nil
}

// dropRefusals forgets the refusals of a digest, or of a digest in one context.
func (p *pass[O, S]) dropRefusals(key string) {
	var left []v1alpha1.Failure
	for _, f := range p.status.Refusals {
		if f.Digest != key && f.Digest+f.Context != key && f.Generation == p.obj.GetGeneration() {
			left = append(left, f)
		}
	}
	p.status.Refusals = left
}

// withdrawn takes an intent back whose call is proven to have had no effect.
func (p *pass[O, S]) withdrawn(in *v1alpha1.Intent) {
	if b := in.Before; b != nil {
		p.status.PendingReboot = b.PendingReboot
		p.status.LastHandledRestartAt = b.LastHandledRestartAt
		p.status.LastHandledApproval = b.LastHandledApproval
		for key, value := range b.Handled {
			p.applies(key, value)
		}
	}
	p.unpaid(in)
	p.status.Intent = nil
}

// describe puts running operations in words: the external resource's own first.
func describe(ops []v1alpha1.OperationStatus, states []operation.State) string {
	var parts []string
	for i, op := range slices.Backward(ops) {
		step := op.Step
		if step == "" {
			step = "just sent"
		}
		part := fmt.Sprintf("operation %d %s: %s", op.ID, op.Type, step)
		if states[i].Stuck {
			part += ", far longer than usual; ask Gandi's support"
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, "; ")
}

func now() *metav1.Time {
	t := metav1.NewTime(time.Now().Truncate(time.Second))
	return &t
}
