package account

import (
	"reflect"
	"time"

	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// The tables of an inventory: what each kind of record is found by, what a
// list leaves out, and what does not count as a change. Dates of update do not
// count: what else changed tells more, and nobody knows what moves them.

func (i *Inventory) vmTable() table[gandi.VMID, gandi.VM] {
	return table[gandi.VMID, gandi.VM]{
		records: map[gandi.VMID]*Record[gandi.VM]{},
		id:      func(v gandi.VM) gandi.VMID { return v.ID },
		gone:    func(v gandi.VM) bool { return v.State == gandi.VMDeleted },
		merge:   mergeVM,
		same:    func(a, b gandi.VM) bool { return reflect.DeepEqual(bareVM(a), bareVM(b)) },
		link: func(v gandi.VM) {
			i.farmed.add(v.Farm, v.ID)
			for _, d := range v.DiskIDs {
				i.booted.add(d, v.ID)
			}
		},
		unlink: func(v gandi.VM) {
			i.farmed.remove(v.Farm, v.ID)
			for _, d := range v.DiskIDs {
				i.booted.remove(d, v.ID)
			}
		},
	}
}

// mergeVM keeps what only info tells. The farm is set at creation and has no
// update, so an older one is as good as a new one.
func mergeVM(was, now gandi.VM) gandi.VM {
	if !now.FarmTold && was.FarmTold {
		now.Farm, now.FarmTold = was.Farm, true
	}
	if now.KeyIDs == nil {
		now.KeyIDs = was.KeyIDs
	}
	if now.HVMState == "" {
		now.HVMState = was.HVMState
	}
	return now
}

// bareVM is what list and info have in common. Disks and interfaces have
// records of their own.
func bareVM(v gandi.VM) gandi.VM {
	v.Disks, v.Ifaces = nil, nil
	v.ConsoleURL = ""
	v.DateUpdated = time.Time{}
	return v
}

func (i *Inventory) diskTable() table[gandi.DiskID, gandi.Disk] {
	return table[gandi.DiskID, gandi.Disk]{
		records: map[gandi.DiskID]*Record[gandi.Disk]{},
		id:      func(d gandi.Disk) gandi.DiskID { return d.ID },
		gone:    func(d gandi.Disk) bool { return d.State == gandi.DiskDeleted },
		merge:   func(_, now gandi.Disk) gandi.Disk { return now },
		same: func(a, b gandi.Disk) bool {
			a.DateUpdated, b.DateUpdated = time.Time{}, time.Time{}
			return reflect.DeepEqual(a, b)
		},
		link:   func(d gandi.Disk) { i.named.add(d.Name, d.ID) },
		unlink: func(d gandi.Disk) { i.named.remove(d.Name, d.ID) },
	}
}

func (i *Inventory) ifaceTable() table[gandi.IfaceID, gandi.Iface] {
	return table[gandi.IfaceID, gandi.Iface]{
		records: map[gandi.IfaceID]*Record[gandi.Iface]{},
		id:      func(f gandi.Iface) gandi.IfaceID { return f.ID },
		gone:    func(gandi.Iface) bool { return false },
		merge:   func(_, now gandi.Iface) gandi.Iface { return now },
		same: func(a, b gandi.Iface) bool {
			a.IPs, b.IPs = nil, nil
			a.DateUpdated, b.DateUpdated = time.Time{}, time.Time{}
			return reflect.DeepEqual(a, b)
		},
		link:   func(gandi.Iface) {},
		unlink: func(gandi.Iface) {},
	}
}

func (i *Inventory) ipTable() table[gandi.IPID, gandi.IP] {
	return table[gandi.IPID, gandi.IP]{
		records: map[gandi.IPID]*Record[gandi.IP]{},
		id:      func(p gandi.IP) gandi.IPID { return p.ID },
		gone:    func(gandi.IP) bool { return false },
		merge: func(was, now gandi.IP) gandi.IP {
			if now.VMID == 0 && now.IfaceID != 0 && now.IfaceID == was.IfaceID {
				now.VMID = was.VMID // told in the VM's info alone
			}
			return now
		},
		same: func(a, b gandi.IP) bool {
			a.DateUpdated, b.DateUpdated = time.Time{}, time.Time{}
			return a == b
		},
		link:   func(gandi.IP) {},
		unlink: func(gandi.IP) {},
	}
}
