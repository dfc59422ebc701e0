package vm

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
	"github.com/gandi-operator/gandi-operator/internal/size"
)

// Whatever is asked for and whatever is found, applying one action after the
// other to a model of the world ends, never sends the same call twice, and ends
// with what was asked for.
func TestPlanConverges(t *testing.T) {
	for seed := range uint64(20_000) {
		r := rand.New(rand.NewPCG(seed, 1))
		obj, s := randomSpec(r), randomWorld(r)
		randomParts(r, obj, &s)
		actions, err := engine.Preview(Kind{}, obj, s)
		if err != nil {
			t.Fatalf("seed %d: %v: %v", seed, err, summary(actions))
		}
		sent := map[string]bool{}
		for _, a := range actions {
			if a.Verb != engine.Do {
				continue
			}
			key := a.Context + gandi.Digest(a.Call)
			if sent[key] && a.Call.Method() != "hosting.vm.reboot" {
				t.Fatalf("seed %d: %s twice: %v", seed, inWords(a), summary(actions))
			}
			sent[key] = true
			if c, ok := a.Call.(gandi.VMDelete); ok && s.Bought && !s.Adopted {
				spared(t, seed, obj, s, c)
			}
			s = (Kind{}).Effect(s, a.Call)
		}
		if last := actions[len(actions)-1]; last.Verb == engine.InSync {
			fulfilled(t, seed, obj, s, actions)
		}
	}
}

// fulfilled checks the world that a preview ends with against the spec, by
// other means than the plan's own comparisons.
func fulfilled(t *testing.T, seed uint64, obj *v1alpha1.GandiVM, s Observed, actions []engine.Action) {
	t.Helper()
	vm := s.VM
	switch {
	case obj.Spec.Memory != nil && int64(vm.MemoryMB)*1024*1024 != obj.Spec.Memory.Value():
		t.Errorf("seed %d: memory %d: %v", seed, vm.MemoryMB, summary(actions))
	case obj.Spec.MaxMemory != nil && int64(s.maximum())*1024*1024 < obj.Spec.MaxMemory.Value():
		t.Errorf("seed %d: maximum %d: %v", seed, vm.MaxMemoryMB, summary(actions))
	case obj.Spec.Cores != 0 && vm.Cores != int(obj.Spec.Cores):
		t.Errorf("seed %d: cores %d: %v", seed, vm.Cores, summary(actions))
	case obj.Spec.PowerState == v1alpha1.Stopped && vm.State != gandi.VMHalted, obj.Spec.PowerState == v1alpha1.Running && vm.State != gandi.VMRunning:
		t.Errorf("seed %d: state %s: %v", seed, vm.State, summary(actions))
	case s.PendingReboot != nil && vm.State == gandi.VMRunning:
		t.Errorf("seed %d: a reboot is pending: %v", seed, summary(actions))
	case obj.Spec.Hostname != "" && vm.Hostname != obj.Spec.Hostname:
		t.Errorf("seed %d: hostname %s: %v", seed, vm.Hostname, summary(actions))
	}
	for _, w := range s.Wanted {
		if !slices.Contains(vm.DiskIDs, w.Disk) || (w.Position == 0 && vm.DiskIDs[0] != w.Disk) {
			t.Errorf("seed %d: disk %d of %s is not at its place in %v: %v", seed, w.Disk, w.Entry, vm.DiskIDs, summary(actions))
		}
	}
	for _, w := range s.WantedIfaces {
		if !slices.Contains(vm.IfaceIDs, w.Iface) {
			t.Errorf("seed %d: interface %d is not on the VM: %v", seed, w.Iface, summary(actions))
		}
	}
}

// spared checks what goes when Gandi deletes the VM: nothing that was not bought
// with it.
func spared(t *testing.T, seed uint64, obj *v1alpha1.GandiVM, s Observed, _ gandi.VMDelete) {
	t.Helper()
	if len(s.VM.DiskIDs) > 0 {
		if first := s.VM.DiskIDs[0]; first != s.OwnDisk || s.ClaimedDisks[first] != "" || retainsSystemDisk(obj) {
			t.Errorf("seed %d: disk %d would go with the VM", seed, first)
		}
	}
	if len(s.VM.IfaceIDs) > 0 {
		if first := s.VM.IfaceIDs[0]; s.ClaimedIfaces[first] != "" || len(obj.Spec.Interfaces) > 0 {
			t.Errorf("seed %d: interface %d would go with the VM", seed, first)
		}
	}
}

func summary(actions []engine.Action) []string {
	var words []string
	for _, a := range actions {
		words = append(words, inWords(a))
	}
	return words
}

