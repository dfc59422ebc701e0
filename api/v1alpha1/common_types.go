package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// LocalReference names an object in the same namespace.
type LocalReference struct {
	// name of the object.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name"`
}

// SecretKeyReference names one key of a Secret in the same namespace.
type SecretKeyReference struct {
	// name of the Secret.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name"`
	// key inside the Secret's data.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Key string `json:"key"`
}

// ResolvedDatacenter is the datacenter that a name was found to mean.
type ResolvedDatacenter struct {
	// id at Gandi.
	ID int64 `json:"id"`
	// name to show: Gandi's code where it is known, else its name.
	// +kubebuilder:validation:MaxLength=128
	Name string `json:"name,omitempty"`
}

// AttachmentStatus says which VM has a disk or an interface.
type AttachmentStatus struct {
	// vmID of the VM at Gandi.
	VMID int64 `json:"vmID"`
	// name to show: the GandiVM of this namespace that has that VM, else the
	// VM's number.
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name"`
}

// ManagementPolicy says whether the operator may change things at Gandi.
// +kubebuilder:validation:Enum=Manage;Observe
type ManagementPolicy string

const (
	// Manage makes Gandi match the spec.
	Manage ManagementPolicy = "Manage"
	// Observe only looks. No changing call is ever sent, the plan is still shown.
	Observe ManagementPolicy = "Observe"
)

// DeletionPolicy says what happens at Gandi when the object is deleted.
// +kubebuilder:validation:Enum=Delete;Retain
type DeletionPolicy string

const (
	// Delete deletes the external resource with the object.
	Delete DeletionPolicy = "Delete"
	// Retain leaves the external resource at Gandi, running and billed.
	Retain DeletionPolicy = "Retain"
)

// ExternalDeletionPolicy says what happens when somebody deleted the external
// resource at Gandi while the object still asks for it.
// +kubebuilder:validation:Enum=Recreate;Hold
type ExternalDeletionPolicy string

const (
	// Recreate buys it again.
	Recreate ExternalDeletionPolicy = "Recreate"
	// Hold tells it and waits for a person.
	Hold ExternalDeletionPolicy = "Hold"
)

// ManagedSpec is what the spec of every managed kind begins with.
type ManagedSpec struct {
	// accountRef names the GandiAccount, in the same namespace, that pays and
	// whose key is used. It can't be changed once something was bought.
	// +kubebuilder:default={name: "default"}
	// +optional
	AccountRef LocalReference `json:"accountRef,omitempty"`

	// managementPolicy: Manage makes Gandi match this spec. Observe only looks:
	// no changing call is ever sent, status.plan still shows what would be done,
	// and deleting the object leaves everything at Gandi as it is.
	// +kubebuilder:default=Manage
	// +optional
	ManagementPolicy ManagementPolicy `json:"managementPolicy,omitempty"`

	// deletionPolicy says what becomes of the external resource when this object
	// is deleted: Delete or Retain. Unset means Delete for what the operator
	// bought and Retain for what it adopted.
	// +optional
	DeletionPolicy DeletionPolicy `json:"deletionPolicy,omitempty"`

	// deletionProtection, while true, holds a deletion of this object and says so
	// in its conditions. Set it to false to let the deletion go on.
	// +optional
	DeletionProtection bool `json:"deletionProtection,omitempty"`

	// onExternalDeletion says what to do when somebody deleted the external
	// resource at Gandi: Recreate buys it again, Hold waits for a person.
	// Unset means Hold for disks and sites, whose content is lost, and Recreate
	// for everything else.
	// +optional
	OnExternalDeletion ExternalDeletionPolicy `json:"onExternalDeletion,omitempty"`
}

// ExternalID is one thing at Gandi.
type ExternalID struct {
	// type of the thing, in Gandi's words: vm, disk, iface, ip or site.
	// +kubebuilder:validation:MaxLength=32
	Type string `json:"type"`
	// id of the thing at Gandi.
	ID int64 `json:"id"`
}

// OperationStatus is one of Gandi's asynchronous operations that is being followed.
type OperationStatus struct {
	// id of the operation, as operation.info takes it.
	ID int64 `json:"id"`
	// type in Gandi's words, e.g. vm_create.
	// +kubebuilder:validation:MaxLength=64
	Type string `json:"type,omitempty"`
	// step in Gandi's words: BILL, WAIT, RUN, DONE, ERROR, CANCEL, SUPPORT. The
	// set is open; an unknown step counts as still running.
	// +kubebuilder:validation:MaxLength=64
	Step string `json:"step,omitempty"`
	// startedAt is when the operator asked for it.
	StartedAt metav1.Time `json:"startedAt,omitempty"`
	// expectedAt is when operations of this type usually have ended.
	ExpectedAt metav1.Time `json:"expectedAt,omitempty"`
}

