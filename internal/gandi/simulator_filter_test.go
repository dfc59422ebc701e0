package gandi_test

import (
	"slices"
	"testing"
	"time"

	"github.com/gandi-operator/gandi-operator/internal/gandi"
	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
)

// narrowed is the ids of what keep finds in the world.
func (s *stand) narrowed(list string, keep func(facts) bool) []int {
	out := []int{}
	for _, f := range s.state(list) {
		if keep(f) {
			out = append(out, f.num("id"))
		}
	}
	slices.Sort(out) // as lists are, unless asked otherwise
	return out
}

func idList[T any](id func(T) int) func([]T, error) func(*testing.T) []int {
	return func(all []T, err error) func(*testing.T) []int {
		return func(t *testing.T) []int {
			t.Helper()
			if err != nil {
				t.Error(err)
			}
			out := []int{}
			for _, v := range all {
				out = append(out, id(v))
			}
			return out
		}
	}
}

// filters asks each list with each filter, and expects what the world has of the kind.
func (s *stand) filters(sw map[string]string) {
	s.t.Helper()
	ctx, c := s.t.Context(), s.client
	is := func(key string, v any) func(facts) bool { return func(f facts) bool { return f[key] == v } }
	among := func(key string, v ...any) func(facts) bool {
		return func(f facts) bool { return slices.Contains(v, f[key]) }
	}
	vms := idList(func(v gandi.VM) int { return int(v.ID) })
	disks := idList(func(d gandi.Disk) int { return int(d.ID) })
	ifaces := idList(func(i gandi.Iface) int { return int(i.ID) })
	ips := idList(func(i gandi.IP) int { return int(i.ID) })
	images := idList(func(i gandi.Image) int { return int(i.ID) })
	vlans := idList(func(v gandi.VLAN) int { return int(v.ID) })
	keys := idList(func(k gandi.SSHKey) int { return int(k.ID) })
	datacenters := idList(func(d gandi.Datacenter) int { return int(d.ID) })
	operations := idList(func(o gandi.Operation) int { return int(o.ID) })

	s.does(gandi.VLANCreate{DatacenterID: 3, Name: "here"})
	s.does(gandi.VLANCreate{DatacenterID: 4, Name: "there"})
	here, there := gandi.VLANID(s.state("vlans")[0].num("id")), gandi.VLANID(s.state("vlans")[1].num("id"))
	s.does(gandi.IfaceCreate{DatacenterID: 3, VLAN: here})
	caughtUp(sw)
	vm, disk, nic, ip := s.state("vms")[0], s.state("disks")[0], s.state("ifaces")[0], s.state("ips")[0]
	ops := s.state("operations")
	for _, tt := range []struct {
		name string
		got  func(*testing.T) []int
		want []int
	}{
		{"vm id", vms(c.VMs(ctx, gandi.VMFilter{IDs: []gandi.VMID{gandi.VMID(vm.num("id"))}})), s.narrowed("vms", is("id", vm["id"]))},
		{"vm ids", vms(c.VMs(ctx, gandi.VMFilter{IDs: []gandi.VMID{gandi.VMID(vm.num("id")), 1}})), s.narrowed("vms", is("id", vm["id"]))},
		{"vm hostname", vms(c.VMs(ctx, gandi.VMFilter{Hostname: "db"})), s.narrowed("vms", is("hostname", "db"))},
		{"vm state", vms(c.VMs(ctx, gandi.VMFilter{State: "halted"})), s.narrowed("vms", is("state", "halted"))},
		{"vm datacenter", vms(c.VMs(ctx, gandi.VMFilter{DatacenterID: 4})), s.narrowed("vms", is("datacenter_id", 4))},
		{"vm nothing", vms(c.VMs(ctx, gandi.VMFilter{Hostname: "nobody"})), []int{}},
		{"disk id", disks(c.Disks(ctx, gandi.DiskFilter{IDs: []gandi.DiskID{gandi.DiskID(disk.num("id"))}})), s.narrowed("disks", is("id", disk["id"]))},
		{"disk name", disks(c.Disks(ctx, gandi.DiskFilter{Name: disk.str("name")})), s.narrowed("disks", is("name", disk["name"]))},
		{"disk state", disks(c.Disks(ctx, gandi.DiskFilter{State: "created"})), s.narrowed("disks", is("state", "created"))},
		{"disk type", disks(c.Disks(ctx, gandi.DiskFilter{Type: "snapshot"})), s.narrowed("disks", is("type", "snapshot"))},
		{"disk datacenter", disks(c.Disks(ctx, gandi.DiskFilter{DatacenterID: 3})), s.narrowed("disks", is("datacenter_id", 3))},
		{"disk vm", disks(c.Disks(ctx, gandi.DiskFilter{VMID: gandi.VMID(vm.num("id"))})),
			s.narrowed("disks", func(f facts) bool { return f.has("vms_id", vm.num("id")) })},
		{"iface id", ifaces(c.Ifaces(ctx, gandi.IfaceFilter{IDs: []gandi.IfaceID{gandi.IfaceID(nic.num("id"))}})), s.narrowed("ifaces", is("id", nic["id"]))},
		{"iface state", ifaces(c.Ifaces(ctx, gandi.IfaceFilter{State: "free"})), s.narrowed("ifaces", is("state", "free"))},
		{"iface type", ifaces(c.Ifaces(ctx, gandi.IfaceFilter{Type: "private"})), s.narrowed("ifaces", is("type", "private"))},
		{"iface datacenter", ifaces(c.Ifaces(ctx, gandi.IfaceFilter{DatacenterID: 3})), s.narrowed("ifaces", is("datacenter_id", 3))},
		{"iface vm", ifaces(c.Ifaces(ctx, gandi.IfaceFilter{VMID: gandi.VMID(vm.num("id"))})), s.narrowed("ifaces", is("vm_id", vm["id"]))},
		{"iface vlan", ifaces(c.Ifaces(ctx, gandi.IfaceFilter{VLAN: here})),
			s.narrowed("ifaces", func(f facts) bool { return f.inner("vlan").num("id") == int(here) })},
		{"iface vlan without any", ifaces(c.Ifaces(ctx, gandi.IfaceFilter{VLAN: there})), []int{}},
		{"vlan ids", vlans(c.VLANs(ctx, gandi.VLANFilter{IDs: []gandi.VLANID{here, 1}})), []int{int(here)}},
		{"vlan name", vlans(c.VLANs(ctx, gandi.VLANFilter{Name: "there"})), []int{int(there)}},
		{"vlan datacenter", vlans(c.VLANs(ctx, gandi.VLANFilter{DatacenterID: 4})), []int{int(there)}},
		{"key name", keys(c.SSHKeys(ctx, gandi.SSHKeyFilter{Name: "mine"})), s.narrowed("sshkeys", is("name", "mine"))},
		{"key name of nobody", keys(c.SSHKeys(ctx, gandi.SSHKeyFilter{Name: "MINE"})), []int{}},
		{"key fingerprint", keys(c.SSHKeys(ctx, gandi.SSHKeyFilter{Fingerprint: must[string](s.t)(gandi.SSHFingerprint(sshKey))})),
			s.narrowed("sshkeys", is("value", sshKey))},
		{"ip id", ips(c.IPs(ctx, gandi.IPFilter{IDs: []gandi.IPID{gandi.IPID(ip.num("id"))}})), s.narrowed("ips", is("id", ip["id"]))},
		{"ip iface", ips(c.IPs(ctx, gandi.IPFilter{IfaceID: gandi.IfaceID(nic.num("id"))})), s.narrowed("ips", is("iface_id", nic["id"]))},
		{"ip address", ips(c.IPs(ctx, gandi.IPFilter{Addr: ip.str("ip")})), s.narrowed("ips", is("ip", ip["ip"]))},
		{"ip version", ips(c.IPs(ctx, gandi.IPFilter{Version: 6})), s.narrowed("ips", is("version", 6))},
		{"ip state", ips(c.IPs(ctx, gandi.IPFilter{State: "created"})), s.narrowed("ips", is("state", "created"))},
		{"ip reverse", ips(c.IPs(ctx, gandi.IPFilter{Reverse: ip.str("reverse")})), s.narrowed("ips", is("reverse", ip["reverse"]))},
		{"ip datacenter", ips(c.IPs(ctx, gandi.IPFilter{DatacenterID: 4})), s.narrowed("ips", is("datacenter_id", 4))},
		{"image label", images(c.Images(ctx, gandi.ImageFilter{Label: "Debian 8 (HVM)"})), s.narrowed("images", is("label", "Debian 8 (HVM)"))},
		{"image datacenter", images(c.Images(ctx, gandi.ImageFilter{DatacenterID: 1})), s.narrowed("images", is("datacenter_id", 1))},
		{"image disk", images(c.Images(ctx, gandi.ImageFilter{DiskID: 51848})), s.narrowed("images", is("disk_id", 51848))},
		{"image visibility", images(c.Images(ctx, gandi.ImageFilter{Visibility: "alpha"})), s.narrowed("images", is("visibility", "alpha"))},
		{"image arch", images(c.Images(ctx, gandi.ImageFilter{Arch: "x86-32"})), s.narrowed("images", is("os_arch", "x86-32"))},
		{"datacenter ids", datacenters(c.Datacenters(ctx, gandi.DatacenterFilter{IDs: []gandi.DatacenterID{2, 5}})), []int{2, 5}},
		{"datacenter code", datacenters(c.Datacenters(ctx, gandi.DatacenterFilter{Code: "FR-SD3"})), []int{4}},
		{"datacenter name", datacenters(c.Datacenters(ctx, gandi.DatacenterFilter{Name: "Bissen"})), []int{3}},
		{"datacenter iso", datacenters(c.Datacenters(ctx, gandi.DatacenterFilter{ISO: "US"})), []int{2}},
		{"datacenter country", datacenters(c.Datacenters(ctx, gandi.DatacenterFilter{Country: "France"})), []int{1, 4, 5, 6}},
		{"operation ids", operations(c.Operations(ctx, gandi.OperationFilter{IDs: []gandi.OperationID{gandi.OperationID(ops[0].num("id")), gandi.OperationID(ops[2].num("id"))}})),
			[]int{ops[0].num("id"), ops[2].num("id")}},
		{"operation types", operations(c.Operations(ctx, gandi.OperationFilter{Types: []string{"vm_stop", "vm_start"}})), s.narrowed("operations", among("type", "vm_stop", "vm_start"))},
		{"operation step", operations(c.Operations(ctx, gandi.OperationFilter{Steps: []string{"DONE"}})), s.narrowed("operations", is("step", "DONE"))},
		{"operation steps", operations(c.Unfinished(ctx)), s.narrowed("operations", among("step", "BILL", "WAIT", "RUN"))},
		{"operation vm", operations(c.Operations(ctx, gandi.OperationFilter{VMID: gandi.VMID(vm.num("id"))})), s.concerning("vm_id", vm.num("id"))},
		{"operation disk", operations(c.Operations(ctx, gandi.OperationFilter{DiskID: gandi.DiskID(disk.num("id"))})), s.concerning("disk_id", disk.num("id"))},
		{"operation iface", operations(c.Operations(ctx, gandi.OperationFilter{IfaceID: gandi.IfaceID(nic.num("id"))})), s.concerning("iface_id", nic.num("id"))},
		{"operation after", operations(c.Operations(ctx, gandi.OperationFilter{CreatedAfter: ops[4].date("date_created")})),
			s.narrowed("operations", func(f facts) bool { return f.date("date_created").After(ops[4].date("date_created")) })},
		{"operation limit", operations(c.Operations(ctx, gandi.OperationFilter{SortBy: "id DESC", Limit: 1})), []int{ops[len(ops)-1].num("id")}},
	} {
		same(s.t, tt.name, tt.got(s.t), tt.want)
	}
	for name, f := range map[string]gandi.VMFilter{"state": {State: "halted"}, "hostname": {Hostname: "db"}} {
		same(s.t, "count by "+name, must[int](s.t)(c.VMCount(ctx, f)), len(must[[]gandi.VM](s.t)(c.VMs(ctx, f))))
	}
	stops := gandi.OperationFilter{Types: []string{"vm_stop"}, SortBy: "id ASC"}
	same(s.t, "operation.count", must[int](s.t)(c.OperationCount(ctx, stops)), len(s.narrowed("operations", is("type", "vm_stop"))))
	s.byFarm(sw)
}

