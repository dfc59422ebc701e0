package vm

import (
	"cmp"
	"fmt"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
	"github.com/gandi-operator/gandi-operator/internal/size"
)

func waitForReferences(_ object, s Observed) (action, bool) {
	if s.VM != nil || s.Missing == nil {
		return action{}, false
	}
	return action{Verb: engine.Wait, Reason: s.Missing.Reason, Message: s.Missing.Message, Missing: s.Missing, Recheck: referenceRecheck}, true
}

// resumeCreate goes on after a create that was done by half: the disk is there
// and paid for, so it is used and never bought again.
func resumeCreate(obj object, s Observed) (action, bool) {
	if s.VM != nil || s.HalfDisk == 0 {
		return action{}, false
	}
	spec := vmSpec(obj, s)
	spec.SysDiskID = s.HalfDisk
	return buy(obj, s, withoutRefused(s, func(v gandi.VMSpec) gandi.Call { return gandi.VMCreate{VM: v} }, spec), v1alpha1.ReasonResumingCreate,
		fmt.Sprintf("create the VM from disk %d, which an earlier attempt left", s.HalfDisk)), true
}

func createWhenMissing(obj object, s Observed) (action, bool) {
	if s.VM != nil {
		return action{}, false
	}
	spec := vmSpec(obj, s)
	if ownBoot(obj) {
		spec.SysDiskID = s.bootFrom(obj)
		return buy(obj, s, withoutRefused(s, func(v gandi.VMSpec) gandi.Call { return gandi.VMCreate{VM: v} }, spec), v1alpha1.ReasonCreatingVM,
			fmt.Sprintf("create VM %s in %s from disk %d", spec.Hostname, s.Datacenter.Name, spec.SysDiskID)), true
	}
	call := withoutRefused(s, func(v gandi.VMSpec) gandi.Call {
		return gandi.VMCreateFrom{VM: v, Disk: diskSpec(obj, s, v.DatacenterID), Source: s.Source}
	}, spec)
	return buy(obj, s, call, v1alpha1.ReasonCreatingVM,
		fmt.Sprintf("create VM %s in %s from %s; Gandi starts it", spec.Hostname, s.Datacenter.Name, s.SourceName)), true
}

// withoutRefused is the call for spec, without vm_max_memory if Gandi refuses it
// with: whether a create takes it is not known, and it can be raised later.
func withoutRefused(s Observed, call func(gandi.VMSpec) gandi.Call, spec gandi.VMSpec) gandi.Call {
	if spec.MaxMemoryMB != 0 && s.refused(call(spec), stateNone) {
		spec.MaxMemoryMB = 0
	}
	return call(spec)
}

// buy is the action of a create.
func buy(obj object, s Observed, call gandi.Call, reason, message string) action {
	a := action{Verb: engine.Do, Call: call, Reason: reason, Message: message, Context: stateNone,
		Applies: map[string]string{appliedBootstrap: bootstrapDigest(obj)}}
	if sd := obj.Spec.SystemDisk; sd != nil && sd.Cmdline != "" {
		a.Applies[appliedCmdline] = sd.Cmdline
	}
	if !s.Password.IsZero() {
		a.Applies[appliedPassword] = s.Password.Ref()
	}
	if !s.RestartDone {
		a.Restart = engine.Request(obj, v1alpha1.AnnotationRestartRequestedAt)
	}
	return a
}

// diskSpec is the system disk. Its name is the mark by which it is found; the
// name that the spec asks for comes later.
func diskSpec(obj object, s Observed, dc gandi.DatacenterID) gandi.DiskSpec {
	spec := gandi.DiskSpec{DatacenterID: dc, Name: s.Token}
	if sd := obj.Spec.SystemDisk; sd != nil {
		spec.SizeMB, spec.Kernel, spec.Cmdline = size.MB(sd.Size), sd.Kernel, sd.Cmdline
		if s.Profile != nil {
			spec.SnapshotProfile = *s.Profile
		}
	}
	return spec
}

func vmSpec(obj object, s Observed) gandi.VMSpec {
	spec := gandi.VMSpec{
		DatacenterID:  gandi.DatacenterID(s.Datacenter.ID),
		Hostname:      hostname(obj, s),
		MemoryMB:      size.MB(obj.Spec.Memory),
		MaxMemoryMB:   size.MB(obj.Spec.MaxMemory),
		Cores:         cores(obj, s),
		IPVersion:     int(ipVersion(obj)),
		BandwidthKbit: int(cmp.Or(bandwidth(obj), defaultBandwidth)),
		Password:      s.Password,
		Farm:          s.Token,
	}
	switch {
	case len(s.WantedIfaces) > 0:
		spec.IfaceID, spec.IPVersion, spec.BandwidthKbit = s.WantedIfaces[0].Iface, 0, 0
	case s.HalfIface != 0:
		// An earlier attempt paid for it.
		spec.IfaceID, spec.IPVersion, spec.BandwidthKbit = s.HalfIface, 0, 0
	}
	spec.KeyIDs = s.KeyIDs
	if b := obj.Spec.Bootstrap; b != nil {
		spec.Login = b.Login
		spec.Run = b.Script
		if len(b.SSHKeys) > 0 {
			spec.SSHKey = b.SSHKeys[0]
		}
	}
	return spec
}
