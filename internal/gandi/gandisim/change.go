package gandisim

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// change edits the world as if somebody used Gandi's web panel: at once, without an operation, and without the
// preconditions of the API, though never into something that could not be. A request names a thing and its new
// values, or what to make:
//
//	{"type": "vm", "id": 152967, "power": "halted", "memory": 512, "hostname": "renamed"}
//	{"type": "vm", "id": 152967, "delete": true}
//	{"type": "vm", "create": {"hostname": "foreign", "datacenter_id": 3}}
//	{"type": "disk", "id": 4969249, "name": "other", "size": 20480, "detach": true}
//	{"type": "iface", "id": 156573, "bandwidth": 51200}
//	{"type": "ip", "id": 203968, "reverse": "www.example.com"}
//	{"type": "site", "id": 4103, "name": "Renamed", "vhosts": ["www.example.com"], "package": "professional"}
//	{"type": "site", "id": 4103, "expire": true}
//	{"type": "site", "create": {"name": "Blog", "vhosts": ["blog.sites.gandi.example"], "duration": "3m", "handle": "CD5678-GANDI"}}
//	{"type": "operation", "id": 637366, "step": "ERROR", "last_error": "disk full"}
//	{"type": "account", "credits": 0}
//	{"type": "datacenter", "id": 4, "iaas_closed_for": "ALL"}
//	{"type": "image", "id": 18, "label": "Ubuntu 12.04", "visibility": "deprecated"}
//	{"type": "image", "create": {"label": "Debian 9", "datacenter_id": 5}}
func (w *World) change(req map[string]any) error {
	kind, _ := req["type"].(string)
	what, known := map[string]object{
		"vm": objVM, "disk": objDisk, "iface": objIface, "ip": objIP, "operation": objOperation, "site": objSite,
		"account": objHostingAccount, "datacenter": objDatacenter, "image": objImage,
	}[kind]
	if !known {
		return fmt.Errorf("type must be vm, disk, iface, ip, site, operation, account, datacenter or image, not %q", kind)
	}
	if what == objHostingAccount {
		return w.panelAccount(req)
	}
	if making, ok := req["create"].(map[string]any); ok {
		return w.panelCreate(what, making)
	}
	id, ok := req["id"].(int)
	if !ok {
		return errors.New("id must be a whole number")
	}
	edit := maps.Clone(req)
	delete(edit, "type")
	delete(edit, "id")
	if deleting, ok := edit["delete"].(bool); ok && deleting {
		return w.panelDelete(what, id)
	}
	delete(edit, "delete")
	f := w.read(what, edit)
	var apply func() error
	switch what { //nolint:exhaustive // the kinds were looked up above
	case objVM:
		v, ok := w.vms[id]
		if !ok {
			return fmt.Errorf("no vm %d", id)
		}
		apply = w.panelVM(v, f)
	case objDisk:
		d, ok := w.disks[id]
		if !ok {
			return fmt.Errorf("no disk %d", id)
		}
		apply = w.panelDisk(d, f)
	case objIface:
		i, ok := w.ifaces[id]
		if !ok {
			return fmt.Errorf("no iface %d", id)
		}
		apply = w.panelIface(i, f)
	case objIP:
		a, ok := w.ips[id]
		if !ok {
			return fmt.Errorf("no ip %d", id)
		}
		reverse, given := f.text("reverse")
		apply = func() error {
			if given {
				a.reverse, a.updated = reverse, w.now
			}
			return nil
		}
	case objSite:
		s, ok := w.sites[id]
		if !ok {
			return fmt.Errorf("no site %d", id)
		}
		apply = w.panelSite(s, f)
	case objOperation:
		o, ok := w.ops[id]
		if !ok {
			return fmt.Errorf("no operation %d", id)
		}
		apply = w.panelOperation(o, f)
	case objDatacenter:
		d, fault := w.datacenter(id)
		if fault != nil {
			return fmt.Errorf("no datacenter %d", id)
		}
		apply = w.panelDatacenter(d, f)
	case objImage:
		n := slices.IndexFunc(w.images, func(i *image) bool { return i.id == id })
		if n < 0 {
			return fmt.Errorf("no image %d", id)
		}
		apply = w.panelImage(w.images[n], f)
	}
	if fault := w.strictly(f); fault != nil {
		return errors.New(fault.Text)
	}
	return apply()
}

// strictly is the end of f whatever the switch for unknown fields says: a mistyped edit must not pass silently.
func (w *World) strictly(f *fields) *Fault {
	if f.fault != nil {
		return f.fault
	}
	for _, name := range sortedNames(f.in) {
		if !slices.Contains(f.known, name) {
			return refuse(f.of, causeBadParameter, "unknown field '%s'", name)
		}
	}
	return nil
}

