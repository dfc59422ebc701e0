package gandi

import (
	"context"
	"net/url"
	"time"
)

// Site is a website of the site builder. What a list tells of it is little: its number, its name and the preferred vhost are
// what is known.
type Site struct {
	ID       SiteID
	Name     string // not known to be unique
	Provider string // such as "basekit_whitelabel"
	Package  string // the offer, such as "personal"
	// State is in Gandi's words, which are published nowhere: fit to be shown, not to be decided by.
	State string
	// PreferredVhost is the one that search engines are told of: the first of all.
	PreferredVhost string
	// Vhosts are all of them, in their order. VhostsTold says whether the record had them: lists tell the preferred one.
	Vhosts     []string
	VhostsTold bool
	// EditURL is where a person edits the site, without query and fragment, for these may hold a token. "" where Gandi does not
	// tell, and for a site that is not on its provider's parking domain.
	EditURL     string
	DateCreated time.Time // zero where Gandi does not tell
	DateUpdated time.Time
	DateEnd     time.Time // when the duration that was paid for is over
}

// SiteFilter narrows a list of sites; zero values ask for nothing. A filter by number is not known to exist.
type SiteFilter struct {
	Name string
}

func (f SiteFilter) opts() map[string]any {
	s := spec{}
	s.str("name", f.Name)
	return s
}

// SitePackage is an offer of the site builder.
type SitePackage struct {
	Provider string
	Name     string
}

// Description is the package's name in the catalog.
func (p SitePackage) Description() string { return p.Provider + "_" + p.Name }

// Site reads one site with its vhosts. One that is not there is of class NotFound.
func (c *Client) Site(ctx context.Context, id SiteID) (Site, error) {
	return readOne(ctx, c, "site.info", int(id), parseSite)
}

// Sites lists the sites that fit f.
func (c *Client) Sites(ctx context.Context, f SiteFilter) ([]Site, error) {
	return readList(ctx, c, "site.list", f.opts(), parseSite)
}

// SiteCount counts the sites that fit f, in Gandi's opinion: a filter that Gandi ignores does not narrow a count.
func (c *Client) SiteCount(ctx context.Context, f SiteFilter) (int, error) {
	return readCount(ctx, c, "site.count", f.opts())
}

// SitePackages lists the packages of provider, "" being all. With after, the name of a package, it lists those that a site can
// be upgraded to from there, the next one first. The order is that of the offers, and not of their names.
func (c *Client) SitePackages(ctx context.Context, provider, after string) ([]SitePackage, error) {
	s := spec{}
	s.str("provider", provider)
	s.str(">name", after)
	return readList(ctx, c, "site.package.list", s, parseSitePackage)
}

func parseSitePackage(r *record) SitePackage {
	return SitePackage{Provider: r.str("provider"), Name: r.required("name")}
}

func parseSite(r *record) Site {
	s := Site{
		ID:             SiteID(r.id()),
		Name:           r.str("name"),
		Provider:       r.str("provider"),
		Package:        r.str("package"),
		State:          r.str("state"),
		PreferredVhost: preferredVhost(r),
		Vhosts:         vhosts(r),
		VhostsTold:     r.has("vhosts"),
		EditURL:        withoutQuery(r.str("edit_url")),
		DateCreated:    r.date("date_created"),
		DateUpdated:    r.date("date_updated"),
		DateEnd:        r.date("date_end"),
	}
	if s.PreferredVhost == "" && len(s.Vhosts) > 0 {
		s.PreferredVhost = s.Vhosts[0]
	}
	return s
}

// vhosts reads names, or structs with a name, as the accelerator of the same platform has them.
func vhosts(r *record) []string {
	var names []string
	for _, v := range asList(r.fields["vhosts"]) {
		name, ok := vhostName(v)
		if !ok {
			r.complain("vhosts", "a list of names")
			return nil
		}
		names = append(names, name)
	}
	return names
}

// preferredVhost is what a list tells; under which name is published nowhere.
func preferredVhost(r *record) string {
	for _, key := range [...]string{"vhost", "preferred_vhost"} {
		if name, ok := vhostName(r.fields[key]); ok {
			return name
		}
	}
	return ""
}

func vhostName(v any) (string, bool) {
	if m, ok := v.(map[string]any); ok {
		v = m["name"]
	}
	name, ok := v.(string)
	return name, ok && name != ""
}

// withoutQuery is raw as far as it may be shown: a web address without user, query and fragment, or nothing.
func withoutQuery(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}).String()
}
