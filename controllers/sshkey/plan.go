package sshkey

import (
	"fmt"
	"strings"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

type (
	object = *v1alpha1.GandiSSHKey
	action = engine.Action
)

// plan is the order of precedence.
var plan = engine.FirstOf(
	releaseRetained,   // deletion asked, policy says leave it
	deleteWhenThere,   //
	releaseWhenGone,   // deletion asked, nothing left at Gandi
	refuseUnreadable,  // what Gandi could not mean
	createWhenMissing, //
	refuseAnother,     // an adopted key that is not the one in the spec
	inSync,
)

func deleting(obj object) bool { return !obj.DeletionTimestamp.IsZero() }

func releaseRetained(obj object, s Observed) (action, bool) {
	if !deleting(obj) || !s.Retain || s.Key == nil {
		return action{}, false
	}
	return action{Verb: engine.Release, Reason: v1alpha1.ReasonReleased,
		Message: fmt.Sprintf("SSH key %d stays at Gandi", s.Key.ID)}, true
}

func deleteWhenThere(obj object, s Observed) (action, bool) {
	if !deleting(obj) || s.Key == nil {
		return action{}, false
	}
	return action{Verb: engine.Do, Call: gandi.SSHKeyDelete{ID: s.Key.ID}, Reason: v1alpha1.ReasonDeletingKey, Destroys: true,
		Applies: engine.Deleted(int64(s.Key.ID)),
		Message: fmt.Sprintf("delete SSH key %d; VMs that were made with it keep it", s.Key.ID)}, true
}

func releaseWhenGone(obj object, _ Observed) (action, bool) {
	if !deleting(obj) {
		return action{}, false
	}
	return action{Verb: engine.Release, Reason: v1alpha1.ReasonDeleted, Message: "nothing is left at Gandi"}, true
}

// refuseUnreadable stops before anything is stored: what has no fingerprint could
// not be found again.
func refuseUnreadable(_ object, s Observed) (action, bool) {
	if s.Unreadable == "" || s.Key != nil {
		return action{}, false
	}
	return action{Verb: engine.Block, Reason: v1alpha1.ReasonInvalidSpec, Message: "spec.publicKey: " + s.Unreadable}, true
}

func createWhenMissing(obj object, s Observed) (action, bool) {
	if s.Key != nil {
		return action{}, false
	}
	call := gandi.SSHKeyCreate{Name: name(obj, s.Token), Value: strings.TrimSpace(obj.Spec.PublicKey)}
	return action{Verb: engine.Do, Call: call, Reason: v1alpha1.ReasonStoringKey,
		Message: fmt.Sprintf("store the public key at Gandi as %q", call.Name)}, true
}

// refuseAnother tells of a key that is not what the spec asks for, since Gandi
// changes none.
func refuseAnother(obj object, s Observed) (action, bool) {
	switch {
	case s.Unreadable != "":
		return s.another("spec.publicKey is no key ("+s.Unreadable+")", s.Key.Fingerprint), true
	case s.Fingerprint != "" && s.Key.Fingerprint != "" && !strings.EqualFold(s.Fingerprint, s.Key.Fingerprint):
		return s.another("spec.publicKey asks for "+s.Fingerprint, s.Key.Fingerprint), true
	case obj.Spec.Name != "" && obj.Spec.Name != s.Key.Name:
		return s.another(fmt.Sprintf("spec.name asks for %q", obj.Spec.Name), fmt.Sprintf("%q", s.Key.Name)), true
	default:
		return action{}, false
	}
}

func (s Observed) another(wanted, have string) action {
	return action{Verb: engine.Block, Reason: v1alpha1.ReasonInvalidSpec,
		Message: fmt.Sprintf("%s, and SSH key %d has %s; Gandi changes no key: delete this object, with deletionPolicy: Retain if the key shall stay, and create another GandiSSHKey",
			wanted, s.Key.ID, have)}
}

func inSync(object, Observed) (action, bool) {
	return action{Verb: engine.InSync, Reason: v1alpha1.ReasonInSync}, true
}
