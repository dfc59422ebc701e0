package gandisim

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// newBench makes a world with a few methods of the tests' own: what a call does there
// is no concern of the stations it passes.
func newBench(t *testing.T, opts *Options) *World {
	t.Helper()
	w := New(opts)
	count := 0
	methods := maps.Clone(w.wire.methods)
	methods["test.count"] = method{do: func(*World, *call) (any, *Fault) {
		count++
		return count, nil
	}}
	methods["test.peek"] = method{do: func(*World, *call) (any, *Fault) { return count, nil }}
	methods["test.who"] = method{do: func(_ *World, c *call) (any, *Fault) { return c.handle, nil }}
	methods["test.trouble"] = method{do: func(_ *World, c *call) (any, *Fault) { return c.opTrouble, nil }}
	methods["test.types"] = method{
		params: []param{
			{"int", false},
			{"string", false},
			{"bool", false},
			{"double", false},
			{"array", false},
			{"struct", true},
			{"any", true},
		},
		do: func(_ *World, c *call) (any, *Fault) { return c.args, nil },
	}
	methods["test.fault"] = method{
		params: []param{{"struct", false}},
		do: func(_ *World, c *call) (any, *Fault) {
			c.touched = append(c.touched, 7, 8)
			spec, _ := c.args[0].(Struct)
			return nil, &Fault{Code: 7, Text: fmt.Sprintf("[bad value %v]", spec["password"])}
		},
	}
	methods["hosting.vm.test"] = method{do: func(*World, *call) (any, *Fault) { return "vm", nil }}
	w.wire.methods = methods
	return w
}

func callBody(name string, args ...any) []byte {
	var e encoder
	e.buf.WriteString("<?xml version='1.0'?>\n<methodCall><methodName>")
	e.escape(name)
	e.buf.WriteString("</methodName><params>")
	for _, arg := range args {
		e.buf.WriteString("<param>")
		if err := e.value(arg); err != nil {
			panic(err)
		}
		e.buf.WriteString("</param>")
	}
	e.buf.WriteString("</params></methodCall>")
	return e.buf.Bytes()
}

// answer is a reply as a client sees it.
type answer struct {
	status int
	value  any
	fault  *Fault
	err    error
}

func ask(ctx context.Context, rt http.RoundTripper, url, name string, args ...any) answer {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(callBody(name, args...)))
	if err != nil {
		return answer{err: err}
	}
	req.Header.Set("Content-Type", "text/xml")
	resp, err := rt.RoundTrip(req)
	if err != nil {
		return answer{err: err}
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return answer{status: resp.StatusCode, err: err}
	}
	if resp.StatusCode != http.StatusOK {
		return answer{status: resp.StatusCode}
	}
	return read(body)
}

// read reads a reply through the decoder of requests, whose values look the same.
func read(body []byte) answer {
	s := strings.NewReplacer("<methodResponse>", "<methodCall><methodName>m</methodName>", "</methodResponse>", "</methodCall>",
		"<fault>", "<params><param>", "</fault>", "</param></params>").Replace(string(body))
	_, args, err := decodeCall([]byte(s))
	if err != nil {
		return answer{status: 200, err: err}
	}
	if fault, ok := args[0].(Struct); ok && strings.Contains(string(body), "<fault>") {
		return answer{status: 200, fault: &Fault{Code: fault["faultCode"].(int), Text: fault["faultString"].(string)}}
	}
	return answer{status: 200, value: args[0]}
}

const anywhere = "http://gandi.test/xmlrpc/"

// try calls with the default key.
func (w *World) try(t *testing.T, name string, args ...any) answer {
	t.Helper()
	return ask(t.Context(), w.Transport(), anywhere, name, append([]any{DefaultAPIKey}, args...)...)
}

