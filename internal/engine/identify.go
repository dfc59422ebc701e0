package engine

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/account"
	"github.com/gandi-operator/gandi-operator/internal/token"
)

// identify finds out which thing at Gandi is this object's, when status does
// not tell: by annotation, by adoption, or, before anything is bought, by
// making sure that there is none.
func (p *pass[O, S]) identify(ctx context.Context) (verdict, bool, error) {
	if p.status.ID != 0 {
		p.memo.unseen = 0
		return verdict{}, false, p.annotate(ctx)
	}
	if p.running != "" || p.status.Intent != nil {
		return verdict{}, false, nil
	}
	if p.memo.unseen == 0 {
		p.memo.unseen = p.conv.Mark()
	}
	if v, wait := p.recall(); wait || p.status.ID != 0 {
		return v, wait, nil
	}
	if a := p.Kind.Adoption(p.obj); a != nil {
		v, wait := p.adopt(ctx, a)
		return v, wait, nil
	}
	v, wait := p.lookBeforeCreate()
	return v, wait, nil
}

// annotate writes the annotation by which a restored object finds its external
// resource again.
func (p *pass[O, S]) annotate(ctx context.Context) error {
	want := fmt.Sprintf("%s/%s/%d/%s", p.status.Handle, p.Kind.Type(), p.status.ID, p.token)
	if p.deleting() || p.spec.ManagementPolicy == v1alpha1.Observe || p.obj.GetAnnotations()[v1alpha1.AnnotationExternal] == want {
		return nil
	}
	return p.patchMetadata(ctx, func(o client.Object) {
		annotations := o.GetAnnotations()
		if annotations == nil {
			annotations = map[string]string{}
		}
		annotations[v1alpha1.AnnotationExternal] = want
		o.SetAnnotations(annotations)
	})
}

// recall goes by the annotation of an object whose status was lost. An
// annotation that came along with a copied manifest carries another object's
// token and says nothing here.
func (p *pass[O, S]) recall() (verdict, bool) {
	if p.status.Attempts > 0 {
		return verdict{}, false
	}
	part := strings.Split(p.obj.GetAnnotations()[v1alpha1.AnnotationExternal], "/")
	if len(part) != 4 || part[1] != p.Kind.Type() {
		return verdict{}, false
	}
	id, err := strconv.ParseInt(part[2], 10, 64)
	if err != nil || id <= 0 {
		return verdict{}, false
	}
	if part[3] != p.token {
		ours, _ := token.Installation(p.token)
		if theirs, ok := token.Installation(part[3]); ok && theirs != ours && p.Kind.Adoption(p.obj) == nil {
			return verdict{kind: stalled, reason: v1alpha1.ReasonForeignExternal, after: p.resync(),
				message: fmt.Sprintf("the annotation %s says that another installation (%s) bought %s %d for this object; set spec.adopt with id %d and takeOver: true, or remove the annotation to buy another",
					v1alpha1.AnnotationExternal, theirs, p.Kind.Type(), id, id)}, true
		}
		return verdict{}, false
	}
	if part[0] != p.conv.Handle() {
		return verdict{kind: working, reason: v1alpha1.ReasonAccountNotReady, after: waitForAccount,
			message: fmt.Sprintf("belongs to handle %s, but GandiAccount %q answers for %s", part[0], p.spec.AccountRef.Name, p.conv.Handle())}, true
	}
	switch s := p.Kind.Lookup(p.conv.Inventory(), id); {
	case s.Begun < p.memo.unseen || s.Seen == account.Unknown || s.Seen == account.Unlisted:
		return p.look(id), true
	default:
		// One that is not there is taken too: whether that is believed, and what
		// follows, is decided like for any other.
		p.take(id, nil)
		p.status.Adopted = p.Kind.Adoption(p.obj) != nil
		p.status.BoughtAt = now()
		p.status.Attempts = 1
		p.normal(v1alpha1.ReasonAdopted, fmt.Sprintf("%s %d is this object's by its annotation", p.Kind.Type(), id))
		return verdict{}, false
	}
}

