package vm_test

import (
	"strings"
	"testing"
	"time"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
	"github.com/gandi-operator/gandi-operator/internal/testkit"
)

func TestOwnRetainedDisk(t *testing.T) {
	t.Parallel()
	testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
		l.Create(testkit.VM("web", func(vm *v1alpha1.GandiVM) { vm.Spec.DeletionPolicy = v1alpha1.Retain }))
		ready(l)
		id := l.VM("web").Status.ID
		disk := int64(l.Things("disks")[0]["id"].(float64))
		l.Delete("web")
		l.Until("gone", patience, l.Gone("web"))
		if err := l.World.Change(map[string]any{"type": "disk", "id": int(disk), "detach": true}); err != nil {
			t.Fatal(err)
		}
		if err := l.World.Change(map[string]any{"type": "vm", "id": int(id), "delete": true}); err != nil {
			t.Fatal(err)
		}
		again := testkit.VM("web", func(vm *v1alpha1.GandiVM) {
			vm.Spec.Image, vm.Spec.SystemDisk = nil, &v1alpha1.SystemDisk{DiskID: disk}
		})
		again.UID = "again"
		l.Create(again)
		l.Pass(time.Hour)
		if !l.Ready("web")() {
			for _, c := range l.VM("web").Status.Conditions {
				t.Errorf("%s %s %s", c.Type, c.Reason, c.Message)
			}
		}
	})
}

func TestHungDeletion(t *testing.T) {
	testkit.Long(t)
	t.Parallel()
	testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
		l.World.Script(gandisim.Trouble{Method: "hosting.vm.create_from", Nth: 1, Operation: "hang"})
		l.Create(testkit.VM("web"))
		hasReason(l, v1alpha1.ReasonOperationStuck)
		l.Delete("web")
		l.Pass(3 * time.Hour)
		if vm := l.VM("web"); vm != nil {
			for _, c := range vm.Status.Conditions {
				t.Logf("%s %s %s", c.Type, c.Reason, c.Message)
				if c.Type == "Ready" && !strings.Contains(c.Message, "abandon") && !strings.Contains(c.Message, "support") {
					t.Error("held for hours, without a next step")
				}
			}
		}
	})
}
