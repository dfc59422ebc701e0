package soak

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

// The size of a run; the defaults are the short form.
var (
	seed        = flag.Uint64("seed", 0, "`number` that all is drawn from; 0 draws one")
	objectCount = flag.Int("objects", 12, "`number` of objects that there are at once")
	weather     = flag.Duration("weather", 0, "how long processes are killed; 0 kills each way once, as fast as may be")
)

// What all tests of this package share; nothing changes it after the start.
var (
	plane            *controlplane.ControlPlane
	workshop         string // directory of programs and logs
	managerProgram   string
	simulatorProgram string
	managerConfig    string // kubeconfig of the manager
)

// Where config/default puts the manager, and as whom it runs there.
const (
	systemNamespace = "gandi-operator-system"
	serviceAccount  = "gandi-operator-manager"
	leaseName       = "gandi-operator"
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) (code int) {
	flag.Parse()
	// Clients of the test lose their API server again and again; that is meant.
	ctrl.SetLogger(logr.Discard())
	var err error
	if workshop, err = os.MkdirTemp("", "gandi-soak-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() {
		if err := errors.Join(stop(), os.RemoveAll(workshop)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	if err := prepare(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

func stop() error {
	if plane == nil {
		return nil
	}
	return plane.Stop()
}

// prepare builds the programs, starts the control plane and installs what `make
// deploy` installs: the manager gets no more rights than its manifests give it.
func prepare(ctx context.Context) error {
	managerProgram, simulatorProgram = filepath.Join(workshop, "manager"), filepath.Join(workshop, "gandisim")
	for program, source := range map[string]string{managerProgram: ".", simulatorProgram: "./cmd/gandisim"} {
		// A program that dies with a race in it shall say so first.
		build := exec.CommandContext(ctx, "go", "build", "-race", "-o", program, source)
		build.Dir = filepath.Join("..", "..")
		build.Env = append(os.Environ(), "CGO_ENABLED=1")
		if output, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("building %s: %w\n%s", source, err, output)
		}
	}
	var err error
	if plane, err = controlplane.Start(ctx, controlplane.Options{WithoutControllers: true}); err != nil {
		return err
	}
	if err := plane.InstallCRDs(ctx, filepath.Join("..", "..", "config", "crd", "bases")); err != nil {
		return err
	}
	// Nothing runs its Deployment here, so the image does not matter.
	apply := plane.Kubectl(ctx, "apply", "--server-side", "--force-conflicts", "-k", filepath.Join("..", "..", "config", "default"))
	if output, err := apply.CombinedOutput(); err != nil {
		return fmt.Errorf("applying config/default: %w\n%s", err, output)
	}
	manager, err := plane.User("system:serviceaccount:"+systemNamespace+":"+serviceAccount,
		"system:serviceaccounts", "system:serviceaccounts:"+systemNamespace)
	if err != nil {
		return err
	}
	managerConfig = filepath.Join(workshop, "kubeconfig")
	return controlplane.WriteKubeconfig(managerConfig, manager)
}
