package gandi

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestClassOfFault(t *testing.T) {
	for _, tt := range []struct {
		code       int
		read, call Class
		why        string
	}{
		{1, Refused, Refused, "unknown method"},
		{501237, Refused, Refused, "the form of some other string"},
		{510150, Denied, Denied, "bad key"},
		{516150, Refused, Refused, "no right to something"},
		{530040, Denied, Denied, "no hosting account"},
		{530439, Busy, Busy, "a disk that is attached, until it is not"},
		{530339, Busy, Busy, "an interface that is attached, by analogy"},
		{130439, Retryable, OutcomeUnknown, "server, whatever the cause"},
		{530451, Refused, Refused, "another datacenter"},
		{530437, Refused, Refused, "bad parameter of a disk"},
		{581042, NotFound, NotFound, "no such zone"},
		{580142, Busy, Busy, "a DNS record that is not there, until it is; no absent site"},
		{530442, NotFound, NotFound, "no such disk, by analogy"},
		{530142, NotFound, NotFound, "no such VM, by analogy"},
		{500130, Refused, Refused, "invalid password"},
		{510142, Denied, Denied, "no such account is no absent VM"},
		{530042, Denied, Denied, "no such hosting account is no absent VM"},
		{530050, Denied, Denied, "no right to hosting"},
		{500066, Retryable, OutcomeUnknown, "SQL in a data fault"},
		{530440, Retryable, OutcomeUnknown, "something does not exist, and nobody knows what"},
		{530499, Retryable, OutcomeUnknown, "unlisted cause"},
		{110020, Retryable, OutcomeUnknown, "server: query failed"},
		{110042, Retryable, OutcomeUnknown, "server, whatever the cause"},
		{130437, Retryable, OutcomeUnknown, "server, whatever the cause"},
		{150000, Retryable, OutcomeUnknown, "internal"},
		{0, Retryable, OutcomeUnknown, "no code"},
		{-32601, Retryable, OutcomeUnknown, "of another family"},
		{42, Retryable, OutcomeUnknown, "looks like a cause, is none"},
	} {
		inBubble(t, fmt.Sprint(tt.code), func(t *testing.T) {
			c, _ := newFake(t, always(faultReply(tt.code, "text")))
			_, err := c.Version(t.Context())
			wantClass(t, err, tt.read)
			_, err = c.Submit(t.Context(), VMStart{1})
			wantClass(t, err, tt.call)
			if got := ClassOf(&Fault{Code: tt.code}); got != tt.read {
				t.Errorf("a bare fault is %v, want %v (%s)", got, tt.read, tt.why)
			}
		})
	}
}

func TestAKeyOfTheWrongFormIsDenied(t *testing.T) {
	f := &Fault{Code: 501237, Text: "Error on object : OBJECT_STRING (CAUSE_BADPARAMETER) [string '' does not match '^[a-z0-9]{24}$']"}
	if got := ClassOf(f); got != Denied {
		t.Errorf("got %v, want Denied", got)
	}
}

// inBubble runs a test under fake time, so that the pauses between attempts take none.
func inBubble(t *testing.T, name string, test func(t *testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) { synctest.Test(t, test) })
}

func TestEveryFaultRowHasEvidence(t *testing.T) {
	for i, r := range faultRows {
		if strings.TrimSpace(r.evidence) == "" {
			t.Errorf("row %d has none", i)
		}
		if (r.code == 0) == (r.cause == 0) {
			t.Errorf("row %d has to have a code or a cause", i)
		}
		if r.class == Retryable || r.class == OutcomeUnknown {
			t.Errorf("row %d: %v is what an unlisted fault gets anyway", i, r.class)
		}
		if i > 0 && r.code != 0 && faultRows[i-1].code == 0 {
			t.Errorf("row %d: whole codes stand above causes", i)
		}
	}
}

func TestClassOfStatus(t *testing.T) {
	for _, tt := range []struct {
		status     int
		retryAfter string
		read, call Class
		wait       time.Duration
	}{
		{429, "", Throttled, Throttled, 0},
		{429, "7", Throttled, Throttled, 7 * time.Second},
		{429, "999999999999", Throttled, Throttled, maxRetryAfter},
		{429, "99999999999999999999", Throttled, Throttled, 0},
		{429, "-5", Throttled, Throttled, 0},
		{429, "soon", Throttled, Throttled, 0},
		{503, "7", Throttled, OutcomeUnknown, 7 * time.Second},
		{503, "", Retryable, OutcomeUnknown, 0},
		{500, "", Retryable, OutcomeUnknown, 0},
		{502, "", Retryable, OutcomeUnknown, 0},
		{504, "7", Retryable, OutcomeUnknown, 7 * time.Second},
		{404, "", Retryable, OutcomeUnknown, 0},
		{403, "", Retryable, OutcomeUnknown, 0},
		{302, "", Retryable, OutcomeUnknown, 0},
		{204, "", Retryable, OutcomeUnknown, 0},
	} {
		inBubble(t, fmt.Sprintf("%d %s", tt.status, tt.retryAfter), func(t *testing.T) {
			c, _ := newFake(t, func(int, string, []byte) (*http.Response, error) {
				return httpReply(tt.status, "<html>", "Retry-After", tt.retryAfter), nil
			})
			_, err := c.Version(t.Context())
			wantClass(t, err, tt.read)
			if got := RetryAfter(fmt.Errorf("wrapped: %w", err)); got != tt.wait {
				t.Errorf("RetryAfter = %v, want %v", got, tt.wait)
			}
			_, err = c.Submit(t.Context(), VMStart{1})
			wantClass(t, err, tt.call)
		})
	}
}

func TestClassOfOthers(t *testing.T) {
	if ClassOf(nil) != Retryable || ClassOf(errTest) != Retryable || RetryAfter(errTest) != 0 {
		t.Error("errors from elsewhere are not Retryable")
	}
	err := fmt.Errorf("held: %w", WithClass(Throttled, errTest))
	if ClassOf(err) != Throttled || !errors.Is(err, errTest) {
		t.Errorf("WithClass gives %v", err)
	}
	if WithClass(Denied, nil) != nil {
		t.Error("WithClass makes an error of nil")
	}
}

func TestClassString(t *testing.T) {
	want := "Retryable Throttled Busy NotFound Refused Denied OutcomeUnknown Class(7)"
	var got []string
	for c := range Class(8) {
		got = append(got, c.String())
	}
	if s := strings.Join(got, " "); s != want {
		t.Errorf("got %s, want %s", s, want)
	}
}

func TestRetryAfterAsDate(t *testing.T) {
	h := http.Header{"Retry-After": {time.Now().Add(time.Minute).UTC().Format(http.TimeFormat)}}
	if got := retryAfter(h); got < 50*time.Second || got > time.Minute {
		t.Errorf("got %v, want about a minute", got)
	}
	h.Set("Retry-After", time.Now().Add(-time.Minute).UTC().Format(http.TimeFormat))
	if got := retryAfter(h); got != 0 {
		t.Errorf("a date gone by gives %v", got)
	}
}
