package account

import (
	"slices"

	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// departed takes note, in the records of disks and interfaces, that a VM does
// not have them any more: its own record says so, or info says that there is no
// such VM. Without it whoever waits for a disk would learn of it with the next
// sweep only. Sweeps need no such notes: they list disks and interfaces, too.
func (i *Inventory) departed(was gandi.VM, has gandi.VM, begun Seq, n news) {
	for _, id := range was.DiskIDs {
		r := i.disks.records[id]
		if slices.Contains(has.DiskIDs, id) || r == nil || r.Begun >= begun || !slices.Contains(r.Value.VMIDs, was.ID) {
			continue
		}
		n.disk(r.Value)
		r.Value.VMIDs = slices.DeleteFunc(slices.Clone(r.Value.VMIDs), func(vm gandi.VMID) bool { return vm == was.ID })
	}
	for _, id := range was.IfaceIDs {
		r := i.ifaces.records[id]
		if slices.Contains(has.IfaceIDs, id) || r == nil || r.Begun >= begun || r.Value.VMID != was.ID {
			continue
		}
		n.iface(r.Value)
		r.Value.VMID, r.Value.Num, r.Value.State = 0, nil, gandi.IfaceFree
	}
}
