package gandisim

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// Each test puts one switch into each of its positions. A position without a line here is a mistake that
// TestEveryPositionIsTried finds.
type trial struct {
	name, position string
	try            func(me *customer)
}

func trials() []trial {
	var all []trial
	for _, some := range [][]trial{listTrials(), specTrials(), replyTrials(), operationTrials(), createTrials(), vmTrials(), siteTrials()} {
		all = append(all, some...)
	}
	return all
}

func TestSwitchesOfTheWorld(t *testing.T) {
	for _, tc := range trials() {
		t.Run(tc.name+"="+tc.position, func(t *testing.T) {
			inWorld(t, with(tc.name, tc.position), tc.try)
		})
	}
}

func TestEveryPositionIsTried(t *testing.T) {
	for _, s := range worldSwitches() {
		for _, p := range s.Positions {
			if !slices.ContainsFunc(trials(), func(tc trial) bool { return tc.name == s.Name && tc.position == p }) {
				t.Errorf("no trial of %s=%s", s.Name, p)
			}
		}
	}
}

func listTrials() []trial {
	farms := func(me *customer) (listed, asked, full any) {
		id := me.vm(Struct{"farm": "blue"})
		me.vm(Struct{"hostname": "other"})
		n, fault := me.call("hosting.vm.count", Struct{"farm": "blue"})
		if fault != nil {
			n = fault.Code
		}
		return me.ok("hosting.vm.list", Struct{"id": id}).([]any)[0].(Struct)["farm"], n, me.info("vm", id)["farm"]
	}
	farm := func(listed, asked, full any) func(me *customer) {
		return func(me *customer) {
			l, a, f := farms(me)
			if l != listed || a != asked || f != full {
				me.t.Errorf("listed %v, asked %v, full %v", l, a, f)
			}
		}
	}
	lagging := func(vms, ops int) func(me *customer) {
		return func(me *customer) {
			id := me.creates(nil)["vm_create"]["vm_id"]
			count := func() (int, int) { return me.ok("hosting.vm.count").(int), me.ok("operation.count").(int) }
			if v, o := count(); v != vms || o != ops {
				me.t.Errorf("at once: %d VMs, %d operations", v, o)
			}
			wantFields(me.t, me.info("vm", id), Struct{"state": "being_created"}) // info never lags
			wait(4 * time.Second)
			if v, o := count(); v != vms || o != ops {
				me.t.Errorf("after 4 s: %d VMs, %d operations", v, o)
			}
			wait(2 * time.Second)
			if v, o := count(); v != 1 || o != 3 {
				me.t.Errorf("after 6 s: %d VMs, %d operations", v, o)
			}
			wait(5 * time.Minute)
			me.ok("hosting.vm.stop", id)
			for me.info("vm", id)["state"] != "halted" {
				wait(time.Second / 2)
			}
			want := "running"
			if vms == 1 {
				want = "halted"
			}
			wantFields(me.t, me.ok("hosting.vm.list").([]any)[0].(Struct), Struct{"state": want})
			wait(6 * time.Second)
			wantFields(me.t, me.ok("hosting.vm.list").([]any)[0].(Struct), Struct{"state": "halted"})
		}
	}
	zone := func(hours time.Duration) func(me *customer) {
		return func(me *customer) {
			id := me.vm(nil)
			created := me.info("vm", id)["date_created"].(time.Time)
			wall := created.Format("20060102T15:04:05") // what the wire says, having no zone
			if want := time.Now().UTC().Add(hours).Format("20060102"); wall[:8] != want && hours != 0 {
				me.t.Errorf("%s, want %s", wall, want)
			}
			begun := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).Add(hours)
			if wall != begun.Format("20060102T15:04:05") {
				me.t.Errorf("created %s, want %s", wall, begun)
			}
			// A caller means its dates in the same zone.
			before, after := begun.Add(-time.Second).Format(time.DateTime), begun.Add(time.Second).Format(time.DateTime)
			if n := me.ok("operation.count", Struct{">date_created": before, "<date_created": after}); n != 3 {
				me.t.Errorf("%v operations between %s and %s", n, before, after)
			}
		}
	}
	return []trial{
		{"farm-filter", "works", farm(nil, 1, "blue")},
		{"farm-filter", "ignored", farm(nil, 2, "blue")},
		{"farm-filter", "faulted", farm(nil, 501337, "blue")},
		{"farm", "list", farm("blue", 1, "blue")},
		{"farm", "info", farm(nil, 1, "blue")},
		{"farm", "nowhere", farm(nil, 1, nil)},
		{"unknown-filter", "fault", func(me *customer) {
			me.refused(501337, "unknown filter 'colour' (EC_UNKNOWNFIELD)", "hosting.vm.list", Struct{"colour": "red"})
			me.refused(501237, "cannot sort", "hosting.vm.list", Struct{"sort_by": "colour"})
		}},
		{"unknown-filter", "ignored", func(me *customer) {
			me.creates(nil)
			if n := len(me.ok("hosting.vm.list", Struct{"colour": "red", "sort_by": "colour"}).([]any)); n != 1 {
				me.t.Errorf("%d", n)
			}
		}},
		{"list-lag", "none", lagging(1, 3)},
		{"list-lag", "objects", lagging(0, 3)},
		{"list-lag", "everything", lagging(0, 0)},
		{"datacenter-fields", "full", func(me *customer) {
			wantFields(me.t, me.info("datacenter", 1), Struct{"dc_code": "FR-SD2", "iaas_closed_for": "NEW", "can_migrate_to": []any{4}})
		}},
		{"datacenter-fields", "guide", func(me *customer) {
			if n := len(me.info("datacenter", 1)); n != 4 {
				me.t.Errorf("%d fields", n)
			}
			if n := len(me.ok("hosting.datacenter.list", Struct{"dc_code": "LU-BI1"}).([]any)); n != 1 {
				me.t.Errorf("%d by code", n)
			}
		}},
		{"dates", "utc", zone(0)},
		{"dates", "paris", zone(time.Hour)},
	}
}

