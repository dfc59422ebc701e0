package disk

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
	"github.com/gandi-operator/gandi-operator/internal/size"
)

// All that Gandi tells is told on, cut to what the schema of status holds.
func TestReport(t *testing.T) {
	made := time.Date(2016, 5, 1, 12, 0, 0, 0, time.UTC)
	s := seenDisk(has(), func(s *Observed) {
		s.Disk.DateCreated, s.Disk.Source, s.Disk.SnapshotProfileID = made, 70, 2
		s.ProfileName = "full_week"
	})
	obj := wanted()
	(Kind{}).Report(obj, s)
	want := v1alpha1.GandiDiskStatus{
		State: "created", Type: "data", Name: testToken, Size: size.Quantity(10240), Kernel: "2.6.32", Cmdline: "ro root=/dev/xvda1",
		Datacenter: &v1alpha1.ResolvedDatacenter{ID: 1, Name: "FR-SD2"}, AttachedTo: &v1alpha1.AttachmentStatus{VMID: 5, Name: "web"},
		Source: "disk 70", SourceID: 70, SnapshotProfile: "full_week", Snapshots: []int64{8}, DateCreated: new(metav1.NewTime(made)),
	}
	want.Applied = map[string]string{"rollback": "none", "rolledBack": "none"}
	if diff := cmp.Diff(want, obj.Status); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}

	long := seenDisk(func(s *Observed) {
		d := s.Disk
		d.Name, d.State, d.Type, d.KernelVersion = strings.Repeat("ü", 300), strings.Repeat("s", 100), strings.Repeat("t", 100), strings.Repeat("k", 300)
		d.KernelCmdline = map[string]any{strings.Repeat("c", 3000): true}
		s.ProfileName = strings.Repeat("p", 100)
		for i := range 100 {
			d.SnapshotIDs = append(d.SnapshotIDs, gandi.DiskID(100+i))
		}
	})
	(Kind{}).Report(obj, long)
	st := obj.Status
	for name, n := range map[string][2]int{
		"name": {len([]rune(st.Name)), 255}, "state": {len(st.State), 64}, "type": {len(st.Type), 64}, "kernel": {len(st.Kernel), 255},
		"cmdline": {len(st.Cmdline), 2048}, "snapshotProfile": {len(st.SnapshotProfile), 64}, "snapshots": {len(st.Snapshots), 64},
	} {
		if n[0] != n[1] {
			t.Errorf("%s has %d, want %d", name, n[0], n[1])
		}
	}
	if !slices.Contains(st.Snapshots, 199) {
		t.Errorf("the latest snapshot is not told: %v", st.Snapshots)
	}

	// What was observed is forgotten with the disk; how it came about is not.
	(Kind{}).Report(obj, seenDisk(nothing, asks("now")))
	st = obj.Status
	if st.State+st.Name+st.Type+st.Kernel+st.Cmdline+st.SnapshotProfile+st.DetachFor != "" || st.Size != nil || st.AttachedTo != nil || st.Snapshots != nil || st.SourceID != 0 {
		t.Errorf("status %+v", st)
	}
	if st.Source != "disk 70" || st.Datacenter.Name != "FR-SD2" {
		t.Errorf("source %q in %+v", st.Source, st.Datacenter)
	}
}

// Which VMs are told to make way, and when.
func TestDetachFor(t *testing.T) {
	pausing := func(s *Observed) { s.HandsOff, s.Paused = true, true }
	was := func(d *v1alpha1.GandiDisk) { d.Status.DetachFor = "rollback" }
	for _, row := range []struct {
		name string
		disk []diskOpt
		seen []obsOpt
		want bool
	}{
		{"no request", nil, []obsOpt{has()}, false},
		{"an open request", nil, []obsOpt{asks("now"), has()}, true},
		{"an open request of a free disk", nil, []obsOpt{asks("now")}, true},
		{"an open request without its snapshot", nil, []obsOpt{asks("now"), noSnapshot}, false},
		{"a request under way", nil, []obsOpt{asks("now"), handled("now", noRequest), rollingBack}, true},
		{"a request under way that was taken back", nil, []obsOpt{handled("now", noRequest), rollingBack}, true},
		{"a request under way of a disk that is deleted", []diskOpt{deletingDisk}, []obsOpt{asks("now"), handled("now", noRequest), rollingBack}, true},
		{"an answered request", []diskOpt{was}, []obsOpt{asks("now"), handled("now", "now")}, false},
		{"an unanswered request", []diskOpt{was}, []obsOpt{asks("now"), handled("now", noRequest)}, true},
		{"an unanswered request that was taken back", []diskOpt{was}, []obsOpt{handled("now", noRequest)}, false},
		{"a request that comes back", nil, []obsOpt{asks("now"), handled("now", "now"), func(s *Observed) { s.Rollback.Handled, s.Rollback.Done = "later", "later" }}, false},
		{"a deletion", []diskOpt{was, deletingDisk}, []obsOpt{asks("now")}, false},
		{"a mere observer", []diskOpt{was}, []obsOpt{asks("now"), handsOff}, false},
		{"a pause before", nil, []obsOpt{asks("now"), pausing}, false},
		{"a pause half-way", []diskOpt{was}, []obsOpt{asks("now"), pausing}, true},
		{"no disk", []diskOpt{was}, []obsOpt{asks("now"), nothing}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			obj := wanted(row.disk...)
			(Kind{}).Report(obj, seenDisk(row.seen...))
			if got := obj.Status.DetachFor == "rollback"; got != row.want {
				t.Errorf("detachFor %q", obj.Status.DetachFor)
			}
		})
	}
}

