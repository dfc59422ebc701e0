package account

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gandi-operator/gandi-operator/internal/gandi"
	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
	"github.com/gandi-operator/gandi-operator/internal/operation"
)

func TestOneWantIsOneInfo(t *testing.T) {
	inStand(t, nil, func(t *testing.T, s *stand) {
		s.makeVMs(10)
		c := s.conversation(nil)
		id := vmIDs(c)[0]
		mark := c.Mark()
		calls := s.since(func() {
			c.Refresh(ownerNamed("a"), Want{Kind: WantVM, ID: int(id)})
			c.Refresh(ownerNamed("b"), Want{Kind: WantVM, ID: int(id)})
			time.Sleep(time.Second)
		})
		if diff := cmp.Diff(map[string]int{"hosting.vm.info": 1}, calls); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
		vm := c.Inventory().VM(id)
		if vm.Seen != Informed || vm.Begun < mark {
			t.Errorf("the VM is %v of %d, the mark is %d", vm.Seen, vm.Begun, mark)
		}
		if d := c.Inventory().Disk(vm.Value.DiskIDs[0]); d.Seen != Informed || d.Begun < mark || len(d.Value.VMIDs) != 1 {
			t.Errorf("the info of the VM told of its disk: %+v", d)
		}
		f := c.Inventory().Iface(vm.Value.IfaceIDs[0])
		if f.Seen != Informed || f.Value.VMID != id {
			t.Errorf("the info of the VM told of its interface: %+v", f)
		}
		if ips := c.Inventory().IPsOf(f.Value.IPIDs); len(ips) != 2 || ips[0].IfaceID != f.Value.ID {
			t.Errorf("the info of the VM told of its addresses: %+v", ips)
		}
		if s.wakes(ownerNamed("a")) != 1 || s.wakes(ownerNamed("b")) != 1 {
			t.Errorf("woken %v", s.woken)
		}
	})
}

func TestManyWantsAreAFewLists(t *testing.T) {
	inStand(t, nil, func(t *testing.T, s *stand) {
		s.makeVMs(520)
		c := s.conversation(nil)
		ids := vmIDs(c)
		if len(ids) != 520 {
			t.Fatalf("%d VMs in the inventory", len(ids))
		}
		mark := c.Mark()
		calls := s.since(func() {
			for i := range 1000 {
				c.Refresh(ownerNamed(fmt.Sprint(i)), Want{Kind: WantVM, ID: int(ids[i%510])})
			}
			time.Sleep(20 * time.Second)
		})
		// 520 VMs on 2 pages, 1040 addresses on 3: 510 of them by their ids would
		// cost no less than all.
		want := map[string]int{"hosting.vm.list": 2, "hosting.disk.list": 2, "hosting.iface.list": 2, "hosting.ip.list": 3, "operation.list": 1}
		if diff := cmp.Diff(want, calls); diff != "" {
			t.Errorf("calls for 1000 wants (-want +got):\n%s", diff)
		}
		for _, id := range ids {
			if r := c.Inventory().VM(id); r.Seen != Listed || r.Begun < mark {
				t.Fatalf("VM %d is %v of %d, the mark is %d", id, r.Seen, r.Begun, mark)
			}
		}
		if s.wakes(ownerNamed("0")) != 1 || s.wakes(ownerNamed("999")) != 1 {
			t.Error("not everybody was woken once")
		}

		// Ten of 520 cost a list of ids each and not everything.
		calls = s.since(func() {
			for i, id := range ids[:10] {
				c.Refresh(ownerNamed(fmt.Sprint(i)), Want{Kind: WantVM, ID: int(id)})
			}
			time.Sleep(20 * time.Second)
		})
		want = map[string]int{"hosting.vm.list": 1, "hosting.disk.list": 1, "hosting.iface.list": 1, "hosting.ip.list": 1}
		if diff := cmp.Diff(want, calls); diff != "" {
			t.Errorf("calls for 10 wants (-want +got):\n%s", diff)
		}
	})
}

