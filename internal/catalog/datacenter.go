package catalog

import (
	"context"
	"fmt"
	"strings"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// closedToAll is the value of iaas_closed_for that refuses everybody; NEW
// refuses accounts without anything there, which only Gandi can tell.
const closedToAll = "ALL"

// FindDatacenter finds what wanted means among what Gandi offers now. What does
// not fit is told by a *engine.Missing, and looked for anew next time.
func FindDatacenter(ctx context.Context, offer engine.Catalog, wanted string) (gandi.Datacenter, error) {
	all, err := offer.Datacenters(ctx)
	if err != nil {
		return gandi.Datacenter{}, fmt.Errorf("listing datacenters: %w", err)
	}
	dc, err := Datacenter(all, wanted)
	if err != nil {
		offer.RefreshCatalog()
	}
	return dc, err
}

// NameOf is the name to show for the datacenter id; "" when Gandi lists none.
func NameOf(ctx context.Context, offer engine.Catalog, id gandi.DatacenterID) (string, error) {
	all, err := offer.Datacenters(ctx)
	if err != nil {
		return "", fmt.Errorf("listing datacenters: %w", err)
	}
	for _, dc := range all {
		if dc.ID == id {
			return DatacenterName(dc), nil
		}
	}
	return "", nil
}

// Datacenter finds the one open datacenter that wanted means. It is
// compared, without regard to case, with code, id and name, which mean one
// datacenter, and then with country code and country, which may mean several.
// A list that tells neither codes nor what is closed is enough.
func Datacenter(all []gandi.Datacenter, wanted string) (gandi.Datacenter, error) {
	closed := 0
	for _, fits := range []func(gandi.Datacenter, string) bool{names, contains} {
		var open []gandi.Datacenter
		for _, dc := range all {
			switch {
			case !fits(dc, wanted):
			case dc.IaaSClosedFor == closedToAll:
				closed++
			default:
				open = append(open, dc)
			}
		}
		switch len(open) {
		case 0:
		case 1:
			return open[0], nil
		default:
			return gandi.Datacenter{}, &engine.Missing{Reason: v1alpha1.ReasonDatacenterAmbiguous,
				Message: fmt.Sprintf("datacenter %q fits %s; write one of these codes or ids", wanted, listDatacenters(open))}
		}
	}
	if closed > 0 {
		return gandi.Datacenter{}, &engine.Missing{Reason: v1alpha1.ReasonDatacenterClosed,
			Message: fmt.Sprintf("datacenter %q is closed; open are: %s", wanted, listDatacenters(all))}
	}
	return gandi.Datacenter{}, &engine.Missing{Reason: v1alpha1.ReasonDatacenterNotFound,
		Message: fmt.Sprintf("no datacenter fits %q; open are: %s", wanted, listDatacenters(all))}
}

// names tells whether wanted is a name of dc alone.
func names(dc gandi.Datacenter, wanted string) bool {
	return SameFold(dc.Code, wanted) || SameFold(fmt.Sprint(dc.ID), wanted) || SameFold(dc.Name, wanted)
}

// contains tells whether wanted is the country of dc.
func contains(dc gandi.Datacenter, wanted string) bool {
	return SameFold(dc.ISO, wanted) || SameFold(dc.Country, wanted)
}

// Means tells whether wanted is any word for dc.
func Means(dc gandi.Datacenter, wanted string) bool { return names(dc, wanted) || contains(dc, wanted) }

// DatacenterName is the shortest name that is clear to people.
func DatacenterName(dc gandi.Datacenter) string {
	if dc.Code != "" {
		return dc.Code
	}
	return dc.Name
}

func listDatacenters(all []gandi.Datacenter) string {
	var words []string
	for _, dc := range all {
		if dc.IaaSClosedFor != closedToAll {
			words = append(words, fmt.Sprintf("%s (%d, %s)", DatacenterName(dc), dc.ID, cmpName(dc)))
		}
	}
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, ", ")
}

func cmpName(dc gandi.Datacenter) string {
	if dc.Code == "" {
		return dc.Country
	}
	return dc.Name
}

// SameFold compares without regard to case and surrounding space.
func SameFold(a, b string) bool { return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b)) }
