package chaos

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
)

// plan is all that a seed decides, as data: a history without some of its steps is
// another plan.
type plan struct {
	seed      uint64
	switches  map[string]string
	rateLimit string
	resync    time.Duration
	settle    time.Duration
	leases    bool
	strict    bool
	neighbour bool // a second installation on the account
	workers   int
	delay     time.Duration // of every watch, always
	cast      []key
	steps     []step
}

// step is one thing that happens.
type step struct {
	after time.Duration // since the step before
	verb  string
	who   key
	seed  uint64 // of its own dice
}

func (s step) String() string {
	return strings.TrimSpace(fmt.Sprintf("+%-7s %s %s", s.after, s.verb, s.who))
}

// players are all that may take part, by kind. References go from later to earlier
// letters, so that they do not go round.
var players = map[string][]string{
	kindVM:    {"web", "db"},
	kindDisk:  {"data", "night"},
	kindIface: {"eth", "inside"},
	kindVLAN:  {"lan"},
	kindKey:   {"me"},
	kindSite:  {"blog"},
}

// draw draws a plan from a seed.
func draw(seed uint64) plan {
	d := newDice(seed, nil)
	p := plan{seed: seed, switches: map[string]string{}, resync: one(d, 3*time.Minute, 5*time.Minute, 10*time.Minute),
		settle: one(d, time.Minute, 3*time.Minute, 10*time.Minute), leases: !d.once(4), strict: d.once(16), neighbour: d.once(12), workers: 1 + d.IntN(2), delay: one(d, 0, 10*time.Millisecond)}
	for _, s := range gandisim.Switches() {
		if d.once(16) {
			p.switches[s.Name] = one(d, s.Positions...)
		}
	}
	if d.once(24) {
		p.rateLimit = "6/2s"
	}
	p.cast = drawCast(d)
	d.cast = p.cast
	for _, k := range p.cast {
		// Two installations cannot tell apart what carries no mark (docs/adr/0015), and a
		// key that both name and store alike is one at Gandi.
		p.neighbour = p.neighbour && k.kind != kindIface && k.kind != kindSite && k.kind != kindKey
	}
	for _, k := range p.cast {
		p.steps = append(p.steps, step{time.Duration(d.IntN(4)) * time.Second, "create", k, d.Uint64()})
	}
	for range 3 + d.IntN(8) {
		v := drawVerb(d)
		next := step{pause(d), v.name, one(d, p.cast...), d.Uint64()}
		at := len(p.steps)
		if v.early && d.once(2) {
			// What strikes a create has to be there first.
			at = d.IntN(len(p.cast))
			next.after = time.Duration(d.IntN(2000)) * time.Millisecond
		}
		p.steps = slices.Insert(p.steps, at, next)
	}
	return p
}

// pause is how long people wait: often for an operation's time, seldom for longer than
// settle.
func pause(d *dice) time.Duration {
	switch d.IntN(8) {
	case 0:
		return 0
	case 1:
		return time.Duration(d.IntN(20)) * time.Minute
	default:
		return time.Duration(d.IntN(15000)) * time.Millisecond
	}
}

// drawCast draws who takes part: few, since few are enough for most of what can go
// wrong.
func drawCast(d *dice) []key {
	lead := one(d, kindVM, kindVM, kindVM, kindDisk, kindDisk, kindIface, kindVLAN, kindKey, kindSite)
	cast := []key{{lead, players[lead][0]}}
	for range d.IntN(3) {
		kind := specimens[d.IntN(len(specimens))].kind
		k := key{kind, one(d, players[kind]...)}
		known := false
		for _, have := range cast {
			known = known || have == k
		}
		if !known {
			cast = append(cast, k)
		}
	}
	return cast
}

// without is the plan without some of its steps.
func (p plan) without(from, n int) plan {
	p.steps = append(append([]step{}, p.steps[:from]...), p.steps[from+n:]...)
	return p
}

// words tells a plan.
func (p plan) words() string {
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d: settle %s, resync %s, leases %v, neighbour %v, workers %d, watches %s late", p.seed, p.settle, p.resync, p.leases, p.neighbour, p.workers, p.delay)
	if p.rateLimit != "" {
		fmt.Fprintf(&b, ", rate limit %s", p.rateLimit)
	}
	for _, s := range gandisim.Switches() {
		if position, ok := p.switches[s.Name]; ok && position != s.Default {
			fmt.Fprintf(&b, ", %s=%s", s.Name, position)
		}
	}
	b.WriteByte('\n')
	for i, s := range p.steps {
		fmt.Fprintf(&b, "  %2d. %s\n", i+1, s)
	}
	return b.String()
}

// asksOnce tells whether people ask for a rollback or a restart.
func asksOnce(p plan) bool {
	for _, s := range p.steps {
		if s.verb == "edit" {
			switch e := one(newDice(s.seed, p.cast), specimenOf(s.who.kind).edits...); e.words {
			case "rollback", "restart":
				return true
			}
		}
	}
	return false
}
