package chaos

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/gandi-operator/gandi-operator/internal/account"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
	"github.com/gandi-operator/gandi-operator/internal/operation"
	"github.com/gandi-operator/gandi-operator/internal/testkit"
)

// errDead is what everything answers to a process that was killed.
var errDead = errors.New("this process was killed")

var accountName = types.NamespacedName{Namespace: testkit.Namespace, Name: "default"}

// process is one process of the operator.
type process struct {
	h        *history
	c        *cluster
	name     string
	registry *account.Registry
	kinds    map[string]reconcile.Reconciler
	stop     context.CancelFunc
	done     sync.WaitGroup
	nudge    chan struct{}
	cache    cache

	mu      sync.Mutex
	dead    bool
	thaws   time.Time // until when nothing of it moves
	due     map[key]time.Time
	working map[key]bool
	fails   map[key]int
}

// start starts a process of the operator in a cluster.
func (h *history) start(c *cluster) *process {
	h.mu.Lock()
	h.started++
	name := fmt.Sprintf("%s-process-%d", c.installation, h.started)
	h.mu.Unlock()
	p := &process{h: h, c: c, name: name, kinds: map[string]reconcile.Reconciler{}, nudge: make(chan struct{}, 1),
		due: map[key]time.Time{}, working: map[key]bool{}, fails: map[key]int{}}
	p.cache.p = p
	p.registry = account.NewRegistry(account.Options{
		Installation: c.installation, Wake: p.wake, Log: logr.Discard(),
		NewTransport: func() http.RoundTripper { return &wire{p: p, next: h.world.Transport()} },
	})
	for _, s := range specimens {
		p.kinds[s.kind] = s.serve(p)
	}
	ctx, cancel := context.WithCancel(log.IntoContext(context.Background(), logr.Discard()))
	p.stop = cancel
	p.done.Go(func() { _ = p.registry.Start(ctx) })
	if h.misled() {
		p.mislead()
	} else {
		p.bind()
	}
	c.mu.Lock()
	p.cache.relist()
	p.cache.lag = h.delay
	c.processes = append(c.processes, p)
	c.mu.Unlock()
	for range h.workers {
		p.done.Go(func() { p.work(ctx) })
	}
	return p
}

// bind connects the account by its own key.
func (p *process) bind() {
	conn, err := p.registry.Connect(p.h.settings)
	if err == nil {
		_, err = p.registry.Bind(accountName, conn, gandisim.DefaultHandle, gandisim.DefaultHandle)
	}
	if err != nil {
		p.h.violatedf("the account cannot be bound: %v", err)
	}
	p.lookAtAll()
}

// mislead has the account's Secret hold the key of another handle: the account is
// pinned to its own.
func (p *process) mislead() {
	conn, err := p.registry.Connect(p.h.other)
	if err == nil {
		_, err = p.registry.Bind(accountName, conn, gandisim.DefaultHandle, gandisim.OtherHandle)
	}
	if err == nil {
		p.h.violatedf("a key of another handle is taken")
	}
}

func (p *process) lookAtAll() {
	for _, k := range p.c.all("") {
		p.enqueue(k, 0)
	}
}

// kill ends the process as SIGKILL does.
func (p *process) kill() {
	p.mu.Lock()
	p.dead = true
	p.mu.Unlock()
	p.stop()
}

// end kills the process and waits for its goroutines.
func (p *process) end() {
	p.kill()
	p.nudgeOne()
	p.done.Wait()
	p.c.mu.Lock()
	defer p.c.mu.Unlock()
	for i, other := range p.c.processes {
		if other == p {
			p.c.processes = append(p.c.processes[:i:i], p.c.processes[i+1:]...)
			return
		}
	}
}

func (p *process) killed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.dead
}

// alive waits while the process is frozen, and tells whether it still lives.
func (p *process) alive() error {
	for {
		p.mu.Lock()
		dead, wait := p.dead, time.Until(p.thaws)
		p.mu.Unlock()
		switch {
		case dead:
			return errDead
		case wait <= 0:
			return nil
		}
		<-time.After(min(wait, 5*time.Second))
	}
}

func (p *process) freeze(d time.Duration) {
	p.mu.Lock()
	p.thaws = time.Now().Add(d)
	p.mu.Unlock()
}

