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
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/gandi-operator/gandi-operator/controllers/disk"
	"github.com/gandi-operator/gandi-operator/controllers/iface"
	"github.com/gandi-operator/gandi-operator/controllers/site"
	"github.com/gandi-operator/gandi-operator/controllers/sshkey"
	"github.com/gandi-operator/gandi-operator/controllers/vlan"
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
	cluster  client.WithWatch
	kinds    map[string]reconcile.Reconciler
	cancel   context.CancelFunc
	done     sync.WaitGroup

	mu      sync.Mutex
	dead    bool
	due     map[item]time.Time
	working map[item]bool // under a worker's hands, as no other is meanwhile
	fails   map[item]int
	nudge   chan struct{}
}

// Start starts a manager of every kind.
func (l *Lab) Start() *Manager {
	l.t.Helper()
	m := l.manager()
	serve(m, vm.Kind{})
	serve(m, disk.Kind{})
	serve(m, sshkey.Kind{})
	serve(m, vlan.Kind{})
	serve(m, iface.Kind{})
	serve(m, site.Kind{})
	m.run()
	return m
}

// manager is a process before it does anything.
func (l *Lab) manager() *Manager {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.started++
	m := &Manager{lab: l, name: fmt.Sprintf("manager-%d", l.started),
		kinds: map[string]reconcile.Reconciler{}, due: map[item]time.Time{}, working: map[item]bool{}, fails: map[item]int{}, nudge: make(chan struct{}, 1)}
	m.registry = account.NewRegistry(account.Options{
		Installation: Installation,
		Wake:         m.wake,
		NewTransport: func() http.RoundTripper { return &wire{m: m, next: l.transport()} },
		Log:          logr.Discard(),
	})
	m.cluster = m.connect()
	return m
}

// run has the manager connect to the account and look at every object.
func (m *Manager) run() {
	l := m.lab
	l.t.Helper()
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
	l.mu.Lock()
	l.managers = append(l.managers, m)
	l.mu.Unlock()
	for kind := range m.kinds {
		for _, one := range l.objects(kind) {
			m.enqueue(itemOf(one), 0)
		}
	}
	for range max(l.workers, 1) {
		m.done.Go(func() { m.work(ctx) })
	}
	l.t.Cleanup(m.Stop)
}

// serve has the manager reconcile the objects of a kind.
func serve[O engine.Object, S any](m *Manager, kind engine.Kind[O, S]) {
	m.kinds[kind.Name()] = &engine.Reconciler[O, S]{
		Kind: kind, Client: m.cluster, Live: m.cluster, Accounts: m.registry, Events: m,
		Installation: Installation, Sender: m.name,
	}
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

// wake has owner looked at, which the account has news for.
func (m *Manager) wake(owner operation.Owner) {
	m.enqueue(item{owner.Kind, types.NamespacedName{Namespace: owner.Namespace, Name: owner.Name}}, 0)
}

// enqueue has an object looked at after a while. Objects of kinds that the manager
// does not serve are nothing to it.
func (m *Manager) enqueue(key item, after time.Duration) {
	if m.kinds[key.kind] == nil {
		return
	}
	m.mu.Lock()
	at := time.Now().Add(after)
	if have, ok := m.due[key]; !ok || at.Before(have) {
		m.due[key] = at
	}
	m.mu.Unlock()
	m.nudgeOne()
}

func (m *Manager) nudgeOne() {
	select {
	case m.nudge <- struct{}{}:
	default:
	}
}

// work is the queue and one worker.
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
			m.nudgeOne() // there may be more for other workers
			m.reconcile(ctx, key)
			m.mu.Lock()
			delete(m.working, key)
			m.mu.Unlock()
			m.nudgeOne()
		}
	}
}

// next takes the key that is due first off the queue, or tells how long it is
// still to wait.
func (m *Manager) next() (key item, wait time.Duration, found bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var first time.Time
	for k, at := range m.due {
		if m.working[k] {
			continue
		}
		if !found || at.Before(first) || (at.Equal(first) && k.String() < key.String()) {
			key, first, found = k, at, true
		}
	}
	if wait = time.Until(first); found && wait <= 0 {
		delete(m.due, key)
		m.working[key] = true
	}
	return key, wait, found
}

