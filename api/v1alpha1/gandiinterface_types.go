package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// InterfaceReverse names the addresses of an interface in reverse DNS (PTR).
type InterfaceReverse struct {
	// ipv4 is the name of the IPv4 address. Unset means as found.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="self.matches('^([A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?[.])+[A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?[.]?$')",message="reverse: write a host name with its domain, such as www.example.com"
	// +optional
	IPv4 string `json:"ipv4,omitempty"`
	// ipv6 is the name of the IPv6 address. Unset means as found.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="self.matches('^([A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?[.])+[A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?[.]?$')",message="reverse: write a host name with its domain, such as www.example.com"
	// +optional
	IPv6 string `json:"ipv6,omitempty"`
}

// InterfaceAdoptFilter narrows the interfaces of the account to the one that is meant.
type InterfaceAdoptFilter struct {
	// address, IPv4 or IPv6, that the interface has.
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:XValidation:rule="isIP(self)",message="address: write one IP address, such as 203.0.113.7"
	Address string `json:"address"`
}

// InterfaceAdopt says which interface, bought by somebody else, belongs to this object.
//
// +kubebuilder:validation:XValidation:rule="has(self.id) != has(self.filter)",message="adopt: write exactly one of id and filter"
type InterfaceAdopt struct {
	// id of the interface at Gandi.
	// +kubebuilder:validation:Minimum=1
	// +optional
	ID int64 `json:"id,omitempty"`
	// filter that fits exactly one interface of the account.
	// +optional
	Filter *InterfaceAdoptFilter `json:"filter,omitempty"`
	// takeOver has no effect on interfaces, which carry no mark; it is there
	// because all kinds have it.
	// +optional
	TakeOver bool `json:"takeOver,omitempty"`
}

// GandiInterfaceSpec is the network interface that a person asks for.
//
// +kubebuilder:validation:XValidation:rule="has(self.adopt) || has(self.datacenter)",message="datacenter is required: write its code, name, id, country code or country, such as FR-SD3"
// +kubebuilder:validation:XValidation:rule="has(self.adopt) || (has(self.ipVersion) != has(self.vlanRef))",message="write exactly one of ipVersion (a public interface: 4 or 6) and vlanRef (a private one)"
// +kubebuilder:validation:XValidation:rule="!has(self.address) || has(self.vlanRef)",message="address: only an interface with vlanRef can ask for one; public addresses are Gandi's choice"
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.adopt) || (has(self.adopt) && self.adopt == oldSelf.adopt)",message="adopt can't be changed or removed; delete this object (what was adopted stays at Gandi) and create another"
type GandiInterfaceSpec struct {
	ManagedSpec `json:",inline"`

	// adopt takes over an interface that exists already, instead of buying one.
	// It can be added while nothing was bought.
	// +optional
	Adopt *InterfaceAdopt `json:"adopt,omitempty"`

	// datacenter is compared, without regard to case, with the code, name, id,
	// country code and country of the datacenters, and must fit exactly one that
	// is open to the account. It can't be changed once the interface was bought.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	// +optional
	Datacenter string `json:"datacenter,omitempty"`

	// ipVersion of a public interface: 4 (which brings an IPv6 address too) or 6.
	// Gandi charges for IPv4 addresses. It can't be changed once the interface
	// was bought.
	// +kubebuilder:validation:Enum=4;6
	// +optional
	IPVersion int32 `json:"ipVersion,omitempty"`

	// vlanRef names the GandiVLAN, in the same namespace and datacenter, that a
	// private interface is on. It can't be changed once the interface was bought.
	// +optional
	VLANRef *LocalReference `json:"vlanRef,omitempty"`

	// address that a private interface shall have, out of its VLAN's subnet.
	// Unset means the first free one. It can't be changed once the interface was
	// bought.
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:XValidation:rule="isIP(self) && ip(self).family() == 4",message="address: write an IPv4 address, such as 192.168.1.10"
	// +optional
	Address string `json:"address,omitempty"`

	// bandwidth in kbit/s. Unset means 102400 for a new interface, and as found
	// for an adopted one.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=10000000
	// +optional
	Bandwidth int32 `json:"bandwidth,omitempty"`

	// reverse names the addresses in reverse DNS (PTR).
	// +optional
	Reverse *InterfaceReverse `json:"reverse,omitempty"`
}

// InterfaceAddress is one address of an interface.
type InterfaceAddress struct {
	// id at Gandi.
	ID int64 `json:"id"`
	// address as Gandi writes it.
	// +kubebuilder:validation:MaxLength=64
	Address string `json:"address"`
	// version: 4 or 6.
	Version int32 `json:"version,omitempty"`
	// reverse is its name in reverse DNS.
	// +kubebuilder:validation:MaxLength=255
	Reverse string `json:"reverse,omitempty"`
}

// GandiInterfaceStatus is what hosting.iface.info tells.
type GandiInterfaceStatus struct {
	ManagedStatus `json:",inline"`

	// state in Gandi's words: being_created, free, used.
	// +kubebuilder:validation:MaxLength=64
	// +optional
	State string `json:"state,omitempty"`
	// type in Gandi's words: public or private.
	// +kubebuilder:validation:MaxLength=64
	// +optional
	Type string `json:"type,omitempty"`
	// datacenter of the interface.
	// +optional
	Datacenter *ResolvedDatacenter `json:"datacenter,omitempty"`
	// bandwidth in kbit/s.
	// +optional
	Bandwidth int64 `json:"bandwidth,omitempty"`
	// vlan that a private interface is on, by Gandi's name for it.
	// +kubebuilder:validation:MaxLength=255
	// +optional
	VLAN string `json:"vlan,omitempty"`
	// addresses of the interface.
	// +kubebuilder:validation:MaxItems=32
	// +listType=map
	// +listMapKey=id
	// +optional
	Addresses []InterfaceAddress `json:"addresses,omitempty"`
	// attachedTo is the VM that has the interface.
	// +optional
	AttachedTo *AttachmentStatus `json:"attachedTo,omitempty"`
	// dateCreated by Gandi's clock.
	// +optional
	DateCreated *metav1.Time `json:"dateCreated,omitempty"`
}

