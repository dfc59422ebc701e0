package gandisim

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// Paging of every list: 100 unless told, never more than 500.
const (
	defaultPage = 100
	longestPage = 500
)

// row is one object as lists see it: what is shown, and what filters compare, which is more.
type row struct {
	id     int
	handle string // "" for what everybody sees
	show   Struct
	render func() Struct // makes show, where that is only done for what is listed
	match  Struct
}

// shown is what a list shows of the row.
func (r row) shown() Struct {
	if r.render != nil {
		return r.render()
	}
	return r.show
}

// filterKeys are the keys that a list method takes, each with the type of its values: "int", "string", "bool",
// "number" or "date".
type filterKeys map[string]string

// listing is a method list, rows being those of one kind.
func (w *World) listing(c *call, kind string, keys filterKeys, opts any) (any, *Fault) {
	found, fault := w.selected(c, kind, keys, opts)
	if fault != nil {
		return nil, fault
	}
	in, _ := opts.(Struct)
	per, page, fault := paging(in)
	if fault != nil {
		return nil, fault
	}
	from := min(page*per, len(found))
	out := []any{}
	for _, r := range found[from:min(from+per, len(found))] {
		out = append(out, r.shown())
	}
	return out, nil
}

// counting is a method count.
func (w *World) counting(c *call, kind string, keys filterKeys, opts any) (any, *Fault) {
	found, fault := w.selected(c, kind, keys, opts)
	if fault != nil {
		return nil, fault
	}
	return len(found), nil
}

func paging(in Struct) (per, page int, fault *Fault) {
	per = defaultPage
	if v := in["items_per_page"]; v != nil {
		n, ok := v.(int)
		if !ok || n < 1 {
			return 0, 0, refuse(objInt, causeBadParameter, "items_per_page must be a positive int")
		}
		per = min(n, longestPage)
	}
	if v := in["page"]; v != nil {
		n, ok := v.(int)
		if !ok || n < 0 {
			return 0, 0, refuse(objInt, causeBadParameter, "page must be an int of 0 or more")
		}
		page = min(n, 1<<24)
	}
	return per, page, nil
}

// selected are the rows of a kind that the caller may see and that pass its filters, in the order asked for.
func (w *World) selected(c *call, kind string, keys filterKeys, opts any) ([]row, *Fault) {
	in, _ := opts.(Struct)
	tests, fault := w.tests(keys, in)
	if fault != nil {
		return nil, fault
	}
	order, fault := w.order(keys, in)
	if fault != nil {
		return nil, fault
	}
	var out []row
	for _, r := range w.visible(kind) {
		if r.handle != "" && r.handle != c.handle {
			continue
		}
		if !slices.ContainsFunc(tests, func(t test) bool { return !t.passes(r.match[t.key]) }) {
			out = append(out, r)
		}
	}
	slices.SortStableFunc(out, order)
	return out, nil
}

// test is one filter of a call.
type test struct {
	op     byte // '=', '~', '>' or '<'
	key    string
	wanted []any // one of these, unless op is an order
}

func (w *World) tests(keys filterKeys, in Struct) ([]test, *Fault) {
	var out []test
	for _, name := range sortedNames(in) {
		switch name {
		case "items_per_page", "page", "sort_by":
			continue
		}
		if in[name] == nil {
			continue
		}
		t := test{op: '=', key: name}
		if strings.ContainsAny(name[:min(1, len(name))], "~<>") {
			t.op, t.key = name[0], name[1:]
		}
		kind, known := keys[t.key]
		if !known {
			if w.sw("unknown-filter") == "ignored" {
				continue
			}
			return nil, refuse(objStruct, causeBadParameter, "unknown filter '%s' (EC_UNKNOWNFIELD)", name)
		}
		values, isList := in[name].([]any)
		if !isList {
			values = []any{in[name]}
		}
		if t.op != '=' && isList || t.op == '~' && kind != "string" {
			return nil, refuse(objStruct, causeBadParameter, "filter '%s' does not take such a value", name)
		}
		for _, v := range values {
			wanted, ok := w.filterValue(kind, v)
			if !ok {
				return nil, refuse(objStruct, causeBadParameter, "filter '%s' must be of type %s", name, kind)
			}
			t.wanted = append(t.wanted, wanted)
		}
		out = append(out, t)
	}
	return out, nil
}

// filterValue is v as filters of one type compare it.
func (w *World) filterValue(kind string, v any) (any, bool) {
	switch kind {
	case "int":
		n, ok := v.(int)
		return n, ok
	case "number":
		switch n := v.(type) {
		case int:
			return float64(n), true
		case float64:
			return n, true
		}
		return nil, false
	case "bool":
		switch b := v.(type) {
		case bool:
			return b, true
		case int:
			return b != 0, b == 0 || b == 1
		}
		return nil, false
	case "date":
		switch d := v.(type) {
		case time.Time:
			return w.told(d), true
		case string:
			return w.parseDate(d)
		}
		return nil, false
	default:
		s, ok := v.(string)
		return s, ok
	}
}

