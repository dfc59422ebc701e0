package account

import "github.com/gandi-operator/gandi-operator/internal/operation"

// waiter is one request in a queue.
type waiter struct {
	ready chan struct{}
	gone  bool // gave up
}

// queue serves accounts in turn, and the owners of each account in turn; the
// requests of one owner stay in order.
type queue struct {
	accounts ring[Key, *ring[operation.Owner, *line]]
	live     int // waiters that did not give up
}

type line struct{ waiters []*waiter }

func (q *queue) push(f flow, w *waiter) {
	owners := q.accounts.get(f.account, func() *ring[operation.Owner, *line] { return &ring[operation.Owner, *line]{} })
	l := owners.get(f.owner, func() *line { return &line{} })
	l.waiters = append(l.waiters, w)
	q.live++
}

// leave takes out a waiter that gave up. Its place is cleared when its turn
// comes.
func (q *queue) leave(w *waiter) {
	w.gone = true
	q.live--
}

// pop is nil when nobody waits.
func (q *queue) pop() *waiter {
	for len(q.accounts.order) > 0 {
		account, owners := q.accounts.first()
		owner, l := owners.first()
		w := l.waiters[0]
		l.waiters = l.waiters[1:]
		owners.turn(owner, len(l.waiters) == 0)
		q.accounts.turn(account, len(owners.order) == 0)
		if !w.gone {
			q.live--
			return w
		}
	}
	return nil
}

// ring is a map whose members take turns.
type ring[K comparable, V any] struct {
	order []K
	items map[K]V
}

func (r *ring[K, V]) get(k K, fresh func() V) V {
	if v, ok := r.items[k]; ok {
		return v
	}
	if r.items == nil {
		r.items = map[K]V{}
	}
	v := fresh()
	r.items[k] = v
	r.order = append(r.order, k)
	return v
}

func (r *ring[K, V]) first() (K, V) { return r.order[0], r.items[r.order[0]] }

// turn moves the first to the end, or out.
func (r *ring[K, V]) turn(k K, out bool) {
	r.order = r.order[1:]
	if out {
		delete(r.items, k)
		return
	}
	r.order = append(r.order, k)
}
