package disk

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/account"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// records is an inventory of one disk and one VM.
type records struct {
	engine.Reader
	disk account.Record[gandi.Disk]
	vm   account.Record[gandi.VM]
}

func (r records) Disk(gandi.DiskID) account.Record[gandi.Disk] { return r.disk }
func (r records) VM(gandi.VMID) account.Record[gandi.VM]       { return r.vm }
func (r records) VMsOfDisk(gandi.DiskID) []gandi.VM            { return []gandi.VM{r.vm.Value} }

// Of two records the younger one says whether a VM has the disk; the GandiVM that
// has that VM is found, unless its number is one of another endpoint's.
func TestHolder(t *testing.T) {
	ours := v1alpha1.GandiVM{ObjectMeta: metav1.ObjectMeta{Name: "web", Namespace: "default"}}
	ours.Status.ID, ours.Status.Handle, ours.Spec.RebootPolicy = 5, "XX1-GANDI", v1alpha1.RebootAutomatic
	ours.Status.Attachments = []v1alpha1.VMAttachmentStatus{{Name: "data", DiskID: 7, Position: 1}}
	unasked := *ours.DeepCopy()
	unasked.Status.Attachments = []v1alpha1.VMAttachmentStatus{{Name: "_system", DiskID: 7}} // it came with the VM
	swapped := *unasked.DeepCopy()
	swapped.Spec.SystemDisk = &v1alpha1.SystemDisk{DiskRef: &v1alpha1.LocalReference{Name: "other"}}
	asking := *unasked.DeepCopy()
	asking.Spec.Disks = []v1alpha1.VMDisk{{Name: "entry", DiskRef: v1alpha1.LocalReference{Name: "data"}}}
	booting := *ours.DeepCopy()
	booting.Status.Attachments = nil
	booting.Spec.SystemDisk = &v1alpha1.SystemDisk{DiskRef: &v1alpha1.LocalReference{Name: "data"}}
	namesake := *booting.DeepCopy()
	namesake.Namespace = "other"
	onlooker := *ours.DeepCopy()
	onlooker.Spec.ManagementPolicy = v1alpha1.Observe
	elsewhere := *ours.DeepCopy()
	elsewhere.Status.Handle = "YY2-GANDI"
	neighbour := *ours.DeepCopy()
	neighbour.Namespace = "other"
	has := func(begun account.Seq, state string, disks ...gandi.DiskID) account.Record[gandi.VM] {
		return account.Record[gandi.VM]{Seen: account.Informed, Begun: begun, Value: gandi.VM{ID: 5, State: state, DiskIDs: disks}}
	}
	attached := func(vms ...gandi.VMID) account.Record[gandi.Disk] {
		return account.Record[gandi.Disk]{Seen: account.Informed, Begun: 10, Value: gandi.Disk{ID: 7, VMIDs: vms}}
	}
	web := v1alpha1.AttachmentStatus{VMID: 5, Name: "web"}
	for _, row := range []struct {
		name   string
		disk   account.Record[gandi.Disk]
		vm     account.Record[gandi.VM]
		owners []v1alpha1.GandiVM
		want   *Holder
	}{
		{"free", attached(), has(9, gandi.VMRunning), nil, nil},
		{"attached", attached(5), has(9, gandi.VMRunning, 6, 7), []v1alpha1.GandiVM{ours}, &Holder{Said: web, Ours: true}},
		{"attached beside the spec", attached(5), has(9, gandi.VMRunning, 6, 7), []v1alpha1.GandiVM{unasked}, &Holder{Said: web, Ours: true, Unasked: true}},
		{"another shall take its place", attached(5), has(9, gandi.VMRunning, 6, 7), []v1alpha1.GandiVM{swapped}, &Holder{Said: web, Ours: true}},
		{"attached by somebody, and asked for", attached(5), has(9, gandi.VMRunning, 6, 7), []v1alpha1.GandiVM{asking}, &Holder{Said: web, Ours: true}},
		{"asked for as the system disk", attached(5), has(9, gandi.VMRunning, 7), []v1alpha1.GandiVM{booting}, &Holder{Said: web, Ours: true, Boots: true}},
		{"a namesake of another namespace is asked for", attached(5), has(9, gandi.VMRunning, 6, 7), []v1alpha1.GandiVM{namesake},
			&Holder{Said: v1alpha1.AttachmentStatus{VMID: 5, Name: "other/web"}, Ours: true, Unasked: true}},
		{"to a VM that is only observed", attached(5), has(9, gandi.VMRunning, 6, 7), []v1alpha1.GandiVM{onlooker}, &Holder{Said: web, Ours: true, Observed: true, ByHand: true}},
		{"at position 0 of a halted VM", attached(5), has(9, gandi.VMHalted, 7), []v1alpha1.GandiVM{ours}, &Holder{Said: web, Ours: true, Boots: true, Halted: true}},
		{"attached, says a younger record of the VM", attached(), has(11, gandi.VMRunning, 6, 7), []v1alpha1.GandiVM{ours}, &Holder{Said: web, Ours: true}},
		{"attached, says an older record of the VM", attached(), has(9, gandi.VMRunning, 6, 7), []v1alpha1.GandiVM{ours}, nil},
		{"to nobody's VM", attached(5), has(9, gandi.VMRunning, 6, 7), nil, &Holder{Said: v1alpha1.AttachmentStatus{VMID: 5, Name: "5"}, ByHand: true}},
		{"to a VM of another namespace", attached(5), has(9, gandi.VMRunning, 6, 7), []v1alpha1.GandiVM{neighbour}, &Holder{Said: v1alpha1.AttachmentStatus{VMID: 5, Name: "other/web"}, Ours: true}},
		{"to a VM whose number another handle's VM has too", attached(5), has(9, gandi.VMRunning, 6, 7), []v1alpha1.GandiVM{elsewhere}, &Holder{Said: v1alpha1.AttachmentStatus{VMID: 5, Name: "5"}, ByHand: true}},
	} {
		t.Run(row.name, func(t *testing.T) {
			env := engine.Env{Reader: records{disk: row.disk, vm: row.vm}, Owners: func(_ context.Context, id int64, into client.ObjectList) error {
				if list, ok := into.(*v1alpha1.GandiVMList); ok && id == 5 {
					list.Items = row.owners
				}
				return nil
			}}
			obj := wanted(func(d *v1alpha1.GandiDisk) { d.Namespace, d.Status.Handle, d.Status.ID = "default", "XX1-GANDI", 7 })
			got, err := holder(t.Context(), obj, env, row.disk)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// What cannot be asked is told as such, and never taken for an answer.
func TestHolderUnknown(t *testing.T) {
	down := errors.New("the API server is down")
	env := engine.Env{Reader: records{}, Owners: func(context.Context, int64, client.ObjectList) error { return down }}
	rec := account.Record[gandi.Disk]{Seen: account.Informed, Value: gandi.Disk{ID: 7, VMIDs: []gandi.VMID{5}}}
	if _, err := holder(t.Context(), wanted(), env, rec); !errors.Is(err, down) {
		t.Errorf("error %v", err)
	}
}

// What a copy or a snapshot is made of is judged before anything is bought.
func TestToCopy(t *testing.T) {
	dc := gandi.Datacenter{ID: 1, Code: "FR-SD2"}
	data := gandi.Disk{ID: 7, Type: gandi.DiskTypeData, State: gandi.DiskCreated, DatacenterID: 1, CanSnapshot: true}
	with := func(change func(*gandi.Disk)) gandi.Disk {
		d := data
		change(&d)
		return d
	}
	fromSnapshot := func(d *v1alpha1.GandiDisk) {
		d.Spec.Source = &v1alpha1.DiskSource{SnapshotRef: &v1alpha1.LocalReference{Name: "old"}}
	}
	copied := func(d *v1alpha1.GandiDisk) { d.Spec.Source = &v1alpha1.DiskSource{DiskID: 7} }
	kept := with(func(d *gandi.Disk) { d.Type, d.CanSnapshot = gandi.DiskTypeSnapshot, false })
	for _, row := range []struct {
		name string
		disk diskOpt
		seen account.Seen
		from gandi.Disk
		want string
	}{
		{"a disk", copied, account.Listed, data, ""},
		{"a snapshot by number", copied, account.Listed, kept, ""},
		{"a disk of unknown place", copied, account.Listed, with(func(d *gandi.Disk) { d.DatacenterID = 0 }), ""},
		{"a disk that nobody saw", copied, account.Unknown, data, v1alpha1.ReasonDiskNotFound},
		{"a disk that is not listed", copied, account.Unlisted, data, v1alpha1.ReasonDiskNotFound},
		{"a deleted disk", copied, account.Listed, with(func(d *gandi.Disk) { d.State = gandi.DiskRedemption }), v1alpha1.ReasonDiskNotFound},
		{"a disk elsewhere", copied, account.Listed, with(func(d *gandi.Disk) { d.DatacenterID = 3 }), v1alpha1.ReasonDatacenterMismatch},
		{"a disk that is being made", copied, account.Listed, with(func(d *gandi.Disk) { d.State = gandi.DiskBeingCreated }), v1alpha1.ReasonReferenceNotReady},
		{"a snapshot", fromSnapshot, account.Listed, kept, ""},
		{"a snapshot that is gone", fromSnapshot, account.NotFound, kept, v1alpha1.ReasonSnapshotNotFound},
		{"a snapshot that is none", fromSnapshot, account.Listed, data, v1alpha1.ReasonSnapshotNotFound},
		{"a disk, to keep", snapshot, account.Listed, data, ""},
		{"a disk that cannot be kept now", snapshot, account.Listed, with(func(d *gandi.Disk) { d.CanSnapshot = false }), v1alpha1.ReasonReferenceNotReady},
		{"a snapshot, to keep", snapshot, account.Listed, kept, v1alpha1.ReasonInvalidSpec},
	} {
		t.Run(row.name, func(t *testing.T) {
			env := engine.Env{Reader: records{disk: account.Record[gandi.Disk]{Seen: row.seen, Value: row.from}}}
			_, err := toCopy(wanted(row.disk), env, dc, 7, "disk 7")
			m, _ := errors.AsType[*engine.Missing](err)
			switch {
			case row.want == "" && err != nil:
				t.Error(err)
			case row.want != "" && (m == nil || m.Reason != row.want || m.Message == ""):
				t.Errorf("%v, want %s", err, row.want)
			}
		})
	}
}
