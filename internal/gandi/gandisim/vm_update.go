package gandisim

import (
	"time"
	"unicode/utf8"
)

// revision is what a vm.update asks for; fields without their has are untouched.
type revision struct {
	hostname                      string
	memory, maximum, cores        int // 0 when untouched
	console, hasConsole, password bool
	farm                          string
	hasFarm                       bool
}

func (w *World) readRevision(in any) (revision, *Fault) {
	f := w.read(objVM, in)
	var r revision
	hostname, hasHostname := f.text("hostname")
	memory, hasMemory := f.int("memory")
	maximum, hasMaximum := f.int("vm_max_memory")
	cores, hasCores := f.int("cores")
	r.console, r.hasConsole = f.flag("console")
	password, hasPassword := f.text("password")
	_, _ = f.int("shares")
	if w.sw("farm-update") == "taken" {
		r.farm, r.hasFarm = f.text("farm")
	}
	r.hostname, r.memory, r.maximum, r.cores, r.password = hostname, memory, maximum, cores, hasPassword
	return r, firstFault(
		f.end(),
		checkHostnameIf(hasHostname, hostname),
		unless(!hasMemory || checkMemory(memory) == nil, checkMemory(memory)),
		unless(!hasMaximum || w.checkMaxMemory(maximum) == nil, w.checkMaxMemory(maximum)),
		unless(!hasCores || checkCores(cores) == nil, checkCores(cores)),
		unless(!hasPassword || checkPassword(password) == nil, checkPassword(password)),
		unless(utf8.RuneCountInString(r.farm) <= 255, refuse(objString, causeBadParameter, "farm must have at most 255 characters")),
	)
}

func vmUpdate(w *World, c *call) (func() any, *Fault) {
	r, fault := w.readRevision(c.args[1])
	if fault != nil {
		return nil, fault
	}
	v, fault := w.livingVM(c, c.args[0].(int))
	if fault != nil {
		return nil, fault
	}
	o := w.onVM("vm_update", v)
	o.ready = func() *Fault { return w.updatable(v, r) }
	o.done = func(at time.Time) { w.revise(v, r, at) }
	if w.rebootsFor(v, r) {
		o.takes = usual("vm_update") + usual("vm_reboot")
	}
	return w.starts(c, o)
}

// ceiling is the maximum that memory is held against: the one that is or will be in force.
func (v *vm) ceiling() int {
	if v.nextMax != 0 {
		return v.nextMax
	}
	return v.maxMemory
}

// updatable is whether r can be had in the state that v is in.
func (w *World) updatable(v *vm, r revision) *Fault {
	if f := v.inState(vmRunning, vmHalted, vmPaused); f != nil {
		return f
	}
	running := v.state != vmHalted
	maximum, memory := v.ceiling(), v.memory
	if r.maximum != 0 {
		maximum = r.maximum
	}
	if v.nextMemory != 0 {
		memory = v.nextMemory
	}
	if r.memory != 0 {
		memory = r.memory
	}
	above := r.memory > v.maxMemory
	return firstFault(
		unless(memory <= maximum, refuse(objVM, causeBadParameter, "memory %d is above vm_max_memory %d", memory, maximum)),
		unless(!above || w.sw("memory-above-max") == "with-update",
			refuse(objVM, causeBadParameter, "memory %d is above the vm_max_memory %d in force; the VM must be rebooted first", r.memory, v.maxMemory)),
		unless(r.memory == 0 || r.memory >= v.memory || !running || w.sw("memory-shrink") == "live",
			refuse(objVM, causeBadState, "memory of a running VM cannot be lowered")),
		unless(r.cores == 0 || r.cores == v.cores || !running || w.sw("cores-change") == "live",
			refuse(objVM, causeBadState, "cores of a running VM cannot be changed")),
		unless(!r.console || v.password || r.password, refuse(objVM, causeBadState, "console needs a password")),
	)
}

// rebootsFor reports whether r makes Gandi reboot v by itself.
func (w *World) rebootsFor(v *vm, r revision) bool {
	return v.state == vmRunning && r.maximum != 0 && r.maximum != v.maxMemory && w.sw("update-reboots") == "yes"
}

// revise gives v what r asks for. Of a running VM the maximum, and memory above the one in force, come with
// the next boot.
func (w *World) revise(v *vm, r revision, at time.Time) {
	reboots := w.rebootsFor(v, r)
	v.updated = at
	if r.hostname != "" {
		v.hostname = r.hostname
	}
	if r.cores != 0 {
		v.cores = r.cores
	}
	if r.hasConsole {
		v.console = r.console
	}
	v.password = v.password || r.password
	if r.hasFarm {
		v.farm = r.farm
	}
	if r.maximum != 0 {
		v.nextMax = r.maximum
	}
	if r.memory != 0 {
		v.nextMemory = 0
		if r.memory > v.maxMemory {
			v.nextMemory = r.memory
		} else {
			v.memory = r.memory
		}
	}
	switch {
	case reboots:
		w.boot(v, at)
	case v.state == vmHalted:
		v.settle()
	}
}
