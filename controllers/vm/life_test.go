package vm_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/gandi-operator/gandi-operator/internal/testkit"
)

// A VM goes from apply to Ready, and back to nothing.
func TestLife(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := testkit.NewLab(t, testkit.Options{})
		l.Start()
		l.Create(testkit.VM("web"))
		l.Until("Ready", 10*time.Minute, l.Ready("web"))
		t.Log("\n" + l.Describe())
		l.Delete("web")
		l.Until("gone", 10*time.Minute, l.Gone("web"))
		t.Log("\n" + l.Describe())
	})
}
