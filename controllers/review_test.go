package controllers_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
	"github.com/gandi-operator/gandi-operator/internal/testkit"
)

func stopped(vm *v1alpha1.GandiVM) { vm.Spec.PowerState = v1alpha1.Stopped }

// adopting has the GandiDisk take over a disk that is there.
func adopting(id int64) func(*v1alpha1.GandiDisk) {
	return func(d *v1alpha1.GandiDisk) {
		d.Spec.Datacenter, d.Spec.Size, d.Spec.Adopt = "", nil, &v1alpha1.DiskAdopt{ID: id}
	}
}

// byHand changes something in the web panel.
func byHand(t *testing.T, l *testkit.Lab, change map[string]any) {
	t.Helper()
	if err := l.World.Change(change); err != nil {
		t.Fatal(err)
	}
}

func thereIs(l *testkit.Lab, list string, id int64) bool {
	for _, one := range l.Things(list) {
		if n, ok := one["id"].(float64); ok && int64(n) == id {
			return true
		}
	}
	return false
}

// What stood behind the disks and interfaces that are taken off a VM before its
// deletion is nobody's to delete either.
func TestDeletionSparesWhatMovesUp(t *testing.T) {
	t.Parallel()
	t.Run("disk of an adopted VM", func(t *testing.T) {
		step(t, testkit.Options{}, func(t *testing.T, l *testkit.Lab) {
			l.Create(testkit.VM("web"))
			l.Until("Ready", patience, l.Ready("web"))
			id, own := l.VM("web").Status.ID, l.VM("web").Status.SystemDiskID
			l.Edit("web", func(vm *v1alpha1.GandiVM) { vm.Spec.DeletionPolicy = v1alpha1.Retain })
			l.Delete("web")
			l.Until("let go", patience, l.Gone("web"))
			l.Create(testkit.VM("again", testkit.Adopts(id), func(vm *v1alpha1.GandiVM) { vm.Spec.Adopt.TakeOver, vm.Spec.DeletionPolicy = true, v1alpha1.Delete }))
			l.Until("adopted", patience, l.Ready("again"))
			data := l.Made("disk", map[string]any{"name": "holidays", "datacenter_id": 1, "size": 5120})
			byHand(t, l, map[string]any{"type": "disk", "id": int(data), "attach": int(id)})
			l.Create(testkit.Disk("system", adopting(own), func(d *v1alpha1.GandiDisk) { d.Spec.Adopt.TakeOver = true }))
			l.Until("handed over", patience, testkit.Ready[v1alpha1.GandiDisk](l, "system"))
			l.Delete("again")
			l.Until("gone", patience, l.Gone("again"))
			if !thereIs(l, "disks", data) || !thereIs(l, "disks", own) {
				t.Errorf("somebody's disk %d went with the VM\n%s", data, l.Describe())
			}
		})
	})
	t.Run("interface", func(t *testing.T) {
		step(t, testkit.Options{}, func(t *testing.T, l *testkit.Lab) {
			l.Create(testkit.VM("web"), testkit.Interface("spare"))
			l.Until("Ready", patience, both(l.Ready("web"), testkit.Ready[v1alpha1.GandiInterface](l, "spare")))
			vm := l.VM("web").Status
			second := testkit.Get[v1alpha1.GandiInterface](l, "spare").Status.ID
			testkit.Edit(l, "spare", func(i *v1alpha1.GandiInterface) { i.Spec.DeletionPolicy = v1alpha1.Retain })
			testkit.Delete[v1alpha1.GandiInterface](l, "spare")
			l.Until("let go", patience, testkit.Gone[v1alpha1.GandiInterface](l, "spare"))
			l.Somebody(gandi.VMIfaceAttach{VM: gandi.VMID(vm.ID), Iface: gandi.IfaceID(second)})
			l.Create(testkit.Interface("first", func(i *v1alpha1.GandiInterface) {
				i.Spec.Datacenter, i.Spec.IPVersion, i.Spec.Adopt = "", 0, &v1alpha1.InterfaceAdopt{ID: vm.Interfaces[0].ID}
			}))
			l.Until("adopted", patience, testkit.Ready[v1alpha1.GandiInterface](l, "first"))
			l.Delete("web")
			l.Until("gone", patience, l.Gone("web"))
			if !thereIs(l, "ifaces", second) || !thereIs(l, "ifaces", vm.Interfaces[0].ID) {
				t.Errorf("somebody's interface %d went with the VM\n%s", second, l.Describe())
			}
		})
	})
}

