package gandi

import (
	"encoding/base64"
	"strings"
	"testing"
)

// The fingerprints are those of OpenSSH: ssh-keygen -l -E md5.
func TestSSHFingerprint(t *testing.T) {
	for value, want := range map[string]string{
		goldenKey: goldenFingerprint,
		"ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQCmLTsuc5D+gYixamDaooakdBVfefVzhYaBtvEnlYMm9xGCS6XhMbAwCmwLSN+V3DIzXsi2bISSBq/XwznypJ/rCsBhBcYbjst6od8dz5sOARYTespYb6tO8lERJjcDUDZKu6FWU8PSs/eVcqPcgfi/cFCNB9661fTHE5JrHngyGw== me@home": "44:dc:52:e2:ad:3d:5d:68:9e:70:b3:58:49:3a:2e:09",
		"ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBOU2xXvaCjw/XHs0cBezXOLdOjBps+96SpxtWgkhCbmrZS80sGRmiMzy1wUUFnnOyMV7Z84BBcqSAtPZZLEgwe4=":                                                             "8d:7d:33:93:93:1a:a0:d4:22:d5:38:e1:3b:ac:f1:52",
		"  ssh-ed25519\tAAAAC3NzaC1lZDI1NTE5AAAAIEKh4fzquqRMeJExIhkoaGx3VNf2ztTYJLhwYJAigllo  the key of Anna\r\n":                                                                                                                     "fb:13:1a:c0:dd:3d:c0:79:c0:ec:22:67:d9:97:16:a5",
	} {
		if got, err := SSHFingerprint(value); err != nil || got != want {
			t.Errorf("%s\ngot  %s, %v\nwant %s", value, got, err, want)
		}
	}
}

func TestSSHFingerprintOfWhatIsNone(t *testing.T) {
	blob := func(b string) string { return base64.StdEncoding.EncodeToString([]byte(b)) }
	for name, value := range map[string]string{
		"nothing":             "",
		"one word":            "ssh-ed25519",
		"no base64":           "ssh-ed25519 AAAA-",
		"cut short":           goldenKey[:50],
		"of another kind":     "ssh-rsa " + strings.Fields(goldenKey)[1],
		"the data first":      strings.Fields(goldenKey)[1] + " ssh-ed25519",
		"options before it":   `restrict ` + goldenKey,
		"an empty blob":       "ssh-rsa " + blob("\x00"),
		"a length too large":  "ssh-rsa " + blob("\xff\xff\xff\xffssh-rsa"),
		"a length one beyond": "ssh-rsa " + blob("\x00\x00\x00\x08ssh-rsa"),
	} {
		got, err := SSHFingerprint(value)
		if err == nil {
			t.Errorf("%s: got %s", name, got)
			continue
		}
		// The text goes into messages, and what was meant for a public key may be a private one.
		for word := range strings.FieldsSeq(value) {
			if len(word) > 11 && strings.Contains(err.Error(), word) {
				t.Errorf("%s: %q shows what was given", name, err)
			}
		}
	}
}
