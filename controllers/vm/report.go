package vm

import (
	"slices"
	"strconv"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
	"github.com/gandi-operator/gandi-operator/internal/size"
)

// What the schema of status holds: Gandi is not known to give a VM as much, and
// a status that the API server refuses would stop everything.
const (
	mostDisks      = 64
	mostInterfaces = 64
	mostAddresses  = 32
)

// Report copies what was observed into status.
func (Kind) Report(obj *v1alpha1.GandiVM, s Observed) {
	st := &obj.Status
	st.PendingReboot = s.PendingReboot
	if s.RestartDone {
		st.LastHandledRestartAt = engine.Request(obj, v1alpha1.AnnotationRestartRequestedAt)
	}
	if s.Datacenter.ID != 0 {
		dc := s.Datacenter
		st.Datacenter = &dc
	}
	if s.SourceName != "" {
		st.Image = s.SourceName
	}
	applied := s.Applied[appliedBootstrap]
	st.BootstrapOutdated = applied != "" && s.VM != nil && applied != bootstrapDigest(obj)
	reportParts(obj, s)
	st.Disks, st.Interfaces, st.IPv4, st.IPv6 = nil, nil, "", ""
	if s.VM == nil {
		st.State = ""
		return
	}
	st.State = engine.Head(s.VM.State, 64)
	st.Hostname = engine.Head(s.VM.Hostname, 255)
	st.Memory = size.Quantity(s.VM.MemoryMB)
	st.MaxMemory = size.Quantity(s.VM.MaxMemoryMB)
	st.Cores = int32(s.VM.Cores)
	st.Console = s.VM.Console
	st.Description = engine.Head(s.VM.Description, 1024)
	if !s.VM.DateCreated.IsZero() {
		created := metav1.NewTime(s.VM.DateCreated)
		st.DateCreated = &created
	}
	reportDisks(st, s)
	reportInterfaces(st, s)
}

// reportParts keeps what the operator attached, and which system disk is the
// VM's own: what must not be lost from one look to the next.
func reportParts(obj *v1alpha1.GandiVM, s Observed) {
	st := &obj.Status
	reportCameWith(st, s)
	if deleting(obj) {
		return // nothing is attached any more, and what was is needed to the end
	}
	st.Attachments = s.Recorded
	if s.VM == nil {
		st.SystemDiskID, st.AttachedInterfaces = 0, nil
		return
	}
	st.SystemDiskID = int64(s.OwnDisk)
	if ownBoot(obj) && !s.has(s.OwnDisk) {
		st.SystemDiskID = 0 // another has taken its place; it is nobody's now
	}
	// What was handed over stays handed over, also when its object is let go.
	for id := range s.ClaimedDisks {
		st.Created = slices.DeleteFunc(st.Created, func(e v1alpha1.ExternalID) bool { return e.Type == "disk" && e.ID == int64(id) })
	}
	for id := range s.ClaimedIfaces {
		st.Created = slices.DeleteFunc(st.Created, func(e v1alpha1.ExternalID) bool { return e.Type == "iface" && e.ID == int64(id) })
	}
	st.AttachedInterfaces = nil
	for _, id := range s.VM.IfaceIDs {
		asked := slices.ContainsFunc(s.WantedIfaces, func(w wantedIface) bool { return w.Iface == id })
		if asked || slices.Contains(s.RecordedIfaces, id) {
			st.AttachedInterfaces = append(st.AttachedInterfaces, int64(id))
		}
	}
}

// reportCameWith keeps what came with the VM, once it is whole.
func reportCameWith(st *v1alpha1.GandiVMStatus, s Observed) {
	if s.VM == nil || !slices.Contains([]string{gandi.VMRunning, gandi.VMHalted, gandi.VMPaused}, s.VM.State) {
		return
	}
	if st.Applied == nil {
		st.Applied = map[string]string{}
	}
	st.Applied[appliedDisk], st.Applied[appliedIface] = strconv.Itoa(int(s.CameDisk)), strconv.Itoa(int(s.CameIface))
}

func reportDisks(st *v1alpha1.GandiVMStatus, s Observed) {
	for i, d := range s.Disks[:min(len(s.Disks), mostDisks)] {
		disk := v1alpha1.VMDiskStatus{ID: int64(d.ID), Position: int32(i), Name: engine.Head(d.Name, 255)}
		if d.SizeMB > 0 {
			disk.Size = size.Quantity(d.SizeMB)
		}
		st.Disks = append(st.Disks, disk)
	}
}

func reportInterfaces(st *v1alpha1.GandiVMStatus, s Observed) {
	for _, i := range s.Ifaces[:min(len(s.Ifaces), mostInterfaces)] {
		one := v1alpha1.VMInterfaceStatus{ID: int64(i.ID), Type: engine.Head(i.Type, 32), Bandwidth: int64(i.BandwidthKbit)}
		for _, ip := range s.IPs {
			if ip.IfaceID != i.ID {
				continue
			}
			addr := engine.Head(ip.Addr, 64)
			if len(one.Addresses) < mostAddresses {
				one.Addresses = append(one.Addresses, addr)
			}
			switch {
			case i.Type == "private":
			case ip.Version == 4 && st.IPv4 == "":
				st.IPv4 = addr
			case ip.Version == 6 && st.IPv6 == "":
				st.IPv6 = addr
			}
		}
		st.Interfaces = append(st.Interfaces, one)
	}
}