// Somebody exchanges the disks of a halted VM by hand, and its object is deleted
// before the operator has looked again.
func TestDeletionLooksFirst(t *testing.T) {
	step(t, testkit.Options{}, func(t *testing.T, l *testkit.Lab) {
		l.Create(testkit.VM("web", stopped))
		l.Until("Ready", patience, l.Ready("web"))
		vm := l.VM("web").Status
		data := l.Made("disk", map[string]any{"name": "holidays", "datacenter_id": 1, "size": 5120})
		l.Pass(time.Minute)
		byHand(t, l, map[string]any{"type": "disk", "id": int(vm.SystemDiskID), "detach": true})
		byHand(t, l, map[string]any{"type": "disk", "id": int(data), "attach": int(vm.ID)})
		l.Delete("web")
		l.Until("gone", patience, l.Gone("web"))
		if !thereIs(l, "disks", data) {
			t.Errorf("somebody's disk %d went with the VM\n%s", data, l.Describe())
		}
	})
}

// A GandiDisk takes over the system disk in the same moment in which the VM is
// deleted.
func TestAdoptionRacesDeletion(t *testing.T) {
	step(t, testkit.Options{}, func(t *testing.T, l *testkit.Lab) {
		l.Create(testkit.VM("web", stopped))
		l.Until("Ready", patience, l.Ready("web"))
		own := l.VM("web").Status.SystemDiskID
		l.Pass(time.Minute)
		l.Create(testkit.Disk("saved", adopting(own)))
		l.Delete("web")
		l.Until("gone", patience, l.Gone("web"))
		l.Until("saved", patience, testkit.Ready[v1alpha1.GandiDisk](l, "saved"))
		if !thereIs(l, "disks", own) {
			t.Errorf("disk %d went with the VM\n%s", own, l.Describe())
		}
	})
}

// All status is lost, and the VM is deleted before the GandiDisk that has its
// system disk knows that again.
func TestDeletionAfterRestore(t *testing.T) {
	step(t, testkit.Options{}, func(t *testing.T, l *testkit.Lab) {
		l.Create(testkit.VM("web", stopped))
		l.Until("Ready", patience, l.Ready("web"))
		own := l.VM("web").Status.SystemDiskID
		l.Create(testkit.Disk("saved", adopting(own)))
		l.Until("handed over", patience, both(testkit.Ready[v1alpha1.GandiDisk](l, "saved"), func() bool { return l.VM("web").Status.SystemDiskID == 0 }))
		l.Stop()
		disk, vm := testkit.Get[v1alpha1.GandiDisk](l, "saved"), l.VM("web")
		disk.Status, vm.Status = v1alpha1.GandiDiskStatus{}, v1alpha1.GandiVMStatus{}
		if err := l.Store.Status().Update(context.Background(), disk); err != nil {
			t.Fatal(err)
		}
		if err := l.Store.Status().Update(context.Background(), vm); err != nil {
			t.Fatal(err)
		}
		l.Delete("web")
		l.Start()
		l.Until("gone", patience, l.Gone("web"))
		l.Pass(time.Hour)
		if !thereIs(l, "disks", own) {
			t.Errorf("disk %d went with the VM\n%s", own, l.Describe())
		}
	})
}

