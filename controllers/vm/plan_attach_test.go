package vm

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
	"github.com/gandi-operator/gandi-operator/internal/size"
)

// has gives the VM these disks, in order.
func has(ids ...gandi.DiskID) obsOpt {
	return func(s *Observed) {
		s.VM.DiskIDs, s.Disks = ids, nil
		for _, id := range ids {
			s.Disks = append(s.Disks, gandi.Disk{ID: id, SizeMB: 3072, KernelVersion: "2.6.32"})
		}
	}
}

func wants(list ...wantedDisk) obsOpt {
	return func(s *Observed) { s.Wanted = append(s.Wanted, list...) }
}

// recorded tells that the operator attached the disk for the entry.
func recorded(entry string, disk int64, position int32) obsOpt {
	return func(s *Observed) {
		s.Recorded = append(s.Recorded, v1alpha1.VMAttachmentStatus{Name: entry, DiskID: disk, Position: position})
	}
}

func entry(name string, disk gandi.DiskID, position int) wantedDisk {
	return wantedDisk{Entry: name, Name: "GandiDisk \"" + name + "\"", Disk: disk, Position: position}
}

func held(w wantedDisk) wantedDisk {
	w.Blocked = &engine.Missing{Reason: v1alpha1.ReasonDiskInUse, Message: w.Name + " is attached to VM 9"}
	return w
}

func yielding(w wantedDisk) wantedDisk { w.Yield = "rollback"; return w }

func claimedDisk(id gandi.DiskID) obsOpt {
	return func(s *Observed) {
		s.ClaimedDisks = map[gandi.DiskID]string{id: "data"}
		if s.OwnDisk == id {
			s.OwnDisk = 0
		}
	}
}

func noOwn(s *Observed) { s.OwnDisk = 0 }

func diskRef(vm *v1alpha1.GandiVM) {
	vm.Spec.Image, vm.Spec.SystemDisk = nil, &v1alpha1.SystemDisk{DiskRef: &v1alpha1.LocalReference{Name: "root"}}
}

func systemDisk(change func(*v1alpha1.SystemDisk)) vmOpt {
	return func(vm *v1alpha1.GandiVM) {
		vm.Spec.SystemDisk = &v1alpha1.SystemDisk{}
		change(vm.Spec.SystemDisk)
	}
}

func linkedTo(ids ...gandi.IfaceID) obsOpt { return func(s *Observed) { s.VM.IfaceIDs = ids } }

func wantsIfaces(list ...wantedIface) obsOpt {
	return func(s *Observed) { s.WantedIfaces = append(s.WantedIfaces, list...) }
}

func withInterfaces(vm *v1alpha1.GandiVM) {
	vm.Spec.Network = nil
	vm.Spec.Interfaces = []v1alpha1.VMInterface{{Name: "a", InterfaceRef: v1alpha1.LocalReference{Name: "eth"}}}
}

func boughtIface(id int64) vmOpt {
	return func(vm *v1alpha1.GandiVM) {
		vm.Status.Created = append(vm.Status.Created, v1alpha1.ExternalID{Type: "iface", ID: id})
	}
}

func readOnly(w wantedDisk) wantedDisk { w.ReadOnly = true; return w }

