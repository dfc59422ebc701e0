package operation

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// desk answers for Gandi.
type desk struct {
	mu    sync.Mutex
	ops   map[gandi.OperationID]gandi.Operation
	down  error
	calls map[string]int
	at    []time.Time // of the lists of unfinished operations
	// hides are ids that lists leave out.
	hides map[gandi.OperationID]bool
	// ignorant ignores filters, as Gandi might.
	ignorant bool
}

func newDesk() *desk {
	return &desk{ops: map[gandi.OperationID]gandi.Operation{}, calls: map[string]int{}, hides: map[gandi.OperationID]bool{}}
}

func (d *desk) set(id gandi.OperationID, step string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ops[id] = gandi.Operation{ID: id, Type: gandi.TypeVMCreate, Step: step, VMID: gandi.VMID(1000 + id)}
}

func (d *desk) list(fits func(gandi.Operation) bool) []gandi.Operation {
	var ops []gandi.Operation
	for _, id := range slices.Sorted(maps.Keys(d.ops)) {
		if op := d.ops[id]; !d.hides[id] && (d.ignorant || fits(op)) {
			ops = append(ops, op)
		}
	}
	return ops
}

func (d *desk) Unfinished(context.Context) ([]gandi.Operation, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls["list"]++
	d.at = append(d.at, time.Now())
	return d.list(func(o gandi.Operation) bool { return !o.Finished() }), d.down
}

func (d *desk) Operations(_ context.Context, f gandi.OperationFilter) ([]gandi.Operation, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls["ids"]++
	return d.list(func(o gandi.Operation) bool { return slices.Contains(f.IDs, o.ID) }), d.down
}

func (d *desk) Operation(_ context.Context, id gandi.OperationID) (gandi.Operation, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls["info"]++
	op, ok := d.ops[id]
	if !ok {
		return op, gandi.WithClass(gandi.NotFound, fmt.Errorf("no operation %d", id))
	}
	return op, d.down
}

func (d *desk) count(what string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.calls[what]
}

type scene struct {
	*Tracker
	desk  *desk
	mu    sync.Mutex
	woken map[Owner]int
}

func (s *scene) wakes(o Owner) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.woken[o]
}

func inScene(t *testing.T, f func(t *testing.T, s *scene)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &scene{desk: newDesk(), woken: map[Owner]int{}}
		s.Tracker = NewTracker(s.desk, func(o Owner) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.woken[o]++
		}, nil)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); s.Run(ctx) }()
		f(t, s)
		cancel()
		<-done
	})
}

func vm(name string) Owner { return Owner{"GandiVM", "default", name} }

func TestNothingFollowedNothingAsked(t *testing.T) {
	inScene(t, func(t *testing.T, s *scene) {
		s.Learn(gandi.Operation{ID: 5, Step: gandi.StepRun})
		pass(time.Hour)
		if n := s.desk.count("list"); n != 0 {
			t.Errorf("%d lists for nobody", n)
		}
		if s.Latest() != 5 || len(s.InFlight()) != 1 {
			t.Errorf("latest %d, in flight %v", s.Latest(), s.InFlight())
		}
	})
}

func TestTenWaitingObjectsCostOneRequestATick(t *testing.T) {
	inScene(t, func(t *testing.T, s *scene) {
		for id := range gandi.OperationID(10) {
			s.desk.set(id+1, gandi.StepRun)
			s.Follow(vm(fmt.Sprint(id+1)), id+1)
		}
		pass(30*time.Second + time.Millisecond)
		if n := s.desk.count("list"); n < 30 || n > 31 || s.desk.count("ids")+s.desk.count("info") != 0 {
			t.Errorf("in 30 s: %v", s.desk.calls)
		}
		for id := range gandi.OperationID(4) {
			s.desk.set(id+1, gandi.StepDone)
		}
		pass(time.Second)
		if s.desk.count("ids") != 1 || s.desk.count("info") != 0 {
			t.Errorf("four that ended together cost %v", s.desk.calls)
		}
		for id := range gandi.OperationID(10) {
			st, want := s.State(id+1), 1
			if id < 4 {
				want = 2 // first seen, then ended
			}
			if got := s.wakes(vm(fmt.Sprint(id + 1))); got != want || st.Over() != (id < 4) || !st.Known {
				t.Errorf("operation %d: woken %d times, want %d, %+v", id+1, got, want, st)
			}
		}
		if len(s.InFlight()) != 6 {
			t.Errorf("in flight: %v", s.InFlight())
		}
		if got := s.InFlightOn(1010); len(got) != 1 || got[0].ID != 10 || s.InFlightOn(1001) != nil {
			t.Errorf("on VM 1010: %v, on VM 1001: %v", got, s.InFlightOn(1001))
		}
	})
}

