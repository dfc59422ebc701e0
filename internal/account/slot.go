package account

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/gandi-operator/gandi-operator/internal/gandi"
	"github.com/gandi-operator/gandi-operator/internal/operation"
)

// maxWait is how long Reserve waits for a slot and for the limiter. Longer would
// hold a worker that other objects need.
const maxWait = 5 * time.Second

// Slot is the right to send one mutating call. Either Submit or Withdraw ends it.
type Slot struct {
	c     *Conversation
	owner operation.Owner
	price price
	paid  *paid // unless the call is free

	mu   sync.Mutex
	used bool
}

// Reserve asks to send call for o: credits and budget (as far as it needs them),
// a slot, the breaker, the limiter, in this order. It waits a few seconds at most.
// The error is a *NotNow when the account holds the call back; o is woken when
// the breaker closes again.
func (c *Conversation) Reserve(ctx context.Context, o operation.Owner, call gandi.Call) (*Slot, error) {
	s := &Slot{c: c, owner: o, price: priceOf(call)}
	if err := c.reserve(ctx, s); err != nil {
		if n, ok := errors.AsType[*NotNow](err); ok {
			c.registry.options.Metrics.NotNow(n.Reason)
		}
		return nil, err
	}
	return s, nil
}

func (c *Conversation) reserve(parent context.Context, s *Slot) error {
	ctx, cancel := context.WithTimeout(parent, maxWait)
	defer cancel()
	if s.price != free {
		p, err := c.spend(ctx, s.price)
		if err != nil {
			return err
		}
		s.paid = p
	}
	undo := func() {
		if s.paid != nil {
			c.budget.giveBack(s.paid)
		}
	}
	select {
	case c.slots <- struct{}{}:
	case <-ctx.Done():
		undo()
		return late(parent, "too many calls of the account are under way")
	}
	if err := c.pass(ctx, parent, s.owner); err != nil {
		<-c.slots
		undo()
		return err
	}
	return nil
}

func (c *Conversation) spend(ctx context.Context, in price) (*paid, error) {
	c.mu.Lock()
	broke := c.noCredits
	c.mu.Unlock()
	if broke && in == credits {
		return nil, &NotNow{ReasonNoCredits, "the account has no hosting credits left", time.Minute}
	}
	p, err := c.budget.take(ctx)
	if err == nil {
		return p, nil
	}
	if n, ok := errors.AsType[*NotNow](err); ok {
		return nil, n
	}
	return nil, &NotNow{ReasonGandiUnavailable, err.Error(), maxWait}
}

// pass goes through breaker and limiter.
func (c *Conversation) pass(ctx, parent context.Context, o operation.Owner) error {
	if err := c.breaker.check(o); err != nil {
		return err
	}
	conn, err := c.connection()
	if err != nil {
		return err
	}
	if d := conn.limiter.held(); d > maxWait {
		return &NotNow{ReasonThrottled, "Gandi asked for fewer requests", d}
	}
	if err := conn.wait(ctx, mutation, flow{c.key, o}); err != nil {
		return late(parent, "the rate limit holds calls back")
	}
	if err := c.breaker.check(o); err != nil { // it may have opened meanwhile
		conn.limiter.refund()
		return err
	}
	return nil
}

// late tells the end of the caller's patience from the end of ours.
func late(parent context.Context, message string) error {
	if err := parent.Err(); err != nil {
		return fmt.Errorf("waiting to send a call: %w", err)
	}
	return &NotNow{ReasonThrottled, message, jitter(2*time.Second, 2)}
}

func (c *Connection) wait(ctx context.Context, p priority, f flow) error {
	began := time.Now()
	err := c.limiter.wait(ctx, p, f)
	c.registry.options.Metrics.LimiterWaited(p.String(), time.Since(began))
	return err
}

// errUsed can only be met by a mistake of the program.
var errUsed = errors.New("the slot was used before; nothing was sent")

// errUnpaid likewise.
var errUnpaid = errors.New("the slot was reserved for a call that costs something else; nothing was sent")

// Submit sends call, at most once; it can be called once. The operations of the
// reply are learned by the tracker. Errors are those of gandi.Client.Submit, or
// of class gandi.Retryable when nothing was sent.
func (s *Slot) Submit(ctx context.Context, call gandi.Call) ([]gandi.Operation, error) {
	if priceOf(call) != s.price {
		return nil, errUnpaid
	}
	if !s.use() {
		return nil, errUsed
	}
	defer func() { <-s.c.slots }()
	// The key may have been rotated since, or found to be another account's.
	conn, err := s.c.connection()
	if err != nil {
		s.refund()
		return nil, err
	}
	ops, err := conn.call.Submit(ctx, call)
	s.count(call, ops, err)
	if err != nil {
		return nil, err
	}
	s.c.tracker.Learn(ops...)
	return ops, nil
}

// Withdraw gives everything back unused. After Submit it does nothing.
func (s *Slot) Withdraw() {
	if !s.use() {
		return
	}
	s.refund()
	if conn, err := s.c.connection(); err == nil {
		conn.limiter.refund()
	}
	<-s.c.slots
}

func (s *Slot) use() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	first := !s.used
	s.used = true
	return first
}

func (s *Slot) refund() {
	if s.paid != nil {
		s.c.budget.giveBack(s.paid)
	}
}

// count keeps the budget true: what proves that nothing was bought costs nothing.
func (s *Slot) count(call gandi.Call, ops []gandi.Operation, err error) {
	m := s.c.registry.options.Metrics
	class := gandi.ClassOf(err)
	if err == nil {
		m.Call(call.Method(), "ok")
	} else {
		m.Call(call.Method(), class.String())
	}
	switch {
	case err != nil && class != gandi.OutcomeUnknown, err == nil && onlyAsked(call, ops):
		s.refund()
	case s.paid != nil:
		m.PaidCall()
	}
}
