package gandisim

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"time"
)

// An iface is a network interface: public with addresses of its own, or private on a vlan.
type iface struct {
	id         int
	handle     string
	state      string // being_created, free or used
	datacenter int
	bandwidth  float64 // kbit/s
	vm         int     // 0 when free
	ips        []int   // the v4 before its v6
	vlan       int     // 0 when public

	created, updated time.Time
}

// defaultBandwidth is what an interface gets for which none is asked, in kbit/s: about 1 Mbit/s.
const defaultBandwidth = 1024.0

func ifaceKeys() filterKeys {
	return filterKeys{
		"id": "int", "state": "string", "type": "string", "vm_id": "int", "datacenter_id": "int", "num": "int",
		"bandwidth": "number", "vlan": "string", "vlan_id": "int", "ips_id": "int", "date_created": "date", "date_updated": "date",
	}
}

func (i *iface) kind() string {
	if i.vlan != 0 {
		return "private"
	}
	return "public"
}

// ifaceShort is what lists show. They carry ips too: clients read them from there.
func (w *World) ifaceShort(i *iface) Struct {
	s := Struct{
		"id": i.id, "num": nil, "type": i.kind(), "state": i.state, "datacenter_id": i.datacenter, "bandwidth": i.bandwidth,
		"vm_id": idOrNil(i.vm), "ips_id": idList(i.ips), "vlan": nil,
		"date_created": w.wireTime(i.created), "date_updated": w.wireTime(i.updated),
	}
	if v, ok := w.vms[i.vm]; ok && i.vlan == 0 {
		s["num"] = slices.Index(v.ifaces, i.id)
	}
	if v, ok := w.vlans[i.vlan]; ok {
		s["vlan"] = Struct{"id": v.id, "name": v.name}
	}
	ips := []any{}
	for _, id := range i.ips {
		ips = append(ips, w.ipShort(w.ips[id]))
	}
	s["ips"] = ips
	return s
}

func (w *World) ifaceRow(i *iface) row {
	show := w.ifaceShort(i)
	match := maps.Clone(show)
	match["vlan"], match["vlan_id"] = nil, idOrNil(i.vlan)
	if v, ok := w.vlans[i.vlan]; ok {
		match["vlan"] = v.name
	}
	return row{id: i.id, handle: i.handle, show: show, match: match}
}

// ifaceOf is the caller's interface of that id.
func (w *World) ifaceOf(c *call, id int) (*iface, *Fault) {
	i, ok := w.ifaces[id]
	if !ok {
		return nil, missing(objIface, id)
	}
	return i, w.mayTouch(c, objIface, id, i.handle)
}

// mayTouch is the fault for an object of another handle. Gandi looks at existence first and at rights then.
func (w *World) mayTouch(c *call, o object, id int, owner string) *Fault {
	if owner == c.handle {
		return nil
	}
	if w.sw("foreign-object") == "notfound" {
		return missing(o, id)
	}
	return refuse(o, causeNoRight, "You aren't allowed to access %s '%d'", o.noun(), id)
}

func ifaceList(w *World, c *call) (any, *Fault) {
	return w.listing(c, "iface", ifaceKeys(), c.args[0])
}

func ifaceCount(w *World, c *call) (any, *Fault) {
	return w.counting(c, "iface", ifaceKeys(), c.args[0])
}

func ifaceInfo(w *World, c *call) (any, *Fault) {
	i, fault := w.ifaceOf(c, c.args[0].(int))
	if fault != nil {
		return nil, fault
	}
	return w.ifaceShort(i), nil
}

// wish is an interface that a caller asks for, checked.
type wish struct {
	datacenter int
	version    int // 4 brings a 6 as well; of a private one always 4
	bandwidth  float64
	vlan       int
	ip         netip.Addr // of a private one, if the caller chose
}

// wishBandwidth checks a bandwidth in kbit/s. No maximum is published.
func wishBandwidth(n float64) *Fault {
	return unless(n >= 1, refuse(objIface, causeBadParameter, "bandwidth must be positive"))
}

func wishVersion(n int) *Fault {
	return unless(n == 4 || n == 6, refuse(objIface, causeBadParameter, "ip_version must be 4 or 6 (EC_ENUMIN)"))
}

