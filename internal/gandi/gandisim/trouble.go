package gandisim

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// A Trouble is something that goes wrong, planned ahead. It strikes calls of Method:
// the Nth, each Every-th, each with a Probability, or, with none of the three, each
// one. Calls are counted from the moment the trouble is set, those of Method only, and
// each trouble counts for itself.
//
// Several troubles may strike one call: their delays add up, and of what answers in
// place of the method, the trouble that was set first wins.
type Trouble struct {
	// Method is a method's name, a prefix with a star ("hosting.vm.*"), or "*"; empty
	// means "*". A call by a legacy alias counts as a call of its method.
	Method string
	// Nth is the first call that is struck, counted from 1. Count is 1 if unset.
	Nth int
	// Every strikes the calls whose number is a multiple of it.
	Every int
	// Probability strikes each call with this chance, 0 to 1, drawn from the world's seed.
	Probability float64
	// Count is how often the trouble strikes in all; 0 means once with Nth, else without
	// end. A trouble with Nth strikes that call and the Count-1 calls after it.
	Count int

	// Delay passes before the call has an effect. A client that gives up meanwhile has
	// changed nothing.
	Delay time.Duration
	// ReplyDelay passes between effect and reply. A client that gives up meanwhile has
	// changed the world and does not know.
	ReplyDelay time.Duration
	// Fault is answered in place of the effect.
	Fault *Fault
	// Status is an HTTP status, answered in place of the effect.
	Status int
	// Cut ends the connection: "before" the effect; "after" it, without a byte of reply;
	// or "truncate", after it and in the middle of the reply.
	Cut string
	// Operation is how the operations end that the call starts: "ERROR", or "hang" (they
	// stay as they are for ever).
	Operation string
}

// Validate says what is wrong with the trouble.
func (t Trouble) Validate() error {
	chosen := 0
	for _, set := range []bool{t.Nth != 0, t.Every != 0, t.Probability != 0} {
		if set {
			chosen++
		}
	}
	switch {
	case t.Nth < 0 || t.Every < 0 || t.Count < 0:
		return errors.New("nth, every and count must not be negative")
	case !(t.Probability >= 0 && t.Probability <= 1):
		return errors.New("probability must be between 0 and 1")
	case chosen > 1:
		return errors.New("only one of nth, every and probability may be set")
	case t.Delay < 0 || t.ReplyDelay < 0:
		return errors.New("a delay must not be negative")
	case t.Status != 0 && (t.Status < 200 || t.Status > 599):
		return errors.New("status must be an HTTP status of 200 to 599")
	case !slices.Contains([]string{"", "before", "after", "truncate"}, t.Cut):
		return errors.New("cut must be before, after or truncate")
	case !slices.Contains([]string{"", "ERROR", "hang"}, t.Operation):
		return errors.New("operation must be ERROR or hang")
	case strings.Contains(strings.TrimSuffix(t.Method, "*"), "*"):
		return errors.New("method may have one star, at its end")
	}
	if t.Delay == 0 && t.ReplyDelay == 0 && t.Fault == nil && t.Status == 0 && t.Cut == "" && t.Operation == "" {
		return errors.New("one of delay, reply_delay, fault, status, cut and operation must be set")
	}
	return nil
}

func (t Trouble) matches(method string) bool {
	if t.Method == "" {
		return true
	}
	if prefix, ok := strings.CutSuffix(t.Method, "*"); ok {
		return strings.HasPrefix(method, prefix)
	}
	return t.Method == method
}

// String is how the journal names the trouble.
func (t Trouble) String() string {
	var parts []string
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	if t.Delay > 0 {
		add("delay %v", t.Delay)
	}
	if t.ReplyDelay > 0 {
		add("reply delay %v", t.ReplyDelay)
	}
	if t.Fault != nil {
		add("fault %d", t.Fault.Code)
	}
	if t.Status != 0 {
		add("status %d", t.Status)
	}
	if t.Cut != "" {
		add("cut %s", t.Cut)
	}
	if t.Operation != "" {
		add("operation %s", t.Operation)
	}
	return strings.Join(parts, ", ")
}

// script is the troubles that are set, and how far each has come.
type script struct {
	set  []*scripted
	dice *rand.Rand
}

type scripted struct {
	Trouble
	seen   int // calls that matched
	struck int
}

