package vm

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/account"
	"github.com/gandi-operator/gandi-operator/internal/catalog"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// Keys of status.applied.
const (
	appliedPassword  = "password"  // version of the password Secret that was set
	appliedBootstrap = "bootstrap" // digest of what counted at creation
	appliedMaximum   = "maxMemory" // highest vm_max_memory that was accepted, in MB
	appliedCmdline   = "cmdline"   // kernel command line that was accepted
	appliedDropped   = "dropped"   // system disk that was detached to be deleted with the VM
	appliedDisk      = "cameWithDisk"
	appliedIface     = "cameWithInterface"
)

// Observed is what one look saw.
type Observed struct { //nolint:recvcheck // looking fills it in; whoever reads it has a copy
	Token string
	// VM as Gandi tells it; nil when there is none.
	VM *gandi.VM
	// Disks and Ifaces of the VM, in its order; IPs of all of them.
	Disks  []gandi.Disk
	Ifaces []gandi.Iface
	IPs    []gandi.IP

	// Datacenter that spec.datacenter fits, or that the VM is in.
	Datacenter v1alpha1.ResolvedDatacenter
	// Source is the disk that a new system disk is copied from, SourceName how
	// people know it.
	Source     gandi.DiskID
	SourceName string
	// Password and its version.
	Password gandi.Secret
	// KeyIDs are the keys of spec.bootstrap.sshKeyRefs.
	KeyIDs []gandi.SSHKeyID
	// Missing is what the spec refers to and is not there.
	Missing *engine.Missing

	// Wanted are the disks that the spec asks for, WantedIfaces the interfaces.
	Wanted       []wantedDisk
	WantedIfaces []wantedIface
	// OwnDisk is the system disk that was bought with the VM, Own whether it can
	// be had; 0 when there is none, or when a GandiDisk has it.
	OwnDisk gandi.DiskID
	Own     wantedDisk
	// HandedOver is the system disk that was bought with the VM and that a
	// GandiDisk has now; 0 when there is none, or nobody remembers.
	HandedOver gandi.DiskID
	// CameDisk and CameIface are what was at position 0, and the first interface,
	// when the VM was first seen whole; 0 when that was an object's of its own, or
	// became it. They go with the VM: an adopted one has no OwnDisk, and
	// interfaces carry no mark.
	CameDisk  gandi.DiskID
	CameIface gandi.IfaceID
	// OwnDiskFree tells that Gandi shows the own disk attached to nothing.
	OwnDiskFree bool
	// ClaimedDisks and ClaimedIfaces of the VM are those of GandiDisks and
	// GandiInterfaces, by the names of the objects.
	ClaimedDisks  map[gandi.DiskID]string
	ClaimedIfaces map[gandi.IfaceID]string
	// Profile that spec.systemDisk asks for; nil means as found.
	Profile *gandi.SnapshotProfileID
	// SystemDiskMissing is a kernel or profile that is not there.
	SystemDiskMissing *engine.Missing

	// The rest cannot be told by Gandi and comes from status (docs/adr).
	Applied       map[string]string
	Refusals      []v1alpha1.Failure
	PendingReboot *v1alpha1.PendingReboot
	// Recorded and RecordedIfaces are what the operator attached.
	Recorded       []v1alpha1.VMAttachmentStatus
	RecordedIfaces []gandi.IfaceID
	RestartDone    bool // the restart request was answered
	Bought         bool // the VM was seen whole once
	Adopted        bool
	Retain         bool
	// HalfDisk and HalfIface were left by a create that was done by half.
	HalfDisk  gandi.DiskID
	HalfIface gandi.IfaceID
}

// Observe looks at the VM and at everything that the spec refers to.
func (k Kind) Observe(ctx context.Context, obj *v1alpha1.GandiVM, env engine.Env) (Observed, error) {
	st := &obj.Status
	request := engine.Request(obj, v1alpha1.AnnotationRestartRequestedAt)
	s := Observed{
		Token:         env.Token,
		Applied:       st.Applied,
		Refusals:      st.Refusals,
		PendingReboot: st.PendingReboot,
		RestartDone:   request == "" || request == st.LastHandledRestartAt,
		Bought:        st.BoughtAt != nil,
		Adopted:       obj.Spec.Adopt != nil || st.Adopted,
		Retain:        env.Retain,
		Recorded:      st.Attachments,
	}
	for _, id := range st.AttachedInterfaces {
		s.RecordedIfaces = append(s.RecordedIfaces, gandi.IfaceID(id))
	}
	var err error
	if env.Established {
		s.see(obj, env)
		err = s.parts(ctx, obj, env)
	} else {
		err = s.leftovers(ctx, obj, env)
	}
	if err == nil {
		err = s.references(ctx, obj, env)
	}
	if s.VM != nil && s.PendingReboot != nil && err == nil {
		err = s.settleReboot(ctx, obj, env)
	}
	return s, err
}

