package controllers

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	accounts "github.com/gandi-operator/gandi-operator/controllers/account"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/reference"
)

// index has the cache find objects by what they refer to, and by what they have
// at Gandi.
func index(ctx context.Context, mgr ctrl.Manager) error {
	var all []error
	by := func(obj client.Object, field string, values client.IndexerFunc) {
		if err := mgr.GetFieldIndexer().IndexField(ctx, obj, field, values); err != nil {
			all = append(all, fmt.Errorf("indexing %ss by %s: %w", kindOf(obj), field, err))
		}
	}
	for _, obj := range managed() {
		by(obj, accounts.AccountField, accountOf)
	}
	for _, obj := range reference.Kinds() {
		by(obj, reference.Field, reference.Values)
	}
	for _, obj := range reference.ExternalKinds() {
		by(obj, reference.ExternalField, reference.ExternalValues)
	}
	return errors.Join(all...)
}

func accountOf(obj client.Object) []string {
	if one, ok := obj.(engine.Object); ok {
		return []string{one.ManagedSpec().AccountRef.Name}
	}
	return nil
}

// kindOf is the kind of one of our objects, which have the names of their kinds.
func kindOf(obj client.Object) string { return reflect.TypeOf(obj).Elem().Name() }

// ofAccount wakes the objects of a kind that name an account.
func ofAccount(c client.Client, kind string) handler.MapFunc {
	return func(ctx context.Context, a client.Object) []reconcile.Request {
		return find(ctx, c, kind, client.InNamespace(a.GetNamespace()), client.MatchingFields{accounts.AccountField: a.GetName()})
	}
}

// concerned wakes the objects of a kind that a change of another object concerns:
// those that refer to it, those that it holds, and those that want what it holds.
func concerned(c client.Client, kind string) handler.MapFunc {
	return func(ctx context.Context, other client.Object) []reconcile.Request {
		requests := referring(ctx, c, kind, other.GetNamespace(), reference.Key{Kind: kindOf(other), Name: other.GetName()})
		for _, key := range reference.Held(other) {
			if key.Kind == kind {
				requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKey{Namespace: other.GetNamespace(), Name: key.Name}})
			}
			if kind != kindOf(other) {
				continue
			}
			for _, rival := range referring(ctx, c, kind, other.GetNamespace(), key) {
				if rival.Name != other.GetName() {
					requests = append(requests, rival)
				}
			}
		}
		return requests
	}
}

// referring finds the objects of a kind that refer to key.
func referring(ctx context.Context, c client.Client, kind, namespace string, key reference.Key) []reconcile.Request {
	for _, obj := range reference.Kinds() {
		if kindOf(obj) == kind {
			return find(ctx, c, kind, client.InNamespace(namespace), client.MatchingFields{reference.Field: key.String()})
		}
	}
	return nil
}

// find lists objects of a kind from the cache.
func find(ctx context.Context, c client.Client, kind string, opts ...client.ListOption) []reconcile.Request {
	made, err := c.Scheme().New(v1alpha1.GroupVersion.WithKind(kind + "List"))
	list, ok := made.(client.ObjectList)
	if err == nil && ok {
		err = c.List(ctx, list, append(opts, client.UnsafeDisableDeepCopy)...)
	}
	if err != nil {
		if !errors.Is(err, context.Canceled) {
			ctrl.LoggerFrom(ctx).Error(err, "listing objects that a change concerns", "kind", kind)
		}
		return nil
	}
	var requests []reconcile.Request
	_ = meta.EachListItem(list, func(o runtime.Object) error {
		if one, ok := o.(client.Object); ok {
			requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(one)})
		}
		return nil
	})
	return requests
}
