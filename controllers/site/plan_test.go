package site

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

type (
	siteOpt func(*v1alpha1.GandiSite)
	obsOpt  func(*Observed)
)

const (
	parked  = "shop.sites.example"
	strange = "www.example.org"
)

func wanted(opts ...siteOpt) *v1alpha1.GandiSite {
	s := &v1alpha1.GandiSite{
		ObjectMeta: metav1.ObjectMeta{Name: "shop", Generation: 1},
		Spec:       v1alpha1.GandiSiteSpec{Vhosts: []string{parked}, UpgradePolicy: v1alpha1.UpgradeAutomatic, DNS: v1alpha1.SiteDNS{Mode: v1alpha1.DNSManual}},
	}
	for _, o := range opts {
		o(s)
	}
	return s
}

// seen is a site as it was bought.
func seen(opts ...obsOpt) Observed {
	s := Observed{
		Site: &gandi.Site{ID: 7, Name: "shop", Provider: defaultProvider, Package: "personal", PreferredVhost: parked,
			Vhosts: []string{parked}, VhostsTold: true, EditURL: "https://builder.example/7"},
		Applied: map[string]string{appliedMade: parked + " shop"},
	}
	for _, o := range opts {
		o(&s)
	}
	return s
}

// Of the spec.
func deleted(s *v1alpha1.GandiSite)      { s.DeletionTimestamp = new(metav1.Now()) }
func byHand(s *v1alpha1.GandiSite)       { s.Spec.UpgradePolicy = v1alpha1.UpgradeManual }
func unchecked(s *v1alpha1.GandiSite)    { s.Spec.DNS.SkipCheck = true }
func named(name string) siteOpt          { return func(s *v1alpha1.GandiSite) { s.Spec.Name = name } }
func on(vhosts ...string) siteOpt        { return func(s *v1alpha1.GandiSite) { s.Spec.Vhosts = vhosts } }
func packaged(name string) siteOpt       { return func(s *v1alpha1.GandiSite) { s.Spec.Package = name } }
func lasting(d string) siteOpt           { return func(s *v1alpha1.GandiSite) { s.Spec.Duration = d } }
func provided(by string) siteOpt         { return func(s *v1alpha1.GandiSite) { s.Spec.Provider = by } }
func through(m v1alpha1.DNSMode) siteOpt { return func(s *v1alpha1.GandiSite) { s.Spec.DNS.Mode = m } }

// Of the world.
func nothing(s *Observed)            { s.Site, s.Applied, s.Check = nil, nil, Check{Due: true} }
func retained(s *Observed)           { s.Retain = true }
func over(s *Observed)               { s.Ended = "the duration that was paid for ended on 2000-01-01" }
func offered(names ...string) obsOpt { return func(s *Observed) { s.Offers = names } }
func costing(price string) obsOpt    { return func(s *Observed) { s.Price = price } }
func approved(what string) obsOpt    { return func(s *Observed) { s.Approval = what } }
func has(vhosts ...string) obsOpt {
	return func(s *Observed) { s.Site.PreferredVhost, s.Site.Vhosts = vhosts[0], vhosts }
}
func untold(s *Observed)               { s.Site.Vhosts, s.Site.VhostsTold = nil, false }
func applied(key, value string) obsOpt { return func(s *Observed) { s.applied(key, value) } }
func clean(s *Observed)                { s.Check = Check{Asked: true, Clean: true, In: time.Minute} }
func problems(words ...string) obsOpt {
	return func(s *Observed) { s.Check = Check{Asked: true, Problems: words, In: time.Minute} }
}
func records(hosts ...string) obsOpt {
	return func(s *Observed) {
		s.Round = "r"
		s.Records = nil
		for _, h := range hosts {
			s.Records = append(s.Records, record(h))
		}
		if s.Site == nil {
			s.Check = Check{Asked: true, In: 4 * time.Minute}
		}
	}
}
func record(host string) v1alpha1.DNSChallenge {
	return v1alpha1.DNSChallenge{Host: host, Type: "TXT", Value: "vhost=" + strings.Repeat("a", 32), TTL: 10800}
}
func due(s *Observed)           { s.Check.Due = true }
func failing(s *Observed)       { s.Failure, s.RetryCreate = "operation 5 ended in ERROR", 10*time.Minute }
func kept(k engine.Kept) obsOpt { return func(s *Observed) { s.Endpoint = k } }

