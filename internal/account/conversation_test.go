package account

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gandi-operator/gandi-operator/internal/gandi"
	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
)

const secondKey = "simulator0key0number0six"

// imageIn is an image's disk in a datacenter, by name.
func imageIn(s *stand, c *Conversation, dc gandi.DatacenterID) gandi.DiskID {
	s.Helper()
	images, err := c.Images(s.Context(), dc)
	if err != nil || len(images) == 0 {
		s.Fatalf("images: %v, %v", images, err)
	}
	return images[0].DiskID
}

func (s *stand) createFrom(c *Conversation) gandi.VMCreateFrom {
	return gandi.VMCreateFrom{
		VM: gandi.VMSpec{
			DatacenterID: 3, Hostname: "web", MemoryMB: 256, Cores: 1, IPVersion: 4, BandwidthKbit: 102400,
			Login: "admin", Password: gandi.NewSecret("correct horse", "ref"),
		},
		Disk:   gandi.DiskSpec{DatacenterID: 3, Name: "gab12aaaaaaaaaa"},
		Source: imageIn(s, c, 3),
	}
}

func TestTwoAccountsOfOneHandleShareOneConversation(t *testing.T) {
	inStand(t, nil, func(t *testing.T, s *stand) {
		if err := s.world.AddKey(secondKey, gandisim.DefaultHandle); err != nil {
			t.Fatal(err)
		}
		one := s.conversation(func(x *Settings) { x.Settle, x.Resync, x.CreatesPerHour = time.Minute, time.Hour, new(7) })
		settings := s.settings(secondKey)
		settings.Settle, settings.Resync, settings.CreatesPerHour, settings.RequestsPerSecond = time.Hour, time.Minute, new(3), 5
		two, err := s.bind("other", "", settings)
		if err != nil {
			t.Fatal(err)
		}
		if one != two {
			t.Fatal("two conversations for one handle")
		}
		if one.Settle() != time.Hour || one.Resync() != time.Minute || *one.budget.perHour != 3 || one.rate() != 5 {
			t.Errorf("settle %v, resync %v, budget %d, rate %d: want the careful ones",
				one.Settle(), one.Resync(), *one.budget.perHour, one.rate())
		}
		if l := s.registry.limiters[gandi.DefaultEndpoint]; l.rate != 5 {
			t.Errorf("the limiter's rate is %v", l.rate)
		}
		s.registry.Unbind(accountNamed("other"), "", "")
		if got, ok := s.registry.Get(accountNamed("main")); !ok || got != one || one.Resync() != time.Hour || one.rate() != 100 {
			t.Errorf("after one has left: %v, resync %v, rate %d", ok, one.Resync(), one.rate())
		}
		s.registry.Forget(accountNamed("main"))
		if _, ok := s.registry.Get(accountNamed("main")); ok {
			t.Error("an account that is gone has a conversation")
		}
		if _, _, known := s.registry.Trouble(accountNamed("main")); known {
			t.Error("an account that is gone is known")
		}
		synctest.Wait()
		if calls := s.since(func() { time.Sleep(3 * time.Hour) }); len(calls) != 0 {
			t.Errorf("a conversation that ended calls %v", calls)
		}
		if _, err := one.Reserve(t.Context(), ownerNamed("a"), freeCall); err == nil {
			t.Error("a conversation that ended gives out slots")
		}
	})
}

func TestOtherHandlesShareTheLimiterAlone(t *testing.T) {
	inStand(t, nil, func(t *testing.T, s *stand) {
		one := s.conversation(nil)
		two, err := s.bind("other", "", s.settings(gandisim.OtherAPIKey))
		if err != nil {
			t.Fatal(err)
		}
		if one == two || two.Handle() != gandisim.OtherHandle || two.Endpoint() != gandi.DefaultEndpoint {
			t.Fatalf("the other handle's conversation is %s of %s", two.Handle(), two.Endpoint())
		}
		a, _ := one.connection()
		b, _ := two.connection()
		if a.limiter != b.limiter {
			t.Error("two limiters for one endpoint")
		}
	})
}

