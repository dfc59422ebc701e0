package v1alpha1

import (
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// DiskType is what a disk is for.
// +kubebuilder:validation:Enum=data;snapshot
type DiskType string

const (
	// DiskData is a disk that VMs use.
	DiskData DiskType = "data"
	// DiskSnapshot keeps what another disk held at one moment.
	DiskSnapshot DiskType = "snapshot"
)

// DiskImage names an image of the disk's datacenter.
//
// +kubebuilder:validation:XValidation:rule="has(self.label) != has(self.id)",message="image: write exactly one of label and id"
type DiskImage struct {
	// label of an image in the disk's datacenter, such as "Ubuntu 10.04". It is
	// compared exactly, then without regard to case; it must fit one image.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=255
	// +optional
	Label string `json:"label,omitempty"`
	// id of an image, as hosting.image.list tells it: not the image's disk_id.
	// +kubebuilder:validation:Minimum=1
	// +optional
	ID int64 `json:"id,omitempty"`
}

// DiskSource says what a new disk is copied from. Exactly one member.
//
// +kubebuilder:validation:XValidation:rule="(has(self.image) ? 1 : 0) + (has(self.diskRef) ? 1 : 0) + (has(self.diskID) ? 1 : 0) + (has(self.snapshotRef) ? 1 : 0) == 1",message="source: write exactly one of image, diskRef, diskID and snapshotRef; leave source out for an empty disk"
type DiskSource struct {
	// image that is copied.
	// +optional
	Image *DiskImage `json:"image,omitempty"`
	// diskRef names a GandiDisk of the same namespace that is copied. It is the
	// disk that a snapshot is taken of, too.
	// +optional
	DiskRef *LocalReference `json:"diskRef,omitempty"`
	// diskID is a disk of the account, by number, that is copied.
	// +kubebuilder:validation:Minimum=1
	// +optional
	DiskID int64 `json:"diskID,omitempty"`
	// snapshotRef names a GandiDisk of type snapshot that is copied.
	// +optional
	SnapshotRef *LocalReference `json:"snapshotRef,omitempty"`
}

// DiskRollback asks for the disk to become what it was when a snapshot was taken.
//
// +kubebuilder:validation:XValidation:rule="has(self.snapshotRef) != has(self.snapshotID)",message="rollback: write exactly one of snapshotRef and snapshotID"
type DiskRollback struct {
	// snapshotRef names a GandiDisk of type snapshot that was taken of this disk.
	// +optional
	SnapshotRef *LocalReference `json:"snapshotRef,omitempty"`
	// snapshotID is a snapshot of this disk by number, such as one that a snapshot
	// profile has made; status.snapshots lists them.
	// +kubebuilder:validation:Minimum=1
	// +optional
	SnapshotID int64 `json:"snapshotID,omitempty"`
	// requestedAt makes the request: any value that was not there before asks for
	// one rollback. The time of the request is a good one. What stands here when
	// the disk is bought, adopted or found again counts as handled.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	RequestedAt string `json:"requestedAt"`
}

// DiskAdoptFilter narrows the disks of the account to the one that is meant.
type DiskAdoptFilter struct {
	// name of the disk, compared exactly. Gandi does not keep names unique.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=255
	Name string `json:"name"`
	// datacenter of the disk, as in spec.datacenter.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	// +optional
	Datacenter string `json:"datacenter,omitempty"`
}

// DiskAdopt says which disk, bought by somebody else, belongs to this object.
//
// +kubebuilder:validation:XValidation:rule="has(self.id) != has(self.filter)",message="adopt: write exactly one of id and filter"
type DiskAdopt struct {
	// id of the disk at Gandi.
	// +kubebuilder:validation:Minimum=1
	// +optional
	ID int64 `json:"id,omitempty"`
	// filter that fits exactly one disk of the account.
	// +optional
	Filter *DiskAdoptFilter `json:"filter,omitempty"`
	// takeOver also takes a disk that carries the mark of another object or
	// installation of this operator. The system disk that was bought with a
	// GandiVM of this installation needs none.
	// +optional
	TakeOver bool `json:"takeOver,omitempty"`
}

// GandiDiskSpec is the disk that a person asks for.
//
// +kubebuilder:validation:XValidation:rule="has(self.adopt) || has(self.datacenter)",message="datacenter is required: write its code, name, id, country code or country, such as FR-SD3"
// +kubebuilder:validation:XValidation:rule="has(self.adopt) || has(self.source) || has(self.size)",message="size is required for an empty disk: write a multiple of 1Gi, such as 10Gi"
// +kubebuilder:validation:XValidation:rule="has(self.adopt) || !has(self.type) || self.type != 'snapshot' || (has(self.source) && (has(self.source.diskRef) || has(self.source.diskID)))",message="a snapshot is taken of a disk: write source.diskRef or source.diskID"
// +kubebuilder:validation:XValidation:rule="!has(self.type) || self.type != 'snapshot' || !has(self.size)",message="size: leave it out for a snapshot; it has the size of its disk"
// +kubebuilder:validation:XValidation:rule="!has(self.type) || self.type != 'snapshot' || (!has(self.snapshotProfile) && !has(self.rollback) && !has(self.kernel) && !has(self.cmdline))",message="a snapshot has no snapshotProfile, rollback, kernel or cmdline; write them on the disk"
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.adopt) || (has(self.adopt) && self.adopt == oldSelf.adopt)",message="adopt can't be changed or removed; delete this object (what was adopted stays at Gandi) and create another"
type GandiDiskSpec struct {
	ManagedSpec `json:",inline"`

	// adopt takes over a disk that exists already, instead of buying one. Source
	// and the like are then optional and never compared; an unset size or name
	// means as found. It can be added while nothing was bought.
	// +optional
	Adopt *DiskAdopt `json:"adopt,omitempty"`

	// datacenter is compared, without regard to case, with the code, name, id,
	// country code and country of the datacenters, and must fit exactly one that
	// is open to the account. Changing it migrates the disk, which Gandi does
	// between some datacenters, and only while the disk is attached to no VM.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	// +optional
	Datacenter string `json:"datacenter,omitempty"`

	// name of the disk at Gandi, up to 255 characters. Unset means the operator's
	// mark (status.token) for a new disk, and as found for an adopted one. Gandi
	// takes 1 to 15 of -, _, digits and small letters for certain; what else it
	// takes is not published.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=255
	// +kubebuilder:validation:XValidation:rule="self.matches('^[^\\\\p{Cc}]+$')",message="name: leave out control characters"
	// +optional
	Name string `json:"name,omitempty"`

	// size in steps of 1Gi. A disk grows and never shrinks. Required for an empty
	// disk; a copy has the size of its source when this is unset. Growing a disk
	// may reboot the VM that it is attached to: that VM's rebootPolicy decides.
	// +kubebuilder:validation:XIntOrString
	// +kubebuilder:validation:MaxLength=20
	// +kubebuilder:validation:XValidation:rule="string(self).matches('^[1-9][0-9]{0,9}(Mi|Gi|Ti)$') && (!string(self).endsWith('Mi') || int(string(self).replace('Mi', '')) % 1024 == 0) && quantity(string(self)).compareTo(quantity('1024Ti')) <= 0",message="size: write a multiple of 1Gi with its unit, such as 10Gi or 1Ti, up to 1024Ti; 1536Mi and 1.5Gi are none"
	// +optional
	Size *resource.Quantity `json:"size,omitempty"`

	// source that the disk is copied from. Unset means an empty disk. It can't be
	// changed once the disk was bought.
	// +optional
	Source *DiskSource `json:"source,omitempty"`

	// type: data for a disk that VMs use, snapshot for one that keeps what
	// source.diskRef holds now. It can't be changed once the disk was bought.
	// +kubebuilder:default=data
	// +optional
	Type DiskType `json:"type,omitempty"`

	// kernel that a VM boots with when this is its system disk: one of the
	// kernels that Gandi offers in the datacenter. Unset means as found.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	// +optional
	Kernel string `json:"kernel,omitempty"`

	// cmdline is the kernel's command line, such as "root=/dev/xvda1 ro". Unset
	// means as found.
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

	// rollback, on request, makes the disk what it was when a snapshot was taken.
	// What was written since is lost. A VM that has the disk attached gives it up
	// for that time; if it is its system disk, the VM is halted, which its
	// rebootPolicy decides. A request is carried out once and never repeated.
	// +optional
	Rollback *DiskRollback `json:"rollback,omitempty"`
}

