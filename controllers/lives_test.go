package controllers_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
	"github.com/gandi-operator/gandi-operator/internal/testkit"
)

const patience = testkit.Patience

// stride is how far apart the cases of an enumeration are that run.
var stride int

func TestMain(m *testing.M) { testkit.Main(m, &stride, 96) }

// A life is what people do to several objects, with what must be true at its end.
type life struct {
	name string
	live func(*testing.T, *testkit.Lab)
	// calls are how often Gandi must have accepted these methods.
	calls map[string]int
	// left is how many things there are at Gandi at the end.
	vms, disks, ifaces int
}

const (
	buyVM    = "hosting.vm.create_from"
	buyDisk  = "hosting.disk.create"
	copyDisk = "hosting.disk.create_from"
	rollBack = "hosting.disk.rollback_from"
)

var lives = []life{
	{
		name: "attach, detach, delete", calls: map[string]int{buyVM: 1, buyDisk: 1}, disks: 1,
		live: func(_ *testing.T, l *testkit.Lab) {
			l.Create(testkit.Disk("data"), testkit.VM("web", testkit.Attached("data")))
			l.Until("attached", patience, attachedTo(l, "data", "web"))
			l.Until("both Ready", patience, both(l.Ready("web"), testkit.Ready[v1alpha1.GandiDisk](l, "data")))
			l.Edit("web", detached("data"))
			l.Until("detached", patience, both(l.Ready("web"), attachedTo(l, "data", "")))
			l.Edit("web", testkit.Attached("data"))
			l.Until("attached again", patience, both(l.Ready("web"), attachedTo(l, "data", "web")))
			l.Delete("web")
			l.Until("the VM is gone", patience, l.Gone("web"))
			l.Until("the disk is free and Ready", patience, both(attachedTo(l, "data", ""), testkit.Ready[v1alpha1.GandiDisk](l, "data")))
		},
	},
	{
		name: "a disk of one's own at position 0 and back", calls: map[string]int{buyVM: 1, copyDisk: 1}, vms: 1, disks: 2, ifaces: 1,
		live: func(t *testing.T, l *testkit.Lab) {
			l.Create(testkit.Disk("rescue", fromImage), testkit.VM("web"))
			l.Until("both Ready", patience, both(l.Ready("web"), testkit.Ready[v1alpha1.GandiDisk](l, "rescue")))
			own := l.VM("web").Status.SystemDiskID
			l.Edit("web", testkit.Attached("rescue"), atPosition("rescue", 0))
			l.Until("booted from the rescue disk", patience, both(l.Ready("web"), bootsFrom(l, "web", "rescue")))
			if got := l.VM("web").Status; got.State != "running" || len(got.Disks) != 2 || got.Disks[1].ID != own {
				t.Errorf("state %s, disks %+v, want running with its own disk %d behind", got.State, got.Disks, own)
			}
			l.Edit("web", detached("rescue"))
			l.Until("booted from its own disk again", patience, func() bool {
				vm := l.VM("web")
				return l.Ready("web")() && len(vm.Status.Disks) == 1 && vm.Status.Disks[0].ID == own && vm.Status.State == "running"
			})
		},
	},
	{
		name: "roll back a data disk", calls: map[string]int{buyVM: 1, buyDisk: 1, copyDisk: 1, rollBack: 1}, vms: 1, disks: 3, ifaces: 1,
		live: func(_ *testing.T, l *testkit.Lab) {
			l.Create(testkit.Disk("data"), testkit.Disk("night", snapshotOf("data")), testkit.VM("web", testkit.Attached("data")))
			l.Until("all Ready", patience, all(l.Ready("web"), attachedTo(l, "data", "web"), testkit.Ready[v1alpha1.GandiDisk](l, "night"), testkit.Ready[v1alpha1.GandiDisk](l, "data")))
			testkit.Edit(l, "data", rollbackTo("night", "first"))
			l.Until("rolled back, or told", patience, func() bool {
				handled := testkit.Get[v1alpha1.GandiDisk](l, "data").Status.LastHandledRollbackAt == "first"
				return handled && (testkit.Ready[v1alpha1.GandiDisk](l, "data")() || testkit.Stalled[v1alpha1.GandiDisk](l, "data")())
			})
			if testkit.Stalled[v1alpha1.GandiDisk](l, "data")() {
				// Nobody knows what is on the disk: it stays off the VM until a person decides.
				testkit.Edit(l, "data", func(d *v1alpha1.GandiDisk) { d.Spec.Rollback = nil })
			}
			l.Until("attached again", patience, all(l.Ready("web"), testkit.Ready[v1alpha1.GandiDisk](l, "data"), attachedTo(l, "data", "web")))
		},
	},
	{
		name: "a VM on disk, interface and key of one's own", calls: map[string]int{"hosting.vm.create": 1, copyDisk: 1, "hosting.iface.create": 2, "hosting.vlan.create": 1, "hosting.ssh.create": 1},
		live: func(_ *testing.T, l *testkit.Lab) {
			l.Create(testkit.SSHKey("me"), testkit.VLAN("lan"), testkit.Interface("eth"), testkit.Interface("inside", testkit.OnVLAN("lan")), testkit.Disk("root", fromImage),
				testkit.VM("web", bootingFrom("root"), testkit.Connected("eth", "inside"), keyed("me")))
			// A new process may see an interface a moment before its addresses.
			l.Until("Ready", patience, both(l.Ready("web"), func() bool { return len(l.VM("web").Status.Interfaces) == 2 && l.VM("web").Status.IPv4 != "" }))
			deleteAll(l)
			l.Until("everything is gone", patience, nothingLeft(l))
		},
	},
}

