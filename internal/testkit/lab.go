package testkit

import (
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/gandi-operator/gandi-operator/internal/account"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
)

// Namespace of every object in a Lab.
const Namespace = "default"

// Password that the Secret "login" of a Lab holds, a canary.
const Password = "Canary-Pa55word"

// Lab is the world outside of the operator.
type Lab struct {
	t     testing.TB
	World *gandisim.World
	// Store is the Kubernetes store as a person's kubectl sees it.
	Store client.WithWatch
	// Account are the settings of the account "default".
	Account account.Settings
	kept    *kept // behind Store
	wire    func(next http.RoundTripper) http.RoundTripper
	workers int

	mu       sync.Mutex
	managers []*Manager
	started  int    // managers, ever
	writes   int    // changing calls of managers so far, to either side
	crash    *Crash // still to strike
	// externalDNS tells whether DNSEndpoints are served.
	externalDNS bool
	struck      string
	events      []event
}

// event is one that a manager recorded.
type event struct {
	of   item
	text string // type reason note
}

// Crash kills the manager that makes the nth write, before it took effect or
// right after.
type Crash struct {
	N      int
	Before bool
}

// Options of a Lab.
type Options struct {
	Sim     *gandisim.Options
	Account account.Settings
	Crash   *Crash
	// Workers is how many objects a manager reconciles at once; 1 by default, which
	// repeats a life exactly.
	Workers int
	// Wire, when set, stands between managers and Gandi, to change what they are
	// answered.
	Wire func(next http.RoundTripper) http.RoundTripper
}

// NewLab is a fresh world. Inside a synctest bubble its time is virtual.
func NewLab(t testing.TB, o Options) *Lab {
	t.Helper()
	if o.Sim == nil {
		o.Sim = &gandisim.Options{}
	}
	sim := *o.Sim
	o.Sim = &sim
	o.Sim.Seed = max(o.Sim.Seed, 1)
	if o.Sim.TimeScale == 0 {
		// Fewer ticks of the tracker, the same order of things.
		o.Sim.TimeScale = 10
	}
	l := &Lab{t: t, World: gandisim.New(o.Sim), Account: o.Account, crash: o.Crash, wire: o.Wire, workers: o.Workers}
	key, err := gandi.NewAPIKey(gandisim.DefaultAPIKey)
	if err != nil {
		t.Fatal(err)
	}
	l.Account.APIKey = key
	l.Account.Endpoint = "http://127.0.0.1/xmlrpc/"
	l.Store = l.newStore()
	return l
}

// Pass lets time pass.
func (l *Lab) Pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// Steady lets time pass and fails the test when holds does not hold throughout.
func (l *Lab) Steady(what string, during time.Duration, holds func() bool) {
	l.t.Helper()
	for end := time.Now().Add(during); time.Now().Before(end); l.Pass(max(during/200, time.Second)) {
		l.revive()
		if !holds() {
			l.t.Fatalf("not %s throughout\n%s", what, l.Describe())
		}
	}
}

// Until lets time pass until done, and fails the test after within. A manager
// that was killed meanwhile is replaced.
func (l *Lab) Until(what string, within time.Duration, done func() bool) {
	l.t.Helper()
	// What was just done may be half known: an object is gone before its event is
	// told.
	synctest.Wait()
	// Looking costs more than most of what happens between two looks: the longer
	// it takes, the seldomer.
	began := time.Now()
	for end := began.Add(within); ; l.Pass(min(max(time.Since(began)/40, 250*time.Millisecond), 10*time.Second)) {
		l.revive()
		if done() {
			return
		}
		if time.Now().After(end) {
			l.t.Fatalf("not %s within %s (struck %q)\n%s", what, within, l.Struck(), l.Describe())
		}
	}
}

// Stop ends every manager.
func (l *Lab) Stop() {
	l.mu.Lock()
	managers := append([]*Manager(nil), l.managers...)
	l.mu.Unlock()
	for _, m := range managers {
		m.Stop()
	}
}

// revive starts a manager in the place of one that was killed.
func (l *Lab) revive() {
	l.mu.Lock()
	var dead []*Manager
	for _, m := range l.managers {
		if m.killed() {
			dead = append(dead, m)
		}
	}
	l.mu.Unlock()
	for _, m := range dead {
		m.Stop()
		l.Start()
	}
}

// Struck tells where the crash struck; "" when it did not (yet).
func (l *Lab) Struck() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.struck
}

// Events that managers recorded, as "type reason note".
func (l *Lab) Events() []string { return l.eventsOf(func(item) bool { return true }) }

// EventsOf are the events about one object.
func (l *Lab) EventsOf(kind, name string) []string {
	return l.eventsOf(func(of item) bool { return of.kind == kind && of.Name == name })
}

func (l *Lab) eventsOf(wanted func(item) bool) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var texts []string
	for _, e := range l.events {
		if wanted(e.of) {
			texts = append(texts, e.text)
		}
	}
	return texts
}

// Writes counts the changing calls of managers so far, to either side.
func (l *Lab) Writes() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.writes
}
