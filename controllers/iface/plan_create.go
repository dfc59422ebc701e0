package iface

import (
	"cmp"
	"fmt"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// defaultBandwidth in kbit/s of a new interface. Gandi's own default when
// nothing is sent is about a hundredth of it (docs/gandi-api.md).
const defaultBandwidth = 102400

// refuseBeforeBuying tells of what could not be done to the interface before it is
// paid for.
func refuseBeforeBuying(obj object, s Observed) (action, bool) {
	if s.Iface != nil {
		return action{}, false
	}
	message := s.VLAN.refuses(obj.Spec.Address)
	if r := obj.Spec.Reverse; r != nil {
		switch {
		case obj.Spec.VLANRef != nil:
			message = "spec.reverse: the address of an interface on a VLAN has no name in reverse DNS; leave it out"
		case obj.Spec.IPVersion == 6 && r.IPv4 != "":
			message = "spec.reverse.ipv4: an interface with ipVersion 6 has no IPv4 address; leave it out"
		}
	}
	return action{Verb: engine.Block, Reason: v1alpha1.ReasonInvalidSpec, Message: message}, message != ""
}

func waitForReferences(_ object, s Observed) (action, bool) {
	if s.Iface != nil || s.Missing == nil {
		return action{}, false
	}
	return action{Verb: engine.Wait, Reason: s.Missing.Reason, Message: s.Missing.Message, Missing: s.Missing, Recheck: referenceRecheck}, true
}

func createWhenMissing(obj object, s Observed) (action, bool) {
	if s.Iface != nil {
		return action{}, false
	}
	call := gandi.IfaceCreate{
		DatacenterID:  gandi.DatacenterID(s.Datacenter.ID),
		IPVersion:     int(obj.Spec.IPVersion),
		VLAN:          s.VLAN.ID,
		IP:            obj.Spec.Address,
		BandwidthKbit: int(cmp.Or(obj.Spec.Bandwidth, defaultBandwidth)),
	}
	what := fmt.Sprintf("a public interface with IPv%d", call.IPVersion)
	if call.VLAN != 0 {
		what = fmt.Sprintf("a private interface on GandiVLAN %s", s.VLAN.Name)
	}
	return action{Verb: engine.Do, Call: call, Reason: v1alpha1.ReasonCreatingInterface,
		Applies: map[string]string{appliedMade: likenessOf(call).String()},
		Message: fmt.Sprintf("create %s in %s", what, s.Datacenter.Name)}, true
}
