package gandi

import (
	"html"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// A redactor cuts secrets out of texts that a server had a hand in: the API key and every Secret among the parameters of
// this exchange and of the last ones, since a server may quote back whatever it was sent.
type redactor struct {
	key     sealed
	secrets []sealed // with the key, without what is too short to be looked for
	opaque  bool     // there is a secret too short to be cut out without telling where it stood
}

const (
	// traceLength is how much of a secret, in bytes, is a trace of it: quoted in part, or cut off by the server.
	traceLength = 8
	// shortestSecret is the shortest that is cut out. Where a shorter one was sent, texts are withheld as a whole.
	shortestSecret = 4
	// maxRedactable bounds the text looked at; the rest is dropped.
	maxRedactable = 16 << 10
	maxPasses     = 8
)

func newRedactor(key APIKey, params []any) redactor {
	r := redactor{key: key.sealed, secrets: []sealed{key.sealed}}
	for _, s := range secretsIn(params) {
		if len(s.sealed) < shortestSecret {
			r.opaque = true
			continue
		}
		r.secrets = append(r.secrets, s.sealed)
	}
	return r
}

func secretsIn(v any) []Secret {
	var found []Secret
	switch v := v.(type) {
	case Secret:
		if !v.IsZero() {
			found = append(found, v)
		}
	case []any:
		for _, e := range v {
			found = append(found, secretsIn(e)...)
		}
	case map[string]any:
		for _, e := range v {
			found = append(found, secretsIn(e)...)
		}
	}
	return found
}

// scrub cuts the key out of a value of a reply. Passwords stay: one that is equal to a state or a hostname would
// falsify a record, and operations, which hold free text, go through operations.
func (r redactor) scrub(s string) string {
	if len(s) < len(r.key) {
		return s
	}
	return replaceFold(s, r.key.open())
}

// line makes a text from outside fit for a message: without secrets, on one line, and not long.
func (r redactor) line(s string) string {
	if r.opaque {
		return "(text withheld)"
	}
	// Cutting and joining can bring pieces of a secret together, so both are done until nothing changes.
	s = clip(s, maxRedactable)
	for range maxPasses {
		before := s
		for _, sealed := range r.secrets {
			secret := sealed.open()
			for _, form := range forms(secret) {
				s = replaceFold(s, form)
			}
			s = cutTraces(s, secret)
		}
		if s = oneLine(s); s == before {
			break
		}
	}
	if utf8.RuneCountInString(s) > maxFaultText {
		s = string([]rune(s)[:maxFaultText]) + "…"
	}
	return s
}

// operations is ops without secrets where Gandi writes freely; numbers, type and step are read by machines and stay.
func (r redactor) operations(ops []Operation) []Operation {
	var whole []string // lower case, spelled once for all of ops
	for _, sealed := range r.secrets {
		for _, form := range forms(sealed.open()) {
			whole = append(whole, asciiLower(form))
		}
	}
	clean := func(s string) string {
		for _, form := range whole {
			s = replaceFold(s, form)
		}
		return s
	}
	for i, o := range ops {
		if o.LastError != "" {
			ops[i].LastError = r.line(o.LastError)
		}
		ops[i].ErrorType = clean(o.ErrorType)
		ops[i].Source = clean(o.Source)
		ops[i].Params, _ = deep(o.Params, clean).(map[string]any)
		ops[i].Problems = r.problems(o.Problems, clean)
	}
	return ops
}

// problems is all without secrets. Attributes are compared and shown, and keep their form.
func (r redactor) problems(all []Problem, clean func(string) string) []Problem {
	for i, p := range all {
		if p.Reason != "" {
			all[i].Reason = r.line(p.Reason)
		}
		all[i].Field, all[i].FieldType, all[i].Error = clean(p.Field), clean(p.FieldType), clean(p.Error)
		for j, a := range p.Attr {
			all[i].Attr[j] = clean(a)
		}
	}
	return all
}

// deep is v with every string changed; maps and slices are copies.
func deep(v any, change func(string) string) any {
	switch v := v.(type) {
	case string:
		return change(v)
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = deep(e, change)
		}
		return out
	case map[string]any:
		if v == nil {
			return v
		}
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[change(k)] = deep(e, change)
		}
		return out
	default:
		return v
	}
}

// recentSecrets are the last secrets that were sent: an operation may quote in its error, minutes later, what its call
// was given. Whoever asks with another client, or after a restart, has only withoutSecrets.
type recentSecrets struct {
	mu   sync.Mutex
	ring []Secret
}

// maxRecent keeps the cost of looking for them in a page of operations below that of reading the page.
const maxRecent = 32

func (r *recentSecrets) add(secrets []Secret) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range secrets {
		// One too short to be cut out would have every text withheld for as long as it is kept.
		if len(s.sealed) >= shortestSecret && !slices.Contains(r.ring, s) {
			r.ring = append(r.ring, s)
		}
	}
	r.ring = slices.Clone(r.ring[max(0, len(r.ring)-maxRecent):])
}

func (r *recentSecrets) params() []any {
	r.mu.Lock()
	defer r.mu.Unlock()
	params := make([]any, len(r.ring))
	for i, s := range r.ring {
		params[i] = s
	}
	return params
}

// forms are the ways in which a server may write what it was sent.
func forms(secret string) []string {
	quoted := strconv.Quote(secret)
	all := []string{
		secret,
		oneLine(secret),
		html.EscapeString(secret),
		strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(secret),
		url.QueryEscape(secret),
		url.PathEscape(secret),
		quoted[1 : len(quoted)-1],
	}
	slices.Sort(all)
	// A long run of white space becomes a form too short to be looked for.
	return slices.DeleteFunc(slices.Compact(all), func(s string) bool { return len(s) < shortestSecret })
}

// replaceFold replaces every occurrence of old in s, whatever the case of its ASCII letters.
func replaceFold(s, old string) string {
	low, lowOld := asciiLower(s), asciiLower(old)
	if lowOld == "" || !strings.Contains(low, lowOld) {
		return s
	}
	var b strings.Builder
	for {
		i := strings.Index(low, lowOld)
		if i < 0 {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:i])
		b.WriteString(redacted)
		s, low = s[i+len(old):], low[i+len(old):]
	}
}

// cutTraces replaces what is left of secret in s: any run of traceLength bytes of it, and its beginning at the very end
// of s, where the server or a bound of ours cut the text off.
func cutTraces(s, secret string) string {
	low, lowSecret := asciiLower(s), asciiLower(secret)
	var b strings.Builder
	for i := 0; i < len(s); {
		n := longestRun(low[i:], lowSecret)
		if n < traceLength && (n < shortestSecret || i+n < len(s) || !strings.HasPrefix(lowSecret, low[i:])) {
			b.WriteByte(s[i])
			i++
			continue
		}
		b.WriteString(redacted)
		i += n
	}
	return b.String()
}

// longestRun is the length of the longest beginning of s that stands somewhere in secret.
func longestRun(s, secret string) int {
	longest := 0
	for j := range len(secret) {
		n := 0
		for n < len(s) && j+n < len(secret) && s[n] == secret[j+n] {
			n++
		}
		longest = max(longest, n)
	}
	return longest
}

// asciiLower keeps the length in bytes, which strings.ToLower does not.
func asciiLower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

func oneLine(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	return strings.Join(strings.FieldsFunc(s, func(c rune) bool { return unicode.IsSpace(c) || unicode.IsControl(c) }), " ")
}

func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "")
}