// parts finds out what belongs to the VM, and what shall.
func (s *Observed) parts(ctx context.Context, obj object, env engine.Env) error {
	if err := s.claims(ctx, obj, env); err != nil {
		return err
	}
	s.cameWith(obj)
	if s.OwnDisk = s.ownDisk(obj); s.OwnDisk != 0 {
		s.Own = wantedDisk{Name: fmt.Sprintf("its system disk %d", s.OwnDisk), Disk: s.OwnDisk}
		if err := s.judge(ctx, obj, env, &s.Own); err != nil {
			return err
		}
		rec := env.Disk(s.OwnDisk)
		if rec.Seen == account.NotFound && !s.has(s.OwnDisk) {
			s.Own.Blocked = missing(v1alpha1.ReasonDiskNotFound, "%s is not on the account any more; name another disk in spec.systemDisk.diskRef, or delete this object", s.Own.Name)
		}
		s.OwnDiskFree = rec.Seen.Present() && !s.has(s.OwnDisk) &&
			!slices.ContainsFunc(rec.Value.VMIDs, func(vm gandi.VMID) bool { return vm != s.VM.ID })
	}
	return s.wants(ctx, obj, env)
}

// wants finds what the spec asks to be attached. A VM that is going away gets
// nothing more.
func (s *Observed) wants(ctx context.Context, obj object, env engine.Env) error {
	if deleting(obj) {
		return nil
	}
	if err := s.wantDisks(ctx, obj, env); err != nil {
		return err
	}
	if err := s.wantIfaces(ctx, obj, env); err != nil {
		return err
	}
	s.Recorded = attachments(*s)
	return nil
}

// see copies the records of the VM and its parts.
func (s *Observed) see(obj *v1alpha1.GandiVM, env engine.Env) {
	vm := env.VM(gandi.VMID(obj.Status.ID)).Value
	s.VM = &vm
	for _, id := range vm.DiskIDs {
		if rec := env.Disk(id); rec.Seen.Present() {
			s.Disks = append(s.Disks, rec.Value)
		} else {
			s.Disks = append(s.Disks, gandi.Disk{ID: id})
		}
	}
	for _, id := range vm.IfaceIDs {
		rec := env.Iface(id)
		if !rec.Seen.Present() {
			s.Ifaces = append(s.Ifaces, gandi.Iface{ID: id})
			continue
		}
		s.Ifaces = append(s.Ifaces, rec.Value)
		s.IPs = append(s.IPs, env.IPsOf(rec.Value.IPIDs)...)
	}
	s.Datacenter = v1alpha1.ResolvedDatacenter{ID: int64(vm.DatacenterID)}
	if known := obj.Status.Datacenter; known != nil && known.ID == s.Datacenter.ID {
		s.Datacenter.Name = known.Name
	}
	if request := engine.Request(obj, v1alpha1.AnnotationRestartRequestedAt); request != "" && obj.Spec.PowerState == v1alpha1.Stopped && vm.State == gandi.VMHalted {
		// Nothing runs that could be restarted, and nothing shall.
		s.RestartDone = true
	}
}

// leftovers finds what a create that was done by half left, free to be used, and
// nobody else's by now.
func (s *Observed) leftovers(ctx context.Context, obj object, env engine.Env) error {
	for _, one := range env.Leftovers {
		switch one.Type {
		case "disk":
			rec := env.Disk(gandi.DiskID(one.ID))
			owner, err := diskOwner(ctx, obj, env, rec.Value.ID)
			if err != nil {
				return err
			}
			if rec.Seen.Present() && len(rec.Value.VMIDs) == 0 && rec.Value.State == gandi.DiskCreated && owner == "" {
				s.HalfDisk = rec.Value.ID
			}
		case "iface":
			rec := env.Iface(gandi.IfaceID(one.ID))
			owner, err := ifaceOwner(ctx, obj, env, rec.Value.ID)
			if err != nil {
				return err
			}
			if rec.Seen.Present() && rec.Value.VMID == 0 && owner == "" {
				s.HalfIface = rec.Value.ID
			}
		}
	}
	return nil
}

