package gandisim

import (
	"net/netip"
	"time"
)

// A vlan is a private network of one datacenter.
type vlan struct {
	id         int
	handle     string
	name       string
	uuid       int
	datacenter int
	subnet     netip.Prefix
	gateway    netip.Addr
	state      string

	created, updated time.Time
}

func vlanKeys() filterKeys {
	return filterKeys{"id": "int", "name": "string", "datacenter_id": "int", "state": "string", "uuid": "int"}
}

func (w *World) vlanShort(v *vlan) Struct {
	return Struct{
		"id": v.id, "uuid": v.uuid, "name": v.name, "datacenter_id": v.datacenter, "state": v.state,
		"subnet": v.subnet.String(), "gateway": v.gateway.String(),
	}
}

func (w *World) vlanRow(v *vlan) row {
	s := w.vlanShort(v)
	return row{id: v.id, handle: v.handle, show: s, match: s}
}

func (w *World) vlanOf(c *call, id int) (*vlan, *Fault) {
	v, ok := w.vlans[id]
	if !ok {
		return nil, missing(objVLAN, id)
	}
	return v, w.mayTouch(c, objVLAN, id, v.handle)
}

func vlanList(w *World, c *call) (any, *Fault) { return w.listing(c, "vlan", vlanKeys(), c.args[0]) }

func vlanCount(w *World, c *call) (any, *Fault) { return w.counting(c, "vlan", vlanKeys(), c.args[0]) }

func vlanInfo(w *World, c *call) (any, *Fault) {
	v, fault := w.vlanOf(c, c.args[0].(int))
	if fault != nil {
		return nil, fault
	}
	return w.vlanShort(v), nil
}

// vlanName checks a name: no pattern is published, but it is unique.
func (w *World) vlanName(c *call, name string) (syntax, taken *Fault) {
	syntax = unless(name != "" && len(name) <= 255, refuse(objVLAN, causeBadParameter, "name must have 1 to 255 characters"))
	for _, v := range w.vlans {
		if v.handle == c.handle && v.name == name {
			taken = refuse(objVLAN, causeExists, "vlan '%s' already exists", name)
		}
	}
	return syntax, taken
}

func vlanCreate(w *World, c *call) (func() any, *Fault) {
	f := w.read(objVLAN, c.args[0])
	dc := f.id("datacenter_id")
	name, hasName := f.text("name")
	subnetText, hasSubnet := f.text("subnet")
	gatewayText, hasGateway := f.text("gateway")
	syntax, taken := w.vlanName(c, name)
	if fault := firstFault(
		f.end(), unless(dc != 0, lacking(objVLAN, "datacenter_id")), unless(hasName, lacking(objVLAN, "name")), syntax,
	); fault != nil {
		return nil, fault
	}
	n := w.issued["vlan"]
	subnet := netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(7 + n/250%200), byte(1 + n%250), 0}), 24)
	if hasSubnet {
		p, err := netip.ParsePrefix(subnetText)
		if err != nil || !p.Addr().Is4() || p.Bits() > 29 || p.Masked() != p {
			return nil, refuse(objVLAN, causeBadParameter, "subnet must be a network such as '192.168.1.0/24'")
		}
		subnet = p
	}
	gateway := lastOf(subnet)
	if hasGateway {
		g, err := netip.ParseAddr(gatewayText)
		if err != nil || !subnet.Contains(g) {
			return nil, refuse(objVLAN, causeBadParameter, "gateway must be an address of the subnet")
		}
		gateway = g
	}
	d, fault := w.datacenter(dc)
	if fault := firstFault(fault, taken); fault != nil {
		return nil, fault
	}
	if fault := w.openFor(d, c.handle); fault != nil {
		return nil, fault
	}
	return func() any {
		v := &vlan{
			id: w.nextID("vlan"), handle: c.handle, name: name, datacenter: dc, subnet: subnet, gateway: gateway,
			state: "being_created", created: w.now, updated: w.now,
		}
		v.uuid = 300 + v.id
		w.vlans[v.id] = v
		o := &operation{kind: "vlan_create", vlan: v.id, isCreate: true, holds: []hold{{objVLAN, v.id}}}
		o.done = func(at time.Time) { v.state, v.updated = "created", at }
		o.undo = func(time.Time) { delete(w.vlans, v.id) }
		return w.single(w.begin(c, o))
	}, nil
}

