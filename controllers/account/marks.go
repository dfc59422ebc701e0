package account

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/account"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
	"github.com/gandi-operator/gandi-operator/internal/metrics"
	"github.com/gandi-operator/gandi-operator/internal/token"
)

// sightings remembers in which sweep something suspicious was first seen: it
// takes two sweeps, since an object may be created, or its thing deleted,
// between a sweep and the list of objects.
type sightings map[account.Marked]account.Seq

// mostMarks and mostReleased are what the schema of status allows.
const (
	mostMarks    = 100
	mostReleased = 1000
)

// reportMarks finds what carries a token of this installation and belongs to
// nobody (orphans) or to an object that has another one (duplicates). Nothing
// of it is ever deleted here.
func (p *pass) reportMarks(ctx context.Context, c *account.Conversation) error {
	own, _ := c.Inventory().Marks(p.options.Installation)
	toks := c.StillReleased(own)
	p.obj.Status.Released = toks[:min(len(toks), mostReleased)]
	sweep := c.Inventory().SweepBegun()
	if sweep == 0 {
		return nil
	}
	suspects := slices.DeleteFunc(own, func(m account.Marked) bool { return slices.Contains(p.obj.Status.Released, m.Token) })
	var orphans, duplicates []account.Marked
	if len(suspects) > 0 {
		objects, err := p.bearers(ctx, c.Handle())
		if apierrors.IsForbidden(err) {
			// Restricted to some namespaces, nobody can tell what is an orphan.
			ctrl.LoggerFrom(ctx).V(1).Info("objects of all namespaces can't be listed, so orphans are not looked for")
			return nil
		}
		if err != nil {
			return err
		}
		for _, m := range suspects {
			switch standing(c, m, objects) {
			case metrics.Orphan:
				orphans = append(orphans, m)
			case metrics.Duplicate:
				duplicates = append(duplicates, m)
			case metrics.Foreign: // another installation's are not among our own
			}
		}
	}
	p.memo.marks.forgetBut(orphans, duplicates)
	orphans = p.memo.marks.proven(orphans, sweep, c.Watched)
	duplicates = p.memo.marks.proven(duplicates, sweep, func(string) bool { return false })
	c.ReportMarks(metrics.Orphan, orphans)
	c.ReportMarks(metrics.Duplicate, duplicates)
	p.obj.Status.Orphans, p.obj.Status.Duplicates = shown(orphans), shown(duplicates)
	return nil
}

// bearers are the objects that have a token, of all kinds.
type bearers struct {
	byToken map[string]thing
	owned   map[thing]bool // what an object says is its own, on this account
}

// thing is something at Gandi; the zero value is none.
type thing struct {
	typ string // in Gandi's words, as the annotation has it
	id  int
}

// bearers lists all objects of all kinds, live, by their tokens and by what
// their annotations say that they have.
func (p *pass) bearers(ctx context.Context, handle string) (bearers, error) {
	objects := bearers{map[string]thing{}, map[thing]bool{}}
	for _, gvk := range p.options.Kinds {
		err := p.bear(ctx, gvk, handle, objects)
		if apierrors.IsNotFound(err) || meta.IsNoMatchError(err) {
			continue // the kind itself is gone, and its objects with it
		}
		if err != nil {
			return bearers{}, fmt.Errorf("listing the names of all objects of kind %s: %w", gvk.Kind, err)
		}
	}
	return objects, nil
}

func (p *pass) bear(ctx context.Context, gvk schema.GroupVersionKind, handle string, objects bearers) error {
	next := ""
	for {
		list := &metav1.PartialObjectMetadataList{}
		list.SetGroupVersionKind(gvk.GroupVersion().WithKind(gvk.Kind + "List"))
		if err := p.live.List(ctx, list, client.Limit(500), client.Continue(next)); err != nil {
			return err
		}
		for _, o := range list.Items {
			objects.add(token.Of(p.options.Installation, gvk.Kind, o.Namespace, o.Name), o.Annotations[v1alpha1.AnnotationExternal], handle)
		}
		if next = list.Continue; next == "" {
			return nil
		}
	}
}

// add takes note of an object with its annotation, <handle>/<type>/<id>/<token>.
func (b bearers) add(tok, annotation, handle string) {
	b.byToken[tok] = thing{}
	part := strings.Split(annotation, "/")
	if len(part) != 4 {
		return
	}
	id, _ := strconv.Atoi(part[2])
	has := thing{part[1], id}
	b.byToken[tok] = has
	// With another's token it came along with a copied manifest.
	if id > 0 && part[0] == handle && part[3] == tok {
		b.owned[has] = true
	}
}

// standing is "" for what is as it should be, and for what can't be told yet.
// What another object has adopted is as it should be whatever token it carries:
// the system disk that outlived its VM, for one.
func standing(c *account.Conversation, m account.Marked, objects bearers) metrics.Standing {
	has, ok := objects.byToken[m.Token]
	it := thing{m.Type, m.ID}
	switch {
	case objects.owned[it]:
		return ""
	case !ok:
		return metrics.Orphan
	case has == it || partOf(c.Inventory(), it, has):
		return ""
	case c.Watched(m.Token):
		return metrics.Orphan
	case has.id == 0:
		return ""
	default:
		return metrics.Duplicate
	}
}

// partOf tells whether a thing belongs to what an object has: a disk to its VM,
// and a snapshot to the disk or the VM whose mark it shares. An object that
// takes a snapshot marks it as its own; how Gandi names those that a profile
// takes is not published.
func partOf(inv *account.Inventory, it, whole thing) bool {
	if it.typ != "disk" || whole.id == 0 {
		return false
	}
	disk := gandi.DiskID(it.id)
	if d := inv.Disk(disk).Value; d.Type == gandi.DiskTypeSnapshot && d.Source != 0 {
		disk = d.Source
		if whole == (thing{"disk", int(disk)}) {
			return true
		}
	}
	return whole.typ == "vm" &&
		slices.ContainsFunc(inv.VMsOfDisk(disk), func(vm gandi.VM) bool { return int(vm.ID) == whole.id })
}

// forgetBut keeps the sightings of what is still suspicious.
func (s sightings) forgetBut(lists ...[]account.Marked) {
	still := map[account.Marked]bool{}
	for _, list := range lists {
		for _, m := range list {
			still[m] = true
		}
	}
	for m := range s {
		if !still[m] {
			delete(s, m)
		}
	}
}

// proven returns those that an earlier sweep had shown already.
func (s sightings) proven(list []account.Marked, sweep account.Seq, atOnce func(tok string) bool) []account.Marked {
	var sure []account.Marked
	for _, m := range list {
		first, known := s[m]
		if !known {
			s[m], first = sweep, sweep
		}
		if first < sweep || atOnce(m.Token) {
			sure = append(sure, m)
		}
	}
	return sure
}

func shown(list []account.Marked) []v1alpha1.OrphanStatus {
	slices.SortFunc(list, func(a, b account.Marked) int {
		return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.ID, b.ID))
	})
	var all []v1alpha1.OrphanStatus
	for _, m := range list[:min(len(list), mostMarks)] {
		all = append(all, v1alpha1.OrphanStatus{Type: m.Type, ID: int64(m.ID), Token: m.Token})
	}
	return all
}