// GandiInterface is a network interface at Gandi, with its addresses. GandiVMs
// attach it by spec.interfaces.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:path=gandiinterfaces,singular=gandiinterface,shortName=giface,categories=gandi
// +kubebuilder:printcolumn:name="READY",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="IPV4",type=string,JSONPath=`.status.addresses[?(@.version==4)].address`
// +kubebuilder:printcolumn:name="VM",type=string,JSONPath=`.status.attachedTo.name`
// +kubebuilder:printcolumn:name="DATACENTER",type=string,JSONPath=`.status.datacenter.name`
// +kubebuilder:printcolumn:name="OPERATION",type=string,JSONPath=`.status.conditions[?(@.type=="OperationInProgress")].reason`
// +kubebuilder:printcolumn:name="AGE",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="ID",type=integer,priority=1,JSONPath=`.status.id`
// +kubebuilder:printcolumn:name="IPV6",type=string,priority=1,JSONPath=`.status.addresses[?(@.version==6)].address`
// +kubebuilder:printcolumn:name="TYPE",type=string,priority=1,JSONPath=`.status.type`
// +kubebuilder:printcolumn:name="VLAN",type=string,priority=1,JSONPath=`.status.vlan`
// +kubebuilder:printcolumn:name="BANDWIDTH",type=integer,priority=1,JSONPath=`.status.bandwidth`
// +kubebuilder:printcolumn:name="REASON",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
//
// +kubebuilder:validation:XValidation:rule="!(has(oldSelf.status) && (has(oldSelf.status.id) || has(oldSelf.status.intent) || has(oldSelf.status.created))) || (has(self.spec.datacenter) == has(oldSelf.spec.datacenter) && (!has(self.spec.datacenter) || self.spec.datacenter == oldSelf.spec.datacenter))",message="spec.datacenter can't be changed once the interface was bought; create another GandiInterface there",fieldPath=".spec.datacenter"
// +kubebuilder:validation:XValidation:rule="!(has(oldSelf.status) && (has(oldSelf.status.id) || has(oldSelf.status.intent) || has(oldSelf.status.created))) || (has(self.spec.ipVersion) == has(oldSelf.spec.ipVersion) && (!has(self.spec.ipVersion) || self.spec.ipVersion == oldSelf.spec.ipVersion))",message="spec.ipVersion can't be changed once the interface was bought; create another GandiInterface",fieldPath=".spec.ipVersion"
// +kubebuilder:validation:XValidation:rule="!(has(oldSelf.status) && (has(oldSelf.status.id) || has(oldSelf.status.intent) || has(oldSelf.status.created))) || (has(self.spec.vlanRef) == has(oldSelf.spec.vlanRef) && (!has(self.spec.vlanRef) || self.spec.vlanRef == oldSelf.spec.vlanRef))",message="spec.vlanRef can't be changed once the interface was bought; create another GandiInterface on that VLAN",fieldPath=".spec.vlanRef"
// +kubebuilder:validation:XValidation:rule="!(has(oldSelf.status) && (has(oldSelf.status.id) || has(oldSelf.status.intent) || has(oldSelf.status.created))) || (has(self.spec.address) == has(oldSelf.spec.address) && (!has(self.spec.address) || self.spec.address == oldSelf.spec.address))",message="spec.address can't be changed once the interface was bought; create another GandiInterface with that address",fieldPath=".spec.address"
// +kubebuilder:validation:XValidation:rule="!(has(oldSelf.status) && (has(oldSelf.status.id) || has(oldSelf.status.intent) || has(oldSelf.status.created))) || (has(self.spec.accountRef) == has(oldSelf.spec.accountRef) && (!has(self.spec.accountRef) || self.spec.accountRef == oldSelf.spec.accountRef))",message="spec.accountRef can't be changed once the interface was bought; the interface belongs to that account",fieldPath=".spec.accountRef"
// +kubebuilder:validation:XValidation:rule="!(has(oldSelf.status) && has(oldSelf.status.id)) || has(self.spec.adopt) == has(oldSelf.spec.adopt)",message="spec.adopt can't be added once the interface was bought; this object has its interface already",fieldPath=".spec.adopt"
type GandiInterface struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec is the interface that a person asks for.
	Spec GandiInterfaceSpec `json:"spec"`
	// status is what Gandi tells, and what the operator is about to do.
	// +kubebuilder:default={"observedGeneration":-1}
	// +optional
	Status GandiInterfaceStatus `json:"status,omitempty"`
}

// ManagedSpec is the part of the spec that every managed kind shares.
func (i *GandiInterface) ManagedSpec() *ManagedSpec { return &i.Spec.ManagedSpec }

// ManagedStatus is the part of the status that every managed kind shares.
func (i *GandiInterface) ManagedStatus() *ManagedStatus { return &i.Status.ManagedStatus }

// GandiInterfaceList is a list of interfaces.
//
// +kubebuilder:object:root=true
type GandiInterfaceList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []GandiInterface `json:"items"`
}
