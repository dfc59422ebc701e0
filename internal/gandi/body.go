package gandi

import (
	"errors"
	"io"
	"sync/atomic"
)

// onceBody is the body of one request, readable once. net/http sends a request again on another connection when it deems
// that safe; with a body that it can neither rewind (Request.GetBody stays nil) nor read a second time, it cannot.
//
// It also knows whether anything of it was ever asked for. The server acts on the call in the body, so a body that nobody
// began to read proves that nothing was accepted: the headers alone, should they have left, order nothing.
type onceBody struct {
	rest  []byte
	state atomic.Int32
}

const (
	bodyUntouched = iota
	bodyBegun
	bodySealed
)

var errBodySealed = errors.New("the call was withdrawn")

func (b *onceBody) Read(p []byte) (int, error) {
	if b.state.Load() != bodyBegun && !b.state.CompareAndSwap(bodyUntouched, bodyBegun) {
		return 0, errBodySealed
	}
	if len(b.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(p, b.rest)
	b.rest = b.rest[n:]
	return n, nil
}

func (b *onceBody) Close() error { return nil }

// withdraw makes the body unreadable, and tells whether that came in time. The order matters: an exchange may be given up
// while net/http's writer is about to begin.
func (b *onceBody) withdraw() bool { return b.state.CompareAndSwap(bodyUntouched, bodySealed) }
