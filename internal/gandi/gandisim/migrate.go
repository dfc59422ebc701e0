package gandisim

import (
	"slices"
	"time"
)

// Inner steps of a migration: data is copied while the VM runs, then its owner says when it may move.
const (
	innerSync     = "wait_sync"
	innerFinalize = "wait_finalize"
	innerMoving   = "finalize"
	moving        = 20 * time.Second
)

func vmCanMigrate(w *World, c *call) (any, *Fault) {
	v, fault := w.livingVM(c, c.args[0].(int))
	if fault != nil {
		return nil, fault
	}
	codes := []any{}
	for _, d := range w.targets(v.datacenter) {
		codes = append(codes, d.code)
	}
	return Struct{"can_migrate": len(codes) > 0, "can_migrate_to": codes, "matched": codes}, nil
}

// targets are the datacenters that things of a datacenter can move to.
func (w *World) targets(from int) []*datacenter {
	var out []*datacenter
	if d, fault := w.datacenter(from); fault == nil {
		for _, id := range d.canMigrateTo {
			if t, fault := w.datacenter(id); fault == nil {
				out = append(out, t)
			}
		}
	}
	return out
}

// vmMigrate begins a migration, or with finalize lets one that waits for it come to its end.
func vmMigrate(w *World, c *call) (func() any, *Fault) {
	v, fault := w.livingVM(c, c.args[0].(int))
	if fault != nil {
		return nil, fault
	}
	if finalize, _ := c.args[1].(bool); finalize {
		return w.finalize(c, v)
	}
	targets := w.targets(v.datacenter)
	if len(targets) == 0 {
		return nil, refuse(objVM, causeDatacenter, "vm#%d cannot be migrated", v.id)
	}
	o := w.onVM("hosting_migration_vm", v)
	for _, id := range v.disks {
		o.holds = append(o.holds, hold{objDisk, id})
	}
	for _, id := range v.ifaces {
		o.holds = append(o.holds, hold{objIface, id})
	}
	before := v.state
	o.ready = func() *Fault { return v.inState(vmRunning, vmHalted) }
	o.start = func(time.Time) { o.inner = innerSync }
	o.pause = func() bool {
		o.inner = innerFinalize
		return true
	}
	o.done = func(at time.Time) {
		o.inner = ""
		w.move(v, targets[0].id, at)
		v.state, v.updated = before, at
	}
	o.undo = func(at time.Time) {
		if v.state == vmBeingMigrated {
			v.state, v.updated = before, at
		}
	}
	return w.starts(c, o)
}

// finalize gives the word that a migration of v waits for.
func (w *World) finalize(c *call, v *vm) (func() any, *Fault) {
	n := slices.IndexFunc(w.pending, func(o *operation) bool {
		return o.kind == "hosting_migration_vm" && o.vm == v.id && o.inner == innerFinalize
	})
	if n < 0 {
		return nil, refuse(objVM, causeBadState, "vm#%d has no migration to finalize", v.id)
	}
	o := w.pending[n]
	return func() any {
		o.inner, o.pause = innerMoving, nil
		o.since, o.updated, o.takes = w.now, w.now, w.scaled(moving)
		v.state, v.updated = vmBeingMigrated, w.now
		c.touched = append(c.touched, o.id, v.id)
		return w.single(o)
	}, nil
}

// move takes v and all that is on it to another datacenter, where its public interfaces get other addresses.
func (w *World) move(v *vm, to int, at time.Time) {
	v.datacenter = to
	for _, id := range v.disks {
		w.disks[id].datacenter, w.disks[id].updated = to, at
	}
	for _, id := range v.ifaces {
		i := w.ifaces[id]
		versions := []int{}
		for _, ip := range i.ips {
			if i.vlan == 0 {
				versions = append(versions, w.ips[ip].version)
				w.releaseIP(ip, at)
			}
		}
		i.datacenter, i.updated = to, at
		if i.vlan != 0 {
			continue
		}
		i.ips = nil
		for _, version := range versions {
			w.takeIP(i, version)
		}
		for _, ip := range i.ips {
			w.ips[ip].state = "created"
		}
	}
}

// diskMigrate moves a detached disk.
func diskMigrate(w *World, c *call) (func() any, *Fault) {
	d, fault := w.livingDisk(c, c.args[0].(int))
	if fault != nil {
		return nil, fault
	}
	to, fault := w.datacenter(c.args[1].(int))
	if fault != nil {
		return nil, fault
	}
	if !slices.Contains(w.targets(d.datacenter), to) {
		return nil, refuse(objDisk, causeDatacenter, "disk#%d cannot be migrated to '%s'", d.id, to.code)
	}
	o := &operation{kind: "hosting_migration_disk", disk: d.id, holds: []hold{{objDisk, d.id}}}
	o.ready = func() *Fault {
		return firstFault(
			unless(d.vm == 0, refuse(objDisk, causeAttached, "disk#%d is attached to vm#%d", d.id, d.vm)),
			unless(d.state == "created", refuse(objDisk, causeBadState, "disk#%d is %s", d.id, d.state)),
		)
	}
	o.start = func(at time.Time) { d.state, d.updated = "being_migrated", at }
	o.done = func(at time.Time) { d.state, d.datacenter, d.updated = "created", to.id, at }
	o.undo = func(at time.Time) { d.state, d.updated = "created", at }
	return w.starts(c, o)
}

// ifaceMigrate moves a free public interface, which gets other addresses there.
func ifaceMigrate(w *World, c *call) (func() any, *Fault) {
	i, fault := w.ifaceOf(c, c.args[0].(int))
	if fault != nil {
		return nil, fault
	}
	to, fault := w.datacenter(c.args[1].(int))
	if fault != nil {
		return nil, fault
	}
	if i.vlan != 0 || !slices.Contains(w.targets(i.datacenter), to) {
		return nil, refuse(objIface, causeDatacenter, "iface#%d cannot be migrated to '%s'", i.id, to.code)
	}
	o := &operation{kind: "hosting_migration_iface", iface: i.id, holds: []hold{{objIface, i.id}}}
	o.ready = func() *Fault {
		return unless(i.vm == 0 && i.state == "free", refuse(objIface, causeAttached, "iface#%d is %s", i.id, i.state))
	}
	o.done = func(at time.Time) {
		i.datacenter, i.updated = to.id, at
		versions := []int{}
		for _, id := range i.ips {
			versions = append(versions, w.ips[id].version)
			w.releaseIP(id, at)
		}
		i.ips = nil
		for _, version := range versions {
			w.takeIP(i, version)
		}
		for _, id := range i.ips {
			w.ips[id].state = "created"
		}
	}
	return w.starts(c, o)
}
