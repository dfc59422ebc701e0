package iface

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// network is the VLAN that a private interface is to be on.
type network struct {
	ID              gandi.VLANID
	Name            string // of its GandiVLAN
	Subnet, Gateway string
}

// findVLAN finds the VLAN that spec.vlanRef means: it has to be there, in the same
// datacenter, with the address that is asked for, if any, free.
func findVLAN(ctx context.Context, obj *v1alpha1.GandiInterface, env engine.Env, dc v1alpha1.ResolvedDatacenter) (network, error) {
	name := obj.Spec.VLANRef.Name
	var v v1alpha1.GandiVLAN
	found, err := env.Object(ctx, name, &v)
	if err != nil {
		return network{}, err
	}
	missing := func(reason, format string, args ...any) (network, error) {
		return network{}, &engine.Missing{Reason: reason, Message: fmt.Sprintf(format, args...)}
	}
	st := &v.Status
	switch {
	case !found:
		return missing(v1alpha1.ReasonVLANNotFound, "GandiVLAN %q is not there; create it, or name another in spec.vlanRef", name)
	case !v.DeletionTimestamp.IsZero():
		return missing(v1alpha1.ReasonReferenceNotReady, "GandiVLAN %q is being deleted; name another in spec.vlanRef", name)
	case st.ID == 0 || st.BoughtAt == nil || st.Datacenter == nil:
		return missing(v1alpha1.ReasonReferenceNotReady, "GandiVLAN %q has no VLAN at Gandi yet; it is used as soon as it has", name)
	case st.Datacenter.ID != dc.ID:
		return missing(v1alpha1.ReasonDatacenterMismatch, "GandiVLAN %q is in %s, and the interface shall be in %s; correct one of the two", name, st.Datacenter.Name, dc.Name)
	}
	net := network{ID: gandi.VLANID(st.ID), Name: name, Subnet: st.Subnet, Gateway: st.Gateway}
	if addr := obj.Spec.Address; addr != "" {
		for _, other := range env.IfacesWithAddress(addr) {
			if other.VLAN != nil && other.VLAN.ID == net.ID {
				return missing(v1alpha1.ReasonResourceBusy, "interface %d has the address %s on GandiVLAN %q; it is used as soon as it is free, or write another spec.address", other.ID, addr, name)
			}
		}
	}
	return net, nil
}

// refuses says why the network cannot have the address; "" when it can.
func (n network) refuses(address string) string {
	addr, err := netip.ParseAddr(address)
	if err != nil {
		return ""
	}
	if subnet, err := netip.ParsePrefix(n.Subnet); err == nil && !subnet.Contains(addr) {
		return fmt.Sprintf("spec.address %s is not in the subnet %s of GandiVLAN %q; write one that is", address, n.Subnet, n.Name)
	}
	if gateway, err := netip.ParseAddr(n.Gateway); err == nil && gateway == addr {
		return fmt.Sprintf("spec.address %s is the gateway of GandiVLAN %q; write another", address, n.Name)
	}
	return ""
}
