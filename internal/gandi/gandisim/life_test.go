package gandisim

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAVMComesUpInThreeOperations(t *testing.T) {
	inWorld(t, Options{}, func(me *customer) {
		ops := me.creates(nil)
		id := ops["vm_create"]["vm_id"].(int)
		disk, nic := ops["disk_create"]["disk_id"].(int), ops["iface_create"]["iface_id"].(int)
		wantFields(t, ops["disk_create"], Struct{"vm_id": id, "step": "WAIT", "iface_id": nil, "date_start": nil})
		wantFields(t, ops["iface_create"], Struct{"vm_id": id, "disk_id": nil})
		if ops["iface_create"]["ip_id"] == nil {
			t.Error("no ip_id at once")
		}
		// The VM exists from the moment of the call.
		wantFields(t, me.info("vm", id), Struct{"state": "being_created", "disks_id": []any{disk}, "ifaces_id": []any{nic}})
		wantFields(t, me.info("disk", disk), Struct{"state": "being_created", "vms_id": []any{id}, "is_boot_disk": true, "size": 3072, "label": "Ubuntu 10.04", "source": 51848})
		wantFields(t, me.info("iface", nic), Struct{"state": "being_created", "vm_id": id, "num": 0, "bandwidth": 102400.0})

		order := []string{}
		begun := time.Now()
		for me.operation(ops["vm_create"]["id"])["step"] != "DONE" {
			for _, kind := range []string{"disk_create", "iface_create", "vm_create"} {
				o := me.operation(ops[kind]["id"])
				if o["step"] == "RUN" && !slices.Contains(order, kind) {
					order = append(order, kind)
					if eta := o["eta"].(int); eta < 0 || eta > 40 {
						t.Errorf("%s: eta %d", kind, eta)
					}
				}
			}
			wait(time.Second)
		}
		if want := []string{"disk_create", "iface_create", "vm_create"}; !slices.Equal(order, want) {
			t.Errorf("order %v", order)
		}
		if took := time.Since(begun); took < 30*time.Second || took > 60*time.Second {
			t.Errorf("took %v, want about 44 s", took)
		}
		wantFields(t, me.info("vm", id), Struct{"state": "running", "console": 0, "description": nil, "keys": []any{}, "probes": []any{}})
		wantFields(t, me.info("disk", disk), Struct{"state": "created", "can_snapshot": true, "type": "data"})
		wantFields(t, me.info("iface", nic), Struct{"state": "used"})
		o := me.operation(ops["vm_create"]["id"])
		if o["date_start"] == nil || o["last_error"] != nil || o["params"].(Struct)["vm_id"] != id {
			t.Errorf("operation %v", o)
		}
	})
}

func TestTimeScaleMakesOperationsFaster(t *testing.T) {
	inWorld(t, Options{TimeScale: 100}, func(me *customer) {
		ops := me.creates(nil)
		wait(600 * time.Millisecond)
		if step := me.operation(ops["vm_create"]["id"])["step"]; step != "DONE" {
			t.Errorf("after 600 ms: %v", step)
		}
	})
}

// What the world is does not depend on how often one looks.
func TestLookingChangesNothing(t *testing.T) {
	run := func(t *testing.T, look time.Duration) (state map[string]any) {
		inWorld(t, Options{Seed: 7}, func(me *customer) {
			begun := time.Now()
			id := me.creates(nil)["vm_create"]["vm_id"].(int)
			for time.Since(begun) < 2*time.Minute {
				if look > 0 {
					me.w.State()
					wait(look)
				} else {
					wait(2 * time.Minute)
				}
			}
			me.ok("hosting.vm.stop", id)
			wait(time.Minute)
			state = me.w.State()
		})
		return state
	}
	if diff := cmp.Diff(run(t, 0), run(t, 750*time.Millisecond)); diff != "" {
		t.Errorf("seldom looked at (-), often looked at (+):\n%s", diff)
	}
}

func TestTheSeedDecidesEverything(t *testing.T) {
	run := func(seed int64) (out string) {
		inWorld(t, Options{Seed: seed}, func(me *customer) {
			me.vm(nil)
			me.vm(Struct{"ip_version": 6, "hostname": "six"})
			out = fmt.Sprint(me.w.State())
		})
		return out
	}
	one, again, two := run(1), run(1), run(2)
	if one != again {
		t.Error("one seed, two worlds")
	}
	if one == two {
		t.Error("two seeds, one world")
	}
}

