package sshkey

import "github.com/gandi-operator/gandi-operator/internal/gandi"

// Effect is what Gandi shows once call has done its work.
func (Kind) Effect(s Observed, call gandi.Call) Observed {
	switch c := call.(type) {
	case gandi.SSHKeyCreate:
		s.Key = &gandi.SSHKey{Name: c.Name, Fingerprint: s.Fingerprint}
	case gandi.SSHKeyDelete:
		s.Key = nil
	}
	return s
}
