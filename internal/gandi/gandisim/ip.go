package gandisim

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// An ip is one address of an interface. It cannot be made or removed but through its interface.
type ip struct {
	id         int
	handle     string
	addr       netip.Addr
	version    int
	state      string // being_created or created
	kind       string // public or private
	reverse    string
	iface      int
	datacenter int

	created, updated time.Time
}

func ipKeys() filterKeys {
	return filterKeys{
		"id": "int", "datacenter_id": "int", "iface_id": "int", "ip": "string", "num": "int", "reverse": "string",
		"state": "string", "version": "int", "vm_hostname": "string", "vm_id": "int", "type": "string",
		"date_created": "date", "date_updated": "date",
	}
}

func (w *World) ipShort(a *ip) Struct {
	s := Struct{
		"id": a.id, "ip": a.addr.String(), "version": a.version, "num": 0, "state": a.state, "reverse": a.reverse, "type": a.kind,
		"iface_id": idOrNil(a.iface), "datacenter_id": a.datacenter, "vm_id": nil,
		"date_created": w.wireTime(a.created), "date_updated": w.wireTime(a.updated),
	}
	if i, ok := w.ifaces[a.iface]; ok {
		s["num"], s["vm_id"] = slices.Index(i.ips, a.id), idOrNil(i.vm)
	}
	return s
}

func (w *World) ipRow(a *ip) row {
	show := w.ipShort(a)
	match := maps.Clone(show)
	match["vm_hostname"] = nil
	if i, ok := w.ifaces[a.iface]; ok {
		if v, ok := w.vms[i.vm]; ok {
			match["vm_hostname"] = v.hostname
		}
	}
	return row{id: a.id, handle: a.handle, show: show, match: match}
}

func (w *World) ipOf(c *call, id int) (*ip, *Fault) {
	a, ok := w.ips[id]
	if !ok {
		return nil, missing(objIP, id)
	}
	return a, w.mayTouch(c, objIP, id, a.handle)
}

func ipList(w *World, c *call) (any, *Fault) { return w.listing(c, "ip", ipKeys(), c.args[0]) }

func ipCount(w *World, c *call) (any, *Fault) { return w.counting(c, "ip", ipKeys(), c.args[0]) }

func ipInfo(w *World, c *call) (any, *Fault) {
	a, fault := w.ipOf(c, c.args[0].(int))
	if fault != nil {
		return nil, fault
	}
	return w.ipShort(a), nil
}

func ipUpdate(w *World, c *call) (func() any, *Fault) {
	f := w.read(objIP, c.args[1])
	reverse, given := f.text("reverse")
	if fault := firstFault(
		f.end(),
		unless(given, lacking(objIP, "reverse")),
		unless(isHostname(strings.TrimSuffix(reverse, ".")), refuse(objIP, causeBadParameter, "reverse must be a host name")),
	); fault != nil {
		return nil, fault
	}
	a, fault := w.ipOf(c, c.args[0].(int))
	if fault != nil {
		return nil, fault
	}
	o := &operation{kind: "ip_update", ip: a.id, iface: a.iface, holds: []hold{{objIP, a.id}}}
	o.ready = func() *Fault {
		return unless(a.kind == "public", refuse(objIP, causeNotAllowed, "a private address has no reverse"))
	}
	o.done = func(at time.Time) { a.reverse, a.updated = reverse, at }
	return w.starts(c, o)
}

// isHostname reports whether s is a dotted name of letters, digits and hyphens.
func isHostname(s string) bool {
	if s == "" || len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") {
			return false
		}
		if strings.ContainsFunc(label, func(r rune) bool {
			return r != '-' && r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
		}) {
			return false
		}
	}
	return true
}

// takeIP gives i an address: the one that was released last in its datacenter, with its id and its date of
// creation, or else a new one.
func (w *World) takeIP(i *iface, version int) {
	for n, a := range slices.Backward(w.free) {
		if a.handle == i.handle && a.datacenter == i.datacenter && a.version == version {
			w.free = slices.Delete(w.free, n, n+1)
			a.iface, a.state, a.updated = i.id, "being_created", w.now
			w.ips[a.id] = a
			i.ips = append(i.ips, a.id)
			return
		}
	}
	a := &ip{
		id: w.nextID("ip"), handle: i.handle, version: version, state: "being_created", kind: "public",
		iface: i.id, datacenter: i.datacenter, created: w.now, updated: w.now,
	}
	a.addr = w.newAddress(i, version)
	a.reverse = defaultReverse(a)
	w.ips[a.id] = a
	i.ips = append(i.ips, a.id)
}

// newAddress is one that nobody has or had. The v4 lie in Gandi's own block, so that they look like the real
// ones; nothing here ever sends a packet.
func (w *World) newAddress(i *iface, version int) netip.Addr {
	if version == 6 {
		return netip.MustParseAddr(fmt.Sprintf("2001:4b98:dc%d:%x:%s", i.datacenter-1, 0x40+i.datacenter, w.macTail(i.id)))
	}
	n := w.issued["address"]
	w.issued["address"]++
	n = n*7 + w.chance(7, "address", n)
	return netip.AddrFrom4([4]byte{95, 142, byte(160 + (n/250)%16), byte(2 + n%250)})
}

// defaultReverse is the name that Gandi gives to an address.
func defaultReverse(a *ip) string {
	if a.version == 4 {
		b := a.addr.As4()
		return fmt.Sprintf("xvm-%d-%d.dc%d.ghst.net", b[2], b[3], a.datacenter-1)
	}
	b := a.addr.As16()
	return fmt.Sprintf("xvm6-dc%d-%02x%02x-%02x%02x.ghst.net", a.datacenter-1, b[12], b[13], b[14], b[15])
}

// releaseIP takes an address from its interface. A public one waits for the next interface of the same handle.
func (w *World) releaseIP(id int, at time.Time) {
	a, ok := w.ips[id]
	if !ok {
		return
	}
	delete(w.ips, id)
	if a.kind == "private" {
		return
	}
	a.iface, a.updated = 0, at
	a.reverse = defaultReverse(a)
	w.free = append(w.free, a)
}
