package gandisim

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// fit checks number and types of the arguments, the API key among them, and gives them the form that call.args
// promises.
func (w *World) fit(params []param, given []any) ([]any, *Fault) {
	least := 0
	for _, p := range params {
		if !p.optional {
			least++
		}
	}
	if len(given) < least {
		return nil, badCount(least, len(given))
	}
	if len(given) > len(params) {
		return nil, badCount(len(params), len(given))
	}
	args := make([]any, len(params))
	for i, v := range given {
		p := params[i]
		if v == nil && p.optional {
			continue
		}
		fitted, ok := w.fitOne(p.kind, v)
		if !ok {
			return nil, badType(p.kind, v)
		}
		args[i] = fitted
	}
	return args, nil
}

// fitOne checks one argument. Two kinds of client are met half way: those that write
// whole doubles as int, and those without a boolean type, which write 0 and 1.
func (w *World) fitOne(kind string, v any) (any, bool) {
	switch kind {
	case "int":
		_, ok := v.(int)
		return v, ok
	case "site":
		// The reference types the number of a site as a string, the usage guide passes an int.
		if text, ok := v.(string); ok && w.sw("site-id") == "string" {
			n, err := strconv.Atoi(text)
			return n, err == nil
		}
		_, ok := v.(int)
		return v, ok
	case "string":
		_, ok := v.(string)
		return v, ok
	case "double":
		if n, ok := v.(int); ok {
			return float64(n), true
		}
		_, ok := v.(float64)
		return v, ok
	case "bool":
		if n, ok := v.(int); ok && (n == 0 || n == 1) {
			return n == 1, true
		}
		_, ok := v.(bool)
		return v, ok
	case "struct":
		if list, ok := v.([]any); ok && len(list) == 0 && w.sw("empty-array") == "struct" {
			return Struct{}, true
		}
		_, ok := v.(Struct)
		return v, ok
	case "array":
		_, ok := v.([]any)
		return v, ok
	case "any":
		return v, true
	}
	panic(fmt.Sprintf("gandisim: a method declares an argument of kind %q", kind))
}

// badType is the fault of an argument with a wrong type. Of the objects only STRING (012)
// has a number that was seen; the others stand beside it.
func badType(want string, got any) *Fault {
	if want == "site" {
		want = "int"
	}
	object, number := strings.ToUpper(want), 0
	switch want {
	case "int":
		number = 11
	case "string":
		number = 12
	case "struct":
		number = 13
	case "array":
		number = 14
	case "bool":
		object, number = "BOOLEAN", 16
	case "double":
		number = 17
	}
	return &Fault{
		Code: 500037 + number*100,
		Text: fmt.Sprintf("Error on object : OBJECT_%s (CAUSE_BADPARAMETER) [%s expected, got %s]", object, want, kindOf(got)),
	}
}

// badCount is the fault of a call with too few or too many arguments, the API key
// counted. Its real number is unknown; object 000 is UNKNOWN.
func badCount(want, got int) *Fault {
	noun := "arguments"
	if want == 1 {
		noun = "argument"
	}
	return &Fault{Code: 500037, Text: fmt.Sprintf("Error on object : OBJECT_UNKNOWN (CAUSE_BADPARAMETER) [%d %s expected, got %d]", want, noun, got)}
}

// kindOf names the type of a value as XML-RPC does.
func kindOf(v any) string {
	switch v.(type) {
	case nil:
		return "nil"
	case int:
		return "int"
	case float64:
		return "double"
	case bool:
		return "bool"
	case string:
		return "string"
	case time.Time:
		return "dateTime"
	case []byte:
		return "base64"
	case []any:
		return "array"
	case Struct:
		return "struct"
	}
	return fmt.Sprintf("%T", v)
}
