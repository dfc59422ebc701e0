package gandi

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

var startReply = ok(value("<struct><member><name>id</name><value><int>1</int></value></member>" +
	"<member><name>type</name><value>vm_start</value></member></struct>"))

// closesIdle answers the first request on a connection and keeps the connection; when the second one arrives on it, the
// connection is closed unanswered. That is how a call on a kept connection races with a server that gives it up, and
// exactly when net/http sends a request again if it deems that safe.
func closesIdle(s *rawServer, conn net.Conn, _ int) {
	r := bufio.NewReader(conn)
	if s.read(r) {
		_, _ = io.WriteString(conn, startReply)
		s.read(r)
	}
}

// Without this one the next test would prove nothing: the server really provokes net/http into sending again.
func TestNetHTTPSendsAgainWhatItMay(t *testing.T) {
	s := newRawServer(t, closesIdle)
	shared, _ := newTransports(nil)
	defer shared.CloseIdleConnections()
	for range 2 {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url(), strings.NewReader("<x/>"))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Idempotency-Key", "x")
		resp, err := shared.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
	}
	if n := s.requests.Load(); n != 3 {
		t.Errorf("the server saw %d requests, want 3 for 2", n)
	}
}

func TestSubmitIsNotRepeatedByNetHTTP(t *testing.T) {
	s := newRawServer(t, closesIdle)
	c := newClient(t, s.url(), nil)
	if _, err := c.Submit(t.Context(), VMStart{1}); err != nil {
		t.Fatal(err)
	}
	_, err := c.Submit(t.Context(), VMStart{2})
	wantClass(t, err, OutcomeUnknown)
	if s.requests.Load() != 2 || s.conns.Load() != 1 {
		t.Errorf("%d requests on %d connections, want 2 on 1", s.requests.Load(), s.conns.Load())
	}
	body, _ := s.bodies.Load(2)
	if !strings.Contains(body.(string), "<int>2</int>") {
		t.Errorf("the second request was %s", body)
	}
}

// A call that must not be sent twice does not use a kept connection, so the same server cannot make it unknown.
func TestCallsThatMustNotRepeatHaveTheirOwnConnection(t *testing.T) {
	s := newRawServer(t, closesIdle)
	c := newClient(t, s.url(), nil)
	for i, call := range []Call{VMStart{1}, VMReboot{1}, VMReboot{2}, VMCreate{}, VMCreateFrom{}, DiskRollback{}, DiskMigrate{}, DiskCreate{}, IfaceCreate{}, VLANCreate{}, SSHKeyCreate{}, SiteCreate{}, SiteUpgrade{}} {
		if _, err := c.Submit(t.Context(), call); err != nil {
			t.Fatal(err)
		}
		if n := int(s.conns.Load()); n != i+1 {
			t.Errorf("%d connections after %d calls", n, i+1)
		}
	}
	if n := s.requests.Load(); n != 13 {
		t.Errorf("%d requests for 13 calls", n)
	}
}

func TestSubmitAgainstBadWeather(t *testing.T) {
	good := value("<array><data/></array>")
	for _, tt := range []struct {
		name  string
		serve func(*rawServer, net.Conn, int)
		class Class
		text  string
	}{
		{"cut after a byte", func(_ *rawServer, conn net.Conn, _ int) { _, _ = conn.Read(make([]byte, 1)) }, OutcomeUnknown, "the connection was cut"},
		{"cut after the request", says(""), OutcomeUnknown, "the connection was cut"},
		{"cut in the headers", says("HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n"), OutcomeUnknown, "the connection was cut"},
		{"cut in the body", says("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + good), OutcomeUnknown, "reading the reply: the connection was cut"},
		{"cut in a chunk", says("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n400\r\n" + good), OutcomeUnknown, "reading the reply: the connection was cut"},
		{"cut without a length", says("HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n" + good[:80]), OutcomeUnknown, "unreadable reply (text/xml): the document ends early"},
		{"no HTTP", says("220 mail.example ESMTP\r\n"), OutcomeUnknown, "malformed"},
		{"an empty document", says(ok("")), OutcomeUnknown, "unreadable reply (text/xml): the reply is empty"},
		{"a page", says("HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 13\r\n\r\n<html></html>"), OutcomeUnknown, "unreadable reply (text/html): not an XML-RPC reply"},
		{"a page without a type", says("HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n<html></html>"), OutcomeUnknown, "unreadable reply (without a content type): not an XML-RPC reply"},
		{"a page with 502", says("HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: 13\r\n\r\n<html></html>"), OutcomeUnknown, "HTTP status 502 Bad Gateway"},
		{"throttled", says("HTTP/1.1 429 Slow Down\r\nRetry-After: 3\r\nContent-Length: 0\r\n\r\n"), Throttled, "HTTP status 429 Too Many Requests"},
		{"a value that is no operation", says(ok(value("<string>done</string>"))), OutcomeUnknown, "unreadable reply: the reply is a string where an operation is meant"},
		{"a number that is none", says(ok(value("<int>0</int>"))), OutcomeUnknown, "unreadable reply: operation 0: not a positive number"},
		{"operations that are texts", says(ok(value("<array><data><value>x</value></data></array>"))), OutcomeUnknown, "unreadable reply: operation 0: a string where a struct or a number is meant"},
		{"an operation without a number", says(ok(value("<struct><member><name>type</name><value>x</value></member></struct>"))), OutcomeUnknown, "unreadable reply: operation 0: field id is nothing where a positive number is meant"},
		{"nothing for a paid call", says(ok(good)), OutcomeUnknown, "unreadable reply: the reply names no operation"},
		{"a listed fault", says(ok(faultReply(530451, "[VM and Disk must be in the same datacenter]"))), Refused, "fault 530451: [VM and Disk must be in the same datacenter]"},
		{"an unlisted fault", says(ok(faultReply(530477, "?"))), OutcomeUnknown, "fault 530477: ?"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newRawServer(t, tt.serve)
			c := newClient(t, s.url(), nil)
			_, err := c.Submit(t.Context(), VMCreate{})
			wantClass(t, err, tt.class)
			if !strings.HasPrefix(err.Error(), "hosting.vm.create: ") || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("got %q, want %q in it", err, tt.text)
			}
			if n := s.conns.Load(); n != 1 {
				t.Errorf("%d connections", n)
			}
		})
	}
}