func TestPowerAndWhatItNeeds(t *testing.T) {
	inWorld(t, Options{}, func(me *customer) {
		id := me.vm(nil)
		me.refused(0, "vm#"+fmt.Sprint(id)+" is running", "hosting.vm.delete", id)
		me.refused(0, "CAUSE_BADSTATE", "hosting.vm.start", id)
		me.does("hosting.vm.reboot", id)
		me.does("hosting.vm.stop", id)
		wantFields(t, me.info("vm", id), Struct{"state": "halted"})
		me.refused(0, "is halted", "hosting.vm.stop", id)
		me.refused(0, "is halted", "hosting.vm.reboot", id)
		me.does("hosting.vm.start", id)
		wantFields(t, me.info("vm", id), Struct{"state": "running"})
		if err := me.w.Change(map[string]any{"type": "vm", "id": id, "power": "paused"}); err != nil {
			t.Fatal(err)
		}
		me.does("hosting.vm.start", id)
		wantFields(t, me.info("vm", id), Struct{"state": "running"})
		for _, method := range []string{"start", "stop", "reboot", "delete", "info"} {
			me.refused(530242, "VM '1' doesn't exist.", "hosting.vm."+method, 1)
		}
	})
}

func TestDeletingAVMTakesItsFirstDiskAndInterface(t *testing.T) {
	inWorld(t, Options{}, func(me *customer) {
		id := me.halted(nil)
		extraDisk := me.does("hosting.disk.create", Struct{"datacenter_id": 1, "name": "data"})["disk_id"].(int)
		extraNIC := me.does("hosting.iface.create", Struct{"datacenter_id": 1, "ip_version": 4})["iface_id"].(int)
		me.does("hosting.vm.disk_attach", id, extraDisk)
		me.does("hosting.vm.iface_attach", id, extraNIC)
		v := me.info("vm", id)
		boot, nic := v["disks_id"].([]any)[0], v["ifaces_id"].([]any)[0]
		ip := me.info("iface", nic)["ips_id"].([]any)[0]
		wantFields(t, v, Struct{"disks_id": []any{boot, extraDisk}, "ifaces_id": []any{nic, extraNIC}})

		me.does("hosting.vm.delete", id)
		me.refused(530242, "doesn't exist", "hosting.vm.info", id)
		me.refused(530442, "doesn't exist", "hosting.disk.info", boot)
		me.refused(530342, "doesn't exist", "hosting.iface.info", nic)
		me.refused(530542, "doesn't exist", "hosting.ip.info", ip)
		wantFields(t, me.info("disk", extraDisk), Struct{"vms_id": []any{}, "state": "created"})
		wantFields(t, me.info("iface", extraNIC), Struct{"vm_id": nil, "state": "free", "num": nil})
	})
}

func TestAVMCanBeDeletedAlone(t *testing.T) {
	inWorld(t, Options{}, func(me *customer) {
		id := me.halted(nil)
		v := me.info("vm", id)
		disk, nic := v["disks_id"].([]any)[0], v["ifaces_id"].([]any)[0]
		me.does("hosting.vm.disk_detach", id, disk)
		me.does("hosting.vm.iface_detach", id, nic)
		me.refused(0, "no system disk", "hosting.vm.start", id)
		me.does("hosting.vm.delete", id)
		wantFields(t, me.info("disk", disk), Struct{"state": "created"})
		wantFields(t, me.info("iface", nic), Struct{"state": "free"})
		// And a new VM can be made of both.
		ops := byType(me.ok("hosting.vm.create", spec(Struct{"ip_version": nil, "bandwidth": nil, "sys_disk_id": disk, "iface_id": nic})))
		if len(ops) != 1 {
			t.Errorf("operations %v", ops)
		}
		second := me.done(ops["vm_create"])["vm_id"]
		wantFields(t, me.info("vm", second), Struct{"disks_id": []any{disk}, "ifaces_id": []any{nic}, "state": "running"})
	})
}