func TestAKeyOfAnotherHandleIsRefused(t *testing.T) {
	inStand(t, nil, func(t *testing.T, s *stand) {
		s.makeVMs(1)
		c := s.conversation(nil)
		_, err := s.bind("main", c.Handle(), s.settings(gandisim.OtherAPIKey))
		m, ok := errors.AsType[*MismatchError](err)
		if !ok || m.Pinned != gandisim.DefaultHandle || m.Got != gandisim.OtherHandle {
			t.Fatalf("binding gives %v", err)
		}
		if _, ok := s.registry.Get(accountNamed("main")); ok {
			t.Error("the account is still bound")
		}
		if reason, message, known := s.registry.Trouble(accountNamed("main")); reason != ReasonAccountMismatch || !known || message == "" {
			t.Errorf("trouble %q %q", reason, message)
		}
		synctest.Wait()
		if calls := s.since(func() { time.Sleep(time.Hour) }); len(calls) != 0 {
			t.Errorf("calls with a foreign key: %v", calls)
		}
	})
}

func TestRotationKeepsWhatIsKnownAndWakesTheRefused(t *testing.T) {
	inStand(t, nil, func(t *testing.T, s *stand) {
		s.makeVMs(2)
		c := s.conversation(nil)
		if err := s.world.AddKey(secondKey, gandisim.DefaultHandle); err != nil {
			t.Fatal(err)
		}
		s.world.RevokeKey(gandisim.DefaultAPIKey)
		id := vmIDs(c)[0]
		c.Refresh(ownerNamed("a"), Want{Kind: WantVM, ID: int(id)})
		time.Sleep(time.Second)
		if c.Breaker() != BreakerDenied {
			t.Fatalf("the breaker is %s", c.Breaker())
		}
		if reason, _, _ := s.registry.Trouble(accountNamed("main")); reason != ReasonAccountDenied {
			t.Errorf("trouble %q", reason)
		}
		_, err := c.Reserve(t.Context(), ownerNamed("b"), freeCall)
		if n, ok := errors.AsType[*NotNow](err); !ok || n.Reason != ReasonAccountDenied {
			t.Errorf("reserving gives %v", err)
		}
		s.forgetWakes()
		again, err := s.bind("main", c.Handle(), s.settings(secondKey))
		if err != nil || again != c {
			t.Fatalf("rotation gives %v, the same conversation: %v", err, again == c)
		}
		synctest.Wait()
		if c.Breaker() != BreakerClosed || s.wakes(ownerNamed("b")) != 1 || c.Inventory().VM(id).Seen == Unknown {
			t.Errorf("after the rotation: %s, woken %v, the VM %v", c.Breaker(), s.woken, c.Inventory().VM(id).Seen)
		}
		slot, err := c.Reserve(t.Context(), ownerNamed("b"), freeCall)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := slot.Submit(t.Context(), gandi.VMStop{ID: id}); err != nil {
			t.Errorf("a call with the new key: %v", err)
		}
	})
}

func TestSubmitSendsOnceAndLearns(t *testing.T) {
	inStand(t, nil, func(t *testing.T, s *stand) {
		s.makeVMs(1)
		c := s.conversation(nil)
		slot, err := c.Reserve(t.Context(), ownerNamed("a"), gandi.VMCreateFrom{})
		if err != nil {
			t.Fatal(err)
		}
		ops, err := slot.Submit(t.Context(), s.createFrom(c))
		if err != nil {
			t.Fatal(err)
		}
		create, ok := gandi.PickOperation(ops, gandi.TypeVMCreate)
		if !ok || len(c.Tracker().InFlight()) != len(ops) || c.Tracker().Latest() < create.ID {
			t.Errorf("the reply %v was not learned: %v", ops, c.Tracker().InFlight())
		}
		if got := c.Tracker().InFlightOn(create.VMID); len(got) == 0 {
			t.Error("nothing is in flight on the new VM")
		}
		if _, err := slot.Submit(t.Context(), s.createFrom(c)); !errors.Is(err, errUsed) {
			t.Errorf("a second Submit gives %v", err)
		}
		slot.Withdraw()
		if n := s.calls("hosting.vm.create_from"); n != 1 {
			t.Errorf("%d creates", n)
		}
		if len(c.slots) != 0 {
			t.Errorf("%d slots are taken", len(c.slots))
		}
		unpaid, err := c.Reserve(t.Context(), ownerNamed("a"), freeCall)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := unpaid.Submit(t.Context(), s.createFrom(c)); !errors.Is(err, errUnpaid) {
			t.Errorf("a paid call in an unpaid slot gives %v", err)
		}
		unpaid.Withdraw()
		if n := s.calls("hosting.vm.create_from"); n != 1 || len(c.slots) != 0 {
			t.Errorf("%d creates, %d slots taken", n, len(c.slots))
		}
	})
}

