package vm

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
	"github.com/gandi-operator/gandi-operator/internal/size"
)

type (
	vmOpt  func(*v1alpha1.GandiVM)
	obsOpt func(*Observed)
)

func wanted(opts ...vmOpt) *v1alpha1.GandiVM {
	vm := &v1alpha1.GandiVM{
		ObjectMeta: metav1.ObjectMeta{Name: "web", Generation: 1},
		Spec: v1alpha1.GandiVMSpec{
			Datacenter: "FR-SD2", Image: &v1alpha1.ImageSource{Label: "Ubuntu 10.04"}, Memory: size.Quantity(512), Cores: 1,
			Network: &v1alpha1.VMNetwork{IPVersion: 4, Bandwidth: 102400}, Bootstrap: &v1alpha1.Bootstrap{SSHKeys: []string{"ssh-ed25519 AAAA me"}},
		},
	}
	for _, o := range opts {
		o(vm)
	}
	return vm
}

func seenVM(opts ...obsOpt) Observed {
	s := Observed{
		Token: "gtesttoken00000", Bought: true, RestartDone: true, Datacenter: v1alpha1.ResolvedDatacenter{ID: 1, Name: "FR-SD2"}, Source: 51848, SourceName: "Ubuntu 10.04",
		VM:    &gandi.VM{ID: 7, Hostname: "web", State: gandi.VMRunning, DatacenterID: 1, MemoryMB: 512, MaxMemoryMB: 2048, Cores: 1, DiskIDs: []gandi.DiskID{70}, IfaceIDs: []gandi.IfaceID{77}},
		Disks: []gandi.Disk{{ID: 70, SizeMB: 3072, KernelVersion: "2.6.32"}}, OwnDisk: 70, Own: wantedDisk{Disk: 70}, CameDisk: 70, CameIface: 77,
		Ifaces: []gandi.Iface{{ID: 77, BandwidthKbit: 102400}},
	}
	for _, o := range opts {
		o(&s)
	}
	return s
}

func nothing(s *Observed)    { s.VM, s.Ifaces, s.Bought = nil, nil, false }
func halted(s *Observed)     { s.VM.State = gandi.VMHalted }
func in(state string) obsOpt { return func(s *Observed) { s.VM.State = state } }
func pendingReboot(s *Observed) {
	s.PendingReboot = &v1alpha1.PendingReboot{Reason: "vm_max_memory of 4096 MB"}
}
func leftDisk(s *Observed)            { s.HalfDisk = 70 }
func retained(s *Observed)            { s.Retain = true }
func adoptedVM(s *Observed)           { s.Adopted = true }
func neverWhole(s *Observed)          { s.Bought = false }
func maxShown(n int) obsOpt           { return func(s *Observed) { s.VM.MaxMemoryMB = n } }
func deletingVM(vm *v1alpha1.GandiVM) { t := metav1.Now(); vm.DeletionTimestamp = &t }
func stopped(vm *v1alpha1.GandiVM)    { vm.Spec.PowerState = v1alpha1.Stopped }
func memory(q string) vmOpt {
	return func(vm *v1alpha1.GandiVM) { v := resource.MustParse(q); vm.Spec.Memory = &v }
}
func withCores(n int32) vmOpt { return func(vm *v1alpha1.GandiVM) { vm.Spec.Cores = n } }
func maxMemory(q string) vmOpt {
	return func(vm *v1alpha1.GandiVM) { v := resource.MustParse(q); vm.Spec.MaxMemory = &v }
}
func restart(vm *v1alpha1.GandiVM) {
	vm.Annotations = map[string]string{v1alpha1.AnnotationRestartRequestedAt: "t1"}
}
func restartAsked(s *Observed) { s.RestartDone = false }
func refusedIn(context string, calls ...gandi.Call) obsOpt {
	return func(s *Observed) {
		for _, c := range calls {
			s.Refusals = append(s.Refusals, v1alpha1.Failure{Digest: gandi.Digest(c), Context: context, Class: gandi.Refused.String(), Attempts: 1})
		}
	}
}
func password(s *Observed) { s.Password = gandi.NewSecret("x", "uid/1/key") }
func passwordSet(s *Observed) {
	password(s)
	s.Applied = map[string]string{appliedPassword: "uid/1/key"}
}