func TestAReleasedAddressGoesToTheNextInterface(t *testing.T) {
	inWorld(t, Options{}, func(me *customer) {
		nic := me.does("hosting.iface.create", Struct{"datacenter_id": 3, "ip_version": 4})["iface_id"]
		ips := me.ok("hosting.ip.list", Struct{"iface_id": nic}).([]any)
		if len(ips) != 2 {
			t.Fatalf("a v4 interface has %d addresses", len(ips))
		}
		old := ips[0].(Struct)
		wantFields(t, old, Struct{"version": 4, "state": "created", "num": 0, "type": "public", "datacenter_id": 3})
		me.does("hosting.ip.update", old["id"], Struct{"reverse": "www.example.com"})
		wait(48 * time.Hour)
		me.does("hosting.iface.delete", nic)
		me.refused(530542, "", "hosting.ip.info", old["id"])
		if n := me.ok("hosting.ip.count"); n != 0 {
			t.Errorf("%v addresses listed", n)
		}

		elsewhere := me.does("hosting.iface.create", Struct{"datacenter_id": 4, "ip_version": 4})
		sixOnly := me.does("hosting.iface.create", Struct{"datacenter_id": 3, "ip_version": 6})
		for _, o := range []Struct{elsewhere, sixOnly} {
			if o["ip_id"] == old["id"] {
				t.Errorf("%v got the address", o)
			}
		}
		if six := me.info("ip", sixOnly["ip_id"]); six["id"] != ips[1].(Struct)["id"] || six["version"] != 6 || six["num"] != 0 {
			t.Errorf("the v6 was not handed on: %v", six)
		}
		again := me.does("hosting.iface.create", Struct{"datacenter_id": 3, "ip_version": 4})
		wantFields(t, me.info("ip", again["ip_id"]), Struct{
			"id": old["id"], "ip": old["ip"], "date_created": old["date_created"], "reverse": old["reverse"], "iface_id": again["iface_id"],
		})
	})
}

func TestWhatDisksRefuse(t *testing.T) {
	inWorld(t, Options{}, func(me *customer) {
		id := me.vm(nil)
		boot := me.info("vm", id)["disks_id"].([]any)[0]
		me.refused(530439, "is attached", "hosting.disk.delete", boot)
		me.refused(530442, "doesn't exist", "hosting.disk.delete", 12)
		me.refused(530437, "multiple of 1024", "hosting.disk.update", boot, Struct{"size": 5000})
		me.refused(530437, "cannot shrink", "hosting.disk.update", boot, Struct{"size": 1024})
		me.refused(0, "is running", "hosting.vm.disk_detach", id, boot)
		far := me.does("hosting.disk.create", Struct{"datacenter_id": 3})["disk_id"]
		wantFields(t, me.info("disk", far), Struct{"size": 10240, "kernel_version": nil, "label": nil, "is_boot_disk": false, "source": nil})
		me.refused(530451, "[VM and Disk must be in the same datacenter]", "hosting.vm.disk_attach", id, far)
		near := me.does("hosting.disk.create", Struct{"datacenter_id": 1})["disk_id"]
		me.does("hosting.vm.disk_attach", id, near, Struct{})
		me.refused(530439, "is attached to vm#", "hosting.vm.disk_attach", id, near)
		me.refused(530437, "multiple of 1024", "hosting.disk.create", Struct{"datacenter_id": 1, "size": 3000, "name": "less"})
	})
}

func TestPositionZeroSwaps(t *testing.T) {
	inWorld(t, Options{}, func(me *customer) {
		id := me.halted(nil)
		boot := me.info("vm", id)["disks_id"].([]any)[0]
		other := me.does("hosting.disk.create_from", Struct{"name": "rescue"}, ubuntu1004)["disk_id"]
		me.does("hosting.vm.disk_attach", id, other, Struct{"position": 0})
		wantFields(t, me.info("vm", id), Struct{"disks_id": []any{other, boot}})
		wantFields(t, me.info("disk", other), Struct{"is_boot_disk": true})
		wantFields(t, me.info("disk", boot), Struct{"is_boot_disk": false, "vms_id": []any{id}})
	})
}

