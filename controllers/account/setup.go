package account

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/account"
	"github.com/gandi-operator/gandi-operator/internal/metrics"
)

// +kubebuilder:rbac:groups=hosting.gandi.net,resources=gandiaccounts,verbs=get;list;watch;patch
// +kubebuilder:rbac:groups=hosting.gandi.net,resources=gandiaccounts/status,verbs=get;patch
// +kubebuilder:rbac:groups=hosting.gandi.net,resources=gandiaccounts/finalizers,verbs=update
// +kubebuilder:rbac:groups="",resources=secrets,verbs=get;list;watch;patch
// +kubebuilder:rbac:groups="",resources=configmaps,verbs=get;list;watch
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch

// Options are what Setup needs beside the manager.
type Options struct {
	Registry     *account.Registry
	Installation string
	Metrics      *metrics.Metrics
	// DefaultResync is the resync interval of accounts that name none; 0 means
	// 10 minutes.
	DefaultResync time.Duration
	// Woken brings the accounts that the Registry wakes.
	Woken source.Source
	// Kinds are the kinds whose objects may refer to accounts. Their types have
	// the method ManagedSpec, and the manager indexes them by AccountField.
	Kinds []schema.GroupVersionKind
	// Concurrency is how many accounts are reconciled at once; 0 means 4.
	Concurrency int
}

// AccountField is the index by which objects are found that name an account.
const AccountField = "spec.accountRef.name"

// Setup registers the reconciler with mgr.
func Setup(mgr ctrl.Manager, o Options) error {
	watching, err := metadata.NewForConfigAndClient(mgr.GetConfig(), mgr.GetHTTPClient())
	if err != nil {
		return fmt.Errorf("making the client for watches by name: %w", err)
	}
	names := newWatches(watching)
	r := newReconciler(mgr.GetClient(), mgr.GetAPIReader(), names, mgr.GetEventRecorder("gandi-operator"), o)
	if o.Concurrency == 0 {
		o.Concurrency = 4
	}
	b := ctrl.NewControllerManagedBy(mgr).
		Named("gandiaccount").
		For(&v1alpha1.GandiAccount{}, builder.WithPredicates(byPeople())).
		WatchesRawSource(names.source()).
		WithOptions(controller.Options{
			MaxConcurrentReconciles: o.Concurrency,
			RateLimiter:             workqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](500*time.Millisecond, time.Minute),
		})
	if o.Woken != nil {
		b = b.WatchesRawSource(o.Woken)
	}
	for _, gvk := range o.Kinds {
		obj, err := r.objectOf(gvk)
		if err != nil {
			return err
		}
		b = b.Watches(obj, gathering(), builder.WithPredicates(referring()))
	}
	if err := b.Complete(r); err != nil {
		return fmt.Errorf("registering GandiAccount: %w", err)
	}
	return nil
}

// byPeople lets through what somebody else may have changed; our own status
// writes are no news.
func byPeople() predicate.Predicate {
	return predicate.Or[client.Object](
		predicate.GenerationChangedPredicate{},
		predicate.AnnotationChangedPredicate{},
		predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
			return e.ObjectOld.GetDeletionTimestamp().IsZero() != e.ObjectNew.GetDeletionTimestamp().IsZero() ||
				len(e.ObjectOld.GetFinalizers()) != len(e.ObjectNew.GetFinalizers()) ||
				statusLost(e.ObjectOld, e.ObjectNew)
		}},
	)
}

func statusLost(before, after client.Object) bool {
	b, ok := before.(*v1alpha1.GandiAccount)
	if !ok {
		return false
	}
	a, ok := after.(*v1alpha1.GandiAccount)
	return ok && b.Status.Handle != "" && a.Status.Handle == ""
}

// referring lets through what may change which accounts are in use: objects
// that come, go or name another account.
func referring() predicate.Predicate {
	return predicate.Funcs{
		UpdateFunc: func(e event.UpdateEvent) bool {
			return refOf(e.ObjectOld) != refOf(e.ObjectNew)
		},
	}
}

// managed is an object that names an account.
type managed interface {
	client.Object
	ManagedSpec() *v1alpha1.ManagedSpec
}

func refOf(obj client.Object) string {
	if m, ok := obj.(managed); ok {
		return m.ManagedSpec().AccountRef.Name
	}
	return ""
}

// gather is how long an account waits for more objects to come or go: with
// thousands of them one look a second is enough.
const gather = time.Second

// gathering wakes the accounts that an object names, or named.
func gathering() handler.EventHandler {
	wake := func(q workqueue.TypedRateLimitingInterface[reconcile.Request], objects ...client.Object) {
		for _, obj := range objects {
			if ref := refOf(obj); ref != "" {
				q.AddAfter(reconcile.Request{NamespacedName: types.NamespacedName{Namespace: obj.GetNamespace(), Name: ref}}, gather)
			}
		}
	}
	return handler.Funcs{
		CreateFunc: func(_ context.Context, e event.CreateEvent, q workqueue.TypedRateLimitingInterface[reconcile.Request]) {
			wake(q, e.Object)
		},
		UpdateFunc: func(_ context.Context, e event.UpdateEvent, q workqueue.TypedRateLimitingInterface[reconcile.Request]) {
			wake(q, e.ObjectOld, e.ObjectNew)
		},
		DeleteFunc: func(_ context.Context, e event.DeleteEvent, q workqueue.TypedRateLimitingInterface[reconcile.Request]) {
			wake(q, e.Object)
		},
	}
}
