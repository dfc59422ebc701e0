package account

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/gandi-operator/gandi-operator/internal/metrics"
	"github.com/gandi-operator/gandi-operator/internal/token"
)

// watchFor is how long a token is watched after its object was let go with a
// create of unknown outcome.
const watchFor = 24 * time.Hour

// Marked is a thing at Gandi that carries a token.
type Marked struct {
	Type  string // one of markedTypes
	ID    int
	Token string
}

// markedTypes are the types of things that can carry a token, as the kinds and
// the metrics name them. Interfaces have no place for one.
var markedTypes = []string{"vm", "disk", "vlan", "sshkey"}

// marks is what is known of tokens beside the inventory.
type marks struct {
	mu       sync.Mutex
	watched  map[string]time.Time // until when
	released map[string]bool      // whether something was seen to carry it
}

// WatchToken has things with this token reported as orphans for 24 hours, at
// once and also while an object of that token exists: the object that wanted
// them was let go before it was known whether they were bought.
func (c *Conversation) WatchToken(tok string) {
	c.marks.mu.Lock()
	defer c.marks.mu.Unlock()
	if c.marks.watched == nil {
		c.marks.watched = map[string]time.Time{}
	}
	c.marks.watched[tok] = time.Now().Add(watchFor)
}

// Watched tells whether a token is under watch.
func (c *Conversation) Watched(tok string) bool {
	c.marks.mu.Lock()
	defer c.marks.mu.Unlock()
	until, ok := c.marks.watched[tok]
	if ok && time.Now().After(until) {
		delete(c.marks.watched, tok)
		return false
	}
	return ok
}

// Released says that what carries this token was left at Gandi on purpose: it is
// never an orphan. The account's reconciler keeps it in status.
func (c *Conversation) Released(tok string) {
	if c.marks.release(tok) {
		c.wakeAccounts()
	}
}

// ReleasedTokens are the tokens of Released, sorted.
func (c *Conversation) ReleasedTokens() []string {
	c.marks.mu.Lock()
	defer c.marks.mu.Unlock()
	return slices.Sorted(maps.Keys(c.marks.released))
}

// StillReleased is ReleasedTokens after those were forgotten that nothing
// carries any more; own are the things that carry a token, as Marks tells them.
// A token that nobody saw in this process may be on a thing of a kind that
// sweeps leave out: it is forgotten once they have taken in all kinds.
func (c *Conversation) StillReleased(own []Marked) []string {
	carried := map[string]bool{}
	for _, m := range own {
		carried[m.Token] = true
	}
	swept, whole := c.inventory.sweptOnce()
	c.marks.mu.Lock()
	defer c.marks.mu.Unlock()
	for tok, seen := range c.marks.released {
		switch {
		case carried[tok]:
			c.marks.released[tok] = true
		case whole, swept && seen:
			delete(c.marks.released, tok)
		}
	}
	return slices.Sorted(maps.Keys(c.marks.released))
}

func (m *marks) release(toks ...string) (news bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, tok := range toks {
		if m.released == nil {
			m.released = map[string]bool{}
		}
		if _, known := m.released[tok]; !known {
			m.released[tok], news = false, true
		}
	}
	return news
}

// Marks lists the things that were present when last looked for and that carry
// something of a token's shape: own those of this installation, foreign the
// others. A disk is told for itself, also where its VM carries the same token.
// VLANs and SSH keys are told as far as they were looked for: see Include.
func (i *Inventory) Marks(installation string) (own, foreign []Marked) {
	part := token.Part(installation)
	note := func(typ string, id int, tok string) {
		switch of, ok := token.Installation(tok); {
		case !ok:
		case of == part:
			own = append(own, Marked{typ, id, tok})
		default:
			foreign = append(foreign, Marked{typ, id, tok})
		}
	}
	for vm := range i.AllVMs() {
		note("vm", int(vm.ID), vm.Farm)
	}
	for d := range i.AllDisks() {
		note("disk", int(d.ID), d.Name)
	}
	for v := range i.AllVLANs() {
		note("vlan", int(v.ID), v.Name)
	}
	for k := range i.AllSSHKeys() {
		note("sshkey", int(k.ID), k.Name)
	}
	return own, foreign
}

// watchMarks tells the metrics of foreign installations.
func (c *Conversation) watchMarks() {
	_, foreign := c.inventory.Marks(c.registry.options.Installation)
	counts := map[string]int{}
	for _, m := range foreign {
		counts[m.Type]++
	}
	for _, typ := range markedTypes {
		c.registry.options.Metrics.Marked(c.key, typ, metrics.Foreign, counts[typ])
	}
}

// ReportMarks tells the metrics what the account's reconciler found out.
func (c *Conversation) ReportMarks(s metrics.Standing, found []Marked) {
	counts := map[string]int{}
	for _, m := range found {
		counts[m.Type]++
	}
	for _, typ := range markedTypes {
		c.registry.options.Metrics.Marked(c.key, typ, s, counts[typ])
	}
}

func (m *marks) forgetMetrics(to *metrics.Metrics, k Key) {
	for _, typ := range markedTypes {
		for _, s := range []metrics.Standing{metrics.Orphan, metrics.Duplicate, metrics.Foreign} {
			to.Marked(k, typ, s, 0)
		}
	}
}
