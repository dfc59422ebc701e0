package gandi

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

func TestReadsAreRetriedAFewTimes(t *testing.T) {
	for _, tt := range []struct {
		name     string
		answer   responder
		requests int
		class    Class
		ok       bool
	}{
		{"never", func(int, string, []byte) (*http.Response, error) { return nil, errTest }, 3, Retryable, false},
		{"the third time", func(n int, _ string, _ []byte) (*http.Response, error) {
			if n < 2 {
				return httpReply(502, "<html>"), nil
			}
			return httpReply(200, value("<struct><member><name>api_version</name><value>3</value></member></struct>")), nil
		}, 3, 0, true},
		{"not when throttled", func(int, string, []byte) (*http.Response, error) { return httpReply(429, ""), nil }, 1, Throttled, false},
		{"not when denied", always(faultReply(510150, "")), 1, Denied, false},
		{"not when refused", always(faultReply(1, "")), 1, Refused, false},
		{"not when not found", always(faultReply(530442, "")), 1, NotFound, false},
		{"an unlisted fault", always(faultReply(530499, "")), 3, Retryable, false},
	} {
		inBubble(t, tt.name, func(t *testing.T) {
			c, f := newFake(t, tt.answer)
			began := time.Now()
			_, err := c.Version(t.Context())
			if (err == nil) != tt.ok {
				t.Fatalf("got %v", err)
			}
			if !tt.ok {
				wantClass(t, err, tt.class)
			}
			if len(f.calls) != tt.requests {
				t.Errorf("%d requests, want %d", len(f.calls), tt.requests)
			}
			took := time.Since(began)
			if least, most := 600*time.Millisecond, 1800*time.Millisecond; tt.requests == 3 && (took < least || took > most) {
				t.Errorf("took %v, want %v to %v", took, least, most)
			}
		})
	}
}

// The pauses differ from one client to the next, so that many do not come back in step.
func TestPausesHaveJitter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		seen := map[time.Duration]bool{}
		for range 20 {
			began := time.Now()
			if err := pause(t.Context(), time.Second); err != nil {
				t.Fatal(err)
			}
			took := time.Since(began)
			if took < 500*time.Millisecond || took > 1500*time.Millisecond {
				t.Errorf("paused %v for a second", took)
			}
			seen[took] = true
		}
		if len(seen) < 10 {
			t.Errorf("only %d different pauses of 20", len(seen))
		}
	})
}

func TestPauseEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		c, f := newFake(t, always(faultReply(150000, "internal")))
		began := time.Now()
		_, err := c.VM(ctx, 1)
		if took := time.Since(began); took != 50*time.Millisecond || len(f.calls) != 1 {
			t.Errorf("took %v and %d requests", took, len(f.calls))
		}
		wantClass(t, err, Retryable)
		// What went wrong is worth more than that time ran out, and both can be asked for.
		if faultIn(t, err).Code != 150000 || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
}

func TestAdmitIsAskedBeforeEveryRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked []string
		var slots int
		f := &fakeTransport{answer: inTurn(faultReply(150000, ""), list(from(1, 500)...), list(501))}
		c, err := New(Options{Key: mustKey(t), Transport: f, Admit: func(_ context.Context, method string) error {
			if slots == 0 {
				return WithClass(Throttled, errTest)
			}
			slots--
			asked = append(asked, method)
			return nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		slots = 3
		if vms, err := c.VMs(t.Context(), VMFilter{}); err != nil || len(vms) != 501 || len(asked) != 3 || len(f.calls) != 3 {
			t.Errorf("%d VMs, %v, asked %v", len(vms), err, asked)
		}
		_, err = c.VM(t.Context(), 1)
		wantClass(t, err, Throttled)
		if !errors.Is(err, errTest) || err.Error() != "hosting.vm.info not sent: test" || len(f.calls) != 3 {
			t.Errorf("got %v after %d requests", err, len(f.calls))
		}
		if _, err := c.Submit(t.Context(), VMStart{1}); err != nil && errors.Is(err, errTest) {
			t.Error("Submit asked for a slot that its caller holds")
		}
	})
}

func TestObserveIsToldOfEveryExchange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []Exchange
		f := &fakeTransport{answer: func(n int, _ string, _ []byte) (*http.Response, error) {
			<-time.After(time.Second)
			switch n {
			case 0:
				return httpReply(503, "", "Retry-After", "7"), nil
			case 1:
				return httpReply(200, faultReply(530442, "")), nil
			case 2:
				return nil, errTest
			default:
				return httpReply(200, value("<boolean>1</boolean>")), nil
			}
		}}
		c, err := New(Options{Key: mustKey(t), Transport: f, Observe: func(x Exchange) { got = append(got, x) }})
		if err != nil {
			t.Fatal(err)
		}
		_, _ = c.Version(t.Context())
		_, _ = c.VM(t.Context(), 1)
		_, _ = c.Submit(t.Context(), VMReboot{1})
		_, _ = c.Submit(t.Context(), OperationCancel{1})
		done, cancel := context.WithCancel(t.Context())
		cancel()
		_, _ = c.Submit(done, VMStart{1})
		want := []Exchange{
			{Method: "version.info", Class: Throttled, HasErr: true, Duration: time.Second, RetryAfter: 7 * time.Second},
			{Method: "hosting.vm.info", Class: NotFound, HasErr: true, Duration: time.Second},
			{Method: "hosting.vm.reboot", Mutation: true, Class: OutcomeUnknown, HasErr: true, Duration: time.Second},
			{Method: "operation.cancel", Mutation: true, Duration: time.Second},
		}
		if len(got) != len(want) {
			t.Fatalf("told of %d exchanges, want %d: %+v", len(got), len(want), got)
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("exchange %d: %+v, want %+v", i, got[i], want[i])
			}
		}
	})
}
