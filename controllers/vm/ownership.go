package vm

import (
	"context"
	"slices"
	"strconv"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

func idOf(a *v1alpha1.VMAttachmentStatus) gandi.DiskID { return gandi.DiskID(a.DiskID) }

func gandi64(w wantedDisk) int64 { return int64(w.Disk) }

// claims finds out what of the VM belongs to objects of its own: GandiDisks and
// GandiInterfaces, of whatever namespace.
func (s *Observed) claims(ctx context.Context, obj object, env engine.Env) error {
	s.ClaimedDisks, s.ClaimedIfaces = map[gandi.DiskID]string{}, map[gandi.IfaceID]string{}
	disks := slices.Clone(s.VM.DiskIDs)
	if id := gandi.DiskID(obj.Status.SystemDiskID); id != 0 && !slices.Contains(disks, id) {
		disks = append(disks, id)
	}
	for _, id := range disks {
		if owner, err := diskOwner(ctx, obj, env, id); err != nil {
			return err
		} else if owner != "" {
			s.ClaimedDisks[id] = owner
		}
	}
	for _, id := range s.VM.IfaceIDs {
		if owner, err := ifaceOwner(ctx, obj, env, id); err != nil {
			return err
		} else if owner != "" {
			s.ClaimedIfaces[id] = owner
		}
	}
	return nil
}

// diskOwner names the GandiDisk that has the disk; "" when none does.
func diskOwner(ctx context.Context, obj object, env engine.Env, id gandi.DiskID) (owner string, err error) {
	var all v1alpha1.GandiDiskList
	err = env.Owners(ctx, int64(id), &all)
	for _, one := range all.Items {
		if sameHandle(obj, one.Status.Handle) {
			owner = one.Name
		}
	}
	return owner, err
}

// ifaceOwner names the GandiInterface that has the interface; "" when none does.
func ifaceOwner(ctx context.Context, obj object, env engine.Env, id gandi.IfaceID) (owner string, err error) {
	var all v1alpha1.GandiInterfaceList
	err = env.Owners(ctx, int64(id), &all)
	for _, one := range all.Items {
		if sameHandle(obj, one.Status.Handle) {
			owner = one.Name
		}
	}
	return owner, err
}

// cameWith recalls which disk and which interface came with the VM. What moves up
// in their places when they are taken off is somebody else's.
func (s *Observed) cameWith(obj object) {
	recall := func(key string, first int) int {
		if known, err := strconv.Atoi(s.Applied[key]); err == nil {
			return known
		}
		return first
	}
	var disk, iface int
	if ids := s.VM.DiskIDs; len(ids) > 0 && !ownBoot(obj) && !s.attached(ids[0]) {
		disk = int(ids[0])
	}
	if ids := s.VM.IfaceIDs; len(ids) > 0 && (len(obj.Spec.Interfaces) == 0 || bought(obj, ids[0])) && !slices.Contains(s.RecordedIfaces, ids[0]) {
		iface = int(ids[0])
	}
	s.CameDisk, s.CameIface = gandi.DiskID(recall(appliedDisk, disk)), gandi.IfaceID(recall(appliedIface, iface))
	if _, claimed := s.ClaimedDisks[s.CameDisk]; claimed {
		s.CameDisk = 0
	}
	if _, claimed := s.ClaimedIfaces[s.CameIface]; claimed {
		s.CameIface = 0
	}
}

func sameHandle(obj object, handle string) bool {
	return obj.Status.Handle == "" || handle == "" || obj.Status.Handle == handle
}

// ownDisk is the system disk that was bought with the VM; 0 when there is none,
// or when it was handed over to a GandiDisk. After a lost status it is known by
// its mark alone.
func (s *Observed) ownDisk(obj object) gandi.DiskID {
	if s.Adopted {
		return 0
	}
	id := gandi.DiskID(obj.Status.SystemDiskID)
	for _, part := range obj.Status.Created {
		if one := gandi.DiskID(part.ID); id == 0 && part.Type == "disk" && s.has(one) {
			id = one
		}
	}
	for _, disk := range s.Disks {
		if id == 0 && disk.Name == s.Token {
			id = disk.ID
		}
	}
	if _, claimed := s.ClaimedDisks[id]; claimed {
		s.HandedOver = id
		return 0
	}
	return id
}

// ownBoot tells whether the VM shall boot from a disk that the spec names.
func ownBoot(obj object) bool {
	sd := obj.Spec.SystemDisk
	return sd != nil && (sd.DiskRef != nil || sd.DiskID != 0)
}

// bootFrom is the disk of one's own that a new VM boots from.
func (s *Observed) bootFrom(obj object) gandi.DiskID {
	for _, w := range s.Wanted {
		if w.Entry == systemEntry {
			return w.Disk
		}
	}
	return gandi.DiskID(obj.Spec.SystemDisk.DiskID)
}

func retainsSystemDisk(obj object) bool {
	return obj.Spec.SystemDisk != nil && obj.Spec.SystemDisk.Retain
}

// diskGoes tells whether the disk goes when the VM is deleted: it was bought
// with it, or came with it when it was adopted, and is nobody else's.
func (s *Observed) diskGoes(obj object, id gandi.DiskID) bool {
	_, claimed := s.ClaimedDisks[id]
	switch {
	case claimed || s.attached(id) || retainsSystemDisk(obj):
		return false
	case s.Adopted:
		return id == s.CameDisk && !ownBoot(obj)
	default:
		return id == s.OwnDisk && !ownBoot(obj)
	}
}

// attached tells whether the operator attached the disk for the spec.
func (s *Observed) attached(id gandi.DiskID) bool {
	return s.wanted(id) != nil || slices.ContainsFunc(s.Recorded, func(a v1alpha1.VMAttachmentStatus) bool { return idOf(&a) == id })
}

// ifaceGoes tells the same of an interface.
func (s *Observed) ifaceGoes(obj object, id gandi.IfaceID) bool {
	if _, claimed := s.ClaimedIfaces[id]; claimed || slices.Contains(s.RecordedIfaces, id) {
		return false
	}
	return bought(obj, id) || (id == s.CameIface && len(obj.Spec.Interfaces) == 0)
}

// bought tells whether the create of the VM made the interface.
func bought(obj object, id gandi.IfaceID) bool {
	return slices.Contains(obj.Status.Created, v1alpha1.ExternalID{Type: "iface", ID: int64(id)})
}
