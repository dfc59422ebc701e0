package site

import (
	"strings"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/account"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// appliedMade is what a create asked for: the preferred vhost and the name, with a
// space between. It goes with the intent, so that what the create made is told by
// what was asked for then, whatever becomes of the spec.
const appliedMade = "made"

func made(spec gandi.SiteSpec) string { return spec.Vhosts[0] + " " + spec.Name }

// Alike lists the sites that look like what the create of the open intent makes:
// a vhost belongs to one site only, so hardly ever more than one does.
func (Kind) Alike(r engine.Reader, obj *v1alpha1.GandiSite) []engine.Lookalike {
	var vhost, name string
	if in := obj.Status.Intent; in != nil {
		vhost, name, _ = strings.Cut(in.Applies[appliedMade], " ")
	}
	var found []engine.Lookalike
	for s := range r.AllSites() {
		told := r.Site(s.ID).Seen == account.Informed
		if fits(vhost, s.PreferredVhost, told) && fits(name, s.Name, told) {
			found = append(found, engine.Lookalike{ID: int64(s.ID), Use: use(told)})
		}
	}
	return found
}

// fits tells whether what a record has speaks for it; what a list leaves out does.
func fits(want, have string, told bool) bool {
	return want == "" || want == have || (have == "" && !told)
}

func use(told bool) engine.Use {
	if told {
		return engine.Free
	}
	return engine.Unsure
}

// Rivals are sites alone: nothing else makes one.
func (Kind) Rivals() []string { return []string{"GandiSite"} }
