package disk_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
	"github.com/gandi-operator/gandi-operator/internal/testkit"
)

// A disk goes from apply to Ready, and back to nothing.
func TestLife(t *testing.T) {
	t.Parallel()
	testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
		l.Create(testkit.Disk("data"))
		ready(l, "data")
		st := get(l, "data").Status
		if st.Name != st.Token || st.State != "created" || st.Type != "data" || st.Size.String() != "5Gi" || st.Datacenter.Name != "FR-SD2" || st.DateCreated == nil {
			t.Errorf("status %+v", st)
		}
		if len(st.Plan) != 0 || st.DetachFor != "" || st.AttachedTo != nil || st.Source != "" || st.LastHandledRollbackAt != "" {
			t.Errorf("status tells what is not: %+v", st)
		}
		boughtOnce(t, l)
		remove(l, "data")
		gone(l, "data")
		if n := l.Count("disks"); n != 0 {
			t.Errorf("%d disks are left", n)
		}
	})
}

// Each field of the spec is brought about and, where somebody changes it at
// Gandi, repaired.
func TestUpdates(t *testing.T) {
	t.Parallel()
	testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
		l.Create(testkit.Disk("data"))
		ready(l, "data")
		id := get(l, "data").Status.ID
		for _, row := range []struct {
			name  string
			edit  opt
			drift gandi.DiskUpdate
			holds func(st v1alpha1.GandiDiskStatus) bool
		}{
			{"name", named("mine"), gandi.DiskUpdate{Name: new("theirs")}, func(st v1alpha1.GandiDiskStatus) bool { return st.Name == "mine" }},
			{"snapshot profile", profile("full_week"), gandi.DiskUpdate{SnapshotProfile: new(gandi.SnapshotProfileID(1))}, func(st v1alpha1.GandiDiskStatus) bool { return st.SnapshotProfile == "full_week" }},
			{"snapshot profile by number", profile("3"), gandi.DiskUpdate{SnapshotProfile: new(gandi.SnapshotProfileID(0))}, func(st v1alpha1.GandiDiskStatus) bool { return st.SnapshotProfile == "security" }},
			{"no snapshot profile", profile("none"), gandi.DiskUpdate{SnapshotProfile: new(gandi.SnapshotProfileID(1))}, func(st v1alpha1.GandiDiskStatus) bool { return st.SnapshotProfile == "" }},
			{"kernel", kernel("3.10-i386"), gandi.DiskUpdate{Kernel: new("grub")}, func(st v1alpha1.GandiDiskStatus) bool { return st.Kernel == "3.10-i386" }},
			{"cmdline", cmdline("root=/dev/xvda1 ro quiet"), gandi.DiskUpdate{Cmdline: new("single")}, func(st v1alpha1.GandiDiskStatus) bool { return st.Cmdline == "quiet ro root=/dev/xvda1" }},
			{"kernel with the cmdline kept", kernel("grub"), gandi.DiskUpdate{Kernel: new("raw")}, func(st v1alpha1.GandiDiskStatus) bool {
				return st.Kernel == "grub" && st.Cmdline == "quiet ro root=/dev/xvda1"
			}},
			{"size", testkit.Size("8Gi"), gandi.DiskUpdate{}, func(st v1alpha1.GandiDiskStatus) bool { return st.Size.String() == "8Gi" }},
		} {
			edit(l, "data", row.edit)
			l.Until("Ready with "+row.name, patience, func() bool { return testkit.Ready[disk](l, "data")() && row.holds(get(l, "data").Status) })
			if cmp.Equal(row.drift, gandi.DiskUpdate{}) {
				continue
			}
			n := l.Accepted("hosting.disk.update")
			row.drift.ID = gandi.DiskID(id)
			somebody(l, row.drift)
			l.Until("repaired "+row.name, patience, func() bool {
				return l.Accepted("hosting.disk.update") > n+1 && testkit.Ready[disk](l, "data")() && row.holds(get(l, "data").Status)
			})
			for key := range get(l, "data").Status.Applied {
				if key != "rollback" && key != "rolledBack" {
					t.Errorf("after %s, applied.%s stands for what Gandi shows itself", row.name, key)
				}
			}
		}
		if !hasEvent(l, "Warning Drifted") {
			t.Error("drift was not told")
		}
		n := len(changes(l, 0))
		l.Pass(2 * time.Hour)
		if got := changes(l, 0)[n:]; len(got) != 0 {
			t.Errorf("a disk in sync is changed: %v", got)
		}
		boughtOnce(t, l)
	})
}

