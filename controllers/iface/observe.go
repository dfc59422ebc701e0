package iface

import (
	"context"
	"errors"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/catalog"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// Observed is what one look saw.
type Observed struct { //nolint:recvcheck // looking fills it in; whoever reads it has a copy
	// Iface as Gandi tells it; nil when there is none.
	Iface *gandi.Iface
	// IPs are its addresses, v4 before v6.
	IPs []gandi.IP
	// AttachedTo is the VM that has it, Holder the GandiVM that has that VM.
	AttachedTo *v1alpha1.AttachmentStatus
	Holder     string
	// Datacenter that spec.datacenter fits, or that the interface is in.
	Datacenter v1alpha1.ResolvedDatacenter
	// VLAN that spec.vlanRef means, for an interface that is still to be bought.
	VLAN network
	// Missing is what the spec refers to and is not there, or not free.
	Missing  *engine.Missing
	Refusals []v1alpha1.Failure // from status: Gandi does not tell them back
	Adopted  bool
	Retain   bool
}

// Observe looks at the interface, at who has it, and at what the spec refers to.
func (Kind) Observe(ctx context.Context, obj *v1alpha1.GandiInterface, env engine.Env) (Observed, error) {
	s := Observed{
		Refusals: obj.Status.Refusals,
		Adopted:  obj.Spec.Adopt != nil || obj.Status.Adopted,
		Retain:   env.Retain,
	}
	if env.Established {
		if err := s.see(ctx, obj, env); err != nil {
			return s, err
		}
	}
	if deleting(obj) {
		return s, nil
	}
	err := s.references(ctx, obj, env)
	if missing, ok := errors.AsType[*engine.Missing](err); ok {
		s.Missing = missing
		return s, nil
	}
	return s, err
}

func (s *Observed) see(ctx context.Context, obj *v1alpha1.GandiInterface, env engine.Env) error {
	i := env.Iface(gandi.IfaceID(obj.Status.ID)).Value
	s.Iface = &i
	s.IPs, _ = addresses(env.Reader, i)
	s.Datacenter = v1alpha1.ResolvedDatacenter{ID: int64(i.DatacenterID)}
	if known := obj.Status.Datacenter; known != nil && known.ID == s.Datacenter.ID {
		s.Datacenter.Name = known.Name
	}
	attached, holder, err := env.Holder(ctx, obj.Namespace, i.VMID)
	if err != nil {
		return err
	}
	s.AttachedTo = attached
	if holder != nil {
		s.Holder = attached.Name
	}
	return nil
}

// references turns what the spec refers to into numbers. Only an interface that is
// still to be bought needs its datacenter and VLAN.
func (s *Observed) references(ctx context.Context, obj *v1alpha1.GandiInterface, env engine.Env) error {
	if s.Iface != nil {
		return s.nameDatacenter(ctx, env)
	}
	if obj.Spec.Adopt != nil {
		return nil
	}
	dc, err := catalog.FindDatacenter(ctx, env.Catalog, obj.Spec.Datacenter)
	if err != nil {
		return err
	}
	s.Datacenter = v1alpha1.ResolvedDatacenter{ID: int64(dc.ID), Name: catalog.DatacenterName(dc)}
	if obj.Spec.VLANRef == nil {
		return nil
	}
	s.VLAN, err = findVLAN(ctx, obj, env, s.Datacenter)
	return err
}

func (s *Observed) nameDatacenter(ctx context.Context, env engine.Env) error {
	if s.Datacenter.Name != "" {
		return nil
	}
	var err error
	s.Datacenter.Name, err = catalog.NameOf(ctx, env.Catalog, s.Iface.DatacenterID)
	return err
}
