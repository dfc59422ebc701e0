package gandisim

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
)

// decodeCall reads a methodCall. It takes whatever the XML-RPC libraries in use send
// and refuses, with a *wireError, what no library should: it never guesses a type.
func decodeCall(body []byte) (method string, args []any, err error) {
	d := newDecoder(body)
	if err := d.enter("methodCall"); err != nil {
		return "", nil, err
	}
	if err := d.enter("methodName"); err != nil {
		return "", nil, err
	}
	name, err := d.text()
	if err != nil {
		return "", nil, err
	}
	if name = strings.TrimSpace(name); name == "" {
		return "", nil, wireErrorf(codeNotACall, "methodName is empty")
	}
	args, err = d.params()
	if err != nil {
		return "", nil, err
	}
	if err := d.finish(); err != nil {
		return "", nil, err
	}
	return name, args, nil
}

// decoder walks the tokens of one document. Every method that reads an element is
// called after its start tag and returns after its end tag.
type decoder struct {
	xml    *xml.Decoder
	tokens int
	values int
	depth  int
}

func newDecoder(body []byte) *decoder {
	// A byte order mark is no part of the document, but encoding/xml takes it for text.
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
	x := xml.NewDecoder(bytes.NewReader(body))
	x.CharsetReader = charsetReader
	return &decoder{xml: x}
}

// next is the next start tag, end tag or text. Comments and processing instructions
// carry nothing; a document type could only define entities, which no library sends.
func (d *decoder) next() (xml.Token, error) {
	for {
		if d.tokens++; d.tokens > maxTokens {
			return nil, wireErrorf(codeNotACall, "the document has too many elements")
		}
		token, err := d.xml.Token()
		if err != nil {
			return nil, xmlError(err)
		}
		switch token.(type) {
		case xml.StartElement, xml.EndElement, xml.CharData:
			return token, nil
		case xml.Directive:
			return nil, wireErrorf(codeNotACall, "a document type is not allowed")
		}
	}
}

// xmlError makes the words of encoding/xml a fault's, without the document's text.
func xmlError(err error) error {
	if ours, ok := errors.AsType[*wireError](err); ok {
		return ours
	}
	if syntax, ok := errors.AsType[*xml.SyntaxError](err); ok {
		return wireErrorf(codeNotWellFormed, "not well formed, line %d", syntax.Line)
	}
	if errors.Is(err, io.EOF) {
		return wireErrorf(codeNotWellFormed, "no element found")
	}
	return wireErrorf(codeNotWellFormed, "not well formed")
}

// step is the next start or end tag of content that holds elements only.
func (d *decoder) step() (xml.Token, error) {
	for {
		token, err := d.next()
		if err != nil {
			return nil, err
		}
		text, ok := token.(xml.CharData)
		if !ok {
			return token, nil
		}
		if len(bytes.TrimSpace(text)) > 0 {
			return nil, wireErrorf(codeNotACall, "text between elements")
		}
	}
}

// enter reads the start tag of the named element.
func (d *decoder) enter(name string) error {
	token, err := d.step()
	if err != nil {
		return err
	}
	start, ok := token.(xml.StartElement)
	if !ok || start.Name.Local != name {
		return wireErrorf(codeNotACall, "%s expected", name)
	}
	return nil
}

// leave reads the end tag of the element that is open.
func (d *decoder) leave() error {
	token, err := d.step()
	if err != nil {
		return err
	}
	if start, ok := token.(xml.StartElement); ok {
		return wireErrorf(codeNotACall, "element %.40q is not expected here", start.Name.Local)
	}
	return nil
}

// text reads the text up to the end tag. CDATA sections, character references and
// comments may split it into any number of pieces.
func (d *decoder) text() (string, error) {
	var b strings.Builder
	for {
		token, err := d.next()
		if err != nil {
			return "", err
		}
		switch token := token.(type) {
		case xml.CharData:
			b.Write(token)
		case xml.EndElement:
			return b.String(), nil
		case xml.StartElement:
			return "", wireErrorf(codeNotACall, "element %.40q within text", token.Name.Local)
		}
	}
}