// GandiDiskStatus is what hosting.disk.info tells.
type GandiDiskStatus struct {
	ManagedStatus `json:",inline"`

	// state in Gandi's words: being_created, created, rollback, paused,
	// being_migrated, redemption, deleted.
	// +kubebuilder:validation:MaxLength=64
	// +optional
	State string `json:"state,omitempty"`
	// datacenter of the disk.
	// +optional
	Datacenter *ResolvedDatacenter `json:"datacenter,omitempty"`
	// name of the disk.
	// +kubebuilder:validation:MaxLength=255
	// +optional
	Name string `json:"name,omitempty"`
	// size of the disk.
	// +optional
	Size *resource.Quantity `json:"size,omitempty"`
	// type in Gandi's words: data, snapshot, system, image, backup.
	// +kubebuilder:validation:MaxLength=64
	// +optional
	Type string `json:"type,omitempty"`
	// attachedTo is the VM that has the disk.
	// +optional
	AttachedTo *AttachmentStatus `json:"attachedTo,omitempty"`
	// detachFor, while set, asks the VM that has the disk to give it up, and not
	// to take it again: rollback.
	// +kubebuilder:validation:MaxLength=64
	// +optional
	DetachFor string `json:"detachFor,omitempty"`
	// source that the disk was copied from, in words.
	// +kubebuilder:validation:MaxLength=255
	// +optional
	Source string `json:"source,omitempty"`
	// sourceID is the disk that it was copied from, as far as Gandi tells.
	// +optional
	SourceID int64 `json:"sourceID,omitempty"`
	// kernel that a VM boots with from this disk.
	// +kubebuilder:validation:MaxLength=255
	// +optional
	Kernel string `json:"kernel,omitempty"`
	// cmdline of that kernel.
	// +kubebuilder:validation:MaxLength=2048
	// +optional
	Cmdline string `json:"cmdline,omitempty"`
	// snapshotProfile in force.
	// +kubebuilder:validation:MaxLength=64
	// +optional
	SnapshotProfile string `json:"snapshotProfile,omitempty"`
	// snapshots of this disk, by number.
	// +kubebuilder:validation:MaxItems=64
	// +listType=atomic
	// +optional
	Snapshots []int64 `json:"snapshots,omitempty"`
	// lastHandledRollbackAt echoes spec.rollback.requestedAt.
	// +kubebuilder:validation:MaxLength=256
	// +optional
	LastHandledRollbackAt string `json:"lastHandledRollbackAt,omitempty"`
	// dateCreated by Gandi's clock.
	// +optional
	DateCreated *metav1.Time `json:"dateCreated,omitempty"`
}

