package e2e

import (
	"encoding/json"
	"strings"
	"testing"
)

// aKey is a public key whose private half was thrown away.
const aKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE4SgWcE4BdTF3sD3lTtLf8Xt/ZML55um7GbHqA9/hC3 alice@example.com"

// baseSSHKey is a key that is accepted.
const baseSSHKey = `
apiVersion: hosting.gandi.net/v1alpha1
kind: GandiSSHKey
metadata:
  name: alice
spec:
  publicKey: ` + aKey + `
`

func TestWhatAnSSHKeyMaySay(t *testing.T) {
	const (
		oneLine  = "publicKey: write one line of an OpenSSH public key, such as 'ssh-ed25519 AAAA... me@example.com'"
		private  = "publicKey: this is a private key, which nobody else may have; write the one line of the .pub file beside it, and make a new pair if this one has left your machine"
		control  = "name: leave out control characters"
		required = "publicKey is required: write one line of an OpenSSH public key, such as the content of id_ed25519.pub"
		data     = "AAAAB3NzaC1yc2EAAAADAQABAAABAQC7"
	)
	key := func(text string) string {
		quoted, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		return `spec: {publicKey: ` + string(quoted) + `}`
	}
	judgeNew(t, sshKeys, baseSSHKey, []row{
		{"as it stands", ``, ""},
		{"nothing but an adoption", `spec: {publicKey: null, adopt: {id: 5}}`, ""},
		{"neither key nor adoption", `spec: {publicKey: null}`, required},
		{"a field that does not exist", `spec: {value: x}`, `unknown field "spec.value"`},

		{"RSA", key("ssh-rsa " + data + " alice@example.com"), ""},
		{"ECDSA", key("ecdsa-sha2-nistp256 " + data + "= alice@example.com"), ""},
		{"a key on a device", key("sk-ssh-ed25519@openssh.com " + data + "== alice@example.com"), ""},
		{"an ECDSA key on a device", key("sk-ecdsa-sha2-nistp256@openssh.com " + data), ""},
		{"without a comment", key("ssh-ed25519 " + data), ""},
		{"with a comment of several words", key("ssh-ed25519 " + data + " Alice's key, 東京"), ""},
		{"with the line's end of its file", key("ssh-ed25519 " + data + " alice@example.com\n"), ""},
		{"the longest", key("ssh-rsa " + data + strings.Repeat("A", 8192-8-len(data))), ""},
		{"one that is too long", key("ssh-rsa " + data + strings.Repeat("A", 8193-8-len(data))), "may not be more than 8192"},
		{"an empty one", key(""), "at least 16 chars long"},
		{"a private key", key("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmU=\n-----END OPENSSH PRIVATE KEY-----\n"), private},
		{"a private key of the old form", key("-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n-----END RSA PRIVATE KEY-----\n"), private},
		{"a public key with its private one", key("ssh-ed25519 " + data + "\n-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1r\n"), private},
		{"a public key as PEM", key("-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA\n-----END PUBLIC KEY-----\n"), oneLine},
		{"the form of RFC 4716", key("---- BEGIN SSH2 PUBLIC KEY ----\nAAAAB3NzaC1yc2E=\n---- END SSH2 PUBLIC KEY ----\n"), oneLine},
		{"options before the key", key("no-pty,from=\"192.0.2.1\" ssh-rsa " + data), oneLine},
		{"two keys", key("ssh-rsa " + data + " a\nssh-rsa " + data + " b\n"), oneLine},
		{"a key broken into two lines", key("ssh-rsa " + data + "\n" + data), oneLine},
		{"the line's end of another system", key("ssh-rsa " + data + " a@example.com\r\n"), oneLine},
		{"a space before it", key(" ssh-rsa " + data), oneLine},
		{"two spaces within", key("ssh-rsa  " + data), oneLine},
		{"a tab within", key("ssh-rsa\t" + data), oneLine},
		{"data alone", key(data), oneLine},
		{"a fingerprint", key("ssh-ed25519 SHA256:m0wGpR9bTPuk8hWMkXxDf2QwSdcBq3ylbMB7DX0m5E0"), oneLine},
		{"the name of a file", key("/home/alice/.ssh/id_ed25519.pub"), oneLine},
		{"another kind of key", key("age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"), oneLine},

		{"a name", `spec: {name: Alice's laptop}`, ""},
		{"a name of 255 characters", `spec: {name: "` + strings.Repeat("é", 255) + `"}`, ""},
		{"a name of 256 characters", `spec: {name: "` + strings.Repeat("é", 256) + `"}`, "may not be more than 255"},
		{"an empty name", `spec: {name: ""}`, "at least 1 chars long"},
		{"a name with a line break", `spec: {name: "a\nb"}`, control},

		{"an adoption by nothing", `spec: {adopt: {}}`, "spec.adopt.id: Required value"},
		{"an adoption of 0", `spec: {adopt: {id: 0}}`, "greater than or equal to 1"},
		{"an adoption by a filter", `spec: {adopt: {id: 5, filter: {name: alice}}}`, `unknown field "spec.adopt.filter"`},
	})
}

