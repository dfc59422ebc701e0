package gandi

import "context"

const goldenChallenge = "vhost=2e5d8f0899053fffcd3ecf4ac5a6433b"

var (
	goldenVhosts = []string{"www.example.org", "mysite.sites.gandi.example"}
	goldenSpec   = SiteSpec{Name: "My Site", Provider: "basekit_whitelabel", Package: "professional", Vhosts: goldenVhosts, Duration: "3m"}
	goldenTXT    = Problem{
		Field: "vhosts", Reason: "You must put a TXT value in your zone", Attr: []string{"www.example.org", goldenChallenge},
	}
	goldenPro = SitePackage{"basekit_whitelabel", "professional"}
)

func sites(f SiteFilter) func(context.Context, *Client) (any, error) {
	return func(ctx context.Context, c *Client) (any, error) { return must(c.Sites(ctx, f)) }
}

func dryRunAnswer(problems ...Problem) []Operation {
	return []Operation{{Type: TypeSiteDryRun, Step: StepDone, Problems: problems}}
}

// siteGoldens are those of sites; what Gandi's guide prints of a reply stands in them as it is printed.
var siteGoldens = []golden{
	{method: "site.count", want: 2, do: func(ctx context.Context, c *Client) (any, error) {
		return must(c.SiteCount(ctx, SiteFilter{Name: "My Site"}))
	}},
	{
		method: "site.list", do: sites(SiteFilter{}), why: "the preferred vhost and no other",
		want: []Site{
			{ID: 4104, Name: "My Site", State: "created", PreferredVhost: "www.example.org"},
			{ID: 4109, Name: "Boutique é", State: "created", PreferredVhost: "boutique.sites.gandi.example"},
		},
	},
	{
		method: "site.list", edition: "strings", do: sites(SiteFilter{}), why: "a number as string, a vhost as struct, one for an array of one",
		want: []Site{{ID: 4104, Name: "My Site", PreferredVhost: "www.example.org"}},
	},
	{
		method: "site.list", edition: "vhosts", do: sites(SiteFilter{}), why: "all vhosts in the list",
		want: []Site{{ID: 4104, Name: "My Site", PreferredVhost: "www.example.org", Vhosts: goldenVhosts, VhostsTold: true}},
	},
	{
		method: "site.info", why: "an address with a token",
		do: func(ctx context.Context, c *Client) (any, error) { return must(c.Site(ctx, 4104)) },
		want: Site{
			ID: 4104, Name: "My Site", Provider: "basekit_whitelabel", Package: "personal", State: "created", PreferredVhost: "www.example.org",
			Vhosts: goldenVhosts, VhostsTold: true, EditURL: "https://builder.sites.gandi.example/edit/4104",
			DateCreated: day("20150116T15:28:32"), DateUpdated: day("20150116T15:30:11"), DateEnd: day("20150416T15:29:02"),
		},
	},
	{
		method: "site.info", edition: "structs", why: "a number as string, vhosts as structs",
		do: func(ctx context.Context, c *Client) (any, error) { return must(c.Site(ctx, 4104)) },
		want: Site{
			ID: 4104, Name: "My Site", Provider: "basekit_whitelabel", Package: "professional", PreferredVhost: "www.example.org",
			Vhosts: goldenVhosts, VhostsTold: true,
		},
	},
	{
		method: "site.package.list", why: "records without a number",
		do: func(ctx context.Context, c *Client) (any, error) {
			return must(c.SitePackages(ctx, "basekit_whitelabel", "personal"))
		},
		want: []SitePackage{goldenPro, {"basekit_whitelabel", "business"}},
	},
	{
		method: "catalog.list", why: "a server that heeds no filter",
		do: func(ctx context.Context, c *Client) (any, error) {
			return must(c.SitePrice(ctx, goldenPro, ActionUpdate))
		},
		want: []Price{{Product: "basekit_whitelabel_professional", Action: "update", Amount: 48, Currency: "EUR", Grid: "A", DurationUnit: "n", MinDuration: 1, MaxDuration: 1}},
	},
	{
		method: "catalog.list", request: "catalog.list.create", why: "two ranges of durations",
		do: func(ctx context.Context, c *Client) (any, error) {
			return must(c.SitePrice(ctx, goldenPro, ActionCreate))
		},
		want: []Price{
			{Product: "basekit_whitelabel_professional", Action: "create", Amount: 8, Currency: "EUR", Grid: "A", DurationUnit: "m", MinDuration: 1, MaxDuration: 11},
			{Product: "basekit_whitelabel_professional", Action: "create", Amount: 7, Currency: "EUR", Grid: "A", DurationUnit: "m", MinDuration: 12},
		},
	},
	{
		method: "site.get_dns_entries", why: "as gandi.cli reads it of web accelerators",
		do: func(ctx context.Context, c *Client) (any, error) {
			return must(c.SiteDNSEntries(ctx, "www.example.org"))
		},
		want: []DNSRecord{
			{Host: "www.example.org", Type: "TXT", Value: goldenChallenge},
			{Host: "www.example.org", Type: "CNAME", Value: "builder.sites.gandi.example"},
		},
	},
	{
		method: "site.get_dns_entries", edition: "records",
		do: func(ctx context.Context, c *Client) (any, error) {
			return must(c.SiteDNSEntries(ctx, "www.example.org"))
		},
		want: []DNSRecord{
			{Host: "example.org", Type: "TXT", Value: goldenChallenge, TTL: 10800},
			{Host: "www.example.org", Type: "CNAME", Value: "builder.sites.gandi.example"},
		},
	},
	{
		method: "site.create", why: "the reply does not tell the site", do: submit(SiteCreate{goldenSpec}),
		want: []Operation{goldenOperation(637392, TypeSiteCreate)},
	},
	{
		method: "site.create", edition: "id", why: "an array of one, a number as string", do: submit(SiteCreate{goldenSpec}),
		want: with(goldenOperation(637392, TypeSiteCreate), func(o *Operation) { o.SiteID = 4104 }),
	},
	{
		method: "site.create", request: "site.create.dry-run", why: "the answer that the guide prints",
		do: submit(SiteCreateDryRun{goldenSpec}), want: dryRunAnswer(goldenTXT),
	},
	{
		method: "site.create", request: "site.create.dry-run", edition: "several", why: "the form of gandi.cli's fixtures, and an attribute that is no list",
		do: submit(SiteCreateDryRun{goldenSpec}),
		want: dryRunAnswer(goldenTXT,
			Problem{Field: "duration", FieldType: "String", Reason: "duration: string '3w' does not match", Error: "!EC_STRMATCH"},
			Problem{Field: "package", FieldType: "Enum", Reason: "package: gold not in list", Attr: []string{"personal, professional"}, Error: "!EC_ENUMIN"}),
	},
	{
		method: "site.create", request: "site.create.dry-run", edition: "clean",
		do: submit(SiteCreateDryRun{goldenSpec}), want: dryRunAnswer(),
	},
	{
		method: "site.create", request: "site.create.dry-run", edition: "bought", why: "a server that does not heed the flag",
		do:   submit(SiteCreateDryRun{goldenSpec}),
		want: with(goldenOperation(637392, TypeSiteCreate), func(o *Operation) { o.SiteID = 4104 }),
	},
	{
		method: "site.update", why: "the array that the guide indexes", do: submit(SiteUpdate{ID: 4104, Name: new("Our Site"), Vhosts: goldenVhosts}),
		want: with(goldenOperation(637393, TypeSiteUpdate), func(o *Operation) { o.SiteID = 4104 }),
	},
	{
		method: "site.update", request: "site.update.upgrade", do: submit(SiteUpgrade{ID: 4104, Package: "professional"}),
		want: with(goldenOperation(637394, TypeSiteUpdate), func(o *Operation) { o.SiteID = 4104 }),
	},
	{
		method: "site.update", request: "site.update.dry-run", do: submit(SiteUpdateDryRun{SiteUpdate{ID: 4104, Vhosts: goldenVhosts}}),
		want: dryRunAnswer(),
	},
	{
		method: "site.delete", why: "done with the reply", do: submit(SiteDelete{ID: 4104}),
		want: with(goldenOperation(637395, TypeSiteDelete), func(o *Operation) { o.SiteID, o.Step = 4104, StepDone }),
	},
	{
		method: "site.alter_zone", do: submit(SiteAlterZone{Host: "www.example.org"}),
		want: []Operation{goldenOperation(637396, TypeSiteZoneAlter)},
	},
	{
		method: "operation.info", edition: "site", why: "a site stands among the parameters alone, and an address beside it",
		do: func(ctx context.Context, c *Client) (any, error) { return must(c.Operation(ctx, 637368)) },
		want: with(goldenOperation(637368, TypeSiteCreate), func(o *Operation) {
			o.Step, o.SiteID, o.Params = StepDone, 4104, map[string]any{"auth_id": int64(1), "site_id": int64(4104), "edit_url": redacted}
		})[0],
	},
}
