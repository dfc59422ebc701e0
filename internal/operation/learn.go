package operation

import (
	"maps"
	"time"

	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// Learn takes note of operations that a reply or a list told. What is followed
// and changed wakes its owner.
func (t *Tracker) Learn(ops ...gandi.Operation) {
	t.mu.Lock()
	t.heard++
	woken := t.learn(ops)
	t.mu.Unlock()
	t.wakeAll(woken)
}

// Asked is a mark to take before the list of unfinished operations is asked
// for, and to hand to LearnUnfinished with what came back.
func (t *Tracker) Asked() Mark {
	t.mu.Lock()
	defer t.mu.Unlock()
	return Mark(t.heard)
}

// Mark is a point in what a Tracker has heard.
type Mark uint64

// LearnUnfinished takes note of a whole list of unfinished operations: what was
// in flight when the list was asked for and is not in it has ended.
func (t *Tracker) LearnUnfinished(asked Mark, ops []gandi.Operation) {
	t.mu.Lock()
	woken, _ := t.learnUnfinished(asked, ops)
	t.mu.Unlock()
	t.wakeAll(woken)
}

// learnUnfinished also returns the followed operations that have left the list.
func (t *Tracker) learnUnfinished(asked Mark, ops []gandi.Operation) (woken map[Owner]struct{}, left []gandi.OperationID) {
	t.heard++
	woken = t.learn(ops)
	for id, s := range t.inFlight {
		if s.heard <= uint64(asked) {
			t.land(id)
		}
	}
	for id, f := range t.followed {
		if !f.state.Over() && f.heard <= uint64(asked) {
			left = append(left, id)
		}
	}
	t.metrics.OperationsInFlight(t, len(t.inFlight))
	return woken, left
}

// learn returns the owners of what changed.
func (t *Tracker) learn(ops []gandi.Operation) map[Owner]struct{} {
	woken := map[Owner]struct{}{}
	for _, op := range ops {
		if op.ID <= 0 {
			continue
		}
		t.latest = max(t.latest, op.ID)
		f := t.followed[op.ID]
		if f != nil && f.state.Known && f.state.Op.Finished() && !op.Finished() {
			continue // a list that is older than what we know
		}
		if op.Finished() {
			t.land(op.ID)
		} else {
			t.fly(op)
		}
		if f == nil {
			continue
		}
		f.heard = t.heard
		if t.update(f, op) {
			maps.Copy(woken, f.owners)
		}
	}
	return woken
}

// update tells whether the owners have to know.
func (t *Tracker) update(f *followed, op gandi.Operation) bool {
	was := f.state
	f.state.Op, f.state.Known, f.state.Vanished = op, true, false
	switch {
	case op.Finished():
		f.state.Stuck = false
		if !was.Over() {
			t.metrics.OperationEnded(op.Type, op.Step, time.Since(f.since))
		}
	case !knownStep(op.Step) && was.Op.Step != op.Step:
		t.metrics.UnknownStep()
	}
	if was.Vanished && !op.Finished() {
		t.nudge() // nothing may have been followed meanwhile
	}
	return !was.Known || was.Op.Step != op.Step || was.Vanished
}

func knownStep(step string) bool {
	switch step {
	case gandi.StepBill, gandi.StepWait, gandi.StepRun:
		return true
	default:
		return false
	}
}

func (t *Tracker) fly(op gandi.Operation) {
	t.land(op.ID)
	t.inFlight[op.ID] = seen{op: op, heard: t.heard}
	if t.onVM[op.VMID] == nil {
		t.onVM[op.VMID] = map[gandi.OperationID]struct{}{}
	}
	t.onVM[op.VMID][op.ID] = struct{}{}
}

func (t *Tracker) land(id gandi.OperationID) {
	s, ok := t.inFlight[id]
	if !ok {
		return
	}
	delete(t.inFlight, id)
	delete(t.onVM[s.op.VMID], id)
	if len(t.onVM[s.op.VMID]) == 0 {
		delete(t.onVM, s.op.VMID)
	}
}

func (t *Tracker) wakeAll(owners map[Owner]struct{}) {
	for o := range owners {
		t.wake(o)
	}
}
