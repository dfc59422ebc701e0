package gandi

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// maxDepth is how deep values may nest; Gandi's deepest, a VM's addresses, stand at 6. The decoder recurses, and
// a reply of nothing but opening tags must not take the stack with it.
const maxDepth = 48

// canonical rewrites a reply into the dialect that kolo's decoder reads right, and tells whether it is a fault. These
// forms are legal XML-RPC, are known to be sent by servers, and come out wrong or not at all without it:
//
//	<value>text</value>              into an interface: refused
//	<value/>                         swallows the rest of the struct around it
//	<string>a<![CDATA[b]]>c</string> cut after "a", silently; likewise around comments
//	<int> 5 </int>, <int>5.0</int>   refused
//	<boolean>true </boolean>         refused
//	<dateTime.iso8601>, +0100        refused
//	<base64>                         left as it is written
//	<ex:i4>, <i1>, <float>, ...      refused
//	<name/>, value before name       refused
//	a fault with its code as string  refused
//	"<fault>" inside a text          taken for a fault
//	iso-8859-1 and the like          need the package's global CharsetReader
//
// Content that is no number, flag or date goes on as a string: only who needs the field can say whether it matters.
func canonical(raw []byte, contentType string, scrub func(string) string) (doc []byte, fault bool, err error) {
	text, err := toUTF8(raw, contentType)
	if err != nil {
		return nil, false, err
	}
	//nolint:gosec // length and depth are bounded, entities do not expand, and no types of ours are filled
	k := &canonizer{dec: xml.NewDecoder(bytes.NewReader(text)), scrub: scrub}
	k.dec.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil } // it is UTF-8 by now
	fault, err = k.response()
	if err != nil {
		return nil, false, inOurWords(err)
	}
	return k.out.Bytes(), fault, nil
}

// formError is what this file finds wrong with a document. Whatever else goes wrong comes from encoding/xml, which quotes
// the document.
type formError string

func (e formError) Error() string { return string(e) }

const (
	errEmpty     formError = "the reply is empty"
	errNoReply   formError = "not an XML-RPC reply"
	errMisplaced formError = "the elements are not those of XML-RPC"
	errTooDeep   formError = "the values nest too deep"
	errType      formError = "a value is of no known type"
)

// inOurWords keeps what encoding/xml quotes out of messages.
func inOurWords(err error) error {
	if form, ok := errors.AsType[formError](err); ok {
		return form
	}
	syntax, isSyntax := errors.AsType[*xml.SyntaxError](err)
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), isSyntax && syntax.Msg == "unexpected EOF":
		return errors.New("the document ends early")
	case isSyntax:
		return fmt.Errorf("not well-formed XML at line %d", syntax.Line)
	default:
		return errors.New("not well-formed XML")
	}
}

type canonizer struct {
	dec   *xml.Decoder
	out   bytes.Buffer
	scrub func(string) string
	depth int
}

// next is the next token that matters.
func (k *canonizer) next() (xml.Token, error) {
	for {
		tok, err := k.dec.Token()
		if err != nil {
			return nil, err
		}
		switch tok.(type) {
		case xml.StartElement, xml.EndElement, xml.CharData:
			return tok, nil
		}
	}
}

// child goes to the next element inside the current one; "" when there is none left.
func (k *canonizer) child() (string, error) {
	for {
		tok, err := k.next()
		if err != nil {
			return "", err
		}
		switch t := tok.(type) {
		case xml.StartElement:
			return t.Name.Local, nil
		case xml.EndElement:
			return "", nil
		case xml.CharData:
			if len(bytes.TrimSpace(t)) > 0 {
				return "", errMisplaced
			}
		}
	}
}

// end leaves the current element, which must hold nothing more.
func (k *canonizer) end() error {
	name, err := k.child()
	if err == nil && name != "" {
		return errMisplaced
	}
	return err
}

func (k *canonizer) response() (fault bool, err error) {
	root, err := k.child()
	if errors.Is(err, io.EOF) {
		return false, errEmpty
	}
	if err != nil {
		return false, err
	}
	if root != "methodResponse" {
		return false, errNoReply
	}
	name, err := k.child()
	if err != nil {
		return false, err
	}
	switch name {
	case "":
		k.out.WriteString("<methodResponse><params><param><value><nil/></value></param></params></methodResponse>")
		return false, nil
	case "fault":
		k.out.WriteString("<methodResponse><fault>")
		if err := k.onlyValue(); err != nil {
			return false, err
		}
		k.out.WriteString("</fault></methodResponse>")
		return true, k.end()
	case "params":
		k.out.WriteString("<methodResponse><params><param>")
		if err := k.params(); err != nil {
			return false, err
		}
		k.out.WriteString("</param></params></methodResponse>")
		return false, k.end()
	default:
		return false, errMisplaced
	}
}

// params copies the one value of <params>.
func (k *canonizer) params() error {
	name, err := k.child()
	switch {
	case err != nil:
		return err
	case name == "":
		k.out.WriteString("<value><nil/></value>")
		return nil
	case name != "param":
		return errMisplaced
	}
	if err := k.onlyValue(); err != nil {
		return err
	}
	return k.end()
}

// onlyValue copies the one value that the current element holds, and leaves the element.
func (k *canonizer) onlyValue() error {
	name, err := k.child()
	if err != nil {
		return err
	}
	if name != "value" {
		return errMisplaced
	}
	if err := k.value(); err != nil {
		return err
	}
	return k.end()
}

