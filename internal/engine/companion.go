package engine

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
)

// A Companion is an object of another API that one of ours keeps beside itself,
// in its own namespace. It belongs to it, and is deleted with it by Kubernetes.
type Companion struct {
	APIVersion, Kind, Name string
	// Spec as its API has it: maps, lists, strings, int64, bool.
	Spec map[string]any
}

// Kept is how a companion stands in the cluster.
type Kept struct {
	Installed bool // its kind is served
	Found     bool
	Ours      bool // it belongs to the object
	Spec      map[string]any
}

func (p *pass[O, S]) companion(ctx context.Context, apiVersion, kind, name string) (Kept, error) {
	u, err := p.readCompanion(ctx, apiVersion, kind, name)
	switch {
	case unserved(err):
		return Kept{}, nil
	case apierrors.IsNotFound(err):
		return Kept{Installed: true}, nil
	case err != nil:
		return Kept{}, fmt.Errorf("reading %s %s: %w", kind, name, err)
	}
	spec, _, _ := unstructured.NestedMap(u.Object, "spec")
	return Kept{Installed: true, Found: true, Ours: metav1.IsControlledBy(u, p.obj), Spec: spec}, nil
}

// unserved tells whether the API server does not know a kind: it never did, or the
// definition went since the client learnt of it, which then meets an address that
// is not there.
func unserved(err error) bool {
	return meta.IsNoMatchError(err) || apierrors.IsNotFound(err) && apierrors.HasStatusCause(err, metav1.CauseTypeUnexpectedServerResponse)
}

// readCompanion reads live: a cache of every kind that anybody may have installed
// would be kept for the sake of a few objects.
func (p *pass[O, S]) readCompanion(ctx context.Context, apiVersion, kind, name string) (*unstructured.Unstructured, error) {
	u := &unstructured.Unstructured{}
	u.SetAPIVersion(apiVersion)
	u.SetKind(kind)
	err := p.Live.Get(ctx, types.NamespacedName{Namespace: p.obj.GetNamespace(), Name: name}, u)
	return u, err //nolint:wrapcheck // told apart by its kind
}

// keep has a companion be as the plan wants it. It is gated as calls of Gandi are.
func (p *pass[O, S]) keep(ctx context.Context, a Action) (verdict, error) {
	switch {
	case p.running != "":
		return p.whileRunning(), nil
	case p.spec.ManagementPolicy == v1alpha1.Observe:
		return p.observedOnly(a), nil
	case p.paused():
		return p.heldByPause(), nil
	}
	if err := p.applyCompanion(ctx, a.Companion); err != nil {
		return verdict{}, err
	}
	p.normal(a.Reason, a.Message)
	return verdict{kind: working, reason: a.Reason, message: a.Message, after: soon()}, nil
}

// applyCompanion creates the companion or changes its spec. What is not ours is
// never changed, however it came there since the plan saw it.
func (p *pass[O, S]) applyCompanion(ctx context.Context, c *Companion) error {
	u, err := p.readCompanion(ctx, c.APIVersion, c.Kind, c.Name)
	switch {
	case apierrors.IsNotFound(err):
		u.SetName(c.Name)
		u.SetNamespace(p.obj.GetNamespace())
		u.SetOwnerReferences([]metav1.OwnerReference{{
			APIVersion: v1alpha1.GroupVersion.String(), Kind: p.Kind.Name(), Name: p.obj.GetName(), UID: p.obj.GetUID(),
			Controller: new(true), BlockOwnerDeletion: new(true),
		}})
		u.Object["spec"] = c.Spec
		err = p.Client.Create(ctx, u)
	case err == nil && !metav1.IsControlledBy(u, p.obj):
		return nil // the next look tells of it
	case err == nil:
		before := u.DeepCopy()
		u.Object["spec"] = c.Spec
		err = p.Client.Patch(ctx, u, client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{}))
	}
	if apierrors.IsNotFound(err) {
		// Its kind is served no more, or it went meanwhile. That says nothing of the
		// object itself, whose going would end the matter.
		return fmt.Errorf("writing %s %s: %v", c.Kind, c.Name, err) //nolint:errorlint // see above
	}
	if err != nil {
		return fmt.Errorf("writing %s %s: %w", c.Kind, c.Name, err)
	}
	return nil
}
