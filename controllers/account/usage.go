package account

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/condition"
)

// shownNames is how many objects a condition names.
const shownNames = 3

// usage is who refers to an account.
type usage struct {
	names []string // the first of them, kind/name
	more  bool     // there are others
}

func (u *usage) inUse() bool { return len(u.names) > 0 }

func (u *usage) String() string {
	s := strings.Join(u.names, ", ")
	if u.more {
		s += " and others"
	}
	return s
}

// usage asks the cache first. When it knows nobody, the API server is asked:
// the cache may be behind, and may not hold the objects that another manager
// is responsible for. A cache that is behind must not hold a deletion either:
// that of a kind whose definition is gone stays behind for ever.
func (p *pass) usage(ctx context.Context) (usage, error) {
	if !p.obj.DeletionTimestamp.IsZero() {
		return p.usageNow(ctx, p.name)
	}
	return p.usageOf(ctx, p.name)
}

func (r *Reconciler) usageOf(ctx context.Context, name types.NamespacedName) (usage, error) {
	var u usage
	for _, gvk := range r.options.Kinds {
		list, err := r.listOf(gvk)
		if err != nil {
			return usage{}, err
		}
		err = r.client.List(ctx, list, client.InNamespace(name.Namespace), client.MatchingFields{AccountField: name.Name}, client.UnsafeDisableDeepCopy)
		if err != nil {
			return usage{}, fmt.Errorf("listing objects of kind %s: %w", gvk.Kind, err)
		}
		if err := u.add(list, gvk.Kind, name.Name); err != nil {
			return usage{}, err
		}
	}
	if u.inUse() {
		return u, nil
	}
	return r.usageNow(ctx, name)
}

// usageNow asks the API server alone.
func (r *Reconciler) usageNow(ctx context.Context, name types.NamespacedName) (usage, error) {
	var u usage
	for _, gvk := range r.options.Kinds {
		if err := r.askLive(ctx, &u, gvk, name); err != nil {
			return usage{}, err
		}
	}
	return u, nil
}

func (r *Reconciler) askLive(ctx context.Context, u *usage, gvk schema.GroupVersionKind, name types.NamespacedName) error {
	next := ""
	for {
		list, err := r.listOf(gvk)
		if err != nil {
			return err
		}
		err = r.live.List(ctx, list, client.InNamespace(name.Namespace), client.Limit(500), client.Continue(next))
		if apierrors.IsNotFound(err) || meta.IsNoMatchError(err) {
			return nil // the kind itself is gone, and its objects with it
		}
		if err != nil {
			return fmt.Errorf("listing objects of kind %s: %w", gvk.Kind, err)
		}
		if err := u.add(list, gvk.Kind, name.Name); err != nil {
			return err
		}
		if next = list.GetContinue(); next == "" || u.more {
			return nil
		}
	}
}

// add takes the objects of list that name the account. It keeps the first by
// name: a cache lists in any order, and a message that changes with it would be
// written again and again.
func (u *usage) add(list client.ObjectList, kind, account string) error {
	return meta.EachListItem(list, func(o runtime.Object) error {
		obj, ok := o.(managed)
		if !ok {
			return fmt.Errorf("%T names no account", o)
		}
		if refOf(obj) != account {
			return nil
		}
		name := kind + "/" + obj.GetName()
		at, _ := slices.BinarySearch(u.names, name)
		u.names = slices.Insert(u.names, at, name)
		if len(u.names) > shownNames {
			u.names, u.more = u.names[:shownNames], true
		}
		return nil
	})
}

func (r *Reconciler) listOf(gvk schema.GroupVersionKind) (client.ObjectList, error) {
	gvk.Kind += "List"
	obj, err := r.client.Scheme().New(gvk)
	if err != nil {
		return nil, fmt.Errorf("making a list of kind %s: %w", gvk.Kind, err)
	}
	list, ok := obj.(client.ObjectList)
	if !ok {
		return nil, fmt.Errorf("%s is no list", gvk.Kind)
	}
	return list, nil
}

func (r *Reconciler) objectOf(gvk schema.GroupVersionKind) (client.Object, error) {
	obj, err := r.client.Scheme().New(gvk)
	if err != nil {
		return nil, fmt.Errorf("making an object of kind %s: %w", gvk.Kind, err)
	}
	m, ok := obj.(managed)
	if !ok {
		return nil, fmt.Errorf("%s names no account", gvk.Kind)
	}
	return m, nil
}

func (p *pass) sayUse() {
	if p.used.inUse() {
		message := "referred to by " + p.used.String()
		if !p.obj.DeletionTimestamp.IsZero() {
			message += "; the account goes when they are gone"
		}
		condition.Set(&p.obj.Status.Conditions, v1alpha1.ConditionInUse, metav1.ConditionTrue, p.obj.Generation, v1alpha1.ReasonInUse, message)
		return
	}
	condition.Set(&p.obj.Status.Conditions, v1alpha1.ConditionInUse, metav1.ConditionFalse, p.obj.Generation, v1alpha1.ReasonNotInUse, "no object refers to the account")
}

