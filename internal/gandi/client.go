package gandi

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// DefaultEndpoint is Gandi's production server. Its test platform has no hosting behind it.
const DefaultEndpoint = "https://rpc.gandi.net/xmlrpc/"

const (
	defaultTimeout   = 30 * time.Second
	defaultMaxReply  = 32 << 20
	defaultUserAgent = "gandi-operator (+https://github.com/gandi-operator/gandi-operator)"
)

// Options are what a Client is made of. Only Key is needed.
type Options struct {
	// Endpoint is the URL of the server, DefaultEndpoint when empty. http is refused unless the host is this machine's
	// loopback or AllowInsecure is set; user names, queries and fragments are refused.
	Endpoint string
	Key      APIKey
	// CABundle, PEM, replaces the system's roots when set.
	CABundle []byte
	// AllowInsecure allows http to any host: the key then travels readable.
	AllowInsecure bool
	// UserAgent names the program to Gandi.
	UserAgent string
	// Transport replaces the client's own hardened one, for tests. Its RoundTrip must not send a request twice.
	Transport http.RoundTripper
	// Timeout bounds one HTTP exchange from dialing to the last byte; 30 s when 0.
	Timeout time.Duration
	// MaxReply bounds a reply in bytes, compressed and not; 32 MiB when 0.
	MaxReply int64
	// Admit is asked before every read request: each page and each retry. What it returns ends the read unsent.
	// Submit does not ask: its caller holds a slot already.
	Admit func(ctx context.Context, method string) error
	// Observe is told of every exchange after its end. It is called on the goroutine of the caller and must not block.
	Observe func(Exchange)
}

// Exchange tells how one HTTP exchange went.
type Exchange struct {
	Method   string
	Mutation bool
	// Class is that of the error, when HasErr.
	Class  Class
	HasErr bool
	// Duration is from dialing to the last byte read.
	Duration time.Duration
	// RetryAfter is how long Gandi asked to be left alone, 0 when it did not say.
	RetryAfter time.Duration
}

// Client speaks to Gandi with one key. It is safe for concurrent use, and holds nothing but idle connections and, to
// recognise them in what Gandi answers, the last secrets that it sent.
type Client struct {
	key       APIKey
	endpoint  url.URL
	userAgent string
	timeout   time.Duration
	maxReply  int64
	admit     func(ctx context.Context, method string) error
	observe   func(Exchange)
	shared    http.RoundTripper
	// fresh gives each exchange a connection of its own.
	fresh  http.RoundTripper
	recent recentSecrets
}

// New makes a client. It does not connect.
func New(o Options) (*Client, error) {
	if o.Key.IsZero() {
		return nil, errors.New("an API key is needed")
	}
	endpoint, err := parseEndpoint(cmp.Or(o.Endpoint, DefaultEndpoint), o.AllowInsecure)
	if err != nil {
		return nil, err
	}
	if strings.Contains(asciiLower(o.Endpoint), asciiLower(o.Key.sealed.open())) {
		return nil, errors.New("the endpoint must not hold the API key")
	}
	if o.Timeout < 0 || o.MaxReply < 0 {
		return nil, errors.New("neither timeout nor maximum reply may be negative")
	}
	c := &Client{
		key:       o.Key,
		endpoint:  *endpoint,
		userAgent: cmp.Or(o.UserAgent, defaultUserAgent),
		timeout:   cmp.Or(o.Timeout, defaultTimeout),
		maxReply:  cmp.Or(o.MaxReply, defaultMaxReply),
		admit:     o.Admit,
		observe:   o.Observe,
		shared:    o.Transport,
		fresh:     o.Transport,
	}
	if o.Transport == nil {
		tlsConfig, err := newTLSConfig(o.CABundle)
		if err != nil {
			return nil, err
		}
		c.shared, c.fresh = newTransports(tlsConfig)
	}
	return c, nil
}

// Format shows the endpoint, whatever the verb: fmt would walk through live connections, with calls in their buffers.
func (c *Client) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "gandi.Client("+c.endpoint.String()+")")
}

// CloseIdleConnections drops the connections that wait for a next call, for a client that is done with.
func (c *Client) CloseIdleConnections() {
	if t, ok := c.shared.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}

// cleaned is ops without the key and without secrets that this client sent of late.
func (c *Client) cleaned(ops []Operation) []Operation {
	return newRedactor(c.key, c.recent.params()).operations(ops)
}

// parseEndpoint checks raw, and keeps quiet about it: who puts a password or a key into a URL should not find it in a log.
func parseEndpoint(raw string, allowInsecure bool) (*url.URL, error) {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "":
		return nil, errors.New("the endpoint is no URL like " + DefaultEndpoint)
	case u.User != nil:
		return nil, errors.New("the endpoint must not hold a user name or password")
	case u.RawQuery != "" || u.Fragment != "" || u.ForceQuery:
		return nil, errors.New("the endpoint must not hold a query or fragment")
	case u.Scheme == "https":
	case u.Scheme != "http":
		return nil, fmt.Errorf("the endpoint's scheme is %q where https is needed", u.Scheme)
	case !allowInsecure && !isLoopback(u.Hostname()):
		return nil, errors.New("http would send the API key readable: use https, a loopback address, or allow it expressly")
	}
	return u, nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
