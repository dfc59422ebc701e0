package gandi

import (
	"bytes"
	"compress/gzip"
	"io"
	"math"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func addReplies(f *testing.F) {
	f.Helper()
	files, err := filepath.Glob("testdata/*.response.xml")
	if err != nil || len(files) == 0 {
		f.Fatalf("no replies: %v", err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, "text/xml")
	}
	for _, doc := range []string{
		"", "<html><br></html>", faultReply(510150, testKey), value("<string>" + testKey + "</string>"),
		value("<array><data><value/><value><nil/></value></data></array>"), value("a<!-- b --><![CDATA[c]]>"),
		value("<dateTime.iso8601>20121102T13:00:00+0100</dateTime.iso8601>"), value("<double>1e999</double>"),
		value("<struct><member><value>x</value><name>id</name></member></struct>"), value("&#11;&#xD800;\x00\xff"),
		"<?xml version='1.0' encoding='iso-8859-15'?>" + value("\xa4")[21:],
		value(strings.Repeat("<array><data><value>", 60)),
	} {
		f.Add([]byte(doc), "text/xml; charset=iso-8859-1")
	}
}

// FuzzDecodeReply reads whatever comes: without a panic, into the few types that there are, with bounded depth, without
// the key, and in a way that is stable, so that a reply means the same each time it is looked at.
func FuzzDecodeReply(f *testing.F) {
	addReplies(f)
	f.Fuzz(func(t *testing.T, raw []byte, contentType string) {
		key, err := NewAPIKey(testKey)
		if err != nil {
			t.Fatal(err)
		}
		clean := newRedactor(key, nil)
		r, err := decodeReply(raw, contentType, clean)
		if err != nil {
			if strings.ContainsAny(err.Error(), "<>\n") || len(err.Error()) > 100 {
				t.Errorf("a server's words show in %q", err)
			}
			return
		}
		if r.fault != nil {
			if leaks(r.fault.Text) || utf8.RuneCountInString(r.fault.Text) > maxFaultText+1 || strings.ContainsAny(r.fault.Text, "\n\r\x00") {
				t.Errorf("fault text %q", r.fault.Text)
			}
			return
		}
		checkValue(t, r.value, 0)
		again, err := decodeReply(raw, contentType, clean)
		if err != nil || !reflect.DeepEqual(again, r) {
			t.Errorf("read again: %v, %v", again, err)
		}
		doc, _, err := canonical(raw, contentType, clean.scrub)
		if err != nil {
			t.Fatal(err)
		}
		twice, _, err := canonical(doc, "", clean.scrub)
		if err != nil || string(twice) != string(doc) {
			t.Errorf("canonical twice (%v):\n%q\n%q", err, doc, twice)
		}
		readEverything(r.value)
	})
}

func leaks(s string) bool { return strings.Contains(strings.ToLower(s), strings.ToLower(testKey)) }

func checkValue(t *testing.T, v any, depth int) {
	t.Helper()
	if depth > maxDepth {
		t.Fatal("too deep")
	}
	switch v := v.(type) {
	case nil, bool, int64, time.Time:
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			t.Errorf("double %v", v)
		}
	case string:
		if leaks(v) || !utf8.ValidString(v) || v == "" {
			t.Errorf("string %q", v)
		}
	case []any:
		for _, e := range v {
			checkValue(t, e, depth+1)
		}
	case map[string]any:
		for k, e := range v {
			if leaks(k) || k == "" {
				t.Errorf("name %q", k)
			}
			checkValue(t, e, depth+1)
		}
	default:
		t.Errorf("%T", v)
	}
}

// readEverything takes v for each kind of reply in turn.
func readEverything(v any) {
	_, _ = operations(v)
	_, _ = SSHKeyCreate{}.operations(v)
	_, _ = parseKernels(v)
	_, _ = prices(v)
	if ops, err := dryRun(v); err == nil {
		if outcome, problems := DryRunOf(ops); outcome == DryRunUnknown || (outcome == DryRunProblems) != (len(problems) > 0) {
			panic("a dry run without an outcome")
		}
	}
	if all, err := dnsEntries(v, "www.example.org"); err == nil && len(all) == 0 {
		panic("no records, and no word of it")
	}
	for _, e := range asList(v) {
		m, ok := e.(map[string]any)
		if !ok {
			continue
		}
		fits(m, map[string]any{"id": 1, "vm_id": 2, "vlan_id": 3, "farm": "x", "step": []any{"RUN"}, ">date_created": "y"})
		_, _ = parsed(newRecord(m), parseVM)
		_, _ = parsed(newRecord(m), parseDisk)
		_, _ = parsed(newRecord(m), parseIface)
		_, _ = parsed(newRecord(m), parseIP)
		_, _ = parsed(newRecord(m), parseImage)
		_, _ = parsed(newRecord(m), parseDatacenter)
		_, _ = parsed(newRecord(m), parseAccount)
		_, _ = parsed(newRecord(m), parseOperation)
		_, _ = parsed(newRecord(m), parseVLAN)
		_, _ = parsed(newRecord(m), parseSSHKey)
		_, _ = parsed(newRecord(m), parseSnapshotProfile)
		_, _ = parsed(newRecord(m), parseSite)
		_, _ = parsed(newRecord(m), parseSitePackage)
	}
}