// What a half-done create left is somebody's as soon as a GandiDisk has it.
func TestLeftoverIsHandedOver(t *testing.T) {
	t.Parallel()
	for _, then := range []string{"delete", "go on"} {
		t.Run(then, func(t *testing.T) {
			o := gandisim.Options{TimeScale: 10, Switches: map[string]string{"failed-create-step": "vm_create", "failed-create-leaves": "disk+iface"}}
			step(t, testkit.Options{Sim: &o}, func(t *testing.T, l *testkit.Lab) {
				l.World.Script(gandisim.Trouble{Method: buyVM, Nth: 1, Operation: "ERROR"})
				l.Create(testkit.VM("web"))
				var left int64
				l.Until("done by half", patience, func() bool {
					vm := l.VM("web")
					for _, one := range vm.Status.Created {
						if one.Type == "disk" && len(vm.Status.Operations) == 0 && vm.Status.Intent == nil {
							left = one.ID
						}
					}
					return left != 0
				})
				l.Edit("web", testkit.Annotated(v1alpha1.AnnotationPaused, "true"))
				l.Create(testkit.Disk("saved", adopting(left)))
				l.Until("handed over", patience, testkit.Ready[v1alpha1.GandiDisk](l, "saved"))
				if then == "delete" {
					l.Delete("web")
				}
				l.Edit("web", testkit.Annotated(v1alpha1.AnnotationPaused, "false"))
				if then == "delete" {
					l.Until("gone", patience, l.Gone("web"))
				} else {
					l.Until("Ready", patience, l.Ready("web"))
					if own := l.VM("web").Status.Disks[0].ID; own == left {
						t.Errorf("the VM was made on disk %d of GandiDisk saved", own)
					}
				}
				if !thereIs(l, "disks", left) {
					t.Errorf("disk %d is gone\n%s", left, l.Describe())
				}
			})
		})
	}
}

// The system disk of a VM that is no more is a GandiDisk's, which serves another
// VM: a new VM of the old name has nothing to do with either.
func TestNamesakeOfHandedOverDisk(t *testing.T) {
	step(t, testkit.Options{}, func(t *testing.T, l *testkit.Lab) {
		l.Create(testkit.VM("ill"), testkit.VM("doctor"))
		l.Until("Ready", patience, both(l.Ready("ill"), l.Ready("doctor")))
		own := l.VM("ill").Status.SystemDiskID
		l.Create(testkit.Disk("patient", adopting(own)))
		l.Until("handed over", patience, both(testkit.Ready[v1alpha1.GandiDisk](l, "patient"), func() bool { return l.VM("ill").Status.SystemDiskID == 0 }))
		l.Delete("ill")
		l.Until("gone", patience, l.Gone("ill"))
		l.Edit("doctor", testkit.Attached("patient"))
		l.Until("at the doctor's", patience, both(l.Ready("doctor"), attachedTo(l, "patient", "doctor")))
		l.World.Script(gandisim.Trouble{Method: buyVM, Nth: 1, Cut: "before"})
		l.Create(testkit.VM("ill"))
		l.Until("bought anew, or told", patience, func() bool { return l.Ready("ill")() || l.Stalled("ill")() })
		if !l.Ready("ill")() {
			t.Errorf("%v", testkit.Condition[v1alpha1.GandiVM](l, "ill", v1alpha1.ConditionReady))
		}
		if l.VM("ill").Status.ID == l.VM("doctor").Status.ID {
			t.Errorf("it took the doctor's VM")
		}
	})
}

// A system disk is handed over to be rolled back.
func TestRollbackOfHandedOverDisk(t *testing.T) {
	step(t, testkit.Options{}, func(t *testing.T, l *testkit.Lab) {
		l.Create(testkit.VM("web"))
		l.Until("Ready", patience, l.Ready("web"))
		l.Create(testkit.Disk("root", adopting(l.VM("web").Status.SystemDiskID)))
		l.Until("handed over", patience, testkit.Ready[v1alpha1.GandiDisk](l, "root"))
		l.Create(testkit.Disk("night", snapshotOf("root")))
		l.Until("snapshot", patience, testkit.Ready[v1alpha1.GandiDisk](l, "night"))
		testkit.Edit(l, "root", rollbackTo("night", "first"))
		l.Until("told", patience, func() bool { return testkit.Reason[v1alpha1.GandiDisk](l, "root") == v1alpha1.ReasonAttached })
		c := testkit.Condition[v1alpha1.GandiDisk](l, "root", v1alpha1.ConditionReady)
		if !strings.Contains(c.Message, "systemDisk.diskRef") {
			t.Errorf("it says %q", c.Message)
		}
		l.Edit("web", bootingFrom("root"))
		l.Until("rolled back", patience, all(testkit.Ready[v1alpha1.GandiDisk](l, "root"), l.Ready("web"), bootsFrom(l, "web", "root"), func() bool { return l.Accepted(rollBack) == 1 }))
	})
}

