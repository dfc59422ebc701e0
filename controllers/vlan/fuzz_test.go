package vlan_test

import (
	"net/netip"
	"testing"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	kind "github.com/gandi-operator/gandi-operator/controllers/vlan"
	"github.com/gandi-operator/gandi-operator/internal/testkit"
)

// The rules bear any spec that the API server takes, any status, and any world.
func FuzzRules(f *testing.F) {
	testkit.FuzzRules(f, kind.Kind{}, func() *v1alpha1.GandiVLAN { return testkit.VLAN("a") })
}

// A manifest that the API server takes can be read, written back and planned by,
// and its networks are networks for Go too.
func FuzzAdmitted(f *testing.F) {
	testkit.FuzzAdmitted(f, kind.Kind{}, func() *v1alpha1.GandiVLAN { return testkit.VLAN("a") }, func(t testing.TB, v *v1alpha1.GandiVLAN) {
		t.Helper()
		if v.Spec.Subnet == "" {
			return
		}
		subnet, err := netip.ParsePrefix(v.Spec.Subnet)
		if err != nil || !subnet.Addr().Is4() || subnet.Masked() != subnet {
			t.Errorf("subnet %q is %v (%v)", v.Spec.Subnet, subnet, err)
		}
		if gateway, err := netip.ParseAddr(v.Spec.Gateway); v.Spec.Gateway != "" && (err != nil || !subnet.Contains(gateway)) {
			t.Errorf("gateway %q is %v (%v), not of %s", v.Spec.Gateway, gateway, err, subnet)
		}
	})
}
