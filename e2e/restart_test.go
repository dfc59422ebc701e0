package e2e

import (
	"testing"
	"time"
)

// A manager that starts anew finds everything as it was: it writes nothing and
// calls nothing that changes anything.
func TestARestartDisturbsNothing(t *testing.T) {
	t.Parallel()
	s := newStation(t)
	o := s.start()
	apply(t, s.namespace, s.credentials()+s.account()+s.login())
	s.apply("web", ``)
	s.waitReady("web")
	o.stop()
	was, calls, sweeps := s.vm("web"), s.calls(), s.read("hosting.vm.list")
	s.start()
	s.eventually("three looks at everything", func() (bool, string) { return s.read("hosting.vm.list") >= sweeps+3, "fewer" })
	now := s.vm("web")
	if now.ResourceVersion != was.ResourceVersion {
		t.Errorf("the object was written; it said\n%s\nand says\n%s\nwith the conditions %v",
			told(was.Status.Conditions, was.Generation), told(now.Status.Conditions, now.Generation), now.Status.Conditions)
	}
	if got := s.calls(); len(got) > len(calls) {
		t.Errorf("it called %v", got[len(calls):])
	}
}

// What was edited while no manager ran is taken up as soon as one does.
func TestAnEditWaitsForNoTimerAfterARestart(t *testing.T) {
	t.Parallel()
	s := newStation(t)
	o := s.start()
	apply(t, s.namespace, s.credentials()+s.account()+s.login())
	s.apply("web", ``)
	s.waitReady("web")
	o.stop()
	s.edit("gvm", "web", `spec: {hostname: renamed}`)
	s.start().waitSaid(leads)
	began := time.Now()
	s.waitReady("web")
	// A second or two when nothing else keeps the machine busy.
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("it took %s", took)
	}
}

// read counts the calls of a method that changes nothing.
func (s *station) read(method string) int {
	n := 0
	for _, e := range s.world.Journal() {
		if e.Method == method {
			n++
		}
	}
	return n
}
