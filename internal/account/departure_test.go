package account

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// Who waits for a disk or an interface hears at once that a VM gave it up.
func TestDeparture(t *testing.T) {
	before := func(i *Inventory) {
		i.store(told{begun: 3, seen: Informed,
			vms:    []gandi.VM{{ID: 7, DiskIDs: []gandi.DiskID{70, 80}, IfaceIDs: []gandi.IfaceID{90, 91}}},
			disks:  []gandi.Disk{{ID: 70, VMIDs: []gandi.VMID{7}}, {ID: 80, VMIDs: []gandi.VMID{7}}},
			ifaces: []gandi.Iface{{ID: 90, VMID: 7, State: gandi.IfaceUsed}, {ID: 91, VMID: 7, State: gandi.IfaceUsed}},
		})
		i.Subscribe(ownerNamed("disk"), Want{Kind: WantDisk, ID: 80})
		i.Subscribe(ownerNamed("iface"), Want{Kind: WantIface, ID: 91})
	}
	less := gandi.VM{ID: 7, DiskIDs: []gandi.DiskID{70}, IfaceIDs: []gandi.IfaceID{90}}
	for _, row := range []struct {
		name  string
		then  func(*Inventory)
		freed bool
	}{
		{"the VM tells less", func(i *Inventory) { i.store(informed(4, less)) }, true},
		{"the VM is gone", func(i *Inventory) { i.lost(key{WantVM, 7}, 4) }, true},
		{"an older record tells less", func(i *Inventory) { i.store(informed(2, less)) }, false},
		{"the disk was read later", func(i *Inventory) {
			i.store(told{begun: 5, seen: Informed, disks: []gandi.Disk{{ID: 80, VMIDs: []gandi.VMID{7}}}, ifaces: []gandi.Iface{{ID: 91, VMID: 7}}})
			i.store(informed(4, less))
		}, false},
		{"another VM has it by now", func(i *Inventory) {
			i.store(told{begun: 3, seen: Informed, disks: []gandi.Disk{{ID: 80, VMIDs: []gandi.VMID{8}}}, ifaces: []gandi.Iface{{ID: 91, VMID: 8}}})
			i.store(informed(4, less))
		}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			i, woken := quietInventory()
			before(i)
			*woken = nil
			row.then(i)
			disk, iface := i.Disk(80).Value, i.Iface(91).Value
			if freed := len(disk.VMIDs) == 0; freed != row.freed {
				t.Errorf("the disk is attached to %v", disk.VMIDs)
			}
			if freed := iface.VMID == 0; freed != row.freed {
				t.Errorf("the interface is attached to %d", iface.VMID)
			}
			if diff := cmp.Diff([]gandi.VMID{7}, i.Disk(70).Value.VMIDs); diff != "" && row.name != "the VM is gone" {
				t.Errorf("the other disk: %s", diff)
			}
			if row.freed && len(*woken) < 2 {
				t.Errorf("woken: %v", *woken)
			}
		})
	}
}
