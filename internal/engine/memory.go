package engine

import (
	"fmt"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/account"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// memory is what this process knows of objects beyond their status. Losing it
// costs time and reads, never a purchase: whatever must survive is in status.
type memory struct {
	mu     sync.Mutex
	byUID  map[types.UID]*memo
	byName map[types.NamespacedName]types.UID // of the latest object of that name
}

// memo is the memory of one object. Only one reconcile of an object runs at a
// time, so its fields need no lock.
type memo struct {
	conv *account.Conversation

	// mark: a record may steer a changing call only if its read was begun at or
	// after it.
	mark account.Seq
	// unseen is the mark at which this process first saw the object without an
	// external resource; 0 while it has one.
	unseen account.Seq

	// intent names the one that the fields below speak of. Attempts alone repeat
	// after a status was lost.
	intent     string
	intentSeen time.Time   // first sight of the open intent, monotonic
	confirm    account.Seq // reads begun since prove something: nobody sends any more
	settled    account.Seq // settle has passed since
	returned   bool        // Submit came back in this process
	words      string      // the fault that it came back with, if any

	// voids counts calls in a row that are proven to have had no effect, held is
	// until when the next one waits.
	voids int
	held  time.Time

	// asked counts looks that were asked for in a row and brought nothing, askAgain
	// is when the next one may be asked for.
	asked    int
	askAgain time.Time

	// open is a paid call that this process sent and whose outcome it does not
	// know: it survives a status that was wiped meanwhile.
	open *v1alpha1.Intent
	// stale is set when something happened while no conversation was there to
	// take a mark from.
	stale bool

	// sure is the mark of the look that precedes a call which destroys something,
	// sureAt when that look was there.
	sure   account.Seq
	sureAt time.Time

	// missingSeen is when Gandi first answered that the resource is gone.
	missingSeen time.Time
	missingMark account.Seq

	// looked is the mark for which a whole look before a create was there first at
	// lookedAt.
	looked   account.Seq
	lookedAt time.Time

	// stand is what has appeared, in words, since a create of unknown outcome of what
	// carries no mark, standSince and standMark since when it is the same.
	stand      string
	standSince time.Time
	standMark  account.Seq

	// behind counts waits in a row for other creates.
	behind int
	// alone, while set, keeps other objects from creating what could not be told
	// from what this object creates.
	alone func()

	// requested is the value of reconcile-requested-at that set mark.
	requested string

	// reply holds what Submit answered while it could not be written to status.
	reply *reply
}

// reply is what a call answered, on its way into status.
type reply struct {
	attempt    int64
	paid       bool
	operations []v1alpha1.OperationStatus
	id         int64
	created    []v1alpha1.ExternalID
	made       *metav1.Time      // date of the operations, by Gandi's clock
	failure    *v1alpha1.Failure // nil: accepted
	void       bool              // proven without effect
	done       bool              // finished at once, without an operation
	asked      bool              // it was only a question, and nothing was done
	problems   []gandi.Problem   // what the answer to it was
}

// of is the memo of obj's UID, for the conversation conv.
func (m *memory) of(uid types.UID, name types.NamespacedName) *memo {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.byUID == nil {
		m.byUID, m.byName = map[types.UID]*memo{}, map[types.NamespacedName]types.UID{}
	}
	one := m.byUID[uid]
	if one == nil {
		m.drop(name) // its object is gone, though nobody saw it go
		one = &memo{}
		m.byUID[uid], m.byName[name] = one, uid
	}
	return one
}

// forget drops the memo of name, once no object of that name is left.
func (m *memory) forget(name types.NamespacedName) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.drop(name)
}

func (m *memory) drop(name types.NamespacedName) {
	uid := m.byName[name]
	if one := m.byUID[uid]; one != nil && one.alone != nil {
		one.alone()
	}
	delete(m.byUID, uid)
	delete(m.byName, name)
}

// hold makes the next call wait after one that had no effect, longer each time.
//
//	in a row   1   2   3   4   5    6    7 …
//	wait       1s  2s  4s  8s  16s  32s  1m
func (m *memo) hold() {
	m.held = time.Now().Add(min(time.Second<<min(m.voids, 6), time.Minute))
	m.voids++
}

// answered notes that what was asked for is there.
func (m *memo) answered() { m.asked, m.askAgain = 0, time.Time{} }

// sawAll notes that a whole look, begun at unseen or later, is there.
func (m *memo) sawAll() {
	if m.looked != m.unseen {
		m.looked, m.lookedAt = m.unseen, time.Now()
	}
}

// happened notes that what was read so far is out of date.
func (m *memo) happened(conv *account.Conversation) {
	if conv == nil {
		m.conv, m.stale = nil, true
		return
	}
	m.mark = conv.Mark()
}

// intentName tells intents apart.
func intentName(in *v1alpha1.Intent) string {
	return fmt.Sprintf("%d/%s/%d", in.Attempt, in.Sender, in.Since.UnixMicro())
}

// meets begins to remember in, unless it is known already.
func (m *memo) meets(in *v1alpha1.Intent) {
	if name := intentName(in); m.intent != name {
		m.intent, m.intentSeen, m.confirm, m.settled, m.returned, m.words = name, time.Now(), 0, 0, false, ""
		m.stand = ""
	}
}

// speakTo drops the marks of another conversation: sequence numbers are an
// account's own.
func (m *memo) speakTo(conv *account.Conversation) {
	if m.conv == conv {
		return
	}
	if m.conv != nil || m.stale {
		m.mark, m.stale = conv.Mark(), false
	}
	m.conv = conv
	m.sure, m.unseen, m.confirm, m.settled, m.missingMark, m.looked, m.stand = 0, 0, 0, 0, 0, 0, ""
	m.missingSeen = time.Time{}
}
