// Package e2e holds the tests that need a real API server: what the schema of
// the kinds refuses and says, what kubectl shows, and whole lives of objects
// under the real manager, against a simulated Gandi.
//
// One control plane serves the whole package, with everything of config/default
// applied to it. The manager runs as a process, as the service account of the
// installation and with no more rights than that has. Each life is a station of
// its own: namespace, simulator, manager.
package e2e

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-logr/logr"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/gandi-operator/gandi-operator/internal/controlplane"
)

// What all tests of this package share; nothing changes it after the start.
var (
	plane          *controlplane.ControlPlane
	managerProgram string // path of the manager
	managerConfig  string // path of its kubeconfig
)

// Where config/default puts the manager, and as whom it runs there.
const (
	systemNamespace = "gandi-operator-system"
	serviceAccount  = "gandi-operator-manager"
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) (code int) {
	flag.Parse()
	// Lives wait for Gandi and for leases most of the time: more of them than
	// there are cores go on side by side.
	if !given("test.parallel") {
		if err := flag.Set("test.parallel", "6"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	// The test's own client has nothing to say that a test does not.
	ctrl.SetLogger(logr.Discard())
	dir, err := os.MkdirTemp("", "gandi-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() {
		if err := errors.Join(stop(), os.RemoveAll(dir)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	if err := prepare(ctx, dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

func given(name string) bool {
	found := false
	flag.Visit(func(f *flag.Flag) { found = found || f.Name == name })
	return found
}

func stop() error {
	if plane == nil {
		return nil
	}
	return plane.Stop()
}

// prepare starts the control plane, installs what `make deploy` installs, and
// builds the manager.
func prepare(ctx context.Context, dir string) error {
	managerProgram = filepath.Join(dir, "manager")
	build := exec.CommandContext(ctx, "go", "build", "-o", managerProgram, ".")
	build.Dir = ".."
	// As make build does, so that the two share the compiler's cache.
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("building the manager: %w\n%s", err, output)
	}
	var err error
	if plane, err = controlplane.Start(ctx, controlplane.Options{}); err != nil {
		return err
	}
	if err := plane.InstallCRDs(ctx, crds()); err != nil {
		return err
	}
	if err := deploy(ctx); err != nil {
		return err
	}
	// The manager gets no more than its manifests give it.
	manager, err := plane.User("system:serviceaccount:"+systemNamespace+":"+serviceAccount,
		"system:serviceaccounts", "system:serviceaccounts:"+systemNamespace)
	if err != nil {
		return err
	}
	managerConfig = filepath.Join(dir, "kubeconfig")
	return controlplane.WriteKubeconfig(managerConfig, manager)
}

func crds() string { return filepath.Join("..", "config", "crd", "bases") }

// deploy applies config/default, as make deploy does. Nothing runs its
// Deployment here, so the image does not matter.
func deploy(ctx context.Context) error {
	rendered, err := plane.Kubectl(ctx, "kustomize", filepath.Join("..", "config", "default")).Output()
	if err != nil {
		return fmt.Errorf("rendering config/default: %w%s", err, said(err))
	}
	path := filepath.Join(filepath.Dir(managerProgram), "install.yaml")
	if err := os.WriteFile(path, rendered, 0o600); err != nil {
		return err
	}
	// The definitions were applied by another owner, to be waited for.
	apply := plane.Kubectl(ctx, "apply", "--server-side", "--force-conflicts", "-f", path)
	if output, err := apply.CombinedOutput(); err != nil {
		return fmt.Errorf("applying config/default: %w\n%s", err, output)
	}
	return nil
}

// said is what a program printed before it failed.
func said(err error) string {
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return "\n" + string(exit.Stderr)
	}
	return ""
}
