package gandi

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

var versionReply = value("<struct><member><name>api_version</name><value>3.3.42</value></member></struct>")

func serveVersion(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/xml")
	_, _ = io.WriteString(w, versionReply)
}

func newTLSServer(t testing.TB) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(serveVersion))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

func caBundle(s *httptest.Server) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
}

func TestEndpoint(t *testing.T) {
	for _, tt := range []struct {
		endpoint string
		insecure bool
		want     string // of the error, "" when it is taken
	}{
		{"", false, ""},
		{"https://rpc.gandi.net/xmlrpc/", false, ""},
		{"http://127.0.0.1:8069/xmlrpc/", false, ""},
		{"http://127.1.2.3/", false, ""},
		{"http://[::1]:8069/", false, ""},
		{"http://localhost:8069/", false, ""},
		{"http://sim.example/", true, ""},
		{"http://sim.example/", false, "http would send the API key readable: use https, a loopback address, or allow it expressly"},
		{"http://localhost.example/", false, "http would send the API key readable: use https, a loopback address, or allow it expressly"},
		{"http://10.0.0.1/", false, "http would send the API key readable: use https, a loopback address, or allow it expressly"},
		{"ftp://rpc.gandi.net/", true, `the endpoint's scheme is "ftp" where https is needed`},
		{"rpc.gandi.net/xmlrpc/", false, "the endpoint is no URL like " + DefaultEndpoint},
		{"https:///xmlrpc/", false, "the endpoint is no URL like " + DefaultEndpoint},
		{"https://:443/", false, "the endpoint is no URL like " + DefaultEndpoint},
		{"https://a b/" + testKey, false, "the endpoint is no URL like " + DefaultEndpoint},
		{"https://" + testKey + "@rpc.gandi.net/", false, "the endpoint must not hold a user name or password"},
		{"https://rpc.gandi.net/?key=" + testKey, false, "the endpoint must not hold a query or fragment"},
		{"https://rpc.gandi.net/#" + testKey, false, "the endpoint must not hold a query or fragment"},
	} {
		_, err := New(Options{Endpoint: tt.endpoint, AllowInsecure: tt.insecure, Key: mustKey(t)})
		switch {
		case tt.want == "" && err != nil:
			t.Errorf("%q: %v", tt.endpoint, err)
		case tt.want != "" && (err == nil || err.Error() != tt.want):
			t.Errorf("%q: got %v, want %s", tt.endpoint, err, tt.want)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	for name, o := range map[string]Options{
		"no key":           {},
		"no certificate":   {Key: mustKey(t), CABundle: []byte("none")},
		"negative timeout": {Key: mustKey(t), Timeout: -1},
		"negative bound":   {Key: mustKey(t), MaxReply: -1},
	} {
		if _, err := New(o); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func TestRequestsLookRight(t *testing.T) {
	var conns atomic.Int32
	var seen *http.Request
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = r.Clone(r.Context())
		serveVersion(w, r)
	}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			conns.Add(1)
		}
	}
	s.Start()
	defer s.Close()
	c := newClient(t, s.URL+"/xmlrpc/", func(o *Options) { o.UserAgent = "test/1" })
	for range 5 {
		if v, err := c.Version(t.Context()); err != nil || v != "3.3.42" {
			t.Fatalf("got %q, %v", v, err)
		}
	}
	if conns.Load() != 1 {
		t.Errorf("%d connections for 5 calls", conns.Load())
	}
	for name, want := range map[string]string{
		"Content-Type": "text/xml", "User-Agent": "test/1", "Accept-Encoding": "gzip", "Accept": "text/xml",
	} {
		if got := seen.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if seen.Method != http.MethodPost || seen.URL.Path != "/xmlrpc/" || seen.ContentLength <= 0 || seen.Proto != "HTTP/1.1" {
		t.Errorf("%s %s, length %d, %s", seen.Method, seen.URL, seen.ContentLength, seen.Proto)
	}
	if ua := newClient(t, s.URL, nil).userAgent; ua == "" || strings.Contains(ua, "Go-http-client") {
		t.Errorf("user agent by default: %q", ua)
	}
}

func TestTLS(t *testing.T) {
	s := newTLSServer(t)
	t.Run("with its CA", func(t *testing.T) {
		c := newClient(t, s.URL, func(o *Options) { o.CABundle = caBundle(s) })
		if v, err := c.Version(t.Context()); err != nil || v != "3.3.42" {
			t.Errorf("got %q, %v", v, err)
		}
	})
	t.Run("for another name", func(t *testing.T) {
		c := newClient(t, strings.Replace(s.URL, "127.0.0.1", "localhost", 1), func(o *Options) { o.CABundle = caBundle(s) })
		_, err := c.once(t.Context())
		if err == nil || !strings.Contains(err.Error(), "certificate is not trusted") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("below 1.2", func(t *testing.T) {
		old := httptest.NewUnstartedServer(http.HandlerFunc(serveVersion))
		old.Config.ErrorLog = log.New(io.Discard, "", 0)
		old.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
		old.StartTLS()
		defer old.Close()
		c := newClient(t, old.URL, func(o *Options) { o.CABundle = caBundle(old) })
		_, err := c.once(t.Context())
		if err == nil || !strings.Contains(err.Error(), "protocol version") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("against plain HTTP", func(t *testing.T) {
		plain := httptest.NewServer(http.HandlerFunc(serveVersion))
		defer plain.Close()
		_, err := newClient(t, strings.Replace(plain.URL, "http:", "https:", 1), nil).once(t.Context())
		if err == nil || !strings.HasSuffix(err.Error(), "the server does not speak TLS") {
			t.Errorf("got %v", err)
		}
	})
}

// once is a read without retries.
func (c *Client) once(ctx context.Context) (any, error) {
	v, t := c.exchange(ctx, message{method: "version.info"})
	if t != nil {
		return nil, t
	}
	return v, nil
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	var reached atomic.Int32
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reached.Add(1)
		serveVersion(w, r)
	}))
	defer elsewhere.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		s := httptest.NewServer(http.RedirectHandler(elsewhere.URL, status))
		c := newClient(t, s.URL, nil)
		_, err := c.once(t.Context())
		wantClass(t, err, Retryable)
		if !strings.Contains(err.Error(), "redirects are not followed") || strings.Contains(err.Error(), elsewhere.URL) {
			t.Errorf("%d: %v", status, err)
		}
		_, err = c.Submit(t.Context(), VMCreate{})
		wantClass(t, err, OutcomeUnknown)
		s.Close()
	}
	if n := reached.Load(); n != 0 {
		t.Errorf("the other server was reached %d times", n)
	}
}

func gzipped(t testing.TB, parts ...[]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	for _, p := range parts {
		if _, err := z.Write(p); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestReplyBodies(t *testing.T) {
	packed := gzipped(t, []byte(versionReply))
	corrupt := bytes.Clone(packed)
	corrupt[len(corrupt)/2] ^= 0xFF
	checksum := bytes.Clone(packed)
	checksum[len(checksum)-6] ^= 0xFF
	spaces := bytes.Repeat([]byte(" "), 1<<20)
	bomb := gzipped(t, []byte(strings.TrimSuffix(versionReply, "</methodResponse>")),
		spaces, spaces, spaces, spaces, []byte("</methodResponse>"))
	const bound = 1 << 20
	if len(bomb) > bound/10 {
		t.Fatalf("the bomb is no bomb: %d bytes", len(bomb))
	}
	for _, tt := range []struct {
		name, encoding, contentType string
		body                        []byte
		want                        string // of the error
	}{
		{"plain", "", "text/xml", []byte(versionReply), ""},
		{"identity", "identity", "text/xml", []byte(versionReply), ""},
		{"gzip", "gzip", "text/xml", packed, ""},
		{"x-gzip", "X-GZIP", "text/xml", packed, ""},
		{"gzip in two members", "gzip", "text/xml", append(gzipped(t, []byte(versionReply[:50])), gzipped(t, []byte(versionReply[50:]))...), ""},
		{"another type of XML", "", "application/xml; charset=utf-8", []byte(versionReply), ""},
		{"a wrong type around a right document", "", "text/html", []byte(versionReply), ""},
		{"gzip that is none", "gzip", "text/xml", []byte(versionReply), "reading the reply: the gzip data is broken"},
		{"gzip of nothing", "gzip", "text/xml", nil, "reading the reply: the connection was cut"},
		{"gzip cut", "gzip", "text/xml", packed[:len(packed)-12], "reading the reply: the connection was cut"},
		{"gzip corrupt", "gzip", "text/xml", corrupt, "reading the reply: "},
		{"gzip with a wrong sum", "gzip", "text/xml", checksum, "reading the reply: the gzip data is broken"},
		{"another encoding", "br", "text/xml", packed, "reading the reply: the reply is packed in a way that was not asked for"},
		{"as long as allowed", "", "text/xml", append([]byte(versionReply), spaces[:bound-len(versionReply)]...), ""},
		{"a byte too long", "", "text/xml", append([]byte(versionReply), spaces[:bound-len(versionReply)+1]...), "reading the reply: longer than 1048576 bytes"},
		{"a bomb", "gzip", "text/xml", bomb, "reading the reply: longer than 1048576 bytes"},
		{"a kind of its own", "", "x/y", []byte("<html/>"), "unreadable reply (of another content type than text/xml): not an XML-RPC reply"},
		{"a broken kind", "", "x y", []byte("<html/>"), "unreadable reply (of a broken content type): not an XML-RPC reply"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", tt.contentType)
				if tt.encoding != "" {
					w.Header().Set("Content-Encoding", tt.encoding)
				}
				_, _ = w.Write(tt.body)
			}))
			defer s.Close()
			c := newClient(t, s.URL, func(o *Options) { o.MaxReply = bound })
			_, err := c.once(t.Context())
			switch {
			case tt.want == "" && err != nil:
				t.Fatal(err)
			case tt.want != "" && (err == nil || !strings.HasPrefix(err.Error(), "version.info: "+tt.want)):
				t.Fatalf("got %v, want %s", err, tt.want)
			case err != nil:
				wantClass(t, err, Retryable)
			}
		})
	}
}

