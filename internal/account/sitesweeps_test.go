package account

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gandi-operator/gandi-operator/internal/gandi"
	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
	"github.com/gandi-operator/gandi-operator/internal/operation"
)

// show has somebody read and subscribe to each site, as its object would.
func (s *stand) show(c *Conversation, ids []gandi.SiteID) []operation.Owner {
	s.Helper()
	c.Inventory().Include(WantSite)
	var owners []operation.Owner
	for i, id := range ids {
		o := operation.Owner{Kind: "GandiSite", Namespace: "default", Name: fmt.Sprint(i)}
		owners = append(owners, o)
		c.Inventory().Subscribe(o, Want{Kind: WantSite, ID: int(id)})
		c.Refresh(o, Want{Kind: WantSite, ID: int(id)})
	}
	time.Sleep(10 * time.Second)
	for _, id := range ids {
		if r := c.Inventory().Site(id); r.Seen != Informed || !r.Value.VhostsTold {
			s.Fatalf("site %d is %+v", id, r)
		}
	}
	s.forgetWakes()
	return owners
}

// infosPerSweep counts the calls of site.info after each sweep's list of sites
// since the journal had n entries.
func (s *stand) infosPerSweep(n int) (counts []int) {
	for _, e := range s.world.Journal()[n:] {
		switch {
		case e.Method == "site.list":
			counts = append(counts, 0)
		case e.Method == "site.info" && len(counts) > 0:
			counts[len(counts)-1]++
		}
	}
	return counts
}

// An account without objects that are sites pays nothing for those it has at
// Gandi; one with some pays a list per sweep for all others.
func TestSitesThatNobodyShowsAreNotAskedFor(t *testing.T) {
	inStand(t, nil, func(t *testing.T, s *stand) {
		ids := s.makeSites(30)
		c := s.conversation(nil)
		calls := s.since(func() { time.Sleep(100 * time.Minute) })
		if diff := cmp.Diff(perSweep(calls["operation.list"]), calls); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
		if r := c.Inventory().Site(ids[0]); r.Seen != Unknown || c.Inventory().SweepsBegunSinceOf(WantSite, 0) != 0 {
			t.Errorf("nobody looked, yet there is %+v", r)
		}
		c.Inventory().Include(WantSite)
		calls = s.since(func() { time.Sleep(3 * time.Hour) })
		if diff := cmp.Diff(perSweep(calls["operation.list"], "site.list"), calls); diff != "" || calls["site.list"] < 16 {
			t.Errorf("calls with sites (-want +got):\n%s", diff)
		}
		if r := c.Inventory().Site(ids[29]); r.Seen != Listed || r.Value.PreferredVhost != parked("site29") || r.Value.VhostsTold || len(slices.Collect(c.Inventory().AllSites())) != 30 {
			t.Errorf("after sweeps with sites: %+v", r)
		}
	})
}

func TestSitesAreReadByInfo(t *testing.T) {
	inStand(t, nil, func(t *testing.T, s *stand) {
		ids := s.makeSites(12)
		s.makeVMs(1)
		c := s.conversation(nil)
		inv := c.Inventory()
		o := ownerNamed("a")
		var wants []Want
		for _, id := range ids {
			wants = append(wants, Want{Kind: WantSite, ID: int(id)})
		}
		read := func(name string, want map[string]int, wants ...Want) {
			t.Helper()
			s.forgetWakes()
			mark := c.Mark()
			calls := s.since(func() {
				c.Refresh(o, wants...)
				time.Sleep(5 * time.Second)
			})
			if diff := cmp.Diff(want, calls); diff != "" || s.wakes(o) != 1 {
				t.Errorf("%s: woken %d times, calls (-want +got):\n%s", name, s.wakes(o), diff)
			}
			for _, w := range wants {
				if r := inv.Site(gandi.SiteID(w.ID)); w.Kind == WantSite && (r.Seen != Informed && r.Seen != NotFound || r.Begun < mark) {
					t.Errorf("%s: site %d is %v of %d, the mark is %d", name, w.ID, r.Seen, r.Begun, mark)
				}
			}
		}
		all := map[string]int{"site.info": 12}
		read("not included", all, wants...)
		inv.Include(WantSite)
		read("included", all, wants...)
		read("one", map[string]int{"site.info": 1}, wants[0])
		read("with one that is not there", map[string]int{"site.info": 2}, wants[0], Want{Kind: WantSite, ID: 99_999})
		if r := inv.Site(99_999); r.Seen != NotFound {
			t.Errorf("a site that is not there is %v", r.Seen)
		}
		read("beside a VM", map[string]int{"site.info": 12, "hosting.vm.info": 1}, append(wants, Want{Kind: WantVM, ID: int(vmIDs(c)[0])})...)
		beside := perSweep(1, "site.list")
		beside["site.info"] = 12
		read("beside a sweep", beside, append(wants, Want{Kind: WantSweep})...)
		calls := s.since(func() {
			c.Refresh(o, Want{Kind: WantSite, ID: int(ids[0]), Since: 1})
			time.Sleep(time.Second)
		})
		if len(calls) != 0 {
			t.Errorf("content with what is there, yet %v", calls)
		}
	})
}