func specTrials() []trial {
	dry := func(want string) func(me *customer) {
		return func(me *customer) {
			id := me.halted(nil)
			v, fault := me.call("hosting.vm.update", id, Struct{"memory": 1024, "--dry-run": true})
			bad, fault2 := me.call("hosting.vm.update", id, Struct{"memory": 1000, "--dry-run": true})
			wait(time.Minute)
			memory := me.info("vm", id)["memory"]
			got := "acts"
			problems, isList := v.([]any)
			switch {
			case fault != nil && fault2 != nil && memory == 512:
				got = "fault"
			case isList && len(problems) == 0 && len(bad.([]any)) == 1 && memory == 512:
				got = "dry"
			case fault == nil && memory == 1024 && fault2 == nil:
				got = "nonsense"
			}
			if got != want {
				me.t.Errorf("got %s (%v %v, %v %v, memory %v)", got, v, fault, bad, fault2, memory)
			}
		}
	}
	names := func(ok ...string) func(me *customer) {
		return func(me *customer) {
			for _, name := range []string{"sys", "sys-1_a", "Sys", "disk_of.a-long-hostname", "a name with é", ""} {
				_, fault := me.call("hosting.disk.create", Struct{"datacenter_id": 3, "name": name})
				if (fault == nil) != slices.Contains(ok, name) {
					me.t.Errorf("%q: %v", name, fault)
				}
			}
		}
	}
	without := func(needed bool) func(me *customer) {
		return func(me *customer) {
			_, fault := me.call("hosting.vm.create_from", spec(Struct{"password": nil}), Struct{"name": "sys"}, ubuntu1004)
			if (fault != nil) != needed {
				me.t.Errorf("%v", fault)
			}
			me.ok("hosting.vm.create_from", spec(Struct{"password": nil, "ssh_key": "ssh-rsa AAAA me"}), Struct{"name": "sys"}, ubuntu1004)
		}
	}
	maximum := func(want any) func(me *customer) {
		return func(me *customer) {
			v, fault := me.call("hosting.vm.create_from", spec(Struct{"vm_max_memory": 8192}), Struct{"name": "sys"}, ubuntu1004)
			if fault != nil {
				if want != nil {
					me.t.Error(fault)
				}
				return
			}
			wantFields(me.t, me.info("vm", byType(v)["vm_create"]["vm_id"]), Struct{"vm_max_memory": want})
		}
	}
	tiers := func(ok ...int) func(me *customer) {
		return func(me *customer) {
			id := me.halted(nil)
			for _, n := range []int{1024, 2048, 4096, 6144, 8192, 16384, 24576, 32768} {
				op, fault := me.call("hosting.vm.update", id, Struct{"vm_max_memory": n})
				if (fault == nil) != slices.Contains(ok, n) {
					me.t.Errorf("%d: %v", n, fault)
				}
				if fault == nil {
					me.done(op.(Struct))
					wantFields(me.t, me.info("vm", id), Struct{"vm_max_memory": n})
				}
			}
		}
	}
	unknownField := func(fault bool) func(me *customer) {
		return func(me *customer) {
			if _, f := me.call("hosting.disk.create", Struct{"datacenter_id": 3, "colour": "red"}); (f != nil) != fault {
				me.t.Errorf("%v", f)
			}
		}
	}
	return []trial{
		{"unknown-field", "fault", unknownField(true)},
		{"unknown-field", "ignored", unknownField(false)},
		{"dry-run", "ignored", func(me *customer) {
			id := me.halted(nil)
			me.done(me.op("hosting.vm.update", id, Struct{"memory": 1024, "--dry-run": true}))
			wantFields(me.t, me.info("vm", id), Struct{"memory": 1024})
			me.refused(530237, "memory", "hosting.vm.update", id, Struct{"memory": 1000, "--dry-run": true})
		}},
		{"dry-run", "honoured", dry("dry")},
		{"dry-run", "refused", dry("fault")},
		{"disk-name", "strict15", names("sys", "sys-1_a")},
		{"disk-name", "255", names("sys", "sys-1_a", "Sys", "disk_of.a-long-hostname", "a name with é")},
		{"credentials", "required", without(true)},
		{"credentials", "optional", without(false)},
		{"create-datacenter", "from-disk", func(me *customer) {
			ops := byType(me.ok("hosting.vm.create_from", spec(Struct{"datacenter_id": nil}), Struct{"datacenter_id": 3, "name": "sys"}, 3316076))
			wantFields(me.t, me.info("vm", ops["vm_create"]["vm_id"]), Struct{"datacenter_id": 3})
			me.refused(530451, "same datacenter", "hosting.vm.create_from", spec(nil), Struct{"datacenter_id": 3, "name": "sys"}, 3316076)
		}},
		{"create-datacenter", "required", func(me *customer) {
			me.refused(530237, "datacenter_id", "hosting.vm.create_from", spec(Struct{"datacenter_id": nil}), Struct{"datacenter_id": 3}, 3316076)
		}},
		{"create-max-memory", "taken", maximum(8192)},
		{"create-max-memory", "ignored", maximum(2048)},
		{"create-max-memory", "faulted", maximum(nil)},
		{"max-memory-tiers", "five", tiers(2048, 4096, 8192, 16384, 24576)},
		{"max-memory-tiers", "three", tiers(2048, 4096, 24576)},
		{"max-memory-tiers", "powers", tiers(2048, 4096, 8192, 16384, 32768)},
		{"farm-update", "refused", func(me *customer) {
			me.refused(530237, "unknown field 'farm'", "hosting.vm.update", me.vm(nil), Struct{"farm": "red"})
		}},
		{"farm-update", "taken", func(me *customer) {
			id := me.vm(nil)
			me.does("hosting.vm.update", id, Struct{"farm": "red"})
			wantFields(me.t, me.info("vm", id), Struct{"farm": "red"})
		}},
		{"unknown-faults", "own-causes", func(me *customer) {
			me.refused(530252, "OBJECT_VM (CAUSE_BADSTATE)", "hosting.vm.delete", me.vm(nil))
			me.refused(530451, "CAUSE_DATACENTER", "hosting.disk.create_from", Struct{"datacenter_id": 3}, ubuntu1004)
		}},
		{"unknown-faults", "badparameter", func(me *customer) {
			me.refused(530237, "OBJECT_VM (CAUSE_BADPARAMETER) [vm#", "hosting.vm.delete", me.vm(nil))
			me.refused(530451, "CAUSE_DATACENTER", "hosting.disk.create_from", Struct{"datacenter_id": 3}, ubuntu1004)
		}},
		{"unknown-faults", "failure", func(me *customer) {
			me.refused(500066, "OBJECT_UNKNOWN (CAUSE_FAILURE)", "hosting.vm.delete", me.vm(nil))
			me.refused(530451, "CAUSE_DATACENTER", "hosting.disk.create_from", Struct{"datacenter_id": 3}, ubuntu1004)
		}},
		{"foreign-object", "noright", func(me *customer) {
			other := &customer{t: me.t, w: me.w, handle: OtherHandle}
			other.refused(530250, "aren't allowed", "hosting.vm.info", me.vm(nil))
		}},
		{"foreign-object", "notfound", func(me *customer) {
			other := &customer{t: me.t, w: me.w, handle: OtherHandle}
			other.refused(530242, "doesn't exist", "hosting.vm.info", me.vm(nil))
		}},
	}
}