// PlannedAction is one step still to come.
type PlannedAction struct {
	// action is the reason that the step's event will carry, e.g. CreatingVM.
	// +kubebuilder:validation:MaxLength=64
	Action string `json:"action"`
	// method of Gandi's API that will be called.
	// +kubebuilder:validation:MaxLength=64
	Method string `json:"method,omitempty"`
	// message says in one sentence what the step does.
	// +kubebuilder:validation:MaxLength=512
	Message string `json:"message,omitempty"`
	// disruptive is true when the step interrupts the service, such as a reboot.
	Disruptive bool `json:"disruptive,omitempty"`
}

// Intent is the record that a call is about to leave. It is written before the
// call and stays until what came of it is known.
type Intent struct {
	// attempt counts the calls of this object, from 1.
	Attempt int64 `json:"attempt"`
	// token of the object, as written into names at Gandi.
	// +kubebuilder:validation:MaxLength=15
	Token string `json:"token,omitempty"`
	// method of Gandi's API.
	// +kubebuilder:validation:MaxLength=64
	Method string `json:"method"`
	// digest of the call's arguments, secrets left out.
	// +kubebuilder:validation:MaxLength=64
	Digest string `json:"digest"`
	// repeat tells whether the call may be sent again: Repeatable, Once or Paid.
	// +kubebuilder:validation:MaxLength=16
	Repeat string `json:"repeat"`
	// reason of the action, for conditions and events.
	// +kubebuilder:validation:MaxLength=64
	Reason string `json:"reason,omitempty"`
	// afterOperation is the highest operation id known before the call: an
	// operation of this call has a greater one.
	AfterOperation int64 `json:"afterOperation,omitempty"`
	// since is when the intent was written.
	Since metav1.MicroTime `json:"since"`
	// deadline after which the writer does not send the call any more.
	Deadline metav1.MicroTime `json:"deadline"`
	// sender is the process that wrote the intent.
	// +kubebuilder:validation:MaxLength=128
	Sender string `json:"sender,omitempty"`
	// context in which the call was planned, in the kind's words (e.g. running).
	// +kubebuilder:validation:MaxLength=32
	Context string `json:"context,omitempty"`
	// applies is merged into status.applied when the call has succeeded.
	// +kubebuilder:validation:MaxProperties=8
	Applies map[string]string `json:"applies,omitempty"`
	// asks is true when the call only asks what would speak against it, and buys
	// only where Gandi does not understand it as a question.
	// +optional
	Asks bool `json:"asks,omitempty"`
	// settlesReboot is true when success of the call settles pendingReboot.
	SettlesReboot bool `json:"settlesReboot,omitempty"`
	// known lists things at Gandi that look like what the call makes and were there
	// before it, for kinds that carry no mark: none of them is what it made.
	// +kubebuilder:validation:MaxItems=512
	// +listType=atomic
	// +optional
	Known []int64 `json:"known,omitempty"`
	// before is restored when the call is proven to have had no effect.
	Before *IntentBefore `json:"before,omitempty"`
}

// IntentBefore is what an intent's write replaced.
type IntentBefore struct {
	// lastHandledRestartAt before the intent.
	// +kubebuilder:validation:MaxLength=256
	LastHandledRestartAt string `json:"lastHandledRestartAt,omitempty"`
	// lastHandledApproval before the intent.
	// +kubebuilder:validation:MaxLength=256
	LastHandledApproval string `json:"lastHandledApproval,omitempty"`
	// pendingReboot before the intent.
	PendingReboot *PendingReboot `json:"pendingReboot,omitempty"`
	// handled is what stood in status.applied where the intent marked a request as
	// answered; empty values stood for nothing.
	// +kubebuilder:validation:MaxProperties=8
	Handled map[string]string `json:"handled,omitempty"`
}

// Failure is what came of the last call that did not succeed.
type Failure struct {
	// method of Gandi's API.
	// +kubebuilder:validation:MaxLength=64
	Method string `json:"method"`
	// digest of the call's arguments, secrets left out.
	// +kubebuilder:validation:MaxLength=64
	Digest string `json:"digest"`
	// context in which it was refused, in the kind's words (e.g. running).
	// +kubebuilder:validation:MaxLength=32
	Context string `json:"context,omitempty"`
	// class of the failure: Refused, OperationFailed, ...
	// +kubebuilder:validation:MaxLength=32
	Class string `json:"class"`
	// attempts made with these arguments.
	Attempts int32 `json:"attempts"`
	// since is when the latest attempt failed.
	Since metav1.Time `json:"since"`
	// generation of the object at that time.
	Generation int64 `json:"generation,omitempty"`
	// message in Gandi's own words.
	// +kubebuilder:validation:MaxLength=1024
	Message string `json:"message,omitempty"`
}

