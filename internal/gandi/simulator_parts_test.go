package gandi_test

import (
	"slices"
	"testing"
	"time"

	"github.com/gandi-operator/gandi-operator/internal/gandi"
	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
)

// The parts of a VM lead lives of their own: disks with snapshots, interfaces, networks, addresses, keys.

const paris = gandi.DatacenterID(1) // the one from which there is a way to another

func TestTheLivesOfPartsInEveryPositionOfEverySwitch(t *testing.T) {
	everyWorld(t, func(s *stand, sw map[string]string) {
		s.offers()
		s.change(map[string]any{"type": "vm", "create": map[string]any{"hostname": "host", "datacenter_id": int(paris)}})
		vm := gandi.VMID(s.last("vms"))
		s.lifeOfDisks(sw, vm)
		s.lifeOfNetworks(sw, vm)
		s.lifeOfKeys(sw)
		if got := s.bought(); got["vms"] != 0 || got["disks"] != 3 || got["ifaces"] != 2 {
			s.t.Errorf("bought %v", got)
		}
	})
}

// offers is what Gandi has for disks; no call changes it.
func (s *stand) offers() {
	s.t.Helper()
	ctx, c := s.t.Context(), s.client
	old, young := must[map[string][]string](s.t)(c.Kernels(ctx, paris)), must[map[string][]string](s.t)(c.Kernels(ctx, 4))
	if !slices.Contains(old["linux"], "2.6.18 (deprecated)") || slices.Contains(young["linux"], "2.6.18 (deprecated)") ||
		!slices.Contains(young["linux"], "3.12-x86_64") || len(old) != 2 {
		s.t.Errorf("kernels %v and %v", old, young)
	}
	same(s.t, "kernels", old["linux-hvm"], []string{"3.12-x86_64 (hvm)", "grub", "raw"})
	_, err := c.Kernels(ctx, 99)
	turnedDown(s.t, "kernels of no datacenter", err, gandi.NotFound)

	profiles := must[[]gandi.SnapshotProfile](s.t)(c.SnapshotProfiles(ctx))
	if len(profiles) != 3 {
		s.t.Fatalf("profiles %v", profiles)
	}
	same(s.t, "a profile", profiles[2], gandi.SnapshotProfile{
		ID: 3, Name: "security", KeptTotal: 10, QuotaFactor: 2, Schedules: []gandi.SnapshotSchedule{{Name: "hourly6", Kept: 3}, {Name: "daily", Kept: 6}, {Name: "weekly4", Kept: 1}},
	})
}

// made is the operation of type typ among what call started, at its end, when every edition tells what it made.
func (s *stand) made(call gandi.Call, typ string) gandi.Operation {
	s.t.Helper()
	op, ok := gandi.PickOperation(s.submit(call), typ)
	if !ok {
		s.t.Fatalf("%s started no %s", call.Method(), typ)
	}
	end := s.ended(op.ID)
	if end.Step != gandi.StepDone {
		s.t.Fatalf("%s ended %s: %s", typ, end.Step, end.LastError)
	}
	return end
}