func TestSubmitOutcomes(t *testing.T) {
	op := func(id int, typ string) string {
		return "<struct><member><name>id</name><value>" + xmlInt(id) + "</value></member><member><name>type</name><value>" + typ + "</value></member></struct>"
	}
	for _, tt := range []struct {
		name, reply string
		want        []Operation
	}{
		{"a struct", op(7, "vm_stop"), []Operation{{ID: 7, Type: "vm_stop"}}},
		{"an array", "<array><data><value>" + op(7, "vm_stop") + "</value></data></array>", []Operation{{ID: 7, Type: "vm_stop"}}},
		{"a bare number", "<int>7</int>", []Operation{{ID: 7}}},
		{"bare numbers", "<array><data><value><int>7</int></value><value><int>8</int></value></data></array>", []Operation{{ID: 7}, {ID: 8}}},
		{"true", "<boolean>1</boolean>", nil},
		{"nil", "<nil/>", nil},
		{"nothing in an array", "<array><data/></array>", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, f := newFake(t, always(value(tt.reply)))
			got, err := c.Submit(t.Context(), VMStop{1})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" || len(f.calls) != 1 {
				t.Errorf("%d requests (-want +got):\n%s", len(f.calls), diff)
			}
		})
	}
}

// What stores a key answers the key. Its number, taken for an operation's, would be followed for ever; and without one
// nobody knows whether the key is stored.
func TestSubmitOfAKey(t *testing.T) {
	member := func(name, v string) string {
		return "<member><name>" + name + "</name><value>" + v + "</value></member>"
	}
	key := "<struct>" + member("id", "<int>7</int>") + member("name", "mine") + "</struct>"
	stored := []Operation{{Type: TypeSSHKeyCreate, Step: StepDone, SSHKeyID: 7}}
	for _, tt := range []struct {
		name, reply string
		want        []Operation
		text        string
	}{
		{"a key", key, stored, ""},
		{"a key in an array", "<array><data><value>" + key + "</value></data></array>", stored, ""},
		{"digits for its number", "<struct>" + member("id", "7") + "</struct>", stored, ""},
		{"odd, but for its number", "<struct>" + member("id", "<int>7</int>") + member("name", "<array><data/></array>") +
			member("fingerprint", "<struct>"+member("md5", "x")+"</struct>") + "</struct>", stored, ""},
		{"no number", "<struct>" + member("name", "mine") + "</struct>", nil, "field id is nothing where a positive number is meant"},
		{"zero", "<struct>" + member("id", "<int>0</int>") + "</struct>", nil, "field id is a number where a positive number is meant"},
		{"below zero", "<struct>" + member("id", "<int>-7</int>") + "</struct>", nil, "field id is a number where a positive number is meant"},
		{"an operation", "<struct>" + member("id", "<int>7</int>") + member("step", "WAIT") + "</struct>", nil, "the reply is an operation where a key is meant"},
		{"a bare number", "<int>7</int>", nil, "the reply is a number where a key's struct is meant"},
		{"true", "<boolean>1</boolean>", nil, "the reply is a boolean where a key's struct is meant"},
		{"nil", "<nil/>", nil, "the reply is nothing where a key's struct is meant"},
		{"two keys", "<array><data><value>" + key + "</value><value>" + key + "</value></data></array>", nil, "the reply is an array where a key's struct is meant"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, f := newFake(t, always(value(tt.reply)))
			got, err := c.Submit(t.Context(), SSHKeyCreate{Name: "mine", Value: goldenKey})
			if diff := cmp.Diff(tt.want, got); diff != "" || len(f.calls) != 1 {
				t.Errorf("%d requests (-want +got):\n%s", len(f.calls), diff)
			}
			if tt.text == "" {
				if err != nil || !got[0].Finished() {
					t.Errorf("%v, %v", got, err)
				}
				return
			}
			wantClass(t, err, OutcomeUnknown)
			if want := "hosting.ssh.create: unreadable reply: " + tt.text; err.Error() != want {
				t.Errorf("got %q, want %q", err, want)
			}
		})
	}
}