// A GandiDisk that somebody attached by hand to a VM of ours is not in that VM's
// spec, so nobody can take it out of there.
func TestAttachedByHand(t *testing.T) {
	step(t, testkit.Options{}, func(t *testing.T, l *testkit.Lab) {
		l.Create(testkit.VM("web"), testkit.Disk("data"))
		l.Until("Ready", patience, both(l.Ready("web"), testkit.Ready[v1alpha1.GandiDisk](l, "data")))
		vm, data := l.VM("web").Status.ID, testkit.Get[v1alpha1.GandiDisk](l, "data").Status.ID
		l.Somebody(gandi.VMDiskAttach{VM: gandi.VMID(vm), Disk: gandi.DiskID(data)})
		testkit.Delete[v1alpha1.GandiDisk](l, "data")
		l.Until("told", patience, func() bool { return testkit.Reason[v1alpha1.GandiDisk](l, "data") == v1alpha1.ReasonAttached })
		c := testkit.Condition[v1alpha1.GandiDisk](l, "data", v1alpha1.ConditionReady)
		if strings.Contains(c.Message, "take it out of spec.disks") || !strings.Contains(c.Message, "detach it") {
			t.Errorf("it says %q", c.Message)
		}
	})
}

// The system disk was deleted at Gandi.
func TestSystemDiskIsGone(t *testing.T) {
	step(t, testkit.Options{}, func(t *testing.T, l *testkit.Lab) {
		l.Create(testkit.VM("web"))
		l.Until("Ready", patience, l.Ready("web"))
		vm := l.VM("web").Status
		l.Somebody(gandi.VMStop{ID: gandi.VMID(vm.ID)})
		l.Edit("web", stopped)
		l.Pass(time.Minute)
		l.Somebody(gandi.VMDiskDetach{VM: gandi.VMID(vm.ID), Disk: gandi.DiskID(vm.SystemDiskID)})
		l.Somebody(gandi.DiskDelete{ID: gandi.DiskID(vm.SystemDiskID)})
		l.Edit("web", func(vm *v1alpha1.GandiVM) { vm.Spec.PowerState = v1alpha1.Running })
		l.Pass(time.Hour)
		c := testkit.Condition[v1alpha1.GandiVM](l, "web", v1alpha1.ConditionReady)
		if c == nil || !strings.Contains(c.Message, "systemDisk.diskRef") {
			t.Errorf("it says %v", c)
		}
	})
}

// Nothing that waits asks Gandi without pause.
func TestWaitingIsCheap(t *testing.T) {
	testkit.Long(t)
	step(t, testkit.Options{}, func(t *testing.T, l *testkit.Lab) {
		l.Create(testkit.VM("web"), testkit.VM("other"), testkit.Disk("data"), testkit.Disk("gone"), testkit.Disk("boot", fromImage), testkit.Interface("eth"))
		l.Until("Ready", patience, all(l.Ready("web"), l.Ready("other"), testkit.Ready[v1alpha1.GandiDisk](l, "data"), testkit.Ready[v1alpha1.GandiDisk](l, "boot")))
		l.Edit("web", testkit.Attached("data", "gone"))
		l.Until("attached", patience, both(l.Ready("web"), attachedTo(l, "gone", "web")))
		l.Edit("other", testkit.Attached("data"))
		l.Create(testkit.VM("third", bootingFrom("nowhere")), testkit.VM("fourth", testkit.Connected("nowhere")))
		testkit.Delete[v1alpha1.GandiDisk](l, "gone")
		l.Edit("other", func(vm *v1alpha1.GandiVM) { vm.Spec.RebootPolicy = v1alpha1.RebootManual }, testkit.Attached("boot"), atPosition("boot", 0))
		l.Pass(30 * time.Minute)
		n, w := len(l.World.Journal()), l.Writes()
		l.Pass(time.Hour)
		count := map[string]int{}
		for _, e := range l.World.Journal()[n:] {
			count[e.Method]++
		}
		if calls := len(l.World.Journal()) - n; calls > 300 {
			t.Errorf("%d calls in an hour in which nothing changes: %v", calls, count)
		}
		if writes := l.Writes() - w; writes > 10 {
			t.Errorf("%d writes", writes)
		}
	})
}

