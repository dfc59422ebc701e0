package vm

import (
	"time"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
)

type (
	object = *v1alpha1.GandiVM
	action = engine.Action
)

// plan is the order of precedence. A rule stands where it can be written
// without knowing the rules below it.
var plan = engine.FirstOf(
	// going away
	releaseRetained,    // deletion asked, policy says leave it
	deleteInvalid,      // a create that went wrong left something that never ran
	waitOutTransition,  // being_created, being_migrated, locked …
	stopBeforeDelete,   // Gandi deletes halted VMs only
	detachBeforeDelete, // disks that stay are not deleted with the VM
	detachIfaceFirst,   // nor are interfaces
	deleteDropped,      // the own system disk, when another was in its place
	deleteWhenStopped,  //
	deleteLeftovers,    // of a create that was done by half
	releaseWhenGone,    // deletion asked, nothing left at Gandi
	// coming into being
	waitForReferences, // datacenter, image, disk, password
	resumeCreate,      // the disk is there, the VM is not
	createWhenMissing, //
	// living
	stopWhenUnwanted, // before everything that a halted VM gets more easily
	rename,           //
	switchConsole,    //
	setPassword,      //
	setBandwidth,     //
	updateSystemDisk, //
	shapeInPlace,     // memory within the maximum, cores
	rebootPending,    // a raised maximum takes effect
	raiseMaximum,     // memory beyond the maximum
	changeKernel,     // takes effect with a reboot, too
	growSystemDisk,   // may reboot by itself
	placeBootDisk,    // halted; what was there moves behind the others
	detachUnwanted,   //
	attachDisks,      //
	detachIfaces,     //
	attachIfaces,     //
	restartOnRequest, //
	haltToShape,      // what Gandi refuses for running VMs
	startWhenWanted,  //
	shapeAgain,       // refused whatever we did: the engine says so
	waitForParts,     // disks and interfaces that others have
	waitForSystemDisk,
	inSync,
)

// transitionRecheck is how often a VM in transition is looked at when no
// operation that we know of drives it.
const transitionRecheck = 15 * time.Second

// referenceRecheck is how often something missing is looked for.
const referenceRecheck = 15 * time.Second

func inSync(_ object, s Observed) (action, bool) {
	return action{Verb: engine.InSync, Reason: v1alpha1.ReasonInSync, Missing: s.Missing}, true
}