// Somebody grew the disk in the web panel: that stays, and is told.
func TestGrownElsewhere(t *testing.T) {
	t.Parallel()
	testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
		l.Create(testkit.Disk("data"))
		ready(l, "data")
		panel(t, l, get(l, "data").Status.ID, map[string]any{"size": 20480})
		l.Until("seen", patience, func() bool { return get(l, "data").Status.Size.String() == "20Gi" })
		told(t, l, "data", v1alpha1.ReasonInSync, "20480 MB", "never shrink")
		l.Pass(time.Hour)
		if l.Called("hosting.disk.update") != 0 {
			t.Error("the disk was changed")
		}
		edit(l, "data", testkit.Size("20Gi"))
		ready(l, "data")
	})
}

// What status.plan shows is what Gandi then gets.
func TestPreviewsComeTrue(t *testing.T) {
	t.Parallel()
	all := func(d *disk) {
		for _, o := range []opt{named("mine"), profile("minimal"), kernel("grub"), cmdline("quiet"), testkit.Size("8Gi")} {
			o(d)
		}
	}
	lives := map[string]func(l lab) (name string){
		"create": func(l lab) string {
			l.Create(testkit.Disk("data", all, paused))
			return "data"
		},
		"copy": func(l lab) string {
			l.Create(testkit.Disk("data", fromImage("Ubuntu 10.04"), named("mine"), paused))
			return "data"
		},
		"snapshot": func(l lab) string {
			l.Create(testkit.Disk("data"))
			ready(l, "data")
			l.Create(testkit.Disk("snap", snapshotOf("data"), paused))
			return "snap"
		},
		"update": func(l lab) string {
			l.Create(testkit.Disk("data"))
			ready(l, "data")
			edit(l, "data", all, paused)
			return "data"
		},
		"rollback, migration and growth": func(l lab) string {
			withSnapshot(l)
			edit(l, "data", rollback("now"), datacenter("FR-SD3"), testkit.Size("8Gi"), paused)
			return "data"
		},
		"rollback to another kernel": func(l lab) string {
			withSnapshot(l, kernel("grub"))
			edit(l, "data", kernel("raw"), cmdline("quiet"))
			ready(l, "data")
			edit(l, "data", rollback("now"), paused)
			return "data"
		},
		"delete": func(l lab) string {
			l.Create(testkit.Disk("data"))
			ready(l, "data")
			edit(l, "data", paused)
			remove(l, "data")
			return "data"
		},
	}
	for name, live := range lives {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sampled(t)
			testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
				which := live(l)
				hasReason(l, which, v1alpha1.ReasonPaused)
				var shown []string
				for _, a := range get(l, which).Status.Plan {
					if a.Method != "" {
						shown = append(shown, a.Method)
					}
				}
				n := len(l.World.Journal())
				edit(l, which, goOn)
				l.Until("done", patience, func() bool {
					d := get(l, which)
					return d == nil || (d.DeletionTimestamp == nil && testkit.Ready[disk](l, which)())
				})
				if diff := cmp.Diff(shown, changes(l, n)); diff != "" || len(shown) == 0 {
					t.Errorf("(-shown +done):\n%s", diff)
				}
			})
		})
	}
}

