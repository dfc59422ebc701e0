package chaos

import (
	"maps"
	"testing"
	"time"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/testkit"
)

// The three patterns by which controllers go wrong that the Sieve paper names ("Automatic
// Reliability Testing for Cluster Management Controllers", OSDI 2022): each as a scenario
// of its own, for every kind.

// everyKind tells a story with an object of each kind.
func everyKind(t *testing.T, story func(t *testing.T, h *history, c *cluster, k key, fresh func() engine.Object)) {
	t.Helper()
	t.Parallel()
	for _, s := range specimens {
		t.Run(s.kind, func(t *testing.T) {
			t.Parallel()
			scene(t, calm(), func(t *testing.T, h *history, c *cluster) {
				k := key{s.kind, "one"}
				story(t, h, c, k, func() engine.Object { return s.make(newDice(1, nil), k.name) })
			})
		})
	}
}

// present is what a process's cache holds now.
func present(c *cluster, p *process) map[key]engine.Object {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(p.cache.objects)
}

// live is how many things an object has at Gandi.
func (h *history) has(k key) int {
	n := 0
	for t := range h.living() {
		if t.list == specimenOf(k.kind).list && h.made[t] == (owner{home, k}) {
			n++
		}
	}
	return n
}

// restart ends the leader and starts another, whose cache holds what is given until it
// hears of the world again.
func (h *history) restart(c *cluster, stale map[key]engine.Object, until time.Duration) {
	h.leader(c).kill()
	h.pass(time.Second)
	h.elect(c)
	p := h.leader(c)
	c.mu.Lock()
	p.cache.deaf, p.cache.objects = true, stale
	c.mu.Unlock()
	time.AfterFunc(until, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		p.cache.relist()
	})
}

// Acting on stale state: a process that was just started sees the object as it was
// before anything was bought, and a minute later as it is.
func TestStaleStateBeforeThePurchase(t *testing.T) {
	everyKind(t, func(t *testing.T, h *history, c *cluster, k key, fresh func() engine.Object) {
		mustCreate(t, c, fresh())
		h.pass(20 * time.Millisecond)
		before := present(c, h.leader(c))
		h.mustBe(t, "Ready", time.Hour, isReady(c, k))
		h.restart(c, before, time.Minute)
		h.pass(10 * time.Minute)
		h.mustBe(t, "Ready", time.Hour, isReady(c, k))
		if n, bought := h.has(k), h.creates[owner{home, k}]; n != 1 || bought != 1 {
			t.Errorf("it has %d things, and bought %d times", n, bought)
		}
	})
}

// Acting on stale state: a process that was just started sees an object that is being
// deleted, though by now another of that name is there.
func TestStaleStateOfANamesake(t *testing.T) {
	everyKind(t, func(t *testing.T, h *history, c *cluster, k key, fresh func() engine.Object) {
		mustCreate(t, c, fresh())
		h.mustBe(t, "Ready", time.Hour, isReady(c, k))
		h.goes(c, k, c.get(k))
		c.remove(k)
		deleting := present(c, h.leader(c))
		h.mustBe(t, "gone", time.Hour, func() bool { return c.get(k) == nil })
		h.forgetOwner(owner{home, k})
		mustCreate(t, c, fresh())
		h.mustBe(t, "Ready again", time.Hour, isReady(c, k))
		h.restart(c, deleting, time.Minute)
		h.pass(10 * time.Minute)
		if !isReady(c, k)() || h.has(k) != 1 {
			t.Errorf("the second is %s with %d things", reasonOf(c.get(k)), h.has(k))
		}
	})
}

// Missing an intermediate state: while no process hears anything, the object is deleted
// by force and made anew. Who comes back sees one object, as if nothing had been.
func TestIntermediateStatesAreMissed(t *testing.T) {
	everyKind(t, func(t *testing.T, h *history, c *cluster, k key, fresh func() engine.Object) {
		mustCreate(t, c, fresh())
		h.mustBe(t, "Ready", time.Hour, isReady(c, k))
		stale := present(c, h.leader(c))
		h.leader(c).kill()
		for _, change := range []func(engine.Object){
			func(o engine.Object) { annotate(o, v1alpha1.AnnotationPaused, "true") },
			func(o engine.Object) { o.ManagedSpec().ManagementPolicy = v1alpha1.Observe },
			func(o engine.Object) { o.ManagedSpec().ManagementPolicy = v1alpha1.Manage },
			func(o engine.Object) { annotate(o, v1alpha1.AnnotationPaused, "") },
		} {
			if err := c.edit(k, change); err != nil {
				t.Fatal(err)
			}
		}
		c.wipe(k, true)
		h.restart(c, stale, time.Minute)
		h.mustBe(t, "Ready", 2*time.Hour, isReady(c, k))
		if n, bought := h.has(k), h.creates[owner{home, k}]; n != 1 || bought != 1 {
			t.Errorf("it has %d things, and bought %d times", n, bought)
		}
	})
}

// Not observing what happened while nobody was there: the thing was deleted at Gandi and
// the object in Kubernetes, in either order.
func TestDeletedWhileNobodyWasThere(t *testing.T) {
	everyKind(t, func(t *testing.T, h *history, c *cluster, k key, fresh func() engine.Object) {
		for _, byHand := range []bool{false, true} {
			mustCreate(t, c, fresh())
			h.mustBe(t, "Ready", time.Hour, isReady(c, k))
			h.leader(c).kill()
			h.goes(c, k, c.get(k))
			s := specimenOf(k.kind)
			if byHand && k.kind != kindVLAN && k.kind != kindKey { // the panel edits neither
				h.deleteByHand(s.typ, thing{s.list, int(c.get(k).ManagedStatus().ID)})
			}
			c.remove(k)
			h.pass(time.Hour)
			h.elect(c)
			h.mustBe(t, "gone", time.Hour, func() bool { return c.get(k) == nil })
			if n := h.has(k); n != 0 {
				t.Errorf("%d things are left", n)
			}
			h.forgetOwner(owner{home, k})
		}
	})
}

// Not observing what happened while nobody was there: a request that was made and an
// edit that was taken back.
func TestAskedWhileNobodyWasThere(t *testing.T) {
	t.Parallel()
	scene(t, calm(), func(t *testing.T, h *history, c *cluster) {
		k := key{kindVM, "web"}
		mustCreate(t, c, testkit.VM("web"))
		h.mustBe(t, "Ready", time.Hour, isReady(c, k))
		h.leader(c).kill()
		for _, change := range []func(engine.Object){
			func(o engine.Object) { annotate(o, v1alpha1.AnnotationRestartRequestedAt, "first") },
			func(o engine.Object) { annotate(o, v1alpha1.AnnotationRestartRequestedAt, "second") },
			func(o engine.Object) { vmOf(o).Spec.PowerState = v1alpha1.Stopped },
			func(o engine.Object) { vmOf(o).Spec.PowerState = v1alpha1.Running },
		} {
			if err := c.edit(k, change); err != nil {
				t.Fatal(err)
			}
		}
		h.pass(time.Hour)
		h.elect(c)
		h.mustBe(t, "restarted", time.Hour, func() bool { return isReady(c, k)() && vmOf(c.get(k)).Status.LastHandledRestartAt == "second" })
		calls := map[string]int{}
		for _, e := range h.world.Journal() {
			calls[e.Method]++
		}
		if calls["hosting.vm.reboot"] != 1 || calls["hosting.vm.stop"] != 0 {
			t.Errorf("rebooted %d times, stopped %d times", calls["hosting.vm.reboot"], calls["hosting.vm.stop"])
		}
	})
}