var (
	installed = engine.Kept{Installed: true}
	taken     = engine.Kept{Installed: true, Found: true}
)

func publishedFor(hosts ...string) engine.Kept {
	var all []v1alpha1.DNSChallenge
	for _, h := range hosts {
		all = append(all, record(h))
	}
	return engine.Kept{Installed: true, Found: true, Ours: true, Spec: endpointOf(wanted(on(hosts...)), engine.Kept{}, all).Spec}
}

func failed(class string, attempts int32, calls ...gandi.Call) obsOpt {
	return func(s *Observed) {
		for _, c := range calls {
			s.Refusals = append(s.Refusals, v1alpha1.Failure{Method: c.Method(), Digest: gandi.Digest(c), Class: class, Attempts: attempts, Message: "no such zone"})
		}
	}
}

var (
	notFound = gandi.NotFound.String()
	busy     = gandi.Busy.String()
	refused  = gandi.Refused.String()
)

func inWords(a engine.Action) string {
	switch c := a.Call.(type) {
	case nil:
	case gandi.SiteCreateDryRun:
		return "ask"
	case gandi.SiteUpdate:
		if c.Name != nil {
			return "rename " + *c.Name
		}
		return "vhosts " + strings.Join(c.Vhosts, " ")
	case gandi.SiteUpgrade:
		if a.Verb == engine.Do {
			return "upgrade " + c.Package
		}
	case gandi.SiteAlterZone:
		return "alter " + c.Host
	default:
		return c.Method()
	}
	if a.Verb == engine.InSync {
		return "InSync"
	}
	return fmt.Sprintf("%s %s", a.Verb, a.Reason)
}

