package controllers

import (
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
)

// byPeople lets through what somebody else changed: spec, annotations, labels,
// a deletion, a finalizer, or a status that was replaced. Our own status writes
// are no news to us.
var byPeople = predicate.Or[client.Object](
	predicate.GenerationChangedPredicate{},
	predicate.AnnotationChangedPredicate{},
	predicate.LabelChangedPredicate{},
	predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		return e.ObjectOld.GetDeletionTimestamp().IsZero() != e.ObjectNew.GetDeletionTimestamp().IsZero() ||
			len(e.ObjectOld.GetFinalizers()) != len(e.ObjectNew.GetFinalizers()) ||
			statusLost(e.ObjectOld, e.ObjectNew)
	}},
)

// statusLost tells whether status forgot what it knew, as when an object is
// restored or its status replaced by hand.
func statusLost(before, after client.Object) bool {
	b, ok := before.(engine.Object)
	if !ok {
		return false
	}
	a, ok := after.(engine.Object)
	return ok && b.ManagedStatus().Attempts > a.ManagedStatus().Attempts
}

// readiness lets through what changes whether an account can be used.
var readiness = predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
	return e.ObjectOld.GetGeneration() != e.ObjectNew.GetGeneration() || accountReady(e.ObjectOld) != accountReady(e.ObjectNew)
}}

func accountReady(obj client.Object) bool {
	a, ok := obj.(*v1alpha1.GandiAccount)
	return ok && meta.IsStatusConditionTrue(a.Status.Conditions, v1alpha1.ConditionReady)
}
