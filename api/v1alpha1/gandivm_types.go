package v1alpha1

import (
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// PowerState is what a VM shall be.
// +kubebuilder:validation:Enum=Running;Stopped
type PowerState string

const (
	// Running VMs are started when they are found halted.
	Running PowerState = "Running"
	// Stopped VMs are halted when they are found running.
	Stopped PowerState = "Stopped"
)

// RebootPolicy says who decides on an interruption of a VM.
// +kubebuilder:validation:Enum=Automatic;Manual
type RebootPolicy string

const (
	// RebootAutomatic reboots or halts the VM when a change of the spec needs it.
	RebootAutomatic RebootPolicy = "Automatic"
	// RebootManual waits for the approve-reboot annotation.
	RebootManual RebootPolicy = "Manual"
)

// ImageSource says what a new system disk is copied from. Exactly one member.
//
// +kubebuilder:validation:XValidation:rule="(has(self.label) ? 1 : 0) + (has(self.id) ? 1 : 0) + (has(self.diskID) ? 1 : 0) == 1",message="image: write exactly one of label, id and diskID"
type ImageSource struct {
	// label of an image in the VM's datacenter, such as "Ubuntu 10.04". It is
	// compared exactly, then without regard to case; it must fit one image.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=255
	// +optional
	Label string `json:"label,omitempty"`
	// id of an image, as hosting.image.list tells it: not the image's disk_id.
	// +kubebuilder:validation:Minimum=1
	// +optional
	ID int64 `json:"id,omitempty"`
	// diskID is a disk of one's own, by number, that is copied: the way to
	// duplicate a VM that was prepared. The disk itself stays as it is.
	// +kubebuilder:validation:Minimum=1
	// +optional
	DiskID int64 `json:"diskID,omitempty"`
}

// SystemDisk says which disk the VM boots from, or what the system disk that
// was bought with the VM shall be like.
//
// +kubebuilder:validation:XValidation:rule="!(has(self.diskID) && has(self.diskRef))",message="systemDisk: write one of diskRef and diskID"
// +kubebuilder:validation:XValidation:rule="!(has(self.diskID) || has(self.diskRef)) || !(has(self.name) || has(self.size) || has(self.kernel) || has(self.cmdline) || has(self.snapshotProfile) || has(self.retain))",message="systemDisk: name, size, kernel, cmdline, snapshotProfile and retain are for the system disk that is copied from an image; a disk of yours has them in its GandiDisk"
type SystemDisk struct {
	// diskRef names a GandiDisk of the same namespace that the VM boots from. The
	// disk survives the VM. It can be changed: the VM is halted, the disks are
	// exchanged, the VM is started, as rebootPolicy decides.
	// +optional
	DiskRef *LocalReference `json:"diskRef,omitempty"`
	// diskID is a disk of one's own, by number, that the VM uses as its system
	// disk. It is not copied, and it survives the VM.
	// +kubebuilder:validation:Minimum=1
	// +optional
	DiskID int64 `json:"diskID,omitempty"`
	// name of the system disk at Gandi. Unset means the operator's mark
	// (status.token) for a new VM, and as found later on.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=255
	// +kubebuilder:validation:XValidation:rule="self.matches('^[^\\\\p{Cc}]+$')",message="name: leave out control characters"
	// +optional
	Name string `json:"name,omitempty"`
	// size of the system disk in steps of 1Gi. It grows and never shrinks; unset
	// means the size of the image, and as found later on. Growing it may reboot
	// the VM: rebootPolicy decides.
	// +kubebuilder:validation:XIntOrString
	// +kubebuilder:validation:MaxLength=20
	// +kubebuilder:validation:XValidation:rule="string(self).matches('^[1-9][0-9]{0,9}(Mi|Gi|Ti)$') && (!string(self).endsWith('Mi') || int(string(self).replace('Mi', '')) % 1024 == 0) && quantity(string(self)).compareTo(quantity('1024Ti')) <= 0",message="size: write a multiple of 1Gi with its unit, such as 10Gi or 1Ti, up to 1024Ti; 1536Mi and 1.5Gi are none"
	// +optional
	Size *resource.Quantity `json:"size,omitempty"`
	// kernel that the VM boots with: one of the kernels that Gandi offers in the
	// datacenter. A change takes effect with a reboot, as rebootPolicy decides.
	// Unset means as found.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	// +optional
	Kernel string `json:"kernel,omitempty"`
	// cmdline is the kernel's command line, such as "root=/dev/xvda1 ro". A change
	// takes effect with a reboot, as rebootPolicy decides. Unset means as found.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=1024
	// +kubebuilder:validation:XValidation:rule="self.matches('^[^\\\\p{Cc}]+$')",message="cmdline: write one line, without control characters"
	// +optional
	Cmdline string `json:"cmdline,omitempty"`
	// snapshotProfile makes Gandi take snapshots by itself: the name of a profile
	// (minimal, full_week, security) or its id; none takes the profile away.
	// Unset means as found.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	// +optional
	SnapshotProfile string `json:"snapshotProfile,omitempty"`
	// retain keeps the system disk at Gandi, detached and billed, when the VM is
	// deleted.
	// +optional
	Retain bool `json:"retain,omitempty"`
}

// VMDisk attaches a GandiDisk.
type VMDisk struct {
	// name of this entry, unique within the VM.
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",message="name: write small letters, digits and hyphens, such as data"
	Name string `json:"name"`
	// diskRef names a GandiDisk of the same namespace and datacenter.
	DiskRef LocalReference `json:"diskRef"`
	// position that the disk shall have, 0 being the one that the VM boots from:
	// putting a disk there halts the VM, as rebootPolicy decides, and what was
	// there stays attached behind the others. Unset means the first free one from
	// 1 on, which is kept in status.attachments.
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=62
	// +optional
	Position *int32 `json:"position,omitempty"`
	// readOnly attaches the disk so that the VM cannot write to it.
	// +optional
	ReadOnly bool `json:"readOnly,omitempty"`
}

// VMInterface attaches a GandiInterface.
type VMInterface struct {
	// name of this entry, unique within the VM.
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",message="name: write small letters, digits and hyphens, such as public"
	Name string `json:"name"`
	// interfaceRef names a GandiInterface of the same namespace and datacenter.
	InterfaceRef LocalReference `json:"interfaceRef"`
}

// VMNetwork describes the first interface, which Gandi creates with the VM.
type VMNetwork struct {
	// ipVersion of the public interface: 4 (which brings an IPv6 address too) or
	// 6. It counts at creation only. Gandi charges for IPv4 addresses.
	// +kubebuilder:validation:Enum=4;6
	// +kubebuilder:default=4
	// +optional
	IPVersion int32 `json:"ipVersion,omitempty"`
	// bandwidth of the interface in kbit/s. Unset means 102400 for a new VM, and
	// as found later on.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=10000000
	// +optional
	Bandwidth int32 `json:"bandwidth,omitempty"`
}

// Bootstrap is used when the VM is created. Only a changed password is applied
// later; other differences show as status.bootstrapOutdated.
type Bootstrap struct {
	// login is the name of an account to create beside root.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=32
	// +kubebuilder:validation:XValidation:rule="self != 'root'",message="login: write another name than root; Gandi sets up root anyway"
	// +optional
	Login string `json:"login,omitempty"`
	// passwordSecretRef names the Secret key with the password of root and login:
	// 8 to 64 printable ASCII characters.
	// +optional
	PasswordSecretRef *SecretKeyReference `json:"passwordSecretRef,omitempty"`
	// sshKeys are public keys for root and login. Gandi takes one with the VM: for
	// more of them write GandiSSHKeys and name them in sshKeyRefs.
	// +kubebuilder:validation:MaxItems=1
	// +kubebuilder:validation:items:MinLength=16
	// +kubebuilder:validation:items:MaxLength=8192
	// +listType=atomic
	// +optional
	SSHKeys []string `json:"sshKeys,omitempty"`
	// sshKeyRefs name GandiSSHKeys of the same namespace whose keys root and login
	// get as well.
	// +kubebuilder:validation:MaxItems=32
	// +listType=map
	// +listMapKey=name
	// +optional
	SSHKeyRefs []LocalReference `json:"sshKeyRefs,omitempty"`
	// script is a shell command that root runs at the first boot.
	// +kubebuilder:validation:MaxLength=16384
	// +optional
	Script string `json:"script,omitempty"`
}

// VMAdoptFilter narrows the VMs of the account to the one that is meant.
type VMAdoptFilter struct {
	// hostname of the VM, compared exactly. Gandi does not keep hostnames unique.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Hostname string `json:"hostname"`
	// datacenter of the VM, as in spec.datacenter.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	// +optional
	Datacenter string `json:"datacenter,omitempty"`
}

// VMAdopt says which VM, bought by somebody else, belongs to this object.
//
// +kubebuilder:validation:XValidation:rule="has(self.id) != has(self.filter)",message="adopt: write exactly one of id and filter"
type VMAdopt struct {
	// id of the VM at Gandi.
	// +kubebuilder:validation:Minimum=1
	// +optional
	ID int64 `json:"id,omitempty"`
	// filter that fits exactly one VM of the account.
	// +optional
	Filter *VMAdoptFilter `json:"filter,omitempty"`
	// takeOver also takes a VM that carries the mark of another installation of
	// this operator.
	// +optional
	TakeOver bool `json:"takeOver,omitempty"`
}

// GandiVMSpec is the VM that a person asks for.
//
// +kubebuilder:validation:XValidation:rule="has(self.adopt) || (has(self.image) != (has(self.systemDisk) && (has(self.systemDisk.diskRef) || has(self.systemDisk.diskID))))",message="write exactly one of image (a new system disk is copied from it) and systemDisk.diskRef or systemDisk.diskID (a disk of yours is used as it is)"
// +kubebuilder:validation:XValidation:rule="!(has(self.network) && has(self.interfaces))",message="write one of network (an interface is bought with the VM) and interfaces (GandiInterfaces of yours are attached)"
// +kubebuilder:validation:XValidation:rule="!has(self.disks) || !self.disks.exists(d, has(d.position) && d.position == 0) || !(has(self.systemDisk) && (has(self.systemDisk.diskRef) || has(self.systemDisk.diskID)))",message="disks: position 0 is that of systemDisk.diskRef or systemDisk.diskID; leave one of them out"
// +kubebuilder:validation:XValidation:rule="!has(self.disks) || self.disks.all(d, !has(d.position) || self.disks.exists_one(e, has(e.position) && e.position == d.position))",message="disks: write each position once"
// +kubebuilder:validation:XValidation:rule="!has(self.disks) || self.disks.all(d, self.disks.exists_one(e, e.diskRef.name == d.diskRef.name)) && (!has(self.systemDisk) || !has(self.systemDisk.diskRef) || !self.disks.exists(d, d.diskRef.name == self.systemDisk.diskRef.name))",message="disks: a GandiDisk can be attached once; leave the second entry of it out"
// +kubebuilder:validation:XValidation:rule="!has(self.interfaces) || self.interfaces.all(i, self.interfaces.exists_one(e, e.interfaceRef.name == i.interfaceRef.name))",message="interfaces: a GandiInterface can be attached once; leave the second entry of it out"
// +kubebuilder:validation:XValidation:rule="has(self.adopt) || has(self.datacenter)",message="datacenter is required: write its code, name, id, country code or country, such as FR-SD3"
// +kubebuilder:validation:XValidation:rule="has(self.adopt) || has(self.memory)",message="memory is required: write a multiple of 64Mi, such as 512Mi"
// +kubebuilder:validation:XValidation:rule="has(self.adopt) || (has(self.managementPolicy) && self.managementPolicy == 'Observe') || (has(self.bootstrap) && (has(self.bootstrap.passwordSecretRef) || (has(self.bootstrap.sshKeys) && size(self.bootstrap.sshKeys) > 0) || (has(self.bootstrap.sshKeyRefs) && size(self.bootstrap.sshKeyRefs) > 0)))",message="bootstrap: write passwordSecretRef, sshKeys, sshKeyRefs or several of them; nobody could log in otherwise"
// +kubebuilder:validation:XValidation:rule="!has(self.maxMemory) || !has(self.memory) || quantity(string(self.maxMemory)).compareTo(quantity(string(self.memory))) >= 0",message="maxMemory must not be below memory; leave it out to get the smallest that fits"
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.adopt) || (has(self.adopt) && self.adopt == oldSelf.adopt)",message="adopt can't be changed or removed; delete this object (what was adopted stays at Gandi) and create another"
type GandiVMSpec struct {
	ManagedSpec `json:",inline"`

	// adopt takes over a VM that exists already, instead of buying one. Image,
	// datacenter and the like are then optional and never compared; unset sizes
	// and names mean as found. It can be added while nothing was bought.
	// +optional
	Adopt *VMAdopt `json:"adopt,omitempty"`

	// datacenter is compared, without regard to case, with the code, name, id,
	// country code and country of the datacenters, and must fit exactly one that
	// is open to the account: FR-SD3, "Equinix Paris", 4. It can't be changed once
	// something was bought.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	// +optional
	Datacenter string `json:"datacenter,omitempty"`

	// hostname of the VM, 1 to 63 Unicode characters without white space. Unset
	// means the name of this object. It can be changed while the VM runs.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="size(self) <= 63",message="hostname: write at most 63 characters"
	// +kubebuilder:validation:XValidation:rule="self.matches('^[^\\\\p{Z}\\\\p{Cc}]+$')",message="hostname: leave out white space and control characters"
	// +optional
	Hostname string `json:"hostname,omitempty"`

	// image that the new system disk is copied from. It can't be changed once
	// something was bought.
	// +optional
	Image *ImageSource `json:"image,omitempty"`

	// systemDisk says what the system disk shall be like, or, with diskRef or
	// diskID instead of image, which disk of one's own the VM boots from. Once the
	// VM was bought a VM made from an image can go over to a diskRef, and one
	// diskRef to another; there is no way back to an image.
	// +optional
	SystemDisk *SystemDisk `json:"systemDisk,omitempty"`

	// memory between 256Mi and 24576Mi in steps of 64Mi. It grows while the VM
	// runs, up to maxMemory.
	// +kubebuilder:validation:XIntOrString
	// +kubebuilder:validation:MaxLength=20
	// +kubebuilder:validation:XValidation:rule="string(self).matches('^[1-9][0-9]*(Mi|Gi)$') && quantity(string(self)).asInteger() % 67108864 == 0 && quantity(string(self)).compareTo(quantity('256Mi')) >= 0 && quantity(string(self)).compareTo(quantity('24576Mi')) <= 0",message="memory: write a multiple of 64Mi between 256Mi and 24576Mi with its unit, such as 512Mi or 2Gi; 1536Mi, not 1.5Gi or 1536"
	// +optional
	Memory *resource.Quantity `json:"memory,omitempty"`

	// maxMemory that the VM can grow to without a reboot: 2Gi, 4Gi, 8Gi, 16Gi or
	// 24Gi. Unset means the smallest that fits memory. It is raised with a reboot
	// and never lowered.
	// +kubebuilder:validation:XIntOrString
	// +kubebuilder:validation:MaxLength=20
	// +kubebuilder:validation:XValidation:rule="string(self) in ['2Gi','4Gi','8Gi','16Gi','24Gi','2048Mi','4096Mi','8192Mi','16384Mi','24576Mi']",message="maxMemory: write one of 2Gi, 4Gi, 8Gi, 16Gi and 24Gi"
	// +optional
	MaxMemory *resource.Quantity `json:"maxMemory,omitempty"`

	// cores between 1 and 12. Unset means 1 for a new VM and as found for an
	// adopted one.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=12
	// +optional
	Cores int32 `json:"cores,omitempty"`

	// disks of yours to attach beside the system disk. Taking an entry out
	// detaches the disk and deletes nothing.
	// +kubebuilder:validation:MaxItems=16
	// +listType=map
	// +listMapKey=name
	// +optional
	Disks []VMDisk `json:"disks,omitempty"`

	// network describes the interface that Gandi creates, and deletes, with the
	// VM. Unset, and without interfaces, it is one with an IPv4 address.
	// +optional
	Network *VMNetwork `json:"network,omitempty"`

	// interfaces of yours to attach, the first of them being the VM's first. They
	// survive the VM. Taking an entry out detaches the interface and deletes
	// nothing. A VM that was bought with network can go over to interfaces; the
	// interface that came with it stays its first, and goes with it.
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=8
	// +listType=map
	// +listMapKey=name
	// +optional
	Interfaces []VMInterface `json:"interfaces,omitempty"`

	// bootstrap says how the first login works.
	// +optional
	Bootstrap *Bootstrap `json:"bootstrap,omitempty"`

	// console turns Gandi's emergency console on or off. Unset means as found.
	// Gandi wants a password on the VM and a public interface for it.
	// +optional
	Console *bool `json:"console,omitempty"`

	// powerState: Running or Stopped. Gandi starts every new VM: one that shall
	// be Stopped is halted right after its creation. Unset means Running, and as
	// found for an adopted VM.
	// +optional
	PowerState PowerState `json:"powerState,omitempty"`

	// rebootPolicy: Automatic reboots or halts the VM when a change needs it.
	// Manual waits for the annotation hosting.gandi.net/approve-reboot.
	// +kubebuilder:default=Automatic
	// +optional
	RebootPolicy RebootPolicy `json:"rebootPolicy,omitempty"`
}

