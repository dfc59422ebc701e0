package gandisim

import (
	"bufio"
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// door uses one of the simulator's own doors.
func door(t *testing.T, w *World, method, path, body string) *httptest.ResponseRecorder {
	t.Helper()
	rec := httptest.NewRecorder()
	w.ServeHTTP(rec, httptest.NewRequest(method, path, strings.NewReader(body)))
	return rec
}

func TestTroublesOverHTTP(t *testing.T) {
	for _, tc := range []struct {
		body string
		want Trouble
	}{
		{`{"method": "hosting.vm.*", "nth": 2, "delay": "2s"}`, Trouble{Method: "hosting.vm.*", Nth: 2, Delay: 2 * time.Second}},
		{`{"every": 3, "delay": 0.5, "reply_delay": "1m"}`, Trouble{Every: 3, Delay: time.Second / 2, ReplyDelay: time.Minute}},
		{`{"probability": 0.25, "fault": {"code": 1, "text": "x"}, "count": 4}`, Trouble{Probability: 0.25, Fault: &Fault{1, "x"}, Count: 4}},
		{`{"method": "*", "status": 503}`, Trouble{Method: "*", Status: 503}},
		{`{"cut": "truncate", "operation": "hang"}`, Trouble{Cut: "truncate", Operation: "hang"}},
	} {
		w := newBench(t, nil)
		if r := door(t, w, "POST", "/sim/trouble", tc.body); r.Code != 200 {
			t.Errorf("%s: %d %s", tc.body, r.Code, r.Body)
			continue
		}
		if diff := cmp.Diff(tc.want, w.wire.script.set[0].Trouble); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tc.body, diff)
		}
	}
	w := newBench(t, nil)
	for body, want := range map[string]string{
		``:                               "reading the request",
		`{}`:                             "one of delay",
		`{"status": 503} {}`:             "something follows",
		`{"status": 503, "often": true}`: "often",
		`{"delay": "soon"}`:              "not \"soon\"",
		`{"delay": 1e300}`:               "number of seconds",
		`{"cut": "later"}`:               "before, after or truncate",
		`{"fault": "x"}`:                 "reading the request",
		`{"method": "hosting.vm.crate", "status": 503}`: "no method is called \"hosting.vm.crate\"",
		`{"method": "hosting.paas.*", "status": 503}`:   "no method is called",
	} {
		r := door(t, w, "POST", "/sim/trouble", body)
		var got struct {
			OK      bool
			Message string
		}
		if err := json.Unmarshal(r.Body.Bytes(), &got); err != nil || r.Code != 400 || got.OK || !strings.Contains(got.Message, want) {
			t.Errorf("%s: %d %s", body, r.Code, r.Body)
		}
	}
	door(t, w, "POST", "/sim/trouble", `{"method": "vm.test", "status": 504}`)
	if got := w.try(t, "hosting.vm.test"); got.status != 504 {
		t.Errorf("a trouble by a legacy name: %+v", got)
	}
	door(t, w, "POST", "/sim/trouble", `{"fault": 530451}`)
	wantFault(t, w.try(t, "test.count"), 530451, "scripted fault 530451")
	if r := door(t, w, "DELETE", "/sim/trouble", ""); r.Code != 200 {
		t.Errorf("clearing: %d", r.Code)
	}
	wantValue(t, w.try(t, "test.count"), 1)
}

func TestTheJournalOverHTTP(t *testing.T) {
	w := newBench(t, nil)
	w.try(t, "test.count")
	w.try(t, "unknown")
	lines := func(path string) []Entry {
		r := door(t, w, "GET", path, "")
		var out []Entry
		scan := bufio.NewScanner(r.Body)
		for scan.Scan() {
			var e Entry
			if err := json.Unmarshal(scan.Bytes(), &e); err != nil {
				t.Fatal(err)
			}
			out = append(out, e)
		}
		return out
	}
	all := lines("/sim/journal")
	if len(all) != 2 || all[0].Method != "test.count" || all[0].Handle != DefaultHandle || all[0].Time.IsZero() || all[1].Fault.Code != 1 {
		t.Errorf("got %+v", all)
	}
	if rest := lines("/sim/journal?after=1"); len(rest) != 1 || rest[0].Seq != 2 {
		t.Errorf("got %+v", rest)
	}
	if r := door(t, w, "GET", "/sim/journal?after=x", ""); r.Code != 400 {
		t.Errorf("got %d", r.Code)
	}
}