// lastOf is the last address of a network that a host may have, which is where Gandi puts the gateway.
func lastOf(p netip.Prefix) netip.Addr {
	b := p.Addr().As4()
	for bit := p.Bits(); bit < 31; bit++ {
		b[bit/8] |= 1 << (7 - bit%8)
	}
	return netip.AddrFrom4(b)
}

func vlanUpdate(w *World, c *call) (func() any, *Fault) {
	f := w.read(objVLAN, c.args[1])
	name, hasName := f.text("name")
	gatewayText, hasGateway := f.text("gateway")
	syntax, taken := w.vlanName(c, name)
	if fault := firstFault(
		f.end(),
		unless(hasName || hasGateway, lacking(objVLAN, "name")),
		unless(!hasName, syntax),
	); fault != nil {
		return nil, fault
	}
	gateway, err := netip.ParseAddr(gatewayText)
	if hasGateway && err != nil {
		return nil, refuse(objVLAN, causeBadParameter, "gateway must be an address of the subnet")
	}
	v, fault := w.vlanOf(c, c.args[0].(int))
	if fault != nil {
		return nil, fault
	}
	if fault := firstFault(
		unless(!hasGateway || v.subnet.Contains(gateway), refuse(objVLAN, causeBadParameter, "gateway must be an address of the subnet")),
		unless(!hasName || name == v.name, taken),
	); fault != nil {
		return nil, fault
	}
	o := &operation{kind: "vlan_update", vlan: v.id, holds: []hold{{objVLAN, v.id}}}
	o.done = func(at time.Time) {
		v.updated = at
		if hasName {
			v.name = name
		}
		if hasGateway {
			v.gateway = gateway
		}
	}
	return w.starts(c, o)
}

func vlanDelete(w *World, c *call) (func() any, *Fault) {
	v, fault := w.vlanOf(c, c.args[0].(int))
	if fault != nil {
		return nil, fault
	}
	o := &operation{kind: "vlan_delete", vlan: v.id, holds: []hold{{objVLAN, v.id}}}
	o.ready = func() *Fault {
		for _, i := range byID(w.ifaces) {
			if i.vlan == v.id {
				return refuse(objVLAN, causeAttached, "vlan#%d has iface#%d", v.id, i.id)
			}
		}
		return nil
	}
	o.done = func(time.Time) { delete(w.vlans, v.id) }
	return w.starts(c, o)
}

// privateFree is why no private address can be had, be it the one that the caller chose or any.
func (w *World) privateFree(v *vlan, want netip.Addr) *Fault {
	if !want.IsValid() {
		_, found := w.firstPrivate(v)
		return unless(found, refuse(objVLAN, causeQuota, "vlan '%s' has no free address", v.name))
	}
	return firstFault(
		unless(v.subnet.Contains(want) && want != v.gateway && want != v.subnet.Addr(),
			refuse(objIP, causeBadParameter, "'%s' is not an address of vlan '%s'", want, v.name)),
		unless(!w.privateTaken(v, want), refuse(objIP, causeExists, "'%s' is taken on vlan '%s'", want, v.name)),
	)
}

// firstPrivate is the first address of v that nobody has.
func (w *World) firstPrivate(v *vlan) (netip.Addr, bool) {
	for a := v.subnet.Addr().Next(); v.subnet.Contains(a); a = a.Next() {
		if a != v.gateway && !w.privateTaken(v, a) {
			return a, true
		}
	}
	return netip.Addr{}, false
}

func (w *World) privateTaken(v *vlan, want netip.Addr) bool {
	for _, i := range w.ifaces {
		for _, id := range i.ips {
			if i.vlan == v.id && w.ips[id].addr == want {
				return true
			}
		}
	}
	return false
}

// makePrivateIP gives i the address that was asked for, or the first free one of its vlan.
func (w *World) makePrivateIP(i *iface, want netip.Addr) {
	v := w.vlans[i.vlan]
	if !want.IsValid() {
		want, _ = w.firstPrivate(v) // the call was refused if there is none
	}
	a := &ip{
		id: w.nextID("ip"), handle: i.handle, addr: want, version: 4, state: "being_created", kind: "private",
		iface: i.id, datacenter: i.datacenter, created: w.now, updated: w.now,
	}
	w.ips[a.id] = a
	i.ips = append(i.ips, a.id)
}
