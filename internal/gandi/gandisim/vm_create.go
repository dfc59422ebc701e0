package gandisim

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Bounds of a VM.
const (
	memoryStep  = 64
	leastMemory = 256
	mostMemory  = 24576
	mostCores   = 12
)

// order is a VM that a caller asks for, checked.
type order struct {
	hostname   string
	datacenter int
	memory     int
	cores      int
	maxMemory  int
	farm       string
	keys       []int
	password   bool
	console    bool
	managed    bool
	net        wish // version 0 when an interface of one's own is used
	iface      int
	disk       int
}

// tiers are the values that vm_max_memory may have.
func (w *World) tiers() []int {
	switch w.sw("max-memory-tiers") {
	case "three":
		return []int{2048, 4096, 24576}
	case "powers":
		return []int{2048, 4096, 8192, 16384, 32768}
	default:
		return []int{2048, 4096, 8192, 16384, 24576}
	}
}

// tierFor is the smallest maximum that memory fits under.
func (w *World) tierFor(memory int) int {
	for _, t := range w.tiers() {
		if memory <= t {
			return t
		}
	}
	return mostMemory
}

func checkMemory(n int) *Fault {
	return unless(n >= leastMemory && n <= mostMemory && n%memoryStep == 0,
		refuse(objVM, causeBadParameter, "memory must be between %d and %d by step of %d", leastMemory, mostMemory, memoryStep))
}

func checkCores(n int) *Fault {
	return unless(n >= 1 && n <= mostCores, refuse(objVM, causeBadParameter, "cores must be between 1 and %d", mostCores))
}

func (w *World) checkMaxMemory(n int) *Fault {
	return unless(slices.Contains(w.tiers(), n), refuse(objVM, causeBadParameter, "vm_max_memory must be one of %v (EC_ENUMIN)", w.tiers()))
}

// checkHostname refuses what nobody can mean. No pattern is published: characters are counted, not bytes.
func checkHostname(s string) *Fault {
	n := utf8.RuneCountInString(s)
	ok := n >= 1 && n <= 63 && !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
	return unless(ok, refuse(objString, causeBadParameter, "hostname must have 1 to 63 characters without white space"))
}

// checkPassword never repeats what it was given.
func checkPassword(s string) *Fault {
	ok := len(s) >= 8 && len(s) <= 64 && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
	return unless(ok, refuse(objString, causeBadParameter, "password must have 8 to 64 printable ASCII characters (EC_VALIDPASSWORD)"))
}

func checkLogin(s string) *Fault {
	return firstFault(
		unless(s != "root", refuse(objString, causeBadParameter, "login 'root' is reserved")),
		unless(s != "" && len(s) <= 64 && isHostname(s), refuse(objString, causeBadParameter, "login is not a user name")),
	)
}

func checkSSHKey(s string) *Fault {
	kind, rest, _ := strings.Cut(strings.TrimSpace(s), " ")
	ok := rest != "" && (strings.HasPrefix(kind, "ssh-") || strings.HasPrefix(kind, "ecdsa-") || strings.HasPrefix(kind, "sk-"))
	return unless(ok && !strings.ContainsAny(strings.TrimSpace(s), "\r\n"), refuse(objSSHKey, causeBadParameter, "ssh key must be one public key"))
}

