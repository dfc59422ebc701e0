package account

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gandi-operator/gandi-operator/internal/gandi"
	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
)

func TestOffersOfSitesAreCached(t *testing.T) {
	inStand(t, nil, func(t *testing.T, s *stand) {
		c := s.conversation(nil)
		professional := gandi.SitePackage{Provider: "basekit_whitelabel", Name: "professional"}
		read := func() {
			var wg sync.WaitGroup
			for range 10 {
				wg.Go(func() {
					if list, err := c.SitePackages(t.Context(), professional.Provider, ""); err != nil || len(list) != 3 || list[1] != professional {
						t.Errorf("packages %v, %v", list, err)
					}
					if list, err := c.SitePackages(t.Context(), professional.Provider, "professional"); err != nil || len(list) != 1 || list[0].Name != "business" {
						t.Errorf("packages after professional %v, %v", list, err)
					}
					for _, action := range []string{gandi.ActionUpdate, gandi.ActionCreate} {
						if list, err := c.SitePrice(t.Context(), professional, action); err != nil || len(list) != 1 || list[0].Amount == 0 {
							t.Errorf("price to %s %v, %v", action, list, err)
						}
					}
					for _, vhost := range []string{"www.example.org", "www.example.net"} {
						if list, err := c.SiteDNSEntries(t.Context(), vhost); err != nil || len(list) == 0 || list[0].Host != vhost {
							t.Errorf("records of %s %v, %v", vhost, list, err)
						}
					}
				})
			}
			wg.Wait()
		}
		want := map[string]int{"site.package.list": 2, "catalog.list": 2, "site.get_dns_entries": 2}
		if diff := cmp.Diff(want, s.since(read)); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
		time.Sleep(4 * time.Minute)
		if calls := s.since(read); len(calls) != 0 {
			t.Errorf("within 5 minutes: %v", calls)
		}
		c.RefreshCatalog()
		if diff := cmp.Diff(want, s.since(read)); diff != "" {
			t.Errorf("after a drop (-want +got):\n%s", diff)
		}
		time.Sleep(5 * time.Minute)
		if diff := cmp.Diff(want, s.since(read)); diff != "" {
			t.Errorf("after 5 minutes (-want +got):\n%s", diff)
		}
		if list, err := c.SitePrice(t.Context(), gandi.SitePackage{Provider: "x", Name: "y"}, gandi.ActionUpdate); err != nil || len(list) != 0 {
			t.Errorf("the price of what there is not: %v, %v", list, err)
		}
	})
}

// What went wrong is told as it is, and not kept.
func TestOffersOfSitesThatFail(t *testing.T) {
	inStand(t, nil, func(t *testing.T, s *stand) {
		c := s.conversation(nil)
		for _, one := range []struct {
			method, prefix string
			read           func() error
		}{
			{"site.package.list", "listing the packages of sites: ", func() error { _, err := c.SitePackages(t.Context(), "", ""); return err }},
			{"catalog.list", "asking for the price of p_n: ", func() error {
				_, err := c.SitePrice(t.Context(), gandi.SitePackage{Provider: "p", Name: "n"}, gandi.ActionCreate)
				return err
			}},
			{"site.get_dns_entries", "asking for the DNS records of www.example.org: ", func() error { _, err := c.SiteDNSEntries(t.Context(), "www.example.org"); return err }},
		} {
			fault := &gandisim.Fault{Code: 581142, Text: "Error on object : OBJECT_SITE (CAUSE_NOTFOUND) [no]"}
			s.world.Script(gandisim.Trouble{Method: one.method, Nth: 1, Fault: fault}, gandisim.Trouble{Method: one.method, Nth: 2, Status: 429})
			err := one.read()
			if f, ok := errors.AsType[*gandi.Fault](err); !ok || f.Code != fault.Code || gandi.ClassOf(err) != gandi.NotFound || !strings.HasPrefix(err.Error(), one.prefix) {
				t.Errorf("%s: a fault gives %v of class %v", one.method, err, gandi.ClassOf(err))
			}
			if err := one.read(); err == nil || gandi.ClassOf(err) != gandi.Throttled {
				t.Errorf("%s: a refusal gives %v of class %v", one.method, err, gandi.ClassOf(err))
			}
			time.Sleep(time.Minute)
			if err := one.read(); err != nil {
				t.Errorf("%s: then %v", one.method, err)
			}
		}
	})
}

// There is no end of vhosts.
func TestShelvesAreBounded(t *testing.T) {
	inStand(t, nil, func(t *testing.T, s *stand) {
		c := s.conversation(nil)
		vhost := func(n int) string { return fmt.Sprintf("www%d.example.org", n) }
		ask := func(n int) {
			if _, err := c.SiteDNSEntries(t.Context(), vhost(n)); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Millisecond)
		}
		for n := range maxShelves {
			ask(n)
		}
		if calls := s.since(func() { ask(0); ask(maxShelves - 1) }); len(calls) != 0 {
			t.Errorf("of as many as are kept: %v", calls)
		}
		ask(maxShelves)
		if len(c.catalog.entries) != maxShelves {
			t.Errorf("%d shelves are kept", len(c.catalog.entries))
		}
		if calls := s.since(func() { ask(1); ask(maxShelves) }); len(calls) != 0 {
			t.Errorf("one more puts away more than the oldest: %v", calls)
		}
		if calls := s.since(func() { ask(0) }); calls["site.get_dns_entries"] != 1 {
			t.Errorf("the oldest is still there: %v", calls)
		}
		// What fails takes no good one's place for long.
		s.world.Script(gandisim.Trouble{Method: "site.get_dns_entries", Status: 429})
		for n := range 5 {
			if _, err := c.SiteDNSEntries(t.Context(), fmt.Sprint("bad", n)); err == nil {
				t.Error("no error")
			}
		}
		s.world.ClearTroubles()
		time.Sleep(time.Minute)
		if calls := s.since(func() { ask(5); ask(maxShelves) }); len(calls) != 0 || len(c.catalog.entries) != maxShelves {
			t.Errorf("after failures %d shelves, %v", len(c.catalog.entries), calls)
		}
	})
}