func (s *stand) lifeOfDisks(sw map[string]string, vm gandi.VMID) {
	s.t.Helper()
	t, ctx, c := s.t, s.t.Context(), s.client
	data := s.made(gandi.DiskCreate{Disk: gandi.DiskSpec{
		DatacenterID: paris, Name: "data", SizeMB: 5120, Kernel: "grub", Cmdline: "root=/dev/sda1 ro",
	}}, gandi.TypeDiskCreate).DiskID
	s.wantFacts("disks", int(data), facts{"name": "data", "size": 5120, "kernel_version": "grub", "type": "data", "vms_id": []any{}})

	// On the VM, to read, between the system disk and nothing.
	attached := s.made(gandi.VMDiskAttach{VM: vm, Disk: data, Position: new(1), ReadOnly: true}, gandi.TypeDiskAttach)
	if attached.VMID != vm || attached.DiskID != data {
		t.Errorf("disk_attach tells VM %d and disk %d", attached.VMID, attached.DiskID)
	}
	s.wantFacts("disks", int(data), facts{"vms_id": []any{int(vm)}, "read_only": true})
	if ids := s.one("vms", int(vm)).list("disks_id"); len(ids) != 2 || ids[1] != int(data) {
		t.Errorf("disks %v", ids)
	}

	snap := s.made(gandi.DiskCreateFrom{Disk: gandi.DiskSpec{Name: "snap", Type: gandi.DiskTypeSnapshot}, Source: data}, gandi.TypeDiskCreate).DiskID
	if d := must[gandi.Disk](t)(c.Disk(ctx, snap)); d.Type != gandi.DiskTypeSnapshot || d.Source != data || d.CanSnapshot || d.SizeMB != 5120 {
		t.Errorf("the snapshot reads %+v", d)
	}
	if d := must[gandi.Disk](t)(c.Disk(ctx, data)); !slices.Equal(d.SnapshotIDs, []gandi.DiskID{snap}) {
		t.Errorf("the disk with a snapshot reads %+v", d)
	}
	s.agree(sw)

	// Neither moves while the disk is attached; what says so is gone once it is not.
	for _, call := range []gandi.Call{gandi.DiskRollback{Disk: data, Snapshot: snap}, gandi.DiskMigrate{ID: data, To: 4}} {
		_, err := c.Submit(ctx, call)
		turnedDown(t, call.Method(), err, gandi.Busy)
		wantCode(t, err, 530439)
	}
	s.does(gandi.VMDiskDetach{VM: vm, Disk: data})
	s.does(gandi.DiskUpdate{ID: data, Kernel: new("raw")})
	rollback := s.submit(gandi.DiskRollback{Disk: data, Snapshot: snap})[0]
	s.running(rollback.ID)
	if d := must[gandi.Disk](t)(c.Disk(ctx, data)); d.State != gandi.DiskRollingBack {
		t.Errorf("a disk that rolls back is %s", d.State)
	}
	s.settle([]gandi.Operation{rollback})
	s.wantFacts("disks", int(data), facts{"kernel_version": "grub", "state": "created"})
	caughtUp(sw)
	found := must[[]gandi.Operation](t)(c.Operations(ctx, gandi.OperationFilter{DiskID: data, Types: gandi.OperationTypes("hosting.disk.rollback_from")}))
	if len(found) != 1 || found[0].ID != rollback.ID {
		t.Errorf("rollbacks of the disk: %v, want %d", found, rollback.ID)
	}

	moved := s.made(gandi.DiskMigrate{ID: data, To: 4}, gandi.TypeDiskMigrate)
	if d := must[gandi.Disk](t)(c.Disk(ctx, data)); moved.DiskID != data || d.DatacenterID != 4 || d.State != gandi.DiskCreated {
		t.Errorf("a disk that moved reads %+v after %+v", d, moved)
	}
	_, err := c.Submit(ctx, gandi.DiskMigrate{ID: data, To: paris})
	turnedDown(t, "the way back", err, gandi.Refused)
	if sw["datacenter-fields"] != "guide" {
		if d := must[gandi.Datacenter](t)(c.Datacenter(ctx, paris)); !slices.Equal(d.CanMigrateTo, []gandi.DatacenterID{4}) {
			t.Errorf("from datacenter %d one can go to %v", paris, d.CanMigrateTo)
		}
	}

	clone := s.made(gandi.DiskCreateFrom{Disk: gandi.DiskSpec{Name: "clone", SizeMB: 10240, SnapshotProfile: 2}, Source: data}, gandi.TypeDiskCreate).DiskID
	s.wantFacts("disks", int(clone), facts{"datacenter_id": 4, "size": 10240, "source": int(data), "type": "data", "kernel_version": "grub"})
	s.agree(sw)
	for _, id := range []gandi.DiskID{clone, snap, data} {
		s.does(gandi.DiskDelete{ID: id})
		s.gone(sw, "disk", func() (string, error) {
			d, err := c.Disk(ctx, id)
			return d.State, err
		})
	}
}

// running waits until an operation is at work.
func (s *stand) running(id gandi.OperationID) {
	s.t.Helper()
	for range 100 {
		switch op := must[gandi.Operation](s.t)(s.client.Operation(s.t.Context(), id)); op.Step {
		case gandi.StepRun:
			return
		case gandi.StepBill, gandi.StepWait:
			time.Sleep(time.Second)
		default:
			s.t.Fatalf("operation %d is %s", id, op.Step)
		}
	}
	s.t.Fatalf("operation %d does not begin", id)
}

