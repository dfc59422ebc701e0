package chaos

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/gandi-operator/gandi-operator/internal/account"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
)

// home is the installation that histories are about.
const home = "lab0"

// history is one world, and what happens in it.
type history struct {
	plan
	world      *gandisim.World
	settings   account.Settings
	other      account.Settings // with a key of another handle
	clusters   []*cluster
	background sync.WaitGroup
	calls      atomic.Int64
	changes    atomic.Int64 // of them
	passes     atomic.Int64

	effects sync.Mutex // one change at Gandi at a time
	ledger
	foreign   map[thing]string // what somebody else made
	forgetful map[owner]bool   // objects that lost their status

	mu         sync.Mutex
	started    int
	writes     int
	armed      []blow
	deaths     []death
	out        out
	strangeKey time.Time
	vanished   map[int]bool
	answering  map[string]string // the request that an object's call answers
	leaders    map[*cluster]*process
	everyone   []*process
	closing    bool
	tally      map[string]int
	did        []string
	events     []string
	violations []string
	began      time.Time
	result     result
}

// result is what is counted of a history.
type result struct {
	seed       uint64
	steps      int
	objects    int
	calls      int           // to Gandi
	settling   time.Duration // from fair weather to rest
	callsAfter int           // meanwhile, by object
	changes    int           // of them, that change something
	virtual    time.Duration
	passes     int // reconciles
	tally      map[string]int
	reasons    map[string]int
	violations []string
	story      []string
}

// mostTold bounds what is told of one history.
const mostTold = 8

func (h *history) violatedf(format string, args ...any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.violations) < mostTold {
		h.violations = append(h.violations, fmt.Sprintf(format, args...))
		h.writef("  !!    "+format, args...)
	}
}

// writef tells what happened. The lock is held.
func (h *history) writef(format string, args ...any) {
	h.did = append(h.did, fmt.Sprintf("%9s  ", time.Since(h.began).Round(time.Millisecond))+fmt.Sprintf(format, args...))
}

func (h *history) notef(format string, args ...any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.writef(format, args...)
}

func (h *history) told(c *cluster, k key, text string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.events = append(h.events, ownerOf(c, k).String()+": "+text)
	h.writef("        event of %s: %s", k, text)
}

// lead leads the history that p is the plan of, in virtual time.
func lead(t *testing.T, p plan) (r result) {
	synctest.Test(t, func(*testing.T) {
		h := begin(p)
		h.live()
		h.end()
		r = h.result
		r.seed, r.steps, r.violations, r.story, r.tally = p.seed, len(p.steps), h.violations, h.did, h.tally
		r.calls, r.passes, r.virtual = int(h.calls.Load()), int(h.passes.Load()), time.Since(h.began)
	})
	return r
}

func begin(p plan) *history {
	h := &history{plan: p, ledger: newLedger(), foreign: map[thing]string{}, forgetful: map[owner]bool{}, answering: map[string]string{},
		leaders: map[*cluster]*process{}, tally: map[string]int{}, began: time.Now()}
	h.world = gandisim.New(&gandisim.Options{Seed: int64(p.seed%1000) + 1, TimeScale: 10, Switches: p.switches, RateLimit: p.rateLimit})
	h.settings = account.Settings{Endpoint: "http://127.0.0.1/xmlrpc/", APIKey: mustKey(gandisim.DefaultAPIKey), Resync: p.resync, Settle: p.settle}
	h.other = h.settings
	h.other.APIKey = mustKey(gandisim.OtherAPIKey)
	installations := []string{home}
	if p.rateLimit != "" {
		h.tally["low rate limit"]++
	}
	if lagging(p) {
		h.tally["lists lag"]++
	}
	if p.neighbour {
		h.tally["second installation"]++
		installations = append(installations, "lab1")
	}
	for _, installation := range installations {
		c := newCluster(installation)
		c.strict, c.tell = p.strict, h.violatedf
		c.written = func(before, after engine.Object) { h.sees(c, before, after) }
		h.clusters = append(h.clusters, c)
		h.elect(c)
	}
	return h
}

func mustKey(s string) gandi.APIKey {
	k, err := gandi.NewAPIKey(s)
	if err != nil {
		panic(err) // the simulator's keys have the form
	}
	return k
}

// elect starts a process and makes it the leader.
func (h *history) elect(c *cluster) {
	p := h.start(c)
	c.mu.Lock()
	c.lease.Spec.HolderIdentity, c.lease.Spec.RenewTime = new(p.name), nil
	c.mu.Unlock()
	h.mu.Lock()
	h.leaders[c] = p
	h.everyone = append(h.everyone, p)
	h.mu.Unlock()
}

// expire ends the renewal of a cluster's lease: it runs out a lease's length after
// the last one.
func (h *history) expire(c *cluster) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := metav1.NewMicroTime(time.Now().Truncate(2 * time.Second))
	c.lease.Spec.RenewTime = &now
}

// replaceDead has somebody follow a leader that was killed: at once, or when its
// lease has run out.
func (h *history) replaceDead() {
	h.mu.Lock()
	var vacant []*cluster
	for c, p := range h.leaders {
		if p.killed() && !h.closing {
			delete(h.leaders, c)
			vacant = append(vacant, c)
		}
	}
	h.mu.Unlock()
	for _, c := range vacant {
		wait := 2 * time.Second
		if h.leases {
			h.expire(c)
			wait = leaseLength
		}
		time.AfterFunc(wait, func() { h.succeed(c) })
	}
}

// succeed elects a leader where there is none.
func (h *history) succeed(c *cluster) {
	h.mu.Lock()
	vacant := h.leaders[c] == nil && !h.closing
	h.mu.Unlock()
	if vacant {
		h.elect(c)
	}
}

// pass lets time pass.
func (h *history) pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// until lets time pass until done, or within is over.
func (h *history) until(within time.Duration, done func() bool) bool {
	synctest.Wait()
	began := time.Now()
	for !done() {
		spent := time.Since(began)
		if spent > within {
			return false
		}
		h.pass(min(max(spent/20, time.Second), time.Minute))
	}
	return true
}

// end ends every process.
func (h *history) end() {
	h.mu.Lock()
	h.closing = true
	everyone := h.everyone
	h.mu.Unlock()
	for _, p := range everyone {
		p.kill()
	}
	for _, p := range everyone {
		p.end()
	}
	h.background.Wait()
	h.pass(2 * leaseLength) // timers that are set still find nothing to do
}
