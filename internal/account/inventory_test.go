package account

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gandi-operator/gandi-operator/internal/gandi"
	"github.com/gandi-operator/gandi-operator/internal/metrics"
	"github.com/gandi-operator/gandi-operator/internal/operation"
	"github.com/gandi-operator/gandi-operator/internal/token"
)

func quietInventory() (*Inventory, *[]operation.Owner) {
	var woken []operation.Owner
	i := newInventory(func(o operation.Owner) { woken = append(woken, o) })
	return i, &woken
}

func informed(begun Seq, vms ...gandi.VM) told {
	return told{begun: begun, at: time.Now(), seen: Informed, vms: vms}
}

func TestFreshnessOfRecords(t *testing.T) {
	vm := func(state string) gandi.VM { return gandi.VM{ID: 7, State: state} }
	type want struct {
		state string
		seen  Seen
		begun Seq
	}
	for _, c := range []struct {
		name string
		do   func(*Inventory)
		want want
	}{
		{"nobody looked", func(*Inventory) {}, want{"", Unknown, 0}},
		{"a list", func(i *Inventory) { i.allVMs([]gandi.VM{vm("running")}, 3) }, want{"running", Listed, 3}},
		{"a list without it, that nobody heard of", func(i *Inventory) { i.allVMs(nil, 3) }, want{"", Unlisted, 3}},
		{"info after a list", func(i *Inventory) {
			i.allVMs([]gandi.VM{vm("running")}, 3)
			i.store(informed(4, vm("halted")))
		}, want{"halted", Informed, 4}},
		{"an older list after info", func(i *Inventory) {
			i.store(informed(4, vm("halted")))
			i.allVMs([]gandi.VM{vm("running")}, 3)
		}, want{"halted", Informed, 4}},
		{"an older list without it after info", func(i *Inventory) {
			i.store(informed(4, vm("halted")))
			i.allVMs(nil, 3)
		}, want{"halted", Informed, 4}},
		{"a younger list without it", func(i *Inventory) {
			i.subscribers.add(ownerNamed("a"), []key{{WantVM, 7}})
			i.store(informed(4, vm("halted")))
			i.allVMs(nil, 5)
		}, want{"halted", Unlisted, 5}},
		{"and another one", func(i *Inventory) {
			i.subscribers.add(ownerNamed("a"), []key{{WantVM, 7}})
			i.store(informed(4, vm("halted")))
			i.allVMs(nil, 5)
			i.allVMs(nil, 9)
		}, want{"halted", Unlisted, 9}},
		{"info says no", func(i *Inventory) {
			i.store(informed(4, vm("halted")))
			i.lost(key{WantVM, 7}, 5)
		}, want{"halted", NotFound, 5}},
		{"info says no before a list has it", func(i *Inventory) {
			i.lost(key{WantVM, 7}, 5)
			i.allVMs([]gandi.VM{vm("running")}, 6)
		}, want{"running", Listed, 6}},
		{"info says no after a list that began later", func(i *Inventory) {
			i.allVMs([]gandi.VM{vm("running")}, 6)
			i.lost(key{WantVM, 7}, 5)
		}, want{"running", Listed, 6}},
		{"a younger list does not make it less gone", func(i *Inventory) {
			i.subscribers.add(ownerNamed("a"), []key{{WantVM, 7}})
			i.store(informed(4, vm("halted")))
			i.lost(key{WantVM, 7}, 5)
			i.allVMs(nil, 6)
		}, want{"halted", NotFound, 5}},
		{"the state deleted is as good as not found", func(i *Inventory) {
			i.allVMs([]gandi.VM{vm(gandi.VMDeleted)}, 6)
		}, want{gandi.VMDeleted, NotFound, 6}},
	} {
		i, _ := quietInventory()
		c.do(i)
		r := i.VM(7)
		if got := (want{r.Value.State, r.Seen, r.Begun}); got != c.want {
			t.Errorf("%s: got %+v, want %+v", c.name, got, c.want)
		}
		if present := len(vmsOf(i)) == 1; present != (r.Seen == Listed || r.Seen == Informed) || present != r.Seen.Present() {
			t.Errorf("%s: %v and among all: %v", c.name, r.Seen, present)
		}
	}
}

func vmsOf(i *Inventory) []gandi.VM { return slices.Collect(i.AllVMs()) }