// FuzzEncodeText sends a text, and reads it back as a server would echo it: the same, or refused before it left.
func FuzzEncodeText(f *testing.F) {
	for _, s := range []string{"", "web", " a\r\n\tb ", "<&>\"'", "]]>", "zürich", "\x00", "\xff", "\uFFFE", "&#11;", "<fault>", "2012"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		call, err := encodeCall("m", APIKey{}, []any{s})
		if err != nil {
			if checkText(s) == nil {
				t.Errorf("%q was refused: %v", s, err)
			}
			return
		}
		doc := strings.NewReplacer(
			"<methodCall><methodName>m</methodName>", "<methodResponse>", "</methodCall>", "</methodResponse>",
			"<param><value><string></string></value></param>", "",
		).Replace(string(call))
		if s == "" {
			return
		}
		got, err := decodeValue(t, doc)
		if err != nil || got != s {
			t.Errorf("sent %q, came back as %q (%v)\n%s", s, got, err, doc)
		}
	})
}

// FuzzSSHFingerprint takes whatever a person pastes: without a panic, and with a fingerprint of one form or none.
func FuzzSSHFingerprint(f *testing.F) {
	for _, s := range []string{"", goldenKey, "ssh-rsa AAAA", "ssh-rsa AAAAB3NzaC1yc2E=", "a AAAAAWE=", " "} {
		f.Add(s)
	}
	form := regexp.MustCompile("^([0-9a-f]{2}:){15}[0-9a-f]{2}$")
	f.Fuzz(func(t *testing.T, value string) {
		got, err := SSHFingerprint(value)
		if (err == nil) != form.MatchString(got) || err != nil && got != "" {
			t.Errorf("%q gives %q, %v", value, got, err)
		}
		if again, _ := SSHFingerprint(value + " another name"); err == nil && again != got {
			t.Errorf("%q: the name takes part", value)
		}
	})
}

// FuzzEditURL takes whatever a server calls an address: what is left of it is one of the web, without a place for a token.
func FuzzEditURL(f *testing.F) {
	for _, s := range []string{
		"", "https://h/edit/1", "https://h/edit?token=x", "http://u:p@h/#token", "javascript:alert(1)", "//h/x", "https://h/%zz", "https://h?", "ftp://h/x",
		"https://h/a%2Fb?c=d%3Fe", "HTTPS://H/x?y", "https://[::1]:8/x", "https://h\\x", " https://h/",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		got := withoutQuery(raw)
		if got == "" {
			return
		}
		u, err := url.Parse(got)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
			t.Errorf("%q gives %q", raw, got)
		}
		if strings.ContainsAny(got, "?#") {
			t.Errorf("%q gives %q", raw, got)
		}
		if again := withoutQuery(got); again != got {
			t.Errorf("%q, then %q", got, again)
		}
	})
}

// FuzzRedact looks for what must not be there.
func FuzzRedact(f *testing.F) {
	f.Add("bad key "+testKey, "password")
	f.Add("[p&amp;ss&lt;w&gt;]", "p&ss<w>")
	f.Add(testKey[:12]+testKey[5:], "REDACTED")
	f.Add("canaryKEY0123"+strings.ToUpper(testKey), "\x00\xff__")
	f.Fuzz(func(t *testing.T, text, password string) {
		key, err := NewAPIKey(testKey)
		if err != nil {
			t.Fatal(err)
		}
		got := newRedactor(key, []any{NewSecret(password, "r")}).line(text)
		if leaks(got) {
			t.Errorf("the key shows in %q", got)
		}
		// What stands for a secret may be part of one, and then says nothing.
		rest := strings.ReplaceAll(got, redacted, "\x00")
		if len(password) >= shortestSecret && checkText(password) == nil && strings.Contains(asciiLower(rest), asciiLower(password)) {
			t.Errorf("the password %q shows in %q", password, got)
		}
		if strings.Contains(got, "\n") || !utf8.ValidString(got) && utf8.ValidString(text) {
			t.Errorf("no line: %q", got)
		}
	})
}

