package account

import (
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/types"

	"github.com/gandi-operator/gandi-operator/internal/gandi"
	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
	"github.com/gandi-operator/gandi-operator/internal/metrics"
	"github.com/gandi-operator/gandi-operator/internal/operation"
)

// stand is a registry that talks to a simulated world.
type stand struct {
	*testing.T
	world    *gandisim.World
	registry *Registry
	gathers  *prometheus.Registry
	// through, when set, stands between clients and the world.
	through func(http.RoundTripper) http.RoundTripper

	mu    sync.Mutex
	woken map[operation.Owner]int
}

// inStand runs f in a bubble with a world and a running registry.
func inStand(t *testing.T, o *gandisim.Options, f func(t *testing.T, s *stand)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &stand{T: t, world: gandisim.New(o), gathers: prometheus.NewRegistry(), woken: map[operation.Owner]int{}}
		s.registry = NewRegistry(Options{
			Installation: "ab12",
			Metrics:      metrics.New(s.gathers),
			NewTransport: func() http.RoundTripper {
				if s.through != nil {
					return s.through(s.world.Transport())
				}
				return s.world.Transport()
			},
			Wake: func(o operation.Owner) {
				s.mu.Lock()
				defer s.mu.Unlock()
				s.woken[o]++
			},
		})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); _ = s.registry.Start(ctx) }()
		synctest.Wait()
		f(t, s)
		cancel()
		<-done
	})
}

func accountNamed(name string) types.NamespacedName {
	return types.NamespacedName{Namespace: "default", Name: name}
}

func (s *stand) settings(key string) Settings {
	s.Helper()
	k, err := gandi.NewAPIKey(key)
	if err != nil {
		s.Fatal(err)
	}
	return Settings{APIKey: k, RequestsPerSecond: 100}
}

// bind connects and binds an account with the given settings.
func (s *stand) bind(name, pinned string, settings Settings) (*Conversation, error) {
	s.Helper()
	conn, err := s.registry.Connect(settings)
	if err != nil {
		s.Fatal(err)
	}
	a, err := conn.Account(s.Context())
	if err != nil {
		s.Fatal(err)
	}
	return s.registry.Bind(accountNamed(name), conn, pinned, a.Handle)
}

// conversation binds the account "main" with the world's own key and lets the
// first sweep end.
func (s *stand) conversation(change func(*Settings)) *Conversation {
	s.Helper()
	settings := s.settings(gandisim.DefaultAPIKey)
	if change != nil {
		change(&settings)
	}
	c, err := s.bind("main", "", settings)
	if err != nil {
		s.Fatal(err)
	}
	time.Sleep(5 * time.Second)
	if c.Inventory().SweepBegun() == 0 {
		s.Fatal("no sweep in 5 s")
	}
	return c
}

// panel edits the world as a person would on Gandi's pages.
func (s *stand) panel(change map[string]any) {
	s.Helper()
	if err := s.world.Change(change); err != nil {
		s.Fatal(err)
	}
}

func (s *stand) makeVMs(n int) {
	s.Helper()
	for i := range n {
		s.panel(map[string]any{"type": "vm", "create": map[string]any{"hostname": fmt.Sprint("vm", i), "disk_name": fmt.Sprint("d", i)}})
	}
}

// freeCall is one that costs nothing.
var freeCall gandi.Call = gandi.VMStart{ID: 1}

// submit sends a call and hands out what it started.
func (s *stand) submit(c *Conversation, call gandi.Call) []gandi.Operation {
	s.Helper()
	slot, err := c.Reserve(s.Context(), ownerNamed("setup"), call)
	if err != nil {
		s.Fatal(err)
	}
	ops, err := slot.Submit(s.Context(), call)
	if err != nil {
		s.Fatal(err)
	}
	return ops
}

// makeVLAN makes a VLAN and waits until it is there.
func (s *stand) makeVLAN(c *Conversation, name string) gandi.VLANID {
	s.Helper()
	s.submit(c, gandi.VLANCreate{DatacenterID: 3, Name: name})
	time.Sleep(5 * time.Second)
	return gandi.VLANID(s.idOf("vlans", "name", name))
}

// makeKey stores the nth public key under a name.
func (s *stand) makeKey(c *Conversation, name string, n int) gandi.SSHKeyID {
	s.Helper()
	blob := []byte("\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x20" + strings.Repeat(string(rune('a'+n)), 32))
	ops := s.submit(c, gandi.SSHKeyCreate{Name: name, Value: "ssh-ed25519 " + base64.StdEncoding.EncodeToString(blob)})
	return ops[0].SSHKeyID
}

// makeSites makes that many sites on Gandi's pages, each with two vhosts.
func (s *stand) makeSites(n int) []gandi.SiteID {
	s.Helper()
	var ids []gandi.SiteID
	for i := range n {
		name := fmt.Sprint("site", i)
		s.panel(map[string]any{"type": "site", "create": map[string]any{"name": name, "vhosts": []any{parked(name), parked(name + "-b")}}})
		ids = append(ids, gandi.SiteID(s.idOf("sites", "name", name)))
	}
	return ids
}

// parked is a vhost that any account may have.
func parked(name string) string { return name + "." + gandisim.ParkingDomain }

// idOf is the number of the thing of a list of the world's state whose field
// has that value.
func (s *stand) idOf(list, field, value string) int {
	s.Helper()
	for _, one := range s.world.State()[list].([]any) {
		if thing := one.(map[string]any); thing[field] == value {
			return thing["id"].(int)
		}
	}
	s.Fatalf("nothing with %s %q in %s", field, value, list)
	return 0
}

// calls counts the calls whose method starts with prefix, since the world began.
func (s *stand) calls(prefix string) int {
	n := 0
	for _, e := range s.world.Journal() {
		if strings.HasPrefix(e.Method, prefix) {
			n++
		}
	}
	return n
}

// since runs f and counts the calls that it led to, by method.
func (s *stand) since(f func()) map[string]int {
	was := len(s.world.Journal())
	f()
	calls := map[string]int{}
	for _, e := range s.world.Journal()[was:] {
		calls[e.Method]++
	}
	return calls
}

// marked is what gandi_marked_externals tells, without what is 0.
func (s *stand) marked() map[string]float64 {
	s.Helper()
	families, err := s.gathers.Gather()
	if err != nil {
		s.Fatal(err)
	}
	told := map[string]float64{}
	for _, f := range families {
		if f.GetName() != "gandi_marked_externals" {
			continue
		}
		for _, m := range f.GetMetric() {
			labels := map[string]string{}
			for _, l := range m.GetLabel() {
				labels[l.GetName()] = l.GetValue()
			}
			if v := m.GetGauge().GetValue(); v != 0 {
				told[labels["type"]+"/"+labels["standing"]] = v
			}
		}
	}
	return told
}

func (s *stand) wakes(o operation.Owner) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.woken[o]
}

func (s *stand) everybodyWoken() []operation.Owner {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Keys(s.woken))
}

func (s *stand) forgetWakes() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.woken)
}

func vmIDs(c *Conversation) []gandi.VMID {
	var ids []gandi.VMID
	for vm := range c.Inventory().AllVMs() {
		ids = append(ids, vm.ID)
	}
	return ids
}
