package iface_test

import (
	"net/netip"
	"testing"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	kind "github.com/gandi-operator/gandi-operator/controllers/iface"
	"github.com/gandi-operator/gandi-operator/internal/testkit"
)

// The rules bear any spec that the API server takes, any status, and any world.
func FuzzRules(f *testing.F) {
	testkit.FuzzRules(f, kind.Kind{}, func() *v1alpha1.GandiInterface { return testkit.Interface("a") })
}

// A manifest that the API server takes can be read, written back and planned by,
// and its address is one for Go too.
func FuzzAdmitted(f *testing.F) {
	testkit.FuzzAdmitted(f, kind.Kind{}, func() *v1alpha1.GandiInterface { return testkit.Interface("a") }, func(t testing.TB, i *v1alpha1.GandiInterface) {
		t.Helper()
		if at, err := netip.ParseAddr(i.Spec.Address); i.Spec.Address != "" && (err != nil || !at.Is4()) {
			t.Errorf("address %q is %v (%v)", i.Spec.Address, at, err)
		}
	})
}
