package gandi

import "strings"

// anyOf puts a filter that one of list satisfies: plainly for one value, as an array for more. Without values there is
// no filter.
func anyOf[T ~int](s spec, key string, list []T) {
	switch len(list) {
	case 0:
	case 1:
		s[key] = int(list[0])
	default:
		s[key] = numbers(list)
	}
}

func oneOf(s spec, key string, list []string) {
	switch len(list) {
	case 0:
	case 1:
		s[key] = list[0]
	default:
		all := make([]any, len(list))
		for i, v := range list {
			all[i] = v
		}
		s[key] = all
	}
}

// fits tells whether a record of a list satisfies the filters that it was asked with, as far as it shows the fields.
// Whether Gandi heeds or ignores a filter it does not know is not published; asked again here, a list only ever narrows.
func fits(m, opts map[string]any) bool {
	for key, want := range opts {
		if key == "sort_by" || strings.ContainsAny(key[:1], "<>~") {
			// Order by Gandi's clock, and its own idea of likeness: not ours to judge.
			continue
		}
		if have, told := fieldFor(m, key); told && !meets(have, want) {
			return false
		}
	}
	return true
}

// fieldFor finds what record m shows about filter key.
func fieldFor(m map[string]any, key string) (have any, told bool) {
	have, told = m[key]
	_, isOperation := m["step"]
	switch {
	case key == "vlan_id" && !told:
		// An interface is asked for by vlan_id and shows vlan, a number or a struct with it; null on a public one.
		if have, told = m["vlan"]; told {
			if vlan, ok := asStruct(have); ok {
				have = vlan["id"]
			}
		}
		return have, told
	case key == "vm_id" && !told:
		// A disk is asked for by vm_id and shows vms_id.
		if have, told = m["vms_id"]; told {
			return have, true
		}
	case strings.HasSuffix(key, "_id") && isOperation && isNull(have):
		// Which of the two places holds what a create makes is not published. An operation that names no VM in either may
		// be of one all the same, and so may one of a site; one that names no disk or interface has none.
		params, _ := m["params"].(map[string]any)
		have = params[key]
		return have, !isNull(have) || key != "vm_id" && key != "site_id"
	case isNull(have) && !strings.HasSuffix(key, "_id"):
		// A null number means none. A null text may mean that the list does not bother to tell, as with "farm".
		return nil, false
	}
	return have, told
}

// meets compares leniently: either side may be one value or several, a number may come as digits.
func meets(have, want any) bool {
	for _, w := range listOf(want) {
		for _, h := range asList(have) {
			if sameScalar(h, w) {
				return true
			}
		}
	}
	return false
}

func listOf(v any) []any {
	if list, ok := v.([]any); ok {
		return list
	}
	return []any{v}
}

func sameScalar(have, want any) bool {
	if n, ok := want.(int); ok {
		h, ok := toInt(have)
		return ok && h == n
	}
	s, ok := toString(have)
	return ok && s == want
}
