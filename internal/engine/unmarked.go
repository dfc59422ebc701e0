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
	"github.com/gandi-operator/gandi-operator/internal/account"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

const (
	// maxKnown is as much as the schema of an intent holds.
	maxKnown = 512
	// lookHolds is how long a look at the account is good for a create of what
	// carries no mark: what others make after it would not be told from what the
	// create makes.
	lookHolds = 30 * time.Second
)

// unmarked tells whether the kind's external resources carry no mark.
func (p *pass[O, S]) unmarked() (Unmarked[O], bool) {
	u, ok := any(p.Kind).(Unmarked[O])
	return u, ok
}

// known is what looked alike before a create, as far as an intent holds it: the
// latest of it, since numbers of Gandi's things grow.
func known(all []Lookalike) []int64 {
	var ids []int64
	for _, one := range all {
		ids = append(ids, one.ID)
	}
	slices.Sort(ids)
	return ids[max(len(ids)-maxKnown, 0):]
}

// wasThere tells whether the thing id was there before the call of in.
func wasThere(in *v1alpha1.Intent, id int64) bool {
	return slices.Contains(in.Known, id) || (len(in.Known) == maxKnown && id < in.Known[0])
}

// alone waits until no other create of an unmarked kind can be of unknown
// outcome on the account: what such a create made could not be told from what
// this one makes. For the same reason the look that preceded has to be young.
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
		if o.GetUID() != p.obj.GetUID() && p.undecided(o) {
			other = o.GetNamespace() + "/" + o.GetName()
		}
	})
	if err != nil || other != "" {
		release()
		return p.behind(other), true, err
	}
	if time.Since(p.memo.lookedAt) > lookHolds {
		release()
		p.memo.unseen = p.conv.Mark()
		return p.ask(account.Want{Kind: account.WantSweep}), true, nil
	}
	p.memo.alone, p.memo.behind = release, 0
	return verdict{}, false, nil
}

// undecided tells whether it may still be found out what a create of o made, on
// this account. One that waits for a person has shown all that it made.
func (p *pass[O, S]) undecided(o Object) bool {
	st := o.ManagedStatus()
	if in := st.Intent; in == nil || in.Repeat != gandi.Paid.String() || st.ID != 0 {
		return false
	}
	if c := meta.FindStatusCondition(st.Conditions, v1alpha1.ConditionStalled); c != nil && c.Reason == v1alpha1.ReasonSeveralExternals {
		return false
	}
	name := types.NamespacedName{Namespace: o.GetNamespace(), Name: o.ManagedSpec().AccountRef.Name}
	conv, bound := p.Accounts.Get(name)
	return !bound || conv == p.conv
}

// behind is the verdict of who waits in the queue, longer each time.
//
//	in a row   1   2   3   4 …
//	wait       1s  2s  4s  8s
func (p *pass[O, S]) behind(other string) verdict {
	wait := time.Second << min(p.memo.behind, 3)
	p.memo.behind++
	return verdict{kind: working, reason: v1alpha1.ReasonResourceBusy, after: wait + soon(),
		message: fmt.Sprintf("waits for %s, whose create is under way: what both make could not be told apart", other)}
}

// stepAside lets others create, once nothing is unknown any more.
func (p *pass[O, S]) stepAside() {
	if p.memo.reply == nil && p.memo.open == nil {
		p.letOthers()
	}
}

func (p *pass[O, S]) letOthers() {
	if p.memo.alone != nil {
		p.memo.alone()
		p.memo.alone = nil
	}
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
