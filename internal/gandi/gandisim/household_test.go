package gandisim

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// customer is somebody with a key who calls a world, in a bubble where time passes at once.
type customer struct {
	t       *testing.T
	w       *World
	handle  string
	trouble string // of operations, for the calls to come
}

// inWorld runs f as the world's own customer in a bubble.
func inWorld(t *testing.T, opts Options, f func(me *customer)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		f(&customer{t: t, w: New(&opts), handle: DefaultHandle})
	})
}

// with is options with switches, given as name and position in turn.
func with(switches ...string) Options {
	o := Options{Switches: map[string]string{}}
	for pair := range slices.Chunk(switches, 2) {
		o.Switches[pair[0]] = pair[1]
	}
	return o
}

// call is one call, past the key.
func (me *customer) call(method string, args ...any) (any, *Fault) {
	me.t.Helper()
	me.w.mu.Lock()
	defer me.w.mu.Unlock()
	me.w.age(time.Now())
	name, m, ok := me.w.lookup(method)
	if !ok {
		me.t.Fatalf("no method %s", method)
	}
	fitted, fault := me.w.fit(m.params, args)
	if fault != nil {
		return nil, fault
	}
	c := &call{method: name, args: fitted, handle: me.handle, now: time.Now(), remote: "192.0.2.1", opTrouble: me.trouble}
	return m.do(me.w, c)
}

// ok is a call that must not be refused.
func (me *customer) ok(method string, args ...any) any {
	me.t.Helper()
	v, fault := me.call(method, args...)
	if fault != nil {
		me.t.Fatalf("%s%v: %d %s", method, args, fault.Code, fault.Text)
	}
	return v
}

// refused is a call that must be refused, with a fault that says all of words.
func (me *customer) refused(code int, words string, method string, args ...any) {
	me.t.Helper()
	v, fault := me.call(method, args...)
	if fault == nil {
		me.t.Errorf("%s%v was taken: %v", method, args, v)
		return
	}
	if code != 0 && fault.Code != code || !strings.Contains(fault.Text, words) {
		me.t.Errorf("%s%v: got %d %s, want %d %s", method, args, fault.Code, fault.Text, code, words)
	}
}

// op is a call that starts one operation.
func (me *customer) op(method string, args ...any) Struct {
	me.t.Helper()
	s, ok := me.ok(method, args...).(Struct)
	if !ok {
		me.t.Fatalf("%s: not one operation", method)
	}
	return s
}

// info is a read of one thing.
func (me *customer) info(kind string, id any) Struct {
	me.t.Helper()
	return me.ok(strings.TrimSuffix("hosting."+kind+".info", " "), id).(Struct)
}

func (me *customer) operation(id any) Struct {
	me.t.Helper()
	return me.ok("operation.info", id).(Struct)
}

// settled waits until nothing is in flight that can move, and gives the operation as it ended.
func (me *customer) settled(op Struct) Struct {
	me.t.Helper()
	for range 600 {
		o := me.operation(op["id"])
		switch o["step"] {
		case stepDone, stepError, stepCancel, stepSupport:
			return o
		}
		wait(time.Second)
	}
	me.t.Fatalf("%v never ended", me.operation(op["id"]))
	return nil
}

// done is an operation that must end well.
func (me *customer) done(op Struct) Struct {
	me.t.Helper()
	o := me.settled(op)
	if o["step"] != stepDone {
		me.t.Fatalf("%s %v ended %s: %v", o["type"], o["id"], o["step"], o["last_error"])
	}
	return o
}

// does calls, and waits for the operation to end well.
func (me *customer) does(method string, args ...any) Struct {
	me.t.Helper()
	return me.done(me.op(method, args...))
}

// spec is a vm_spec that is taken, with changes; a nil removes a member.
func spec(changes Struct) Struct {
	return merged(Struct{
		"datacenter_id": 1, "hostname": "web", "memory": 512, "cores": 2, "ip_version": 4, "bandwidth": 102400,
		"password": "correct-horse",
	}, changes)
}

func merged(base, changes Struct) Struct {
	out := maps.Clone(base)
	maps.Copy(out, changes)
	maps.DeleteFunc(out, func(_ string, v any) bool { return v == nil })
	return out
}

const ubuntu1004 = 51848

// creates is a create_from of the usual image with changes to its vm_spec: the operations by their type.
func (me *customer) creates(changes Struct) map[string]Struct {
	me.t.Helper()
	s := spec(changes)
	image := ubuntu1004
	if s["datacenter_id"] == 3 {
		image = 3316076
	}
	return byType(me.ok("hosting.vm.create_from", s, Struct{"name": "sys", "datacenter_id": s["datacenter_id"]}, image))
}

func byType(reply any) map[string]Struct {
	out := map[string]Struct{}
	for _, o := range reply.([]any) {
		out[o.(Struct)["type"].(string)] = o.(Struct)
	}
	return out
}

// vm is a VM of changes that has come up.
func (me *customer) vm(changes Struct) int {
	me.t.Helper()
	ops := me.creates(changes)
	return me.done(ops["vm_create"])["vm_id"].(int)
}

// halted is a VM of changes that was stopped.
func (me *customer) halted(changes Struct) int {
	me.t.Helper()
	id := me.vm(changes)
	me.does("hosting.vm.stop", id)
	return id
}

func wantFields(t *testing.T, got Struct, want Struct) {
	t.Helper()
	for name, value := range want {
		if compareAny(got[name], value) {
			continue
		}
		t.Errorf("%s: got %#v, want %#v", name, got[name], value)
	}
}

func compareAny(a, b any) bool {
	x, ok1 := a.([]any)
	y, ok2 := b.([]any)
	if ok1 && ok2 {
		return slices.EqualFunc(x, y, compareAny)
	}
	if ok1 || ok2 {
		return false
	}
	if m, ok := a.(Struct); ok {
		n, ok := b.(Struct)
		return ok && maps.EqualFunc(m, n, compareAny)
	}
	return a == b
}