func TestWantsOfWhatIsGoneEndInInfo(t *testing.T) {
	inStand(t, nil, func(t *testing.T, s *stand) {
		s.makeVMs(50)
		c := s.conversation(nil)
		ids := vmIDs(c)
		o := ownerNamed("a")
		c.Inventory().Subscribe(o, Want{Kind: WantVM, ID: int(ids[0])})
		s.panel(map[string]any{"type": "vm", "id": int(ids[0]), "delete": true})
		calls := s.since(func() {
			for _, id := range ids[:8] {
				c.Refresh(o, Want{Kind: WantVM, ID: int(id)})
			}
			time.Sleep(3 * time.Second)
		})
		if calls["hosting.vm.info"] != 1 {
			t.Errorf("calls %v, want one info, of the VM that is gone", calls)
		}
		if r := c.Inventory().VM(ids[0]); r.Seen != NotFound || r.Value.ID != ids[0] {
			t.Errorf("the VM is %v and was %d", r.Seen, r.Value.ID)
		}
		for vm := range c.Inventory().AllVMs() {
			if vm.ID == ids[0] {
				t.Error("a VM that is not found is still among all")
			}
		}
	})
}

func TestSweepsAreSharedAndNeverTwoAtATime(t *testing.T) {
	inStand(t, nil, func(t *testing.T, s *stand) {
		s.makeVMs(3)
		c := s.conversation(nil)
		o := ownerNamed("a")
		s.world.Script(gandisim.Trouble{Method: "hosting.disk.list", Delay: 2 * time.Second})
		before := c.Seq()
		calls := s.since(func() {
			for range 5 {
				c.Refresh(o, Want{Kind: WantSweep})
				time.Sleep(20 * time.Millisecond)
			}
			time.Sleep(time.Second) // the sweep is among the disks now
			c.Refresh(ownerNamed("late"), Want{Kind: WantSweep})
			c.Refresh(ownerNamed("later"), Want{Kind: WantSweep})
			late := c.Seq()
			time.Sleep(1200 * time.Millisecond)
			if s.wakes(o) != 1 || s.wakes(ownerNamed("late")) != 0 {
				t.Errorf("after one sweep woken %v", s.woken)
			}
			if n := c.Inventory().SweepsBegunSince(late); n != 0 {
				t.Errorf("%d sweeps began after the late want", n)
			}
			time.Sleep(5 * time.Second)
			if s.wakes(ownerNamed("late")) != 1 || s.wakes(ownerNamed("later")) != 1 {
				t.Errorf("after the next sweep woken %v", s.woken)
			}
			if n := c.Inventory().SweepsBegunSince(late); n != 1 {
				t.Errorf("%d sweeps began after the late want, want 1", n)
			}
		})
		if calls["hosting.vm.list"] != 2 {
			t.Errorf("calls %v, want two sweeps", calls)
		}
		if n := c.Inventory().SweepsBegunSince(before); n != 2 {
			t.Errorf("%d sweeps", n)
		}
	})
}

// Who waits for one thing is not held up by a long sweep.
func TestInfosPassALongSweep(t *testing.T) {
	inStand(t, nil, func(t *testing.T, s *stand) {
		s.makeVMs(1)
		c := s.conversation(nil)
		id := vmIDs(c)[0]
		s.world.Script(gandisim.Trouble{Method: "hosting.iface.list", Delay: 20 * time.Second})
		c.Refresh(ownerNamed("sweep"), Want{Kind: WantSweep})
		time.Sleep(time.Second)
		mark := c.Mark()
		c.Refresh(ownerNamed("one"), Want{Kind: WantVM, ID: int(id)})
		time.Sleep(time.Second)
		if r := c.Inventory().VM(id); r.Begun < mark || s.wakes(ownerNamed("one")) != 1 {
			t.Errorf("a second later the record is of %d, the mark %d, woken %v", r.Begun, mark, s.woken)
		}
		young := c.Inventory().Iface(c.Inventory().VM(id).Value.IfaceIDs[0])
		time.Sleep(25 * time.Second)
		if s.wakes(ownerNamed("sweep")) != 1 {
			t.Error("the sweep did not end")
		}
		// The list of interfaces was asked for before the info.
		if now := c.Inventory().Iface(young.Value.ID); now.Begun != young.Begun || now.Seen != Informed {
			t.Errorf("an older sweep put %+v over %+v", now, young)
		}
	})
}