func TestSnapshots(t *testing.T) {
	inWorld(t, Options{}, func(me *customer) {
		id := me.halted(nil)
		boot := me.info("vm", id)["disks_id"].([]any)[0]
		snap := me.does("hosting.disk.create_from", Struct{"name": "before", "type": "snapshot"}, boot)["disk_id"]
		wantFields(t, me.info("disk", snap), Struct{"type": "snapshot", "source": boot, "can_snapshot": false, "vms_id": []any{}})
		wantFields(t, me.info("disk", boot), Struct{"snapshots_id": []any{snap}})
		me.refused(530439, fmt.Sprintf("[disk#%d associated with snapshot#%d is attached]", boot, snap), "hosting.disk.rollback_from", snap)
		me.does("hosting.vm.disk_detach", id, boot)
		op := me.op("hosting.disk.rollback_from", snap)
		wait(5 * time.Second)
		wantFields(t, me.info("disk", boot), Struct{"state": "rollback"})
		me.done(op)
		wantFields(t, me.info("disk", boot), Struct{"state": "created"})
		me.refused(0, "not a snapshot", "hosting.vm.disk_rollback", boot)
		me.refused(0, "cannot be snapshotted", "hosting.disk.create_from", Struct{"type": "snapshot"}, snap)
	})
}

// A disk with a snapshot profile is snapshotted at once, unseen: attaching it then fails late.
func TestAttachingDuringTheFirstSnapshot(t *testing.T) {
	inWorld(t, Options{}, func(me *customer) {
		id := me.vm(nil)
		disk := me.does("hosting.disk.create", Struct{"datacenter_id": 1, "snapshot_profile": 2})["disk_id"]
		wantFields(t, me.ok("hosting.disk.list", Struct{"id": disk}).([]any)[0].(Struct), Struct{"snapshot_profile_id": 2})
		if p := me.info("disk", disk)["snapshot_profile"].(Struct); p["name"] != "full_week" {
			t.Errorf("profile %v", p)
		}
		if o := me.settled(me.op("hosting.vm.disk_attach", id, disk)); o["step"] != "ERROR" || o["last_error"] == nil {
			t.Errorf("ended %v: %v", o["step"], o["last_error"])
		}
		wait(2 * time.Minute)
		me.does("hosting.vm.disk_attach", id, disk)
		me.does("hosting.disk.update", disk, Struct{"snapshot_profile": ""})
		wantFields(t, me.info("disk", disk), Struct{"snapshot_profile": nil})
	})
}

func TestVLANs(t *testing.T) {
	inWorld(t, Options{}, func(me *customer) {
		op := me.does("hosting.vlan.create", Struct{"name": "back", "datacenter_id": 3, "subnet": "192.168.7.0/24", "gateway": "192.168.7.1"})
		vlan := op["params"].(Struct)["vlan_id"].(int)
		wantFields(t, me.info("vlan", vlan), Struct{"name": "back", "state": "created", "subnet": "192.168.7.0/24", "gateway": "192.168.7.1"})
		me.refused(530636, "already exists", "hosting.vlan.create", Struct{"name": "back", "datacenter_id": 3})
		auto := me.does("hosting.iface.create", Struct{"datacenter_id": 3, "vlan": vlan})["iface_id"]
		fixed := me.does("hosting.iface.create", Struct{"datacenter_id": 3, "vlan": vlan, "ip": "192.168.7.77", "ip_version": 4})["iface_id"]
		me.refused(530536, "is taken", "hosting.iface.create", Struct{"datacenter_id": 3, "vlan": vlan, "ip": "192.168.7.77"})
		me.refused(530537, "not an address of vlan", "hosting.iface.create", Struct{"datacenter_id": 3, "vlan": vlan, "ip": "10.0.0.1"})
		me.refused(530651, "", "hosting.iface.create", Struct{"datacenter_id": 4, "vlan": vlan})
		wantFields(t, me.info("iface", auto), Struct{"type": "private", "num": nil, "vlan": Struct{"id": vlan, "name": "back"}})
		if a := me.info("iface", auto)["ips"].([]any)[0].(Struct)["ip"]; a != "192.168.7.2" {
			t.Errorf("the first free address is %v", a)
		}
		if n := me.ok("hosting.iface.count", Struct{"vlan": "back"}); n != 2 {
			t.Errorf("%v interfaces by name", n)
		}
		if n := me.ok("hosting.iface.count", Struct{"vlan_id": vlan}); n != 2 {
			t.Errorf("%v interfaces by id", n)
		}
		me.refused(530639, "has iface#", "hosting.vlan.delete", vlan)
		me.does("hosting.vlan.update", vlan, Struct{"name": "front", "gateway": "192.168.7.254"})
		wantFields(t, me.info("vlan", vlan), Struct{"name": "front", "gateway": "192.168.7.254"})
		me.does("hosting.iface.delete", auto)
		me.does("hosting.iface.delete", fixed)
		me.does("hosting.vlan.delete", vlan)
		me.refused(530642, "", "hosting.vlan.info", vlan)
	})
}

