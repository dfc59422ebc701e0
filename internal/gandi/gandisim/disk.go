package gandisim

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
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

func (d *disk) deleted() bool { return d.state == "deleted" }

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

// blueprint is a disk that a caller asks for, or a change of one.
type blueprint struct {
	datacenter int
	name       string
	size       int
	kind       string
	profile    int
	noProfile  bool // the profile shall go
	kernel     string
	cmdline    Struct
}

// readDisk reads and judges a disk_spec as far as that needs no other object.
func (w *World) readDisk(in any, update bool) (blueprint, *Fault) {
	f := w.read(objDisk, in)
	var b blueprint
	var hasName, hasSize, hasKind bool
	if !update {
		b.datacenter = f.id("datacenter_id")
		b.kind, hasKind = f.text("type")
		f.unused("repulse_from")
	}
	b.name, hasName = f.text("name")
	b.size, hasSize = f.int("size")
	b.kernel, _ = f.text("kernel")
	if v, given := f.any("snapshot_profile"); given {
		switch p := v.(type) {
		case int:
			b.profile = p
		case string:
			b.noProfile = p == ""
			if p != "" {
				f.mistyped("snapshot_profile", "an int")
			}
		default:
			f.mistyped("snapshot_profile", "an int")
		}
	}
	if v, given := f.any("cmdline"); given {
		switch line := v.(type) {
		case string:
			b.cmdline = parseCmdline(line)
		case Struct:
			b.cmdline = maps.Clone(line)
		default:
			f.mistyped("cmdline", "a string or a struct")
		}
	}
	return b, firstFault(
		f.end(),
		unless(!hasName || w.diskNameOK(b.name), w.badDiskName(b.name)),
		unless(!hasSize || b.size > 0 && b.size%1024 == 0, refuse(objDisk, causeBadParameter, "size must be a multiple of 1024 MB")),
		unless(!hasKind || b.kind == "data" || b.kind == "snapshot", refuse(objDisk, causeBadParameter, "type must be data or snapshot (EC_ENUMIN)")),
	)
}

const diskNamePattern = "^[-_0-9a-z]{1,15}$"

func (w *World) diskNameOK(name string) bool {
	if w.sw("disk-name") == "255" {
		n := len([]rune(name))
		return n >= 1 && n <= 255
	}
	return len(name) >= 1 && len(name) <= 15 && !strings.ContainsFunc(name, func(r rune) bool {
		return r != '-' && r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z')
	})
}

func (w *World) badDiskName(name string) *Fault {
	if w.sw("disk-name") == "255" {
		return refuse(objString, causeBadParameter, "disk name must have 1 to 255 characters")
	}
	return refuse(objString, causeBadParameter, "string '%s' does not match '%s'", name, diskNamePattern)
}

// parseCmdline turns a kernel's command line into the struct that disks show.
func parseCmdline(line string) Struct {
	s := Struct{}
	for _, word := range strings.Fields(line) {
		name, value, found := strings.Cut(word, "=")
		if found {
			s[name] = value
		} else {
			s[name] = true
		}
	}
	return s
}

// defaultCmdline is what a kernel boots with when nobody said otherwise.
func defaultCmdline(kernel string) Struct {
	switch {
	case kernel == "":
		return nil
	case strings.Contains(kernel, "hvm"), kernel == "grub", kernel == "raw":
		return Struct{"root": "/dev/sda", "ro": true, "console": "ttyS0", "nosep": true}
	default:
		return Struct{"root": "/dev/xvda1", "ro": true, "console": "xvc0", "nosep": true}
	}
}

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
	if w.sw("deleted-objects") == "visible" {
		d.state, d.updated, d.goneAt = "deleted", at, at.Add(w.scaled(shownDeleted))
		return
	}
	delete(w.disks, d.id)
}

// shownDeleted is how long a deleted object is shown, where it is.
const shownDeleted = 10 * time.Minute

// kernelKnown checks a kernel's name against those of a datacenter.
func (w *World) kernelKnown(dc int, kernel string) *Fault {
	if kernel == "" {
		return nil
	}
	for _, names := range kernels(dc) {
		if slices.Contains(names, kernel) {
			return nil
		}
	}
	return refuse(objKernel, causeNotFound, "kernel '%s' doesn't exist in datacenter '%d'.", kernel, dc)
}

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

func diskListKernels(w *World, c *call) (any, *Fault) {
	d, fault := w.datacenter(c.args[0].(int))
	if fault != nil {
		return nil, fault
	}
	out := Struct{}
	for flavour, names := range kernels(d.id) {
		list := []any{}
		for _, n := range names {
			list = append(list, n)
		}
		out[flavour] = list
	}
	return out, nil
}

// kernels are those of a datacenter by flavour. The older two have the oldest ones.
func kernels(dc int) map[string][]string {
	linux := []string{
		"2.6.32", "2.6.27 (deprecated)", "2.6.32-x86_64", "2.6.32-x86_64-grsec", "3.2-i386", "3.2-x86_64", "3.2-x86_64-grsec",
		"3.10-x86_64", "3.10-i386",
	}
	if dc <= 2 {
		linux = []string{
			"2.6.18 (deprecated)", "2.6.27-compat-sysfs (deprecated)", "2.6.32", "2.6.27 (deprecated)", "2.6.32-x86_64",
			"2.6.36 (deprecated)", "2.6.32-x86_64-grsec", "2.6.36-x86_64 (deprecated)", "3.2-i386", "3.2-x86_64", "3.2-x86_64-grsec",
			"3.10-x86_64", "3.10-i386",
		}
	}
	if dc >= 4 {
		linux = append(linux, "3.12-x86_64")
	}
	return map[string][]string{"linux": linux, "linux-hvm": {"3.12-x86_64 (hvm)", "grub", "raw"}}
}

// diskListOptions are the options that a kernel may boot with. Its reply is published nowhere but for being a
// struct of options; these are the ones that disks show.
func diskListOptions(w *World, c *call) (any, *Fault) {
	kernel := c.args[0].(string)
	for _, d := range w.datacenters {
		if w.kernelKnown(d.id, kernel) == nil {
			return defaultCmdline(kernel), nil
		}
	}
	return nil, refuse(objKernel, causeNotFound, "kernel '%s' doesn't exist.", kernel)
}

// describe names d for a message.
func (d *disk) describe() string { return fmt.Sprintf("disk#%d", d.id) }

// diskGetOptions existed in 2010: the options of one disk.
func diskGetOptions(w *World, c *call) (any, *Fault) {
	d, fault := w.diskOf(c, c.args[0].(int))
	if fault != nil {
		return nil, fault
	}
	options := Struct{}
	for name, value := range d.cmdline {
		options[name] = value
	}
	return options, nil
}
