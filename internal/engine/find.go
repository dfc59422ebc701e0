package engine

import (
	"context"
	"slices"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// find lists what carries token, but for disks that a GandiDisk has by now: those
// keep the name by which they were bought with a VM, and say nothing any more of
// whose VM they are attached to.
func (p *pass[O, S]) find(ctx context.Context, token string) ([]Claim, error) {
	inv := p.conv.Inventory()
	if _, heir := any(p.Kind).(Inheritor); heir {
		return p.Kind.Find(inv, p.obj, token), nil
	}
	r := without{Reader: inv}
	for _, disk := range inv.DiskNamed(token) {
		var all v1alpha1.GandiDiskList
		if err := p.owners(ctx, int64(disk.ID), &all); err != nil {
			return nil, err
		}
		for _, one := range all.Items {
			if h := one.Status.Handle; h == "" || h == p.conv.Handle() {
				r.disks = append(r.disks, disk.ID)
			}
		}
	}
	return p.Kind.Find(r, p.obj, token), nil
}

// without is a reader that finds some disks by their numbers only.
type without struct {
	Reader
	disks []gandi.DiskID
}

func (w without) DiskNamed(name string) []gandi.Disk {
	return slices.DeleteFunc(slices.Clone(w.Reader.DiskNamed(name)), func(d gandi.Disk) bool { return slices.Contains(w.disks, d.ID) })
}