func TestSSHKeysAreSynchronous(t *testing.T) {
	inWorld(t, Options{}, func(me *customer) {
		const value = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC63QZAW3tusdv+JuyzOoXT me@example.com"
		k := me.ok("hosting.ssh.create", Struct{"name": "laptop", "value": value}).(Struct)
		wantFields(t, k, Struct{"name": "laptop", "value": value})
		me.ok("hosting.ssh.create", Struct{"name": "laptop", "value": value})
		if n := me.ok("hosting.ssh.count", Struct{"name": "laptop"}); n != 2 {
			t.Errorf("%v keys of one name, want 2", n)
		}
		if _, shown := me.ok("hosting.ssh.list").([]any)[0].(Struct)["value"]; shown {
			t.Error("the list shows the value")
		}
		id := me.vm(Struct{"password": nil, "keys": []any{k["id"]}})
		wantFields(t, me.info("vm", id), Struct{"keys": []any{k["id"]}})
		if gone := me.ok("hosting.ssh.delete", k["id"]); gone != true {
			t.Errorf("got %v", gone)
		}
		me.refused(530842, "", "hosting.ssh.info", k["id"])
		me.refused(530837, "", "hosting.ssh.create", Struct{"value": "no key at all"})
	})
}

func TestMigration(t *testing.T) {
	inWorld(t, Options{}, func(me *customer) {
		id := me.vm(nil)
		wantFields(t, me.ok("hosting.vm.can_migrate", id).(Struct), Struct{"can_migrate": true, "can_migrate_to": []any{"FR-SD3"}})
		me.refused(0, "no migration to finalize", "hosting.vm.migrate", id, true)
		op := me.op("hosting.vm.migrate", id, false)
		wantFields(t, op, Struct{"type": "hosting_migration_vm"})
		wait(5 * time.Minute)
		o := me.operation(op["id"])
		wantFields(t, o, Struct{"step": "RUN"})
		wantFields(t, o["params"].(Struct), Struct{"inner_step": "wait_finalize"})
		found := me.ok("operation.list", Struct{"step": "RUN", "type": "hosting_migration_vm", "vm_id": id}).([]any)
		if len(found) != 1 {
			t.Errorf("the list has %v", found)
		}
		me.ok("hosting.vm.migrate", id, true)
		wantFields(t, me.info("vm", id), Struct{"state": "being_migrated"})
		me.done(op)
		v := me.info("vm", id)
		wantFields(t, v, Struct{"state": "running", "datacenter_id": 4})
		wantFields(t, v["disks"].([]any)[0].(Struct), Struct{"datacenter_id": 4})
		wantFields(t, v["ifaces"].([]any)[0].(Struct), Struct{"datacenter_id": 4})
		me.refused(0, "cannot be migrated", "hosting.vm.migrate", id, false)

		disk := me.does("hosting.disk.create", Struct{"datacenter_id": 1})["disk_id"]
		me.refused(530451, "", "hosting.disk.migrate", disk, 3)
		me.does("hosting.disk.migrate", disk, 4)
		wantFields(t, me.info("disk", disk), Struct{"datacenter_id": 4, "state": "created"})
		nic := me.does("hosting.iface.create", Struct{"datacenter_id": 1, "ip_version": 4})["iface_id"]
		me.does("hosting.iface.migrate", nic, 4)
		wantFields(t, me.info("iface", nic)["ips"].([]any)[0].(Struct), Struct{"datacenter_id": 4, "state": "created"})
	})
}

func TestWhoMayCreateWhere(t *testing.T) {
	disk := func(dc int) Struct { return Struct{"datacenter_id": dc} }
	inWorld(t, Options{}, func(me *customer) {
		for dc, open := range map[int]bool{1: true, 2: false, 3: true, 4: true, 5: true, 6: true} {
			_, fault := me.call("hosting.disk.create", disk(dc))
			if (fault == nil) != open {
				t.Errorf("datacenter %d: %v", dc, fault)
			}
		}
		me.refused(530142, "Datacenter '9' doesn't exist.", "hosting.disk.create", disk(9))
		other := &customer{t: t, w: me.w, handle: OtherHandle}
		other.refused(530156, "closed for new customers", "hosting.disk.create", disk(1))
		if err := me.w.Change(map[string]any{"type": "disk", "create": map[string]any{"datacenter_id": 1, "handle": OtherHandle}}); err != nil {
			t.Fatal(err)
		}
		other.ok("hosting.disk.create", disk(1)) // now it has resources there
	})
}