func TestSlotsAndLimiterHoldCallsBackForAWhile(t *testing.T) {
	inStand(t, nil, func(t *testing.T, s *stand) {
		s.makeVMs(1)
		c := s.conversation(nil)
		var slots []*Slot
		for range maxSlots {
			slot, err := c.Reserve(t.Context(), ownerNamed("a"), freeCall)
			if err != nil {
				t.Fatal(err)
			}
			slots = append(slots, slot)
		}
		began := time.Now()
		_, err := c.Reserve(t.Context(), ownerNamed("b"), freeCall)
		n, ok := errors.AsType[*NotNow](err)
		if !ok || n.Reason != ReasonThrottled || n.RetryAfter < time.Second || time.Since(began) != maxWait {
			t.Errorf("without a free slot: %v after %v", err, time.Since(began))
		}
		slots[0].Withdraw()
		slots[0].Withdraw()
		slot, err := c.Reserve(t.Context(), ownerNamed("b"), freeCall)
		if err != nil {
			t.Errorf("with a free slot: %v", err)
		}
		slot.Withdraw()
		impatient, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		again, _ := c.Reserve(t.Context(), ownerNamed("b"), freeCall)
		if _, err = c.Reserve(impatient, ownerNamed("b"), freeCall); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the caller's own deadline gives %v", err)
		}
		for _, one := range append(slots, again) {
			one.Withdraw()
		}
		conn, _ := c.connection()
		conn.limiter.throttled(time.Minute)
		if reason, _ := c.Trouble(); reason != ReasonThrottled {
			t.Errorf("trouble %q while Gandi asked for a minute", reason)
		}
		_, err = c.Reserve(t.Context(), ownerNamed("b"), freeCall)
		if n, ok := errors.AsType[*NotNow](err); !ok || n.Reason != ReasonThrottled || n.RetryAfter < 59*time.Second {
			t.Errorf("while Gandi asked for a minute: %v", err)
		}
		if len(c.slots) != 0 {
			t.Errorf("%d slots are taken", len(c.slots))
		}
	})
}

func TestBudget(t *testing.T) {
	inStand(t, nil, func(t *testing.T, s *stand) {
		// Two were bought by an earlier process.
		early := s.conversation(nil)
		for range 2 {
			slot, err := early.Reserve(t.Context(), ownerNamed("early"), gandi.VMCreateFrom{})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := slot.Submit(t.Context(), s.createFrom(early)); err != nil {
				t.Fatal(err)
			}
		}
		s.registry.Unbind(accountNamed("main"), "", "")
		time.Sleep(10 * time.Minute)
		c := s.conversation(func(x *Settings) { x.CreatesPerHour = new(5) })
		take := func() (*Slot, error) { return c.Reserve(t.Context(), ownerNamed("a"), gandi.VMCreateFrom{}) }

		var slot *Slot
		calls := s.since(func() {
			for range 2 {
				one, err := take()
				if err != nil {
					t.Fatal(err)
				}
				one.Withdraw() // costs nothing
			}
			slot, _ = take()
		})
		if diff := cmp.Diff(map[string]int{"operation.list": 1}, calls); diff != "" {
			t.Errorf("counting what others bought (-want +got):\n%s", diff)
		}
		bad := s.createFrom(c)
		bad.Disk.DatacenterID = 99
		if _, err := slot.Submit(t.Context(), bad); err == nil || gandi.ClassOf(err) == gandi.OutcomeUnknown {
			t.Fatalf("a bad create gives %v", err)
		}
		s.world.Script(gandisim.Trouble{Method: "hosting.vm.create_from", Nth: 1, Cut: "before"})
		slot, _ = take()
		if _, err := slot.Submit(t.Context(), s.createFrom(c)); gandi.ClassOf(err) != gandi.OutcomeUnknown {
			t.Fatalf("a cut create gives %v", err)
		}
		began := time.Now()
		for range 2 {
			time.Sleep(time.Minute)
			slot, err := take()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := slot.Submit(t.Context(), s.createFrom(c)); err != nil {
				t.Fatal(err)
			}
		}
		_, err := take()
		n, ok := errors.AsType[*NotNow](err)
		if !ok || n.Reason != ReasonBudgetExhausted {
			t.Fatalf("the sixth of five: %v", err)
		}
		if left := time.Until(began.Add(time.Hour)); n.RetryAfter > left || n.RetryAfter < left-2*time.Minute {
			t.Errorf("again after %v, the first two leave in about %v", n.RetryAfter, left)
		}
		if _, err := c.Reserve(t.Context(), ownerNamed("a"), freeCall); err != nil {
			t.Errorf("what costs nothing: %v", err)
		}
		time.Sleep(n.RetryAfter)
		if slot, err = take(); err != nil {
			t.Fatalf("when the oldest has left: %v", err)
		}
		slot.Withdraw()

		c.SetNoCredits(true)
		_, err = take()
		if n, ok := errors.AsType[*NotNow](err); !ok || n.Reason != ReasonNoCredits {
			t.Errorf("without credits: %v", err)
		}
		if len(c.slots) != 1 {
			t.Errorf("%d slots are taken, want the one of the free call", len(c.slots))
		}
	})
}

