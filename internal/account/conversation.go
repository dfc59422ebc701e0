package account

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/gandi-operator/gandi-operator/internal/gandi"
	"github.com/gandi-operator/gandi-operator/internal/operation"
)

// Conversation is what all objects of one account share. It is safe for
// concurrent use.
type Conversation struct {
	key      Key
	registry *Registry
	seq      atomic.Uint64

	breaker   *breaker
	budget    *budget
	slots     chan struct{}
	tracker   *operation.Tracker
	inventory *Inventory
	catalog   catalog
	reader    *reader
	marks     marks

	exclusives exclusives

	stop context.CancelFunc // set by Registry.runFresh, under its lock

	mu        sync.Mutex
	members   map[types.NamespacedName]*Connection
	latest    []types.NamespacedName // members, the one bound last at the end
	noCredits bool
}

// maxSlots is how many mutating calls of one account may be under way at once:
// more than the rate limit lets out within the time of a slow answer.
const maxSlots = 32

var nobody operation.Owner

func newConversation(r *Registry, key Key) *Conversation {
	c := &Conversation{
		key:      key,
		registry: r,
		slots:    make(chan struct{}, maxSlots),
		members:  map[types.NamespacedName]*Connection{},
	}
	c.breaker = newBreaker(c.probe, c.breakerChanged, c.back)
	c.budget = &budget{count: func(ctx context.Context, since time.Time) (int, error) {
		conn, err := c.connection()
		if err != nil {
			return 0, err
		}
		return createsSince(ctx, conn.ask, since)
	}}
	c.tracker = operation.NewTracker(lister{c}, r.options.Wake, r.options.Metrics)
	c.inventory = newInventory(r.options.Wake)
	c.reader = newReader(c)
	r.options.Metrics.Breaker(key, string(BreakerClosed))
	return c
}

func (c *Conversation) loops() []func(context.Context) {
	return []func(context.Context){c.tracker.Run, c.breaker.run, c.reader.runReads, c.reader.runSweeps, c.reader.runOldSites}
}

func (c *Conversation) end() {
	if c.stop != nil {
		c.stop()
	}
	m := c.registry.options.Metrics
	m.Breaker(c.key, "")
	m.OperationsInFlight(c.tracker, 0)
	c.marks.forgetMetrics(m, c.key)
}

// Handle of the account at Gandi, as pinned.
func (c *Conversation) Handle() string { return c.key.Handle }

// Endpoint of the account.
func (c *Conversation) Endpoint() string { return c.key.Endpoint }

// Settle is the time after which a call without a trace had no effect.
func (c *Conversation) Settle() time.Duration {
	return slices.Max(each(c, func(s Settings) time.Duration { return s.Settle }, defaultSettle))
}

// Resync is the time between two sweeps, before jitter.
func (c *Conversation) Resync() time.Duration {
	return slices.Min(each(c, func(s Settings) time.Duration { return s.Resync }, defaultResync))
}

func (c *Conversation) rate() int {
	return slices.Min(each(c, func(s Settings) int { return s.RequestsPerSecond }, defaultRate))
}

// each collects one setting of all members, or otherwise when there is none.
func each[T any](c *Conversation, get func(Settings) T, otherwise T) []T {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []T
	for _, conn := range c.members {
		all = append(all, get(conn.settings))
	}
	if len(all) == 0 {
		return []T{otherwise}
	}
	return all
}

// Seq is the number of the latest thing that happened on the account.
func (c *Conversation) Seq() Seq { return Seq(c.seq.Load()) }

// Mark says that something has just happened, such as the end of a mutation,
// and returns its number. A record with Begun >= that number was read from
// after it.
func (c *Conversation) Mark() Seq { return Seq(c.seq.Add(1)) }

// Tracker follows the account's operations.
func (c *Conversation) Tracker() *operation.Tracker { return c.tracker }

// Inventory is what Gandi told last.
func (c *Conversation) Inventory() *Inventory { return c.inventory }

// Breaker is what the account's breaker lets through at present.
func (c *Conversation) Breaker() BreakerState { return c.breaker.current() }

// Trouble tells why no call may be tried at present; reason is "" when one may.
func (c *Conversation) Trouble() (reason, message string) {
	if reason, message = c.breaker.trouble(); reason != "" {
		return reason, message
	}
	conn, err := c.connection()
	if err != nil {
		return ReasonConnecting, err.Error()
	}
	if d := conn.limiter.held(); d > maxWait {
		return ReasonThrottled, "Gandi asked for fewer requests"
	}
	return "", ""
}

