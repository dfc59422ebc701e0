package vm_test

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

// A life is what a person does to a GandiVM, with what must be true at its end.
type life struct {
	name string
	// prepare changes the world before the manager starts.
	prepare func(*testkit.Lab)
	live    func(*testkit.Lab)
	// creates and reboots are how often Gandi must have accepted those calls.
	creates, reboots int
	asked            bool // the reboot is asked for by a person
	left             int  // VMs at Gandi at the end
}

const patience = testkit.Patience

var lives = []life{
	{name: "create and delete", creates: 1, live: func(l *testkit.Lab) {
		l.Create(testkit.VM("web"))
		l.Until("Ready", patience, l.Ready("web"))
		l.Delete("web")
		l.Until("gone", patience, l.Gone("web"))
	}},
	{name: "resize beyond the maximum, with its reboot", creates: 1, reboots: 1, left: 1, live: func(l *testkit.Lab) {
		l.Create(testkit.VM("web"))
		l.Until("Ready", patience, l.Ready("web"))
		l.Edit("web", testkit.Memory("3Gi"))
		l.Until("Ready with 3Gi", patience, func() bool { return l.Ready("web")() && l.VM("web").Status.Memory.String() == "3Gi" })
	}},
	{name: "restart on request", creates: 1, reboots: 1, asked: true, left: 1, live: func(l *testkit.Lab) {
		l.Create(testkit.VM("web"))
		l.Until("Ready", patience, l.Ready("web"))
		l.Edit("web", testkit.Annotated(v1alpha1.AnnotationRestartRequestedAt, "now"))
		l.Until("restarted", patience, func() bool { return l.Ready("web")() && l.VM("web").Status.LastHandledRestartAt == "now" })
	}},
	{name: "adopt, resize and release", creates: 0, left: 1, live: func(l *testkit.Lab) {
		id := l.Foreign("old")
		l.Create(testkit.VM("web", testkit.Adopts(id), testkit.Memory("1Gi")))
		l.Until("Ready", patience, l.Ready("web"))
		l.Delete("web")
		l.Until("gone", patience, l.Gone("web"))
	}},
	{name: "deleted while it is being created", creates: 1, live: func(l *testkit.Lab) {
		l.Create(testkit.VM("web"))
		l.Until("creating", patience, func() bool { return l.Called("hosting.vm.create_from") > 0 })
		l.Delete("web")
		l.Until("gone", patience, l.Gone("web"))
	}},
}

// stride is how far apart the cases of an enumeration are that run.
var stride int

func TestMain(m *testing.M) { testkit.Main(m, &stride, 24) }

// A process of the operator is killed right before, and right after, each write
// that it makes to Kubernetes or to Gandi. Nothing is ever bought twice, lost,
// rebooted twice or left behind.
func TestCrashAtEveryWrite(t *testing.T) {
	t.Parallel()
	for _, life := range lives {
		t.Run(life.name, func(t *testing.T) {
			t.Parallel()
			testkit.EveryWrite(t, stride, testkit.Options{}, func(t *testing.T, l *testkit.Lab) { run(t, l, life) })
		})
	}
}

// Every changing call loses its reply, once each: the connection is cut before
// or after the effect, or the reply is truncated.
func TestLostReplies(t *testing.T) {
	t.Parallel()
	for _, life := range lives {
		t.Run(life.name, func(t *testing.T) {
			t.Parallel()
			for i, method := range []string{"hosting.vm.create_from", "hosting.vm.update", "hosting.vm.reboot", "hosting.vm.stop", "hosting.vm.start", "hosting.vm.delete"} {
				for j, cut := range []string{"before", "after", "truncate"} {
					if (3*i+j)%stride != 0 {
						continue
					}
					t.Run(method+" cut "+cut, func(t *testing.T) {
						t.Parallel()
						synctest.Test(t, func(t *testing.T) {
							l := testkit.NewLab(t, testkit.Options{})
							l.World.Script(gandisim.Trouble{Method: method, Nth: 1, Cut: cut})
							run(t, l, life)
						})
					})
				}
			}
		})
	}
}

func run(t *testing.T, l *testkit.Lab, life life) {
	t.Helper()
	if life.prepare != nil {
		life.prepare(l)
	}
	l.Start()
	life.live(l)
	l.Pass(30 * time.Minute)
	if got := l.Accepted("hosting.vm.create_from") + l.Accepted("hosting.vm.create"); got > life.creates {
		t.Errorf("bought %d times, want %d (struck %q)\n%s", got, life.creates, l.Struck(), l.Describe())
	}
	// A reboot that a person asked for and that left no trace is told, not repeated.
	told := slices.ContainsFunc(l.Events(), func(e string) bool { return strings.HasPrefix(e, "Warning CallUnconfirmed hosting.vm.reboot") })
	if got := l.Accepted("hosting.vm.reboot"); got != life.reboots && (!life.asked || !told || got != 0) {
		t.Errorf("rebooted %d times, want %d (struck %q)\n%s", got, life.reboots, l.Struck(), l.Describe())
	}
	if got := l.Living(); got != life.left {
		t.Errorf("%d VMs at the end, want %d (struck %q)\n%s", got, life.left, l.Struck(), l.Describe())
	}
	if disks, ifaces := l.Count("disks"), l.Count("ifaces"); disks != life.left || ifaces != life.left {
		t.Errorf("%d disks and %d interfaces at the end, want %d of each (struck %q)\n%s", disks, ifaces, life.left, l.Struck(), l.Describe())
	}
}
