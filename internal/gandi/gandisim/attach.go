package gandisim

import "time"

// diskAttach puts a disk on a VM of the same datacenter. At a position that is taken the disk there moves to the
// end and stays attached.
func diskAttach(w *World, c *call) (func() any, *Fault) {
	f := w.read(objDisk, c.args[2])
	position, hasPosition := f.int("position")
	access, hasAccess := f.text("access")
	if fault := firstFault(
		f.end(),
		unless(!hasPosition || position >= 0, refuse(objDisk, causeBadParameter, "position must be 0 or more")),
		unless(!hasAccess || access == "read" || access == "write", refuse(objDisk, causeBadParameter, "access must be read or write (EC_ENUMIN)")),
	); fault != nil {
		return nil, fault
	}
	v, d, fault := w.pair(c)
	if fault != nil {
		return nil, fault
	}
	if d.datacenter != v.datacenter {
		return nil, refuse(objDisk, causeDatacenter, "VM and Disk must be in the same datacenter")
	}
	o := w.onVM("disk_attach", v)
	o.disk = d.id
	o.holds = append(o.holds, hold{objDisk, d.id})
	o.ready = func() *Fault {
		return firstFault(
			unless(d.vm == 0, refuse(objDisk, causeAttached, "disk#%d is attached to vm#%d", d.id, d.vm)),
			unless(d.state == "created" && d.kind == "data", refuse(objDisk, causeBadState, "disk#%d is %s", d.id, d.state)),
			v.inState(vmRunning, vmHalted, vmPaused),
			unless(!hasPosition || position != 0 || v.state == vmHalted, refuse(objVM, causeBadState, "vm#%d is %s", v.id, v.state)),
		)
	}
	o.start = func(at time.Time) {
		if at.Before(d.snapshotUntil) {
			// Seen in the field: the call is taken, and the operation ends in ERROR, since the first automatic
			// snapshot runs, which the disk's state does not show.
			o.fate, o.lastError, o.takes = stepError, "disk is being snapshotted", w.scaled(failAfter)
		}
	}
	o.done = func(at time.Time) {
		if !hasPosition {
			position = len(v.disks)
		}
		w.plug(v, d, position)
		d.readOnly = access == "read"
		d.updated, v.updated = at, at
	}
	return w.starts(c, o)
}

func diskDetach(w *World, c *call) (func() any, *Fault) {
	v, d, fault := w.pair(c)
	if fault != nil {
		return nil, fault
	}
	o := w.onVM("disk_detach", v)
	o.disk = d.id
	o.holds = append(o.holds, hold{objDisk, d.id})
	o.ready = func() *Fault {
		return firstFault(
			unless(d.vm == v.id, refuse(objDisk, causeBadState, "disk#%d is not attached to vm#%d", d.id, v.id)),
			unless(!w.bootDisk(d) || v.state == vmHalted, refuse(objVM, causeBadState, "vm#%d is %s", v.id, v.state)),
		)
	}
	o.done = func(at time.Time) {
		w.unplug(d)
		d.updated, v.updated = at, at
	}
	return w.starts(c, o)
}

// pair is the VM and the disk of a call's first two arguments.
func (w *World) pair(c *call) (*vm, *disk, *Fault) {
	v, fault := w.livingVM(c, c.args[0].(int))
	if fault != nil {
		return nil, nil, fault
	}
	d, fault := w.livingDisk(c, c.args[1].(int))
	return v, d, fault
}

func ifaceAttach(w *World, c *call) (func() any, *Fault) {
	v, i, fault := w.ifacePair(c)
	if fault != nil {
		return nil, fault
	}
	if i.datacenter != v.datacenter {
		return nil, refuse(objIface, causeDatacenter, "VM and Iface must be in the same datacenter")
	}
	o := w.onVM("iface_attach", v)
	o.iface = i.id
	o.holds = append(o.holds, hold{objIface, i.id})
	o.ready = func() *Fault {
		return firstFault(
			unless(i.vm == 0, refuse(objIface, causeAttached, "iface#%d is attached to vm#%d", i.id, i.vm)),
			unless(i.state == "free", refuse(objIface, causeBadState, "iface#%d is %s", i.id, i.state)),
			v.inState(vmRunning, vmHalted, vmPaused),
		)
	}
	o.done = func(at time.Time) {
		w.link(v, i)
		i.state, i.updated, v.updated = "used", at, at
	}
	return w.starts(c, o)
}

func ifaceDetach(w *World, c *call) (func() any, *Fault) {
	v, i, fault := w.ifacePair(c)
	if fault != nil {
		return nil, fault
	}
	o := w.onVM("iface_detach", v)
	o.iface = i.id
	o.holds = append(o.holds, hold{objIface, i.id})
	o.ready = func() *Fault {
		return unless(i.vm == v.id, refuse(objIface, causeBadState, "iface#%d is not attached to vm#%d", i.id, v.id))
	}
	o.done = func(at time.Time) { w.freeIface(i, at) }
	return w.starts(c, o)
}

func (w *World) ifacePair(c *call) (*vm, *iface, *Fault) {
	v, fault := w.livingVM(c, c.args[0].(int))
	if fault != nil {
		return nil, nil, fault
	}
	i, fault := w.ifaceOf(c, c.args[1].(int))
	return v, i, fault
}
