package account

import (
	"context"
	"sync"
	"time"

	"github.com/gandi-operator/gandi-operator/internal/operation"
)

// priority orders what waits for the limiter.
type priority int

const (
	mutation priority = iota // a call that changes something
	request                  // somebody waits for the answer
	sweep                    // nobody waits for the answer
	priorities
)

func (p priority) String() string {
	switch p {
	case mutation:
		return "mutation"
	case request:
		return "request"
	default:
		return "sweep"
	}
}

const (
	// burst is how many requests may leave at once after a rest: with 14 a
	// second it keeps within the 30 in 2 seconds that Gandi is believed to
	// allow.
	burst = 2
	// share is how often something of lower priority goes first while higher
	// ones wait without end: one grant in so many. Without it a thousand
	// creates would stop the tracker, and with it everybody's Ready.
	share = 10
	// minRate is what a refusing Gandi can slow an endpoint down to.
	minRate = 1
	// recovery is the time in which a slowed endpoint gains a tenth of its rate.
	recovery = 10 * time.Second
)

// flow is who a request is for: the limiter serves accounts in turn, and the
// owners of each in turn.
type flow struct {
	account Key
	owner   operation.Owner
}

// limiter is a token bucket for one endpoint, whatever the number of accounts:
// Gandi is believed to count by address.
type limiter struct {
	mu     sync.Mutex
	rate   float64 // configured, per second
	now    float64 // at present, after refusals
	tokens float64
	at     time.Time // when tokens and now were last brought up to date
	until  time.Time // Gandi asked to be left alone until then
	queues [priorities]queue
	streak [priorities]int // grants in a row that passed over a waiting lower one
	timer  *time.Timer
}

func newLimiter(rate float64) *limiter {
	return &limiter{rate: rate, now: rate, tokens: burst, at: time.Now()}
}

// setRate changes the configured rate.
func (l *limiter) setRate(rate float64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refill()
	l.now *= rate / l.rate
	l.rate = rate
	l.dispatch()
}

// wait returns nil when a request may leave, else the context's error.
func (l *limiter) wait(ctx context.Context, p priority, f flow) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	l.mu.Lock()
	w := &waiter{ready: make(chan struct{})}
	l.queues[p].push(f, w)
	l.dispatch()
	l.mu.Unlock()
	select {
	case <-w.ready:
		return nil
	case <-ctx.Done():
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case <-w.ready:
		// Granted and given up at the same time: nothing will be sent.
		l.giveBack()
	default:
		l.queues[p].leave(w)
	}
	return ctx.Err()
}

// refund gives back a token that was not used.
func (l *limiter) refund() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.giveBack()
}

func (l *limiter) giveBack() {
	l.refill()
	l.tokens = min(burst, l.tokens+1)
	l.dispatch()
}

// throttled tells that Gandi refused a request for its rate: nothing leaves for
// a while, and slower than before afterwards.
func (l *limiter) throttled(wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refill()
	// Several requests in flight are refused together; they are one refusal.
	if time.Now().Before(l.until) {
		return
	}
	l.until = time.Now().Add(max(wait, time.Second))
	l.now = max(minRate, l.now*0.7)
	l.tokens = min(l.tokens, 0)
	l.dispatch()
}

// held is how long nothing at all will leave, because Gandi asked for that.
func (l *limiter) held() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return max(0, time.Until(l.until))
}

// waiting tells how many requests wait with a priority.
func (l *limiter) waiting(p priority) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.queues[p].live
}

func (l *limiter) refill() {
	now := time.Now()
	from := l.at
	if from.Before(l.until) {
		from = l.until // what Gandi asked for earns no tokens
	}
	if passed := now.Sub(from); passed > 0 {
		l.tokens = min(burst, l.tokens+passed.Seconds()*l.now)
		l.now = min(l.rate, l.now+l.rate/10*passed.Seconds()/recovery.Seconds())
	}
	l.at = now
}

// slack absorbs rounding, so that a token that is due at this very instant is
// not waited for again.
const slack = 1e-9

// dispatch hands out what there is, and comes back when there is more.
func (l *limiter) dispatch() {
	l.refill()
	held := time.Until(l.until)
	for held <= 0 && l.tokens >= 1-slack {
		w := l.next()
		if w == nil {
			return
		}
		l.tokens--
		close(w.ready)
	}
	if l.anyWaiting() {
		l.comeBack(max(held, 0) + time.Duration(max(0, 1-l.tokens)/l.now*float64(time.Second)) + 1)
	}
}

func (l *limiter) anyWaiting() bool {
	for i := range l.queues {
		if l.queues[i].live > 0 {
			return true
		}
	}
	return false
}

func (l *limiter) comeBack(after time.Duration) {
	if l.timer != nil {
		l.timer.Stop()
	}
	l.timer = time.AfterFunc(after, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.dispatch()
	})
}

// next picks who goes first: the highest priority that waits, but after share-1
// grants in a row the one below it.
func (l *limiter) next() *waiter {
	for p := range priorities {
		if l.queues[p].live == 0 {
			l.streak[p] = 0
			continue
		}
		lower := false
		for q := p + 1; q < priorities; q++ {
			lower = lower || l.queues[q].live > 0
		}
		if lower && l.streak[p] >= share-1 {
			l.streak[p] = 0
			continue
		}
		if lower {
			l.streak[p]++
		} else {
			l.streak[p] = 0
		}
		return l.queues[p].pop()
	}
	return nil
}
