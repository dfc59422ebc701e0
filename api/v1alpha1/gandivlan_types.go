package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// VLANAdoptFilter narrows the VLANs of the account to the one that is meant.
type VLANAdoptFilter struct {
	// name of the VLAN, compared exactly. Gandi keeps it unique.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=255
	Name string `json:"name"`
}

// VLANAdopt says which VLAN, made by somebody else, belongs to this object.
//
// +kubebuilder:validation:XValidation:rule="has(self.id) != has(self.filter)",message="adopt: write exactly one of id and filter"
type VLANAdopt struct {
	// id of the VLAN at Gandi.
	// +kubebuilder:validation:Minimum=1
	// +optional
	ID int64 `json:"id,omitempty"`
	// filter that fits exactly one VLAN of the account.
	// +optional
	Filter *VLANAdoptFilter `json:"filter,omitempty"`
	// takeOver also takes a VLAN that carries the mark of another object or
	// installation of this operator.
	// +optional
	TakeOver bool `json:"takeOver,omitempty"`
}

// GandiVLANSpec is the private network that a person asks for.
//
// +kubebuilder:validation:XValidation:rule="has(self.adopt) || has(self.datacenter)",message="datacenter is required: write its code, name, id, country code or country, such as FR-SD3"
// +kubebuilder:validation:XValidation:rule="!has(self.gateway) || !has(self.subnet) || !isCIDR(self.subnet) || !isIP(self.gateway) || cidr(self.subnet).containsIP(self.gateway)",message="gateway: write an address of the subnet"
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.adopt) || (has(self.adopt) && self.adopt == oldSelf.adopt)",message="adopt can't be changed or removed; delete this object (what was adopted stays at Gandi) and create another"
type GandiVLANSpec struct {
	ManagedSpec `json:",inline"`

	// adopt takes over a VLAN that exists already, instead of making one. It can
	// be added while none was made.
	// +optional
	Adopt *VLANAdopt `json:"adopt,omitempty"`

	// datacenter is compared, without regard to case, with the code, name, id,
	// country code and country of the datacenters, and must fit exactly one that
	// is open to the account. It can't be changed once the VLAN was made.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	// +optional
	Datacenter string `json:"datacenter,omitempty"`

	// name of the VLAN at Gandi, unique on the account. Unset means the operator's
	// mark (status.token) for a new VLAN, and as found for an adopted one.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=255
	// +kubebuilder:validation:XValidation:rule="self.matches('^[^\\\\p{Cc}]+$')",message="name: leave out control characters"
	// +optional
	Name string `json:"name,omitempty"`

	// subnet of the VLAN, such as 192.168.1.0/24. Unset means Gandi's choice. It
	// can't be changed once the VLAN was made.
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:XValidation:rule="isCIDR(self) && cidr(self).ip().family() == 4 && cidr(self) == cidr(self).masked() && cidr(self).prefixLength() <= 29",message="subnet: write an IPv4 network of at least 8 addresses by its first address, such as 192.168.1.0/24"
	// +optional
	Subnet string `json:"subnet,omitempty"`

	// gateway of the VLAN, an address of the subnet. Unset means Gandi's choice
	// for a new VLAN, and as found later on.
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:XValidation:rule="isIP(self) && ip(self).family() == 4",message="gateway: write an IPv4 address, such as 192.168.1.254"
	// +optional
	Gateway string `json:"gateway,omitempty"`
}

// GandiVLANStatus is what hosting.vlan.info tells.
type GandiVLANStatus struct {
	ManagedStatus `json:",inline"`

	// state in Gandi's words: being_created, created.
	// +kubebuilder:validation:MaxLength=64
	// +optional
	State string `json:"state,omitempty"`
	// datacenter of the VLAN.
	// +optional
	Datacenter *ResolvedDatacenter `json:"datacenter,omitempty"`
	// name of the VLAN.
	// +kubebuilder:validation:MaxLength=255
	// +optional
	Name string `json:"name,omitempty"`
	// subnet of the VLAN.
	// +kubebuilder:validation:MaxLength=64
	// +optional
	Subnet string `json:"subnet,omitempty"`
	// gateway of the VLAN.
	// +kubebuilder:validation:MaxLength=64
	// +optional
	Gateway string `json:"gateway,omitempty"`
	// interfaces on the VLAN, counted.
	// +optional
	Interfaces int32 `json:"interfaces,omitempty"`
}

