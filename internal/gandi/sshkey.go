package gandi

import "context"

// SSHKey is a public key that Gandi keeps, to make VMs with.
type SSHKey struct {
	ID          SSHKeyID
	Name        string // not unique
	Fingerprint string // MD5 in colon form, see SSHFingerprint
	Value       string // "" in a list
}

// SSHKeyFilter narrows a list of keys; zero values ask for nothing. Gandi's reference has no filter by number.
type SSHKeyFilter struct {
	Name        string
	Fingerprint string
}

func (f SSHKeyFilter) opts() map[string]any {
	s := spec{}
	s.str("name", f.Name)
	s.str("fingerprint", f.Fingerprint)
	return s
}

// SSHKey reads one key with its value. One that is not there is of class NotFound.
func (c *Client) SSHKey(ctx context.Context, id SSHKeyID) (SSHKey, error) {
	return readOne(ctx, c, "hosting.ssh.info", int(id), parseSSHKey)
}

// SSHKeys lists the keys that fit f, without their values.
func (c *Client) SSHKeys(ctx context.Context, f SSHKeyFilter) ([]SSHKey, error) {
	return readList(ctx, c, "hosting.ssh.list", f.opts(), parseSSHKey)
}

func parseSSHKey(r *record) SSHKey {
	return SSHKey{
		ID:          SSHKeyID(r.id()),
		Name:        r.str("name"),
		Fingerprint: r.str("fingerprint"),
		Value:       r.str("value"),
	}
}
