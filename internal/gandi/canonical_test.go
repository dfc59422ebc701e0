package gandi

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func decodeValue(t testing.TB, raw string) (any, error) {
	t.Helper()
	r, err := decodeReply([]byte(raw), "text/xml", newRedactor(mustKey(t), nil))
	return r.value, err
}

// Every form in which a value is known to come, or is allowed to.
func TestDecodeValue(t *testing.T) {
	noon := time.Date(2012, 11, 2, 12, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name, wire string
		want       any
	}{
		{"int", "<int>5</int>", int64(5)},
		{"i4", "<i4>5</i4>", int64(5)},
		{"i8 beyond 32 bits", "<i8>5000000000</i8>", int64(5000000000)},
		{"extension with prefix", "<ex:i8 xmlns:ex='http://ws.apache.org/xmlrpc/namespaces/extensions'>5</ex:i8>", int64(5)},
		{"int in white space", "<int>\n 5 </int>", int64(5)},
		{"int with sign", "<int>+5</int>", int64(5)},
		{"negative int", "<int>-39</int>", int64(-39)},
		{"int written as double", "<int>5.0</int>", 5.0},
		{"int that is none", "<int>many</int>", "many"},
		{"empty int", "<int></int>", nil},
		{"double", "<double>5120.0</double>", 5120.0},
		{"double with exponent", "<double>1e3</double>", 1000.0},
		{"double that is none", "<double>NaN</double>", "NaN"},
		{"boolean", "<boolean>1</boolean>", true},
		{"boolean false", "<boolean>0</boolean>", false},
		{"boolean as word", "<boolean> True </boolean>", true},
		{"boolean that is none", "<boolean>2</boolean>", "2"},
		{"string", "<string>a b</string>", "a b"},
		{"string keeps white space", "<string> a\n</string>", " a\n"},
		{"empty string counts as null", "<string></string>", nil},
		{"empty string, short", "<string/>", nil},
		{"nil", "<nil/>", nil},
		{"nil, long", "<nil></nil>", nil},
		{"nil with prefix", "<ex:nil xmlns:ex='x'/>", nil},
		{"untyped", "web", "web"},
		{"untyped empty", "", nil},
		{"untyped with entity", "a&amp;b", "a&b"},
		{"CDATA", "<string><![CDATA[<a> & b]]></string>", "<a> & b"},
		{"text around CDATA", "<string>a<![CDATA[b]]>c</string>", "abc"},
		{"text around a comment", "<string>a<!-- no -->b</string>", "ab"},
		{"untyped CDATA", "<![CDATA[x]]>", "x"},
		{"int in CDATA", "<int><![CDATA[5]]></int>", int64(5)},
		{"character reference", "<string>a&#38;b&#xe9;</string>", "a&bé"},
		{"illegal control character", "<string>a\x0bb</string>", "a\uFFFDb"},
		{"illegal reference", "<string>a&#11;b&#xFFFF;</string>", "a\uFFFDb\uFFFD"},
		{"broken UTF-8", "<string>a\xffb</string>", "a\uFFFDb"},
		{"fault element in a text", "<string>&lt;fault&gt; &lt;/fault&gt;</string>", "<fault> </fault>"},
		{"fault element in CDATA", "<string><![CDATA[<fault></fault>]]></string>", "<fault></fault>"},
		{"base64", "<base64>w6k=\n</base64>", "é"},
		{"base64 of no text", "<base64>/w==</base64>", "/w=="},
		{"date compact", "<dateTime.iso8601>20121102T12:00:00</dateTime.iso8601>", noon},
		{"date compact Z", "<dateTime.iso8601>20121102T12:00:00Z</dateTime.iso8601>", noon},
		{"date with zone", "<dateTime.iso8601>20121102T13:00:00+01:00</dateTime.iso8601>", noon},
		{"date with zone without colon", "<dateTime.iso8601>20121102T13:00:00+0100</dateTime.iso8601>", noon},
		{"date with hyphens", "<dateTime.iso8601>2012-11-02T12:00:00</dateTime.iso8601>", noon},
		{"date with hyphens and Z", "<dateTime.iso8601>2012-11-02T12:00:00Z</dateTime.iso8601>", noon},
		{"date with a space", "<dateTime.iso8601>2012-11-02 12:00:00</dateTime.iso8601>", noon},
		{"empty date", "<dateTime.iso8601></dateTime.iso8601>", nil},
		{"date that is none", "<dateTime.iso8601>00000000T00:00:00</dateTime.iso8601>", "00000000T00:00:00"},
		{"empty array", "<array><data></data></array>", []any{}},
		{"empty array, short", "<array><data/></array>", []any{}},
		{"array without data", "<array/>", []any{}},
		{"array", "<array><data><value><int>1</int></value><value>x</value><value><nil/></value><value/></data></array>",
			[]any{int64(1), "x", nil, nil}},
		{"array of arrays", "<array><data><value><array><data><value><int>1</int></value></data></array></value></data></array>",
			[]any{[]any{int64(1)}}},
		{"empty struct", "<struct></struct>", map[string]any(nil)},
		{"empty struct, short", "<struct/>", map[string]any(nil)},
		{"struct", "<struct><member><name>a</name><value><int>1</int></value></member><member><name>b</name><value/></member>" +
			"<member><name>c</name><value>x</value></member></struct>", map[string]any{"a": int64(1), "b": nil, "c": "x"}},
		{"value before name", "<struct><member><value>x</value><name>a</name></member></struct>", map[string]any{"a": "x"}},
		{"name in white space and CDATA", "<struct><member><name> <![CDATA[a]]>b </name><value>x</value></member></struct>",
			map[string]any{"ab": "x"}},
		{"name with a filter's sign", "<struct><member><name>&lt;a</name><value>x</value></member></struct>", map[string]any{"<a": "x"}},
		{"member without name", "<struct><member><name/><value>x</value></member></struct>", map[string]any(nil)},
		{"member without value", "<struct><member><name>a</name></member></struct>", map[string]any(nil)},
		{"white space everywhere", " \n <struct> \n <member> <name>a</name> \n <value> \n <int>1</int> \n </value> </member> </struct> \n ",
			map[string]any{"a": int64(1)}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := decodeValue(t, value(tt.wire))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			// The same inside a struct, where a careless decoder loses what comes after.
			got, err = decodeValue(t, value("<struct><member><name>x</name><value>"+tt.wire+"</value></member>"+
				"<member><name>after</name><value><int>7</int></value></member></struct>"))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(map[string]any{"x": tt.want, "after": int64(7)}, got); diff != "" {
				t.Errorf("in a struct (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDecodeUnreadable(t *testing.T) {
	deep := strings.Repeat("<array><data><value>", 100000)
	for _, tt := range []struct{ name, doc, want string }{
		{"empty", "", "the reply is empty"},
		{"blank", " \n", "the reply is empty"},
		{"only a declaration", "<?xml version='1.0'?>", "the reply is empty"},
		{"HTML", "<html><body><p>Bad gateway<br></body></html>", "not an XML-RPC reply"},
		{"HTML with a doctype", "<!DOCTYPE html><html></html>", "not an XML-RPC reply"},
		{"JSON", `{"a": 1}`, "the elements are not those of XML-RPC"},
		{"a call", "<methodCall><methodName>x</methodName></methodCall>", "not an XML-RPC reply"},
		{"cut", value("<int>5</int>")[:70], "the document ends early"},
		{"cut in a tag", value("<string>long text</string>")[:78], "the document ends early"},
		{"unbalanced", "<methodResponse><params></methodResponse>", "not well-formed XML at line 1"},
		{"unknown type", value("<currency>5</currency>"), "a value is of no known type"},
		{"element in a scalar", value("<int><b>5</b></int>"), "the elements are not those of XML-RPC"},
		{"two types", value("<int>5</int><int>6</int>"), "the elements are not those of XML-RPC"},
		{"text beside a type", value("a<int>5</int>"), "the elements are not those of XML-RPC"},
		{"two parameters", strings.Replace(value("1"), "</param>", "</param><param><value>2</value></param>", 1),
			"the elements are not those of XML-RPC"},
		{"too deep", value(deep), "the values nest too deep"},
		{"UTF-16", "<?xml version='1.0' encoding='UTF-16'?>", "the document is in an unknown encoding"},
		{"fault without code", "<methodResponse><fault><value><struct></struct></value></fault></methodResponse>", "the fault has no code"},
		{"fault that is a text", "<methodResponse><fault><value>no</value></fault></methodResponse>", "the fault is no struct"},
		{"entity bomb", `<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>` + value("&b;"), "not well-formed XML at line 1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := decodeValue(t, tt.doc)
			if err == nil {
				t.Fatalf("got %v, want an error", got)
			}
			if err.Error() != tt.want {
				t.Errorf("got %q, want %q", err, tt.want)
			}
		})
	}
}

// A document cut anywhere is told as cut or unreadable, never as something else.
func TestDecodeCutAnywhere(t *testing.T) {
	for _, name := range []string{"hosting.vm.info.response.xml", "fault.cdata.response.xml", "operation.list.response.xml"} {
		doc := strings.TrimRight(testdata(t, name), "\n")
		// Every place near the ends and every few bytes between: a whole parse for each byte takes seconds.
		for n := 0; n < len(doc); n++ {
			if 300 < n && n < len(doc)-300 {
				n += 4
			}
			if _, err := decodeValue(t, doc[:n]); err == nil {
				t.Fatalf("%s cut to %d of %d bytes was read", name, n, len(doc))
			}
		}
	}
}

func TestCharsets(t *testing.T) {
	body := func(decl, text string) string {
		return strings.Replace(value("<string>"+text+"</string>"), "<?xml version='1.0'?>", decl, 1)
	}
	for _, tt := range []struct {
		name, contentType, doc, want string
	}{
		{"none is UTF-8", "", body("", "é€"), "é€"},
		{"byte order mark", "", "\xEF\xBB\xBF" + body("<?xml version='1.0'?>", "é"), "é"},
		{"UTF-8 declared", "", body("<?xml version='1.0' encoding='utf-8'?>", "é"), "é"},
		{"Latin 1", "", body("<?xml version='1.0' encoding='ISO-8859-1'?>", "\xe9"), "é"},
		{"Latin 9", "", body(`<?xml version="1.0" encoding="iso-8859-15" standalone="yes"?>`, "\xa4\xe9"), "€é"},
		{"Windows", "", body("<?xml version='1.0' encoding='windows-1252'?>", "\x80\xe9\x81"), "€é\u0081"},
		{"ASCII", "", body("<?xml version='1.0' encoding='us-ascii'?>", "e"), "e"},
		{"ASCII that is UTF-8", "", body("<?xml version='1.0' encoding='us-ascii'?>", "é"), "é"},
		{"ASCII that is Latin 1", "", body("<?xml version='1.0' encoding='us-ascii'?>", "\xe9"), "é"},
		{"the header's", "text/xml; charset=iso-8859-1", body("", "\xe9"), "é"},
		{"the document's before the header's", "text/xml; charset=iso-8859-1", body("<?xml version='1.0' encoding='UTF-8'?>", "é"), "é"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := decodeReply([]byte(tt.doc), tt.contentType, newRedactor(mustKey(t), nil))
			if err != nil {
				t.Fatal(err)
			}
			if r.value != tt.want {
				t.Errorf("got %q, want %q", r.value, tt.want)
			}
		})
	}
}