func TestEverybodySeesOnlyTheirOwn(t *testing.T) {
	inWorld(t, Options{}, func(me *customer) {
		id := me.vm(nil)
		other := &customer{t: t, w: me.w, handle: OtherHandle}
		for _, method := range []string{"hosting.vm.count", "hosting.disk.count", "hosting.iface.count", "hosting.ip.count", "operation.count"} {
			if n := other.ok(method); n != 0 {
				t.Errorf("%s: %v", method, n)
			}
		}
		other.refused(530250, "You aren't allowed", "hosting.vm.info", id)
		other.refused(530250, "", "hosting.vm.stop", id)
		disk := me.info("vm", id)["disks_id"].([]any)[0]
		other.refused(530450, "", "hosting.disk.create_from", Struct{}, disk)
		wantFields(t, other.ok("hosting.account.info").(Struct), Struct{"handle": OtherHandle})
	})
}

func TestWithoutAHostingAccount(t *testing.T) {
	inWorld(t, Options{Account: "none"}, func(me *customer) {
		for _, method := range []string{"hosting.vm.list", "hosting.account.info", "hosting.datacenter.list", "hosting.image.list"} {
			me.refused(530040, "[no hosting account found for "+DefaultHandle+"]", method)
		}
		me.ok("version.info")
		me.ok("operation.list")
	})
}

func TestCreditsGrow(t *testing.T) {
	inWorld(t, Options{}, func(me *customer) {
		before := me.ok("hosting.account.info").(Struct)["credits"].(int)
		me.does("hosting.account.credit", Struct{"quantity": 5000})
		if after := me.ok("hosting.account.info").(Struct)["credits"].(int); after != before+5000 {
			t.Errorf("%d, then %d", before, after)
		}
		me.refused(530037, "", "hosting.account.credit", Struct{"quantity": 0})
	})
	inWorld(t, Options{Account: "shares"}, func(me *customer) {
		me.refused(530057, "", "hosting.account.credit", Struct{"quantity": 10})
		before := me.ok("hosting.account.info").(Struct)["resources"].(Struct)["available"].(Struct)["memory"].(int)
		me.vm(Struct{"memory": 1024})
		me.refused(530054, "not enough resources: memory", "hosting.vm.create_from", spec(Struct{"memory": 24576}), Struct{"name": "sys"}, ubuntu1004)
		me.refused(530054, "not enough resources: disk", "hosting.disk.create", Struct{"datacenter_id": 3, "size": 1024 * 1024})
		if after := me.ok("hosting.account.info").(Struct)["resources"].(Struct)["available"].(Struct)["memory"].(int); after != before-1024 {
			t.Errorf("%d MB, then %d", before, after)
		}
	})
}

// The counters tell whether anything was bought twice.
func TestPurchasesAreCounted(t *testing.T) {
	inWorld(t, Options{}, func(me *customer) {
		me.creates(nil)
		me.creates(nil)
		me.ok("hosting.disk.create", Struct{"datacenter_id": 3})
		_, _ = me.call("hosting.disk.create", Struct{"datacenter_id": 2})
		bought := me.w.State()["bought"].([]any)[0].(Struct)
		wantFields(t, bought, Struct{"vms": 2, "disks": 1, "ifaces": 0, "credits": 0})
	})
}