// concerning is the operations that work on a thing, wherever they tell it.
func (s *stand) concerning(key string, id int) []int {
	return s.narrowed("operations", func(f facts) bool { return f.num(key) == id || f.inner("params").num(key) == id })
}

// byFarm is the filter whose working nobody has confirmed. A list that neither heeds nor shows the farm is answered
// whole: that is why records say whether the farm was told.
func (s *stand) byFarm(sw map[string]string) {
	s.t.Helper()
	ctx := s.t.Context()
	got, err := s.client.VMs(ctx, gandi.VMFilter{Farm: "no such farm"})
	switch sw["farm-filter"] {
	case "faulted":
		turnedDown(s.t, "the filter farm", err, gandi.Refused)
		_, err = s.client.VMCount(ctx, gandi.VMFilter{Farm: "no such farm"})
		turnedDown(s.t, "a count by farm", err, gandi.Refused)
		return
	case "ignored":
		want := len(s.state("vms"))
		if sw["farm"] == "list" {
			want = 0 // what the list shows is asked again here
		}
		if err != nil || len(got) != want {
			s.t.Errorf("a list that ignores farm: %d VMs, %v", len(got), err)
		}
		return
	}
	if err != nil || len(got) != 0 {
		s.t.Errorf("VMs of no farm: %v, %v", got, err)
	}
	got, err = s.client.VMs(ctx, gandi.VMFilter{Farm: "farm & <field>"})
	if err != nil || len(got) != 2 {
		s.t.Errorf("VMs of the farm: %v, %v", got, err)
	}
}

