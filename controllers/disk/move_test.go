package disk_test

import (
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
	"github.com/gandi-operator/gandi-operator/internal/testkit"
)

const migrateMethod = "hosting.disk.migrate"

func inDatacenter(l lab, code string) func() bool {
	return func() bool { return testkit.Ready[disk](l, "data")() && get(l, "data").Status.Datacenter.Name == code }
}

func TestMigration(t *testing.T) {
	t.Parallel()
	for name, run := range map[string]func(t *testing.T, l lab){
		"of a free disk": func(t *testing.T, l lab) {
			l.Create(testkit.Disk("data"))
			ready(l, "data")
			id := get(l, "data").Status.ID
			edit(l, "data", datacenter("fr-sd3"))
			l.Until("moved", patience, inDatacenter(l, "FR-SD3"))
			l.Pass(2 * time.Hour)
			if get(l, "data").Status.ID != id || l.Accepted(migrateMethod) != 1 {
				t.Errorf("%d migrations", l.Accepted(migrateMethod))
			}
			if _, ok := get(l, "data").Status.Applied["migration"]; ok {
				t.Error("a migration that ended well is remembered")
			}
		},
		"waits until the disk is free": func(t *testing.T, l lab) {
			l.Create(testkit.Disk("data"), testkit.VM("web", testkit.Attached("data")))
			l.Until("web is Ready", patience, l.Ready("web"))
			l.Until("attached", patience, func() bool { return get(l, "data").Status.AttachedTo != nil })
			edit(l, "data", datacenter("FR-SD3"), named("mine"))
			told(t, l, "data", v1alpha1.ReasonAttached, `GandiVM "web"`, "FR-SD3")
			if st := get(l, "data").Status; st.Name != "mine" || st.DetachFor != "" {
				t.Errorf("name %s, detachFor %q", st.Name, st.DetachFor)
			}
			l.Edit("web", func(vm *v1alpha1.GandiVM) { vm.Spec.Disks = nil })
			l.Until("moved", patience, inDatacenter(l, "FR-SD3"))
		},
		"is not possible everywhere": func(t *testing.T, l lab) {
			l.Create(testkit.Disk("data"))
			ready(l, "data")
			edit(l, "data", datacenter("LU-BI1"), testkit.Size("8Gi"))
			told(t, l, "data", v1alpha1.ReasonMigrationImpossible, "from FR-SD2", "to FR-SD3 (4)", "LU-BI1")
			if !stalled(l, "data") || get(l, "data").Status.Size.String() != "8Gi" || l.Called(migrateMethod) != 0 {
				t.Error("not stalled, not grown, or sent")
			}
			edit(l, "data", datacenter(testkit.Datacenter))
			ready(l, "data")
		},
		"from where none begins": func(t *testing.T, l lab) {
			l.Create(testkit.Disk("data", datacenter("LU-BI1")))
			ready(l, "data")
			edit(l, "data", datacenter("FR-SD3"))
			told(t, l, "data", v1alpha1.ReasonMigrationImpossible, "nowhere")
		},
		"that ends in ERROR is tried again": func(t *testing.T, l lab) {
			l.World.Script(gandisim.Trouble{Method: migrateMethod, Nth: 1, Count: 2, Operation: "ERROR"})
			l.Create(testkit.Disk("data"))
			ready(l, "data")
			edit(l, "data", datacenter("FR-SD3"))
			l.Until("moved", patience, inDatacenter(l, "FR-SD3"))
			if n := l.Accepted(migrateMethod); n != 3 {
				t.Errorf("%d migrations", n)
			}
		},
		"without a trace is not sent again": func(t *testing.T, l lab) {
			l.World.Script(gandisim.Trouble{Method: migrateMethod, Nth: 1, Cut: "before"})
			l.Create(testkit.Disk("data"))
			ready(l, "data")
			edit(l, "data", datacenter("FR-SD3"))
			told(t, l, "data", v1alpha1.ReasonCallUnconfirmed, "no trace", "FR-SD2")
			id := get(l, "data").Status.ID
			// A success of something else at the same generation lets nothing through.
			panel(t, l, id, map[string]any{"name": "theirs"})
			l.Until("repaired", patience, func() bool { return l.Accepted("hosting.disk.update") == 1 })
			l.Steady("not sent again", 3*time.Hour, func() bool { return l.Called(migrateMethod) == 1 })
			l.Stop()
			l.Start()
			l.Pass(time.Hour)
			if l.Called(migrateMethod) != 1 || !stalled(l, "data") {
				t.Error("another process sends it again, or forgot")
			}
			edit(l, "data", datacenter(testkit.Datacenter))
			ready(l, "data")
			edit(l, "data", datacenter("FR-SD3"))
			l.Until("moved", patience, inDatacenter(l, "FR-SD3"))
		},
		"with a lost reply is found": func(t *testing.T, l lab) {
			l.World.Script(gandisim.Trouble{Method: migrateMethod, Nth: 1, Cut: "after"})
			l.Create(testkit.Disk("data"))
			ready(l, "data")
			edit(l, "data", datacenter("FR-SD3"))
			l.Until("moved", patience, inDatacenter(l, "FR-SD3"))
			if n := l.Called(migrateMethod); n != 1 {
				t.Errorf("%d calls", n)
			}
		},
		"by somebody else is undone, or followed": func(t *testing.T, l lab) {
			l.Create(testkit.Disk("data"))
			ready(l, "data")
			somebody(l, gandi.DiskMigrate{ID: gandi.DiskID(get(l, "data").Status.ID), To: 4})
			told(t, l, "data", v1alpha1.ReasonMigrationImpossible, "from FR-SD3 nowhere")
			edit(l, "data", datacenter("FR-SD3"))
			ready(l, "data")
		},
		"is not asked for by an adoption without a datacenter": func(t *testing.T, l lab) {
			id := l.Made("disk", map[string]any{"name": "prepared", "datacenter_id": 3, "size": 10240})
			l.Create(testkit.Disk("data", adopts(id)))
			ready(l, "data")
			if st := get(l, "data").Status; st.Datacenter.Name != "LU-BI1" || len(changes(l, 0)) != 0 {
				t.Errorf("%+v, %v", st.Datacenter, changes(l, 0))
			}
		},
		"and a kernel of the new place": func(t *testing.T, l lab) {
			l.Create(testkit.Disk("data"))
			ready(l, "data")
			edit(l, "data", datacenter("FR-SD3"), kernel("3.12-x86_64"))
			l.Until("moved", patience, inDatacenter(l, "FR-SD3"))
			if got := get(l, "data").Status.Kernel; got != "3.12-x86_64" {
				t.Errorf("kernel %q", got)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testkit.Step(t, testkit.Options{}, run)
		})
	}
}