// What an earlier process bought counts, with a VM or without one.
func TestTheBudgetCountsEveryKindOfPurchase(t *testing.T) {
	inStand(t, nil, func(t *testing.T, s *stand) {
		early := s.conversation(nil)
		s.submit(early, s.createFrom(early))
		s.submit(early, gandi.DiskCreate{Disk: gandi.DiskSpec{DatacenterID: 3, Name: "a", SizeMB: 1024}})
		s.submit(early, gandi.DiskCreate{Disk: gandi.DiskSpec{DatacenterID: 3, Name: "b", SizeMB: 1024}})
		s.submit(early, gandi.IfaceCreate{DatacenterID: 3, IPVersion: 6})
		s.makeVLAN(early, "back")
		s.makeKey(early, "me", 0)
		s.registry.Unbind(accountNamed("main"), "", "")
		c := s.conversation(func(x *Settings) { x.CreatesPerHour = new(6) })
		if _, err := c.Reserve(t.Context(), ownerNamed("a"), gandi.VMCreateFrom{}); err != nil {
			t.Errorf("the sixth of six: %v", err)
		}
		_, err := c.Reserve(t.Context(), ownerNamed("a"), gandi.VMCreateFrom{})
		if n, ok := errors.AsType[*NotNow](err); !ok || n.Reason != ReasonBudgetExhausted {
			t.Errorf("the seventh of six: %v", err)
		}
	})
}

func TestPaidCallsByTheirOperations(t *testing.T) {
	for _, c := range []struct{ vms, disks, ifaces, vlans, sites, want int }{
		{0, 0, 0, 0, 0, 0}, {3, 3, 3, 0, 0, 3}, {3, 5, 3, 0, 0, 5}, {3, 3, 4, 2, 0, 6}, {0, 1, 2, 0, 0, 3}, {2, 0, 1, 0, 0, 2}, {0, 0, 0, 0, 2, 2}, {1, 1, 1, 1, 2, 4},
	} {
		var ops []gandi.Operation
		for typ, n := range map[string]int{gandi.TypeVMCreate: c.vms, gandi.TypeDiskCreate: c.disks, gandi.TypeIfaceCreate: c.ifaces, gandi.TypeVLANCreate: c.vlans, gandi.TypeSiteCreate: c.sites} {
			for range n {
				ops = append(ops, gandi.Operation{Type: typ})
			}
		}
		if got := paidCalls(ops); got != c.want {
			t.Errorf("%+v is %d calls", c, got)
		}
	}
}

func TestABudgetOfNothingAllowsNothing(t *testing.T) {
	inStand(t, nil, func(t *testing.T, s *stand) {
		c := s.conversation(func(x *Settings) { x.CreatesPerHour = new(0) })
		_, err := c.Reserve(t.Context(), ownerNamed("a"), gandi.VMCreateFrom{})
		if n, ok := errors.AsType[*NotNow](err); !ok || n.Reason != ReasonBudgetExhausted || n.RetryAfter != time.Hour {
			t.Errorf("got %v", err)
		}
	})
}

func TestABudgetThatCannotBeCountedHolds(t *testing.T) {
	inStand(t, nil, func(t *testing.T, s *stand) {
		c := s.conversation(func(x *Settings) { x.CreatesPerHour = new(5) })
		s.world.Script(gandisim.Trouble{Method: "operation.list", Status: 500, Nth: 1, Count: 2})
		s.world.Script(gandisim.Trouble{Method: "operation.list", Fault: &gandisim.Fault{Code: 530040, Text: "Error on object : OBJECT_HOSTING_ACCOUNT (CAUSE_DONTEXIST) [x]"}, Nth: 3})
		_, err := c.Reserve(t.Context(), ownerNamed("a"), gandi.VMCreateFrom{})
		if n, ok := errors.AsType[*NotNow](err); !ok || n.Reason != ReasonGandiUnavailable {
			t.Errorf("got %v", err)
		}
	})
}