func both(a, b func() bool) func() bool { return all(a, b) }

func all(list ...func() bool) func() bool {
	return func() bool { return !slices.ContainsFunc(list, func(f func() bool) bool { return !f() }) }
}

func fromImage(d *v1alpha1.GandiDisk) {
	d.Spec.Size = nil
	d.Spec.Source = &v1alpha1.DiskSource{Image: &v1alpha1.DiskImage{Label: "Ubuntu 10.04"}}
}

func snapshotOf(disk string) func(*v1alpha1.GandiDisk) {
	return func(d *v1alpha1.GandiDisk) {
		d.Spec.Size, d.Spec.Type = nil, v1alpha1.DiskSnapshot
		d.Spec.Source = &v1alpha1.DiskSource{DiskRef: &v1alpha1.LocalReference{Name: disk}}
	}
}

func rollbackTo(snapshot, at string) func(*v1alpha1.GandiDisk) {
	return func(d *v1alpha1.GandiDisk) {
		d.Spec.Rollback = &v1alpha1.DiskRollback{SnapshotRef: &v1alpha1.LocalReference{Name: snapshot}, RequestedAt: at}
	}
}

func bootingFrom(disk string) func(*v1alpha1.GandiVM) {
	return func(vm *v1alpha1.GandiVM) {
		vm.Spec.Image, vm.Spec.SystemDisk = nil, &v1alpha1.SystemDisk{DiskRef: &v1alpha1.LocalReference{Name: disk}}
	}
}

func keyed(keys ...string) func(*v1alpha1.GandiVM) {
	return func(vm *v1alpha1.GandiVM) {
		for _, k := range keys {
			vm.Spec.Bootstrap.SSHKeyRefs = append(vm.Spec.Bootstrap.SSHKeyRefs, v1alpha1.LocalReference{Name: k})
		}
	}
}

func detached(entry string) func(*v1alpha1.GandiVM) {
	return func(vm *v1alpha1.GandiVM) {
		vm.Spec.Disks = slices.DeleteFunc(vm.Spec.Disks, func(d v1alpha1.VMDisk) bool { return d.Name == entry })
	}
}

func atPosition(entry string, position int32) func(*v1alpha1.GandiVM) {
	return func(vm *v1alpha1.GandiVM) {
		for i := range vm.Spec.Disks {
			if vm.Spec.Disks[i].Name == entry {
				vm.Spec.Disks[i].Position = &position
			}
		}
	}
}

// attachedTo tells whether the GandiDisk shows that VM; "" means none.
func attachedTo(l *testkit.Lab, disk, vm string) func() bool {
	return func() bool {
		d := testkit.Get[v1alpha1.GandiDisk](l, disk)
		switch {
		case d == nil || d.Status.ID == 0:
			return false
		case vm == "":
			return d.Status.AttachedTo == nil
		default:
			return d.Status.AttachedTo != nil && d.Status.AttachedTo.Name == vm
		}
	}
}

