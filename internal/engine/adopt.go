package engine

import (
	"context"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/account"
	"github.com/gandi-operator/gandi-operator/internal/token"
)

// adopt takes over what spec.adopt means. The claim is written as an annotation
// before it is taken, so that of two objects that adopt one thing at the same
// time each sees the other, and one yields.
func (p *pass[O, S]) adopt(ctx context.Context, a *Adoption) (verdict, bool, error) {
	if p.deleting() {
		return verdict{}, false, nil
	}
	id, v, wait := p.meant(ctx, a)
	if wait {
		return v, true, nil
	}
	inv := p.conv.Inventory()
	switch s := p.Kind.Lookup(inv, id); {
	case s.Begun < p.memo.unseen || s.Seen == account.Unknown || s.Seen == account.Unlisted:
		return p.look(id), true, nil
	case s.Seen == account.NotFound:
		p.memo.unseen = p.conv.Mark()
		return verdict{kind: working, reason: v1alpha1.ReasonAdoptionNotFound, after: p.resync(),
			message: fmt.Sprintf("%s %d is not on the account; it is taken over when it appears", p.Kind.Type(), id)}, true, nil
	}
	p.memo.answered()
	for _, carried := range p.Kind.Carried(inv, id) {
		if carried != p.token && token.Valid(carried) && !a.TakeOver && !p.inherits(carried) {
			return p.foreignTo(fmt.Sprintf("%s %d carries the mark %s of another object; set spec.adopt.takeOver: true once nothing else manages it", p.Kind.Type(), id, carried)), true, nil
		}
	}
	if p.spec.ManagementPolicy != v1alpha1.Observe {
		if v, wait, err := p.claim(ctx, id); wait || err != nil {
			return v, wait, err
		}
	}
	p.take(id, nil)
	p.status.Adopted = true
	p.status.BoughtAt = now()
	p.normal(v1alpha1.ReasonAdopted, fmt.Sprintf("took over %s %d", p.Kind.Type(), id))
	return verdict{}, false, nil
}

func (p *pass[O, S]) foreignTo(message string) verdict {
	return verdict{kind: stalled, reason: v1alpha1.ReasonForeignExternal, after: p.resync(), message: message}
}

// meant finds the id that spec.adopt means.
func (p *pass[O, S]) meant(ctx context.Context, a *Adoption) (id int64, v verdict, wait bool) {
	if a.ID != 0 {
		return a.ID, verdict{}, false
	}
	if p.sweepsSince(p.memo.unseen) == 0 {
		return 0, p.ask(account.Want{Kind: account.WantSweep}), true
	}
	p.memo.answered()
	found, err := p.Kind.Match(ctx, p.obj, p.env())
	if err != nil {
		return 0, p.unobserved(ctx, err), true
	}
	switch len(found) {
	case 0:
		p.memo.unseen = p.conv.Mark()
		return 0, verdict{kind: working, reason: v1alpha1.ReasonAdoptionNotFound, after: p.resync(),
			message: "spec.adopt.filter fits nothing on the account; it is taken over when it appears"}, true
	case 1:
		return found[0], verdict{}, false
	default:
		p.memo.unseen = p.conv.Mark()
		return 0, verdict{kind: stalled, reason: v1alpha1.ReasonAdoptionAmbiguous, after: p.resync(),
			message: fmt.Sprintf("spec.adopt.filter fits %ss %s; delete this object and create it with spec.adopt.id", p.Kind.Type(), numbers(found))}, true
	}
}

// inherits tells whether a mark of this installation is no hindrance.
func (p *pass[O, S]) inherits(carried string) bool {
	heir, ok := any(p.Kind).(Inheritor)
	if !ok || !heir.Inherits() {
		return false
	}
	ours, _ := token.Installation(p.token)
	theirs, _ := token.Installation(carried)
	return ours == theirs
}

// claim yields to whoever has the external resource already, or claimed it and
// is the older object. Otherwise it writes the annotation, and looks once more;
// a younger one that claimed it too, and may not have seen that, is to yield first.
func (p *pass[O, S]) claim(ctx context.Context, id int64) (verdict, bool, error) {
	prefix := fmt.Sprintf("%s/%s/%d/", p.conv.Handle(), p.Kind.Type(), id)
	mine := prefix + p.token
	claimed := p.obj.GetAnnotations()[v1alpha1.AnnotationExternal] == mine
	holder, younger, err := p.holder(ctx, id, prefix)
	switch {
	case err != nil:
		return verdict{}, false, err
	case holder == "" && claimed && younger == "":
		return verdict{}, false, nil
	case holder == "" && claimed:
		return verdict{kind: working, reason: v1alpha1.ReasonResourceBusy, after: soon(),
			message: fmt.Sprintf("%s %s claims %s %d too, and is to yield as the younger one", p.Kind.Name(), younger, p.Kind.Type(), id)}, true, nil
	case holder == "":
		return verdict{kind: quiet, after: soon()}, true, p.external(ctx, mine)
	case claimed:
		err = p.external(ctx, "")
	}
	return p.foreignTo(fmt.Sprintf("%s %d belongs to %s %s; delete that object with deletionPolicy: Retain first, or this one", p.Kind.Type(), id, p.Kind.Name(), holder)), true, err
}

// holder names another object that has the external resource, or a better claim
// to it, else a younger one that claims it. Two objects that manage one thing
// would undo each other's work for ever.
func (p *pass[O, S]) holder(ctx context.Context, id int64, prefix string) (holder, younger string, err error) {
	all := &metav1.PartialObjectMetadataList{}
	all.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind(p.Kind.Name() + "List"))
	err = p.Live.List(ctx, all)
	if apierrors.IsForbidden(err) {
		// With rights in some namespaces only, the others cannot be looked at.
		log.FromContext(ctx).Info("other namespaces cannot be asked who has it", "gandiID", id)
		return "", "", nil
	}
	if err != nil {
		return "", "", fmt.Errorf("listing %ss: %w", p.Kind.Name(), err)
	}
	for i := range all.Items {
		one := &all.Items[i]
		if one.UID == p.obj.GetUID() || !strings.HasPrefix(one.Annotations[v1alpha1.AnnotationExternal], prefix) {
			continue
		}
		other := p.Kind.New()
		if err := p.Live.Get(ctx, client.ObjectKeyFromObject(one), other); err != nil {
			if apierrors.IsNotFound(err) {
				continue
			}
			return "", "", fmt.Errorf("reading %s %s: %w", p.Kind.Name(), one.Name, err)
		}
		name := one.Namespace + "/" + one.Name
		if other.ManagedStatus().ID == id || older(other, p.obj) {
			return name, "", nil
		}
		if claims, ok := p.claimOf(other); ok && claims == id {
			younger = name
		}
	}
	return "", younger, nil
}

func older(a, b client.Object) bool {
	if at, bt := a.GetCreationTimestamp(), b.GetCreationTimestamp(); !at.Equal(&bt) {
		return at.Before(&bt)
	}
	return a.GetUID() < b.GetUID()
}
