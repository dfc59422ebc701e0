package gandi

import (
	"errors"
	"fmt"
	"time"
)

// trouble is every error that leaves this package. It keeps no foreign error but the context's: net/http, crypto/tls and
// encoding/xml quote what a server sent them, and a server may send the key back.
type trouble struct {
	method     string
	kind       Class
	text       string // redacted
	fault      *Fault
	ended      error // context.Canceled or context.DeadlineExceeded, when the caller's context was done
	retryAfter time.Duration
}

func (t *trouble) Error() string {
	if t.fault != nil {
		return t.method + ": " + t.fault.Error()
	}
	return t.method + ": " + t.text
}

func (t *trouble) Unwrap() []error {
	var inner []error
	if t.fault != nil {
		inner = append(inner, t.fault)
	}
	if t.ended != nil {
		inner = append(inner, t.ended)
	}
	return inner
}

func (t *trouble) class() Class { return t.kind }

// RetryAfter is how long Gandi asked to be left alone, 0 when it did not say.
func RetryAfter(err error) time.Duration {
	if t, ok := errors.AsType[*trouble](err); ok {
		return t.retryAfter
	}
	return 0
}

// WithClass gives err a class, for those who stand between this client and its users and refuse on their own account.
// A nil err stays nil.
func WithClass(class Class, err error) error {
	if err == nil {
		return nil
	}
	return withClass{err, class}
}

type withClass struct {
	error
	kind Class
}

func (w withClass) Unwrap() error { return w.error }
func (w withClass) class() Class  { return w.kind }

// unreadable is the trouble of a read that came back whole and makes no sense.
func unreadable(method string, err error) error {
	return &trouble{method: method, kind: Retryable, text: "unreadable reply: " + err.Error()}
}

// refusedHere is the trouble of arguments that cannot even be written down. Nothing was sent.
func refusedHere(method string, err error) *trouble {
	return &trouble{method: method, kind: Refused, text: fmt.Sprintf("cannot be sent: %v", err)}
}
