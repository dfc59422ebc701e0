package engine

import (
	"cmp"
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/types"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// paidAttemptsPerDay bounds the paid calls of one object in any 24 hours.
const paidAttemptsPerDay = 3

// carry plans, shows the plan, and takes the first action through the gates.
func (p *pass[O, S]) carry(ctx context.Context, observed S) (verdict, error) {
	actions, circle := Preview(p.Kind, p.obj, observed)
	if circle != nil {
		p.status.Plan = nil
		v := verdict{kind: stalled, reason: v1alpha1.ReasonInvalidPlan, after: p.resync(),
			message: circle.Error() + "; this is a defect of the operator, please report it"}
		return v, nil //nolint:nilerr // told on the object; trying again soon would not help
	}
	if p.running == "" || p.status.ObservedGeneration != p.obj.GetGeneration() {
		p.status.Plan = planned(actions)
	}
	a := actions[0]
	p.references(a)
	if a.Verb == Do || a.Verb == Apply {
		p.differs = a.Message
	}
	switch a.Verb {
	case InSync:
		return p.inSync(a), nil
	case Wait:
		if p.running != "" {
			return p.whileRunning(), nil
		}
		if a.Recheck > 0 {
			// The next pass shall not go by the record that this one saw.
			p.memo.mark = p.conv.Mark()
		}
		return verdict{kind: working, reason: a.Reason, message: a.Message, after: cmpOr(a.Recheck, p.resync())}, nil
	case Block:
		return verdict{kind: stalled, reason: a.Reason, message: a.Message, after: p.resync()}, nil
	case Release:
		return p.let(ctx, a)
	case Apply:
		return p.keep(ctx, a)
	case Do:
	}
	if v, held, err := p.gate(ctx, a, observed); held || err != nil {
		return v, err
	}
	return p.carryOut(ctx, a, actions[1:])
}

func cmpOr(a, b time.Duration) time.Duration {
	if a != 0 {
		return a
	}
	return b
}

// inSync is the verdict when nothing is left to do.
func (p *pass[O, S]) inSync(a Action) verdict {
	if p.running != "" {
		return p.whileRunning()
	}
	p.status.LastFailure = nil
	p.status.Refusals = nil
	reason := a.Reason
	if reason == "" {
		reason = v1alpha1.ReasonInSync
	}
	if p.spec.ManagementPolicy == v1alpha1.Observe {
		reason = v1alpha1.ReasonObserved
	}
	message := a.Message
	if message == "" {
		message = fmt.Sprintf("%s %d matches the spec", p.Kind.Type(), p.status.ID)
	}
	return verdict{kind: ready, reason: reason, message: message, after: p.resync()}
}

// let releases an object whose plan says that nothing of it is left to do.
func (p *pass[O, S]) let(ctx context.Context, a Action) (verdict, error) {
	if p.paused() {
		return p.heldByPause(), nil
	}
	eventtype := corev1.EventTypeNormal
	if p.stranger != "" {
		eventtype = corev1.EventTypeWarning
		a.Message = fmt.Sprintf("%s at Gandi carries %s, but nothing tells that this object bought it: it is left alone", p.stranger, p.recognized())
		p.conv.WatchToken(p.token)
	}
	if f := p.status.LastFailure; f != nil && f.Class == unconfirmed && !p.retains() {
		eventtype = corev1.EventTypeWarning
		a.Message += "; " + f.Message
	}
	return p.release(ctx, eventtype, a.Reason, a.Message)
}

func (p *pass[O, S]) heldByPause() verdict {
	return verdict{kind: stalled, reason: v1alpha1.ReasonPaused, after: p.resync(),
		message: fmt.Sprintf("the annotation %s holds every change; remove it to go on", v1alpha1.AnnotationPaused)}
}

// gate decides whether the action may be carried out now. A gated action is
// shown, not run.
func (p *pass[O, S]) gate(ctx context.Context, a Action, observed S) (verdict, bool, error) {
	switch {
	case p.running != "":
		return p.whileRunning(), true, nil
	case p.spec.ManagementPolicy == v1alpha1.Observe:
		return p.observedOnly(a), true, nil
	case p.paused():
		return p.heldByPause(), true, nil
	}
	if v, held := p.afterFailure(a); held {
		return v, true, nil
	}
	if left := time.Until(p.memo.held); left > 0 {
		return verdict{kind: quiet, after: left}, true, nil
	}
	if a.Disruptive && !p.rebootAllowed(observed) {
		return verdict{kind: working, reason: v1alpha1.ReasonRebootRequired, after: p.resync(),
			message: fmt.Sprintf("%s; set the annotation %s to a new value to allow it", a.Message, v1alpha1.AnnotationApproveReboot)}, true, nil
	}
	if a.Call.Repeat() == gandi.Paid {
		if n := len(recentAttempts(p.status.PaidAttempts)); n >= paidAttemptsPerDay {
			return p.keepsFailing(n), true, nil
		}
	}
	if a.Destroys && p.status.ID != 0 && !p.sure() {
		return p.look(p.status.ID), true, nil
	}
	if a.Destroys {
		if terminating, err := p.crdTerminating(ctx); err != nil {
			return verdict{}, true, err
		} else if terminating {
			v, err := p.releaseWithKind(ctx)
			return v, true, err
		}
	}
	if reason, message := p.conv.Trouble(); reason != "" {
		p.conv.Await(p.owner)
		return verdict{kind: working, reason: v1alpha1.ReasonAccountNotReady, after: waitForAccount,
			message: fmt.Sprintf("waits for GandiAccount %q: %s", p.spec.AccountRef.Name, message)}, true, nil
	}
	if busy := p.busyElsewhere(); busy != "" {
		p.conv.Tracker().Follow(p.owner, p.foreign()...)
		return verdict{kind: working, reason: v1alpha1.ReasonResourceBusy, after: waitForAccount,
			message: "somebody else changes it: " + busy}, true, nil
	}
	return verdict{}, false, nil
}

// sureHolds is how long a look is good for a call that destroys something.
const sureHolds = 10 * time.Second

// sure tells whether the record that the plan goes by was read for this very
// call. What an older one tells may have been changed by others since, and what
// Gandi destroys along with a thing goes by how things stand then.
func (p *pass[O, S]) sure() bool {
	m := p.memo
	switch {
	case m.sure == 0 || (!m.sureAt.IsZero() && time.Since(m.sureAt) > sureHolds):
		m.sure, m.sureAt = p.conv.Mark(), time.Time{}
		m.mark = m.sure
		return false
	case m.sureAt.IsZero():
		m.sureAt = time.Now()
	}
	return true
}

// foreign lists the operations of others on the external resource.
func (p *pass[O, S]) foreign() []gandi.OperationID {
	var ids []gandi.OperationID
	for _, o := range p.conv.Tracker().InFlight() {
		if p.Kind.Involves(o, p.status.ID) && !p.mine(o.ID) {
			ids = append(ids, o.ID)
		}
	}
	return ids
}

// observedOnly is the verdict of managementPolicy Observe when something differs.
func (p *pass[O, S]) observedOnly(a Action) verdict {
	if !p.present {
		return verdict{kind: stalled, reason: v1alpha1.ReasonObserved, after: p.resync(),
			message: fmt.Sprintf("there is no %s to observe, and managementPolicy Observe buys none; set spec.adopt, or managementPolicy: Manage", p.Kind.Type())}
	}
	return verdict{kind: ready, reason: v1alpha1.ReasonObserved, after: p.resync(), message: "differs from the spec, and managementPolicy Observe changes nothing: " + a.Message}
}

// rebootAllowed tells whether an interruption may happen now.
func (p *pass[O, S]) rebootAllowed(observed S) bool {
	if !p.Kind.RebootsByHand(p.obj, observed) {
		return true
	}
	approval := Request(p.obj, v1alpha1.AnnotationApproveReboot)
	return p.rebootShown() && approval != "" && approval != p.status.LastHandledApproval
}

// rebootShown tells whether status showed, before this pass, that a reboot for
// this generation waits to be approved. An approval is good for that one only.
func (p *pass[O, S]) rebootShown() bool {
	st := p.base.ManagedStatus()
	c := meta.FindStatusCondition(st.Conditions, v1alpha1.ConditionRebootRequired)
	return c != nil && c.Reason == v1alpha1.ReasonRebootRequired && st.ObservedGeneration == p.obj.GetGeneration()
}

// afterFailure holds the same call back after it failed: until the spec changes
// or a resync has passed when Gandi refuses its arguments, with growing delay
// otherwise.
//
//	attempt   1    2    3    4     5      6      7 …
//	delay     5s   10s  20s  40s   1m20s  2m40s  5m
func (p *pass[O, S]) afterFailure(a Action) (verdict, bool) {
	f := p.status.LastFailure
	if f == nil || f.Generation != p.obj.GetGeneration() || f.Digest != gandi.Digest(a.Call) || f.Context != a.Context {
		return verdict{}, false
	}
	since := time.Since(f.Since.Time)
	if f.Class == gandi.Refused.String() {
		if left := p.conv.Resync() - since; left > 0 {
			return verdict{kind: stalled, reason: v1alpha1.ReasonInvalidSpec, after: left,
				message: "Gandi refuses this: " + f.Message + "; change the spec, or wait for the next try"}, true
		}
		return verdict{}, false
	}
	delay := min(5*time.Second<<min(f.Attempts-1, 10), 5*time.Minute)
	if left := delay - since; left > 0 {
		reason := v1alpha1.ReasonCallFailed
		switch f.Class {
		case failedOperation, endedOperation:
			reason = v1alpha1.ReasonOperationFailed
		case gandi.Busy.String(), gandi.NotFound.String():
			reason = cmp.Or(a.Patient, reason)
		}
		return verdict{kind: working, reason: reason, after: left,
			message: fmt.Sprintf("%s; attempt %d, tried again with growing delay", f.Message, f.Attempts)}, true
	}
	return verdict{}, false
}

func (p *pass[O, S]) keepsFailing(n int) verdict {
	message := fmt.Sprintf("%d paid attempts in 24 hours", n)
	if f := p.status.LastFailure; f != nil {
		message += ", the latest: " + f.Message
	}
	left := 24*time.Hour - time.Since(p.status.PaidAttempts[0].Time)
	return verdict{kind: stalled, reason: v1alpha1.ReasonCreateKeepsFailing, after: min(max(left, time.Minute), p.resync()),
		message: message + "; nothing is bought before the first of them is a day old: change the spec or ask Gandi, and create the object anew to go on at once"}
}

// releaseWithKind lets the object go because its kind goes.
func (p *pass[O, S]) releaseWithKind(ctx context.Context) (verdict, error) {
	return p.release(ctx, corev1.EventTypeWarning, v1alpha1.ReasonReleased,
		"the CustomResourceDefinition is being deleted: let go without deleting anything at Gandi; what stays behind: "+p.belongings())
}

// crdTerminating reads live whether the kind itself is going away: then objects
// go away for a reason that nobody meant for what they bought.
func (p *pass[O, S]) crdTerminating(ctx context.Context) (bool, error) {
	var crd apiextensionsv1.CustomResourceDefinition
	err := p.Live.Get(ctx, types.NamespacedName{Name: p.Kind.CRD()}, &crd)
	if apierrors.IsNotFound(err) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("reading CustomResourceDefinition %s: %w", p.Kind.CRD(), err)
	}
	return !crd.DeletionTimestamp.IsZero(), nil
}