// An endless reply costs what the bound allows, not more.
func TestEndlessReply(t *testing.T) {
	var sent atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		chunk := bytes.Repeat([]byte("x"), 64<<10)
		for {
			n, err := w.Write(chunk)
			sent.Add(int64(n))
			if err != nil {
				return
			}
		}
	}))
	c := newClient(t, s.URL, func(o *Options) { o.MaxReply = 1 << 20 })
	_, err := c.once(t.Context())
	s.Close() // waits for the handler
	if err == nil || !strings.Contains(err.Error(), "longer than") {
		t.Errorf("got %v", err)
	}
	if n := sent.Load(); n > 64<<20 {
		t.Errorf("the server sent %d bytes", n)
	}
}

func TestSlowReplies(t *testing.T) {
	slow := func(begin string) *rawServer {
		return newRawServer(t, func(s *rawServer, conn net.Conn, _ int) {
			r := bufio.NewReader(conn)
			if s.read(r) {
				_, _ = io.WriteString(conn, begin)
				_, _ = r.ReadByte() // until the client hangs up
			}
		})
	}
	for name, begin := range map[string]string{
		"nothing comes": "", "only headers come": "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n",
		"half a reply comes": "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n<?xml",
	} {
		t.Run(name+", our bound", func(t *testing.T) {
			c := newClient(t, slow(begin).url(), func(o *Options) { o.Timeout = 30 * time.Millisecond })
			_, err := c.once(t.Context())
			wantClass(t, err, Retryable)
			if !strings.HasSuffix(err.Error(), "no whole answer within 30ms") || errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
		})
		t.Run(name+", the caller's deadline", func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
			defer cancel()
			c := newClient(t, slow(begin).url(), nil)
			_, err := c.Version(ctx)
			wantClass(t, err, Retryable)
			if !errors.Is(err, context.DeadlineExceeded) || !strings.HasSuffix(err.Error(), "ended by the caller: context deadline exceeded") {
				t.Errorf("got %v", err)
			}
			_, err = c.Submit(ctx, VMStart{1})
			wantClass(t, err, Retryable)
		})
	}
}

// net/http reads the proxy from the environment once, so this needs a process of its own.
func TestProxyFromEnvironment(t *testing.T) {
	if endpoint := os.Getenv("GANDI_TEST_PROXIED"); endpoint != "" {
		c := newClient(t, endpoint, func(o *Options) { o.AllowInsecure = true })
		if v, err := c.Version(t.Context()); err != nil || v != "3.3.42" {
			t.Fatalf("got %q, %v", v, err)
		}
		return
	}
	var asked atomic.Value
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Store(r.URL.String())
		serveVersion(w, r)
	}))
	defer proxy.Close()
	const endpoint = "http://gandi.invalid/xmlrpc/"
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestProxyFromEnvironment$")
	cmd.Env = append(os.Environ(), "GANDI_TEST_PROXIED="+endpoint, "HTTP_PROXY="+proxy.URL, "http_proxy=", "NO_PROXY=", "no_proxy=")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if asked.Load() != endpoint {
		t.Errorf("the proxy was asked for %v", asked.Load())
	}
}
