package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/controlplane"
)

// systemNamespace is where the manager keeps its lease and its installation id,
// as it does when it is deployed.
const systemNamespace = "gandi-operator-system"

// resync makes drift that a person causes after the tour go in half a minute.
const resync = "30s"

// stage is all that runs.
type stage struct {
	root      string       // of the repository
	dir       string       // the demo's own: manager, its log, samples
	sweep     func() error // removes it
	plane     *controlplane.ControlPlane
	simulator *simulator
	manager   *held
	client    client.Client
}

func newStage(root string) (*stage, error) {
	dir, err := os.MkdirTemp("", "gandi-demo-")
	if err != nil {
		return nil, fmt.Errorf("making a directory for the demo: %w", err)
	}
	stop, err := sweep(dir)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return &stage{root: root, dir: dir, sweep: stop}, nil
}

// show puts everything up, gives the tour, and stays up if it shall.
func (s *stage) show(ctx context.Context, screen *screen, set settings) error {
	if err := s.build(ctx, screen); err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	kept, err := s.perform(ctx, cancel, screen)
	if err != nil {
		return because(ctx, err)
	}
	switch {
	case set.record:
		return kept.record(s.root, screen)
	case set.exit:
		return kept.compare(s.root, screen)
	}
	return s.stay(ctx, screen)
}

// perform is what has a time limit.
func (s *stage) perform(ctx context.Context, cancel context.CancelCauseFunc, screen *screen) (*transcript, error) {
	ctx, end := context.WithTimeoutCause(ctx, within, fmt.Errorf("it took longer than %s", within))
	defer end()
	if err := s.set(ctx, screen); err != nil {
		return nil, because(ctx, err)
	}
	go func() {
		<-s.manager.done
		cancel(errors.New("the manager ended by itself"))
	}()
	kept := &transcript{}
	return kept, because(ctx, s.tour(ctx, screen, kept))
}

// build compiles the manager as make build does, so that the two share the
// compiler's cache.
func (s *stage) build(ctx context.Context, screen *screen) error {
	screen.sayf("Building the manager.")
	ctx, cancel := context.WithTimeoutCause(ctx, buildWithin, fmt.Errorf("it took longer than %s", buildWithin))
	defer cancel()
	command := exec.Command("go", "build", "-o", s.program(), ".") //nolint:noctx // it lives as long as its leash
	command.Dir = s.root
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	output, err := s.finish(ctx, command)
	if err != nil {
		return fmt.Errorf("building the manager: %w\n%s", err, output)
	}
	return nil
}

// set starts control plane, simulator and manager.
func (s *stage) set(ctx context.Context, screen *screen) error {
	screen.sayf("Starting etcd and kube-apiserver, Gandi's simulator (%d times as fast as Gandi) and the manager.", timeScale)
	var err error
	if s.plane, err = controlplane.Start(ctx, controlplane.Options{}); err != nil {
		return err
	}
	if err := s.plane.InstallCRDs(ctx, filepath.Join(s.root, "config", "crd", "bases")); err != nil {
		return err
	}
	if s.client, err = newClient(s.plane); err != nil {
		return err
	}
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: systemNamespace}}
	if err := s.client.Create(ctx, namespace); err != nil {
		return fmt.Errorf("making the manager's namespace: %w", err)
	}
	if s.simulator, err = newSimulator(ctx); err != nil {
		return err
	}
	if err := copySamples(s.root, s.dir, s.simulator.endpoint()); err != nil {
		return err
	}
	return s.startManager()
}

func newClient(plane *controlplane.ControlPlane) (client.Client, error) {
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		return nil, fmt.Errorf("making the scheme: %w", err)
	}
	c, err := client.New(plane.Config(), client.Options{Scheme: scheme})
	if err != nil {
		return nil, fmt.Errorf("connecting to the API server: %w", err)
	}
	return c, nil
}

func (s *stage) startManager() error {
	log, err := os.Create(s.log())
	if err != nil {
		return fmt.Errorf("opening the manager's log: %w", err)
	}
	defer log.Close() //nolint:errcheck // the manager has its own copy, nothing is written through ours
	// Two demos at once must not meet at an address: neither metrics nor probes
	// are served.
	command := exec.Command(s.program(), "--leader-elect", "--namespace="+systemNamespace, "--default-resync="+resync, //nolint:noctx // it lives as long as its leash
		"--metrics-bind-address=0", "--health-probe-bind-address=0")
	command.Dir = s.dir
	command.Env = append(os.Environ(), "KUBECONFIG="+s.plane.Kubeconfig())
	command.Stdout, command.Stderr = log, log
	s.manager, err = hold(command)
	return err
}

func (s *stage) program() string { return filepath.Join(s.dir, "manager") }
func (s *stage) log() string     { return filepath.Join(s.dir, "manager.log") }

// finish runs a program to its end, or to that of ctx, and answers all that it
// printed.
func (s *stage) finish(ctx context.Context, command *exec.Cmd) (string, error) {
	var output strings.Builder
	command.Stdout, command.Stderr = &output, &output
	h, err := hold(command)
	if err != nil {
		return "", err
	}
	select {
	case <-h.done:
		return output.String(), h.ended
	case <-ctx.Done():
		h.stop()
		return output.String(), context.Cause(ctx)
	}
}

// stay keeps everything up, and shows what happens, until somebody ends it.
func (s *stage) stay(ctx context.Context, screen *screen) error {
	screen.sayf(`
All of this is yours until Ctrl-C. In another terminal:

  export KUBECONFIG=%s PATH="%s:$PATH"
  kubectl get gandi --watch
  kubectl edit gvm myvm

  Gandi's side      %s/sim/state
  calls to Gandi    %[3]s/sim/journal
  edit, as a panel  curl -d '{"type": "vm", "id": ID, "power": "halted"}' %[3]s/sim/change
  the manager's log %[4]s
`, s.plane.Kubeconfig(), filepath.Dir(s.plane.KubectlPath()), s.simulator.url, s.log())
	err := screen.during(ctx, s.look, func() error {
		<-ctx.Done()
		return context.Cause(ctx)
	})
	if errors.Is(err, errInterrupted) {
		screen.sayf("\nStopping.")
		return nil
	}
	return err
}

// showLog shows the end of the manager's log, for a person who asks why.
func (s *stage) showLog(out io.Writer) {
	text, err := os.ReadFile(s.log())
	if err != nil {
		return // it was not started yet
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	const last = 20
	fmt.Fprintf(out, "\nThe end of the manager's log:\n%s\n", strings.Join(lines[max(0, len(lines)-last):], "\n"))
}

// close ends everything, the manager while it can still give its lease away.
func (s *stage) close() error {
	var all []error
	if s.manager != nil {
		s.manager.stop()
	}
	if s.plane != nil {
		all = append(all, s.plane.Stop())
	}
	if s.simulator != nil {
		all = append(all, s.simulator.server.Close())
	}
	return errors.Join(append(all, s.sweep())...)
}
