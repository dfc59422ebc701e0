package vm

import (
	"fmt"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/catalog"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
	"github.com/gandi-operator/gandi-operator/internal/size"
)

// systemDisk is the disk that spec.systemDisk describes: the one that the VM
// boots from, unless it is a GandiDisk's. nil when there is nothing to compare.
func (s *Observed) systemDisk(obj object) *gandi.Disk {
	if obj.Spec.SystemDisk == nil || ownBoot(obj) || len(s.Disks) == 0 || s.Disks[0].SizeMB == 0 {
		return nil
	}
	first := &s.Disks[0]
	if _, claimed := s.ClaimedDisks[first.ID]; claimed || s.attached(first.ID) {
		return nil
	}
	if first.ID == s.OwnDisk || s.Adopted {
		return first
	}
	return nil
}

// updateSystemDisk changes what needs no reboot.
func updateSystemDisk(obj object, s Observed) (action, bool) {
	disk := s.systemDisk(obj)
	if disk == nil {
		return action{}, false
	}
	want := obj.Spec.SystemDisk
	if want.Name != "" && want.Name != disk.Name {
		return changeDisk(s, gandi.DiskUpdate{ID: disk.ID, Name: &want.Name}, v1alpha1.ReasonUpdatingDisk,
			fmt.Sprintf("change the name of system disk %d from %q to %q", disk.ID, disk.Name, want.Name)), true
	}
	if s.Profile != nil && *s.Profile != disk.SnapshotProfileID {
		return changeDisk(s, gandi.DiskUpdate{ID: disk.ID, SnapshotProfile: s.Profile}, v1alpha1.ReasonUpdatingDisk,
			fmt.Sprintf("change the snapshot profile of system disk %d to %s", disk.ID, want.SnapshotProfile)), true
	}
	return action{}, false
}

func changeDisk(s Observed, call gandi.DiskUpdate, reason, message string) action {
	return action{Verb: engine.Do, Call: call, Reason: reason, Context: s.state(), Message: message}
}

// growSystemDisk grows it. Whether that reboots a running VM is not known, so
// the reboot policy is asked.
func growSystemDisk(obj object, s Observed) (action, bool) {
	disk := s.systemDisk(obj)
	if disk == nil {
		return action{}, false
	}
	want := size.MB(obj.Spec.SystemDisk.Size)
	if want <= disk.SizeMB {
		return action{}, false
	}
	a := changeDisk(s, gandi.DiskUpdate{ID: disk.ID, SizeMB: &want}, v1alpha1.ReasonGrowingDisk,
		fmt.Sprintf("grow system disk %d from %d to %d MB", disk.ID, disk.SizeMB, want))
	if s.VM.State != gandi.VMHalted {
		a.Disruptive = true
		a.Message += ", which may reboot the VM"
	}
	return a, true
}

// changeKernel changes what the VM boots with, and leaves a reboot to be done.
func changeKernel(obj object, s Observed) (action, bool) {
	disk := s.systemDisk(obj)
	if disk == nil || s.SystemDiskMissing != nil {
		return action{}, false
	}
	call, message := gandi.DiskUpdate{ID: disk.ID}, ""
	applies := map[string]string{}
	want := obj.Spec.SystemDisk
	if want.Kernel != "" && want.Kernel != disk.KernelVersion {
		call.Kernel = &want.Kernel
		message = fmt.Sprintf("change the kernel of system disk %d from %q to %q", disk.ID, disk.KernelVersion, want.Kernel)
	}
	// A Gandi that shows the line in other words than it was given must not be
	// told again and again.
	differs := want.Cmdline != "" && s.Applied[appliedCmdline] != want.Cmdline && !catalog.SameCmdline(want.Cmdline, disk.KernelCmdline)
	if differs || (call.Kernel != nil && want.Cmdline != "") {
		// A new kernel brings a command line of its own.
		call.Cmdline = &want.Cmdline
		applies[appliedCmdline] = want.Cmdline
		if message == "" {
			message = fmt.Sprintf("change the kernel's command line of system disk %d to %q", disk.ID, want.Cmdline)
		}
	}
	if message == "" {
		return action{}, false
	}
	a := changeDisk(s, call, v1alpha1.ReasonUpdatingDisk, message)
	a.Applies = applies
	if s.VM.State != gandi.VMHalted {
		a.Disruptive = true
		a.PendingReboot = fmt.Sprintf("kernel and command line of disk %d", disk.ID)
		a.Message += ", which takes effect with a reboot"
	}
	return a, true
}

// waitForSystemDisk waits for a kernel or a profile that is not there.
func waitForSystemDisk(_ object, s Observed) (action, bool) {
	if s.SystemDiskMissing == nil {
		return action{}, false
	}
	return blocked(s.SystemDiskMissing), true
}
