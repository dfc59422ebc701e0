package controllers_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
	"github.com/gandi-operator/gandi-operator/internal/testkit"
)

// A household is a random set of VMs, disks and interfaces in which people move,
// edit and delete things at random while replies are lost. It always comes to
// rest as its manifests say, and no disk is lost whose own object was not deleted.
func TestHousehold(t *testing.T) {
	t.Parallel()
	for seed := uint64(0); seed < 64; seed += uint64(stride) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				h := &household{Lab: testkit.NewLab(t, testkit.Options{}), t: t, r: rand.New(rand.NewPCG(seed, 7)), ids: map[string]int64{}}
				h.Start()
				h.furnish()
				for range 14 {
					h.act()
					h.remember()
					h.Pass(time.Duration(h.r.IntN(400)) * time.Second)
					h.remember()
				}
				h.World.ClearTroubles()
				h.Until("at rest", 12*time.Hour, h.atRest)
				strays := h.intact()
				deleteAll(h.Lab)
				h.Until("everything is gone", 12*time.Hour, nothingLeft(h.Lab))
				for list, want := range map[string]int{"disks": strays, "ifaces": 0} {
					if n := h.Count(list); n != want {
						t.Errorf("%d %s are left, want %d\n%v\n%s", n, list, want, h.did, h.Describe())
					}
				}
			})
		})
	}
}

type household struct {
	*testkit.Lab
	t    *testing.T
	r    *rand.Rand
	ids  map[string]int64 // disks at Gandi by the names of their objects
	made int
	did  []string
}

func (h *household) notef(format string, args ...any) {
	h.did = append(h.did, fmt.Sprintf(format, args...))
}

func (h *household) fresh(prefix string) string {
	h.made++
	return fmt.Sprint(prefix, h.made)
}

func (h *household) furnish() {
	for range 3 {
		h.Create(testkit.Disk(h.fresh("disk")))
	}
	h.Create(testkit.Disk(h.fresh("disk"), fromImage))
	for range 2 {
		h.Create(testkit.Interface(h.fresh("eth")))
	}
	h.Create(testkit.VM(h.fresh("vm")), testkit.VM(h.fresh("vm")))
}

func pick(r *rand.Rand, from []string) string {
	if len(from) == 0 {
		return ""
	}
	return from[r.IntN(len(from))]
}

// act does one thing that people do. What the API server refuses does not happen.
func (h *household) act() {
	vm, disk := pick(h.r, namesOf[v1alpha1.GandiVM](h.Lab)), pick(h.r, namesOf[v1alpha1.GandiDisk](h.Lab))
	eth := pick(h.r, namesOf[v1alpha1.GandiInterface](h.Lab))
	switch n := h.r.IntN(16); {
	case n < 5 && vm != "" && disk != "":
		h.notef("attach %s to %s", disk, vm)
		change := []func(*v1alpha1.GandiVM){detached(disk), testkit.Attached(disk)}
		switch h.r.IntN(5) {
		case 0:
			change = append(change, atPosition(disk, 0))
		case 1:
			change = append(change, func(vm *v1alpha1.GandiVM) { vm.Spec.Disks[len(vm.Spec.Disks)-1].ReadOnly = true })
		}
		_ = testkit.TryEdit(h.Lab, vm, change...)
	case n < 7 && vm != "" && disk != "":
		h.notef("detach %s from %s", disk, vm)
		_ = testkit.TryEdit(h.Lab, vm, detached(disk))
	case n < 8 && vm != "":
		h.notef("boot %s from %s", vm, disk)
		_ = testkit.TryEdit(h.Lab, vm, detached(disk), bootingFrom(disk))
	case n < 9 && vm != "":
		h.notef("delete %s", vm)
		h.Delete(vm)
	case n < 10 && disk != "":
		h.notef("delete %s", disk)
		testkit.Delete[v1alpha1.GandiDisk](h.Lab, disk)
		delete(h.ids, disk)
	case n < 11:
		name := h.fresh("vm")
		h.notef("create %s", name)
		vm := testkit.VM(name)
		if eth != "" && h.r.IntN(2) == 0 {
			testkit.Connected(eth)(vm)
		}
		h.Create(vm)
	case n < 12:
		name := h.fresh("disk")
		h.notef("create %s", name)
		h.Create(testkit.Disk(name))
	case n < 13 && vm != "":
		state := []v1alpha1.PowerState{v1alpha1.Running, v1alpha1.Stopped}[h.r.IntN(2)]
		h.notef("power of %s: %s", vm, state)
		_ = testkit.TryEdit(h.Lab, vm, func(vm *v1alpha1.GandiVM) { vm.Spec.PowerState = state })
	case n < 14 && disk != "":
		h.notef("grow %s", disk)
		_ = testkit.TryEdit(h.Lab, disk, testkit.Size(fmt.Sprintf("%dGi", 5+h.r.IntN(6))))
	default:
		methods := []string{"hosting.vm.disk_attach", "hosting.vm.disk_detach", buyDisk, buyVM, "hosting.vm.stop", "hosting.vm.delete", "hosting.disk.delete", "hosting.iface.create"}
		cut := []string{"before", "after", "truncate"}
		trouble := gandisim.Trouble{Method: methods[h.r.IntN(len(methods))], Nth: 1, Cut: cut[h.r.IntN(3)]}
		if h.r.IntN(3) == 0 {
			trouble.Cut, trouble.Operation = "", "ERROR"
		}
		h.notef("trouble %+v", trouble)
		h.World.Script(trouble)
	}
}

