package vlan

import (
	"fmt"
	"strings"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

func releaseRetained(obj object, s Observed) (action, bool) {
	if !deleting(obj) || !s.Retain || s.VLAN == nil {
		return action{}, false
	}
	return action{Verb: engine.Release, Reason: v1alpha1.ReasonReleased,
		Message: fmt.Sprintf("VLAN %d stays at Gandi as it is", s.VLAN.ID)}, true
}

// waitOutTransition waits for states that say so. Which there are is published
// nowhere, so one that nobody knows does not hold anything up.
func waitOutTransition(_ object, s Observed) (action, bool) {
	if s.VLAN == nil || !strings.HasPrefix(s.VLAN.State, "being_") {
		return action{}, false
	}
	return action{Verb: engine.Wait, Reason: v1alpha1.ReasonResourceBusy, Recheck: transitionRecheck,
		Message: fmt.Sprintf("VLAN %d is %s", s.VLAN.ID, s.VLAN.State)}, true
}

// namedUsers is how many users a message names.
const namedUsers = 5

func waitForUsers(obj object, s Observed) (action, bool) {
	if !deleting(obj) || s.VLAN == nil || len(s.Users) == 0 {
		return action{}, false
	}
	users := strings.Join(s.Users[:min(len(s.Users), namedUsers)], ", ")
	if n := len(s.Users) - namedUsers; n > 0 {
		users += fmt.Sprintf(" and %d more", n)
	}
	return action{Verb: engine.Wait, Reason: v1alpha1.ReasonVLANInUse, Recheck: usersRecheck,
		Message: fmt.Sprintf("on VLAN %d are %s; delete them first, or keep the VLAN with spec.deletionPolicy: Retain", s.VLAN.ID, users)}, true
}

func deleteWhenThere(obj object, s Observed) (action, bool) {
	if !deleting(obj) || s.VLAN == nil {
		return action{}, false
	}
	return action{Verb: engine.Do, Call: gandi.VLANDelete{ID: s.VLAN.ID}, Reason: v1alpha1.ReasonDeletingVLAN, Destroys: true,
		Applies: engine.Deleted(int64(s.VLAN.ID)),
		Message: fmt.Sprintf("delete VLAN %d", s.VLAN.ID)}, true
}

func releaseWhenGone(obj object, _ Observed) (action, bool) {
	if !deleting(obj) {
		return action{}, false
	}
	return action{Verb: engine.Release, Reason: v1alpha1.ReasonDeleted, Message: "nothing is left at Gandi"}, true
}
