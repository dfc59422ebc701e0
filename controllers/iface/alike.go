package iface

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// appliedMade is what a create asked for, as likeness.String writes it. It goes
// with the intent, so that what the create made is told by what was asked for then,
// whatever becomes of the spec and of the rest of status.
const appliedMade = "made"

// likeness is what a create asked for and what cannot be changed later: two
// interfaces of one likeness cannot be told apart.
type likeness struct {
	datacenter gandi.DatacenterID
	vlan       gandi.VLANID // 0 for a public interface
	version    int          // of a public one: 4 or 6
	address    string       // of a private one; "" when any will do
}

func likenessOf(c gandi.IfaceCreate) likeness {
	return likeness{datacenter: c.DatacenterID, vlan: c.VLAN, version: c.IPVersion, address: c.IP}
}

func (l likeness) String() string {
	return fmt.Sprintf("%d/%d/%d/%s", l.datacenter, l.vlan, l.version, l.address)
}

// readLikeness reads what String wrote. Of anything else it says nothing, so that
// every interface is like it.
func readLikeness(s string) likeness {
	part := strings.Split(s, "/")
	if len(part) != 4 {
		return likeness{}
	}
	var number [3]int
	for n := range number {
		var err error
		if number[n], err = strconv.Atoi(part[n]); err != nil {
			return likeness{}
		}
	}
	return likeness{gandi.DatacenterID(number[0]), gandi.VLANID(number[1]), number[2], part[3]}
}

// Alike lists the interfaces that look like what the create of the open intent
// makes.
func (Kind) Alike(r engine.Reader, obj *v1alpha1.GandiInterface) []engine.Lookalike {
	var want likeness
	if in := obj.Status.Intent; in != nil {
		want = readLikeness(in.Applies[appliedMade])
	}
	var found []engine.Lookalike
	for i := range r.AllIfaces() {
		ips, told := addresses(r, i)
		if want.fits(i, ips, told) {
			found = append(found, engine.Lookalike{ID: int64(i.ID), Use: use(r, i, told)})
		}
	}
	return found
}

// addresses of the interface, v4 before v6; told is false when some are not known.
// Of an address that another interface has by now nothing counts.
func addresses(r engine.Reader, i gandi.Iface) (ips []gandi.IP, told bool) {
	for _, ip := range r.IPsOf(i.IPIDs) {
		if ip.IfaceID == i.ID {
			ips = append(ips, ip)
		}
	}
	slices.SortStableFunc(ips, func(a, b gandi.IP) int { return a.Version - b.Version })
	return ips, len(ips) > 0 && len(ips) == len(i.IPIDs) && i.State != gandi.IfaceBeingCreated
}

// fits tells whether nothing that Gandi tells speaks against the likeness.
func (l likeness) fits(i gandi.Iface, ips []gandi.IP, told bool) bool {
	if l == (likeness{}) {
		return true
	}
	switch {
	case i.DatacenterID != 0 && i.DatacenterID != l.datacenter:
		return false
	case i.Type == gandi.IfaceTypePublic && l.vlan != 0, i.Type == gandi.IfaceTypePrivate && l.vlan == 0:
		return false
	case i.VLAN != nil && i.VLAN.ID != 0 && i.VLAN.ID != l.vlan:
		return false
	case !told:
		return true
	case l.vlan == 0:
		return slices.ContainsFunc(ips, func(ip gandi.IP) bool { return ip.Version == 4 }) == (l.version == 4)
	default:
		return l.address == "" || has(ips, l.address)
	}
}

// has tells whether an address is among ips, however it is written.
func has(ips []gandi.IP, address string) bool {
	want, err := netip.ParseAddr(address)
	return err == nil && slices.ContainsFunc(ips, func(ip gandi.IP) bool {
		have, err := netip.ParseAddr(ip.Addr)
		return err == nil && have == want
	})
}

// madeTogether is how far apart the dates of a VM and of the interface that was made
// with it may be: one call makes both. Gandi dates both by one clock.
const madeTogether = time.Minute

// use is what the interface is used for.
func use(r engine.Reader, i gandi.Iface, told bool) engine.Use {
	vm := r.VM(i.VMID)
	switch {
	case i.VMID == 0 && !told && i.State != gandi.IfaceBeingCreated:
		return engine.Unsure
	case i.VMID == 0:
		return engine.Free
	case !vm.Seen.Present():
		return engine.Unsure
	case len(vm.Value.IfaceIDs) > 0 && vm.Value.IfaceIDs[0] == i.ID && near(vm.Value.DateCreated, i.DateCreated):
		return engine.Part
	default:
		return engine.Used
	}
}

func near(a, b time.Time) bool {
	return !a.IsZero() && !b.IsZero() && a.Sub(b).Abs() <= madeTogether
}
