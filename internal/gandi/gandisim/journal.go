package gandisim

import (
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// maxJournal is how many entries are kept; the oldest go first.
const maxJournal = 200_000

// redacted stands for a value that may be a secret.
const redacted = "REDACTED"

// Entry is one call in the journal. It holds no API key, password, ssh key or script.
type Entry struct {
	// Seq counts the entries since the start or the last reset, from 1.
	Seq int `json:"seq"`
	// Time is when the call took effect, or was refused.
	Time time.Time `json:"time"`
	// Method is the canonical name; empty if the request was no call.
	Method string `json:"method"`
	// Alias is the legacy name by which the method was called, if it was.
	Alias string `json:"alias,omitempty"`
	// Handle is whose key it was; empty if nobody's.
	Handle string `json:"handle,omitempty"`
	// Args are the arguments without the API key; values that may be secrets are
	// "REDACTED".
	Args []any `json:"args"`
	// IDs are the operations and objects that the call made or changed.
	IDs []int `json:"ids"`
	// Fault is what was answered, if it was a fault.
	Fault *Fault `json:"fault,omitempty"`
	// Status is the HTTP status if it was not 200.
	Status int `json:"status,omitempty"`
	// Trouble tells the scripted troubles that struck the call.
	Trouble string `json:"trouble,omitempty"`

	secrets []string // of the arguments, until the entry is written
}

// Journal is a copy of the journal, oldest call first.
func (w *World) Journal() []Entry {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.wire.journal)
}

// note adds an entry. The lock is held.
func (s *wireState) note(e Entry) {
	if e.Fault != nil {
		// A scripted fault can repeat an argument as well as one of the world's.
		e.Fault = &Fault{Code: e.Fault.Code, Text: clean(e.Fault.Text, e.secrets)}
	}
	e.secrets = nil
	s.seq++
	e.Seq = s.seq
	e.Time = e.Time.UTC()
	if e.Args == nil {
		e.Args = []any{}
	}
	if e.IDs == nil {
		e.IDs = []int{}
	}
	if len(s.journal) >= maxJournal {
		s.journal = slices.Delete(s.journal, 0, maxJournal/10)
	}
	s.journal = append(s.journal, e)
}

// gist is what of the arguments may be remembered, and the strings that may not: a
// fault's text can repeat an argument. The key may be in the arguments once more, by a
// client's mistake.
func (s *wireState) gist(method, key string, args []any) (shown []any, secrets []string) {
	keys := s.secretsOf(key)
	g := gister{fields: s.fields, keys: keys, secrets: slices.Clone(keys)}
	for _, arg := range args {
		// Numbers that stand alone are ids. Of strings that stand alone only a kernel's
		// name and a host's are known to be harmless.
		how := showNumbers
		if method == "hosting.disk.list_options" || method == "site.alter_zone" {
			how = showAll
		}
		shown = append(shown, g.value(arg, how))
	}
	return shown, g.secrets
}

// gister copies arguments for the journal and collects what it leaves out.
type gister struct {
	fields  map[string]showing
	keys    []string
	secrets []string
}

// showing is what of a value the journal may hold.
type showing int

const (
	showNothing showing = iota
	showNumbers         // and booleans, dates and nil
	showAll
)

func (g *gister) value(v any, how showing) any {
	switch v := v.(type) {
	case string:
		return g.text(v, how == showAll)
	case []byte:
		return g.text(string(v), false)
	case []any:
		out := make([]any, 0, len(v))
		for _, item := range v {
			out = append(out, g.value(item, how))
		}
		return out
	case Struct:
		out := make(map[string]any, len(v))
		for _, name := range slices.Sorted(maps.Keys(v)) {
			// Filters put an operator before the name of a field.
			out[g.fieldName(name)] = g.value(v[name], g.fields[strings.TrimLeft(name, "~<>")])
		}
		return out
	case nil:
		return nil
	}
	if how == showNothing {
		return redacted
	}
	return v
}

func (g *gister) text(s string, show bool) any {
	if show && !g.tells(s) {
		return s
	}
	if s != "" {
		g.secrets = append(g.secrets, s)
	}
	return redacted
}

// tells tells whether a key is in s.
func (g *gister) tells(s string) bool {
	return slices.ContainsFunc(g.keys, func(key string) bool { return strings.Contains(s, key) })
}

// fieldName keeps the journal clear of names that are no API words, the key above
// all, which looks like one.
func (g *gister) fieldName(name string) string {
	if g.tells(name) || len(name) > 40 || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_.-~<>") != "" {
		return "?"
	}
	return name
}

// clean takes the secrets of a call out of a text. A short one is cut out only where it
// stands alone: the x of a client that sent "x" is no reason to lose every x.
func clean(text string, secrets []string) string {
	for _, s := range secrets {
		if len(s) >= 8 {
			text = strings.ReplaceAll(text, s, redacted)
			continue
		}
		text = replaceWord(text, s)
	}
	return text
}

func replaceWord(text, word string) string {
	inWord := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	var b strings.Builder
	before := ' '
	for {
		i := strings.Index(text, word)
		if word == "" || i < 0 {
			return b.String() + text
		}
		if i > 0 {
			before, _ = utf8.DecodeLastRuneInString(text[:i])
		}
		after, _ := utf8.DecodeRuneInString(text[i+len(word):])
		b.WriteString(text[:i])
		if inWord(before) || inWord(after) {
			b.WriteString(word)
		} else {
			b.WriteString(redacted)
		}
		text = text[i+len(word):]
		before, _ = utf8.DecodeLastRuneInString(word)
	}
}

// shownFields are the struct members that the journal may show: a list of what is known
// to be harmless, so that a field that nobody thought of stays out.
func shownFields() map[string]showing {
	fields := map[string]showing{}
	for _, name := range []string{
		"id", "ids", "datacenter_id", "vm_id", "disk_id", "iface_id", "iface", "ip_id", "vlan_id", "image_id", "sys_disk_id",
		"resource_id", "author_id", "contact_id", "site_id", "disks_id", "ifaces_id", "ips_id", "keys", "snapshot_profile",
		"snapshots_id", "repulse_from",
		"memory", "vm_max_memory", "cores", "shares", "ip_version", "ai_active", "flex_shares", "console", "position", "quantity",
		"items_per_page", "page", "iaas_opened", "iaas_closed", "paas_opened", "paas_closed", "--dry-run",
		"ro", "nosep",
	} {
		fields[name] = showNumbers
	}
	for _, name := range []string{
		"hostname", "farm", "description", "state", "type", "name", "label", "kernel", "cmdline", "size", "visibility",
		"os_arch", "bandwidth", "ip", "reverse", "subnet", "gateway", "vlan", "vm_hostname", "num", "version",
		"dc_code", "iso", "country", "sort_by", "step", "access",
		"date_created", "date_updated", "date_start", "date_end", "start", "end",
		"fingerprint", "resolution", "flavor", "status", "resource_type", "query", "unit", "function", "disk.name",
		"root", "duration", "provider", "package", "vhost", "vhosts",
	} {
		fields[name] = showAll
	}
	return fields
}
