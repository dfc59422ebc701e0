package account

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

var (
	siteUpdated = time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)
	siteEnds    = time.Date(2021, 1, 2, 3, 4, 5, 0, time.UTC)
)

// informedSite is all that info tells, changed as wished.
func informedSite(changes ...func(*gandi.Site)) gandi.Site {
	s := gandi.Site{
		ID: 7, Name: "blog", Provider: "basekit_whitelabel", Package: "personal", State: "created",
		PreferredVhost: "a.example", Vhosts: []string{"a.example", "b.example"}, VhostsTold: true,
		EditURL: "https://builder.example/edit/7", DateCreated: siteUpdated, DateUpdated: siteUpdated, DateEnd: siteEnds,
	}
	for _, change := range changes {
		change(&s)
	}
	return s
}

// listedSite is what a list tells for certain, changed as wished.
func listedSite(changes ...func(*gandi.Site)) gandi.Site {
	s := gandi.Site{ID: 7, Name: "blog", PreferredVhost: "a.example"}
	for _, change := range changes {
		change(&s)
	}
	return s
}

func siteTold(begun Seq, s ...gandi.Site) told {
	return told{begun: begun, at: time.Now(), seen: Informed, sites: s}
}

func TestAListConfirmsOrContradictsInfo(t *testing.T) {
	for _, c := range []struct {
		name   string
		info   func(*gandi.Site)
		list   func(*gandi.Site)
		stands bool
	}{
		{"no more than is certain", nil, nil, true},
		{"the number alone", nil, func(s *gandi.Site) { s.Name, s.PreferredVhost = "", "" }, true},
		{"all the same", nil, func(s *gandi.Site) { *s = informedSite() }, true},
		{"another name", nil, func(s *gandi.Site) { s.Name = "shop" }, false},
		{"another preferred vhost", nil, func(s *gandi.Site) { s.PreferredVhost = "b.example" }, false},
		{"the same state", nil, func(s *gandi.Site) { s.State = "created" }, true},
		{"another state", nil, func(s *gandi.Site) { s.State = "expired" }, false},
		{"a state that info does not tell", func(s *gandi.Site) { s.State = "" }, func(s *gandi.Site) { s.State = "created" }, true},
		{"another package", nil, func(s *gandi.Site) { s.Package = "professional" }, false},
		{"another provider", nil, func(s *gandi.Site) { s.Provider = "other" }, false},
		{"the same vhosts", nil, func(s *gandi.Site) { s.VhostsTold, s.Vhosts = true, []string{"a.example", "b.example"} }, true},
		{"a vhost less", nil, func(s *gandi.Site) { s.VhostsTold, s.Vhosts = true, []string{"a.example"} }, false},
		{"vhosts in another order", nil, func(s *gandi.Site) { s.VhostsTold, s.Vhosts = true, []string{"b.example", "a.example"} }, false},
		{"vhosts that info does not tell", func(s *gandi.Site) { s.VhostsTold, s.Vhosts = false, nil },
			func(s *gandi.Site) { s.VhostsTold, s.Vhosts = true, []string{"a.example"} }, true},
		{"the same date", nil, func(s *gandi.Site) { s.DateUpdated = siteUpdated }, true},
		{"another date", nil, func(s *gandi.Site) { s.DateUpdated = siteUpdated.Add(time.Second) }, false},
		{"a date and all vhosts", nil, func(s *gandi.Site) { *s = informedSite(); s.DateUpdated = siteUpdated.Add(time.Second) }, false},
		{"a date that info does not tell", func(s *gandi.Site) { s.DateUpdated = time.Time{} }, func(s *gandi.Site) { s.DateUpdated = siteUpdated }, true},
	} {
		i, woken := quietInventory()
		info, list := informedSite(), listedSite()
		if c.info != nil {
			c.info(&info)
		}
		if c.list != nil {
			c.list(&list)
		}
		i.store(siteTold(3, info))
		was := i.Site(7)
		i.Subscribe(ownerNamed("a"), Want{Kind: WantSite, ID: 7})
		i.allSites([]gandi.Site{list}, 5)
		now := i.Site(7)
		if c.stands {
			if diff := cmp.Diff(was, now); diff != "" || len(*woken) != 0 {
				t.Errorf("%s: woken %v, was and is\n%s", c.name, *woken, diff)
			}
			continue
		}
		if now.Seen != Listed || now.Begun != 5 || len(*woken) != 1 {
			t.Errorf("%s: %v of %d, woken %v", c.name, now.Seen, now.Begun, *woken)
		}
		if list.Name != "" && now.Value.Name != list.Name || list.PreferredVhost != "" && now.Value.PreferredVhost != list.PreferredVhost {
			t.Errorf("%s: the list does not win: %+v", c.name, now.Value)
		}
		// Until somebody asks, the next lists bring no news.
		i.allSites([]gandi.Site{list}, 6)
		if now := i.Site(7); now.Seen != Listed || now.Begun != 6 || len(*woken) != 1 {
			t.Errorf("%s: again %v of %d, woken %v", c.name, now.Seen, now.Begun, *woken)
		}
	}
}

