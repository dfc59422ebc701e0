package account

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
)

const (
	// patience bounds what one reconcile waits for Gandi, so that an endpoint
	// that swallows everything does not hold the other accounts up.
	patience      = 45 * time.Second
	defaultResync = 10 * time.Minute
)

// Reconciler reconciles GandiAccounts.
type Reconciler struct {
	client  client.Client // reads from the cache, except Secrets and ConfigMaps
	live    client.Reader
	watches *watches
	events  events.EventRecorder
	options Options

	mu    sync.Mutex
	memos map[types.NamespacedName]*memo
}

func newReconciler(c client.Client, live client.Reader, w *watches, e events.EventRecorder, o Options) *Reconciler {
	if o.DefaultResync == 0 {
		o.DefaultResync = defaultResync
	}
	return &Reconciler{client: c, live: live, watches: w, events: e, options: o, memos: map[types.NamespacedName]*memo{}}
}

// memo is what is remembered of an account between reconciles. All of it can be
// lost. One reconcile of an account runs at a time, so it needs no lock.
type memo struct {
	// settings stand for what the account is bound by.
	settings imprint
	// failures counts what went wrong in a row, for the delay.
	failures int
	// info is when the account's own record was last read.
	info    time.Time
	version string
	marks   sightings
}

// pass is one reconcile of one account.
type pass struct {
	*Reconciler
	memo *memo
	name types.NamespacedName
	obj  *v1alpha1.GandiAccount
	was  v1alpha1.GandiAccountStatus
	used usage
}

// Reconcile does one pass.
func (r *Reconciler) Reconcile(ctx context.Context, req reconcile.Request) (reconcile.Result, error) {
	p := &pass{Reconciler: r, name: req.NamespacedName, obj: &v1alpha1.GandiAccount{}}
	if err := r.client.Get(ctx, req.NamespacedName, p.obj); err != nil {
		if apierrors.IsNotFound(err) {
			r.forget(req.NamespacedName)
			return reconcile.Result{}, nil
		}
		return reconcile.Result{}, fmt.Errorf("reading the GandiAccount: %w", err)
	}
	p.memo = r.memoOf(req.NamespacedName)
	p.was = *p.obj.Status.DeepCopy()
	result, err := p.reconcile(ctx)
	if apierrors.IsConflict(err) {
		return reconcile.Result{RequeueAfter: 100 * time.Millisecond}, nil
	}
	return result, err
}

func (p *pass) reconcile(ctx context.Context) (reconcile.Result, error) {
	used, err := p.usage(ctx)
	if err != nil {
		return reconcile.Result{}, err
	}
	p.used = used
	if !p.obj.DeletionTimestamp.IsZero() && !used.inUse() {
		return reconcile.Result{}, p.letGo(ctx)
	}
	if err := p.hold(ctx); err != nil {
		return reconcile.Result{}, err
	}
	p.sayUse()
	answer, err := p.connect(ctx)
	if err != nil {
		return reconcile.Result{}, err
	}
	if err := p.close(ctx, answer); err != nil {
		return reconcile.Result{}, err
	}
	return reconcile.Result{RequeueAfter: p.comeBack(answer)}, nil
}

// close writes conditions and status, if anything changed.
func (p *pass) close(ctx context.Context, a answer) error {
	a.write(p.obj)
	p.obj.Status.ObservedGeneration = p.obj.Generation
	if equality.Semantic.DeepEqual(p.was, p.obj.Status) {
		return nil
	}
	before := p.obj.DeepCopy()
	before.Status = p.was
	if err := p.client.Status().Patch(ctx, p.obj, client.MergeFrom(before)); err != nil {
		return fmt.Errorf("writing the account's status: %w", client.IgnoreNotFound(err))
	}
	p.tell(ctx, a)
	return nil
}

// comeBack is when to look again though nothing happened.
//
//	bound and answering       after two resyncs: each sweep wakes the account
//	not reachable             1 s, 2 s, 4 s … 20 s
//	needs a person            30 s, 1 min … 5 min; the watch is quicker
func (p *pass) comeBack(a answer) time.Duration {
	switch a.next {
	case soon:
		p.memo.failures++
		return spread(double(time.Second, p.memo.failures-1, 20*time.Second))
	case seldom:
		p.memo.failures++
		return spread(double(30*time.Second, p.memo.failures-1, 5*time.Minute))
	default:
		p.memo.failures = 0
		return spread(2 * p.resync())
	}
}

func (p *pass) resync() time.Duration {
	if d := p.obj.Spec.ResyncInterval; d != nil && d.Duration > 0 {
		return d.Duration
	}
	return p.options.DefaultResync
}

func double(d time.Duration, times int, most time.Duration) time.Duration {
	for range times {
		if d = 2 * d; d >= most {
			return most
		}
	}
	return d
}

// spread keeps accounts from coming back together.
func spread(d time.Duration) time.Duration {
	return d*9/10 + time.Duration(rand.Int64N(int64(d)/5+1))
}

// tell makes an event of an account that got into trouble or out of it.
func (p *pass) tell(ctx context.Context, a answer) {
	was, now := readyReason(p.was), readyReason(p.obj.Status)
	if was == now {
		return
	}
	ctrl.LoggerFrom(ctx).Info("account changed", "reason", now, "message", a.message)
	if p.events == nil {
		return
	}
	kind := "Normal"
	if a.stalled {
		kind = "Warning"
	}
	p.events.Eventf(p.obj, nil, kind, now, "Connect", "%s", a.message)
}

func (r *Reconciler) memoOf(name types.NamespacedName) *memo {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.memos[name] == nil {
		r.memos[name] = &memo{marks: sightings{}}
	}
	return r.memos[name]
}

// forget drops everything of an account that does not exist any more.
func (r *Reconciler) forget(name types.NamespacedName) {
	r.options.Registry.Forget(name)
	r.watches.set(name)
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.memos, name)
}

// patch changes metadata, under an optimistic lock: a list of finalizers is
// replaced as a whole, and somebody else's must not be lost.
func (r *Reconciler) patch(ctx context.Context, obj client.Object, change func()) error {
	before, ok := obj.DeepCopyObject().(client.Object)
	if !ok {
		return errors.New("an object's copy is no object")
	}
	change()
	return r.client.Patch(ctx, obj, client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{}))
}
