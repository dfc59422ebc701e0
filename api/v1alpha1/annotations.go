package v1alpha1

// Annotations that people set on managed objects.
const (
	// AnnotationPaused stops every change at Gandi and every further step of a
	// deletion while its value is "true". The object is still observed.
	AnnotationPaused = "hosting.gandi.net/paused"
	// AnnotationReconcileRequestedAt asks for a fresh look at Gandi now. Any
	// new value counts; the value handled last is echoed in
	// status.lastHandledReconcileAt.
	AnnotationReconcileRequestedAt = "hosting.gandi.net/reconcile-requested-at"
	// AnnotationRestartRequestedAt asks for one reboot of a VM. Any new value
	// counts once; it is echoed in status.lastHandledRestartAt.
	AnnotationRestartRequestedAt = "hosting.gandi.net/restart-requested-at"
	// AnnotationApproveReboot approves the reboot that status.plan shows now,
	// under rebootPolicy Manual. Any new value approves once.
	AnnotationApproveReboot = "hosting.gandi.net/approve-reboot"
	// AnnotationApproveUpgrade approves the upgrade of a site to a bigger package,
	// under upgradePolicy Manual, and asks once more for one that failed. Its value
	// is the name of the package, and whatever follows a space makes it a new one:
	// each value counts once.
	AnnotationApproveUpgrade = "hosting.gandi.net/approve-upgrade"
	// AnnotationAbandon lets the object go while it is being deleted, without
	// asking Gandi for anything. The ids that stay behind are told in an event.
	AnnotationAbandon = "hosting.gandi.net/abandon"
)

// AnnotationExternal is written by the operator: the external resource that
// belongs to the object, as <handle>/<kind>/<id>/<token>. It survives a backup
// and restore that loses status.
const AnnotationExternal = "hosting.gandi.net/external"

// AnnotationHeldSecret is written on a GandiAccount before its Secret gets the
// finalizer, so that the finalizer is found and taken off when the account
// names another Secret later.
const AnnotationHeldSecret = "hosting.gandi.net/held-secret"

// Finalizer holds an object until what it bought is dealt with.
const Finalizer = "hosting.gandi.net/finalizer"

// FinalizerInUse holds a credentials Secret while an account in use needs it.
const FinalizerInUse = "hosting.gandi.net/in-use"