func TestTicksGetSlowerWithAge(t *testing.T) {
	inScene(t, func(t *testing.T, s *scene) {
		s.desk.set(1, gandi.StepBill)
		s.Follow(vm("a"), 1)
		pass(2 * time.Hour)
		step := func(after time.Duration) time.Duration {
			began := s.desk.at[0]
			for i, at := range s.desk.at[1:] {
				if at.Sub(began) >= after {
					return at.Sub(s.desk.at[i])
				}
			}
			return 0
		}
		for after, want := range map[time.Duration]time.Duration{
			30 * time.Second: time.Second, 5 * time.Minute: 5 * time.Second, 30 * time.Minute: 15 * time.Second,
		} {
			if got := step(after); got < want*9/10 || got > want*11/10 {
				t.Errorf("at an age of %v the tick is %v, want %v", after, got, want)
			}
		}
		// A young one makes them quick again, at once.
		s.desk.set(2, gandi.StepRun)
		s.Follow(vm("b"), 2)
		pass(time.Second)
		if !s.State(2).Known {
			t.Error("a second after Follow the new one is not known")
		}
	})
}

func TestThousandsInFlightSlowTheTicks(t *testing.T) {
	inScene(t, func(t *testing.T, s *scene) {
		for id := range gandi.OperationID(2100) {
			s.desk.set(id+1, gandi.StepRun)
			s.Follow(vm("a"), id+1)
		}
		pass(50 * time.Second)
		if n := s.desk.count("list"); n < 9 || n > 11 {
			t.Errorf("%d lists of 5 pages in 50 s, want a page a second", n)
		}
	})
}

func TestVanished(t *testing.T) {
	inScene(t, func(t *testing.T, s *scene) {
		s.Follow(vm("a"), 7)
		pass(2 * time.Second)
		if st := s.State(7); !st.Vanished || !st.Over() || st.Known || s.wakes(vm("a")) != 1 {
			t.Errorf("%+v, woken %d", st, s.wakes(vm("a")))
		}
		if s.desk.count("ids") != 1 || s.desk.count("info") != 1 {
			t.Errorf("calls %v", s.desk.calls)
		}
		pass(time.Minute)
		if n := s.desk.count("list"); n > 2 {
			t.Errorf("%d lists for what has vanished", n)
		}
		// A list that hides it for a while is no proof.
		s.desk.set(8, gandi.StepRun)
		s.desk.hides[8] = true
		s.Follow(vm("b"), 8)
		pass(5 * time.Second)
		if st := s.State(8); st.Vanished || st.Op.Step != gandi.StepRun {
			t.Errorf("hidden from lists: %+v", st)
		}
		// It comes back, in a list that somebody else asked for, while nothing else is
		// followed: its end is seen.
		s.Drop(8)
		pass(time.Minute)
		s.Learn(gandi.Operation{ID: 7, Type: gandi.TypeVMCreate, Step: gandi.StepRun})
		s.desk.set(7, gandi.StepDone)
		pass(5 * time.Second)
		if st := s.State(7); st.Vanished || st.Op.Step != gandi.StepDone {
			t.Errorf("back and ended: %+v", st)
		}
	})
	inScene(t, func(t *testing.T, s *scene) {
		s.Follow(vm("a"), 7)
		pass(2 * time.Second)
		// Back with its end: the list knows better.
		s.Learn(gandi.Operation{ID: 7, Type: gandi.TypeVMCreate, Step: gandi.StepDone})
		if st := s.State(7); st.Vanished || st.Op.Step != gandi.StepDone || s.wakes(vm("a")) != 2 {
			t.Errorf("found again: %+v, woken %d", st, s.wakes(vm("a")))
		}
	})
}