func TestAttachments(t *testing.T) {
	const root = gandi.DiskID(70)
	for _, row := range []struct {
		name string
		vm   []vmOpt
		seen []obsOpt
		want []string
	}{
		{"a disk is attached while the VM runs", nil, []obsOpt{wants(entry("data", 80, 1))}, []string{"attach 80@1", "InSync"}},
		{"two disks, one after the other", nil, []obsOpt{wants(entry("data", 80, 1), entry("logs", 81, 2))}, []string{"attach 80@1", "attach 81@2", "InSync"}},
		{"what is attached is left alone", nil, []obsOpt{has(root, 80), wants(entry("data", 80, 1)), recorded("data", 80, 1)}, []string{"InSync"}},
		{"a disk that somebody attached beside the spec is left alone", nil, []obsOpt{has(root, 90)}, []string{"InSync"}},
		{"an entry that is gone is detached", nil, []obsOpt{has(root, 80), recorded("data", 80, 1)}, []string{"detach 80", "InSync"}},
		{"an entry whose GandiDisk is not there stays attached", nil, []obsOpt{has(root, 80), wants(held(entry("data", 0, 1))), recorded("data", 80, 1)}, []string{"Wait DiskInUse"}},
		{"an entry that means another disk now", nil, []obsOpt{has(root, 80), wants(entry("data", 81, 1)), recorded("data", 80, 1)}, []string{"detach 80", "attach 81@1", "InSync"}},
		{"read-only by an edit", nil, []obsOpt{has(root, 80), wants(readOnly(entry("data", 80, 1))), recorded("data", 80, 1)}, []string{"detach 80", "attach 80@1 read", "InSync"}},
		{"read-only by an edit, at position 0", nil, []obsOpt{has(80, root), wants(readOnly(entry("rescue", 80, 0))), recorded("rescue", 80, 0)}, []string{"stop!", "detach 80", "attach 80@0 read", "start", "InSync"}},
		{"nothing is halted to attach what is being deleted read-only", nil, []obsOpt{has(80, root), wants(held(readOnly(entry("rescue", 80, 0)))), recorded("rescue", 80, 0)}, []string{"Wait DiskInUse"}},
		{"another position by an edit", nil, []obsOpt{has(root, 80), wants(entry("data", 80, 3)), recorded("data", 80, 1)}, []string{"detach 80", "attach 80@3", "InSync"}},
		{"a disk that another VM has is waited for", nil, []obsOpt{wants(held(entry("data", 80, 1)))}, []string{"Wait DiskInUse"}},
		{"what can be attached does not wait for what cannot", nil, []obsOpt{wants(held(entry("data", 80, 1)), entry("logs", 81, 2))}, []string{"attach 81@2", "Wait DiskInUse"}},
		{"a new VM gets its disks once it is there", nil, []obsOpt{nothing, noOwn, wants(entry("data", 80, 1))}, []string{"create_from", "attach 80@1", "InSync"}},

		{"a disk at position 0 needs a halted VM", nil, []obsOpt{wants(entry("rescue", 80, 0))}, []string{"stop!", "attach 80@0", "start", "InSync"}},
		{"a VM that shall be stopped is not started for it", []vmOpt{stopped}, []obsOpt{halted, wants(entry("rescue", 80, 0))}, []string{"attach 80@0", "InSync"}},
		{"nothing is halted for a disk that cannot be had", nil, []obsOpt{wants(held(entry("rescue", 80, 0)))}, []string{"Wait DiskInUse"}},
		{"a halted VM is not started from another disk than it shall", nil, []obsOpt{halted, wants(held(entry("rescue", 80, 0)))}, []string{"Wait DiskInUse"}},
		{"position 0 given back to the system disk", nil, []obsOpt{has(80, root), recorded("rescue", 80, 0)}, []string{"stop!", "detach 70", "attach 70@0", "detach 80", "start", "InSync"}},
		{"a system disk that somebody displaced is put back", nil, []obsOpt{has(90, root)}, []string{"stop!", "detach 70", "attach 70@0", "start", "InSync"}},

		{"over to another system disk", []vmOpt{diskRef}, []obsOpt{wants(entry(systemEntry, 80, 0))}, []string{"stop!", "attach 80@0", "detach 70", "start", "InSync"}},
		{"a VM on a disk of one's own is in sync", []vmOpt{diskRef}, []obsOpt{has(80), noOwn, wants(entry(systemEntry, 80, 0)), recorded(systemEntry, 80, 0)}, []string{"InSync"}},
		{"from one disk of one's own to another", []vmOpt{diskRef}, []obsOpt{has(80, 81), noOwn, wants(entry(systemEntry, 82, 0), entry("data", 81, 1)), recorded(systemEntry, 80, 0), recorded("data", 81, 1)},
			[]string{"stop!", "attach 82@0", "detach 80", "start", "InSync"}},
		{"nothing is halted while the other system disk is elsewhere", []vmOpt{diskRef}, []obsOpt{wants(held(entry(systemEntry, 80, 0)))}, []string{"Wait DiskInUse"}},
		{"a VM is made with a disk of one's own", []vmOpt{diskRef}, []obsOpt{nothing, noOwn, wants(entry(systemEntry, 80, 0))}, []string{"create", "InSync"}},

		{"a data disk is given up for its rollback", nil, []obsOpt{has(root, 80), wants(yielding(entry("data", 80, 1))), recorded("data", 80, 1)}, []string{"detach 80", "Wait ReferenceNotReady"}},
		{"and not taken again before it is over", nil, []obsOpt{wants(yielding(entry("data", 80, 1)))}, []string{"Wait ReferenceNotReady"}},
		{"a system disk is given up on a halted VM", []vmOpt{diskRef}, []obsOpt{has(80), noOwn, wants(yielding(entry(systemEntry, 80, 0))), recorded(systemEntry, 80, 0)}, []string{"stop!", "detach 80", "Wait ReferenceNotReady"}},
		{"and comes back before the VM is started", []vmOpt{diskRef}, []obsOpt{has(), halted, noOwn, wants(entry(systemEntry, 80, 0))}, []string{"attach 80@0", "start", "InSync"}},

		{"an interface is attached", []vmOpt{withInterfaces}, []obsOpt{linkedTo(77), wantsIfaces(wantedIface{Name: "eth", Iface: 77}, wantedIface{Name: "lan", Iface: 78})}, []string{"link 78", "InSync"}},
		{"an interface whose entry is gone is detached", []vmOpt{withInterfaces}, []obsOpt{linkedTo(77, 78), wantsIfaces(wantedIface{Name: "eth", Iface: 77}), func(s *Observed) { s.RecordedIfaces = []gandi.IfaceID{77, 78} }}, []string{"unlink 78", "InSync"}},
		{"a VM is made with the first interface", []vmOpt{withInterfaces}, []obsOpt{nothing, noOwn, wantsIfaces(wantedIface{Name: "eth", Iface: 77}, wantedIface{Name: "lan", Iface: 78})}, []string{"create_from", "link 78", "InSync"}},

		{"deleting: the own system disk goes along", []vmOpt{deletingVM}, []obsOpt{halted, has(root, 80), recorded("data", 80, 1)}, []string{"delete", "Release Deleted"}},
		{"deleting: a GandiDisk at position 0 survives, the own system disk does not", []vmOpt{deletingVM}, []obsOpt{halted, has(80, root), claimedDisk(80)}, []string{"detach 70", "detach 80", "disk.delete 70", "delete", "Release Deleted"}},
		{"deleting: a system disk that was handed over survives", []vmOpt{deletingVM}, []obsOpt{halted, claimedDisk(root)}, []string{"detach 70", "delete", "Release Deleted"}},
		{"deleting: retain keeps the system disk", []vmOpt{deletingVM, systemDisk(func(d *v1alpha1.SystemDisk) { d.Retain = true })}, []obsOpt{halted}, []string{"detach 70", "delete", "Release Deleted"}},
		{"deleting: nor does a stranger's disk at position 0 go", []vmOpt{deletingVM}, []obsOpt{halted, noOwn}, []string{"detach 70", "delete", "Release Deleted"}},
		{"deleting: what came with an adopted VM goes as Gandi does it", []vmOpt{deletingVM}, []obsOpt{halted, noOwn, adoptedVM}, []string{"delete", "Release Deleted"}},
		{"deleting: a GandiInterface that is first survives", []vmOpt{deletingVM, withInterfaces}, []obsOpt{halted, linkedTo(77, 78)}, []string{"unlink 77", "unlink 78", "delete", "Release Deleted"}},

		{"deleting: an interface that was bought with the VM goes, those beside it stay", []vmOpt{deletingVM, withInterfaces, boughtIface(77)}, []obsOpt{halted, linkedTo(77, 78), func(s *Observed) { s.RecordedIfaces = []gandi.IfaceID{78} }}, []string{"delete", "Release Deleted"}},
		{"interfaces beside the one that came with the VM", []vmOpt{withInterfaces, boughtIface(77)}, []obsOpt{linkedTo(77), wantsIfaces(wantedIface{Name: "lan", Iface: 78})}, []string{"link 78", "InSync"}},

		{"the system disk is renamed", []vmOpt{systemDisk(func(d *v1alpha1.SystemDisk) { d.Name = "root" })}, nil, []string{"disk.update name", "InSync"}},
		{"the system disk grows", []vmOpt{systemDisk(func(d *v1alpha1.SystemDisk) { d.Size = size.Quantity(10240) })}, nil, []string{"disk.update size!", "InSync"}},
		{"the system disk of a halted VM grows without a gate", []vmOpt{stopped, systemDisk(func(d *v1alpha1.SystemDisk) { d.Size = size.Quantity(10240) })}, []obsOpt{halted}, []string{"disk.update size", "InSync"}},
		{"it never shrinks", []vmOpt{systemDisk(func(d *v1alpha1.SystemDisk) { d.Size = size.Quantity(1024) })}, nil, []string{"InSync"}},
		{"a kernel takes effect with a reboot", []vmOpt{systemDisk(func(d *v1alpha1.SystemDisk) { d.Kernel = "3.2-x86_64" })}, nil, []string{"disk.update kernel!", "reboot", "InSync"}},
		{"a command line, too", []vmOpt{systemDisk(func(d *v1alpha1.SystemDisk) { d.Cmdline = "root=/dev/xvda1" })}, nil, []string{"disk.update cmdline!", "reboot", "InSync"}},
		{"a kernel that is not there is told", []vmOpt{systemDisk(func(d *v1alpha1.SystemDisk) { d.Kernel = "9.9" })}, []obsOpt{func(s *Observed) { s.SystemDiskMissing = &engine.Missing{Reason: "KernelNotFound", Message: "m"} }}, []string{"Wait KernelNotFound"}},
		{"a system disk that a GandiDisk has is that one's to change", []vmOpt{systemDisk(func(d *v1alpha1.SystemDisk) { d.Name = "root" })}, []obsOpt{claimedDisk(root)}, []string{"InSync"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			actions, err := engine.Preview(Kind{}, wanted(row.vm...), seenVM(row.seen...))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, a := range actions {
				got = append(got, shortly(a))
				if a.Message == "" && a.Verb != engine.InSync {
					t.Errorf("%s has no message", a.Verb)
				}
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("preview (-want +got):\n%s", diff)
			}
		})
	}
}
