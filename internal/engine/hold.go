package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// waitForAccount is how long an object waits for its account before it looks
// by itself; the account wakes it sooner.
const waitForAccount = 30 * time.Second

// hold deals with everything that comes before Gandi is looked at: abandoning,
// the account, the finalizer, deletion protection.
func (p *pass[O, S]) hold(ctx context.Context) (verdict, bool, error) {
	p.status.Token = p.token
	name := types.NamespacedName{Namespace: p.obj.GetNamespace(), Name: p.spec.AccountRef.Name}
	conv, bound := p.conv, p.conv != nil
	if p.deleting() {
		if p.obj.GetAnnotations()[v1alpha1.AnnotationAbandon] == "true" {
			v, err := p.release(ctx, corev1.EventTypeWarning, v1alpha1.ReasonAbandoned,
				"let go without asking Gandi; what stays behind: "+p.belongings())
			return v, true, err
		}
		if terminating, err := p.crdTerminating(ctx); err != nil {
			return verdict{}, true, err
		} else if terminating {
			v, err := p.releaseWithKind(ctx)
			return v, true, err
		}
		if p.spec.DeletionProtection {
			return verdict{kind: stalled, reason: v1alpha1.ReasonDeletionProtected,
				message: "spec.deletionProtection holds the deletion; set it to false to let it go on"}, true, nil
		}
		if p.retains() && p.bought() && !p.canLook(bound) {
			// Nothing has to be done at Gandi, so nothing has to be waited for.
			v, err := p.release(ctx, corev1.EventTypeNormal, v1alpha1.ReasonReleased, "stays at Gandi as it is, and is billed on: "+p.belongings())
			return v, true, err
		}
		if !p.bought() && !p.canLook(bound) {
			v, err := p.release(ctx, corev1.EventTypeNormal, v1alpha1.ReasonDeleted, "nothing was bought")
			return v, true, err
		}
	}
	if !bound {
		v, err := p.noAccount(ctx, name)
		return v, true, err
	}
	if p.bought() && p.status.Handle != "" && p.status.Handle != conv.Handle() {
		return verdict{kind: working, reason: v1alpha1.ReasonAccountNotReady, after: waitForAccount,
			message: fmt.Sprintf("belongs to handle %s, but GandiAccount %q now answers for %s; give the account a key of %s again",
				p.status.Handle, name.Name, conv.Handle(), p.status.Handle)}, true, nil
	}
	if !p.deleting() && p.spec.ManagementPolicy != v1alpha1.Observe && !controllerutil.ContainsFinalizer(p.obj, v1alpha1.Finalizer) {
		// Nothing may exist at Gandi before the finalizer does. The watch brings
		// the object back.
		err := p.patchMetadata(ctx, func(o client.Object) { controllerutil.AddFinalizer(o, v1alpha1.Finalizer) })
		return verdict{kind: quiet, after: time.Second}, true, err
	}
	return verdict{}, false, nil
}

// canLook tells whether Gandi can be asked now. An object that bought nothing,
// as far as it knows, is not held for an account that does not answer.
func (p *pass[O, S]) canLook(bound bool) bool {
	if !bound || (p.bought() && p.status.Handle != "" && p.status.Handle != p.conv.Handle()) {
		return false
	}
	reason, _ := p.conv.Trouble()
	return reason == ""
}

// noAccount is the verdict when spec.accountRef leads to no conversation.
func (p *pass[O, S]) noAccount(ctx context.Context, name types.NamespacedName) (verdict, error) {
	_, message, known := p.Accounts.Trouble(name)
	if known {
		return p.awaitAccount(v1alpha1.ReasonAccountNotReady, message, waitForAccount), nil
	}
	var there v1alpha1.GandiAccount
	err := p.Client.Get(ctx, name, &there)
	switch {
	case apierrors.IsNotFound(err):
		return verdict{kind: working, reason: v1alpha1.ReasonAccountNotFound, after: waitForAccount,
			message: fmt.Sprintf("GandiAccount %q is not there; create it in namespace %s, or name another in spec.accountRef", name.Name, name.Namespace)}, nil
	case err != nil:
		return verdict{}, fmt.Errorf("reading GandiAccount %q: %w", name.Name, err)
	}
	// This process has only begun, or the account has: nothing tells of its end.
	return p.awaitAccount(v1alpha1.ReasonAccountNotReady, "it is being connected", time.Second), nil
}

// belongings names everything at Gandi that status knows of.
func (p *pass[O, S]) belongings() string {
	var list []string
	if p.status.ID != 0 {
		list = append(list, fmt.Sprintf("%s %d", p.Kind.Type(), p.status.ID))
	}
	created := p.status.Created
	if r := p.memo.reply; r != nil {
		created = append(slices.Clone(created), r.created...)
	}
	for _, one := range created {
		if one.Type != p.Kind.Type() || one.ID != p.status.ID {
			list = append(list, fmt.Sprintf("%s %d", one.Type, one.ID))
		}
	}
	if len(list) == 0 {
		return "nothing known, token " + p.token
	}
	return strings.Join(list, ", ")
}

// release lets the object go.
func (p *pass[O, S]) release(ctx context.Context, eventtype, reason, note string) (verdict, error) {
	if p.conv != nil {
		p.conv.Inventory().Unsubscribe(p.owner)
		if reason == v1alpha1.ReasonReleased || reason == v1alpha1.ReasonAbandoned {
			p.conv.Released(p.token)
		}
	}
	err := p.patchMetadata(ctx, func(o client.Object) { controllerutil.RemoveFinalizer(o, v1alpha1.Finalizer) })
	if err != nil {
		return verdict{}, err
	}
	p.Events.Eventf(p.obj, nil, eventtype, reason, "Release", "%s", note)
	return verdict{kind: gone}, nil
}

// secret reads one key of a Secret live. Secrets are never cached.
func (p *pass[O, S]) secret(ctx context.Context, ref v1alpha1.SecretKeyReference) (gandi.Secret, error) {
	var s corev1.Secret
	err := p.Live.Get(ctx, types.NamespacedName{Namespace: p.obj.GetNamespace(), Name: ref.Name}, &s)
	if apierrors.IsNotFound(err) {
		return gandi.Secret{}, &Missing{Reason: v1alpha1.ReasonSecretNotFound,
			Message: fmt.Sprintf("Secret %q is not there; create it with the key %q", ref.Name, ref.Key)}
	}
	if err != nil {
		return gandi.Secret{}, fmt.Errorf("reading Secret %q: %w", ref.Name, err)
	}
	value, ok := s.Data[ref.Key]
	if !ok || len(value) == 0 {
		return gandi.Secret{}, &Missing{Reason: v1alpha1.ReasonSecretNotFound,
			Message: fmt.Sprintf("Secret %q has no value under the key %q; add it", ref.Name, ref.Key)}
	}
	return gandi.NewSecret(string(value), string(s.UID)+"/"+s.ResourceVersion+"/"+ref.Key), nil
}