// VMDiskStatus is one disk of a VM.
type VMDiskStatus struct {
	// id at Gandi.
	ID int64 `json:"id"`
	// position: 0 is the system disk.
	Position int32 `json:"position"`
	// name at Gandi.
	// +kubebuilder:validation:MaxLength=255
	Name string `json:"name,omitempty"`
	// size of the disk.
	// +kubebuilder:validation:XIntOrString
	// +kubebuilder:validation:MaxLength=20
	Size *resource.Quantity `json:"size,omitempty"`
}

// VMAttachmentStatus is what the operator attached for an entry of spec.disks.
type VMAttachmentStatus struct {
	// name of the entry.
	// +kubebuilder:validation:MaxLength=63
	Name string `json:"name"`
	// diskID is the disk at Gandi; 0 while it is not attached yet.
	DiskID int64 `json:"diskID,omitempty"`
	// position assigned to the entry. It is kept while the entry is there.
	Position int32 `json:"position"`
	// readOnly tells how the disk was attached.
	ReadOnly bool `json:"readOnly,omitempty"`
}

// VMInterfaceStatus is one interface of a VM.
type VMInterfaceStatus struct {
	// id at Gandi.
	ID int64 `json:"id"`
	// type: public or private.
	// +kubebuilder:validation:MaxLength=32
	Type string `json:"type,omitempty"`
	// bandwidth in kbit/s.
	Bandwidth int64 `json:"bandwidth,omitempty"`
	// addresses of the interface.
	// +kubebuilder:validation:MaxItems=32
	// +kubebuilder:validation:items:MaxLength=64
	// +listType=atomic
	Addresses []string `json:"addresses,omitempty"`
}

