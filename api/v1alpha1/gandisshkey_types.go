package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// SSHKeyAdopt says which key, stored by somebody else, belongs to this object.
type SSHKeyAdopt struct {
	// id of the key at Gandi.
	// +kubebuilder:validation:Minimum=1
	ID int64 `json:"id"`
	// takeOver also takes a key that carries the mark of another object or
	// installation of this operator.
	// +optional
	TakeOver bool `json:"takeOver,omitempty"`
}

// The rules on publicKey stand at the spec and not at the field: there the API
// server would print what was written, which may be a private key.

// GandiSSHKeySpec is the public key that a person wants to be stored at Gandi.
//
// +kubebuilder:validation:XValidation:rule="!has(self.publicKey) || !self.publicKey.contains('PRIVATE KEY')",message="publicKey: this is a private key, which nobody else may have; write the one line of the .pub file beside it, and make a new pair if this one has left your machine",fieldPath=".publicKey"
// +kubebuilder:validation:XValidation:rule="!has(self.publicKey) || self.publicKey.contains('PRIVATE KEY') || self.publicKey.matches('^(ssh|ecdsa|sk-ssh|sk-ecdsa)-[-@.a-z0-9]+ [A-Za-z0-9+/]+=*( [^\\\\p{Cc}]*)?\\\\n?$')",message="publicKey: write one line of an OpenSSH public key, such as 'ssh-ed25519 AAAA... me@example.com'",fieldPath=".publicKey"
// +kubebuilder:validation:XValidation:rule="has(self.adopt) || has(self.publicKey)",message="publicKey is required: write one line of an OpenSSH public key, such as the content of id_ed25519.pub"
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.adopt) || (has(self.adopt) && self.adopt == oldSelf.adopt)",message="adopt can't be changed or removed; delete this object (what was adopted stays at Gandi) and create another"
type GandiSSHKeySpec struct {
	ManagedSpec `json:",inline"`

	// adopt takes over a key that Gandi has already. It can be added while none
	// was stored.
	// +optional
	Adopt *SSHKeyAdopt `json:"adopt,omitempty"`

	// name of the key at Gandi. Unset means the operator's mark (status.token).
	// Gandi cannot rename a key: it can't be changed once the key was stored.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=255
	// +kubebuilder:validation:XValidation:rule="self.matches('^[^\\\\p{Cc}]+$')",message="name: leave out control characters"
	// +optional
	Name string `json:"name,omitempty"`

	// publicKey is one line in OpenSSH's form: type, base64, comment. Gandi cannot
	// change a key: it can't be changed once the key was stored.
	// +kubebuilder:validation:MinLength=16
	// +kubebuilder:validation:MaxLength=8192
	// +optional
	PublicKey string `json:"publicKey,omitempty"`
}

// GandiSSHKeyStatus is what hosting.ssh.info tells.
type GandiSSHKeyStatus struct {
	ManagedStatus `json:",inline"`

	// name of the key.
	// +kubebuilder:validation:MaxLength=255
	// +optional
	Name string `json:"name,omitempty"`
	// fingerprint as Gandi tells it.
	// +kubebuilder:validation:MaxLength=128
	// +optional
	Fingerprint string `json:"fingerprint,omitempty"`
}

// GandiSSHKey is a public key that Gandi keeps, for GandiVMs to be created with.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:path=gandisshkeys,singular=gandisshkey,shortName=gkey,categories=gandi
// +kubebuilder:printcolumn:name="READY",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="FINGERPRINT",type=string,JSONPath=`.status.fingerprint`
// +kubebuilder:printcolumn:name="AGE",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="ID",type=integer,priority=1,JSONPath=`.status.id`
// +kubebuilder:printcolumn:name="NAME-AT-GANDI",type=string,priority=1,JSONPath=`.status.name`
// +kubebuilder:printcolumn:name="REASON",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
//
// +kubebuilder:validation:XValidation:rule="!(has(oldSelf.status) && (has(oldSelf.status.id) || has(oldSelf.status.intent) || has(oldSelf.status.created))) || (has(self.spec.publicKey) == has(oldSelf.spec.publicKey) && (!has(self.spec.publicKey) || self.spec.publicKey == oldSelf.spec.publicKey))",message="spec.publicKey can't be changed once Gandi has the key; create another GandiSSHKey",fieldPath=".spec.publicKey"
// +kubebuilder:validation:XValidation:rule="!(has(oldSelf.status) && (has(oldSelf.status.id) || has(oldSelf.status.intent) || has(oldSelf.status.created))) || (has(self.spec.name) == has(oldSelf.spec.name) && (!has(self.spec.name) || self.spec.name == oldSelf.spec.name))",message="spec.name can't be changed once Gandi has the key; create another GandiSSHKey of that name",fieldPath=".spec.name"
// +kubebuilder:validation:XValidation:rule="!(has(oldSelf.status) && (has(oldSelf.status.id) || has(oldSelf.status.intent) || has(oldSelf.status.created))) || (has(self.spec.accountRef) == has(oldSelf.spec.accountRef) && (!has(self.spec.accountRef) || self.spec.accountRef == oldSelf.spec.accountRef))",message="spec.accountRef can't be changed once Gandi has the key; the key belongs to that account",fieldPath=".spec.accountRef"
// +kubebuilder:validation:XValidation:rule="!(has(oldSelf.status) && has(oldSelf.status.id)) || has(self.spec.adopt) == has(oldSelf.spec.adopt)",message="spec.adopt can't be added once Gandi has the key; this object has its key already",fieldPath=".spec.adopt"
type GandiSSHKey struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec is the key that a person wants to be stored.
	Spec GandiSSHKeySpec `json:"spec"`
	// status is what Gandi tells, and what the operator is about to do.
	// +kubebuilder:default={"observedGeneration":-1}
	// +optional
	Status GandiSSHKeyStatus `json:"status,omitempty"`
}

// ManagedSpec is the part of the spec that every managed kind shares.
func (k *GandiSSHKey) ManagedSpec() *ManagedSpec { return &k.Spec.ManagedSpec }

// ManagedStatus is the part of the status that every managed kind shares.
func (k *GandiSSHKey) ManagedStatus() *ManagedStatus { return &k.Status.ManagedStatus }

// GandiSSHKeyList is a list of keys.
//
// +kubebuilder:object:root=true
type GandiSSHKeyList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []GandiSSHKey `json:"items"`
}