func TestWhatAListLeavesOfInfo(t *testing.T) {
	for _, c := range []struct {
		name string
		list gandi.Site
		want gandi.Site
	}{
		{"another preferred vhost", listedSite(func(s *gandi.Site) { s.PreferredVhost = "c.example" }),
			informedSite(func(s *gandi.Site) { s.PreferredVhost, s.Vhosts, s.VhostsTold = "c.example", nil, false })},
		{"another name", listedSite(func(s *gandi.Site) { s.Name = "shop" }),
			informedSite(func(s *gandi.Site) { s.Name, s.Vhosts, s.VhostsTold = "shop", nil, false })},
		{"all vhosts", listedSite(func(s *gandi.Site) { s.Vhosts, s.VhostsTold = []string{"a.example"}, true }),
			informedSite(func(s *gandi.Site) { s.Vhosts = []string{"a.example"} })},
		{"state and date", listedSite(func(s *gandi.Site) { s.State, s.DateUpdated = "expired", siteEnds }),
			informedSite(func(s *gandi.Site) { s.State, s.DateUpdated, s.Vhosts, s.VhostsTold = "expired", siteEnds, nil, false })},
	} {
		i, _ := quietInventory()
		i.store(siteTold(1, informedSite()))
		i.allSites([]gandi.Site{c.list}, 2)
		if diff := cmp.Diff(c.want, i.Site(7).Value); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
		// What info does not tell is so no more.
		plain := informedSite(func(s *gandi.Site) { s.EditURL, s.State = "", "" })
		i.store(siteTold(3, plain))
		if r := i.Site(7); r.Seen != Informed || r.Begun != 3 || !cmp.Equal(plain, r.Value) {
			t.Errorf("%s: info leaves %+v", c.name, r)
		}
	}
}