// readVM reads and judges a vm_spec as far as that needs no other object. fromDisk is whether the disk is made
// by the same call.
func (w *World) readVM(in any, fromDisk bool) (order, *Fault) {
	f := w.read(objVM, in)
	var o order
	o.datacenter = f.id("datacenter_id")
	hostname, hasHostname := f.text("hostname")
	memory, hasMemory := f.int("memory")
	cores, hasCores := f.int("cores")
	maximum, hasMaximum := f.int("vm_max_memory")
	version, hasVersion := f.int("ip_version")
	bandwidth, hasBandwidth := f.bandwidth()
	o.iface = f.id("iface_id")
	if !fromDisk {
		o.disk = f.id("sys_disk_id")
	}
	login, hasLogin := f.text("login")
	password, hasPassword := f.text("password")
	key, hasKey := f.text("ssh_key")
	o.keys = f.ids("keys")
	_, _ = f.text("run")
	_, _ = f.text("script")
	_, _ = f.text("script_args")
	o.farm, _ = f.text("farm")
	o.console, _ = f.flag("console")
	o.managed, _ = f.flag("ai_active")
	_, _ = f.int("shares")
	f.unused("description", "flex_shares")

	o.hostname, o.memory, o.cores, o.password = hostname, memory, cores, hasPassword
	if !hasMemory {
		o.memory = leastMemory
	}
	if !hasCores {
		o.cores = 1
	}
	o.net = wish{version: version, bandwidth: bandwidth}
	if !hasBandwidth {
		o.net.bandwidth = defaultBandwidth
	}
	o.maxMemory = w.tierFor(o.memory)
	if hasMaximum && w.sw("create-max-memory") == "taken" {
		o.maxMemory = maximum
	}
	return o, firstFault(
		f.end(),
		unless(!hasMaximum || w.sw("create-max-memory") != "faulted", refuse(objVM, causeBadParameter, "unknown field 'vm_max_memory' (EC_UNKNOWNFIELD)")),
		unless(fromDisk || o.disk != 0, lacking(objVM, "sys_disk_id")),
		unless(hasVersion || o.iface != 0, lacking(objVM, "ip_version")),
		unless(w.sw("credentials") == "optional" || hasPassword || hasKey || len(o.keys) > 0,
			refuse(objVM, causeBadParameter, "password, ssh_key or keys must be given (EC_MISSINGFIELDS)")),
		unless(!hasHostname, checkHostnameIf(hasHostname, hostname)),
		checkMemory(o.memory),
		checkCores(o.cores),
		unless(!hasMaximum || w.sw("create-max-memory") == "ignored" || w.checkMaxMemory(maximum) == nil, w.checkMaxMemory(maximum)),
		unless(o.memory <= o.maxMemory, refuse(objVM, causeBadParameter, "memory is above vm_max_memory")),
		unless(!hasVersion || wishVersion(version) == nil, wishVersion(version)),
		wishBandwidth(o.net.bandwidth),
		unless(!hasLogin || checkLogin(login) == nil, checkLogin(login)),
		unless(!hasPassword || checkPassword(password) == nil, checkPassword(password)),
		unless(!hasKey || checkSSHKey(key) == nil, checkSSHKey(key)),
		unless(utf8.RuneCountInString(o.farm) <= 255, refuse(objString, causeBadParameter, "farm must have at most 255 characters")),
		unless(!o.console || hasPassword, refuse(objVM, causeBadParameter, "console needs a password")),
	)
}

func checkHostnameIf(given bool, s string) *Fault {
	if !given {
		return nil
	}
	return checkHostname(s)
}

// related checks the things that an order names beside its disk: keys and an interface of one's own.
func (w *World) related(c *call, o order) *Fault {
	for _, id := range o.keys {
		if _, fault := w.keyOf(c, id); fault != nil {
			return fault
		}
	}
	if o.iface == 0 {
		return nil
	}
	i, fault := w.ifaceOf(c, o.iface)
	if fault != nil {
		return fault
	}
	return unless(i.datacenter == o.datacenter, refuse(objIface, causeDatacenter, "VM and Iface must be in the same datacenter"))
}

// ifaceFree is whether the interface that an order names can be used now.
func (w *World) ifaceFree(o order) *Fault {
	i, ok := w.ifaces[o.iface]
	if !ok {
		return nil
	}
	return unless(i.state == "free" && i.vm == 0, refuse(objIface, causeAttached, "iface#%d is %s", i.id, i.state))
}

