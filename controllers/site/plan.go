package site

import (
	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
)

type (
	object = *v1alpha1.GandiSite
	action = engine.Action
)

// plan is the order of precedence. A rule stands where it can be written without
// knowing the rules below it.
var plan = engine.FirstOf(
	// going away
	releaseRetained, // deletion asked, policy says leave it
	deleteWhenThere, //
	releaseWhenGone, // deletion asked, nothing left at Gandi
	// coming into being
	refusePackage,  // that is not offered
	refuseHeld,     // a vhost that a site of the account has already
	publishRecords, // that Gandi asks for: DNSEndpoint
	alterZones,     // likewise: in zones that Gandi hosts
	waitOutFailure, // of a create's operation
	check,          // ask what speaks against it, before it is bought
	waitForRecords, // likewise: by whoever
	buy,            //
	// living
	blockEnded,    // its duration is over
	update,        // what Gandi has not refused
	upgrade,       // costs money: once per request
	updateAgain,   // refused before: the engine says so
	refuseUpgrade, // a package that is not above the site's own
	awaitUpgrade,  // a person's approval, or decision
	inSync,
)

func deleting(obj object) bool { return !obj.DeletionTimestamp.IsZero() }

func inSync(obj object, s Observed) (action, bool) {
	a := action{Verb: engine.InSync, Reason: v1alpha1.ReasonInSync}
	if fields := outdated(obj, s); len(fields) > 0 {
		a.Message = matches(s) + "; " + few(fields) + " of the spec counts when a site is bought, and was changed since: that has no effect"
	}
	return a, true
}
