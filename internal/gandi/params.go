package gandi

import "strings"

// secretWords mark a parameter that Gandi may have kept from a create and shows in the operation. The address at which a site is
// edited may hold a token.
var secretWords = [...]string{"passw", "secret", "apikey", "api_key", "token", "edit_url"}

// withoutSecrets is a copy of m in which values of telling names read REDACTED. Operations find their way into logs and
// status, and what Gandi keeps among their parameters is not published.
func withoutSecrets(m map[string]any) map[string]any {
	if m == nil {
		return nil
	}
	out := make(map[string]any, len(m))
	for k, v := range m {
		if isSecretName(k) && !isNull(v) {
			out[k] = redacted
			continue
		}
		out[k] = cleaned(v)
	}
	return out
}

func cleaned(v any) any {
	switch v := v.(type) {
	case map[string]any:
		return withoutSecrets(v)
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = cleaned(e)
		}
		return out
	default:
		return v
	}
}

func isSecretName(name string) bool {
	name = strings.ToLower(name)
	for _, w := range secretWords {
		if strings.Contains(name, w) {
			return true
		}
	}
	return false
}
