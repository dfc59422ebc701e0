package engine

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/account"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
	"github.com/gandi-operator/gandi-operator/internal/metrics"
	"github.com/gandi-operator/gandi-operator/internal/operation"
)

// sweepsToProve is how many whole looks at the account must find nothing before
// a call without a trace is taken to have had no effect.
const sweepsToProve = 3

// resolve finds out what became of a call whose answer was never read: an
// intent without operations. Nothing else is done before that is known,
// whatever is wanted by now.
//
//	deadline of the sender (+ a lease, when another process sent it)
//	  └─ reads begun from here on prove something
//	       paid:       found by its mark → take it; three sweeps, one of them after
//	                   settle, without a trace → it had no effect
//	       once:       found among operations → follow it; settle → not repeated
//	       repeatable: found among running operations → follow it; else plan anew
func (p *pass[O, S]) resolve(ctx context.Context) (verdict, bool) {
	in := p.status.Intent
	if in == nil || len(p.status.Operations) > 0 {
		return verdict{}, false
	}
	m := p.memo
	m.meets(in)
	if wait := p.untilSent(in); wait > 0 {
		return p.confirming(in, wait), true
	}
	if m.confirm == 0 {
		m.confirm = p.conv.Mark()
	}
	if in.Repeat == gandi.Paid.String() {
		p.looks = p.looksEnough() // before anything is looked for in what they brought
		return p.resolvePaid(ctx, in)
	}
	return p.resolveFree(ctx, in)
}

// untilSent is how long the call may still leave its sender. It counts on this
// process's own monotonic clock from the first sight of the intent.
func (p *pass[O, S]) untilSent(in *v1alpha1.Intent) time.Duration {
	if p.memo.returned {
		return 0
	}
	window := min(max(in.Deadline.Sub(in.Since.Time), 0), sendWithin)
	if in.Sender != p.Sender && p.Lease != nil {
		window += p.Lease.Duration()
	}
	return window - time.Since(p.memo.intentSeen)
}

func (p *pass[O, S]) confirming(in *v1alpha1.Intent, after time.Duration) verdict {
	return verdict{kind: working, reason: v1alpha1.ReasonConfirmingCall, after: max(after, 100*time.Millisecond),
		message: fmt.Sprintf("whether %s (attempt %d) took effect is not known; finding out before anything else is done", in.Method, in.Attempt)}
}

// follow keeps operations that turned out to be the call's.
func (p *pass[O, S]) follow(ops []gandi.Operation) {
	for _, o := range ops[:min(len(ops), 32)] {
		p.status.Operations = append(p.status.Operations, v1alpha1.OperationStatus{
			ID: int64(o.ID), Type: o.Type, Step: o.Step, StartedAt: *now(),
			ExpectedAt: metav1.NewTime(now().Add(operation.Usual(o.Type))),
		})
	}
}

// operationsOfIntent lists the operations that the intent's call may have
// started on the external resource id.
func (p *pass[O, S]) operationsOfIntent(ctx context.Context, in *v1alpha1.Intent, id int64) ([]gandi.Operation, error) {
	all, err := p.conv.Operations(ctx, gandi.OperationFilter{Types: gandi.OperationTypes(in.Method), SortBy: "id DESC", Limit: 500})
	if err != nil {
		return nil, err
	}
	var mine []gandi.Operation
	for _, o := range all {
		// Everything that was ever done to what a create made came after it.
		later := int64(o.ID) > in.AfterOperation || in.Repeat == gandi.Paid.String()
		if later && p.Kind.Involves(o, id) {
			mine = append(mine, o)
		}
	}
	return mine, nil
}

// resolveFree resolves calls that buy nothing.
func (p *pass[O, S]) resolveFree(ctx context.Context, in *v1alpha1.Intent) (verdict, bool) {
	ops, err := p.operationsOfIntent(ctx, in, p.status.ID)
	if err != nil {
		return p.unobserved(ctx, err), true
	}
	if len(ops) > 0 {
		p.follow(ops)
		p.settle(ctx)
		return verdict{}, false
	}
	if in.Repeat == gandi.Once.String() {
		if left := p.conv.Settle() - time.Since(p.memo.intentSeen); left > 0 {
			return p.confirming(in, min(left, 30*time.Second)), true
		}
		p.Metrics.UnknownOutcome(metrics.ResolvedGivenUp)
		message := fmt.Sprintf("%s left no trace within %s; it is not sent again for the same request", in.Method, p.conv.Settle())
		p.warning(v1alpha1.ReasonCallUnconfirmed, message)
		p.failed(in, unconfirmed, message)
		p.memo.mark = p.conv.Mark()
		return verdict{}, false
	}
	// Whether it took effect shows in the next look; sending it again would
	// change nothing more.
	p.memo.mark = p.conv.Mark()
	pending := p.status.PendingReboot
	class, message := unconfirmed, "no answer to "+in.Method
	if p.memo.words != "" {
		class, message = faulted, p.memo.words
	}
	p.failed(in, class, message)
	if pending != nil && !equality.Semantic.DeepEqual(pending, p.status.PendingReboot) {
		pending.Unconfirmed = true
		p.status.PendingReboot = pending
	}
	return verdict{}, false
}

