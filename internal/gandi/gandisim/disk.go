package gandisim

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// A disk is one of a handle's own; disks of images belong to Gandi and have no record but their image.
type disk struct {
	id         int
	handle     string
	name       string
	size       int    // MB
	kind       string // data or snapshot
	state      string
	datacenter int
	label      string // of the image that it descends from
	kernel     string
	cmdline    Struct
	source     int
	profile    int // snapshot profile
	vm         int // 0 when attached to none
	readOnly   bool

	snapshotUntil time.Time // until when the first automatic snapshot runs, which no state shows

	created, updated, goneAt time.Time
}

func (d *disk) deleted() bool { return d.state == "deleted" || d.state == "redemption" }

func diskKeys() filterKeys {
	return filterKeys{
		"id": "int", "name": "string", "size": "int", "state": "string", "type": "string", "vm_id": "int", "datacenter_id": "int",
		"label": "string", "source": "int", "snapshot_profile_id": "int", "is_boot_disk": "bool", "can_snapshot": "bool",
		"visibility": "string", "kernel_version": "string", "date_created": "date", "date_updated": "date", "total_size": "int",
	}
}

// diskShort is what lists show.
func (w *World) diskShort(d *disk) Struct {
	s := w.diskCommon(d)
	s["snapshot_profile_id"] = idOrNil(d.profile)
	return s
}

// diskFull is what disk.info and vm.info show: the profile itself instead of its id.
func (w *World) diskFull(d *disk) Struct {
	s := w.diskCommon(d)
	s["snapshot_profile"] = nil
	if p, ok := profileOf(d.profile); ok {
		s["snapshot_profile"] = p
	}
	return s
}

func (w *World) diskCommon(d *disk) Struct {
	vms := []any{}
	if d.vm != 0 {
		vms = append(vms, d.vm)
	}
	s := Struct{
		"id": d.id, "name": d.name, "size": d.size, "total_size": d.size, "type": d.kind, "state": d.state,
		"datacenter_id": d.datacenter, "label": textOrNil(d.label), "kernel_version": textOrNil(d.kernel),
		"is_boot_disk": w.bootDisk(d), "can_snapshot": d.kind == "data" && d.state == "created", "visibility": "private",
		"source": idOrNil(d.source), "vms_id": vms, "snapshots_id": idList(w.snapshotsOf(d)),
		"date_created": w.wireTime(d.created), "date_updated": w.wireTime(d.updated),
	}
	if d.cmdline != nil {
		s["kernel_cmdline"] = maps.Clone(d.cmdline)
	}
	return s
}

func (w *World) bootDisk(d *disk) bool {
	v, ok := w.vms[d.vm]
	return ok && len(v.disks) > 0 && v.disks[0] == d.id
}

func (w *World) snapshotsOf(d *disk) []int {
	var out []int
	for _, s := range byID(w.disks) {
		if s.kind == "snapshot" && s.source == d.id && !s.deleted() {
			out = append(out, s.id)
		}
	}
	return out
}

func (w *World) diskRow(d *disk) row {
	show := w.diskShort(d)
	match := maps.Clone(show)
	match["vm_id"] = show["vms_id"]
	return row{id: d.id, handle: d.handle, show: show, match: match}
}

// diskOf is the caller's own disk of that id.
func (w *World) diskOf(c *call, id int) (*disk, *Fault) {
	d, ok := w.disks[id]
	if !ok {
		return nil, missing(objDisk, id)
	}
	return d, w.mayTouch(c, objDisk, id, d.handle)
}

// livingDisk is diskOf for a caller that wants to change it, who finds nothing once it is deleted.
func (w *World) livingDisk(c *call, id int) (*disk, *Fault) {
	d, fault := w.diskOf(c, id)
	if fault == nil && d.deleted() {
		fault = missing(objDisk, id)
	}
	return d, fault
}

func diskList(w *World, c *call) (any, *Fault) { return w.listing(c, "disk", diskKeys(), c.args[0]) }

func diskCount(w *World, c *call) (any, *Fault) { return w.counting(c, "disk", diskKeys(), c.args[0]) }

func diskInfo(w *World, c *call) (any, *Fault) {
	d, fault := w.diskOf(c, c.args[0].(int))
	if fault != nil {
		return nil, fault
	}
	return w.diskFull(d), nil
}

// dropDisk removes d without a trace.
func (w *World) dropDisk(d *disk) {
	w.unplug(d)
	delete(w.disks, d.id)
}

// unplug takes d off its VM.
func (w *World) unplug(d *disk) {
	if v, ok := w.vms[d.vm]; ok {
		v.disks = slices.DeleteFunc(v.disks, func(id int) bool { return id == d.id })
	}
	d.vm, d.readOnly = 0, false
}

// eraseDisk deletes d as disk.delete does.
func (w *World) eraseDisk(d *disk, at time.Time) {
	w.unplug(d)
	w.buried[hold{objDisk, d.id}] = d.handle
	switch w.sw("deleted-objects") {
	case "visible":
		d.state, d.updated, d.goneAt = "deleted", at, at.Add(w.scaled(shownDeleted))
		return
	case "redemption":
		d.state, d.updated, d.goneAt = "redemption", at, at.Add(w.scaled(shownDeleted))
		return
	}
	delete(w.disks, d.id)
}

// shownDeleted is how long a deleted object is shown, where it is.
const shownDeleted = 10 * time.Minute

// describe names d for a message.
func (d *disk) describe() string { return fmt.Sprintf("disk#%d", d.id) }