func TestFreshnessOfSites(t *testing.T) {
	type want struct {
		seen  Seen
		begun Seq
		name  string
		woken int
	}
	for _, c := range []struct {
		name string
		do   func(*Inventory)
		want want
	}{
		{"nobody looked", func(*Inventory) {}, want{}},
		{"lists of everything else", func(i *Inventory) { i.allVMs(nil, 3); i.allVLANs(nil, 3); i.allSSHKeys(nil, 3) }, want{}},
		{"a list", func(i *Inventory) { i.allSites([]gandi.Site{listedSite()}, 3) }, want{Listed, 3, "blog", 1}},
		{"two lists", func(i *Inventory) {
			i.allSites([]gandi.Site{listedSite()}, 3)
			i.allSites([]gandi.Site{listedSite()}, 4)
		}, want{Listed, 4, "blog", 1}},
		{"a list without it", func(i *Inventory) { i.allSites(nil, 3) }, want{Unlisted, 3, "", 0}},
		{"info after a list", func(i *Inventory) {
			i.allSites([]gandi.Site{listedSite()}, 3)
			i.store(siteTold(4, informedSite()))
		}, want{Informed, 4, "blog", 2}},
		{"an older list that contradicts", func(i *Inventory) {
			i.store(siteTold(4, informedSite()))
			i.allSites([]gandi.Site{listedSite(func(s *gandi.Site) { s.Name = "shop" })}, 3)
		}, want{Informed, 4, "blog", 1}},
		{"an older list without it", func(i *Inventory) { i.store(siteTold(4, informedSite())); i.allSites(nil, 3) }, want{Informed, 4, "blog", 1}},
		{"a list without it", func(i *Inventory) { i.store(siteTold(4, informedSite())); i.allSites(nil, 5) }, want{Unlisted, 5, "blog", 2}},
		{"and one with it", func(i *Inventory) {
			i.store(siteTold(4, informedSite()))
			i.allSites(nil, 5)
			i.allSites([]gandi.Site{listedSite()}, 6)
		}, want{Listed, 6, "blog", 3}},
		{"info says no", func(i *Inventory) { i.store(siteTold(4, informedSite())); i.lost(key1(WantSite), 5) }, want{NotFound, 5, "blog", 2}},
		{"and a list has it", func(i *Inventory) {
			i.lost(key1(WantSite), 5)
			i.allSites([]gandi.Site{listedSite()}, 6)
		}, want{Listed, 6, "blog", 2}},
		{"info again", func(i *Inventory) {
			i.store(siteTold(4, informedSite()))
			i.store(siteTold(5, informedSite(func(s *gandi.Site) { s.DateUpdated = siteEnds })))
		}, want{Informed, 5, "blog", 1}},
		{"info with another second vhost", func(i *Inventory) {
			i.store(siteTold(4, informedSite()))
			i.store(siteTold(5, informedSite(func(s *gandi.Site) { s.Vhosts = []string{"a.example", "c.example"} })))
		}, want{Informed, 5, "blog", 2}},
		{"another one's number", func(i *Inventory) {
			other := listedSite(func(s *gandi.Site) { s.ID = 8 })
			i.store(siteTold(4, informedSite()))
			i.allSites([]gandi.Site{listedSite(), other}, 5)
		}, want{Informed, 4, "blog", 1}},
	} {
		i, woken := quietInventory()
		i.Subscribe(ownerNamed("a"), Want{Kind: WantSite, ID: 7})
		c.do(i)
		r := i.Site(7)
		if got := (want{r.Seen, r.Begun, r.Value.Name, len(*woken)}); got != c.want {
			t.Errorf("%s: got %+v, want %+v", c.name, got, c.want)
		}
		present := slices.ContainsFunc(slices.Collect(i.AllSites()), func(s gandi.Site) bool { return s.ID == 7 })
		if present != r.Seen.Present() {
			t.Errorf("%s: %v and among all: %v", c.name, r.Seen, present)
		}
	}
}

func TestASiteThatIsNobodysIsNotKept(t *testing.T) {
	i, _ := quietInventory()
	i.Subscribe(ownerNamed("a"), Want{Kind: WantSite, ID: 7})
	i.allSites([]gandi.Site{listedSite(), {ID: 9}, {ID: 8}}, 1)
	if got := idsIn(slices.Collect(i.AllSites()), func(s gandi.Site) gandi.SiteID { return s.ID }); !slices.Equal(got, []gandi.SiteID{7, 8, 9}) {
		t.Errorf("sites %v", got)
	}
	for begun := Seq(2); begun < 4; begun++ {
		i.allSites(nil, begun)
	}
	if len(i.sites.records) != 1 || i.Site(7).Begun != 3 || i.Site(8).Seen != Unlisted {
		t.Errorf("kept are %v", i.sites.records)
	}
}

