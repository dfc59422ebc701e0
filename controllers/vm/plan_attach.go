package vm

import (
	"fmt"
	"slices"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// unwanted says why the i-th disk of the VM shall come off it; "" when it shall
// not. What somebody attached beside the spec is left alone.
func (s *Observed) unwanted(obj object, i int) string {
	id := s.VM.DiskIDs[i]
	if w := s.wanted(id); w != nil {
		was := s.record(w.Entry)
		switch {
		case w.Yield != "":
			return "for its " + w.Yield
		case was == nil || idOf(was) != id || w.Blocked != nil:
			return ""
		case was.ReadOnly != w.ReadOnly:
			return map[bool]string{true: "to attach it read-only", false: "to attach it for writing"}[w.ReadOnly]
		case w.Position == 0 || was.Position == 0:
			return "" // a swap brings it to its place
		case int(was.Position) != w.Position:
			return fmt.Sprintf("to attach it at position %d", w.Position)
		}
		return ""
	}
	former := id == s.OwnDisk && ownBoot(obj)
	for _, was := range s.Recorded {
		// A system disk that was handed over stays until another takes its place.
		kept := was.Name == systemEntry && s.boot(obj) == nil
		former = former || (idOf(&was) == id && !s.unresolved(was.Name) && !kept)
	}
	// The disk at position 0 is first put behind the one that takes its place.
	if !former || (i == 0 && s.boot(obj) != nil) {
		return ""
	}
	return "since the spec does not ask for it any more"
}

// unresolved tells whether the disk of an entry is not known: what is attached
// for it stays until it is.
func (s *Observed) unresolved(entry string) bool {
	return slices.ContainsFunc(s.Wanted, func(w wantedDisk) bool { return w.Entry == entry && w.Disk == 0 })
}

// boot is the disk that the VM shall boot from; nil when it is as found.
func (s *Observed) boot(obj object) *wantedDisk {
	for i := range s.Wanted {
		if s.Wanted[i].Position == 0 {
			return &s.Wanted[i]
		}
	}
	if !ownBoot(obj) && s.OwnDisk != 0 {
		return &s.Own
	}
	return nil
}

// lacksBootDisk tells whether the VM would start from another disk than it
// shall, or from none.
func (s *Observed) lacksBootDisk(obj object) bool {
	w := s.boot(obj)
	return w != nil && (w.Disk == 0 || len(s.VM.DiskIDs) == 0 || s.VM.DiskIDs[0] != w.Disk)
}

// detachUnwanted takes disks off. The one at position 0 comes off a halted VM
// only.
func detachUnwanted(obj object, s Observed) (action, bool) {
	for i, id := range s.VM.DiskIDs {
		why := s.unwanted(obj, i)
		if why == "" {
			continue
		}
		if i == 0 && s.VM.State != gandi.VMHalted {
			return haltFor(s, fmt.Sprintf("disk %d leaves position 0 %s", id, why)), true
		}
		return detach(s, id, fmt.Sprintf("detach disk %d %s", id, why)), true
	}
	return action{}, false
}

// placeBootDisk puts the disk that the VM shall boot from at position 0.
func placeBootDisk(obj object, s Observed) (action, bool) {
	w := s.boot(obj)
	if w == nil || !w.free() || (len(s.VM.DiskIDs) > 0 && s.VM.DiskIDs[0] == w.Disk) {
		return action{}, false
	}
	switch {
	case s.VM.State != gandi.VMHalted:
		return haltFor(s, fmt.Sprintf("disk %d takes position 0", w.Disk)), true
	case s.has(w.Disk):
		return detach(s, w.Disk, fmt.Sprintf("detach disk %d to attach it at position 0", w.Disk)), true
	default:
		return attach(s, *w), true
	}
}

// attachDisks attaches the disks that are not there yet.
func attachDisks(_ object, s Observed) (action, bool) {
	for _, w := range s.Wanted {
		if w.Position > 0 && w.free() && !s.has(w.Disk) {
			return attach(s, w), true
		}
	}
	return action{}, false
}

func haltFor(s Observed, why string) action {
	return action{Verb: engine.Do, Call: gandi.VMStop{ID: s.VM.ID}, Reason: v1alpha1.ReasonStoppingVM, Context: s.state(), Disruptive: true,
		Message: fmt.Sprintf("stop VM %d: %s, which Gandi does on halted VMs only", s.VM.ID, why)}
}

func detach(s Observed, id gandi.DiskID, message string) action {
	return action{Verb: engine.Do, Call: gandi.VMDiskDetach{VM: s.VM.ID, Disk: id}, Reason: v1alpha1.ReasonDetachingDisk, Context: s.state(), Message: message}
}

// attach asks for the position, unless Gandi refuses that.
func attach(s Observed, w wantedDisk) action {
	position := w.Position
	call := gandi.VMDiskAttach{VM: s.VM.ID, Disk: w.Disk, Position: &position, ReadOnly: w.ReadOnly}
	message := fmt.Sprintf("attach disk %d (%s) at position %d", w.Disk, w.Name, position)
	if position > 0 && refusedOutright(s, call) {
		call.Position = nil
		message = fmt.Sprintf("attach disk %d (%s)", w.Disk, w.Name)
	}
	if w.ReadOnly {
		message += ", read-only"
	}
	return action{Verb: engine.Do, Call: call, Reason: v1alpha1.ReasonAttachingDisk, Context: s.state(), Message: message, Missing: s.Missing}
}

// refusedOutright leaves out calls whose operations ended in ERROR: Gandi does
// that while the first snapshot of a new disk is taken.
func refusedOutright(s Observed, call gandi.Call) bool {
	digest := gandi.Digest(call)
	return slices.ContainsFunc(s.Refusals, func(f v1alpha1.Failure) bool {
		return f.Digest == digest && f.Context == s.state() && f.Class == gandi.Refused.String()
	})
}

// detachIfaces takes interfaces off whose entry is gone.
func detachIfaces(_ object, s Observed) (action, bool) {
	for _, id := range s.RecordedIfaces {
		asked := slices.ContainsFunc(s.WantedIfaces, func(w wantedIface) bool { return w.Iface == id })
		if s.linked(id) && !asked && !s.unresolvedIface() {
			return detachIface(s, id, "since the spec does not ask for it any more"), true
		}
	}
	return action{}, false
}

// unresolvedIface tells whether an entry's interface is not known: it may be the
// one that seems to be unasked for.
func (s *Observed) unresolvedIface() bool {
	return slices.ContainsFunc(s.WantedIfaces, func(w wantedIface) bool { return w.Iface == 0 })
}

func detachIface(s Observed, id gandi.IfaceID, why string) action {
	return action{Verb: engine.Do, Call: gandi.VMIfaceDetach{VM: s.VM.ID, Iface: id}, Reason: v1alpha1.ReasonDetachingInterface, Context: s.state(),
		Message: fmt.Sprintf("detach interface %d %s", id, why)}
}

func attachIfaces(_ object, s Observed) (action, bool) {
	for _, w := range s.WantedIfaces {
		if w.Iface != 0 && w.Blocked == nil && !s.linked(w.Iface) {
			return action{Verb: engine.Do, Call: gandi.VMIfaceAttach{VM: s.VM.ID, Iface: w.Iface}, Reason: v1alpha1.ReasonAttachingInterface, Context: s.state(),
				Message: fmt.Sprintf("attach interface %d (%s)", w.Iface, w.Name)}, true
		}
	}
	return action{}, false
}

// waitForParts waits for disks and interfaces that cannot be attached now. What
// they wait for wakes the VM.
func waitForParts(obj object, s Observed) (action, bool) {
	for _, w := range s.Wanted {
		switch {
		case w.Yield != "":
			return action{Verb: engine.Wait, Reason: v1alpha1.ReasonReferenceNotReady, Message: fmt.Sprintf("%s is away for its %s, and attached again after it; that GandiDisk's conditions tell how far it is", w.Name, w.Yield)}, true
		case w.Blocked != nil && !s.has(w.Disk):
			return blocked(s.keptUntil(w)), true
		}
	}
	for _, w := range s.WantedIfaces {
		if w.Blocked != nil {
			return blocked(w.Blocked), true
		}
	}
	if w := s.boot(obj); w != nil && w.Blocked != nil {
		return blocked(w.Blocked), true
	}
	return action{}, false
}

// keptUntil is what keeps a disk from being attached. A VM gives the disk that it
// boots from up for another that it can have only: two of them that want each
// other's would wait for ever.
func (s *Observed) keptUntil(w wantedDisk) *engine.Missing {
	if w.Position != 0 || w.Blocked.Reason != v1alpha1.ReasonDiskInUse || len(s.VM.DiskIDs) == 0 {
		return w.Blocked
	}
	return missing(w.Blocked.Reason, "%s; until then this VM keeps the disk that it boots from, so VMs that want each other's need a third disk in between", w.Blocked.Message)
}

func blocked(m *engine.Missing) action {
	return action{Verb: engine.Wait, Reason: m.Reason, Message: m.Message, Missing: m}
}
