package gandi

// SiteSpec is what a site is created from. Zero values are not sent: by the manual's samples, Gandi then chooses provider,
// package and duration. Vhosts it demands.
type SiteSpec struct {
	Name     string
	Provider string // such as "basekit_whitelabel"
	Package  string // such as "personal"; it can be upgraded later, never downgraded
	// Vhosts are whole host names, the preferred one first. A name on the provider's parking domain goes to whoever asks first, and
	// without one the site cannot be edited. Names of domains that are not the account's at Gandi need a DNS record first.
	Vhosts   []string
	Duration string // such as "3m" or "1y"; the site ends with it
}

func (s SiteSpec) params() map[string]any {
	m := spec{}
	m.str("name", s.Name)
	m.str("provider", s.Provider)
	m.str("package", s.Package)
	if len(s.Vhosts) > 0 {
		m["vhosts"] = texts(s.Vhosts)
	}
	m.str("duration", s.Duration)
	return m
}

func texts(list []string) []any {
	all := make([]any, len(list))
	for i, s := range list {
		all[i] = s
	}
	return all
}

// SiteCreate buys a site. SiteCreateDryRun asks first.
type SiteCreate struct{ Site SiteSpec }

func (c SiteCreate) Method() string { return "site.create" }
func (c SiteCreate) Params() []any  { return []any{c.Site.params()} }
func (c SiteCreate) Repeat() Repeat { return Paid }

// SiteUpdate changes a site in place, for free; only what is set is sent. What costs is a call of its own, SiteUpgrade, so that
// each type says by itself what a second sending would do, and none buys because a field was set.
type SiteUpdate struct {
	ID   SiteID
	Name *string
	// Vhosts replace the site's as a whole: whoever adds one has to name all. nil leaves them.
	Vhosts []string
}

func (c SiteUpdate) Method() string { return "site.update" }
func (c SiteUpdate) Params() []any  { return []any{int(c.ID), c.spec()} }
func (c SiteUpdate) Repeat() Repeat { return Repeatable }

func (c SiteUpdate) spec() map[string]any {
	s := spec{}
	ptr(s, "name", c.Name)
	if c.Vhosts != nil {
		s["vhosts"] = texts(c.Vhosts)
	}
	return s
}

// SiteUpgrade moves a site to a bigger package, which costs. There is no way back.
type SiteUpgrade struct {
	ID      SiteID
	Package string
}

func (c SiteUpgrade) Method() string { return "site.update" }
func (c SiteUpgrade) Params() []any  { return []any{int(c.ID), map[string]any{"package": c.Package}} }

// Repeat is Once and not Paid: it costs, but it makes nothing that could be looked for; what it does shows on the site. Whether
// a second sending would be charged again is not published.
func (c SiteUpgrade) Repeat() Repeat { return Once }

// SiteDelete deletes a site, whatever is left of its duration.
type SiteDelete struct{ ID SiteID }

func (c SiteDelete) Method() string { return "site.delete" }
func (c SiteDelete) Params() []any  { return []any{int(c.ID)} }
func (c SiteDelete) Repeat() Repeat { return Repeatable }

// SiteAlterZone has Gandi write the records that Host needs into its zone, which has to be hosted at Gandi and the account's to
// alter.
type SiteAlterZone struct {
	Host string // a whole name, such as "www.example.org"
}

func (c SiteAlterZone) Method() string { return "site.alter_zone" }

// Params end with a struct that is empty: its members are published nowhere.
func (c SiteAlterZone) Params() []any  { return []any{c.Host, map[string]any{}} }
func (c SiteAlterZone) Repeat() Repeat { return Repeatable }