func TestOutage(t *testing.T) {
	inStand(t, nil, func(t *testing.T, s *stand) {
		s.makeVMs(100)
		c := s.conversation(nil)
		ids := vmIDs(c)
		s.world.Script(gandisim.Trouble{Method: "*", Status: 502})
		// A hundred objects keep asking, as their reconcilers would.
		ask := func(i int) {
			c.Refresh(ownerNamed(fmt.Sprint(i)), Want{Kind: WantVM, ID: int(ids[i])})
			if _, err := c.Reserve(t.Context(), ownerNamed(fmt.Sprint(i)), freeCall); err == nil {
				t.Error("a slot in an outage")
			}
		}
		c.Refresh(ownerNamed("0"), Want{Kind: WantVM, ID: int(ids[0])})
		time.Sleep(5 * time.Second)
		if c.Breaker() != BreakerOpen {
			t.Fatalf("5 s into an outage the breaker is %s", c.Breaker())
		}
		s.forgetWakes()
		var wg sync.WaitGroup
		calls := s.since(func() {
			for i := range ids {
				wg.Go(func() {
					for range 30 {
						ask(i)
						time.Sleep(time.Minute)
					}
				})
			}
			wg.Wait()
		})
		if n := calls["version.info"]; n < 75 || n > 115 || len(calls) != 1 {
			t.Errorf("calls in 30 minutes of outage: %v, want probes alone", calls)
		}
		for i := range ids {
			if n := s.wakes(ownerNamed(fmt.Sprint(i))); n > 1 {
				t.Fatalf("owner %d was woken %d times in the outage", i, n)
			}
		}
		s.forgetWakes()
		s.world.ClearTroubles()
		back := time.Now()
		time.Sleep(40 * time.Second)
		if c.Breaker() != BreakerClosed {
			t.Fatalf("%v after the return the breaker is %s", time.Since(back), c.Breaker())
		}
		for i := range ids {
			if n := s.wakes(ownerNamed(fmt.Sprint(i))); n != 1 {
				t.Fatalf("owner %d was woken %d times at the return", i, n)
			}
		}
	})
}

// The sweep that an outage spoiled is made up for at its end.
func TestOutageAtTheStart(t *testing.T) {
	inStand(t, nil, func(t *testing.T, s *stand) {
		s.makeVMs(1)
		s.world.Script(gandisim.Trouble{Method: "hosting.disk.list", Status: 502}, gandisim.Trouble{Method: "version.info", Status: 502})
		c, err := s.bind("main", "", s.settings(gandisim.DefaultAPIKey))
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Minute)
		if c.Inventory().SweepBegun() != 0 || c.Breaker() != BreakerOpen {
			t.Fatalf("swept at %d, the breaker is %s", c.Inventory().SweepBegun(), c.Breaker())
		}
		if n := len(vmIDs(c)); n != 1 {
			t.Errorf("of the broken sweep %d VMs were kept", n)
		}
		s.world.ClearTroubles()
		time.Sleep(time.Minute)
		if c.Inventory().SweepBegun() == 0 || c.Breaker() != BreakerClosed {
			t.Errorf("a minute after the return: swept at %d, the breaker is %s", c.Inventory().SweepBegun(), c.Breaker())
		}
	})
}

func TestThrottledRepliesSlowEverybodyDown(t *testing.T) {
	inStand(t, &gandisim.Options{RateLimit: "10/2s"}, func(t *testing.T, s *stand) {
		s.makeVMs(20)
		c := s.conversation(nil)
		conn, _ := c.connection()
		for _, id := range vmIDs(c) {
			c.Refresh(ownerNamed("a"), Want{Kind: WantVM, ID: int(id)})
			time.Sleep(50 * time.Millisecond)
		}
		time.Sleep(time.Minute)
		if c.Breaker() != BreakerClosed {
			t.Errorf("the breaker is %s", c.Breaker())
		}
		if conn.limiter.rate != 100 {
			t.Errorf("the configured rate became %v", conn.limiter.rate)
		}
		if s.wakes(ownerNamed("a")) == 0 {
			t.Error("nobody was woken")
		}
	})
}

