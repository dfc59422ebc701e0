package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/account"
	"github.com/gandi-operator/gandi-operator/internal/condition"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
	"github.com/gandi-operator/gandi-operator/internal/operation"
)

const (
	// sendWithin bounds the time between an intent and its call. A call that was
	// not begun by then is not sent any more.
	sendWithin = 30 * time.Second
	// leaseMargin is kept to the end of the lease, so that the next leader never
	// meets a call of ours that is just leaving.
	leaseMargin = 5 * time.Second
	// recordWithin bounds the writing of a reply, whatever became of the
	// reconcile that sent the call.
	recordWithin = 15 * time.Second
)

// carryOut sends one call: slot, intent, lease, Submit, record.
func (p *pass[O, S]) carryOut(ctx context.Context, a Action, rest []Action) (verdict, error) {
	paid := a.Call.Repeat() == gandi.Paid
	if v, wait, err := p.alone(ctx, a.Call); wait || err != nil {
		return v, err
	}
	defer p.stepAside()
	if err := p.knowLatest(ctx); err != nil {
		return p.unobserved(ctx, err), nil
	}
	slot, err := p.conv.Reserve(ctx, p.owner, a.Call)
	if err != nil {
		return p.notNow(err), nil
	}
	defer slot.Withdraw()

	until := time.Now().Add(sendWithin)
	if p.Lease != nil {
		end, err := p.Lease.Until(ctx)
		if err != nil {
			return verdict{}, fmt.Errorf("reading the lease: %w", err)
		}
		if end = end.Add(-leaseMargin); end.Before(until) {
			until = end
		}
	}
	in := p.intend(a, until)
	if u, ok := p.unmarked(); ok && paid {
		in.Known = known(u.Alike(p.conv.Inventory(), p.obj))
	}
	p.status.Plan = planned(rest)
	p.tellAtAll(a)
	if err := p.save(ctx); err != nil {
		return verdict{}, err
	}
	p.memo.meets(in)
	if paid {
		// The look before this create says nothing about the time after it.
		p.memo.open, p.memo.unseen = in.DeepCopy(), 0
	}

	// The call and the writing of its reply outlive the reconcile's context: a
	// stop of the process waits for them.
	out := context.WithoutCancel(ctx) //nolint:forbidigo // see above
	r := p.submit(out, slot, a, in, until)
	p.memo.returned = true
	if r == nil {
		return verdict{kind: working, reason: v1alpha1.ReasonConfirmingCall, after: time.Second,
			message: fmt.Sprintf("whether %s took effect is not known; finding out before anything else is done", a.Call.Method())}, nil
	}
	if r.failure == nil {
		p.memo.voids = 0
	}
	p.memo.reply = r
	if err := p.recordReply(out); err != nil {
		log.FromContext(ctx).Info("reply not recorded yet", "method", a.Call.Method(), "token", p.token, "operations", r.operations, "gandiID", r.id)
		return verdict{}, err
	}
	return p.answered(ctx, a, r), nil
}

// tellAtAll has a status that was lost say something while its next call is under
// way: one without Ready means nothing to those who wait for it.
func (p *pass[O, S]) tellAtAll(a Action) {
	if c := &p.status.Conditions; meta.FindStatusCondition(*c, v1alpha1.ConditionReady) == nil {
		condition.Reconciling(c, p.obj.GetGeneration(), a.Reason, a.Message)
	}
}

// knowLatest makes sure that the highest operation id so far is known before a
// call leaves: by it an operation of the call is told from older ones. A new
// process knows none.
func (p *pass[O, S]) knowLatest(ctx context.Context) error {
	if p.conv.Tracker().Latest() != 0 {
		return nil
	}
	_, err := p.conv.Operations(ctx, gandi.OperationFilter{SortBy: "id DESC", Limit: 1})
	return err
}