// GandiVMStatus is what hosting.vm.info and its siblings tell.
type GandiVMStatus struct {
	ManagedStatus `json:",inline"`

	// state in Gandi's words: being_created, running, halted, paused, locked,
	// being_migrated, legally_locked, invalid, deleted.
	// +kubebuilder:validation:MaxLength=64
	// +optional
	State string `json:"state,omitempty"`
	// datacenter of the VM, resolved before it was bought and kept.
	// +optional
	Datacenter *ResolvedDatacenter `json:"datacenter,omitempty"`
	// hostname of the VM.
	// +kubebuilder:validation:MaxLength=255
	// +optional
	Hostname string `json:"hostname,omitempty"`
	// memory of the VM.
	// +optional
	Memory *resource.Quantity `json:"memory,omitempty"`
	// maxMemory that the VM can grow to without a reboot.
	// +optional
	MaxMemory *resource.Quantity `json:"maxMemory,omitempty"`
	// cores of the VM.
	// +optional
	Cores int32 `json:"cores,omitempty"`
	// image that the system disk was copied from: the label, or what was asked for.
	// +kubebuilder:validation:MaxLength=255
	// +optional
	Image string `json:"image,omitempty"`
	// disks of the VM, the system disk first.
	// +kubebuilder:validation:MaxItems=64
	// +listType=atomic
	// +optional
	Disks []VMDiskStatus `json:"disks,omitempty"`
	// systemDiskID is the disk that was bought with the VM and belongs to it: it is
	// deleted with the VM. 0 when there is none, or when it was handed over to a
	// GandiDisk.
	// +optional
	SystemDiskID int64 `json:"systemDiskID,omitempty"`
	// attachments are the disks that the operator attached for spec.disks, with
	// the positions that it assigned.
	// +kubebuilder:validation:MaxItems=32
	// +listType=map
	// +listMapKey=name
	// +optional
	Attachments []VMAttachmentStatus `json:"attachments,omitempty"`
	// attachedInterfaces are the interfaces, by number, that the operator attached
	// for spec.interfaces.
	// +kubebuilder:validation:MaxItems=32
	// +listType=atomic
	// +optional
	AttachedInterfaces []int64 `json:"attachedInterfaces,omitempty"`
	// interfaces of the VM in order.
	// +kubebuilder:validation:MaxItems=64
	// +listType=atomic
	// +optional
	Interfaces []VMInterfaceStatus `json:"interfaces,omitempty"`
	// ipv4 is the first public IPv4 address.
	// +kubebuilder:validation:MaxLength=64
	// +optional
	IPv4 string `json:"ipv4,omitempty"`
	// ipv6 is the first public IPv6 address.
	// +kubebuilder:validation:MaxLength=64
	// +optional
	IPv6 string `json:"ipv6,omitempty"`
	// console is true while the emergency console is on.
	// +optional
	Console bool `json:"console,omitempty"`
	// description at Gandi.
	// +kubebuilder:validation:MaxLength=1024
	// +optional
	Description string `json:"description,omitempty"`
	// dateCreated at Gandi. Its time zone is not told; it is shown as UTC.
	// +optional
	DateCreated *metav1.Time `json:"dateCreated,omitempty"`
	// bootstrapOutdated is true when bootstrap or network.ipVersion was changed
	// after the VM was created; it has no effect on this VM.
	// +optional
	BootstrapOutdated bool `json:"bootstrapOutdated,omitempty"`
}

