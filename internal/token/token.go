package token

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"strings"
)

const (
	alphabet = "0123456789abcdefghijklmnopqrstuvwxyz"
	mark     = "g"
	instLen  = 4
	hashLen  = 10
	// Len is the length of every token: the longest disk name that all of
	// Gandi's sources agree on.
	Len = len(mark) + instLen + hashLen
)

// Of is the token of one object: the same for every attempt, every process and
// every restore of the cluster. kind is the Kubernetes kind (GandiVM).
//
// An installation that is not 4 characters of [0-9a-z] is folded into 4, so
// that a person may choose any id; the same id always folds to the same 4.
func Of(installation, kind, namespace, name string) string {
	// A NUL can't stand in any of the parts, so no two identities share an input.
	identity := strings.Join([]string{kind, namespace, name}, "\x00")
	return mark + part(installation) + fold(identity, hashLen)
}

// Installation is the part of tok that tells the installation; ok is false for
// anything that does not have the shape of a token. A person's own name may
// have that shape by chance, so compare the part before acting on it.
func Installation(tok string) (installation string, ok bool) {
	if !Valid(tok) {
		return "", false
	}
	return tok[len(mark) : len(mark)+instLen], true
}

// Part is the part of every token of an installation, as Installation tells it.
func Part(installation string) string { return part(installation) }

// Valid tells whether s has the shape of a token.
func Valid(s string) bool {
	return len(s) == Len && strings.HasPrefix(s, mark) && plain(s)
}

// NewInstallation draws an installation id: 4 characters of [0-9a-z].
func NewInstallation() string {
	// rand.Text has 26 base32 characters of A-Z2-7, each 5 bits of chance.
	return strings.ToLower(rand.Text()[:instLen])
}

func part(installation string) string {
	if len(installation) == instLen && plain(installation) {
		return installation
	}
	return fold(installation, instLen)
}

func plain(s string) bool {
	return strings.Trim(s, alphabet) == "" // Trim cuts from both ends until a foreign character stops it
}

// fold hashes s to n characters of the alphabet; n is at most 12, which is what
// 64 bits hold without one character being likelier than its neighbours by more
// than 1 in a million.
func fold(s string, n int) string {
	sum := sha256.Sum256([]byte(s))
	v := binary.BigEndian.Uint64(sum[:8])
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[v%uint64(len(alphabet))]
		v /= uint64(len(alphabet))
	}
	return string(b)
}
