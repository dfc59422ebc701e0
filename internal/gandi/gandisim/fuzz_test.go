package gandisim

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
)

// FuzzDecodeCall: the decoder never panics, and what it reads, the encoder can write in
// a form that reads as the same.
func FuzzDecodeCall(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("testdata", "wire", "*.xml"))
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	for _, value := range []string{
		"<value><i8>9223372036854775807</i8></value>", "<value>x<![CDATA[y]]></value>", "<value><nil/></value>",
		"<value><double>-1.5e3</double></value>", "<value><dateTime.iso8601>2012-10-31T16:46:47+0100</dateTime.iso8601></value>",
		"<value><array><data><value><struct/></value></data></array></value>", "<value>&#13;&#10;</value>",
	} {
		f.Add([]byte(calling(value)))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		name, args, err := decodeCall(body)
		if err != nil {
			if e := wireFault(err); e.Code == 0 || e.Text == "" {
				t.Fatalf("%v has no fault", err)
			}
			return
		}
		if name == "" {
			t.Fatal("a call without a name")
		}
		again, err := rewrite(args)
		if err != nil {
			t.Fatalf("%v cannot be written: %v", args, err)
		}
		if diff := cmp.Diff(args, again); diff != "" {
			t.Errorf("(-first +second)\n%s", diff)
		}
	})
}

// FuzzEscape: any string is written so that it can be read, and as itself if XML can
// carry it.
func FuzzEscape(f *testing.F) {
	for _, s := range []string{"", "a&b", "]]>", "\x00", "\r\n\t", "\xff", "é€\U0001F600", "\ufffe", "\ufffd"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := rewrite([]any{s})
		if err != nil {
			t.Fatal(err)
		}
		want := string(bytes.Map(func(r rune) rune {
			if inXML(r) {
				return r
			}
			return '\ufffd'
		}, bytes.ToValidUTF8([]byte(s), []byte("\ufffd"))))
		// ToValidUTF8 makes one mark of a run of broken bytes, escape one of each.
		if r := squeeze(got[0].(string)); r != squeeze(want) {
			t.Errorf("%q became %q", s, got[0])
		}
	})
}

func squeeze(s string) string {
	var out []rune
	for _, r := range s {
		if r == '\ufffd' && len(out) > 0 && out[len(out)-1] == r {
			continue
		}
		out = append(out, r)
	}
	return string(out)
}