// A private key that was written by mistake is not printed, into logs of whatever
// applied it.
func TestAPrivateKeyIsNotRepeated(t *testing.T) {
	const secret = "b3BlbnNzaC1rZXktdjEAAAAABG5vbmU="
	for _, text := range []string{
		`"-----BEGIN OPENSSH PRIVATE KEY-----\n` + secret + `\n-----END OPENSSH PRIVATE KEY-----\n"`,
		secret,
	} {
		err := dryRun(t, sshKeys, newNamespace(t), changed(t, manifest(t, baseSSHKey), `spec: {publicKey: `+text+`}`))
		judge(t, err, "spec.publicKey")
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("it prints what was written: %v", err)
		}
	}
}

func TestWhatCanBeChangedUntilAnSSHKeyIsStored(t *testing.T) {
	const (
		publicKey = "spec.publicKey can't be changed once Gandi has the key; create another GandiSSHKey"
		name      = "spec.name can't be changed once Gandi has the key; create another GandiSSHKey of that name"
		account   = "spec.accountRef can't be changed once Gandi has the key; the key belongs to that account"
		adopt     = "spec.adopt can't be added once Gandi has the key; this object has its key already"

		adopted = `spec: {adopt: {id: 5}}`
	)
	judgeEdits(t, sshKeys, baseSSHKey, []edit{
		{name: "key", change: `spec: {publicKey: ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC7 alice@example.com}`, after: publicKey},
		{name: "comment of the key", change: `spec: {publicKey: ` + aKey + ` at home}`, after: publicKey},
		{name: "key of an adopted one, added", from: `spec: {publicKey: null, adopt: {id: 5}}`, change: `spec: {publicKey: ` + aKey + `}`, after: publicKey},
		{name: "key of an adopted one, removed", from: adopted, change: `spec: {publicKey: null}`, after: publicKey},
		{name: "name, added", change: `spec: {name: alice}`, after: name},
		{name: "name, changed", from: `spec: {name: alice}`, change: `spec: {name: bob}`, after: name},
		{name: "name, removed", from: `spec: {name: alice}`, change: `spec: {name: null}`, after: name},
		{name: "account", change: `spec: {accountRef: {name: other}}`, after: account},
		{name: "adopt, added", change: adopted, after: adopt, onlyID: true},
		{name: "adopt, changed", from: adopted, change: `spec: {adopt: {id: 6}}`, before: adoptStays, after: adoptStays},
		{name: "adopt, removed", from: adopted, change: `spec: {adopt: null}`, before: adoptStays, after: adoptStays},
		{name: "deletion policy", change: `spec: {deletionPolicy: Retain, deletionProtection: true, onExternalDeletion: Hold}`},
	})
}