func ifaceCreate(w *World, c *call) (func() any, *Fault) {
	f := w.read(objIface, c.args[0])
	dc, version := f.id("datacenter_id"), 0
	v, hasVersion := f.int("ip_version")
	if hasVersion {
		version = v
	}
	bandwidth, hasBandwidth := f.bandwidth()
	if !hasBandwidth {
		bandwidth = defaultBandwidth
	}
	vlanID := f.id("vlan")
	ip, hasIP := f.text("ip")
	if fault := firstFault(
		f.end(),
		unless(dc != 0, lacking(objIface, "datacenter_id")),
		wishBandwidth(bandwidth),
	); fault != nil {
		return nil, fault
	}
	q := wish{datacenter: dc, version: version, bandwidth: bandwidth, vlan: vlanID}
	if vlanID == 0 {
		if fault := firstFault(
			unless(hasVersion, lacking(objIface, "ip_version")),
			wishVersion(version),
			unless(!hasIP, refuse(objIface, causeBadParameter, "ip is only for an interface on a vlan")),
		); fault != nil {
			return nil, fault
		}
	} else {
		if fault := unless(!hasVersion || version == 4, refuse(objIface, causeBadParameter, "ip_version of an interface on a vlan must be 4")); fault != nil {
			return nil, fault
		}
		q.version = 4
		if hasIP {
			addr, err := netip.ParseAddr(ip)
			if err != nil || !addr.Is4() {
				return nil, refuse(objIP, causeBadParameter, "'%s' is not an IPv4 address", ip)
			}
			q.ip = addr
		}
	}
	d, fault := w.datacenter(dc)
	if fault != nil {
		return nil, fault
	}
	if vlanID != 0 {
		vl, fault := w.vlanOf(c, vlanID)
		if fault != nil {
			return nil, fault
		}
		if fault := firstFault(
			unless(vl.datacenter == dc, refuse(objVLAN, causeDatacenter, "Iface and Vlan must be in the same datacenter")),
			w.privateFree(vl, q.ip),
		); fault != nil {
			return nil, fault
		}
	}
	if fault := firstFault(w.openFor(d, c.handle), w.affords(c.handle, nil)); fault != nil {
		return nil, fault
	}
	return func() any {
		i := w.makeIface(c.handle, q)
		o := w.ifaceCreation(i)
		o.holds = []hold{{objIface, i.id}}
		w.tally.IfaceCreates++
		return w.single(w.begin(c, o))
	}, nil
}

// makeIface is the interface that q asks for, at the moment of the call.
func (w *World) makeIface(handle string, q wish) *iface {
	i := &iface{
		id: w.nextID("iface"), handle: handle, state: "being_created", datacenter: q.datacenter, bandwidth: q.bandwidth,
		vlan: q.vlan, created: w.now, updated: w.now,
	}
	w.ifaces[i.id] = i
	if q.vlan != 0 {
		w.makePrivateIP(i, q.ip)
		return i
	}
	if q.version == 4 {
		w.takeIP(i, 4)
	}
	w.takeIP(i, 6)
	return i
}

// ifaceCreation is the operation that brings i to life.
func (w *World) ifaceCreation(i *iface) *operation {
	o := &operation{kind: "iface_create", iface: i.id, isCreate: true, vm: i.vm}
	if len(i.ips) > 0 {
		o.ip = i.ips[0]
	}
	o.params = Struct{"datacenter_id": i.datacenter}
	o.done = func(at time.Time) {
		i.updated = at
		i.state = "free"
		if i.vm != 0 {
			i.state = "used"
		}
		for _, id := range i.ips {
			w.ips[id].state, w.ips[id].updated = "created", at
		}
	}
	o.undo = func(at time.Time) { w.dropIface(i, at) }
	return o
}

// dropIface removes i with its addresses, from its VM if it is on one.
func (w *World) dropIface(i *iface, at time.Time) {
	if v, ok := w.vms[i.vm]; ok {
		v.ifaces = slices.DeleteFunc(v.ifaces, func(id int) bool { return id == i.id })
	}
	for _, id := range i.ips {
		w.releaseIP(id, at)
	}
	i.ips = nil
	w.buried[hold{objIface, i.id}] = i.handle
	delete(w.ifaces, i.id)
}

// freeIface takes i off its VM.
func (w *World) freeIface(i *iface, at time.Time) {
	if v, ok := w.vms[i.vm]; ok {
		v.ifaces = slices.DeleteFunc(v.ifaces, func(id int) bool { return id == i.id })
		v.updated = at
	}
	i.vm, i.updated = 0, at
	if i.state == "used" {
		i.state = "free"
	}
}

func ifaceUpdate(w *World, c *call) (func() any, *Fault) {
	f := w.read(objIface, c.args[1])
	bandwidth, given := f.bandwidth()
	if fault := firstFault(f.end(), unless(given, lacking(objIface, "bandwidth")), wishBandwidth(bandwidth)); fault != nil {
		return nil, fault
	}
	i, fault := w.ifaceOf(c, c.args[0].(int))
	if fault != nil {
		return nil, fault
	}
	o := &operation{kind: "iface_update", iface: i.id, vm: i.vm, holds: []hold{{objIface, i.id}}}
	o.done = func(at time.Time) { i.bandwidth, i.updated = bandwidth, at }
	return w.starts(c, o)
}

func ifaceDelete(w *World, c *call) (func() any, *Fault) {
	if again := w.deletedBefore(c, objIface); again != nil {
		return w.starts(c, again)
	}
	i, fault := w.ifaceOf(c, c.args[0].(int))
	if fault != nil {
		return nil, fault
	}
	o := &operation{kind: "iface_delete", iface: i.id, holds: []hold{{objIface, i.id}}}
	if len(i.ips) > 0 {
		o.ip = i.ips[0]
	}
	o.ready = func() *Fault {
		return unless(i.vm == 0, refuse(objIface, causeAttached, "iface#%d is attached to vm#%d", i.id, i.vm))
	}
	o.done = func(at time.Time) { w.dropIface(i, at) }
	return w.starts(c, o)
}

// macTail is the last part of a v6 address, derived from the interface as Gandi derives it from its MAC.
func (w *World) macTail(iface int) string {
	n := w.chance(1<<24, "mac", iface)
	return fmt.Sprintf("216:3eff:fe%02x:%04x", n>>16, n&0xffff)
}
