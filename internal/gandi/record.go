package gandi

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// A record reads the fields of one struct of a reply, as lenient as Gandi's editions differ: a number may come as int,
// double or digits in a string, a flag as boolean or 0 and 1, a missing field as nil, "" or not at all, a list of one as
// its only element. What cannot be meant is kept as the first problem; then the whole record counts as unreadable, for a
// memory or a state silently read as zero would make somebody "repair" a healthy VM.
type record struct {
	fields  map[string]any
	path    string
	problem *error
}

func newRecord(m map[string]any) *record {
	var problem error
	return &record{fields: m, problem: &problem}
}

func (r *record) complain(key, meant string) {
	if *r.problem == nil {
		*r.problem = fmt.Errorf("field %s is %s where %s is meant", r.path+key, kindOf(r.fields[key]), meant)
	}
}

// has tells whether the record names key at all, null or not.
func (r *record) has(key string) bool {
	_, ok := r.fields[key]
	return ok
}

// given tells whether key has a value.
func (r *record) given(key string) bool { return !isNull(r.fields[key]) }

// id reads the number that the record is nothing without.
func (r *record) id() int {
	n, ok := toInt(r.fields["id"])
	if !ok || n <= 0 {
		r.complain("id", "a positive number")
		return 0
	}
	return n
}

func (r *record) num(key string) int {
	if !r.given(key) {
		return 0
	}
	n, ok := toInt(r.fields[key])
	if !ok {
		r.complain(key, "a whole number")
	}
	return n
}

func (r *record) double(key string) float64 {
	if !r.given(key) {
		return 0
	}
	f, ok := toFloat(r.fields[key])
	if !ok {
		r.complain(key, "a number")
	}
	return f
}

func (r *record) flag(key string) bool {
	if !r.given(key) {
		return false
	}
	b, ok := toBool(r.fields[key])
	if !ok {
		r.complain(key, "a boolean")
	}
	return b
}

func (r *record) str(key string) string {
	if !r.given(key) {
		return ""
	}
	s, ok := toString(r.fields[key])
	if !ok {
		r.complain(key, "a string")
	}
	return s
}

// required reads a string that the record is nothing without.
func (r *record) required(key string) string {
	s := r.str(key)
	if s == "" {
		r.complain(key, "a string")
	}
	return s
}

// date reads a date; one that cannot be read counts as none. Nothing is decided by Gandi's dates, so a strange one must
// not hide the VM that carries it.
func (r *record) date(key string) time.Time {
	switch v := r.fields[key].(type) {
	case time.Time:
		return v
	case string:
		t, _ := parseDate(v)
		return t
	default:
		return time.Time{}
	}
}

// details reads a struct that is passed on as it is; anything else counts as none.
func (r *record) details(key string) map[string]any {
	m, _ := r.fields[key].(map[string]any)
	if len(m) == 0 {
		return nil
	}
	return m
}

// amounts reads a struct of numbers; what is no number in it is left out.
func (r *record) amounts(key string) map[string]float64 {
	m := r.details(key)
	if m == nil {
		return nil
	}
	out := make(map[string]float64, len(m))
	for k, v := range m {
		if f, ok := toFloat(v); ok {
			out[k] = f
		}
	}
	return out
}

// nested reads an embedded struct; without one, every field of the result is absent.
func (r *record) nested(key string) *record {
	m, _ := asStruct(r.fields[key])
	return &record{fields: m, path: r.path + key + ".", problem: r.problem}
}

// numOrIDOf reads a number that some editions wrap into the struct of the thing it names.
func (r *record) numOrIDOf(key string) int {
	if _, ok := asStruct(r.fields[key]); ok {
		return r.nested(key).num("id")
	}
	return r.num(key)
}

// ids reads a list of numbers.
func ids[T ~int](r *record, key string) []T {
	var out []T
	for _, v := range asList(r.fields[key]) {
		n, ok := toInt(v)
		if !ok {
			r.complain(key, "a list of numbers")
			return nil
		}
		out = append(out, T(n))
	}
	return out
}

