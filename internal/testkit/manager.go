package testkit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/controllers/vm"
	"github.com/gandi-operator/gandi-operator/internal/account"
	"github.com/gandi-operator/gandi-operator/internal/condition"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
	"github.com/gandi-operator/gandi-operator/internal/operation"
)

// Installation of every Manager of a Lab.
const Installation = "lab0"

// errDead is what everything answers to a process that was killed.
var errDead = errors.New("this process was killed")

// Manager is one process of the operator.
type Manager struct {
	lab      *Lab
	name     string
	registry *account.Registry
	vms      *engine.Reconciler[*v1alpha1.GandiVM, vm.Observed]
	cancel   context.CancelFunc
	done     sync.WaitGroup

	mu    sync.Mutex
	dead  bool
	due   map[types.NamespacedName]time.Time
	fails map[types.NamespacedName]int
	nudge chan struct{}
}

// Start starts a manager.
func (l *Lab) Start() *Manager {
	l.t.Helper()
	l.mu.Lock()
	m := &Manager{lab: l, name: fmt.Sprintf("manager-%d", len(l.managers)+1),
		due: map[types.NamespacedName]time.Time{}, fails: map[types.NamespacedName]int{}, nudge: make(chan struct{}, 1)}
	l.managers = append(l.managers, m)
	l.mu.Unlock()

	m.registry = account.NewRegistry(account.Options{
		Installation: Installation,
		Wake: func(o operation.Owner) {
			if o.Kind == "GandiVM" {
				m.enqueue(types.NamespacedName{Namespace: o.Namespace, Name: o.Name}, 0)
			}
		},
		NewTransport: func() http.RoundTripper { return &wire{m: m, next: l.World.Transport()} },
		Log:          logr.Discard(),
	})
	cluster := m.cluster()
	m.vms = &engine.Reconciler[*v1alpha1.GandiVM, vm.Observed]{
		Kind: vm.Kind{}, Client: cluster, Live: cluster, Accounts: m.registry, Events: m,
		Installation: Installation, Sender: m.name,
	}
	ctx, cancel := context.WithCancel(context.Background())
	m.cancel = cancel
	m.done.Go(func() { _ = m.registry.Start(ctx) })
	conn, err := m.registry.Connect(l.Account)
	if err != nil {
		l.t.Fatal(err)
	}
	if _, err := m.registry.Bind(types.NamespacedName{Namespace: Namespace, Name: "default"}, conn, "", gandisim.DefaultHandle); err != nil {
		l.t.Fatal(err)
	}
	var all v1alpha1.GandiVMList
	if err := l.Store.List(ctx, &all); err != nil {
		l.t.Fatal(err)
	}
	for _, one := range all.Items {
		m.enqueue(client.ObjectKeyFromObject(&one), 0)
	}
	m.done.Go(func() { m.work(ctx) })
	l.t.Cleanup(m.Stop)
	return m
}

// Stop ends the manager and waits for its goroutines.
func (m *Manager) Stop() {
	m.Kill()
	m.done.Wait()
	m.lab.mu.Lock()
	defer m.lab.mu.Unlock()
	for i, other := range m.lab.managers {
		if other == m {
			m.lab.managers = append(m.lab.managers[:i:i], m.lab.managers[i+1:]...)
			return
		}
	}
}

// Kill ends the manager as SIGKILL does: nothing it does from now on has an
// effect.
func (m *Manager) Kill() {
	m.mu.Lock()
	m.dead = true
	m.mu.Unlock()
	m.cancel()
}

func (m *Manager) killed() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.dead
}

func (m *Manager) enqueue(key types.NamespacedName, after time.Duration) {
	m.mu.Lock()
	at := time.Now().Add(after)
	if have, ok := m.due[key]; !ok || at.Before(have) {
		m.due[key] = at
	}
	m.mu.Unlock()
	select {
	case m.nudge <- struct{}{}:
	default:
	}
}

// work is the queue and its one worker.
func (m *Manager) work(ctx context.Context) {
	for ctx.Err() == nil {
		key, wait, found := m.next()
		switch {
		case !found:
			select {
			case <-ctx.Done():
			case <-m.nudge:
			}
		case wait > 0:
			select {
			case <-ctx.Done():
			case <-m.nudge:
			case <-time.After(wait):
			}
		default:
			m.reconcile(ctx, key)
		}
	}
}

// next takes the key that is due first off the queue, or tells how long it is
// still to wait.
func (m *Manager) next() (key types.NamespacedName, wait time.Duration, found bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var first time.Time
	for k, at := range m.due {
		if !found || at.Before(first) || (at.Equal(first) && k.String() < key.String()) {
			key, first, found = k, at, true
		}
	}
	if wait = time.Until(first); found && wait <= 0 {
		delete(m.due, key)
	}
	return key, wait, found
}