// FuzzExchange has a server answer anything, by status, headers and body: a read and a call end at once, in a value or in
// an error of a known class, which tells nothing of the key, of the password in the call, or of the server's own words.
func FuzzExchange(f *testing.F) {
	packed := func(s string) []byte {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = z.Write([]byte(s))
		_ = z.Close()
		return b.Bytes()
	}
	f.Add(200, "text/xml", "", "", []byte(value("<struct><member><name>id</name><value><int>7</int></value></member></struct>")))
	f.Add(200, "text/xml", "gzip", "", packed(value("<array><data/></array>")))
	f.Add(200, "text/xml", "gzip", "", packed(strings.Repeat(" ", 1<<22)))
	f.Add(200, "text/xml", "gzip", "", []byte("\x1f\x8b\x08nonsense"))
	f.Add(200, "text/xml; charset=utf-7", "br", "", []byte(faultReply(510150, testKey+canaryPassword)))
	f.Add(429, "text/html", "", "3600", []byte(testKey))
	f.Add(503, "", "", "Fri, 31 Dec 9999 23:59:59 GMT", []byte(nil))
	f.Add(302, "", "", "-5", []byte(nil))
	f.Add(-1, "", "", "99999999999999999999", []byte(nil))
	f.Fuzz(func(t *testing.T, status int, contentType, encoding, retry string, body []byte) {
		// Reads are repeated after a while: in virtual time.
		synctest.Test(t, func(t *testing.T) {
			key, err := NewAPIKey(testKey)
			if err != nil {
				t.Fatal(err)
			}
			answer := answering(func(*http.Request) *http.Response {
				return &http.Response{
					StatusCode: status, Body: io.NopCloser(bytes.NewReader(body)),
					Header: http.Header{"Content-Type": {contentType}, "Content-Encoding": {encoding}, "Retry-After": {retry}},
				}
			})
			c, err := New(Options{Key: key, Transport: answer, MaxReply: 1 << 20})
			if err != nil {
				t.Fatal(err)
			}
			_, one := c.VM(t.Context(), 7)
			_, all := c.Disks(t.Context(), DiskFilter{})
			_, call := c.Submit(t.Context(), VMUpdate{ID: 7, Password: NewSecret(canaryPassword, "ref")})
			for _, err := range []error{one, all, call} {
				if err == nil {
					continue
				}
				if class := ClassOf(err); class.String() == "" || strings.Contains(class.String(), "(") {
					t.Errorf("%v is of class %v", err, class)
				}
				if text := err.Error(); leaks(text) || strings.Contains(text, canaryPassword) || strings.ContainsAny(text, "\n\r") || len(text) > 4*maxFaultText+400 {
					t.Errorf("an error tells too much: %q", text)
				}
				if wait := RetryAfter(err); wait < 0 || wait > maxRetryAfter {
					t.Errorf("again after %s", wait)
				}
			}
		})
	})
}

// answering is a transport that asks nobody.
type answering func(*http.Request) *http.Response

func (a answering) RoundTrip(r *http.Request) (*http.Response, error) {
	_, _ = io.Copy(io.Discard, r.Body)
	return a(r), nil
}

// FuzzValuesComeBack sends on what was decoded: it arrives as it was, or was refused before it left. And no reply is
// worth more values than it has bytes.
func FuzzValuesComeBack(f *testing.F) {
	addReplies(f)
	f.Fuzz(func(t *testing.T, raw []byte, contentType string) {
		key, err := NewAPIKey(testKey)
		if err != nil {
			t.Fatal(err)
		}
		clean := newRedactor(key, nil)
		r, err := decodeReply(raw, contentType, clean)
		if err != nil || r.fault != nil {
			return
		}
		if n := count(r.value); n > len(raw) {
			t.Errorf("%d values out of %d bytes", n, len(raw))
		}
		sent := sendable(r.value)
		call, err := encodeCall("m", APIKey{}, []any{sent})
		if err != nil {
			return // what cannot be sent is told
		}
		doc := strings.NewReplacer(
			"<methodCall><methodName>m</methodName>", "<methodResponse>", "</methodCall>", "</methodResponse>",
			"<param><value><string></string></value></param>", "",
		).Replace(string(call))
		got, err := decodeReply([]byte(doc), "", clean)
		if err != nil || !cmp.Equal(got.value, returned(sent), cmpopts.EquateEmpty()) {
			t.Errorf("sent %#v\n got %#v (%v)", sent, got.value, err)
		}
	})
}

func count(v any) int {
	n := 1
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			n += count(e)
		}
	case map[string]any:
		for _, e := range v {
			n += count(e)
		}
	}
	return n
}

// sendable is a decoded value as calls are written: whole numbers are ints, dates texts, and what is nil is left out.
func sendable(v any) any {
	switch v := v.(type) {
	case int64:
		return int(v)
	case nil, time.Time:
		return "none"
	case []any:
		list := make([]any, len(v))
		for i, e := range v {
			list[i] = sendable(e)
		}
		return list
	case map[string]any:
		m := map[string]any{}
		for k, e := range v {
			m[k] = sendable(e)
		}
		return m
	default:
		return v
	}
}

// returned is a sent value as it is decoded.
func returned(v any) any {
	switch v := v.(type) {
	case int:
		return int64(v)
	case []any:
		list := make([]any, len(v))
		for i, e := range v {
			list[i] = returned(e)
		}
		return list
	case map[string]any:
		m := map[string]any{}
		for k, e := range v {
			m[k] = returned(e)
		}
		return m
	default:
		return v
	}
}
