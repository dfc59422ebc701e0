package v1alpha1

// Condition types. Ready, Reconciling and Stalled are read by kstatus, and so
// by kubectl wait, Flux, Argo CD and Helm.
const (
	// ConditionReady is True when Gandi matches the spec.
	ConditionReady = "Ready"
	// ConditionReconciling is present and True while the operator works or waits
	// for something that will end by itself.
	ConditionReconciling = "Reconciling"
	// ConditionStalled is present and True while only an edit or a decision of a
	// person helps.
	ConditionStalled = "Stalled"
	// ConditionOperationInProgress is True while an operation runs at Gandi. Its
	// reason is the operation's type.
	ConditionOperationInProgress = "OperationInProgress"
	// ConditionReferencesResolved tells whether everything that the spec refers to
	// was found.
	ConditionReferencesResolved = "ReferencesResolved"
	// ConditionDrifted is True while Gandi differs from the spec although nothing
	// was asked for, and the difference is not repaired.
	ConditionDrifted = "Drifted"
	// ConditionRebootRequired is True while a change waits for a reboot.
	ConditionRebootRequired = "RebootRequired"
	// ConditionPaused is True while the paused annotation holds every change.
	ConditionPaused = "Paused"
	// ConditionDNSVerified tells whether the DNS records are there that prove whose
	// the domains of a site are.
	ConditionDNSVerified = "DNSVerified"
	// ConditionEditable tells whether a person can edit a site.
	ConditionEditable = "Editable"
	// ConditionInUse is True on an account while objects refer to it.
	ConditionInUse = "InUse"
)

// Reasons that any kind uses. docs/conditions.md has a row for each: what it
// means and what to do.
const (
	// ReasonInSync: Gandi matches the spec.
	ReasonInSync = "InSync"
	// ReasonObserved: managementPolicy Observe, the external resource was seen.
	ReasonObserved = "Observed"
	// ReasonObserving: waiting for a fresh look at Gandi.
	ReasonObserving = "Observing"
	// ReasonPaused: the paused annotation holds every change.
	ReasonPaused = "Paused"

	// ReasonAccountNotFound: spec.accountRef names no GandiAccount.
	ReasonAccountNotFound = "AccountNotFound"
	// ReasonAccountNotReady: the account has trouble; its own conditions tell.
	ReasonAccountNotReady = "AccountNotReady"
	// ReasonReferencesResolved: everything the spec refers to was found.
	ReasonReferencesResolved = "ReferencesResolved"
	// ReasonInvalidSpec: Gandi refuses these values for good.
	ReasonInvalidSpec = "InvalidSpec"

	// ReasonGandiUnavailable: Gandi does not answer.
	ReasonGandiUnavailable = "GandiUnavailable"
	// ReasonThrottled: the rate limit holds calls back.
	ReasonThrottled = "Throttled"
	// ReasonResourceBusy: another operation runs on the external resource.
	ReasonResourceBusy = "ResourceBusy"
	// ReasonConfirmingCall: it is not known whether a call took effect; that is
	// being found out before anything else is done.
	ReasonConfirmingCall = "ConfirmingCall"
	// ReasonCallUnconfirmed: whether a call that must not be repeated took effect
	// could not be found out.
	ReasonCallUnconfirmed = "CallUnconfirmed"
	// ReasonCallFailed: Gandi refused a call; it is tried again later.
	ReasonCallFailed = "CallFailed"
	// ReasonOperationFailed: an operation ended in ERROR; it is tried again later.
	ReasonOperationFailed = "OperationFailed"
	// ReasonOperationStuck: an operation takes more than ten times its usual time.
	ReasonOperationStuck = "OperationStuck"
	// ReasonBudgetExhausted: the account's createBudget is used up for now.
	ReasonBudgetExhausted = "BudgetExhausted"
	// ReasonCreateKeepsFailing: three paid attempts in 24 hours did not succeed.
	ReasonCreateKeepsFailing = "CreateKeepsFailing"
	// ReasonInvalidPlan: the plan goes round in a circle, which is a defect of the
	// operator.
	ReasonInvalidPlan = "InvalidPlan"

	// ReasonUnclaimedExternal: something at Gandi carries this object's mark, but
	// nothing tells that this object bought it.
	ReasonUnclaimedExternal = "UnclaimedExternal"
	// ReasonSeveralExternals: several things at Gandi carry this object's mark.
	ReasonSeveralExternals = "SeveralExternals"
	// ReasonForeignExternal: the external resource carries another installation's mark.
	ReasonForeignExternal = "ForeignExternal"
	// ReasonAccountMismatch: the key belongs to another handle than before.
	ReasonAccountMismatch = "AccountMismatch"
	// ReasonExternalDeleted: the external resource was deleted at Gandi by somebody.
	ReasonExternalDeleted = "ExternalDeleted"
	// ReasonExternalEnded: the time that was paid for is over, and the external
	// resource with it.
	ReasonExternalEnded = "ExternalEnded"
	// ReasonAdoptionNotFound: spec.adopt matches nothing.
	ReasonAdoptionNotFound = "AdoptionNotFound"
	// ReasonAdoptionAmbiguous: spec.adopt.filter matches several things.
	ReasonAdoptionAmbiguous = "AdoptionAmbiguous"
	// ReasonAdopted: an external resource was taken over.
	ReasonAdopted = "Adopted"

	// ReasonDeletionProtected: spec.deletionProtection holds the deletion.
	ReasonDeletionProtected = "DeletionProtected"
	// ReasonReleased: the object was let go; what is at Gandi stays.
	ReasonReleased = "Released"
	// ReasonAbandoned: the abandon annotation let the object go.
	ReasonAbandoned = "Abandoned"
	// ReasonDeleted: the external resource is gone and so is the object.
	ReasonDeleted = "Deleted"
	// ReasonDrifted: Gandi differs from the spec though nothing was asked for.
	ReasonDrifted = "Drifted"
	// ReasonRebootRequired: a change waits for a reboot that a person approves.
	ReasonRebootRequired = "RebootRequired"
	// ReasonRebootPending: a change takes effect with the reboot that is coming.
	ReasonRebootPending = "RebootPending"
)

