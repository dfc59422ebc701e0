package testkit

import (
	"fmt"
	"sync"

	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	clienttesting "k8s.io/client-go/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/reference"
)

// newStore is an empty cluster with the definitions of all kinds, and a Secret
// to log in with.
func (l *Lab) newStore() client.WithWatch {
	k := known()
	l.kept = &kept{ObjectTracker: clienttesting.NewObjectTracker(k.scheme, k.decoder), lab: l, contents: map[item]content{}}
	b := fake.NewClientBuilder().WithScheme(k.scheme).WithRESTMapper(k.mapper).WithObjectTracker(l.kept).
		WithGlobalResourceVersionCounter().
		WithStatusSubresource(&v1alpha1.GandiAccount{}).
		WithObjects(&corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Namespace: Namespace, Name: "login", UID: "login-uid"},
			Data:       map[string][]byte{"password": []byte(Password)},
		})
	for _, kind := range k.managed {
		b.WithStatusSubresource(k.empty(kind))
		b.WithObjects(&apiextensionsv1.CustomResourceDefinition{ObjectMeta: metav1.ObjectMeta{Name: pluralOf(kind) + "." + v1alpha1.GroupVersion.Group}})
	}
	for _, obj := range reference.Kinds() {
		b.WithIndex(obj, reference.Field, reference.Values)
	}
	for _, obj := range reference.ExternalKinds() {
		b.WithIndex(obj, reference.ExternalField, reference.ExternalValues)
	}
	return b.Build()
}

// kept is where the objects are, behind the fake client: here is done what the
// API server does before it stores an object and what watches tell of
// afterwards. Whoever writes, and by which verb, the whole object as it is going
// to be comes through here.
type kept struct {
	clienttesting.ObjectTracker
	lab *Lab

	mu       sync.Mutex
	born     int              // objects so far
	contents map[item]content // what is stored, as JSON
}

// Create stores a new object.
func (s *kept) Create(gvr schema.GroupVersionResource, obj runtime.Object, ns string, opts ...metav1.CreateOptions) error {
	after, ok := obj.(engine.Object)
	if !ok {
		return s.ObjectTracker.Create(gvr, obj, ns, opts...)
	}
	now, err := s.admitNew(after)
	if err != nil {
		return err
	}
	if err := s.ObjectTracker.Create(gvr, obj, ns, opts...); err != nil {
		return err
	}
	s.remember(itemOf(after), now)
	s.lab.changed(nil, after)
	return nil
}

// Update stores a changed object.
func (s *kept) Update(gvr schema.GroupVersionResource, obj runtime.Object, ns string, opts ...metav1.UpdateOptions) error {
	return s.change(gvr, obj, ns, func() error { return s.ObjectTracker.Update(gvr, obj, ns, opts...) })
}

// Patch stores a changed object.
func (s *kept) Patch(gvr schema.GroupVersionResource, obj runtime.Object, ns string, opts ...metav1.PatchOptions) error {
	return s.change(gvr, obj, ns, func() error { return s.ObjectTracker.Patch(gvr, obj, ns, opts...) })
}

func (s *kept) change(gvr schema.GroupVersionResource, obj runtime.Object, ns string, store func() error) error {
	after, ok := obj.(engine.Object)
	if !ok {
		return store()
	}
	found, err := s.Get(gvr, ns, after.GetName())
	if err != nil {
		return err
	}
	before, ok := found.(engine.Object)
	if !ok {
		return fmt.Errorf("%T is kept as %T", obj, found)
	}
	now, err := s.admit(before, after)
	if err != nil {
		return err
	}
	if err := store(); err != nil {
		return err
	}
	s.remember(itemOf(after), now)
	s.lab.changed(before, after)
	return nil
}

// Delete takes an object away that no finalizer holds.
func (s *kept) Delete(gvr schema.GroupVersionResource, ns, name string, opts ...metav1.DeleteOptions) error {
	found, err := s.Get(gvr, ns, name)
	if err != nil {
		return err
	}
	if err := s.ObjectTracker.Delete(gvr, ns, name, opts...); err != nil {
		return err
	}
	if before, ok := found.(engine.Object); ok {
		s.remember(itemOf(before), nil)
		s.lab.changed(before, nil)
	}
	return nil
}

func (s *kept) remember(of item, now content) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now == nil {
		delete(s.contents, of)
	} else {
		s.contents[of] = now
	}
}

// referrers are the objects of the namespace that refer to key.
func (s *kept) referrers(namespace string, key reference.Key) []item {
	var found []item
	for _, kind := range reference.Kinds() {
		gvk := v1alpha1.GroupVersion.WithKind(kindOf(kind))
		all, err := s.List(resourceOf(gvk.Kind), gvk, namespace)
		if err != nil {
			s.lab.t.Errorf("listing %s: %v", gvk.Kind, err)
			return nil
		}
		found = append(found, refersTo(all, gvk.Kind, key)...)
	}
	return found
}
