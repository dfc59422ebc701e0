package gandisim

import (
	"strings"
	"time"
)

// Struct is an XML-RPC struct. The encoder writes its members sorted by name, so
// that a reply is the same bytes in every run.
type Struct = map[string]any

// Fault is an XML-RPC fault: what the API answers instead of a value.
type Fault struct {
	Code int    `json:"code"`
	Text string `json:"text"`
}

// param declares one positional argument of a method, the API key not counted.
type param struct {
	kind     string // "int", "string", "bool", "double", "struct", "array", "any", or "site" for the number of a site
	optional bool   // may be missing or nil; only the last ones of a method
}

// method is one entry of the registry. Before do is called, dispatch has checked the
// API key, the number of arguments and their types. do runs with the world's lock
// held and the world aged to the call's time.
type method struct {
	params []param
	do     func(w *World, c *call) (any, *Fault)
}

// call is one request on its way through the world.
//
// args has exactly as many entries as the method has params: a missing optional one
// is nil. A "double" is always a float64 and a "bool" always a bool, whatever number
// the client chose; an empty array where a struct is meant has become an empty Struct.
type call struct {
	method  string // canonical name, never a legacy alias
	args    []any
	handle  string
	now     time.Time
	remote  string // address of the client, without port
	touched []int  // ids for the journal: operations and objects

	// opTrouble is how the operations that this call starts shall end: "" as they
	// should, "ERROR", or "hang" (they never end).
	opTrouble string
}

// lookup finds a method by its name or by a legacy alias, and gives its canonical name.
//
// Gandi: names without hosting. were announced for removal and still listed when the
// reference was last seen. catalog.list and operation.* are no aliases.
func (w *World) lookup(name string) (string, method, bool) {
	methods := w.wire.methods
	if m, ok := methods[name]; ok {
		return name, m, true
	}
	family, _, ok := strings.Cut(name, ".")
	if !ok || w.sw("legacy-names") != "served" {
		return name, method{}, false
	}
	switch family {
	case "vm", "disk", "iface", "ip", "image", "datacenter", "account", "vlan", "ssh":
		name = "hosting." + name
		m, ok := methods[name]
		return name, m, ok
	}
	return name, method{}, false
}

// unsupported is the fault of an unknown method.
func unsupported(name string) *Fault {
	return &Fault{Code: 1, Text: `Method "` + name + `" is not supported`}
}

// dispatch runs one call. The lock is held and the world aged. Gandi checks in this
// order: type, then syntax and value, then existence, then rights, then state. Here are
// the types of all arguments, the key's among them, then the key; the rest is the
// method's.
func (w *World) dispatch(m method, c *call, raw []any) (any, *Fault) {
	params := append([]param{{kind: "string"}}, m.params...)
	args, f := w.fit(params, raw)
	if f != nil {
		return nil, f
	}
	key, _ := args[0].(string)
	if c.handle, f = w.authorise(key); f != nil {
		return nil, f
	}
	c.args = args[1:]
	return m.do(w, c)
}

// authorise checks the API key, which is the first argument of every method: its form,
// then whether it exists. The key itself is never in a fault.
func (w *World) authorise(key string) (handle string, f *Fault) {
	if !keyForm(key) || w.sw("key-case") == "lower-only" && key != strings.ToLower(key) {
		// The real text repeats what was sent, which here may be a mistyped key.
		return "", &Fault{Code: 501237, Text: `Error on object : OBJECT_STRING (CAUSE_BADPARAMETER) [string '' does not match '^[a-z0-9]{24}$']`}
	}
	handle, ok := w.wire.keys[key]
	if !ok {
		return "", &Fault{Code: 510150, Text: "Error on object : OBJECT_ACCOUNT (CAUSE_NORIGHT) [invalid API key]"}
	}
	return handle, nil
}
