package engine

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/account"
	"github.com/gandi-operator/gandi-operator/internal/metrics"
	"github.com/gandi-operator/gandi-operator/internal/operation"
	"github.com/gandi-operator/gandi-operator/internal/reference"
	"github.com/gandi-operator/gandi-operator/internal/token"
)

// Accounts finds the conversation of a GandiAccount.
type Accounts interface {
	Get(name types.NamespacedName) (*account.Conversation, bool)
	// Trouble says why an account that is known has no conversation.
	Trouble(name types.NamespacedName) (reason, message string, known bool)
}

// Recorder records events, in events.k8s.io's words.
type Recorder interface {
	Eventf(regarding, related runtime.Object, eventtype, reason, action, note string, args ...any)
}

// Reconciler runs the loop for one kind.
type Reconciler[O Object, S any] struct {
	Kind Kind[O, S]
	// Client reads objects from the cache and writes them.
	Client client.Client
	// Live reads from the API server itself.
	Live     client.Reader
	Accounts Accounts
	Events   Recorder
	// Lease tells how long this process may act; nil without leader election.
	Lease Lease
	// Installation is the id of this installation, part of every token.
	Installation string
	// Sender names this process in intents.
	Sender string
	// Metrics may be nil.
	Metrics *metrics.Metrics

	memory memory
}

// pass is one reconcile of one object.
type pass[O Object, S any] struct {
	*Reconciler[O, S]
	obj      O // changed as the pass goes on
	base     O // as last read or written; the status write is the difference
	spec     *v1alpha1.ManagedSpec
	status   *v1alpha1.ManagedStatus
	memo     *memo
	conv     *account.Conversation
	owner    operation.Owner
	token    string
	wasReady bool   // in sync at this generation, before this pass
	running  string // what runs at Gandi, in words; "" when nothing of ours does
	over     bool   // operations ended in this pass
	looks    int    // whole looks that prove an absence; 0 while there are too few
	present  bool   // the external resource was seen
	differs  string // what the plan wants to change first; "" when nothing
	stranger string // what carries the token though nothing tells that it is ours
	events   []pendingEvent
}

type pendingEvent struct{ eventtype, reason, action, note string }

// verdict is what a pass ends with.
type verdict struct {
	kind    verdictKind
	reason  string
	message string
	after   time.Duration // look again then, though nothing happened
}

type verdictKind int

const (
	ready   verdictKind = iota // in sync
	working                    // Reconciling
	stalled                    // Stalled
	quiet                      // nothing to tell: leave conditions as they are
	gone                       // the object was let go
)

// Reconcile brings the external resource of one object nearer to its spec.
func (r *Reconciler[O, S]) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	obj := r.Kind.New()
	if err := r.Client.Get(ctx, req.NamespacedName, obj); err != nil {
		if apierrors.IsNotFound(err) {
			r.memory.forget(req.NamespacedName)
			r.Metrics.ObjectGone(r.Kind.Name(), req.String())
			return ctrl.Result{}, nil
		}
		return ctrl.Result{}, fmt.Errorf("reading %s: %w", r.Kind.Name(), err)
	}
	p := r.begin(obj)
	v, err := p.run(ctx)
	if err == nil {
		err = p.close(ctx, v)
	}
	switch {
	case apierrors.IsConflict(err):
		// Somebody wrote in between, or the cache is behind: look again soon.
		return ctrl.Result{RequeueAfter: soon()}, nil
	case apierrors.IsNotFound(err):
		return ctrl.Result{}, nil
	case err != nil:
		return ctrl.Result{}, err
	case v.kind == gone:
		p.letOthers()
		return ctrl.Result{}, nil
	}
	log.FromContext(ctx).V(1).Info("reconciled", "reason", v.reason, "recheck", v.after)
	return ctrl.Result{RequeueAfter: max(cmpOr(v.after, lookAgain), time.Millisecond)}, nil
}

// lookAgain is when an object is looked at again that says nothing of when: what it
// waits for brings it back itself.
const lookAgain = 10 * time.Minute

// soon is a short time with jitter.
func soon() time.Duration { return 50*time.Millisecond + rand.N(100*time.Millisecond) }

