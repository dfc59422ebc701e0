package gandi_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gandi-operator/gandi-operator/internal/gandi"
	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
)

const (
	ownVhost     = "www.example.com"
	foreignVhost = "www.example.org"
)

func parked(name string) string { return name + "." + gandisim.ParkingDomain }

func aSite(name string) gandi.SiteSpec {
	return gandi.SiteSpec{Name: name, Provider: "basekit_whitelabel", Package: "personal", Vhosts: []string{parked(name)}, Duration: "3m"}
}

// panelSite is a site made outside of the API.
func (s *stand) panelSite(name string) gandi.SiteID {
	s.t.Helper()
	s.change(map[string]any{"type": "site", "create": map[string]any{"name": name, "vhosts": []any{parked(name)}}})
	return gandi.SiteID(s.last("sites"))
}

// siteOf is the new site of a create: by its operation where this edition tells it, else by its preferred vhost among those
// that did not exist before.
func (s *stand) siteOf(ops []gandi.Operation, before []gandi.Site, vhost string) gandi.SiteID {
	s.t.Helper()
	op, ok := gandi.PickOperation(ops, gandi.TypeSiteCreate)
	if !ok {
		s.t.Fatalf("no %s among %v", gandi.TypeSiteCreate, ops)
	}
	if op.SiteID == 0 {
		op = must[gandi.Operation](s.t)(s.client.Operation(s.t.Context(), op.ID))
	}
	if op.SiteID != 0 {
		return op.SiteID
	}
	for _, site := range must[[]gandi.Site](s.t)(s.client.Sites(s.t.Context(), gandi.SiteFilter{})) {
		old := slices.ContainsFunc(before, func(b gandi.Site) bool { return b.ID == site.ID })
		if !old && site.PreferredVhost == vhost {
			return site.ID
		}
	}
	s.t.Fatalf("operation %d tells no site, and none has %s", op.ID, vhost)
	return 0
}

func (s *stand) agreeOnSites(sw map[string]string) {
	s.t.Helper()
	caughtUp(sw)
	ctx, c := s.t.Context(), s.client
	same(s.t, "site.list", must[[]gandi.Site](s.t)(c.Sites(ctx, gandi.SiteFilter{})), each(s.state("sites"), wantListedSite(sw)))
	same(s.t, "site.count", must[int](s.t)(c.SiteCount(ctx, gandi.SiteFilter{})), len(s.state("sites")))
	for _, f := range s.state("sites") {
		want := wantSite(sw)(f)
		same(s.t, "site.info", must[gandi.Site](s.t)(c.Site(ctx, want.ID)), want)
		named := must[[]gandi.Site](s.t)(c.Sites(ctx, gandi.SiteFilter{Name: want.Name}))
		if !slices.ContainsFunc(named, func(g gandi.Site) bool { return g.ID == want.ID }) {
			s.t.Errorf("site %d is not among %v", want.ID, named)
		}
	}
	for _, f := range s.state("operations") {
		if !strings.HasPrefix(f.str("type"), "sitebuilder_") {
			continue
		}
		got := must[gandi.Operation](s.t)(c.Operation(ctx, gandi.OperationID(f.num("id"))))
		same(s.t, "operation.info", receivedParams(got), wantOperation(f))
	}
}

func TestTheLifeOfASiteInEveryPositionOfEverySwitch(t *testing.T) {
	everyWorld(t, func(s *stand, sw map[string]string) { s.lifeOfSites(sw) })
	t.Run("without hosting", func(t *testing.T) {
		inWorld(t, &gandisim.Options{Account: "none"}, func(_ *testing.T, s *stand) { s.lifeOfSites(nil) })
	})
}