func replyTrials() []trial {
	return []trial{
		{"op-reply", "struct", func(me *customer) {
			if _, ok := me.ok("hosting.vm.stop", me.vm(nil)).(Struct); !ok {
				me.t.Error("not a struct")
			}
		}},
		{"op-reply", "array", func(me *customer) {
			id := me.vm(nil)
			for _, list := range []any{me.ok("hosting.vm.stop", id), me.ok("hosting.disk.create", Struct{"datacenter_id": 3})} {
				if ops, ok := list.([]any); !ok || len(ops) != 1 {
					me.t.Errorf("got %v", list)
				}
			}
		}},
		{"create-reply-ids", "reply", func(me *customer) {
			if ops := me.creates(nil); ops["vm_create"]["vm_id"] == nil || ops["disk_create"]["disk_id"] == nil || ops["iface_create"]["iface_id"] == nil {
				me.t.Errorf("got %v", ops)
			}
		}},
		{"create-reply-ids", "params-only", func(me *customer) {
			ops := me.creates(nil)
			wantFields(me.t, ops["vm_create"], Struct{"vm_id": nil})
			wantFields(me.t, ops["disk_create"], Struct{"vm_id": nil, "disk_id": nil})
			o := me.operation(ops["vm_create"]["id"])
			id, ok := o["params"].(Struct)["vm_id"].(int)
			if !ok || o["vm_id"] != nil {
				me.t.Errorf("operation %v", o)
			}
			if n := me.ok("operation.count", Struct{"vm_id": id}); n != 3 {
				me.t.Errorf("%v operations of the VM", n)
			}
			me.done(ops["vm_create"])
			wantFields(me.t, me.op("hosting.vm.stop", id), Struct{"vm_id": id})
		}},
	}
}

