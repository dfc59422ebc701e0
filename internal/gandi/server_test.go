package gandi

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// A rawServer speaks HTTP by hand on the loopback, so that it can misbehave in the middle of it.
type rawServer struct {
	listener net.Listener
	conns    atomic.Int32
	requests atomic.Int32 // whole requests read
	bodies   sync.Map     // request number from 1 -> body
	wg       sync.WaitGroup
}

// newRawServer lets serve handle each connection; the connection is closed when serve returns.
func newRawServer(t testing.TB, serve func(s *rawServer, conn net.Conn, n int)) *rawServer {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &rawServer{listener: l}
	s.wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			n := int(s.conns.Add(1))
			s.wg.Go(func() {
				defer func() { _ = conn.Close() }()
				serve(s, conn, n)
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		s.wg.Wait()
	})
	return s
}

func (s *rawServer) url() string { return "http://" + s.listener.Addr().String() + "/xmlrpc/" }

// read reads one whole request and counts it.
func (s *rawServer) read(r *bufio.Reader) bool {
	req, err := http.ReadRequest(r)
	if err != nil {
		return false
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return false
	}
	s.bodies.Store(int(s.requests.Add(1)), string(body))
	return true
}

// says answers every request with the same bytes.
func says(response string) func(*rawServer, net.Conn, int) {
	return func(s *rawServer, conn net.Conn, _ int) {
		r := bufio.NewReader(conn)
		if s.read(r) {
			_, _ = io.WriteString(conn, response)
		}
	}
}

// ok is an HTTP response that keeps the connection.
func ok(doc string, header ...string) string {
	return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n%s\r\n%s",
		len(doc), strings.Join(append(header, ""), "\r\n"), doc)
}

func newClient(t testing.TB, endpoint string, change func(*Options)) *Client {
	t.Helper()
	o := Options{Endpoint: endpoint, Key: mustKey(t)}
	if change != nil {
		change(&o)
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdleConnections)
	return c
}
