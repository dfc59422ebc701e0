package e2e

import (
	"fmt"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// baseSite is a site that is accepted.
const baseSite = `
apiVersion: hosting.gandi.net/v1alpha1
kind: GandiSite
metadata:
  name: shop
spec:
  vhosts: [shop.sites.gandi.example]
`

// Sentences that people read of a site.
const (
	vhostsRequired = "vhosts is required: write the host names of the site, the preferred one first"
	vhostsForm     = "vhosts: write whole host names in lower case without a dot at the end, such as www.example.org; international ones in their form xn--..."
	vhostsOnce     = "vhosts: write each host name once"
)

func TestWhatASiteMaySayOfItsVhosts(t *testing.T) {
	label := strings.Repeat("l", 63)
	on := func(names ...string) string { return `spec: {vhosts: ["` + strings.Join(names, `", "`) + `"]}` }
	many := func(n int) string {
		var all []string
		for i := range n {
			all = append(all, fmt.Sprintf("www%d.example.org", i))
		}
		return on(all...)
	}
	judgeNew(t, sites, baseSite, []row{
		{"as it stands", ``, ""},
		{"none", `spec: {vhosts: null}`, vhostsRequired},
		{"an empty list", `spec: {vhosts: []}`, "should have at least 1 items"},
		{"one that is no list", `spec: {vhosts: www.example.org}`, "array"},
		{"none of an adopted site", `spec: {vhosts: null, adopt: {id: 5}}`, ""},
		{"some of an adopted site", `spec: {adopt: {id: 5}}`, ""},
		{"an empty list of an adopted site", `spec: {vhosts: [], adopt: {id: 5}}`, "should have at least 1 items"},
		{"twenty", many(20), ""},
		{"twenty-one", many(21), "must have at most 20 items"},

		{"one twice", on("www.example.org", "www.example.org"), vhostsOnce},
		{"one twice among others", on("www.example.org", "example.org", "www.example.org"), vhostsOnce},
		{"a name and its domain", on("www.example.org", "example.org"), ""},
		{"a name with digits and hyphens", on("my-shop-2.example.org"), ""},
		{"a name that begins with a digit", on("4ever.example.org"), ""},
		{"a name with an underscore", on("_shop.example.org"), ""},
		{"an international name as it is in the DNS", on("xn--caf-dma.example.org", "www.xn--fiqs8s"), ""},
		{"a label of 63", on(label + ".example.org"), ""},
		{"a label of 64", on(label + "l.example.org"), vhostsForm},
		{"a name of 253 characters", on(strings.Repeat(label+".", 3) + label[:61]), ""},
		{"a name of 254 characters", on(strings.Repeat(label+".", 3) + label[:62]), "may not be more than 253"},

		{"upper case", on("WWW.example.org"), vhostsForm},
		{"one letter in upper case", on("www.example.Org"), vhostsForm},
		{"a dot at the end", on("www.example.org."), vhostsForm},
		{"a dot at the beginning", on(".example.org"), vhostsForm},
		{"two dots", on("www..example.org"), vhostsForm},
		{"no domain", on("www"), vhostsForm},
		{"a domain of one letter", on("www.e"), vhostsForm},
		{"a domain of digits, as an address has it", on("203.0.113.7"), vhostsForm},
		{"an address in IPv6", on("2001:db8::7"), vhostsForm},
		{"a hyphen at the beginning", on("-www.example.org"), vhostsForm},
		{"a hyphen at the end", on("www-.example.org"), vhostsForm},
		{"Unicode", on("café.example.org"), vhostsForm},
		{"a wildcard", on("*.example.org"), vhostsForm},
		{"a URL", on("https://www.example.org"), vhostsForm},
		{"a path", on("www.example.org/shop"), vhostsForm},
		{"a port", on("www.example.org:80"), vhostsForm},
		{"a space", on("www.example.org "), vhostsForm},
		{"a line break", on(`www.example.org\n`), vhostsForm},
		{"a bad one among good ones", on("www.example.org", "www"), vhostsForm},
		{"an empty one", on(""), "at least 3 chars long"},
		{"a number", `spec: {vhosts: [7]}`, "string"},
	})
}

func TestWhatASiteMaySay(t *testing.T) {
	const (
		name        = "name: leave out control characters, and write something else than spaces"
		provider    = "provider: write a name such as basekit_whitelabel"
		packages    = "package: write the name of an offer, such as personal"
		duration    = "duration: write months or years, such as 3m or 1y"
		oneAdopt    = "adopt: write exactly one of id and filter"
		emptyFilter = "adopt.filter: write name, vhost, or both"
		toolong     = "may not be more than 64"
	)
	says := func(field, value string) string { return `spec: {` + field + `: "` + value + `"}` }
	judgeNew(t, sites, baseSite, []row{
		{"all of it", `spec: {name: My shop, provider: basekit_whitelabel, package: personal, duration: 3m, upgradePolicy: Manual,
			dns: {mode: ExternalDNS, skipCheck: true}, deletionPolicy: Retain, deletionProtection: true, onExternalDeletion: Recreate}`, ""},
		{"a field that does not exist", `spec: {domain: example.org}`, `unknown field "spec.domain"`},

		{"a name in Unicode", says("name", strings.Repeat("é", 255)), ""},
		{"a name of 256 characters", says("name", strings.Repeat("é", 256)), "may not be more than 255"},
		{"an empty name", says("name", ""), "at least 1 chars long"},
		{"a name of spaces", says("name", "  "), name},
		{"a name with a line break", says("name", `a\nb`), name},
		{"a name with a C1 control character", says("name", `a\u0085b`), name},
		{"a name with spaces around it", says("name", " My shop "), ""},

		{"another provider", says("provider", "other.builder-2"), ""},
		{"an empty provider", says("provider", ""), provider},
		{"a provider with a space", says("provider", "base kit"), provider},
		{"a provider that begins with an underscore", says("provider", "_basekit"), provider},
		{"a provider of 65 characters", says("provider", strings.Repeat("p", 65)), toolong},

		{"another package", says("package", "Business-2.0"), ""},
		{"an empty package", says("package", ""), packages},
		{"a package with a space", says("package", "my package"), packages},
		{"a package with a sign of the API", says("package", ">personal"), packages},
		{"a package of 65 characters", says("package", strings.Repeat("p", 65)), toolong},

		{"a duration of months", says("duration", "3m"), ""},
		{"a duration of many months", says("duration", "120m"), ""},
		{"a duration of a year", says("duration", "1y"), ""},
		{"a duration of ten years", says("duration", "10y"), ""},
		{"a duration of no months", says("duration", "0m"), duration},
		{"a duration with a zero in front", says("duration", "03m"), duration},
		{"a duration in days", says("duration", "30d"), duration},
		{"a duration in capitals", says("duration", "3M"), duration},
		{"a duration with a fraction", says("duration", "1.5y"), duration},
		{"a duration with a space", says("duration", "3 m"), duration},
		{"a duration below zero", says("duration", "-3m"), duration},
		{"a duration without a unit", says("duration", "12"), duration},
		{"a duration without a number", says("duration", "m"), duration},
		{"a duration in words", says("duration", "year"), duration},
		{"an empty duration", says("duration", ""), duration},
		{"a duration that is too long", says("duration", "1000m"), "may not be more than 4"},
		{"a duration that is a number", `spec: {duration: 12}`, "string"},

		{"upgrades by themselves", says("upgradePolicy", "Automatic"), ""},
		{"upgrades of another kind", says("upgradePolicy", "Never"), `supported values: "Automatic", "Manual"`},
		{"records by Gandi", `spec: {dns: {mode: GandiZone}}`, ""},
		{"records by magic", `spec: {dns: {mode: Auto}}`, `supported values: "Manual", "GandiZone", "ExternalDNS"`},
		{"no check", `spec: {dns: {skipCheck: true}}`, ""},
		{"no check, in words", `spec: {dns: {skipCheck: "yes"}}`, "boolean"},

		{"an adoption by id", `spec: {vhosts: null, adopt: {id: 5}}`, ""},
		{"an adoption by name", `spec: {adopt: {filter: {name: My shop}}}`, ""},
		{"an adoption by vhost", `spec: {adopt: {filter: {vhost: www.example.org}}}`, ""},
		{"an adoption by both", `spec: {adopt: {filter: {name: My shop, vhost: www.example.org}}}`, ""},
		{"an adoption by nothing", `spec: {adopt: {}}`, oneAdopt},
		{"an adoption by id and filter", `spec: {adopt: {id: 5, filter: {name: My shop}}}`, oneAdopt},
		{"an adoption by an empty filter", `spec: {adopt: {filter: {}}}`, emptyFilter},
		{"an adoption by an empty name", `spec: {adopt: {filter: {name: ""}}}`, "at least 1 chars long"},
		{"an adoption of 0", `spec: {adopt: {id: 0}}`, "greater than or equal to 1"},
		{"an adoption taken over", `spec: {adopt: {id: 5, takeOver: true}}`, ""},
	})
}

// What a person left out stands in the object, and what has no default is Gandi's
// or the operator's choice.
func TestWhatIsAddedToASite(t *testing.T) {
	client := objects(t, plane.Config(), sites, newNamespace(t))
	for _, r := range []struct{ name, dns, wantMode string }{
		{"nothing of dns", ``, "Manual"},
		{"dns without a mode", `spec: {dns: {skipCheck: true}}`, "Manual"},
		{"a mode", `spec: {dns: {mode: GandiZone}}`, "GandiZone"},
	} {
		t.Run(r.name, func(t *testing.T) {
			object, err := client.Create(t.Context(), changed(t, manifest(t, baseSite), r.dns), metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range []struct {
				value any
				path  []string
			}{
				{r.wantMode, []string{"spec", "dns", "mode"}},
				{"Automatic", []string{"spec", "upgradePolicy"}},
				{"Manage", []string{"spec", "managementPolicy"}},
				{"default", []string{"spec", "accountRef", "name"}},
				{int64(-1), []string{"status", "observedGeneration"}},
				{"", []string{"spec", "name"}},
				{"", []string{"spec", "provider"}},
				{"", []string{"spec", "package"}},
				{"", []string{"spec", "duration"}},
				{"", []string{"spec", "deletionPolicy"}},
				{"", []string{"spec", "onExternalDeletion"}},
			} {
				if got := part(object, want.path...); got != want.value {
					t.Errorf("%s is %v, want %v", strings.Join(want.path, "."), got, want.value)
				}
			}
		})
	}
}

func TestWhatCanBeChangedUntilASiteIsBought(t *testing.T) {
	const (
		account = "spec.accountRef can't be changed once the site was bought; the site belongs to that account"
		adopt   = "spec.adopt can't be added once the site was bought; this object has its site already"

		adopted = `spec: {adopt: {id: 5}}`
	)
	judgeEdits(t, sites, baseSite, []edit{
		{name: "account", change: `spec: {accountRef: {name: other}}`, after: account},
		{name: "account, left out", from: `spec: {accountRef: {name: other}}`, change: `spec: {accountRef: null}`, after: account},
		{name: "adopt, added", change: adopted, after: adopt, onlyID: true},
		{name: "adopt, changed", from: adopted, change: `spec: {adopt: {id: 6}}`, before: adoptStays, after: adoptStays},
		{name: "adopt, to a filter", from: adopted, change: `spec: {adopt: {id: null, filter: {vhost: www.example.org}}}`, before: adoptStays, after: adoptStays},
		{name: "adopt, taken over", from: adopted, change: `spec: {adopt: {takeOver: true}}`, before: adoptStays, after: adoptStays},
		{name: "adopt, removed", from: adopted, change: `spec: {adopt: null}`, before: adoptStays, after: adoptStays},
		{name: "vhosts, added", change: `spec: {vhosts: [shop.sites.gandi.example, www.example.org]}`},
		{name: "vhosts, in another order", from: `spec: {vhosts: [a.example.org, b.example.org]}`, change: `spec: {vhosts: [b.example.org, a.example.org]}`},
		{name: "vhosts, all others", change: `spec: {vhosts: [www.example.org]}`},
		{name: "vhosts, one twice", change: `spec: {vhosts: [www.example.org, www.example.org]}`, before: vhostsOnce, after: vhostsOnce},
		{name: "vhosts, in upper case", change: `spec: {vhosts: [WWW.example.org]}`, before: vhostsForm, after: vhostsForm},
		{name: "vhosts, removed", change: `spec: {vhosts: null}`, before: vhostsRequired, after: vhostsRequired},
		{name: "vhosts of an adopted site, removed", from: adopted, change: `spec: {vhosts: null}`},
		{name: "name", change: `spec: {name: Our shop}`},
		{name: "package", from: `spec: {package: personal}`, change: `spec: {package: professional}`},
		{name: "package, removed", from: `spec: {package: personal}`, change: `spec: {package: null}`},
		{name: "provider, without effect", change: `spec: {provider: other}`},
		{name: "duration, without effect", from: `spec: {duration: 3m}`, change: `spec: {duration: 1y}`},
		{name: "upgrade policy", change: `spec: {upgradePolicy: Manual}`},
		{name: "who writes the records", change: `spec: {dns: {mode: ExternalDNS, skipCheck: true}}`},
		{name: "deletion policy", change: `spec: {deletionPolicy: Retain, deletionProtection: true, onExternalDeletion: Recreate}`},
	})
}