func TestCatalogIsCachedAndReadOnce(t *testing.T) {
	inStand(t, nil, func(t *testing.T, s *stand) {
		c := s.conversation(nil)
		read := func() {
			var wg sync.WaitGroup
			for range 10 {
				wg.Go(func() {
					if list, err := c.Datacenters(t.Context()); err != nil || len(list) < 3 {
						t.Errorf("datacenters %v, %v", list, err)
					}
					if list, err := c.Images(t.Context(), 1); err != nil || len(list) == 0 {
						t.Errorf("images %v, %v", list, err)
					}
					for _, dc := range []gandi.DatacenterID{1, 3} {
						if kernels, err := c.Kernels(t.Context(), dc); err != nil || len(kernels["linux"]) == 0 {
							t.Errorf("kernels of %d %v, %v", dc, kernels, err)
						}
					}
					if list, err := c.SnapshotProfiles(t.Context()); err != nil || len(list) != 3 {
						t.Errorf("profiles %v, %v", list, err)
					}
				})
			}
			wg.Wait()
		}
		want := map[string]int{
			"hosting.datacenter.list": 1, "hosting.image.list": 1, "hosting.snapshotprofile.list": 1,
			"hosting.disk.list_kernels": 2, // one for each datacenter
		}
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
		c.RefreshCatalog()
		if calls := s.since(read); len(calls) != 0 {
			t.Errorf("two drops within 30 s: %v", calls)
		}
		time.Sleep(6 * time.Minute)
		s.world.Script(gandisim.Trouble{Method: "hosting.datacenter.list", Status: 500, Nth: 1, Count: 3})
		if _, err := c.Datacenters(t.Context()); err == nil || !strings.HasPrefix(err.Error(), "listing the datacenters: ") {
			t.Errorf("a broken list gives %v", err)
		}
		time.Sleep(time.Second)
		if list, err := c.Datacenters(t.Context()); err != nil || len(list) == 0 {
			t.Errorf("and the next %v, %v", list, err)
		}
		if _, err := c.Kernels(t.Context(), 99); err == nil || !strings.HasPrefix(err.Error(), "listing the kernels of datacenter 99: ") {
			t.Errorf("a datacenter that is not there gives %v", err)
		}
		s.world.Script(gandisim.Trouble{Method: "hosting.snapshotprofile.list", Fault: &gandisim.Fault{Code: 510150, Text: "Error on object : OBJECT_ACCOUNT (CAUSE_NORIGHT) [no]"}})
		if _, err := c.SnapshotProfiles(t.Context()); err == nil || !strings.HasPrefix(err.Error(), "listing the snapshot profiles: ") || gandi.ClassOf(err) != gandi.Denied {
			t.Errorf("a refused list gives %v", err)
		}
	})
}

func TestCatalogWithoutAConnection(t *testing.T) {
	c := newConversation(NewRegistry(Options{}), Key{Handle: "nobody"})
	for what, read := range map[string]func() error{
		"datacenters": func() error { _, err := c.Datacenters(t.Context()); return err },
		"images":      func() error { _, err := c.Images(t.Context(), 1); return err },
		"kernels":     func() error { _, err := c.Kernels(t.Context(), 1); return err },
		"profiles":    func() error { _, err := c.SnapshotProfiles(t.Context()); return err },
		"packages":    func() error { _, err := c.SitePackages(t.Context(), "", ""); return err },
		"prices":      func() error { _, err := c.SitePrice(t.Context(), gandi.SitePackage{}, ""); return err },
		"records":     func() error { _, err := c.SiteDNSEntries(t.Context(), "www.example.org"); return err },
	} {
		if n, ok := errors.AsType[*NotNow](read()); !ok || n.Reason != ReasonConnecting {
			t.Errorf("%s: %v", what, read())
		}
	}
}

func TestBadSettingsAreRefused(t *testing.T) {
	r := NewRegistry(Options{})
	key, err := gandi.NewAPIKey(gandisim.DefaultAPIKey)
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]Settings{
		"no key":         {},
		"plain http":     {APIKey: key, Endpoint: "http://example.com/"},
		"no CA at all":   {APIKey: key, CABundle: []byte("nothing")},
		"not even a URL": {APIKey: key, Endpoint: ":"},
	} {
		if c, err := r.Connect(s); err == nil || gandi.ClassOf(err) != gandi.Refused {
			t.Errorf("%s gives %v, %v", name, c, err)
		}
	}
}