// Reasons of GandiVM.
const (
	// ReasonCreatingVM: hosting.vm.create_from or hosting.vm.create.
	ReasonCreatingVM = "CreatingVM"
	// ReasonResumingCreate: hosting.vm.create from what a half-done create left.
	ReasonResumingCreate = "ResumingCreate"
	// ReasonUpdatingVM: hosting.vm.update of what can change while running.
	ReasonUpdatingVM = "UpdatingVM"
	// ReasonRaisingMaxMemory: hosting.vm.update of vm_max_memory.
	ReasonRaisingMaxMemory = "RaisingMaxMemory"
	// ReasonSettingPassword: hosting.vm.update of the password.
	ReasonSettingPassword = "SettingPassword"
	// ReasonUpdatingInterface: hosting.iface.update of the bandwidth.
	ReasonUpdatingInterface = "UpdatingInterface"
	// ReasonStartingVM: hosting.vm.start.
	ReasonStartingVM = "StartingVM"
	// ReasonStoppingVM: hosting.vm.stop.
	ReasonStoppingVM = "StoppingVM"
	// ReasonRebootingVM: hosting.vm.reboot.
	ReasonRebootingVM = "RebootingVM"
	// ReasonDeletingVM: hosting.vm.delete.
	ReasonDeletingVM = "DeletingVM"
	// ReasonDeletingLeftover: deleting what a half-done create left behind.
	ReasonDeletingLeftover = "DeletingLeftover"
	// ReasonDetachingDisk: hosting.vm.disk_detach.
	ReasonDetachingDisk = "DetachingDisk"
	// ReasonVMInTransition: the VM is being created or migrated, or is locked.
	ReasonVMInTransition = "VMInTransition"
	// ReasonVMLocked: Gandi locked the VM; only its support can unlock it.
	ReasonVMLocked = "VMLocked"
	// ReasonDatacenterNotFound: spec.datacenter fits no datacenter.
	ReasonDatacenterNotFound = "DatacenterNotFound"
	// ReasonDatacenterAmbiguous: spec.datacenter fits several open datacenters.
	ReasonDatacenterAmbiguous = "DatacenterAmbiguous"
	// ReasonDatacenterClosed: the datacenter is closed to this account.
	ReasonDatacenterClosed = "DatacenterClosed"
	// ReasonImageNotFound: no image of that label or id in the datacenter.
	ReasonImageNotFound = "ImageNotFound"
	// ReasonImageAmbiguous: several images fit.
	ReasonImageAmbiguous = "ImageAmbiguous"
	// ReasonDiskNotFound: the disk given by number is not there.
	ReasonDiskNotFound = "DiskNotFound"
	// ReasonDiskInUse: the disk given by number belongs to another VM.
	ReasonDiskInUse = "DiskInUse"
	// ReasonSecretNotFound: a Secret or its key is not there (yet).
	ReasonSecretNotFound = "SecretNotFound"
)