func (r *Reconciler[O, S]) begin(obj O) *pass[O, S] {
	name := client.ObjectKeyFromObject(obj)
	p := &pass[O, S]{
		Reconciler: r,
		obj:        obj,
		base:       copyOf(obj),
		spec:       obj.ManagedSpec(),
		status:     obj.ManagedStatus(),
		memo:       r.memory.of(obj.GetUID(), name),
		owner:      operation.Owner{Kind: r.Kind.Name(), Namespace: name.Namespace, Name: name.Name},
		token:      token.Of(r.Installation, r.Kind.Name(), name.Namespace, name.Name),
	}
	p.wasReady = inSync(p.status, obj.GetGeneration())
	account := types.NamespacedName{Namespace: name.Namespace, Name: p.spec.AccountRef.Name}
	if conv, bound := r.Accounts.Get(account); bound {
		p.conv = conv
		conv.Inventory().Include(r.Kind.Lists()...)
		p.memo.speakTo(conv)
	}
	return p
}

// reopen puts an intent back that somebody's replacing of the status took away
// while this process does not know yet what became of its paid call.
func (p *pass[O, S]) reopen() {
	open := p.memo.open
	if open == nil || p.status.Intent != nil {
		return
	}
	if p.status.Attempts >= open.Attempt || p.status.ID != 0 {
		p.memo.open = nil // its end was recorded
		return
	}
	p.status.Intent, p.status.Attempts = open.DeepCopy(), open.Attempt
}

// run goes through the steps in the order of the package comment.
func (p *pass[O, S]) run(ctx context.Context) (verdict, error) {
	if p.deleting() && !controllerutil.ContainsFinalizer(p.obj, v1alpha1.Finalizer) {
		return verdict{kind: gone}, nil
	}
	if err := p.recordReply(ctx); err != nil {
		return verdict{}, err
	}
	p.reopen()
	defer p.stepAside()
	if v, held, err := p.hold(ctx); held || err != nil {
		return v, err
	}
	p.settle(ctx)
	if v, open := p.resolve(ctx); open {
		return v, nil
	}
	if v, wait, err := p.identify(ctx); wait || err != nil {
		return v, err
	}
	if v, wait := p.sight(); wait {
		return v, nil
	}
	if v, wait := p.sightParts(); wait {
		return v, nil
	}
	if p.running != "" && !p.present {
		// Being created: there is nothing to observe yet.
		return p.whileRunning(), nil
	}
	observed, err := p.Kind.Observe(ctx, p.obj, p.env())
	if err != nil {
		return p.unobserved(ctx, err), nil
	}
	p.Kind.Report(p.obj, observed)
	return p.carry(ctx, observed)
}

func (p *pass[O, S]) deleting() bool { return !p.obj.GetDeletionTimestamp().IsZero() }

func (p *pass[O, S]) paused() bool {
	return p.obj.GetAnnotations()[v1alpha1.AnnotationPaused] == "true"
}

// Request is the value of an annotation by which people ask for something, as
// far as its echo in status holds it.
func Request(obj client.Object, annotation string) string {
	return cut(obj.GetAnnotations()[annotation], 250)
}

// retains tells whether the deletion of the object leaves Gandi alone.
func (p *pass[O, S]) retains() bool {
	switch {
	case p.spec.ManagementPolicy == v1alpha1.Observe:
		return true
	case p.spec.DeletionPolicy != "":
		return p.spec.DeletionPolicy == v1alpha1.Retain
	default:
		// Adoption is told by the spec too: a status can be lost.
		return p.status.Adopted || p.Kind.Adoption(p.obj) != nil
	}
}

// bought tells whether there is, or may be, anything of this object at Gandi.
func (p *pass[O, S]) bought() bool {
	return p.status.ID != 0 || p.status.Intent != nil || len(p.status.Created) > 0 || p.memo.reply != nil ||
		(p.status.Attempts == 0 && p.obj.GetAnnotations()[v1alpha1.AnnotationExternal] != "")
}

func (p *pass[O, S]) env() Env {
	return Env{
		Reader:      p.conv.Inventory(),
		Catalog:     p.conv,
		Token:       p.token,
		Established: p.present,
		Leftovers:   p.status.Created,
		Retain:      p.retains(),
		Secret:      p.secret,
		Object:      p.object,
		Referrers:   p.referrers,
		Owners:      p.owners,
		Companion:   p.companion,
		Operations:  p.conv.Operations,
	}
}

