package vm

import (
	"context"
	"fmt"
	"slices"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/account"
	"github.com/gandi-operator/gandi-operator/internal/catalog"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// systemEntry names the system disk of one's own among the attachments in
// status. No entry of spec.disks can have this name.
const systemEntry = "_system"

// wantedDisk is a disk that the VM shall have.
type wantedDisk struct {
	Entry    string // of spec.disks, or systemEntry
	Name     string // how people know it
	Disk     gandi.DiskID
	Position int // 0: the VM boots from it
	ReadOnly bool
	// Blocked says why it cannot be attached now; nil when it can, or is.
	Blocked *engine.Missing
	// Yield says what it has to be given up for; "" when it has not.
	Yield string
}

// free tells whether the disk can be attached, or stay attached.
func (w *wantedDisk) free() bool { return w.Disk != 0 && w.Blocked == nil && w.Yield == "" }

// wantedIface is an interface that the VM shall have.
type wantedIface struct {
	Name    string
	Iface   gandi.IfaceID
	Blocked *engine.Missing
}

// wantDisks finds the disks that the spec asks for.
func (s *Observed) wantDisks(ctx context.Context, obj object, env engine.Env) error {
	if sd := obj.Spec.SystemDisk; sd != nil {
		switch {
		case sd.DiskRef != nil:
			w, err := s.wantDisk(ctx, obj, env, sd.DiskRef.Name)
			if err != nil {
				return err
			}
			w.Entry = systemEntry
			s.Wanted = append(s.Wanted, w)
		case sd.DiskID != 0:
			w := wantedDisk{Entry: systemEntry, Name: fmt.Sprintf("disk %d", sd.DiskID), Disk: gandi.DiskID(sd.DiskID)}
			if err := s.judge(ctx, obj, env, &w); err != nil {
				return err
			}
			s.Wanted = append(s.Wanted, w)
		}
	}
	positions := assign(obj)
	for _, entry := range obj.Spec.Disks {
		w, err := s.wantDisk(ctx, obj, env, entry.DiskRef.Name)
		if err != nil {
			return err
		}
		w.Entry, w.Position, w.ReadOnly = entry.Name, positions[entry.Name], entry.ReadOnly
		s.Wanted = append(s.Wanted, w)
	}
	return nil
}

// wantDisk finds the disk of a GandiDisk, and whether it can be had.
func (s *Observed) wantDisk(ctx context.Context, obj object, env engine.Env, name string) (wantedDisk, error) {
	w := wantedDisk{Name: fmt.Sprintf("GandiDisk %q", name)}
	var disk v1alpha1.GandiDisk
	found, err := env.Object(ctx, name, &disk)
	if err != nil {
		return w, err
	}
	if !found {
		w.Blocked = missing(v1alpha1.ReasonDiskNotFound, "%s is not there; create it, or correct the name", w.Name)
		return w, nil
	}
	if disk.Spec.Type == v1alpha1.DiskSnapshot {
		w.Blocked = missing(v1alpha1.ReasonInvalidSpec, "%s is a snapshot, which no VM can have; make a disk of it with source.snapshotRef", w.Name)
		return w, nil
	}
	w.Disk, w.Yield = gandi.DiskID(disk.Status.ID), disk.Status.DetachFor
	switch elsewhere, err := s.elsewhere(ctx, env, disk.Status.Datacenter, disk.Spec.Datacenter); {
	case err != nil:
		return w, err
	case elsewhere != "":
		w.Blocked = missing(v1alpha1.ReasonDatacenterMismatch, "%s is in datacenter %s, and the VM in %s; Gandi wants both in one", w.Name, elsewhere, s.Datacenter.Name)
		return w, nil
	}
	switch {
	case w.Disk != 0 && obj.Status.Handle != "" && disk.Status.Handle != "" && disk.Status.Handle != obj.Status.Handle:
		w.Blocked = missing(v1alpha1.ReasonDiskNotFound, "%s belongs to handle %s, and the VM to %s; name a disk of the VM's account", w.Name, disk.Status.Handle, obj.Status.Handle)
		return w, nil
	case w.Disk == 0:
		w.Blocked = missing(v1alpha1.ReasonReferenceNotReady, "%s has no disk at Gandi yet; its conditions tell why", w.Name)
		return w, nil
	case !disk.DeletionTimestamp.IsZero():
		// Also when the VM has it: taken off for a moment, it would be deleted.
		w.Blocked = missing(v1alpha1.ReasonReferenceNotReady, "%s is being deleted", w.Name)
		return w, nil
	}
	if err := s.judge(ctx, obj, env, &w); err != nil || w.Blocked != nil || s.has(w.Disk) {
		return w, err
	}
	if disk.Status.Intent != nil || len(disk.Status.Operations) > 0 {
		w.Blocked = missing(v1alpha1.ReasonReferenceNotReady, "%s is being changed", w.Name)
		return w, nil
	}
	w.Blocked, err = claimedBefore(ctx, obj, env, "GandiDisk", name, v1alpha1.ReasonDiskInUse)
	return w, err
}

// judge looks at Gandi's record of the disk: whether another VM has it, or
// something happens to it.
func (s *Observed) judge(ctx context.Context, obj object, env engine.Env, w *wantedDisk) error {
	if s.has(w.Disk) {
		return nil
	}
	rec := env.Disk(w.Disk)
	switch rec.Seen {
	case account.Listed, account.Informed:
	case account.Unknown, account.Unlisted:
		w.Blocked = missing(v1alpha1.ReasonReferenceNotReady, "%s is being looked for", w.Name)
		return nil
	case account.NotFound:
		w.Blocked = missing(v1alpha1.ReasonDiskNotFound, "%s is not on the account", w.Name)
		return nil
	}
	for _, vm := range rec.Value.VMIDs {
		if int64(vm) == obj.Status.ID {
			continue // the VM itself was asked later, and says that it has not
		}
		var err error
		w.Blocked, err = heldBy(ctx, obj, env, vm, v1alpha1.ReasonDiskInUse, w.Name)
		return err
	}
	if rec.Value.State != gandi.DiskCreated {
		w.Blocked = missing(v1alpha1.ReasonReferenceNotReady, "%s is %s", w.Name, rec.Value.State)
	}
	return nil
}

// wantIfaces finds the interfaces that the spec asks for.
func (s *Observed) wantIfaces(ctx context.Context, obj object, env engine.Env) error {
	for _, entry := range obj.Spec.Interfaces {
		w, err := s.wantIface(ctx, obj, env, entry.InterfaceRef.Name)
		if err != nil {
			return err
		}
		s.WantedIfaces = append(s.WantedIfaces, w)
	}
	return nil
}

func (s *Observed) wantIface(ctx context.Context, obj object, env engine.Env, name string) (wantedIface, error) {
	w := wantedIface{Name: fmt.Sprintf("GandiInterface %q", name)}
	var iface v1alpha1.GandiInterface
	found, err := env.Object(ctx, name, &iface)
	if err != nil {
		return w, err
	}
	if !found {
		w.Blocked = missing(v1alpha1.ReasonInterfaceNotFound, "%s is not there; create it, or correct the name", w.Name)
		return w, nil
	}
	switch elsewhere, err := s.elsewhere(ctx, env, iface.Status.Datacenter, iface.Spec.Datacenter); {
	case err != nil:
		return w, err
	case elsewhere != "":
		w.Blocked = missing(v1alpha1.ReasonDatacenterMismatch, "%s is in datacenter %s, and the VM in %s; Gandi wants both in one", w.Name, elsewhere, s.Datacenter.Name)
		return w, nil
	}
	w.Iface = gandi.IfaceID(iface.Status.ID)
	switch {
	case w.Iface == 0:
		w.Blocked = missing(v1alpha1.ReasonReferenceNotReady, "%s has no interface at Gandi yet; its conditions tell why", w.Name)
		return w, nil
	case s.linked(w.Iface):
		return w, nil
	case obj.Status.Handle != "" && iface.Status.Handle != "" && iface.Status.Handle != obj.Status.Handle:
		w.Blocked = missing(v1alpha1.ReasonInterfaceNotFound, "%s belongs to handle %s, and the VM to %s; name an interface of the VM's account", w.Name, iface.Status.Handle, obj.Status.Handle)
		return w, nil
	case !iface.DeletionTimestamp.IsZero():
		w.Blocked = missing(v1alpha1.ReasonReferenceNotReady, "%s is being deleted", w.Name)
		return w, nil
	}
	rec := env.Iface(w.Iface)
	switch vm := rec.Value.VMID; {
	case !rec.Seen.Present():
		w.Blocked = missing(v1alpha1.ReasonInterfaceNotFound, "%s is not on the account", w.Name)
		return w, nil
	case vm != 0 && int64(vm) != obj.Status.ID:
		w.Blocked, err = heldBy(ctx, obj, env, vm, v1alpha1.ReasonInterfaceInUse, w.Name)
		return w, err
	case rec.Value.State == gandi.IfaceBeingCreated:
		w.Blocked = missing(v1alpha1.ReasonReferenceNotReady, "%s is %s", w.Name, rec.Value.State)
		return w, nil
	}
	if iface.Status.Intent != nil || len(iface.Status.Operations) > 0 {
		w.Blocked = missing(v1alpha1.ReasonReferenceNotReady, "%s is being changed", w.Name)
		return w, nil
	}
	w.Blocked, err = claimedBefore(ctx, obj, env, "GandiInterface", name, v1alpha1.ReasonInterfaceInUse)
	return w, err
}

// elsewhere names the datacenter of a part if it is not the VM's; what nobody
// knows yet is no hindrance.
func (s *Observed) elsewhere(ctx context.Context, env engine.Env, found *v1alpha1.ResolvedDatacenter, asked string) (string, error) {
	if s.Datacenter.ID == 0 {
		return "", nil
	}
	if found != nil && found.ID != 0 {
		if found.ID == s.Datacenter.ID {
			return "", nil
		}
		return found.Name, nil
	}
	if asked == "" {
		return "", nil
	}
	all, err := env.Catalog.Datacenters(ctx)
	if err != nil {
		return "", fmt.Errorf("listing datacenters: %w", err)
	}
	dc, err := catalog.Datacenter(all, asked)
	if err != nil || int64(dc.ID) == s.Datacenter.ID {
		return "", nil //nolint:nilerr // the part's own conditions tell of a word that means nothing
	}
	return catalog.DatacenterName(dc), nil
}

// heldBy tells that another VM has the part called name.
func heldBy(ctx context.Context, obj object, env engine.Env, vm gandi.VMID, reason, name string) (*engine.Missing, error) {
	said, owner, err := env.Holder(ctx, obj.Namespace, vm)
	if err != nil {
		return nil, err
	}
	holder := fmt.Sprintf("VM %d", vm)
	if owner != nil {
		holder = fmt.Sprintf("GandiVM %q", said.Name)
	}
	return missing(reason, "%s is attached to %s; it is attached here as soon as it is free", name, holder), nil
}

// claimedBefore tells that another GandiVM names the same part and came first;
// nil when none does.
func claimedBefore(ctx context.Context, obj object, env engine.Env, kind, name, reason string) (*engine.Missing, error) {
	var all v1alpha1.GandiVMList
	if err := env.Referrers(ctx, kind, name, &all); err != nil {
		return nil, err
	}
	rival := ""
	for i := range all.Items {
		other := &all.Items[i]
		if other.UID == obj.UID || !other.DeletionTimestamp.IsZero() || other.Spec.ManagementPolicy == v1alpha1.Observe {
			continue
		}
		if older(other, obj) && (rival == "" || other.Name < rival) {
			rival = other.Name
		}
	}
	if rival == "" {
		return nil, nil //nolint:nilnil // nothing is in the way
	}
	return missing(reason, "%s %q is claimed by GandiVM %q too, which is older; it is attached here when that one does not name it any more", kind, name, rival), nil
}

func older(a, b object) bool {
	if !a.CreationTimestamp.Equal(&b.CreationTimestamp) {
		return a.CreationTimestamp.Before(&b.CreationTimestamp)
	}
	return a.UID < b.UID
}

func missing(reason, format string, args ...any) *engine.Missing {
	return &engine.Missing{Reason: reason, Message: fmt.Sprintf(format, args...)}
}

// has tells whether the VM has the disk.
func (s *Observed) has(id gandi.DiskID) bool {
	return s.VM != nil && slices.Contains(s.VM.DiskIDs, id)
}

// linked tells whether the VM has the interface.
func (s *Observed) linked(id gandi.IfaceID) bool {
	return s.VM != nil && slices.Contains(s.VM.IfaceIDs, id)
}

// wanted is the entry of the disk; nil when nothing asks for it.
func (s *Observed) wanted(id gandi.DiskID) *wantedDisk {
	for i := range s.Wanted {
		if s.Wanted[i].Disk == id {
			return &s.Wanted[i]
		}
	}
	return nil
}

// record is what status tells of an entry.
func (s *Observed) record(entry string) *v1alpha1.VMAttachmentStatus {
	for i := range s.Recorded {
		if s.Recorded[i].Name == entry {
			return &s.Recorded[i]
		}
	}
	return nil
}