// adopt takes over what spec.adopt means.
func (p *pass[O, S]) adopt(ctx context.Context, a *Adoption) (verdict, bool) {
	inv, id := p.conv.Inventory(), a.ID
	if p.deleting() {
		return verdict{}, false
	}
	if id == 0 {
		if inv.SweepsBegunSince(p.memo.unseen) == 0 {
			p.conv.Refresh(p.owner, account.Want{Kind: account.WantSweep})
			return p.observing(), true
		}
		found, err := p.Kind.Match(ctx, p.obj, p.env())
		if err != nil {
			return p.unobserved(ctx, err), true
		}
		switch len(found) {
		case 0:
			p.memo.unseen = p.conv.Mark()
			return verdict{kind: working, reason: v1alpha1.ReasonAdoptionNotFound, after: p.resync(),
				message: "spec.adopt.filter fits nothing on the account; it is taken over when it appears"}, true
		case 1:
			id = found[0]
		default:
			p.memo.unseen = p.conv.Mark()
			return verdict{kind: stalled, reason: v1alpha1.ReasonAdoptionAmbiguous, after: p.resync(),
				message: fmt.Sprintf("spec.adopt.filter fits %ss %s; delete this object and create it with spec.adopt.id", p.Kind.Type(), numbers(found))}, true
		}
	}
	switch s := p.Kind.Lookup(inv, id); {
	case s.Begun < p.memo.unseen || s.Seen == account.Unknown || s.Seen == account.Unlisted:
		return p.look(id), true
	case s.Seen == account.NotFound:
		p.memo.unseen = p.conv.Mark()
		return verdict{kind: working, reason: v1alpha1.ReasonAdoptionNotFound, after: p.resync(),
			message: fmt.Sprintf("%s %d is not on the account; it is taken over when it appears", p.Kind.Type(), id)}, true
	}
	for _, carried := range p.Kind.Carried(inv, id) {
		if carried != p.token && token.Valid(carried) && !a.TakeOver {
			return verdict{kind: stalled, reason: v1alpha1.ReasonForeignExternal, after: p.resync(),
				message: fmt.Sprintf("%s %d carries the mark %s of another object; set spec.adopt.takeOver: true once nothing else manages it", p.Kind.Type(), id, carried)}, true
		}
	}
	holder, err := p.holder(ctx, id)
	if err != nil {
		return verdict{kind: working, reason: v1alpha1.ReasonObserving, after: waitForAccount, message: "looking whether another object has it: " + err.Error()}, true
	}
	if holder != "" {
		return verdict{kind: stalled, reason: v1alpha1.ReasonForeignExternal, after: p.resync(),
			message: fmt.Sprintf("%s %d belongs to %s %s; delete that object with deletionPolicy: Retain first, or this one", p.Kind.Type(), id, p.Kind.Name(), holder)}, true
	}
	p.take(id, nil)
	p.status.Adopted = true
	p.status.BoughtAt = now()
	p.normal(v1alpha1.ReasonAdopted, fmt.Sprintf("took over %s %d", p.Kind.Type(), id))
	return verdict{}, false
}

// holder names another object that has the external resource id already. Two
// objects that manage one thing would undo each other's work for ever.
func (p *pass[O, S]) holder(ctx context.Context, id int64) (string, error) {
	if p.spec.ManagementPolicy == v1alpha1.Observe {
		return "", nil
	}
	all := &metav1.PartialObjectMetadataList{}
	all.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind(p.Kind.Name() + "List"))
	if err := p.Live.List(ctx, all); err != nil {
		return "", fmt.Errorf("listing %ss: %w", p.Kind.Name(), err)
	}
	prefix := fmt.Sprintf("%s/%s/%d/", p.conv.Handle(), p.Kind.Type(), id)
	for _, one := range all.Items {
		if one.UID != p.obj.GetUID() && strings.HasPrefix(one.Annotations[v1alpha1.AnnotationExternal], prefix) {
			return one.Namespace + "/" + one.Name, nil
		}
	}
	return "", nil
}

// lookBeforeCreate makes sure, by a whole look that was begun after the object
// was first seen, that nothing at Gandi carries the object's mark.
func (p *pass[O, S]) lookBeforeCreate() (verdict, bool) {
	inv := p.conv.Inventory()
	if inv.SweepsBegunSince(p.memo.unseen) == 0 {
		p.conv.Refresh(p.owner, account.Want{Kind: account.WantSweep})
		return p.observing(), true
	}
	whole, parts := split(p.Kind.Find(inv, p.obj, p.token))
	var strange []string
	for _, id := range whole {
		strange = append(strange, fmt.Sprintf("%s %d", p.Kind.Type(), id))
	}
	for _, part := range parts {
		if !p.created(part) && len(whole) == 0 {
			strange = append(strange, fmt.Sprintf("%s %d", part.Type, part.ID))
		}
	}
	if p.deleting() {
		p.stranger = strings.Join(strange, ", ")
	}
	if len(strange) == 0 || p.deleting() {
		return verdict{}, false
	}
	p.memo.unseen = p.conv.Mark()
	if len(whole) > 1 {
		return p.several(whole), true
	}
	mend := "delete it at Gandi if it is not needed"
	if len(whole) == 1 {
		mend = fmt.Sprintf("set spec.adopt.id: %d to take it, or delete it at Gandi to buy another", whole[0])
	}
	return verdict{kind: stalled, reason: v1alpha1.ReasonUnclaimedExternal, after: p.resync(),
		message: fmt.Sprintf("%s carries this object's mark %s, but nothing tells that this object bought it; %s", strings.Join(strange, ", "), p.token, mend)}, true
}

func (p *pass[O, S]) created(part v1alpha1.ExternalID) bool {
	return slices.Contains(p.status.Created, part)
}