// Where the list shows what a filter asked for, a filter that the server ignores narrows all the same.
func TestAFilterThatIsIgnoredNarrowsHere(t *testing.T) {
	opts := &gandisim.Options{Switches: map[string]string{"farm-filter": "ignored", "farm": "list"}}
	inWorld(t, opts, func(t *testing.T, s *stand) {
		for _, farm := range []string{"a", "b", "b"} {
			s.change(map[string]any{"type": "vm", "create": map[string]any{"hostname": "vm", "farm": farm}})
		}
		got := must[[]gandi.VM](t)(s.client.VMs(t.Context(), gandi.VMFilter{Farm: "b"}))
		if len(got) != 2 || got[0].Farm != "b" {
			t.Errorf("VMs of farm b: %v", got)
		}
	})
}

// A household holds one thing of each shape that no call of the client's own makes.
func TestOddThingsAreRead(t *testing.T) {
	for _, null := range []string{"nil", "empty-string"} {
		t.Run(null, func(t *testing.T) {
			inWorld(t, switched("nil", null), func(t *testing.T, s *stand) {
				s.change(map[string]any{"type": "vm", "create": map[string]any{"hostname": "host", "datacenter_id": 4, "ip_version": 6}})
				vm, boot := gandi.VMID(s.last("vms")), s.last("disks")
				s.does(gandi.VLANCreate{DatacenterID: 4, Name: "private", Subnet: "192.168.0.0/24"})
				vlan := gandi.VLANID(s.last("vlans"))
				s.does(gandi.IfaceCreate{DatacenterID: 4, VLAN: vlan, IP: "192.168.0.9"})
				nic := gandi.IfaceID(s.last("ifaces"))
				s.does(gandi.VMIfaceAttach{VM: vm, Iface: nic})
				s.does(gandi.DiskCreate{Disk: gandi.DiskSpec{DatacenterID: 4, Name: "data"}})
				s.does(gandi.VMDiskAttach{VM: vm, Disk: gandi.DiskID(s.last("disks"))})
				s.does(gandi.DiskCreateFrom{Disk: gandi.DiskSpec{Name: "snap", Type: gandi.DiskTypeSnapshot}, Source: gandi.DiskID(boot)})
				s.does(gandi.DiskUpdate{ID: gandi.DiskID(boot), SnapshotProfile: new(gandi.SnapshotProfileID(3))})
				s.change(map[string]any{"type": "vm", "id": int(vm), "power": "paused"})
				s.agree(nil)

				i := must[gandi.Iface](t)(s.client.Iface(t.Context(), nic))
				if i.VLAN == nil || i.VLAN.ID != vlan || i.Num != nil || i.Type != gandi.IfaceTypePrivate || i.IPs[0].Addr != "192.168.0.9" {
					t.Errorf("a private interface reads %+v", i)
				}
				d := must[gandi.Disk](t)(s.client.Disk(t.Context(), gandi.DiskID(boot)))
				if d.SnapshotProfileID != 3 || len(d.SnapshotIDs) != 1 || !d.IsBootDisk {
					t.Errorf("a disk with snapshots reads %+v", d)
				}
			})
		})
	}
}