// Await has o woken when the trouble that is there now has ended. Without
// trouble nothing happens.
func (c *Conversation) Await(o operation.Owner) { _ = c.breaker.check(o) }

// SetNoCredits says whether the account has no hosting credits left: calls that
// cost credits are held back then, while everything else goes on. Sites are paid
// for in money.
func (c *Conversation) SetNoCredits(none bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.noCredits = none
}

// Account asks for the account's own record.
func (c *Conversation) Account(ctx context.Context) (gandi.Account, error) {
	conn, err := c.connection()
	if err != nil {
		return gandi.Account{}, err
	}
	return conn.Account(ctx)
}

// Operations lists operations, to find out what became of a call. It passes
// breaker and limiter.
func (c *Conversation) Operations(ctx context.Context, f gandi.OperationFilter) ([]gandi.Operation, error) {
	conn, err := c.connection()
	if err != nil {
		return nil, err
	}
	ops, err := conn.ask.Operations(ctx, f)
	if err != nil {
		return nil, fmt.Errorf("listing operations: %w", err)
	}
	c.tracker.Learn(ops...)
	return ops, nil
}

// connection is that of the member bound last: its key answered last.
func (c *Conversation) connection() (*Connection, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.latest) == 0 {
		return nil, &NotNow{ReasonConnecting, "the account is being connected", time.Second}
	}
	return c.members[c.latest[len(c.latest)-1]], nil
}

func (c *Conversation) join(account types.NamespacedName, conn *Connection) {
	c.mu.Lock()
	was := c.members[account]
	c.members[account] = conn
	c.latest = append(slices.DeleteFunc(c.latest, func(n types.NamespacedName) bool { return n == account }), account)
	conn.conversation.Store(c)
	c.mu.Unlock()
	c.marks.release(conn.settings.Released...)
	c.tune()
	if was != nil && was != conn {
		was.Close()
	}
}

// leave returns how many members are left.
func (c *Conversation) leave(account types.NamespacedName) int {
	c.mu.Lock()
	conn := c.members[account]
	delete(c.members, account)
	c.latest = slices.DeleteFunc(c.latest, func(n types.NamespacedName) bool { return n == account })
	left := len(c.members)
	c.mu.Unlock()
	if conn != nil {
		conn.Close()
	}
	c.tune()
	return left
}

// tune gives the budget the lowest bound of the members.
func (c *Conversation) tune() {
	var lowest *int
	for _, n := range each(c, func(s Settings) *int { return s.CreatesPerHour }, nil) {
		if n != nil && (lowest == nil || *n < *lowest) {
			lowest = n
		}
	}
	c.budget.limit(lowest)
	signal(c.reader.retuned)
}

func (c *Conversation) accounts() []types.NamespacedName {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.latest)
}

func (c *Conversation) wakeAccounts() {
	for _, account := range c.accounts() {
		c.registry.wakeAccount(account)
	}
}

func (c *Conversation) probe(ctx context.Context, s BreakerState) error {
	conn, err := c.connection()
	if err != nil {
		return err
	}
	return conn.probe(ctx, s)
}

func (c *Conversation) breakerChanged(s BreakerState) {
	c.registry.options.Metrics.Breaker(c.key, string(s))
	reason, message := c.breaker.trouble()
	log := c.registry.options.Log.WithValues("handle", c.key.Handle)
	if s == BreakerClosed {
		log.Info("account answers again")
	} else {
		log.Info("account does not answer", "reason", reason, "message", message)
	}
	c.wakeAccounts()
}

// back takes up what an outage interrupted.
func (c *Conversation) back(refused []operation.Owner) {
	c.tracker.Nudge()
	c.reader.back()
	for _, o := range refused {
		c.registry.options.Wake(o)
	}
}

// lister is the tracker's way to Gandi.
type lister struct{ c *Conversation }

func (l lister) Unfinished(ctx context.Context) ([]gandi.Operation, error) {
	conn, err := l.c.connection()
	if err != nil {
		return nil, err
	}
	return conn.ask.Unfinished(ctx)
}

func (l lister) Operations(ctx context.Context, f gandi.OperationFilter) ([]gandi.Operation, error) {
	conn, err := l.c.connection()
	if err != nil {
		return nil, err
	}
	return conn.ask.Operations(ctx, f)
}

func (l lister) Operation(ctx context.Context, id gandi.OperationID) (gandi.Operation, error) {
	conn, err := l.c.connection()
	if err != nil {
		return gandi.Operation{}, err
	}
	return conn.ask.Operation(ctx, id)
}
