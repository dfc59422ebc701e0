package vm_test

import (
	"testing"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	kind "github.com/gandi-operator/gandi-operator/controllers/vm"
	"github.com/gandi-operator/gandi-operator/internal/size"
	"github.com/gandi-operator/gandi-operator/internal/testkit"
)

// The rules bear any spec that the API server takes, any status, and any world.
func FuzzRules(f *testing.F) {
	testkit.FuzzRules(f, kind.Kind{}, func() *v1alpha1.GandiVM { return testkit.VM("a") })
}

// A manifest that the API server takes can be read, written back and planned by,
// and asks for sizes that Gandi has.
func FuzzAdmitted(f *testing.F) {
	testkit.FuzzAdmitted(f, kind.Kind{}, func() *v1alpha1.GandiVM { return testkit.VM("a") }, func(t testing.TB, vm *v1alpha1.GandiVM) {
		t.Helper()
		if mb := size.MB(vm.Spec.Memory); vm.Spec.Memory != nil && (mb < 256 || mb > 24576 || mb%64 != 0 || size.Quantity(mb).Cmp(*vm.Spec.Memory) != 0) {
			t.Errorf("memory %s is %d MB", vm.Spec.Memory, mb)
		}
		if mb := size.MB(vm.Spec.MaxMemory); vm.Spec.MaxMemory != nil && (mb < size.MB(vm.Spec.Memory) || size.Quantity(mb).Cmp(*vm.Spec.MaxMemory) != 0) {
			t.Errorf("maxMemory %s is %d MB", vm.Spec.MaxMemory, mb)
		}
		if sys := vm.Spec.SystemDisk; sys != nil && sys.Size != nil && (size.MB(sys.Size) <= 0 || size.MB(sys.Size)%1024 != 0) {
			t.Errorf("systemDisk.size %s is %d MB", sys.Size, size.MB(sys.Size))
		}
	})
}
