package vm

import (
	"fmt"
	"strconv"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
	"github.com/gandi-operator/gandi-operator/internal/size"
)

// Contexts in which a call is planned. A refusal speaks of the context it met.
const (
	stateNone    = "none"
	stateRunning = "running"
	stateHalted  = "halted"
)

// state is the context of calls on s.VM.
func (s Observed) state() string {
	if s.VM.State == gandi.VMHalted {
		return stateHalted
	}
	return stateRunning
}

// refused tells whether Gandi refuses call in this context for good.
func (s Observed) refused(call gandi.Call, context string) bool {
	return engine.RefusedForGood(s.Refusals, call, context)
}

func update(s Observed, change gandi.VMUpdate, reason, message string) action {
	change.ID = s.VM.ID
	return action{Verb: engine.Do, Call: change, Reason: reason, Message: message, Context: s.state(), Missing: s.Missing}
}

func stopWhenUnwanted(obj object, s Observed) (action, bool) {
	if power(obj, s) != v1alpha1.Stopped || s.VM.State == gandi.VMHalted {
		return action{}, false
	}
	return action{Verb: engine.Do, Call: gandi.VMStop{ID: s.VM.ID}, Reason: v1alpha1.ReasonStoppingVM, Context: s.state(),
		Message: fmt.Sprintf("stop VM %d", s.VM.ID)}, true
}

func rename(obj object, s Observed) (action, bool) {
	want := hostname(obj, s)
	if want == "" || want == s.VM.Hostname {
		return action{}, false
	}
	return update(s, gandi.VMUpdate{Hostname: &want}, v1alpha1.ReasonUpdatingVM,
		fmt.Sprintf("change hostname from %q to %q", s.VM.Hostname, want)), true
}

func switchConsole(obj object, s Observed) (action, bool) {
	want := obj.Spec.Console
	if want == nil || *want == s.VM.Console {
		return action{}, false
	}
	word := map[bool]string{true: "on", false: "off"}[*want]
	return update(s, gandi.VMUpdate{Console: want}, v1alpha1.ReasonUpdatingVM, "switch the console "+word), true
}

func setPassword(_ object, s Observed) (action, bool) {
	if s.Password.IsZero() || s.Applied[appliedPassword] == s.Password.Ref() {
		return action{}, false
	}
	a := update(s, gandi.VMUpdate{Password: s.Password}, v1alpha1.ReasonSettingPassword, "set the password that its Secret holds now")
	a.Applies = map[string]string{appliedPassword: s.Password.Ref()}
	return a, true
}

func setBandwidth(obj object, s Observed) (action, bool) {
	want := int(bandwidth(obj))
	if want == 0 || len(s.Ifaces) == 0 || s.Ifaces[0].BandwidthKbit == 0 || int(s.Ifaces[0].BandwidthKbit) == want {
		return action{}, false
	}
	first := s.Ifaces[0]
	return action{Verb: engine.Do, Call: gandi.IfaceUpdate{ID: first.ID, BandwidthKbit: &want}, Reason: v1alpha1.ReasonUpdatingInterface, Context: s.state(),
		Message: fmt.Sprintf("change bandwidth of interface %d from %d to %d kbit/s", first.ID, int(first.BandwidthKbit), want)}, true
}

// maximum is the memory that the VM can have without its maximum being raised.
// Gandi may show a raised maximum late, so what it accepted counts too.
func (s Observed) maximum() int {
	accepted, err := strconv.Atoi(s.Applied[appliedMaximum])
	if err != nil {
		return s.VM.MaxMemoryMB
	}
	return max(s.VM.MaxMemoryMB, accepted)
}

// shapes lists the changes of memory and cores that the VM's maximum allows.
func shapes(obj object, s Observed) []action {
	var list []action
	if want := size.MB(obj.Spec.Memory); want != 0 && want != s.VM.MemoryMB && (want <= s.maximum() || want < s.VM.MemoryMB) {
		list = append(list, update(s, gandi.VMUpdate{MemoryMB: &want}, v1alpha1.ReasonUpdatingVM,
			fmt.Sprintf("change memory from %d to %d MB", s.VM.MemoryMB, want)))
	}
	if want := cores(obj, s); want != 0 && want != s.VM.Cores {
		list = append(list, update(s, gandi.VMUpdate{Cores: &want}, v1alpha1.ReasonUpdatingVM,
			fmt.Sprintf("change cores from %d to %d", s.VM.Cores, want)))
	}
	return list
}

// shapeInPlace changes memory and cores, unless Gandi refuses that in this
// power state or a reboot has to come first.
func shapeInPlace(obj object, s Observed) (action, bool) {
	for _, a := range shapes(obj, s) {
		waits := s.PendingReboot != nil && s.VM.State == gandi.VMRunning && growsMemory(a, s)
		if !waits && !s.refused(a.Call, a.Context) {
			return a, true
		}
	}
	return action{}, false
}

