package vm

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// Whatever is asked for and whatever is found, applying one action after the
// other to a model of the world ends, never sends the same call twice, and ends
// with what was asked for.
func TestPlanConverges(t *testing.T) {
	for seed := range uint64(20_000) {
		r := rand.New(rand.NewPCG(seed, 1))
		obj, s := randomSpec(r), randomWorld(r)
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
	}
	return vm
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
