package account

import (
	"context"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/metadata/metadatainformer"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"
)

// target is one object that is watched by its name.
type target struct {
	resource  string // "secrets" or "configmaps"
	namespace string
	name      string
}

// watches keeps one watch for each Secret and ConfigMap that an account names:
// a change is in force at once, and no Secret of the cluster is ever cached.
// Only metadata crosses the wire; the value is read live when it is needed.
type watches struct {
	client metadata.Interface

	fresh chan struct{} // a target is not watched yet

	mu      sync.Mutex
	queue   workqueue.TypedRateLimitingInterface[reconcile.Request]
	targets map[target]*watch
}

type watch struct {
	accounts map[types.NamespacedName]struct{}
	stop     context.CancelFunc
}

func newWatches(c metadata.Interface) *watches {
	return &watches{client: c, fresh: make(chan struct{}, 1), targets: map[target]*watch{}}
}

// source ties the watches to the controller's queue and life.
func (w *watches) source() source.Source {
	return source.Func(func(ctx context.Context, queue workqueue.TypedRateLimitingInterface[reconcile.Request]) error {
		w.mu.Lock()
		w.queue = queue
		w.mu.Unlock()
		go w.run(ctx)
		return nil
	})
}

// run begins watches until ctx ends, and with it all of them.
func (w *watches) run(ctx context.Context) {
	for ctx.Err() == nil {
		w.beginFresh(ctx)
		select {
		case <-ctx.Done():
		case <-w.fresh:
		}
	}
}

func (w *watches) beginFresh(ctx context.Context) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for t, one := range w.targets {
		if one.stop == nil {
			w.begin(ctx, t, one)
		}
	}
}

// set has account reconciled whenever one of wanted changes, and only then.
func (w *watches) set(account types.NamespacedName, wanted ...target) {
	w.mu.Lock()
	defer w.mu.Unlock()
	keep := map[target]bool{}
	for _, t := range wanted {
		keep[t] = true
		one := w.targets[t]
		if one == nil {
			one = &watch{accounts: map[types.NamespacedName]struct{}{}}
			w.targets[t] = one
			select {
			case w.fresh <- struct{}{}:
			default:
			}
		}
		one.accounts[account] = struct{}{}
	}
	for t, one := range w.targets {
		if keep[t] {
			continue
		}
		delete(one.accounts, account)
		if len(one.accounts) == 0 {
			if one.stop != nil {
				one.stop()
			}
			delete(w.targets, t)
		}
	}
}

func (w *watches) begin(ctx context.Context, t target, one *watch) {
	ctx, cancel := context.WithCancel(ctx)
	one.stop = cancel
	informer := metadatainformer.NewFilteredMetadataInformer(w.client,
		schema.GroupVersionResource{Version: "v1", Resource: t.resource}, t.namespace, 0, cache.Indexers{},
		func(o *metav1.ListOptions) {
			o.FieldSelector = fields.OneTermEqualSelector("metadata.name", t.name).String()
		}).Informer()
	// The only errors of these two are for an informer that runs already.
	_, _ = informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { w.changed(t) },
		UpdateFunc: func(any, any) { w.changed(t) },
		DeleteFunc: func(any) { w.changed(t) },
	})
	go informer.RunWithContext(ctx)
}

func (w *watches) changed(t target) {
	w.mu.Lock()
	defer w.mu.Unlock()
	one := w.targets[t]
	if one == nil || w.queue == nil {
		return
	}
	for account := range one.accounts {
		w.queue.Add(reconcile.Request{NamespacedName: account})
	}
}
