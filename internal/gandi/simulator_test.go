package gandi_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/gandi-operator/gandi-operator/internal/gandi"
	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
)

// The files simulator*_test.go let the client loose on the simulator. The two share no line of code, so where they agree,
// each has read docs/gandi-api.md the same way on its own; what the client says is held against World.State, which does
// not pass through the wire.

// A stand is a client before a world.
type stand struct {
	t      *testing.T
	world  *gandisim.World
	client *gandi.Client
}

func newStand(t *testing.T, opts *gandisim.Options) *stand {
	t.Helper()
	w := gandisim.New(opts)
	key := gandisim.DefaultAPIKey
	if opts != nil && opts.APIKey != "" {
		key = opts.APIKey
	}
	return &stand{t: t, world: w, client: clientOf(t, w, key)}
}

func clientOf(t *testing.T, w *gandisim.World, key string) *gandi.Client {
	t.Helper()
	return clientWith(t, key, gandi.Options{Transport: w.Transport()})
}

func clientWith(t *testing.T, key string, o gandi.Options) *gandi.Client {
	t.Helper()
	var err error
	if o.Key, err = gandi.NewAPIKey(key); err != nil {
		t.Fatal(err)
	}
	c, err := gandi.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// inWorld runs f in a bubble of virtual time, where an hour of operations takes no time.
func inWorld(t *testing.T, opts *gandisim.Options, f func(t *testing.T, s *stand)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { f(t, newStand(t, opts)) })
}

func switched(name, position string) *gandisim.Options {
	return &gandisim.Options{Switches: map[string]string{name: position}}
}

