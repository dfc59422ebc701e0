package gandisim

import (
	"maps"
	"slices"
	"strconv"
	"time"
)

// States of a VM that the world brings about by itself.
const (
	vmBeingCreated  = "being_created"
	vmRunning       = "running"
	vmHalted        = "halted"
	vmPaused        = "paused"
	vmLocked        = "locked"
	vmInvalid       = "invalid"
	vmDeleted       = "deleted"
	vmBeingMigrated = "being_migrated"
)

// A vm is one server.
type vm struct {
	id         int
	handle     string
	hostname   string
	state      string
	datacenter int
	cores      int
	memory     int // MB, in force
	maxMemory  int // MB, in force
	nextMemory int // what the next boot brings, 0 for no change
	nextMax    int
	console    bool
	managed    bool // ai_active
	password   bool // whether one is set; which one is nobody's business
	farm       string
	disks      []int // by position
	ifaces     []int // by position
	keys       []int
	boots      int // how often it came up

	created, updated, goneAt time.Time
}

func vmKeys() filterKeys {
	return filterKeys{
		"id": "int", "hostname": "string", "state": "string", "memory": "int", "cores": "int", "shares": "int", "datacenter_id": "int",
		"farm": "string", "vm_max_memory": "int", "console": "bool", "ai_active": "bool", "disks_id": "int", "ifaces_id": "int",
		"date_created": "date", "date_updated": "date",
	}
}

// shownState is the state that replies tell.
func (w *World) shownState(v *vm) string {
	if w.sw("vm-locked") == "never" {
		return v.state
	}
	switch v.state {
	case vmRunning, vmHalted, vmPaused:
		for _, o := range w.holders([]hold{{objVM, v.id}}) {
			if o.step == stepRun {
				return vmLocked
			}
		}
	}
	return v.state
}

// vmShort is what lists show.
func (w *World) vmShort(v *vm) Struct {
	memory, maximum := v.memory, v.maxMemory
	if w.sw("max-memory-shown") == "at-once" {
		if v.nextMemory != 0 {
			memory = v.nextMemory
		}
		if v.nextMax != 0 {
			maximum = v.nextMax
		}
	}
	s := Struct{
		"id": v.id, "hostname": v.hostname, "state": w.shownState(v), "datacenter_id": v.datacenter, "memory": memory,
		"cores": v.cores, "vm_max_memory": maximum, "flex_shares": 0, "ai_active": oneOrZero(v.managed), "console": oneOrZero(v.console),
		"description": nil, "date_created": w.wireTime(v.created), "date_updated": w.wireTime(v.updated),
		"disks_id": idList(v.disks), "ifaces_id": idList(v.ifaces),
	}
	if w.sw("farm") == "list" {
		s["farm"] = textOrNil(v.farm)
	}
	return s
}

// vmFull is what vm.info shows.
func (w *World) vmFull(v *vm) Struct {
	s := w.vmShort(v)
	disks, ifaces := []any{}, []any{}
	for _, id := range v.disks {
		disks = append(disks, w.diskFull(w.disks[id]))
	}
	for _, id := range v.ifaces {
		ifaces = append(ifaces, w.ifaceShort(w.ifaces[id]))
	}
	s["disks"], s["ifaces"] = disks, ifaces
	s["keys"] = idList(v.keys)
	s["triggers"], s["probes"] = []any{}, []any{}
	s["console_url"], s["hvm_state"] = "console.gandi.net", "unknown"
	s["graph_urls"] = Struct{"vcpu": []any{""}, "vdi": []any{""}, "vif": []any{""}}
	if w.sw("farm") != "nowhere" {
		s["farm"] = textOrNil(v.farm)
	}
	return s
}

func (w *World) vmRow(v *vm) row {
	show := w.vmShort(v)
	match := maps.Clone(show)
	match["farm"] = textOrNil(v.farm)
	match["shares"] = (v.memory + 255) / 256
	return row{id: v.id, handle: v.handle, show: show, match: match}
}

func (w *World) vmOf(c *call, id int) (*vm, *Fault) {
	v, ok := w.vms[id]
	if !ok {
		return nil, missing(objVM, id)
	}
	return v, w.mayTouch(c, objVM, id, v.handle)
}

// livingVM is vmOf for a caller that wants to change it, who finds nothing once it is deleted.
func (w *World) livingVM(c *call, id int) (*vm, *Fault) {
	v, fault := w.vmOf(c, id)
	if fault == nil && v.state == vmDeleted {
		fault = missing(objVM, id)
	}
	return v, fault
}

// farmFiltered is the filter of a VM list as the switch has it.
func (w *World) farmFiltered(opts any) (any, filterKeys) {
	keys := vmKeys()
	in, _ := opts.(Struct)
	if _, asked := in["farm"]; !asked {
		return opts, keys
	}
	switch w.sw("farm-filter") {
	case "ignored":
		in = maps.Clone(in)
		delete(in, "farm")
		return in, keys
	case "faulted":
		delete(keys, "farm")
	}
	return opts, keys
}

func vmList(w *World, c *call) (any, *Fault) {
	opts, keys := w.farmFiltered(c.args[0])
	if fault := w.farmFault(keys, opts); fault != nil {
		return nil, fault
	}
	return w.listing(c, "vm", keys, opts)
}

func vmCount(w *World, c *call) (any, *Fault) {
	opts, keys := w.farmFiltered(c.args[0])
	if fault := w.farmFault(keys, opts); fault != nil {
		return nil, fault
	}
	return w.counting(c, "vm", keys, opts)
}

// farmFault refuses the filter farm where it is not known, whatever becomes of other unknown filters.
func (w *World) farmFault(keys filterKeys, opts any) *Fault {
	in, _ := opts.(Struct)
	_, asked := in["farm"]
	_, known := keys["farm"]
	return unless(!asked || known, refuse(objStruct, causeBadParameter, "unknown filter 'farm' (EC_UNKNOWNFIELD)"))
}

