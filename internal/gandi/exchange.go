package gandi

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// A message is one method call on its way to the server.
type message struct {
	method   string
	params   []any // without the key
	mutation bool
	// alone asks for a connection of its own.
	alone bool
}

// maxRetryAfter bounds what a server may ask for: a mistyped header must not silence an account for years.
const maxRetryAfter = time.Hour

// exchange sends m at most once and reads the answer. Whatever is returned is free of the key and of secrets in m.
func (c *Client) exchange(ctx context.Context, m message) (any, *trouble) {
	if err := ctx.Err(); err != nil {
		return nil, &trouble{method: m.method, text: "withdrawn before it was sent: " + err.Error(), ended: err}
	}
	clean := newRedactor(c.key, append(c.recent.params(), m.params...))
	body, err := encodeCall(m.method, c.key, m.params)
	if err != nil {
		return nil, refusedHere(m.method, err)
	}
	began := time.Now()
	value, t := c.post(ctx, m, body, clean)
	if c.observe != nil {
		x := Exchange{Method: m.method, Mutation: m.mutation, Duration: time.Since(began)}
		if t != nil {
			x.HasErr, x.Class, x.RetryAfter = true, t.kind, t.retryAfter
		}
		c.observe(x)
	}
	return value, t
}

func (c *Client) post(ctx context.Context, m message, call []byte, clean redactor) (any, *trouble) {
	inTime, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	body := &onceBody{rest: call}
	broken := func(err error, doing string) *trouble {
		left := !body.withdraw()
		return &trouble{
			method: m.method,
			kind:   classOfBreak(left, m.mutation),
			text:   doing + c.explain(ctx, inTime, err, clean),
			ended:  ctx.Err(),
		}
	}
	resp, err := c.roundTripper(m).RoundTrip(c.request(inTime, body, len(call)))
	if err != nil {
		return nil, broken(err, "")
	}
	defer func() { _ = resp.Body.Close() }()

	if resp.StatusCode != http.StatusOK {
		wait := retryAfter(resp.Header)
		return nil, &trouble{
			method:     m.method,
			kind:       classOfStatus(resp.StatusCode, wait, m.mutation),
			text:       describeStatus(resp),
			retryAfter: wait,
		}
	}
	raw, err := c.readReply(resp)
	if err != nil {
		return nil, broken(err, "reading the reply: ")
	}
	reply, err := decodeReply(raw, resp.Header.Get("Content-Type"), clean)
	if err != nil {
		return nil, &trouble{
			method: m.method,
			kind:   unlisted(m.mutation),
			text:   clean.line(fmt.Sprintf("unreadable reply (%s): %v", mediaType(resp.Header), err)),
		}
	}
	if f := reply.fault; f != nil {
		f.Method = m.method
		return nil, &trouble{method: m.method, kind: classOfFault(f, m.mutation), fault: f}
	}
	return reply.value, nil
}

func (c *Client) roundTripper(m message) http.RoundTripper {
	if m.alone {
		return c.fresh
	}
	return c.shared
}

// request has no GetBody, so that net/http cannot rewind it. It goes through RoundTrip and not through http.Client, which
// would follow redirects: with a GET for a 302, and with the key in the body to wherever a 307 points.
func (c *Client) request(ctx context.Context, body *onceBody, size int) *http.Request {
	u := c.endpoint
	return (&http.Request{
		Method: http.MethodPost,
		URL:    &u,
		Host:   u.Host,
		Header: http.Header{
			"Content-Type":    {"text/xml"},
			"Accept":          {"text/xml"},
			"Accept-Encoding": {"gzip"},
			"User-Agent":      {c.userAgent},
		},
		Body:          body,
		ContentLength: int64(size),
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
	}).WithContext(ctx)
}

// readReply reads the body to its end, so that the connection can serve again, and bounds it before and after unpacking:
// a few kilobytes of gzip can hold gigabytes.
func (c *Client) readReply(resp *http.Response) ([]byte, error) {
	raw, err := readBounded(resp.Body, c.maxReply)
	if err != nil {
		return nil, err
	}
	switch enc := strings.ToLower(strings.TrimSpace(resp.Header.Get("Content-Encoding"))); enc {
	case "", "identity":
		return raw, nil
	case "gzip", "x-gzip":
		z, err := gzip.NewReader(bytes.NewReader(raw))
		if err != nil {
			return nil, err
		}
		return readBounded(z, c.maxReply)
	default:
		return nil, errUnknownEncoding
	}
}

var (
	errTooLong         = errors.New("the reply is too long")
	errUnknownEncoding = errors.New("the reply is packed in a way that was not asked for")
)

func readBounded(r io.Reader, most int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, most+1))
	if err != nil {
		return nil, err
	}
	if int64(len(b)) > most {
		return nil, errTooLong
	}
	return b, nil
}

// describeStatus shows nothing of the page that came with the status, for servers echo requests in such pages.
func describeStatus(resp *http.Response) string {
	text := "HTTP status " + strconv.Itoa(resp.StatusCode)
	if name := http.StatusText(resp.StatusCode); name != "" {
		text += " " + name
	}
	if resp.StatusCode/100 == 3 {
		text += ", and redirects are not followed: is the endpoint right?"
	}
	return text
}

// mediaType names the kind of a reply when it is one of the usual ones; other words are the server's, and stay out.
func mediaType(h http.Header) string {
	t, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	switch {
	case h.Get("Content-Type") == "":
		return "without a content type"
	case err != nil:
		return "of a broken content type"
	}
	switch t {
	case "text/xml", "application/xml", "text/html", "text/plain", "application/json", "application/octet-stream":
		return t
	default:
		return "of another content type than text/xml"
	}
}

// retryAfter reads the header in both of its forms, seconds and date.
func retryAfter(h http.Header) time.Duration {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if n, err := strconv.Atoi(v); err == nil {
		return max(0, min(time.Duration(min(n, int(maxRetryAfter/time.Second)))*time.Second, maxRetryAfter))
	}
	if t, err := http.ParseTime(v); err == nil {
		return max(0, min(time.Until(t), maxRetryAfter))
	}
	return 0
}