// notNow is the verdict when the account gives no slot.
func (p *pass[O, S]) notNow(err error) verdict {
	var n *account.NotNow
	if !errors.As(err, &n) {
		return verdict{kind: quiet, after: time.Second}
	}
	if n.Reason == v1alpha1.ReasonBudgetExhausted || n.Reason == v1alpha1.ReasonThrottled {
		return verdict{kind: working, reason: n.Reason, message: n.Message, after: max(n.RetryAfter, 100*time.Millisecond)}
	}
	return p.awaitAccount(n.Reason, n.Message, n.RetryAfter)
}

// intend puts the intent, and what it marks as handled, into status.
func (p *pass[O, S]) intend(a Action, until time.Time) *v1alpha1.Intent {
	st := p.status
	st.Attempts++
	in := &v1alpha1.Intent{
		Attempt:        st.Attempts,
		Token:          p.token,
		Method:         a.Call.Method(),
		Digest:         gandi.Digest(a.Call),
		Repeat:         a.Call.Repeat().String(),
		Reason:         a.Reason,
		AfterOperation: int64(p.conv.Tracker().Latest()),
		Since:          metav1.NowMicro(),
		Deadline:       metav1.NewMicroTime(until),
		Sender:         p.Sender,
		Context:        a.Context,
		Asks:           gandi.Asks(a.Call),
		Applies:        a.Applies,
		SettlesReboot:  a.SettlesReboot,
		Before: &v1alpha1.IntentBefore{
			LastHandledRestartAt: st.LastHandledRestartAt,
			LastHandledApproval:  st.LastHandledApproval,
			PendingReboot:        st.PendingReboot,
		},
	}
	st.Intent = in
	p.handle(in, a.Handles)
	if a.Restart != "" {
		st.LastHandledRestartAt = a.Restart
	}
	if approval := Request(p.obj, v1alpha1.AnnotationApproveReboot); a.Disruptive && approval != "" {
		st.LastHandledApproval = approval
	}
	if a.PendingReboot != "" {
		st.PendingReboot = &v1alpha1.PendingReboot{Reason: a.PendingReboot}
	}
	if a.Call.Repeat() == gandi.Paid {
		st.PaidAttempts = append(recentAttempts(st.PaidAttempts), *now())
		if st.ID == 0 && len(st.Created) == 0 {
			st.Handle = p.conv.Handle()
		}
	}
	return in
}

// handle marks requests as answered, and keeps in the intent what stood there.
func (p *pass[O, S]) handle(in *v1alpha1.Intent, requests map[string]string) {
	for key, value := range requests {
		if in.Before.Handled == nil {
			in.Before.Handled = map[string]string{}
		}
		in.Before.Handled[key] = p.status.Applied[key]
		p.applies(key, value)
	}
}

// applies sets one key of status.applied, or takes it away when value is empty.
func (p *pass[O, S]) applies(key, value string) {
	if value == "" {
		delete(p.status.Applied, key)
		return
	}
	if p.status.Applied == nil {
		p.status.Applied = map[string]string{}
	}
	p.status.Applied[key] = value
}

// recentAttempts are the paid attempts of the last 24 hours, the latest eight.
func recentAttempts(all []metav1.Time) []metav1.Time {
	var recent []metav1.Time
	for _, t := range all {
		if time.Since(t.Time) < 24*time.Hour {
			recent = append(recent, t)
		}
	}
	if n := len(recent); n > 7 {
		recent = recent[n-7:]
	}
	return recent
}