func TestSources(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		prepare func(l lab) opt
		words   string
		size    string
	}{
		"image by label": {func(lab) opt { return fromImage("ubuntu 10.04") }, "image Ubuntu 10.04", "3Gi"},
		"image by number": {func(lab) opt {
			return func(d *disk) { d.Spec.Source = &v1alpha1.DiskSource{Image: &v1alpha1.DiskImage{ID: 18}} }
		}, "image Ubuntu 10.04", "3Gi"},
		"another GandiDisk": {func(l lab) opt { l.Create(testkit.Disk("old")); return fromDisk("old") }, `GandiDisk "old"`, "5Gi"},
		"a disk by number": {func(l lab) opt {
			id := foreign(l, "prepared")
			return func(d *disk) { d.Spec.Source = &v1alpha1.DiskSource{DiskID: id} }
		}, "disk ", "10Gi"},
		"a snapshot": {func(l lab) opt {
			l.Create(testkit.Disk("old"), testkit.Disk("snap", snapshotOf("old")))
			return func(d *disk) {
				d.Spec.Source = &v1alpha1.DiskSource{SnapshotRef: &v1alpha1.LocalReference{Name: "snap"}}
			}
		}, `snapshot "snap"`, "5Gi"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
				l.Create(testkit.Disk("data", row.prepare(l), unsized))
				ready(l, "data")
				st := get(l, "data").Status
				if len(st.Source) < len(row.words) || st.Source[:len(row.words)] != row.words || st.SourceID == 0 || st.Size.String() != row.size || st.Type != "data" {
					t.Errorf("source %q (%d) size %s type %s", st.Source, st.SourceID, st.Size, st.Type)
				}
				// The word stays, whatever becomes of what it means.
				l.Pass(time.Hour)
				if again := get(l, "data").Status.Source; again != st.Source {
					t.Errorf("source became %q", again)
				}
			})
		})
	}
}

func TestSnapshot(t *testing.T) {
	t.Parallel()
	testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
		// Both at once: the snapshot waits for its disk.
		l.Create(testkit.Disk("snap", snapshotOf("data"), named("before")), testkit.Disk("data"))
		ready(l, "data", "snap")
		st := get(l, "snap").Status
		if st.Type != "snapshot" || st.SourceID != get(l, "data").Status.ID || st.Name != "before" || st.Size.String() != "5Gi" {
			t.Errorf("status %+v", st)
		}
		l.Until("told on the disk", patience, func() bool { return slices.Equal(get(l, "data").Status.Snapshots, []int64{st.ID}) })
		// Whether Gandi deletes a disk that has snapshots is not known; here it does.
		remove(l, "data")
		gone(l, "data")
		remove(l, "snap")
		gone(l, "snap")
		if n := l.Count("disks"); n != 0 {
			t.Errorf("%d disks are left", n)
		}
	})
}

// Gandi refuses to delete a disk that has snapshots: told, and tried again.
func TestRefusedDeletion(t *testing.T) {
	t.Parallel()
	testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
		withSnapshot(l)
		l.World.Script(gandisim.Trouble{Method: "hosting.disk.delete", Nth: 1, Fault: &gandisim.Fault{Code: 530437, Text: "Error on object : OBJECT_DISK (CAUSE_BADPARAMETER) [disk has snapshots]"}})
		remove(l, "data")
		told(t, l, "data", v1alpha1.ReasonInvalidSpec, "disk has snapshots")
		if at(l, get(l, "data").Status.ID) == nil {
			t.Error("it is gone")
		}
		remove(l, "snap")
		gone(l, "snap")
		gone(l, "data")
	})
}

