package engine

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/account"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// appliedDeletion marks in status.applied that our own delete call for the
// external resource with that id has succeeded.
const appliedDeletion = "deleted"

// Deleted is what a kind's delete action puts into Action.Applies, so that one
// look is enough to believe that the external resource id is gone.
func Deleted(id int64) map[string]string {
	return map[string]string{appliedDeletion: fmt.Sprint(id)}
}

// resync is the account's interval with up to a tenth of jitter, so that
// objects do not come back all at once.
func (p *pass[O, S]) resync() time.Duration {
	d := p.conv.Resync()
	return d + rand.N(d/10+1)
}

// sweepsSince counts the whole looks, begun at s or later, that took in all that
// this kind's things are found in.
func (p *pass[O, S]) sweepsSince(s account.Seq) int {
	inv := p.conv.Inventory()
	n := inv.SweepsBegunSince(s)
	for _, list := range p.Kind.Lists() {
		n = min(n, inv.SweepsBegunSinceOf(list, s))
	}
	return n
}

// observing is the verdict while a look at Gandi is under way. An object that
// was in sync is not disturbed by it.
func (p *pass[O, S]) observing(after time.Duration) verdict {
	if reason, message := p.conv.Trouble(); reason != "" {
		p.conv.Await(p.owner)
		return p.awaitAccount(reason, message, waitForAccount)
	}
	// What was told of operations is out of date once they have ended.
	if p.wasReady || (p.told() && !p.over) {
		return verdict{kind: quiet, after: after}
	}
	return verdict{kind: working, reason: v1alpha1.ReasonObserving, message: "looking at what Gandi has", after: after}
}

// look asks for the records of the external resource id.
func (p *pass[O, S]) look(id int64) verdict {
	return p.ask(p.Kind.Wants(p.obj, id)...)
}

// ask asks for records begun from now on; the account wakes the object when they
// are there. A look that brings nothing is asked for again with a growing pause.
//
//	in a row   1   2   3   4   5    6    7 …
//	pause      1s  2s  4s  8s  16s  32s  1m
func (p *pass[O, S]) ask(wants ...account.Want) verdict {
	m := p.memo
	if left := time.Until(m.askAgain); left > 0 {
		return p.observing(left)
	}
	pause := min(time.Second<<min(m.asked, 6), time.Minute)
	m.asked++
	m.askAgain = time.Now().Add(pause)
	p.conv.Refresh(p.owner, wants...)
	return p.observing(max(pause, 5*time.Second))
}

// sight makes sure that the record of the external resource is young enough to
// plan by: begun after our last change of it ended.
func (p *pass[O, S]) sight() (verdict, bool) {
	id := p.status.ID
	if id == 0 {
		return verdict{}, false
	}
	inv := p.conv.Inventory()
	inv.Subscribe(p.owner, p.Kind.Wants(p.obj, id)...)
	s := p.Kind.Lookup(inv, id)
	seen := s.Seen == account.Listed || s.Seen == account.Informed
	if p.running != "" {
		p.present = seen
		return verdict{}, false
	}
	request := Request(p.obj, v1alpha1.AnnotationReconcileRequestedAt)
	if request != "" && request != p.status.LastHandledReconcileAt && request != p.memo.requested {
		p.memo.requested = request
		p.memo.mark = p.conv.Mark()
	}
	if s.Seen == account.Unknown || s.Seen == account.Unlisted || s.Begun < p.memo.mark {
		return p.look(id), true
	}
	p.memo.answered()
	if p.memo.requested != "" && p.memo.requested == request {
		p.status.LastHandledReconcileAt = request
	}
	if seen {
		p.present = true
		p.status.MissingSince = nil
		p.memo.missingSeen = time.Time{}
		if p.status.BoughtAt == nil && p.status.LastFailure == nil {
			p.status.BoughtAt = now()
		}
		return verdict{}, false
	}
	if !p.believeAbsence(s) {
		if s.Begun < p.memo.mark {
			return p.look(id), true
		}
		return verdict{kind: working, reason: v1alpha1.ReasonExternalDeleted, after: p.conv.Settle() + time.Second,
			message: fmt.Sprintf("Gandi says that %s %d is not there; looking again after %s before that is believed", p.Kind.Type(), id, p.conv.Settle())}, true
	}
	return p.absent(id)
}

// believeAbsence decides whether the answer "not there" is enough. Two answers,
// a settle apart, always are; one is when our own delete, or a create that
// ended in ERROR, explains it.
func (p *pass[O, S]) believeAbsence(s Sighting) bool {
	if p.status.MissingSince == nil {
		p.status.MissingSince = now()
	}
	if p.status.Applied[appliedDeletion] == fmt.Sprint(p.status.ID) {
		return true
	}
	if f := p.status.LastFailure; p.status.BoughtAt == nil && f != nil && f.Class == failedOperation {
		return true
	}
	m := p.memo
	if m.missingSeen.IsZero() {
		m.missingSeen, m.missingMark = time.Now(), 0
	}
	if time.Since(m.missingSeen) < p.conv.Settle() {
		return false
	}
	if m.missingMark == 0 {
		m.missingMark = p.conv.Mark()
		p.memo.mark = m.missingMark
	}
	return s.Begun >= m.missingMark
}