func bootsFrom(l *testkit.Lab, vm, disk string) func() bool {
	return func() bool {
		d, v := testkit.Get[v1alpha1.GandiDisk](l, disk), l.VM(vm)
		return d != nil && v != nil && len(v.Status.Disks) > 0 && v.Status.Disks[0].ID == d.Status.ID && d.Status.ID != 0
	}
}

// deleteAll deletes all objects, those first that others need.
func deleteAll(l *testkit.Lab) {
	for _, name := range namesOf[v1alpha1.GandiVLAN](l) {
		testkit.Delete[v1alpha1.GandiVLAN](l, name)
	}
	for _, name := range namesOf[v1alpha1.GandiInterface](l) {
		testkit.Delete[v1alpha1.GandiInterface](l, name)
	}
	for _, name := range namesOf[v1alpha1.GandiDisk](l) {
		testkit.Delete[v1alpha1.GandiDisk](l, name)
	}
	for _, name := range namesOf[v1alpha1.GandiSSHKey](l) {
		testkit.Delete[v1alpha1.GandiSSHKey](l, name)
	}
	for _, name := range namesOf[v1alpha1.GandiVM](l) {
		testkit.Delete[v1alpha1.GandiVM](l, name)
	}
}

func nothingLeft(l *testkit.Lab) func() bool {
	return func() bool {
		return len(namesOf[v1alpha1.GandiVM](l))+len(namesOf[v1alpha1.GandiDisk](l))+len(namesOf[v1alpha1.GandiInterface](l))+
			len(namesOf[v1alpha1.GandiVLAN](l))+len(namesOf[v1alpha1.GandiSSHKey](l)) == 0
	}
}

// run leads a life and checks what it left.
func run(t *testing.T, l *testkit.Lab, one life) {
	t.Helper()
	l.Start()
	one.live(t, l)
	l.Pass(30 * time.Minute)
	for method, want := range one.calls {
		got := l.Accepted(method)
		// A rollback that left no trace is told, and not repeated.
		if got > want || (got < want && method != rollBack) {
			t.Errorf("%s %d times, want %d (struck %q)\n%s", method, got, want, l.Struck(), l.Describe())
		}
	}
	for _, list := range []struct {
		name string
		want int
	}{{"disks", one.disks}, {"ifaces", one.ifaces}, {"vlans", 0}} {
		if got := l.Count(list.name); got != list.want {
			t.Errorf("%d %s at the end, want %d (struck %q)\n%s", got, list.name, list.want, l.Struck(), l.Describe())
		}
	}
	if got := l.Living(); got != one.vms {
		t.Errorf("%d VMs at the end, want %d (struck %q)\n%s", got, one.vms, l.Struck(), l.Describe())
	}
}

// A process of the operator is killed right before, and right after, each write
// that it makes. Nothing is bought twice, rolled back twice, lost or left behind.
func TestCrashAtEveryWrite(t *testing.T) {
	t.Parallel()
	for _, one := range lives {
		t.Run(one.name, func(t *testing.T) {
			t.Parallel()
			testkit.EveryWrite(t, stride, testkit.Options{}, func(t *testing.T, l *testkit.Lab) { run(t, l, one) })
		})
	}
}

// Every changing call loses its reply once.
func TestLostReplies(t *testing.T) {
	t.Parallel()
	methods := []string{buyVM, buyDisk, copyDisk, rollBack, "hosting.vm.create", "hosting.vm.disk_attach", "hosting.vm.disk_detach", "hosting.vm.iface_attach",
		"hosting.vm.iface_detach", "hosting.vm.stop", "hosting.vm.start", "hosting.vm.delete", "hosting.disk.delete", "hosting.iface.create", "hosting.iface.delete",
		"hosting.vlan.create", "hosting.vlan.delete", "hosting.ssh.create", "hosting.ssh.delete"}
	for _, one := range lives {
		t.Run(one.name, func(t *testing.T) {
			t.Parallel()
			for i, method := range methods {
				for j, cut := range []string{"before", "after", "truncate"} {
					if (3*i+j)%stride != 0 {
						continue
					}
					t.Run(method+" cut "+cut, func(t *testing.T) {
						t.Parallel()
						synctest.Test(t, func(t *testing.T) {
							l := testkit.NewLab(t, testkit.Options{})
							l.World.Script(gandisim.Trouble{Method: method, Nth: 1, Cut: cut})
							run(t, l, one)
						})
					})
				}
			}
		})
	}
}