func wantValue(t *testing.T, got answer, want any) {
	t.Helper()
	if diff := cmp.Diff(answer{status: 200, value: want}, got, cmp.AllowUnexported(answer{})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func wantFault(t *testing.T, got answer, code int, text string) {
	t.Helper()
	if got.fault == nil || got.fault.Code != code || !strings.Contains(got.fault.Text, text) {
		t.Errorf("got %+v %v, want fault %d %s", got, got.fault, code, text)
	}
}

func TestKeys(t *testing.T) {
	const own = "abcdefghijklmnopqrstuvw2"
	w := newBench(t, &Options{Keys: map[string]string{own: DefaultHandle}, Handle: DefaultHandle})
	who := func(args ...any) answer { return ask(t.Context(), w.Transport(), anywhere, "test.who", args...) }
	wantValue(t, who(DefaultAPIKey), DefaultHandle)
	wantValue(t, who(own), DefaultHandle)
	wantValue(t, who(OtherAPIKey), OtherHandle)
	wantFault(t, who(), 500037, "1 argument expected, got 0")
	wantFault(t, who(42), 501237, "string expected, got int")
	for _, key := range []string{"", "short", strings.Repeat("a", 25), "my 24-character API key."} {
		got := who(key)
		wantFault(t, got, 501237, "Error on object : OBJECT_STRING (CAUSE_BADPARAMETER) [string '' does not match '^[a-z0-9]{24}$']")
		if key != "" && strings.Contains(got.fault.Text, key) {
			t.Errorf("the key is in %q", got.fault.Text)
		}
	}
	wantFault(t, who("abcdefghijklmnopqrstuvwx"), 510150, "Error on object : OBJECT_ACCOUNT (CAUSE_NORIGHT)")
	wantFault(t, who("ABCDEFGHIJKLMNOPQRSTUVWX"), 510150, "OBJECT_ACCOUNT")

	w.RevokeKey(own)
	wantFault(t, who(own), 510150, "OBJECT_ACCOUNT")
	if err := w.AddKey(own, OtherHandle); err != nil {
		t.Fatal(err)
	}
	wantValue(t, who(own), OtherHandle)
	if err := w.AddKey("short", OtherHandle); err == nil || strings.Contains(err.Error(), "short") {
		t.Errorf("got %v", err)
	}
	w.Reset()
	wantValue(t, who(own), DefaultHandle)
}

func TestKeysWithCapitals(t *testing.T) {
	const key = "ABCDEFGHIJKLMNOPQRSTUVWX"
	w := newBench(t, &Options{APIKey: key})
	wantValue(t, ask(t.Context(), w.Transport(), anywhere, "test.who", key), DefaultHandle)
	w = newBench(t, &Options{APIKey: key, Switches: map[string]string{"key-case": "lower-only"}})
	wantFault(t, ask(t.Context(), w.Transport(), anywhere, "test.who", key), 501237, "does not match")
}

func TestUnknownMethods(t *testing.T) {
	w := newBench(t, nil)
	for _, name := range []string{"unknownmethod", "hosting.product.list", "hosting.vm", "catalog", "operation.forget", "system.listMethods", "vm.unknown"} {
		// The method is looked for before the key is looked at.
		wantFault(t, ask(t.Context(), w.Transport(), anywhere, name), 1, `Method "`+name+`" is not supported`)
	}
}

func TestLegacyNames(t *testing.T) {
	w := newBench(t, nil)
	wantValue(t, w.try(t, "vm.test"), "vm")
	last := w.Journal()[0]
	if last.Method != "hosting.vm.test" || last.Alias != "vm.test" {
		t.Errorf("journal has %+v", last)
	}
	w = newBench(t, &Options{Switches: map[string]string{"legacy-names": "removed"}})
	wantFault(t, w.try(t, "vm.test"), 1, "vm.test")
	wantValue(t, w.try(t, "hosting.vm.test"), "vm")
}

func TestArguments(t *testing.T) {
	w := newBench(t, nil)
	good := func(changed map[int]any, more ...any) []any {
		args := []any{1, "s", true, 1.5, []any{}}
		for i, v := range changed {
			args[i] = v
		}
		return append(args, more...)
	}
	for _, tc := range []struct {
		name string
		args []any
		want []any
	}{
		{"optional ones left out", good(nil), good(nil, nil, nil)},
		{"optional ones nil", good(nil, nil, nil), good(nil, nil, nil)},
		{"all", good(nil, Struct{"a": 1}, "x"), good(nil, Struct{"a": 1}, "x")},
		{"a whole double", good(map[int]any{3: 102400}), good(map[int]any{3: 102400.0}, nil, nil)},
		{"a boolean from a client without booleans", good(map[int]any{2: 0}), good(map[int]any{2: false}, nil, nil)},
		{"an empty array for an empty struct", good(nil, []any{}), good(nil, Struct{}, nil)},
	} {
		t.Run(tc.name, func(t *testing.T) { wantValue(t, w.try(t, "test.types", tc.args...), tc.want) })
	}
	for _, tc := range []struct {
		name string
		args []any
		code int
		text string
	}{
		{"none", nil, 500037, "6 arguments expected, got 1"},
		{"too many", good(nil, Struct{}, 1, 2), 500037, "8 arguments expected, got 9"},
		{"a string for an int", good(map[int]any{0: "1"}), 501137, "Error on object : OBJECT_INT (CAUSE_BADPARAMETER) [int expected, got string]"},
		{"a double for an int", good(map[int]any{0: 1.0}), 501137, "got double"},
		{"nil for an int", good(map[int]any{0: nil}), 501137, "got nil"},
		{"an int for a string", good(map[int]any{1: 256}), 501237, "OBJECT_STRING (CAUSE_BADPARAMETER) [string expected, got int]"},
		{"base64 for a string", good(map[int]any{1: []byte("s")}), 501237, "got base64"},
		{"two for a boolean", good(map[int]any{2: 2}), 501637, "OBJECT_BOOLEAN"},
		{"a string for a double", good(map[int]any{3: "1.5"}), 501737, "OBJECT_DOUBLE"},
		{"a struct for an array", good(map[int]any{4: Struct{}}), 501437, "OBJECT_ARRAY"},
		{"a filled array for a struct", good(nil, []any{1}), 501337, "OBJECT_STRUCT (CAUSE_BADPARAMETER) [struct expected, got array]"},
		{"a date for a struct", good(nil, time.Now().UTC()), 501337, "got dateTime"},
	} {
		t.Run(tc.name, func(t *testing.T) { wantFault(t, w.try(t, "test.types", tc.args...), tc.code, tc.text) })
	}
	w = newBench(t, &Options{Switches: map[string]string{"empty-array": "refused"}})
	wantFault(t, w.try(t, "test.types", good(nil, []any{})...), 501337, "got array")
}

func TestPaths(t *testing.T) {
	for _, tc := range []struct {
		method, path string
		switches     map[string]string
		want         int
	}{
		{"POST", "/xmlrpc/", nil, 200},
		{"POST", "/xmlrpc", nil, 200},
		{"GET", "/xmlrpc/", nil, 405},
		{"HEAD", "/xmlrpc/", nil, 405},
		{"GET", "/xmlrpc", map[string]string{"get-status": "501"}, 501},
		{"POST", "/", nil, 404},
		{"POST", "/xmlrpc/2.0/", nil, 404},
		{"GET", "/sim/nothing", nil, 404},
		{"POST", "/sim/state", nil, 404},
	} {
		w := newBench(t, &Options{Switches: tc.switches})
		r := httptest.NewRecorder()
		w.ServeHTTP(r, httptest.NewRequest(tc.method, tc.path, bytes.NewReader(callBody("test.count", DefaultAPIKey))))
		if r.Code != tc.want {
			t.Errorf("%s %s: %d, want %d", tc.method, tc.path, r.Code, tc.want)
		}
	}
}

func TestRequestsThatAreNoCall(t *testing.T) {
	w := newBench(t, nil)
	post := func(body io.Reader, header ...string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodPost, "/xmlrpc/", body)
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		rec := httptest.NewRecorder()
		w.ServeHTTP(rec, r)
		return rec
	}
	for _, body := range []string{"", "hello", "<methodCall>"} {
		r := post(strings.NewReader(body))
		if got := read(r.Body.Bytes()); r.Code != 200 || got.fault == nil || got.fault.Code > -32600 {
			t.Errorf("%q: %d %+v", body, r.Code, got)
		}
	}
	if r := post(strings.NewReader(strings.Repeat("x", maxBody+1))); r.Code != 413 {
		t.Errorf("a large body got %d", r.Code)
	}
	if r := post(strings.NewReader("x"), "Content-Encoding", "gzip"); r.Code != 415 {
		t.Errorf("a compressed body got %d", r.Code)
	}
	if n := len(w.Journal()); n != 3 {
		t.Errorf("%d entries", n)
	}
}

func TestGzip(t *testing.T) {
	for accept, want := range map[string]bool{
		"": false, "identity": false, "gzip": true, "gzip;q=1.0,deflate;q=0.6,identity;q=0.3": true, "deflate, gzip": true,
		"*": true, "gzip;q=0": false, "gzip; q=0.0, deflate": false, "br": false,
	} {
		w := newBench(t, nil)
		r := httptest.NewRequest(http.MethodPost, "/xmlrpc/", bytes.NewReader(callBody("test.count", DefaultAPIKey)))
		r.Header.Set("Accept-Encoding", accept)
		rec := httptest.NewRecorder()
		w.ServeHTTP(rec, r)
		if got := rec.Header().Get("Content-Encoding") == "gzip"; got != want {
			t.Errorf("%q: compressed %v", accept, got)
			continue
		}
		body := rec.Body.Bytes()
		if want {
			z, err := gzip.NewReader(rec.Body)
			if err != nil {
				t.Fatal(err)
			}
			if body, err = io.ReadAll(z); err != nil {
				t.Fatal(err)
			}
		}
		wantValue(t, read(body), 1)
	}
	w := newBench(t, &Options{Switches: map[string]string{"gzip": "never"}})
	r := httptest.NewRequest(http.MethodPost, "/xmlrpc/", bytes.NewReader(callBody("test.count", DefaultAPIKey)))
	r.Header.Set("Accept-Encoding", "gzip")
	rec := httptest.NewRecorder()
	w.ServeHTTP(rec, r)
	wantValue(t, read(rec.Body.Bytes()), 1)
}

func TestTroublesStrikeTheCallsTheyAreMeantFor(t *testing.T) {
	down := &Fault{Code: 9, Text: "scripted"}
	for _, tc := range []struct {
		name    string
		trouble Trouble
		want    string // x struck, . not, of ten calls of test.count
	}{
		{"the third", Trouble{Method: "test.count", Nth: 3, Fault: down}, "..x......."},
		{"the third and one more", Trouble{Method: "test.count", Nth: 3, Count: 2, Fault: down}, "..xx......"},
		{"each third", Trouble{Method: "test.count", Every: 3, Fault: down}, "..x..x..x."},
		{"each third, twice in all", Trouble{Method: "test.count", Every: 3, Count: 2, Fault: down}, "..x..x...."},
		{"each", Trouble{Method: "test.count", Fault: down}, "xxxxxxxxxx"},
		{"the first two", Trouble{Method: "test.count", Count: 2, Fault: down}, "xx........"},
		{"certain", Trouble{Method: "test.count", Probability: 1, Fault: down}, "xxxxxxxxxx"},
		{"by prefix", Trouble{Method: "test.*", Nth: 2, Fault: down}, ".x........"},
		{"by star", Trouble{Method: "*", Nth: 2, Fault: down}, ".x........"},
		{"without method", Trouble{Nth: 2, Fault: down}, ".x........"},
		{"another method", Trouble{Method: "test.peek", Fault: down}, ".........."},
		{"another prefix", Trouble{Method: "hosting.*", Fault: down}, ".........."},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newBench(t, nil)
			w.Script(tc.trouble)
			got := ""
			for range 10 {
				if w.try(t, "test.count").fault != nil {
					got += "x"
				} else {
					got += "."
				}
			}
			if got != tc.want {
				t.Errorf("%s, want %s", got, tc.want)
			}
		})
	}
}