// Nothing is bought while something that the spec refers to is not there, or
// does not fit; an edit mends it.
func TestBadReferences(t *testing.T) {
	t.Parallel()
	both := func(l lab) {
		l.Create(testkit.Disk("old"), testkit.Disk("snap", snapshotOf("old")))
		ready(l, "old", "snap")
	}
	source := func(s v1alpha1.DiskSource) opt { return func(d *disk) { d.Spec.Source, d.Spec.Size = &s, nil } }
	snapRef := func(name string) opt {
		return source(v1alpha1.DiskSource{SnapshotRef: &v1alpha1.LocalReference{Name: name}})
	}
	for name, row := range map[string]struct {
		bad    opt
		reason string
		words  []string
	}{
		"datacenter":                     {datacenter("Mars"), v1alpha1.ReasonDatacenterNotFound, []string{"FR-SD3"}},
		"several datacenters":            {datacenter("FR"), v1alpha1.ReasonDatacenterAmbiguous, []string{"FR-SD3", "FR-SD5"}},
		"closed datacenter":              {datacenter("US-BA1"), v1alpha1.ReasonDatacenterClosed, nil},
		"image":                          {fromImage("Plan 9"), v1alpha1.ReasonImageNotFound, []string{"Ubuntu 10.04"}},
		"GandiDisk":                      {fromDisk("none"), v1alpha1.ReasonDiskNotFound, []string{`"none"`}},
		"itself":                         {fromDisk("data"), v1alpha1.ReasonInvalidSpec, []string{"itself"}},
		"number":                         {source(v1alpha1.DiskSource{DiskID: 1}), v1alpha1.ReasonDiskNotFound, []string{"disk 1"}},
		"snapshot that is none":          {snapRef("old"), v1alpha1.ReasonSnapshotNotFound, []string{"type data"}},
		"snapshot that is not there":     {snapRef("none"), v1alpha1.ReasonSnapshotNotFound, []string{`"none"`}},
		"snapshot of a snapshot":         {snapshotOf("snap"), v1alpha1.ReasonInvalidSpec, []string{"data disk"}},
		"source elsewhere":               {func(d *disk) { fromDisk("old")(d); d.Spec.Datacenter = "FR-SD3" }, v1alpha1.ReasonDatacenterMismatch, []string{"FR-SD3", "correct spec.datacenter"}},
		"snapshot elsewhere":             {func(d *disk) { snapshotOf("old")(d); d.Spec.Datacenter = "FR-SD3" }, v1alpha1.ReasonDatacenterMismatch, nil},
		"size below that of the source":  {func(d *disk) { fromDisk("old")(d); testkit.Size("4Gi")(d) }, v1alpha1.ReasonInvalidSpec, []string{"4Gi", "5Gi", "leave it out"}},
		"size below that of the image":   {func(d *disk) { fromImage("Ubuntu 10.04")(d); testkit.Size("1Gi")(d) }, v1alpha1.ReasonInvalidSpec, []string{"1Gi", "3Gi"}},
		"kernel":                         {kernel("plan9"), v1alpha1.ReasonKernelNotFound, []string{"grub"}},
		"kernel of another datacenter":   {func(d *disk) { kernel("2.6.18 (deprecated)")(d); d.Spec.Datacenter = "FR-SD3" }, v1alpha1.ReasonKernelNotFound, nil},
		"snapshot profile":               {profile("hourly"), v1alpha1.ReasonSnapshotProfileNotFound, []string{"full_week", "none"}},
		"source without a disk at Gandi": {fromDisk("stuck"), v1alpha1.ReasonReferenceNotReady, []string{`"stuck"`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sampled(t)
			testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
				both(l)
				l.Create(testkit.Disk("stuck", paused))
				n := bought(l)
				l.Create(testkit.Disk("data", row.bad))
				told(t, l, "data", row.reason, row.words...)
				if !meta.IsStatusConditionFalse(get(l, "data").Status.Conditions, v1alpha1.ConditionReferencesResolved) {
					t.Error("ReferencesResolved is not False")
				}
				if row.reason == v1alpha1.ReasonInvalidSpec && !stalled(l, "data") {
					t.Error("only an edit helps, and that is not told")
				}
				l.Pass(30 * time.Minute)
				if bought(l) != n || l.Called("hosting.disk.create")+l.Called("hosting.disk.create_from") != n {
					t.Error("something was bought, or tried")
				}
				fixed := testkit.Disk("data").Spec
				edit(l, "data", func(d *disk) { d.Spec = fixed })
				ready(l, "data")
				if bought(l) != n+1 {
					t.Errorf("bought %d", bought(l)-n)
				}
			})
		})
	}
}

