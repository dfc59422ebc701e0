package disk

import (
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/catalog"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/size"
)

// maxSnapshots is how many status.snapshots holds.
const maxSnapshots = 64

// Report copies what was observed into status.
func (Kind) Report(obj *v1alpha1.GandiDisk, s Observed) {
	st := &obj.Status
	st.DetachFor = s.detachFor(obj)
	if s.Datacenter.ID != 0 {
		dc := s.Datacenter
		st.Datacenter = &dc
	}
	if said := sourceInWords(obj, s); said != "" {
		st.Source = engine.Head(said, 255)
	}
	st.AttachedTo, st.Snapshots, st.Size, st.DateCreated = nil, nil, nil, nil
	st.State, st.Name, st.Type, st.Kernel, st.Cmdline, st.SnapshotProfile, st.SourceID = "", "", "", "", "", "", 0
	if s.Disk == nil {
		return
	}
	reportDisk(st, s)
	reportRollback(st, s)
	forget(st, obj, s)
}

func reportDisk(st *v1alpha1.GandiDiskStatus, s Observed) {
	d := s.Disk
	st.State, st.Type = engine.Head(d.State, 64), engine.Head(d.Type, 64)
	st.Name = engine.Head(d.Name, 255)
	if d.SizeMB > 0 {
		st.Size = size.Quantity(d.SizeMB)
	}
	if s.Holder != nil {
		said := s.Holder.Said
		st.AttachedTo = &said
	}
	st.SourceID = int64(d.Source)
	st.Kernel = engine.Head(d.KernelVersion, 255)
	st.Cmdline = engine.Head(catalog.Cmdline(d.KernelCmdline), 2048)
	st.SnapshotProfile = engine.Head(s.ProfileName, 64)
	for _, id := range d.SnapshotIDs[max(len(d.SnapshotIDs)-maxSnapshots, 0):] {
		st.Snapshots = append(st.Snapshots, int64(id))
	}
	if !d.DateCreated.IsZero() {
		created := metav1.NewTime(d.DateCreated)
		st.DateCreated = &created
	}
}

// reportRollback keeps, from the first sight of the disk on, which requests were
// taken up.
func reportRollback(st *v1alpha1.GandiDiskStatus, s Observed) {
	r := s.Rollback
	if st.Applied[appliedRollback] == "" {
		apply(st, appliedRollback, r.Handled)
		apply(st, appliedRolledBack, r.Done)
		apply(st, appliedRollbacks, strings.Join(r.Past, " "))
	}
	if r.unanswered() {
		apply(st, appliedRollbackFailure, r.Failure)
	}
	switch {
	case r.Asked != noRequest && !r.open():
		st.LastHandledRollbackAt = requestedAt(r.Asked)
	case r.Handled != noRequest:
		st.LastHandledRollbackAt = requestedAt(r.Handled)
	default:
		st.LastHandledRollbackAt = ""
	}
}

func apply(st *v1alpha1.GandiDiskStatus, key, value string) {
	if value == "" {
		return
	}
	if st.Applied == nil {
		st.Applied = map[string]string{}
	}
	st.Applied[key] = value
}

// forget drops what was accepted and shows by now, or is not asked for any more:
// from then on a difference is drift, and repaired.
func forget(st *v1alpha1.GandiDiskStatus, obj object, s Observed) {
	for _, f := range fields(obj, s) {
		if !f.differs || f.want == "" {
			delete(st.Applied, f.key)
		}
	}
}

// sourceInWords is what the disk was copied from, as the spec says it, or else as
// Gandi does.
func sourceInWords(obj object, s Observed) string {
	from := obj.Spec.Source
	switch {
	case s.Source != nil:
		return s.Source.Name
	case obj.Status.Source != "":
		return "" // told already
	case s.Adopted && s.Disk != nil && s.Disk.Source != 0, from == nil && s.Disk != nil && s.Disk.Source != 0:
		return fmt.Sprintf("disk %d", s.Disk.Source)
	case from == nil || s.Adopted:
		return ""
	case from.Image != nil && from.Image.Label != "":
		return "image " + from.Image.Label
	case from.Image != nil:
		return fmt.Sprintf("image %d", from.Image.ID)
	case from.DiskRef != nil:
		return fmt.Sprintf("GandiDisk %q", from.DiskRef.Name)
	case from.SnapshotRef != nil:
		return fmt.Sprintf("snapshot %q", from.SnapshotRef.Name)
	default:
		return fmt.Sprintf("disk %d", from.DiskID)
	}
}
