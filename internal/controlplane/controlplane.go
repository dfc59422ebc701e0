package controlplane

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"k8s.io/client-go/rest"
)

// patience is how long a start may take when the caller's context allows more. It
// takes 4 seconds on two idle cores; a machine that compiles meanwhile needs more.
const patience = 2 * time.Minute

// Options of a control plane. The zero value is ready for use.
type Options struct {
	// APIServerArgs are added to the API server's command line; a flag given here
	// wins over ours.
	APIServerArgs []string
	// WithoutControllers leaves out Kubernetes' controllers: owners may then go
	// without their objects, a deleted namespace stays, and the cluster roles
	// view, edit and admin grant nothing.
	WithoutControllers bool
}

// A ControlPlane is a running etcd and kube-apiserver with a few of Kubernetes'
// own controllers, reached on the loopback interface alone. Its methods that stop
// and start are not to be called at once.
type ControlPlane struct {
	dir       string
	programs  assets
	authority *authority
	options   Options
	admin     *rest.Config

	etcd, apiServer, controllers *process
}

// Start starts a control plane and returns when it serves. The context bounds the
// start alone; the control plane lives until Stop, or until this process ends in
// whatever way.
//
// The programs are those of `make control-plane`, or of KUBEBUILDER_ASSETS where
// that is set; if they are missing, the returned error says how to get them.
func Start(ctx context.Context, options Options) (*ControlPlane, error) {
	programs, err := findAssets()
	if err != nil {
		return nil, err
	}
	// The name is short because it becomes part of a socket's path, of which
	// some systems take 104 bytes.
	dir, err := os.MkdirTemp("", "gandi-k8s-")
	if err != nil {
		return nil, fmt.Errorf("making a directory for the control plane: %w", err)
	}
	c := &ControlPlane{dir: dir, programs: programs, options: options}

	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("it took longer than %s", patience))
	defer cancel()
	if err := c.start(ctx); err != nil {
		// What stopping has to say follows from what starting says already.
		_ = c.Stop()
		return nil, fmt.Errorf("starting a control plane: %w", err)
	}
	return c, nil
}

func (c *ControlPlane) start(ctx context.Context) error {
	if err := c.writeFiles(); err != nil {
		return err
	}
	c.etcd = c.newEtcd()
	if err := c.etcd.start(); err != nil {
		return err
	}
	if err := c.startOnFreePort(ctx); err != nil {
		return err
	}
	if err := WriteKubeconfig(c.Kubeconfig(), c.admin); err != nil {
		return err
	}
	if c.options.WithoutControllers {
		return nil
	}
	c.controllers = c.newControllers()
	return c.controllers.start()
}

// Stop ends all programs, the API server before its etcd, and removes what they
// stored. It tells of programs that had ended by themselves. A second Stop does
// nothing.
func (c *ControlPlane) Stop() error {
	var all []error
	for _, p := range []*process{c.controllers, c.apiServer, c.etcd} {
		if p != nil {
			all = append(all, p.stop())
		}
	}
	return errors.Join(append(all, os.RemoveAll(c.dir))...)
}

// StopAPIServer ends the API server: connections are refused until
// StartAPIServer.
func (c *ControlPlane) StopAPIServer() error { return c.apiServer.stop() }

// KillAPIServer ends the API server as a machine does that loses its power:
// requests under way are never answered.
func (c *ControlPlane) KillAPIServer() {
	if c.apiServer.running() {
		c.apiServer.kill()
	}
}

// StartAPIServer starts the API server again at its old address, with all that it
// held, and returns when it serves.
func (c *ControlPlane) StartAPIServer(ctx context.Context) error {
	if err := c.apiServer.start(); err != nil {
		return err
	}
	return c.waitReady(ctx)
}

// StopEtcd ends etcd: the API server answers, but can neither read nor write. It
// does not end politely in that state, so StartEtcd should come before
// StopAPIServer.
//
// Under a running API server etcd is killed, since it would wait for watches that
// never end. It loses nothing by that: what it wrote is the system's to keep.
func (c *ControlPlane) StopEtcd() error {
	if c.apiServer.running() && c.etcd.running() {
		c.etcd.kill()
		return nil
	}
	return c.etcd.stop()
}

// KillEtcd is StopEtcd without politeness, whoever runs.
func (c *ControlPlane) KillEtcd() {
	if c.etcd.running() {
		c.etcd.kill()
	}
}

// StartEtcd starts etcd again with all that it held, and returns when the API
// server, if it runs, says that it is ready. The API server has a connection for
// each kind of object, and a few of them may take some seconds more to come back.
func (c *ControlPlane) StartEtcd(ctx context.Context) error {
	if err := c.etcd.start(); err != nil {
		return err
	}
	if !c.apiServer.running() {
		return nil
	}
	return c.waitReady(ctx)
}

// Config is how a cluster administrator reaches the API server: a fresh copy,
// with no limit on the client's side.
func (c *ControlPlane) Config() *rest.Config { return rest.CopyConfig(c.admin) }

// Kubeconfig is the path of the administrator's kubeconfig.
func (c *ControlPlane) Kubeconfig() string { return filepath.Join(c.dir, "kubeconfig") }

// KubectlPath is the path of a kubectl of the API server's own version.
func (c *ControlPlane) KubectlPath() string { return c.programs.kubectl }

// Kubectl is that kubectl with the administrator's kubeconfig, ready to run. Its
// discovery cache is the control plane's own, as another one may have used the
// same address a moment ago.
func (c *ControlPlane) Kubectl(ctx context.Context, arguments ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, c.programs.kubectl, arguments...)
	command.Env = append(os.Environ(),
		"KUBECONFIG="+c.Kubeconfig(),
		"KUBECACHEDIR="+filepath.Join(c.dir, "kubectl-cache"))
	return command
}

// Logs are the paths of the files with all that the programs printed, by the
// program's name. Stop removes them.
func (c *ControlPlane) Logs() map[string]string {
	logs := map[string]string{}
	for _, p := range []*process{c.etcd, c.apiServer, c.controllers} {
		if p != nil {
			logs[p.name] = p.log
		}
	}
	return logs
}
