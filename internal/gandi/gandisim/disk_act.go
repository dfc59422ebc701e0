package gandisim

import (
	"maps"
	"time"
)

func profileKnown(id int) *Fault {
	if id == 0 {
		return nil
	}
	_, ok := profileOf(id)
	return unless(ok, missing(objSnapshotProfile, id))
}

// defaultSize is what disk.create makes when no size is asked for, in MB.
const defaultSize = 10240

func diskCreate(w *World, c *call) (func() any, *Fault) {
	b, fault := w.readDisk(c.args[0], false)
	if fault := firstFault(
		fault,
		unless(b.datacenter != 0, lacking(objDisk, "datacenter_id")),
		unless(b.kind != "snapshot", refuse(objDisk, causeBadParameter, "a snapshot needs a source disk")),
	); fault != nil {
		return nil, fault
	}
	d, fault := w.datacenter(b.datacenter)
	if fault := firstFault(fault, w.kernelKnown(b.datacenter, b.kernel), profileKnown(b.profile)); fault != nil {
		return nil, fault
	}
	if fault := w.openFor(d, c.handle); fault != nil {
		return nil, fault
	}
	if b.size == 0 {
		b.size = defaultSize
	}
	if fault := w.affords(c.handle, Struct{"disk": b.size}); fault != nil {
		return nil, fault
	}
	return func() any { return w.single(w.startDisk(c, b, source{})) }, nil
}

func (w *World) startDisk(c *call, b blueprint, src source) *operation {
	d := w.makeDisk(c.handle, b, src)
	o := w.diskCreation(d)
	o.holds = []hold{{objDisk, d.id}}
	w.tally.DiskCreates++
	return w.begin(c, o)
}

func diskCreateFrom(w *World, c *call) (func() any, *Fault) {
	b, fault := w.readDisk(c.args[0], false)
	if fault != nil {
		return nil, fault
	}
	src, fault := w.sourceOf(c, c.args[1].(int))
	if fault != nil {
		return nil, fault
	}
	b, fault = w.copyOf(c, b, src)
	if fault != nil {
		return nil, fault
	}
	return func() any { return w.single(w.startDisk(c, b, src)) }, nil
}

// copyOf completes the blueprint of a copy of src, and judges it.
func (w *World) copyOf(c *call, b blueprint, src source) (blueprint, *Fault) {
	if b.datacenter == 0 {
		b.datacenter = src.datacenter
	}
	d, fault := w.datacenter(b.datacenter)
	if fault := firstFault(fault, w.kernelKnown(b.datacenter, b.kernel), profileKnown(b.profile)); fault != nil {
		return b, fault
	}
	if b.size == 0 {
		b.size = src.size
	}
	return b, firstFault(
		unless(b.datacenter == src.datacenter, refuse(objDisk, causeDatacenter, "Disk and source Disk must be in the same datacenter")),
		unless(b.size >= src.size, refuse(objDisk, causeBadParameter, "size must be at least that of the source, %d MB", src.size)),
		unless(b.kind != "snapshot" || src.own != nil && src.own.kind == "data", refuse(objDisk, causeBadParameter, "disk#%d cannot be snapshotted", src.id)),
		w.openFor(d, c.handle),
		w.affords(c.handle, Struct{"disk": b.size}),
		src.copyable(),
	)
}

func diskUpdate(w *World, c *call) (func() any, *Fault) {
	b, fault := w.readDisk(c.args[1], true)
	if fault != nil {
		return nil, fault
	}
	d, fault := w.livingDisk(c, c.args[0].(int))
	if fault != nil {
		return nil, fault
	}
	if fault := firstFault(
		w.kernelKnown(d.datacenter, b.kernel), profileKnown(b.profile),
		unless(b.size == 0 || b.size >= d.size, refuse(objDisk, causeBadParameter, "a disk cannot shrink: size is %d MB", d.size)),
	); fault != nil {
		return nil, fault
	}
	o := &operation{kind: "disk_update", disk: d.id, vm: d.vm, holds: []hold{{objDisk, d.id}}}
	v, attached := w.vms[d.vm]
	reboots := b.size > d.size && attached && w.sw("disk-resize") == "reboots"
	if reboots {
		o.holds = append(o.holds, hold{objVM, v.id})
	}
	o.ready = func() *Fault {
		return unless(d.state == "created", refuse(objDisk, causeBadState, "disk#%d is %s", d.id, d.state))
	}
	o.done = func(at time.Time) {
		d.change(b, at)
		if reboots && v.state == "running" {
			w.boot(v, at)
		}
	}
	return w.starts(c, o)
}

// change gives d what b names.
func (d *disk) change(b blueprint, at time.Time) {
	d.updated = at
	if b.name != "" {
		d.name = b.name
	}
	if b.size != 0 {
		d.size = b.size
	}
	if b.kernel != "" {
		d.kernel = b.kernel
		if b.cmdline == nil {
			d.cmdline = defaultCmdline(b.kernel)
		}
	}
	if b.cmdline != nil {
		d.cmdline = b.cmdline
	}
	if b.profile != 0 || b.noProfile {
		d.profile = b.profile
	}
}

func diskDelete(w *World, c *call) (func() any, *Fault) {
	if again := w.deletedBefore(c, objDisk); again != nil {
		return w.starts(c, again)
	}
	d, fault := w.livingDisk(c, c.args[0].(int))
	if fault != nil {
		return nil, fault
	}
	o := &operation{kind: "disk_delete", disk: d.id, holds: []hold{{objDisk, d.id}}}
	o.ready = func() *Fault {
		return unless(d.vm == 0, refuse(objDisk, causeAttached, "disk#%d is attached to vm#%d", d.id, d.vm))
	}
	o.done = func(at time.Time) { w.eraseDisk(d, at) }
	return w.starts(c, o)
}

func diskRollback(w *World, c *call) (func() any, *Fault) {
	snap, fault := w.livingDisk(c, c.args[0].(int))
	if fault != nil {
		return nil, fault
	}
	if snap.kind != "snapshot" {
		return nil, refuse(objDisk, causeBadParameter, "disk#%d is not a snapshot", snap.id)
	}
	d, ok := w.disks[snap.source]
	if !ok || d.deleted() {
		return nil, missing(objDisk, snap.source)
	}
	o := &operation{kind: "disk_rollback", disk: d.id, holds: []hold{{objDisk, d.id}, {objDisk, snap.id}}}
	o.params = Struct{"snapshot_id": snap.id}
	o.ready = func() *Fault {
		return unless(d.vm == 0, refuse(objDisk, causeAttached, "disk#%d associated with snapshot#%d is attached", d.id, snap.id))
	}
	o.start = func(at time.Time) { d.state, d.updated = "rollback", at }
	o.done = func(at time.Time) {
		d.state, d.updated = "created", at
		d.kernel, d.cmdline, d.label = snap.kernel, maps.Clone(snap.cmdline), snap.label
	}
	o.undo = func(at time.Time) { d.state, d.updated = "created", at }
	return w.starts(c, o)
}