func operationTrials() []trial {
	ids := func(me *customer) (out []int) {
		for range 40 {
			out = append(out, me.op("hosting.disk.create", Struct{"datacenter_id": 3})["id"].(int))
		}
		return out
	}
	hangs := func(step string) func(me *customer) {
		return func(me *customer) {
			id := me.vm(nil)
			me.trouble = "hang"
			op := me.op("hosting.vm.stop", id)
			wait(time.Hour)
			wantFields(me.t, me.operation(op["id"]), Struct{"step": step})
			wantFields(me.t, me.info("vm", id), Struct{"state": "running"})
		}
	}
	cancels := func(waiting, running bool) func(me *customer) {
		return func(me *customer) {
			id := me.vm(nil)
			op := me.op("hosting.vm.stop", id)
			_, fault := me.call("operation.cancel", op["id"])
			if (fault == nil) != waiting {
				me.t.Errorf("in WAIT: %v", fault)
			}
			if fault != nil {
				me.settled(op)
				op = me.op("hosting.vm.start", id)
			} else {
				wantFields(me.t, me.info("vm", id), Struct{"state": "running"})
				op = me.op("hosting.vm.stop", id)
			}
			wait(3 * time.Second)
			wantFields(me.t, me.operation(op["id"]), Struct{"step": "RUN"})
			if _, fault = me.call("operation.cancel", op["id"]); (fault == nil) != running {
				me.t.Errorf("in RUN: %v", fault)
			}
			o := me.settled(op)
			if (o["step"] == "CANCEL") != running {
				me.t.Errorf("ended %v", o["step"])
			}
			me.refused(510752, "cannot be canceled", "operation.cancel", op["id"])
		}
	}
	second := func(try func(me *customer, id int, first Struct)) func(me *customer) {
		return func(me *customer) {
			id := me.vm(nil)
			try(me, id, me.op("hosting.vm.stop", id))
		}
	}
	return []trial{
		{"operation-ids", "monotonic", func(me *customer) {
			if got := ids(me); !slices.IsSorted(got) {
				me.t.Errorf("%v", got)
			}
		}},
		{"operation-ids", "shuffled", func(me *customer) {
			got := ids(me)
			if slices.IsSorted(got) {
				me.t.Errorf("%v", got)
			}
			slices.Sort(got)
			if len(slices.Compact(got)) != 40 {
				me.t.Error("an id twice")
			}
		}},
		{"bill", "at-once", func(me *customer) {
			wantFields(me.t, me.op("hosting.disk.create", Struct{"datacenter_id": 3}), Struct{"step": "WAIT"})
		}},
		{"bill", "slow", func(me *customer) {
			op := me.op("hosting.disk.create", Struct{"datacenter_id": 3})
			wantFields(me.t, op, Struct{"step": "BILL"})
			wait(3500 * time.Millisecond)
			wantFields(me.t, me.operation(op["id"]), Struct{"step": "WAIT"})
			me.done(op)
		}},
		{"hang-step", "BILL", hangs("BILL")},
		{"hang-step", "WAIT", hangs("WAIT")},
		{"hang-step", "RUN", hangs("RUN")},
		{"second-mutation", "busy-fault", second(func(me *customer, id int, first Struct) {
			me.refused(530253, fmt.Sprintf("VM '%d' has operation '%d' (vm_stop) in progress.", id, first["id"]), "hosting.vm.update", id, Struct{"memory": 1024})
			me.done(first)
			me.does("hosting.vm.update", id, Struct{"memory": 1024})
		})},
		{"second-mutation", "queue", second(func(me *customer, id int, first Struct) {
			start := me.op("hosting.vm.start", id) // not possible now, but when its turn comes
			twice := me.op("hosting.vm.start", id)
			wait(3 * time.Second)
			wantFields(me.t, me.operation(first["id"]), Struct{"step": "RUN"})
			wantFields(me.t, me.operation(start["id"]), Struct{"step": "WAIT"})
			me.done(first)
			me.done(start)
			if o := me.settled(twice); o["step"] != "ERROR" {
				me.t.Errorf("the second start ended %v", o["step"])
			}
			stop, del, late := me.op("hosting.vm.stop", id), me.op("hosting.vm.delete", id), me.op("hosting.vm.start", id)
			me.done(stop)
			me.done(del)
			if o := me.settled(late); o["step"] != "ERROR" {
				me.t.Errorf("the start of a deleted VM ended %v", o["step"])
			}
		})},
		{"second-mutation", "operation-error", second(func(me *customer, id int, first Struct) {
			second := me.op("hosting.vm.update", id, Struct{"memory": 1024})
			if o := me.settled(second); o["step"] != "ERROR" || o["last_error"] != "object is in a bad state" {
				me.t.Errorf("ended %v: %v", o["step"], o["last_error"])
			}
			me.done(first)
			wantFields(me.t, me.info("vm", id), Struct{"memory": 512, "state": "halted"})
		})},
		{"vm-locked", "never", second(func(me *customer, id int, _ Struct) {
			wait(3 * time.Second)
			wantFields(me.t, me.info("vm", id), Struct{"state": "running"})
		})},
		{"vm-locked", "while-operating", second(func(me *customer, id int, first Struct) {
			wait(3 * time.Second)
			wantFields(me.t, me.info("vm", id), Struct{"state": "locked"})
			me.done(first)
			wantFields(me.t, me.info("vm", id), Struct{"state": "halted"})
		})},
		{"cancel", "waiting", cancels(true, false)},
		{"cancel", "always", cancels(true, true)},
		{"cancel", "never", cancels(false, false)},
	}
}

