package account

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// Connection is one key's way to Gandi: a client for each purpose, since each
// has its own place in the limiter and only probes pass an open breaker.
type Connection struct {
	settings Settings
	limiter  *limiter
	registry *Registry
	// conversation is set by Bind. Until then requests pass the limiter alone.
	conversation atomic.Pointer[Conversation]

	call  *gandi.Client // Submit
	ask   *gandi.Client // somebody waits
	sweep *gandi.Client // nobody waits
	knock *gandi.Client // probes, one exchange each
	// knocks is how many exchanges the probe under way may still make: the
	// client would repeat a read, and a probe is one exchange.
	knocks atomic.Int32
}

// Connect makes a connection by s. Nothing is sent yet. The error, of class
// gandi.Refused, tells what is wrong with s.
func (r *Registry) Connect(s Settings) (*Connection, error) {
	s = s.complete()
	c := &Connection{settings: s, registry: r, limiter: r.limiterOf(s.Endpoint, s.RequestsPerSecond)}
	var all []error
	for _, one := range []struct {
		client **gandi.Client
		admit  func(context.Context, string) error
		see    func(gandi.Exchange)
	}{
		{&c.call, nil, c.observe},
		{&c.ask, c.admit(request), c.observe},
		{&c.sweep, c.admit(sweep), c.observe},
		{&c.knock, c.admitKnock, c.count},
	} {
		client, err := gandi.New(gandi.Options{
			Endpoint:      s.Endpoint,
			Key:           s.APIKey,
			CABundle:      s.CABundle,
			AllowInsecure: s.AllowInsecure,
			UserAgent:     r.options.UserAgent,
			Transport:     r.transport(),
			Admit:         one.admit,
			Observe:       one.see,
		})
		*one.client, all = client, append(all, err)
	}
	if err := errors.Join(all[:1]...); err != nil {
		return nil, gandi.WithClass(gandi.Refused, err)
	}
	return c, errors.Join(all...)
}

// Account asks whose key it is. It passes the limiter, but no breaker unless
// the connection is bound.
func (c *Connection) Account(ctx context.Context) (gandi.Account, error) {
	a, err := c.ask.AccountInfo(ctx)
	if err != nil {
		return gandi.Account{}, fmt.Errorf("asking whose key it is: %w", err)
	}
	return a, nil
}

// Version asks for the version of the API.
func (c *Connection) Version(ctx context.Context) (string, error) {
	return c.ask.Version(ctx)
}

// Close drops idle connections.
func (c *Connection) Close() {
	for _, client := range []*gandi.Client{c.call, c.ask, c.sweep, c.knock} {
		client.CloseIdleConnections()
	}
}

func (c *Connection) admit(p priority) func(context.Context, string) error {
	return func(ctx context.Context, _ string) error {
		bound := c.conversation.Load()
		if bound != nil {
			if err := bound.breaker.check(nobody); err != nil {
				return err
			}
		}
		if err := c.wait(ctx, p, flow{account: c.key(bound)}); err != nil {
			return err
		}
		if bound != nil { // it may have opened meanwhile
			return bound.breaker.check(nobody)
		}
		return nil
	}
}

var errKnocked = errors.New("a probe is one request")

func (c *Connection) admitKnock(ctx context.Context, _ string) error {
	if c.knocks.Add(-1) < 0 {
		return errKnocked
	}
	return c.wait(ctx, request, flow{account: c.key(c.conversation.Load())})
}

// probe asks Gandi for as little as answers the question: is it there, or does
// it take this key.
func (c *Connection) probe(ctx context.Context, s BreakerState) error {
	c.knocks.Store(1)
	var err error
	if s == BreakerDenied {
		_, err = c.knock.AccountInfo(ctx)
	} else {
		_, err = c.knock.Version(ctx)
	}
	return err
}

func (c *Connection) key(bound *Conversation) Key {
	if bound != nil {
		return bound.key
	}
	return Key{Endpoint: c.settings.Endpoint}
}

func (c *Connection) observe(x gandi.Exchange) {
	c.count(x)
	if bound := c.conversation.Load(); bound != nil {
		bound.breaker.observe(x)
	}
}

// count is observe without the breaker.
func (c *Connection) count(x gandi.Exchange) {
	c.registry.options.Metrics.Request(x.Method, classOf(x), x.Duration)
	if x.HasErr && x.Class == gandi.Throttled {
		c.limiter.throttled(x.RetryAfter)
	}
}

func classOf(x gandi.Exchange) string {
	if x.HasErr {
		return x.Class.String()
	}
	return "ok"
}
