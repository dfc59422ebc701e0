package gandi

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"
)

// pauses between the attempts of a read, before jitter. Short on purpose: this rides over a cut connection or a restarted
// front end; an outage is for the caller, who knows the whole account.
//
//	attempt  after       with jitter
//	1        0
//	2        200 ms      100 to 300 ms
//	3        1 s         500 ms to 1.5 s
var pauses = [...]time.Duration{200 * time.Millisecond, time.Second}

// readAs calls a reading method until its answer can be read, a few times at most.
func readAs[T any](
	ctx context.Context, c *Client, method string, params []any, parse func(any) (T, error),
) (T, error) {
	var zero T
	for attempt := 0; ; attempt++ {
		if c.admit != nil {
			if err := c.admit(ctx, method); err != nil {
				return zero, fmt.Errorf("%s not sent: %w", method, err)
			}
		}
		value, t := c.exchange(ctx, message{method: method, params: params})
		if t == nil {
			result, err := parse(value)
			if err == nil {
				return result, nil
			}
			t = &trouble{method: method, text: "unreadable reply: " + err.Error()}
		}
		if t.kind != Retryable || attempt == len(pauses) || ctx.Err() != nil {
			return zero, t
		}
		if err := pause(ctx, pauses[attempt]); err != nil {
			t.ended = err
			return zero, t
		}
	}
}

// pause waits about d, half of it at least, or until ctx is done.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d/2 + rand.N(d))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