// A reference of a disk that is there is told, and holds nothing else up.
func TestBadReferencesOfALivingDisk(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		bad    opt
		reason string
	}{
		"kernel":           {kernel("plan9"), v1alpha1.ReasonKernelNotFound},
		"snapshot profile": {profile("hourly"), v1alpha1.ReasonSnapshotProfileNotFound},
		"datacenter":       {datacenter("Mars"), v1alpha1.ReasonDatacenterNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
				l.Create(testkit.Disk("data"))
				ready(l, "data")
				edit(l, "data", row.bad, testkit.Size("8Gi"))
				hasReason(l, "data", row.reason)
				if got := get(l, "data").Status.Size.String(); got != "8Gi" {
					t.Errorf("size %s", got)
				}
				calls := len(l.World.Journal())
				l.Pass(time.Hour)
				if n := len(l.World.Journal()) - calls; n > 150 {
					t.Errorf("%d calls an hour while something is missing", n)
				}
				edit(l, "data", func(d *disk) { d.Spec.Kernel, d.Spec.SnapshotProfile, d.Spec.Datacenter = "", "", testkit.Datacenter })
				ready(l, "data")
				boughtOnce(t, l)
			})
		})
	}
}

// A word that fits the place where the disk is never moves it, though it fits
// others, or the place is closed by now.
func TestDatacenterInOtherWords(t *testing.T) {
	t.Parallel()
	testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
		l.Create(testkit.Disk("data"))
		ready(l, "data")
		if err := l.World.Change(map[string]any{"type": "datacenter", "id": 1, "iaas_closed_for": "ALL"}); err != nil {
			t.Fatal(err)
		}
		for _, word := range []string{"FR", "France", "1", "fr-sd2", "Equinix Paris"} {
			edit(l, "data", datacenter(word))
			ready(l, "data")
			l.Pass(10 * time.Minute)
		}
		if l.Called("hosting.disk.migrate") != 0 {
			t.Error("the disk was moved")
		}
	})
}

func TestExternalDeletion(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"gone", "visible", "redemption"} {
		for _, policy := range []v1alpha1.ExternalDeletionPolicy{"", v1alpha1.Hold, v1alpha1.Recreate} {
			t.Run("it is "+how+", policy "+string(policy), func(t *testing.T) {
				t.Parallel()
				sampled(t)
				testkit.Step(t, testkit.Switches("deleted-objects", how), func(t *testing.T, l lab) {
					l.Create(testkit.Disk("data", func(d *disk) { d.Spec.OnExternalDeletion = policy }))
					ready(l, "data")
					first := get(l, "data").Status.ID
					panel(t, l, first, map[string]any{"delete": true})
					if policy != v1alpha1.Recreate {
						l.Until("told", patience, func() bool {
							return reason(l, "data") == v1alpha1.ReasonExternalDeleted && stalled(l, "data")
						})
						l.Pass(3 * time.Hour)
						boughtOnce(t, l)
						if get(l, "data").Status.ID != first {
							t.Error("the number of the lost disk is forgotten")
						}
						edit(l, "data", func(d *disk) { d.Spec.OnExternalDeletion = v1alpha1.Recreate })
					}
					l.Until("recreated", 2*patience, func() bool { return testkit.Ready[disk](l, "data")() && get(l, "data").Status.ID != first })
					if bought(l) != 2 || l.Count("disks") != 1 {
						t.Errorf("bought %d, %d disks", bought(l), l.Count("disks"))
					}
				})
			})
		}
	}
	t.Run("of a disk that is being deleted here", func(t *testing.T) {
		t.Parallel()
		testkit.Step(t, testkit.Options{}, func(_ *testing.T, l lab) {
			l.Create(testkit.Disk("data"))
			ready(l, "data")
			panel(t, l, get(l, "data").Status.ID, map[string]any{"delete": true})
			l.Pass(15 * time.Minute)
			remove(l, "data")
			gone(l, "data")
		})
	})
}

