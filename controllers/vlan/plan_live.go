package vlan

import (
	"cmp"
	"fmt"
	"net/netip"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

func waitForReferences(_ object, s Observed) (action, bool) {
	if s.VLAN != nil || s.Missing == nil {
		return action{}, false
	}
	return action{Verb: engine.Wait, Reason: s.Missing.Reason, Message: s.Missing.Message, Missing: s.Missing, Recheck: referenceRecheck}, true
}

func refuseTakenName(obj object, s Observed) (action, bool) {
	if s.VLAN != nil || s.Taken == 0 {
		return action{}, false
	}
	a, _ := refuseRename(obj, s)
	a.Message += fmt.Sprintf(", or set spec.adopt.id: %d to take it over", s.Taken)
	return a, true
}

// createWhenMissing makes the VLAN under the mark, by which it is found if the
// reply is lost. Its own name follows.
func createWhenMissing(obj object, s Observed) (action, bool) {
	if s.VLAN != nil {
		return action{}, false
	}
	call := gandi.VLANCreate{DatacenterID: gandi.DatacenterID(s.Datacenter.ID), Name: s.Token, Subnet: obj.Spec.Subnet, Gateway: obj.Spec.Gateway}
	return action{Verb: engine.Do, Call: call, Reason: v1alpha1.ReasonCreatingVLAN,
		Message: fmt.Sprintf("create a VLAN in %s with %s", s.Datacenter.Name, cmp.Or(obj.Spec.Subnet, "a subnet of Gandi's choice"))}, true
}

// name that the spec asks for; "" means as found.
func name(obj object, s Observed) string {
	if obj.Spec.Name != "" || s.Adopted {
		return obj.Spec.Name
	}
	return s.Token
}

// changes lists what can be changed in place and differs.
func changes(obj object, s Observed) []action {
	var list []action
	add := func(change gandi.VLANUpdate, message string) {
		change.ID = s.VLAN.ID
		list = append(list, action{Verb: engine.Do, Call: change, Reason: v1alpha1.ReasonUpdatingVLAN, Message: message})
	}
	if want := obj.Spec.Gateway; want != "" && s.VLAN.Gateway != "" && !sameAddress(want, s.VLAN.Gateway) {
		add(gandi.VLANUpdate{Gateway: &want}, fmt.Sprintf("change the gateway from %s to %s", s.VLAN.Gateway, want))
	}
	if want := name(obj, s); want != "" && want != s.VLAN.Name && s.Taken == 0 {
		add(gandi.VLANUpdate{Name: &want}, fmt.Sprintf("change the name from %q to %q", s.VLAN.Name, want))
	}
	return list
}

func sameAddress(a, b string) bool {
	x, err := netip.ParseAddr(a)
	y, err2 := netip.ParseAddr(b)
	return err == nil && err2 == nil && x == y
}

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

// refuseSubnet tells of an adopted VLAN whose subnet is not the one in the spec.
func refuseSubnet(obj object, s Observed) (action, bool) {
	want, err := netip.ParsePrefix(obj.Spec.Subnet)
	if err != nil {
		return action{}, false
	}
	have, err := netip.ParsePrefix(s.VLAN.Subnet)
	if err != nil || want.Masked() == have.Masked() {
		return action{}, false
	}
	return action{Verb: engine.Block, Reason: v1alpha1.ReasonInvalidSpec,
		Message: fmt.Sprintf("spec.subnet asks for %s, and VLAN %d has %s; Gandi changes no subnet: delete this object, with deletionPolicy: Retain if the VLAN shall stay, and create another GandiVLAN",
			obj.Spec.Subnet, s.VLAN.ID, s.VLAN.Subnet)}, true
}

// refuseRename tells of a name that another VLAN has. What else there is to do is
// done before.
func refuseRename(obj object, s Observed) (action, bool) {
	if s.Taken == 0 {
		return action{}, false
	}
	return action{Verb: engine.Block, Reason: v1alpha1.ReasonInvalidSpec,
		Message: fmt.Sprintf("the name %q is that of VLAN %d of the same account, and names are unique; write another spec.name, or rename VLAN %d", obj.Spec.Name, s.Taken, s.Taken)}, true
}