// remember learns which disk each GandiDisk has, and that it keeps it.
func (h *household) remember() {
	for _, name := range namesOf[v1alpha1.GandiDisk](h.Lab) {
		d := testkit.Get[v1alpha1.GandiDisk](h.Lab, name)
		if d == nil || d.Status.ID == 0 || !d.DeletionTimestamp.IsZero() {
			continue
		}
		if known := h.ids[name]; known != 0 && known != d.Status.ID && d.Status.BoughtAt != nil {
			h.t.Errorf("%s had disk %d and has %d now\n%v\n%s", name, known, d.Status.ID, h.did, h.Describe())
		}
		if d.Status.BoughtAt != nil {
			h.ids[name] = d.Status.ID
		}
	}
}

// waits tells whether the VM waits for a part that others have or that is not
// there: that is rest, too.
func waits(reason string) bool {
	return slices.Contains([]string{v1alpha1.ReasonDiskInUse, v1alpha1.ReasonDiskNotFound, v1alpha1.ReasonInterfaceInUse, v1alpha1.ReasonInterfaceNotFound,
		v1alpha1.ReasonReferenceNotReady}, reason)
}

// atRest tells whether everything is as its manifest says, or told why not.
func (h *household) atRest() bool {
	for _, name := range namesOf[v1alpha1.GandiVM](h.Lab) {
		vm := h.VM(name)
		if vm == nil || !vm.DeletionTimestamp.IsZero() || vm.Status.ObservedGeneration != vm.Generation || len(vm.Status.Operations) > 0 {
			return false
		}
		if !h.Ready(name)() && !waits(h.Reason(name)) {
			return false
		}
	}
	for _, name := range namesOf[v1alpha1.GandiDisk](h.Lab) {
		d := testkit.Get[v1alpha1.GandiDisk](h.Lab, name)
		held := d != nil && !d.DeletionTimestamp.IsZero() && testkit.Reason[v1alpha1.GandiDisk](h.Lab, name) == v1alpha1.ReasonAttached
		if d == nil || (!held && !testkit.Ready[v1alpha1.GandiDisk](h.Lab, name)()) {
			return false
		}
	}
	return true
}

// intact checks the world against what was remembered and what is asked for. It
// counts the disks that VMs left which went over to a disk of their owner's:
// nobody deletes those.
func (h *household) intact() (strays int) {
	h.t.Helper()
	there := map[int64]map[string]any{}
	for _, d := range h.Things("disks") {
		if id, ok := d["id"].(float64); ok {
			there[int64(id)] = d
		}
	}
	owned := map[int64]bool{}
	for name, id := range h.ids {
		owned[id] = true
		if there[id] == nil {
			h.t.Errorf("disk %d of %s is gone, and nobody deleted %s\n%v\n%s", id, name, name, h.did, h.Describe())
		}
	}
	for _, name := range namesOf[v1alpha1.GandiDisk](h.Lab) {
		owned[testkit.Get[v1alpha1.GandiDisk](h.Lab, name).Status.ID] = true
	}
	for _, name := range namesOf[v1alpha1.GandiVM](h.Lab) {
		vm := h.VM(name)
		owned[vm.Status.SystemDiskID] = true
		if sd := vm.Spec.SystemDisk; vm.Status.SystemDiskID != 0 && sd != nil && sd.DiskRef != nil {
			strays++ // it shall go over to another disk, which it cannot have
		}
		if !h.Ready(name)() {
			continue
		}
		for _, entry := range vm.Spec.Disks {
			if !attachedTo(h.Lab, entry.DiskRef.Name, name)() {
				h.t.Errorf("%s is Ready without %s\n%v\n%s", name, entry.DiskRef.Name, h.did, h.Describe())
			}
		}
	}
	booted := slices.ContainsFunc(h.did, func(s string) bool { return strings.HasPrefix(s, "boot") })
	for id, d := range there {
		if owned[id] {
			continue
		}
		strays++
		if !booted {
			h.t.Errorf("disk %d (%v) is nobody's\n%v\n%s", id, d["name"], h.did, h.Describe())
		}
	}
	return strays
}
