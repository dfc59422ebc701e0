package gandisim

import "time"

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
	kind     string // "int", "string", "bool", "double", "struct", "array" or "any"
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