// A whole life in every position of every switch of the simulator.
func TestEverySwitch(t *testing.T) {
	t.Parallel()
	n := 0
	for _, one := range lives {
		for _, s := range gandisim.Switches() {
			for _, position := range s.Positions {
				if n++; n%stride != 0 || position == s.Default {
					continue
				}
				t.Run(fmt.Sprintf("%s/%s=%s", one.name, s.Name, position), func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) {
						o := gandisim.Options{TimeScale: 1, Switches: map[string]string{s.Name: position}}
						run(t, testkit.NewLab(t, testkit.Options{Sim: &o}), one)
					})
				})
			}
		}
	}
}

func step(t *testing.T, o testkit.Options, live func(*testing.T, *testkit.Lab)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := testkit.NewLab(t, o)
		l.Start()
		live(t, l)
	})
}

// The rescue that the beta of 2010 announces: the system disk of a VM that does
// not boot any more is looked at from another VM, and put back.
func TestRescue(t *testing.T) {
	testkit.Long(t)
	step(t, testkit.Options{}, func(t *testing.T, l *testkit.Lab) {
		l.Create(testkit.VM("ill"), testkit.VM("doctor"), testkit.Disk("spare", fromImage))
		l.Until("all Ready", patience, all(l.Ready("ill"), l.Ready("doctor"), testkit.Ready[v1alpha1.GandiDisk](l, "spare")))
		own := l.VM("ill").Status.SystemDiskID

		l.Create(testkit.Disk("patient", func(d *v1alpha1.GandiDisk) {
			d.Spec.Datacenter, d.Spec.Size, d.Spec.Adopt = "", nil, &v1alpha1.DiskAdopt{ID: own}
		}))
		l.Until("handed over", patience, func() bool {
			return attachedTo(l, "patient", "ill")() && testkit.Ready[v1alpha1.GandiDisk](l, "patient")() && l.VM("ill").Status.SystemDiskID == 0
		})
		l.Edit("ill", bootingFrom("spare"))
		l.Until("on the spare disk", patience, all(l.Ready("ill"), bootsFrom(l, "ill", "spare"), attachedTo(l, "patient", "")))

		l.Edit("doctor", testkit.Attached("patient"))
		l.Until("at the doctor's", patience, both(l.Ready("doctor"), attachedTo(l, "patient", "doctor")))
		l.Edit("doctor", detached("patient"))
		l.Edit("ill", bootingFrom("patient"))
		l.Until("put back", patience, all(l.Ready("ill"), l.Ready("doctor"), bootsFrom(l, "ill", "patient"), attachedTo(l, "spare", "")))

		l.Delete("ill")
		l.Until("the VM is gone", patience, l.Gone("ill"))
		l.Until("its disk is not", patience, both(attachedTo(l, "patient", ""), testkit.Ready[v1alpha1.GandiDisk](l, "patient")))
		for _, method := range []string{"hosting.disk.delete", rollBack} {
			if n := l.Called(method); n != 0 {
				t.Errorf("%s was called %d times", method, n)
			}
		}
		if n := l.Count("disks"); n != 3 {
			t.Errorf("%d disks, want the doctor's, the patient and the spare", n)
		}
	})
}

// Two VMs claim one disk: it stays where it is, and goes over when it is freed.
func TestTwoClaimOneDisk(t *testing.T) {
	step(t, testkit.Options{}, func(t *testing.T, l *testkit.Lab) {
		l.Create(testkit.Disk("data"), testkit.VM("first", testkit.Attached("data")))
		l.Until("attached", patience, both(l.Ready("first"), attachedTo(l, "data", "first")))
		l.Create(testkit.VM("second", testkit.Attached("data")))
		l.Until("the second waits", patience, func() bool { return l.Reason("second") == v1alpha1.ReasonDiskInUse })
		if c := testkit.Condition[v1alpha1.GandiVM](l, "second", v1alpha1.ConditionReady); c == nil || !strings.Contains(c.Message, `GandiVM "first"`) {
			t.Errorf("it says %v", c)
		}
		l.Steady("attached to the first", 2*time.Hour, attachedTo(l, "data", "first"))
		if n := l.Called("hosting.vm.disk_detach"); n != 0 {
			t.Errorf("detached %d times", n)
		}
		l.Edit("first", detached("data"))
		l.Until("the second has it", patience, both(l.Ready("second"), attachedTo(l, "data", "second")))
		l.Until("the first is Ready", patience, l.Ready("first"))
	})
}