// vmCreate makes a VM on a disk that exists.
func vmCreate(w *World, c *call) (func() any, *Fault) {
	o, fault := w.readVM(c.args[0], false)
	if fault := firstFault(fault, unless(o.datacenter != 0, lacking(objVM, "datacenter_id"))); fault != nil {
		return nil, fault
	}
	dc, fault := w.datacenter(o.datacenter)
	if fault != nil {
		return nil, fault
	}
	d, fault := w.livingDisk(c, o.disk)
	if fault != nil {
		return nil, fault
	}
	if fault := firstFault(
		unless(d.datacenter == o.datacenter, refuse(objDisk, causeDatacenter, "VM and Disk must be in the same datacenter")),
		w.related(c, o),
		w.openFor(dc, c.handle),
		w.affords(c.handle, Struct{"servers": 1, "memory": o.memory, "cores": o.cores}),
	); fault != nil {
		return nil, fault
	}
	probe := &operation{holds: []hold{{objDisk, d.id}}}
	if o.iface != 0 {
		probe.holds = append(probe.holds, hold{objIface, o.iface})
	}
	probe.ready = func() *Fault {
		return firstFault(
			unless(d.vm == 0, refuse(objDisk, causeAttached, "%s is attached to vm#%d", d.describe(), d.vm)),
			unless(d.state == "created" && d.kind == "data", refuse(objDisk, causeBadState, "%s is %s", d.describe(), d.state)),
			w.ifaceFree(o),
		)
	}
	if fault := w.claim(probe); fault != nil {
		return nil, fault
	}
	return func() any {
		v := w.makeVM(c.handle, o)
		w.plug(v, d, 0)
		return w.createVM(c, v, o, nil, probe)
	}, nil
}

// vmCreateFrom makes a VM on a copy of a disk.
func vmCreateFrom(w *World, c *call) (func() any, *Fault) {
	o, fault := w.readVM(c.args[0], true)
	if fault != nil {
		return nil, fault
	}
	b, fault := w.readDisk(c.args[1], false)
	if fault := firstFault(
		fault,
		unless(b.kind != "snapshot", refuse(objDisk, causeBadParameter, "a VM cannot boot from a snapshot")),
		unless(o.datacenter != 0 || w.sw("create-datacenter") == "from-disk", lacking(objVM, "datacenter_id")),
	); fault != nil {
		return nil, fault
	}
	src, fault := w.sourceOf(c, c.args[2].(int))
	if fault != nil {
		return nil, fault
	}
	if b.datacenter == 0 {
		b.datacenter = src.datacenter
		if o.datacenter != 0 {
			b.datacenter = o.datacenter
		}
	}
	if o.datacenter == 0 {
		o.datacenter = b.datacenter
	}
	dc, fault := w.datacenter(o.datacenter)
	if fault != nil {
		return nil, fault
	}
	if fault := firstFault(
		unless(b.datacenter == o.datacenter, refuse(objDisk, causeDatacenter, "VM and Disk must be in the same datacenter")),
		w.related(c, o),
		w.openFor(dc, c.handle),
		w.affords(c.handle, Struct{"servers": 1, "memory": o.memory, "cores": o.cores}),
	); fault != nil {
		return nil, fault
	}
	b, fault = w.copyOf(c, b, src)
	if fault != nil {
		return nil, fault
	}
	probe := &operation{ready: func() *Fault { return firstFault(src.copyable(), w.ifaceFree(o)) }}
	if o.iface != 0 {
		probe.holds = []hold{{objIface, o.iface}}
	}
	if fault := w.claim(probe); fault != nil {
		return nil, fault
	}
	return func() any {
		v := w.makeVM(c.handle, o)
		d := w.makeDisk(c.handle, b, src)
		w.plug(v, d, 0)
		return w.createVM(c, v, o, d, probe)
	}, nil
}

