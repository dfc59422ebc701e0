package e2e

import (
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
)

// leads is what a manager says when it begins to act.
const leads = "Starting workers"

// The leader dies while the reply to a purchase is on its way. The one that
// stood by finds out what came of it, and buys nothing more.
func TestTheLeaderDiesInMidCreate(t *testing.T) {
	t.Parallel()
	for _, r := range []struct {
		name    string
		trouble gandisim.Trouble
		bought  bool // whether the first call takes effect
	}{
		{"with the VM bought and the reply lost", gandisim.Trouble{Method: "hosting.vm.create_from", Nth: 1, ReplyDelay: time.Hour}, true},
		{"before the VM was bought", gandisim.Trouble{Method: "hosting.vm.create_from", Nth: 1, Delay: time.Hour}, false},
	} {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			s := newStation(t)
			s.world.Script(r.trouble)
			leader := s.start()
			leader.waitSaid(leads)
			standby := s.start()
			apply(t, s.namespace, s.credentials()+s.account()+s.login())
			s.apply("web", ``)
			s.eventually("the purchase to be under way", func() (bool, string) {
				if r.bought {
					return len(s.things("vms")) == 1, "nothing at Gandi"
				}
				vm := s.vm("web")
				return vm.Status.Intent != nil, told(vm.Status.Conditions, vm.Generation)
			})
			if strings.Contains(standby.said(), leads) {
				t.Fatal("the one that stands by acts")
			}
			leader.kill()
			standby.waitSaid(leads)
			s.waitReady("web")
			s.wantThings(1, "vms", "disks", "ifaces")
			want := 1
			if !r.bought {
				want = 2
			}
			if got := s.called("hosting.vm.create_from"); got > want {
				t.Errorf("the VM was ordered %d times", got)
			}
			s.delete("web")
			s.wantThings(0, "vms", "disks", "ifaces")
		})
	}
}

// SIGTERM comes while a purchase is under way: its reply is waited for and
// recorded before the process ends.
func TestAStopRecordsWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	s := newStation(t)
	s.world.Script(gandisim.Trouble{Method: "hosting.vm.create_from", Nth: 1, ReplyDelay: 5 * time.Second})
	first := s.start()
	apply(t, s.namespace, s.credentials()+s.account()+s.login())
	s.apply("web", ``)
	s.eventually("the purchase to be under way", func() (bool, string) { return len(s.things("vms")) == 1, "nothing at Gandi" })
	if vm := s.vm("web"); vm.Status.Intent == nil || vm.Status.ID != 0 {
		t.Fatalf("the reply came too early: %+v", vm.Status.ManagedStatus)
	}
	first.stop()
	vm := s.vm("web")
	if vm.Status.ID == 0 || len(vm.Status.Created) == 0 || len(vm.Status.Operations) == 0 {
		t.Errorf("the manager ended without recording the reply: %+v", vm.Status.ManagedStatus)
	}
	second := s.start()
	began := time.Now()
	second.waitSaid(leads)
	// The lease was given away at the stop, not left to run out.
	if took := time.Since(began); took > 12*time.Second {
		t.Logf("the next manager led after %s", took)
	}
	s.waitReady("web")
	s.wantThings(1, "vms")
	if got := s.called("hosting.vm.create_from"); got != 1 {
		t.Errorf("the VM was ordered %d times", got)
	}
}

// The manager is killed again and again while several VMs come into being.
func TestTheManagerIsKilledAgainAndAgain(t *testing.T) {
	t.Parallel()
	s := newStation(t)
	s.world.Script(gandisim.Trouble{Method: "hosting.vm.*", Every: 7, Cut: "after"})
	o := s.start()
	apply(t, s.namespace, s.credentials()+s.account()+s.login())
	names := []string{"a", "b", "c", "d"}
	for _, name := range names {
		s.apply(name, ``)
	}
	for range 3 {
		before := len(s.calls())
		s.eventually("the manager to call something", func() (bool, string) { return len(s.calls()) > before || s.allReady(names), "no call" })
		o.kill()
		o = s.start()
	}
	s.waitReady(names...)
	s.wantThings(len(names), "vms", "disks", "ifaces")
	s.delete(names...)
	s.wantThings(0, "vms", "disks", "ifaces")
	if account := s.readAccount(); len(account.Status.Duplicates) > 0 || len(account.Status.Orphans) > 0 {
		t.Errorf("left behind: orphans %v, duplicates %v", account.Status.Orphans, account.Status.Duplicates)
	}
}

func (s *station) allReady(names []string) bool {
	s.Helper()
	for _, name := range names {
		vm := s.vm(name)
		if !strings.HasPrefix(told(vm.Status.Conditions, vm.Generation), "Ready=True") {
			return false
		}
	}
	return true
}

// A cluster is restored from a backup: status is lost, the UID is another, the
// annotation is there. The VM is found by it, and not bought again.
func TestRestore(t *testing.T) {
	t.Parallel()
	s := newStation(t)
	o := s.start()
	apply(t, s.namespace, s.credentials()+s.account()+s.login())
	s.apply("web", ``)
	s.waitReady("web")
	was := s.vm("web")
	o.stop()

	restored := was.DeepCopy()
	if err := s.client.Patch(t.Context(), was, client.RawPatch(types.MergePatchType, []byte(`{"metadata": {"finalizers": null}}`))); err != nil {
		t.Fatal(err)
	}
	mustKubectl(t, s.namespace, "delete", "gvm", "web")
	restored.UID, restored.ResourceVersion, restored.ManagedFields, restored.Status = "", "", nil, v1alpha1.GandiVMStatus{}
	if err := s.client.Create(t.Context(), restored); err != nil {
		t.Fatal(err)
	}
	s.start()
	s.waitReady("web")
	if now := s.vm("web"); now.UID == was.UID || now.Status.ID != was.Status.ID || now.Status.Adopted {
		t.Errorf("restored, it is %+v", now.Status.ManagedStatus)
	}
	if got := s.called("hosting.vm.create_from"); got != 1 {
		t.Errorf("the VM was ordered %d times", got)
	}
	s.edit("gvm", "web", `spec: {hostname: restored}`)
	s.waitReady("web")
	// It is ours as before: its end is the VM's.
	s.delete("web")
	s.wantThings(0, "vms")
}
