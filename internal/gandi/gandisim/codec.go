package gandisim

import (
	"errors"
	"fmt"
)

// The wire is read and written here and nowhere else in the simulator, with nothing
// of the client's codec: if both shared one, one mistake would be right on both sides.
//
// A value of the wire is one of these Go values:
//
//	int                i4, int, i8 and their smaller kin
//	float64            double
//	bool               boolean
//	string             string, and a value without a type
//	time.Time          dateTime.iso8601; without a zone it is taken as UTC
//	[]byte             base64
//	nil                the nil extension
//	[]any              array
//	Struct             struct

// What a request may be at most. A request of the whole API is some kilobytes at
// most; Gandi's own limits are unknown.
const (
	maxBody   = 4 << 20 // bytes
	maxDepth  = 32      // arrays and structs within each other
	maxValues = 100_000 // values of all kinds
	maxTokens = 1 << 20 // XML tokens of one document
)

// Codes of requests that are no call. XML-RPC itself has none; these are the ones of
// the "fault code interoperability" convention that most servers follow.
const (
	codeNotWellFormed   = -32700
	codeUnknownEncoding = -32701
	codeNotACall        = -32600
)

// wireError says why a document is not an XML-RPC call.
type wireError struct {
	code int
	text string
}

func (e *wireError) Error() string { return e.text }

func wireErrorf(code int, format string, args ...any) error {
	return &wireError{code: code, text: fmt.Sprintf(format, args...)}
}

// wireFault is the fault that answers what decodeCall refused.
func wireFault(err error) *Fault {
	if e, ok := errors.AsType[*wireError](err); ok {
		return &Fault{Code: e.code, Text: "parse error: " + e.text}
	}
	return &Fault{Code: codeNotWellFormed, Text: "parse error: not well formed"}
}
