package account

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gandi-operator/gandi-operator/internal/gandi"
	"github.com/gandi-operator/gandi-operator/internal/operation"
)

// patient is a breaker whose probes find what the test says.
type patient struct {
	*breaker
	mu     sync.Mutex
	answer error
	probes []time.Time
	asked  []BreakerState
	states []BreakerState
	woken  []operation.Owner
}

func newPatient(t *testing.T) *patient {
	p := &patient{}
	p.breaker = newBreaker(
		func(_ context.Context, s BreakerState) error {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.probes, p.asked = append(p.probes, time.Now()), append(p.asked, s)
			return p.answer
		},
		func(s BreakerState) { p.states = append(p.states, s) },
		func(o []operation.Owner) { p.woken = append(p.woken, o...) },
	)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); p.run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	return p
}

func (p *patient) say(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer = err
}

func (p *patient) suffer(class gandi.Class, times int) {
	for range times {
		p.observe(gandi.Exchange{HasErr: true, Class: class})
	}
	synctest.Wait()
}

var errDown = errors.New("connection refused")

func TestBreakerProbesOncePerStepAndHealsWithinAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPatient(t)
		p.say(errDown)
		p.suffer(gandi.Retryable, 2)
		if err := p.check(ownerNamed("early")); err != nil {
			t.Fatalf("two failures: %v", err)
		}
		p.observe(gandi.Exchange{})
		p.suffer(gandi.Retryable, 2)
		if p.current() != BreakerClosed || len(p.probes) != 0 {
			t.Fatalf("failures that are not in a row: %v, %d probes", p.current(), len(p.probes))
		}
		p.suffer(gandi.OutcomeUnknown, 1)
		if p.current() != BreakerOpen {
			t.Fatalf("after three in a row: %v", p.current())
		}
		n, ok := errors.AsType[*NotNow](p.check(ownerNamed("web")))
		if !ok || n.Reason != ReasonGandiUnavailable {
			t.Errorf("check says %v", n)
		}
		if reason, message := p.trouble(); reason != ReasonGandiUnavailable || message != "Gandi does not answer: connection refused" {
			t.Errorf("trouble %q %q", reason, message)
		}
		pass(30 * time.Minute)
		// 1+1+2+4+8+16 seconds, then each 20 with jitter.
		if len(p.probes) < 80 || len(p.probes) > 115 {
			t.Errorf("%d probes in 30 minutes", len(p.probes))
		}
		for i, at := range p.probes[1:] {
			step := at.Sub(p.probes[i])
			want := min(probeLast, time.Second<<min(i, 10))
			if step < want*8/10 || step > want*12/10 {
				t.Errorf("step %d took %v, want about %v", i, step, want)
			}
		}
		if !slices.Equal(p.states, []BreakerState{BreakerOpen}) || p.woken != nil {
			t.Errorf("told %v, woke %v", p.states, p.woken)
		}
		p.say(nil)
		pass(time.Minute)
		if p.current() != BreakerClosed || !slices.Equal(p.woken, []operation.Owner{ownerNamed("web")}) {
			t.Errorf("a minute after the return: %v, woke %v", p.current(), p.woken)
		}
		probes := len(p.probes)
		pass(time.Hour)
		if len(p.probes) != probes {
			t.Errorf("a closed breaker probed %d times", len(p.probes)-probes)
		}
	})
}

// One method that always fails must not make the account look dead.
func TestBreakerInDoubtTellsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPatient(t)
		for range 5 {
			for range tripAfter {
				p.observe(gandi.Exchange{HasErr: true, Class: gandi.Retryable})
			}
			if err := p.check(ownerNamed("web")); err == nil {
				t.Error("a breaker in doubt lets requests through")
			}
			synctest.Wait()
		}
		if len(p.states) != 0 || len(p.probes) != 5 || len(p.woken) != 5 {
			t.Errorf("told %v, %d probes, woke %v", p.states, len(p.probes), p.woken)
		}
	})
}

func TestBreakerAsksADeniedAccountSeldomAndANewKeyAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPatient(t)
		p.say(gandi.WithClass(gandi.Denied, errors.New("bad API key")))
		p.suffer(gandi.Denied, 1)
		if reason, _ := p.trouble(); reason != ReasonAccountDenied || p.current() != BreakerDenied {
			t.Fatalf("%v, %q", p.current(), reason)
		}
		pass(time.Hour)
		if n := len(p.probes); n < 12 || n > 20 {
			t.Errorf("%d probes in an hour", n)
		}
		if slices.ContainsFunc(p.asked, func(s BreakerState) bool { return s != BreakerDenied }) {
			t.Errorf("asked %v", p.asked)
		}
		// The server goes away meanwhile: now it is about that.
		p.say(errDown)
		p.poke()
		synctest.Wait()
		if p.current() != BreakerOpen {
			t.Errorf("%v while the server is down", p.current())
		}
		p.say(nil)
		_ = p.check(ownerNamed("web"))
		p.reset()
		synctest.Wait()
		if p.current() != BreakerClosed || len(p.woken) != 1 {
			t.Errorf("after a reset: %v, woke %v", p.current(), p.woken)
		}
		want := []BreakerState{BreakerDenied, BreakerOpen, BreakerClosed}
		if !slices.Equal(p.states, want) {
			t.Errorf("told %v, want %v", p.states, want)
		}
		probes := len(p.probes)
		pass(time.Hour)
		if len(p.probes) != probes {
			t.Errorf("%d probes after a reset", len(p.probes)-probes)
		}
	})
}

func TestBreakerTakesRefusalsForAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPatient(t)
		for _, class := range []gandi.Class{gandi.Refused, gandi.NotFound, gandi.Busy, gandi.Throttled} {
			p.suffer(class, 10)
			p.suffer(gandi.Retryable, tripAfter-1)
			p.suffer(class, 1)
			if p.current() != BreakerClosed || p.check(nobody) != nil {
				t.Errorf("%v opened the breaker", class)
			}
		}
	})
}

// pass lets time pass, and what is due then happen.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}
