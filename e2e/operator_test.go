package e2e

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// operator is one process of the real manager.
type operator struct {
	t       testing.TB
	command *exec.Cmd
	log     string // path of what it prints
	metrics string // its address
	ended   chan struct{}
	exit    error       // of the process, once ended is closed
	killed  atomic.Bool // by the test
}

// startOperator starts a manager that keeps its lease and installation id in
// the namespace system, where it must have been granted to (see newSystem). Its
// further arguments are flags.
func startOperator(t testing.TB, system string, flags ...string) *operator {
	t.Helper()
	o := &operator{t: t, metrics: freeAddress(t), ended: make(chan struct{})}
	file, err := os.CreateTemp(filepath.Dir(managerProgram), "manager-*.log")
	if err != nil {
		t.Fatal(err)
	}
	o.log = file.Name()
	// The process outlives the test's context, so that a cleanup can end it politely.
	o.command = exec.CommandContext(context.Background(), managerProgram, append([]string{
		"--leader-elect", "--namespace=" + system, "--metrics-bind-address=" + o.metrics,
		"--health-probe-bind-address=0", "--log-level=debug", "--log-format=json",
	}, flags...)...)
	o.command.Env = append(os.Environ(), "KUBECONFIG="+managerConfig)
	o.command.Stdout, o.command.Stderr = file, file
	if err := o.command.Start(); err != nil {
		t.Fatal(err)
	}
	// Should this process die, the manager loses its API server, then its lease,
	// and ends by that.
	go func() {
		o.exit = o.command.Wait()
		_ = file.Close()
		close(o.ended)
	}()
	t.Cleanup(o.cleanup)
	return o
}

func (o *operator) cleanup() {
	select {
	case <-o.ended:
		if o.exit != nil && !o.killed.Load() {
			o.t.Errorf("the manager ended by itself: %v", o.exit)
		}
	default:
		o.stop()
	}
	said := o.said()
	// Events have no place in a namespace that is going away.
	if refused := lines(said, "forbidden", "being terminated"); refused != "" {
		o.t.Errorf("the manager's role does not allow what it does:\n%s", refused)
	}
	if panicked := lines(said, "panic", ""); panicked != "" {
		o.t.Errorf("the manager panicked:\n%s", panicked)
	}
	if o.t.Failed() {
		o.t.Logf("the manager's log:\n%s", tail(said, 150))
	}
	keep(o.t, o.log)
}

// stop ends the manager as Kubernetes does, and waits until it is gone.
func (o *operator) stop() {
	o.t.Helper()
	if err := o.command.Process.Signal(syscall.SIGTERM); err != nil {
		o.t.Errorf("stopping the manager: %v", err)
	}
	select {
	case <-o.ended:
		if o.exit != nil {
			o.t.Errorf("the manager ended with %v", o.exit)
		}
	case <-time.After(time.Minute):
		// Longer than a pod's grace period, which is 60 s too.
		o.t.Errorf("the manager did not stop within a minute of SIGTERM")
		o.kill()
	}
}

// kill ends the manager as a machine does that loses its power.
func (o *operator) kill() {
	o.t.Helper()
	o.killed.Store(true)
	if err := o.command.Process.Kill(); err != nil {
		o.t.Errorf("killing the manager: %v", err)
	}
	<-o.ended
}

// said is all that the manager printed so far.
func (o *operator) said() string {
	content, err := os.ReadFile(o.log)
	if err != nil {
		o.t.Fatal(err)
	}
	return string(content)
}

// waitSaid waits until the manager's log has a text.
func (o *operator) waitSaid(text string) {
	o.t.Helper()
	eventually(o.t, fmt.Sprintf("the manager to say %q", text), func() (bool, string) {
		said := o.said()
		return strings.Contains(said, text), tail(said, 5)
	})
}

// newSystem is a namespace in which the manager may keep a lease and an
// installation id, as it may in the one of the installation: managers of
// different namespaces know nothing of each other.
func newSystem(t testing.TB) string {
	t.Helper()
	system := newNamespace(t)
	client := core(t).RbacV1()
	const name = "gandi-operator-manager-role"
	role, err := client.Roles(systemNamespace).Get(t.Context(), name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Roles(system).Create(t.Context(), &rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Name: name}, Rules: role.Rules}, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	binding := &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: systemNamespace, Name: serviceAccount}},
		RoleRef:    rbacv1.RoleRef{Kind: "Role", APIGroup: rbacv1.GroupName, Name: name},
	}
	if _, err := client.RoleBindings(system).Create(t.Context(), binding, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	return system
}

func freeAddress(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

// tail is the last n lines of a text.
func tail(text string, n int) string {
	all := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return strings.Join(all[max(0, len(all)-n):], "\n")
}

// lines are those that contain a text, but not another one.
func lines(all, with, without string) string {
	var found []string
	for line := range strings.SplitSeq(all, "\n") {
		if strings.Contains(line, with) && (without == "" || !strings.Contains(line, without)) {
			found = append(found, line)
		}
	}
	return strings.Join(found, "\n")
}

// keep saves a log where E2E_KEEP says, if it does.
func keep(t testing.TB, path string) {
	t.Helper()
	dir := os.Getenv("E2E_KEEP")
	if dir == "" {
		return
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Error(err)
		return
	}
	name := strings.ReplaceAll(t.Name(), "/", "_") + "-" + filepath.Base(path)
	if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
		t.Error(err)
	}
}