// absent decides what follows when the external resource is gone for certain.
func (p *pass[O, S]) absent(id int64) (verdict, bool) {
	p.present = false
	if p.deleting() {
		return verdict{}, false
	}
	ours := p.status.Applied[appliedDeletion] == fmt.Sprint(id)
	halfDone := p.status.BoughtAt == nil && !ours
	if !halfDone && !ours {
		reason, gone := v1alpha1.ReasonExternalDeleted, fmt.Sprintf("%s %d was deleted at Gandi", p.Kind.Type(), id)
		if end := p.end(); end != "" {
			reason, gone = v1alpha1.ReasonExternalEnded, fmt.Sprintf("%s %d is gone: %s", p.Kind.Type(), id, end)
		}
		switch {
		case p.status.Adopted:
			return verdict{kind: stalled, reason: reason, after: p.resync(),
				message: gone + "; this object had adopted it: delete this object, or create another that buys its own"}, true
		case p.holdsWhenGone():
			return verdict{kind: stalled, reason: reason, after: p.resync(),
				message: gone + "; set spec.onExternalDeletion: Recreate to buy another, or delete this object"}, true
		}
		p.warning(reason, gone)
	}
	p.status.ID = 0
	p.status.MissingSince = nil
	p.status.Applied = nil
	p.status.PendingReboot = nil
	if p.status.BoughtAt != nil {
		// It was whole, and went as a whole: its parts are nobody's left-overs.
		p.status.Created, p.status.BoughtAt = nil, nil
	}
	p.memo.missingSeen = time.Time{}
	p.memo.unseen = p.conv.Mark()
	p.conv.Inventory().Unsubscribe(p.owner)
	return verdict{kind: working, reason: v1alpha1.ReasonObserving, message: "looking at what Gandi has", after: soon()}, true
}

func (p *pass[O, S]) holdsWhenGone() bool {
	if p.spec.OnExternalDeletion == "" {
		return p.Kind.Irreplaceable()
	}
	return p.spec.OnExternalDeletion == v1alpha1.Hold
}

// sightParts makes sure that what a create left by half is known: it is used or
// deleted by what the records say, and a list that lacks a part proves nothing.
func (p *pass[O, S]) sightParts() (verdict, bool) {
	if p.present || p.running != "" || p.status.BoughtAt != nil {
		return verdict{}, false
	}
	inv := p.conv.Inventory()
	var unseen []account.Want
	for _, part := range p.status.Created {
		var seen account.Seen
		var begun account.Seq
		want := account.Want{ID: int(part.ID)}
		switch part.Type {
		case "disk":
			rec := inv.Disk(gandi.DiskID(part.ID))
			want.Kind, seen, begun = account.WantDisk, rec.Seen, rec.Begun
		case "iface":
			rec := inv.Iface(gandi.IfaceID(part.ID))
			want.Kind, seen, begun = account.WantIface, rec.Seen, rec.Begun
		default:
			continue
		}
		if seen == account.Unknown || seen == account.Unlisted || begun < p.memo.mark {
			unseen = append(unseen, want)
		}
	}
	if len(unseen) == 0 {
		p.memo.answered()
		return verdict{}, false
	}
	return p.ask(unseen...), true
}

// busyElsewhere names an operation of somebody else on the external resource.
func (p *pass[O, S]) busyElsewhere() string {
	if p.status.ID == 0 {
		return ""
	}
	for _, o := range p.conv.Tracker().InFlight() {
		if p.Kind.Involves(o, p.status.ID) && !p.mine(o.ID) {
			return fmt.Sprintf("operation %d %s: %s", o.ID, o.Type, o.Step)
		}
	}
	return ""
}

func (p *pass[O, S]) mine(id gandi.OperationID) bool {
	for _, o := range p.status.Operations {
		if o.ID == int64(id) {
			return true
		}
	}
	return false
}

// endsEarly is how long before its end, as far as that is known, what is missed may
// have ended: the zone of Gandi's dates is not told.
const endsEarly = 3 * time.Hour

// end says that the external resource, which is missed, had ended by itself by then,
// and when; "" when it had not.
func (p *pass[O, S]) end() string {
	k, ok := any(p.Kind).(Mortal[O])
	if !ok || p.status.MissingSince == nil {
		return ""
	}
	return k.Ended(p.obj, p.status.MissingSince.Add(endsEarly))
}
