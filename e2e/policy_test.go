package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
)

// An observed VM is shown with all that differs, and never touched: not by a
// drift, not by the end of the object.
func TestObserveOnlyLooks(t *testing.T) {
	t.Parallel()
	s := manned(t)
	id := s.foreign("old")
	s.apply("seen", fmt.Sprintf(`spec: {managementPolicy: Observe, adopt: {id: %d}, memory: 1Gi, hostname: new}`, id))
	s.waitReady("seen")
	s.waitTold("seen", "Observed")
	vm := s.vm("seen")
	if !meta.IsStatusConditionTrue(vm.Status.Conditions, v1alpha1.ConditionDrifted) || len(vm.Status.Plan) == 0 {
		t.Errorf("it does not tell that memory and hostname differ: %+v", vm.Status.ManagedStatus)
	}
	if vm.Status.ID != id || vm.Status.Memory.String() != "512Mi" || vm.Status.Hostname != "old" {
		t.Errorf("status does not tell what is there: %+v", vm.Status)
	}
	s.panel(`{type: vm, id: ` + number(id) + `, power: halted}`)
	s.eventually("the halt to be seen", func() (bool, string) {
		state := s.vm("seen").Status.State
		return state == "halted", state
	})
	s.delete("seen")
	if got := s.calls(); len(got) > 0 {
		t.Errorf("it called %v", got)
	}
	s.wantThings(1, "vms")
}

// What is retained stays when its object goes, and is nobody's orphan.
func TestRetain(t *testing.T) {
	t.Parallel()
	s := manned(t)
	s.apply("kept", `spec: {deletionPolicy: Retain}`)
	s.waitReady("kept")
	id := s.vm("kept").Status.ID
	s.delete("kept")
	s.wantEvents("kept", "Normal Released")
	if at := s.thing(id); at == nil || at["state"] != "running" {
		t.Errorf("the VM that should stay is %v", at)
	}
	account := s.readAccount()
	if len(account.Status.Orphans) > 0 {
		t.Errorf("it is called an orphan: %v", account.Status.Orphans)
	}

	// An object of the same name finds it, and does not take or buy without being
	// told to.
	s.apply("kept", ``)
	s.waitTold("kept", "UnclaimedExternal")
	s.wantThings(1, "vms")
	s.edit("gvm", "kept", fmt.Sprintf(`spec: {adopt: {id: %d}}`, id))
	s.waitReady("kept")
	if got := s.called("hosting.vm.create_from"); got != 1 {
		t.Errorf("it was bought %d times", got)
	}
}

// A VM that somebody else bought is taken over, changed, and left alone at the
// end.
func TestAdopt(t *testing.T) {
	t.Parallel()
	s := manned(t)
	id := s.foreign("legacy")
	s.foreign("other")
	s.apply("taken", `spec: {image: null, datacenter: null, bootstrap: null, memory: 1Gi, adopt: {filter: {hostname: legacy}}}`)
	s.waitReady("taken")
	vm := s.vm("taken")
	if vm.Status.ID != id || !vm.Status.Adopted {
		t.Errorf("it took VM %d (adopted %t), want %d", vm.Status.ID, vm.Status.Adopted, id)
	}
	if at := s.thing(id); at["memory"] != 1024.0 || at["hostname"] != "legacy" {
		t.Errorf("after the adoption Gandi has %v; memory is said, the hostname is not", at)
	}
	s.wantEvents("taken", "Normal Adopted", "Normal UpdatingVM")

	// Two fit: nobody is taken.
	s.foreign("twin")
	s.foreign("twin")
	s.apply("twin", `spec: {image: null, datacenter: null, bootstrap: null, memory: null, adopt: {filter: {hostname: twin}}}`)
	s.waitTold("twin", "AdoptionAmbiguous")
	s.delete("twin")

	s.delete("taken")
	s.wantEvents("taken", "Normal Released")
	s.wantThings(4, "vms")
}

// While paused nothing changes at Gandi, neither for a new object nor for one
// that is being deleted.
func TestPause(t *testing.T) {
	t.Parallel()
	s := manned(t)
	s.apply("web", `metadata: {annotations: {hosting.gandi.net/paused: "true"}}`)
	s.waitTold("web", "Paused")
	vm := s.vm("web")
	if !meta.IsStatusConditionTrue(vm.Status.Conditions, v1alpha1.ConditionPaused) || len(vm.Status.Plan) == 0 {
		t.Errorf("it does not tell that it is paused and what it would do: %+v", vm.Status.ManagedStatus)
	}
	if got := s.calls(); len(got) > 0 {
		t.Errorf("paused, it called %v", got)
	}
	mustKubectl(t, s.namespace, "annotate", "gvm", "web", v1alpha1.AnnotationPaused+"-")
	s.waitReady("web")

	s.annotate("web", v1alpha1.AnnotationPaused, "true")
	s.eventually("the pause to be told", func() (bool, string) {
		vm := s.vm("web")
		return meta.IsStatusConditionTrue(vm.Status.Conditions, v1alpha1.ConditionPaused), told(vm.Status.Conditions, vm.Generation)
	})
	before := s.calls()
	mustKubectl(t, s.namespace, "delete", "gvm", "web", "--wait=false")
	s.waitTold("web", "Paused")
	if got := s.calls(); !slices.Equal(got, before) {
		t.Errorf("paused, it called %v", got[len(before):])
	}
	mustKubectl(t, s.namespace, "annotate", "gvm", "web", v1alpha1.AnnotationPaused+"-")
	s.eventually("the end", func() (bool, string) {
		vm := s.vm("web")
		if vm == nil {
			return true, ""
		}
		return false, told(vm.Status.Conditions, vm.Generation)
	})
	s.wantThings(0, "vms", "disks")
}

