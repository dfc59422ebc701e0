package account

import (
	"cmp"
	"net/netip"
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
func mergeVM(was, now gandi.VM, _ Seen) gandi.VM {
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
		merge:   func(_, now gandi.Disk, _ Seen) gandi.Disk { return now },
		same: func(a, b gandi.Disk) bool {
			a.DateUpdated, b.DateUpdated = time.Time{}, time.Time{}
			return reflect.DeepEqual(a, b)
		},
		link: func(d gandi.Disk) {
			i.named.add(d.Name, d.ID)
			i.copied.add(d.Source, d.ID)
		},
		unlink: func(d gandi.Disk) {
			i.named.remove(d.Name, d.ID)
			i.copied.remove(d.Source, d.ID)
		},
	}
}

func (i *Inventory) ifaceTable() table[gandi.IfaceID, gandi.Iface] {
	return table[gandi.IfaceID, gandi.Iface]{
		records: map[gandi.IfaceID]*Record[gandi.Iface]{},
		id:      func(f gandi.Iface) gandi.IfaceID { return f.ID },
		gone:    func(gandi.Iface) bool { return false },
		merge:   func(_, now gandi.Iface, _ Seen) gandi.Iface { return now },
		same: func(a, b gandi.Iface) bool {
			a.IPs, b.IPs = nil, nil
			a.DateUpdated, b.DateUpdated = time.Time{}, time.Time{}
			return reflect.DeepEqual(a, b)
		},
		link:   func(f gandi.Iface) { i.private.add(vlanOf(f), f.ID) },
		unlink: func(f gandi.Iface) { i.private.remove(vlanOf(f), f.ID) },
	}
}

func (i *Inventory) ipTable() table[gandi.IPID, gandi.IP] {
	return table[gandi.IPID, gandi.IP]{
		records: map[gandi.IPID]*Record[gandi.IP]{},
		id:      func(p gandi.IP) gandi.IPID { return p.ID },
		gone:    func(gandi.IP) bool { return false },
		merge: func(was, now gandi.IP, _ Seen) gandi.IP {
			if now.VMID == 0 && now.IfaceID != 0 && now.IfaceID == was.IfaceID {
				now.VMID = was.VMID // told in the VM's info alone
			}
			return now
		},
		same: func(a, b gandi.IP) bool {
			a.DateUpdated, b.DateUpdated = time.Time{}, time.Time{}
			return a == b
		},
		link: func(p gandi.IP) {
			if a, ok := addressOf(p.Addr); ok {
				i.addressed.add(a, p.ID)
			}
		},
		unlink: func(p gandi.IP) {
			if a, ok := addressOf(p.Addr); ok {
				i.addressed.remove(a, p.ID)
			}
		},
	}
}

// addressOf makes the many ways to write one address equal.
func addressOf(text string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(text)
	return a.Unmap().WithZone(""), err == nil
}

func (i *Inventory) vlanTable() table[gandi.VLANID, gandi.VLAN] {
	return table[gandi.VLANID, gandi.VLAN]{
		records: map[gandi.VLANID]*Record[gandi.VLAN]{},
		id:      func(v gandi.VLAN) gandi.VLANID { return v.ID },
		gone:    func(gandi.VLAN) bool { return false },
		merge:   func(was, now gandi.VLAN, _ Seen) gandi.VLAN { return mergeVLAN(was, now) },
		same: func(a, b gandi.VLAN) bool {
			a.DateUpdated, b.DateUpdated = time.Time{}, time.Time{}
			return a == b
		},
		link:   func(v gandi.VLAN) { i.vlanNamed.add(v.Name, v.ID) },
		unlink: func(v gandi.VLAN) { i.vlanNamed.remove(v.Name, v.ID) },
	}
}

// mergeVLAN keeps what only the list tells. No VLAN is without any of it.
func mergeVLAN(was, now gandi.VLAN) gandi.VLAN {
	now.Name = cmp.Or(now.Name, was.Name)
	now.DatacenterID = cmp.Or(now.DatacenterID, was.DatacenterID)
	now.Subnet = cmp.Or(now.Subnet, was.Subnet)
	now.Gateway = cmp.Or(now.Gateway, was.Gateway)
	now.State = cmp.Or(now.State, was.State)
	return now
}

// wholeVLAN tells whether a reading told all that every VLAN has.
func wholeVLAN(v gandi.VLAN) bool {
	return v.Name != "" && v.DatacenterID != 0 && v.Subnet != "" && v.Gateway != "" && v.State != ""
}

func (i *Inventory) keyTable() table[gandi.SSHKeyID, gandi.SSHKey] {
	return table[gandi.SSHKeyID, gandi.SSHKey]{
		records: map[gandi.SSHKeyID]*Record[gandi.SSHKey]{},
		id:      func(k gandi.SSHKey) gandi.SSHKeyID { return k.ID },
		gone:    func(gandi.SSHKey) bool { return false },
		merge: func(was, now gandi.SSHKey, _ Seen) gandi.SSHKey {
			if now.Value == "" {
				now.Value = was.Value // told by info alone; keys have no update
			}
			return now
		},
		same: func(a, b gandi.SSHKey) bool {
			a.Value, b.Value = "", "" // the fingerprint tells them apart
			return a == b
		},
		link:   func(k gandi.SSHKey) { i.keyNamed.add(k.Name, k.ID) },
		unlink: func(k gandi.SSHKey) { i.keyNamed.remove(k.Name, k.ID) },
	}
}