func (s *stand) lifeOfSites(sw map[string]string) {
	s.t.Helper()
	t, ctx, c := s.t, s.t.Context(), s.client
	s.offersOfSites()
	s.must404(map[string]error{"site": func() error { _, err := c.Site(ctx, 1); return err }()})

	// A site under a name of its own and a name that has to be proven first.
	before := must[[]gandi.Site](t)(c.Sites(ctx, gandi.SiteFilter{}))
	spec := aSite("shop")
	spec.Vhosts = append(spec.Vhosts, foreignVhost)
	s.unproven(sw, spec)
	s.prove(foreignVhost)
	bought := s.proven(sw, spec)
	ops := s.does(gandi.SiteCreate{Site: spec})
	caughtUp(sw)
	id := s.siteOf(ops, before, parked("shop"))
	s.wantFacts("sites", int(id), facts{"name": "shop", "package": "personal", "vhosts": []any{parked("shop"), foreignVhost}})
	if found := must[[]gandi.Operation](t)(c.Operations(ctx, gandi.OperationFilter{SiteID: id, Types: gandi.OperationTypes("site.create")})); len(found) != 1 || found[0].ID != ops[0].ID {
		t.Errorf("operations of the site: %v, want %d", found, ops[0].ID)
	}
	s.agreeOnSites(sw)

	// The whole new list of vhosts, and another name where that is taken.
	if err := s.world.SetZone(gandisim.Zone{Domain: "example.com"}); err != nil {
		t.Fatal(err)
	}
	vhosts := []string{ownVhost, parked("shop")}
	s.does(gandi.SiteUpdate{ID: id, Vhosts: vhosts})
	s.does(gandi.SiteUpdate{ID: id, Vhosts: vhosts})
	s.wantFacts("sites", int(id), facts{"vhosts": []any{ownVhost, parked("shop")}})
	if _, err := c.Submit(ctx, gandi.SiteUpdate{ID: id, Name: new("renamed")}); sw["site-rename"] == "refused" {
		turnedDown(t, "another name", err, classOfGuesses(sw))
	} else if err != nil {
		t.Error(err)
	}
	time.Sleep(time.Minute)
	s.agreeOnSites(sw)

	// The dry run of an update acts where the flag is not heeded, and tells the difference.
	outcome, problems := gandi.DryRunOf(s.submit(gandi.SiteUpdateDryRun{Update: gandi.SiteUpdate{ID: id, Vhosts: vhosts}}))
	if acts := sw["site-dry-run"] == "ignored" || sw["site-dry-run"] == "create-only"; acts != (outcome == gandi.DryRunActed) || !acts && outcome != gandi.DryRunClean {
		t.Errorf("a dry run of an update: %v %v", outcome, problems)
	}
	time.Sleep(time.Minute)

	// Upwards only.
	s.does(gandi.SiteUpgrade{ID: id, Package: "professional"})
	s.wantFacts("sites", int(id), facts{"package": "professional"})
	_, err := c.Submit(ctx, gandi.SiteUpgrade{ID: id, Package: "personal"})
	turnedDown(t, "a downgrade", err, classOfGuesses(sw))
	f := s.state("bought")[0]
	if f.num("sites") != bought+1 || f.num("site_upgrades") != 1 {
		t.Errorf("bought %d sites, %d upgrades, want %d and 1", f.num("sites"), f.num("site_upgrades"), bought+1)
	}

	s.does(gandi.SiteDelete{ID: id})
	_, err = c.Site(ctx, id)
	turnedDown(t, "a deleted site", err, gandi.NotFound)
	if _, err = c.Submit(ctx, gandi.SiteDelete{ID: id}); sw["repeat-delete"] != "no-op" {
		turnedDown(t, "deleted again", err, gandi.NotFound)
	} else if err != nil {
		t.Error(err)
	}
	s.expires(sw)
}

