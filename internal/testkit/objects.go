package testkit

import (
	"context"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
)

// object is a pointer to T, a managed object.
type object[T any] interface {
	*T
	engine.Object
}

// Create stores objects as a person's kubectl apply does.
func (l *Lab) Create(objs ...client.Object) {
	l.t.Helper()
	for _, obj := range objs {
		if err := l.TryCreate(obj); err != nil {
			l.t.Fatal(err)
		}
	}
}

// TryCreate stores an object, or tells why a person could not.
func (l *Lab) TryCreate(obj client.Object) error {
	obj.SetNamespace(Namespace)
	return l.Store.Create(context.Background(), obj)
}

// Get reads an object; nil when it is not there.
func Get[T any, O object[T]](l *Lab, name string) *T {
	l.t.Helper()
	var obj T
	err := l.Store.Get(context.Background(), types.NamespacedName{Namespace: Namespace, Name: name}, O(&obj))
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		l.t.Fatal(err)
	}
	return &obj
}

// Edit changes an object as a person does.
func Edit[T any, O object[T]](l *Lab, name string, changes ...func(*T)) {
	l.t.Helper()
	if err := TryEdit[T, O](l, name, changes...); err != nil {
		l.t.Fatal(err)
	}
}

// TryEdit changes an object, or tells why a person could not.
func TryEdit[T any, O object[T]](l *Lab, name string, changes ...func(*T)) error {
	l.t.Helper()
	for {
		obj := Get[T, O](l, name)
		if obj == nil {
			l.t.Fatalf("%s %s is not there to be edited", kindOf(O(new(T))), name)
		}
		for _, change := range changes {
			change(obj)
		}
		if err := l.Store.Update(context.Background(), O(obj)); !apierrors.IsConflict(err) {
			return err
		}
	}
}

// Delete deletes an object as kubectl delete --wait=false does.
func Delete[T any, O object[T]](l *Lab, name string) {
	l.t.Helper()
	if there := Get[T, O](l, name); there == nil || O(there).GetDeletionTimestamp() != nil {
		return // a deletion that is under way stays as it is
	}
	obj := O(new(T))
	obj.SetNamespace(Namespace)
	obj.SetName(name)
	if err := l.Store.Delete(context.Background(), obj); err != nil && !apierrors.IsNotFound(err) {
		l.t.Fatal(err)
	}
}

// Gone tells whether there is no object of that name any more.
func Gone[T any, O object[T]](l *Lab, name string) func() bool {
	return func() bool { return Get[T, O](l, name) == nil }
}

// Ready tells whether the object is in sync at its present generation.
func Ready[T any, O object[T]](l *Lab, name string) func() bool {
	return func() bool {
		c := Condition[T, O](l, name, v1alpha1.ConditionReady)
		return c != nil && c.Status == metav1.ConditionTrue
	}
}

// Stalled tells whether the object waits for a person, at its present generation.
func Stalled[T any, O object[T]](l *Lab, name string) func() bool {
	return func() bool {
		c := Condition[T, O](l, name, v1alpha1.ConditionStalled)
		return c != nil && c.Status == metav1.ConditionTrue
	}
}

// Reason of the Ready condition of the object, at its present generation; ""
// when there is none.
func Reason[T any, O object[T]](l *Lab, name string) string {
	if c := Condition[T, O](l, name, v1alpha1.ConditionReady); c != nil {
		return c.Reason
	}
	return ""
}

// Condition of the object, at its present generation; nil when it has none of
// that type, or is gone.
func Condition[T any, O object[T]](l *Lab, name, typ string) *metav1.Condition {
	obj := O(Get[T, O](l, name))
	if obj == nil {
		return nil
	}
	status := obj.ManagedStatus()
	if status.ObservedGeneration != obj.GetGeneration() {
		return nil
	}
	return meta.FindStatusCondition(status.Conditions, typ)
}

// VM reads a GandiVM; nil when it is not there.
func (l *Lab) VM(name string) *v1alpha1.GandiVM { return Get[v1alpha1.GandiVM](l, name) }

// Edit changes a GandiVM as a person does.
func (l *Lab) Edit(name string, changes ...func(*v1alpha1.GandiVM)) {
	l.t.Helper()
	Edit(l, name, changes...)
}

// TryEdit changes a GandiVM, or tells why a person could not.
func (l *Lab) TryEdit(name string, changes ...func(*v1alpha1.GandiVM)) error {
	l.t.Helper()
	return TryEdit(l, name, changes...)
}

// Delete deletes a GandiVM as kubectl delete --wait=false does.
func (l *Lab) Delete(name string) {
	l.t.Helper()
	Delete[v1alpha1.GandiVM](l, name)
}

// Ready tells whether the GandiVM is in sync at its present generation.
func (l *Lab) Ready(name string) func() bool { return Ready[v1alpha1.GandiVM](l, name) }

// Stalled tells whether the GandiVM waits for a person.
func (l *Lab) Stalled(name string) func() bool { return Stalled[v1alpha1.GandiVM](l, name) }

// Reason of the Ready condition of the GandiVM, at its present generation.
func (l *Lab) Reason(name string) string { return Reason[v1alpha1.GandiVM](l, name) }

// Gone tells whether there is no GandiVM of that name any more.
func (l *Lab) Gone(name string) func() bool { return Gone[v1alpha1.GandiVM](l, name) }