func TestIndexesFollowTheRecords(t *testing.T) {
	i, _ := quietInventory()
	disk := func(id gandi.DiskID, name string, vms ...gandi.VMID) gandi.Disk {
		return gandi.Disk{ID: id, Name: name, VMIDs: vms}
	}
	names := func(name string) (ids []gandi.DiskID) {
		for _, d := range i.DiskNamed(name) {
			ids = append(ids, d.ID)
		}
		return ids
	}
	i.allDisks([]gandi.Disk{disk(2, "x"), disk(1, "x", 7), disk(3, "y")}, 1)
	if diff := cmp.Diff([]gandi.DiskID{1, 2}, names("x")); diff != "" {
		t.Errorf("named x: %s", diff)
	}
	i.store(told{begun: 2, seen: Informed, disks: []gandi.Disk{disk(2, "y")}})
	i.lost(key{WantDisk, 1}, 3)
	if diff := cmp.Diff([]gandi.DiskID{2, 3}, names("y")); diff != "" || names("x") != nil {
		t.Errorf("after a rename and a deletion: x %v, y %s", names("x"), diff)
	}
	i.allDisks([]gandi.Disk{disk(2, "y")}, 4)
	if diff := cmp.Diff([]gandi.DiskID{2}, names("y")); diff != "" {
		t.Errorf("what a list lacks is still named: %s", diff)
	}

	// The VM tells of its disks, the disk of its VM: either is enough.
	i.allDisks([]gandi.Disk{disk(10, "a", 7), disk(11, "b")}, 5)
	i.store(informed(6, gandi.VM{ID: 7, Farm: "f", FarmTold: true}, gandi.VM{ID: 8, DiskIDs: []gandi.DiskID{10, 11}}))
	of := func(id gandi.DiskID) (ids []gandi.VMID) {
		for _, vm := range i.VMsOfDisk(id) {
			ids = append(ids, vm.ID)
		}
		return ids
	}
	if !slices.Equal(of(10), []gandi.VMID{7, 8}) || !slices.Equal(of(11), []gandi.VMID{8}) || of(12) != nil {
		t.Errorf("VMs of the disks: %v %v %v", of(10), of(11), of(12))
	}

	// A list that does not tell the farm takes nothing away.
	i.allVMs([]gandi.VM{{ID: 7}, {ID: 8}}, 7)
	if vms := i.VMsFarmed("f"); len(vms) != 1 || vms[0].ID != 7 || vms[0].Farm != "f" {
		t.Errorf("VMs of the farm: %+v", vms)
	}
	if of(11) != nil {
		t.Errorf("a VM that lost its disk still has it: %v", of(11))
	}
	i.store(informed(8, gandi.VM{ID: 7, FarmTold: true}))
	if vms := i.VMsFarmed("f"); vms != nil {
		t.Errorf("VMs of a farm that is gone: %+v", vms)
	}
}

func TestFreeIfaces(t *testing.T) {
	i, _ := quietInventory()
	i.allIfaces([]gandi.Iface{{ID: 3}, {ID: 2, VMID: 7}, {ID: 1}}, 1)
	free := i.FreeIfaces()
	if len(free) != 2 || free[0].ID != 1 || free[1].ID != 3 {
		t.Errorf("free: %+v", free)
	}
	i.store(told{begun: 2, seen: Informed, ifaces: []gandi.Iface{{ID: 1, IPIDs: []gandi.IPID{9, 8, 7}}}, ips: []gandi.IP{{ID: 8}, {ID: 9}}})
	if ips := i.IPsOf([]gandi.IPID{9, 8, 7}); len(ips) != 2 || ips[0].ID != 9 {
		t.Errorf("addresses: %+v", ips)
	}
	if r := i.IP(8); r.Seen != Informed {
		t.Errorf("address 8 is %v", r.Seen)
	}
}

func TestSubscriptionsAreReplaced(t *testing.T) {
	i, woken := quietInventory()
	o := ownerNamed("a")
	i.Subscribe(o, Want{Kind: WantVM, ID: 1})
	i.Subscribe(o, Want{Kind: WantVM, ID: 2, Since: 5})
	i.Subscribe(o, Want{Kind: WantVM, ID: 2})
	i.store(informed(1, gandi.VM{ID: 1}))
	if len(*woken) != 0 {
		t.Error("woken for what it does not subscribe any more")
	}
	i.store(informed(2, gandi.VM{ID: 2}))
	i.store(informed(3, gandi.VM{ID: 2, DateUpdated: time.Now()}))
	if len(*woken) != 1 {
		t.Errorf("woken %d times, want once: a date is no change", len(*woken))
	}
	i.store(told{begun: 4, seen: Listed, ips: []gandi.IP{{ID: 5, VMID: 2}}})
	i.store(told{begun: 5, seen: Listed, ips: []gandi.IP{{ID: 5, VMID: 3}}})
	if len(*woken) != 3 {
		t.Errorf("woken %d times, want also for the address that came and went", len(*woken))
	}
	i.Unsubscribe(o)
	i.Unsubscribe(o)
	i.store(informed(6, gandi.VM{ID: 2, State: "halted"}))
	if len(*woken) != 3 || len(i.subscribers.byWant) != 0 {
		t.Errorf("after the end: woken %d times, %v", len(*woken), i.subscribers.byWant)
	}
	i.Subscribe(o)
	if len(i.subscribers.byOwner) != 0 {
		t.Error("a subscription to nothing is kept")
	}
}

