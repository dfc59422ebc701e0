package account

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gandi-operator/gandi-operator/internal/gandi"
	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
)

func TestPricesOfCalls(t *testing.T) {
	for _, c := range []struct {
		call gandi.Call
		want price
	}{
		{gandi.VMCreateFrom{}, credits},
		{gandi.VMCreate{}, credits},
		{gandi.DiskCreate{}, credits},
		{gandi.DiskCreateFrom{}, credits},
		{gandi.IfaceCreate{}, credits},
		{gandi.VLANCreate{}, counted},
		{gandi.SiteCreate{}, counted},
		{gandi.SiteCreateDryRun{}, counted},
		{gandi.SSHKeyCreate{}, free},
		{gandi.SiteUpdate{}, free},
		{gandi.SiteUpdateDryRun{}, free},
		{gandi.SiteUpgrade{}, free},
		{gandi.SiteDelete{}, free},
		{gandi.VMStart{}, free},
	} {
		if got := priceOf(c.call); got != c.want {
			t.Errorf("%T costs %d, want %d", c.call, got, c.want)
		}
	}
}

func siteSpec(name string) gandi.SiteSpec {
	return gandi.SiteSpec{Name: name, Provider: "basekit_whitelabel", Package: "personal", Vhosts: []string{parked(name)}, Duration: "3m"}
}

// used is how much of the budget stands as used up.
func used(c *Conversation) int {
	c.budget.mu.Lock()
	defer c.budget.mu.Unlock()
	return c.budget.base + len(c.budget.own)
}

// paidCalls is what gandi_paid_calls_total tells.
func (s *stand) paidCalls() float64 {
	s.Helper()
	families, err := s.gathers.Gather()
	if err != nil {
		s.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == "gandi_paid_calls_total" {
			return f.GetMetric()[0].GetCounter().GetValue()
		}
	}
	s.Fatal("there is no gandi_paid_calls_total")
	return 0
}

// A dry run costs what it bought: nothing, unless Gandi ignores the flag or
// nobody knows.
func TestWhatADryRunCosts(t *testing.T) {
	taken, foreign := siteSpec("taken"), siteSpec("mine")
	foreign.Vhosts = append(foreign.Vhosts, "www.example.org")
	bare := siteSpec("x")
	bare.Vhosts = nil
	for _, c := range []struct {
		name     string
		position string // of the switch site-dry-run
		trouble  gandisim.Trouble
		site     gandi.SiteSpec
		outcome  gandi.DryRunOutcome
		class    gandi.Class // of the error, if there is one
		fails    bool
		used     int
		bought   int
	}{
		{name: "nothing speaks against it", position: "honoured", site: siteSpec("mine"), outcome: gandi.DryRunClean},
		{name: "a record is missing", position: "honoured", site: foreign, outcome: gandi.DryRunProblems},
		{name: "a vhost is taken", position: "honoured", site: taken, outcome: gandi.DryRunProblems},
		{name: "of creates alone", position: "create-only", site: siteSpec("mine"), outcome: gandi.DryRunClean},
		{name: "it acted", position: "ignored", site: siteSpec("mine"), outcome: gandi.DryRunActed, used: 1, bought: 1},
		{name: "it was refused", position: "ignored", site: bare, fails: true, class: gandi.Refused},
		{name: "taken, perhaps by itself", position: "ignored", site: taken, fails: true, class: gandi.OutcomeUnknown, used: 1},
		{name: "nobody knows, and it bought", position: "ignored", trouble: gandisim.Trouble{Cut: "after"}, site: siteSpec("mine"), fails: true, class: gandi.OutcomeUnknown, used: 1, bought: 1},
		{name: "nobody knows", position: "honoured", trouble: gandisim.Trouble{Cut: "after"}, site: siteSpec("mine"), fails: true, class: gandi.OutcomeUnknown, used: 1},
	} {
		inStand(t, &gandisim.Options{Switches: map[string]string{"site-dry-run": c.position}}, func(t *testing.T, s *stand) {
			s.panel(map[string]any{"type": "site", "create": map[string]any{"name": "other", "vhosts": []any{parked("taken")}, "handle": "CD5678-GANDI"}})
			conv := s.conversation(func(x *Settings) { x.CreatesPerHour = new(1) })
			slot, err := conv.Reserve(t.Context(), ownerNamed("a"), gandi.SiteCreateDryRun{Site: c.site})
			if err != nil {
				t.Fatal(err)
			}
			if used(conv) != 1 {
				t.Errorf("%s: before the answer %d is used", c.name, used(conv))
			}
			if c.trouble != (gandisim.Trouble{}) {
				c.trouble.Method, c.trouble.Nth = "site.create", 1
				s.world.Script(c.trouble)
			}
			ops, err := slot.Submit(t.Context(), gandi.SiteCreateDryRun{Site: c.site})
			outcome, _ := gandi.DryRunOf(ops)
			if (err != nil) != c.fails || err != nil && gandi.ClassOf(err) != c.class || outcome != c.outcome {
				t.Errorf("%s: %v, %v", c.name, outcome, err)
			}
			if used(conv) != c.used || s.paidCalls() != float64(c.used) || len(conv.slots) != 0 {
				t.Errorf("%s: %d is used, %v counted as paid, %d slots taken; want %d", c.name, used(conv), s.paidCalls(), len(conv.slots), c.used)
			}
			time.Sleep(time.Minute)
			if n := len(s.world.State()["sites"].([]any)) - 1; n != c.bought {
				t.Errorf("%s: %d sites were bought, want %d", c.name, n, c.bought)
			}
			_, err = conv.Reserve(t.Context(), ownerNamed("a"), gandi.SiteCreate{Site: c.site})
			if n, ok := errors.AsType[*NotNow](err); (c.used > 0) != (ok && n.Reason == ReasonBudgetExhausted) {
				t.Errorf("%s: the create after it: %v", c.name, err)
			}
			if inFlight := conv.Tracker().Latest() != 0; c.outcome == gandi.DryRunActed && !inFlight {
				t.Errorf("%s: nothing was learned of what it bought", c.name)
			}
		})
	}
}

