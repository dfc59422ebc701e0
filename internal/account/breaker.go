package account

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/gandi-operator/gandi-operator/internal/gandi"
	"github.com/gandi-operator/gandi-operator/internal/operation"
)

// BreakerState is what an account's breaker lets through.
type BreakerState string

// The states as GandiAccount.status.breaker shows them.
const (
	// BreakerClosed: everything goes through.
	BreakerClosed BreakerState = "Closed"
	// BreakerOpen: Gandi does not answer; only probes go out.
	BreakerOpen BreakerState = "Open"
	// BreakerDenied: Gandi refuses the key or the account; only probes go out.
	BreakerDenied BreakerState = "Denied"
)

const (
	// tripAfter is how many requests in a row must go wrong before a probe
	// decides. One cut connection is weather, not an outage.
	tripAfter = 3
	// Delays between probes double from the first to the last. The last of an
	// outage, with its jitter, keeps an account whole within a minute of the
	// API's return. A refused key does not heal by itself, so it is asked for
	// seldom; a rotated key is tried at once.
	probeFirst, probeLast   = time.Second, 20 * time.Second
	deniedFirst, deniedLast = 30 * time.Second, 5 * time.Minute
)

// breaker stands before every request of one account.
//
//	Closed ──3 in a row went wrong, or one was denied──► in doubt ──probe──► Open or Denied
//	  ▲                                                     │                 │ one probe
//	  └────────────────────── probe answered ───────────────┴─────────────────┘ per step
//
// While it is in doubt nothing goes out, but nothing is told either: a single
// method that always fails must not make the account look dead.
type breaker struct {
	// probe asks Gandi for as little as possible; it makes one exchange.
	probe func(context.Context, BreakerState) error
	// changed is told of each new state. It is called without locks held.
	changed func(BreakerState)
	// back is told who was refused when requests go through again.
	back    func([]operation.Owner)
	tripped chan struct{}
	poked   chan struct{} // a probe is due now

	mu       sync.Mutex
	state    BreakerState
	reason   string // why not closed
	message  string
	doubt    bool
	denied   bool // the doubt came from a denial
	failures int  // in a row, while closed
	refused  map[operation.Owner]struct{}
}

func newBreaker(probe func(context.Context, BreakerState) error, changed func(BreakerState), back func([]operation.Owner)) *breaker {
	return &breaker{
		probe:   probe,
		changed: changed,
		back:    back,
		tripped: make(chan struct{}, 1),
		poked:   make(chan struct{}, 1),
		state:   BreakerClosed,
		refused: map[operation.Owner]struct{}{},
	}
}

// observe learns from every exchange but the probes.
func (b *breaker) observe(x gandi.Exchange) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.state != BreakerClosed || b.doubt {
		return // a latecomer; the probes decide now
	}
	switch {
	case !x.HasErr:
		b.failures = 0
	case x.Class == gandi.Denied:
		b.trip(true)
	case x.Class == gandi.Retryable, x.Class == gandi.OutcomeUnknown:
		if b.failures++; b.failures >= tripAfter {
			b.trip(false)
		}
	default:
		b.failures = 0 // a refusal is an answer
	}
}

func (b *breaker) trip(denied bool) {
	b.doubt, b.denied = true, denied
	signal(b.tripped)
}

// check returns a NotNow while nothing may go out. o, unless zero, is woken
// when that ends.
func (b *breaker) check(o operation.Owner) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.state == BreakerClosed && !b.doubt {
		return nil
	}
	if o != (operation.Owner{}) {
		b.refused[o] = struct{}{}
	}
	switch b.state {
	case BreakerClosed:
		return &NotNow{ReasonGandiUnavailable, "Gandi did not answer; asking once more", probeFirst}
	case BreakerDenied:
		return &NotNow{b.reason, b.message, deniedFirst}
	default:
		return &NotNow{b.reason, b.message, probeLast}
	}
}

// trouble is what to tell people; "" when requests go through.
func (b *breaker) trouble() (reason, message string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.state == BreakerClosed {
		return "", ""
	}
	return b.reason, b.message
}

func (b *breaker) current() BreakerState {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.state
}

// poke makes the next probe come now, after a new key for example.
func (b *breaker) poke() { signal(b.poked) }

// reset closes the breaker on proof from elsewhere that the account answers.
func (b *breaker) reset() {
	b.settle(BreakerClosed, "", "")
	signal(b.poked) // ends the probing
}

// run probes until ctx ends.
func (b *breaker) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-b.tripped:
			b.probing(ctx)
		}
	}
}

func (b *breaker) probing(ctx context.Context) {
	drain(b.poked)
	for step := 0; ; step++ {
		state, closed := b.suspicion()
		if closed {
			return
		}
		err := b.probe(ctx, state)
		if ctx.Err() != nil {
			return
		}
		if now := b.learn(err); now == BreakerClosed {
			return
		} else if now != state {
			step = 0
		}
		timer := time.NewTimer(pauseBefore(b.current(), step))
		select {
		case <-ctx.Done():
		case <-timer.C:
		case <-b.poked:
			step = -1
		}
		timer.Stop()
	}
}

// suspicion is what the next probe has to find out about: being denied takes
// another question than being there.
func (b *breaker) suspicion() (state BreakerState, closed bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.state != BreakerClosed {
		return b.state, false
	}
	if b.doubt && b.denied {
		return BreakerDenied, false
	}
	return BreakerOpen, !b.doubt
}

// learn takes what a probe brought back. Any answer that is not about the key
// means that Gandi is there.
func (b *breaker) learn(err error) BreakerState {
	class := gandi.ClassOf(err)
	switch {
	case err == nil, class == gandi.Refused, class == gandi.NotFound, class == gandi.Busy, class == gandi.Throttled:
		b.settle(BreakerClosed, "", "")
		return BreakerClosed
	case class == gandi.Denied:
		reason, message := Denied(err)
		b.settle(BreakerDenied, reason, message)
		return BreakerDenied
	default:
		b.settle(BreakerOpen, ReasonGandiUnavailable, "Gandi does not answer: "+err.Error())
		return BreakerOpen
	}
}

func (b *breaker) settle(state BreakerState, reason, message string) {
	b.mu.Lock()
	was, doubted := b.state, b.doubt
	// The words of the first probe stay: texts that differ from probe to probe
	// would rewrite the account's status in every step of an outage.
	if state != was || b.reason != reason {
		b.reason, b.message = reason, message
	}
	b.state, b.doubt, b.failures = state, false, 0
	var owners []operation.Owner
	if state == BreakerClosed {
		for o := range b.refused {
			owners = append(owners, o)
		}
		clear(b.refused)
	}
	b.mu.Unlock()
	if state != was {
		b.changed(state)
	}
	if state == BreakerClosed && (state != was || doubted) {
		b.back(owners)
	}
}

func pauseBefore(state BreakerState, step int) time.Duration {
	first, last := probeFirst, probeLast
	if state == BreakerDenied {
		first, last = deniedFirst, deniedLast
	}
	d := first
	for range step {
		d = min(2*d, last)
	}
	return jitter(d, 5)
}

// jitter spreads d by up to a part-th of it in both directions.
func jitter(d time.Duration, part int64) time.Duration {
	spread := int64(d) / part
	if spread <= 0 {
		return d
	}
	return d - time.Duration(spread) + time.Duration(rand.Int64N(2*spread+1))
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func drain(c chan struct{}) {
	select {
	case <-c:
	default:
	}
}
