package gandisim

import "maps"

// A problem is one thing that speaks against a call of sites: what its dry run lists, and the fault that the call itself gets. One
// without a field is not about the specification, and a fault in both.
type problem struct {
	field  string
	kind   string // field_type
	attr   []any
	err    string // name of the error
	reason string
	idle   bool // a dry run names it, the call goes on in spite of it
	fault  *Fault
}

// shown is the problem as the usage guide prints one; error is there in other methods' dry runs and left out in the guide's.
func (p problem) shown() Struct {
	s := Struct{"field": p.field, "field_type": textOrNil(p.kind), "reason": p.reason, "attr": nil}
	if len(p.attr) > 0 {
		s["attr"] = p.attr
	}
	if p.err != "" {
		s["error"] = p.err
	}
	return s
}

// about is a problem with a field, whose fault is in the same words.
func about(field, kind, err string, c cause, reason string, attr ...any) []problem {
	return []problem{{
		field: field, kind: kind, err: err, attr: attr, reason: field + ": " + reason,
		fault: refuse(objSite, c, "%s: %s (%s)", field, reason, err[1:]),
	}}
}

// plainly is a problem without a field.
func plainly(f *Fault) []problem {
	if f == nil {
		return nil
	}
	return []problem{{fault: f}}
}

// judge is a method of sites that changes something. It lists all that speaks against the call, in the order in which Gandi
// looks, and gives what it would do and answer.
type judge func(w *World, c *call) ([]problem, func() any)

// weighs is a method that does something unless something speaks against it, or only tells what does.
func weighs(do judge, params ...param) method {
	return method{params: params, do: func(w *World, c *call) (any, *Fault) {
		dry, fault := w.askedDry(c)
		if fault != nil {
			return nil, fault
		}
		problems, deed := do(w, c)
		for _, p := range problems {
			if p.field == "" || !dry && !p.idle {
				return nil, p.fault
			}
		}
		if !dry {
			return deed(), nil
		}
		out := []any{}
		for _, p := range problems {
			out = append(out, p.shown())
		}
		return out, nil
	}}
}

// askedDry takes the flag out of the call's last struct, and tells whether it is heeded.
func (w *World) askedDry(c *call) (bool, *Fault) {
	for n := len(c.args) - 1; n >= 0; n-- {
		in, ok := c.args[n].(Struct)
		if !ok {
			continue
		}
		f := w.read(objSite, in)
		asked, _ := f.flag(dryRunFlag)
		if f.fault != nil {
			return false, f.fault
		}
		in = maps.Clone(in)
		delete(in, dryRunFlag)
		c.args[n] = in
		switch w.sw("site-dry-run") {
		case "ignored":
			return false, nil
		case "create-only":
			return asked && c.method == "site.create", nil
		default:
			return asked, nil
		}
	}
	return false, nil
}
