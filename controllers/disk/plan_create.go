package disk

import (
	"fmt"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// waitToBuy buys nothing before all that the spec refers to is there.
func waitToBuy(_ object, s Observed) (action, bool) {
	if s.Disk != nil || s.Missing == nil {
		return action{}, false
	}
	return waitFor(s.Missing, referenceRecheck), true
}

// createWhenMissing buys the disk under the name of its token, by which it is
// found should the reply be lost. The name that a person wants follows.
func createWhenMissing(obj object, s Observed) (action, bool) {
	if s.Disk != nil {
		return action{}, false
	}
	spec := gandi.DiskSpec{
		DatacenterID: gandi.DatacenterID(s.Datacenter.ID),
		Name:         s.Token,
		SizeMB:       sizeMB(obj),
		Kernel:       obj.Spec.Kernel,
		Cmdline:      obj.Spec.Cmdline,
	}
	if s.Profile != nil {
		spec.SnapshotProfile = *s.Profile
	}
	a := action{Verb: engine.Do, Reason: v1alpha1.ReasonCreatingDisk, Context: contextNone}
	switch {
	case s.Source == nil:
		a.Call = gandi.DiskCreate{Disk: spec}
		a.Message = fmt.Sprintf("create an empty disk of %d MB in %s", spec.SizeMB, place(s.Datacenter))
	case obj.Spec.Type == v1alpha1.DiskSnapshot:
		spec.Type, spec.SizeMB = gandi.DiskTypeSnapshot, 0
		a.Call = gandi.DiskCreateFrom{Disk: spec, Source: s.Source.Disk}
		a.Message = fmt.Sprintf("take a snapshot of %s in %s", s.Source.Name, place(s.Datacenter))
	default:
		a.Call = gandi.DiskCreateFrom{Disk: spec, Source: s.Source.Disk}
		a.Message = fmt.Sprintf("create a disk from %s in %s", s.Source.Name, place(s.Datacenter))
	}
	return a, true
}