// hold puts our finalizers where they belong: on the account, and on its Secret
// while objects refer to the account.
func (p *pass) hold(ctx context.Context) error {
	if p.obj.DeletionTimestamp.IsZero() && !controllerutil.ContainsFinalizer(p.obj, v1alpha1.Finalizer) {
		if err := p.patch(ctx, p.obj, func() { controllerutil.AddFinalizer(p.obj, v1alpha1.Finalizer) }); err != nil {
			return fmt.Errorf("holding the account: %w", err)
		}
		p.obj.Status = *p.was.DeepCopy()
	}
	wanted := ""
	if p.used.inUse() {
		wanted = p.obj.Spec.CredentialsSecretRef.Name
	}
	held := p.obj.Annotations[v1alpha1.AnnotationHeldSecret]
	if held != "" && held != wanted {
		if err := p.letSecretGo(ctx, held); err != nil {
			return err
		}
	}
	if held != wanted {
		err := p.patch(ctx, p.obj, func() {
			if p.obj.Annotations == nil {
				p.obj.Annotations = map[string]string{}
			}
			if p.obj.Annotations[v1alpha1.AnnotationHeldSecret] = wanted; wanted == "" {
				delete(p.obj.Annotations, v1alpha1.AnnotationHeldSecret)
			}
		})
		if err != nil {
			return fmt.Errorf("noting which Secret is held: %w", err)
		}
		p.obj.Status = *p.was.DeepCopy()
	}
	if wanted == "" {
		return nil
	}
	return p.holdSecret(ctx, wanted)
}

func (p *pass) holdSecret(ctx context.Context, name string) error {
	secret, err := p.secret(ctx, name)
	if err != nil || secret == nil {
		return err
	}
	if !secret.DeletionTimestamp.IsZero() || controllerutil.ContainsFinalizer(secret, v1alpha1.FinalizerInUse) {
		return nil
	}
	if err := p.patch(ctx, secret, func() { controllerutil.AddFinalizer(secret, v1alpha1.FinalizerInUse) }); err != nil {
		return fmt.Errorf("holding Secret %s: %w", name, client.IgnoreNotFound(err))
	}
	return nil
}

// letSecretGo takes our finalizer off a Secret, unless another account in use
// needs it.
func (p *pass) letSecretGo(ctx context.Context, name string) error {
	shared, err := p.shared(ctx, name)
	if err != nil || shared {
		return err
	}
	secret, err := p.secret(ctx, name)
	if err != nil || secret == nil || !controllerutil.ContainsFinalizer(secret, v1alpha1.FinalizerInUse) {
		return err
	}
	if err := p.patch(ctx, secret, func() { controllerutil.RemoveFinalizer(secret, v1alpha1.FinalizerInUse) }); client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("letting Secret %s go: %w", name, err)
	}
	return nil
}

// shared tells whether another account that is in use names the Secret.
func (p *pass) shared(ctx context.Context, secret string) (bool, error) {
	var all v1alpha1.GandiAccountList
	if err := p.client.List(ctx, &all, client.InNamespace(p.name.Namespace)); err != nil {
		return false, fmt.Errorf("listing GandiAccounts: %w", err)
	}
	for _, other := range all.Items {
		if other.Name == p.name.Name || other.Spec.CredentialsSecretRef.Name != secret {
			continue
		}
		used, err := p.usageOf(ctx, types.NamespacedName{Namespace: other.Namespace, Name: other.Name})
		if err != nil || used.inUse() {
			return used.inUse(), err
		}
	}
	return false, nil
}

// secret is nil when there is none of that name. It is read live: Secrets are
// not cached.
func (p *pass) secret(ctx context.Context, name string) (*corev1.Secret, error) {
	secret := &corev1.Secret{}
	err := p.live.Get(ctx, types.NamespacedName{Namespace: p.name.Namespace, Name: name}, secret)
	switch {
	case apierrors.IsNotFound(err):
		return nil, nil //nolint:nilnil // a Secret that is not there (yet) is an ordinary state of an account
	case err != nil:
		return nil, fmt.Errorf("reading Secret %s: %w", name, err)
	}
	return secret, nil
}

// letGo ends a deleted account that nobody refers to: the Secret first, then
// the account itself.
func (p *pass) letGo(ctx context.Context) error {
	names := map[string]bool{p.obj.Spec.CredentialsSecretRef.Name: true}
	if held := p.obj.Annotations[v1alpha1.AnnotationHeldSecret]; held != "" {
		names[held] = true
	}
	var all []error
	for name := range names {
		all = append(all, p.letSecretGo(ctx, name))
	}
	if err := errors.Join(all...); err != nil {
		return err
	}
	p.forget(p.name)
	if !controllerutil.ContainsFinalizer(p.obj, v1alpha1.Finalizer) {
		return nil
	}
	err := p.patch(ctx, p.obj, func() { controllerutil.RemoveFinalizer(p.obj, v1alpha1.Finalizer) })
	if client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("letting the account go: %w", err)
	}
	return nil
}
