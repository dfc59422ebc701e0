package testkit

import (
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/reference"
)

// item is an object in a work queue.
type item struct {
	kind string
	types.NamespacedName
}

func (i item) String() string { return i.kind + " " + i.NamespacedName.String() }

func itemOf(obj client.Object) item {
	return item{kind: kindOf(obj), NamespacedName: client.ObjectKeyFromObject(obj)}
}

// changed has living managers look at whom a change in the store concerns, as
// their watches do. before is nil for a new object, after for one that is gone.
func (l *Lab) changed(before, after engine.Object) {
	concerned := l.concerned(before, after)
	l.mu.Lock()
	managers := slices.Clone(l.managers)
	l.mu.Unlock()
	for _, m := range managers {
		for _, one := range concerned {
			m.enqueue(one, 0)
		}
	}
}

// concerned are the object itself; those that refer to it; and, of a GandiVM, the
// disks and interfaces that it names or named, and the other GandiVMs that want
// them.
func (l *Lab) concerned(before, after engine.Object) []item {
	obj := after
	if obj == nil {
		obj = before
	}
	self := itemOf(obj)
	var found []item
	if news(before, after) {
		found = append(found, self)
	}
	found = append(found, l.kept.referrers(self.Namespace, reference.Key{Kind: self.kind, Name: self.Name})...)
	for _, key := range held(before, after) {
		found = append(found, item{key.Kind, types.NamespacedName{Namespace: self.Namespace, Name: key.Name}})
		for _, other := range l.kept.referrers(self.Namespace, key) {
			if other.kind == self.kind && other != self {
				found = append(found, other)
			}
		}
	}
	return found
}

// news tells whether a change concerns the object itself: any but that of a
// status which went on. It is what the controllers' watches let through.
func news(before, after engine.Object) bool {
	if before == nil || after == nil {
		return true
	}
	return before.GetGeneration() != after.GetGeneration() ||
		!maps.Equal(before.GetAnnotations(), after.GetAnnotations()) ||
		!maps.Equal(before.GetLabels(), after.GetLabels()) ||
		before.GetDeletionTimestamp().IsZero() != after.GetDeletionTimestamp().IsZero() ||
		len(before.GetFinalizers()) != len(after.GetFinalizers()) ||
		before.ManagedStatus().Attempts > after.ManagedStatus().Attempts
}

// held is what the object names for itself alone, or did before the change.
func held(before, after engine.Object) []reference.Key {
	var keys []reference.Key
	for _, obj := range []engine.Object{before, after} {
		if obj == nil {
			continue
		}
		for _, key := range reference.Held(obj) {
			if !slices.Contains(keys, key) {
				keys = append(keys, key)
			}
		}
	}
	return keys
}

// refersTo are those of all that refer to key, which their index says.
func refersTo(all runtime.Object, kind string, key reference.Key) []item {
	var found []item
	_ = meta.EachListItem(all, func(one runtime.Object) error {
		if obj, ok := one.(client.Object); ok && slices.Contains(reference.Values(obj), key.String()) {
			found = append(found, item{kind, client.ObjectKeyFromObject(obj)})
		}
		return nil
	})
	return found
}
