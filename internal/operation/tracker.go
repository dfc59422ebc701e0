package operation

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/gandi-operator/gandi-operator/internal/gandi"
	"github.com/gandi-operator/gandi-operator/internal/metrics"
)

// forgetAfter is how long the end of an operation is remembered when nobody
// drops it: much longer than any owner takes to look, short enough that owners
// which died leave nothing behind.
const forgetAfter = time.Hour

// State is what is known about one operation.
type State struct {
	// Op is the operation as last seen; its zero value while not Known.
	Op gandi.Operation
	// Known is false until Gandi was asked for the first time.
	Known bool
	// Vanished is true when Gandi says that there is no such operation: what
	// came of it is unknown.
	Vanished bool
	// Stuck is true for an unfinished operation that takes more than ten times
	// its usual time, counted from when this process first heard of it.
	Stuck bool
}

// Over tells whether nothing more will be heard of the operation.
func (s State) Over() bool { return s.Vanished || (s.Known && s.Op.Finished()) }

// Tracker follows operations. It is safe for concurrent use.
type Tracker struct {
	lister  Lister
	wake    func(Owner)
	metrics *metrics.Metrics
	kick    chan struct{} // something new is followed

	mu sync.Mutex
	// heard counts what was learned. A list speaks only of what was known
	// before it was asked for.
	heard    uint64
	latest   gandi.OperationID
	followed map[gandi.OperationID]*followed
	inFlight map[gandi.OperationID]seen
	onVM     map[gandi.VMID]map[gandi.OperationID]struct{}
	requests int // that the last tick cost
}

type followed struct {
	owners map[Owner]struct{}
	state  State
	since  time.Time // first heard of
	asked  time.Time // last followed
	heard  uint64    // when last learned or followed, in Tracker.heard
}

type seen struct {
	op    gandi.Operation
	heard uint64
}

// NewTracker makes a tracker that reads from l and calls wake for the owner of
// each operation that changed. wake must not block; it may call the Tracker.
// m may be nil.
func NewTracker(l Lister, wake func(Owner), m *metrics.Metrics) *Tracker {
	return &Tracker{
		lister:   l,
		wake:     wake,
		metrics:  m,
		kick:     make(chan struct{}, 1),
		followed: map[gandi.OperationID]*followed{},
		inFlight: map[gandi.OperationID]seen{},
		onVM:     map[gandi.VMID]map[gandi.OperationID]struct{}{},
	}
}

// Follow has o woken when one of ids changes its step or ends. It is idempotent
// and meant to be called on every reconcile that sees an operation in status.
// An operation may have several owners, and needs not be ours: who waits for
// the end of a foreign operation follows it too. An owner that is new to an
// operation which is over already is woken at once.
func (t *Tracker) Follow(o Owner, ids ...gandi.OperationID) {
	if t.follow(o, ids) {
		t.wake(o)
	}
}

func (t *Tracker) follow(o Owner, ids []gandi.OperationID) (over bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, id := range ids {
		if id <= 0 {
			continue
		}
		t.latest = max(t.latest, id)
		f := t.followed[id]
		if f == nil {
			t.heard++
			f = &followed{owners: map[Owner]struct{}{}, since: time.Now(), heard: t.heard}
			if s, ok := t.inFlight[id]; ok {
				f.state = State{Op: s.op, Known: true}
			}
			t.followed[id] = f
			t.nudge()
		}
		f.asked = time.Now()
		if _, known := f.owners[o]; !known {
			f.owners[o] = struct{}{}
			over = over || f.state.Over()
		}
	}
	return over
}

// Nudge makes the next tick come soon, after an outage for example.
func (t *Tracker) Nudge() { t.nudge() }

func (t *Tracker) nudge() {
	select {
	case t.kick <- struct{}{}:
	default:
	}
}

// Drop forgets operations: their owner has settled them.
func (t *Tracker) Drop(ids ...gandi.OperationID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, id := range ids {
		delete(t.followed, id)
	}
}

// Forget takes o off every operation, since o does not exist any more.
// Operations without any owner are forgotten.
func (t *Tracker) Forget(o Owner) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for id, f := range t.followed {
		delete(f.owners, o)
		if len(f.owners) == 0 {
			delete(t.followed, id)
		}
	}
}

// State tells where a followed operation stands. Of one that is not followed it
// tells what a list or a reply told, if it is unfinished.
func (t *Tracker) State(id gandi.OperationID) State {
	t.mu.Lock()
	defer t.mu.Unlock()
	if f := t.followed[id]; f != nil {
		return f.state
	}
	if s, ok := t.inFlight[id]; ok {
		return State{Op: s.op, Known: true}
	}
	return State{}
}

// InFlight lists every unfinished operation of the account as last seen, ours
// or foreign, by id. While nothing is followed it is as old as the last list
// that was learned, so follow what you wait for.
func (t *Tracker) InFlight() []gandi.Operation {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.collect(maps.Keys(t.inFlight))
}

// InFlightOn is InFlight for one VM, without a walk over all operations.
func (t *Tracker) InFlightOn(vm gandi.VMID) []gandi.Operation {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.collect(maps.Keys(t.onVM[vm]))
}

func (t *Tracker) collect(ids func(func(gandi.OperationID) bool)) []gandi.Operation {
	var ops []gandi.Operation
	for _, id := range slices.Sorted(ids) {
		ops = append(ops, t.inFlight[id].op)
	}
	return ops
}

// Latest is the highest operation id that this process has seen on the account;
// 0 when it has seen none.
func (t *Tracker) Latest() gandi.OperationID {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.latest
}
