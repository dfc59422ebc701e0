package gandi

import (
	"crypto/md5" //nolint:gosec // a name for keys, of Gandi's choosing: nothing is kept safe by it
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

// SSHFingerprint is the fingerprint under which Gandi lists the public key value, a line as in authorized_keys without options:
// the MD5 of the key's blob as 16 pairs of hex digits, such as "b3:11:67:10:74:0e:2a:9b:5a:4d:3c:e5:fe:fe:4f:c8".
func SSHFingerprint(value string) (string, error) {
	words := strings.Fields(value)
	if len(words) < 2 {
		return "", errors.New("a public key reads like \"ssh-ed25519 AAAA... name\": its kind, its data in base64, and perhaps a name")
	}
	blob, err := base64.StdEncoding.DecodeString(words[1])
	if err != nil {
		return "", errors.New("the public key's second word is no base64: copy the whole line")
	}
	if kind, ok := kindOfKey(blob); !ok || kind != words[0] {
		return "", errors.New("the public key's data is not of the kind that it begins with: copy the whole line")
	}
	sum := md5.Sum(blob) //nolint:gosec // see the import
	pairs := make([]string, len(sum))
	for i, b := range sum {
		pairs[i] = fmt.Sprintf("%02x", b)
	}
	return strings.Join(pairs, ":"), nil
}

// kindOfKey is the text that a key's blob begins with: its length in four bytes, then itself.
func kindOfKey(blob []byte) (string, bool) {
	if len(blob) < 4 {
		return "", false
	}
	n, rest := binary.BigEndian.Uint32(blob), blob[4:]
	if uint64(n) > uint64(len(rest)) {
		return "", false
	}
	return string(rest[:n]), true
}