// makeVM is the VM of o, at the moment of the call: its id stands in the reply before any work has begun.
func (w *World) makeVM(handle string, o order) *vm {
	v := &vm{
		id: w.nextID("vm"), handle: handle, hostname: o.hostname, state: vmBeingCreated, datacenter: o.datacenter,
		cores: o.cores, memory: o.memory, maxMemory: o.maxMemory, console: o.console, managed: o.managed, password: o.password,
		farm: o.farm, keys: o.keys, created: w.now, updated: w.now,
	}
	if v.hostname == "" {
		v.hostname = generatedHostname(v.id)
	}
	w.vms[v.id] = v
	return v
}

// copying is how long the disk of a create_from takes: the whole was seen to take 44 s.
const copying = 26 * time.Second

// createVM starts the operations of a create, each after the former. bought is the disk that this call makes,
// or nil.
func (w *World) createVM(c *call, v *vm, o order, bought *disk, probe *operation) any {
	var ops []*operation
	if bought != nil {
		op := w.diskCreation(bought)
		op.takes = copying
		op.holds = []hold{{objDisk, bought.id}}
		ops = append(ops, op)
	}
	var boughtIface *iface
	if o.iface == 0 {
		o.net.datacenter = o.datacenter
		boughtIface = w.makeIface(c.handle, o.net)
		w.link(v, boughtIface)
		op := w.ifaceCreation(boughtIface)
		op.holds = []hold{{objIface, boughtIface.id}}
		ops = append(ops, op)
	} else {
		i := w.ifaces[o.iface]
		w.link(v, i)
		i.state, i.updated = "used", w.now
	}
	op := w.onVM("vm_create", v)
	op.isCreate = true
	op.holds = append(op.holds, probe.holds...)
	for _, id := range v.disks {
		op.holds = append(op.holds, hold{objDisk, id})
	}
	for _, id := range v.ifaces {
		op.holds = append(op.holds, hold{objIface, id})
	}
	op.behind, op.fate, op.lastError = probe.behind, probe.fate, probe.lastError
	op.done = func(at time.Time) { w.boot(v, at) }
	op.undo = func(at time.Time) { w.abandon(v, bought, boughtIface, at) }
	ops = append(ops, op)

	target := op
	for _, each := range ops {
		if each.kind == w.sw("failed-create-step") {
			target = each
		}
	}
	w.tally.VMCreates++
	out := []any{}
	for n, each := range ops {
		each.spared = each != target
		if n > 0 {
			each.chain = ops[n-1]
		}
		out = append(out, w.short(w.begin(c, each)))
	}
	return out
}

// plug puts d on v at position, moving whatever is there to the end. It leaves the VM
// that it was on: of two creates of one disk, both may have been accepted.
func (w *World) plug(v *vm, d *disk, position int) {
	if was, ok := w.vms[d.vm]; ok {
		was.disks = slices.DeleteFunc(was.disks, func(id int) bool { return id == d.id })
		position = min(position, len(v.disks))
	}
	d.vm = v.id
	if position >= len(v.disks) {
		v.disks = append(v.disks, d.id)
		return
	}
	displaced := v.disks[position]
	v.disks[position] = d.id
	v.disks = append(v.disks, displaced)
}

// link puts i on v as its last interface. It leaves the VM that it was on.
func (w *World) link(v *vm, i *iface) {
	if was, ok := w.vms[i.vm]; ok {
		was.ifaces = slices.DeleteFunc(was.ifaces, func(id int) bool { return id == i.id })
	}
	i.vm = v.id
	v.ifaces = append(v.ifaces, i.id)
}

// abandon is what becomes of a create that did not end well. Only what the same call bought can be lost.
func (w *World) abandon(v *vm, bought *disk, boughtIface *iface, at time.Time) {
	leaves := w.sw("failed-create-leaves")
	v.updated = at
	if leaves == "invalid-vm" {
		v.state = vmInvalid
		return
	}
	w.strip(v, at)
	delete(w.vms, v.id)
	if bought != nil && leaves == "nothing" {
		w.dropDisk(bought)
	}
	if boughtIface != nil && leaves != "disk+iface" {
		if _, there := w.ifaces[boughtIface.id]; there {
			w.dropIface(boughtIface, at)
		}
	}
}
