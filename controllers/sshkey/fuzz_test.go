package sshkey_test

import (
	"strings"
	"testing"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	kind "github.com/gandi-operator/gandi-operator/controllers/sshkey"
	"github.com/gandi-operator/gandi-operator/internal/testkit"
)

// The rules bear any spec that the API server takes, any status, and any world.
func FuzzRules(f *testing.F) {
	testkit.FuzzRules(f, kind.Kind{}, func() *v1alpha1.GandiSSHKey { return testkit.SSHKey("a") })
}

// A manifest that the API server takes can be read, written back and planned by.
// Whether a key is one, Gandi's client knows better than the schema: what it
// cannot read is told on the object.
func FuzzAdmitted(f *testing.F) {
	testkit.FuzzAdmitted(f, kind.Kind{}, func() *v1alpha1.GandiSSHKey { return testkit.SSHKey("a") }, func(t testing.TB, k *v1alpha1.GandiSSHKey) {
		t.Helper()
		if strings.ContainsAny(k.Spec.PublicKey, "\r\n") {
			t.Errorf("a key of several lines: %q", k.Spec.PublicKey)
		}
	})
}
