package account

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// budgetWindow is the hour of createBudget.perHour.
const budgetWindow = time.Hour

// budget bounds the paid calls of the last hour.
//
// Those of other processes (an earlier leader) are counted at Gandi, once, when
// the first paid call is asked for. When exactly they were made is not asked,
// since Gandi's dates have no zone: all of them count for a whole hour from
// then on, which errs on the side of not buying.
type budget struct {
	// count asks Gandi how many creates there were since a time.
	count func(ctx context.Context, since time.Time) (int, error)

	mu      sync.Mutex
	perHour *int
	counted bool
	base    int       // of other processes
	baseAt  time.Time // when those were counted
	own     []*paid   // of this process, oldest first
}

// paid is one call that is reserved or was sent.
type paid struct{ at time.Time }

func (b *budget) limit(perHour *int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.perHour = perHour
}

// take reserves one paid call, or returns a NotNow.
func (b *budget) take(ctx context.Context) (*paid, error) {
	if err := b.learn(ctx); err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.forget()
	if b.perHour != nil && b.base+len(b.own) >= *b.perHour {
		return nil, &NotNow{
			Reason:     ReasonBudgetExhausted,
			Message:    fmt.Sprintf("the account's budget of %d creates per hour is used up", *b.perHour),
			RetryAfter: b.leaves(),
		}
	}
	p := &paid{time.Now()}
	b.own = append(b.own, p)
	return p, nil
}

// giveBack undoes a take whose call had no effect.
func (b *budget) giveBack(p *paid) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, one := range b.own {
		if one == p {
			b.own = append(b.own[:i], b.own[i+1:]...)
			return
		}
	}
}

// learn counts what other processes bought, before the first decision.
func (b *budget) learn(ctx context.Context) error {
	b.mu.Lock()
	needed := b.perHour != nil && !b.counted
	b.mu.Unlock()
	if !needed {
		return nil
	}
	n, err := b.count(ctx, time.Now().Add(-budgetWindow))
	if err != nil {
		return fmt.Errorf("counting the creates of the last hour: %w", err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.forget()
	if !b.counted {
		b.counted, b.base, b.baseAt = true, max(0, n-len(b.own)), time.Now()
	}
	return nil
}

func (b *budget) forget() {
	for len(b.own) > 0 && time.Since(b.own[0].at) >= budgetWindow {
		b.own = b.own[1:]
	}
	if b.base > 0 && time.Since(b.baseAt) >= budgetWindow {
		b.base = 0
	}
}

// leaves is the time until the oldest that counts has left the hour; of a
// budget of zero nothing ever does.
func (b *budget) leaves() time.Duration {
	wait := budgetWindow
	if b.base > 0 {
		wait = time.Until(b.baseAt.Add(budgetWindow))
	}
	if len(b.own) > 0 {
		wait = min(wait, time.Until(b.own[0].at.Add(budgetWindow)))
	}
	return max(wait, time.Second)
}

// createsSince is how many paid calls there were since then, by whatever
// program. Keys are stored without an operation, and for nothing.
func createsSince(ctx context.Context, c *gandi.Client, since time.Time) (int, error) {
	ops, err := c.Operations(ctx, gandi.OperationFilter{
		Types:        []string{gandi.TypeVMCreate, gandi.TypeDiskCreate, gandi.TypeIfaceCreate, gandi.TypeVLANCreate, gandi.TypeSiteCreate},
		CreatedAfter: since,
	})
	if err != nil {
		return 0, err
	}
	return paidCalls(ops), nil
}

// paidCalls is about how many calls started these operations. Creating a VM may
// create a disk and an interface too, and nothing in their operations tells
// whether they came with one: those that are more than the VMs did not.
//
//	VMs  disks  interfaces   calls
//	 3     3        3          3
//	 3     5        3          5
//	 0     1        2          3
func paidCalls(ops []gandi.Operation) int {
	count := map[string]int{}
	for _, o := range ops {
		count[o.Type]++
	}
	vms := count[gandi.TypeVMCreate]
	return vms + max(0, count[gandi.TypeDiskCreate]-vms) + max(0, count[gandi.TypeIfaceCreate]-vms) + count[gandi.TypeVLANCreate] + count[gandi.TypeSiteCreate]
}
