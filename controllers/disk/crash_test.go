package disk_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
	"github.com/gandi-operator/gandi-operator/internal/testkit"
)

// A life is what a person does to GandiDisks, with what must be true at its end.
type life struct {
	name string
	live func(*testing.T, lab)
	// creates, rollbacks and migrations are how often Gandi must have accepted
	// those calls.
	creates, rollbacks, migrations int
	left                           int // disks at Gandi at the end
}

var lives = []life{
	{name: "create, rename, grow and delete", creates: 1, live: func(_ *testing.T, l lab) {
		l.Create(testkit.Disk("data", named("mine")))
		ready(l, "data")
		edit(l, "data", testkit.Size("8Gi"), kernel("grub"))
		l.Until("Ready with 8Gi", patience, func() bool { return testkit.Ready[disk](l, "data")() && get(l, "data").Status.Size.String() == "8Gi" })
		remove(l, "data")
		gone(l, "data")
	}},
	{name: "deleted while it is being created", creates: 1, live: func(_ *testing.T, l lab) {
		l.Create(testkit.Disk("data"))
		l.Until("creating", patience, func() bool { return l.Called("hosting.disk.create") > 0 })
		remove(l, "data")
		gone(l, "data")
	}},
	{name: "snapshot, and rollback while somebody's VM has the disk", creates: 2, rollbacks: 1, left: 3, live: func(t *testing.T, l lab) {
		withSnapshot(l)
		id, vm := get(l, "data").Status.ID, l.Foreign("theirs")
		panel(t, l, id, map[string]any{"attach": int(vm)})
		edit(l, "data", rollback("now"))
		l.Until("asked to make way", patience, func() bool { return get(l, "data").Status.DetachFor != "" })
		panel(t, l, id, map[string]any{"detach": true})
		settled(l, "data")
		panel(t, l, id, map[string]any{"attach": int(vm)})
		l.Until("attached", patience, func() bool { return get(l, "data").Status.AttachedTo != nil })
	}},
	{name: "migrate", creates: 1, migrations: 1, left: 1, live: func(_ *testing.T, l lab) {
		l.Create(testkit.Disk("data"))
		ready(l, "data")
		edit(l, "data", datacenter("FR-SD3"))
		settled(l, "data")
	}},
	{name: "adopt, grow and release", left: 1, live: func(_ *testing.T, l lab) {
		l.Create(testkit.Disk("data", adopts(foreign(l, "prepared")), testkit.Size("20Gi")))
		ready(l, "data")
		remove(l, "data")
		gone(l, "data")
	}},
}

// settled waits until the disk is in sync, or until it is told that a call which
// must not be repeated left no trace.
func settled(l lab, name string) {
	l.Until("settled", patience, func() bool {
		return testkit.Ready[disk](l, name)() || (stalled(l, name) && reason(l, name) == v1alpha1.ReasonCallUnconfirmed)
	})
}

// A process of the operator is killed right before, and right after, each write
// that it makes to Kubernetes or to Gandi. Nothing is ever bought twice, rolled
// back twice, lost or left behind.
func TestCrashAtEveryWrite(t *testing.T) {
	t.Parallel()
	for _, life := range lives {
		t.Run(life.name, func(t *testing.T) {
			t.Parallel()
			testkit.EveryWrite(t, stride, testkit.Options{}, life.run)
		})
	}
}

// The same with a VM of ours that gives the disk up and takes it again.
func TestCrashAroundARollback(t *testing.T) {
	t.Parallel()
	testkit.EveryWrite(t, 3*stride, testkit.Options{}, func(t *testing.T, l lab) {
		l.Start()
		withVM(l)
		edit(l, "data", rollback("now"))
		settled(l, "data")
		if testkit.Ready[disk](l, "data")() {
			l.Until("attached again", patience, func() bool { return get(l, "data").Status.AttachedTo != nil && l.Ready("web")() })
		}
		l.Pass(30 * time.Minute)
		once(t, l, rollbackMethod, 1)
		if bought(l) != 2 || l.Count("disks") != 3 {
			t.Errorf("bought %d, %d disks (struck %q)\n%s", bought(l), l.Count("disks"), l.Struck(), l.Describe())
		}
	})
}

// Every changing call loses its reply, once each: the connection is cut before
// or after the effect, or the reply is truncated.
func TestLostReplies(t *testing.T) {
	t.Parallel()
	n := 0
	for _, life := range lives {
		t.Run(life.name, func(t *testing.T) {
			t.Parallel()
			for _, method := range []string{"hosting.disk.create", "hosting.disk.create_from", "hosting.disk.update", rollbackMethod, migrateMethod, "hosting.disk.delete"} {
				for _, cut := range []string{"before", "after", "truncate"} {
					if n++; n%stride != 0 {
						continue
					}
					t.Run(method+" cut "+cut, func(t *testing.T) {
						t.Parallel()
						synctest.Test(t, func(t *testing.T) {
							l := testkit.NewLab(t, testkit.Options{})
							l.World.Script(gandisim.Trouble{Method: method, Nth: 1, Cut: cut})
							life.run(t, l)
						})
					})
				}
			}
		})
	}
}

func (life life) run(t *testing.T, l lab) {
	t.Helper()
	l.Start()
	life.live(t, l)
	l.Pass(30 * time.Minute)
	if got := bought(l); got > life.creates {
		t.Errorf("bought %d times, want %d (struck %q)\n%s", got, life.creates, l.Struck(), l.Describe())
	}
	once(t, l, rollbackMethod, life.rollbacks)
	once(t, l, migrateMethod, life.migrations)
	if got := l.Count("disks"); got != life.left {
		t.Errorf("%d disks at the end, want %d (struck %q)\n%s", got, life.left, l.Struck(), l.Describe())
	}
}

// once checks how often a call that must not be repeated took effect. One that
// left no trace is told instead.
func once(t *testing.T, l lab, method string, want int) {
	t.Helper()
	unconfirmed := slices.ContainsFunc(l.Events(), func(e string) bool { return strings.HasPrefix(e, "Warning CallUnconfirmed "+method) })
	if got := l.Accepted(method); got != want && (!unconfirmed || got > want) {
		t.Errorf("%s took effect %d times, want %d (struck %q)\n%s", method, got, want, l.Struck(), l.Describe())
	}
}
