package site

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

func oneOf[T any](r *rand.Rand, all ...T) T { return all[r.IntN(len(all))] }

var ladder = []string{"personal", "professional", "business"}

func someVhosts(r *rand.Rand) []string {
	all := []string{parked, strange, "api.example.org", "www.example.net"}
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all[:1+r.IntN(len(all))]
}

func randomSpec(r *rand.Rand) *v1alpha1.GandiSite {
	s := wanted(on(someVhosts(r)...), named(oneOf(r, "", "shop", "Our shop")), packaged(oneOf(r, "", "personal", "professional", "business", "huge")),
		lasting(oneOf(r, "", "3m", "1y")), provided(oneOf(r, "", defaultProvider, "other")), through(oneOf(r, v1alpha1.DNSManual, v1alpha1.DNSGandiZone, v1alpha1.DNSExternalDNS)))
	for _, o := range []siteOpt{byHand, unchecked, deleted} {
		if r.IntN(4) == 0 {
			o(s)
		}
	}
	return s
}

func randomWorld(r *rand.Rand, obj *v1alpha1.GandiSite) Observed {
	s := seen(has(someVhosts(r)...), applied(appliedDuration, "3m"))
	s.Site.Name, s.Site.Package = oneOf(r, "shop", "theirs"), oneOf(r, ladder...)
	s.Offers = ladder[slices.Index(ladder, s.Site.Package)+1:]
	if r.IntN(3) == 0 {
		nothing(&s)
		s.Offers = oneOf(r, nil, ladder)
		oneOf(r, clean, due, problems("odd"), func(s *Observed) { s.Check = Check{Due: true} })(&s)
	}
	for _, o := range []obsOpt{
		records(someVhosts(r)...), records("example.org"), over, failing, retained, costing("1 EUR"), due, clean, kept(installed), kept(taken), kept(publishedFor(obj.Spec.Vhosts...)),
		approved(oneOf(r, "business", "professional again")), applied(appliedUpgrade, oneOf(r, "business", "professional")), applied(appliedZones, oneOf(r, "r ", "q ")+strange),
		failed(oneOf(r, busy, refused, "Unconfirmed"), int32(r.IntN(4)), gandi.SiteAlterZone{Host: strange}, gandi.SiteUpdate{ID: 7, Vhosts: obj.Spec.Vhosts}, gandi.SiteUpdate{ID: 7, Name: &obj.Spec.Name}),
	} {
		if r.IntN(5) == 0 {
			o(&s)
		}
	}
	if s.Site != nil {
		s.Check = Check{}
		if r.IntN(6) == 0 {
			untold(&s)
		}
	}
	return s
}

// Whatever is asked for and whatever is found, applying one action after the other to
// a model of the world ends, buys once at most, never sends the same call twice, and
// ends with what was asked for.
func TestPlanConverges(t *testing.T) {
	seeds := uint64(20_000)
	if testing.Short() {
		seeds = 2_000
	}
	for seed := range seeds {
		r := rand.New(rand.NewPCG(seed, 1))
		obj := randomSpec(r)
		s := randomWorld(r, obj)
		before := fmt.Sprintf("%+v", s)
		actions, err := engine.Preview(Kind{}, obj, s)
		if err != nil {
			t.Fatalf("seed %d: %v: %v", seed, err, summary(actions))
		}
		if now := fmt.Sprintf("%+v", s); now != before {
			t.Fatalf("seed %d: the plan changed what was observed", seed)
		}
		sound(t, seed, obj, s, actions)
		report(t, seed, obj, s)
	}
}

func summary(actions []engine.Action) []string {
	var words []string
	for _, a := range actions {
		words = append(words, inWords(a))
	}
	return words
}

// sound checks a preview by other means than the plan's own comparisons.
func sound(t *testing.T, seed uint64, obj *v1alpha1.GandiSite, s Observed, actions []engine.Action) {
	t.Helper()
	first := s
	times := map[string]int{}
	for _, a := range actions {
		if a.Verb != engine.Do {
			continue
		}
		times[a.Call.Method()+inWords(a)]++
		if times[a.Call.Method()+inWords(a)] > 1 {
			t.Fatalf("seed %d: %s twice: %v", seed, inWords(a), summary(actions))
		}
		if u, ok := a.Call.(gandi.SiteUpgrade); ok && (slices.Index(ladder, u.Package) <= slices.Index(ladder, s.Site.Package) || len(a.Handles) == 0) {
			t.Errorf("seed %d: from %s to %s", seed, s.Site.Package, u.Package)
		}
		s = (Kind{}).Effect(s, a.Call)
	}
	bought, asked := times["site.createsite.create"], times["site.createask"]
	switch {
	case (bought > 0 || asked > 0) && (first.Site != nil || !obj.DeletionTimestamp.IsZero()):
		t.Errorf("seed %d: buys another: %v", seed, summary(actions))
	case bought > 0 && asked == 0 && !obj.Spec.DNS.SkipCheck && !first.Check.Clean:
		t.Errorf("seed %d: buys unasked: %v", seed, summary(actions))
	case times["site.deletesite.delete"] > 0 && (first.Retain || obj.DeletionTimestamp.IsZero()):
		t.Errorf("seed %d: deletes: %v", seed, summary(actions))
	}
	if actions[len(actions)-1].Verb != engine.InSync {
		return
	}
	switch site := s.Site; {
	case site == nil || s.Ended != "":
		t.Errorf("seed %d: in sync with nothing: %v", seed, summary(actions))
	case obj.Spec.Name != "" && site.Name != obj.Spec.Name, obj.Spec.Package != "" && site.Package != obj.Spec.Package:
		t.Errorf("seed %d: %q %s: %v", seed, site.Name, site.Package, summary(actions))
	case site.PreferredVhost != obj.Spec.Vhosts[0], site.VhostsTold && len(site.Vhosts) != len(obj.Spec.Vhosts):
		t.Errorf("seed %d: on %v: %v", seed, site.Vhosts, summary(actions))
	}
}

// report checks that whatever was observed can be told.
func report(t *testing.T, seed uint64, obj *v1alpha1.GandiSite, s Observed) {
	t.Helper()
	Kind{}.Report(obj, s)
	for _, c := range obj.Status.Conditions {
		if c.Message == "" || c.Reason == "" || strings.Contains(c.Message, time.Minute.String()) {
			t.Errorf("seed %d: %s is %q", seed, c.Type, c.Message)
		}
	}
}