// Growing a disk that a VM has: whoever decides on that VM's reboots decides.
func TestGrowth(t *testing.T) {
	t.Parallel()
	attached := func(l lab, policy v1alpha1.RebootPolicy) {
		l.Create(testkit.Disk("data"), testkit.VM("web", testkit.Attached("data"), func(vm *v1alpha1.GandiVM) { vm.Spec.RebootPolicy = policy }))
		l.Until("web is Ready", patience, l.Ready("web"))
		l.Until("attached", patience, func() bool { return get(l, "data").Status.AttachedTo != nil })
	}
	grown := func(l lab) {
		l.Until("grown", patience, func() bool { return testkit.Ready[disk](l, "data")() && get(l, "data").Status.Size.String() == "8Gi" })
	}
	byHand := func(t *testing.T, l lab, words ...string) {
		t.Helper()
		told(t, l, "data", v1alpha1.ReasonRebootRequired, append(words, v1alpha1.AnnotationApproveReboot)...)
		d := get(l, "data")
		if !meta.IsStatusConditionTrue(d.Status.Conditions, v1alpha1.ConditionRebootRequired) || len(d.Status.Plan) != 1 || !d.Status.Plan[0].Disruptive {
			t.Errorf("not shown: %+v", d.Status)
		}
		l.Steady("waiting", time.Hour, func() bool { return l.Called("hosting.disk.update") == 0 })
		edit(l, "data", annotated(v1alpha1.AnnotationApproveReboot, "me"))
		grown(l)
		if st := get(l, "data").Status; st.LastHandledApproval != "me" || l.Accepted("hosting.disk.update") != 1 {
			t.Errorf("approval %q, %d updates", st.LastHandledApproval, l.Accepted("hosting.disk.update"))
		}
		edit(l, "data", testkit.Size("9Gi"))
		told(t, l, "data", v1alpha1.ReasonRebootRequired)
		l.Steady("an approval is good for one", time.Hour, func() bool { return l.Called("hosting.disk.update") == 1 })
	}
	for name, run := range map[string]func(t *testing.T, l lab){
		"of a VM with automatic reboots": func(t *testing.T, l lab) {
			attached(l, v1alpha1.RebootAutomatic)
			edit(l, "data", testkit.Size("8Gi"))
			grown(l)
			if l.Accepted("hosting.disk.update") != 1 {
				t.Errorf("%d updates", l.Accepted("hosting.disk.update"))
			}
		},
		"of a VM with reboots by hand": func(t *testing.T, l lab) {
			attached(l, v1alpha1.RebootManual)
			edit(l, "data", testkit.Size("8Gi"))
			byHand(t, l, `GandiVM "web"`)
		},
		"of a VM that is only observed": func(t *testing.T, l lab) {
			attached(l, v1alpha1.RebootAutomatic)
			l.Edit("web", func(vm *v1alpha1.GandiVM) { vm.Spec.ManagementPolicy = v1alpha1.Observe })
			edit(l, "data", testkit.Size("8Gi"))
			byHand(t, l, `GandiVM "web"`)
		},
		"of a VM that is paused": func(t *testing.T, l lab) {
			attached(l, v1alpha1.RebootAutomatic)
			l.Edit("web", testkit.Annotated(v1alpha1.AnnotationPaused, "true"))
			edit(l, "data", testkit.Size("8Gi"))
			byHand(t, l, `GandiVM "web"`)
		},
		"of somebody else's VM": func(t *testing.T, l lab) {
			l.Create(testkit.Disk("data"))
			ready(l, "data")
			panel(t, l, get(l, "data").Status.ID, map[string]any{"attach": int(l.Foreign("theirs"))})
			l.Until("attached", patience, func() bool { return get(l, "data").Status.AttachedTo != nil })
			edit(l, "data", testkit.Size("8Gi"))
			byHand(t, l, "which no GandiVM manages")
		},
		"of a halted VM with reboots by hand": func(t *testing.T, l lab) {
			attached(l, v1alpha1.RebootManual)
			l.Edit("web", func(vm *v1alpha1.GandiVM) { vm.Spec.PowerState = v1alpha1.Stopped })
			l.Until("halted", patience, func() bool { return l.Ready("web")() && l.VM("web").Status.State == "halted" })
			edit(l, "data", testkit.Size("8Gi"))
			grown(l)
			if l.VM("web").Status.State != "halted" {
				t.Error("the VM runs")
			}
		},
	} {
		for _, resize := range []string{"reboots", "live"} {
			t.Run(name+", resize "+resize, func(t *testing.T) {
				t.Parallel()
				sampled(t)
				testkit.Step(t, testkit.Switches("disk-resize", resize), run)
			})
		}
	}
}

// Gandi took a value and shows another: it is not sent again and again, and told.
// Another value is sent.
func TestWhatGandiShowsOtherwise(t *testing.T) {
	t.Parallel()
	testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
		l.Create(testkit.Disk("data"))
		ready(l, "data")
		d := get(l, "data")
		d.Status.Applied["cmdline"], d.Status.Applied["kernel"] = "quiet", "grub"
		if err := l.Store.Status().Update(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		edit(l, "data", cmdline("quiet"), kernel("grub"))
		told(t, l, "data", v1alpha1.ReasonInSync, `Gandi took kernel grub and shows none`, `cmdline "quiet"`)
		l.Steady("not sent", 6*time.Hour, func() bool { return l.Called("hosting.disk.update") == 0 })
		edit(l, "data", cmdline("debug"))
		l.Until("set", patience, func() bool { return testkit.Ready[disk](l, "data")() && get(l, "data").Status.Cmdline == "debug" })
		if n := l.Accepted("hosting.disk.update"); n != 1 {
			t.Errorf("%d updates", n)
		}
	})
}
