package vlan

import "github.com/gandi-operator/gandi-operator/internal/gandi"

// Effect is what Gandi shows once call has done its work.
func (Kind) Effect(s Observed, call gandi.Call) Observed {
	switch c := call.(type) {
	case gandi.VLANCreate:
		s.VLAN = &gandi.VLAN{Name: c.Name, DatacenterID: c.DatacenterID, Subnet: c.Subnet, Gateway: c.Gateway, State: gandi.VLANCreated}
	case gandi.VLANUpdate:
		if s.VLAN == nil {
			return s
		}
		v := *s.VLAN
		s.VLAN = &v
		if c.Name != nil {
			v.Name = *c.Name
		}
		if c.Gateway != nil {
			v.Gateway = *c.Gateway
		}
	case gandi.VLANDelete:
		s.VLAN, s.Users = nil, nil
	}
	return s
}
