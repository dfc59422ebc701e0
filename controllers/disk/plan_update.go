package disk

import (
	"cmp"
	"fmt"
	"strconv"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/catalog"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
	"github.com/gandi-operator/gandi-operator/internal/size"
)

// diskName that the spec asks for; "" means as found.
func diskName(obj object, s Observed) string {
	if obj.Spec.Name != "" || s.Adopted {
		return obj.Spec.Name
	}
	return s.Token
}

func sizeMB(obj object) int { return size.MB(obj.Spec.Size) }

// A field is one that disk.update changes.
type field struct {
	name       string
	key        string // in status.applied
	want       string // in status.applied; "" when nothing is asked for
	said, have string // for people: what is asked for, and what Gandi shows
	differs    bool   // from what Gandi shows
	took       bool   // Gandi accepted it already
	blocked    bool   // it cannot be sent now
	change     gandi.DiskUpdate
}

// accepted tells whether Gandi shows something else than what it accepted.
func (f field) accepted() bool { return f.want != "" && f.differs && f.took }

// due tells whether the field is to be sent.
func (f field) due() bool { return f.want != "" && f.differs && !f.took && !f.blocked }

// fields are those of the disk, in the order in which they are changed. Size is
// the last, since it may wait for an approval.
func fields(obj object, s Observed) []field {
	d := s.Disk
	list := []field{nameField(obj, s), profileField(obj, s)}
	kernel := field{name: "kernel", key: appliedKernel, want: obj.Spec.Kernel, said: obj.Spec.Kernel, have: cmp.Or(d.KernelVersion, "none"), differs: obj.Spec.Kernel != d.KernelVersion,
		blocked: !s.KernelOffered, change: gandi.DiskUpdate{Kernel: &obj.Spec.Kernel}}
	cmdline := field{name: "cmdline", key: appliedCmdline, want: obj.Spec.Cmdline, said: strconv.Quote(obj.Spec.Cmdline), have: strconv.Quote(catalog.Cmdline(d.KernelCmdline)),
		differs: !catalog.SameCmdline(obj.Spec.Cmdline, d.KernelCmdline), change: gandi.DiskUpdate{Cmdline: &obj.Spec.Cmdline}}
	if cmdline.want != "" {
		// Whether a new kernel keeps the command line is not known.
		kernel.change.Cmdline = &obj.Spec.Cmdline
	}
	want := sizeMB(obj)
	grow := field{name: "size", key: appliedSize, said: fmt.Sprintf("%d MB", want), have: fmt.Sprintf("%d MB", d.SizeMB), differs: want > d.SizeMB, change: gandi.DiskUpdate{SizeMB: &want}}
	if want != 0 {
		grow.want = strconv.Itoa(want)
	}
	list = append(list, kernel, cmdline, grow)
	for i := range list {
		list[i].took = list[i].want != "" && s.took(list[i].key, list[i].want)
	}
	return list
}

func nameField(obj object, s Observed) field {
	want := diskName(obj, s)
	return field{name: "name", key: appliedName, want: want, said: strconv.Quote(want), have: strconv.Quote(s.Disk.Name), differs: want != s.Disk.Name, change: gandi.DiskUpdate{Name: &want}}
}

func profileField(obj object, s Observed) field {
	f := field{name: "snapshot profile", key: appliedProfile, said: obj.Spec.SnapshotProfile, have: cmp.Or(s.ProfileName, "none")}
	if s.Profile != nil {
		f.want, f.differs = strconv.Itoa(int(*s.Profile)), *s.Profile != s.Disk.SnapshotProfileID
		f.change.SnapshotProfile = s.Profile
	}
	return f
}

// updates lists the changes that are due.
func updates(obj object, s Observed) []action {
	var list []action
	for _, f := range fields(obj, s) {
		if !f.due() {
			continue
		}
		f.change.ID = s.Disk.ID
		a := action{Verb: engine.Do, Call: f.change, Reason: v1alpha1.ReasonUpdatingDisk, Context: s.context(),
			Message: fmt.Sprintf("change %s of disk %d from %s to %s", f.name, s.Disk.ID, f.have, f.said),
			Applies: map[string]string{f.key: f.want}}
		if f.change.Kernel != nil {
			a.Applies[appliedCmdline] = obj.Spec.Cmdline
		}
		if f.change.SizeMB != nil {
			s.growing(&a)
		}
		list = append(list, a)
	}
	return list
}

// growing has the VM that has the disk decide: whether it is rebooted is not
// known (docs/gandi-api.md). Somebody else's VM may be running whatever was
// heard of it last.
func (s Observed) growing(a *action) {
	a.Reason = v1alpha1.ReasonGrowingDisk
	switch h := s.Holder; {
	case h == nil || (h.Ours && h.Halted):
	case h.Ours:
		a.Disruptive = true
		a.Message += fmt.Sprintf(", which may reboot %s, which has it", h)
	default:
		a.Disruptive = true
		a.Message += fmt.Sprintf(", which may reboot %s, which has it and which no GandiVM manages", h)
	}
}

// update makes the first change that Gandi has not refused.
func update(obj object, s Observed) (action, bool) {
	for _, a := range updates(obj, s) {
		if !engine.RefusedForGood(s.Refusals, a.Call, a.Context) {
			return a, true
		}
	}
	return action{}, false
}

// updateAgain stands for a change that Gandi refuses. The engine holds it back
// and tells why.
func updateAgain(obj object, s Observed) (action, bool) {
	for _, a := range updates(obj, s) {
		return a, true
	}
	return action{}, false
}
