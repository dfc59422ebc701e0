package iface

import (
	"time"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
)

type (
	object = *v1alpha1.GandiInterface
	action = engine.Action
)

// plan is the order of precedence. A rule stands where it can be written without
// knowing the rules below it.
var plan = engine.FirstOf(
	// going away
	releaseRetained,   // deletion asked, policy says leave it
	waitOutTransition, // being_created, by somebody else's operation
	waitForDetach,     // a VM has it
	deleteWhenFree,    //
	releaseWhenGone,   // deletion asked, nothing left at Gandi
	// coming into being
	refuseBeforeBuying, // what no interface can be
	waitForReferences,  // datacenter, VLAN, address
	createWhenMissing,  //
	// living
	update,      // what Gandi does not refuse
	updateAgain, // refused before: the engine says so
	refuse,      // what this interface cannot be
	inSync,
)

const (
	// transitionRecheck is how often an interface is looked at that somebody else
	// makes.
	transitionRecheck = 15 * time.Second
	// detachRecheck is how often an interface is looked at that is to become free.
	detachRecheck = 15 * time.Second
	// referenceRecheck is how often something missing is looked for.
	referenceRecheck = 15 * time.Second
)

func deleting(obj object) bool { return !obj.DeletionTimestamp.IsZero() }

func inSync(_ object, s Observed) (action, bool) {
	return action{Verb: engine.InSync, Reason: v1alpha1.ReasonInSync, Missing: s.Missing}, true
}