// No list is enough for who wants a site.
func TestOnlyInfoSatisfiesAWantOfASite(t *testing.T) {
	c := newConversation(NewRegistry(Options{}), Key{Handle: "nobody"})
	for _, step := range []struct {
		name string
		do   func(*Inventory)
		want bool
	}{
		{"nothing", func(*Inventory) {}, false},
		{"a list", func(i *Inventory) { i.allSites([]gandi.Site{listedSite()}, 5) }, false},
		{"older info", func(i *Inventory) { i.store(siteTold(6, informedSite())) }, false},
		{"a list that confirms it", func(i *Inventory) { i.allSites([]gandi.Site{listedSite()}, 11) }, false},
		{"info", func(i *Inventory) { i.store(siteTold(12, informedSite())) }, true},
		{"a list that contradicts it", func(i *Inventory) { i.allSites([]gandi.Site{listedSite(func(s *gandi.Site) { s.Name = "shop" })}, 13) }, false},
		{"a list without it", func(i *Inventory) { i.allSites(nil, 14) }, false},
		{"info says no", func(i *Inventory) { i.lost(key1(WantSite), 15) }, true},
	} {
		step.do(c.inventory)
		if got := c.reader.satisfied(key1(WantSite), 10); got != step.want {
			t.Errorf("%s: satisfied %v", step.name, got)
		}
	}
	c.inventory.Include(WantSite, WantVLAN)
	many := batch{}
	for id := range 100 {
		many.add(ownerNamed("a"), key{WantSite, id + 1}, 1)
	}
	if got := c.reader.choose(many); got != byInfo {
		t.Errorf("a hundred sites are read in way %d", got)
	}
	if pages := c.reader.listPages(many); pages != 0 {
		t.Errorf("lists would cost %d pages", pages)
	}
}

// Which sites are asked for again, and in which order.
func TestOldSites(t *testing.T) {
	c := newConversation(NewRegistry(Options{}), Key{Handle: "nobody"})
	now := time.Now()
	informedAt := func(id gandi.SiteID, age time.Duration) {
		c.inventory.store(told{begun: 1, at: now.Add(-age), seen: Informed, sites: []gandi.Site{{ID: id, Name: "n"}}})
		c.inventory.Subscribe(ownerNamed(string(rune('a'+id))), Want{Kind: WantSite, ID: int(id)})
	}
	informedAt(1, 2*time.Hour)
	informedAt(2, 3*time.Hour)
	informedAt(3, 30*time.Minute)
	informedAt(4, 4*time.Hour)
	informedAt(5, 4*time.Hour)
	c.inventory.Unsubscribe(ownerNamed("f")) // of 5
	informedAt(6, 4*time.Hour)
	c.inventory.allSites([]gandi.Site{{ID: 1}, {ID: 2}, {ID: 3}, {ID: 4}, {ID: 5}, {ID: 6, Name: "other"}, {ID: 7}}, 2)
	c.inventory.Subscribe(ownerNamed("of 7"), Want{Kind: WantSite, ID: 7})
	if got := c.reader.oldSites(); !slices.Equal(got, []gandi.SiteID{4, 2, 1}) {
		t.Errorf("old are %v, want 4, 2, 1: whoever shows a site that is only listed asks anyhow", got)
	}
	// One that could not be read goes behind the others, and is forgotten when it can.
	c.reader.asked[4], c.reader.asked[3] = now.Add(-time.Minute), now.Add(-time.Minute)
	if got := c.reader.oldSites(); !slices.Equal(got, []gandi.SiteID{2, 1, 4}) {
		t.Errorf("old are %v, want 2, 1, 4", got)
	}
	if len(c.reader.asked) != 1 {
		t.Errorf("remembered as asked for: %v", c.reader.asked)
	}
	for id := gandi.SiteID(10); id < 30; id++ {
		informedAt(id, 5*time.Hour)
	}
	if got := c.reader.oldSites(); len(got) != sitesPerSweep || got[0] != 10 || got[9] != 19 {
		t.Errorf("of many old ones %v are asked for", got)
	}
}
