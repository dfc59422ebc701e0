package vlan

import (
	"time"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
)

type (
	object = *v1alpha1.GandiVLAN
	action = engine.Action
)

// plan is the order of precedence. A rule stands where it can be written without
// knowing the rules below it.
var plan = engine.FirstOf(
	// going away
	releaseRetained,   // deletion asked, policy says leave it
	waitOutTransition, // being_created, by somebody else's operation
	waitForUsers,      // interfaces are on it
	deleteWhenThere,   //
	releaseWhenGone,   // deletion asked, nothing left at Gandi
	// coming into being
	waitForReferences, // datacenter
	refuseTakenName,   // before anything is made
	createWhenMissing, // under the mark
	// living
	update,       // what Gandi does not refuse
	updateAgain,  // refused before: the engine says so
	refuseSubnet, // of an adopted one
	refuseRename, // the name is taken
	inSync,
)

const (
	// transitionRecheck is how often a VLAN is looked at that somebody else makes.
	transitionRecheck = 15 * time.Second
	// usersRecheck is how often the users of a VLAN are looked for that shall go.
	// Their own objects wake nobody here.
	usersRecheck = 15 * time.Second
	// referenceRecheck is how often something missing is looked for.
	referenceRecheck = 15 * time.Second
)

func deleting(obj object) bool { return !obj.DeletionTimestamp.IsZero() }

func inSync(_ object, s Observed) (action, bool) {
	return action{Verb: engine.InSync, Reason: v1alpha1.ReasonInSync, Missing: s.Missing}, true
}