func (w *World) panelVM(v *vm, f *fields) func() error {
	state, hasState := f.text("state")
	power, hasPower := f.text("power")
	hostname, hasHostname := f.text("hostname")
	memory, hasMemory := f.int("memory")
	maximum, hasMaximum := f.int("vm_max_memory")
	cores, hasCores := f.int("cores")
	console, hasConsole := f.flag("console")
	farm, hasFarm := f.text("farm")
	return func() error {
		if hasPower {
			state, hasState = power, true
		}
		if hasState && !slices.Contains([]string{vmRunning, vmHalted, vmPaused, vmLocked, vmInvalid, vmBeingCreated, vmBeingMigrated, "legally_locked"}, state) {
			return fmt.Errorf("a vm cannot be made %q", state)
		}
		v.updated = w.now
		if hasHostname {
			v.hostname = hostname
		}
		if hasMaximum {
			v.maxMemory, v.nextMax = maximum, 0
		}
		if hasMemory {
			v.memory, v.nextMemory = memory, 0
			v.maxMemory = max(v.maxMemory, w.tierFor(memory))
		}
		if hasCores {
			v.cores = cores
		}
		if hasConsole {
			v.console = console
		}
		if hasFarm {
			v.farm = farm
		}
		if hasState && state != v.state {
			if state == vmRunning && v.state != vmPaused {
				w.boot(v, w.now)
			}
			v.state = state
		}
		return nil
	}
}

func (w *World) panelDisk(d *disk, f *fields) func() error {
	name, hasName := f.text("name")
	size, hasSize := f.int("size")
	state, hasState := f.text("state")
	detach, _ := f.flag("detach")
	attach, hasAttach := f.int("attach")
	return func() error {
		target, ok := w.vms[attach]
		if hasAttach && !ok {
			return fmt.Errorf("no vm %d", attach)
		}
		d.updated = w.now
		if hasName {
			d.name = name
		}
		if hasSize {
			d.size = size
		}
		if hasState {
			d.state = state
		}
		if detach || hasAttach {
			w.unplug(d)
		}
		if hasAttach {
			w.plug(target, d, len(target.disks))
		}
		return nil
	}
}

func (w *World) panelIface(i *iface, f *fields) func() error {
	bandwidth, hasBandwidth := f.bandwidth()
	detach, _ := f.flag("detach")
	return func() error {
		i.updated = w.now
		if hasBandwidth {
			i.bandwidth = bandwidth
		}
		if detach {
			w.freeIface(i, w.now)
		}
		return nil
	}
}

// panelOperation is somebody at Gandi ending an operation by hand.
func (w *World) panelOperation(o *operation, f *fields) func() error {
	step, hasStep := f.text("step")
	reason, _ := f.text("last_error")
	return func() error {
		switch {
		case !hasStep:
			return errors.New("step must be DONE, ERROR, CANCEL or SUPPORT")
		case o.finished():
			return fmt.Errorf("operation %d is %s", o.id, o.step)
		case !slices.Contains([]string{stepDone, stepError, stepCancel, stepSupport}, step):
			return fmt.Errorf("an operation cannot be made %q", step)
		}
		o.lastError = reason
		w.end(o, step, w.now)
		return nil
	}
}

// panelDelete removes a thing, and ends what was being done to it.
func (w *World) panelDelete(what object, id int) error {
	for _, o := range w.holders([]hold{{what, id}}) {
		if !o.finished() {
			o.lastError = "object was deleted"
			w.end(o, stepError, w.now)
		}
	}
	switch what {
	case objVM:
		v, ok := w.vms[id]
		if !ok {
			return fmt.Errorf("no vm %d", id)
		}
		w.eraseVM(v, w.now)
	case objDisk:
		d, ok := w.disks[id]
		if !ok {
			return fmt.Errorf("no disk %d", id)
		}
		w.eraseDisk(d, w.now)
	case objIface:
		i, ok := w.ifaces[id]
		if !ok {
			return fmt.Errorf("no iface %d", id)
		}
		w.dropIface(i, w.now)
	case objSite:
		s, ok := w.sites[id]
		if !ok {
			return fmt.Errorf("no site %d", id)
		}
		w.eraseSite(s)
	case objImage:
		n := len(w.images)
		w.images = slices.DeleteFunc(w.images, func(i *image) bool { return i.id == id })
		if len(w.images) == n {
			return fmt.Errorf("no image %d", id)
		}
	default:
		return fmt.Errorf("a %s cannot be deleted", what.noun())
	}
	return nil
}
