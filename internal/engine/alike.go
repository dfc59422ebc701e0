package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/account"
	"github.com/gandi-operator/gandi-operator/internal/token"
)

// standing is the part of settle for which what appeared has to be the same
// before one goes by it: long enough for what is only passing, such as the
// interface of a VM that is just being made.
const standing = 5

// resolveAlike resolves a create of what carries no mark, by what appeared since.
//
//	nothing                         three sweeps and settle: it had no effect
//	one thing that nobody uses      once it has stood for a while: claimed, and taken
//	several, or one that is in use  after settle: a person chooses
func (p *pass[O, S]) resolveAlike(ctx context.Context, in *v1alpha1.Intent, u Unmarked[O]) (verdict, bool) {
	found, others, err := p.appeared(ctx, in, u)
	if err != nil {
		return p.unobserved(ctx, err), true
	}
	if id := p.chosen(idsOf(found)); id != 0 {
		return p.takeAlike(ctx, in, id, others)
	}
	if len(found) == 0 {
		p.memo.stand = ""
		p.disclaim(ctx)
		return p.proveAbsent(in, nil)
	}
	switch one, stood := found[0], p.stood(found); {
	case stood && len(found) == 1 && one.Use == Free:
		return p.takeAlike(ctx, in, one.ID, others)
	case stood && p.settled():
		p.disclaim(ctx)
		p.letOthers() // it has shown all that it made
		return p.severalAlike(found), true
	default:
		p.ask(p.unsure(found)...)
		return p.confirming(in, time.Second), true
	}
}

// settled tells whether nothing that the call of the open intent did can still
// appear.
func (p *pass[O, S]) settled() bool { return time.Since(p.memo.intentSeen) >= p.conv.Settle() }

// appeared lists what may be what the call of in made: it was not there before,
// belongs to no other object, and is no part of something else.
func (p *pass[O, S]) appeared(ctx context.Context, in *v1alpha1.Intent, u Unmarked[O]) ([]Lookalike, others, error) {
	var fresh []Lookalike
	for _, one := range u.Alike(p.conv.Inventory(), p.obj) {
		if one.Use != Part && !wasThere(in, one.ID) {
			fresh = append(fresh, one)
		}
	}
	if len(fresh) == 0 {
		return nil, others{}, nil
	}
	all, err := p.others(ctx, u)
	if err != nil {
		return nil, others{}, err
	}
	return slices.DeleteFunc(fresh, func(one Lookalike) bool { return all.taken[one.ID] }), all, nil
}

// others is what other objects have of this kind's things, by number.
type others struct {
	taken map[int64]bool
	// contested is who claims a thing beside this object, and is to yield.
	contested map[int64]string
	// rival is an object of another kind that may have more, since its own create is
	// of unknown outcome.
	rival string
}

// others looks live, so that it sees what another process wrote.
func (p *pass[O, S]) others(ctx context.Context, u Unmarked[O]) (others, error) {
	all := others{taken: map[int64]bool{}, contested: map[int64]string{}}
	for _, kind := range u.Rivals() {
		visit := func(other Object) {
			if other.GetUID() == p.obj.GetUID() {
				return
			}
			if st := other.ManagedStatus(); st.Handle == "" || st.Handle == p.conv.Handle() {
				p.has(other, kind, &all)
			}
		}
		err := p.each(ctx, p.Live, kind, visit)
		if apierrors.IsForbidden(err) {
			// With rights in some namespaces only, the others cannot be asked.
			log.FromContext(ctx).V(1).Info("other namespaces cannot be asked what they have", "kind", kind)
			err = p.each(ctx, p.Client, kind, visit)
		}
		if meta.IsNoMatchError(err) || apierrors.IsNotFound(err) {
			continue // the kind itself is gone, and its objects with it
		}
		if err != nil {
			return others{}, err
		}
	}
	return all, nil
}

// has adds what other has.
func (p *pass[O, S]) has(other Object, kind string, all *others) {
	st := other.ManagedStatus()
	for _, part := range st.Created {
		if part.Type == p.Kind.Type() {
			all.taken[part.ID] = true
		}
	}
	name := fmt.Sprintf("%s %s/%s", kind, other.GetNamespace(), other.GetName())
	if kind != p.Kind.Name() {
		if len(st.Operations) == 0 && p.undecided(other) {
			all.rival = name
		}
		return
	}
	all.taken[st.ID] = true
	switch id, claims := p.claimOf(other); {
	case !claims || st.ID == id:
	case p.yieldsTo(other):
		all.taken[id] = true
	default:
		all.contested[id] = name
	}
}