// value copies a value whose start has just been read, to its end.
func (k *canonizer) value() error {
	k.depth++
	defer func() { k.depth-- }()
	if k.depth > maxDepth {
		return errTooDeep
	}
	var untyped strings.Builder
	for {
		tok, err := k.next()
		if err != nil {
			return err
		}
		switch t := tok.(type) {
		case xml.CharData:
			untyped.Write(t)
		case xml.EndElement:
			k.scalar("string", untyped.String())
			return nil
		case xml.StartElement:
			if strings.TrimSpace(untyped.String()) != "" {
				return errMisplaced
			}
			if err := k.typed(t.Name.Local); err != nil {
				return err
			}
			return k.end()
		}
	}
}

func (k *canonizer) typed(typ string) error {
	switch typ {
	case "struct":
		return k.structure()
	case "array":
		return k.array()
	}
	text, err := k.text()
	if err != nil {
		return err
	}
	switch typ {
	case "string", "nil", "boolean", "base64":
		k.scalar(typ, text)
	case "int", "i1", "i2", "i4", "i8", "biginteger":
		k.scalar("int", text)
	case "double", "float", "bigdecimal":
		k.scalar("double", text)
	case "dateTime.iso8601", "dateTime":
		k.scalar("dateTime.iso8601", text)
	default:
		return errType
	}
	return nil
}

// text collects the character data of the current element across CDATA sections and comments, and leaves the element.
func (k *canonizer) text() (string, error) {
	var b strings.Builder
	for {
		tok, err := k.next()
		if err != nil {
			return "", err
		}
		switch t := tok.(type) {
		case xml.CharData:
			b.Write(t)
		case xml.EndElement:
			return b.String(), nil
		case xml.StartElement:
			return "", errMisplaced
		}
	}
}

func (k *canonizer) structure() error {
	k.out.WriteString("<value><struct>")
	for {
		name, err := k.child()
		switch {
		case err != nil:
			return err
		case name == "":
			k.out.WriteString("</struct></value>")
			return nil
		case name != "member":
			return errMisplaced
		}
		if err := k.member(); err != nil {
			return err
		}
	}
}

// member copies one member. Its name may come after its value; a member without a name is left out.
func (k *canonizer) member() error {
	before := k.out.Len()
	var name string
	var value []byte
	for {
		child, err := k.child()
		if err != nil {
			return err
		}
		switch child {
		case "name":
			text, err := k.text()
			if err != nil {
				return err
			}
			name = strings.TrimSpace(text)
		case "value":
			k.out.Truncate(before)
			if err := k.value(); err != nil {
				return err
			}
			value = bytes.Clone(k.out.Bytes()[before:])
		case "":
			k.out.Truncate(before)
			if name == "" || value == nil {
				return nil
			}
			k.out.WriteString("<member><name>")
			_ = xml.EscapeText(&k.out, []byte(k.scrub(name)))
			k.out.WriteString("</name>")
			k.out.Write(value)
			k.out.WriteString("</member>")
			return nil
		default:
			return errMisplaced
		}
	}
}

func (k *canonizer) array() error {
	k.out.WriteString("<value><array><data>")
	for {
		name, err := k.child()
		switch {
		case err != nil:
			return err
		case name == "":
			k.out.WriteString("</data></array></value>")
			return nil
		case name != "data":
			return errMisplaced
		}
		if err := k.elements(); err != nil {
			return err
		}
	}
}

func (k *canonizer) elements() error {
	for {
		name, err := k.child()
		switch {
		case err != nil:
			return err
		case name == "":
			return nil
		case name != "value":
			return errMisplaced
		}
		if err := k.value(); err != nil {
			return err
		}
	}
}

// scalar writes a value of the type that its content really has.
func (k *canonizer) scalar(typ, text string) {
	typ, text = settle(typ, text)
	k.out.WriteString("<value>")
	if typ == "nil" {
		k.out.WriteString("<nil/>")
	} else {
		k.out.WriteString("<" + typ + ">")
		_ = xml.EscapeText(&k.out, []byte(k.scrub(text))) // a bytes.Buffer takes everything
		k.out.WriteString("</" + typ + ">")
	}
	k.out.WriteString("</value>")
}

// settle finds the type and spelling that content of a declared type goes on with.
func settle(typ, text string) (settled, spelling string) {
	trimmed := strings.TrimSpace(text)
	if trimmed == "" && typ != "string" {
		return "nil", ""
	}
	switch typ {
	case "int":
		if n, err := strconv.ParseInt(trimmed, 10, 64); err == nil {
			return "int", strconv.FormatInt(n, 10)
		}
		return settle("double", text)
	case "double":
		if f, err := strconv.ParseFloat(trimmed, 64); err == nil && !math.IsInf(f, 0) && !math.IsNaN(f) {
			return "double", strconv.FormatFloat(f, 'g', -1, 64)
		}
	case "boolean":
		switch strings.ToLower(trimmed) {
		case "1", "true":
			return "boolean", "1"
		case "0", "false":
			return "boolean", "0"
		}
	case "dateTime.iso8601":
		if t, ok := parseDate(trimmed); ok && t.Year() >= 0 && t.Year() <= 9999 {
			return "dateTime.iso8601", t.Format(time.RFC3339)
		}
	case "base64":
		packed := strings.Join(strings.Fields(trimmed), "")
		if b, err := base64.StdEncoding.DecodeString(packed); err == nil && utf8.Valid(b) && checkText(string(b)) == nil {
			return "string", string(b)
		}
	}
	return "string", text
}
