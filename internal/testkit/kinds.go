package testkit

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/api/meta/testrestmapper"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
)

// vocabulary is all types that the operator reads or writes. Making these costs more
// than a life, so they are made once.
type vocabulary struct {
	scheme  *runtime.Scheme
	mapper  meta.RESTMapper
	decoder runtime.Decoder
	managed []string // the managed kinds by name
}

var known = sync.OnceValue(func() vocabulary {
	k := vocabulary{scheme: runtime.NewScheme()}
	for _, add := range []func(*runtime.Scheme) error{corev1.AddToScheme, v1alpha1.AddToScheme, apiextensionsv1.AddToScheme} {
		if err := add(k.scheme); err != nil {
			panic(fmt.Sprintf("testkit: %v", err))
		}
	}
	// Kept as anybody has it who does not know the type.
	k.scheme.AddKnownTypeWithName(endpoint, &unstructured.Unstructured{})
	k.scheme.AddKnownTypeWithName(endpoint.GroupVersion().WithKind("DNSEndpointList"), &unstructured.UnstructuredList{})
	k.mapper = testrestmapper.TestOnlyStaticRESTMapper(k.scheme)
	k.decoder = serializer.NewCodecFactory(k.scheme).UniversalDecoder()
	for kind := range k.scheme.KnownTypes(v1alpha1.GroupVersion) {
		if obj, err := k.scheme.New(v1alpha1.GroupVersion.WithKind(kind)); err == nil {
			if _, ok := obj.(engine.Object); ok {
				k.managed = append(k.managed, kind)
			}
		}
	}
	slices.Sort(k.managed)
	return k
})

// empty is an object of a managed kind, for reading into.
func (k vocabulary) empty(kind string) engine.Object {
	obj, err := k.scheme.New(v1alpha1.GroupVersion.WithKind(kind))
	if err != nil {
		panic(fmt.Sprintf("testkit: %v", err))
	}
	return obj.(engine.Object) //nolint:forcetypeassert // managed kinds were chosen by that
}

// kindOf is the kind of obj as Kubernetes says it; "" when it is not known.
func kindOf(obj client.Object) string {
	all, _, err := known().scheme.ObjectKinds(obj)
	if err != nil || len(all) == 0 {
		return ""
	}
	return all[0].Kind
}

// pluralOf is the name under which people find the objects of a managed kind.
func pluralOf(kind string) string { return strings.ToLower(kind) + "s" }

// resourceOf is where the fake client keeps the objects of a managed kind: it
// guesses plurals, and not always well.
func resourceOf(kind string) schema.GroupVersionResource {
	gvr, _ := meta.UnsafeGuessKindToResource(v1alpha1.GroupVersion.WithKind(kind))
	return gvr
}

// objects are the objects of a managed kind.
func (l *Lab) objects(kind string) []engine.Object {
	l.t.Helper()
	list, err := known().scheme.New(v1alpha1.GroupVersion.WithKind(kind + "List"))
	if err != nil {
		l.t.Fatal(err)
	}
	all, ok := list.(client.ObjectList)
	if !ok {
		l.t.Fatalf("%T is no list", list)
	}
	if err := l.Store.List(context.Background(), all); err != nil {
		l.t.Fatal(err)
	}
	var found []engine.Object
	err = meta.EachListItem(all, func(item runtime.Object) error {
		if obj, ok := item.(engine.Object); ok {
			found = append(found, obj)
		}
		return nil
	})
	if err != nil {
		l.t.Fatal(err)
	}
	return found
}