// word is text that stands for a number, a date or a boolean.
func (d *decoder) word() (string, error) {
	s, err := d.text()
	return strings.TrimSpace(s), err
}

// params reads what follows the method name, up to the end of the call. A call without
// arguments may leave out params.
func (d *decoder) params() ([]any, error) {
	var args []any
	token, err := d.step()
	if err != nil {
		return nil, err
	}
	start, ok := token.(xml.StartElement)
	if !ok {
		return args, nil
	}
	if start.Name.Local != "params" {
		return nil, wireErrorf(codeNotACall, "params expected")
	}
	for {
		token, err := d.step()
		if err != nil {
			return nil, err
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			return args, d.leave()
		}
		if start.Name.Local != "param" {
			return nil, wireErrorf(codeNotACall, "param expected")
		}
		if err := d.enter("value"); err != nil {
			return nil, err
		}
		value, err := d.value()
		if err != nil {
			return nil, err
		}
		args = append(args, value)
		if err := d.leave(); err != nil {
			return nil, err
		}
	}
}

// finish makes sure that nothing follows the call.
func (d *decoder) finish() error {
	token, err := d.xml.Token()
	for err == nil {
		switch t := token.(type) {
		case xml.CharData:
			if len(bytes.TrimSpace(t)) > 0 {
				return wireErrorf(codeNotWellFormed, "text after the call")
			}
		case xml.Comment, xml.ProcInst:
		default:
			return wireErrorf(codeNotWellFormed, "an element after the call")
		}
		token, err = d.xml.Token()
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return xmlError(err)
}

// value reads the content of a value element: one typed element, or text, which is a
// string with all of its white space.
func (d *decoder) value() (any, error) {
	if d.values++; d.values > maxValues {
		return nil, wireErrorf(codeNotACall, "more than %d values", maxValues)
	}
	var text strings.Builder
	for {
		token, err := d.next()
		if err != nil {
			return nil, err
		}
		switch token := token.(type) {
		case xml.CharData:
			text.Write(token)
		case xml.EndElement:
			return text.String(), nil
		case xml.StartElement:
			if strings.TrimSpace(text.String()) != "" {
				return nil, wireErrorf(codeNotACall, "text before the type of a value")
			}
			value, err := d.typed(token.Name.Local)
			if err != nil {
				return nil, err
			}
			return value, d.leave()
		}
	}
}

// typed reads the element that gives a value its type. Apache's extensions (ex:nil,
// ex:i8) are known by their local name.
func (d *decoder) typed(kind string) (any, error) {
	switch kind {
	case "int", "i4":
		return d.integer(32)
	case "i1":
		return d.integer(8)
	case "i2":
		return d.integer(16)
	case "i8":
		return d.integer(64)
	case "string":
		return d.text()
	case "boolean":
		return d.boolean()
	case "double", "float":
		return d.double()
	case "dateTime.iso8601", "dateTime":
		return d.dateTime()
	case "base64":
		return d.base64()
	case "nil":
		return nil, d.leave()
	case "array":
		return nested(d, d.array)
	case "struct":
		return nested(d, d.structure)
	default:
		return nil, wireErrorf(codeNotACall, "type %.40q is unknown", kind)
	}
}

// nested reads an array or a struct, one level deeper.
func nested[T any](d *decoder, read func() (T, error)) (any, error) {
	if d.depth++; d.depth > maxDepth {
		return nil, wireErrorf(codeNotACall, "values nested deeper than %d", maxDepth)
	}
	defer func() { d.depth-- }()
	value, err := read()
	if err != nil {
		return nil, err
	}
	return value, nil
}

func (d *decoder) integer(bits int) (any, error) {
	word, err := d.word()
	if err != nil {
		return nil, err
	}
	n, err := strconv.ParseInt(word, 10, bits)
	if err != nil || n < math.MinInt || n > math.MaxInt {
		return nil, wireErrorf(codeNotACall, "not an integer of %d bits", bits)
	}
	return int(n), nil
}

func (d *decoder) boolean() (any, error) {
	word, err := d.word()
	if err != nil {
		return nil, err
	}
	switch word {
	case "0":
		return false, nil
	case "1":
		return true, nil
	}
	return nil, wireErrorf(codeNotACall, "a boolean is 0 or 1")
}

func (d *decoder) double() (any, error) {
	word, err := d.word()
	if err != nil {
		return nil, err
	}
	// ParseFloat also knows hexadecimal, underscores, Inf and NaN; XML-RPC does not.
	f, err := strconv.ParseFloat(word, 64)
	if err != nil || strings.Trim(word, "0123456789+-.eE") != "" {
		return nil, wireErrorf(codeNotACall, "not a double")
	}
	return f, nil
}

// dateForms are the ways in which libraries write dates, in Go's layout.
func dateForms() []string {
	return []string{
		"20060102T15:04:05",
		"20060102T150405",
		"2006-01-02T15:04:05",
		"20060102T15:04:05Z0700",
		"20060102T15:04:05Z07:00",
		"2006-01-02T15:04:05Z0700",
		"2006-01-02T15:04:05Z07:00",
	}
}

func (d *decoder) dateTime() (any, error) {
	word, err := d.word()
	if err != nil {
		return nil, err
	}
	for _, form := range dateForms() {
		// Fractions of a second are read and dropped; the wire has none on the way back.
		if t, err := time.Parse(form, word); err == nil && t.UTC().Year() >= 1 && t.UTC().Year() <= 9999 {
			return t.UTC().Truncate(time.Second), nil
		}
	}
	return nil, wireErrorf(codeNotACall, "not a dateTime.iso8601")
}

func (d *decoder) base64() (any, error) {
	word, err := d.text()
	if err != nil {
		return nil, err
	}
	word = strings.Join(strings.Fields(word), "")
	b, err := base64.StdEncoding.DecodeString(word)
	if err != nil {
		return nil, wireErrorf(codeNotACall, "not base64")
	}
	return b, nil
}

// array reads data and its values. An array element without data is taken as empty.
func (d *decoder) array() ([]any, error) {
	values := []any{}
	token, err := d.step()
	if err != nil {
		return nil, err
	}
	start, ok := token.(xml.StartElement)
	if !ok {
		return values, nil
	}
	if start.Name.Local != "data" {
		return nil, wireErrorf(codeNotACall, "data expected")
	}
	for {
		token, err := d.step()
		if err != nil {
			return nil, err
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			return values, d.leave()
		}
		if start.Name.Local != "value" {
			return nil, wireErrorf(codeNotACall, "value expected")
		}
		value, err := d.value()
		if err != nil {
			return nil, err
		}
		values = append(values, value)
	}
}

// structure reads members; of two with one name the last counts, as in most servers.
func (d *decoder) structure() (Struct, error) {
	members := Struct{}
	for {
		token, err := d.step()
		if err != nil {
			return nil, err
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			return members, nil
		}
		if start.Name.Local != "member" {
			return nil, wireErrorf(codeNotACall, "member expected")
		}
		name, value, err := d.member()
		if err != nil {
			return nil, err
		}
		members[name] = value
	}
}

func (d *decoder) member() (string, any, error) {
	if err := d.enter("name"); err != nil {
		return "", nil, err
	}
	name, err := d.text()
	if err != nil {
		return "", nil, err
	}
	if err := d.enter("value"); err != nil {
		return "", nil, err
	}
	value, err := d.value()
	if err != nil {
		return "", nil, err
	}
	return name, value, d.leave()
}