func vmInfo(w *World, c *call) (any, *Fault) {
	v, fault := w.vmOf(c, c.args[0].(int))
	if fault != nil {
		return nil, fault
	}
	return w.vmFull(v), nil
}

// inState is the fault unless v is in one of states.
func (v *vm) inState(states ...string) *Fault {
	return unless(slices.Contains(states, v.state), refuse(objVM, causeBadState, "vm#%d is %s", v.id, v.state))
}

// boot is v coming up, which brings what waited for it.
func (w *World) boot(v *vm, at time.Time) {
	v.state, v.updated = vmRunning, at
	v.boots++
	v.settle()
}

// settle puts in force what waited for v to be down.
func (v *vm) settle() {
	if v.nextMax != 0 {
		v.maxMemory, v.nextMax = v.nextMax, 0
	}
	if v.nextMemory != 0 {
		v.memory, v.nextMemory = v.nextMemory, 0
	}
}

func (w *World) onVM(kind string, v *vm) *operation {
	return &operation{kind: kind, vm: v.id, label: v.hostname, holds: []hold{{objVM, v.id}}}
}

func vmStart(w *World, c *call) (func() any, *Fault) {
	f := w.read(objVM, c.args[1])
	f.unused("login", "password", "keys", "ssh_key")
	if fault := f.end(); fault != nil {
		return nil, fault
	}
	v, fault := w.livingVM(c, c.args[0].(int))
	if fault != nil {
		return nil, fault
	}
	o := w.onVM("vm_start", v)
	o.ready = func() *Fault {
		if v.state == vmRunning && w.sw("repeat-start-stop") == "no-op" {
			return nil
		}
		return firstFault(
			v.inState(vmHalted, vmPaused),
			unless(len(v.disks) > 0, refuse(objVM, causeBadState, "vm#%d has no system disk", v.id)),
		)
	}
	o.done = func(at time.Time) {
		switch v.state {
		case vmPaused:
			v.state, v.updated = vmRunning, at
		case vmHalted:
			w.boot(v, at)
		}
	}
	return w.starts(c, o)
}

func vmStop(w *World, c *call) (func() any, *Fault) {
	v, fault := w.livingVM(c, c.args[0].(int))
	if fault != nil {
		return nil, fault
	}
	o := w.onVM("vm_stop", v)
	o.ready = func() *Fault {
		if v.state == vmHalted && w.sw("repeat-start-stop") == "no-op" {
			return nil
		}
		return v.inState(vmRunning, vmPaused)
	}
	o.done = func(at time.Time) {
		if v.state != vmHalted {
			v.state, v.updated = vmHalted, at
			v.settle()
		}
	}
	return w.starts(c, o)
}

func vmReboot(w *World, c *call) (func() any, *Fault) {
	v, fault := w.livingVM(c, c.args[0].(int))
	if fault != nil {
		return nil, fault
	}
	o := w.onVM("vm_reboot", v)
	o.ready = func() *Fault { return v.inState(vmRunning) }
	o.done = func(at time.Time) { w.boot(v, at) }
	return w.starts(c, o)
}

// vmDelete takes the disk at position 0 and the first interface with it; the others are detached and stay.
func vmDelete(w *World, c *call) (func() any, *Fault) {
	if again := w.deletedBefore(c, objVM); again != nil {
		return w.starts(c, again)
	}
	v, fault := w.livingVM(c, c.args[0].(int))
	if fault != nil {
		return nil, fault
	}
	o := w.onVM("vm_delete", v)
	for _, id := range v.disks {
		o.holds = append(o.holds, hold{objDisk, id})
	}
	for _, id := range v.ifaces {
		o.holds = append(o.holds, hold{objIface, id})
	}
	o.ready = func() *Fault { return v.inState(vmHalted, vmInvalid) }
	o.done = func(at time.Time) { w.eraseVM(v, at) }
	return w.starts(c, o)
}

// deletedBefore is the operation without effect that a repeated delete gets, where it does.
func (w *World) deletedBefore(c *call, what object) *operation {
	id, _ := c.args[0].(int)
	if w.sw("repeat-delete") == "fault" || w.buried[hold{what, id}] != c.handle {
		return nil
	}
	switch what {
	case objVM:
		return &operation{kind: "vm_delete", vm: id}
	case objDisk:
		return &operation{kind: "disk_delete", disk: id}
	case objSite:
		return &operation{kind: "sitebuilder_delete", site: id}
	default:
		return &operation{kind: "iface_delete", iface: id}
	}
}

func (w *World) eraseVM(v *vm, at time.Time) {
	if len(v.disks) > 0 {
		w.eraseDisk(w.disks[v.disks[0]], at)
	}
	if len(v.ifaces) > 0 {
		w.dropIface(w.ifaces[v.ifaces[0]], at)
	}
	w.strip(v, at)
	w.buried[hold{objVM, v.id}] = v.handle
	if w.sw("deleted-objects") != "gone" {
		v.state, v.updated, v.goneAt = vmDeleted, at, at.Add(w.scaled(shownDeleted))
		return
	}
	delete(w.vms, v.id)
}

// strip detaches everything from v.
func (w *World) strip(v *vm, at time.Time) {
	for _, id := range slices.Clone(v.disks) {
		w.disks[id].updated = at
		w.unplug(w.disks[id])
	}
	for _, id := range slices.Clone(v.ifaces) {
		w.freeIface(w.ifaces[id], at)
	}
}

// generatedHostname is what a VM is called for which no name is asked.
func generatedHostname(id int) string { return "vm" + strconv.Itoa(id) }
