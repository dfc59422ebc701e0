package engine

import "unicode/utf8"

// Head is the beginning of what Gandi says, as far as the schema of status,
// which counts characters, holds it.
func Head(s string, runes int) string {
	for i := range s {
		if runes--; runes < 0 {
			return s[:i]
		}
	}
	return s
}

// cut shortens s to at most n bytes at a rune's start.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	n -= len("…")
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}