// claimOf is the thing that an object of this kind claims, or has, by its
// annotation. One that came along with a copied manifest carries another
// object's token and claims nothing.
func (p *pass[O, S]) claimOf(obj Object) (id int64, ok bool) {
	part := strings.Split(obj.GetAnnotations()[v1alpha1.AnnotationExternal], "/")
	if len(part) != 4 || part[0] != p.conv.Handle() || part[1] != p.Kind.Type() ||
		part[3] != token.Of(p.Installation, p.Kind.Name(), obj.GetNamespace(), obj.GetName()) {
		return 0, false
	}
	id, err := strconv.ParseInt(part[2], 10, 64)
	return id, err == nil && id > 0
}

// yieldsTo tells whether this object's claim yields to that of other. Both write
// before they look, so that one of them sees the other; the younger yields, and
// the older waits until it has. A claim that follows from no create and no
// adoption is all that is left of a lost status.
func (p *pass[O, S]) yieldsTo(other Object) bool {
	st := other.ManagedStatus()
	one, ok := other.(O)
	restored := st.Attempts == 0 && st.Intent == nil && ok && p.Kind.Adoption(one) == nil
	return restored || older(other, p.obj)
}

// stood tells whether the same things appeared for long enough, and through as
// many sweeps as prove an absence.
func (p *pass[O, S]) stood(things []Lookalike) bool {
	m := p.memo
	if stand := fmt.Sprint(things); m.stand != stand {
		m.stand, m.standSince, m.standMark = stand, time.Now(), p.conv.Mark()
	}
	for _, one := range things {
		if one.Use == Unsure && !p.settled() {
			return false
		}
	}
	return time.Since(m.standSince) >= p.conv.Settle()/standing && p.sweepsSince(m.standMark) >= sweepsToProve
}

// unsure lists what has to be read: things by themselves when their records do
// not tell all, and the whole account.
func (p *pass[O, S]) unsure(things []Lookalike) []account.Want {
	wants := []account.Want{{Kind: account.WantSweep}}
	for _, one := range things {
		if one.Use == Unsure {
			wants = append(wants, p.Kind.Wants(p.obj, one.ID)...)
		}
	}
	return wants
}

// takeAlike claims the thing before it takes it, as an adoption does.
func (p *pass[O, S]) takeAlike(ctx context.Context, in *v1alpha1.Intent, id int64, others others) (verdict, bool) {
	if have, ok := p.claimOf(p.obj); !ok || have != id {
		if err := p.external(ctx, fmt.Sprintf("%s/%s/%d/%s", p.conv.Handle(), p.Kind.Type(), id, p.token)); err != nil {
			log.FromContext(ctx).Info("claim not written yet", "gandiID", id, "cause", err.Error())
		}
		return p.confirming(in, soon()), true
	}
	if other := cmp.Or(others.contested[id], others.rival); other != "" {
		v := p.confirming(in, time.Second)
		v.message += fmt.Sprintf("; %s %d appeared, and may be what %s made, of which that is not known either", p.Kind.Type(), id, other)
		return v, true
	}
	return p.takeFound(ctx, in, id, nil, ", which is like it, appeared since, and which no other object has")
}

// disclaim takes a claim back that nothing came of.
func (p *pass[O, S]) disclaim(ctx context.Context) {
	if _, ok := p.claimOf(p.obj); !ok {
		return
	}
	if err := p.external(ctx, ""); err != nil {
		log.FromContext(ctx).Info("claim not taken back yet", "cause", err.Error())
	}
}

func (p *pass[O, S]) severalAlike(things []Lookalike) verdict {
	words := make([]string, len(things))
	for i, one := range things {
		words[i] = fmt.Sprintf("%s %d", p.Kind.Type(), one.ID)
		if one.Use == Used {
			words[i] += " (in use)"
		}
	}
	return verdict{kind: stalled, reason: v1alpha1.ReasonSeveralExternals, after: p.resync(),
		message: fmt.Sprintf("%s appeared while it was not known whether this object's create took effect, and may be what it made; name the right one in spec.adopt.id, or, when it is none of them, delete this object with the annotation %s and create it anew",
			strings.Join(words, ", "), v1alpha1.AnnotationAbandon)}
}

func idsOf(things []Lookalike) []int64 {
	ids := make([]int64, len(things))
	for i, one := range things {
		ids[i] = one.ID
	}
	return ids
}