func (m *Manager) reconcile(ctx context.Context, key item) {
	result, err := m.kinds[key.kind].Reconcile(ctx, reconcile.Request{NamespacedName: key.NamespacedName})
	switch {
	case ctx.Err() != nil:
	case err != nil:
		m.enqueue(key, min(time.Second<<min(m.failed(key)-1, 6), time.Minute))
	default:
		m.succeeded(key)
		if result.RequeueAfter > 0 {
			m.enqueue(key, result.RequeueAfter)
		}
	}
}

func (m *Manager) failed(key item) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fails[key]++
	return m.fails[key]
}

func (m *Manager) succeeded(key item) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.fails, key)
}

// Eventf records an event.
func (m *Manager) Eventf(regarding, _ runtime.Object, eventtype, reason, _, note string, args ...any) {
	e := event{text: eventtype + " " + reason + " " + fmt.Sprintf(note, args...)}
	if obj, ok := regarding.(client.Object); ok {
		e.of = itemOf(obj)
	}
	m.lab.mu.Lock()
	defer m.lab.mu.Unlock()
	m.lab.events = append(m.lab.events, e)
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

// connect is the store as the manager sees it.
func (m *Manager) connect() client.WithWatch {
	return interceptor.NewClient(m.lab.Store, interceptor.Funcs{
		Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, obj client.Object, opts ...client.GetOption) error {
			if m.killed() {
				return errDead
			}
			if err := m.lab.served(obj); err != nil {
				return err
			}
			return c.Get(ctx, key, obj, opts...)
		},
		List: func(ctx context.Context, c client.WithWatch, list client.ObjectList, opts ...client.ListOption) error {
			if m.killed() {
				return errDead
			}
			return c.List(ctx, list, opts...)
		},
		Create: func(ctx context.Context, c client.WithWatch, obj client.Object, opts ...client.CreateOption) error {
			return m.write("creation of "+itemOf(obj).String(), func() error { return m.accepted(obj, c.Create(ctx, obj, opts...)) })
		},
		Patch: func(ctx context.Context, c client.WithWatch, obj client.Object, patch client.Patch, opts ...client.PatchOption) error {
			return m.write("metadata of "+itemOf(obj).String(), func() error {
				return m.accepted(obj, c.Patch(ctx, obj, patch, opts...))
			})
		},
		SubResourcePatch: func(ctx context.Context, c client.Client, sub string, obj client.Object, patch client.Patch, opts ...client.SubResourcePatchOption) error {
			return m.write(sub+" of "+itemOf(obj).String(), func() error {
				err := m.accepted(obj, c.SubResource(sub).Patch(ctx, obj, patch, opts...))
				if err == nil {
					m.lint(obj)
				}
				return err
			})
		},
	})
}

// accepted fails the test when the API server would not take what the manager
// writes: nothing that a manager does may lead there, and it would repeat it for
// ever.
func (m *Manager) accepted(obj client.Object, err error) error {
	if apierrors.IsInvalid(err) || apierrors.IsBadRequest(err) {
		m.lab.t.Errorf("%s writes what the API server refuses, %s: %v", m.name, itemOf(obj), err)
	}
	return err
}

// lint holds the conditions of every status that is written.
func (m *Manager) lint(obj client.Object) {
	one, ok := obj.(engine.Object)
	if !ok || len(one.ManagedStatus().Conditions) == 0 {
		return
	}
	status := one.ManagedStatus()
	for _, complaint := range condition.Lint(one.GetGeneration(), status.ObservedGeneration, status.Conditions) {
		m.lab.t.Errorf("conditions of %s: %s", itemOf(obj), complaint)
	}
}

// transport is the way from the wire on.
func (l *Lab) transport() http.RoundTripper {
	next := l.World.Transport()
	if l.wire == nil {
		return next
	}
	return l.wire(next)
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
	case "info", "list", "count", "query", "price", "list_kernels", "list_options", "can_migrate", "edit", "get_dns_entries":
		return false
	default:
		return true
	}
}