func oneOf[T any](r *rand.Rand, all ...T) T { return all[r.IntN(len(all))] }

func randomSpec(r *rand.Rand) *v1alpha1.GandiVM {
	vm := wanted(memory(fmt.Sprintf("%dMi", 64*(4+r.IntN(380)))), withCores(int32(r.IntN(13))))
	vm.Spec.PowerState = oneOf(r, "", v1alpha1.Running, v1alpha1.Stopped)
	vm.Spec.Hostname = oneOf(r, "", "web", "other")
	if r.IntN(3) == 0 {
		maxMemory(oneOf(r, "16Gi", "24Gi"))(vm)
		if vm.Spec.MaxMemory.Cmp(*vm.Spec.Memory) < 0 {
			vm.Spec.MaxMemory = nil
		}
	}
	if r.IntN(4) == 0 {
		vm.Spec.Console = new(r.IntN(2) == 0)
	}
	if r.IntN(4) == 0 {
		restart(vm)
	}
	if r.IntN(5) == 0 {
		deletingVM(vm)
	}
	if r.IntN(6) == 0 {
		vm.Spec.Image, vm.Spec.SystemDisk = nil, &v1alpha1.SystemDisk{DiskID: 70}
	} else if r.IntN(3) == 0 {
		vm.Spec.SystemDisk = &v1alpha1.SystemDisk{Name: oneOf(r, "", "root"), Kernel: oneOf(r, "", "3.2-x86_64"), Retain: r.IntN(3) == 0}
		vm.Spec.SystemDisk.Size = oneOf(r, nil, size.Quantity(10240))
	}
	if r.IntN(4) == 0 {
		withInterfaces(vm)
	}
	return vm
}

// randomParts gives a world disks and interfaces that are asked for, there,
// recorded or somebody else's, in any combination.
func randomParts(r *rand.Rand, obj *v1alpha1.GandiVM, s *Observed) {
	here := []gandi.DiskID{70, 80, 81, 90}
	r.Shuffle(len(here), func(i, j int) { here[i], here[j] = here[j], here[i] })
	if s.VM != nil {
		has(here[:r.IntN(5)]...)(s)
		linkedTo([]gandi.IfaceID{77, 78}[:r.IntN(3)]...)(s)
	}
	if obj.Spec.SystemDisk != nil && obj.Spec.SystemDisk.DiskID != 0 {
		s.OwnDisk = 0
		s.Wanted = append(s.Wanted, entry(systemEntry, 70, 0))
	}
	position := r.IntN(2)
	for i, id := range []gandi.DiskID{80, 81} {
		w := entry(fmt.Sprint("entry", i), id, i+1)
		if i == 0 && position == 0 && !ownBoot(obj) {
			w.Position = 0
		}
		switch r.IntN(5) {
		case 0:
			w = held(w)
		case 1:
			w = yielding(w)
		case 2:
			continue
		}
		if s.has(id) {
			w.Blocked = nil
		}
		s.Wanted = append(s.Wanted, w)
		if r.IntN(2) == 0 {
			recorded(w.Entry, int64(id), int32(r.IntN(3)))(s)
		}
	}
	if r.IntN(3) == 0 {
		recorded("gone", 90, 3)(s)
	}
	if r.IntN(4) == 0 {
		claimedDisk(oneOf(r, gandi.DiskID(70), 80))(s)
	}
	if len(obj.Spec.Interfaces) > 0 {
		wantsIfaces(wantedIface{Name: "eth", Iface: 77})(s)
	}
	if r.IntN(2) == 0 {
		s.RecordedIfaces = []gandi.IfaceID{78}
	}
	s.Recorded = attachments(*s)
}

func randomWorld(r *rand.Rand) Observed {
	var opts []obsOpt
	if r.IntN(4) == 0 {
		opts = append(opts, nothing)
		if r.IntN(2) == 0 {
			opts = append(opts, leftDisk)
		}
	} else {
		opts = append(opts, in(oneOf(r, gandi.VMRunning, gandi.VMRunning, gandi.VMHalted, gandi.VMPaused, gandi.VMInvalid, gandi.VMLocked)), func(s *Observed) {
			s.VM.MemoryMB = 64 * (4 + r.IntN(380))
			s.VM.MaxMemoryMB = tierFor(s.VM.MemoryMB)
			s.VM.Cores = 1 + r.IntN(12)
		})
	}
	for _, o := range []obsOpt{pendingReboot, retained, neverWhole, password, passwordSet, restartAsked} {
		if r.IntN(5) == 0 {
			opts = append(opts, o)
		}
	}
	s := seenVM(opts...)
	if s.VM == nil {
		s.PendingReboot = nil
	}
	return s
}
