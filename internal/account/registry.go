package account

import (
	"context"
	"fmt"
	"net/http"
	"sync"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/types"

	"github.com/gandi-operator/gandi-operator/internal/gandi"
	"github.com/gandi-operator/gandi-operator/internal/metrics"
	"github.com/gandi-operator/gandi-operator/internal/operation"
)

// Options are what a Registry is made of. The zero value works.
type Options struct {
	// Installation is the id of this installation, as token.Of takes it.
	Installation string
	// Wake brings an object to its work queue: owners of operations, of refused
	// calls, of what changed at Gandi, and the GandiAccounts themselves (kind
	// "GandiAccount"). It must not block, and may be called from anywhere.
	Wake func(operation.Owner)
	// Metrics may be nil.
	Metrics *metrics.Metrics
	// UserAgent names the program to Gandi.
	UserAgent string
	// NewTransport replaces the client's transport, for tests.
	NewTransport func() http.RoundTripper
	// Log is told when an account becomes unreachable and comes back.
	Log logr.Logger
}

// Registry knows the conversation of each GandiAccount. It is safe for
// concurrent use, and a manager.Runnable.
type Registry struct {
	options Options

	fresh chan struct{} // a conversation has no loops yet
	loops sync.WaitGroup

	mu            sync.Mutex
	limiters      map[string]*limiter
	conversations map[Key]*Conversation
	bound         map[types.NamespacedName]*Conversation
	troubles      map[types.NamespacedName]trouble
}

// trouble is why an account can't be used.
type trouble struct{ reason, message string }

// NewRegistry makes a registry without accounts.
func NewRegistry(o Options) *Registry {
	if o.Wake == nil {
		o.Wake = func(operation.Owner) {}
	}
	return &Registry{
		options:       o,
		fresh:         make(chan struct{}, 1),
		limiters:      map[string]*limiter{},
		conversations: map[Key]*Conversation{},
		bound:         map[types.NamespacedName]*Conversation{},
		troubles:      map[types.NamespacedName]trouble{},
	}
}

// Start runs the loops of all conversations until ctx ends, and returns when
// they have ended. Conversations bound earlier begin now.
func (r *Registry) Start(ctx context.Context) error {
	for ctx.Err() == nil {
		r.runFresh(ctx)
		select {
		case <-ctx.Done():
		case <-r.fresh:
		}
	}
	r.loops.Wait()
	return nil
}

// runFresh begins the loops of conversations that have none. They live as long
// as Start, and not as the reconcile that bound the account.
func (r *Registry) runFresh(ctx context.Context) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.conversations {
		if c.stop != nil {
			continue
		}
		mine, cancel := context.WithCancel(ctx)
		c.stop = cancel
		for _, loop := range c.loops() {
			r.loops.Go(func() { loop(mine) })
		}
	}
}

// NeedLeaderElection is asked by the manager: only the leader talks to Gandi.
func (r *Registry) NeedLeaderElection() bool { return true }

// Get returns the conversation of a GandiAccount; ok is false unless the key
// works and its handle is the pinned one. What is wrong then, Trouble tells.
func (r *Registry) Get(account types.NamespacedName) (c *Conversation, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c, ok = r.bound[account]
	return c, ok
}

// Trouble tells why an account can't be used; reason is "" when it can. known
// is false for an account that was never heard of.
func (r *Registry) Trouble(account types.NamespacedName) (reason, message string, known bool) {
	r.mu.Lock()
	c, ok := r.bound[account]
	t, troubled := r.troubles[account]
	r.mu.Unlock()
	switch {
	case ok:
		reason, message = c.Trouble()
		return reason, message, true
	case troubled:
		return t.reason, t.message, true
	default:
		return "", "", false
	}
}

// MismatchError says that a key belongs to another handle than the pinned one.
type MismatchError struct{ Pinned, Got string }

func (m *MismatchError) Error() string {
	return fmt.Sprintf("the key belongs to %s, the account is pinned to %s", m.Got, m.Pinned)
}

// Bind makes c, which answered with handle got, the connection of account.
// pinned is the handle seen first, "" if none; another one is refused with a
// *MismatchError, and the account is unbound: what an other account's key
// doesn't see is not absent.
//
// The conversation of (endpoint, handle) is begun, or joined: with a new key
// everything that is known stays, and what the old key was refused is tried
// again.
func (r *Registry) Bind(account types.NamespacedName, c *Connection, pinned, got string) (*Conversation, error) {
	if pinned != "" && pinned != got {
		err := &MismatchError{Pinned: pinned, Got: got}
		r.Unbind(account, ReasonAccountMismatch, err.Error())
		return nil, err
	}
	key := Key{Endpoint: c.settings.Endpoint, Handle: got}
	r.mu.Lock()
	if was := r.bound[account]; was != nil && was.key != key {
		r.part(account, was)
	}
	conversation := r.conversations[key]
	fresh := conversation == nil
	if fresh {
		conversation = newConversation(r, key)
		r.conversations[key] = conversation
	}
	r.bound[account] = conversation
	delete(r.troubles, account)
	conversation.join(account, c)
	r.retune()
	r.mu.Unlock()
	if fresh {
		signal(r.fresh)
	} else {
		// The new key has just answered, whatever was known of the old one.
		conversation.breaker.reset()
	}
	return conversation, nil
}

// Unbind ends the use of an account and remembers why, for Trouble. The last
// account to leave ends the conversation.
func (r *Registry) Unbind(account types.NamespacedName, reason, message string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if was := r.bound[account]; was != nil {
		r.part(account, was)
	}
	r.troubles[account] = trouble{reason, message}
	r.retune()
}

// Forget is Unbind for a GandiAccount that does not exist any more.
func (r *Registry) Forget(account types.NamespacedName) {
	r.Unbind(account, "", "")
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.troubles, account)
}

func (r *Registry) part(account types.NamespacedName, c *Conversation) {
	delete(r.bound, account)
	if c.leave(account) > 0 {
		return
	}
	delete(r.conversations, c.key)
	c.end()
}

// limiterOf is the one limiter of an endpoint.
func (r *Registry) limiterOf(endpoint string, rate int) *limiter {
	r.mu.Lock()
	defer r.mu.Unlock()
	l := r.limiters[endpoint]
	if l == nil {
		l = newLimiter(float64(rate))
		r.limiters[endpoint] = l
	}
	return l
}

// retune gives each endpoint the lowest rate of its accounts.
func (r *Registry) retune() {
	lowest := map[string]int{}
	for key, c := range r.conversations {
		rate := c.rate()
		if now, ok := lowest[key.Endpoint]; !ok || rate < now {
			lowest[key.Endpoint] = rate
		}
	}
	for endpoint, rate := range lowest {
		r.limiters[endpoint].setRate(float64(rate))
	}
}

func (r *Registry) transport() http.RoundTripper {
	if r.options.NewTransport == nil {
		return nil
	}
	return r.options.NewTransport()
}

// wakeAccount brings a GandiAccount to its reconciler.
func (r *Registry) wakeAccount(account types.NamespacedName) {
	r.options.Wake(operation.Owner{Kind: "GandiAccount", Namespace: account.Namespace, Name: account.Name})
}

var _ operation.Lister = (*gandi.Client)(nil)
