package site

import (
	"context"
	"fmt"
	"time"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/account"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// Kind is GandiSite for the engine.
type Kind struct{}

var (
	_ engine.Kind[*v1alpha1.GandiSite, Observed] = Kind{}
	_ engine.Unmarked[*v1alpha1.GandiSite]       = Kind{}
	_ engine.Inquirer[*v1alpha1.GandiSite]       = Kind{}
	_ engine.Mortal[*v1alpha1.GandiSite]         = Kind{}
)

// New is an empty GandiSite.
func (Kind) New() *v1alpha1.GandiSite { return &v1alpha1.GandiSite{} }

// Name is GandiSite.
func (Kind) Name() string { return "GandiSite" }

// Type is site.
func (Kind) Type() string { return "site" }

// CRD is the name of the CustomResourceDefinition.
func (Kind) CRD() string { return "gandisites." + v1alpha1.GroupVersion.Group }

// Wants is the record of the site.
func (Kind) Wants(_ *v1alpha1.GandiSite, id int64) []account.Want {
	return []account.Want{{Kind: account.WantSite, ID: int(id)}}
}

// Lookup says how the inventory knows the site. What a list tells of one is too
// little to go by.
func (Kind) Lookup(r engine.Reader, id int64) engine.Sighting {
	rec := r.Site(gandi.SiteID(id))
	if rec.Seen == account.Listed {
		return engine.Sighting{Seen: account.Unknown}
	}
	return engine.Sighting{Seen: rec.Seen, Begun: rec.Begun}
}

// Find finds nothing: sites carry no mark. See Alike.
func (Kind) Find(engine.Reader, *v1alpha1.GandiSite, string) []engine.Claim { return nil }

// Adoption says what spec.adopt asks for.
func (Kind) Adoption(obj *v1alpha1.GandiSite) *engine.Adoption {
	if obj.Spec.Adopt == nil {
		return nil
	}
	return &engine.Adoption{ID: obj.Spec.Adopt.ID, TakeOver: obj.Spec.Adopt.TakeOver}
}

// Match lists the sites that spec.adopt.filter fits.
func (Kind) Match(_ context.Context, obj *v1alpha1.GandiSite, env engine.Env) ([]int64, error) {
	want := obj.Spec.Adopt.Filter
	var found []int64
	for s := range env.AllSites() {
		if (want.Name == "" || want.Name == s.Name) && (want.Vhost == "" || want.Vhost == s.PreferredVhost) {
			found = append(found, int64(s.ID))
		}
	}
	return found, nil
}

// Carried is nothing.
func (Kind) Carried(engine.Reader, int64) []string { return nil }

// RebootsByHand is false: sites do not reboot.
func (Kind) RebootsByHand(*v1alpha1.GandiSite, Observed) bool { return false }

// Irreplaceable is true: what a person has put on the site is gone with it.
func (Kind) Irreplaceable() bool { return true }

// Lists are the sites, which sweeps take in only when asked to.
func (Kind) Lists() []account.WantKind { return []account.WantKind{account.WantSite} }

// Involves tells whether op works on the site.
func (Kind) Involves(op gandi.Operation, id int64) bool {
	return id != 0 && int64(op.SiteID) == id
}

// Bought reads the id off the operation of a create. Whether replies tell it is not
// known; where they do not, its parameters may.
func (Kind) Bought(ops []gandi.Operation) (int64, []v1alpha1.ExternalID) {
	op, ok := gandi.PickOperation(ops, gandi.TypeSiteCreate)
	if !ok || op.SiteID == 0 {
		return 0, nil
	}
	return int64(op.SiteID), []v1alpha1.ExternalID{{Type: "site", ID: int64(op.SiteID)}}
}

// Ended says when the duration of the site was over.
func (Kind) Ended(obj *v1alpha1.GandiSite, now time.Time) string {
	end := obj.Status.DateEnd
	if end == nil || !now.After(end.Time) {
		return ""
	}
	return fmt.Sprintf("the duration that was paid for ended on %s", end.UTC().Format(time.DateOnly))
}

// Plan picks the next action.
func (Kind) Plan(obj *v1alpha1.GandiSite, s Observed) engine.Action {
	a, _ := plan(obj, s)
	return a
}
