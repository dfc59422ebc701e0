package account

import (
	"cmp"
	"reflect"
	"slices"
	"time"

	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// Of a site a list tells the number, the name, the preferred vhost and perhaps
// the state; everything else only info does. So a list that contradicts nothing
// leaves what info told as it is, and one that does makes the record Listed
// until somebody asks.

func (i *Inventory) siteTable() table[gandi.SiteID, gandi.Site] {
	return table[gandi.SiteID, gandi.Site]{
		records:  map[gandi.SiteID]*Record[gandi.Site]{},
		id:       func(s gandi.Site) gandi.SiteID { return s.ID },
		gone:     func(gandi.Site) bool { return false }, // what states there are is not known
		merge:    mergeSite,
		confirms: confirmsSite,
		same: func(a, b gandi.Site) bool {
			a.DateUpdated, b.DateUpdated = time.Time{}, time.Time{}
			return reflect.DeepEqual(a, b)
		},
		link:   func(gandi.Site) {},
		unlink: func(gandi.Site) {},
	}
}

// mergeSite keeps of what info told what a list leaves out, but for the vhosts:
// a wrong list of them is worse than none. Info itself leaves nothing out but
// what is so no more, such as the address to edit the site at.
func mergeSite(was, now gandi.Site, seen Seen) gandi.Site {
	if seen != Listed {
		return now
	}
	now.Name = cmp.Or(now.Name, was.Name)
	now.Provider = cmp.Or(now.Provider, was.Provider)
	now.Package = cmp.Or(now.Package, was.Package)
	now.State = cmp.Or(now.State, was.State)
	now.PreferredVhost = cmp.Or(now.PreferredVhost, was.PreferredVhost)
	now.EditURL = cmp.Or(now.EditURL, was.EditURL)
	now.DateCreated = cmp.Or(now.DateCreated, was.DateCreated)
	now.DateUpdated = cmp.Or(now.DateUpdated, was.DateUpdated)
	now.DateEnd = cmp.Or(now.DateEnd, was.DateEnd)
	return now
}

// confirmsSite tells whether a list tells nothing otherwise than info did. What
// only one of them tells contradicts nothing: which members either has is not
// known, and a difference that stays would have info asked after each sweep.
func confirmsSite(was, listed gandi.Site) bool {
	agree := func(a, b string) bool { return a == "" || b == "" || a == b }
	return agree(was.Name, listed.Name) &&
		agree(was.PreferredVhost, listed.PreferredVhost) &&
		agree(was.State, listed.State) &&
		agree(was.Provider, listed.Provider) &&
		agree(was.Package, listed.Package) &&
		(!was.VhostsTold || !listed.VhostsTold || slices.Equal(was.Vhosts, listed.Vhosts)) &&
		(was.DateUpdated.IsZero() || listed.DateUpdated.IsZero() || was.DateUpdated.Equal(listed.DateUpdated))
}
