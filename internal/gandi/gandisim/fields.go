package gandisim

import "slices"

// fields reads the members of a specification. Gandi looks at all types before it looks at any value, so the
// first wrong type is kept and told by end, which the caller asks before judging what it read.
type fields struct {
	w     *World
	of    object // what the specification describes
	in    Struct
	known []string
	fault *Fault
	wrong string // the member that end's fault is about, and the name of what is wrong with it
	why   string
}

func (w *World) read(of object, in any) *fields {
	s, _ := in.(Struct)
	return &fields{w: w, of: of, in: s}
}

// member is the value of name; a nil value counts as absent.
func (f *fields) member(name string) (any, bool) {
	f.known = append(f.known, name)
	v := f.in[name]
	return v, v != nil
}

func (f *fields) mistyped(name, kind string) {
	if f.fault == nil {
		f.fault = refuse(f.of, causeBadParameter, "%s must be %s", name, kind)
		f.wrong, f.why = name, "WRONGTYPE"
	}
}

func (f *fields) int(name string) (int, bool) {
	v, ok := f.member(name)
	if !ok {
		return 0, false
	}
	n, ok := v.(int)
	if !ok {
		f.mistyped(name, "an int")
	}
	return n, ok
}

// id is an int that must be positive, as all ids are.
func (f *fields) id(name string) int {
	n, ok := f.int(name)
	if ok && n <= 0 && f.fault == nil {
		f.fault = refuse(f.of, causeBadParameter, "%s must be a positive int", name)
	}
	return n
}

// bandwidth is the only number that clients write as a double or as an int, as their language has it.
func (f *fields) bandwidth() (float64, bool) {
	v, ok := f.member("bandwidth")
	if !ok {
		return 0, false
	}
	switch n := v.(type) {
	case int:
		return float64(n), true
	case float64:
		return n, true
	default:
		f.mistyped("bandwidth", "a number")
		return 0, false
	}
}

func (f *fields) text(name string) (string, bool) {
	v, ok := f.member(name)
	if !ok {
		return "", false
	}
	s, ok := v.(string)
	if !ok {
		f.mistyped(name, "a string")
	}
	return s, ok
}

// flag is a truth, written as boolean or as 0 or 1.
func (f *fields) flag(name string) (value, given bool) {
	v, ok := f.member(name)
	if !ok {
		return false, false
	}
	switch b := v.(type) {
	case bool:
		return b, true
	case int:
		if b == 0 || b == 1 {
			return b == 1, true
		}
	}
	f.mistyped(name, "a boolean")
	return false, false
}

func (f *fields) ids(name string) []int {
	v, ok := f.member(name)
	if !ok {
		return nil
	}
	list, ok := v.([]any)
	if !ok {
		f.mistyped(name, "an array of int")
		return nil
	}
	var out []int
	for _, e := range list {
		n, ok := e.(int)
		if !ok {
			f.mistyped(name, "an array of int")
			return nil
		}
		out = append(out, n)
	}
	return out
}

func (f *fields) texts(name string) ([]string, bool) {
	v, ok := f.member(name)
	if !ok {
		return nil, false
	}
	list, ok := v.([]any)
	out := make([]string, 0, len(list))
	for _, e := range list {
		s, isText := e.(string)
		ok = ok && isText
		out = append(out, s)
	}
	if !ok {
		f.mistyped(name, "an array of string")
	}
	return out, ok
}

// any is a member whose type the caller judges.
func (f *fields) any(name string) (any, bool) { return f.member(name) }

// unused names members that the API has and that change nothing here.
func (f *fields) unused(names ...string) { f.known = append(f.known, names...) }

// end is what is wrong with the members themselves.
func (f *fields) end() *Fault {
	if f.fault != nil {
		return f.fault
	}
	if f.w.sw("unknown-field") == "ignored" {
		return nil
	}
	for _, name := range sortedNames(f.in) {
		if !slices.Contains(f.known, name) {
			f.wrong, f.why = name, "UNKNOWNFIELD"
			return refuse(f.of, causeBadParameter, "unknown field '%s' (EC_UNKNOWNFIELD)", name)
		}
	}
	return nil
}

// lacking is the fault for a field that must be there.
func lacking(of object, name string) *Fault {
	return refuse(of, causeBadParameter, "missing field '%s' (EC_MISSINGFIELD)", name)
}
