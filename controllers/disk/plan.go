package disk

import (
	"fmt"
	"strings"
	"time"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

type (
	object = *v1alpha1.GandiDisk
	action = engine.Action
)

// plan is the order of precedence. A rule stands where it can be written
// without knowing the rules below it.
var plan = engine.FirstOf(
	// going away
	releaseRetained,    // deletion asked, policy says leave it
	waitOutTransition,  // being_created, rollback, being_migrated, paused …
	deleteWhenDetached, // no disk is taken off a VM by its own deletion
	deleteLeftover,     // of a create that failed
	releaseWhenGone,    // deletion asked, nothing left at Gandi
	// coming into being
	waitToBuy,         // datacenter, source, kernel, snapshot profile
	createWhenMissing, //
	// living
	rollBackOnRequest, // what it brings back is changed by the rules below
	migrate,           // a detached disk
	update,            // what Gandi has not refused
	tellOfRollback,    // taken up, and no good end is known
	waitToMigrate,     // attached, impossible, or not confirmed
	waitForReferences, // of what differs
	updateAgain,       // refused: the engine says so
	inSync,
)

const (
	// transitionRecheck is how often a disk in transition is looked at when no
	// operation that we know of drives it.
	transitionRecheck = 15 * time.Second
	// referenceRecheck is how often something missing is looked for before a
	// purchase. A disk that is there is not read anew for it.
	referenceRecheck = 15 * time.Second
	// attachedRecheck is how often it is looked whether a VM has given the disk up,
	// though no record of the VM and no GandiVM told so.
	attachedRecheck = time.Minute
	// announced is how long VMs have heard of a rollback before it is sent.
	announced = time.Second
)

// Contexts in which a call is planned. A refusal speaks of the context it met.
const (
	contextNone     = "none"
	contextFree     = "free"
	contextAttached = "attached"
)

func (s Observed) context() string {
	if s.Holder != nil {
		return contextAttached
	}
	return contextFree
}

func deleting(obj object) bool { return !obj.DeletionTimestamp.IsZero() }

// inTransition tells whether something happens to a disk, by its state. One old
// record says running of a disk inside a VM (docs/gandi-api.md, states); one that
// says nothing tells of no transition.
func inTransition(d gandi.Disk) bool {
	return d.State != gandi.DiskCreated && d.State != "running" && d.State != ""
}

func waitOutTransition(_ object, s Observed) (action, bool) {
	if s.Disk == nil || !inTransition(*s.Disk) {
		return action{}, false
	}
	return action{Verb: engine.Wait, Reason: v1alpha1.ReasonDiskInTransition, Recheck: transitionRecheck,
		Message: fmt.Sprintf("disk %d is %s", s.Disk.ID, s.Disk.State)}, true
}

// waitForHolder waits until the VM that has the disk has given it up.
func waitForHolder(message string) action {
	return action{Verb: engine.Wait, Reason: v1alpha1.ReasonAttached, Recheck: attachedRecheck, Message: message}
}

// takeItOut says how a person has the VM give the disk up.
func (h Holder) takeItOut() string {
	switch {
	case !h.Ours, h.Observed:
		return "detach it there"
	case h.Boots:
		return "name another disk in its spec.systemDisk, or delete that GandiVM"
	case h.Unasked:
		return "its spec does not name it, so detach it at Gandi or delete that GandiVM"
	default:
		return "take it out of spec.disks or delete that GandiVM"
	}
}

// waitForReferences waits for what the spec refers to, once all else is done.
// Objects that appear wake the disk.
func waitForReferences(_ object, s Observed) (action, bool) {
	if s.Missing == nil {
		return action{}, false
	}
	return waitFor(s.Missing, 0), true
}

func waitFor(m *engine.Missing, recheck time.Duration) action {
	verb := engine.Wait
	if m.Reason == v1alpha1.ReasonInvalidSpec {
		verb = engine.Block // nothing but an edit helps
	}
	return action{Verb: verb, Reason: m.Reason, Message: m.Message, Missing: m, Recheck: recheck}
}

// inSync tells, beside, what a person may wonder about.
func inSync(obj object, s Observed) (action, bool) {
	a := action{Verb: engine.InSync, Reason: v1alpha1.ReasonInSync}
	if notes := s.notes(obj); len(notes) > 0 {
		a.Message = fmt.Sprintf("disk %d matches the spec: %s", s.Disk.ID, strings.Join(notes, "; "))
	}
	return a, true
}

// notes are differences that are left as they are.
func (s Observed) notes(obj object) []string {
	var notes []string
	for _, f := range fields(obj, s) {
		if f.accepted() {
			notes = append(notes, fmt.Sprintf("Gandi took %s %s and shows %s", f.name, f.said, f.have))
		}
	}
	if want := sizeMB(obj); want != 0 && want < s.Disk.SizeMB {
		notes = append(notes, fmt.Sprintf("it has %d MB and spec.size is %d MB, and disks never shrink; write its size", s.Disk.SizeMB, want))
	}
	if s.Rollback.again() {
		notes = append(notes, fmt.Sprintf("the rollback requested at %s was taken up before and is not repeated; a new requestedAt asks for another", s.Rollback.Asked))
	}
	return notes
}