// offersOfSites is what Gandi has for sites; no call changes it.
func (s *stand) offersOfSites() {
	s.t.Helper()
	ctx, c := s.t.Context(), s.client
	all := must[[]gandi.SitePackage](s.t)(c.SitePackages(ctx, "", ""))
	next := must[[]gandi.SitePackage](s.t)(c.SitePackages(ctx, "basekit_whitelabel", "personal"))
	if len(all) != 3 || all[0].Name != "personal" || len(next) != 2 || next[0].Description() != "basekit_whitelabel_professional" {
		s.t.Errorf("packages %v, above the first %v", all, next)
	}
	for i, p := range all {
		create := must[[]gandi.Price](s.t)(c.SitePrice(ctx, p, gandi.ActionCreate))
		upgrade := must[[]gandi.Price](s.t)(c.SitePrice(ctx, p, gandi.ActionUpdate))
		if len(create) != 1 || create[0].Amount <= 0 || create[0].Currency != "EUR" || create[0].DurationUnit != "m" || len(upgrade) != min(i, 1) {
			s.t.Errorf("%s costs %+v, %+v", p.Name, create, upgrade)
		}
	}
	if none := must[[]gandi.Price](s.t)(c.SitePrice(ctx, gandi.SitePackage{Provider: "no", Name: "body"}, gandi.ActionCreate)); len(none) != 0 {
		s.t.Errorf("nobody's package costs %v", none)
	}
}

// unproven is what a foreign name comes to before its record is there. Nothing is bought by it that stays.
func (s *stand) unproven(sw map[string]string, spec gandi.SiteSpec) {
	s.t.Helper()
	ctx, c := s.t.Context(), s.client
	late, ignored := sw["site-txt-check"] == "operation", sw["site-dry-run"] == "ignored"
	ops, err := c.Submit(ctx, gandi.SiteCreateDryRun{Site: spec})
	outcome, problems := gandi.DryRunOf(ops)
	switch {
	case ignored && !late:
		turnedDown(s.t, "a dry run that acts, without the record", err, gandi.Busy)
		wantCode(s.t, err, 580142)
	case err != nil:
		s.t.Fatal(err)
	case ignored:
		if outcome != gandi.DryRunActed || s.ended(ops[0].ID).Step != gandi.StepError {
			s.t.Errorf("a dry run that acts: %v, %v", outcome, ops)
		}
	case late:
		if outcome != gandi.DryRunClean {
			s.t.Errorf("a dry run that does not look: %v %v", outcome, problems)
		}
	default:
		s.tellsRecord(sw, outcome, problems)
	}
	if late {
		return
	}
	_, err = c.Submit(ctx, gandi.SiteCreate{Site: spec})
	turnedDown(s.t, "a create without the record", err, gandi.Busy)
	wantCode(s.t, err, 580142)
	if n := len(s.state("sites")); n != 0 {
		s.t.Errorf("%d sites", n)
	}
}

func (s *stand) tellsRecord(sw map[string]string, outcome gandi.DryRunOutcome, problems []gandi.Problem) {
	s.t.Helper()
	if outcome != gandi.DryRunProblems || len(problems) != 1 {
		s.t.Fatalf("%v %+v", outcome, problems)
	}
	r, ok := problems[0].Record()
	host := foreignVhost
	if sw["site-challenge-host"] == "domain" {
		host = "example.org"
	}
	if !ok || r.Host != host || r.Type != "TXT" || r.TTL != gandi.ChallengeTTL {
		s.t.Errorf("record %+v of %+v", r, problems[0])
	}
	same(s.t, "get_dns_entries", s.txt(foreignVhost), gandi.DNSRecord{Host: r.Host, Type: r.Type, Value: r.Value})
}

// txt is the record that a name needs, by the read for it.
func (s *stand) txt(vhost string) gandi.DNSRecord {
	s.t.Helper()
	all := must[[]gandi.DNSRecord](s.t)(s.client.SiteDNSEntries(s.t.Context(), vhost))
	for _, r := range all {
		if r.Type == "TXT" {
			r.TTL = 0 // told in one form only
			return r
		}
	}
	s.t.Fatalf("no TXT record among %v", all)
	return gandi.DNSRecord{}
}

