package vm

import (
	"slices"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
)

// assign gives every entry of spec.disks its position: the one that it asks
// for, else the one that it has had since it came, whoever asks for that by now,
// else the first from 1 on that no other entry has.
func assign(obj object) map[string]int {
	positions, taken := map[string]int{}, map[int]bool{}
	give := func(entry string, position int) {
		positions[entry], taken[position] = position, true
	}
	for _, d := range obj.Spec.Disks {
		if d.Position != nil {
			give(d.Name, int(*d.Position))
		}
	}
	for _, d := range obj.Spec.Disks {
		if had, ok := assigned(obj, d.Name); ok && d.Position == nil && had > 0 {
			give(d.Name, had)
		}
	}
	next := 1
	for _, d := range obj.Spec.Disks {
		if _, ok := positions[d.Name]; ok {
			continue
		}
		for taken[next] {
			next++
		}
		give(d.Name, next)
	}
	return positions
}

func assigned(obj object, entry string) (int, bool) {
	for _, a := range obj.Status.Attachments {
		if a.Name == entry {
			return int(a.Position), true
		}
	}
	return 0, false
}

// attachments is what status shall tell of the disks that the operator attached:
// an entry each, and what is still to be detached of entries that are gone.
func attachments(s Observed) []v1alpha1.VMAttachmentStatus {
	var out []v1alpha1.VMAttachmentStatus
	for _, w := range s.Wanted {
		now := v1alpha1.VMAttachmentStatus{Name: w.Entry, Position: int32(w.Position), ReadOnly: w.ReadOnly}
		was := s.record(w.Entry)
		switch {
		case was != nil && was.DiskID != 0 && gandi64(w) != was.DiskID && s.has(idOf(was)):
			now = *was // the former disk of this entry has to come off first
		case w.Disk != 0 && s.has(w.Disk):
			now.DiskID = int64(w.Disk)
			if was != nil && was.DiskID == now.DiskID {
				now.ReadOnly = was.ReadOnly
				if was.Position > 0 && w.Position > 0 {
					now.Position = was.Position
				}
			}
		case w.Entry == systemEntry:
			now.DiskID = int64(w.Disk) // a VM made with it is found by it
		}
		out = append(out, now)
	}
	for _, was := range s.Recorded {
		gone := true
		for _, w := range s.Wanted {
			gone = gone && w.Entry != was.Name
		}
		if was.Name == systemEntry && s.HandedOver != 0 {
			continue
		}
		if gone && was.DiskID != 0 && s.has(idOf(&was)) {
			out = append(out, was)
		}
	}
	return withHandedOver(s, out)
}

// withHandedOver keeps in mind that the disk which a GandiDisk has now came with
// the VM: when another takes its place it comes off like one that was attached.
func withHandedOver(s Observed, list []v1alpha1.VMAttachmentStatus) []v1alpha1.VMAttachmentStatus {
	recorded := slices.ContainsFunc(list, func(a v1alpha1.VMAttachmentStatus) bool { return a.Name == systemEntry && s.has(idOf(&a)) })
	if s.HandedOver == 0 || !s.has(s.HandedOver) || recorded || s.wanted(s.HandedOver) != nil {
		return list
	}
	list = slices.DeleteFunc(list, func(a v1alpha1.VMAttachmentStatus) bool { return a.Name == systemEntry })
	return append(list, v1alpha1.VMAttachmentStatus{Name: systemEntry, DiskID: int64(s.HandedOver)})
}