func TestStuck(t *testing.T) {
	inScene(t, func(t *testing.T, s *scene) {
		s.desk.set(1, gandi.StepBill)
		s.Follow(vm("a"), 1)
		pass(10*Usual(gandi.TypeVMCreate) - 10*time.Second)
		if st := s.State(1); st.Stuck || s.wakes(vm("a")) != 1 {
			t.Errorf("too early: %+v, woken %d", st, s.wakes(vm("a")))
		}
		pass(time.Minute)
		if st := s.State(1); !st.Stuck || s.wakes(vm("a")) != 2 {
			t.Errorf("after ten times the usual: %+v, woken %d", st, s.wakes(vm("a")))
		}
		s.desk.set(1, gandi.StepDone)
		pass(time.Minute)
		if st := s.State(1); st.Stuck || !st.Over() || s.wakes(vm("a")) != 3 {
			t.Errorf("at its end: %+v, woken %d", st, s.wakes(vm("a")))
		}
	})
}

func TestUnknownStepsAreRunning(t *testing.T) {
	inScene(t, func(t *testing.T, s *scene) {
		s.desk.set(1, "PONDERING")
		s.Follow(vm("a"), 1)
		pass(3 * time.Second)
		if st := s.State(1); st.Over() || len(s.InFlight()) != 1 || s.desk.count("list") < 2 {
			t.Errorf("%+v after %v", st, s.desk.calls)
		}
	})
}

func TestStepsWake(t *testing.T) {
	inScene(t, func(t *testing.T, s *scene) {
		s.desk.set(1, gandi.StepBill)
		s.Learn(s.desk.ops[1])
		s.Follow(vm("a"), 1)
		if s.wakes(vm("a")) != 0 || !s.State(1).Known {
			t.Error("what the reply told is known and wakes nobody")
		}
		for i, step := range []string{gandi.StepWait, gandi.StepRun, gandi.StepError} {
			s.desk.set(1, step)
			pass(1100 * time.Millisecond)
			if got := s.wakes(vm("a")); got != i+1 || s.State(1).Op.Step != step {
				t.Errorf("at %s woken %d times, %+v", step, got, s.State(1))
			}
		}
		// A slow list from before the end says nothing any more.
		s.Learn(gandi.Operation{ID: 1, Type: gandi.TypeVMCreate, Step: gandi.StepRun})
		if s.State(1).Op.Step != gandi.StepError || len(s.InFlight()) != 0 {
			t.Errorf("an old list undid the end: %+v", s.State(1))
		}
	})
}

func TestFollowingWhatIsOverWakesAtOnce(t *testing.T) {
	inScene(t, func(t *testing.T, s *scene) {
		s.desk.set(1, gandi.StepDone)
		s.Follow(vm("a"), 1)
		pass(2 * time.Second)
		s.Follow(vm("a"), 1) // again, as every reconcile does
		if s.wakes(vm("a")) != 1 {
			t.Errorf("woken %d times", s.wakes(vm("a")))
		}
		s.Follow(vm("b"), 1, 0, -1)
		if s.wakes(vm("b")) != 1 {
			t.Errorf("the second owner was woken %d times", s.wakes(vm("b")))
		}
		s.Drop(1)
		if st := s.State(1); st.Known {
			t.Errorf("dropped, yet %+v", st)
		}
		if lists := s.desk.count("list"); lists != 1 {
			t.Errorf("%d lists", lists)
		}
	})
}

func TestForgettingAnOwner(t *testing.T) {
	inScene(t, func(t *testing.T, s *scene) {
		s.desk.set(1, gandi.StepRun)
		s.desk.set(2, gandi.StepRun)
		s.Follow(vm("a"), 1, 2)
		s.Follow(vm("b"), 2)
		pass(2 * time.Second)
		s.Forget(vm("a"))
		s.desk.set(1, gandi.StepDone)
		s.desk.set(2, gandi.StepDone)
		before := s.wakes(vm("a"))
		pass(2 * time.Second)
		if s.wakes(vm("a")) != before || s.wakes(vm("b")) != 2 || !s.State(2).Over() {
			t.Errorf("woken %v", s.woken)
		}
	})
}