// Retain lets a GandiDisk go while a VM has it: the VM keeps the disk, says that
// the object is missing, and its own deletion does not take the disk along.
func TestRetainedWhileAttached(t *testing.T) {
	t.Parallel()
	for _, position := range []int32{0, 1} {
		t.Run(fmt.Sprint(position), func(t *testing.T) {
			step(t, testkit.Options{}, func(t *testing.T, l *testkit.Lab) {
				l.Create(testkit.VM("web", testkit.Attached("data"), atPosition("data", position)), testkit.Disk("data", fromImage, func(d *v1alpha1.GandiDisk) { d.Spec.DeletionPolicy = v1alpha1.Retain }))
				l.Until("attached", patience, both(l.Ready("web"), attachedTo(l, "data", "web")))
				data := testkit.Get[v1alpha1.GandiDisk](l, "data").Status.ID
				testkit.Delete[v1alpha1.GandiDisk](l, "data")
				l.Until("let go", patience, testkit.Gone[v1alpha1.GandiDisk](l, "data"))
				l.Until("told", patience, func() bool { return l.Reason("web") == v1alpha1.ReasonDiskNotFound })
				l.Delete("web")
				l.Until("gone", patience, l.Gone("web"))
				if !thereIs(l, "disks", data) {
					t.Errorf("disk %d went with the VM\n%s", data, l.Describe())
				}
			})
		})
	}
}

// What a rollback of the disk that a VM boots from interrupts waits for approval,
// and the VM runs again afterwards.
func TestRollbackOfBootDiskWaitsForApproval(t *testing.T) {
	step(t, testkit.Options{}, func(t *testing.T, l *testkit.Lab) {
		l.Create(testkit.Disk("root", fromImage), testkit.Disk("night", snapshotOf("root")),
			testkit.VM("web", bootingFrom("root"), func(vm *v1alpha1.GandiVM) { vm.Spec.RebootPolicy = v1alpha1.RebootManual }))
		l.Until("Ready", patience, all(l.Ready("web"), testkit.Ready[v1alpha1.GandiDisk](l, "night"), testkit.Ready[v1alpha1.GandiDisk](l, "root")))
		testkit.Edit(l, "root", rollbackTo("night", "first"))
		l.Until("it asks", patience, func() bool { return l.Reason("web") == v1alpha1.ReasonRebootRequired })
		l.Pass(2 * time.Hour)
		if n := l.Called("hosting.vm.stop"); n != 0 {
			t.Errorf("stopped %d times without approval", n)
		}
		l.Edit("web", testkit.Annotated(v1alpha1.AnnotationApproveReboot, "yes"))
		l.Until("rolled back and running", patience, all(l.Ready("web"), testkit.Ready[v1alpha1.GandiDisk](l, "root"), bootsFrom(l, "web", "root"),
			func() bool { return l.VM("web").Status.State == "running" && l.Accepted(rollBack) == 1 }))
	})
}

// An entry taken out does not move the positions of the others, and neither does
// a status that was lost and restored without its attachments.
func TestPositionsAreKept(t *testing.T) {
	step(t, testkit.Options{}, func(t *testing.T, l *testkit.Lab) {
		l.Create(testkit.Disk("one"), testkit.Disk("two"), testkit.Disk("three"), testkit.VM("web", testkit.Attached("one", "two", "three")))
		l.Until("attached", patience, all(l.Ready("web"), attachedTo(l, "one", "web"), attachedTo(l, "three", "web")))
		n := l.Called("hosting.vm.disk_attach")
		l.Edit("web", detached("one"))
		l.Until("detached", patience, both(l.Ready("web"), attachedTo(l, "one", "")))
		l.Pass(time.Hour)
		for _, a := range l.VM("web").Status.Attachments {
			if want := map[string]int32{"two": 2, "three": 3}[a.Name]; a.Position != want {
				t.Errorf("%s is at %d, want %d", a.Name, a.Position, want)
			}
		}
		vm := l.VM("web")
		vm.Status = v1alpha1.GandiVMStatus{}
		if err := l.Store.Status().Update(context.Background(), vm); err != nil {
			t.Fatal(err)
		}
		l.Edit("web", testkit.Annotated("touched", "yes"))
		l.Until("known again", patience, l.Ready("web"))
		l.Pass(time.Hour)
		if got := l.Called("hosting.vm.disk_attach") - n; got != 0 {
			t.Errorf("%d attachments for nothing", got)
		}
		if got := l.Called("hosting.vm.disk_detach"); got != 1 {
			t.Errorf("%d detachments, want the one asked for", got)
		}
	})
}