// prove has the record written by Gandi, first of all, since the zone is hosted there.
func (s *stand) prove(vhost string) {
	s.t.Helper()
	_, domain, _ := strings.Cut(vhost, ".")
	_, err := s.client.Submit(s.t.Context(), gandi.SiteAlterZone{Host: vhost})
	turnedDown(s.t, "altering a zone that is not at Gandi", err, gandi.NotFound)
	if err := s.world.SetZone(gandisim.Zone{Domain: domain, Elsewhere: true}); err != nil {
		s.t.Fatal(err)
	}
	s.does(gandi.SiteAlterZone{Host: vhost})
	s.does(gandi.SiteAlterZone{Host: vhost})
}

// proven is what a dry run says once the record is there, and how many sites it has bought.
func (s *stand) proven(sw map[string]string, spec gandi.SiteSpec) (bought int) {
	s.t.Helper()
	ops := s.submit(gandi.SiteCreateDryRun{Site: spec})
	outcome, problems := gandi.DryRunOf(ops)
	want := gandi.DryRunClean
	switch {
	case sw["site-dry-run"] == "ignored":
		want = gandi.DryRunActed
		s.settle(ops)
		s.does(gandi.SiteDelete{ID: gandi.SiteID(s.last("sites"))})
	case sw["site-txt-check"] == "always-told":
		want = gandi.DryRunProblems
	}
	if outcome != want || (want == gandi.DryRunProblems) != (len(problems) == 1) {
		s.t.Errorf("with the record: %v %v, want %v", outcome, problems, want)
	}
	return s.state("bought")[0].num("sites")
}

// classOfGuesses is what is known of a refusal whose code nobody has seen.
func classOfGuesses(sw map[string]string) gandi.Class {
	if sw["unknown-faults"] == "badparameter" {
		return gandi.Refused
	}
	return gandi.OutcomeUnknown
}

// expires is the end that a site comes to by itself.
func (s *stand) expires(sw map[string]string) {
	s.t.Helper()
	id := s.panelSite("short")
	s.agreeOnSites(sw)
	end := must[gandi.Site](s.t)(s.client.Site(s.t.Context(), id)).DateEnd
	if left := end.Sub(s.one("sites", int(id)).date("date_created")); left < 360*24*time.Hour {
		s.t.Errorf("a year lasts %v", left)
	}
	time.Sleep(367 * 24 * time.Hour)
	got, err := s.client.Site(s.t.Context(), id)
	if sw["expired-sites"] != "listed" {
		turnedDown(s.t, "a site whose time is over", err, gandi.NotFound)
		return
	}
	if err != nil || got.EditURL != "" || got.DateEnd != end {
		s.t.Errorf("a site whose time is over reads %+v, %v", got, err)
	}
	s.agreeOnSites(sw)
}

// The outcome of a dry run in each position that decides it, and what it costs.
func TestDryRunsInEveryPosition(t *testing.T) {
	for position, want := range map[string]gandi.DryRunOutcome{
		"honoured": gandi.DryRunClean, "create-only": gandi.DryRunClean, "ignored": gandi.DryRunActed,
	} {
		for _, reply := range []string{"struct", "array"} {
			for _, id := range []string{"reply", "params-only", "nowhere"} {
				t.Run(position+"/"+reply+"/"+id, func(t *testing.T) {
					inWorld(t, &gandisim.Options{Switches: map[string]string{"site-dry-run": position, "op-reply": reply, "site-operation-id": id}}, func(t *testing.T, s *stand) {
						ops := s.submit(gandi.SiteCreateDryRun{Site: aSite("shop")})
						outcome, problems := gandi.DryRunOf(ops)
						bought := s.state("bought")[0].num("sites")
						if outcome != want || len(problems) != 0 || (bought == 1) != (want == gandi.DryRunActed) {
							t.Errorf("%v, and %d bought", outcome, bought)
						}
						for _, o := range ops {
							if (o.ID != 0) != (bought == 1) || (o.Type == gandi.TypeSiteDryRun) != (bought == 0) {
								t.Errorf("operation %+v", o)
							}
						}
					})
				})
			}
		}
	}
}