// Whatever a list tells, a vhost that it leaves out is found.
func TestDriftThatNoListTellsIsFound(t *testing.T) {
	for _, list := range []string{"vhost", "preferred_vhost", "vhosts"} {
		for _, vhosts := range []string{"names", "structs"} {
			for _, state := range []string{"created", "running", "untold"} {
				name := list + "," + vhosts + "," + state
				inStand(t, &gandisim.Options{Switches: map[string]string{"site-list-vhost": list, "site-vhosts": vhosts, "site-state": state}}, func(_ *testing.T, s *stand) {
					ids := s.makeSites(2)
					c := s.conversation(nil)
					owners := s.show(c, ids)
					s.driftOfAVhost(name, c, ids[1], owners[1], list == "vhosts", 11*time.Minute)
					s.quiet(name, owners, 3*time.Hour)
				})
			}
		}
	}
}

// Many are asked for by ten after each sweep, each once an hour and not much later.
func TestDriftOfOneSiteAmongManyIsFound(t *testing.T) {
	inStand(t, nil, func(t *testing.T, s *stand) {
		ids := s.makeSites(25)
		c := s.conversation(nil)
		owners := s.show(c, ids)
		s.driftOfAVhost("one of 25", c, ids[24], owners[24], false, 3*11*time.Minute)
		was := len(s.world.Journal())
		s.quiet("25", owners, 5*time.Hour)
		counts := s.infosPerSweep(was)
		sum := 0
		for _, n := range counts {
			sum += n
			if n > 10 {
				t.Errorf("questions after sweeps: %v", counts)
			}
		}
		if sum < 4*25 || sum > 5*25 {
			t.Errorf("%d questions in 5 hours for 25 sites: %v", sum, counts)
		}
		for _, id := range ids {
			if r := c.Inventory().Site(id); r.Seen != Informed || time.Since(r.At) > 95*time.Minute {
				t.Errorf("a site is %v since %v", r.Seen, time.Since(r.At))
			}
		}
	})
}

// quiet lets time pass in which nobody is woken.
func (s *stand) quiet(name string, owners []operation.Owner, d time.Duration) {
	s.Helper()
	s.forgetWakes()
	time.Sleep(d)
	for _, o := range owners {
		if s.wakes(o) != 0 {
			s.Errorf("%s: %v was woken though nothing changed", name, o)
		}
	}
}

// driftOfAVhost gives a site another second vhost, which has to be found within
// that time after the age at which a site is asked for again, or by the next list.
func (s *stand) driftOfAVhost(name string, c *Conversation, id gandi.SiteID, o operation.Owner, listed bool, within time.Duration) {
	s.Helper()
	inv := c.Inventory()
	first := inv.Site(id)
	changed := []string{first.Value.Vhosts[0], parked("other")}
	s.panel(map[string]any{"type": "site", "id": int(id), "vhosts": []any{changed[0], changed[1]}})
	time.Sleep(12 * time.Minute)
	if listed {
		if r := inv.Site(id); r.Seen != Listed || s.wakes(o) == 0 || !slices.Equal(r.Value.Vhosts, changed) {
			s.Errorf("%s: a list that tells it leaves %+v, woken %d", name, r, s.wakes(o))
		}
		c.Refresh(o, Want{Kind: WantSite, ID: int(id)}) // as its object would
		time.Sleep(5 * time.Second)
	} else {
		if diff := cmp.Diff(first, inv.Site(id)); diff != "" || s.wakes(o) != 0 {
			s.Errorf("%s: after a list that does not tell it, woken %d:\n%s", name, s.wakes(o), diff)
		}
		time.Sleep(time.Until(first.At.Add(time.Hour + within + 10*time.Second)))
	}
	if r := inv.Site(id); r.Seen != Informed || !slices.Equal(r.Value.Vhosts, changed) || s.wakes(o) == 0 {
		s.Errorf("%s: found is %+v, woken %d", name, r, s.wakes(o))
	}
}