// Reasons of attaching, which GandiVM, GandiDisk and GandiInterface share.
const (
	// ReasonAttachingDisk: hosting.vm.disk_attach.
	ReasonAttachingDisk = "AttachingDisk"
	// ReasonAttachingInterface: hosting.vm.iface_attach.
	ReasonAttachingInterface = "AttachingInterface"
	// ReasonDetachingInterface: hosting.vm.iface_detach.
	ReasonDetachingInterface = "DetachingInterface"
	// ReasonInterfaceNotFound: spec names a GandiInterface that is not there.
	ReasonInterfaceNotFound = "InterfaceNotFound"
	// ReasonInterfaceInUse: the interface belongs to another VM.
	ReasonInterfaceInUse = "InterfaceInUse"
	// ReasonReferenceNotReady: an object that spec names has nothing at Gandi yet.
	ReasonReferenceNotReady = "ReferenceNotReady"
	// ReasonDatacenterMismatch: what spec names is in another datacenter.
	ReasonDatacenterMismatch = "DatacenterMismatch"
	// ReasonAttached: a VM has it, and that has to end first.
	ReasonAttached = "Attached"
)

// Reasons of GandiDisk.
const (
	// ReasonCreatingDisk: hosting.disk.create or hosting.disk.create_from.
	ReasonCreatingDisk = "CreatingDisk"
	// ReasonUpdatingDisk: hosting.disk.update.
	ReasonUpdatingDisk = "UpdatingDisk"
	// ReasonGrowingDisk: hosting.disk.update of the size.
	ReasonGrowingDisk = "GrowingDisk"
	// ReasonRollingBack: hosting.disk.rollback_from.
	ReasonRollingBack = "RollingBack"
	// ReasonMigratingDisk: hosting.disk.migrate.
	ReasonMigratingDisk = "MigratingDisk"
	// ReasonMigrationImpossible: Gandi does not migrate disks that way.
	ReasonMigrationImpossible = "MigrationImpossible"
	// ReasonDeletingDisk: hosting.disk.delete.
	ReasonDeletingDisk = "DeletingDisk"
	// ReasonDiskInTransition: the disk is being created, rolled back or migrated.
	ReasonDiskInTransition = "DiskInTransition"
	// ReasonSnapshotNotFound: the snapshot is not there, or is one of another disk.
	ReasonSnapshotNotFound = "SnapshotNotFound"
	// ReasonKernelNotFound: the datacenter has no such kernel.
	ReasonKernelNotFound = "KernelNotFound"
	// ReasonSnapshotProfileNotFound: there is no such snapshot profile.
	ReasonSnapshotProfileNotFound = "SnapshotProfileNotFound"
)