// Things of a moment ago are missing from lists that lag, and are there by their number.
func TestListsThatLag(t *testing.T) {
	for _, lag := range []string{"objects", "everything"} {
		t.Run(lag, func(t *testing.T) {
			inWorld(t, switched("list-lag", lag), func(t *testing.T, s *stand) {
				s.change(map[string]any{"type": "vm", "create": map[string]any{"hostname": "old"}})
				time.Sleep(time.Minute)
				ops := s.submit(aCreate("new"))
				vm := s.vmOf(ops)
				if got := must[gandi.VM](t)(s.client.VM(t.Context(), vm)); got.State != gandi.VMBeingCreated {
					t.Errorf("the new VM is %s", got.State)
				}
				byName := gandi.VMFilter{Hostname: "new"}
				if got := must[[]gandi.VM](t)(s.client.VMs(t.Context(), byName)); len(got) != 0 {
					t.Errorf("a list that lags shows %v", got)
				}
				want := 3
				if lag == "everything" {
					want = 0
				}
				if got := must[[]gandi.Operation](t)(s.client.Unfinished(t.Context())); len(got) != want {
					t.Errorf("%d unfinished operations, want %d", len(got), want)
				}
				time.Sleep(6 * time.Second)
				if got := must[[]gandi.VM](t)(s.client.VMs(t.Context(), byName)); len(got) != 1 || got[0].ID != vm {
					t.Errorf("a list that has caught up shows %v", got)
				}
			})
		})
	}
}