func TestChanceComesFromTheSeed(t *testing.T) {
	run := func(seed int64) string {
		w := newBench(t, &Options{Seed: seed})
		w.Script(Trouble{Probability: 0.5, Status: 503})
		out := ""
		for range 64 {
			out += fmt.Sprint(w.try(t, "test.count").status, " ")
		}
		return out
	}
	first := run(1)
	if first != run(1) {
		t.Error("one seed, two histories")
	}
	if first == run(2) {
		t.Error("two seeds, one history")
	}
	if n := strings.Count(first, "503"); n < 16 || n > 48 {
		t.Errorf("%d of 64 struck", n)
	}
}

func TestWhatTroublesDo(t *testing.T) {
	for _, tc := range []struct {
		name    string
		trouble Trouble
		check   func(t *testing.T, got answer)
		effect  bool
	}{
		{"a fault", Trouble{Fault: &Fault{Code: 9, Text: "x"}}, func(t *testing.T, got answer) { wantFault(t, got, 9, "x") }, false},
		{"a status", Trouble{Status: 502}, func(t *testing.T, got answer) {
			if got.status != 502 {
				t.Errorf("got %+v", got)
			}
		}, false},
		{"a cut before", Trouble{Cut: "before"}, wantReset, false},
		{"a cut after", Trouble{Cut: "after"}, wantReset, true},
		{"a cut within", Trouble{Cut: "truncate"}, func(t *testing.T, got answer) {
			if !errors.Is(got.err, io.ErrUnexpectedEOF) || got.status != 200 {
				t.Errorf("got %+v", got)
			}
		}, true},
		{"the end of operations", Trouble{Operation: "ERROR"}, func(t *testing.T, got answer) { wantValue(t, got, 1) }, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newBench(t, nil)
			tc.trouble.Nth = 1
			w.Script(tc.trouble)
			tc.check(t, w.try(t, "test.count"))
			want := 0
			if tc.effect {
				want = 1
			}
			wantValue(t, w.try(t, "test.peek"), want)
			if e := w.Journal()[0]; e.Trouble != tc.trouble.String() {
				t.Errorf("the journal tells %q of %q", e.Trouble, tc.trouble)
			}
			w.Script(Trouble{Cut: "before"})
			w.ClearTroubles()
			wantValue(t, w.try(t, "test.peek"), want)
		})
	}
	w := newBench(t, nil)
	w.Script(Trouble{Operation: "hang", Nth: 1}, Trouble{Operation: "ERROR", Nth: 2})
	wantValue(t, w.try(t, "test.trouble"), "hang")
	wantValue(t, w.try(t, "test.trouble"), "ERROR")
	wantValue(t, w.try(t, "test.trouble"), "")
}

