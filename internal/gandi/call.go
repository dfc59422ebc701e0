package gandi

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
)

// Repeat says what a second sending of the same call would do.
type Repeat int

const (
	// Repeatable calls describe an end: sent twice they change nothing more.
	Repeatable Repeat = iota
	// Once calls act each time, a reboot for example, and must not be sent twice.
	Once
	// Paid calls buy something each time.
	Paid
)

func (r Repeat) String() string {
	switch r {
	case Repeatable:
		return "Repeatable"
	case Once:
		return "Once"
	case Paid:
		return "Paid"
	default:
		return "Repeat(" + strconv.Itoa(int(r)) + ")"
	}
}

// A Call is one mutating API method with its arguments, as plain data: comparing two calls compares what would be sent.
type Call interface {
	// Method is the full name, such as "hosting.disk.update".
	Method() string
	// Params are the arguments after the API key: int, float64, bool, string, Secret, []any and map[string]any.
	// What the call leaves unset is absent from the maps, since a zero would be an order to Gandi.
	Params() []any
	// Repeat tells whether the call may be sent again when nobody knows whether it arrived.
	Repeat() Repeat
}

// digestLength is the number of hex digits kept: 64 bits, plenty to tell the calls of one object apart.
const digestLength = 16

// withOwnReply is a Call whose method answers something else than operations, however much like one it may look.
type withOwnReply interface {
	// operations makes of the reply what Submit returns. An error leaves the outcome unknown.
	operations(reply any) ([]Operation, error)
}

// withUnsent is a Call that holds more than it sends.
type withUnsent interface {
	unsent() []any
}

// Digest names what call would do: two calls with one digest are the same call. Secrets take part by their Ref alone,
// so a digest may be stored and shown.
func Digest(call Call) string {
	h := sha256.New()
	_, _ = io.WriteString(h, strconv.Quote(call.Method()))
	writeCanonical(h, call.Params())
	if c, ok := call.(withUnsent); ok {
		writeCanonical(h, c.unsent())
	}
	return hex.EncodeToString(h.Sum(nil))[:digestLength]
}

// writeCanonical writes v so that different values never give the same text: strings are quoted, and each type has
// a mark of its own.
func writeCanonical(w io.Writer, v any) {
	switch v := v.(type) {
	case Secret:
		fmt.Fprintf(w, "secret(%q)", v.Ref())
	case string:
		fmt.Fprintf(w, "%q", v)
	case map[string]any:
		_, _ = io.WriteString(w, "{")
		for _, k := range slices.Sorted(maps.Keys(v)) {
			if v[k] == nil {
				continue
			}
			fmt.Fprintf(w, "%q:", k)
			writeCanonical(w, v[k])
			_, _ = io.WriteString(w, ",")
		}
		_, _ = io.WriteString(w, "}")
	case []any:
		_, _ = io.WriteString(w, "[")
		for _, e := range v {
			writeCanonical(w, e)
			_, _ = io.WriteString(w, ",")
		}
		_, _ = io.WriteString(w, "]")
	default:
		fmt.Fprintf(w, "%T(%v)", v, v)
	}
}

// A spec is a struct under construction: only what is set is put in.
type spec map[string]any

func (s spec) num(key string, v int) {
	if v != 0 {
		s[key] = v
	}
}

func (s spec) str(key, v string) {
	if v != "" {
		s[key] = v
	}
}

func (s spec) secret(key string, v Secret) {
	if !v.IsZero() {
		s[key] = v
	}
}

// ptr puts what p points at, zero or not: the caller said it.
func ptr[T any](s spec, key string, p *T) {
	if p != nil {
		s[key] = *p
	}
}

func numbers[T ~int](ids []T) []any {
	list := make([]any, len(ids))
	for i, id := range ids {
		list[i] = int(id)
	}
	return list
}
