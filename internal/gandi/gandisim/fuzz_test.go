package gandisim

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

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