func TestOperationsAreFoundByWhatTheyWorkOn(t *testing.T) {
	inWorld(t, Options{}, func(me *customer) {
		ops := me.creates(nil)
		id := ops["vm_create"]["vm_id"]
		me.done(ops["vm_create"])
		wait(time.Hour)
		since := time.Now().UTC()
		me.does("hosting.vm.stop", id)
		for _, tc := range []struct {
			filter Struct
			want   int
		}{
			{Struct{"vm_id": id}, 4},
			{Struct{"vm_id": id, "type": "vm_create"}, 1},
			{Struct{"disk_id": ops["disk_create"]["disk_id"]}, 1},
			{Struct{"disk.name": "sys"}, 1},
			{Struct{"disk.name": "none"}, 0},
			{Struct{"type": []any{"vm_create", "vm_stop"}}, 2},
			{Struct{"step": []any{"BILL", "WAIT", "RUN"}}, 0},
			{Struct{"step": "DONE"}, 4},
			{Struct{">date_created": since.Add(-time.Second).Format(time.DateTime)}, 1},
			{Struct{"<date_created": since.Format("20060102T15:04:05")}, 3},
			{Struct{"id": []any{ops["vm_create"]["id"], ops["disk_create"]["id"]}}, 2},
			{Struct{"date_created": "never"}, -1},
		} {
			n, fault := me.call("operation.count", tc.filter)
			if tc.want < 0 && fault == nil || tc.want >= 0 && n != tc.want {
				t.Errorf("%v: %v %v, want %d", tc.filter, n, fault, tc.want)
			}
		}
		newest := me.ok("operation.list", Struct{"sort_by": "date_created DESC", "items_per_page": 1}).([]any)
		wantFields(t, newest[0].(Struct), Struct{"type": "vm_stop"})
		me.refused(0, "cannot be relaunched", "operation.relaunch", ops["vm_create"]["id"])
		me.refused(510742, "Operation '5' doesn't exist.", "operation.info", 5)
	})
}

func TestTroubleOfAnOperation(t *testing.T) {
	inWorld(t, Options{}, func(me *customer) {
		id := me.vm(nil)
		me.trouble = "ERROR"
		op := me.op("hosting.vm.stop", id)
		me.trouble = ""
		if o := me.settled(op); o["step"] != "ERROR" || o["last_error"] == nil || o["errortype"] == nil {
			t.Errorf("ended %v", o)
		}
		wantFields(t, me.info("vm", id), Struct{"state": "running"})
		me.does("hosting.vm.stop", id)

		me.trouble = "hang"
		op = me.op("hosting.vm.start", id)
		me.trouble = ""
		wait(24 * time.Hour)
		wantFields(t, me.operation(op["id"]), Struct{"step": "BILL"})
		me.refused(530253, "in progress", "hosting.vm.start", id)
		if done := me.ok("operation.cancel", op["id"]); done != true {
			t.Errorf("cancel: %v", done)
		}
		wantFields(t, me.operation(op["id"]), Struct{"step": "CANCEL"})
		me.does("hosting.vm.start", id)

		for _, step := range []string{"SUPPORT", "CANCEL"} {
			me.trouble = step
			op = me.op("hosting.vm.update", id, Struct{"hostname": "other"})
			me.trouble = ""
			if o := me.settled(op); o["step"] != step {
				t.Errorf("ended %v, want %s", o["step"], step)
			}
		}
		wantFields(t, me.info("vm", id), Struct{"hostname": "web"})
	})
}

func TestThePanel(t *testing.T) {
	inWorld(t, Options{}, func(me *customer) {
		change := func(req map[string]any) {
			t.Helper()
			if err := me.w.Change(req); err != nil {
				t.Errorf("%v: %v", req, err)
			}
		}
		id := me.vm(nil)
		change(map[string]any{"type": "vm", "id": id, "power": "halted", "memory": 4096, "cores": 4, "hostname": "renamed", "console": true})
		wantFields(t, me.info("vm", id), Struct{"state": "halted", "memory": 4096, "vm_max_memory": 4096, "cores": 4, "hostname": "renamed", "console": 1})
		v := me.info("vm", id)
		disk, nic := v["disks_id"].([]any)[0].(int), v["ifaces_id"].([]any)[0].(int)
		change(map[string]any{"type": "disk", "id": disk, "name": "other", "size": 20480})
		wantFields(t, me.info("disk", disk), Struct{"name": "other", "size": 20480})
		change(map[string]any{"type": "iface", "id": nic, "bandwidth": 51200})
		wantFields(t, me.info("iface", nic), Struct{"bandwidth": 51200.0})
		op := me.op("hosting.vm.start", id)
		change(map[string]any{"type": "vm", "id": id, "delete": true})
		wantFields(t, me.operation(op["id"]), Struct{"step": "ERROR"})
		me.refused(530242, "", "hosting.vm.info", id)

		change(map[string]any{"type": "vm", "create": map[string]any{"hostname": "foreign", "datacenter_id": 3, "farm": "theirs", "state": "halted"}})
		found := me.ok("hosting.vm.list", Struct{"hostname": "foreign"}).([]any)
		wantFields(t, found[0].(Struct), Struct{"state": "halted", "datacenter_id": 3})
		stuck := me.op("hosting.vm.start", found[0].(Struct)["id"])
		change(map[string]any{"type": "operation", "id": stuck["id"].(int), "step": "SUPPORT", "last_error": "broken host"})
		wantFields(t, me.operation(stuck["id"]), Struct{"step": "SUPPORT", "last_error": "please contact support"})

		for _, req := range []map[string]any{
			{"type": "account"}, {"type": "account", "credits": "all"}, {"type": "image", "id": 1}, {"type": "image", "id": 1, "delete": true},
			{"type": "image", "create": map[string]any{}}, {"type": "datacenter", "id": 3, "iaas_closed_for": "some"}, {"type": "datacenter", "id": 99},
			{}, {"type": "cat"}, {"type": "vm"}, {"type": "vm", "id": 3, "memory": 512},
			{"type": "vm", "id": found[0].(Struct)["id"], "memry": 512}, {"type": "vm", "id": found[0].(Struct)["id"], "power": "sideways"},
			{"type": "vm", "create": map[string]any{"memory": 3}}, {"type": "ip", "create": map[string]any{}}, {"type": "ip", "id": 1, "delete": true},
		} {
			if err := me.w.Change(req); err == nil {
				t.Errorf("%v was taken", req)
			}
		}
	})
}

