package sshkey

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/account"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// Kind is GandiSSHKey for the engine.
type Kind struct{}

var (
	_ engine.Kind[*v1alpha1.GandiSSHKey, Observed] = Kind{}
	_ engine.Recognizer[*v1alpha1.GandiSSHKey]     = Kind{}
)

// New is an empty GandiSSHKey.
func (Kind) New() *v1alpha1.GandiSSHKey { return &v1alpha1.GandiSSHKey{} }

// Name is GandiSSHKey.
func (Kind) Name() string { return "GandiSSHKey" }

// Type is sshkey: Gandi's word, ssh, is that of its methods and not of a thing.
func (Kind) Type() string { return "sshkey" }

// CRD is the name of the CustomResourceDefinition.
func (Kind) CRD() string { return "gandisshkeys." + v1alpha1.GroupVersion.Group }

// Wants is the record of the key.
func (Kind) Wants(_ *v1alpha1.GandiSSHKey, id int64) []account.Want {
	return []account.Want{{Kind: account.WantSSHKey, ID: int(id)}}
}

// Lookup says how the inventory knows the key.
func (Kind) Lookup(r engine.Reader, id int64) engine.Sighting {
	rec := r.SSHKey(gandi.SSHKeyID(id))
	return engine.Sighting{Seen: rec.Seen, Begun: rec.Begun}
}

// Find lists the keys that are called by the token. A name that a person chose is
// no proof, since names are not unique; together with the key itself it is all
// that a create of ours leaves behind.
func (Kind) Find(r engine.Reader, obj *v1alpha1.GandiSSHKey, token string) []engine.Claim {
	var claims []engine.Claim
	for _, key := range r.SSHKeysNamed(name(obj, token)) {
		if obj.Spec.Name == "" || sameKey(key, obj.Spec.PublicKey) {
			claims = append(claims, engine.Claim{ID: int64(key.ID)})
		}
	}
	return claims
}

// sameKey compares by the fingerprint: lists do not tell keys themselves.
func sameKey(key gandi.SSHKey, value string) bool {
	want, err := gandi.SSHFingerprint(value)
	return err == nil && strings.EqualFold(key.Fingerprint, want)
}

// Recognized says what Find goes by.
func (Kind) Recognized(obj *v1alpha1.GandiSSHKey, token string) string {
	if obj.Spec.Name == "" {
		return engine.Mark(token)
	}
	return fmt.Sprintf("the name %q and the key that this object asks for", obj.Spec.Name)
}

// Adoption says what spec.adopt asks for.
func (Kind) Adoption(obj *v1alpha1.GandiSSHKey) *engine.Adoption {
	if obj.Spec.Adopt == nil {
		return nil
	}
	return &engine.Adoption{ID: obj.Spec.Adopt.ID, TakeOver: obj.Spec.Adopt.TakeOver}
}

// Match finds nothing: keys are adopted by their number only.
func (Kind) Match(context.Context, *v1alpha1.GandiSSHKey, engine.Env) ([]int64, error) {
	return nil, nil
}

// Carried is the name of the key, which is where a token stands.
func (Kind) Carried(r engine.Reader, id int64) []string {
	return []string{r.SSHKey(gandi.SSHKeyID(id)).Value.Name}
}

// RebootsByHand is false: nothing that is done to a key interrupts anything.
func (Kind) RebootsByHand(*v1alpha1.GandiSSHKey, Observed) bool { return false }

// Irreplaceable is false: the same key can be stored again.
func (Kind) Irreplaceable() bool { return false }

// Lists are the SSH keys, which sweeps take in only when asked to.
func (Kind) Lists() []account.WantKind { return []account.WantKind{account.WantSSHKey} }

// Involves is false: no operation works on a key.
func (Kind) Involves(gandi.Operation, int64) bool { return false }

// Bought reads the id off what the client made of the reply to a create.
func (Kind) Bought(ops []gandi.Operation) (int64, []v1alpha1.ExternalID) {
	op, ok := gandi.PickOperation(ops, gandi.TypeSSHKeyCreate)
	if !ok || op.SSHKeyID == 0 {
		return 0, nil
	}
	return int64(op.SSHKeyID), []v1alpha1.ExternalID{{Type: "sshkey", ID: int64(op.SSHKeyID)}}
}

// Plan picks the next action.
func (Kind) Plan(obj *v1alpha1.GandiSSHKey, s Observed) engine.Action {
	a, _ := plan(obj, s)
	return a
}

// name that a new key gets.
func name(obj *v1alpha1.GandiSSHKey, token string) string {
	return cmp.Or(obj.Spec.Name, token)
}
