// Package controllers registers the kinds with a manager: what is watched, with
// what rights, and how objects wait for their turn. Reconcile logic is in
// internal/engine and in the kinds' own packages.
package controllers

import (
	"context"
	"errors"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	accounts "github.com/gandi-operator/gandi-operator/controllers/account"
	"github.com/gandi-operator/gandi-operator/controllers/vm"
	"github.com/gandi-operator/gandi-operator/internal/account"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/metrics"
)

// +kubebuilder:rbac:groups=hosting.gandi.net,resources=gandivms,verbs=get;list;watch;patch
// +kubebuilder:rbac:groups=hosting.gandi.net,resources=gandivms/status,verbs=get;patch
// +kubebuilder:rbac:groups=hosting.gandi.net,resources=gandivms/finalizers,verbs=update
// +kubebuilder:rbac:groups="",resources=secrets,verbs=get
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch
// +kubebuilder:rbac:groups=apiextensions.k8s.io,resources=customresourcedefinitions,verbs=get

// Options are what all kinds share.
type Options struct {
	Registry     *account.Registry
	Waker        *engine.Waker
	Lease        engine.Lease
	Metrics      *metrics.Metrics
	Installation string
	Sender       string
	Concurrency  int
}

// SetupVM registers GandiVM.
func SetupVM(ctx context.Context, mgr ctrl.Manager, o Options) error {
	err := mgr.GetFieldIndexer().IndexField(ctx, &v1alpha1.GandiVM{}, accounts.AccountField, func(obj client.Object) []string {
		if one, ok := obj.(engine.Object); ok {
			return []string{one.ManagedSpec().AccountRef.Name}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("indexing GandiVMs by account: %w", err)
	}
	r := &engine.Reconciler[*v1alpha1.GandiVM, vm.Observed]{
		Kind: vm.Kind{}, Client: mgr.GetClient(), Live: mgr.GetAPIReader(), Accounts: o.Registry,
		Events: mgr.GetEventRecorder("gandi-operator"), Lease: o.Lease, Installation: o.Installation, Sender: o.Sender, Metrics: o.Metrics,
	}
	err = ctrl.NewControllerManagedBy(mgr).
		Named("gandivm").
		For(&v1alpha1.GandiVM{}, builder.WithPredicates(byPeople)).
		Watches(&v1alpha1.GandiAccount{}, handler.EnqueueRequestsFromMapFunc(ofAccount(mgr.GetClient())), builder.WithPredicates(readiness)).
		WatchesRawSource(o.Waker.Source("GandiVM")).
		WithOptions(queueing(o.Concurrency)).
		Complete(r)
	if err != nil {
		return fmt.Errorf("registering GandiVM: %w", err)
	}
	return nil
}

// queueing bounds how long an object that meets errors waits: a network error
// is never terminal, so the longest wait is a minute.
//
//	errors in a row   1      2     3   4   5   6    7    8 …
//	wait              500ms  1s    2s  4s  8s  16s  32s  1m
func queueing(concurrency int) controller.Options {
	return controller.Options{
		MaxConcurrentReconciles: concurrency,
		RateLimiter:             workqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](500*time.Millisecond, time.Minute),
	}
}

// ofAccount wakes the objects that name an account.
func ofAccount(c client.Client) handler.MapFunc {
	return func(ctx context.Context, a client.Object) []reconcile.Request {
		var all v1alpha1.GandiVMList
		err := c.List(ctx, &all, client.InNamespace(a.GetNamespace()), client.MatchingFields{accounts.AccountField: a.GetName()})
		if err != nil && !errors.Is(err, context.Canceled) {
			ctrl.LoggerFrom(ctx).Error(err, "listing objects of an account")
		}
		var requests []reconcile.Request
		for _, one := range all.Items {
			requests = append(requests, reconcile.Request{NamespacedName: types.NamespacedName{Namespace: one.Namespace, Name: one.Name}})
		}
		return requests
	}
}

// Kinds are the managed kinds: those whose objects refer to a GandiAccount.
func Kinds() []schema.GroupVersionKind {
	return []schema.GroupVersionKind{v1alpha1.GroupVersion.WithKind("GandiVM")}
}
