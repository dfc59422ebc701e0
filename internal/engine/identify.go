package engine

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

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
	if a := p.Kind.Adoption(p.obj); a != nil {
		return p.adopt(ctx, a)
	}
	if v, wait := p.recall(); wait || p.status.ID != 0 {
		return v, wait, nil
	}
	return p.lookBeforeCreate(ctx)
}

// annotate writes the annotation by which a restored object finds its external
// resource again, and others see whose it is.
func (p *pass[O, S]) annotate(ctx context.Context) error {
	if p.deleting() || p.spec.ManagementPolicy == v1alpha1.Observe {
		return nil
	}
	return p.external(ctx, fmt.Sprintf("%s/%s/%d/%s", p.status.Handle, p.Kind.Type(), p.status.ID, p.token))
}

// external sets the annotation, or takes it off when value is empty.
func (p *pass[O, S]) external(ctx context.Context, value string) error {
	return p.patchMetadata(ctx, func(o client.Object) {
		annotations := maps.Clone(o.GetAnnotations())
		if annotations == nil {
			annotations = map[string]string{}
		}
		annotations[v1alpha1.AnnotationExternal] = value
		if value == "" {
			delete(annotations, v1alpha1.AnnotationExternal)
		}
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
		if theirs, ok := token.Installation(part[3]); ok && theirs != ours {
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
		p.status.BoughtAt = now()
		p.status.Attempts = 1
		p.normal(v1alpha1.ReasonAdopted, fmt.Sprintf("%s %d is this object's by its annotation", p.Kind.Type(), id))
		return verdict{}, false
	}
}

// lookBeforeCreate makes sure, by a whole look that was begun after the object
// was first seen, that nothing at Gandi carries the object's mark.
func (p *pass[O, S]) lookBeforeCreate(ctx context.Context) (verdict, bool, error) {
	if p.sweepsSince(p.memo.unseen) == 0 {
		return p.ask(account.Want{Kind: account.WantSweep}), true, nil
	}
	p.memo.answered()
	p.memo.sawAll()
	claims, err := p.find(ctx, p.token)
	if err != nil {
		return verdict{}, false, err
	}
	whole, parts := split(claims)
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
		return verdict{}, false, nil
	}
	p.memo.unseen = p.conv.Mark()
	if len(whole) > 1 {
		return p.several(whole), true, nil
	}
	mend := "have a GandiDisk adopt it to keep it, or delete it at Gandi if it is not needed"
	if len(whole) == 1 {
		mend = fmt.Sprintf("set spec.adopt.id: %d to take it, or delete it at Gandi to buy another", whole[0])
	}
	return verdict{kind: stalled, reason: v1alpha1.ReasonUnclaimedExternal, after: p.resync(),
		message: fmt.Sprintf("%s carries %s, but nothing tells that this object bought it; %s", strings.Join(strange, ", "), p.recognized(), mend)}, true, nil
}

// recognized says what things of this object are found by.
func (p *pass[O, S]) recognized() string {
	if r, ok := any(p.Kind).(Recognizer[O]); ok {
		return r.Recognized(p.obj, p.token)
	}
	return Mark(p.token)
}

func (p *pass[O, S]) created(part v1alpha1.ExternalID) bool {
	return slices.Contains(p.status.Created, part)
}