// GandiDisk is a disk at Gandi. GandiVMs attach it by spec.disks or
// spec.systemDisk.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:path=gandidisks,singular=gandidisk,shortName=gdisk,categories=gandi
// +kubebuilder:printcolumn:name="READY",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="SIZE",type=string,JSONPath=`.status.size`
// +kubebuilder:printcolumn:name="ATTACHED-TO",type=string,JSONPath=`.status.attachedTo.name`
// +kubebuilder:printcolumn:name="DATACENTER",type=string,JSONPath=`.status.datacenter.name`
// +kubebuilder:printcolumn:name="OPERATION",type=string,JSONPath=`.status.conditions[?(@.type=="OperationInProgress")].reason`
// +kubebuilder:printcolumn:name="AGE",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="ID",type=integer,priority=1,JSONPath=`.status.id`
// +kubebuilder:printcolumn:name="NAME-AT-GANDI",type=string,priority=1,JSONPath=`.status.name`
// +kubebuilder:printcolumn:name="TYPE",type=string,priority=1,JSONPath=`.status.type`
// +kubebuilder:printcolumn:name="STATE",type=string,priority=1,JSONPath=`.status.state`
// +kubebuilder:printcolumn:name="REASON",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
//
// +kubebuilder:validation:XValidation:rule="!(has(oldSelf.status) && (has(oldSelf.status.id) || has(oldSelf.status.intent) || has(oldSelf.status.created))) || !has(oldSelf.spec.size) || (has(self.spec.size) && quantity(string(self.spec.size)).compareTo(quantity(string(oldSelf.spec.size))) >= 0)",message="spec.size can't be lowered or removed: Gandi's disks only grow, and cutting one off would lose data; create a smaller GandiDisk and copy what you need",fieldPath=".spec.size"
// +kubebuilder:validation:XValidation:rule="!(has(oldSelf.status) && has(oldSelf.status.id) && has(oldSelf.status.size)) || !has(self.spec.size) || (has(oldSelf.spec.size) && quantity(string(self.spec.size)).compareTo(quantity(string(oldSelf.spec.size))) <= 0) || quantity(string(self.spec.size)).compareTo(quantity(string(oldSelf.status.size))) >= 0",message="spec.size is below what the disk has (status.size): Gandi's disks only grow; write its size or more",fieldPath=".spec.size"
// +kubebuilder:validation:XValidation:rule="!(has(oldSelf.status) && (has(oldSelf.status.id) || has(oldSelf.status.intent) || has(oldSelf.status.created))) || (has(self.spec.source) == has(oldSelf.spec.source) && (!has(self.spec.source) || self.spec.source == oldSelf.spec.source))",message="spec.source can't be changed once the disk was bought; create another GandiDisk from that source",fieldPath=".spec.source"
// +kubebuilder:validation:XValidation:rule="!(has(oldSelf.status) && (has(oldSelf.status.id) || has(oldSelf.status.intent) || has(oldSelf.status.created))) || (has(self.spec.type) == has(oldSelf.spec.type) && (!has(self.spec.type) || self.spec.type == oldSelf.spec.type))",message="spec.type can't be changed once the disk was bought; create another GandiDisk",fieldPath=".spec.type"
// +kubebuilder:validation:XValidation:rule="!(has(oldSelf.status) && (has(oldSelf.status.id) || has(oldSelf.status.intent) || has(oldSelf.status.created))) || (has(self.spec.accountRef) == has(oldSelf.spec.accountRef) && (!has(self.spec.accountRef) || self.spec.accountRef == oldSelf.spec.accountRef))",message="spec.accountRef can't be changed once the disk was bought; the disk belongs to that account",fieldPath=".spec.accountRef"
// +kubebuilder:validation:XValidation:rule="!(has(oldSelf.status) && has(oldSelf.status.id)) || has(self.spec.adopt) == has(oldSelf.spec.adopt)",message="spec.adopt can't be added once the disk was bought; this object has its disk already",fieldPath=".spec.adopt"
type GandiDisk struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec is the disk that a person asks for.
	Spec GandiDiskSpec `json:"spec"`
	// status is what Gandi tells, and what the operator is about to do.
	// +kubebuilder:default={"observedGeneration":-1}
	// +optional
	Status GandiDiskStatus `json:"status,omitempty"`
}

// ManagedSpec is the part of the spec that every managed kind shares.
func (d *GandiDisk) ManagedSpec() *ManagedSpec { return &d.Spec.ManagedSpec }

// ManagedStatus is the part of the status that every managed kind shares.
func (d *GandiDisk) ManagedStatus() *ManagedStatus { return &d.Status.ManagedStatus }

// GandiDiskList is a list of disks.
//
// +kubebuilder:object:root=true
type GandiDiskList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []GandiDisk `json:"items"`
}
