package gandisim

import "slices"

// Switch is one thing about the real API that nobody outside Gandi knows, or that
// differs between its years. Each position is a behaviour that it may have.
type Switch struct {
	Name      string
	Doc       string
	Positions []string
	Default   string
}

// Switches is the table of all switches, in the order in which they are listed.
func Switches() []Switch {
	return append([]Switch{
		// The wire.
		{"nil", "how a nil value is written: as the nil extension (captures of 2012) or as an empty string (2011)",
			[]string{"nil", "empty-string"}, "nil"},
		{"reply-header", "whether the XML declaration of a reply names its encoding",
			[]string{"plain", "utf-8"}, "plain"},
		{"gzip", "whether replies are compressed for a client that accepts it",
			[]string{"when-asked", "never"}, "when-asked"},
		{"get-status", "what a GET on the RPC path answers",
			[]string{"405", "501"}, "405"},
		{"key-case", "whether an API key with capital letters passes the check of its form",
			[]string{"ignored", "lower-only"}, "ignored"},
		{"empty-array", "whether an empty array is taken where an empty struct is meant, as PHP sends it",
			[]string{"struct", "refused"}, "struct"},
		{"legacy-names", "whether names without hosting. are still served",
			[]string{"served", "removed"}, "served"},
		{"rate-limit-by", "what the rate limit counts by",
			[]string{"address", "key"}, "address"},
		{"rate-limit-refusal", "how the rate limit refuses: an HTTP status or a fault",
			[]string{"429", "503", "fault"}, "429"},
	}, worldSwitches()...)
}

func (s Switch) has(position string) bool { return slices.Contains(s.Positions, position) }

// sw is the position of a switch: as set, else its default. The name must be one of
// the table.
func (w *World) sw(name string) string {
	return w.wire.switches[name]
}
