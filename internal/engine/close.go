package engine

import (
	"cmp"
	"context"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/condition"
	"github.com/gandi-operator/gandi-operator/internal/metrics"
)

// inSync tells whether status says that Gandi matched this generation.
func inSync(st *v1alpha1.ManagedStatus, generation int64) bool {
	return st.ObservedGeneration == generation && meta.IsStatusConditionTrue(st.Conditions, v1alpha1.ConditionReady)
}

// told tells whether status speaks of this generation already.
func (p *pass[O, S]) told() bool {
	return p.status.ObservedGeneration == p.obj.GetGeneration() && meta.FindStatusCondition(p.status.Conditions, v1alpha1.ConditionReady) != nil
}

// references sets ReferencesResolved by what the plan found out.
func (p *pass[O, S]) references(a Action) {
	status, reason, message := metav1.ConditionTrue, v1alpha1.ReasonReferencesResolved, "everything that the spec refers to was found"
	if a.Missing != nil {
		status, reason, message = metav1.ConditionFalse, a.Missing.Reason, a.Missing.Message
	}
	condition.Set(&p.status.Conditions, v1alpha1.ConditionReferencesResolved, status, p.obj.GetGeneration(), reason, message)
}

// close puts the verdict into conditions and writes status, once or not at all.
func (p *pass[O, S]) close(ctx context.Context, v verdict) error {
	if v.kind == gone {
		return nil
	}
	c, gen := &p.status.Conditions, p.obj.GetGeneration()
	p.drift(v)
	switch v.kind {
	case ready:
		condition.Ready(c, gen, v.reason, v.message)
	case working:
		condition.Reconciling(c, gen, v.reason, v.message)
	case stalled:
		condition.Stalled(c, gen, v.reason, v.message)
	case quiet, gone:
		if !p.told() && !p.wasReady {
			condition.Reconciling(c, gen, v1alpha1.ReasonObserving, "looking at what Gandi has")
		}
	}
	if approval := Request(p.obj, v1alpha1.AnnotationApproveReboot); approval != "" && v.kind != quiet && !p.rebootShown() {
		// Nothing waited for an approval: it is not kept for a later reboot.
		p.status.LastHandledApproval = approval
	}
	p.status.ObservedGeneration = gen
	p.operationCondition()
	p.rebootCondition(v)
	if p.paused() {
		condition.Set(c, v1alpha1.ConditionPaused, metav1.ConditionTrue, gen, v1alpha1.ReasonPaused, "the annotation "+v1alpha1.AnnotationPaused+" holds every change")
	} else {
		condition.Remove(c, v1alpha1.ConditionPaused)
	}
	p.refreshGenerations()
	p.Metrics.Object(p.Kind.Name(), p.owner.Namespace+"/"+p.owner.Name, p.readiness())
	if err := p.save(ctx); err != nil {
		return err
	}
	for _, e := range p.events {
		p.Events.Eventf(p.obj, nil, e.eventtype, e.reason, e.action, "%s", e.note)
	}
	return nil
}

func (p *pass[O, S]) readiness() metrics.Readiness {
	switch c := p.status.Conditions; {
	case meta.IsStatusConditionTrue(c, v1alpha1.ConditionReady):
		return metrics.Ready
	case meta.IsStatusConditionTrue(c, v1alpha1.ConditionStalled):
		return metrics.Stalled
	default:
		return metrics.Reconciling
	}
}

// operationCondition mirrors status.operations.
func (p *pass[O, S]) operationCondition() {
	c := &p.status.Conditions
	if len(p.status.Operations) == 0 {
		condition.Remove(c, v1alpha1.ConditionOperationInProgress)
		return
	}
	// The operation on the external resource itself stands last in Gandi's
	// replies, and is told by its type wherever it stands.
	main := p.status.Operations[len(p.status.Operations)-1]
	for _, o := range p.status.Operations {
		if strings.HasPrefix(o.Type, p.Kind.Type()+"_") {
			main = o
		}
	}
	message := p.running
	if message == "" {
		message = "operations were just sent"
	}
	condition.Set(c, v1alpha1.ConditionOperationInProgress, metav1.ConditionTrue, p.obj.GetGeneration(), cmp.Or(main.Type, p.Kind.Type()+"_operation"), message)
}

// rebootCondition tells of a reboot that is waited for.
func (p *pass[O, S]) rebootCondition(v verdict) {
	c, gen := &p.status.Conditions, p.obj.GetGeneration()
	switch {
	case v.reason == v1alpha1.ReasonRebootRequired:
		condition.Set(c, v1alpha1.ConditionRebootRequired, metav1.ConditionTrue, gen, v1alpha1.ReasonRebootRequired, v.message)
	case p.status.PendingReboot != nil:
		condition.Set(c, v1alpha1.ConditionRebootRequired, metav1.ConditionTrue, gen, v1alpha1.ReasonRebootPending, "takes effect with the next reboot: "+p.status.PendingReboot.Reason)
	default:
		condition.Remove(c, v1alpha1.ConditionRebootRequired)
	}
}

// drift tells of a difference that came up though nothing was asked for, for as
// long as it is there.
func (p *pass[O, S]) drift(v verdict) {
	c, gen := &p.status.Conditions, p.obj.GetGeneration()
	differs := p.differs != "" && p.present && !p.deleting()
	observedOnly := p.spec.ManagementPolicy == v1alpha1.Observe
	switch {
	case v.kind == quiet:
	case v.kind == ready && (!observedOnly || !differs):
		condition.Remove(c, v1alpha1.ConditionDrifted)
	case v.kind == ready || (p.wasReady && differs && !p.asked()):
		if !meta.IsStatusConditionTrue(*c, v1alpha1.ConditionDrifted) && !observedOnly {
			p.warning(v1alpha1.ReasonDrifted, "Gandi differs from the spec though nothing was asked for: "+p.differs)
		}
		condition.Set(c, v1alpha1.ConditionDrifted, metav1.ConditionTrue, gen, v1alpha1.ReasonDrifted, p.differs)
	case p.status.ObservedGeneration != gen || p.deleting():
		condition.Remove(c, v1alpha1.ConditionDrifted)
	}
}

// asked tells whether a person asked for a restart that is not done yet.
func (p *pass[O, S]) asked() bool {
	request := Request(p.obj, v1alpha1.AnnotationRestartRequestedAt)
	before := p.base.ManagedStatus().LastHandledRestartAt
	if p.status.Intent != nil && p.status.Intent.Before != nil {
		before = p.status.Intent.Before.LastHandledRestartAt
	}
	return request != "" && request != before
}

// refreshGenerations moves the conditions that still hold to the generation
// that status now speaks of.
func (p *pass[O, S]) refreshGenerations() {
	for i := range p.status.Conditions {
		p.status.Conditions[i].ObservedGeneration = p.obj.GetGeneration()
	}
}