// resolvePaid resolves calls that buy something.
func (p *pass[O, S]) resolvePaid(ctx context.Context, in *v1alpha1.Intent) (verdict, bool) {
	if u, ok := p.unmarked(); ok {
		return p.resolveAlike(ctx, in, u)
	}
	// The installation's id, and with it the token, may be another by now.
	claims, err := p.find(ctx, cmp.Or(in.Token, p.token))
	if err != nil {
		return p.unobserved(ctx, err), true
	}
	whole, parts := split(claims)
	switch {
	case p.chosen(whole) != 0:
		whole = []int64{p.chosen(whole)}
		fallthrough
	case len(whole) == 1:
		return p.takeFound(ctx, in, whole[0], parts, "")
	case len(whole) > 1:
		return p.several(whole), true
	}
	return p.proveAbsent(in, parts)
}

// proveAbsent goes on looking until a paid call that left no trace is taken to
// have had no effect, but for parts.
func (p *pass[O, S]) proveAbsent(in *v1alpha1.Intent, parts []v1alpha1.ExternalID) (verdict, bool) {
	left := p.conv.Settle() - time.Since(p.memo.intentSeen)
	if p.looks == 0 {
		p.ask(account.Want{Kind: account.WantSweep})
		return p.confirming(in, max(min(left/sweepsToProve, time.Minute), time.Second)), true
	}
	message := fmt.Sprintf("%s (attempt %d) left no trace within %s and %d looks at the account: it had no effect", in.Method, in.Attempt, p.conv.Settle(), p.looks)
	p.Metrics.UnknownOutcome(metrics.ResolvedAbsent)
	if len(parts) > 0 {
		p.take(0, parts)
		message = fmt.Sprintf("%s (attempt %d) was done by half: %s is there, the %s is not", in.Method, in.Attempt, p.belongings(), p.Kind.Type())
	}
	p.warning(v1alpha1.ReasonCallUnconfirmed, message)
	if in.Asks {
		p.unpaid(in)
	}
	p.failed(in, unconfirmed, message)
	p.memo.mark = p.conv.Mark()
	p.memo.unseen = p.memo.mark
	if p.deleting() {
		p.conv.WatchToken(cmp.Or(in.Token, p.token))
	}
	return verdict{}, false
}

// looksEnough counts the whole looks since nobody could send the call any more, once
// there are enough of them; 0 before. One has to be begun after settle had passed: what
// took effect within settle shows in that one, however late it was.
func (p *pass[O, S]) looksEnough() int {
	m := p.memo
	sweeps := p.sweepsSince(m.confirm)
	if sweeps < sweepsToProve || time.Since(m.intentSeen) < p.conv.Settle() {
		return 0
	}
	if m.settled == 0 {
		m.settled = p.conv.Mark()
		m.answered() // for this look no earlier one counts
	}
	if p.sweepsSince(m.settled) == 0 {
		return 0
	}
	return sweeps
}

// takeFound takes what an unanswered call bought; how says what tells it, where
// no mark does.
func (p *pass[O, S]) takeFound(ctx context.Context, in *v1alpha1.Intent, id int64, parts []v1alpha1.ExternalID, how string) (verdict, bool) {
	ops, err := p.operationsOfIntent(ctx, in, id)
	if err != nil {
		return p.unobserved(ctx, err), true
	}
	p.take(id, parts)
	p.Metrics.UnknownOutcome(metrics.ResolvedFound)
	p.normal(v1alpha1.ReasonConfirmingCall, fmt.Sprintf("%s did take effect: %s %d%s", in.Method, p.Kind.Type(), id, how))
	if len(ops) == 0 {
		p.memo.mark = p.conv.Mark()
		p.succeeded(in)
		return verdict{}, false
	}
	_, created := p.Kind.Bought(ops)
	p.take(id, created)
	p.follow(ops)
	p.settle(ctx)
	return verdict{}, false
}

// chosen is the one of several that spec.adopt.id names.
func (p *pass[O, S]) chosen(ids []int64) int64 {
	if a := p.Kind.Adoption(p.obj); a != nil {
		for _, id := range ids {
			if id == a.ID {
				return id
			}
		}
	}
	return 0
}

func (p *pass[O, S]) several(ids []int64) verdict {
	return verdict{kind: stalled, reason: v1alpha1.ReasonSeveralExternals, after: p.resync(),
		message: fmt.Sprintf("%ss %s at Gandi carry %s; name the right one in spec.adopt.id and deal with the others at Gandi",
			p.Kind.Type(), numbers(ids), p.recognized())}
}

// split parts claims into external resources and parts of them.
func split(claims []Claim) (whole []int64, parts []v1alpha1.ExternalID) {
	for _, c := range claims {
		if c.ID != 0 {
			whole = append(whole, c.ID)
		}
		parts = append(parts, c.Parts...)
	}
	return whole, parts
}

func numbers(ids []int64) string {
	words := make([]string, len(ids))
	for i, id := range ids {
		words[i] = fmt.Sprint(id)
	}
	return strings.Join(words, ", ")
}
