package gandisim

import (
	"hash/fnv"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"
)

// A World is one simulated Gandi: its catalog, the hosting objects of every handle, and the operations that
// change them. It has no goroutine and no timer; whatever should have happened since the last call is made to
// happen when the next one arrives, so the world ages by whatever clock its caller lives under.
type World struct {
	mu   sync.Mutex
	opts Options
	wire wireState

	now  time.Time // the moment the world was last aged to
	zone *time.Location

	datacenters []*datacenter
	images      []*image
	accounts    map[string]*account // by handle

	vms    map[int]*vm
	disks  map[int]*disk
	ifaces map[int]*iface
	ips    map[int]*ip // those in use; released ones are in free
	vlans  map[int]*vlan
	keys   map[int]*sshKey
	sites  map[int]*site
	ops    map[int]*operation

	providers []*provider
	dns       names

	pending []*operation // unfinished operations, in the order they were asked for
	free    []*ip        // released addresses, oldest first

	buried map[hold]string // the owners of what was deleted

	issued map[string]int // how many ids of each kind were handed out
	last   map[string]int // the newest id of each kind
	tally  tally

	views   []view // what lists showed at past moments, kept only while lists lag behind
	altered bool   // something may have changed since the newest view
}

// tally counts what was bought, for tests that must know whether anything was bought twice.
type tally struct {
	VMCreates, DiskCreates, IfaceCreates, CreditPurchases, SiteCreates, SiteUpgrades int
}

// reset forgets everything that happened and keeps what the world was made of.
func (w *World) reset() {
	w.now = time.Time{}
	w.accounts = map[string]*account{}
	w.vms, w.disks, w.ifaces, w.ips = map[int]*vm{}, map[int]*disk{}, map[int]*iface{}, map[int]*ip{}
	w.vlans, w.keys, w.ops = map[int]*vlan{}, map[int]*sshKey{}, map[int]*operation{}
	w.sites, w.providers, w.dns = map[int]*site{}, providers(), noNames()
	w.pending, w.free, w.views, w.altered = nil, nil, nil, false
	w.buried = map[hold]string{}
	w.issued, w.last, w.tally = map[string]int{}, map[string]int{}, tally{}
	w.datacenters, w.images = nil, nil
	w.seed()
}

// age brings the world from the moment it was last looked at to now. Everything that fell due in between
// happens in its order and at its own moment, so that the outcome does not depend on how often one looks.
func (w *World) age(now time.Time) {
	if w.now.IsZero() {
		w.now = now
	}
	if now.Before(w.now) {
		return // a clock that steps back undoes nothing
	}
	w.remember()
	for w.step(now) {
		w.altered = true
		w.remember()
	}
	w.now = now
	w.bury()
	w.altered = true // the call that follows may change anything
}

// step lets the one thing happen that falls due first, if any does by now.
func (w *World) step(now time.Time) bool {
	op, at, due := w.nextDue(now)
	s, end, over := w.nextEnd(now)
	switch {
	case over && (!due || end.Before(at)):
		w.now = end
		w.endSite(s, end)
	case due:
		w.now = at
		w.advance(op, at)
	}
	return due || over
}

// bury forgets deleted objects whose time of being shown as deleted is over.
func (w *World) bury() {
	gone := func(at time.Time) bool { return !at.IsZero() && !w.now.Before(at) }
	maps.DeleteFunc(w.vms, func(_ int, v *vm) bool { return gone(v.goneAt) })
	maps.DeleteFunc(w.disks, func(_ int, d *disk) bool { return gone(d.goneAt) })
}

// scaled is how long something takes here that takes d at Gandi.
func (w *World) scaled(d time.Duration) time.Duration {
	if w.opts.TimeScale <= 0 {
		return d
	}
	return time.Duration(float64(d) / w.opts.TimeScale)
}

// chance is a number in [0, n) that depends on nothing but the seed and what it is drawn for.
func (w *World) chance(n int, purpose string, ordinal int) int {
	h := fnv.New64a()
	for _, part := range []string{strconv.FormatInt(w.opts.Seed, 10), purpose, strconv.Itoa(ordinal)} {
		_, _ = h.Write([]byte(part)) // a hash never refuses
		_, _ = h.Write([]byte{0})
	}
	sum := h.Sum64()
	sum ^= sum >> 33 // FNV's low bits of short inputs are poor; fold the high ones in
	sum *= 0xff51afd7ed558ccd
	sum ^= sum >> 33
	return int(sum % uint64(n))
}

// nextID hands out an id. Ids of one kind grow by small irregular steps, since other customers get some too.
func (w *World) nextID(kind string) int {
	n := w.issued[kind]
	w.issued[kind]++
	if kind == "operation" && w.sw("operation-ids") == "shuffled" {
		return w.shuffledID(n)
	}
	if n == 0 {
		w.last[kind] = firstID(kind)
	}
	w.last[kind] += 1 + w.chance(7, "id "+kind, n)
	return w.last[kind]
}

// shuffledID deals ids of operations in hands of 64, each hand in an order of its own.
func (w *World) shuffledID(n int) int {
	const hand = 64
	place := (n%hand*37 + w.chance(hand, "hand", n/hand)) % hand // 37 and 64 share no divisor: each place once
	return firstID("operation") + (n/hand*hand+place)*3
}

// firstID is just below the ids that one kind of object had in captures of 2015.
func firstID(kind string) int {
	switch kind {
	case "vm":
		return 152966
	case "disk":
		return 4969231
	case "iface":
		return 156571
	case "ip":
		return 203967
	case "vlan":
		return 716
	case "ssh":
		return 133
	case "site":
		return 4102
	default:
		return 637365
	}
}

// wireTime is how a moment is told: in the zone of the switch, or nil when it never came.
func (w *World) wireTime(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.In(w.zone).Truncate(time.Second)
}

// byID lists the values of m in the order of their ids.
func byID[T any](m map[int]T) []T {
	out := make([]T, 0, len(m))
	for _, id := range slices.Sorted(maps.Keys(m)) {
		out = append(out, m[id])
	}
	return out
}

// idList is ids as the wire has them.
func idList(ids []int) []any {
	out := make([]any, 0, len(ids))
	for _, id := range ids {
		out = append(out, id)
	}
	return out
}

// idOrNil is an id, or nil for none.
func idOrNil(id int) any {
	if id == 0 {
		return nil
	}
	return id
}

// textOrNil is a text, or nil for none.
func textOrNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// oneOrZero is a truth as the older fields of the API write it.
func oneOrZero(b bool) int {
	if b {
		return 1
	}
	return 0
}
