package testkit

import (
	"fmt"
	"reflect"

	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
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
	l.kept = &kept{ObjectTracker: clienttesting.NewObjectTracker(k.scheme, k.decoder), lab: l}
	b := fake.NewClientBuilder().WithScheme(k.scheme).WithRESTMapper(k.mapper).WithObjectTracker(l.kept).
		WithStatusSubresource(&v1alpha1.GandiAccount{}).
		WithObjects(&corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Namespace: Namespace, Name: "login", UID: "login-uid"},
			Data:       map[string][]byte{"password": []byte(Password)},
		})
	for _, kind := range k.managed {
		b.WithStatusSubresource(k.empty(kind))
		b.WithObjects(&apiextensionsv1.CustomResourceDefinition{ObjectMeta: metav1.ObjectMeta{Name: resourceOf(kind).GroupResource().String()}})
	}
	for _, obj := range reference.Kinds() {
		b.WithIndex(obj, reference.Field, reference.Values)
	}
	return b.Build()
}

// kept is where the objects are, behind the fake client: here is done what the
// API server does before it stores an object and what watches tell of
// afterwards. Whoever writes, and by which verb, the whole object as it is going
// to be comes through here.
type kept struct {
	clienttesting.ObjectTracker
	lab  *Lab
	uids int
}

// Create stores a new object.
func (s *kept) Create(gvr schema.GroupVersionResource, obj runtime.Object, ns string, opts ...metav1.CreateOptions) error {
	if after, ok := obj.(engine.Object); ok {
		s.born(after)
	}
	if err := s.ObjectTracker.Create(gvr, obj, ns, opts...); err != nil {
		return err
	}
	s.tell(nil, obj)
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

// Delete takes an object away that no finalizer holds.
func (s *kept) Delete(gvr schema.GroupVersionResource, ns, name string, opts ...metav1.DeleteOptions) error {
	before, err := s.Get(gvr, ns, name)
	if err != nil {
		return err
	}
	if err := s.ObjectTracker.Delete(gvr, ns, name, opts...); err != nil {
		return err
	}
	s.tell(before, nil)
	return nil
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
	if before, ok := found.(engine.Object); ok {
		s.grown(before, after)
	}
	if err := store(); err != nil {
		return err
	}
	s.tell(found, obj)
	return nil
}

// born gives a new object what only the API server can give. A copy that a test
// puts back under a UID of its own keeps that.
func (s *kept) born(obj engine.Object) {
	s.uids++
	if obj.GetUID() == "" {
		obj.SetUID(types.UID(fmt.Sprintf("%s-%d", obj.GetName(), s.uids)))
	}
	obj.SetGeneration(1)
	obj.SetCreationTimestamp(metav1.Now().Rfc3339Copy())
}

// grown counts the generations of an object: changes of its spec.
func (s *kept) grown(before, after engine.Object) {
	generation := before.GetGeneration()
	if !equality.Semantic.DeepEqual(specOf(before), specOf(after)) {
		generation++
	}
	after.SetGeneration(generation)
	after.SetUID(before.GetUID())
	after.SetCreationTimestamp(before.GetCreationTimestamp())
}

// specOf is the whole spec of obj.
func specOf(obj engine.Object) any {
	return reflect.ValueOf(obj).Elem().FieldByName("Spec").Interface()
}

func (s *kept) tell(before, after runtime.Object) {
	b, _ := before.(engine.Object)
	a, _ := after.(engine.Object)
	if b != nil || a != nil {
		s.lab.changed(b, a)
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