// references turns what the spec refers to into ids. Only a VM that is still to
// be bought needs its datacenter and image.
func (s *Observed) references(ctx context.Context, obj *v1alpha1.GandiVM, env engine.Env) error {
	if !obj.DeletionTimestamp.IsZero() {
		return nil
	}
	err := s.password(ctx, obj, env)
	switch {
	case err != nil:
	case s.VM != nil:
		err = s.nameDatacenter(ctx, env)
		if err == nil {
			err = s.systemDiskWords(ctx, obj, env)
		}
	case obj.Spec.Adopt == nil:
		err = s.purchase(ctx, obj, env)
	}
	if missing, ok := errors.AsType[*engine.Missing](err); ok {
		s.Missing = missing
		return nil
	}
	return err
}

func (s *Observed) password(ctx context.Context, obj *v1alpha1.GandiVM, env engine.Env) error {
	b := obj.Spec.Bootstrap
	if b == nil || b.PasswordSecretRef == nil {
		return nil
	}
	var err error
	s.Password, err = env.Secret(ctx, *b.PasswordSecretRef)
	return err
}

// nameDatacenter finds a name to show for the datacenter of an existing VM.
func (s *Observed) nameDatacenter(ctx context.Context, env engine.Env) error {
	if s.Datacenter.Name != "" {
		return nil
	}
	var err error
	s.Datacenter.Name, err = catalog.NameOf(ctx, env.Catalog, gandi.DatacenterID(s.Datacenter.ID))
	return err
}

// purchase finds the datacenter and the source of the system disk.
func (s *Observed) purchase(ctx context.Context, obj *v1alpha1.GandiVM, env engine.Env) error {
	dc, err := catalog.FindDatacenter(ctx, env.Catalog, obj.Spec.Datacenter)
	if err != nil {
		return err
	}
	s.Datacenter = v1alpha1.ResolvedDatacenter{ID: int64(dc.ID), Name: catalog.DatacenterName(dc)}
	if err := s.wants(ctx, obj, env); err != nil {
		return err
	}
	if err := s.bootstrapKeys(ctx, obj, env); err != nil {
		return err
	}
	if m := s.partsBefore(obj); m != nil {
		return m
	}
	switch {
	case s.HalfDisk != 0:
		return nil
	case ownBoot(obj):
		if id := obj.Spec.SystemDisk.DiskID; id != 0 {
			return ownDisk(env, gandi.DiskID(id), dc, true)
		}
		return nil
	case obj.Spec.Image == nil:
		return nil
	case obj.Spec.Image.DiskID != 0:
		s.Source = gandi.DiskID(obj.Spec.Image.DiskID)
		s.SourceName = fmt.Sprintf("disk %d", s.Source)
		return ownDisk(env, s.Source, dc, false)
	}
	if err := s.newSystemDisk(ctx, obj, env, dc.ID); err != nil {
		return err
	}
	image, err := catalog.FindImage(ctx, env.Catalog, dc, obj.Spec.Image.Label, obj.Spec.Image.ID)
	if err != nil {
		return err
	}
	s.Source, s.SourceName = image.DiskID, image.Label
	return nil
}

// partsBefore is what hinders buying the VM: what it needs to be made of, and
// whatever could never be attached to it.
func (s *Observed) partsBefore(obj object) *engine.Missing {
	for _, w := range s.Wanted {
		if w.Entry == systemEntry && obj.Spec.SystemDisk.DiskRef != nil && !w.free() {
			if w.Blocked != nil {
				return w.Blocked
			}
			return missing(v1alpha1.ReasonReferenceNotReady, "%s is away for its %s", w.Name, w.Yield)
		}
		if w.Blocked != nil && forGood(w.Blocked.Reason) {
			return w.Blocked
		}
	}
	for i, w := range s.WantedIfaces {
		if w.Blocked != nil && (i == 0 || forGood(w.Blocked.Reason)) {
			return w.Blocked
		}
	}
	return nil
}

// forGood tells what does not end while the spec is as it is.
func forGood(reason string) bool {
	switch reason {
	case v1alpha1.ReasonDatacenterMismatch, v1alpha1.ReasonDiskNotFound, v1alpha1.ReasonInterfaceNotFound, v1alpha1.ReasonInvalidSpec:
		return true
	default:
		return false
	}
}

