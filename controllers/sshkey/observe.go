package sshkey

import (
	"context"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// Observed is what one look saw.
type Observed struct {
	Token string
	// Key as Gandi tells it; nil when there is none.
	Key *gandi.SSHKey
	// Fingerprint of spec.publicKey; "" when there is none, or Unreadable says why
	// it is no key.
	Fingerprint string
	Unreadable  string
	Retain      bool
}

// Observe looks at the key, and at what the spec asks for.
func (Kind) Observe(_ context.Context, obj *v1alpha1.GandiSSHKey, env engine.Env) (Observed, error) {
	s := Observed{Token: env.Token, Retain: env.Retain}
	if env.Established {
		key := env.SSHKey(gandi.SSHKeyID(obj.Status.ID)).Value
		s.Key = &key
	}
	if obj.Spec.PublicKey != "" {
		fingerprint, err := gandi.SSHFingerprint(obj.Spec.PublicKey)
		if err != nil {
			s.Unreadable = err.Error()
		}
		s.Fingerprint = fingerprint
	}
	return s, nil
}

// Report copies what was observed into status.
func (Kind) Report(obj *v1alpha1.GandiSSHKey, s Observed) {
	st := &obj.Status
	st.Name, st.Fingerprint = "", ""
	if s.Key != nil {
		st.Name = engine.Head(s.Key.Name, 255)
		st.Fingerprint = engine.Head(s.Key.Fingerprint, 128)
	}
}