func wantReset(t *testing.T, got answer) {
	t.Helper()
	if !errors.Is(got.err, syscall.ECONNRESET) {
		t.Errorf("got %+v", got)
	}
}

func TestTheFirstTroubleWinsAndDelaysAddUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBench(t, nil)
		w.Script(Trouble{Status: 500, Delay: time.Second}, Trouble{Cut: "before", Delay: time.Minute})
		start := time.Now()
		if got := w.try(t, "test.count"); got.status != 500 {
			t.Errorf("got %+v", got)
		}
		if d := time.Since(start); d != 61*time.Second {
			t.Errorf("took %v", d)
		}
		if e := w.Journal()[0]; e.Trouble != "delay 1s, status 500; delay 1m0s, cut before" || e.Status != 500 {
			t.Errorf("journal has %+v", e)
		}
	})
}

func TestAClientThatGivesUp(t *testing.T) {
	for _, tc := range []struct {
		name    string
		trouble Trouble
		want    int
	}{
		{"before the effect", Trouble{Nth: 1, Delay: time.Minute}, 0},
		{"after the effect", Trouble{Nth: 1, ReplyDelay: time.Minute}, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newBench(t, nil)
				w.Script(tc.trouble)
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				start := time.Now()
				got := ask(ctx, w.Transport(), anywhere, "test.count", DefaultAPIKey)
				if !errors.Is(got.err, context.DeadlineExceeded) || time.Since(start) != time.Second {
					t.Errorf("after %v: %+v", time.Since(start), got)
				}
				wantValue(t, w.try(t, "test.peek"), tc.want)
			})
		})
	}
}