func TestPlan(t *testing.T) {
	mem := func(n int) gandi.VMUpdate { return gandi.VMUpdate{ID: 7, MemoryMB: &n} }
	tier := func(n int) gandi.VMUpdate { return gandi.VMUpdate{ID: 7, MaxMemoryMB: &n} }
	core := func(n int) gandi.VMUpdate { return gandi.VMUpdate{ID: 7, Cores: &n} }
	for _, row := range []struct {
		name string
		vm   []vmOpt
		seen []obsOpt
		// want lists the preview: methods of calls, then the verb that ends it.
		want []string
		why  string
	}{
		{name: "a VM in sync is left alone", want: []string{"InSync"}},
		{name: "a missing VM is created", seen: []obsOpt{nothing}, want: []string{"hosting.vm.create_from", "InSync"}},
		{name: "a VM that shall be stopped is started by Gandi first", vm: []vmOpt{stopped}, seen: []obsOpt{nothing}, want: []string{"hosting.vm.create_from", "hosting.vm.stop", "InSync"}},
		{name: "nothing is bought while a reference is missing", seen: []obsOpt{nothing, func(s *Observed) { s.Missing = &engine.Missing{Reason: "ImageNotFound", Message: "m"} }}, want: []string{"Wait ImageNotFound"}},
		{name: "a half-done create goes on from its disk", seen: []obsOpt{nothing, leftDisk}, want: []string{"hosting.vm.create", "InSync"}, why: "the disk is paid for"},
		{name: "own system disk is used and not copied", vm: []vmOpt{func(vm *v1alpha1.GandiVM) { vm.Spec.Image, vm.Spec.SystemDisk = nil, &v1alpha1.SystemDisk{DiskID: 70} }}, seen: []obsOpt{nothing}, want: []string{"hosting.vm.create", "InSync"}},
		{name: "memory within the maximum grows while running", vm: []vmOpt{memory("1Gi")}, want: []string{"hosting.vm.update memory", "InSync"}},
		{name: "memory shrinks while running", vm: []vmOpt{memory("256Mi")}, want: []string{"hosting.vm.update memory", "InSync"}},
		{name: "memory beyond the maximum needs a reboot", vm: []vmOpt{memory("3Gi")}, want: []string{"hosting.vm.update vm_max_memory", "hosting.vm.reboot", "hosting.vm.update memory", "InSync"}},
		{name: "a halted VM needs no reboot", vm: []vmOpt{memory("3Gi"), stopped}, seen: []obsOpt{halted}, want: []string{"hosting.vm.update vm_max_memory", "hosting.vm.update memory", "InSync"}},
		{name: "a halted VM that shall run is shaped before it is started", vm: []vmOpt{memory("3Gi")}, seen: []obsOpt{halted}, want: []string{"hosting.vm.update vm_max_memory", "hosting.vm.update memory", "hosting.vm.start", "InSync"}},
		{name: "a VM that shall stop is stopped before it is shaped", vm: []vmOpt{memory("3Gi"), stopped}, want: []string{"hosting.vm.stop", "hosting.vm.update vm_max_memory", "hosting.vm.update memory", "InSync"}, why: "a halted VM needs no reboot"},
		{name: "a refused tier is answered by the next larger", vm: []vmOpt{memory("3Gi")}, seen: []obsOpt{refusedIn(stateRunning, tier(4096))}, want: []string{"hosting.vm.update vm_max_memory", "hosting.vm.reboot", "hosting.vm.update memory", "InSync"}},
		{name: "a pending reboot comes before the memory", vm: []vmOpt{memory("3Gi")}, seen: []obsOpt{pendingReboot, maxShown(4096)}, want: []string{"hosting.vm.reboot", "hosting.vm.update memory", "InSync"}},
		{name: "a maximum that Gandi accepted and does not show is not raised again", vm: []vmOpt{memory("3Gi")}, seen: []obsOpt{func(s *Observed) { s.Applied = map[string]string{appliedMaximum: "4096"} }}, want: []string{"hosting.vm.update memory", "InSync"}},
		{name: "the maximum is never lowered", vm: []vmOpt{maxMemory("2Gi")}, seen: []obsOpt{maxShown(8192)}, want: []string{"InSync"}},
		{name: "an asked-for maximum is raised without memory", vm: []vmOpt{maxMemory("8Gi")}, want: []string{"hosting.vm.update vm_max_memory", "hosting.vm.reboot", "InSync"}},
		{name: "cores change while running", vm: []vmOpt{withCores(2)}, want: []string{"hosting.vm.update cores", "InSync"}},
		{name: "cores refused while running are changed on a halted VM", vm: []vmOpt{withCores(2)}, seen: []obsOpt{refusedIn(stateRunning, core(2))}, want: []string{"hosting.vm.stop", "hosting.vm.update cores", "hosting.vm.start", "InSync"}},
		{name: "cores refused in every state are not halted for", vm: []vmOpt{withCores(2)}, seen: []obsOpt{refusedIn(stateRunning, core(2)), refusedIn(stateHalted, core(2))}, want: []string{"hosting.vm.update cores", "InSync"}, why: "the engine holds the call back and says so"},
		{name: "memory refused on a halted VM is changed once it runs", vm: []vmOpt{memory("1Gi")}, seen: []obsOpt{halted, refusedIn(stateHalted, mem(1024))}, want: []string{"hosting.vm.start", "hosting.vm.update memory", "InSync"}},
		{name: "a changed password is set", seen: []obsOpt{password}, want: []string{"hosting.vm.update password", "InSync"}},
		{name: "a password that was set is left alone", seen: []obsOpt{passwordSet}, want: []string{"InSync"}},
		{name: "a changed hostname is set", vm: []vmOpt{func(vm *v1alpha1.GandiVM) { vm.Spec.Hostname = "other" }}, want: []string{"hosting.vm.update hostname", "InSync"}},
		{name: "bandwidth is set on the first interface", vm: []vmOpt{func(vm *v1alpha1.GandiVM) { vm.Spec.Network.Bandwidth = 5120 }}, want: []string{"hosting.iface.update", "InSync"}},
		{name: "a restart is asked for", vm: []vmOpt{restart}, seen: []obsOpt{restartAsked}, want: []string{"hosting.vm.reboot", "InSync"}},
		{name: "a restart of a halted VM is its start", vm: []vmOpt{restart}, seen: []obsOpt{restartAsked, halted}, want: []string{"hosting.vm.start", "InSync"}},
		{name: "drift in power is corrected", seen: []obsOpt{halted}, want: []string{"hosting.vm.start", "InSync"}},
		{name: "a paused VM is gone on with", seen: []obsOpt{in(gandi.VMPaused)}, want: []string{"hosting.vm.start", "InSync"}},
		{name: "an adopted VM without power state stays as found", vm: []vmOpt{func(vm *v1alpha1.GandiVM) { vm.Spec.Adopt = &v1alpha1.VMAdopt{ID: 7} }}, seen: []obsOpt{adoptedVM, halted}, want: []string{"InSync"}},
		{name: "an adopted VM keeps its hostname", vm: []vmOpt{func(vm *v1alpha1.GandiVM) { vm.Name = "renamed" }}, seen: []obsOpt{adoptedVM}, want: []string{"InSync"}},
		{name: "a transition is waited out", vm: []vmOpt{memory("1Gi")}, seen: []obsOpt{in(gandi.VMBeingMigrated)}, want: []string{"Wait VMInTransition"}},
		{name: "an unknown state is waited out", seen: []obsOpt{in("zombie")}, want: []string{"Wait VMInTransition"}},
		{name: "a legal lock is told", seen: []obsOpt{in(gandi.VMLegallyLocked)}, want: []string{"Block VMLocked"}},
		{name: "an invalid VM that was whole once is never deleted", seen: []obsOpt{in(gandi.VMInvalid)}, want: []string{"Block VMLocked"}},
		{name: "an invalid VM that never was whole is replaced", seen: []obsOpt{in(gandi.VMInvalid), neverWhole}, want: []string{"hosting.vm.delete", "hosting.vm.create_from", "InSync"}},
		{name: "a running VM is stopped, then deleted", vm: []vmOpt{deletingVM}, want: []string{"hosting.vm.stop", "hosting.vm.delete", "Release Deleted"}},
		{name: "a halted VM is deleted", vm: []vmOpt{deletingVM}, seen: []obsOpt{halted}, want: []string{"hosting.vm.delete", "Release Deleted"}},
		{name: "a retained VM is let go", vm: []vmOpt{deletingVM}, seen: []obsOpt{retained}, want: []string{"Release Released"}},
		{name: "what is gone is let go", vm: []vmOpt{deletingVM}, seen: []obsOpt{nothing}, want: []string{"Release Deleted"}},
		{name: "left-overs of a half-done create are deleted", vm: []vmOpt{deletingVM}, seen: []obsOpt{nothing, leftDisk, func(s *Observed) { s.HalfIface = 77 }}, want: []string{"hosting.disk.delete", "hosting.iface.delete", "Release Deleted"}},
		{name: "a disk that was taken off a whole VM is left alone", vm: []vmOpt{deletingVM}, seen: []obsOpt{nothing, leftDisk, func(s *Observed) { s.Bought = true }}, want: []string{"Release Deleted"}, why: "somebody kept it on purpose"},
		{name: "a disk of one's own is detached before the VM is deleted", vm: []vmOpt{deletingVM, func(vm *v1alpha1.GandiVM) { vm.Spec.SystemDisk = &v1alpha1.SystemDisk{DiskID: 70} }}, want: []string{"hosting.vm.stop", "hosting.vm.disk_detach", "hosting.vm.delete", "Release Deleted"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			actions, err := engine.Preview(Kind{}, wanted(row.vm...), seenVM(row.seen...))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, a := range actions {
				got = append(got, inWords(a))
				if a.Message == "" && a.Verb != engine.InSync {
					t.Errorf("%s has no message", a.Verb)
				}
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("preview (-want +got):\n%s%s", diff, row.why)
			}
		})
	}
}

