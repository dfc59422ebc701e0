package gandi

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/kolo/xmlrpc"
)

// encodeCall writes a call as XML-RPC with the key as its first parameter. What cannot be written is refused: the
// encoder below would send an empty parameter for nil, U+FFFD for a control character, and a map's keys as they are,
// though filters are named "<date" and ">date".
func encodeCall(method string, key APIKey, params []any) ([]byte, error) {
	args := make([]any, 0, len(params)+1)
	args = append(args, key.sealed.open())
	for i, p := range params {
		w, err := wireValue(p)
		if err != nil {
			return nil, fmt.Errorf("parameter %d: %w", i+1, err)
		}
		args = append(args, w)
	}
	for i := range len(method) {
		if c := method[i]; !isAlphanumeric(c) && c != '.' && c != '_' {
			return nil, errors.New("the method's name is none")
		}
	}
	return xmlrpc.EncodeMethodCall(method, args...)
}

// wireValue turns a parameter into what the encoder writes right. It never shows a value in its errors.
func wireValue(v any) (any, error) {
	switch v := v.(type) {
	case bool:
		return v, nil
	case string:
		return v, checkText(v)
	case Secret:
		return v.sealed.open(), checkText(v.sealed.open())
	case int:
		if v < math.MinInt32 || v > math.MaxInt32 {
			return nil, errors.New("a number does not fit XML-RPC's 32 bits")
		}
		return v, nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, errors.New("a number is not finite")
		}
		return v, nil
	case []any:
		list := make([]any, len(v))
		for i, e := range v {
			w, err := wireValue(e)
			if err != nil {
				return nil, err
			}
			list[i] = w
		}
		return list, nil
	case map[string]any:
		m := make(map[string]any, len(v))
		for k, e := range v {
			if e == nil {
				continue
			}
			w, err := wireValue(e)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", k, err)
			}
			m[keyEscaper.Replace(k)] = w
		}
		return m, nil
	default:
		return nil, fmt.Errorf("%T cannot be written", v)
	}
}

var keyEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// checkText refuses what XML 1.0 cannot carry in any spelling.
func checkText(s string) error {
	if !utf8.ValidString(s) {
		return errors.New("a text is not UTF-8")
	}
	for _, c := range s {
		if !legalInXML(c) {
			return errors.New("a text holds a control character")
		}
	}
	return nil
}

func legalInXML(c rune) bool {
	switch {
	case c == '\t', c == '\n', c == '\r':
		return true
	case c < 0x20, c == 0xFFFE, c == 0xFFFF:
		return false
	default:
		return c <= 0xD7FF || 0xE000 <= c && c <= utf8.MaxRune
	}
}
