package iface

import (
	"fmt"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

func releaseRetained(obj object, s Observed) (action, bool) {
	if !deleting(obj) || !s.Retain || s.Iface == nil {
		return action{}, false
	}
	return action{Verb: engine.Release, Reason: v1alpha1.ReasonReleased,
		Message: fmt.Sprintf("interface %d stays at Gandi as it is, with its addresses, and is billed on", s.Iface.ID)}, true
}

func waitOutTransition(_ object, s Observed) (action, bool) {
	if s.Iface == nil || s.Iface.State != gandi.IfaceBeingCreated {
		return action{}, false
	}
	return action{Verb: engine.Wait, Reason: v1alpha1.ReasonResourceBusy, Recheck: transitionRecheck,
		Message: fmt.Sprintf("interface %d is being created; if that lasts, ask Gandi's support", s.Iface.ID)}, true
}

// waitForDetach waits until the VM gives the interface up: what a VM has is said on
// the VM, and its network is never cut from here.
func waitForDetach(obj object, s Observed) (action, bool) {
	if !deleting(obj) || s.Iface == nil || s.Iface.VMID == 0 {
		return action{}, false
	}
	message := fmt.Sprintf("VM %d has interface %d; detach it at Gandi", s.Iface.VMID, s.Iface.ID)
	if s.Holder != "" {
		message = fmt.Sprintf("GandiVM %s has interface %d; take it out of its spec.interfaces, or delete that GandiVM", s.Holder, s.Iface.ID)
	}
	return action{Verb: engine.Wait, Reason: v1alpha1.ReasonAttached, Recheck: detachRecheck,
		Message: message + ", or keep the interface with spec.deletionPolicy: Retain"}, true
}

func deleteWhenFree(obj object, s Observed) (action, bool) {
	if !deleting(obj) || s.Iface == nil {
		return action{}, false
	}
	return action{Verb: engine.Do, Call: gandi.IfaceDelete{ID: s.Iface.ID}, Reason: v1alpha1.ReasonDeletingInterface, Destroys: true,
		Applies: engine.Deleted(int64(s.Iface.ID)),
		Message: fmt.Sprintf("delete interface %d with its addresses", s.Iface.ID)}, true
}

func releaseWhenGone(obj object, _ Observed) (action, bool) {
	if !deleting(obj) {
		return action{}, false
	}
	return action{Verb: engine.Release, Reason: v1alpha1.ReasonDeleted, Message: "nothing is left at Gandi"}, true
}