// What stands in the spec when the disk is first seen counts as handled, and what
// was taken up later is kept.
func TestFirstSight(t *testing.T) {
	ask := func(at string) diskOpt {
		return func(d *v1alpha1.GandiDisk) { d.Spec.Rollback = &v1alpha1.DiskRollback{SnapshotID: 8, RequestedAt: at} }
	}
	for _, row := range []struct {
		name    string
		disk    []diskOpt
		applied map[string]string
		open    bool
		echo    string
		want    map[string]string
	}{
		{"nothing asked", nil, nil, false, "", map[string]string{"rollback": "none", "rolledBack": "none"}},
		{"asked from the start", []diskOpt{ask("now")}, nil, false, "now", map[string]string{"rollback": "now", "rolledBack": "now", "rollbacks": digest("now")}},
		{"asked later", []diskOpt{ask("now")}, map[string]string{"rollback": "none", "rolledBack": "none"}, true, "", map[string]string{"rollback": "none", "rolledBack": "none"}},
		{"asked by the word that stands for nothing", []diskOpt{ask("none")}, map[string]string{"rollback": "none", "rolledBack": "none"}, true, "", map[string]string{"rollback": "none", "rolledBack": "none"}},
		{"taken up", []diskOpt{ask("now")}, map[string]string{"rollback": "now", "rolledBack": "none", "rollbacks": digest("now")}, false, "now", map[string]string{"rollback": "now", "rolledBack": "none", "rollbacks": digest("now")}},
		{"taken back", nil, map[string]string{"rollback": "now", "rolledBack": "now"}, false, "now", map[string]string{"rollback": "now", "rolledBack": "now"}},
		{"an older one again", []diskOpt{ask("now")}, map[string]string{"rollback": "later", "rolledBack": "later", "rollbacks": digest("now") + " " + digest("later")}, false, "now",
			map[string]string{"rollback": "later", "rolledBack": "later", "rollbacks": digest("now") + " " + digest("later")}},
	} {
		t.Run(row.name, func(t *testing.T) {
			obj := wanted(row.disk...)
			obj.Status.Applied = row.applied
			s := seenDisk()
			s.Rollback = rollbackOf(obj)
			if s.Rollback.open() != row.open {
				t.Errorf("open %v", s.Rollback.open())
			}
			(Kind{}).Report(obj, s)
			if diff := cmp.Diff(row.want, obj.Status.Applied); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if obj.Status.LastHandledRollbackAt != row.echo {
				t.Errorf("last handled %q, want %q", obj.Status.LastHandledRollbackAt, row.echo)
			}
		})
	}
}

// What Gandi took is remembered only as long as it shows something else and the
// spec asks for it.
func TestForget(t *testing.T) {
	obj := wanted(sized("20Gi"), cmdline("ro root=/dev/xvda1"))
	obj.Status.Applied = map[string]string{"rollback": "none", "rolledBack": "none", "size": "20480", "cmdline": "ro root=/dev/xvda1", "kernel": "grub", "deleted": "6"}
	(Kind{}).Report(obj, seenDisk())
	if diff := cmp.Diff(map[string]string{"rollback": "none", "rolledBack": "none", "size": "20480", "deleted": "6"}, obj.Status.Applied); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSourceInWords(t *testing.T) {
	from := func(s v1alpha1.DiskSource) diskOpt { return func(d *v1alpha1.GandiDisk) { d.Spec.Source = &s } }
	of := func(id gandi.DiskID) obsOpt { return func(s *Observed) { s.Disk.Source = id } }
	for want, row := range map[string]struct {
		disk []diskOpt
		seen []obsOpt
	}{
		"":                   {},
		"disk 70":            {seen: []obsOpt{of(70)}},
		"disk 71":            {disk: []diskOpt{from(v1alpha1.DiskSource{DiskRef: &v1alpha1.LocalReference{Name: "old"}})}, seen: []obsOpt{adopted, of(71)}},
		`GandiDisk "old"`:    {disk: []diskOpt{from(v1alpha1.DiskSource{DiskRef: &v1alpha1.LocalReference{Name: "old"}})}, seen: []obsOpt{of(70)}},
		`snapshot "old"`:     {disk: []diskOpt{from(v1alpha1.DiskSource{SnapshotRef: &v1alpha1.LocalReference{Name: "old"}})}, seen: []obsOpt{of(70)}},
		"image Ubuntu 10.04": {disk: []diskOpt{from(v1alpha1.DiskSource{Image: &v1alpha1.DiskImage{Label: "Ubuntu 10.04"}})}, seen: []obsOpt{of(70)}},
		"image 18":           {disk: []diskOpt{from(v1alpha1.DiskSource{Image: &v1alpha1.DiskImage{ID: 18}})}, seen: []obsOpt{of(70)}},
		"disk 72":            {disk: []diskOpt{from(v1alpha1.DiskSource{DiskID: 72})}, seen: []obsOpt{of(72)}},
	} {
		obj := wanted(row.disk...)
		(Kind{}).Report(obj, seenDisk(row.seen...))
		if obj.Status.Source != want {
			t.Errorf("%q, want %q", obj.Status.Source, want)
		}
	}
}