// A disk that is halted for and then cannot be had leaves no VM halted for good
// without a word: going back to what was asked before starts it again.
func TestSwapThatFailsGoesBack(t *testing.T) {
	testkit.Long(t)
	step(t, testkit.Options{}, func(t *testing.T, l *testkit.Lab) {
		l.Create(testkit.Disk("rescue", fromImage), testkit.VM("web"))
		l.Until("both Ready", patience, both(l.Ready("web"), testkit.Ready[v1alpha1.GandiDisk](l, "rescue")))
		own := l.VM("web").Status.SystemDiskID
		l.World.Script(gandisim.Trouble{Method: "hosting.vm.disk_attach", Every: 1, Operation: "ERROR"})
		l.Edit("web", testkit.Attached("rescue"), atPosition("rescue", 0))
		l.Until("it fails", patience, func() bool { return l.Reason("web") == v1alpha1.ReasonOperationFailed })
		n := len(l.World.Journal())
		l.Pass(time.Hour)
		if calls := len(l.World.Journal()) - n; calls > 400 {
			t.Errorf("%d calls in an hour", calls)
		}
		l.Edit("web", detached("rescue"))
		l.Until("on its own disk again", patience, func() bool {
			vm := l.VM("web")
			return l.Ready("web")() && vm.Status.State == "running" && vm.Status.Disks[0].ID == own
		})
	})
}

// Two VMs exchange a data disk each.
func TestDisksAreExchanged(t *testing.T) {
	step(t, testkit.Options{}, func(_ *testing.T, l *testkit.Lab) {
		l.Create(testkit.Disk("a"), testkit.Disk("b"), testkit.VM("one", testkit.Attached("a")), testkit.VM("two", testkit.Attached("b")))
		l.Until("attached", patience, all(l.Ready("one"), l.Ready("two"), attachedTo(l, "a", "one"), attachedTo(l, "b", "two")))
		l.Edit("one", detached("a"), testkit.Attached("b"))
		l.Edit("two", detached("b"), testkit.Attached("a"))
		l.Until("exchanged", patience, all(l.Ready("one"), l.Ready("two"), attachedTo(l, "b", "one"), attachedTo(l, "a", "two")))
	})
}

// Two VMs exchange the disks that they boot from: neither gives its own up before
// it can have the other's, so both say what to do.
func TestBootDisksAreExchanged(t *testing.T) {
	step(t, testkit.Options{}, func(t *testing.T, l *testkit.Lab) {
		l.Create(testkit.Disk("a", fromImage), testkit.Disk("b", fromImage), testkit.VM("one", bootingFrom("a")), testkit.VM("two", bootingFrom("b")))
		l.Until("booted", patience, all(l.Ready("one"), l.Ready("two"), bootsFrom(l, "one", "a"), bootsFrom(l, "two", "b")))
		l.Edit("one", bootingFrom("b"))
		l.Edit("two", bootingFrom("a"))
		l.Pass(time.Hour)
		for _, name := range []string{"one", "two"} {
			c := testkit.Condition[v1alpha1.GandiVM](l, name, v1alpha1.ConditionReady)
			if l.VM(name).Status.State != "running" || c.Reason != v1alpha1.ReasonDiskInUse || !strings.Contains(c.Message, "a third disk in between") {
				t.Errorf("%s is %s and says %v", name, l.VM(name).Status.State, c)
			}
		}
		l.Create(testkit.Disk("between", fromImage))
		l.Until("there", patience, testkit.Ready[v1alpha1.GandiDisk](l, "between"))
		l.Edit("one", bootingFrom("between"))
		l.Until("two has it", patience, both(l.Ready("two"), bootsFrom(l, "two", "a")))
		l.Edit("one", bootingFrom("b"))
		l.Until("exchanged", patience, both(l.Ready("one"), bootsFrom(l, "one", "b")))
	})
}
