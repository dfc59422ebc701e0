package vm

import (
	"maps"
	"slices"
	"strconv"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// Effect is what Gandi shows once call has done its work.
func (Kind) Effect(s Observed, call gandi.Call) Observed {
	switch c := call.(type) {
	case gandi.VMCreateFrom:
		return s.created(c.VM, 0)
	case gandi.VMCreate:
		return s.created(c.VM, c.VM.SysDiskID)
	case gandi.DiskDelete:
		s.HalfDisk, s.OwnDiskFree = 0, false
		return s
	case gandi.DiskUpdate:
		return s.diskUpdated(c)
	case gandi.IfaceDelete:
		s.HalfIface = 0
		return s
	case gandi.IfaceUpdate:
		s.Ifaces = slices.Clone(s.Ifaces)
		for i := range s.Ifaces {
			if s.Ifaces[i].ID == c.ID && c.BandwidthKbit != nil {
				s.Ifaces[i].BandwidthKbit = float64(*c.BandwidthKbit)
			}
		}
		return s
	}
	if s.VM == nil {
		return s
	}
	vm := *s.VM
	s.VM = &vm
	switch c := call.(type) {
	case gandi.VMUpdate:
		s.updated(c)
	case gandi.VMStart:
		vm.State = gandi.VMRunning
		s.RestartDone = true
	case gandi.VMStop:
		vm.State = gandi.VMHalted
		s.PendingReboot = nil
	case gandi.VMReboot:
		s.PendingReboot = nil
		s.RestartDone = true
	case gandi.VMDiskDetach:
		s.detached(c.Disk)
	case gandi.VMDiskAttach:
		s.plugged(c)
	case gandi.VMIfaceDetach:
		vm.IfaceIDs = slices.DeleteFunc(slices.Clone(vm.IfaceIDs), func(id gandi.IfaceID) bool { return id == c.Iface })
	case gandi.VMIfaceAttach:
		vm.IfaceIDs = append(slices.Clone(vm.IfaceIDs), c.Iface)
	case gandi.VMDelete:
		s.VM, s.OwnDisk = nil, 0
	}
	return s
}

// created is the world with a new VM, which Gandi has started.
func (s Observed) created(spec gandi.VMSpec, disk gandi.DiskID) Observed {
	s.VM = &gandi.VM{
		Hostname: spec.Hostname, State: gandi.VMRunning, DatacenterID: spec.DatacenterID,
		MemoryMB: spec.MemoryMB, MaxMemoryMB: max(spec.MaxMemoryMB, tierFor(spec.MemoryMB)), Cores: spec.Cores,
	}
	s.Disks, s.OwnDisk = nil, 0
	if disk != 0 {
		s.VM.DiskIDs, s.Disks = []gandi.DiskID{disk}, []gandi.Disk{{ID: disk}}
	}
	if spec.IfaceID != 0 {
		s.VM.IfaceIDs = []gandi.IfaceID{spec.IfaceID}
	}
	s.Recorded = attachments(s)
	s.Ifaces = []gandi.Iface{{BandwidthKbit: float64(spec.BandwidthKbit)}}
	s.Bought, s.RestartDone = true, true
	s.HalfDisk, s.HalfIface = 0, 0
	s.apply(appliedPassword, spec.Password.Ref())
	return s
}

func (s *Observed) updated(c gandi.VMUpdate) {
	vm := s.VM
	if c.Hostname != nil {
		vm.Hostname = *c.Hostname
	}
	if c.Console != nil {
		vm.Console = *c.Console
	}
	if c.Cores != nil {
		vm.Cores = *c.Cores
	}
	if c.MemoryMB != nil {
		vm.MemoryMB = *c.MemoryMB
	}
	if c.MaxMemoryMB != nil {
		vm.MaxMemoryMB = *c.MaxMemoryMB
		s.apply(appliedMaximum, strconv.Itoa(*c.MaxMemoryMB))
		if vm.State == gandi.VMRunning {
			s.PendingReboot = &v1alpha1.PendingReboot{Reason: "vm_max_memory"}
		}
	}
	if !c.Password.IsZero() {
		s.apply(appliedPassword, c.Password.Ref())
	}
}

func (s *Observed) apply(key, value string) {
	s.Applied = maps.Clone(s.Applied)
	if s.Applied == nil {
		s.Applied = map[string]string{}
	}
	s.Applied[key] = value
}

// tierFor is the maximum that Gandi gives a new VM with that memory.
func tierFor(memory int) int {
	for _, tier := range tiers {
		if memory <= tier {
			return tier
		}
	}
	return tiers[len(tiers)-1]
}