// The same over a socket: what a real client sees of a cut connection.
func TestCutsOverASocket(t *testing.T) {
	for _, tc := range []struct {
		cut    string
		status int
		effect int
	}{{"before", 0, 0}, {"after", 0, 1}, {"truncate", 200, 1}} {
		t.Run(tc.cut, func(t *testing.T) {
			w := newBench(t, nil)
			srv := httptest.NewServer(w)
			defer srv.Close()
			w.Script(Trouble{Nth: 1, Cut: tc.cut})
			got := ask(t.Context(), srv.Client().Transport, srv.URL+"/xmlrpc/", "test.count", DefaultAPIKey)
			if got.err == nil || got.status != tc.status {
				t.Errorf("got %+v", got)
			}
			wantValue(t, ask(t.Context(), srv.Client().Transport, srv.URL+"/xmlrpc/", "test.peek", DefaultAPIKey), tc.effect)
		})
	}
}

func TestTroublesThatMakeNoSense(t *testing.T) {
	for _, trouble := range []Trouble{
		{}, {Method: "*"}, {Nth: -1, Status: 500}, {Nth: 1, Every: 1, Status: 500}, {Probability: 1.5, Status: 500},
		{Delay: -1}, {Status: 99}, {Cut: "later"}, {Operation: "DONE"}, {Method: "*.list", Status: 500}, {Count: -1, Status: 500},
	} {
		if trouble.Validate() == nil {
			t.Errorf("%+v is taken", trouble)
		}
	}
}

