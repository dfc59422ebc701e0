package chaos

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/testkit"
)

// What histories have found, each by itself.

// calm is a world without weather.
func calm() plan {
	return plan{seed: 1, resync: 10 * time.Minute, settle: 10 * time.Minute, leases: true, workers: 1}
}

// scene leads a story of one's own in a world, and holds it against the same
// guarantees as every history.
func scene(t *testing.T, p plan, story func(t *testing.T, h *history, c *cluster)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		h := begin(p)
		defer h.end() // also when the story ends early
		story(t, h, h.clusters[0])
		h.inspect()
		if len(h.violations) > 0 || t.Failed() {
			t.Errorf("%s\n%s", strings.Join(h.violations, "\n"), strings.Join(h.did, "\n"))
		}
	})
}

// mustBe fails the test when an object is not in sync in time.
func (h *history) mustBe(t *testing.T, what string, within time.Duration, done func() bool) {
	t.Helper()
	if !h.until(within, done) {
		t.Fatalf("not %s within %s: %s\n%s", what, within, h.unrest(), strings.Join(h.did, "\n"))
	}
}

func mustCreate(t *testing.T, c *cluster, objs ...engine.Object) {
	t.Helper()
	for _, obj := range objs {
		if err := c.create(obj); err != nil {
			t.Fatal(err)
		}
	}
}

func isReady(c *cluster, k key) func() bool {
	return func() bool {
		obj := c.get(k)
		return obj != nil && obj.ManagedStatus().ObservedGeneration == obj.GetGeneration() &&
			meta.IsStatusConditionTrue(obj.ManagedStatus().Conditions, v1alpha1.ConditionReady)
	}
}

// A deletion that is held by spec.deletionProtection was looked at a thousand times
// in a second.
func TestProtectedDeletionIsNotHurried(t *testing.T) {
	t.Parallel()
	scene(t, calm(), func(t *testing.T, h *history, c *cluster) {
		k := key{kindDisk, "data"}
		mustCreate(t, c, testkit.Disk("data"))
		h.mustBe(t, "Ready", time.Hour, isReady(c, k))
		if err := c.edit(k, func(o engine.Object) { o.ManagedSpec().DeletionProtection = true }); err != nil {
			t.Fatal(err)
		}
		c.remove(k)
		h.pass(time.Minute)
		before := h.passes.Load()
		h.pass(time.Hour)
		if n := h.passes.Load() - before; n > 10 {
			t.Errorf("looked at %d times in an hour", n)
		}
		if err := c.edit(k, func(o engine.Object) { o.ManagedSpec().DeletionProtection = false }); err != nil {
			t.Fatal(err)
		}
		h.mustBe(t, "gone", time.Hour, func() bool { return c.get(k) == nil })
	})
}

// At a rate that is below the configured one, the last list of each sweep was refused,
// for ever: whoever needed it was never served.
func TestLastListOfASweepIsReadAtAnyRate(t *testing.T) {
	t.Parallel()
	for _, rate := range []string{"2/2s", "6/2s"} {
		p := calm()
		p.rateLimit = rate
		scene(t, p, func(t *testing.T, h *history, c *cluster) {
			mustCreate(t, c, testkit.VLAN("lan"), testkit.SSHKey("me"), testkit.Site("blog"))
			for _, k := range []key{{kindVLAN, "lan"}, {kindKey, "me"}, {kindSite, "blog"}} {
				h.mustBe(t, "Ready", time.Hour, isReady(c, k))
			}
		})
	}
}

// The intent of an object whose status was just lost was written without a Ready
// condition.
func TestLostStatusAlwaysTellsReady(t *testing.T) {
	t.Parallel()
	scene(t, calm(), func(t *testing.T, h *history, c *cluster) {
		k := key{kindVM, "web"}
		mustCreate(t, c, testkit.VM("web"))
		h.pass(50 * time.Millisecond)
		if got := reasonOf(c.get(k)); got != v1alpha1.ReasonObserving {
			t.Fatalf("the VM is %s already", got)
		}
		c.wipe(k, false)
		h.mustBe(t, "Ready", time.Hour, isReady(c, k))
	})
}

// A create that took effect in the last part of settle was taken to have had none, since
// no look was begun after settle: another was bought.
func TestEffectAtTheEndOfSettleIsSeen(t *testing.T) {
	t.Parallel()
	for _, obj := range []engine.Object{testkit.VM("web"), testkit.Disk("data"), testkit.Interface("eth"), testkit.VLAN("lan"), testkit.SSHKey("me"), testkit.Site("blog")} {
		t.Run(testkit.KindOf(obj), func(t *testing.T) {
			t.Parallel()
			for left := time.Second; left < 20*time.Second; left += 3 * time.Second {
				p := calm()
				p.settle = time.Minute
				scene(t, p, func(t *testing.T, h *history, c *cluster) {
					h.arm(blow{kind: lateEffect, d: h.settle - left})
					mustCreate(t, c, obj)
					h.mustBe(t, "Ready", 2*time.Hour, isReady(c, keyOf(obj)))
					if n := h.creates[ownerOf(c, keyOf(obj))]; n != 1 {
						t.Errorf("bought %d times, with an effect %s before settle ends", n, left)
					}
				})
			}
		})
	}
}

// A status that was lost while an update was answered forgot for ever what the object
// has, though its annotation tells it.
func TestStatusLostDuringAnUpdateIsRecalled(t *testing.T) {
	t.Parallel()
	scene(t, calm(), func(t *testing.T, h *history, c *cluster) {
		k := key{kindVM, "web"}
		mustCreate(t, c, testkit.VM("web"))
		h.mustBe(t, "Ready", time.Hour, isReady(c, k))
		id := c.get(k).ManagedStatus().ID
		h.arm(blow{kind: slowReply, method: "hosting.vm.update", d: 5 * time.Second})
		if err := c.edit(k, func(o engine.Object) { vmOf(o).Spec.Cores = 2 }); err != nil {
			t.Fatal(err)
		}
		h.mustBe(t, "sent", time.Hour, func() bool { return h.times(slowReply) > 0 })
		c.wipe(k, false)
		h.mustBe(t, "Ready", time.Hour, isReady(c, k))
		if got := c.get(k).ManagedStatus().ID; got != id {
			t.Errorf("VM %d became %d", id, got)
		}
	})
}

func vmOf(o engine.Object) *v1alpha1.GandiVM {
	vm, _ := o.(*v1alpha1.GandiVM)
	return vm
}
