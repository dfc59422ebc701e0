package disk

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/account"
	"github.com/gandi-operator/gandi-operator/internal/catalog"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// Keys of status.applied. Those of fields hold what an accepted disk.update set,
// for as long as Gandi shows something else (see took).
const (
	appliedName    = "name"
	appliedSize    = "size" // in MB
	appliedKernel  = "kernel"
	appliedCmdline = "cmdline"
	appliedProfile = "snapshotProfile"
	// appliedMigration names the migration that was sent last and is not known to
	// have ended well.
	appliedMigration = "migration"
)

// Observed is what one look saw.
type Observed struct { //nolint:recvcheck // looking fills it in; whoever reads it has a copy
	Token string
	// Disk as Gandi tells it; nil when there is none.
	Disk *gandi.Disk
	// Holder is the VM that has the disk; nil when none does.
	Holder *Holder

	// Datacenter that spec.datacenter fits, or that the disk is in.
	Datacenter v1alpha1.ResolvedDatacenter
	// Source is the disk that a new one is copied from; nil for an empty disk.
	Source *Source
	// Move is where the disk shall be brought; nil when it is there.
	Move *Move
	// KernelOffered is true when spec.kernel is one of the datacenter's.
	KernelOffered bool
	// Profile that spec.snapshotProfile means, 0 for none; nil means as found, or
	// that there is no such profile.
	Profile *gandi.SnapshotProfileID
	// ProfileName is how people know the profile in force.
	ProfileName string
	// Missing is the first of what the spec refers to and is not there.
	Missing *engine.Missing

	// The rest cannot be told by Gandi and comes from status and annotations.
	Rollback  Rollback
	Migrating bool // our own migration is under way
	Applied   map[string]string
	Refusals  []v1alpha1.Failure
	Adopted   bool
	Retain    bool
	// HandsOff: nothing will be changed, by managementPolicy Observe or a pause, so
	// nobody is asked to make way.
	HandsOff bool
	// Paused is the second of the two.
	Paused bool
	// Leftover is a disk that a failed create left.
	Leftover gandi.DiskID
	// Generation of the object.
	Generation int64
}

// Holder is the VM that has the disk.
type Holder struct {
	Said v1alpha1.AttachmentStatus
	// Ours: a GandiVM manages it.
	Ours bool
	// Boots: the disk is at position 0.
	Boots bool
	// Halted, by the last that was heard.
	Halted bool
	// ByHand: a person decides on interruptions of the VM.
	ByHand bool
	// Unasked: the GandiVM does not name this object, and did not attach the disk: it
	// neither takes it off for us, nor can anybody take it out of its spec.
	Unasked bool
	// Observed: the GandiVM only looks.
	Observed bool
}

// String names the VM as people know it.
func (h Holder) String() string {
	if h.Ours {
		return fmt.Sprintf("GandiVM %q", h.Said.Name)
	}
	return fmt.Sprintf("VM %d", h.Said.VMID)
}

// Source is what a new disk is copied from.
type Source struct {
	Disk   gandi.DiskID
	Name   string // in words
	SizeMB int    // 0 when not told
}

// Move is a change of datacenter.
type Move struct {
	To v1alpha1.ResolvedDatacenter
	// Possible: Gandi migrates from the present datacenter to that one.
	Possible bool
	// Ways lists where Gandi migrates to from the present one, in words.
	Ways string
}

// Observe looks at the disk and at everything that the spec refers to.
func (k Kind) Observe(ctx context.Context, obj *v1alpha1.GandiDisk, env engine.Env) (Observed, error) {
	st := &obj.Status
	s := Observed{
		Token:      env.Token,
		Rollback:   rollbackOf(obj),
		Migrating:  st.Intent != nil && st.Intent.Method == gandi.DiskMigrate{}.Method(),
		Applied:    maps.Clone(st.Applied),
		Refusals:   st.Refusals,
		Adopted:    obj.Spec.Adopt != nil || st.Adopted,
		Retain:     env.Retain,
		Paused:     obj.Annotations[v1alpha1.AnnotationPaused] == "true",
		Generation: obj.Generation,
	}
	s.HandsOff = s.Paused || obj.Spec.ManagementPolicy == v1alpha1.Observe
	if st.LastFailure != nil {
		s.Refusals = append(slices.Clone(s.Refusals), *st.LastFailure)
	}
	if f := s.failure(func(f v1alpha1.Failure) bool { return f.Context == s.Rollback.context() && f.Class != unconfirmed }); f != nil {
		s.Rollback.Failure = engine.Head(f.Message, 256)
	}
	var err error
	if env.Established {
		err = s.see(ctx, obj, env)
	} else {
		err = s.leftovers(ctx, obj, env)
	}
	if err == nil && !deleting(obj) {
		err = s.references(ctx, obj, env)
	}
	return s, err
}