func TestRateLimit(t *testing.T) {
	for _, tc := range []struct {
		name     string
		switches map[string]string
		check    func(t *testing.T, got answer)
	}{
		{"429", nil, func(t *testing.T, got answer) {
			if got.status != 429 {
				t.Errorf("got %+v", got)
			}
		}},
		{"503", map[string]string{"rate-limit-refusal": "503"}, func(t *testing.T, got answer) {
			if got.status != 503 {
				t.Errorf("got %+v", got)
			}
		}},
		{"a fault", map[string]string{"rate-limit-refusal": "fault"}, func(t *testing.T, got answer) {
			wantFault(t, got, 500068, "too many requests")
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newBench(t, &Options{RateLimit: "3/2s", Switches: tc.switches})
				wantValue(t, w.try(t, "test.count"), 1)
				wait(time.Second)
				wantValue(t, w.try(t, "test.count"), 2)
				wantValue(t, w.try(t, "test.count"), 3)
				tc.check(t, w.try(t, "test.count"))
				wait(time.Second)
				// The first call has left the window; the refused one did not count.
				wantValue(t, w.try(t, "test.count"), 4)
				tc.check(t, w.try(t, "test.count"))
				w.Reset()
				wantValue(t, w.try(t, "test.count"), 5)
			})
		})
	}
}

// wait lets the time of the bubble pass.
func wait(d time.Duration) { <-time.After(d) }

func TestTheRateLimitCountsByAddressOrByKey(t *testing.T) {
	from := func(w *World, address, key string) int {
		r := httptest.NewRequest(http.MethodPost, "/xmlrpc/", bytes.NewReader(callBody("test.peek", key)))
		r.RemoteAddr = address
		rec := httptest.NewRecorder()
		w.ServeHTTP(rec, r)
		return rec.Code
	}
	for by, want := range map[string][]int{
		"address": {200, 429, 200, 429},
		"key":     {200, 200, 429, 429},
	} {
		w := newBench(t, &Options{RateLimit: "1/1h", Switches: map[string]string{"rate-limit-by": by}})
		got := []int{
			from(w, "198.51.100.1:1000", DefaultAPIKey),
			from(w, "198.51.100.1:2000", OtherAPIKey),
			from(w, "198.51.100.2:1000", DefaultAPIKey),
			from(w, "[198.51.100.2]:1000", OtherAPIKey),
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("by %s (-want +got)\n%s", by, diff)
		}
	}
}