// A question needs a place in the budget, since it may buy.
func TestADryRunWaitsForTheBudget(t *testing.T) {
	inStand(t, nil, func(t *testing.T, s *stand) {
		c := s.conversation(func(x *Settings) { x.CreatesPerHour = new(1) })
		s.submit(c, gandi.SiteCreate{Site: siteSpec("one")})
		if used(c) != 1 || s.paidCalls() != 1 {
			t.Errorf("a site is %d of the budget and %v paid calls", used(c), s.paidCalls())
		}
		_, err := c.Reserve(t.Context(), ownerNamed("a"), gandi.SiteCreateDryRun{Site: siteSpec("two")})
		if n, ok := errors.AsType[*NotNow](err); !ok || n.Reason != ReasonBudgetExhausted {
			t.Errorf("got %v", err)
		}
		// What costs nothing goes on: keys too.
		time.Sleep(time.Minute)
		s.makeKey(c, "me", 0)
		s.submit(c, gandi.SiteUpdateDryRun{Update: gandi.SiteUpdate{ID: gandi.SiteID(s.idOf("sites", "name", "one")), Vhosts: []string{parked("one")}}})
		if used(c) != 1 || s.paidCalls() != 1 {
			t.Errorf("then %d of the budget and %v paid calls", used(c), s.paidCalls())
		}
	})
}

// Sites of an earlier process count, also those that a dry run bought.
func TestTheBudgetCountsSites(t *testing.T) {
	inStand(t, &gandisim.Options{Switches: map[string]string{"site-dry-run": "ignored"}}, func(t *testing.T, s *stand) {
		early := s.conversation(nil)
		s.submit(early, gandi.SiteCreate{Site: siteSpec("one")})
		s.submit(early, gandi.SiteCreateDryRun{Site: siteSpec("two")})
		s.registry.Unbind(accountNamed("main"), "", "")
		c := s.conversation(func(x *Settings) { x.CreatesPerHour = new(3) })
		if _, err := c.Reserve(t.Context(), ownerNamed("a"), gandi.SiteCreate{}); err != nil {
			t.Errorf("the third of three: %v", err)
		}
		_, err := c.Reserve(t.Context(), ownerNamed("a"), gandi.SiteCreate{})
		if n, ok := errors.AsType[*NotNow](err); !ok || n.Reason != ReasonBudgetExhausted {
			t.Errorf("the fourth of three: %v", err)
		}
	})
}