// records reads a list of embedded structs.
func records[T any](r *record, key string, parse func(*record) T) []T {
	var out []T
	for i, v := range asList(r.fields[key]) {
		m, ok := v.(map[string]any)
		if !ok {
			r.complain(key, "a list of structs")
			return nil
		}
		out = append(out, parse(&record{
			fields: m, path: r.path + key + "[" + strconv.Itoa(i) + "].", problem: r.problem,
		}))
	}
	return out
}

// isNull tells whether v stands for nothing. Captures of Gandi show an empty string in 2011 where later ones have nil,
// and PHP writes an empty array for an empty struct.
func isNull(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case map[string]any:
		return len(v) == 0
	case []any:
		return len(v) == 0
	default:
		return false
	}
}

// asList is v as a list: nothing is an empty one, anything else but a list is its only element.
func asList(v any) []any {
	if isNull(v) {
		return nil
	}
	if list, ok := v.([]any); ok {
		return list
	}
	return []any{v}
}

// asStruct is v as a struct: some editions wrap a single one into an array.
func asStruct(v any) (map[string]any, bool) {
	if list, ok := v.([]any); ok && len(list) == 1 {
		v = list[0]
	}
	m, ok := v.(map[string]any)
	return m, ok
}

func toInt(v any) (int, bool) {
	switch v := v.(type) {
	case int64:
		return int(v), int64(int(v)) == v
	case float64:
		// Beyond 2^53 a double no longer tells whole numbers apart.
		if v != math.Trunc(v) || math.Abs(v) > 1<<53 {
			return 0, false
		}
		return int(v), true
	case bool:
		if v {
			return 1, true
		}
		return 0, true
	case string:
		v = strings.TrimSpace(v)
		if n, err := strconv.Atoi(v); err == nil {
			return n, true
		}
		f, err := strconv.ParseFloat(v, 64)
		if err != nil {
			return 0, false
		}
		return toInt(f)
	default:
		return 0, false
	}
}

func toFloat(v any) (float64, bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, !math.IsNaN(v) && !math.IsInf(v, 0)
	case string:
		f, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
		if err != nil {
			return 0, false
		}
		return toFloat(f)
	default:
		return 0, false
	}
}

func toBool(v any) (value, ok bool) {
	switch v := v.(type) {
	case bool:
		return v, true
	case int64:
		return v != 0, v == 0 || v == 1
	case float64:
		return v != 0, v == 0 || v == 1
	case string:
		switch strings.ToLower(strings.TrimSpace(v)) {
		case "1", "true":
			return true, true
		case "0", "false":
			return false, true
		}
	}
	return false, false
}

func toString(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case int64:
		return strconv.FormatInt(v, 10), true
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), true
	case bool:
		return strconv.FormatBool(v), true
	default:
		return "", false
	}
}

// parseDate reads the forms in which dates are known to come: compact or hyphenated, with "T" or a space, with no zone,
// Z, +hh:mm or +hhmm. Without a zone the date is taken as UTC.
func parseDate(s string) (time.Time, bool) {
	s = strings.TrimSpace(s)
	for _, layout := range [...]string{
		"20060102T15:04:05",
		"20060102T15:04:05Z07:00",
		"20060102T15:04:05Z0700",
		"2006-01-02T15:04:05",
		"2006-01-02T15:04:05Z07:00",
		"2006-01-02T15:04:05Z0700",
		"20060102T150405",
		time.DateTime,
		time.DateOnly,
	} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// kindOf names what v is, and never v itself.
func kindOf(v any) string {
	switch v.(type) {
	case nil:
		return "nothing"
	case map[string]any:
		return "a struct"
	case []any:
		return "an array"
	case string:
		return "a string"
	case int64, float64:
		return "a number"
	case bool:
		return "a boolean"
	case time.Time:
		return "a date"
	default:
		return "something else"
	}
}
