package gandisim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

// restart puts the wire half into its state at the start. The lock is held, or nobody
// has the world yet.
func (s *wireState) restart(o Options) {
	if s.switches == nil {
		// Validate has been here before.
		s.switches, _ = resolveSwitches(o.Switches)
	}
	limit, _ := parseRate(o.RateLimit)
	s.limiter = limiter{rate: limit}
	s.script = script{dice: rand.New(rand.NewPCG(uint64(o.Seed), 0x7472_6f75_626c_6573))}
	s.keys = maps.Clone(o.Keys)
	s.journal, s.seq = nil, 0
}

// Reset puts the world back to its seed: objects, keys, names, journal, troubles and
// rate limit.
func (w *World) Reset() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.wire.restart(w.opts)
	w.reset()
}

// State is the world as it is now: "vms", "disks", "ifaces", "ips", "operations" and
// the like, each a list of objects with the API's field names.
func (w *World) State() map[string]any {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.age(time.Now())
	return w.snapshotState()
}

// Change edits the world as if somebody used Gandi's web panel. The request is that of
// POST /sim/change.
func (w *World) Change(request map[string]any) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.age(time.Now())
	edit, _ := wholeNumbers(request).(map[string]any)
	return w.change(edit)
}

// wholeNumbers copies a JSON value, with int in place of float64 where nothing is lost:
// JSON has one kind of number, the world's ids are int.
func wholeNumbers(v any) any {
	switch v := v.(type) {
	case float64:
		if v == float64(int32(v)) {
			return int(v)
		}
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = wholeNumbers(item)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, item := range v {
			out[name] = wholeNumbers(item)
		}
		return out
	}
	return v
}

// AddKey gives the handle one more key.
func (w *World) AddKey(key, handle string) error {
	if !keyForm(key) || handle == "" {
		return errors.New("a key has 24 letters and digits, and a handle")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.wire.keys[key] = handle
	return nil
}

// RevokeKey makes a key unknown. A key that is not there stays so.
func (w *World) RevokeKey(key string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.wire.keys, key)
}

// serveControl answers the doors below /sim/, which speak JSON.
func (w *World) serveControl(r *http.Request) *reply {
	switch r.Method + " " + r.URL.Path {
	case "GET /sim/state":
		return jsonReply(w.State())
	case "GET /sim/journal":
		return w.serveJournal(r)
	case "GET /sim/switches":
		return jsonReply(w.positions())
	case "POST /sim/trouble":
		return control(r, w.plan)
	case "DELETE /sim/trouble":
		w.ClearTroubles()
		return doneReply()
	case "POST /sim/change":
		return control(r, w.Change)
	case "GET /sim/dns":
		return jsonReply(w.namesState())
	case "POST /sim/dns":
		return control(r, w.changeNames)
	case "POST /sim/key":
		return control(r, w.changeKey)
	case "POST /sim/reset":
		w.Reset()
		return doneReply()
	}
	return complain(http.StatusNotFound, errors.New("the doors are GET /sim/state, /sim/journal, /sim/switches and /sim/dns; POST /sim/trouble, /sim/change, /sim/dns, /sim/key and /sim/reset; DELETE /sim/trouble"))
}

// serveJournal writes one JSON document per line; ?after=N leaves out entries up to
// seq N.
func (w *World) serveJournal(r *http.Request) *reply {
	after := 0
	if s := r.URL.Query().Get("after"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			return complain(http.StatusBadRequest, errors.New("after must be the seq of an entry"))
		}
		after = n
	}
	var b bytes.Buffer
	lines := json.NewEncoder(&b)
	for _, e := range w.Journal() {
		if e.Seq <= after {
			continue
		}
		if err := lines.Encode(e); err != nil {
			return complain(http.StatusInternalServerError, err)
		}
	}
	return newReply(http.StatusOK, "application/jsonl", b.Bytes())
}

type keyChange struct {
	Add    string `json:"add"`
	Handle string `json:"handle"`
	Revoke string `json:"revoke"`
}

// changeKey takes {"add": KEY, "handle": HANDLE} or {"revoke": KEY}. Without a handle,
// the key is one of the account's own.
func (w *World) changeKey(in keyChange) error {
	switch {
	case (in.Add == "") == (in.Revoke == ""):
		return errors.New("one of add and revoke must be set")
	case in.Revoke != "":
		w.RevokeKey(in.Revoke)
		return nil
	case in.Handle == "":
		in.Handle = w.opts.Handle
	}
	return w.AddKey(in.Add, in.Handle)
}

// positions is the table of switches and how they stand.
func (w *World) positions() []map[string]any {
	var out []map[string]any
	for _, s := range Switches() {
		out = append(out, map[string]any{
			"name": s.Name, "doc": s.Doc, "positions": s.Positions, "default": s.Default, "position": w.sw(s.Name),
		})
	}
	return out
}

// control reads a JSON request and carries it out.
func control[T any](r *http.Request, do func(T) error) *reply {
	body, status := readBody(r)
	if status != 0 {
		return statusReply(status)
	}
	var in T
	if err := strictJSON(body, &in); err != nil {
		return complain(http.StatusBadRequest, err)
	}
	if err := do(in); err != nil {
		return complain(http.StatusBadRequest, err)
	}
	return doneReply()
}

// strictJSON decodes one JSON document without unknown fields.
func strictJSON(b []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("reading the request: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("reading the request: something follows the JSON document")
	}
	return nil
}

func jsonReply(v any) *reply {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return complain(http.StatusInternalServerError, err)
	}
	return newReply(http.StatusOK, "application/json", append(b, '\n'))
}

func doneReply() *reply { return jsonReply(map[string]any{"ok": true}) }

func complain(status int, err error) *reply {
	p := jsonReply(map[string]any{"ok": false, "message": err.Error()})
	p.status = status
	return p
}