// Whatever is missing, elsewhere or not ready is told before a VM is bought.
func TestPartsAreToldBeforeBuying(t *testing.T) {
	testkit.Long(t)
	step(t, testkit.Options{}, func(t *testing.T, l *testkit.Lab) {
		l.Create(
			testkit.VM("nodisk", testkit.Attached("nowhere")),
			testkit.VM("noiface", testkit.Connected("nowhere")),
			testkit.VM("nokey", keyed("nowhere")),
			testkit.VM("noroot", bootingFrom("nowhere")),
			testkit.Disk("far", func(d *v1alpha1.GandiDisk) { d.Spec.Datacenter = "FR-SD3" }),
			testkit.VM("split", testkit.Attached("far")),
		)
		for name, reason := range map[string]string{
			"nodisk": v1alpha1.ReasonDiskNotFound, "noiface": v1alpha1.ReasonInterfaceNotFound, "nokey": v1alpha1.ReasonSSHKeyNotFound,
			"noroot": v1alpha1.ReasonDiskNotFound, "split": v1alpha1.ReasonDatacenterMismatch,
		} {
			l.Until(name+" is told", patience, func() bool { return l.Reason(name) == reason })
		}
		l.Pass(2 * time.Hour)
		if n := l.Called(buyVM) + l.Called("hosting.vm.create"); n != 0 {
			t.Errorf("%d VMs were bought", n)
		}
		// They go on by themselves.
		l.Create(testkit.SSHKey("nowhere"), testkit.Interface("nowhere"), testkit.Disk("nowhere", fromImage))
		l.Until("those that can are Ready", patience, all(l.Ready("nokey"), l.Ready("noiface")))
	})
}

// A swap of the system disk interrupts the VM: rebootPolicy Manual asks first.
func TestSwapWaitsForApproval(t *testing.T) {
	step(t, testkit.Options{}, func(t *testing.T, l *testkit.Lab) {
		l.Create(testkit.Disk("rescue", fromImage), testkit.VM("web", func(vm *v1alpha1.GandiVM) { vm.Spec.RebootPolicy = v1alpha1.RebootManual }))
		l.Until("both Ready", patience, both(l.Ready("web"), testkit.Ready[v1alpha1.GandiDisk](l, "rescue")))
		l.Edit("web", testkit.Attached("rescue"), atPosition("rescue", 0))
		l.Until("it asks", patience, func() bool { return l.Reason("web") == v1alpha1.ReasonRebootRequired })
		l.Pass(3 * time.Hour)
		if n := l.Called("hosting.vm.stop"); n != 0 {
			t.Errorf("stopped %d times without approval", n)
		}
		l.Edit("web", testkit.Annotated(v1alpha1.AnnotationApproveReboot, "yes"))
		l.Until("swapped", patience, both(l.Ready("web"), bootsFrom(l, "web", "rescue")))
		if n := l.Accepted("hosting.vm.stop"); n != 1 {
			t.Errorf("stopped %d times", n)
		}
	})
}

// Gandi takes the attachment of a disk whose first snapshot runs, and ends it in
// ERROR: it is tried again until it works, and told.
func TestFirstSnapshotDelaysAttachment(t *testing.T) {
	step(t, testkit.Options{}, func(t *testing.T, l *testkit.Lab) {
		l.Create(testkit.Disk("data", func(d *v1alpha1.GandiDisk) { d.Spec.SnapshotProfile = "minimal" }), testkit.VM("web", testkit.Attached("data")))
		l.Until("attached in the end", patience, both(l.Ready("web"), attachedTo(l, "data", "web")))
		if n := l.Called("hosting.vm.disk_attach"); n > 20 {
			t.Errorf("%d tries", n)
		}
	})
}