// A dry run with each trouble: what it bought where the flag is not heeded, no class may deny.
func TestEachTroubleOnADryRun(t *testing.T) {
	for position, buys := range map[string]bool{"honoured": false, "ignored": true} {
		for i, tt := range weathers {
			t.Run(position+"/"+tt.trouble.String(), func(t *testing.T) {
				inWorld(t, switched("site-dry-run", position), func(t *testing.T, s *stand) {
					s.world.Script(tt.trouble)
					ops, err := s.client.Submit(t.Context(), gandi.SiteCreateDryRun{Site: aSite("shop")})
					s.judge("the dry run", err, tt.act)
					bought := s.state("bought")[0].num("sites")
					if (bought == 1) != (buys && tt.changes) {
						t.Errorf("%d: bought %d", i, bought)
					}
					outcome, _ := gandi.DryRunOf(ops)
					switch {
					case err != nil && bought > 0 && gandi.ClassOf(err) != gandi.OutcomeUnknown:
						t.Errorf("bought, and the class is %v", gandi.ClassOf(err))
					case err == nil && (outcome == gandi.DryRunActed) != (bought > 0):
						t.Errorf("bought %d, and the dry run says %v", bought, outcome)
					case err != nil && outcome != gandi.DryRunUnknown:
						t.Errorf("%v beside %v", outcome, err)
					}
					if got := len(received(s.world, "site.create", 0)); got != 1 {
						t.Errorf("received %d times", got)
					}
				})
			})
		}
	}
}

// What a lost answer has bought is found by the operation, and by the vhost among the sites that are new.
func TestASiteThatALostAnswerBrought(t *testing.T) {
	for _, id := range []string{"reply", "params-only", "nowhere"} {
		for _, list := range []string{"vhost", "preferred_vhost", "vhosts"} {
			for _, cut := range []string{"before", "after"} {
				for _, call := range []gandi.Call{gandi.SiteCreate{Site: aSite("shop")}, gandi.SiteCreateDryRun{Site: aSite("shop")}} {
					t.Run(strings.Join([]string{id, list, cut}, "/"), func(t *testing.T) {
						sw := map[string]string{"site-operation-id": id, "site-list-vhost": list, "site-dry-run": "ignored", "site-id": "string"}
						inWorld(t, &gandisim.Options{Switches: sw}, func(t *testing.T, s *stand) {
							s.panelSite("before")
							before := must[[]gandi.Site](t)(s.client.Sites(t.Context(), gandi.SiteFilter{}))
							s.world.Script(gandisim.Trouble{Method: "site.create", Cut: cut})
							_, err := s.client.Submit(t.Context(), call)
							turnedDown(t, call.Method(), err, gandi.OutcomeUnknown)
							s.world.ClearTroubles()
							ops := must[[]gandi.Operation](t)(s.client.Operations(t.Context(), gandi.OperationFilter{Types: gandi.OperationTypes(call.Method()), SortBy: "id DESC"}))
							if cut == "before" {
								if len(ops) != 0 {
									t.Errorf("operations %v", ops)
								}
								return
							}
							if got, want := s.siteOf(ops, before, parked("shop")), s.last("sites"); int(got) != want {
								t.Errorf("found %d, want %d", got, want)
							}
						})
					})
				}
			}
		}
	}
}