func TestAdoption(t *testing.T) {
	t.Parallel()
	for name, run := range map[string]func(t *testing.T, l lab){
		"by number, all as found": func(t *testing.T, l lab) {
			id := foreign(l, "prepared")
			l.Create(testkit.Disk("data", adopts(id)))
			ready(l, "data")
			st := get(l, "data").Status
			if st.ID != id || st.Name != "prepared" || st.Size.String() != "10Gi" || !st.Adopted || len(changes(l, 0)) != 0 {
				t.Errorf("status %+v, changes %v", st, changes(l, 0))
			}
			remove(l, "data")
			gone(l, "data")
			if at(l, id) == nil {
				t.Error("an adopted disk was deleted")
			}
		},
		"and changed, and deleted when asked to": func(t *testing.T, l lab) {
			id := foreign(l, "prepared")
			l.Create(testkit.Disk("data", adopts(id), named("mine"), testkit.Size("20Gi"), func(d *disk) { d.Spec.DeletionPolicy = v1alpha1.Delete }))
			ready(l, "data")
			if st := get(l, "data").Status; st.Name != "mine" || st.Size.String() != "20Gi" {
				t.Errorf("status %+v", st)
			}
			remove(l, "data")
			gone(l, "data")
			if at(l, id) != nil {
				t.Error("it is there still")
			}
		},
		"with less than it has": func(t *testing.T, l lab) {
			id := foreign(l, "prepared")
			l.Create(testkit.Disk("data", adopts(id), testkit.Size("5Gi")))
			ready(l, "data")
			told(t, l, "data", v1alpha1.ReasonInSync, "10240 MB", "never shrink")
			if n := l.Called("hosting.disk.update"); n != 0 {
				t.Errorf("%d updates", n)
			}
		},
		"by filter, when it appears": func(t *testing.T, l lab) {
			l.Create(testkit.Disk("data", adopts(0), func(d *disk) {
				d.Spec.Adopt = &v1alpha1.DiskAdopt{Filter: &v1alpha1.DiskAdoptFilter{Name: "prepared", Datacenter: "fr-sd2"}}
			}))
			hasReason(l, "data", v1alpha1.ReasonAdoptionNotFound)
			foreign(l, "prepared2")
			l.Made("disk", map[string]any{"name": "prepared", "datacenter_id": 3, "size": 10240})
			l.Pass(20 * time.Minute)
			id := foreign(l, "prepared")
			ready(l, "data")
			if got := get(l, "data").Status.ID; got != id {
				t.Errorf("took %d, want %d", got, id)
			}
		},
		"by a filter that fits several": func(_ *testing.T, l lab) {
			foreign(l, "prepared")
			foreign(l, "prepared")
			l.Create(testkit.Disk("data", adopts(0), func(d *disk) {
				d.Spec.Adopt = &v1alpha1.DiskAdopt{Filter: &v1alpha1.DiskAdoptFilter{Name: "prepared"}}
			}))
			hasReason(l, "data", v1alpha1.ReasonAdoptionAmbiguous)
		},
		"by two at once": func(t *testing.T, l lab) {
			id := foreign(l, "prepared")
			l.Create(testkit.Disk("data", adopts(id), testkit.Size("20Gi")), testkit.Disk("two", adopts(id), testkit.Size("30Gi"), named("two")))
			l.Pass(30 * time.Minute)
			var have []string
			for _, name := range []string{"data", "two"} {
				if testkit.Ready[disk](l, name)() {
					have = append(have, name)
				} else if got := reason(l, name); got != v1alpha1.ReasonForeignExternal {
					t.Errorf("%s: reason %s", name, got)
				}
			}
			if len(have) != 1 || l.Called("hosting.disk.update") > 2 {
				t.Fatalf("%v have it, %d updates\n%s", have, l.Called("hosting.disk.update"), l.Describe())
			}
			// The other one takes it when the first lets go.
			remove(l, have[0])
			gone(l, have[0])
			other := map[string]string{"data": "two", "two": "data"}[have[0]]
			ready(l, other)
			if at(l, id) == nil {
				t.Error("the disk is gone")
			}
		},
		"of the system disk of a VM of ours": func(t *testing.T, l lab) {
			l.Create(testkit.VM("web"))
			l.Until("web is Ready", patience, l.Ready("web"))
			id := int64(l.Things("disks")[0]["id"].(float64))
			l.Create(testkit.Disk("data", adopts(id)))
			ready(l, "data")
			st := get(l, "data").Status
			if st.AttachedTo == nil || st.AttachedTo.Name != "web" || st.AttachedTo.VMID != l.VM("web").Status.ID {
				t.Errorf("attached to %+v", st.AttachedTo)
			}
			if !l.Ready("web")() || len(changes(l, 0)) != 1 {
				t.Errorf("changes %v", changes(l, 0))
			}
		},
		"of another object's disk wants its owner gone": func(_ *testing.T, l lab) {
			l.Create(testkit.Disk("old"))
			ready(l, "old")
			l.Create(testkit.Disk("data", adopts(get(l, "old").Status.ID)))
			hasReason(l, "data", v1alpha1.ReasonForeignExternal)
		},
		"of a disk in redemption": func(_ *testing.T, l lab) {
			id := foreign(l, "prepared")
			panel(t, l, id, map[string]any{"state": "redemption"})
			l.Create(testkit.Disk("data", adopts(id)))
			hasReason(l, "data", v1alpha1.ReasonAdoptionNotFound)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testkit.Step(t, testkit.Options{}, run)
		})
	}
}