// Without hosting credits what needs none is bought all the same.
func TestWithoutCredits(t *testing.T) {
	inStand(t, nil, func(t *testing.T, s *stand) {
		c := s.conversation(nil)
		c.SetNoCredits(true)
		held := map[string]bool{}
		for _, call := range []gandi.Call{
			gandi.VMCreateFrom{}, gandi.VMCreate{}, gandi.DiskCreate{}, gandi.DiskCreateFrom{}, gandi.IfaceCreate{},
			gandi.VLANCreate{}, gandi.SSHKeyCreate{}, gandi.SiteCreate{}, gandi.SiteCreateDryRun{}, gandi.SiteUpgrade{}, freeCall,
		} {
			slot, err := c.Reserve(t.Context(), ownerNamed("a"), call)
			n, ok := errors.AsType[*NotNow](err)
			switch {
			case err == nil:
				slot.Withdraw()
			case ok && n.Reason == ReasonNoCredits:
				held[call.Method()] = true
			default:
				t.Errorf("%T: %v", call, err)
			}
		}
		want := map[string]bool{
			"hosting.vm.create_from": true, "hosting.vm.create": true, "hosting.disk.create": true, "hosting.disk.create_from": true, "hosting.iface.create": true,
		}
		if diff := cmp.Diff(want, held); diff != "" {
			t.Errorf("held are (-want +got):\n%s", diff)
		}
		s.submit(c, gandi.SiteCreate{Site: siteSpec("one")})
		if used(c) != 1 {
			t.Errorf("%d of the budget is used", used(c))
		}
	})
}

// A slot is good for what it was reserved for.
func TestASlotIsForCallsOfOnePrice(t *testing.T) {
	calls := []gandi.Call{freeCall, gandi.SiteCreate{Site: siteSpec("one")}, gandi.DiskCreate{Disk: gandi.DiskSpec{DatacenterID: 3, Name: "a", SizeMB: 1024}}}
	inStand(t, nil, func(t *testing.T, s *stand) {
		c := s.conversation(nil)
		for i, reserved := range calls {
			for j, sent := range calls {
				if i == j {
					continue
				}
				slot, err := c.Reserve(t.Context(), ownerNamed("a"), reserved)
				if err != nil {
					t.Fatal(err)
				}
				sendAnyway := s.since(func() { _, err = slot.Submit(t.Context(), sent) })
				if !errors.Is(err, errUnpaid) || len(sendAnyway) != 0 {
					t.Errorf("%T in a slot for %T: %v, %v", sent, reserved, err, sendAnyway)
				}
				slot.Withdraw()
			}
		}
		if used(c) != 0 || len(c.slots) != 0 {
			t.Errorf("%d of the budget is used, %d slots are taken", used(c), len(c.slots))
		}
	})
}

func TestOnlyDryRunsAskOnly(t *testing.T) {
	clean := []gandi.Operation{{Type: gandi.TypeSiteDryRun, Step: gandi.StepDone}}
	told := slices.Clone(clean)
	told[0].Problems = []gandi.Problem{{Field: "vhosts", Reason: "no"}}
	for _, c := range []struct {
		name string
		call gandi.Call
		ops  []gandi.Operation
		want bool
	}{
		{"clean", gandi.SiteCreateDryRun{}, clean, true},
		{"problems", gandi.SiteCreateDryRun{}, told, true},
		{"acted", gandi.SiteCreateDryRun{}, []gandi.Operation{{ID: 7, Type: gandi.TypeSiteCreate}}, false},
		{"an answer that says nothing", gandi.SiteCreateDryRun{}, nil, false},
		{"one of another type", gandi.SiteCreateDryRun{}, []gandi.Operation{{Type: gandi.TypeSiteCreate}}, false},
		{"a create that is answered so", gandi.SiteCreate{}, clean, false},
	} {
		if got := onlyAsked(c.call, c.ops); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