func (m *Manager) reconcile(ctx context.Context, key types.NamespacedName) {
	result, err := m.vms.Reconcile(ctx, ctrl.Request{NamespacedName: key})
	switch {
	case ctx.Err() != nil:
	case err != nil:
		m.fails[key]++
		m.enqueue(key, min(time.Second<<min(m.fails[key]-1, 6), time.Minute))
	default:
		delete(m.fails, key)
		if result.RequeueAfter > 0 {
			m.enqueue(key, result.RequeueAfter)
		}
	}
}

// Eventf records an event.
func (m *Manager) Eventf(_, _ runtime.Object, eventtype, reason, _, note string, args ...any) {
	m.lab.mu.Lock()
	defer m.lab.mu.Unlock()
	m.lab.events = append(m.lab.events, eventtype+" "+reason+" "+fmt.Sprintf(note, args...))
}

// write is one write of the manager, to either side: here it may be killed.
func (m *Manager) write(what string, do func() error) error {
	if m.killed() {
		return errDead
	}
	l := m.lab
	l.mu.Lock()
	l.writes++
	strikes := l.crash != nil && l.writes == l.crash.N
	if strikes {
		l.struck = fmt.Sprintf("write %d: %s", l.writes, what)
	}
	l.mu.Unlock()
	if strikes && l.crash.Before {
		m.Kill()
		return errDead
	}
	err := do()
	if strikes {
		m.Kill()
		return errDead
	}
	return err
}

// cluster is the store as the manager sees it.
func (m *Manager) cluster() client.WithWatch {
	// As in a real manager, a change of metadata wakes, and a status of ours does
	// not.
	after := func(obj client.Object, err error) error {
		if err == nil {
			m.lab.woken(client.ObjectKeyFromObject(obj))
		}
		return err
	}
	return interceptor.NewClient(m.lab.Store, interceptor.Funcs{
		Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, obj client.Object, opts ...client.GetOption) error {
			if m.killed() {
				return errDead
			}
			return c.Get(ctx, key, obj, opts...)
		},
		Patch: func(ctx context.Context, c client.WithWatch, obj client.Object, patch client.Patch, opts ...client.PatchOption) error {
			return m.write("metadata of "+obj.GetName(), func() error { return after(obj, c.Patch(ctx, obj, patch, opts...)) })
		},
		SubResourcePatch: func(ctx context.Context, c client.Client, sub string, obj client.Object, patch client.Patch, opts ...client.SubResourcePatchOption) error {
			return m.write(sub+" of "+obj.GetName(), func() error {
				err := c.SubResource(sub).Patch(ctx, obj, patch, opts...)
				if err == nil {
					m.lint(obj)
				}
				return err
			})
		},
	})
}

// lint holds the conditions of every status that is written.
func (m *Manager) lint(obj client.Object) {
	vm, ok := obj.(*v1alpha1.GandiVM)
	if !ok || len(vm.Status.Conditions) == 0 || vm.Status.ObservedGeneration != vm.Generation {
		return
	}
	for _, complaint := range condition.Lint(vm.Generation, vm.Status.ObservedGeneration, vm.Status.Conditions) {
		m.lab.t.Errorf("conditions of %s: %s", vm.Name, complaint)
	}
}

// wire is the way to Gandi.
type wire struct {
	m    *Manager
	next http.RoundTripper
}

var methodName = regexp.MustCompile(`<methodName>([^<]+)</methodName>`)

// RoundTrip passes a request on. A changing call is a write.
func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	if w.m.killed() {
		return nil, errDead
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	again := r.Clone(r.Context())
	again.Body = io.NopCloser(strings.NewReader(string(body)))
	again.ContentLength = int64(len(body))
	found := methodName.FindSubmatch(body)
	if found == nil || !Changes(string(found[1])) {
		return w.next.RoundTrip(again)
	}
	var resp *http.Response
	err = w.m.write(string(found[1]), func() error {
		var err error
		resp, err = w.next.RoundTrip(again) //nolint:bodyclose // the caller of RoundTrip closes it
		return err
	})
	if err != nil {
		return nil, err
	}
	return resp, nil
}

// Changes tells whether method changes something at Gandi.
func Changes(method string) bool {
	switch last := method[strings.LastIndex(method, ".")+1:]; last {
	case "info", "list", "count", "query", "price", "list_kernels", "list_options", "can_migrate":
		return false
	default:
		return true
	}
}