func TestObserveNeverChanges(t *testing.T) {
	t.Parallel()
	testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
		id := foreign(l, "prepared")
		vm := l.Foreign("theirs")
		panel(t, l, id, map[string]any{"attach": int(vm)})
		l.Create(testkit.Disk("data", adopts(id), named("mine"), testkit.Size("20Gi"), observe))
		ready(l, "data")
		d := get(l, "data")
		if !meta.IsStatusConditionTrue(d.Status.Conditions, v1alpha1.ConditionDrifted) || len(d.Status.Plan) != 2 {
			t.Errorf("the difference is not shown: %+v", d.Status)
		}
		edit(l, "data", func(d *disk) { d.Spec.Rollback = &v1alpha1.DiskRollback{SnapshotID: 1, RequestedAt: "now"} })
		l.Pass(time.Hour)
		if d := get(l, "data"); d.Status.DetachFor != "" {
			t.Error("an observer asks a VM to make way")
		}
		remove(l, "data")
		gone(l, "data")
		if got := changes(l, 0); len(got) != 0 {
			t.Errorf("called %v", got)
		}
	})
}

func TestDeletion(t *testing.T) {
	t.Parallel()
	for name, run := range map[string]func(t *testing.T, l lab){
		"waits for the VM that has the disk": func(t *testing.T, l lab) {
			l.Create(testkit.Disk("data"), testkit.VM("web", testkit.Attached("data")))
			l.Until("web is Ready", patience, l.Ready("web"))
			l.Until("attached", patience, func() bool { return get(l, "data").Status.AttachedTo != nil })
			remove(l, "data")
			told(t, l, "data", v1alpha1.ReasonAttached, `GandiVM "web"`, "take it out of spec.disks or delete that GandiVM")
			l.Steady("held", 2*time.Hour, func() bool { return l.Called("hosting.disk.delete") == 0 && l.Called("hosting.vm.disk_detach") == 0 })
			l.Edit("web", func(vm *v1alpha1.GandiVM) { vm.Spec.Disks = nil })
			gone(l, "data")
			if l.Count("disks") != 1 || l.Living() != 1 {
				t.Errorf("%d disks, %d VMs", l.Count("disks"), l.Living())
			}
		},
		"waits for somebody else's VM": func(t *testing.T, l lab) {
			l.Create(testkit.Disk("data"))
			ready(l, "data")
			id, vm := get(l, "data").Status.ID, l.Foreign("theirs")
			panel(t, l, id, map[string]any{"attach": int(vm)})
			l.Until("attached", patience, func() bool { return get(l, "data").Status.AttachedTo != nil })
			remove(l, "data")
			told(t, l, "data", v1alpha1.ReasonAttached, "detach it there")
			panel(t, l, id, map[string]any{"detach": true})
			gone(l, "data")
			if at(l, id) != nil {
				t.Error("it is there still")
			}
		},
		"retains when asked to": func(t *testing.T, l lab) {
			l.Create(testkit.Disk("data", retain))
			ready(l, "data")
			id := get(l, "data").Status.ID
			remove(l, "data")
			gone(l, "data")
			if at(l, id) == nil {
				t.Error("the disk was deleted")
			}
			// A namesake does not take it, and buys no second one.
			again := testkit.Disk("data")
			again.UID = "again"
			l.Create(again)
			hasReason(l, "data", v1alpha1.ReasonUnclaimedExternal)
			l.Pass(time.Hour)
			edit(l, "data", func(d *disk) { d.Spec.Adopt = &v1alpha1.DiskAdopt{ID: id} })
			ready(l, "data")
			boughtOnce(t, l)
		},
		"is held by protection": func(_ *testing.T, l lab) {
			l.Create(testkit.Disk("data", func(d *disk) { d.Spec.DeletionProtection = true }))
			ready(l, "data")
			remove(l, "data")
			hasReason(l, "data", v1alpha1.ReasonDeletionProtected)
			edit(l, "data", func(d *disk) { d.Spec.DeletionProtection = false })
			gone(l, "data")
		},
		"is held by a pause": func(t *testing.T, l lab) {
			l.Create(testkit.Disk("data"))
			ready(l, "data")
			edit(l, "data", paused)
			remove(l, "data")
			hasReason(l, "data", v1alpha1.ReasonPaused)
			l.Steady("held", time.Hour, func() bool { return l.Count("disks") == 1 })
			edit(l, "data", goOn)
			gone(l, "data")
			boughtOnce(t, l)
		},
		"of the kind itself releases": func(t *testing.T, l lab) {
			l.Create(testkit.Disk("data"))
			ready(l, "data")
			crd := &apiextensionsv1.CustomResourceDefinition{ObjectMeta: metav1.ObjectMeta{Name: "gandidisks.hosting.gandi.net"}}
			if err := l.Store.Delete(context.Background(), crd); err != nil {
				t.Fatal(err)
			}
			remove(l, "data")
			gone(l, "data")
			if l.Count("disks") != 1 {
				t.Error("the disk was deleted")
			}
		},
		"goes on without the catalog": func(_ *testing.T, l lab) {
			l.Create(testkit.Disk("data", profile("minimal")))
			ready(l, "data")
			l.Pass(10 * time.Minute)
			l.World.Script(gandisim.Trouble{Method: "hosting.snapshotprofile.list", Every: 1, Fault: &gandisim.Fault{Code: 100066, Text: "boom"}})
			l.World.Script(gandisim.Trouble{Method: "hosting.datacenter.list", Every: 1, Fault: &gandisim.Fault{Code: 100066, Text: "boom"}})
			remove(l, "data")
			gone(l, "data")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testkit.Step(t, testkit.Options{}, run)
		})
	}
}

