package account

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gandi-operator/gandi-operator/internal/gandi"
	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
)

// withOldSites has n sites that somebody shows and that were read an hour ago,
// and no sweep for hours.
func withOldSites(t *testing.T, n int, f func(t *testing.T, s *stand, c *Conversation, ids []gandi.SiteID)) {
	t.Helper()
	inStand(t, nil, func(t *testing.T, s *stand) {
		ids := s.makeSites(n)
		c := s.conversation(func(x *Settings) { x.Resync = 6 * time.Hour })
		s.show(c, ids)
		time.Sleep(siteAge)
		f(t, s, c, ids)
	})
}

// readAgain counts the sites that were read since then.
func readAgain(c *Conversation, ids []gandi.SiteID, since time.Time) (n int) {
	for _, id := range ids {
		if r := c.Inventory().Site(id); r.Seen == Informed && !r.At.Before(since) {
			n++
		}
	}
	return n
}

// waits counts what went through the limiter, by priority.
func (s *stand) waits() map[string]uint64 {
	s.Helper()
	families, err := s.gathers.Gather()
	if err != nil {
		s.Fatal(err)
	}
	told := map[string]uint64{}
	for _, f := range families {
		if f.GetName() != "gandi_limiter_wait_seconds" {
			continue
		}
		for _, m := range f.GetMetric() {
			told[m.GetLabel()[0].GetValue()] = m.GetHistogram().GetSampleCount()
		}
	}
	return told
}

func TestOldSitesGoLastAndThroughThePace(t *testing.T) {
	withOldSites(t, 12, func(t *testing.T, s *stand, c *Conversation, ids []gandi.SiteID) {
		before, began := s.waits(), time.Now()
		c.reader.pace.spend(0) // brings it up to date
		left := c.reader.pace.left
		calls := s.since(func() { c.reader.askOldSites(t.Context()) })
		if diff := cmp.Diff(map[string]int{"site.info": 10}, calls); diff != "" || readAgain(c, ids, began) != 10 {
			t.Errorf("%d were read, calls (-want +got):\n%s", readAgain(c, ids, began), diff)
		}
		after := s.waits()
		if after["sweep"]-before["sweep"] != 10 || after["request"] != before["request"] {
			t.Errorf("through the limiter went %v, then %v", before, after)
		}
		perSecond := float64(c.rate()) / paceShare
		if spent := left + time.Since(began).Seconds()*perSecond - c.reader.pace.left; spent < 9 || spent > 11 {
			t.Errorf("%.1f pages were spent for 10 sites", spent)
		}
		// In debt they wait.
		time.Sleep(time.Second)
		c.reader.pace.spend(int(c.reader.pace.left) + int(30*perSecond))
		began = time.Now()
		c.reader.askOldSites(t.Context())
		if waited := time.Since(began); waited < 25*time.Second || waited > 40*time.Second || readAgain(c, ids, began) != 2 {
			t.Errorf("%d were read after %v", readAgain(c, ids, began), waited)
		}
	})
}

// What somebody asks for while they wait is not asked for again.
func TestOldSitesThatSomebodyElseReads(t *testing.T) {
	withOldSites(t, 2, func(t *testing.T, s *stand, c *Conversation, ids []gandi.SiteID) {
		c.reader.pace.spend(paceBurst + c.rate()/paceShare*10)
		calls := s.since(func() {
			done := make(chan struct{})
			go func() { defer close(done); c.reader.askOldSites(t.Context()) }()
			time.Sleep(time.Second)
			c.Refresh(ownerNamed("a"), Want{Kind: WantSite, ID: int(ids[1])})
			<-done
		})
		if diff := cmp.Diff(map[string]int{"site.info": 2}, calls); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
	})
}

// Sites that cannot be read do not keep the others from being read.
func TestOldSitesTakeTurns(t *testing.T) {
	withOldSites(t, 12, func(t *testing.T, s *stand, c *Conversation, ids []gandi.SiteID) {
		s.world.Script(gandisim.Trouble{Method: "site.info", Nth: 1, Count: 10, Fault: &gandisim.Fault{Code: 583037, Text: "Error on object : OBJECT_SITE (CAUSE_BADPARAMETER) [no]"}})
		began := time.Now()
		c.reader.askOldSites(t.Context())
		if n := readAgain(c, ids, began); n != 0 {
			t.Errorf("%d sites could be read", n)
		}
		time.Sleep(time.Minute)
		c.reader.askOldSites(t.Context())
		if n := readAgain(c, ids[10:], began); n != 2 || readAgain(c, ids, began) != 10 {
			t.Errorf("of those that had to wait %d were read, of all %d", n, readAgain(c, ids, began))
		}
	})
}

// An outage ends the round; the next sweep begins another.
func TestOldSitesInAnOutage(t *testing.T) {
	withOldSites(t, 5, func(t *testing.T, s *stand, c *Conversation, ids []gandi.SiteID) {
		s.world.Script(gandisim.Trouble{Method: "*", Status: 502})
		began := time.Now()
		calls := s.since(func() { c.reader.askOldSites(t.Context()) })
		if calls["site.info"] > tripAfter {
			t.Errorf("in an outage: %v", calls)
		}
		time.Sleep(time.Minute)
		if calls := s.since(func() { c.reader.askOldSites(t.Context()) }); calls["site.info"] != 0 || c.Breaker() != BreakerOpen {
			t.Errorf("with the breaker %s: %v", c.Breaker(), calls)
		}
		s.world.ClearTroubles()
		time.Sleep(time.Minute)
		c.Refresh(ownerNamed("a"), Want{Kind: WantSweep})
		time.Sleep(time.Minute)
		if n := readAgain(c, ids, began); n != 5 {
			t.Errorf("%d sites were read after the outage", n)
		}
	})
}