// The site of another handle can neither be seen nor touched, nor its name taken.
func TestSitesOfAnotherHandle(t *testing.T) {
	for position, class := range map[string]gandi.Class{"noright": gandi.Refused, "notfound": gandi.NotFound} {
		t.Run(position, func(t *testing.T) {
			inWorld(t, switched("foreign-object", position), func(t *testing.T, s *stand) {
				s.change(map[string]any{"type": "site", "create": map[string]any{"vhosts": []any{parked("theirs")}, "handle": gandisim.OtherHandle}})
				id := gandi.SiteID(s.world.State()["sites"].([]any)[0].(map[string]any)["id"].(int))
				_, err := s.client.Site(t.Context(), id)
				turnedDown(t, "site.info", err, class)
				for _, call := range []gandi.Call{
					gandi.SiteUpdate{ID: id, Name: new("mine")}, gandi.SiteUpgrade{ID: id, Package: "business"}, gandi.SiteDelete{ID: id},
					gandi.SiteUpdateDryRun{Update: gandi.SiteUpdate{ID: id, Name: new("mine")}},
				} {
					_, err := s.client.Submit(t.Context(), call)
					turnedDown(t, call.Method(), err, class)
				}
				if all := must[[]gandi.Site](t)(s.client.Sites(t.Context(), gandi.SiteFilter{})); len(all) != 0 {
					t.Errorf("sites %v", all)
				}
				spec := aSite("theirs")
				outcome, problems := gandi.DryRunOf(s.submit(gandi.SiteCreateDryRun{Site: spec}))
				if outcome != gandi.DryRunProblems || problems[0].Field != "vhosts" || !slices.Equal(problems[0].Attr, []string{parked("theirs")}) {
					t.Errorf("%v %+v", outcome, problems)
				}
				if _, isRecord := problems[0].Record(); isRecord {
					t.Error("a name that is taken asks for a record")
				}
				if err := s.world.SetZone(gandisim.Zone{Domain: "example.net", Handle: gandisim.OtherHandle}); err != nil {
					t.Fatal(err)
				}
				_, err = s.client.Submit(t.Context(), gandi.SiteAlterZone{Host: "www.example.net"})
				turnedDown(t, "site.alter_zone", err, gandi.Refused)
			})
		})
	}
}

// What Gandi refuses of a site, told by its dry run as a problem and by the call as a fault.
func TestRefusalsOfSites(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*gandi.SiteSpec)
		field  string
	}{
		{"no name", func(s *gandi.SiteSpec) { s.Name = "" }, "name"},
		{"no vhosts", func(s *gandi.SiteSpec) { s.Vhosts = nil }, "vhosts"},
		{"a vhost that is none", func(s *gandi.SiteSpec) { s.Vhosts = []string{"a b"} }, "vhosts"},
		{"a provider that is none", func(s *gandi.SiteSpec) { s.Provider = "nobody" }, "provider"},
		{"a package that is none", func(s *gandi.SiteSpec) { s.Package = "gold" }, "package"},
		{"a duration that is none", func(s *gandi.SiteSpec) { s.Duration = "3w" }, "duration"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inWorld(t, nil, func(t *testing.T, s *stand) {
				spec := aSite("shop")
				tt.change(&spec)
				outcome, problems := gandi.DryRunOf(s.submit(gandi.SiteCreateDryRun{Site: spec}))
				if outcome != gandi.DryRunProblems || len(problems) != 1 || problems[0].Field != tt.field || problems[0].Reason == "" {
					t.Errorf("%v %+v", outcome, problems)
				}
				before := s.marks()
				_, err := s.client.Submit(t.Context(), gandi.SiteCreate{Site: spec})
				turnedDown(t, "site.create", err, gandi.Refused)
				if after := s.marks(); after.moves != before.moves {
					t.Errorf("the world moved from %+v to %+v", before, after)
				}
			})
		})
	}
}

// The token of an address stays in the reply, wherever Gandi puts it.
func TestEditURLsOfTheSimulator(t *testing.T) {
	inWorld(t, switched("edit-url", "token"), func(t *testing.T, s *stand) {
		site := must[gandi.Site](t)(s.client.Site(t.Context(), s.panelSite("shop")))
		if !strings.HasPrefix(site.EditURL, "https://") || strings.ContainsAny(site.EditURL, "?#") || strings.Contains(site.EditURL, "token") {
			t.Errorf("edited at %q", site.EditURL)
		}
	})
}
