package vm_test

import (
	"flag"
	"fmt"
	"testing"
	"time"

	"github.com/gandi-operator/gandi-operator/internal/account"
	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
	"github.com/gandi-operator/gandi-operator/internal/testkit"
)

// make bench measures with a thousand.
var fleetSize = flag.Int("fleet", 100, "how many VMs TestBudgets measures with")

// The budgets of docs/ARCHITECTURE.md: the API is asked once per account and
// not once per object.
func TestBudgets(t *testing.T) {
	testkit.Long(t)
	t.Parallel()
	fleet := *fleetSize
	o := testkit.Options{Sim: &gandisim.Options{TimeScale: 1, RateLimit: "30/2s"}, Account: account.Settings{Resync: 10 * time.Minute}}
	testkit.Step(t, o, func(t *testing.T, l lab) {
		began := time.Now()
		for i := range fleet {
			l.Create(testkit.VM(fmt.Sprintf("vm-%03d", i)))
		}
		l.Until("all Ready", patience, func() bool {
			for i := range fleet {
				if !l.Ready(fmt.Sprintf("vm-%03d", i))() {
					return false
				}
			}
			return true
		})
		took, calls := time.Since(began), len(l.World.Journal())
		least := time.Duration(fleet/14)*time.Second + 50*time.Second
		t.Logf("%d VMs Ready after %s (rate and operations alone: %s), %d calls, %.2f per VM", fleet, took, least, calls, float64(calls)/float64(fleet))
		// A create each, and what the account asks in all: ticks of the tracker and
		// sweeps, whose number hardly grows with the fleet.
		if most := fleet + fleet/10 + 180; calls > most {
			t.Errorf("%d calls for %d VMs, want at most %d", calls, fleet, most)
		}
		if n := l.Accepted("hosting.vm.create_from"); n != fleet {
			t.Errorf("bought %d", n)
		}

		writes := l.Writes()
		l.Pass(5 * time.Minute)
		calls = len(l.World.Journal())
		l.Pass(22 * time.Minute)
		steady := len(l.World.Journal()) - calls
		t.Logf("%d calls in two resyncs, %d writes meanwhile", steady, l.Writes()-writes)
		// Pages of vm, disk, iface and ip, twice or thrice, and a few of the account's own.
		sweep := 4*(fleet/500+1) + 4
		if steady > 3*sweep {
			t.Errorf("%d calls while nothing happens", steady)
		}
		if n := l.Writes() - writes; n != 0 {
			t.Errorf("%d writes while nothing happens", n)
		}

		calls = len(l.World.Journal())
		l.Stop()
		l.Start()
		l.Pass(5 * time.Minute)
		restart := len(l.World.Journal()) - calls
		t.Logf("%d calls after a restart", restart)
		if restart > 2*sweep {
			t.Errorf("%d calls after a restart", restart)
		}
	})
}