// see copies the record of the disk, and finds out who has it.
func (s *Observed) see(ctx context.Context, obj *v1alpha1.GandiDisk, env engine.Env) error {
	rec := env.Disk(gandi.DiskID(obj.Status.ID))
	disk := rec.Value
	s.Disk = &disk
	s.Datacenter = v1alpha1.ResolvedDatacenter{ID: int64(disk.DatacenterID)}
	if known := obj.Status.Datacenter; known != nil && known.ID == s.Datacenter.ID {
		s.Datacenter.Name = known.Name
	}
	if !deleting(obj) {
		if err := s.names(ctx, env); err != nil {
			return err
		}
	}
	var err error
	s.Holder, err = holder(ctx, obj, env, rec)
	return err
}

// names finds names to show for the datacenter and the profile. A deletion does
// not wait for them.
func (s *Observed) names(ctx context.Context, env engine.Env) (err error) {
	if s.Datacenter.Name == "" {
		name, err := catalog.NameOf(ctx, env.Catalog, s.Disk.DatacenterID)
		if err != nil {
			return err
		}
		s.Datacenter.Name = engine.Head(name, 128)
	}
	s.ProfileName, err = catalog.ProfileName(ctx, env.Catalog, s.Disk.SnapshotProfileID)
	return err
}

// holder is the VM that has the disk of rec. The disk's own record counts, unless
// the record of a VM is younger and has the disk.
func holder(ctx context.Context, obj *v1alpha1.GandiDisk, env engine.Env, rec account.Record[gandi.Disk]) (*Holder, error) {
	var id gandi.VMID
	if len(rec.Value.VMIDs) > 0 {
		id = rec.Value.VMIDs[0]
	}
	for _, vm := range env.VMsOfDisk(rec.Value.ID) {
		if id == 0 && env.VM(vm.ID).Begun > rec.Begun {
			id = vm.ID
		}
	}
	said, owner, err := env.Holder(ctx, obj.Namespace, id)
	if err != nil || said == nil {
		return nil, err
	}
	if owner != nil && owner.Status.Handle != obj.Status.Handle {
		// Numbers are an endpoint's own: this is a VM of another one.
		said.Name, owner = fmt.Sprint(int(id)), nil
	}
	vm := env.VM(id)
	disks := vm.Value.DiskIDs
	h := &Holder{
		Said:   *said,
		Ours:   owner != nil,
		Boots:  len(disks) > 0 && disks[0] == rec.Value.ID,
		Halted: vm.Seen.Present() && vm.Value.State == gandi.VMHalted,
		ByHand: true, // somebody else's VM is not ours to reboot
	}
	if owner != nil {
		h.Unasked, h.Observed = !asksFor(owner, obj), owner.Spec.ManagementPolicy == v1alpha1.Observe
		h.ByHand = owner.Spec.RebootPolicy == v1alpha1.RebootManual || owner.Spec.ManagementPolicy == v1alpha1.Observe ||
			owner.Annotations[v1alpha1.AnnotationPaused] == "true"
	}
	return h, nil
}

// asksFor tells whether the GandiVM names the GandiDisk, or attached its disk.
func asksFor(vm *v1alpha1.GandiVM, obj *v1alpha1.GandiDisk) bool {
	byRef := vm.Spec.SystemDisk != nil && vm.Spec.SystemDisk.DiskRef != nil
	named := (byRef && vm.Spec.SystemDisk.DiskRef.Name == obj.Name) ||
		slices.ContainsFunc(vm.Spec.Disks, func(d v1alpha1.VMDisk) bool { return d.DiskRef.Name == obj.Name })
	if named && vm.Namespace == obj.Namespace {
		return true
	}
	return slices.ContainsFunc(vm.Status.Attachments, func(a v1alpha1.VMAttachmentStatus) bool {
		// The first is the disk that the VM boots from. One that came with it stays,
		// until another is named in its place.
		return a.DiskID == obj.Status.ID && (!strings.HasPrefix(a.Name, "_") || byRef)
	})
}

// leftovers finds a disk that a create which failed left: named in a reply,
// called by the token still, free, and nobody else's by now.
func (s *Observed) leftovers(ctx context.Context, obj *v1alpha1.GandiDisk, env engine.Env) error {
	for _, one := range env.Leftovers {
		disk, there := present(env, gandi.DiskID(one.ID))
		if one.Type != "disk" || !there || disk.Name != env.Token || len(disk.VMIDs) > 0 || len(env.VMsOfDisk(disk.ID)) > 0 {
			continue
		}
		var owners v1alpha1.GandiDiskList
		if err := env.Owners(ctx, one.ID, &owners); err != nil {
			return err
		}
		if !slices.ContainsFunc(owners.Items, func(o v1alpha1.GandiDisk) bool { return o.UID != obj.UID }) {
			s.Leftover = disk.ID
		}
	}
	return nil
}

// lacks keeps what is missing, the first of it, and hands on all other errors.
func (s *Observed) lacks(err error) error {
	missing, ok := errors.AsType[*engine.Missing](err)
	if !ok {
		return err
	}
	if s.Missing == nil {
		s.Missing = missing
	}
	return nil
}

// took tells whether Gandi accepted that value by disk.update, and shows
// something else: it is not sent again and again.
func (s Observed) took(key, value string) bool { return s.Applied[key] == value }