func growsMemory(a action, s Observed) bool {
	u, ok := a.Call.(gandi.VMUpdate)
	return ok && u.MemoryMB != nil && *u.MemoryMB > s.VM.MemoryMB
}

// rebootPending lets what was changed take effect. The reboot policy was asked
// before the change itself, so it is not asked again.
func rebootPending(_ object, s Observed) (action, bool) {
	if s.PendingReboot == nil || s.VM.State != gandi.VMRunning {
		return action{}, false
	}
	return action{Verb: engine.Do, Call: gandi.VMReboot{ID: s.VM.ID}, Reason: v1alpha1.ReasonRebootingVM, Context: s.state(), SettlesReboot: true,
		Message: fmt.Sprintf("reboot VM %d: %s takes effect", s.VM.ID, s.PendingReboot.Reason)}, true
}

// raiseMaximum raises vm_max_memory: to what the spec asks for, or to the
// smallest tier that the memory fits into. A tier that Gandi refuses is
// answered by the next larger one. Memory itself follows after the reboot,
// which is right whether or not Gandi accepts both at once.
func raiseMaximum(obj object, s Observed) (action, bool) {
	if need(obj) <= s.maximum() {
		return action{}, false
	}
	var last action
	for _, tier := range tiers {
		if tier < need(obj) {
			continue
		}
		last = raise(s, tier)
		if !s.refused(last.Call, last.Context) {
			return last, true
		}
	}
	// All are refused: the engine holds the call back and says why.
	return last, last.Verb == engine.Do
}

// need is the vm_max_memory in MB that the spec asks for at least.
func need(obj object) int { return max(size.MB(obj.Spec.Memory), size.MB(obj.Spec.MaxMemory)) }

func raise(s Observed, tier int) action {
	a := update(s, gandi.VMUpdate{MaxMemoryMB: &tier}, v1alpha1.ReasonRaisingMaxMemory,
		fmt.Sprintf("raise vm_max_memory from %d to %d MB", s.VM.MaxMemoryMB, tier))
	a.Applies = map[string]string{appliedMaximum: strconv.Itoa(tier)}
	if s.VM.State == gandi.VMRunning {
		a.Disruptive = true
		a.PendingReboot = fmt.Sprintf("vm_max_memory of %d MB", tier)
		a.Message += ", which takes effect with a reboot"
	}
	return a
}

// restartOnRequest answers the restart annotation, once.
func restartOnRequest(obj object, s Observed) (action, bool) {
	if s.RestartDone {
		return action{}, false
	}
	request := engine.Request(obj, v1alpha1.AnnotationRestartRequestedAt)
	switch s.VM.State {
	case gandi.VMRunning:
		return action{Verb: engine.Do, Call: gandi.VMReboot{ID: s.VM.ID}, Reason: v1alpha1.ReasonRebootingVM, Context: s.state(),
			Restart: request, SettlesReboot: true,
			Message: fmt.Sprintf("reboot VM %d as asked for by %s", s.VM.ID, v1alpha1.AnnotationRestartRequestedAt)}, true
	case gandi.VMHalted:
		if a, ok := startWhenWanted(obj, s); ok {
			a.Restart = request
			return a, true
		}
	}
	return action{}, false
}

// haltToShape halts the VM for a change that Gandi refuses while it runs. The
// VM is started again afterwards, because it shall be Running.
func haltToShape(obj object, s Observed) (action, bool) {
	if s.VM.State != gandi.VMRunning {
		return action{}, false
	}
	for _, a := range shapes(obj, s) {
		if s.refused(a.Call, stateRunning) && !s.refused(a.Call, stateHalted) {
			return action{Verb: engine.Do, Call: gandi.VMStop{ID: s.VM.ID}, Reason: v1alpha1.ReasonStoppingVM, Context: s.state(), Disruptive: true,
				Message: fmt.Sprintf("stop VM %d, since Gandi refuses this while it runs: %s", s.VM.ID, a.Message)}, true
		}
	}
	return action{}, false
}

func startWhenWanted(obj object, s Observed) (action, bool) {
	if power(obj, s) != v1alpha1.Running || s.VM.State == gandi.VMRunning || s.lacksBootDisk(obj) {
		return action{}, false
	}
	return action{Verb: engine.Do, Call: gandi.VMStart{ID: s.VM.ID}, Reason: v1alpha1.ReasonStartingVM, Context: s.state(),
		Message: fmt.Sprintf("start VM %d", s.VM.ID)}, true
}

// shapeAgain stands for changes that Gandi refuses in every power state. The
// engine holds them back and tells why.
func shapeAgain(obj object, s Observed) (action, bool) {
	for _, a := range shapes(obj, s) {
		return a, true
	}
	return action{}, false
}