func (p *pass[O, S]) object(ctx context.Context, name string, into client.Object) (bool, error) {
	err := p.Client.Get(ctx, types.NamespacedName{Namespace: p.obj.GetNamespace(), Name: name}, into)
	if apierrors.IsNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("reading %q: %w", name, err)
	}
	return true, nil
}

func (p *pass[O, S]) owners(ctx context.Context, id int64, into client.ObjectList) error {
	err := p.Client.List(ctx, into, client.MatchingFields{reference.ExternalField: reference.ExternalValue(id)})
	if err != nil {
		return fmt.Errorf("listing who has %d: %w", id, err)
	}
	return nil
}

func (p *pass[O, S]) referrers(ctx context.Context, kind, name string, into client.ObjectList) error {
	err := p.Client.List(ctx, into, client.InNamespace(p.obj.GetNamespace()), client.MatchingFields{reference.Field: reference.Value(kind, name)})
	if err != nil {
		return fmt.Errorf("listing who names %s %q: %w", kind, name, err)
	}
	return nil
}

// unobserved is the verdict when looking itself did not work. Gandi's troubles
// are told by the account, so an object that was in sync stays as it is.
func (p *pass[O, S]) unobserved(ctx context.Context, err error) verdict {
	log.FromContext(ctx).V(1).Info("observation incomplete", "cause", err.Error())
	if notNow, ok := errors.AsType[*account.NotNow](err); ok {
		return p.awaitAccount(notNow.Reason, notNow.Message, notNow.RetryAfter)
	}
	return p.awaitAccount(v1alpha1.ReasonGandiUnavailable, err.Error(), 5*time.Second)
}

// awaitAccount waits for the account. An object in sync is not disturbed.
func (p *pass[O, S]) awaitAccount(_, message string, after time.Duration) verdict {
	if p.wasReady {
		return verdict{kind: quiet, after: max(after, 5*time.Second)}
	}
	return verdict{kind: working, reason: v1alpha1.ReasonAccountNotReady,
		message: fmt.Sprintf("waits for GandiAccount %q: %s", p.spec.AccountRef.Name, message), after: max(after, time.Second)}
}

// copyOf is a deep copy of obj.
func copyOf[O Object](obj O) O {
	return obj.DeepCopyObject().(O) //nolint:forcetypeassert // a copy has the type of its original
}

func (p *pass[O, S]) event(eventtype, reason, note string) {
	p.events = append(p.events, pendingEvent{eventtype, reason, "Reconcile", cut(note, 1000)})
}

func (p *pass[O, S]) normal(reason, note string)  { p.event(corev1.EventTypeNormal, reason, note) }
func (p *pass[O, S]) warning(reason, note string) { p.event(corev1.EventTypeWarning, reason, note) }

// save writes what the pass changed in status, if anything, on condition that
// nobody wrote since it was read.
func (p *pass[O, S]) save(ctx context.Context) error {
	if equality.Semantic.DeepEqual(p.base, p.obj) {
		return nil
	}
	written := copyOf(p.obj)
	patch := client.MergeFromWithOptions(p.base, client.MergeFromWithOptimisticLock{})
	if err := p.Client.Status().Patch(ctx, written, patch); err != nil {
		return fmt.Errorf("writing status: %w", err)
	}
	p.obj.SetResourceVersion(written.GetResourceVersion())
	p.base = copyOf(p.obj)
	return nil
}

// patchMetadata writes a change of finalizers or annotations alone, so that the
// spec keeps its owners.
func (p *pass[O, S]) patchMetadata(ctx context.Context, change func(client.Object)) error {
	// Only identity and metadata go into the comparison: what the pass changed in
	// status so far is not part of this write.
	before := copyOf(p.base)
	after := copyOf(p.base)
	change(after)
	if equality.Semantic.DeepEqual(before, after) {
		return nil
	}
	if err := p.Client.Patch(ctx, after, client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})); err != nil {
		return fmt.Errorf("writing metadata: %w", err)
	}
	for _, one := range []O{p.obj, p.base} {
		one.SetResourceVersion(after.GetResourceVersion())
		one.SetFinalizers(after.GetFinalizers())
		one.SetAnnotations(after.GetAnnotations())
	}
	return nil
}