func (s *stand) lifeOfNetworks(sw map[string]string, vm gandi.VMID) {
	s.t.Helper()
	t, ctx, c := s.t, s.t.Context(), s.client
	vlan := s.made(gandi.VLANCreate{DatacenterID: paris, Name: "backend", Subnet: "192.168.7.0/24", Gateway: "192.168.7.1"}, gandi.TypeVLANCreate).VLANID
	s.wantFacts("vlans", int(vlan), facts{"name": "backend", "subnet": "192.168.7.0/24", "gateway": "192.168.7.1", "state": gandi.VLANCreated})
	s.does(gandi.VLANUpdate{ID: vlan, Name: new("inner"), Gateway: new("192.168.7.2")})
	if v := must[gandi.VLAN](t)(c.VLAN(ctx, vlan)); v.Name != "inner" || v.Gateway != "192.168.7.2" || v.Subnet != "192.168.7.0/24" {
		t.Errorf("the network reads %+v", v)
	}

	nic := s.made(gandi.IfaceCreate{DatacenterID: paris, VLAN: vlan, IP: "192.168.7.9", BandwidthKbit: 204800}, gandi.TypeIfaceCreate).IfaceID
	attached := s.made(gandi.VMIfaceAttach{VM: vm, Iface: nic}, gandi.TypeIfaceAttach)
	if attached.VMID != vm || attached.IfaceID != nic {
		t.Errorf("iface_attach tells VM %d and interface %d", attached.VMID, attached.IfaceID)
	}
	s.agree(sw)
	if there := must[[]gandi.Iface](t)(c.Ifaces(ctx, gandi.IfaceFilter{VLAN: vlan})); len(there) != 1 || there[0].ID != nic || there[0].VMID != vm || there[0].BandwidthKbit != 204800 {
		t.Errorf("on the network stand %+v", there)
	}
	_, err := c.Submit(ctx, gandi.VLANDelete{ID: vlan})
	turnedDown(t, "a network in use", err, gandi.Busy)
	s.does(gandi.VMIfaceDetach{VM: vm, Iface: nic})
	s.wantFacts("ifaces", int(nic), facts{"state": gandi.IfaceFree, "vm_id": nil, "ips_id": []any{s.last("ips")}})
	s.does(gandi.IfaceDelete{ID: nic})
	s.does(gandi.VLANDelete{ID: vlan})
	_, err = c.VLAN(ctx, vlan)
	turnedDown(t, "a deleted network", err, gandi.NotFound)

	public := s.made(gandi.IfaceCreate{DatacenterID: paris, IPVersion: 4, BandwidthKbit: 51200}, gandi.TypeIfaceCreate)
	i := must[gandi.Iface](t)(c.Iface(ctx, public.IfaceID))
	if i.Type != gandi.IfaceTypePublic || i.VLAN != nil || len(i.IPs) != 2 || i.IPs[0].ID != public.IPID || i.IPs[0].Version != 4 || i.IPs[1].Version != 6 {
		t.Errorf("a public interface reads %+v after %+v", i, public)
	}
	named := s.made(gandi.IPUpdate{ID: public.IPID, Reverse: "www.example.com"}, gandi.TypeIPUpdate)
	if ip := must[gandi.IP](t)(c.IP(ctx, public.IPID)); named.IPID != ip.ID || ip.Reverse != "www.example.com" {
		t.Errorf("the address reads %+v after %+v", ip, named)
	}
	s.agree(sw)
	s.does(gandi.IfaceDelete{ID: public.IfaceID})
	_, err = c.IP(ctx, public.IPID)
	turnedDown(t, "an address whose interface is gone", err, gandi.NotFound)
}

func (s *stand) lifeOfKeys(sw map[string]string) {
	s.t.Helper()
	t, ctx, c := s.t, s.t.Context(), s.client
	before := len(s.state("operations"))
	var ids []gandi.SSHKeyID
	for range 2 { // names are not unique, and neither are keys
		ops := s.submit(gandi.SSHKeyCreate{Name: "mine", Value: sshKey})
		if len(ops) != 1 || ops[0].Type != gandi.TypeSSHKeyCreate || ops[0].ID != 0 || !ops[0].Finished() {
			t.Fatalf("storing a key answers %+v", ops)
		}
		ids = append(ids, ops[0].SSHKeyID)
	}
	s.agree(sw)
	mark := must[string](t)(gandi.SSHFingerprint(sshKey))
	found := must[[]gandi.SSHKey](t)(c.SSHKeys(ctx, gandi.SSHKeyFilter{Name: "mine", Fingerprint: mark}))
	if len(found) != 2 || found[0].ID != ids[0] || found[1].ID != ids[1] || found[0].Value != "" {
		t.Errorf("keys %+v, want %v", found, ids)
	}
	if k := must[gandi.SSHKey](t)(c.SSHKey(ctx, ids[0])); k.Value != sshKey || k.Fingerprint != mark || k.Name != "mine" {
		t.Errorf("the key reads %+v", k)
	}
	for _, id := range ids {
		if ops := s.submit(gandi.SSHKeyDelete{ID: id}); len(ops) != 0 {
			t.Errorf("deleting a key answers %v", ops)
		}
		_, err := c.SSHKey(ctx, id)
		turnedDown(t, "a deleted key", err, gandi.NotFound)
	}
	if n := len(s.state("operations")); n != before {
		t.Errorf("keys started %d operations", n-before)
	}
}