// submit sends the call and puts the answer into a reply. nil means that
// whether the call took effect is not known.
func (p *pass[O, S]) submit(ctx context.Context, slot *account.Slot, a Action, in *v1alpha1.Intent, until time.Time) *reply {
	call, logger := a.Call, log.FromContext(ctx)
	ctx, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	ops, err := slot.Submit(ctx, call)
	if err != nil {
		class := gandi.ClassOf(err)
		notYet := class == gandi.Busy || class == gandi.NotFound
		logger.Info("call not accepted", "method", call.Method(), "class", class.String(), "cause", err.Error())
		switch class {
		case gandi.OutcomeUnknown:
			if _, ok := errors.AsType[*gandi.Fault](err); ok {
				p.memo.words = err.Error()
			}
			return nil
		default:
			failure := &v1alpha1.Failure{Class: class.String(), Message: err.Error()}
			return &reply{attempt: in.Attempt, failure: failure, void: class != gandi.Refused && (a.Patient == "" || !notYet)}
		}
	}
	logger.Info("call submitted", "method", call.Method(), "operations", operationIDs(ops))
	r := &reply{attempt: in.Attempt, paid: call.Repeat() == gandi.Paid}
	if outcome, problems := gandi.DryRunOf(ops); outcome == gandi.DryRunClean || outcome == gandi.DryRunProblems {
		r.asked, r.problems, r.done = true, problems, true
		return r
	}
	started := *now()
	for _, o := range ops {
		if o.ID == 0 {
			continue // it ended with the reply
		}
		if !o.DateCreated.IsZero() {
			r.made = new(metav1.NewTime(o.DateCreated))
		}
		expected := operation.Usual(o.Type)
		r.operations = append(r.operations, v1alpha1.OperationStatus{
			ID: int64(o.ID), Type: o.Type, Step: o.Step, StartedAt: started, ExpectedAt: metav1.NewTime(started.Add(expected)),
		})
	}
	r.done = len(r.operations) == 0
	if call.Repeat() == gandi.Paid {
		r.id, r.created = p.Kind.Bought(ops)
	}
	return r
}

func operationIDs(ops []gandi.Operation) []int {
	ids := make([]int, len(ops))
	for i, o := range ops {
		ids[i] = int(o.ID)
	}
	return ids
}

// recordReply writes a reply into status: at once, or, when an earlier write
// did not succeed, first thing in the next pass. It reads the object live when
// somebody wrote in between, and never writes to a namesake.
func (p *pass[O, S]) recordReply(ctx context.Context) error {
	r := p.memo.reply
	if r == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, recordWithin)
	defer cancel()
	for live := false; ; {
		in := p.status.Intent
		switch {
		case in != nil && in.Attempt == r.attempt && len(p.status.Operations) == 0:
			p.apply(in, r)
		case !live:
			// The cache may be behind the intent that this reply answers.
			if err := p.reread(ctx); err != nil {
				return err
			}
			live = true
			continue
		default:
			p.graft(r)
		}
		err := p.save(ctx)
		if err == nil {
			p.memo.reply, p.memo.open = nil, nil
			return nil
		}
		if !apierrors.IsConflict(err) || ctx.Err() != nil {
			return err
		}
		if err := p.reread(ctx); err != nil {
			return err
		}
		live = true
	}
}

// graft saves what a reply brought although its intent is not in status: it was
// recorded already, or somebody replaced the status in between.
func (p *pass[O, S]) graft(r *reply) {
	if r.failure != nil || p.status.Attempts >= r.attempt {
		p.take(r.id, r.created)
		return
	}
	if r.paid {
		p.status.Attempts = r.attempt
	} // else the annotation still tells what the object has: recall
	p.take(r.id, r.created)
	if len(p.status.Operations) == 0 {
		p.status.Operations = r.operations
	}
}

// reread replaces what the pass works on by the object as it is now.
func (p *pass[O, S]) reread(ctx context.Context) error {
	fresh := p.Kind.New()
	if err := p.Live.Get(ctx, client.ObjectKeyFromObject(p.obj), fresh); err != nil {
		return fmt.Errorf("reading %s live: %w", p.Kind.Name(), err)
	}
	if fresh.GetUID() != p.obj.GetUID() {
		return apierrors.NewNotFound(v1alpha1.GroupVersion.WithResource(p.Kind.Type()).GroupResource(), p.obj.GetName())
	}
	p.obj = fresh
	p.base = copyOf(fresh)
	p.spec, p.status = p.obj.ManagedSpec(), p.obj.ManagedStatus()
	return nil
}