// bootstrapKeys finds the keys that Gandi puts into the new VM.
func (s *Observed) bootstrapKeys(ctx context.Context, obj object, env engine.Env) error {
	if obj.Spec.Bootstrap == nil {
		return nil
	}
	for _, ref := range obj.Spec.Bootstrap.SSHKeyRefs {
		var key v1alpha1.GandiSSHKey
		switch found, err := env.Object(ctx, ref.Name, &key); {
		case err != nil:
			return err
		case !found:
			return missing(v1alpha1.ReasonSSHKeyNotFound, "GandiSSHKey %q is not there; create it, or correct bootstrap.sshKeyRefs", ref.Name)
		case key.Status.ID == 0:
			return missing(v1alpha1.ReasonReferenceNotReady, "GandiSSHKey %q is not stored at Gandi yet; its conditions tell why", ref.Name)
		}
		s.KeyIDs = append(s.KeyIDs, gandi.SSHKeyID(key.Status.ID))
	}
	return nil
}

// newSystemDisk looks up what spec.systemDisk says of a disk that is still to be
// bought.
func (s *Observed) newSystemDisk(ctx context.Context, obj object, env engine.Env, dc gandi.DatacenterID) error {
	sd := obj.Spec.SystemDisk
	if sd == nil {
		return nil
	}
	if sd.Kernel != "" {
		if err := catalog.CheckKernel(ctx, env.Catalog, dc, sd.Kernel); err != nil {
			return err
		}
	}
	if sd.SnapshotProfile == "" {
		return nil
	}
	id, err := catalog.FindProfile(ctx, env.Catalog, sd.SnapshotProfile)
	s.Profile = &id
	return err
}

// systemDiskWords looks up what differs from the system disk that is there. A
// word that means nothing is told, and keeps nothing else from being done.
func (s *Observed) systemDiskWords(ctx context.Context, obj object, env engine.Env) error {
	disk := s.systemDisk(obj)
	if disk == nil {
		return nil
	}
	sd := obj.Spec.SystemDisk
	var err error
	if sd.Kernel != "" && sd.Kernel != disk.KernelVersion {
		err = catalog.CheckKernel(ctx, env.Catalog, disk.DatacenterID, sd.Kernel)
	}
	if err == nil && sd.SnapshotProfile != "" {
		var id gandi.SnapshotProfileID
		if id, err = catalog.FindProfile(ctx, env.Catalog, sd.SnapshotProfile); err == nil {
			s.Profile = &id
		}
	}
	if missing, ok := errors.AsType[*engine.Missing](err); ok {
		s.SystemDiskMissing = missing
		return nil
	}
	return err
}

// settleReboot drops a pending reboot that was made by somebody else: the VM is
// halted, or was rebooted or started since. So is one whose change was lost on
// its way: what the reboot was for is as before, and is changed again.
func (s *Observed) settleReboot(ctx context.Context, obj *v1alpha1.GandiVM, env engine.Env) error {
	_, kernel := changeKernel(obj, *s)
	lost := s.PendingReboot.Unconfirmed && (kernel || s.VM.MaxMemoryMB < need(obj))
	if s.VM.State == gandi.VMHalted || lost {
		s.PendingReboot = nil
		return nil
	}
	if s.PendingReboot.After == nil {
		return nil
	}
	ops, err := env.Operations(ctx, gandi.OperationFilter{VMID: s.VM.ID, Types: []string{gandi.TypeVMReboot, gandi.TypeVMStart}, SortBy: "id DESC", Limit: 20})
	if err != nil {
		return fmt.Errorf("listing reboots: %w", err)
	}
	for _, op := range ops {
		if op.VMID == s.VM.ID && op.Step == gandi.StepDone && op.DateCreated.After(s.PendingReboot.After.Time) {
			s.PendingReboot = nil
			return nil
		}
	}
	return nil
}

// bootstrapDigest stands for what counts at creation only, secrets left out.
func bootstrapDigest(obj *v1alpha1.GandiVM) string {
	b := obj.Spec.Bootstrap.DeepCopy()
	if b == nil {
		b = &v1alpha1.Bootstrap{}
	}
	b.PasswordSecretRef = nil
	raw, err := json.Marshal(struct {
		Bootstrap *v1alpha1.Bootstrap `json:"bootstrap"`
		IPVersion int32               `json:"ipVersion"`
	}{b, ipVersion(obj)})
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:8])
}
