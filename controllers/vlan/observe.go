package vlan

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/catalog"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// Observed is what one look saw.
type Observed struct {
	Token string
	// VLAN as Gandi tells it; nil when there is none.
	VLAN *gandi.VLAN
	// Interfaces on the VLAN, by number.
	Interfaces []gandi.IfaceID
	// Users is who keeps the VLAN from being deleted, in words.
	Users []string
	// Taken is another VLAN of the account that has the name which spec.name asks
	// for; 0 when none has.
	Taken gandi.VLANID
	// Datacenter that spec.datacenter fits, or that the VLAN is in.
	Datacenter v1alpha1.ResolvedDatacenter
	// Missing is what the spec refers to and is not there.
	Missing  *engine.Missing
	Refusals []v1alpha1.Failure // from status: Gandi does not tell them back
	Adopted  bool
	Retain   bool
}

// Observe looks at the VLAN, at who uses it, and at what the spec refers to.
func (Kind) Observe(ctx context.Context, obj *v1alpha1.GandiVLAN, env engine.Env) (Observed, error) {
	s := Observed{
		Token:    env.Token,
		Refusals: obj.Status.Refusals,
		Adopted:  obj.Spec.Adopt != nil || obj.Status.Adopted,
		Retain:   env.Retain,
	}
	if env.Established {
		s.see(obj, env)
	}
	if deleting(obj) {
		return s, s.users(ctx, obj, env)
	}
	if obj.Spec.Name != "" {
		for _, other := range env.VLANNamed(obj.Spec.Name) {
			if int64(other.ID) != obj.Status.ID {
				s.Taken = other.ID
			}
		}
	}
	err := s.datacenter(ctx, obj, env)
	if missing, ok := errors.AsType[*engine.Missing](err); ok {
		s.Missing = missing
		return s, nil
	}
	return s, err
}

func (s *Observed) see(obj *v1alpha1.GandiVLAN, env engine.Env) {
	v := env.VLAN(gandi.VLANID(obj.Status.ID)).Value
	s.VLAN = &v
	for _, i := range env.IfacesOfVLAN(v.ID) {
		s.Interfaces = append(s.Interfaces, i.ID)
	}
	s.Datacenter = v1alpha1.ResolvedDatacenter{ID: int64(v.DatacenterID)}
	if known := obj.Status.Datacenter; known != nil && known.ID == s.Datacenter.ID {
		s.Datacenter.Name = known.Name
	}
}

// datacenter finds the one to make the VLAN in, or a name to show for the one
// that it is in.
func (s *Observed) datacenter(ctx context.Context, obj *v1alpha1.GandiVLAN, env engine.Env) error {
	switch {
	case s.VLAN == nil && obj.Spec.Adopt == nil:
		dc, err := catalog.FindDatacenter(ctx, env.Catalog, obj.Spec.Datacenter)
		if err != nil {
			return err
		}
		s.Datacenter = v1alpha1.ResolvedDatacenter{ID: int64(dc.ID), Name: catalog.DatacenterName(dc)}
	case s.VLAN != nil && s.Datacenter.Name == "":
		name, err := catalog.NameOf(ctx, env.Catalog, s.VLAN.DatacenterID)
		if err != nil {
			return err
		}
		s.Datacenter.Name = name
	}
	return nil
}

// users names who is on the VLAN: GandiInterfaces by their names, also those
// whose interface may be there any moment, and other interfaces by number.
func (s *Observed) users(ctx context.Context, obj *v1alpha1.GandiVLAN, env engine.Env) error {
	if s.VLAN == nil || s.Retain {
		return nil
	}
	var named v1alpha1.GandiInterfaceList
	if err := env.Referrers(ctx, "GandiVLAN", obj.Name, &named); err != nil {
		return err
	}
	left := slices.Clone(s.Interfaces)
	for i := range named.Items {
		one := &named.Items[i]
		on := slices.Index(left, gandi.IfaceID(one.Status.ID))
		switch {
		case on >= 0:
			left = slices.Delete(left, on, on+1)
		case one.Status.ID != 0 || one.Status.Intent == nil:
			continue // it has none, or one that is elsewhere or gone
		}
		s.Users = append(s.Users, "GandiInterface "+one.Name)
	}
	for _, id := range left {
		user, err := who(ctx, env, id)
		if err != nil {
			return err
		}
		s.Users = append(s.Users, user)
	}
	return nil
}

// who names an interface that nobody of this namespace put on the VLAN by its
// spec.
func who(ctx context.Context, env engine.Env, id gandi.IfaceID) (string, error) {
	var owners v1alpha1.GandiInterfaceList
	if err := env.Owners(ctx, int64(id), &owners); err != nil {
		return "", err
	}
	for _, one := range owners.Items {
		return fmt.Sprintf("GandiInterface %s/%s", one.Namespace, one.Name), nil
	}
	return fmt.Sprintf("interface %d", id), nil
}

// Report copies what was observed into status.
func (Kind) Report(obj *v1alpha1.GandiVLAN, s Observed) {
	st := &obj.Status
	if s.Datacenter.ID != 0 {
		dc := s.Datacenter
		st.Datacenter = &dc
	}
	st.State, st.Name, st.Subnet, st.Gateway, st.Interfaces = "", "", "", "", int32(len(s.Interfaces))
	if s.VLAN != nil {
		st.State = engine.Head(s.VLAN.State, 64)
		st.Name = engine.Head(s.VLAN.Name, 255)
		st.Subnet = engine.Head(s.VLAN.Subnet, 64)
		st.Gateway = engine.Head(s.VLAN.Gateway, 64)
	}
}
