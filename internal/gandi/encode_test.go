package gandi

import (
	"math"
	"strings"
	"testing"
	"time"
)

func TestEncodeRefusesWhatTheWireCannotCarry(t *testing.T) {
	for _, tt := range []struct {
		name  string
		param any
		want  string
	}{
		{"nil", nil, "parameter 1: <nil> cannot be written"},
		{"nil in an array", []any{nil}, "parameter 1: <nil> cannot be written"},
		{"too large", math.MaxInt32 + 1, "parameter 1: a number does not fit XML-RPC's 32 bits"},
		{"not a number", math.NaN(), "parameter 1: a number is not finite"},
		{"control character", map[string]any{"hostname": "a\x00b"}, "parameter 1: hostname: a text holds a control character"},
		{"broken UTF-8", "\xff", "parameter 1: a text is not UTF-8"},
		{"a password with one", NewSecret("hunter2\x01", "r"), "parameter 1: a text holds a control character"},
		{"another type", time.Now(), "parameter 1: time.Time cannot be written"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := encodeCall("m", mustKey(t), []any{tt.param})
			if err == nil || err.Error() != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
	if _, err := encodeCall("a<b", mustKey(t), nil); err == nil {
		t.Error("a method's name with markup was written")
	}
}

func TestEncodeSpellings(t *testing.T) {
	for _, tt := range []struct {
		name  string
		param any
		want  string
	}{
		{"a string of digits stays a string", "2012", "<value><string>2012</string></value>"},
		{"markup", "a<b>&", "<value><string>a&lt;b&gt;&amp;</string></value>"},
		{"filter signs in names", map[string]any{">date_created": "x"}, "<name>&gt;date_created</name>"},
		{"null in a struct is left out", map[string]any{"a": nil}, "<value><struct></struct></value>"},
		{"double", 5120.5, "<value><double>5120.5</double></value>"},
		{"boolean", false, "<value><boolean>0</boolean></value>"},
		{"empty array", []any{}, "<value><array><data></data></array></value>"},
		{"secret", NewSecret("p&w", "r"), "<value><string>p&amp;w</string></value>"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b, err := encodeCall("m", mustKey(t), []any{tt.param})
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(b), tt.want) {
				t.Errorf("%s does not hold %s", b, tt.want)
			}
			first := "<params><param><value><string>" + testKey + "</string></value></param><param>"
			if !strings.Contains(string(b), first) {
				t.Errorf("%s does not begin with the key", b)
			}
		})
	}
}
