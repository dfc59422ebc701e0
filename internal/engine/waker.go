package engine

import (
	"context"
	"sync"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"github.com/gandi-operator/gandi-operator/internal/operation"
)

// A Waker puts objects into the queue of their kind's controller when the
// account has news for them. A wake before the controller has started is lost,
// which costs nothing: every object is looked at when a controller starts.
type Waker struct {
	mu     sync.Mutex
	queues map[string]workqueue.TypedRateLimitingInterface[reconcile.Request]
}

// Wake has owner reconciled soon.
func (w *Waker) Wake(owner operation.Owner) {
	w.mu.Lock()
	queue := w.queues[owner.Kind]
	w.mu.Unlock()
	if queue != nil {
		queue.Add(reconcile.Request{NamespacedName: types.NamespacedName{Namespace: owner.Namespace, Name: owner.Name}})
	}
}

// Source is what the controller of kind watches to be woken.
func (w *Waker) Source(kind string) source.Source {
	return source.Func(func(_ context.Context, queue workqueue.TypedRateLimitingInterface[reconcile.Request]) error {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.queues == nil {
			w.queues = map[string]workqueue.TypedRateLimitingInterface[reconcile.Request]{}
		}
		w.queues[kind] = queue
		return nil
	})
}