func TestPlan(t *testing.T) {
	for _, row := range []struct {
		name string
		site []siteOpt
		seen []obsOpt
		want string
		says string // in the last message
	}{
		// Going away.
		{name: "a site is deleted", site: []siteOpt{deleted}, want: "site.delete, Release Deleted"},
		{name: "one whose time is over too", site: []siteOpt{deleted}, seen: []obsOpt{over}, want: "site.delete, Release Deleted"},
		{name: "a retained one stays", site: []siteOpt{deleted}, seen: []obsOpt{retained}, want: "Release Released", says: "site 7 stays"},
		{name: "what is gone is let go", site: []siteOpt{deleted}, seen: []obsOpt{nothing, retained}, want: "Release Deleted"},
		{name: "a deletion asks and upgrades nothing", site: []siteOpt{deleted, packaged("business"), on(strange)}, seen: []obsOpt{offered("business"), records(strange)}, want: "site.delete, Release Deleted"},
		// Coming into being.
		{name: "asked about, then bought", seen: []obsOpt{nothing}, want: "ask, site.create, InSync"},
		{name: "bought when the answer is clean", seen: []obsOpt{nothing, clean}, want: "site.create, InSync"},
		{name: "asked about again when a person wants it", seen: []obsOpt{nothing, clean, due}, want: "ask, site.create, InSync"},
		{name: "bought without a question", site: []siteOpt{unchecked}, seen: []obsOpt{nothing}, want: "site.create, InSync"},
		{name: "bought in spite of the answer", site: []siteOpt{unchecked}, seen: []obsOpt{nothing, records(parked)}, want: "site.create, InSync"},
		{name: "a package that is not offered", site: []siteOpt{packaged("huge")}, seen: []obsOpt{nothing, offered("personal", "business")}, want: "Block PackageNotOffered", says: `"huge"; write one of personal, business`},
		{name: "a vhost that a site of the account has", seen: []obsOpt{nothing, clean, due, func(s *Observed) { s.Holder, s.Held = 9, parked }}, want: "Block UnclaimedExternal", says: "site 9 of the same account has the vhost"},
		{name: "a site is nobody's hindrance to itself", seen: []obsOpt{func(s *Observed) { s.Holder, s.Held = 9, parked }}, want: "InSync"},
		{name: "a package where nobody tells which there are", site: []siteOpt{packaged("huge")}, seen: []obsOpt{nothing}, want: "ask, site.create, InSync"},
		{name: "a package that is offered, with its price", site: []siteOpt{packaged("business"), paidFor}, seen: []obsOpt{nothing, clean, offered("personal", "business"), costing("16 EUR per month")}, want: "site.create, InSync"},
		{name: "records that are missing are waited for", site: []siteOpt{on(strange)}, seen: []obsOpt{nothing, records(strange)}, want: "Wait DNSRecordMissing", says: "www.example.org. 10800 IN TXT"},
		{name: "asked about again in time", site: []siteOpt{on(strange)}, seen: []obsOpt{nothing, records(strange), due}, want: "ask, site.create, InSync"},
		{name: "other problems want an edit", seen: []obsOpt{nothing, problems("vhosts: taken", "name: odd")}, want: "Block InvalidSpec", says: "vhosts: taken; name: odd; change the spec"},
		{name: "other problems come before records", site: []siteOpt{on(strange)}, seen: []obsOpt{nothing, records(strange), func(s *Observed) { s.Check.Problems = []string{"odd"} }}, want: "Block InvalidSpec"},
		{name: "a create that failed is waited out, before anything is asked", seen: []obsOpt{nothing, failing, due}, want: "Wait OperationFailed", says: "at once after an edit"},
		{name: "records are published while it is", site: []siteOpt{on(strange), through(v1alpha1.DNSExternalDNS)}, seen: []obsOpt{nothing, records(strange), failing, kept(installed)}, want: "Apply PublishingRecords"},
		{name: "and zones altered", site: []siteOpt{on(strange), through(v1alpha1.DNSGandiZone)}, seen: []obsOpt{nothing, records(strange), failing}, want: "alter www.example.org, Wait OperationFailed"},
		// Records: external-dns.
		{name: "records are published", site: []siteOpt{on(strange), through(v1alpha1.DNSExternalDNS)}, seen: []obsOpt{nothing, records(strange), kept(installed)}, want: "Apply PublishingRecords", says: "DNSEndpoint shop"},
		{name: "records that are published are waited for", site: []siteOpt{on(strange), through(v1alpha1.DNSExternalDNS)}, seen: []obsOpt{nothing, records(strange), kept(publishedFor(strange))}, want: "Wait DNSRecordMissing", says: "DNSEndpoint shop tells external-dns"},
		{name: "also when they were published with others", site: []siteOpt{on("www.example.net", strange), through(v1alpha1.DNSExternalDNS)}, seen: []obsOpt{nothing, records(strange), kept(publishedFor("www.example.net", strange))}, want: "Wait DNSRecordMissing"},
		{name: "but not with what is asked for no more", site: []siteOpt{on(strange), through(v1alpha1.DNSExternalDNS)}, seen: []obsOpt{nothing, records(strange), kept(publishedFor("www.example.net", strange))}, want: "Apply PublishingRecords"},
		{name: "nothing is published where nobody takes it", site: []siteOpt{on(strange), through(v1alpha1.DNSExternalDNS)}, seen: []obsOpt{nothing, records(strange)}, want: "Wait ExternalDNSMissing", says: "status.dnsChallenges"},
		{name: "somebody else's DNSEndpoint is left alone", site: []siteOpt{on(strange), through(v1alpha1.DNSExternalDNS)}, seen: []obsOpt{nothing, records(strange), kept(taken)}, want: "Wait EndpointTaken", says: "somebody else's"},
		{name: "nothing is published by hand", site: []siteOpt{on(strange)}, seen: []obsOpt{nothing, records(strange), kept(installed)}, want: "Wait DNSRecordMissing"},
		{name: "nothing is published without records", site: []siteOpt{through(v1alpha1.DNSExternalDNS)}, seen: []obsOpt{nothing, clean, kept(installed)}, want: "site.create, InSync"},
		// Records: zones at Gandi.
		{name: "zones are altered", site: []siteOpt{on(strange, parked, "api.example.org"), through(v1alpha1.DNSGandiZone)}, seen: []obsOpt{nothing, records(strange, "api.example.org")},
			want: "alter www.example.org, alter api.example.org, Wait DNSRecordMissing", says: "told to write them itself"},
		{name: "for records at the domain too", site: []siteOpt{on(strange, parked), through(v1alpha1.DNSGandiZone)}, seen: []obsOpt{nothing, records("example.org")}, want: "alter www.example.org, Wait DNSRecordMissing"},
		{name: "once in a round", site: []siteOpt{on(strange), through(v1alpha1.DNSGandiZone)}, seen: []obsOpt{nothing, records(strange), applied(appliedZones, "r "+strange)}, want: "Wait DNSRecordMissing"},
		{name: "and again in the next", site: []siteOpt{on(strange), through(v1alpha1.DNSGandiZone)}, seen: []obsOpt{nothing, records(strange), applied(appliedZones, "q "+strange)}, want: "alter www.example.org, Wait DNSRecordMissing"},
		{name: "not where Gandi would not", site: []siteOpt{on(strange), through(v1alpha1.DNSGandiZone)}, seen: []obsOpt{nothing, records(strange), failed(notFound, 1, gandi.SiteAlterZone{Host: strange})},
			want: "Wait DNSRecordMissing", says: "could not write them itself: no such zone; create them"},
		{name: "again after a lost reply", site: []siteOpt{on(strange), through(v1alpha1.DNSGandiZone)}, seen: []obsOpt{nothing, records(strange), failed("Unconfirmed", 2, gandi.SiteAlterZone{Host: strange})}, want: "alter www.example.org, Wait DNSRecordMissing"},
		{name: "but not for ever", site: []siteOpt{on(strange), through(v1alpha1.DNSGandiZone)}, seen: []obsOpt{nothing, records(strange), failed("OperationFailed", 3, gandi.SiteAlterZone{Host: strange})}, want: "Wait DNSRecordMissing"},
		{name: "and not for many in vain", site: []siteOpt{on("a.example", "b.example", "c.example", "d.example", strange), through(v1alpha1.DNSGandiZone)},
			seen: []obsOpt{nothing, records("a.example", "b.example", "c.example", "d.example", strange), failed(refused, 1, gandi.SiteAlterZone{Host: "a.example"}, gandi.SiteAlterZone{Host: "b.example"}, gandi.SiteAlterZone{Host: "c.example"}, gandi.SiteAlterZone{Host: "d.example"})},
			want: "Wait DNSRecordMissing"},
		{name: "of a living site too", site: []siteOpt{on(parked, strange), through(v1alpha1.DNSGandiZone)}, seen: []obsOpt{records(strange)}, want: "alter www.example.org, vhosts shop.sites.example www.example.org, InSync"},
		// Living.
		{name: "a site in sync is left alone", want: "InSync", says: inSyncWords},
		{name: "as found, where nothing is asked for", site: []siteOpt{on()}, seen: []obsOpt{has("a.example", "b.example"), func(s *Observed) { s.Site.Name, s.Site.Package = "theirs", "business" }}, want: "InSync"},
		{name: "a changed name", site: []siteOpt{named("Our shop")}, want: "rename Our shop, InSync"},
		{name: "another vhost", site: []siteOpt{on(parked, strange)}, want: "vhosts shop.sites.example www.example.org, InSync"},
		{name: "another preferred vhost", site: []siteOpt{on(strange, parked)}, seen: []obsOpt{has(parked, strange)}, want: "vhosts www.example.org shop.sites.example, InSync"},
		{name: "the order of the others means nothing", site: []siteOpt{on(parked, strange, "b.example")}, seen: []obsOpt{has(parked, "b.example", strange)}, want: "InSync"},
		{name: "vhosts that are not told, as asked for last", site: []siteOpt{on(parked, strange)}, seen: []obsOpt{untold, applied(appliedVhosts, vhostsDigest([]string{parked, strange}))}, want: "InSync"},
		{name: "vhosts that are not told, as asked for before that", site: []siteOpt{on(parked, strange)}, seen: []obsOpt{untold, applied(appliedVhosts, vhostsDigest([]string{parked}))}, want: "vhosts shop.sites.example www.example.org, InSync"},
		{name: "vhosts that are not told and were never asked for", site: []siteOpt{on(parked, strange)}, seen: []obsOpt{untold}, want: "InSync"},
		{name: "vhosts that wait for records hold up no name and no package", site: []siteOpt{on(parked, strange), named("Our shop"), packaged("business")},
			seen: []obsOpt{offered("professional", "business"), failed(busy, 1, gandi.SiteUpdate{ID: 7, Vhosts: []string{parked, strange}}), records(strange)},
			want: "rename Our shop, upgrade business, vhosts shop.sites.example www.example.org, InSync"},
		{name: "a refused name is tried last", site: []siteOpt{named("Our shop"), packaged("business")}, seen: []obsOpt{offered("business"), failed(refused, 1, gandi.SiteUpdate{ID: 7, Name: new("Our shop")})}, want: "upgrade business, rename Our shop, InSync"},
		{name: "a site whose time is over is left alone", site: []siteOpt{named("Our shop"), packaged("business"), on(strange)}, seen: []obsOpt{over, offered("business")}, want: "Block ExternalEnded", says: "ended on 2000-01-01"},
		{name: "what counted once is told", site: []siteOpt{lasting("1y"), provided("other")}, want: "InSync", says: "provider, duration of the spec counts when a site is bought"},
		// Upgrades.
		{name: "an upgrade", site: []siteOpt{packaged("business")}, seen: []obsOpt{offered("professional", "business"), costing("96 EUR")}, want: "upgrade business, InSync"},
		{name: "an upgrade that was asked for is not again", site: []siteOpt{packaged("business")}, seen: []obsOpt{offered("professional", "business"), applied(appliedUpgrade, "business")}, want: "Block UpgradeRequired", says: `"business again"`},
		{name: "but for a person", site: []siteOpt{packaged("business")}, seen: []obsOpt{offered("professional", "business"), applied(appliedUpgrade, "business"), approved("business again")}, want: "upgrade business, InSync"},
		{name: "nor then again", site: []siteOpt{packaged("business")}, seen: []obsOpt{offered("professional", "business"), applied(appliedUpgrade, "business again"), approved("business  again")}, want: "Block UpgradeRequired", says: `"business again again"`},
		{name: "by hand it waits", site: []siteOpt{packaged("business"), byHand}, seen: []obsOpt{offered("business"), costing("96 EUR")}, want: "Wait UpgradeRequired", says: "from package personal to business for 96 EUR; set the annotation"},
		{name: "for an approval of that package", site: []siteOpt{packaged("business"), byHand}, seen: []obsOpt{offered("business"), approved("professional")}, want: "Wait UpgradeRequired"},
		{name: "approved", site: []siteOpt{packaged("business"), byHand}, seen: []obsOpt{offered("business"), approved("business 2026-01-01")}, want: "upgrade business, InSync"},
		{name: "approved once", site: []siteOpt{packaged("business"), byHand}, seen: []obsOpt{offered("business"), approved("business"), applied(appliedUpgrade, "business")}, want: "Block UpgradeRequired"},
		{name: "an approval without a wish", site: []siteOpt{byHand}, seen: []obsOpt{approved("business")}, want: "InSync"},
		{name: "a package below", site: []siteOpt{packaged("tiny")}, seen: []obsOpt{offered("professional", "business")}, want: "Block PackageNotOffered", says: "write spec.package: personal, or one above it: professional, business"},
		{name: "a package where none is above", site: []siteOpt{packaged("tiny")}, seen: []obsOpt{offered()}, want: "Block PackageNotOffered", says: "there is none above it"},
		{name: "a package where Gandi tells none", site: []siteOpt{packaged("business")}, seen: []obsOpt{func(s *Observed) { s.Site.Package = "" }}, want: "InSync"},
		{name: "a package below waits for nothing, and holds up nothing", site: []siteOpt{packaged("tiny"), named("Our shop")}, seen: []obsOpt{offered("business")}, want: "rename Our shop, Block PackageNotOffered"},
	} {
		t.Run(row.name, func(t *testing.T) {
			actions, err := engine.Preview(Kind{}, wanted(row.site...), seen(row.seen...))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, a := range actions {
				got = append(got, inWords(a))
				if a.Message == "" && a.Verb != engine.InSync {
					t.Errorf("%s has no message", inWords(a))
				}
				if a.Destroys != (inWords(a) == "site.delete") {
					t.Errorf("%s: destroys %v", inWords(a), a.Destroys)
				}
			}
			if diff := cmp.Diff(row.want, strings.Join(got, ", ")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			last := actions[len(actions)-1]
			if message := last.Message; !strings.Contains(message, row.says) {
				if last.Verb == engine.InSync && message == "" && row.says == inSyncWords {
					return // the engine's own words
				}
				t.Errorf("told %q, without %q", message, row.says)
			}
		})
	}
}

// inSyncWords are the engine's own.
const inSyncWords = "site 7 matches the spec"

func paidFor(s *v1alpha1.GandiSite) { s.Spec.Duration = "3m" }

// What is bought goes into the message, with its price.
func TestPriceOfPurchase(t *testing.T) {
	a := Kind{}.Plan(wanted(packaged("business"), paidFor), seen(nothing, clean, offered("business"), costing("16 EUR per month")))
	if want := `buy site "shop" on shop.sites.example: package business for 3m, 16 EUR per month`; a.Message != want {
		t.Errorf("told %q", a.Message)
	}
}

// What a purchase leaves in status, by which it is found and what is told later.
func TestApplied(t *testing.T) {
	obj := wanted(lasting("3m"), named("My shop"))
	for _, s := range []Observed{seen(nothing), seen(nothing, clean)} {
		a := Kind{}.Plan(obj, s)
		want := map[string]string{appliedMade: parked + " My shop", appliedDuration: "3m", appliedVhosts: vhostsDigest([]string{parked})}
		if diff := cmp.Diff(want, a.Applies); diff != "" || a.Patient != v1alpha1.ReasonDNSRecordMissing {
			t.Errorf("%s leaves (-want +got):\n%s", inWords(a), diff)
		}
	}
	s := seen(nothing)
	s.Request = "now"
	if a := (Kind{}).Plan(obj, s); a.Handles[appliedAsked] != "now" {
		t.Errorf("handles %v", a.Handles)
	}
	if a := (Kind{}).Plan(wanted(packaged("business")), seen(offered("business"))); a.Handles[appliedUpgrade] != "business" || len(a.Applies) != 0 {
		t.Errorf("handles %v", a.Handles)
	}
	if a := (Kind{}).Plan(wanted(deleted), seen()); !cmp.Equal(a.Applies, engine.Deleted(7)) {
		t.Errorf("leaves %v", a.Applies)
	}
}

func TestPauses(t *testing.T) {
	var all []time.Duration
	for times := range int32(9) {
		all = append(all, pause(times))
	}
	want := []time.Duration{time.Minute, time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 16 * time.Minute, 32 * time.Minute, time.Hour, time.Hour}
	if diff := cmp.Diff(want, all); diff != "" || pause(1000) != time.Hour {
		t.Error(diff)
	}
	if retryCreate(0) != 15*time.Minute || retryCreate(1) != 15*time.Minute || retryCreate(2) != time.Hour || retryCreate(99) != time.Hour {
		t.Error("other times between purchases")
	}
}

// What Gandi answered is kept: records for people to create, other problems in
// words, and how often in a row.
func TestAnswered(t *testing.T) {
	txt := gandi.Problem{Field: "vhosts", Attr: []string{strange, "vhost=" + strings.Repeat("a", 32)}, Reason: "You must put a TXT value in your zone"}
	at, now := time.Date(2026, 1, 1, 0, 0, 0, 5e8, time.UTC), question(wanted(), "now")
	asked := func(was *v1alpha1.SiteCheck, problems ...gandi.Problem) v1alpha1.GandiSiteStatus {
		obj := wanted()
		obj.Status.Intent = &v1alpha1.Intent{Digest: "now"}
		obj.Status.Check, obj.Status.DNSChallenges = was, []v1alpha1.DNSChallenge{record("old.example")}
		Kind{}.Answered(obj, problems, at)
		return obj.Status
	}
	many := make([]gandi.Problem, 50)
	for i := range many {
		many[i] = gandi.Problem{Reason: strings.Repeat("long ", 300)}
		if i%2 == 0 {
			many[i] = txt
			many[i].Attr = []string{fmt.Sprintf("www%d.example.org", i), txt.Attr[1]}
		}
	}
	for name, row := range map[string]struct {
		was      *v1alpha1.SiteCheck
		problems []gandi.Problem
		want     v1alpha1.SiteCheck
		records  int
	}{
		"clean":                    {want: v1alpha1.SiteCheck{Clean: true}},
		"clean after problems":     {was: &v1alpha1.SiteCheck{Digest: now, Times: 4}, want: v1alpha1.SiteCheck{Clean: true}},
		"a record":                 {problems: []gandi.Problem{txt}, want: v1alpha1.SiteCheck{Times: 1}, records: 1},
		"a record again":           {was: &v1alpha1.SiteCheck{Digest: now, Times: 4}, problems: []gandi.Problem{txt}, want: v1alpha1.SiteCheck{Times: 5}, records: 1},
		"a record of another site": {was: &v1alpha1.SiteCheck{Digest: "then", Times: 4}, problems: []gandi.Problem{txt}, want: v1alpha1.SiteCheck{Times: 1}, records: 1},
		"for a year":               {was: &v1alpha1.SiteCheck{Digest: now, Times: 1000}, problems: []gandi.Problem{txt}, want: v1alpha1.SiteCheck{Times: 1000}, records: 1},
		"another problem":          {problems: []gandi.Problem{{Field: "name", Reason: "odd"}, txt}, want: v1alpha1.SiteCheck{Times: 1, Problems: []string{"odd"}}, records: 1},
		"a problem by its name":    {problems: []gandi.Problem{{Error: "!EC_ODD"}}, want: v1alpha1.SiteCheck{Times: 1, Problems: []string{"!EC_ODD"}}},
		"a problem without words":  {problems: []gandi.Problem{{}}, want: v1alpha1.SiteCheck{Times: 1, Problems: []string{"a problem without words"}}},
		"what looks like a record": {problems: []gandi.Problem{{Field: "vhosts", Reason: "taken", Attr: []string{strange}}}, want: v1alpha1.SiteCheck{Times: 1, Problems: []string{"taken"}}},
	} {
		t.Run(name, func(t *testing.T) {
			st := asked(row.was, row.problems...)
			row.want.Digest, row.want.At = now, metav1.NewTime(at.Truncate(time.Second))
			if diff := cmp.Diff(&row.want, st.Check); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if len(st.DNSChallenges) != row.records {
				t.Errorf("asks for %v", st.DNSChallenges)
			}
			if row.records == 1 && !cmp.Equal(st.DNSChallenges[0], record(strange)) {
				t.Errorf("asks for %+v", st.DNSChallenges[0])
			}
		})
	}
	if st := asked(nil, many...); len(st.DNSChallenges) != 25 || len(st.Check.Problems) != maxProblems || len(st.Check.Problems[0]) > 512 {
		t.Errorf("keeps %d records, %d problems", len(st.DNSChallenges), len(st.Check.Problems))
	}
}
