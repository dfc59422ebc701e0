package operation

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

const (
	tickMin = time.Second
	tickMax = 15 * time.Second
	// gather is how long the first tick waits for others to follow.
	gather = 100 * time.Millisecond
	// perRequest keeps following from eating the rate limit: with hundreds of
	// operations in flight the list has several pages, and some have ended at
	// every tick. One request a second is what following may cost then.
	perRequest = time.Second
	// many operations are followed from here on.
	many = 50
	// pageSize is the most that Gandi puts on one page, and so the most ids
	// that are worth asking for in one request.
	pageSize = 500
)

// Run reads until ctx ends. It is to be called once.
func (t *Tracker) Run(ctx context.Context) {
	last := time.Now().Add(gather - tickMin)
	failures := 0
	for ctx.Err() == nil {
		wait, anything := t.wait(failures)
		if !anything {
			failures = 0
			select {
			case <-ctx.Done():
			case <-t.kick:
				// After a restart everybody follows within an instant: ask once for all.
				if soonest := time.Now().Add(gather - tickMin); last.Before(soonest) {
					last = soonest
				}
			}
			continue
		}
		timer := time.NewTimer(time.Until(last.Add(wait)))
		select {
		case <-ctx.Done():
		case <-t.kick:
		case <-timer.C:
			last = time.Now()
			if err := t.tick(ctx); err != nil {
				failures++
			} else {
				failures = 0
			}
		}
		timer.Stop()
	}
}

// wait is the time from one tick to the next; anything is false while nothing
// unfinished is followed.
//
//	age of the youngest   0..1 min   5 min   15 min and more
//	tick                  1 s        5 s     15 s
func (t *Tracker) wait(failures int) (wait time.Duration, anything bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	youngest := time.Duration(-1)
	for _, f := range t.followed {
		if age := time.Since(f.since); !f.state.Over() && (youngest < 0 || age < youngest) {
			youngest = age
		}
	}
	if youngest < 0 {
		return 0, false
	}
	wait = min(max(youngest/60, tickMin), tickMax)
	if len(t.followed) > many {
		wait = max(wait, time.Duration(t.requests)*perRequest)
	}
	for range failures {
		wait = min(2*wait, max(tickMax, wait))
	}
	return wait, true
}

// tick is one look at Gandi.
func (t *Tracker) tick(ctx context.Context) error {
	asked := t.Asked()
	ops, err := t.lister.Unfinished(ctx)
	if err != nil {
		return fmt.Errorf("listing the unfinished operations: %w", err)
	}
	t.mu.Lock()
	woken, left := t.learnUnfinished(asked, ops)
	t.requests = max(1, pagesOf(len(ops))) + pagesOf(len(left))
	maps.Copy(woken, t.judge())
	t.mu.Unlock()
	t.wakeAll(woken)

	slices.Sort(left)
	for some := range slices.Chunk(left, pageSize) {
		if err := t.ask(ctx, some); err != nil {
			return err
		}
	}
	return nil
}

func pagesOf(n int) int { return (n + pageSize - 1) / pageSize }

// ask finds out what became of operations that left the list.
func (t *Tracker) ask(ctx context.Context, ids []gandi.OperationID) error {
	ops, err := t.lister.Operations(ctx, gandi.OperationFilter{IDs: ids})
	if err != nil {
		return fmt.Errorf("asking for %d operations: %w", len(ids), err)
	}
	told := map[gandi.OperationID]bool{}
	for _, op := range ops {
		told[op.ID] = true
	}
	t.Learn(ops...)
	for _, id := range ids {
		if told[id] {
			continue
		}
		op, err := t.lister.Operation(ctx, id)
		switch {
		case err == nil:
			t.Learn(op)
		case gandi.ClassOf(err) == gandi.NotFound:
			t.vanish(id)
		default:
			return fmt.Errorf("asking for operation %d: %w", id, err)
		}
	}
	return nil
}

func (t *Tracker) vanish(id gandi.OperationID) {
	t.mu.Lock()
	woken := map[Owner]struct{}{}
	t.land(id)
	if f := t.followed[id]; f != nil && !f.state.Over() {
		f.state.Vanished, f.state.Stuck = true, false
		maps.Copy(woken, f.owners)
	}
	t.mu.Unlock()
	t.wakeAll(woken)
}

// judge marks what is stuck and forgets what nobody asks for any more. It
// returns the owners of what has just become stuck.
func (t *Tracker) judge() map[Owner]struct{} {
	woken := map[Owner]struct{}{}
	for id, f := range t.followed {
		switch {
		case f.state.Over():
			if time.Since(f.asked) > forgetAfter {
				delete(t.followed, id)
			}
		case f.state.Known && !f.state.Stuck && time.Since(f.since) > stuckFactor*Usual(f.state.Op.Type):
			f.state.Stuck = true
			maps.Copy(woken, f.owners)
		}
	}
	return woken
}
