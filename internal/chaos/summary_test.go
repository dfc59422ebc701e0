package chaos

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// summary adds histories up.
type summary struct {
	mu        sync.Mutex
	histories int
	failed    int
	objects   int
	calls     int
	virtual   time.Duration
	tally     map[string]int
	reasons   map[string]int
	settling  time.Duration
	slowest   uint64
	most      int
	busiest   uint64
	changes   int
	restless  uint64
	passes    int
	hurried   uint64
}

func newSummary() *summary { return &summary{tally: map[string]int{}, reasons: map[string]int{}} }

func (s *summary) add(r result) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.histories++
	if len(r.violations) > 0 {
		s.failed++
	}
	s.objects += r.objects
	s.calls += r.calls
	s.virtual += r.virtual
	for kind, n := range r.tally {
		s.tally[kind] += n
	}
	for reason, n := range r.reasons {
		s.reasons[reason] += n
	}
	if r.settling > s.settling {
		s.settling, s.slowest = r.settling, r.seed
	}
	if r.passes > s.passes {
		s.passes, s.hurried = r.passes, r.seed
	}
	if r.changes > s.changes {
		s.changes, s.restless = r.changes, r.seed
	}
	if r.callsAfter > s.most {
		s.most, s.busiest = r.callsAfter, r.seed
	}
}

func (s *summary) failures() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failed
}

// String is the table of docs/reliability.md.
func (s *summary) String() string {
	var b strings.Builder
	row := func(what string, value any) { fmt.Fprintf(&b, "| %s | %v |\n", what, value) }
	row("histories", s.histories)
	row("that broke something", s.failed)
	row("objects at the end", s.objects)
	row("calls to Gandi", s.calls)
	row("virtual time", s.virtual.Round(time.Hour))
	row("longest from fair weather to rest", fmt.Sprintf("%s (seed %d)", s.settling.Round(time.Second), s.slowest))
	row("most calls per object meanwhile", fmt.Sprintf("%d (seed %d)", s.most, s.busiest))
	row("most reconciles in one history", fmt.Sprintf("%d (seed %d)", s.passes, s.hurried))
	row("most changing calls per object meanwhile", fmt.Sprintf("%d (seed %d)", s.changes, s.restless))
	b.WriteByte('\n')
	for _, kind := range slices.Sorted(maps.Keys(s.tally)) {
		row(kind, s.tally[kind])
	}
	b.WriteByte('\n')
	for _, reason := range slices.Sorted(maps.Keys(s.reasons)) {
		row("at rest: "+reason, s.reasons[reason])
	}
	return b.String()
}