// Alone, a site is read again within 71 minutes.
func TestDriftOfOneSiteIsFoundWithinTheHour(t *testing.T) {
	inStand(t, nil, func(t *testing.T, s *stand) {
		ids := s.makeSites(1)
		c := s.conversation(nil)
		owners := s.show(c, ids)
		s.panel(map[string]any{"type": "site", "id": int(ids[0]), "package": "professional"})
		calls := s.since(func() { time.Sleep(71*time.Minute + 10*time.Second) })
		if r := c.Inventory().Site(ids[0]); r.Seen != Informed || r.Value.Package != "professional" || s.wakes(owners[0]) != 1 || calls["site.info"] != 1 {
			t.Errorf("the site is %+v, woken %d, calls %v", r, s.wakes(owners[0]), calls)
		}
	})
}

// What a list does tell, and what it lacks, is found by the next sweep.
func TestSweepsWakeTheOwnersOfSites(t *testing.T) {
	type want struct {
		seen  Seen
		woken bool
		after Seen // once the owner has asked
	}
	seen := func(told, then Seen) want { return want{told, true, then} }
	for _, c := range []struct {
		name     string
		switches map[string]string
		change   map[string]any
		want     want
	}{
		{"nothing", nil, map[string]any{}, want{Informed, false, Informed}},
		{"renamed", nil, map[string]any{"name": "renamed"}, seen(Listed, Informed)},
		{"another preferred vhost", nil, map[string]any{"vhosts": []any{parked("x"), parked("site0")}}, seen(Listed, Informed)},
		{"deleted", nil, map[string]any{"delete": true}, seen(Unlisted, NotFound)},
		{"ended and gone", nil, map[string]any{"expire": true}, seen(Unlisted, NotFound)},
		{"ended and listed", map[string]string{"expired-sites": "listed"}, map[string]any{"expire": true}, seen(Listed, Informed)},
		{"ended, listed, in other words", map[string]string{"expired-sites": "listed", "site-state": "running"}, map[string]any{"expire": true}, seen(Listed, Informed)},
		{"ended, listed, untold", map[string]string{"expired-sites": "listed", "site-state": "untold"}, map[string]any{"expire": true}, want{Informed, false, Informed}},
		{"numbers as strings", map[string]string{"site-id": "string"}, map[string]any{"name": "renamed"}, seen(Listed, Informed)},
	} {
		inStand(t, &gandisim.Options{Switches: c.switches}, func(t *testing.T, s *stand) {
			ids := s.makeSites(2)
			conv := s.conversation(nil)
			owners := s.show(conv, ids)
			first := conv.Inventory().Site(ids[1])
			if len(c.change) > 0 {
				c.change["type"], c.change["id"] = "site", int(ids[0])
				s.panel(c.change)
			}
			time.Sleep(12 * time.Minute)
			told := conv.Inventory().Site(ids[0])
			woken := s.wakes(owners[0]) > 0
			conv.Refresh(owners[0], Want{Kind: WantSite, ID: int(ids[0])})
			time.Sleep(5 * time.Second)
			if got := (want{told.Seen, woken, conv.Inventory().Site(ids[0]).Seen}); got != c.want {
				t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
			}
			if diff := cmp.Diff(first, conv.Inventory().Site(ids[1])); diff != "" || s.wakes(owners[1]) != 0 {
				t.Errorf("%s: the other site, woken %d times:\n%s", c.name, s.wakes(owners[1]), diff)
			}
			// Then all is quiet.
			s.forgetWakes()
			time.Sleep(50 * time.Minute)
			if n := s.wakes(owners[0]); n != 0 {
				t.Errorf("%s: woken %d times more", c.name, n)
			}
		})
	}
}

