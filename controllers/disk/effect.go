package disk

import (
	"maps"
	"strings"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// Effect is what Gandi shows once call has done its work.
func (Kind) Effect(s Observed, call gandi.Call) Observed {
	switch c := call.(type) {
	case gandi.DiskCreate:
		return s.created(c.Disk, nil)
	case gandi.DiskCreateFrom:
		return s.created(c.Disk, s.Source)
	case gandi.DiskDelete:
		if s.Disk != nil && s.Disk.ID == c.ID {
			s.Disk = nil
		} else {
			s.Leftover = 0
		}
		return s
	}
	if s.Disk == nil {
		return s
	}
	disk := *s.Disk
	s.Disk = &disk
	switch c := call.(type) {
	case gandi.DiskUpdate:
		change(&disk, c)
	case gandi.DiskMigrate:
		disk.DatacenterID = c.To
		s.Datacenter = v1alpha1.ResolvedDatacenter{ID: int64(c.To)}
		if s.Move != nil {
			s.Datacenter = s.Move.To
		}
		s.Move = nil
	case gandi.DiskRollback:
		if snapshot := s.Rollback.Snapshot; snapshot != nil {
			disk.KernelVersion, disk.KernelCmdline = snapshot.KernelVersion, snapshot.KernelCmdline
		}
		s.Rollback.Handled, s.Rollback.Done, s.Rollback.Snapshot = s.Rollback.Asked, s.Rollback.Asked, nil
		s.Applied = maps.Clone(s.Applied)
		maps.DeleteFunc(s.Applied, func(key, _ string) bool {
			return key == appliedKernel || key == appliedCmdline || key == appliedSize
		})
	}
	return s
}

// created is the world with a new disk.
func (s Observed) created(spec gandi.DiskSpec, from *Source) Observed {
	s.Disk = &gandi.Disk{
		Name: spec.Name, Type: gandi.DiskTypeData, State: gandi.DiskCreated, SizeMB: spec.SizeMB, DatacenterID: spec.DatacenterID,
		KernelVersion: spec.Kernel, KernelCmdline: words(spec.Cmdline), SnapshotProfileID: spec.SnapshotProfile,
		CanSnapshot: spec.Type != gandi.DiskTypeSnapshot,
	}
	if spec.Type != "" {
		s.Disk.Type = spec.Type
	}
	if from != nil {
		s.Disk.Source = from.Disk
		s.Disk.SizeMB = max(spec.SizeMB, from.SizeMB)
	}
	s.Leftover, s.Applied = 0, nil
	return s
}

func change(disk *gandi.Disk, c gandi.DiskUpdate) {
	if c.Name != nil {
		disk.Name = *c.Name
	}
	if c.SizeMB != nil {
		disk.SizeMB = *c.SizeMB
	}
	if c.Kernel != nil {
		disk.KernelVersion = *c.Kernel
	}
	if c.Cmdline != nil {
		disk.KernelCmdline = words(*c.Cmdline)
	}
	if c.SnapshotProfile != nil {
		disk.SnapshotProfileID = *c.SnapshotProfile
	}
}

// words is a command line as Gandi tells it: nil for none.
func words(line string) map[string]any {
	var told map[string]any
	for word := range strings.FieldsSeq(line) {
		if told == nil {
			told = map[string]any{}
		}
		if name, value, found := strings.Cut(word, "="); found {
			told[name] = value
		} else {
			told[word] = true
		}
	}
	return told
}
