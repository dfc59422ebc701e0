package disk_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
	"github.com/gandi-operator/gandi-operator/internal/testkit"
)

// Whatever the unknowns of Gandi's API turn out to be, a disk is bought once,
// named, grown, snapshotted, rolled back once and deleted without a trace.
func TestEverySwitch(t *testing.T) {
	t.Parallel()
	n := 0
	for _, s := range gandisim.Switches() {
		for _, position := range s.Positions {
			if n++; position == s.Default || n%stride != 0 {
				continue
			}
			t.Run(s.Name+"="+position, func(t *testing.T) {
				t.Parallel()
				testkit.Step(t, testkit.Switches(s.Name, position), wholeLife)
			})
		}
	}
}

func wholeLife(t *testing.T, l lab) {
	l.Create(testkit.Disk("data", named("mine"), fromImage("Debian 8 (HVM)"), profile("minimal"), kernel("3.10-x86_64"), cmdline("root=/dev/xvda1 ro")))
	ready(l, "data")
	if st := get(l, "data").Status; st.Name != "mine" || st.Kernel != "3.10-x86_64" || st.Cmdline != "ro root=/dev/xvda1" || st.SnapshotProfile != "minimal" {
		t.Errorf("status %+v", st)
	}
	edit(l, "data", testkit.Size("8Gi"))
	l.Until("grown", patience, func() bool { return testkit.Ready[disk](l, "data")() && get(l, "data").Status.Size.String() == "8Gi" })
	l.Create(testkit.Disk("snap", snapshotOf("data")))
	ready(l, "snap")
	edit(l, "data", rollback("now"))
	answered(l, "now")
	remove(l, "snap")
	gone(l, "snap")
	remove(l, "data")
	gone(l, "data")
	if bought(l) != 2 || rolledBack(l) != 1 {
		t.Errorf("bought %d, rolled back %d\n%s", bought(l), rolledBack(l), l.Describe())
	}
	if n := l.Count("disks"); n != 0 {
		t.Errorf("%d disks are left\n%s", n, l.Describe())
	}
}

func TestBadWeather(t *testing.T) {
	t.Parallel()
	for name, trouble := range map[string]gandisim.Trouble{
		"Gandi is down":                 {Method: "*", Every: 1, Status: 503},
		"connections are cut":           {Method: "*", Every: 1, Cut: "before"},
		"half of the replies are lost":  {Method: "*", Probability: 0.5, Cut: "after"},
		"Gandi is slow":                 {Method: "*", Every: 1, Delay: 20 * time.Second},
		"the create ends in ERROR":      {Method: "hosting.disk.create", Nth: 1, Operation: "ERROR"},
		"the create is throttled":       {Method: "hosting.disk.create", Nth: 1, Status: 429},
		"an unknown fault answers":      {Method: "hosting.disk.create", Nth: 1, Fault: &gandisim.Fault{Code: 559999, Text: "what?"}},
		"every second update goes awry": {Method: "hosting.disk.update", Every: 2, Operation: "ERROR"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sampled(t)
			testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
				l.World.Script(trouble)
				l.Create(testkit.Disk("data", named("mine"), profile("minimal")))
				l.Pass(3 * time.Hour)
				l.World.ClearTroubles()
				ready(l, "data")
				edit(l, "data", testkit.Size("8Gi"))
				ready(l, "data")
				if n := l.Count("disks"); n != 1 {
					t.Errorf("%d disks\n%s", n, l.Describe())
				}
				remove(l, "data")
				gone(l, "data")
				if n := l.Count("disks"); n != 0 {
					t.Errorf("%d disks are left\n%s", n, l.Describe())
				}
			})
		})
	}
}

// Creates that keep failing are bounded, told, and go on once they can.
func TestCreateKeepsFailing(t *testing.T) {
	testkit.Long(t)
	t.Parallel()
	testkit.Step(t, testkit.Options{}, func(_ *testing.T, l lab) {
		l.World.Script(gandisim.Trouble{Method: "hosting.disk.create", Every: 1, Operation: "ERROR"})
		l.Create(testkit.Disk("data"))
		hasReason(l, "data", v1alpha1.ReasonCreateKeepsFailing)
		l.Steady("three attempts", 12*time.Hour, func() bool { return l.Called("hosting.disk.create") == 3 })
		l.World.ClearTroubles()
		l.Until("Ready", 26*time.Hour, testkit.Ready[disk](l, "data"))
	})
}

// A create that is told to have failed, and whose disk shows up after another
// was bought: it goes with the object, unless somebody took it.
func TestLeftovers(t *testing.T) {
	t.Parallel()
	for name, taken := range map[string]bool{"nobody's": false, "taken by another object": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
				l.World.Script(gandisim.Trouble{Method: "hosting.disk.create", Every: 1, Operation: "ERROR"})
				l.Create(testkit.Disk("data", retain))
				hasReason(l, "data", v1alpha1.ReasonCreateKeepsFailing)
				d := get(l, "data")
				id := foreign(l, d.Status.Token)
				// Gandi's own slip: as if one of the creates had gone well after all.
				d.Status.Created = append(d.Status.Created, v1alpha1.ExternalID{Type: "disk", ID: id})
				if err := l.Store.Status().Update(t.Context(), d); err != nil {
					t.Fatal(err)
				}
				if taken {
					l.Create(testkit.Disk("heir", adopts(id)))
					ready(l, "heir")
				}
				l.Pass(time.Hour)
				edit(l, "data", func(d *disk) { d.Spec.DeletionPolicy = v1alpha1.Delete })
				remove(l, "data")
				gone(l, "data")
				if there := at(l, id) != nil; there != taken {
					t.Errorf("there %v, want %v\n%s", there, taken, l.Describe())
				}
			})
		})
	}
}

// Disks in sync cost neither calls of their own nor writes.
func TestSteady(t *testing.T) {
	t.Parallel()
	testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
		for i := range 10 {
			l.Create(testkit.Disk(fmt.Sprintf("disk-%d", i), named(fmt.Sprintf("mine-%d", i)), profile("minimal"), kernel("grub")))
		}
		for i := range 10 {
			ready(l, fmt.Sprintf("disk-%d", i))
		}
		l.Pass(15 * time.Minute)
		calls, writes := len(l.World.Journal()), l.Writes()
		l.Pass(time.Hour)
		// Six sweeps of a page of VMs, disks, interfaces, addresses and operations
		// each, and what Gandi offers, which is believed for five minutes.
		if n := len(l.World.Journal()) - calls; n > 6*10 {
			t.Errorf("%d calls an hour while nothing happens", n)
		}
		if n := l.Writes() - writes; n != 0 {
			t.Errorf("%d writes while nothing happens", n)
		}
	})
}
