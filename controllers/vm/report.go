package vm

import (
	"github.com/gandi-operator/gandi-operator/internal/size"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
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

func reportDisks(st *v1alpha1.GandiVMStatus, s Observed) {
	for i, d := range s.Disks {
		disk := v1alpha1.VMDiskStatus{ID: int64(d.ID), Position: int32(i), Name: engine.Head(d.Name, 255)}
		if d.SizeMB > 0 {
			disk.Size = size.Quantity(d.SizeMB)
		}
		st.Disks = append(st.Disks, disk)
	}
}

func reportInterfaces(st *v1alpha1.GandiVMStatus, s Observed) {
	for _, i := range s.Ifaces {
		one := v1alpha1.VMInterfaceStatus{ID: int64(i.ID), Type: i.Type, Bandwidth: int64(i.BandwidthKbit)}
		for _, ip := range s.IPs {
			if ip.IfaceID != i.ID {
				continue
			}
			one.Addresses = append(one.Addresses, ip.Addr)
			switch {
			case i.Type == "private":
			case ip.Version == 4 && st.IPv4 == "":
				st.IPv4 = ip.Addr
			case ip.Version == 6 && st.IPv6 == "":
				st.IPv6 = ip.Addr
			}
		}
		st.Interfaces = append(st.Interfaces, one)
	}
}
