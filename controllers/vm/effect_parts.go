package vm

import (
	"slices"
	"strconv"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// detached is the world with the disk off the VM.
func (s *Observed) detached(id gandi.DiskID) {
	vm := *s.VM
	vm.DiskIDs = slices.DeleteFunc(slices.Clone(vm.DiskIDs), func(one gandi.DiskID) bool { return one == id })
	s.VM = &vm
	s.Disks = slices.DeleteFunc(slices.Clone(s.Disks), func(one gandi.Disk) bool { return one.ID == id })
	if id == s.OwnDisk {
		s.OwnDiskFree = true
		s.apply(appliedDropped, strconv.Itoa(int(id)))
	}
	s.Recorded = attachments(*s)
}

// plugged is the world with the disk on the VM. The disk that was at position 0
// moves behind the others.
func (s *Observed) plugged(c gandi.VMDiskAttach) {
	vm := *s.VM
	disk := gandi.Disk{ID: c.Disk}
	switch {
	case c.Position != nil && *c.Position == 0 && len(vm.DiskIDs) > 0:
		vm.DiskIDs = append(append([]gandi.DiskID{c.Disk}, vm.DiskIDs[1:]...), vm.DiskIDs[0])
		s.Disks = append(append([]gandi.Disk{disk}, s.Disks[1:]...), s.Disks[0])
	default:
		vm.DiskIDs = append(slices.Clone(vm.DiskIDs), c.Disk)
		s.Disks = append(slices.Clone(s.Disks), disk)
	}
	s.VM = &vm
	s.Recorded = attachments(*s)
}

// diskUpdated is the world with a disk of the VM changed.
func (s Observed) diskUpdated(c gandi.DiskUpdate) Observed {
	s.Disks = slices.Clone(s.Disks)
	for i := range s.Disks {
		d := &s.Disks[i]
		if d.ID != c.ID {
			continue
		}
		if c.Name != nil {
			d.Name = *c.Name
		}
		if c.SizeMB != nil {
			d.SizeMB = *c.SizeMB
		}
		if c.SnapshotProfile != nil {
			d.SnapshotProfileID = *c.SnapshotProfile
		}
		if c.Kernel != nil {
			d.KernelVersion = *c.Kernel
		}
		if c.Cmdline != nil {
			s.apply(appliedCmdline, *c.Cmdline)
		}
		if (c.Kernel != nil || c.Cmdline != nil) && s.VM != nil && s.VM.State != gandi.VMHalted {
			s.PendingReboot = &v1alpha1.PendingReboot{Reason: "kernel"}
		}
	}
	return s
}