// failing is a create that is made to fail, and what is left of it: VMs by state, disks, interfaces.
func failing(me *customer) (ended map[string]any, vms []any, disks, ifaces int) {
	me.trouble = "ERROR"
	ops := me.creates(nil)
	me.trouble = ""
	ended = map[string]any{}
	for kind, o := range ops {
		ended[kind] = me.settled(o)["step"]
	}
	for _, v := range me.ok("hosting.vm.list").([]any) {
		vms = append(vms, v.(Struct)["state"])
	}
	return ended, vms, me.ok("hosting.disk.count", Struct{"state": "created"}).(int), me.ok("hosting.iface.count").(int)
}

func createTrials() []trial {
	leaves := func(state any, disks, ifaces int) func(me *customer) {
		return func(me *customer) {
			ended, vms, d, i := failing(me)
			if !compareAny(ended, Struct{"disk_create": "DONE", "iface_create": "DONE", "vm_create": "ERROR"}) {
				me.t.Errorf("ended %v", ended)
			}
			var want []any
			if state != nil {
				want = []any{state}
			}
			if !compareAny(append([]any{}, vms...), append([]any{}, want...)) || d != disks || i != ifaces {
				me.t.Errorf("left: VMs %v, %d disks, %d interfaces", vms, d, i)
			}
			if state == nil && disks == 1 {
				wantFields(me.t, me.ok("hosting.disk.list").([]any)[0].(Struct), Struct{"vms_id": []any{}, "name": "sys"})
			}
			if state == "invalid" {
				id := me.ok("hosting.vm.list").([]any)[0].(Struct)["id"]
				me.refused(0, "is invalid", "hosting.vm.start", id)
				me.does("hosting.vm.delete", id)
			}
		}
	}
	fails := func(ends Struct, disks int) func(me *customer) {
		return func(me *customer) {
			ended, vms, d, i := failing(me)
			if !compareAny(ended, ends) || len(vms) != 0 || d != disks {
				me.t.Errorf("ended %v, left %v, %d disks, %d interfaces", ended, vms, d, i)
			}
		}
	}
	return []trial{
		{"failed-create-leaves", "disk+iface", leaves(nil, 1, 1)},
		{"failed-create-leaves", "disk", leaves(nil, 1, 0)},
		{"failed-create-leaves", "invalid-vm", leaves("invalid", 1, 1)},
		{"failed-create-leaves", "nothing", leaves(nil, 0, 0)},
		{"failed-create-step", "vm_create", fails(Struct{"disk_create": "DONE", "iface_create": "DONE", "vm_create": "ERROR"}, 1)},
		{"failed-create-step", "iface_create", fails(Struct{"disk_create": "DONE", "iface_create": "ERROR", "vm_create": "ERROR"}, 1)},
		{"failed-create-step", "disk_create", fails(Struct{"disk_create": "ERROR", "iface_create": "ERROR", "vm_create": "ERROR"}, 0)},
	}
}

