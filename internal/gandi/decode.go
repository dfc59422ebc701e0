package gandi

import (
	"errors"

	"github.com/kolo/xmlrpc"
)

// A reply is what a server answered: a value or a fault.
type reply struct {
	value any // nil, bool, int64, float64, string, time.Time, []any, map[string]any
	fault *Fault
}

// decodeReply reads raw, bytes of any origin. Values go through untyped shapes and never into structs of ours: kolo's
// decoder leaves a field as it was where the wire has nil, and refuses an int for a bool or a double for an int, while
// editions of this API differ in just these. record does the converting.
//
// Each reply is decoded on its own, with nothing kept, so that one that cannot be read says nothing about the next.
func decodeReply(raw []byte, contentType string, clean redactor) (reply, error) {
	doc, isFault, err := canonical(raw, contentType, clean.scrub)
	if err != nil {
		return reply{}, err
	}
	var value any
	if err := xmlrpc.Response(doc).Unmarshal(&value); err != nil {
		return reply{}, errors.New("the values do not decode")
	}
	if !isFault {
		return reply{value: value}, nil
	}
	m, ok := value.(map[string]any)
	if !ok {
		return reply{}, errors.New("the fault is no struct")
	}
	code, ok := toInt(m["faultCode"])
	if !ok {
		return reply{}, errors.New("the fault has no code")
	}
	text, _ := toString(m["faultString"])
	return reply{fault: &Fault{Code: code, Text: clean.line(text)}}, nil
}