// FuzzTrouble: whatever is posted is refused or a valid trouble.
func FuzzTrouble(f *testing.F) {
	for _, s := range []string{
		`{"method":"*","nth":2,"delay":"2s"}`, `{"fault":530451}`, `{"fault":{"code":1,"text":"x"},"every":3}`,
		`{"probability":0.5,"cut":"before"}`, `{"operation":"hang","count":1}`, `{"status":503}`, `{"delay":1e300}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var trouble Trouble
		if err := strictJSON(b, &trouble); err != nil {
			return
		}
		if trouble.Validate() == nil && (trouble.Delay < 0 || trouble.String() == "") {
			t.Errorf("%s became %+v", b, trouble)
		}
	})
}

// rewrite writes values as a reply and reads them again.
func rewrite(args []any) ([]any, error) {
	if args == nil {
		return nil, nil
	}
	var e encoder
	e.buf.WriteString("<methodCall><methodName>m</methodName><params>")
	for _, arg := range args {
		e.buf.WriteString("<param>")
		if err := e.value(arg); err != nil {
			return nil, err
		}
		e.buf.WriteString("</param>")
	}
	e.buf.WriteString("</params></methodCall>")
	_, again, err := decodeCall(e.buf.Bytes())
	return again, err
}

// FuzzServe: whatever is posted to the API is answered, by a reply that can be read,
// and neither the answer nor the journal tells the key.
func FuzzServe(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("testdata", "methods", "*.request.xml"))
	if err != nil || len(files) == 0 {
		f.Fatalf("no requests: %v", err)
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body, "text/xml")
	}
	key := "<param><value>" + DefaultAPIKey + "</value></param>"
	for _, call := range []string{
		"<methodCall><methodName>version.info</methodName><params>" + key + key + "</params></methodCall>",
		"<methodCall><methodName>hosting.vm.info</methodName><params>" + key + "<param><value><int>1</int></value></param></params></methodCall>",
		"<methodCall><methodName>hosting.disk.create</methodName><params>" + key + "<param><value><struct><member><name>" + DefaultAPIKey + "</name><value>" + DefaultAPIKey + "</value></member></struct></value></param></params></methodCall>",
		"<methodCall><methodName>" + DefaultAPIKey + "</methodName><params>" + key + "</params></methodCall>", "", "<",
	} {
		f.Add([]byte(call), "")
	}
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		w := New(nil)
		request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/xmlrpc/", bytes.NewReader(body))
		request.Header["Content-Type"] = []string{contentType}
		answer := httptest.NewRecorder()
		w.ServeHTTP(answer, request)
		if answer.Code == http.StatusOK {
			got := read(answer.Body.Bytes())
			if got.err != nil {
				t.Fatalf("the reply cannot be read: %v\n%s", got.err, answer.Body)
			}
		}
		journal, err := json.Marshal(w.Journal())
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(journal, []byte(DefaultAPIKey)) {
			t.Errorf("the journal tells the key: %s", journal)
		}
	})
}

// FuzzDoors: whatever is posted to the simulator's own doors is carried out or
// refused, and leaves a world that can still be shown and called.
func FuzzDoors(f *testing.F) {
	doors := []string{"/sim/change", "/sim/dns", "/sim/trouble", "/sim/key"}
	for _, s := range []string{
		`{"type":"vm","create":{"hostname":"foreign","datacenter_id":3}}`, `{"type":"vm","create":{"datacenter_id":-1,"memory":1e300}}`, `{"type":"disk","id":1,"size":-1}`,
		`{"type":"site","create":{"name":"Blog","vhosts":["blog.sites.gandi.example"],"duration":"3m"}}`, `{"type":"site","create":{"vhosts":[null]}}`, `{"type":"account","credits":-1}`,
		`{"type":"datacenter","id":4,"iaas_closed_for":"ALL"}`, `{"type":"image","create":{"label":"Debian 9","datacenter_id":5}}`, `{"host":"www.example.org","txt":["vhost=x"]}`,
		`{"host":"a","cname":"a"}`, `{"zone":"example.net","elsewhere":true}`, `{"method":"*","cut":"after"}`, `{"add":"x","handle":""}`, `[]`, `{"type":"operation","id":1,"step":"ERROR"}`,
	} {
		for i := range doors {
			f.Add(uint8(i), []byte(s))
		}
	}
	f.Fuzz(func(t *testing.T, door uint8, body []byte) {
		w := New(nil)
		request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, doors[int(door)%len(doors)], bytes.NewReader(body))
		answer := httptest.NewRecorder()
		w.ServeHTTP(answer, request)
		if answer.Code != http.StatusOK && answer.Code != http.StatusBadRequest {
			t.Errorf("status %d", answer.Code)
		}
		if _, err := json.Marshal(w.State()); err != nil {
			t.Fatal(err)
		}
		w.ClearTroubles()
		for _, method := range []string{"hosting.vm.list", "hosting.disk.list", "hosting.iface.list", "site.list", "hosting.account.info"} {
			if got := ask(t.Context(), w.Transport(), anywhere, method, DefaultAPIKey); got.err != nil || got.status != http.StatusOK {
				t.Errorf("%s: %+v", method, got)
			}
		}
	})
}

// FuzzStorm: calls that fit each other by chance, over a world that they fill.
func FuzzStorm(f *testing.F) {
	for seed := range uint64(12) {
		dice := rand.New(rand.NewPCG(seed, 2))
		b := make([]byte, 1024)
		for i := range b {
			b[i] = byte(dice.Uint32())
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		synctest.Test(t, func(t *testing.T) {
			w := New(&Options{Switches: map[string]string{"second-mutation": "queue", "unknown-field": "ignored", "unknown-filter": "ignored"}})
			storm(t, w, rand.New(&drawn{b, rand.NewPCG(1, 2)}), min(len(b)/32, 60))
			if _, err := json.Marshal(w.State()); err != nil {
				t.Fatal(err)
			}
		})
	})
}

// drawn is dice that show what a fuzzer chose, and then go on by themselves: what
// draws until it has enough would not end otherwise.
type drawn struct {
	rest []byte
	then *rand.PCG
}

func (d *drawn) Uint64() uint64 {
	if len(d.rest) < 8 {
		return d.then.Uint64()
	}
	next := binary.LittleEndian.Uint64(d.rest)
	d.rest = d.rest[8:]
	return next
}
