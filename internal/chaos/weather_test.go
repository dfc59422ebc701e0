package chaos

import (
	"net/http"
	"strings"
	"time"
)

// What can happen to one changing call. The words stand in the table of
// docs/reliability.md.
const (
	lostBefore   = "request lost"
	lostAfter    = "reply lost"
	truncated    = "reply truncated"
	slowRequest  = "request slow"
	slowReply    = "reply after the timeout"
	lateEffect   = "effect after the reset"
	doubled      = "request doubled"
	twin         = "second of a doubled request"
	gateway      = "502 before"
	gatewayAfter = "502 after"
	refusedRate  = "429"
	strangeFault = "unknown fault before"
	strangeAfter = "unknown fault after"
	opError      = "operation in ERROR"
	opHangs      = "operation hangs"
	opVanishes   = "operation vanishes"
)

var blows = []string{lostBefore, lostAfter, truncated, slowRequest, slowReply, lateEffect, doubled, gateway, gatewayAfter, refusedRate,
	strangeFault, strangeAfter, opError, opHangs, opVanishes}

// blow is something that happens to one call: to that of method, after some of them
// have passed.
type blow struct {
	kind   string
	method string // a prefix; "" means any
	skip   int
	d      time.Duration
}

func (b blow) fate() string {
	switch b.kind {
	case opError:
		return "ERROR"
	case opHangs:
		return "hang"
	default:
		return ""
	}
}

// blowFor is what strikes this call: nothing, mostly.
func (h *history) blowFor(method string) blow {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i, b := range h.armed {
		if !strings.HasPrefix(method, b.method) {
			continue
		}
		if b.skip > 0 {
			h.armed[i].skip--
			return blow{}
		}
		if b.kind == doubled && isPaid(method) {
			continue // what a network buys twice, nobody can tell from what was asked for twice
		}
		h.armed = append(h.armed[:i:i], h.armed[i+1:]...)
		h.tally[b.kind]++
		h.writef("        %s strikes %s", b.kind, method)
		return b
	}
	return blow{}
}

// isPaid tells whether a method buys something.
func isPaid(method string) bool {
	last := method[strings.LastIndex(method, ".")+1:]
	return strings.HasPrefix(last, "create")
}

// death kills the leader at one of its next writes.
type death struct {
	in     int // writes from now
	before bool
}

// strikesWrite counts a write and tells whether its process dies at it.
func (h *history) strikesWrite(what string) (before, after bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.writes++
	if len(h.deaths) == 0 {
		return false, false
	}
	d := &h.deaths[0]
	if d.in--; d.in > 0 {
		return false, false
	}
	now := *d
	h.deaths = h.deaths[1:]
	kind := "killed after a write"
	if now.before {
		kind = "killed before a write"
	}
	h.tally[kind]++
	h.writef("        %s: %s", kind, what)
	return now.before, !now.before
}

// out is why Gandi answers nobody, until when.
type out struct {
	kind  string
	until time.Time
}

// outage answers in Gandi's place while it is out.
func (h *history) outage(r *http.Request, _ string) (*http.Response, error, bool) { //nolint:revive // as RoundTrip answers
	h.mu.Lock()
	o := h.out
	h.mu.Unlock()
	if !time.Now().Before(o.until) {
		return nil, nil, false //nolint:nilnil // no answer is meant
	}
	switch o.kind {
	case "503":
		return status(r, http.StatusServiceUnavailable), nil, true
	case "429":
		return status(r, http.StatusTooManyRequests), nil, true
	case "silence":
		<-r.Context().Done()
		return nil, r.Context().Err(), true
	default:
		return nil, reset(), true
	}
}

// misled tells whether the account's key is of another handle at present.
func (h *history) misled() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return time.Now().Before(h.strangeKey)
}

func (h *history) struck(kind string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.tally[kind]++
}

// times is how often something struck.
func (h *history) times(kind string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.tally[kind]
}