func TestTheJournalTellsTheGistAndNoSecret(t *testing.T) {
	const canary = "canary"
	w := newBench(t, nil)
	spec := Struct{
		"hostname": "web", "memory": 256, "cores": 1, "bandwidth": 102400.0, "keys": []any{3}, "datacenter_id": 1, "farm": "blue",
		">date_created": "2012-10-31", "~vm_hostname": "web%", "--dry-run": true, "description": nil,
		"cmdline":  Struct{"root": "/dev/sda", "ro": true, "init": canary},
		"password": canary, "ssh_key": canary, "run": canary, "script": canary, "script_args": canary, "value": canary,
		"login": canary, "surprise": Struct{"hostname": "shown", "deep": []any{canary, []byte(canary)}},
		"memory_of": 7, "odd name " + canary: 1, "console": canary,
	}
	wantFault(t, w.try(t, "test.fault", spec), 7, canary)
	w.try(t, "test.fault", canary)
	w.try(t, "test.fault", DefaultAPIKey)
	w.try(t, "hosting.disk.list_options", DefaultAPIKey, "3.12")
	w.try(t, DefaultAPIKey)
	ask(t.Context(), w.Transport(), anywhere, "test.who", Struct{"apikey": DefaultAPIKey})
	ask(t.Context(), w.Transport(), anywhere, "test.who", canary+"canarycanarycanary")

	want := map[string]any{
		"hostname": "web", "memory": 256, "cores": 1, "bandwidth": 102400.0, "keys": []any{3}, "datacenter_id": 1, "farm": "blue",
		">date_created": "2012-10-31", "~vm_hostname": "web%", "--dry-run": true, "description": nil,
		"cmdline":  map[string]any{"root": "/dev/sda", "ro": true, "init": redacted},
		"password": redacted, "ssh_key": redacted, "run": redacted, "script": redacted, "script_args": redacted, "value": redacted,
		"login": redacted, "surprise": map[string]any{"hostname": "shown", "deep": []any{redacted, redacted}},
		"memory_of": redacted, "?": redacted, "console": redacted,
	}
	journal := w.Journal()
	if diff := cmp.Diff([]any{want}, journal[0].Args); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if journal[0].Fault.Text != "[bad value REDACTED]" {
		t.Errorf("fault %+v", journal[0].Fault)
	}
	if diff := cmp.Diff([]int{7, 8}, journal[0].IDs); diff != "" {
		t.Errorf("ids (-want +got)\n%s", diff)
	}
	text, err := json.Marshal(journal)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{canary, DefaultAPIKey} {
		if bytes.Contains(text, []byte(secret)) {
			t.Errorf("the journal holds %q:\n%s", secret, text)
		}
	}
}

func TestSecretsInTexts(t *testing.T) {
	for _, tc := range []struct{ text, secret, want string }{
		{"[int expected, got string]", "x", "[int expected, got string]"},
		{"string 'x' of x", "x", "string 'REDACTED' of REDACTED"},
		{"xx x", "x", "xx REDACTED"},
		{"'^[a-z0-9]{24}$'", "z", "'^[a-z0-9]{24}$'"},
		{"éa a", "a", "éa REDACTED"},
		{"prelongsecretpost", "longsecret", "preREDACTEDpost"},
		{"text", "", "text"},
	} {
		if got := clean(tc.text, []string{tc.secret}); got != tc.want {
			t.Errorf("%q without %q: %q, want %q", tc.text, tc.secret, got, tc.want)
		}
	}
}

func TestTheJournalIsBounded(t *testing.T) {
	var s wireState
	for range maxJournal + 1 {
		s.note(Entry{})
	}
	if len(s.journal) > maxJournal || s.journal[len(s.journal)-1].Seq != maxJournal+1 {
		t.Errorf("%d entries, the last %d", len(s.journal), s.journal[len(s.journal)-1].Seq)
	}
}