func TestSinceIsContentWithWhatIsThere(t *testing.T) {
	inStand(t, nil, func(t *testing.T, s *stand) {
		s.makeVMs(5)
		c := s.conversation(nil)
		id := vmIDs(c)[0]
		begun := c.Inventory().VM(id).Begun
		calls := s.since(func() {
			c.Refresh(ownerNamed("a"), Want{Kind: WantVM, ID: int(id), Since: begun})
			c.Refresh(ownerNamed("b"), Want{Kind: WantSweep, Since: c.Inventory().SweepBegun()})
			time.Sleep(time.Second)
		})
		if len(calls) != 0 || s.wakes(ownerNamed("a")) != 1 || s.wakes(ownerNamed("b")) != 1 {
			t.Errorf("calls %v, woken %v", calls, s.woken)
		}
		calls = s.since(func() {
			c.Refresh(ownerNamed("a"), Want{Kind: WantVM, ID: int(id), Since: c.Mark()})
			time.Sleep(time.Second)
		})
		if calls["hosting.vm.info"] != 1 {
			t.Errorf("calls %v", calls)
		}
	})
}

func TestSteadyCallsPerResync(t *testing.T) {
	inStand(t, nil, func(t *testing.T, s *stand) {
		s.makeVMs(40)
		c := s.conversation(nil)
		for i, id := range vmIDs(c) {
			c.Inventory().Subscribe(ownerNamed(fmt.Sprint(i)), Want{Kind: WantVM, ID: int(id)})
		}
		s.forgetWakes()
		calls := s.since(func() { time.Sleep(100 * time.Minute) })
		want := map[string]int{"hosting.vm.list": 1, "hosting.disk.list": 1, "hosting.iface.list": 1, "hosting.ip.list": 1, "operation.list": 1}
		sweeps := calls["operation.list"]
		if sweeps < 9 || sweeps > 11 {
			t.Errorf("%d sweeps in 100 minutes", sweeps)
		}
		for method := range want {
			want[method] *= sweeps
		}
		if diff := cmp.Diff(want, calls); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
		account := operation.Owner{Kind: "GandiAccount", Namespace: "default", Name: "main"}
		for _, o := range s.everybodyWoken() {
			if o != account {
				t.Errorf("%v was woken though nothing changed", o)
			}
		}
		if n := s.wakes(account); n < 8 || n > 11 {
			t.Errorf("the account was woken %d times", n)
		}
	})
}

func TestSweepWakesOnlyWhatChanged(t *testing.T) {
	inStand(t, nil, func(t *testing.T, s *stand) {
		s.makeVMs(4)
		c := s.conversation(nil)
		ids := vmIDs(c)
		for i, id := range ids {
			c.Inventory().Subscribe(ownerNamed(fmt.Sprint(i)), Want{Kind: WantVM, ID: int(id)})
		}
		c.Inventory().Subscribe(ownerNamed("sweeps"), Want{Kind: WantSweep})
		disk := c.Inventory().VM(ids[1]).Value.DiskIDs[0]
		iface := c.Inventory().VM(ids[2]).Value.IfaceIDs[0]
		s.forgetWakes()
		s.panel(map[string]any{"type": "vm", "id": int(ids[0]), "power": "halted"})
		s.panel(map[string]any{"type": "disk", "id": int(disk), "size": 20480})
		s.panel(map[string]any{"type": "iface", "id": int(iface), "bandwidth": 51200})
		time.Sleep(12 * time.Minute)
		for name, want := range map[string]int{"0": 1, "1": 1, "2": 1, "3": 0, "sweeps": 1} {
			if got := s.wakes(ownerNamed(name)); got != want {
				t.Errorf("%s was woken %d times, want %d", name, got, want)
			}
		}
		if st := c.Inventory().VM(ids[0]).Value.State; st != gandi.VMHalted {
			t.Errorf("the VM is %s", st)
		}

		// Deleted by somebody: the sweep lacks it, which proves nothing yet.
		s.forgetWakes()
		s.panel(map[string]any{"type": "vm", "id": int(ids[3]), "delete": true})
		time.Sleep(12 * time.Minute)
		if r := c.Inventory().VM(ids[3]); r.Seen != Unlisted || s.wakes(ownerNamed("3")) == 0 {
			t.Errorf("the deleted VM is %v, woken %v", r.Seen, s.woken)
		}
		c.Inventory().Unsubscribe(ownerNamed("3"))
		time.Sleep(12 * time.Minute)
		if r := c.Inventory().VM(ids[3]); r.Seen != Unlisted || r.Value.ID != 0 {
			t.Errorf("nobody keeps the deleted VM, yet there is %+v", r)
		}
		if r := c.Inventory().VM(999_999); r.Seen != Unlisted || r.Begun == 0 {
			t.Errorf("a VM that nobody ever saw is %+v after a whole list", r)
		}
	})
}
