package disk_test

import (
	"testing"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	kind "github.com/gandi-operator/gandi-operator/controllers/disk"
	"github.com/gandi-operator/gandi-operator/internal/size"
	"github.com/gandi-operator/gandi-operator/internal/testkit"
)

// The rules bear any spec that the API server takes, any status, and any world.
func FuzzRules(f *testing.F) {
	testkit.FuzzRules(f, kind.Kind{}, func() *v1alpha1.GandiDisk { return testkit.Disk("a") })
}

// A manifest that the API server takes can be read, written back and planned by,
// and asks for a size that Gandi has.
func FuzzAdmitted(f *testing.F) {
	testkit.FuzzAdmitted(f, kind.Kind{}, func() *v1alpha1.GandiDisk { return testkit.Disk("a") }, func(t testing.TB, d *v1alpha1.GandiDisk) {
		t.Helper()
		if mb := size.MB(d.Spec.Size); d.Spec.Size != nil && (mb <= 0 || mb%1024 != 0 || size.Quantity(mb).Cmp(*d.Spec.Size) != 0) {
			t.Errorf("size %s is %d MB", d.Spec.Size, mb)
		}
	})
}