func xmlInt(n int) string {
	return strings.TrimSuffix(strings.TrimPrefix(mustWire(n), "<value>"), "</value>")
}

// mustWire is how n stands in a request.
func mustWire(n int) string {
	b, err := encodeCall("m", APIKey{}, []any{n})
	if err != nil {
		panic(err)
	}
	_, s, _ := strings.Cut(string(b), "</param><param>")
	s, _, _ = strings.Cut(s, "</param>")
	return s
}

func TestSubmitThatNeverLeft(t *testing.T) {
	// A port that was ours a moment ago and is nobody's now.
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := "http://" + l.Addr().String() + "/"
	_ = l.Close()

	t.Run("connection refused", func(t *testing.T) {
		_, err := newClient(t, closed, nil).Submit(t.Context(), VMCreate{})
		wantClass(t, err, Retryable)
		if want := "hosting.vm.create: connection refused"; err.Error() != want {
			t.Errorf("got %q, want %q", err, want)
		}
	})
	t.Run("the name does not resolve", func(t *testing.T) {
		c := newClient(t, "https://gandi.invalid/", func(o *Options) {
			o.Transport = failing{&net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "gandi.invalid", IsNotFound: true}}}
		})
		_, err := c.Submit(t.Context(), VMCreate{})
		wantClass(t, err, Retryable)
		if want := "hosting.vm.create: the name gandi.invalid cannot be resolved"; err.Error() != want {
			t.Errorf("got %q, want %q", err, want)
		}
	})
	t.Run("the context was done before", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		c, f := newFake(t, always(""))
		_, err := c.Submit(ctx, VMCreate{})
		wantClass(t, err, Retryable)
		if !errors.Is(err, context.Canceled) || len(f.calls) != 0 || err.Error() != "hosting.vm.create: withdrawn before it was sent: context canceled" {
			t.Errorf("got %v after %d requests", err, len(f.calls))
		}
	})
	t.Run("the context ended while dialing", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			c := newClient(t, "", func(o *Options) { o.Transport = stuck{} })
			_, err := c.Submit(ctx, VMCreate{})
			wantClass(t, err, Retryable)
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
		})
	})
	t.Run("our own bound ended while dialing", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := newClient(t, "", func(o *Options) { o.Transport = stuck{} })
			_, err := c.Submit(t.Context(), VMCreate{})
			wantClass(t, err, Retryable)
			if errors.Is(err, context.DeadlineExceeded) || err.Error() != "hosting.vm.create: no whole answer within 30s" {
				t.Errorf("got %v", err)
			}
		})
	})
	t.Run("what cannot be written", func(t *testing.T) {
		c, f := newFake(t, always(""))
		_, err := c.Submit(t.Context(), VMCreate{VM: VMSpec{Run: "\x00"}})
		wantClass(t, err, Refused)
		_, err = c.Submit(t.Context(), nil)
		wantClass(t, err, Refused)
		if len(f.calls) != 0 {
			t.Errorf("%d requests", len(f.calls))
		}
	})
	t.Run("the certificate is not trusted", func(t *testing.T) {
		s := newTLSServer(t)
		_, err := newClient(t, s.URL, nil).Submit(t.Context(), VMCreate{})
		wantClass(t, err, Retryable)
		if !strings.Contains(err.Error(), "the server's certificate is not trusted: ") {
			t.Errorf("got %q", err)
		}
	})
}

// The body was begun, then the caller went away: nobody knows what the server made of it.
func TestSubmitCancelledAfterItLeft(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan struct{})
	s := newRawServer(t, func(s *rawServer, conn net.Conn, _ int) {
		r := bufio.NewReader(conn)
		s.read(r)
		cancel()
		_, _ = r.ReadByte() // until the client hangs up
		close(gone)
	})
	_, err := newClient(t, s.url(), nil).Submit(ctx, VMCreate{})
	wantClass(t, err, OutcomeUnknown)
	if !errors.Is(err, context.Canceled) || err.Error() != "hosting.vm.create: ended by the caller: context canceled" {
		t.Errorf("got %v", err)
	}
	<-gone
	if n := s.requests.Load(); n != 1 {
		t.Errorf("%d requests", n)
	}
}

// failing returns its error without a look at the request, as a dialer does that finds nobody.
type failing struct{ err error }

func (f failing) RoundTrip(*http.Request) (*http.Response, error) { return nil, f.err }

// stuck dials for ever.
type stuck struct{}

func (stuck) RoundTrip(req *http.Request) (*http.Response, error) {
	<-req.Context().Done()
	return nil, req.Context().Err()
}
