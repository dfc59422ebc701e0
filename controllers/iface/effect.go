package iface

import (
	"slices"

	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// Effect is what Gandi shows once call has done its work.
func (Kind) Effect(s Observed, call gandi.Call) Observed {
	switch c := call.(type) {
	case gandi.IfaceCreate:
		return s.created(c)
	case gandi.IfaceUpdate:
		if s.Iface != nil && c.BandwidthKbit != nil {
			i := *s.Iface
			i.BandwidthKbit = float64(*c.BandwidthKbit)
			s.Iface = &i
		}
	case gandi.IPUpdate:
		s.IPs = slices.Clone(s.IPs)
		for n := range s.IPs {
			if s.IPs[n].ID == c.ID {
				s.IPs[n].Reverse = c.Reverse
			}
		}
	case gandi.IfaceDelete:
		s.Iface, s.IPs = nil, nil
	}
	return s
}

// Numbers that stand for those of addresses which Gandi is still to give out.
const (
	newIPv4 gandi.IPID = -4
	newIPv6 gandi.IPID = -6
)

// created is the world with a new interface. A public IPv4 address brings an IPv6
// one along.
func (s Observed) created(c gandi.IfaceCreate) Observed {
	s.Iface = &gandi.Iface{Type: gandi.IfaceTypePublic, State: gandi.IfaceFree, DatacenterID: c.DatacenterID, BandwidthKbit: float64(c.BandwidthKbit)}
	s.IPs = nil
	switch {
	case c.VLAN != 0:
		s.Iface.Type, s.Iface.VLAN = gandi.IfaceTypePrivate, &gandi.VLANRef{ID: c.VLAN, Name: s.VLAN.Name}
		s.IPs = []gandi.IP{{ID: newIPv4, Version: 4, Addr: c.IP}}
	case c.IPVersion == 4:
		s.IPs = []gandi.IP{{ID: newIPv4, Version: 4}}
		fallthrough
	default:
		s.IPs = append(s.IPs, gandi.IP{ID: newIPv6, Version: 6})
	}
	return s
}