func TestOutageOfTheLists(t *testing.T) {
	inScene(t, func(t *testing.T, s *scene) {
		s.desk.set(1, gandi.StepRun)
		s.Follow(vm("a"), 1)
		pass(3 * time.Second)
		s.desk.mu.Lock()
		s.desk.down = errors.New("down")
		s.desk.mu.Unlock()
		before := s.desk.count("list")
		pass(10 * time.Minute)
		if n := s.desk.count("list") - before; n < 35 || n > 50 {
			t.Errorf("%d lists in ten minutes of outage", n)
		}
		if st := s.State(1); st.Over() || s.wakes(vm("a")) > 2 {
			t.Errorf("an outage ended it: %+v, woken %d", st, s.wakes(vm("a")))
		}
		s.desk.mu.Lock()
		s.desk.down = nil
		s.desk.mu.Unlock()
		s.desk.set(1, gandi.StepDone)
		pass(16 * time.Second)
		if !s.State(1).Over() {
			t.Error("16 s after the outage the end is not known")
		}
	})
}

func TestRestartLearnsAllInOnePass(t *testing.T) {
	inScene(t, func(t *testing.T, s *scene) {
		for id := range gandi.OperationID(600) {
			step := gandi.StepDone
			if id%2 == 0 {
				step = gandi.StepRun
			}
			s.desk.set(id+1, step)
			s.Follow(vm("a"), id+1)
		}
		pass(gather)
		for id := range gandi.OperationID(600) {
			if st := s.State(id + 1); !st.Known || st.Over() != (id%2 == 1) {
				t.Fatalf("operation %d: %+v", id+1, st)
			}
		}
		if s.desk.count("list") != 1 || s.desk.count("ids") != 1 {
			t.Errorf("calls %v", s.desk.calls)
		}
	})
}

// Gandi may ignore the filter and tell everything there ever was.
func TestListsThatIgnoreTheFilter(t *testing.T) {
	inScene(t, func(t *testing.T, s *scene) {
		s.desk.ignorant = true
		s.desk.set(1, gandi.StepRun)
		s.desk.set(2, gandi.StepDone)
		s.desk.set(3, gandi.StepDone)
		s.Follow(vm("a"), 1, 2)
		pass(2 * time.Second)
		if s.State(1).Over() || !s.State(2).Over() || len(s.InFlight()) != 1 || s.desk.count("ids") != 0 {
			t.Errorf("%+v, %+v, in flight %v, calls %v", s.State(1), s.State(2), s.InFlight(), s.desk.calls)
		}
	})
}

// A list that was asked for before something was learned does not speak of it.
func TestALateListDoesNotEndWhatIsNew(t *testing.T) {
	inScene(t, func(t *testing.T, s *scene) {
		asked := s.Asked()
		s.Learn(gandi.Operation{ID: 9, Type: gandi.TypeVMStop, Step: gandi.StepRun, VMID: 4})
		s.LearnUnfinished(asked, nil)
		if len(s.InFlight()) != 1 || len(s.InFlightOn(4)) != 1 {
			t.Errorf("in flight: %v", s.InFlight())
		}
		s.LearnUnfinished(s.Asked(), nil)
		if len(s.InFlight()) != 0 || len(s.onVM) != 0 {
			t.Errorf("in flight after a later list: %v", s.InFlight())
		}
	})
}

func TestTheEndIsRememberedForAWhile(t *testing.T) {
	inScene(t, func(t *testing.T, s *scene) {
		s.desk.set(1, gandi.StepDone)
		s.desk.set(2, gandi.StepRun)
		s.Follow(vm("dead"), 1)
		s.Follow(vm("alive"), 2)
		pass(50 * time.Minute)
		if !s.State(1).Over() {
			t.Error("forgotten after 50 minutes")
		}
		pass(20 * time.Minute)
		if s.State(1).Known {
			t.Error("kept for ever")
		}
	})
}

func TestUsualIsPositiveForWhatever(t *testing.T) {
	for _, typ := range []string{"", "frob", gandi.TypeVMCreate, gandi.TypeVMMigrate, gandi.TypeIfaceCreate, gandi.TypeVMStop, gandi.TypeDiskCreate} {
		if Usual(typ) <= 0 {
			t.Errorf("Usual(%q) = %v", typ, Usual(typ))
		}
	}
	if got := vm("a").String(); got != "GandiVM/default/a" {
		t.Errorf("the owner is %s", got)
	}
}

// pass lets time pass, and what is due then happen.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}
