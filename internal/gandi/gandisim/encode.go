package gandisim

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// encoder writes replies in the layout of the real ones, which come from a Python
// server: a line per element, values on one line with their type.
type encoder struct {
	buf      bytes.Buffer
	nilEmpty bool // write nil as an empty string
}

// Gandi: with or without an encoding, but always in single quotes.
func (e *encoder) header(withEncoding bool) {
	if withEncoding {
		e.buf.WriteString("<?xml version='1.0' encoding='UTF-8'?>\n")
		return
	}
	e.buf.WriteString("<?xml version='1.0'?>\n")
}

// reply writes a methodResponse with one value. What comes back as an error is a value
// that XML-RPC has no type for: a bug of a method.
func (e *encoder) reply(value any) error {
	e.buf.WriteString("<methodResponse>\n<params>\n<param>\n")
	if err := e.value(value); err != nil {
		return err
	}
	e.buf.WriteString("</param>\n</params>\n</methodResponse>\n")
	return nil
}

// fault writes a methodResponse with a fault.
func (e *encoder) fault(f *Fault) {
	e.buf.WriteString("<methodResponse>\n<fault>\n<value><struct>\n<member>\n<name>faultCode</name>\n")
	e.integer(f.Code)
	e.buf.WriteString("</member>\n<member>\n<name>faultString</name>\n")
	e.str(f.Text)
	e.buf.WriteString("</member>\n</struct></value>\n</fault>\n</methodResponse>\n")
}

func (e *encoder) value(v any) error {
	switch v := v.(type) {
	case nil:
		if e.nilEmpty {
			e.str("")
		} else {
			e.buf.WriteString("<value><nil/></value>\n")
		}
	case int:
		e.integer(v)
	case float64:
		return e.double(v)
	case bool:
		bit := "0"
		if v {
			bit = "1"
		}
		e.leaf("boolean", bit)
	case string:
		e.str(v)
	case time.Time:
		e.leaf("dateTime.iso8601", v.Format("20060102T15:04:05"))
	case []byte:
		e.leaf("base64", base64.StdEncoding.EncodeToString(v))
	case []any:
		return e.array(v)
	case Struct:
		return e.structure(v)
	default:
		return fmt.Errorf("a %T has no form on the wire", v)
	}
	return nil
}

func (e *encoder) leaf(kind, text string) {
	e.buf.WriteString("<value><" + kind + ">" + text + "</" + kind + "></value>\n")
}

// integer writes int, which has 32 bits in XML-RPC, and i8 beyond.
func (e *encoder) integer(n int) {
	kind := "int"
	if n > math.MaxInt32 || n < math.MinInt32 {
		kind = "i8"
	}
	e.leaf(kind, strconv.Itoa(n))
}

// double always has a decimal point and never an exponent: 5120.0.
func (e *encoder) double(f float64) error {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return fmt.Errorf("the number %v has no form on the wire", f)
	}
	text := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	e.leaf("double", text)
	return nil
}

func (e *encoder) str(s string) {
	e.buf.WriteString("<value><string>")
	e.escape(s)
	e.buf.WriteString("</string></value>\n")
}

func (e *encoder) array(values []any) error {
	e.buf.WriteString("<value><array><data>")
	if len(values) > 0 {
		e.buf.WriteByte('\n')
	}
	for _, v := range values {
		if err := e.value(v); err != nil {
			return err
		}
	}
	e.buf.WriteString("</data></array></value>\n")
	return nil
}

func (e *encoder) structure(s Struct) error {
	e.buf.WriteString("<value><struct>\n")
	for _, name := range slices.Sorted(maps.Keys(s)) {
		e.buf.WriteString("<member>\n<name>")
		e.escape(name)
		e.buf.WriteString("</name>\n")
		if err := e.value(s[name]); err != nil {
			return fmt.Errorf("member %s: %w", name, err)
		}
		e.buf.WriteString("</member>\n")
	}
	e.buf.WriteString("</struct></value>\n")
	return nil
}

// escape writes text. XML cannot carry most control characters, not even as a
// reference, nor broken UTF-8: the replacement character stands for them, so that one
// odd byte in a name does not make a whole list unreadable. A carriage return would
// arrive as a line feed, hence the reference.
func (e *encoder) escape(s string) {
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		s = s[size:]
		switch {
		case r == '&':
			e.buf.WriteString("&amp;")
		case r == '<':
			e.buf.WriteString("&lt;")
		case r == '>':
			e.buf.WriteString("&gt;")
		case r == '\r':
			e.buf.WriteString("&#13;")
		case !inXML(r):
			e.buf.WriteRune(utf8.RuneError)
		default:
			e.buf.WriteRune(r)
		}
	}
}

// inXML is the Char production of XML 1.0.
func inXML(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' ||
		r >= 0x20 && r <= 0xd7ff ||
		r >= 0xe000 && r <= 0xfffd ||
		r >= 0x10000 && r <= 0x10ffff
}
