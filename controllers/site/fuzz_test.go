package site_test

import (
	"strings"
	"testing"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	kind "github.com/gandi-operator/gandi-operator/controllers/site"
	"github.com/gandi-operator/gandi-operator/internal/testkit"
)

// The rules bear any spec that the API server takes, any status, and any world.
func FuzzRules(f *testing.F) {
	testkit.FuzzRules(f, kind.Kind{}, func() *v1alpha1.GandiSite { return testkit.Site("a") })
}

// A manifest that the API server takes can be read, written back and planned by,
// and its host names are host names.
func FuzzAdmitted(f *testing.F) {
	testkit.FuzzAdmitted(f, kind.Kind{}, func() *v1alpha1.GandiSite { return testkit.Site("a") }, func(t testing.TB, s *v1alpha1.GandiSite) {
		t.Helper()
		for _, host := range s.Spec.Vhosts {
			if host != strings.ToLower(host) || len(host) > 253 || strings.ContainsAny(host, " /:\n") || !strings.Contains(host, ".") {
				t.Errorf("host name %q", host)
			}
		}
	})
}
