package iface

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// bandwidth that the spec asks for in kbit/s; 0 means as found.
func bandwidth(obj object, s Observed) int {
	if s.Adopted {
		return int(obj.Spec.Bandwidth)
	}
	return int(cmp.Or(obj.Spec.Bandwidth, defaultBandwidth))
}

// reverse is the name that the spec asks for, for addresses of that version; ""
// means as found.
func reverse(obj object, version int) string {
	switch r := obj.Spec.Reverse; {
	case r == nil:
		return ""
	case version == 4:
		return r.IPv4
	default:
		return r.IPv6
	}
}

// sameName compares names in DNS: without regard to case and to the dot at the end.
func sameName(a, b string) bool {
	return strings.EqualFold(strings.TrimSuffix(a, "."), strings.TrimSuffix(b, "."))
}

// changes lists what can be changed in place and differs.
func changes(obj object, s Observed) []action {
	var list []action
	add := func(call gandi.Call, reason, format string, args ...any) {
		list = append(list, action{Verb: engine.Do, Call: call, Reason: reason, Message: fmt.Sprintf(format, args...)})
	}
	if have, want := int(s.Iface.BandwidthKbit), bandwidth(obj, s); want != 0 && have != 0 && have != want {
		add(gandi.IfaceUpdate{ID: s.Iface.ID, BandwidthKbit: &want}, v1alpha1.ReasonUpdatingInterface,
			"change the bandwidth of interface %d from %d to %d kbit/s", s.Iface.ID, have, want)
	}
	if isPrivate(s) {
		return list
	}
	for _, ip := range s.IPs {
		if want := reverse(obj, ip.Version); want != "" && !sameName(want, ip.Reverse) {
			add(gandi.IPUpdate{ID: ip.ID, Reverse: want}, v1alpha1.ReasonSettingReverse,
				"change the name of %s in reverse DNS from %q to %q", cmp.Or(ip.Addr, fmt.Sprintf("the IPv%d address", ip.Version)), ip.Reverse, want)
		}
	}
	return list
}

func isPrivate(s Observed) bool { return s.Iface.Type == gandi.IfaceTypePrivate }

// update makes the first change that Gandi does not refuse, so that one that it
// refuses holds up no other.
func update(obj object, s Observed) (action, bool) {
	for _, a := range changes(obj, s) {
		if !engine.RefusedForGood(s.Refusals, a.Call, a.Context) {
			return a, true
		}
	}
	return action{}, false
}

// updateAgain stands for changes that Gandi refuses. The engine holds them back
// and tells why.
func updateAgain(obj object, s Observed) (action, bool) {
	for _, a := range changes(obj, s) {
		return a, true
	}
	return action{}, false
}

// refuse tells of what the spec asks for and this interface can never be. What else
// there is to do is done before.
func refuse(obj object, s Observed) (action, bool) {
	message := cmp.Or(another(obj, s), unnamed(obj, s))
	return action{Verb: engine.Block, Reason: v1alpha1.ReasonInvalidSpec, Message: message}, message != ""
}

// another says how an adopted interface differs from what cannot be changed.
func another(obj object, s Observed) string {
	differs := func(field, have string) string {
		return fmt.Sprintf("%s does not fit interface %d, which %s, and Gandi cannot change that: delete this object, with deletionPolicy: Retain if the interface shall stay, and create another GandiInterface", field, s.Iface.ID, have)
	}
	v4 := slices.ContainsFunc(s.IPs, func(ip gandi.IP) bool { return ip.Version == 4 })
	switch spec := obj.Spec; {
	case spec.VLANRef != nil && s.Iface.Type == gandi.IfaceTypePublic:
		return differs("spec.vlanRef", "is public")
	case spec.IPVersion != 0 && isPrivate(s):
		return differs("spec.ipVersion", "is private")
	case spec.IPVersion == 4 && len(s.IPs) > 0 && !v4:
		return differs("spec.ipVersion 4", "has no IPv4 address")
	case spec.IPVersion == 6 && v4:
		return differs("spec.ipVersion 6", "has an IPv4 address")
	case spec.Address != "" && len(s.IPs) > 0 && !has(s.IPs, spec.Address):
		return differs("spec.address "+spec.Address, "has "+s.IPs[0].Addr)
	default:
		return ""
	}
}

// unnamed says which name has no address to be given to.
func unnamed(obj object, s Observed) string {
	if obj.Spec.Reverse != nil && isPrivate(s) {
		return fmt.Sprintf("spec.reverse: the address of interface %d, which is private, has no name in reverse DNS; leave it out", s.Iface.ID)
	}
	for _, version := range []int{4, 6} {
		has := slices.ContainsFunc(s.IPs, func(ip gandi.IP) bool { return ip.Version == version })
		if reverse(obj, version) != "" && len(s.IPs) > 0 && !has {
			return fmt.Sprintf("spec.reverse.ipv%d: interface %d has no IPv%d address; leave it out", version, s.Iface.ID, version)
		}
	}
	return ""
}
