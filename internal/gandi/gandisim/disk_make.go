package gandisim

import (
	"maps"
	"strconv"
	"time"
)

// source is what a disk is copied from.
type source struct {
	id, size, datacenter int
	label, kernel        string
	cmdline              Struct
	own                  *disk // nil for an image
}

// sourceOf finds the disk to copy: one of an image, which everybody may use, or one's own.
func (w *World) sourceOf(c *call, id int) (source, *Fault) {
	if i, ok := w.imageOfDisk(id); ok {
		return source{id: id, size: imageSize, datacenter: i.datacenter, label: i.label, kernel: i.kernel, cmdline: defaultCmdline(i.kernel)}, nil
	}
	d, fault := w.livingDisk(c, id)
	if fault != nil {
		return source{}, fault
	}
	return source{id: id, size: d.size, datacenter: d.datacenter, label: d.label, kernel: d.kernel, cmdline: d.cmdline, own: d}, nil
}

// copyable is whether src can be copied now.
func (s source) copyable() *Fault {
	if s.own == nil || s.own.state == "created" {
		return nil
	}
	return refuse(objDisk, causeBadState, "disk#%d is %s", s.id, s.own.state)
}

// makeDisk is the disk of b, at the moment of the call.
func (w *World) makeDisk(handle string, b blueprint, src source) *disk {
	d := &disk{
		id: w.nextID("disk"), handle: handle, name: b.name, size: b.size, kind: b.kind, state: "being_created",
		datacenter: b.datacenter, label: src.label, kernel: src.kernel, cmdline: maps.Clone(src.cmdline), source: src.id,
		profile: b.profile, created: w.now, updated: w.now,
	}
	if d.kind == "" {
		d.kind = "data"
	}
	if d.name == "" {
		d.name = "disk" + strconv.Itoa(d.id)
	}
	if b.kernel != "" {
		d.kernel, d.cmdline = b.kernel, defaultCmdline(b.kernel)
	}
	if b.cmdline != nil {
		d.cmdline = b.cmdline
	}
	w.disks[d.id] = d
	return d
}

// firstSnapshot is how long the first automatic snapshot of a disk with a profile takes.
const firstSnapshot = time.Minute

// diskCreation is the operation that brings d to life.
func (w *World) diskCreation(d *disk) *operation {
	o := &operation{kind: "disk_create", disk: d.id, vm: d.vm, isCreate: true, label: d.name}
	o.params = Struct{"disk": Struct{"name": d.name, "size": d.size, "datacenter_id": d.datacenter}, "src_disk_id": idOrNil(d.source)}
	o.done = func(at time.Time) {
		d.state, d.updated = "created", at
		if d.profile != 0 {
			d.snapshotUntil = at.Add(w.scaled(firstSnapshot))
		}
	}
	o.undo = func(time.Time) { w.dropDisk(d) }
	return o
}