// A protected object stays until the protection goes.
func TestDeletionProtection(t *testing.T) {
	t.Parallel()
	s := manned(t)
	s.apply("db", `spec: {deletionProtection: true}`)
	s.waitReady("db")
	mustKubectl(t, s.namespace, "delete", "gvm", "db", "--wait=false")
	s.waitTold("db", "DeletionProtected")
	s.wantThings(1, "vms")
	s.edit("gvm", "db", `spec: {deletionProtection: false}`)
	s.eventually("the end", func() (bool, string) {
		vm := s.vm("db")
		if vm == nil {
			return true, ""
		}
		return false, told(vm.Status.Conditions, vm.Generation)
	})
	s.wantThings(0, "vms")
}

// A reboot that a person wants to decide on waits, is shown, and comes with the
// approval.
func TestManualReboot(t *testing.T) {
	t.Parallel()
	s := manned(t)
	s.apply("web", `spec: {rebootPolicy: Manual}`)
	s.waitReady("web")
	id := s.vm("web").Status.ID
	s.edit("gvm", "web", `spec: {memory: 4Gi}`)
	s.waitTold("web", "RebootRequired")
	vm := s.vm("web")
	if !meta.IsStatusConditionTrue(vm.Status.Conditions, v1alpha1.ConditionRebootRequired) {
		t.Errorf("the condition RebootRequired is not there: %+v", vm.Status.Conditions)
	}
	if !slices.ContainsFunc(vm.Status.Plan, func(a v1alpha1.PlannedAction) bool { return a.Disruptive }) {
		t.Errorf("the plan shows no reboot: %+v", vm.Status.Plan)
	}
	if got := s.called("hosting.vm.reboot"); got > 0 {
		t.Errorf("it rebooted %d times without approval", got)
	}
	s.annotate("web", v1alpha1.AnnotationApproveReboot, "go")
	s.waitReady("web")
	if at := s.thing(id); at["memory"] != 4096.0 || at["state"] != "running" {
		t.Errorf("after the approval Gandi has %v", at)
	}
}

// A new VM that shall be stopped is bought, halted, and in sync.
func TestStopped(t *testing.T) {
	t.Parallel()
	s := manned(t)
	s.apply("night", `spec: {powerState: Stopped, network: {ipVersion: 6}}`)
	s.waitReady("night")
	vm := s.vm("night")
	if vm.Status.State != "halted" || vm.Status.IPv6 == "" || vm.Status.IPv4 != "" {
		t.Errorf("it is %s with %q and %q", vm.Status.State, vm.Status.IPv4, vm.Status.IPv6)
	}
	s.edit("gvm", "night", `spec: {powerState: Running}`)
	s.waitReady("night")
	if at := s.thing(vm.Status.ID); at["state"] != "running" {
		t.Errorf("it is %v", at["state"])
	}
}

// Somebody deletes the VM at Gandi: the policy decides.
func TestExternalDeletion(t *testing.T) {
	t.Parallel()
	s := manned(t)
	s.apply("again", ``)
	s.apply("held", `spec: {onExternalDeletion: Hold}`)
	s.waitReady("again", "held")
	ids := map[string]int64{"again": s.vm("again").Status.ID, "held": s.vm("held").Status.ID}
	for _, id := range ids {
		s.panel(`{type: vm, id: ` + number(id) + `, delete: true}`)
	}
	s.waitTold("held", "ExternalDeleted")
	s.eventually("another VM in its place", func() (bool, string) {
		vm := s.vm("again")
		now := told(vm.Status.Conditions, vm.Generation)
		return vm.Status.ID != 0 && vm.Status.ID != ids["again"] && strings.HasPrefix(now, "Ready=True"), now
	})
	s.wantThings(1, "vms")
	if got := s.called("hosting.vm.create_from"); got != 3 {
		t.Errorf("two VMs and one in the place of a deleted one are %d purchases", got)
	}
	s.delete("again", "held")
	s.wantThings(0, "vms")
}