// Reasons of GandiInterface and GandiVLAN.
const (
	// ReasonCreatingInterface: hosting.iface.create.
	ReasonCreatingInterface = "CreatingInterface"
	// ReasonDeletingInterface: hosting.iface.delete.
	ReasonDeletingInterface = "DeletingInterface"
	// ReasonSettingReverse: hosting.ip.update of the reverse name.
	ReasonSettingReverse = "SettingReverse"
	// ReasonCreatingVLAN: hosting.vlan.create.
	ReasonCreatingVLAN = "CreatingVLAN"
	// ReasonUpdatingVLAN: hosting.vlan.update.
	ReasonUpdatingVLAN = "UpdatingVLAN"
	// ReasonDeletingVLAN: hosting.vlan.delete.
	ReasonDeletingVLAN = "DeletingVLAN"
	// ReasonVLANNotFound: spec names a GandiVLAN that is not there.
	ReasonVLANNotFound = "VLANNotFound"
	// ReasonVLANInUse: interfaces are on the VLAN, which has to end first.
	ReasonVLANInUse = "VLANInUse"
)

// Reasons of GandiSSHKey.
const (
	// ReasonStoringKey: hosting.ssh.create.
	ReasonStoringKey = "StoringKey"
	// ReasonDeletingKey: hosting.ssh.delete.
	ReasonDeletingKey = "DeletingKey"
	// ReasonSSHKeyNotFound: spec names a GandiSSHKey that is not there.
	ReasonSSHKeyNotFound = "SSHKeyNotFound"
)

// Reasons of GandiSite.
const (
	// ReasonCheckingSite: site.create with --dry-run, which asks what speaks against
	// it.
	ReasonCheckingSite = "CheckingSite"
	// ReasonCreatingSite: site.create.
	ReasonCreatingSite = "CreatingSite"
	// ReasonUpdatingSite: site.update of name or vhosts.
	ReasonUpdatingSite = "UpdatingSite"
	// ReasonUpgradingSite: site.update of the package, which costs money.
	ReasonUpgradingSite = "UpgradingSite"
	// ReasonDeletingSite: site.delete.
	ReasonDeletingSite = "DeletingSite"
	// ReasonAlteringZone: site.alter_zone.
	ReasonAlteringZone = "AlteringZone"
	// ReasonPublishingRecords: a DNSEndpoint is written for external-dns.
	ReasonPublishingRecords = "PublishingRecords"
	// ReasonDNSRecordMissing: Gandi does not see the DNS records that it asks for.
	ReasonDNSRecordMissing = "DNSRecordMissing"
	// ReasonDNSVerified: Gandi asks for no DNS record.
	ReasonDNSVerified = "DNSVerified"
	// ReasonExternalDNSMissing: external-dns' CustomResourceDefinition is not
	// installed.
	ReasonExternalDNSMissing = "ExternalDNSMissing"
	// ReasonEndpointTaken: a DNSEndpoint of the site's name is somebody else's.
	ReasonEndpointTaken = "EndpointTaken"
	// ReasonPackageNotOffered: Gandi offers no such package, or only below the
	// site's own.
	ReasonPackageNotOffered = "PackageNotOffered"
	// ReasonUpgradeRequired: an upgrade waits for a person's approval.
	ReasonUpgradeRequired = "UpgradeRequired"
	// ReasonEditable: the site can be edited.
	ReasonEditable = "Editable"
	// ReasonNoParkingVhost: no vhost is below the provider's parking domain.
	ReasonNoParkingVhost = "NoParkingVhost"
)

// Reasons of GandiAccount.
const (
	// ReasonAccountReady: the key works and the account can buy.
	ReasonAccountReady = "AccountReady"
	// ReasonAccountDenied: Gandi refuses the key.
	ReasonAccountDenied = "AccountDenied"
	// ReasonNoCredits: the account has no hosting credits.
	ReasonNoCredits = "NoCredits"
	// ReasonInvalidKey: the Secret's value is not an API key.
	ReasonInvalidKey = "InvalidKey"
	// ReasonInvalidCABundle: the CA bundle holds no certificate.
	ReasonInvalidCABundle = "InvalidCABundle"
	// ReasonConfigMapNotFound: the ConfigMap with the CA bundle is not there (yet).
	ReasonConfigMapNotFound = "ConfigMapNotFound"
	// ReasonConnecting: the account is being asked for its handle.
	ReasonConnecting = "Connecting"
	// ReasonInUse: objects refer to the account.
	ReasonInUse = "InUse"
	// ReasonNotInUse: no object refers to the account.
	ReasonNotInUse = "NotInUse"
)
