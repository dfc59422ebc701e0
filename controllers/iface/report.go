package iface

import (
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
)

// mostAddresses is what the schema of status holds.
const mostAddresses = 32

// Report copies what was observed into status.
func (Kind) Report(obj *v1alpha1.GandiInterface, s Observed) {
	st := &obj.Status
	if s.Datacenter.ID != 0 {
		dc := s.Datacenter
		st.Datacenter = &dc
	}
	st.State, st.Type, st.VLAN, st.Bandwidth = "", "", "", 0
	st.Addresses, st.AttachedTo, st.DateCreated = nil, s.AttachedTo, nil
	if s.Iface == nil {
		return
	}
	st.State = engine.Head(s.Iface.State, 64)
	st.Type = engine.Head(s.Iface.Type, 64)
	st.Bandwidth = int64(s.Iface.BandwidthKbit)
	if s.Iface.VLAN != nil {
		st.VLAN = engine.Head(s.Iface.VLAN.Name, 255)
	}
	if !s.Iface.DateCreated.IsZero() {
		st.DateCreated = new(metav1.NewTime(s.Iface.DateCreated))
	}
	for _, ip := range s.IPs {
		// The schema holds each number once, whatever Gandi lists.
		known := slices.ContainsFunc(st.Addresses, func(a v1alpha1.InterfaceAddress) bool { return a.ID == int64(ip.ID) })
		if known || len(st.Addresses) == mostAddresses {
			continue
		}
		st.Addresses = append(st.Addresses, v1alpha1.InterfaceAddress{
			ID: int64(ip.ID), Address: engine.Head(ip.Addr, 64), Version: int32(ip.Version), Reverse: engine.Head(ip.Reverse, 255),
		})
	}
}
