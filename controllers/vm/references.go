package vm

import (
	"fmt"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/catalog"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// ownDisk checks a disk that is given by number: it has to be there, in the
// datacenter, and free when it is to be used and not copied.
func ownDisk(env engine.Env, id gandi.DiskID, dc gandi.Datacenter, toUse bool) error {
	rec := env.Disk(id)
	disk := rec.Value
	switch {
	case !rec.Seen.Present():
		return &engine.Missing{Reason: v1alpha1.ReasonDiskNotFound, Message: fmt.Sprintf("disk %d is not on the account", id)}
	case disk.DatacenterID != 0 && disk.DatacenterID != dc.ID:
		return &engine.Missing{Reason: v1alpha1.ReasonDiskNotFound,
			Message: fmt.Sprintf("disk %d is in datacenter %d, and the VM shall be in %s (%d); Gandi wants both in one", id, disk.DatacenterID, catalog.DatacenterName(dc), dc.ID)}
	case toUse && len(disk.VMIDs) > 0:
		return &engine.Missing{Reason: v1alpha1.ReasonDiskInUse,
			Message: fmt.Sprintf("disk %d is attached to VM %d; it is used as soon as it is free", id, disk.VMIDs[0])}
	}
	return nil
}
