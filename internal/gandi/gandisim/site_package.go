package gandisim

import (
	"fmt"
	"slices"
	"strings"
)

// A provider of the site builder, of which Gandi has one.
type provider struct {
	name    string
	parking string // its parking domain
	server  string // what names have to point at
	offers  []offer
}

// An offer is a package, the next bigger one after it.
type offer struct {
	name           string
	month, upgrade float64 // euros; upgrade is the price of moving up to it
}

// ParkingDomain is where every site may have one name of its own, first come, first served. Gandi's is not published.
const ParkingDomain = "sites.gandi.example"

// providers has what the usage guide names. The third package, the prices, the parking domain and the server are ours; its name
// stands before the others in the alphabet, so that nobody takes the order of names for that of offers.
func providers() []*provider {
	return []*provider{{
		name: "basekit_whitelabel", parking: ParkingDomain, server: "builder." + ParkingDomain,
		offers: []offer{{"personal", 4, 0}, {"professional", 8, 48}, {"business", 16, 96}},
	}}
}

func (w *World) provider(name string) (*provider, bool) {
	n := slices.IndexFunc(w.providers, func(p *provider) bool { return p.name == name })
	if n < 0 {
		return nil, false
	}
	return w.providers[n], true
}

func (p *provider) offer(name string) (int, bool) {
	n := slices.IndexFunc(p.offers, func(o offer) bool { return o.name == name })
	return max(n, 0), n >= 0
}

// parks tells whether vhost is a name of the parking domain.
func (p *provider) parks(vhost string) bool { return strings.HasSuffix(vhost, "."+p.parking) }

func (p *provider) editAddress(id int) string { return fmt.Sprintf("https://%s/edit/%d", p.server, id) }

// sitePackageList answers the offers of a provider, smallest first. '>name' asks for those above one, '<name' for those below.
func sitePackageList(w *World, c *call) (any, *Fault) {
	in, _ := c.args[0].(Struct)
	tests, fault := w.tests(filterKeys{"provider": "string", "name": "string"}, in)
	if fault != nil {
		return nil, fault
	}
	per, page, fault := paging(in)
	if fault != nil {
		return nil, fault
	}
	out := []any{}
	for _, p := range w.providers {
		for rank, o := range p.offers {
			if !slices.ContainsFunc(tests, func(t test) bool { return !p.fits(rank, t) }) {
				out = append(out, Struct{"name": o.name, "provider": p.name})
			}
		}
	}
	from := min(page*per, len(out))
	return out[from:min(from+per, len(out))], nil
}

// fits tells whether the offer of that rank passes a filter. In an order by name, offers have their own.
func (p *provider) fits(rank int, t test) bool {
	switch {
	case t.key == "provider":
		return t.passes(p.name)
	case t.op == '=' || t.op == '~':
		return t.passes(p.offers[rank].name)
	}
	name, _ := t.wanted[0].(string)
	other, known := p.offer(name)
	return known && (t.op == '>' && rank > other || t.op == '<' && rank < other)
}

// siteProduct is one line of the catalog.
type siteProduct struct {
	description, action string
	price               float64
	unit                string
	longest             int
}

// siteProducts are the prices of sites: by the month, and once for an upgrade.
func (w *World) siteProducts() []siteProduct {
	var all []siteProduct
	for _, p := range w.providers {
		for rank, o := range p.offers {
			name := p.name + "_" + o.name
			all = append(all, siteProduct{name, "create", o.month, "m", 120}, siteProduct{name, "renew", o.month, "m", 120})
			if rank > 0 {
				all = append(all, siteProduct{name, "update", o.upgrade, "n", 1})
			}
		}
	}
	return all
}
