package gandisim

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// calling wraps values in a call, one param each.
func calling(values ...string) string {
	var b strings.Builder
	b.WriteString("<?xml version='1.0'?><methodCall><methodName>m</methodName><params>")
	for _, v := range values {
		b.WriteString("<param>" + v + "</param>")
	}
	b.WriteString("</params></methodCall>")
	return b.String()
}

func TestValuesAreReadAsTheyWereMeant(t *testing.T) {
	day := time.Date(2012, 10, 31, 16, 46, 47, 0, time.UTC)
	for _, tc := range []struct {
		name  string
		value string
		want  any
	}{
		{"an int", "<value><int>42</int></value>", 42},
		{"i4", "<value><i4>-42</i4></value>", -42},
		{"a sign", "<value><i4>+42</i4></value>", 42},
		{"i8", "<value><i8>4294967296</i8></value>", 4294967296},
		{"Apache's i8", "<value><ex:i8 xmlns:ex='http://ws.apache.org/xmlrpc/namespaces/extensions'>7</ex:i8></value>", 7},
		{"the largest int", "<value><int>2147483647</int></value>", 2147483647},
		{"white space around a number", "<value>\n  <int> 42\n</int>\n </value>", 42},
		{"a number in CDATA", "<value><int><![CDATA[42]]></int></value>", 42},
		{"a double", "<value><double>5120.0</double></value>", 5120.0},
		{"a whole double", "<value><double>102400</double></value>", 102400.0},
		{"a double with exponent", "<value><double>1.024E+5</double></value>", 102400.0},
		{"true", "<value><boolean>1</boolean></value>", true},
		{"false", "<value><boolean>0</boolean></value>", false},
		{"a string", "<value><string>a b</string></value>", "a b"},
		{"an untyped value", "<value>a b</value>", "a b"},
		{"an untyped number is a string", "<value>256</value>", "256"},
		{"an untyped empty value", "<value></value>", ""},
		{"a value that is one tag", "<value/>", ""},
		{"untyped white space is kept", "<value>  </value>", "  "},
		{"an empty string", "<value><string></string></value>", ""},
		{"a string that is one tag", "<value><string/></value>", ""},
		{"CDATA", "<value><string><![CDATA[a & <b>]]></string></value>", "a & <b>"},
		{"CDATA with text around", "<value><string>x<![CDATA[&]]>y<!-- z -->z</string></value>", "x&yz"},
		{"untyped CDATA", "<value><![CDATA[a&b]]></value>", "a&b"},
		{"numeric references", "<value><string>a&#38;b&#60;c&#x3e;</string></value>", "a&b<c>"},
		{"named references", "<value><string>&amp;&lt;&gt;&quot;&apos;</string></value>", `&<>"'`},
		{"a carriage return by reference", "<value><string>a&#13;&#10;b</string></value>", "a\r\nb"},
		{"a reference beyond the declared encoding", "<value><string>&#8364;</string></value>", "€"},
		{"a date", "<value><dateTime.iso8601>20121031T16:46:47</dateTime.iso8601></value>", day},
		{"a date with hyphens", "<value><dateTime.iso8601>2012-10-31T16:46:47</dateTime.iso8601></value>", day},
		{"a date without colons", "<value><dateTime.iso8601>20121031T164647</dateTime.iso8601></value>", day},
		{"a date in UTC", "<value><dateTime.iso8601>20121031T16:46:47Z</dateTime.iso8601></value>", day},
		{"a date with a zone", "<value><dateTime.iso8601>2012-10-31T18:46:47+02:00</dateTime.iso8601></value>", day},
		{"a date with a short zone", "<value><dateTime.iso8601>20121031T17:46:47+0100</dateTime.iso8601></value>", day},
		{"a date with a fraction", "<value><dateTime.iso8601>20121031T16:46:47.000</dateTime.iso8601></value>", day},
		{"base64 with line ends", "<value><base64>aGVs\r\n bG8=\n</base64></value>", []byte("hello")},
		{"nil", "<value><nil/></value>", nil},
		{"nil of Apache", "<value><ex:nil xmlns:ex='x'/></value>", nil},
		{"an array", "<value><array><data><value><int>1</int></value><value>b</value></data></array></value>", []any{1, "b"}},
		{"an empty array", "<value><array><data></data></array></value>", []any{}},
		{"an array of one tag", "<value><array><data/></array></value>", []any{}},
		{"an array without data", "<value><array/></value>", []any{}},
		{"a struct", "<value><struct><member><name>a</name><value><int>1</int></value></member></struct></value>", Struct{"a": 1}},
		{"an empty struct", "<value><struct></struct></value>", Struct{}},
		{"a struct of one tag", "<value><struct/></value>", Struct{}},
		{"a name in CDATA", "<value><struct><member><name><![CDATA[>date]]></name><value>x</value></member></struct></value>", Struct{">date": "x"}},
		{"a name with a reference", "<value><struct><member><name>&#62;date</name><value>x</value></member></struct></value>", Struct{">date": "x"}},
		{"the last of two members counts", "<value><struct><member><name>a</name><value>x</value></member><member><name>a</name><value>y</value></member></struct></value>", Struct{"a": "y"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, args, err := decodeCall([]byte(calling(tc.value)))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]any{tc.want}, args); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestCallsAreReadWhateverTheirShape(t *testing.T) {
	for _, tc := range []struct {
		name string
		body string
	}{
		{"no declaration", "<methodCall><methodName>m</methodName><params/></methodCall>"},
		{"no params", "<?xml version='1.0'?><methodCall><methodName>m</methodName></methodCall>"},
		{"white space everywhere", "<?xml version='1.0'?>\n\n<methodCall>\r\n <methodName> m\n</methodName>\n <params>\n </params>\n</methodCall>\n\n"},
		{"a comment", "<?xml version='1.0'?><!-- c --><methodCall><!-- c --><methodName>m</methodName></methodCall><!-- c -->"},
		{"a byte order mark", "\xef\xbb\xbf<?xml version='1.0' encoding='utf-8'?><methodCall><methodName>m</methodName></methodCall>"},
		{"a name in CDATA", "<methodCall><methodName><![CDATA[m]]></methodName></methodCall>"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			name, args, err := decodeCall([]byte(tc.body))
			if err != nil || name != "m" || len(args) != 0 {
				t.Errorf("got %q %v %v", name, args, err)
			}
		})
	}
}

func TestDeclaredEncodings(t *testing.T) {
	for _, tc := range []struct {
		name, encoding, text, want string
	}{
		{"utf-8", "UTF-8", "caf\u00e9 €", "café €"},
		{"latin 1", "iso-8859-1", "caf\xe9", "café"},
		{"latin 1 in capitals", "ISO-8859-1", "caf\xe9", "café"},
		{"ascii with a reference", "us-ascii", "caf&#233;", "café"},
		{"windows", "windows-1252", "\x80 \x93caf\xe9\x94", "€ “café”"},
		{"windows, short", "cp1252", "\x9f", "Ÿ"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			body := `<?xml version="1.0" encoding="` + tc.encoding + `"?><methodCall><methodName>m</methodName><params><param><value>` +
				tc.text + `</value></param></params></methodCall>`
			_, args, err := decodeCall([]byte(body))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]any{tc.want}, args); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestWhatIsNoCallIsRefused(t *testing.T) {
	deep := strings.Repeat("<value><array><data>", maxDepth+1) + strings.Repeat("</data></array></value>", maxDepth+1)
	many := "<value><array><data>" + strings.Repeat("<value/>", maxValues) + "</data></array></value>"
	for _, tc := range []struct {
		name string
		body string
		want int
	}{
		{"nothing", "", codeNotWellFormed},
		{"no XML", "hello", codeNotACall},
		{"an HTML page", "<html><body></body></html>", codeNotACall},
		{"JSON", `{"method": "m"}`, codeNotACall},
		{"a call cut short", calling("<value>x</value>")[:60], codeNotWellFormed},
		{"crossed tags", "<methodCall><methodName>m</methodCall></methodName>", codeNotWellFormed},
		{"a bare ampersand", calling("<value>a & b</value>"), codeNotWellFormed},
		{"an unknown entity", calling("<value>&eacute;</value>"), codeNotWellFormed},
		{"a control character", calling("<value>\x01</value>"), codeNotWellFormed},
		{"a control character by reference", calling("<value>&#1;</value>"), codeNotWellFormed},
		{"broken UTF-8", calling("<value>caf\xe9</value>"), codeNotWellFormed},
		{"a high byte in ascii", "<?xml version='1.0' encoding='us-ascii'?><methodCall><methodName>caf\xe9</methodName></methodCall>", codeNotWellFormed},
		{"an unknown encoding", "<?xml version='1.0' encoding='ebcdic'?><methodCall><methodName>m</methodName></methodCall>", codeUnknownEncoding},
		{"UTF-16", "<?xml version='1.0' encoding='utf-16'?><methodCall><methodName>m</methodName></methodCall>", codeUnknownEncoding},
		{"a document type", "<!DOCTYPE x [<!ENTITY a 'b'>]><methodCall><methodName>m</methodName></methodCall>", codeNotACall},
		{"a response", "<methodResponse><params/></methodResponse>", codeNotACall},
		{"no name", "<methodCall></methodCall>", codeNotACall},
		{"an empty name", "<methodCall><methodName> </methodName></methodCall>", codeNotACall},
		{"two calls", calling() + "<methodCall/>", codeNotWellFormed},
		{"text after the call", calling() + "x", codeNotWellFormed},
		{"an element after params", "<methodCall><methodName>m</methodName><params/><params/></methodCall>", codeNotACall},
		{"a param without value", "<methodCall><methodName>m</methodName><params><param/></params></methodCall>", codeNotACall},
		{"two values in a param", calling("<value/><value/>"), codeNotACall},
		{"text between params", "<methodCall><methodName>m</methodName><params>x</params></methodCall>", codeNotACall},
		{"an unknown type", calling("<value><integer>1</integer></value>"), codeNotACall},
		{"two types", calling("<value><int>1</int><int>1</int></value>"), codeNotACall},
		{"text before a type", calling("<value>x<int>1</int></value>"), codeNotACall},
		{"text after a type", calling("<value><int>1</int>x</value>"), codeNotACall},
		{"an element in a string", calling("<value><string><b>x</b></string></value>"), codeNotACall},
		{"an empty int", calling("<value><int></int></value>"), codeNotACall},
		{"an int with a fraction", calling("<value><int>1.0</int></value>"), codeNotACall},
		{"an int of 33 bits", calling("<value><int>2147483648</int></value>"), codeNotACall},
		{"an i8 of 65 bits", calling("<value><i8>9223372036854775808</i8></value>"), codeNotACall},
		{"a hexadecimal int", calling("<value><int>0x10</int></value>"), codeNotACall},
		{"a boolean in words", calling("<value><boolean>true</boolean></value>"), codeNotACall},
		{"a double that is none", calling("<value><double>NaN</double></value>"), codeNotACall},
		{"an infinite double", calling("<value><double>inf</double></value>"), codeNotACall},
		{"a double with underscores", calling("<value><double>1_0</double></value>"), codeNotACall},
		{"a double out of range", calling("<value><double>1e999</double></value>"), codeNotACall},
		{"a date of day 32", calling("<value><dateTime.iso8601>20121032T00:00:00</dateTime.iso8601></value>"), codeNotACall},
		{"no date", calling("<value><dateTime.iso8601/></value>"), codeNotACall},
		{"no base64", calling("<value><base64>!</base64></value>"), codeNotACall},
		{"nil with content", calling("<value><nil>x</nil></value>"), codeNotACall},
		{"an array of something else", calling("<value><array><value/></array></value>"), codeNotACall},
		{"an array with two data", calling("<value><array><data/><data/></array></value>"), codeNotACall},
		{"data of something else", calling("<value><array><data><int>1</int></data></array></value>"), codeNotACall},
		{"a struct of something else", calling("<value><struct><name>a</name></struct></value>"), codeNotACall},
		{"a member without name", calling("<value><struct><member><value/></member></struct></value>"), codeNotACall},
		{"a member without value", calling("<value><struct><member><name>a</name></member></struct></value>"), codeNotACall},
		{"a member with two values", calling("<value><struct><member><name>a</name><value/><value/></member></struct></value>"), codeNotACall},
		{"nested too deep", calling(deep), codeNotACall},
		{"too many values", calling(many), codeNotACall},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, _, err := decodeCall([]byte(tc.body))
			var e *wireError
			if !errors.As(err, &e) {
				t.Fatalf("got %v, want a refusal", err)
			}
			if e.code != tc.want {
				t.Errorf("got %d %s, want code %d", e.code, e.text, tc.want)
			}
			if f := wireFault(err); f.Code != e.code || !strings.Contains(f.Text, e.text) {
				t.Errorf("fault %v does not tell %v", f, e)
			}
		})
	}
}

func TestRefusalsRepeatNothingOfTheDocument(t *testing.T) {
	const canary = "canary0canary0canary0can"
	for _, body := range []string{
		canary,
		calling("<value>" + canary + "<int>1</int></value>"),
		calling("<value><int>" + canary + "</int></value>"),
		calling("<value><string>" + canary + "&" + canary + "</string></value>"),
		calling("<value><string>" + canary + "</strin>"),
	} {
		_, _, err := decodeCall([]byte(body))
		if err == nil || strings.Contains(err.Error(), canary) {
			t.Errorf("got %v", err)
		}
	}
}
