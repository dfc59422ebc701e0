package gandi

import (
	"context"
	"errors"
	"fmt"
)

// Submit sends call at most once and returns the operations that Gandi started for it: none for what takes effect at
// once. It follows no redirect, repeats nothing, and keeps net/http from repeating.
//
// The class of an error says what is known of the call:
//
//	OutcomeUnknown             it left, and Gandi may have acted: look before anything else
//	Refused, Denied, NotFound, Busy
//	                           a listed fault, which comes before anything is accepted
//	Throttled                  HTTP 429, likewise
//	Retryable                  it never left: the server was not reached, or ctx was done before
//
// A paid call that was answered without a single operation is OutcomeUnknown too.
func (c *Client) Submit(ctx context.Context, call Call) ([]Operation, error) {
	if call == nil {
		return nil, refusedHere("nothing", errors.New("there is no call"))
	}
	params := call.Params()
	c.recent.add(secretsIn(params))
	value, t := c.exchange(ctx, message{
		method:   call.Method(),
		params:   params,
		mutation: true,
		alone:    call.Repeat() != Repeatable,
	})
	if t != nil {
		return nil, t
	}
	read := operations
	if c, ok := call.(withOwnReply); ok {
		read = c.operations
	}
	ops, err := read(value)
	if err == nil && len(ops) == 0 && call.Repeat() != Repeatable {
		err = errors.New("the reply names no operation")
	}
	if err != nil {
		return nil, &trouble{method: call.Method(), kind: OutcomeUnknown, text: "unreadable reply: " + err.Error()}
	}
	return c.cleaned(ops), nil
}

// operations reads what a mutating method answers. Editions differ: one struct or an array of them, in the order of
// their making; the old dialect gives the bare number of the operation; what takes effect at once answers a boolean.
func operations(v any) ([]Operation, error) {
	switch v := v.(type) {
	case nil, bool:
		return nil, nil
	case int64, map[string]any, []any:
		var ops []Operation
		for i, e := range asList(v) {
			op, err := operation(e)
			if err != nil {
				return nil, fmt.Errorf("operation %d: %w", i, err)
			}
			ops = append(ops, op)
		}
		return ops, nil
	default:
		return nil, fmt.Errorf("the reply is %s where an operation is meant", kindOf(v))
	}
}

func operation(v any) (Operation, error) {
	switch v := v.(type) {
	case map[string]any:
		return parsed(newRecord(v), parseOperation)
	case int64:
		if id := OperationID(v); id > 0 && int64(id) == v {
			return Operation{ID: id}, nil
		}
		return Operation{}, errors.New("not a positive number")
	default:
		return Operation{}, fmt.Errorf("%s where a struct or a number is meant", kindOf(v))
	}
}