// apply puts a reply into status.
func (p *pass[O, S]) apply(in *v1alpha1.Intent, r *reply) {
	switch {
	case r.void:
		p.withdrawn(in)
		p.memo.hold()
		p.memo.happened(p.conv)
	case r.failure != nil:
		p.withdrawn(in)
		p.failed(in, r.failure.Class, r.failure.Message)
		p.memo.happened(p.conv)
	case r.asked:
		p.answeredQuestion(in, r)
	case r.done:
		p.take(r.id, r.created)
		p.memo.happened(p.conv)
		p.succeeded(in)
	default:
		p.take(r.id, r.created)
		p.status.Operations = r.operations
		if b := p.status.PendingReboot; b != nil && b.After == nil {
			b.After = r.made
		}
	}
}

// answeredQuestion keeps what Gandi said when it was only asked: nothing was
// bought, so the question does not count as an attempt to buy.
func (p *pass[O, S]) answeredQuestion(in *v1alpha1.Intent, r *reply) {
	if k, ok := any(p.Kind).(Inquirer[O]); ok {
		k.Answered(p.obj, r.problems, time.Now())
	}
	p.unpaid(in)
	if f := p.status.LastFailure; f != nil && f.Digest == in.Digest {
		p.status.LastFailure = nil // of another call, such as the purchase itself, it says nothing
	}
	p.dropRefusals(in.Digest)
	p.status.Intent = nil
}

// unpaid takes the latest paid attempt back, which was none.
func (p *pass[O, S]) unpaid(in *v1alpha1.Intent) {
	if n := len(p.status.PaidAttempts); in.Repeat == gandi.Paid.String() && n > 0 {
		p.status.PaidAttempts = p.status.PaidAttempts[:n-1]
	}
}

// answered is the verdict after a call was answered.
func (p *pass[O, S]) answered(ctx context.Context, a Action, r *reply) verdict {
	if in := p.status.Intent; in != nil && in.Asks && len(r.operations) > 0 {
		p.warning(a.Reason, "Gandi took the question for an order, and does what it was only asked about")
	}
	switch {
	case r.asked:
		return verdict{kind: working, reason: a.Reason, message: a.Message, after: soon()}
	case r.failure == nil && r.done:
		p.normal(a.Reason, a.Message)
		return verdict{kind: working, reason: a.Reason, message: a.Message, after: soon()}
	case r.failure == nil:
		p.normal(a.Reason, fmt.Sprintf("%s (operation %d)", a.Message, r.operations[len(r.operations)-1].ID))
		p.settle(ctx)
		return p.whileRunning()
	case r.failure.Class == gandi.Refused.String():
		p.warning(v1alpha1.ReasonCallFailed, r.failure.Message)
		// Another way may be planned; if not, the next pass says so.
		return verdict{kind: working, reason: v1alpha1.ReasonCallFailed, message: r.failure.Message, after: soon()}
	case r.failure.Class == gandi.Busy.String():
		return verdict{kind: working, reason: v1alpha1.ReasonResourceBusy, message: r.failure.Message, after: 5 * time.Second}
	case r.failure.Class == gandi.Throttled.String():
		return verdict{kind: working, reason: v1alpha1.ReasonThrottled, message: r.failure.Message, after: 2 * time.Second}
	case r.failure.Class == gandi.NotFound.String():
		return verdict{kind: working, reason: v1alpha1.ReasonObserving, message: r.failure.Message, after: soon()}
	default:
		return p.awaitAccount(v1alpha1.ReasonGandiUnavailable, r.failure.Message, 2*time.Second)
	}
}

// whileRunning is the verdict while operations run.
func (p *pass[O, S]) whileRunning() verdict {
	reason, stuck := v1alpha1.ReasonResourceBusy, false
	if in := p.status.Intent; in != nil && in.Reason != "" {
		reason = in.Reason
	}
	for _, o := range p.status.Operations {
		stuck = stuck || p.conv.Tracker().State(gandi.OperationID(o.ID)).Stuck
	}
	if stuck {
		reason = v1alpha1.ReasonOperationStuck
	}
	// The tracker wakes the object; this is for the case that it cannot.
	return verdict{kind: working, reason: reason, message: p.running, after: 30 * time.Second}
}
