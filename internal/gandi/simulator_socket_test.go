package gandi_test

import (
	"bytes"
	"context"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/gandi-operator/gandi-operator/internal/gandi"
	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
)

// What a transport within the process cannot show: connections, TLS, and net/http's own ideas of sending things again.

// overSocket serves a world on the loopback, with operations that take no time to speak of.
func overSocket(t *testing.T, start func(*httptest.Server), o gandi.Options) (*stand, *httptest.Server) {
	t.Helper()
	w := gandisim.New(&gandisim.Options{TimeScale: 10_000})
	server := httptest.NewUnstartedServer(w)
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // broken handshakes are the point
	start(server)
	t.Cleanup(server.Close)
	if o.Endpoint == "" {
		o.Endpoint = server.URL + "/xmlrpc/"
	}
	return &stand{t: t, world: w, client: clientWith(t, gandisim.DefaultAPIKey, o)}, server
}

// soon waits for an operation in real time.
func (s *stand) soon(ops []gandi.Operation) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 30*time.Second)
	defer cancel()
	for _, op := range ops {
		for {
			now, err := s.client.Operation(ctx, op.ID)
			if err != nil {
				s.t.Fatal(err)
			}
			if now.Step == gandi.StepDone {
				break
			}
			if now.Finished() {
				s.t.Fatalf("operation %d ended %s", op.ID, now.Step)
			}
			select {
			case <-time.After(time.Millisecond):
			case <-ctx.Done():
				s.t.Fatalf("operation %d is still %s", op.ID, now.Step)
			}
		}
	}
}

func TestALifeOverASocket(t *testing.T) {
	s, _ := overSocket(t, (*httptest.Server).Start, gandi.Options{})
	ops := s.submit(aCreate("vm"))
	vm := s.vmOf(ops)
	s.soon(ops)
	s.soon(s.submit(gandi.VMReboot{ID: vm}))
	s.soon(s.submit(gandi.VMStop{ID: vm}))
	s.soon(s.submit(gandi.VMUpdate{ID: vm, MemoryMB: new(1024), Hostname: new("renamed")}))
	s.soon(s.submit(gandi.VMStart{ID: vm}))
	s.agreeOnCatalog()
	s.agree(nil)
	s.wantVM(vm, facts{"state": "running", "memory": 1024, "hostname": "renamed", "boots": 3})
	s.soon(s.submit(gandi.VMStop{ID: vm}))
	s.soon(s.submit(gandi.VMDelete{ID: vm}))
	_, err := s.client.VM(t.Context(), vm)
	turnedDown(t, "a deleted VM", err, gandi.NotFound)
}