// snapshotted is a free disk with one snapshot.
func (s *stand) snapshotted() (disk, snap gandi.DiskID) {
	s.t.Helper()
	s.change(map[string]any{"type": "disk", "create": map[string]any{"datacenter_id": 3, "name": "data"}})
	disk = gandi.DiskID(s.last("disks"))
	return disk, s.made(gandi.DiskCreateFrom{Disk: gandi.DiskSpec{Name: "snap", Type: gandi.DiskTypeSnapshot}, Source: disk}, gandi.TypeDiskCreate).DiskID
}

func (s *stand) vlan(dc gandi.DatacenterID, name string) gandi.VLANID {
	s.t.Helper()
	return s.made(gandi.VLANCreate{DatacenterID: dc, Name: name}, gandi.TypeVLANCreate).VLANID
}

// A call whose answer was cut has left traces, and these are the ways to them.
func TestWhatALostAnswerBroughtIsFound(t *testing.T) {
	type look func(s *stand) (found int, err error)
	byName := func(s *stand) (int, error) {
		all, err := s.client.Disks(s.t.Context(), gandi.DiskFilter{Name: "g1abc9x8y7z6w5v"})
		return len(all), err
	}
	byOperation := func(method string, is func(gandi.Operation) bool) look {
		return func(s *stand) (int, error) {
			all, err := s.client.Operations(s.t.Context(), gandi.OperationFilter{Types: gandi.OperationTypes(method), SortBy: "id DESC"})
			all = slices.DeleteFunc(all, func(o gandi.Operation) bool { return !is(o) })
			return len(all), err
		}
	}
	for _, tt := range []struct {
		name string
		call func(s *stand) (gandi.Call, look)
	}{
		{"an empty disk", func(*stand) (gandi.Call, look) {
			return gandi.DiskCreate{Disk: gandi.DiskSpec{DatacenterID: 3, Name: "g1abc9x8y7z6w5v"}}, byName
		}},
		{"a snapshot", func(s *stand) (gandi.Call, look) {
			disk, _ := s.snapshotted()
			return gandi.DiskCreateFrom{Disk: gandi.DiskSpec{Name: "g1abc9x8y7z6w5v", Type: gandi.DiskTypeSnapshot}, Source: disk}, byName
		}},
		{"a rollback", func(s *stand) (gandi.Call, look) {
			disk, snap := s.snapshotted()
			call := gandi.DiskRollback{Disk: disk, Snapshot: snap}
			return call, byOperation(call.Method(), func(o gandi.Operation) bool { return o.DiskID == disk })
		}},
		{"a migration", func(s *stand) (gandi.Call, look) {
			s.change(map[string]any{"type": "disk", "create": map[string]any{"datacenter_id": 1}})
			call := gandi.DiskMigrate{ID: gandi.DiskID(s.last("disks")), To: 4}
			return call, byOperation(call.Method(), func(o gandi.Operation) bool { return o.DiskID == call.ID })
		}},
		{"an interface", func(*stand) (gandi.Call, look) {
			return gandi.IfaceCreate{DatacenterID: 3, IPVersion: 4}, byOperation("hosting.iface.create", func(o gandi.Operation) bool { return o.IfaceID != 0 })
		}},
		{"a network", func(*stand) (gandi.Call, look) {
			return gandi.VLANCreate{DatacenterID: 3, Name: "backend"}, func(s *stand) (int, error) {
				all, err := s.client.VLANs(s.t.Context(), gandi.VLANFilter{Name: "backend"})
				return len(all), err
			}
		}},
		{"a key", func(*stand) (gandi.Call, look) {
			return gandi.SSHKeyCreate{Value: sshKey}, func(s *stand) (int, error) {
				all, err := s.client.SSHKeys(s.t.Context(), gandi.SSHKeyFilter{Fingerprint: must[string](s.t)(gandi.SSHFingerprint(sshKey))})
				return len(all), err
			}
		}},
	} {
		for _, ids := range []string{"reply", "params-only"} {
			for _, cut := range []string{"before", "after"} {
				t.Run(tt.name+"/"+ids+"/"+cut, func(t *testing.T) {
					inWorld(t, switched("create-reply-ids", ids), func(t *testing.T, s *stand) {
						call, look := tt.call(s)
						s.world.Script(gandisim.Trouble{Method: call.Method(), Cut: cut})
						_, err := s.client.Submit(t.Context(), call)
						turnedDown(t, call.Method(), err, gandi.OutcomeUnknown)
						want := 0
						if cut == "after" {
							want = 1
						}
						if found := must[int](t)(look(s)); found != want {
							t.Errorf("found %d, want %d", found, want)
						}
					})
				})
			}
		}
	}
}
