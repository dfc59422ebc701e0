package account

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gandi-operator/gandi-operator/internal/gandi"
	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
)

// perSweep is what a sweep of a small account costs.
func perSweep(sweeps int, more ...string) map[string]int {
	calls := map[string]int{}
	for _, method := range append([]string{"hosting.vm.list", "hosting.disk.list", "hosting.iface.list", "hosting.ip.list", "operation.list"}, more...) {
		calls[method] = sweeps
	}
	return calls
}

func TestSweepsProveOnlyWhatTheyRead(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(*Inventory)
		want map[WantKind]int // sweeps since 10
	}{
		{"none", func(*Inventory) {}, map[WantKind]int{}},
		{"without the others", func(i *Inventory) { i.swept(10); i.swept(20) },
			map[WantKind]int{WantVM: 2, WantDisk: 2, WantIface: 2, WantSweep: 2}},
		{"included too late", func(i *Inventory) { i.swept(10); i.swept(20); i.Include(WantVLAN) },
			map[WantKind]int{WantVM: 2, WantDisk: 2, WantIface: 2}},
		{"included in between", func(i *Inventory) { i.swept(10); i.Include(WantVLAN); i.swept(20, WantVLAN) },
			map[WantKind]int{WantVM: 2, WantDisk: 2, WantIface: 2, WantVLAN: 1, WantSweep: 1}},
		{"before the number", func(i *Inventory) { i.Include(WantVLAN); i.swept(9, WantVLAN); i.swept(10) },
			map[WantKind]int{WantVM: 1, WantDisk: 1, WantIface: 1}},
		{"one of two could not be read", func(i *Inventory) {
			i.Include(WantVLAN, WantSSHKey)
			i.swept(10, WantSSHKey)
			i.swept(20, WantSSHKey, WantVLAN)
		},
			map[WantKind]int{WantVM: 2, WantDisk: 2, WantIface: 2, WantVLAN: 1, WantSSHKey: 2, WantSweep: 1}},
		{"what is always in, and twice", func(i *Inventory) {
			i.Include(WantVM, WantSweep)
			i.Include(WantVLAN)
			i.swept(10, WantVLAN)
			i.Include(WantVLAN)
		},
			map[WantKind]int{WantVM: 1, WantDisk: 1, WantIface: 1, WantVLAN: 1, WantSweep: 1}},
		{"sites", func(i *Inventory) { i.Include(WantSite); i.swept(10, WantSite); i.swept(20) },
			map[WantKind]int{WantVM: 2, WantDisk: 2, WantIface: 2, WantSite: 1, WantSweep: 1}},
	} {
		i, _ := quietInventory()
		c.do(i)
		for _, kind := range []WantKind{WantVM, WantDisk, WantIface, WantVLAN, WantSSHKey, WantSite, WantSweep} {
			if got := i.SweepsBegunSinceOf(kind, 10); got != c.want[kind] {
				t.Errorf("%s: %d sweeps of kind %d, want %d", c.name, got, kind, c.want[kind])
			}
		}
		if got := i.SweepsBegunSince(10); got != c.want[WantVM] {
			t.Errorf("%s: %d sweeps, want %d", c.name, got, c.want[WantVM])
		}
	}
	i, _ := quietInventory()
	i.Include(WantSSHKey)
	for n := range 100 {
		i.swept(Seq(n+1), WantSSHKey)
	}
	if got := i.SweepsBegunSinceOf(WantSSHKey, 0); got != rememberedSweeps {
		t.Errorf("%d sweeps are remembered, want %d", got, rememberedSweeps)
	}
}