func vmTrials() []trial {
	deleted := func(shown bool, diskState string) func(me *customer) {
		return func(me *customer) {
			id := me.halted(nil)
			disk := me.info("vm", id)["disks_id"].([]any)[0]
			me.does("hosting.vm.delete", id)
			if shown {
				wantFields(me.t, me.info("vm", id), Struct{"state": "deleted"})
				wantFields(me.t, me.info("disk", disk), Struct{"state": diskState})
				wantFields(me.t, me.ok("hosting.vm.list").([]any)[0].(Struct), Struct{"state": "deleted"})
				wait(11 * time.Minute)
			}
			for _, method := range []string{"delete", "start", "info"} {
				me.refused(530242, "doesn't exist", "hosting.vm."+method, id)
			}
			me.refused(530442, "doesn't exist", "hosting.disk.info", disk)
		}
	}
	cores := func(live bool) func(me *customer) {
		return func(me *customer) {
			id := me.vm(nil)
			if _, f := me.call("hosting.vm.update", id, Struct{"cores": 4}); (f == nil) != live {
				me.t.Errorf("running: %v", f)
			}
			wait(time.Minute)
			me.does("hosting.vm.stop", id)
			me.does("hosting.vm.update", id, Struct{"cores": 3})
			wantFields(me.t, me.info("vm", id), Struct{"cores": 3})
		}
	}
	shrink := func(live bool) func(me *customer) {
		return func(me *customer) {
			id := me.vm(nil)
			me.does("hosting.vm.update", id, Struct{"memory": 1024})
			if _, f := me.call("hosting.vm.update", id, Struct{"memory": 256}); (f == nil) != live {
				me.t.Errorf("running: %v", f)
			}
			wait(time.Minute)
			me.does("hosting.vm.stop", id)
			me.does("hosting.vm.update", id, Struct{"memory": 320})
			wantFields(me.t, me.info("vm", id), Struct{"memory": 320})
		}
	}
	resize := func(boots int) func(me *customer) {
		return func(me *customer) {
			id := me.vm(nil)
			me.does("hosting.disk.update", me.info("vm", id)["disks_id"].([]any)[0], Struct{"size": 8192})
			if n := me.boots(id); n != boots {
				me.t.Errorf("%d boots", n)
			}
			wantFields(me.t, me.info("vm", id)["disks"].([]any)[0].(Struct), Struct{"size": 8192})
		}
	}
	return []trial{
		{"repeat-start-stop", "fault", func(me *customer) {
			id := me.vm(nil)
			me.refused(530252, "is running", "hosting.vm.start", id)
			me.does("hosting.vm.stop", id)
			me.refused(530252, "is halted", "hosting.vm.stop", id)
		}},
		{"repeat-start-stop", "no-op", func(me *customer) {
			id := me.vm(nil)
			me.does("hosting.vm.start", id)
			wantFields(me.t, me.info("vm", id), Struct{"state": "running"})
			me.does("hosting.vm.stop", id)
			me.does("hosting.vm.stop", id)
			wantFields(me.t, me.info("vm", id), Struct{"state": "halted"})
			if n := me.boots(id); n != 1 {
				me.t.Errorf("%d boots", n)
			}
		}},
		{"update-reboots", "no", func(me *customer) {
			id := me.vm(nil)
			me.does("hosting.vm.update", id, Struct{"memory": 4096, "vm_max_memory": 4096})
			if n := me.boots(id); n != 1 {
				me.t.Errorf("%d boots", n)
			}
			wantFields(me.t, me.info("vm", id), Struct{"memory": 4096, "vm_max_memory": 4096})
			me.does("hosting.vm.reboot", id)
			wantFields(me.t, me.info("vm", id), Struct{"memory": 4096, "vm_max_memory": 4096})
		}},
		{"update-reboots", "yes", func(me *customer) {
			id := me.vm(nil)
			me.does("hosting.vm.update", id, Struct{"memory": 4096, "vm_max_memory": 4096})
			if n := me.boots(id); n != 2 {
				me.t.Errorf("%d boots", n)
			}
			wantFields(me.t, me.info("vm", id), Struct{"memory": 4096, "vm_max_memory": 4096, "state": "running"})
			me.does("hosting.vm.update", id, Struct{"memory": 2048, "vm_max_memory": 4096})
			if n := me.boots(id); n != 2 {
				me.t.Errorf("%d boots without a change of the maximum", n)
			}
		}},
		{"memory-above-max", "with-update", func(me *customer) {
			id := me.vm(nil)
			me.refused(530237, "above vm_max_memory 2048", "hosting.vm.update", id, Struct{"memory": 4096})
			me.does("hosting.vm.update", id, Struct{"vm_max_memory": 4096})
			me.does("hosting.vm.update", id, Struct{"memory": 4096}) // waits for the reboot with the maximum
			me.does("hosting.vm.reboot", id)
			wantFields(me.t, me.info("vm", id), Struct{"memory": 4096, "vm_max_memory": 4096})
		}},
		{"memory-above-max", "after-reboot", func(me *customer) {
			id := me.vm(nil)
			me.refused(530237, "must be rebooted first", "hosting.vm.update", id, Struct{"memory": 4096, "vm_max_memory": 4096})
			me.does("hosting.vm.update", id, Struct{"vm_max_memory": 4096})
			me.refused(530237, "must be rebooted first", "hosting.vm.update", id, Struct{"memory": 4096})
			me.does("hosting.vm.reboot", id)
			me.does("hosting.vm.update", id, Struct{"memory": 4096})
			wantFields(me.t, me.info("vm", id), Struct{"memory": 4096, "vm_max_memory": 4096})

			halted := me.halted(nil) // a VM that is down needs no reboot, only two updates
			me.does("hosting.vm.update", halted, Struct{"vm_max_memory": 8192})
			me.does("hosting.vm.update", halted, Struct{"memory": 8192})
			wantFields(me.t, me.info("vm", halted), Struct{"memory": 8192, "vm_max_memory": 8192, "state": "halted"})
		}},
		{"max-memory-shown", "at-once", func(me *customer) {
			id := me.vm(nil)
			me.does("hosting.vm.update", id, Struct{"memory": 4096, "vm_max_memory": 4096})
			wantFields(me.t, me.info("vm", id), Struct{"memory": 4096, "vm_max_memory": 4096})
		}},
		{"max-memory-shown", "after-reboot", func(me *customer) {
			id := me.vm(nil)
			me.does("hosting.vm.update", id, Struct{"memory": 4096, "vm_max_memory": 4096})
			wantFields(me.t, me.info("vm", id), Struct{"memory": 512, "vm_max_memory": 2048})
			me.does("hosting.vm.reboot", id)
			wantFields(me.t, me.info("vm", id), Struct{"memory": 4096, "vm_max_memory": 4096})
		}},
		{"cores-change", "live", cores(true)},
		{"cores-change", "halted-only", cores(false)},
		{"memory-shrink", "live", shrink(true)},
		{"memory-shrink", "halted-only", shrink(false)},
		{"disk-resize", "reboots", resize(2)},
		{"disk-resize", "live", resize(1)},
		{"deleted-objects", "gone", deleted(false, "")},
		{"deleted-objects", "visible", deleted(true, "deleted")},
		{"deleted-objects", "redemption", deleted(true, "redemption")},
		{"repeat-delete", "fault", func(me *customer) {
			id := me.halted(nil)
			me.does("hosting.vm.delete", id)
			me.refused(530242, "doesn't exist", "hosting.vm.delete", id)
		}},
		{"repeat-delete", "no-op", func(me *customer) {
			id := me.halted(nil)
			v := me.info("vm", id)
			me.does("hosting.vm.delete", id)
			me.does("hosting.vm.delete", id)
			me.does("hosting.disk.delete", v["disks_id"].([]any)[0])
			me.does("hosting.iface.delete", v["ifaces_id"].([]any)[0])
			me.refused(530242, "", "hosting.vm.delete", 7)
			me.refused(530242, "", "hosting.vm.info", id)
		}},
		{"quota", "enforced", func(me *customer) {
			if err := me.w.Change(map[string]any{"type": "account", "credits": 0}); err != nil {
				me.t.Fatal(err)
			}
			for method, args := range map[string][]any{
				"hosting.disk.create":    {Struct{"datacenter_id": 3}},
				"hosting.iface.create":   {Struct{"datacenter_id": 3, "ip_version": 4}},
				"hosting.vm.create_from": {spec(nil), Struct{"name": "sys"}, ubuntu1004},
			} {
				me.refused(530054, "not enough credits", method, args...)
			}
			me.does("hosting.account.credit", Struct{"quantity": 100})
			me.vm(nil)
		}},
		{"quota", "unlimited", func(me *customer) {
			if err := me.w.Change(map[string]any{"type": "account", "credits": -5}); err != nil {
				me.t.Fatal(err)
			}
			me.vm(nil)
		}},
	}
}

// boots is how often a VM came up, which no reply of the API tells.
func (me *customer) boots(id int) int {
	me.t.Helper()
	for _, v := range me.w.State()["vms"].([]any) {
		if v.(Struct)["id"] == id {
			return v.(Struct)["boots"].(int)
		}
	}
	me.t.Fatalf("no vm %d", id)
	return 0
}
