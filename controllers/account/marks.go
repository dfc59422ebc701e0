package account

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
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
	p.obj.Status.Released = released(c, own)
	sweep := c.Inventory().SweepBegun()
	if sweep == 0 {
		return nil
	}
	suspects := slices.DeleteFunc(own, func(m account.Marked) bool { return slices.Contains(p.obj.Status.Released, m.Token) })
	var orphans, duplicates []account.Marked
	if len(suspects) > 0 {
		objects, err := p.bearers(ctx)
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

// bearer is an object that has a token.
type bearer struct {
	// typ and id of what it bought, by its annotation; 0 when it has none yet.
	typ string
	id  int
}

// bearers lists all objects of all kinds, live, by their tokens.
func (p *pass) bearers(ctx context.Context) (map[string]bearer, error) {
	objects := map[string]bearer{}
	for _, gvk := range p.options.Kinds {
		next := ""
		for {
			list := &metav1.PartialObjectMetadataList{}
			list.SetGroupVersionKind(gvk.GroupVersion().WithKind(gvk.Kind + "List"))
			if err := p.live.List(ctx, list, client.Limit(500), client.Continue(next)); err != nil {
				return nil, fmt.Errorf("listing the names of all objects of kind %s: %w", gvk.Kind, err)
			}
			for _, o := range list.Items {
				b := bearer{}
				// <handle>/<type>/<id>/<token>
				if part := strings.Split(o.Annotations[v1alpha1.AnnotationExternal], "/"); len(part) == 4 {
					b.typ = part[1]
					b.id, _ = strconv.Atoi(part[2])
				}
				objects[token.Of(p.options.Installation, gvk.Kind, o.Namespace, o.Name)] = b
			}
			if next = list.Continue; next == "" {
				break
			}
		}
	}
	return objects, nil
}

// standing is "" for what is as it should be, and for what can't be told yet.
func standing(c *account.Conversation, m account.Marked, objects map[string]bearer) metrics.Standing {
	b, ok := objects[m.Token]
	switch {
	case !ok:
		return metrics.Orphan
	case c.Watched(m.Token) && (b.typ != m.Type || b.id != m.ID) && !partOf(c, m, b):
		return metrics.Orphan
	case b.id == 0, b.typ == m.Type && b.id == m.ID, partOf(c, m, b):
		return ""
	default:
		return metrics.Duplicate
	}
}

// partOf tells whether a disk belongs to the VM that the object bought.
func partOf(c *account.Conversation, m account.Marked, b bearer) bool {
	if m.Type != "disk" || b.typ != "vm" || b.id == 0 {
		return false
	}
	return slices.ContainsFunc(c.Inventory().VMsOfDisk(gandi.DiskID(m.ID)), func(vm gandi.VM) bool { return int(vm.ID) == b.id })
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

// released are the tokens that were released and are still carried by
// something. Before the first sweep nobody knows, so all of them.
func released(c *account.Conversation, own []account.Marked) []string {
	toks := c.ReleasedTokens()
	if c.Inventory().SweepBegun() > 0 {
		toks = slices.DeleteFunc(toks, func(tok string) bool {
			gone := !slices.ContainsFunc(own, func(m account.Marked) bool { return m.Token == tok })
			if gone {
				c.Reclaimed(tok)
			}
			return gone
		})
	}
	return toks[:min(len(toks), mostReleased)]
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