func TestTheCatalogChanges(t *testing.T) {
	inWorld(t, Options{}, func(me *customer) {
		for _, req := range []map[string]any{
			{"type": "image", "create": map[string]any{"label": "Debian 9", "datacenter_id": 5}},
			{"type": "image", "id": 18, "label": "Ubuntu 12.04", "visibility": "deprecated"},
			{"type": "image", "id": 15, "delete": true},
			{"type": "datacenter", "id": 3, "iaas_closed_for": "ALL"},
		} {
			if err := me.w.Change(req); err != nil {
				t.Errorf("%v: %v", req, err)
			}
		}
		added := me.ok("hosting.image.list", Struct{"label": "Debian 9"}).([]any)[0].(Struct)
		ops := byType(me.ok("hosting.vm.create_from", spec(Struct{"datacenter_id": 5}), Struct{"name": "sys"}, added["disk_id"]))
		me.done(ops["vm_create"])
		wantFields(t, me.info("image", 18), Struct{"label": "Ubuntu 12.04", "visibility": "deprecated"})
		me.refused(530742, "Image '15' doesn't exist.", "hosting.image.info", 15)
		me.refused(530442, "", "hosting.disk.create_from", Struct{}, 43024)
		me.refused(530156, "datacenter 'LU-BI1' is closed", "hosting.disk.create", Struct{"datacenter_id": 3})
		me.w.Reset()
		me.info("image", 15)
	})
}

func TestDeletingWhileThingsHappen(t *testing.T) {
	for _, kind := range []string{"vm", "disk", "iface"} {
		inWorld(t, Options{}, func(me *customer) {
			ops := me.creates(nil)
			ids := map[string]any{"vm": ops["vm_create"]["vm_id"], "disk": ops["disk_create"]["disk_id"], "iface": ops["iface_create"]["iface_id"]}
			wait(3 * time.Second)
			if err := me.w.Change(map[string]any{"type": kind, "id": ids[kind], "delete": true}); err != nil {
				// The end of the create may have taken the thing along already.
				t.Logf("%s: %v", kind, err)
			}
			wait(10 * time.Minute)
			for _, o := range ops {
				if s := me.operation(o["id"])["step"]; s == "WAIT" || s == "RUN" {
					t.Errorf("%s deleted: %s is %v", kind, o["type"], s)
				}
			}
			me.w.State()
		})
	}
}

func TestResetForgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		me := &customer{t: t, w: New(nil), handle: DefaultHandle}
		me.vm(nil)
		me.w.Reset()
		state := me.w.State()
		for _, name := range []string{"vms", "disks", "ifaces", "ips", "operations", "released_ips"} {
			if n := len(state[name].([]any)); n != 0 {
				t.Errorf("%d %s", n, name)
			}
		}
		if len(state["images"].([]any)) == 0 {
			t.Error("no catalog")
		}
		me.vm(nil)
	})
}
