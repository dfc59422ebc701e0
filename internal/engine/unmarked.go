package engine

import (
	"context"
	"fmt"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// maxKnown is as much as the schema of an intent holds.
const maxKnown = 512

// known is what looked alike before a create, as far as an intent holds it: the
// latest of it, since numbers of Gandi's things grow.
func known(ids []int64) []int64 {
	ids = slices.Sorted(slices.Values(ids))
	return ids[max(len(ids)-maxKnown, 0):]
}

// unmarked tells whether the kind's external resources carry no mark.
func (p *pass[O, S]) unmarked() (Unmarked[O], bool) {
	u, ok := any(p.Kind).(Unmarked[O])
	return u, ok
}

// found lists what the create of in may have made.
func (p *pass[O, S]) found(ctx context.Context, in *v1alpha1.Intent, mark string) ([]Claim, error) {
	inv := p.conv.Inventory()
	u, ok := p.unmarked()
	if !ok {
		return p.Kind.Find(inv, p.obj, mark), nil
	}
	var fresh []int64
	for _, id := range u.Alike(inv, p.obj) {
		old := slices.Contains(in.Known, id) || (len(in.Known) == maxKnown && id < in.Known[0])
		if !old {
			fresh = append(fresh, id)
		}
	}
	if len(fresh) == 0 {
		return nil, nil
	}
	taken, err := p.taken(ctx, u)
	if err != nil {
		return nil, err
	}
	var claims []Claim
	for _, id := range fresh {
		if !taken[id] {
			claims = append(claims, Claim{ID: id})
		}
	}
	return claims, nil
}

// taken lists, live, what other objects have bought of this kind's things.
func (p *pass[O, S]) taken(ctx context.Context, u Unmarked[O]) (map[int64]bool, error) {
	ids := map[int64]bool{}
	for _, kind := range u.Rivals() {
		err := p.each(ctx, p.Live, kind, func(other Object) {
			if other.GetUID() == p.obj.GetUID() {
				return
			}
			st := other.ManagedStatus()
			if kind == p.Kind.Name() && st.ID != 0 {
				ids[st.ID] = true
			}
			for _, part := range st.Created {
				if part.Type == p.Kind.Type() {
					ids[part.ID] = true
				}
			}
		})
		if err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// each visits all objects of a kind.
func (p *pass[O, S]) each(ctx context.Context, from client.Reader, kind string, visit func(Object)) error {
	obj, err := p.Client.Scheme().New(v1alpha1.GroupVersion.WithKind(kind + "List"))
	if err != nil {
		return fmt.Errorf("making a list of kind %s: %w", kind, err)
	}
	list, ok := obj.(client.ObjectList)
	if !ok {
		return fmt.Errorf("%sList is no list", kind)
	}
	if err := from.List(ctx, list); err != nil {
		return fmt.Errorf("listing %ss: %w", kind, err)
	}
	return meta.EachListItem(list, func(o runtime.Object) error {
		if one, ok := o.(Object); ok {
			visit(one)
		}
		return nil
	})
}

// alone waits until no other create of an unmarked kind can be of unknown
// outcome on the account: what such a create made could not be told from what
// this one makes.
func (p *pass[O, S]) alone(ctx context.Context, call gandi.Call) (verdict, bool, error) {
	if _, ok := p.unmarked(); !ok || call.Repeat() != gandi.Paid || p.memo.alone != nil {
		return verdict{}, false, nil
	}
	release, ok := p.conv.Exclusive(p.Kind.Name())
	if !ok {
		return p.behind("another object"), true, nil
	}
	other := ""
	err := p.each(ctx, p.Client, p.Kind.Name(), func(o Object) {
		in := o.ManagedStatus().Intent
		if o.GetUID() == p.obj.GetUID() || in == nil || in.Repeat != gandi.Paid.String() || o.ManagedStatus().ID != 0 {
			return
		}
		name := types.NamespacedName{Namespace: o.GetNamespace(), Name: o.ManagedSpec().AccountRef.Name}
		if conv, bound := p.Accounts.Get(name); !bound || conv == p.conv {
			other = o.GetNamespace() + "/" + o.GetName()
		}
	})
	if err != nil || other != "" {
		release()
		return p.behind(other), true, err
	}
	p.memo.alone = release
	return verdict{}, false, nil
}

func (p *pass[O, S]) behind(other string) verdict {
	return verdict{kind: working, reason: v1alpha1.ReasonResourceBusy, after: time.Second + soon(),
		message: fmt.Sprintf("waits for %s, whose create is under way: what both make could not be told apart", other)}
}

// stepAside lets others create, once nothing is unknown any more.
func (p *pass[O, S]) stepAside() {
	if p.memo.alone != nil && p.memo.reply == nil && p.memo.open == nil {
		p.memo.alone()
		p.memo.alone = nil
	}
}