// must is for what the test needs and is not about.
func must[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func (s *stand) change(request map[string]any) {
	s.t.Helper()
	if err := s.world.Change(request); err != nil {
		s.t.Fatalf("change %v: %v", request, err)
	}
}

// submit is a call that has to be taken.
func (s *stand) submit(call gandi.Call) []gandi.Operation {
	s.t.Helper()
	ops, err := s.client.Submit(s.t.Context(), call)
	if err != nil {
		s.t.Fatalf("%s: %v", call.Method(), err)
	}
	return ops
}

// does is a call that has to be taken and to end well, all of it.
func (s *stand) does(call gandi.Call) []gandi.Operation {
	s.t.Helper()
	ops := s.submit(call)
	s.settle(ops)
	return ops
}

func (s *stand) settle(ops []gandi.Operation) {
	s.t.Helper()
	for _, op := range ops {
		if end := s.ended(op.ID); end.Step != gandi.StepDone {
			s.t.Fatalf("operation %d (%s) ended %s: %s", op.ID, op.Type, end.Step, end.LastError)
		}
	}
}

// ended waits for an operation as the operator does, by looking.
func (s *stand) ended(id gandi.OperationID) gandi.Operation {
	s.t.Helper()
	for range 100 {
		op, err := s.client.Operation(s.t.Context(), id)
		if err != nil {
			s.t.Fatal(err)
		}
		if op.Finished() {
			return op
		}
		time.Sleep(5 * time.Second)
	}
	s.t.Fatalf("operation %d has not ended", id)
	panic("unreachable")
}

// vmOf is the new VM of a create, wherever this edition tells it.
func (s *stand) vmOf(ops []gandi.Operation) gandi.VMID {
	s.t.Helper()
	op, ok := gandi.PickOperation(ops, gandi.TypeVMCreate)
	if !ok {
		s.t.Fatalf("no vm_create among %v", ops)
	}
	if op.VMID == 0 {
		op = must[gandi.Operation](s.t)(s.client.Operation(s.t.Context(), op.ID))
	}
	if op.VMID == 0 {
		s.t.Fatalf("operation %d tells no VM", op.ID)
	}
	return op.VMID
}

// facts is one thing of the world's state.
type facts map[string]any

func (f facts) num(key string) int {
	n, _ := f[key].(int)
	return n
}

func (f facts) str(key string) string {
	v, _ := f[key].(string)
	return v
}

func (f facts) has(key string, n int) bool {
	return slices.ContainsFunc(f.list(key), func(v any) bool { return v == n })
}

func (f facts) list(key string) []any {
	v, _ := f[key].([]any)
	return v
}

func (f facts) inner(key string) facts {
	m, _ := f[key].(map[string]any)
	return m
}

func (f facts) amount(key string) float64 {
	switch v := f[key].(type) {
	case int:
		return float64(v)
	case float64:
		return v
	default:
		return 0
	}
}

// date is the moment as the client has to tell it: the wire names no zone, so a wall clock read as UTC.
func (f facts) date(key string) time.Time {
	d, err := time.Parse(time.RFC3339, f.str(key))
	if err != nil {
		return time.Time{}
	}
	return time.Date(d.Year(), d.Month(), d.Day(), d.Hour(), d.Minute(), d.Second(), 0, time.UTC)
}

func idsOf[T ~int](f facts, key string) []T {
	var out []T
	for _, v := range f.list(key) {
		out = append(out, T(v.(int)))
	}
	return out
}

// state is a list of the world's, of those things that belong to handle or to nobody.
func stateOf(w *gandisim.World, list, handle string) []facts {
	var out []facts
	for _, v := range w.State()[list].([]any) {
		f := facts(v.(map[string]any))
		if owner, owned := f["handle"].(string); list == "accounts" || !owned || owner == handle {
			out = append(out, f)
		}
	}
	return out
}

func (s *stand) state(list string) []facts { return stateOf(s.world, list, gandisim.DefaultHandle) }

// one is the thing with that id, which has to exist.
func (s *stand) one(list string, id int) facts {
	s.t.Helper()
	for _, f := range s.state(list) {
		if f.num("id") == id {
			return f
		}
	}
	s.t.Fatalf("no %d among %s", id, list)
	return nil
}

// bought is how many paid calls took effect, in kinds of what they buy.
func (s *stand) bought() map[string]int {
	f := s.state("bought")[0]
	return map[string]int{"vms": f.num("vms"), "disks": f.num("disks"), "ifaces": f.num("ifaces"), "credits": f.num("credits")}
}

// received is the journal's entries of one method since from.
func received(w *gandisim.World, method string, from int) []gandisim.Entry {
	var out []gandisim.Entry
	for _, e := range w.Journal() {
		if e.Seq > from && e.Method == method {
			out = append(out, e)
		}
	}
	return out
}

func lastSeq(w *gandisim.World) int {
	j := w.Journal()
	if len(j) == 0 {
		return 0
	}
	return j[len(j)-1].Seq
}

// same compares what the client says with what is. Whether nothing is nil or empty is not said by the wire.
func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
		t.Errorf("%s (-world +client):\n%s", what, d)
	}
}

// turnedDown is an error of one class.
func turnedDown(t *testing.T, what string, err error, want gandi.Class) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: no error, want class %v", what, want)
		return
	}
	if got := gandi.ClassOf(err); got != want {
		t.Errorf("%s: class %v of %q, want %v", what, got, err, want)
	}
	if strings.Contains(err.Error(), gandisim.DefaultAPIKey) {
		t.Errorf("%s: the error tells the key", what)
	}
}

// wantCode is the number of the fault, where it is known; 0 is any.
func wantCode(t *testing.T, err error, code int) {
	t.Helper()
	var f *gandi.Fault
	if !errors.As(err, &f) || code != 0 && f.Code != code {
		t.Errorf("fault %v in %v, want code %d", f, err, code)
	}
}

// A rawCall is a method that the client has no type for, to furnish a world with.
type rawCall struct {
	method string
	params []any
}

func (c rawCall) Method() string       { return c.method }
func (c rawCall) Params() []any        { return c.params }
func (c rawCall) Repeat() gandi.Repeat { return gandi.Repeatable }