// Of a site that lists still show, info may say that it is not there.
func TestAnOldSiteThatIsNotFound(t *testing.T) {
	inStand(t, nil, func(t *testing.T, s *stand) {
		ids := s.makeSites(1)
		c := s.conversation(nil)
		owners := s.show(c, ids)
		s.world.Script(gandisim.Trouble{Method: "site.info", Fault: &gandisim.Fault{Code: 581142, Text: "Error on object : OBJECT_SITE (CAUSE_NOTFOUND) [Site 1 doesn't exist.]"}})
		time.Sleep(59 * time.Minute)
		if r := c.Inventory().Site(ids[0]); r.Seen != Informed || s.wakes(owners[0]) != 0 {
			t.Errorf("young, the site is %v, woken %d", r.Seen, s.wakes(owners[0]))
		}
		found := false
		for range 13 * 60 {
			time.Sleep(time.Second)
			found = found || c.Inventory().Site(ids[0]).Seen == NotFound
		}
		if !found || s.wakes(owners[0]) == 0 {
			t.Errorf("found gone: %v, woken %d", found, s.wakes(owners[0]))
		}
	})
}

// A site that cannot be read keeps nobody from anything.
func TestSitesThatCannotBeRead(t *testing.T) {
	for name, trouble := range map[string]gandisim.Trouble{
		"refused": {Fault: &gandisim.Fault{Code: 583037, Text: "Error on object : OBJECT_SITE (CAUSE_BADPARAMETER) [no]"}},
		"faulty":  {Fault: &gandisim.Fault{Code: 500066, Text: "Error on object : OBJECT_SITE (CAUSE_BADPARAMETER) [no such column]"}},
		"broken":  {Status: 500},
		"slow":    {Delay: 50 * time.Second},
	} {
		inStand(t, nil, func(t *testing.T, s *stand) {
			ids := s.makeSites(3)
			c := s.conversation(nil)
			inv := c.Inventory()
			owners := s.show(c, ids)
			trouble.Method = "site.info"
			s.world.Script(trouble)
			mark := c.Mark()
			was := len(s.world.Journal())
			time.Sleep(5 * time.Hour)
			if n := inv.SweepsBegunSince(mark); n < 27 || n != inv.SweepsBegunSinceOf(WantSite, mark) || c.Breaker() != BreakerClosed {
				t.Errorf("%s: %d sweeps in 5 hours, of sites %d, the breaker is %s", name, n, inv.SweepsBegunSinceOf(WantSite, mark), c.Breaker())
			}
			if r := inv.Site(ids[0]); r.Seen != Informed {
				t.Errorf("%s: the site became %v", name, r.Seen)
			}
			for _, n := range s.infosPerSweep(was) {
				if n > 9 { // 3 sites, and a client that tries thrice
					t.Errorf("%s: questions after sweeps: %v", name, s.infosPerSweep(was))
				}
			}
			s.world.ClearTroubles()
			time.Sleep(15 * time.Minute)
			for i, id := range ids {
				if r := inv.Site(id); r.Seen != Informed || time.Since(r.At) > time.Hour || s.wakes(owners[i]) != 0 {
					t.Errorf("%s: when it works again a site is %v since %v, woken %d", name, r.Seen, time.Since(r.At), s.wakes(owners[i]))
				}
			}
		})
	}
}

// A list of sites that breaks holds up nobody else, and nothing is taken from it.
func TestABrokenListOfSites(t *testing.T) {
	inStand(t, nil, func(t *testing.T, s *stand) {
		ids := s.makeSites(2)
		c := s.conversation(nil)
		inv := c.Inventory()
		owners := s.show(c, ids)
		s.world.Script(gandisim.Trouble{Method: "site.list", Fault: &gandisim.Fault{Code: 583037, Text: "Error on object : OBJECT_SITE (CAUSE_BADPARAMETER) [no]"}})
		mark := c.Mark()
		time.Sleep(30 * time.Minute)
		if inv.SweepsBegunSince(mark) == 0 || inv.SweepsBegunSinceOf(WantSite, mark) != 0 || inv.Site(ids[0]).Seen != Informed || s.wakes(owners[0]) != 0 {
			t.Errorf("%d sweeps, of sites %d; the site is %v, woken %v", inv.SweepsBegunSince(mark), inv.SweepsBegunSinceOf(WantSite, mark), inv.Site(ids[0]).Seen, s.woken)
		}
	})
}
