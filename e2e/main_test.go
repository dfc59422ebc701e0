// Package e2e holds the tests that need a real API server: what the schema of
// the kinds refuses and says, what kubectl shows, and whole lives of objects
// under the real manager, against a simulated Gandi.
//
// One control plane serves the whole package. A test has a namespace of its own,
// and those with a manager share one manager unless they kill it.
package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gandi-operator/gandi-operator/internal/controlplane"
)

// plane serves all tests of this package.
var plane *controlplane.ControlPlane

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) (code int) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	var err error
	if plane, err = controlplane.Start(ctx, controlplane.Options{}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() {
		if err := plane.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}()
	if err := plane.InstallCRDs(ctx, filepath.Join("..", "config", "crd", "bases")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}
