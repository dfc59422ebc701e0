package gandisim

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// wireState is what the wire half keeps of a world; guarded by World.mu.
type wireState struct {
	switches map[string]string  // every switch of the table, resolved; never changes
	methods  map[string]method  // never changes
	fields   map[string]showing // what the journal shows of structs; never changes
	keys     map[string]string  // key -> handle
	limiter  limiter
	script   script
	journal  []Entry
	seq      int
}

// internalFault is the answer of a method whose reply cannot be written; the API has
// the same object and cause for a database that is away.
func internalFault(why string) *Fault {
	return &Fault{Code: 100066, Text: "Error on object : OBJECT_UNKNOWN (CAUSE_FAILURE) [" + why + "]"}
}

// serveRPC takes one request through its stations, in this order:
//
//	read and decode   malformed: fault -32700 and its kin, nothing is counted
//	rate limit        refused: status or fault
//	troubles          delay, then cut before, status or fault
//	the method        key, arguments, effect; journal
//	troubles          reply delay, then cut after or truncate
//
// A client that goes away during a delay ends the call there.
func (w *World) serveRPC(r *http.Request) *reply {
	if r.Method != http.MethodPost {
		status, _ := strconv.Atoi(w.sw("get-status"))
		p := statusReply(status)
		if status == http.StatusMethodNotAllowed {
			p.header.Set("Allow", http.MethodPost)
		}
		return p
	}
	body, status := readBody(r)
	if status != 0 {
		return statusReply(status)
	}
	p := w.rpc(r.Context(), body, addressOf(r))
	if p.status == http.StatusOK && w.sw("gzip") == "when-asked" && acceptsGzip(r.Header) {
		truncated := p.cut()
		p.compress()
		if truncated {
			p.sent = len(p.body) / 2
		}
	}
	return p
}

func (w *World) rpc(ctx context.Context, body []byte, remote string) *reply {
	name, raw, err := decodeCall(body)
	if err != nil {
		f := wireFault(err)
		w.mu.Lock()
		defer w.mu.Unlock()
		w.wire.note(Entry{Time: time.Now(), Fault: f})
		return w.faultReply(f)
	}
	v, e, refused := w.admit(name, raw, remote)
	if refused != nil {
		return refused
	}
	if !pause(ctx, v.Delay) {
		w.turnAway(e)
		return cutReply()
	}
	switch {
	case v.Cut == "before":
		w.turnAway(e)
		return cutReply()
	case v.Status != 0:
		e.Status = v.Status
		w.turnAway(e)
		return statusReply(v.Status)
	case v.Fault != nil:
		e.Fault = v.Fault
		w.turnAway(e)
		return w.faultReply(v.Fault)
	}
	p := w.perform(name, raw, remote, v, e)
	if !pause(ctx, v.ReplyDelay) || v.Cut == "after" {
		return cutReply()
	}
	if v.Cut == "truncate" {
		p.sent = len(p.body) / 2
	}
	return p
}

// admit asks the rate limit and the troubles about a call, and begins its entry.
func (w *World) admit(name string, raw []any, remote string) (verdict, Entry, *reply) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	canonical, _, _ := w.lookup(name)
	key := ""
	if len(raw) > 0 {
		key, _ = raw[0].(string)
	}
	var args []any
	if len(raw) > 0 {
		args = raw[1:]
	}
	e := Entry{Time: now, Method: clean(canonical, w.wire.secretsOf(key)), Handle: w.wire.keys[key]}
	if name != canonical {
		e.Alias = clean(name, w.wire.secretsOf(key))
	}
	e.Args, e.secrets = w.wire.gist(canonical, key, args)

	who := remote
	if w.sw("rate-limit-by") == "key" {
		who = key
	}
	if !w.wire.limiter.allow(who, now) {
		return verdict{}, e, w.overLimit(e)
	}
	v := w.wire.script.judge(canonical)
	e.Trouble = v.name
	return v, e, nil
}

// secretsOf are the keys that a call could tell: the one that it came with, valid or
// not, and those of the world, which a confused client may have put anywhere.
func (s *wireState) secretsOf(key string) []string {
	all := slices.Collect(maps.Keys(s.keys))
	if key != "" {
		all = append(all, key)
	}
	return all
}

// overLimit is the rate limit's answer. The lock is held.
func (w *World) overLimit(e Entry) *reply {
	position := w.sw("rate-limit-refusal")
	if position == "fault" {
		e.Fault = &Fault{Code: 500068, Text: "Error on object : OBJECT_UNKNOWN (CAUSE_TOOMANY) [too many requests]"}
		w.wire.note(e)
		return w.faultReply(e.Fault)
	}
	e.Status, _ = strconv.Atoi(position)
	w.wire.note(e)
	return statusReply(e.Status)
}

// turnAway writes the entry of a call that had no effect.
func (w *World) turnAway(e Entry) {
	w.mu.Lock()
	defer w.mu.Unlock()
	e.Time = time.Now()
	w.wire.note(e)
}

// perform lets the call have its effect, and encodes its reply while the world stands
// still.
func (w *World) perform(name string, raw []any, remote string, v verdict, e Entry) *reply {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	w.age(now)
	canonical, m, ok := w.lookup(name)
	c := &call{method: canonical, now: now, remote: remote, opTrouble: v.Operation}
	var value any
	f := unsupported(name)
	if ok {
		value, f = w.dispatch(m, c, raw)
	}
	p := w.valueReply(value, &f)
	e.Time, e.IDs = now, c.touched
	if f != nil {
		e.Fault = f
	}
	w.wire.note(e)
	return p
}

// valueReply encodes a value, or the fault that f holds if there is one. A value that
// cannot be written becomes a fault.
func (w *World) valueReply(value any, f **Fault) *reply {
	if *f != nil {
		return w.faultReply(*f)
	}
	e := w.encoder()
	if err := e.reply(value); err != nil {
		*f = internalFault(err.Error())
		return w.faultReply(*f)
	}
	return xmlReply(e)
}

func (w *World) faultReply(f *Fault) *reply {
	e := w.encoder()
	e.fault(f)
	return xmlReply(e)
}

func (w *World) encoder() *encoder {
	e := &encoder{nilEmpty: w.sw("nil") == "empty-string"}
	e.header(w.sw("reply-header") == "utf-8")
	return e
}

// xmlReply is a reply of the API. Faults, too, have status 200; Ruby's library refuses
// a content type other than text/xml.
func xmlReply(e *encoder) *reply {
	return newReply(http.StatusOK, "text/xml", e.buf.Bytes())
}

// pause waits, and says whether the client still waits too.
func pause(ctx context.Context, d time.Duration) bool {
	if d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
	}
	return ctx.Err() == nil
}
