package gandi

import (
	"bytes"
	"errors"
	"mime"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

var (
	declaredEncoding = regexp.MustCompile(`^\s*<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z0-9._-]+)["']`)
	charReference    = regexp.MustCompile(`&#(x[0-9A-Fa-f]+|[0-9]+);`)
)

// toUTF8 turns a document into UTF-8 that XML 1.0 allows. The declaration in the document counts, then the one in the
// header, then UTF-8. Bytes and references that no XML may hold become U+FFFD: one VM with a broken description
// must not make every list of VMs unreadable.
func toUTF8(raw []byte, contentType string) ([]byte, error) {
	raw = bytes.TrimPrefix(raw, []byte("\xEF\xBB\xBF"))
	charset := ""
	if m := declaredEncoding.FindSubmatch(raw[:min(len(raw), 256)]); m != nil {
		charset = string(m[1])
	} else if _, params, err := mime.ParseMediaType(contentType); err == nil {
		charset = params["charset"]
	}
	switch strings.ToLower(charset) {
	case "", "utf-8", "utf8":
	case "us-ascii", "ascii":
		// Senders that declare ASCII by habit write either.
		if !utf8.Valid(raw) {
			raw = fromLatin(raw, nil)
		}
	case "iso-8859-1", "iso8859-1", "latin1", "latin-1":
		raw = fromLatin(raw, nil)
	case "iso-8859-15", "iso8859-15", "latin9", "latin-9":
		raw = fromLatin(raw, latin9)
	case "windows-1252", "cp1252":
		raw = fromLatin(raw, windows1252)
	default:
		return nil, errors.New("the document is in an unknown encoding")
	}
	return onlyLegal(raw), nil
}

// fromLatin reads one byte per character, which in ISO 8859-1 is the character's number; others differ in a few places.
func fromLatin(raw []byte, other map[byte]rune) []byte {
	out := make([]byte, 0, len(raw)+len(raw)/8)
	for _, b := range raw {
		c, ok := other[b]
		if !ok {
			c = rune(b)
		}
		out = utf8.AppendRune(out, c)
	}
	return out
}

var latin9 = map[byte]rune{
	0xA4: '€', 0xA6: 'Š', 0xA8: 'š', 0xB4: 'Ž', 0xB8: 'ž', 0xBC: 'Œ', 0xBD: 'œ', 0xBE: 'Ÿ',
}

var windows1252 = map[byte]rune{
	0x80: '€', 0x82: '‚', 0x83: 'ƒ', 0x84: '„', 0x85: '…', 0x86: '†', 0x87: '‡', 0x88: 'ˆ', 0x89: '‰', 0x8A: 'Š',
	0x8B: '‹', 0x8C: 'Œ', 0x8E: 'Ž', 0x91: '‘', 0x92: '’', 0x93: '“', 0x94: '”', 0x95: '•', 0x96: '–', 0x97: '—',
	0x98: '˜', 0x99: '™', 0x9A: 'š', 0x9B: '›', 0x9C: 'œ', 0x9E: 'ž', 0x9F: 'Ÿ',
}

func onlyLegal(doc []byte) []byte {
	doc = bytes.ToValidUTF8(doc, []byte("\uFFFD"))
	if bytes.ContainsFunc(doc, func(c rune) bool { return !legalInXML(c) }) {
		doc = bytes.Map(func(c rune) rune {
			if legalInXML(c) {
				return c
			}
			return utf8.RuneError
		}, doc)
	}
	if !bytes.Contains(doc, []byte("&#")) {
		return doc
	}
	return charReference.ReplaceAllFunc(doc, func(ref []byte) []byte {
		digits, base := string(ref[2:len(ref)-1]), 10
		if strings.HasPrefix(digits, "x") {
			digits, base = digits[1:], 16
		}
		if n, err := strconv.ParseInt(digits, base, 32); err == nil && legalInXML(rune(n)) {
			return ref
		}
		return []byte("\uFFFD")
	})
}