func TestSweepsAreRemembered(t *testing.T) {
	i, _ := quietInventory()
	if i.SweepBegun() != 0 || i.SweepsBegunSince(0) != 0 {
		t.Error("sweeps before the first")
	}
	for n := range 100 {
		i.swept(Seq(10 * (n + 1)))
	}
	if i.SweepBegun() != 1000 {
		t.Errorf("the last began at %d", i.SweepBegun())
	}
	for since, want := range map[Seq]int{1001: 0, 1000: 1, 991: 1, 990: 2, 0: rememberedSweeps} {
		if got := i.SweepsBegunSince(since); got != want {
			t.Errorf("%d sweeps since %d, want %d", got, since, want)
		}
	}
}

// A reading that began before a mark never counts as after it.
func TestMarksAndReadings(t *testing.T) {
	inStand(t, nil, func(t *testing.T, s *stand) {
		c := s.conversation(nil)
		before := c.reader.begin()
		mark := c.Mark()
		after := c.reader.begin()
		if before >= mark || after < mark || c.Seq() != after {
			t.Errorf("before %d, mark %d, after %d, now %d", before, mark, after, c.Seq())
		}
	})
}

func TestMarks(t *testing.T) {
	ours := token.Of("ab12", "GandiVM", "default", "web")
	foreign := token.Of("zz99", "GandiVM", "default", "web")
	inStand(t, nil, func(t *testing.T, s *stand) {
		for _, name := range []string{ours, foreign, "plain"} {
			s.panel(map[string]any{"type": "disk", "create": map[string]any{"name": name}})
		}
		c := s.conversation(func(x *Settings) { x.Resync = 6 * time.Hour })
		own, others := c.Inventory().Marks("ab12")
		if len(own) != 1 || own[0].Token != ours || own[0].Type != "disk" || len(others) != 1 || others[0].Token != foreign {
			t.Errorf("own %v, foreign %v", own, others)
		}

		account := operation.Owner{Kind: "GandiAccount", Namespace: "default", Name: "main"}
		s.forgetWakes()
		c.Released(ours)
		c.Released(ours)
		if s.wakes(account) != 1 || !slices.Equal(c.ReleasedTokens(), []string{ours}) {
			t.Errorf("released %v, the account was woken %d times", c.ReleasedTokens(), s.wakes(account))
		}
		if left := c.StillReleased(own); !slices.Equal(left, []string{ours}) {
			t.Errorf("still carried, yet released are %v", left)
		}
		if left := c.StillReleased(nil); len(left) != 0 || len(c.ReleasedTokens()) != 0 {
			t.Errorf("carried no more, yet released are %v", left)
		}
		c.WatchToken(ours)
		time.Sleep(23 * time.Hour)
		if !c.Watched(ours) || c.Watched(foreign) {
			t.Error("the watch is not kept")
		}
		time.Sleep(2 * time.Hour)
		if c.Watched(ours) {
			t.Error("the watch does not end")
		}
		c.ReportMarks(metrics.Orphan, own)
	})
}