func TestKeysOverHTTP(t *testing.T) {
	const key = "abcdefghijklmnopqrstuvwx"
	w := newBench(t, nil)
	who := func() answer { return ask(t.Context(), w.Transport(), anywhere, "test.who", key) }
	door(t, w, "POST", "/sim/key", `{"add": "`+key+`"}`)
	wantValue(t, who(), DefaultHandle)
	door(t, w, "POST", "/sim/key", `{"add": "`+key+`", "handle": "`+OtherHandle+`"}`)
	wantValue(t, who(), OtherHandle)
	door(t, w, "POST", "/sim/key", `{"revoke": "`+key+`"}`)
	wantFault(t, who(), 510150, "OBJECT_ACCOUNT")
	for _, body := range []string{`{}`, `{"add": "x"}`, `{"add": "` + key + `", "revoke": "` + key + `"}`} {
		if r := door(t, w, "POST", "/sim/key", body); r.Code != 400 || strings.Contains(r.Body.String(), key) {
			t.Errorf("%s: %d %s", body, r.Code, r.Body)
		}
	}
}

func TestStateSwitchesAndResetOverHTTP(t *testing.T) {
	w := newBench(t, &Options{Switches: map[string]string{"nil": "empty-string"}})
	var state map[string][]any
	if err := json.Unmarshal(door(t, w, "GET", "/sim/state", "").Body.Bytes(), &state); err != nil {
		t.Fatal(err)
	}
	if state["vms"] == nil {
		t.Errorf("no list of vms in %v", state)
	}
	var switches []struct{ Name, Position string }
	if err := json.Unmarshal(door(t, w, "GET", "/sim/switches", "").Body.Bytes(), &switches); err != nil {
		t.Fatal(err)
	}
	if len(switches) != len(Switches()) || switches[0].Name != "nil" || switches[0].Position != "empty-string" {
		t.Errorf("got %+v", switches)
	}
	w.try(t, "test.count")
	door(t, w, "POST", "/sim/reset", "")
	if n := len(w.Journal()); n != 0 {
		t.Errorf("%d entries after the reset", n)
	}
	if r := door(t, w, "POST", "/sim/change", "[1]"); r.Code != 400 {
		t.Errorf("a change that is none: %d", r.Code)
	}
}

func TestOptions(t *testing.T) {
	const key = "abcdefghijklmnopqrstuvwx"
	for _, tc := range []struct {
		opts Options
		want string
	}{
		{Options{APIKey: "short"}, "24 letters and digits"},
		{Options{Keys: map[string]string{"short": "XX1-GANDI"}}, "the key of handle XX1-GANDI"},
		{Options{Keys: map[string]string{key: ""}}, "has no handle"},
		{Options{TimeScale: -1}, "above 0"},
		{Options{Account: "cash"}, `account "cash"`},
		{Options{RateLimit: "30"}, "30/2s"},
		{Options{RateLimit: "x/2s"}, "30/2s"},
		{Options{RateLimit: "0/2s"}, "30/2s"},
		{Options{RateLimit: "30/2"}, "duration above 0"},
		{Options{RateLimit: "30/-2s"}, "duration above 0"},
		{Options{Switches: map[string]string{"nul": "nil"}}, `no switch is called "nul"; there are nil, reply-header`},
		{Options{Switches: map[string]string{"nil": "null"}}, `switch nil has no position "null"; it has nil, empty-string`},
	} {
		if err := tc.opts.Validate(); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%+v: %v", tc.opts, err)
		}
	}
	o := Options{APIKey: key}.complete()
	if diff := cmp.Diff(map[string]string{key: DefaultHandle, OtherAPIKey: OtherHandle}, o.Keys); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	defer func() {
		if recover() == nil {
			t.Error("New took bad options")
		}
	}()
	New(&Options{APIKey: "short"})
}

func TestTheSwitchTableIsSound(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range Switches() {
		if seen[s.Name] || s.Doc == "" || len(s.Positions) < 2 || !s.has(s.Default) {
			t.Errorf("switch %+v", s)
		}
		seen[s.Name] = true
	}
}