// write is one write to either side: right before or after it the process may be
// killed.
func (p *process) write(what string, do func() error) error {
	if err := p.alive(); err != nil {
		return err
	}
	before, after := p.h.strikesWrite(what)
	if before {
		p.die()
		return errDead
	}
	err := do()
	if after {
		p.die()
		return errDead
	}
	return err
}

// die is a death that others notice.
func (p *process) die() {
	p.kill()
	time.AfterFunc(time.Millisecond, p.h.replaceDead)
}

func (p *process) wake(owner operation.Owner) {
	p.enqueue(key{owner.Kind, owner.Name}, 0)
}

// enqueue has an object looked at after a while.
func (p *process) enqueue(k key, after time.Duration) {
	if p.kinds[k.kind] == nil {
		return
	}
	p.mu.Lock()
	at := time.Now().Add(after)
	if have, ok := p.due[k]; !ok || at.Before(have) {
		p.due[k] = at
	}
	p.mu.Unlock()
	p.nudgeOne()
}

func (p *process) nudgeOne() {
	select {
	case p.nudge <- struct{}{}:
	default:
	}
}

// work is the queue and one worker.
func (p *process) work(ctx context.Context) {
	for ctx.Err() == nil {
		k, wait, found := p.next()
		switch {
		case !found:
			select {
			case <-ctx.Done():
			case <-p.nudge:
			}
		case wait > 0:
			timer := time.NewTimer(wait)
			select {
			case <-ctx.Done():
			case <-p.nudge:
			case <-timer.C:
			}
			timer.Stop()
		default:
			p.nudgeOne() // there may be more for other workers
			p.reconcile(ctx, k)
			p.mu.Lock()
			delete(p.working, k)
			p.mu.Unlock()
			p.nudgeOne()
		}
	}
}

// next takes the key that is due first off the queue, or tells how long it is still
// to wait.
func (p *process) next() (k key, wait time.Duration, found bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var first time.Time
	for one, at := range p.due {
		if p.working[one] {
			continue
		}
		if !found || at.Before(first) || (at.Equal(first) && one.String() < k.String()) {
			k, first, found = one, at, true
		}
	}
	if wait = time.Until(first); found && wait <= 0 {
		delete(p.due, k)
		p.working[k] = true
	}
	return k, wait, found
}

func (p *process) reconcile(ctx context.Context, k key) {
	if p.alive() != nil {
		return
	}
	if n := p.h.passes.Add(1); n > mostPasses {
		if n == mostPasses+1 {
			p.h.violatedf("%d reconciles, the last of %s: %s", mostPasses, k, p.h.plight(p.c, k))
		}
		<-time.After(time.Hour) // so that the history comes to its end
	}
	result, err := p.kinds[k.kind].Reconcile(withItem(ctx, k), reconcile.Request{NamespacedName: types.NamespacedName{Namespace: testkit.Namespace, Name: k.name}})
	switch {
	case ctx.Err() != nil:
	case err != nil:
		p.mu.Lock()
		p.fails[k]++
		n := p.fails[k]
		p.mu.Unlock()
		p.enqueue(k, min(time.Second<<min(n-1, 6), time.Minute))
	default:
		p.mu.Lock()
		delete(p.fails, k)
		p.mu.Unlock()
		if result.RequeueAfter > 0 {
			p.enqueue(k, result.RequeueAfter)
		}
	}
}

// mostPasses is far more than any history takes whose objects do not go round.
const mostPasses = 6000

// plight is what an object says of itself.
func (h *history) plight(c *cluster, k key) string {
	obj := c.get(k)
	if obj == nil {
		return "it is gone"
	}
	raw, err := json.Marshal(obj.ManagedStatus())
	if err != nil {
		return err.Error()
	}
	return string(raw)
}

// Eventf records an event.
func (p *process) Eventf(regarding, _ runtime.Object, eventtype, reason, _, note string, args ...any) {
	text := eventtype + " " + reason + " " + fmt.Sprintf(note, args...)
	for _, secret := range secrets {
		if strings.Contains(text, secret) {
			p.h.violatedf("an event holds a secret: %s", strings.ReplaceAll(text, secret, "***"))
		}
	}
	if obj, ok := regarding.(engine.Object); ok {
		p.h.told(p.c, keyOf(obj), text)
	}
}

// secrets are what no text may hold.
var secrets = []string{testkit.Password, gandisim.DefaultAPIKey, gandisim.OtherAPIKey}