func TestMarksOfAllKinds(t *testing.T) {
	tok := func(installation, kind string) string { return token.Of(installation, kind, "default", "x") }
	inStand(t, nil, func(t *testing.T, s *stand) {
		s.panel(map[string]any{"type": "vm", "create": map[string]any{"hostname": "web", "disk_name": "plain", "farm": tok("ab12", "GandiVM")}})
		s.panel(map[string]any{"type": "disk", "create": map[string]any{"name": "data"}})
		c := s.conversation(func(x *Settings) { x.Resync = 6 * time.Hour })
		s.submit(c, gandi.DiskCreateFrom{
			Disk:   gandi.DiskSpec{DatacenterID: 3, Name: tok("ab12", "GandiDisk"), Type: gandi.DiskTypeSnapshot},
			Source: gandi.DiskID(s.idOf("disks", "name", "data")),
		})
		vlan := s.makeVLAN(c, tok("ab12", "GandiVLAN"))
		s.makeVLAN(c, tok("zz99", "GandiVLAN"))
		key := s.makeKey(c, tok("ab12", "GandiSSHKey"), 0)
		s.makeKey(c, tok("zz99", "GandiSSHKey"), 1)
		s.makeKey(c, tok("zz99", "GandiSSHKey"), 2)
		c.Refresh(ownerNamed("a"), Want{Kind: WantVM, ID: s.idOf("vms", "hostname", "web")}) // only info tells the farm
		time.Sleep(time.Minute)
		sweep := func() (types []string, foreign map[string]int) {
			c.Refresh(ownerNamed("a"), Want{Kind: WantSweep})
			time.Sleep(5 * time.Second)
			own, others := c.Inventory().Marks("ab12")
			for _, m := range own {
				types = append(types, m.Type)
			}
			foreign = map[string]int{}
			for _, m := range others {
				foreign[m.Type]++
			}
			return types, foreign
		}
		own, foreign := sweep()
		if diff := cmp.Diff([]string{"vm", "disk"}, own); diff != "" || len(foreign) != 0 {
			t.Errorf("of what every sweep reads (-want +got):\n%s foreign %v", diff, foreign)
		}
		c.Inventory().Include(WantVLAN, WantSSHKey)
		own, foreign = sweep()
		if diff := cmp.Diff([]string{"vm", "disk", "vlan", "sshkey"}, own); diff != "" {
			t.Errorf("of all kinds (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(map[string]int{"vlan": 1, "sshkey": 2}, foreign); diff != "" {
			t.Errorf("foreign (-want +got):\n%s", diff)
		}
		marked, _ := c.Inventory().Marks("ab12")
		if !slices.Contains(marked, Marked{"vlan", int(vlan), tok("ab12", "GandiVLAN")}) || !slices.Contains(marked, Marked{"sshkey", int(key), tok("ab12", "GandiSSHKey")}) {
			t.Errorf("own marks %v", marked)
		}

		c.ReportMarks(metrics.Orphan, marked)
		c.ReportMarks(metrics.Duplicate, marked[3:])
		want := map[string]float64{
			"vm/orphan": 1, "disk/orphan": 1, "vlan/orphan": 1, "sshkey/orphan": 1, "sshkey/duplicate": 1, "vlan/foreign": 1, "sshkey/foreign": 2,
		}
		if diff := cmp.Diff(want, s.marked()); diff != "" {
			t.Errorf("metrics (-want +got):\n%s", diff)
		}
		s.registry.Forget(accountNamed("main"))
		if left := s.marked(); len(left) != 0 {
			t.Errorf("the account is gone, yet the metrics tell %v", left)
		}
	})
}

func TestReleasedMarksAreKeptWhileTheyMayBeCarried(t *testing.T) {
	machine, vlan := Marked{"vm", 1, "gab12aaaaaaaaaa"}, Marked{"vlan", 2, "gab12bbbbbbbbbb"}
	for _, c := range []struct {
		name string
		do   func(*Inventory)
		own  [][]Marked // what is carried, look by look
		want []string
	}{
		{"nothing was read", func(*Inventory) {}, [][]Marked{nil}, []string{machine.Token, vlan.Token}},
		{"a sweep without VLANs proves nothing of them", func(i *Inventory) { i.swept(1) }, [][]Marked{nil}, []string{machine.Token, vlan.Token}},
		{"nor one without keys", func(i *Inventory) { i.Include(WantVLAN); i.swept(1, WantVLAN) }, [][]Marked{nil}, []string{machine.Token, vlan.Token}},
		{"one of all kinds that carry them does", func(i *Inventory) { i.Include(WantVLAN, WantSSHKey); i.swept(1, WantVLAN, WantSSHKey) }, [][]Marked{{machine}}, []string{machine.Token}},
		{"what was seen and went", func(i *Inventory) { i.swept(1) }, [][]Marked{{machine}, nil}, []string{vlan.Token}},
		{"what is there", func(i *Inventory) { i.swept(1) }, [][]Marked{{machine, vlan}, {machine, vlan}}, []string{machine.Token, vlan.Token}},
	} {
		conv := newConversation(NewRegistry(Options{}), Key{Handle: "nobody"})
		conv.Released(machine.Token)
		conv.Released(vlan.Token)
		c.do(conv.inventory)
		var got []string
		for _, own := range c.own {
			got = conv.StillReleased(own)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestSeenHasNames(t *testing.T) {
	for seen, want := range map[Seen]string{Unknown: "Unknown", Listed: "Listed", Informed: "Informed", Unlisted: "Unlisted", NotFound: "NotFound", 9: "Seen(?)"} {
		if got := seen.String(); got != want {
			t.Errorf("%d is %s, want %s", seen, got, want)
		}
	}
}