// strikes counts a call of the trouble's method and says whether it is struck.
func (s *scripted) strikes(dice *rand.Rand) bool {
	s.seen++
	limit, hit := s.Count, true
	switch {
	case s.Nth > 0:
		limit = max(limit, 1)
		hit = s.seen >= s.Nth
	case s.Every > 0:
		hit = s.seen%s.Every == 0
	case s.Probability > 0:
		// Drawn for every call, so that a count that ran out does not shift what other
		// troubles draw.
		hit = dice.Float64() < s.Probability
	}
	if !hit || limit > 0 && s.struck >= limit {
		return false
	}
	s.struck++
	return true
}

// verdict is what all troubles together do to one call.
type verdict struct {
	Trouble
	name string // for the journal
}

// judge counts the call with every trouble.
func (s *script) judge(method string) verdict {
	var v verdict
	var names []string
	for _, t := range s.set {
		if !t.matches(method) || !t.strikes(s.dice) {
			continue
		}
		names = append(names, t.String())
		v.Delay += t.Delay
		v.ReplyDelay += t.ReplyDelay
		if v.Fault == nil && v.Status == 0 && v.Cut == "" {
			v.Fault, v.Status, v.Cut = t.Fault, t.Status, t.Cut
		}
		if v.Operation == "" {
			v.Operation = t.Operation
		}
	}
	v.name = strings.Join(names, "; ")
	return v
}

// Script sets troubles, in addition to those already set. A trouble that makes no sense,
// or a method that there is not, is a mistake of the program, hence a panic.
func (w *World) Script(troubles ...Trouble) {
	for _, t := range troubles {
		if err := w.plan(t); err != nil {
			panic("gandisim: " + err.Error())
		}
	}
}

func (w *World) plan(t Trouble) error {
	if err := t.Validate(); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if !strings.HasSuffix(t.Method, "*") && t.Method != "" {
		t.Method, _, _ = w.lookup(t.Method)
	}
	known := false
	for name := range w.wire.methods {
		known = known || t.matches(name)
	}
	if !known {
		return fmt.Errorf("no method is called %q", t.Method)
	}
	w.wire.script.set = append(w.wire.script.set, &scripted{Trouble: t})
	return nil
}

// ClearTroubles ends all troubles. Operations that were made to hang stay as they are.
func (w *World) ClearTroubles() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.wire.script.set = nil
}

// UnmarshalJSON reads the form of POST /sim/trouble: delays are durations ("2s") or
// seconds, a fault is {"code", "text"} or a code alone. Unknown fields are refused.
func (t *Trouble) UnmarshalJSON(b []byte) error {
	var in struct {
		Method      string   `json:"method"`
		Nth         int      `json:"nth"`
		Every       int      `json:"every"`
		Probability float64  `json:"probability"`
		Count       int      `json:"count"`
		Delay       duration `json:"delay"`
		ReplyDelay  duration `json:"reply_delay"`
		Fault       *anyCode `json:"fault"`
		Status      int      `json:"status"`
		Cut         string   `json:"cut"`
		Operation   string   `json:"operation"`
	}
	if err := strictJSON(b, &in); err != nil {
		return err
	}
	*t = Trouble{
		Method: in.Method, Nth: in.Nth, Every: in.Every, Probability: in.Probability, Count: in.Count,
		Delay: time.Duration(in.Delay), ReplyDelay: time.Duration(in.ReplyDelay), Fault: (*Fault)(in.Fault),
		Status: in.Status, Cut: in.Cut, Operation: in.Operation,
	}
	return nil
}

type duration time.Duration

func (d *duration) UnmarshalJSON(b []byte) error {
	var seconds float64
	if err := json.Unmarshal(b, &seconds); err == nil {
		if seconds < 0 || seconds > 1e9 {
			return errors.New("a delay must be a number of seconds from 0 to 1e9")
		}
		*d = duration(seconds * float64(time.Second))
		return nil
	}
	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		return errors.New(`a delay is a duration, as "2s", or a number of seconds`)
	}
	v, err := time.ParseDuration(text)
	if err != nil {
		return fmt.Errorf(`a delay is a duration, as "2s", or a number of seconds, not %q`, text)
	}
	*d = duration(v)
	return nil
}

type anyCode Fault

func (f *anyCode) UnmarshalJSON(b []byte) error {
	if err := json.Unmarshal(b, &f.Code); err == nil {
		f.Text = fmt.Sprintf("Error on object : OBJECT_UNKNOWN (CAUSE_UNKNOWN) [scripted fault %d]", f.Code)
		return nil
	}
	return strictJSON(b, (*Fault)(f))
}