// GandiVM is a virtual machine at Gandi.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:path=gandivms,singular=gandivm,shortName=gvm,categories=gandi
// +kubebuilder:printcolumn:name="READY",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="STATE",type=string,JSONPath=`.status.state`
// +kubebuilder:printcolumn:name="CORES",type=integer,JSONPath=`.status.cores`
// +kubebuilder:printcolumn:name="MEMORY",type=string,JSONPath=`.status.memory`
// +kubebuilder:printcolumn:name="IPV4",type=string,JSONPath=`.status.ipv4`
// +kubebuilder:printcolumn:name="DATACENTER",type=string,JSONPath=`.status.datacenter.name`
// +kubebuilder:printcolumn:name="OPERATION",type=string,JSONPath=`.status.conditions[?(@.type=="OperationInProgress")].reason`
// +kubebuilder:printcolumn:name="AGE",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="ID",type=integer,priority=1,JSONPath=`.status.id`
// +kubebuilder:printcolumn:name="IPV6",type=string,priority=1,JSONPath=`.status.ipv6`
// +kubebuilder:printcolumn:name="IMAGE",type=string,priority=1,JSONPath=`.status.image`
// +kubebuilder:printcolumn:name="MAXMEMORY",type=string,priority=1,JSONPath=`.status.maxMemory`
// +kubebuilder:printcolumn:name="REASON",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
//
// +kubebuilder:validation:XValidation:rule="has(self.spec.hostname) || has(self.spec.adopt) || size(self.metadata.name) <= 63",message="spec.hostname is required because metadata.name is longer than 63 characters; write a hostname of at most 63",fieldPath=".spec.hostname"
// +kubebuilder:validation:XValidation:rule="!(has(oldSelf.status) && (has(oldSelf.status.id) || has(oldSelf.status.intent) || has(oldSelf.status.created))) || (has(self.spec.datacenter) == has(oldSelf.spec.datacenter) && (!has(self.spec.datacenter) || self.spec.datacenter == oldSelf.spec.datacenter))",message="spec.datacenter can't be changed once the VM was bought; create another GandiVM there",fieldPath=".spec.datacenter"
// +kubebuilder:validation:XValidation:rule="!(has(oldSelf.status) && (has(oldSelf.status.id) || has(oldSelf.status.intent) || has(oldSelf.status.created))) || (has(self.spec.image) ? (has(oldSelf.spec.image) && self.spec.image == oldSelf.spec.image) : (!has(oldSelf.spec.image) || (has(self.spec.systemDisk) && has(self.spec.systemDisk.diskRef))))",message="spec.image can't be changed once the VM was bought; create another GandiVM from that image, or go over to systemDisk.diskRef",fieldPath=".spec.image"
// +kubebuilder:validation:XValidation:rule="!(has(oldSelf.status) && (has(oldSelf.status.id) || has(oldSelf.status.intent) || has(oldSelf.status.created))) || (has(self.spec.systemDisk) && has(self.spec.systemDisk.diskRef)) || ((has(self.spec.systemDisk) && has(self.spec.systemDisk.diskID)) == (has(oldSelf.spec.systemDisk) && has(oldSelf.spec.systemDisk.diskID)) && (!has(self.spec.systemDisk) || !has(self.spec.systemDisk.diskID) || self.spec.systemDisk.diskID == oldSelf.spec.systemDisk.diskID))",message="spec.systemDisk.diskID can't be added, changed or removed once the VM was bought; make a GandiDisk that adopts the disk, and name it in systemDisk.diskRef",fieldPath=".spec.systemDisk.diskID"
// +kubebuilder:validation:XValidation:rule="!(has(oldSelf.status) && (has(oldSelf.status.id) || has(oldSelf.status.intent) || has(oldSelf.status.created))) || !(has(oldSelf.spec.systemDisk) && has(oldSelf.spec.systemDisk.diskRef)) || (has(self.spec.systemDisk) && has(self.spec.systemDisk.diskRef))",message="spec.systemDisk.diskRef can't be removed once the VM was bought; name another GandiDisk, or create another GandiVM",fieldPath=".spec.systemDisk.diskRef"
// +kubebuilder:validation:XValidation:rule="!(has(oldSelf.status) && (has(oldSelf.status.id) || has(oldSelf.status.intent) || has(oldSelf.status.created))) || !(has(oldSelf.spec.systemDisk) && has(oldSelf.spec.systemDisk.size)) || (has(self.spec.systemDisk) && (has(self.spec.systemDisk.diskRef) || (has(self.spec.systemDisk.size) && quantity(string(self.spec.systemDisk.size)).compareTo(quantity(string(oldSelf.spec.systemDisk.size))) >= 0)))",message="spec.systemDisk.size can't be lowered or removed: Gandi's disks only grow, and cutting one off would lose data",fieldPath=".spec.systemDisk.size"
// +kubebuilder:validation:XValidation:rule="!(has(oldSelf.status) && has(oldSelf.status.id) && has(oldSelf.status.disks)) || !has(self.spec.systemDisk) || !has(self.spec.systemDisk.size) || (has(oldSelf.spec.systemDisk) && has(oldSelf.spec.systemDisk.size) && quantity(string(self.spec.systemDisk.size)).compareTo(quantity(string(oldSelf.spec.systemDisk.size))) <= 0) || oldSelf.status.disks.all(d, (has(oldSelf.status.systemDiskID) ? d.id != oldSelf.status.systemDiskID : d.position != 0) || !has(d.size) || quantity(string(self.spec.systemDisk.size)).compareTo(quantity(string(d.size))) >= 0)",message="spec.systemDisk.size is below what the system disk has (status.disks): Gandi's disks only grow; write its size or more",fieldPath=".spec.systemDisk.size"
// +kubebuilder:validation:XValidation:rule="!(has(oldSelf.status) && (has(oldSelf.status.id) || has(oldSelf.status.intent) || has(oldSelf.status.created))) || !has(oldSelf.spec.interfaces) || has(self.spec.interfaces)",message="spec.interfaces can't be removed once the VM was bought; take single entries out, or create another GandiVM",fieldPath=".spec.interfaces"
// +kubebuilder:validation:XValidation:rule="!(has(oldSelf.status) && (has(oldSelf.status.id) || has(oldSelf.status.intent) || has(oldSelf.status.created))) || (has(self.spec.accountRef) == has(oldSelf.spec.accountRef) && (!has(self.spec.accountRef) || self.spec.accountRef == oldSelf.spec.accountRef))",message="spec.accountRef can't be changed once the VM was bought; the VM belongs to that account",fieldPath=".spec.accountRef"
// +kubebuilder:validation:XValidation:rule="!(has(oldSelf.status) && has(oldSelf.status.id)) || has(self.spec.adopt) == has(oldSelf.spec.adopt)",message="spec.adopt can't be added once the VM was bought; this object has its VM already",fieldPath=".spec.adopt"
type GandiVM struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec is the VM that a person asks for.
	Spec GandiVMSpec `json:"spec"`
	// status is what Gandi tells, and what the operator is about to do.
	// +kubebuilder:default={"observedGeneration":-1}
	// +optional
	Status GandiVMStatus `json:"status,omitempty"`
}

// ManagedSpec is the part of the spec that every managed kind shares.
func (v *GandiVM) ManagedSpec() *ManagedSpec { return &v.Spec.ManagedSpec }

// ManagedStatus is the part of the status that every managed kind shares.
func (v *GandiVM) ManagedStatus() *ManagedStatus { return &v.Status.ManagedStatus }

// GandiVMList is a list of VMs.
//
// +kubebuilder:object:root=true
type GandiVMList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []GandiVM `json:"items"`
}
