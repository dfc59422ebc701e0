package testkit

import (
	"context"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// endpoint is the kind by which external-dns is told records.
var endpoint = schema.GroupVersionKind{Group: "externaldns.k8s.io", Version: "v1alpha1", Kind: "DNSEndpoint"}

// InstallExternalDNS has the cluster serve DNSEndpoints from now on.
func (l *Lab) InstallExternalDNS() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.externalDNS = true
}

// served is an error when obj is of a kind that is not installed.
func (l *Lab) served(obj client.Object) error {
	gvk := obj.GetObjectKind().GroupVersionKind()
	l.mu.Lock()
	defer l.mu.Unlock()
	if gvk != endpoint || l.externalDNS {
		return nil
	}
	return &meta.NoKindMatchError{GroupKind: gvk.GroupKind(), SearchedVersions: []string{gvk.Version}}
}

// NewEndpoint is a DNSEndpoint without records, of nobody.
func NewEndpoint(name string) *unstructured.Unstructured {
	u := &unstructured.Unstructured{}
	u.SetGroupVersionKind(endpoint)
	u.SetNamespace(Namespace)
	u.SetName(name)
	return u
}

// Endpoint reads a DNSEndpoint; nil when it is not there.
func (l *Lab) Endpoint(name string) *unstructured.Unstructured {
	l.t.Helper()
	u := NewEndpoint(name)
	err := l.Store.Get(context.Background(), types.NamespacedName{Namespace: Namespace, Name: name}, u)
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		l.t.Fatal(err)
	}
	return u
}
