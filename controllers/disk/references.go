package disk

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/catalog"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
	"github.com/gandi-operator/gandi-operator/internal/size"
)

// references turns what the spec refers to into numbers. A disk that is there
// needs only what differs.
func (s *Observed) references(ctx context.Context, obj *v1alpha1.GandiDisk, env engine.Env) error {
	steps := []func(context.Context, *v1alpha1.GandiDisk, engine.Env) error{s.rollbackSnapshot, s.move, s.kernel, s.profile}
	if s.Disk == nil {
		if obj.Spec.Adopt != nil {
			return nil
		}
		steps = []func(context.Context, *v1alpha1.GandiDisk, engine.Env) error{s.purchase, s.kernel, s.profile}
	}
	for _, step := range steps {
		if err := s.lacks(step(ctx, obj, env)); err != nil {
			return err
		}
	}
	return nil
}

// purchase finds the datacenter of a new disk, and what it is copied from.
func (s *Observed) purchase(ctx context.Context, obj *v1alpha1.GandiDisk, env engine.Env) error {
	dc, err := catalog.FindDatacenter(ctx, env.Catalog, obj.Spec.Datacenter)
	if err != nil {
		return err
	}
	s.Datacenter = resolved(dc)
	if obj.Spec.Source == nil {
		return nil
	}
	if s.Source, err = source(ctx, obj, env, dc); err != nil {
		return err
	}
	if want := size.MB(obj.Spec.Size); want != 0 && want < s.Source.SizeMB {
		return &engine.Missing{Reason: v1alpha1.ReasonInvalidSpec,
			Message: fmt.Sprintf("spec.size %s is below the %s of %s; write that size or more, or leave it out", obj.Spec.Size, size.Quantity(s.Source.SizeMB), s.Source.Name)}
	}
	return nil
}

func resolved(dc gandi.Datacenter) v1alpha1.ResolvedDatacenter {
	return v1alpha1.ResolvedDatacenter{ID: int64(dc.ID), Name: engine.Head(catalog.DatacenterName(dc), 128)}
}

// source finds what spec.source means.
func source(ctx context.Context, obj *v1alpha1.GandiDisk, env engine.Env, dc gandi.Datacenter) (*Source, error) {
	from := obj.Spec.Source
	if from.Image != nil {
		image, err := catalog.FindImage(ctx, env.Catalog, dc, from.Image.Label, from.Image.ID)
		if err != nil {
			return nil, err
		}
		return &Source{Disk: image.DiskID, Name: "image " + image.Label, SizeMB: image.SizeMB}, nil
	}
	id, name := gandi.DiskID(from.DiskID), fmt.Sprintf("disk %d", from.DiskID)
	if ref := from.DiskRef; ref != nil {
		name = fmt.Sprintf("GandiDisk %q", ref.Name)
		var err error
		if id, err = diskNamed(ctx, obj, env, ref.Name, v1alpha1.ReasonDiskNotFound); err != nil {
			return nil, err
		}
	}
	if ref := from.SnapshotRef; ref != nil {
		name = fmt.Sprintf("snapshot %q", ref.Name)
		var err error
		if id, err = diskNamed(ctx, obj, env, ref.Name, v1alpha1.ReasonSnapshotNotFound); err != nil {
			return nil, err
		}
	}
	disk, err := toCopy(obj, env, dc, id, name)
	if err != nil {
		return nil, err
	}
	return &Source{Disk: id, Name: name, SizeMB: disk.SizeMB}, nil
}

// diskNamed is the disk of a GandiDisk of the same namespace.
func diskNamed(ctx context.Context, obj *v1alpha1.GandiDisk, env engine.Env, name, notFound string) (gandi.DiskID, error) {
	if name == obj.Name {
		return 0, &engine.Missing{Reason: v1alpha1.ReasonInvalidSpec, Message: fmt.Sprintf("GandiDisk %q names itself; name another", name)}
	}
	var other v1alpha1.GandiDisk
	found, err := env.Object(ctx, name, &other)
	switch {
	case err != nil:
		return 0, err
	case !found:
		return 0, &engine.Missing{Reason: notFound, Message: fmt.Sprintf("GandiDisk %q is not there; create it, or correct the name", name)}
	case other.Status.ID == 0:
		return 0, &engine.Missing{Reason: v1alpha1.ReasonReferenceNotReady, Message: fmt.Sprintf("GandiDisk %q has no disk at Gandi yet; its conditions tell why", name)}
	}
	return gandi.DiskID(other.Status.ID), nil
}