func TestPagesCountWhatIsIncluded(t *testing.T) {
	i, _ := quietInventory()
	var vlans []gandi.VLAN
	for id := range 501 {
		vlans = append(vlans, gandi.VLAN{ID: gandi.VLANID(id + 1)})
	}
	i.store(told{begun: 1, seen: Informed, vlans: vlans, keys: []gandi.SSHKey{{ID: 1}}})
	if got := i.pages(); got != 5 {
		t.Errorf("a sweep of VMs costs %d pages, want 5", got)
	}
	i.Include(WantVLAN)
	if got := i.pages(); got != 7 {
		t.Errorf("with 501 VLANs it costs %d, want 7", got)
	}
	i.Include(WantSSHKey)
	if got := i.pages(); got != 8 {
		t.Errorf("with a key it costs %d, want 8", got)
	}
	i.Include(WantSite)
	if got := i.pages(); got != 9 {
		t.Errorf("with sites it costs %d, want 9", got)
	}
}

// An account whose objects are VMs pays nothing for the VLANs and keys that it
// has at Gandi.
func TestWhatNobodyNeedsIsNotRead(t *testing.T) {
	inStand(t, nil, func(t *testing.T, s *stand) {
		s.makeVMs(3)
		var c *Conversation
		first := s.since(func() { c = s.conversation(nil) })
		delete(first, "hosting.account.info")
		if diff := cmp.Diff(perSweep(1), first); diff != "" {
			t.Errorf("calls at the start (-want +got):\n%s", diff)
		}
		vlan, key := s.makeVLAN(c, "back"), s.makeKey(c, "me", 0)
		id := vmIDs(c)[0]
		calls := s.since(func() {
			c.Refresh(ownerNamed("a"), Want{Kind: WantVM, ID: int(id)})
			time.Sleep(time.Second)
			c.Refresh(ownerNamed("a"), Want{Kind: WantSweep})
			time.Sleep(10 * time.Minute)
		})
		sweeps := calls["operation.list"]
		want := perSweep(sweeps)
		want["hosting.vm.info"] = 1
		if diff := cmp.Diff(want, calls); diff != "" || sweeps < 1 {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
		inv := c.Inventory()
		if v, k := inv.VLAN(vlan), inv.SSHKey(key); v.Seen != Unknown || k.Seen != Unknown {
			t.Errorf("nobody looked, yet the VLAN is %v and the key %v", v.Seen, k.Seen)
		}
		if inv.SweepsBegunSinceOf(WantVLAN, 0) != 0 || inv.SweepsBegunSinceOf(WantSSHKey, 0) != 0 {
			t.Error("sweeps count for what they did not read")
		}

		inv.Include(WantVLAN)
		c.Refresh(ownerNamed("b"), Want{Kind: WantSweep})
		calls = s.since(func() { time.Sleep(5 * time.Second) })
		if diff := cmp.Diff(perSweep(1, "hosting.vlan.list"), calls); diff != "" {
			t.Errorf("calls with VLANs (-want +got):\n%s", diff)
		}
		if v := inv.VLAN(vlan); v.Seen != Listed || v.Value.Name != "back" || inv.VLAN(99_999).Seen != Unlisted || inv.SSHKey(key).Seen != Unknown {
			t.Errorf("after a sweep with VLANs: %+v, another one %v, the key %v", v, inv.VLAN(99_999).Seen, inv.SSHKey(key).Seen)
		}
		inv.Include(WantSSHKey)
		calls = s.since(func() { time.Sleep(100 * time.Minute) })
		sweeps = calls["operation.list"]
		if diff := cmp.Diff(perSweep(sweeps, "hosting.vlan.list", "hosting.ssh.list"), calls); diff != "" || sweeps < 9 || sweeps > 11 {
			t.Errorf("calls in 100 minutes with all kinds (-want +got):\n%s", diff)
		}
	})
}

// What is included while a sweep runs is read by the next one.
func TestIncludeDuringASweep(t *testing.T) {
	inStand(t, nil, func(t *testing.T, s *stand) {
		c := s.conversation(nil)
		s.makeVLAN(c, "back")
		inv := c.Inventory()
		s.world.Script(gandisim.Trouble{Method: "hosting.iface.list", Delay: 2 * time.Second})
		before := c.Seq()
		c.Refresh(ownerNamed("early"), Want{Kind: WantSweep})
		time.Sleep(time.Second)
		inv.Include(WantVLAN)
		mark := c.Mark()
		c.Refresh(ownerNamed("late"), Want{Kind: WantSweep})
		time.Sleep(1500 * time.Millisecond)
		if s.wakes(ownerNamed("early")) != 1 || inv.SweepsBegunSince(before) != 1 || inv.SweepsBegunSinceOf(WantVLAN, before) != 0 || inv.VLANNamed("back") != nil {
			t.Errorf("the sweep under way counts %d, of VLANs %d; woken %v", inv.SweepsBegunSince(before), inv.SweepsBegunSinceOf(WantVLAN, before), s.woken)
		}
		time.Sleep(5 * time.Second)
		if inv.SweepsBegunSinceOf(WantVLAN, mark) != 1 || len(inv.VLANNamed("back")) != 1 || s.wakes(ownerNamed("late")) != 1 {
			t.Errorf("after the next one %d sweeps of VLANs and %v; woken %v", inv.SweepsBegunSinceOf(WantVLAN, mark), inv.VLANNamed("back"), s.woken)
		}

		// Who is content with an earlier sweep is content with one that had all.
		content := func() {
			c.Refresh(ownerNamed("content"), Want{Kind: WantSweep, Since: before})
			time.Sleep(5 * time.Second)
		}
		if calls := s.since(content); len(calls) != 0 || s.wakes(ownerNamed("content")) != 1 {
			t.Errorf("there was a sweep with VLANs, yet %v; woken %v", calls, s.woken)
		}
		inv.Include(WantSSHKey)
		if diff := cmp.Diff(perSweep(1, "hosting.vlan.list", "hosting.ssh.list"), s.since(content)); diff != "" {
			t.Errorf("there was none with keys (-want +got):\n%s", diff)
		}
	})
}

// A list that can't be read holds up nobody but those who need it.
func TestABrokenListOfVLANs(t *testing.T) {
	for name, trouble := range map[string]gandisim.Trouble{
		"refused": {Fault: &gandisim.Fault{Code: 530650, Text: "Error on object : OBJECT_VLAN (CAUSE_NORIGHT) [no right]"}},
		"broken":  {Fault: &gandisim.Fault{Code: 500066, Text: "Error on object : OBJECT_VLAN (CAUSE_BADPARAMETER) [no such column]"}},
	} {
		inStand(t, nil, func(t *testing.T, s *stand) {
			s.makeVMs(1)
			c := s.conversation(nil)
			s.makeKey(c, "me", 0)
			inv := c.Inventory()
			inv.Include(WantVLAN, WantSSHKey)
			trouble.Method = "hosting.vlan.list"
			s.world.Script(trouble)
			mark := c.Mark()
			c.Refresh(ownerNamed("a"), Want{Kind: WantSweep})
			time.Sleep(time.Minute)
			if inv.SweepsBegunSince(mark) == 0 || inv.SweepsBegunSinceOf(WantSSHKey, mark) == 0 || len(inv.SSHKeysNamed("me")) != 1 {
				t.Errorf("%s: %d sweeps, of keys %d: %v", name, inv.SweepsBegunSince(mark), inv.SweepsBegunSinceOf(WantSSHKey, mark), inv.SSHKeysNamed("me"))
			}
			if inv.SweepsBegunSinceOf(WantVLAN, mark) != 0 || inv.VLAN(1).Seen != Unknown || s.wakes(ownerNamed("a")) != 1 {
				t.Errorf("%s: %d sweeps of VLANs, one is %v, woken %v", name, inv.SweepsBegunSinceOf(WantVLAN, mark), inv.VLAN(1).Seen, s.woken)
			}
			if calls := s.since(func() { time.Sleep(time.Hour) }); calls["hosting.vm.list"] < 12 || calls["hosting.vm.list"] > 25 {
				t.Errorf("%s: %v in an hour, want pauses of up to 5 minutes", name, calls)
			}
			s.world.ClearTroubles()
			time.Sleep(6 * time.Minute)
			if inv.SweepsBegunSinceOf(WantVLAN, mark) == 0 || inv.VLAN(1).Seen != Unlisted {
				t.Errorf("%s: when it works again %d sweeps of VLANs, one is %v", name, inv.SweepsBegunSinceOf(WantVLAN, mark), inv.VLAN(1).Seen)
			}
		})
	}
}

// Nor does any other list that fails for itself have everything read over and over.
func TestABrokenListIsTriedSeldom(t *testing.T) {
	inStand(t, nil, func(t *testing.T, s *stand) {
		c := s.conversation(nil)
		s.world.Script(gandisim.Trouble{Method: "hosting.ip.list", Status: 500})
		calls := s.since(func() { time.Sleep(2 * time.Hour) })
		if n := calls["hosting.vm.list"]; n < 20 || n > 45 || c.Breaker() != BreakerClosed {
			t.Errorf("%v in two hours, the breaker is %s; want pauses of up to 5 minutes", calls, c.Breaker())
		}
	})
}

// What sweeps leave out is read by info, however much of it is wanted, and with
// it nothing else.
func TestWhatIsNotIncludedIsReadByInfo(t *testing.T) {
	inStand(t, nil, func(t *testing.T, s *stand) {
		s.makeVMs(40)
		c := s.conversation(nil)
		inv := c.Inventory()
		var wants []Want
		for n := range 8 {
			wants = append(wants, Want{Kind: WantVLAN, ID: int(s.makeVLAN(c, fmt.Sprint("v", n)))}, Want{Kind: WantSSHKey, ID: int(s.makeKey(c, "me", n))})
		}
		wants = append(wants, Want{Kind: WantVLAN, ID: 99_999})
		calls := s.since(func() {
			c.Refresh(ownerNamed("a"), wants...)
			time.Sleep(3 * time.Second)
		})
		if diff := cmp.Diff(map[string]int{"hosting.vlan.info": 9, "hosting.ssh.info": 8}, calls); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
		if s.wakes(ownerNamed("a")) != 1 {
			t.Errorf("woken %v", s.woken)
		}
		for _, w := range wants[:16] {
			if v, k := inv.VLAN(gandi.VLANID(w.ID)), inv.SSHKey(gandi.SSHKeyID(w.ID)); w.Kind == WantVLAN && v.Seen != Informed || w.Kind == WantSSHKey && (k.Seen != Informed || k.Value.Value == "") {
				t.Errorf("%+v is %v, %v", w, v, k)
			}
		}
		if v := inv.VLAN(99_999); v.Seen != NotFound {
			t.Errorf("a VLAN that is not there is %v", v.Seen)
		}

		// They make a single VM no reason for lists.
		s.forgetWakes()
		calls = s.since(func() {
			c.Refresh(ownerNamed("a"), append(wants[:7:7], Want{Kind: WantVM, ID: int(vmIDs(c)[0])})...)
			time.Sleep(3 * time.Second)
		})
		if diff := cmp.Diff(map[string]int{"hosting.vlan.info": 4, "hosting.ssh.info": 3, "hosting.vm.info": 1}, calls); diff != "" || s.wakes(ownerNamed("a")) != 1 {
			t.Errorf("woken %v, calls (-want +got):\n%s", s.woken, diff)
		}

		// Beside lists of what sweeps take in.
		s.forgetWakes()
		mixed := wants[:1:1]
		for _, id := range vmIDs(c)[:8] {
			mixed = append(mixed, Want{Kind: WantVM, ID: int(id)})
		}
		mark := c.Mark()
		calls = s.since(func() {
			c.Refresh(ownerNamed("a"), mixed...)
			time.Sleep(3 * time.Second)
		})
		want := perSweep(1, "hosting.vlan.info") // 8 of 40 by their ids would cost as much
		if diff := cmp.Diff(want, calls); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
		if v := inv.VLAN(gandi.VLANID(mixed[0].ID)); v.Begun < mark || s.wakes(ownerNamed("a")) != 1 {
			t.Errorf("the VLAN is of %d, the mark %d; woken %v", v.Begun, mark, s.woken)
		}
	})
}

// Included they are read as VMs are.
func TestWhatIsIncludedIsReadByLists(t *testing.T) {
	inStand(t, nil, func(t *testing.T, s *stand) {
		c := s.conversation(nil)
		inv := c.Inventory()
		inv.Include(WantVLAN, WantSSHKey)
		var vlans []gandi.VLANID
		var keys []gandi.SSHKeyID
		for n := range 6 {
			vlans, keys = append(vlans, s.makeVLAN(c, fmt.Sprint("v", n))), append(keys, s.makeKey(c, "me", n))
		}
		read := func(want map[string]int, kinds ...WantKind) {
			t.Helper()
			s.forgetWakes()
			mark := c.Mark()
			calls := s.since(func() {
				for n := range 6 {
					for _, kind := range kinds {
						id := int(vlans[n])
						if kind == WantSSHKey {
							id = int(keys[n])
						}
						c.Refresh(ownerNamed("a"), Want{Kind: kind, ID: id})
					}
				}
				time.Sleep(3 * time.Second)
			})
			if diff := cmp.Diff(want, calls); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
			for n := range 6 {
				v, k := inv.VLAN(vlans[n]), inv.SSHKey(keys[n])
				if slices.Contains(kinds, WantVLAN) && (v.Seen == Unknown || v.Begun < mark) || slices.Contains(kinds, WantSSHKey) && (k.Seen == Unknown || k.Begun < mark) {
					t.Errorf("VLAN %v, key %v, the mark is %d", v, k, mark)
				}
			}
			if s.wakes(ownerNamed("a")) != 1 {
				t.Errorf("woken %v", s.woken)
			}
		}
		read(map[string]int{"hosting.vlan.list": 1}, WantVLAN)
		read(map[string]int{"hosting.ssh.list": 1}, WantSSHKey)
		read(map[string]int{"hosting.vlan.list": 1, "hosting.ssh.list": 1}, WantVLAN, WantSSHKey)

		// What the lists lack is gone once info says so.
		s.submit(c, gandi.VLANDelete{ID: vlans[0]})
		s.submit(c, gandi.SSHKeyDelete{ID: keys[0]})
		time.Sleep(10 * time.Second)
		read(map[string]int{"hosting.vlan.list": 1, "hosting.vlan.info": 1, "hosting.ssh.list": 1, "hosting.ssh.info": 1}, WantVLAN, WantSSHKey)
		if v, k := inv.VLAN(vlans[0]).Seen, inv.SSHKey(keys[0]).Seen; v != NotFound || k != NotFound {
			t.Errorf("deleted, the VLAN is %v and the key %v", v, k)
		}
		if len(slices.Collect(inv.AllVLANs())) != 5 || len(slices.Collect(inv.AllSSHKeys())) != 5 {
			t.Errorf("left are %v and %v", slices.Collect(inv.AllVLANs()), slices.Collect(inv.AllSSHKeys()))
		}
		calls := s.since(func() {
			c.Refresh(ownerNamed("a"), Want{Kind: WantVLAN, ID: int(vlans[1]), Since: 1}, Want{Kind: WantSSHKey, ID: int(keys[1]), Since: 1})
			time.Sleep(time.Second)
		})
		if len(calls) != 0 {
			t.Errorf("content with what is there, yet %v", calls)
		}
	})
}