// PendingReboot is a change that takes effect with the next reboot only.
type PendingReboot struct {
	// reason why a reboot is needed.
	// +kubebuilder:validation:MaxLength=64
	Reason string `json:"reason"`
	// after is when, by Gandi's own dates, the operation of the change was made: a
	// reboot or start that is made later settles it.
	After *metav1.Time `json:"after,omitempty"`
	// unconfirmed is true when the answer to the call that needs the reboot was
	// never read. Whether the change is there decides.
	Unconfirmed bool `json:"unconfirmed,omitempty"`
}

// ManagedStatus is what the status of every managed kind begins with.
type ManagedStatus struct {
	// observedGeneration is the generation of the spec that this status speaks of.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// id of the external resource at Gandi.
	// +optional
	ID int64 `json:"id,omitempty"`

	// handle of the account that owns the external resource. A key of another
	// handle is never used for this object.
	// +kubebuilder:validation:MaxLength=64
	// +optional
	Handle string `json:"handle,omitempty"`

	// token is the mark by which the operator finds what it bought for this
	// object: the farm of a VM and the name of its disk, or the name of a disk, a
	// VLAN or a key until it gets another. Interfaces and sites carry none.
	// +kubebuilder:validation:MaxLength=15
	// +optional
	Token string `json:"token,omitempty"`

	// adopted is true when the external resource was taken over, not bought.
	// +optional
	Adopted bool `json:"adopted,omitempty"`

	// created lists every id that the replies to paid calls named.
	// +kubebuilder:validation:MaxItems=64
	// +listType=atomic
	// +optional
	Created []ExternalID `json:"created,omitempty"`

	// conditions: Ready, Reconciling and Stalled as kstatus reads them, and
	// OperationInProgress, ReferencesResolved, Drifted, RebootRequired, Paused, and
	// of sites DNSVerified and Editable.
	// +kubebuilder:validation:MaxItems=16
	// +listType=map
	// +listMapKey=type
	// +optional
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// operations at Gandi that are being followed.
	// +kubebuilder:validation:MaxItems=32
	// +listType=map
	// +listMapKey=id
	// +optional
	Operations []OperationStatus `json:"operations,omitempty"`

	// plan lists the steps still to come, in order; the first twenty of them.
	// +kubebuilder:validation:MaxItems=20
	// +listType=atomic
	// +optional
	Plan []PlannedAction `json:"plan,omitempty"`

	// boughtAt is when everything of the external resource was first seen to exist.
	// +optional
	BoughtAt *metav1.Time `json:"boughtAt,omitempty"`

	// applied is what Gandi cannot tell back about calls that succeeded, such as
	// which version of the password Secret was set. Never a secret itself.
	// +kubebuilder:validation:MaxProperties=16
	// +optional
	Applied map[string]string `json:"applied,omitempty"`

	// intent is the call that is about to leave, that runs, or whose outcome is
	// not known yet.
	// +optional
	Intent *Intent `json:"intent,omitempty"`

	// attempts counts the calls of this object, ever.
	// +optional
	Attempts int64 `json:"attempts,omitempty"`

	// paidAttempts are the times of the paid calls of the last 24 hours.
	// +kubebuilder:validation:MaxItems=8
	// +listType=atomic
	// +optional
	PaidAttempts []metav1.Time `json:"paidAttempts,omitempty"`

	// lastFailure is the latest call that did not succeed.
	// +optional
	LastFailure *Failure `json:"lastFailure,omitempty"`

	// refusals are calls that Gandi refused for this generation, so that another
	// way is taken.
	// +kubebuilder:validation:MaxItems=8
	// +listType=atomic
	// +optional
	Refusals []Failure `json:"refusals,omitempty"`

	// pendingReboot is a change that takes effect with the next reboot only.
	// +optional
	PendingReboot *PendingReboot `json:"pendingReboot,omitempty"`

	// missingSince is when Gandi first answered that the external resource is
	// not there.
	// +optional
	MissingSince *metav1.Time `json:"missingSince,omitempty"`

	// lastHandledReconcileAt echoes hosting.gandi.net/reconcile-requested-at.
	// +kubebuilder:validation:MaxLength=256
	// +optional
	LastHandledReconcileAt string `json:"lastHandledReconcileAt,omitempty"`

	// lastHandledRestartAt echoes hosting.gandi.net/restart-requested-at.
	// +kubebuilder:validation:MaxLength=256
	// +optional
	LastHandledRestartAt string `json:"lastHandledRestartAt,omitempty"`

	// lastHandledApproval echoes hosting.gandi.net/approve-reboot.
	// +kubebuilder:validation:MaxLength=256
	// +optional
	LastHandledApproval string `json:"lastHandledApproval,omitempty"`
}