// An object whose status was lost finds its disk by the annotation, whatever the
// disk is called by now.
func TestRestore(t *testing.T) {
	t.Parallel()
	testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
		l.Create(testkit.Disk("data", named("mine")))
		ready(l, "data")
		before := get(l, "data")
		l.Stop()
		edit(l, "data", func(d *disk) { d.Finalizers = nil })
		remove(l, "data")
		restored := testkit.Disk("data", named("mine"))
		restored.UID, restored.Annotations = "restored", before.Annotations
		l.Create(restored)
		l.Start()
		ready(l, "data")
		wipe(t, l, "data")
		ready(l, "data")
		if got := get(l, "data").Status.ID; got != before.Status.ID {
			t.Errorf("took %d, want %d", got, before.Status.ID)
		}
		boughtOnce(t, l)
	})
}

// Whatever the name, one that Gandi refuses is told, and holds nothing else up.
func TestRefusedName(t *testing.T) {
	t.Parallel()
	testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
		l.Create(testkit.Disk("data", named("Müllers Platte")))
		hasReason(l, "data", v1alpha1.ReasonInvalidSpec)
		edit(l, "data", testkit.Size("8Gi"))
		l.Until("grown", patience, func() bool { return get(l, "data").Status.Size.String() == "8Gi" })
		n := l.Called("hosting.disk.update")
		l.Steady("not hammered", time.Hour, func() bool { return l.Called("hosting.disk.update")-n < 8 })
		edit(l, "data", named("muller"))
		ready(l, "data")
		boughtOnce(t, l)
	})
}
