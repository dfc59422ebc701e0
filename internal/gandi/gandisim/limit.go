package gandisim

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// rate is a number of calls in any window of time; the zero rate has no limit.
type rate struct {
	calls  int
	window time.Duration
}

// parseRate reads "30/2s".
func parseRate(s string) (rate, error) {
	if s == "" {
		return rate{}, nil
	}
	calls, window, ok := strings.Cut(s, "/")
	n, err := strconv.Atoi(calls)
	if !ok || err != nil || n < 1 {
		return rate{}, fmt.Errorf("rate limit %q must be calls per window, as 30/2s", s)
	}
	d, err := time.ParseDuration(window)
	if err != nil || d <= 0 {
		return rate{}, fmt.Errorf("the window of rate limit %q must be a duration above 0, as 2s", s)
	}
	return rate{calls: n, window: d}, nil
}

// limiter remembers when each address or key was last served. A refused call does not
// count: a client that hammers is served again when its window has room.
type limiter struct {
	rate   rate
	served map[string][]time.Time
}

// allow says whether one more call of who may be served now, and counts it if so.
func (l *limiter) allow(who string, now time.Time) bool {
	if l.rate.calls == 0 {
		return true
	}
	times := l.served[who]
	for len(times) > 0 && now.Sub(times[0]) >= l.rate.window {
		times = times[1:]
	}
	if len(times) >= l.rate.calls {
		l.served[who] = times
		return false
	}
	if l.served == nil {
		l.served = map[string][]time.Time{}
	}
	l.served[who] = append(times, now)
	return true
}