// told is the moment that a caller means by a date without a zone.
func (w *World) told(d time.Time) time.Time {
	return time.Date(d.Year(), d.Month(), d.Day(), d.Hour(), d.Minute(), d.Second(), 0, w.zone)
}

func (w *World) parseDate(s string) (any, bool) {
	for _, layout := range []string{time.DateTime, "2006-01-02T15:04:05", "20060102T15:04:05", time.DateOnly, "20060102"} {
		if d, err := time.ParseInLocation(layout, s, w.zone); err == nil {
			return d, true
		}
	}
	return nil, false
}

// passes reports whether an object's value satisfies t. A value that is a list satisfies equality by any of its
// members, as vm_id does on disks.
func (t test) passes(have any) bool {
	if list, ok := have.([]any); ok {
		return slices.ContainsFunc(list, t.passes)
	}
	if have == nil {
		return false
	}
	switch t.op {
	case '~':
		s, _ := have.(string)
		return like(s, t.wanted[0].(string))
	case '>':
		return compare(have, t.wanted[0]) > 0
	case '<':
		return compare(have, t.wanted[0]) < 0
	default:
		return slices.ContainsFunc(t.wanted, func(wanted any) bool { return compare(have, wanted) == 0 })
	}
}

// like is a match without regard to case; % stands for any text, and without any the pattern may stand anywhere.
func like(s, pattern string) bool {
	s, pattern = strings.ToLower(s), strings.ToLower(pattern)
	parts := strings.Split(pattern, "%")
	if len(parts) == 1 {
		return strings.Contains(s, pattern)
	}
	if !strings.HasPrefix(s, parts[0]) {
		return false
	}
	s = s[len(parts[0]):]
	for _, p := range parts[1 : len(parts)-1] {
		i := strings.Index(s, p)
		if i < 0 {
			return false
		}
		s = s[i+len(p):]
	}
	return strings.HasSuffix(s, parts[len(parts)-1])
}

// compare orders two values of one type, nil before all others.
func compare(a, b any) int {
	switch x := a.(type) {
	case int:
		switch y := b.(type) {
		case int:
			return cmp.Compare(x, y)
		case bool:
			return cmp.Compare(x, oneOrZero(y))
		case float64:
			return cmp.Compare(float64(x), y)
		}
	case float64:
		switch y := b.(type) {
		case float64:
			return cmp.Compare(x, y)
		case int:
			return cmp.Compare(x, float64(y))
		}
	case string:
		if y, ok := b.(string); ok {
			return cmp.Compare(x, y)
		}
	case bool:
		if y, ok := b.(bool); ok {
			return cmp.Compare(oneOrZero(x), oneOrZero(y))
		}
	case time.Time:
		if y, ok := b.(time.Time); ok {
			return x.Compare(y)
		}
	case nil:
		if b == nil {
			return 0
		}
		return -1
	}
	if b == nil {
		return 1
	}
	return 1 // of different types, which never are equal
}

// order is what sort_by asks for, 'field', 'field ASC' or 'field DESC'; without it ids grow.
func (w *World) order(keys filterKeys, in Struct) (func(a, b row) int, *Fault) {
	byIDs := func(a, b row) int { return cmp.Compare(a.id, b.id) }
	v := in["sort_by"]
	if v == nil {
		return byIDs, nil
	}
	text, ok := v.(string)
	words := strings.Fields(text)
	if !ok || len(words) == 0 || len(words) > 2 {
		return nil, refuse(objString, causeBadParameter, "sort_by must be 'field ASC' or 'field DESC'")
	}
	sign := 1
	if len(words) == 2 {
		switch strings.ToUpper(words[1]) {
		case "ASC":
		case "DESC":
			sign = -1
		default:
			return nil, refuse(objString, causeBadParameter, "sort_by must be 'field ASC' or 'field DESC'")
		}
	}
	key := words[0]
	if _, known := keys[key]; !known {
		if w.sw("unknown-filter") == "ignored" {
			return byIDs, nil
		}
		return nil, refuse(objString, causeBadParameter, "cannot sort by '%s' (EC_UNKNOWNFIELD)", key)
	}
	return func(a, b row) int {
		return cmp.Or(sign*compare(a.match[key], b.match[key]), byIDs(a, b))
	}, nil
}

func sortedNames(s Struct) []string { return sortedKeys(s) }

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