// inWords is an action as the tables write it.
func inWords(a engine.Action) string {
	if a.Verb != engine.Do {
		return strings.TrimSpace(a.Verb.String() + " " + strings.TrimPrefix(a.Reason, v1alpha1.ReasonInSync))
	}
	if u, ok := a.Call.(gandi.VMUpdate); ok {
		for field := range u.Params()[1].(map[string]any) {
			return a.Call.Method() + " " + field
		}
	}
	return a.Call.Method()
}

// The reboot policy gates the call that needs the interruption, not the reboot
// that follows, and never what a person asked for.
func TestDisruptive(t *testing.T) {
	for _, row := range []struct {
		name string
		vm   []vmOpt
		seen []obsOpt
		want bool
	}{
		{"raising the maximum of a running VM", []vmOpt{memory("3Gi")}, nil, true},
		{"raising the maximum of a halted VM", []vmOpt{memory("3Gi"), stopped}, []obsOpt{halted}, false},
		{"the reboot that follows", []vmOpt{memory("3Gi")}, []obsOpt{pendingReboot, maxShown(4096)}, false},
		{"a restart on request", []vmOpt{restart}, []obsOpt{restartAsked}, false},
		{"stopping on request", []vmOpt{stopped}, nil, false},
		{"halting for cores", []vmOpt{withCores(2)}, []obsOpt{refusedIn(stateRunning, gandi.VMUpdate{ID: 7, Cores: new(2)})}, true},
		{"memory within the maximum", []vmOpt{memory("1Gi")}, nil, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			if a := (Kind{}).Plan(wanted(row.vm...), seenVM(row.seen...)); a.Disruptive != row.want {
				t.Errorf("%s: disruptive %v, want %v", inWords(a), a.Disruptive, row.want)
			}
		})
	}
}