// GandiVLAN is a private network at Gandi, within one datacenter.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:path=gandivlans,singular=gandivlan,shortName=gvlan,categories=gandi
// +kubebuilder:printcolumn:name="READY",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="SUBNET",type=string,JSONPath=`.status.subnet`
// +kubebuilder:printcolumn:name="GATEWAY",type=string,JSONPath=`.status.gateway`
// +kubebuilder:printcolumn:name="DATACENTER",type=string,JSONPath=`.status.datacenter.name`
// +kubebuilder:printcolumn:name="AGE",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="ID",type=integer,priority=1,JSONPath=`.status.id`
// +kubebuilder:printcolumn:name="NAME-AT-GANDI",type=string,priority=1,JSONPath=`.status.name`
// +kubebuilder:printcolumn:name="REASON",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
//
// +kubebuilder:validation:XValidation:rule="!(has(oldSelf.status) && (has(oldSelf.status.id) || has(oldSelf.status.intent) || has(oldSelf.status.created))) || (has(self.spec.datacenter) == has(oldSelf.spec.datacenter) && (!has(self.spec.datacenter) || self.spec.datacenter == oldSelf.spec.datacenter))",message="spec.datacenter can't be changed once the VLAN was made; create another GandiVLAN there",fieldPath=".spec.datacenter"
// +kubebuilder:validation:XValidation:rule="!(has(oldSelf.status) && (has(oldSelf.status.id) || has(oldSelf.status.intent) || has(oldSelf.status.created))) || (has(self.spec.subnet) == has(oldSelf.spec.subnet) && (!has(self.spec.subnet) || self.spec.subnet == oldSelf.spec.subnet))",message="spec.subnet can't be changed once the VLAN was made; create another GandiVLAN with that subnet",fieldPath=".spec.subnet"
// +kubebuilder:validation:XValidation:rule="!(has(oldSelf.status) && (has(oldSelf.status.id) || has(oldSelf.status.intent) || has(oldSelf.status.created))) || (has(self.spec.accountRef) == has(oldSelf.spec.accountRef) && (!has(self.spec.accountRef) || self.spec.accountRef == oldSelf.spec.accountRef))",message="spec.accountRef can't be changed once the VLAN was made; the VLAN belongs to that account",fieldPath=".spec.accountRef"
// +kubebuilder:validation:XValidation:rule="!(has(oldSelf.status) && has(oldSelf.status.id)) || has(self.spec.adopt) == has(oldSelf.spec.adopt)",message="spec.adopt can't be added once the VLAN was made; this object has its VLAN already",fieldPath=".spec.adopt"
type GandiVLAN struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec is the VLAN that a person asks for.
	Spec GandiVLANSpec `json:"spec"`
	// status is what Gandi tells, and what the operator is about to do.
	// +kubebuilder:default={"observedGeneration":-1}
	// +optional
	Status GandiVLANStatus `json:"status,omitempty"`
}

// ManagedSpec is the part of the spec that every managed kind shares.
func (v *GandiVLAN) ManagedSpec() *ManagedSpec { return &v.Spec.ManagedSpec }

// ManagedStatus is the part of the status that every managed kind shares.
func (v *GandiVLAN) ManagedStatus() *ManagedStatus { return &v.Status.ManagedStatus }

// GandiVLANList is a list of VLANs.
//
// +kubebuilder:object:root=true
type GandiVLANList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []GandiVLAN `json:"items"`
}
