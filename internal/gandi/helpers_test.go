package gandi

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// testKey is the key of every test, and what the canary test greps for.
const testKey = "CanaryKey0123456789abcde"

// A responder answers the nth call (from 0) without a socket, so that it can stand in a bubble of fake time.
type responder func(n int, method string, body []byte) (*http.Response, error)

type fakeTransport struct {
	answer responder
	calls  []string // methods, in order
	bodies [][]byte
}

func (f *fakeTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	method := between(string(body), "<methodName>", "</methodName>")
	n := len(f.calls)
	f.calls = append(f.calls, method)
	f.bodies = append(f.bodies, body)
	return f.answer(n, method, body)
}

func between(s, from, to string) string {
	_, s, _ = strings.Cut(s, from)
	s, _, _ = strings.Cut(s, to)
	return s
}

func httpReply(status int, body string, header ...string) *http.Response {
	h := http.Header{"Content-Type": {"text/xml"}}
	for i := 0; i+1 < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body))}
}

// always answers every call with the same document.
func always(body string) responder {
	return func(int, string, []byte) (*http.Response, error) { return httpReply(200, body), nil }
}

// inTurn answers with one document after the other, the last one for ever.
func inTurn(bodies ...string) responder {
	return func(n int, _ string, _ []byte) (*http.Response, error) {
		return httpReply(200, bodies[min(n, len(bodies)-1)]), nil
	}
}

func mustKey(t testing.TB) APIKey {
	t.Helper()
	key, err := NewAPIKey(testKey)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newFake(t testing.TB, answer responder) (*Client, *fakeTransport) {
	t.Helper()
	f := &fakeTransport{answer: answer}
	c, err := New(Options{Key: mustKey(t), Transport: f})
	if err != nil {
		t.Fatal(err)
	}
	return c, f
}

// value wraps the inside of a <value> into a whole reply.
func value(inner string) string {
	return "<?xml version='1.0'?><methodResponse><params><param><value>" + inner + "</value></param></params></methodResponse>"
}

func faultReply(code int, text string) string {
	return fmt.Sprintf("<?xml version='1.0'?><methodResponse><fault><value><struct>"+
		"<member><name>faultCode</name><value><int>%d</int></value></member>"+
		"<member><name>faultString</name><value><string>%s</string></value></member>"+
		"</struct></value></fault></methodResponse>", code, xmlEscaped(text))
}

func xmlEscaped(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s))
	return b.String()
}

// list is a reply with structs of nothing but an id.
func list(ids ...int) string {
	var b strings.Builder
	b.WriteString("<array><data>")
	for _, id := range ids {
		fmt.Fprintf(&b, "<value><struct><member><name>id</name><value><int>%d</int></value></member></struct></value>", id)
	}
	b.WriteString("</data></array>")
	return value(b.String())
}

func from(first, n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = first + i
	}
	return out
}

func testdata(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func wantClass(t testing.TB, err error, want Class) {
	t.Helper()
	if err == nil {
		t.Fatalf("want class %v, got no error", want)
	}
	if got := ClassOf(err); got != want {
		t.Errorf("ClassOf(%v) = %v, want %v", err, got, want)
	}
}

// pretty writes a document with one element per line and the members of structs in order of name: the encoder's order
// is that of Go's maps, different each time, and means nothing.
func pretty(t testing.TB, doc []byte) string {
	t.Helper()
	dec := xml.NewDecoder(bytes.NewReader(doc))
	for {
		tok, err := dec.Token()
		if err != nil {
			t.Fatalf("no element in %q: %v", doc, err)
		}
		if start, ok := tok.(xml.StartElement); ok {
			return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + prettyElement(t, dec, start.Name.Local, "")
		}
	}
}

func prettyElement(t testing.TB, dec *xml.Decoder, name, indent string) string {
	t.Helper()
	var text string
	var children []string
	for {
		tok, err := dec.Token()
		if err != nil {
			t.Fatal(err)
		}
		switch tok := tok.(type) {
		case xml.CharData:
			text += string(tok)
		case xml.StartElement:
			children = append(children, prettyElement(t, dec, tok.Name.Local, indent+" "))
		case xml.EndElement:
			if len(children) == 0 {
				return indent + "<" + name + ">" + xmlEscaped(text) + "</" + name + ">\n"
			}
			if name == "struct" {
				slices.Sort(children)
			}
			if only := strings.TrimSpace(children[0]); len(children) == 1 && !strings.Contains(only, "\n") {
				return indent + "<" + name + ">" + only + "</" + name + ">\n"
			}
			return indent + "<" + name + ">\n" + strings.Join(children, "") + indent + "</" + name + ">\n"
		}
	}
}

var errTest = errors.New("test")