// toCopy checks the disk that shall be copied before anything is bought.
func toCopy(obj *v1alpha1.GandiDisk, env engine.Env, dc gandi.Datacenter, id gandi.DiskID, name string) (gandi.Disk, error) {
	fromSnapshot, snapshot := obj.Spec.Source.SnapshotRef != nil, obj.Spec.Type == v1alpha1.DiskSnapshot
	disk, there := present(env, id)
	missing := func(reason, format string, args ...any) (gandi.Disk, error) {
		return gandi.Disk{}, &engine.Missing{Reason: reason, Message: fmt.Sprintf(format, args...)}
	}
	switch {
	case !there && fromSnapshot:
		return missing(v1alpha1.ReasonSnapshotNotFound, "%s: disk %d is not on the account", name, id)
	case !there:
		return missing(v1alpha1.ReasonDiskNotFound, "%s: disk %d is not on the account; correct spec.source", name, id)
	case fromSnapshot && disk.Type != gandi.DiskTypeSnapshot:
		return missing(v1alpha1.ReasonSnapshotNotFound, "%s is a disk of type %s and no snapshot; name it in source.diskRef, or name a snapshot", name, disk.Type)
	case snapshot && disk.Type == gandi.DiskTypeSnapshot:
		return missing(v1alpha1.ReasonInvalidSpec, "%s is a snapshot itself; a snapshot is taken of a data disk", name)
	case disk.DatacenterID != 0 && disk.DatacenterID != dc.ID:
		return missing(v1alpha1.ReasonDatacenterMismatch, "%s is in datacenter %d, and spec.datacenter is %s (%d); a copy stands where its source does: correct spec.datacenter",
			name, disk.DatacenterID, catalog.DatacenterName(dc), dc.ID)
	case inTransition(disk):
		return missing(v1alpha1.ReasonReferenceNotReady, "%s is %s", name, disk.State)
	case snapshot && !disk.CanSnapshot:
		return missing(v1alpha1.ReasonReferenceNotReady, "Gandi takes no snapshot of %s now (can_snapshot is false)", name)
	}
	return disk, nil
}

// move finds out whether the disk is where spec.datacenter says.
func (s *Observed) move(ctx context.Context, obj *v1alpha1.GandiDisk, env engine.Env) error {
	want := obj.Spec.Datacenter
	if want == "" || catalog.SameFold(s.Datacenter.Name, want) || s.stays(obj) {
		return nil
	}
	all, err := env.Catalog.Datacenters(ctx)
	if err != nil {
		return fmt.Errorf("listing datacenters: %w", err)
	}
	var here gandi.Datacenter
	for _, dc := range all {
		if dc.ID == s.Disk.DatacenterID {
			here = dc
		}
	}
	// A word that fits the present place never moves the disk, though it fits
	// others too, or the place is closed to new things by now.
	if here.ID != 0 && catalog.Means(here, want) {
		return nil
	}
	dc, err := catalog.FindDatacenter(ctx, env.Catalog, want)
	if err != nil {
		return err
	}
	if dc.ID != s.Disk.DatacenterID {
		s.Move = &Move{To: resolved(dc), Possible: slices.Contains(here.CanMigrateTo, dc.ID), Ways: ways(here, all)}
	}
	return nil
}

// stays tells whether the disk was in sync with this spec and has not moved since:
// then the datacenters need not be asked for.
func (s *Observed) stays(obj *v1alpha1.GandiDisk) bool {
	st := &obj.Status
	c := meta.FindStatusCondition(st.Conditions, v1alpha1.ConditionReady)
	return c != nil && c.Reason == v1alpha1.ReasonInSync && st.ObservedGeneration == obj.Generation &&
		st.Datacenter != nil && st.Datacenter.ID == int64(s.Disk.DatacenterID)
}

// ways lists where Gandi migrates to from here.
func ways(here gandi.Datacenter, all []gandi.Datacenter) string {
	var words []string
	for _, dc := range all {
		if slices.Contains(here.CanMigrateTo, dc.ID) {
			words = append(words, fmt.Sprintf("%s (%d)", catalog.DatacenterName(dc), dc.ID))
		}
	}
	if len(words) == 0 {
		return "nowhere"
	}
	return "to " + strings.Join(words, ", ")
}

// kernel checks spec.kernel, unless the disk has it and will have it.
func (s *Observed) kernel(ctx context.Context, obj *v1alpha1.GandiDisk, env engine.Env) error {
	want := obj.Spec.Kernel
	if want == "" || s.Datacenter.ID == 0 || (s.Disk != nil && s.Disk.KernelVersion == want && s.Rollback.Snapshot == nil) {
		return nil
	}
	if err := catalog.CheckKernel(ctx, env.Catalog, gandi.DatacenterID(s.Datacenter.ID), want); err != nil {
		return err
	}
	s.KernelOffered = true
	return nil
}

func (s *Observed) profile(ctx context.Context, obj *v1alpha1.GandiDisk, env engine.Env) error {
	if obj.Spec.SnapshotProfile == "" {
		return nil
	}
	id, err := catalog.FindProfile(ctx, env.Catalog, obj.Spec.SnapshotProfile)
	if err != nil {
		return err
	}
	s.Profile = &id
	return nil
}
