package gandi

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// redacted stands wherever a secret would have been printed.
const redacted = "REDACTED"

// sealed holds a secret with every byte inverted. Methods cannot guard a value that sits in an unexported field:
// fmt, spew and go-cmp read such fields by reflection and never ask the type. What they find here is not the secret.
type sealed string

func seal(s string) sealed { return sealed(invert(s)) }

func (s sealed) open() string { return invert(string(s)) }

func invert(s string) string {
	b := []byte(s)
	for i := range b {
		b[i] = ^b[i]
	}
	return string(b)
}

// APIKey is the key of an account. It prints as REDACTED in every way there is; only the wire encoder reads it.
type APIKey struct{ sealed sealed }

// apiKeyLength is the length that Gandi's manual gives, and that its check of the key demands.
const apiKeyLength = 24

// NewAPIKey takes a key as it stands in a Secret: white space around it, such as the newline of a file, is dropped.
// A key is 24 letters and digits; anything else is refused here, since Gandi would refuse it too. The text of the
// refusal does not show what was given.
func NewAPIKey(s string) (APIKey, error) {
	s = strings.TrimSpace(s)
	if len(s) != apiKeyLength {
		return APIKey{}, fmt.Errorf("an API key has %d characters, this one has %d", apiKeyLength, len(s))
	}
	for i := range len(s) {
		if !isAlphanumeric(s[i]) {
			return APIKey{}, errors.New("an API key consists of letters and digits alone")
		}
	}
	return APIKey{seal(s)}, nil
}

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// IsZero tells whether there is no key.
func (k APIKey) IsZero() bool { return k.sealed == "" }

func (k APIKey) String() string               { return redacted }
func (k APIKey) GoString() string             { return redacted }
func (k APIKey) Format(f fmt.State, _ rune)   { _, _ = io.WriteString(f, redacted) }
func (k APIKey) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }
func (k APIKey) MarshalText() ([]byte, error) { return []byte(redacted), nil }
func (k APIKey) LogValue() slog.Value         { return slog.StringValue(redacted) }

// MarshalLog is what logr asks for.
func (k APIKey) MarshalLog() any { return redacted }

// Secret is a value that travels to Gandi and shows itself nowhere else: a password, above all.
type Secret struct {
	sealed sealed
	ref    string
}

// NewSecret wraps value. ref says where the value came from, for example "uid/resourceVersion/key" of a Kubernetes
// Secret, and stands for it in digests: it must change whenever the value does, and tell nothing of it.
func NewSecret(value, ref string) Secret { return Secret{seal(value), ref} }

// IsZero tells whether there is no value; such a secret is not sent.
func (s Secret) IsZero() bool { return s.sealed == "" }

// Ref is what stands for the value in digests.
func (s Secret) Ref() string { return s.ref }

// Equal tells whether both hold the same value from the same place; go-cmp asks it too.
func (s Secret) Equal(o Secret) bool { return s == o }

func (s Secret) String() string               { return redacted }
func (s Secret) GoString() string             { return redacted }
func (s Secret) Format(f fmt.State, _ rune)   { _, _ = io.WriteString(f, redacted) }
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
func (s Secret) LogValue() slog.Value         { return slog.StringValue(redacted) }

// MarshalLog is what logr asks for.
func (s Secret) MarshalLog() any { return redacted }