// net/http sends a request again when it deems that safe. On kept connections that are cut under it, it must not.
func TestCutsOverASocket(t *testing.T) {
	for cut, changes := range map[string]bool{"before": false, "after": true, "truncate": true} {
		t.Run(cut, func(t *testing.T) {
			s, _ := overSocket(t, (*httptest.Server).Start, gandi.Options{})
			s.change(map[string]any{"type": "vm", "create": map[string]any{"hostname": "vm"}})
			vm := gandi.VMID(s.last("vms"))
			for _, call := range []gandi.Call{gandi.VMUpdate{ID: vm, Hostname: new("renamed")}, gandi.VMReboot{ID: vm}, aCreate("new")} {
				// A connection that served before is what net/http takes a cut for a lost race on.
				if _, err := s.client.Version(t.Context()); err != nil {
					t.Fatal(err)
				}
				s.change(map[string]any{"type": "vm", "id": int(vm), "power": "running"})
				before := s.marks()
				s.world.Script(gandisim.Trouble{Method: call.Method(), Cut: cut})
				_, err := s.client.Submit(t.Context(), call)
				s.world.ClearTroubles()
				turnedDown(t, call.Method(), err, gandi.OutcomeUnknown)
				if n := len(received(s.world, call.Method(), before.seq)); n != 1 {
					t.Errorf("%s was received %d times", call.Method(), n)
				}
				if changed := s.marks().moves != before.moves; changed != changes {
					t.Errorf("%s changed the world: %v", call.Method(), changed)
				}
				ops, err := s.client.Unfinished(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				s.soon(ops) // the next call is not to find the VM busy
			}
			s.world.Script(gandisim.Trouble{Method: "hosting.vm.info", Cut: cut, Nth: 1})
			if _, err := s.client.VM(t.Context(), vm); err != nil {
				t.Errorf("a read did not ride over a cut: %v", err)
			}
		})
	}
}

// A deadline that passes while the server is at it: what the world did shows only to who looks.
func TestDeadlinesOverASocket(t *testing.T) {
	const deadline = time.Second // for all but the wait itself, on a busy machine
	for _, tt := range []struct {
		trouble gandisim.Trouble
		bought  int
	}{
		{gandisim.Trouble{Method: "hosting.vm.create_from", Delay: time.Hour}, 0},
		{gandisim.Trouble{Method: "hosting.vm.create_from", ReplyDelay: time.Hour}, 1},
	} {
		t.Run(tt.trouble.String(), func(t *testing.T) {
			s, server := overSocket(t, (*httptest.Server).Start, gandi.Options{Timeout: deadline})
			s.world.Script(tt.trouble)
			_, err := s.client.Submit(t.Context(), aCreate("new"))
			turnedDown(t, "submit", err, gandi.OutcomeUnknown)
			server.CloseClientConnections()
			server.Close() // waits for the handler, which writes the journal at its end
			entries := received(s.world, "hosting.vm.create_from", 0)
			if n := s.bought()["vms"]; len(entries) != 1 || n != tt.bought {
				t.Errorf("received %d times, bought %d, want 1 and %d", len(entries), n, tt.bought)
			}
		})
	}
}

// Who was never reached has bought nothing, and the client knows it.
func TestUnreachedServers(t *testing.T) {
	tls := (*httptest.Server).StartTLS
	bundle := func(s *httptest.Server) []byte {
		return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	}
	check := func(t *testing.T, what string, s *stand, c *gandi.Client) {
		t.Helper()
		for _, call := range []gandi.Call{aCreate("new"), gandi.VMReboot{ID: 1}, gandi.VMStop{ID: 1}} {
			_, err := c.Submit(t.Context(), call)
			turnedDown(t, what+": "+call.Method(), err, gandi.Retryable)
		}
		_, err := c.Version(t.Context())
		turnedDown(t, what+": a read", err, gandi.Retryable)
		if n := lastSeq(s.world); n != 0 {
			t.Errorf("%s: %d calls were received", what, n)
		}
	}
	t.Run("closed", func(t *testing.T) {
		s, server := overSocket(t, (*httptest.Server).Start, gandi.Options{})
		server.Close()
		check(t, "a closed server", s, s.client)
	})
	t.Run("a certificate that nobody signed", func(t *testing.T) {
		s, _ := overSocket(t, tls, gandi.Options{})
		check(t, "an untrusted server", s, s.client)
	})
	t.Run("TLS where there is none", func(t *testing.T) {
		s, server := overSocket(t, (*httptest.Server).Start, gandi.Options{})
		c := clientWith(t, gandisim.DefaultAPIKey, gandi.Options{Endpoint: "https" + server.URL[len("http"):] + "/xmlrpc/"})
		check(t, "a server without TLS", s, c)
	})
	t.Run("a certificate in the bundle", func(t *testing.T) {
		s, server := overSocket(t, tls, gandi.Options{})
		c := clientWith(t, gandisim.DefaultAPIKey, gandi.Options{Endpoint: server.URL + "/xmlrpc/", CABundle: bundle(server)})
		if v, err := c.Version(t.Context()); err != nil || v != "3.3.42" {
			t.Errorf("version %q, %v", v, err)
		}
		if ops, err := c.Submit(t.Context(), aCreate("new")); err != nil || len(ops) != 3 || s.bought()["vms"] != 1 {
			t.Errorf("operations %v, %v", ops, err)
		}
	})
	t.Run("another path", func(t *testing.T) {
		s, server := overSocket(t, (*httptest.Server).Start, gandi.Options{})
		c := clientWith(t, gandisim.DefaultAPIKey, gandi.Options{Endpoint: server.URL + "/elsewhere/"})
		_, err := c.Version(t.Context())
		turnedDown(t, "a read", err, gandi.Retryable)
		_, err = c.Submit(t.Context(), aCreate("new"))
		turnedDown(t, "a call, for who answers is not known", err, gandi.OutcomeUnknown)
		if n := lastSeq(s.world); n != 0 {
			t.Errorf("%d calls were received", n)
		}
	})
}

// Many callers share one client, and each gets its own answer.
func TestManyCallersOverASocket(t *testing.T) {
	s, _ := overSocket(t, (*httptest.Server).Start, gandi.Options{})
	const callers = 16
	var all sync.WaitGroup
	got := make([]string, callers)
	for n := range callers {
		all.Go(func() {
			name := fmt.Sprintf("vm-%d", n)
			ops, err := s.client.Submit(t.Context(), aCreate(name))
			if err != nil {
				t.Error(err)
				return
			}
			op, _ := gandi.PickOperation(ops, gandi.TypeVMCreate)
			for range 5 {
				vm, err := s.client.VM(t.Context(), op.VMID)
				if err != nil {
					t.Error(err)
					return
				}
				got[n] = vm.Hostname
			}
		})
	}
	all.Wait()
	for n, name := range got {
		if want := fmt.Sprintf("vm-%d", n); name != want {
			t.Errorf("caller %d got %s", n, name)
		}
	}
	if n := s.bought()["vms"]; n != callers {
		t.Errorf("bought %d, want %d", n, callers)
	}
}

// The wire as the simulator sees it: what gandi-api.md says that a request looks like.
func TestRequestsAsTheyArrive(t *testing.T) {
	var mu sync.Mutex
	var seen []*http.Request
	var bodies [][]byte
	w := gandisim.New(nil)
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		mu.Lock()
		seen, bodies = append(seen, r), append(bodies, body)
		mu.Unlock()
		w.ServeHTTP(rw, r)
	}))
	t.Cleanup(server.Close)
	c := clientWith(t, gandisim.DefaultAPIKey, gandi.Options{Endpoint: server.URL + "/xmlrpc/", UserAgent: "a test"})
	if _, err := c.Version(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Submit(t.Context(), aCreate("vm")); err != nil {
		t.Fatal(err)
	}
	for i, r := range seen {
		if r.Method != http.MethodPost || r.URL.RequestURI() != "/xmlrpc/" || r.Header.Get("Content-Type") != "text/xml" ||
			r.UserAgent() != "a test" || r.Header.Get("Accept-Encoding") != "gzip" || r.ContentLength != int64(len(bodies[i])) {
			t.Errorf("request %d: %s %s, %v, %d bytes announced of %d", i, r.Method, r.URL, r.Header, r.ContentLength, len(bodies[i]))
		}
	}
	if len(seen) != 2 {
		t.Errorf("%d requests", len(seen))
	}
}
