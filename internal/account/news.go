package account

import (
	"maps"
	"time"

	"github.com/gandi-operator/gandi-operator/internal/gandi"
	"github.com/gandi-operator/gandi-operator/internal/operation"
)

// told is one reading's result, before it is stored.
type told struct {
	begun  Seq
	at     time.Time
	seen   Seen
	vms    []gandi.VM
	disks  []gandi.Disk
	ifaces []gandi.Iface
	ips    []gandi.IP
	vlans  []gandi.VLAN
	keys   []gandi.SSHKey
	sites  []gandi.Site
}

// news is who has to hear of what changed. It is collected under the lock of
// the inventory, and told without it.
type news struct {
	i      *Inventory
	owners map[operation.Owner]struct{}
}

// learn changes the inventory by f and wakes those whom f found.
func (i *Inventory) learn(f func(n news)) {
	n := news{i, map[operation.Owner]struct{}{}}
	i.mu.Lock()
	f(n)
	i.mu.Unlock()
	i.wakeAll(n.owners)
}

// Each of these finds the owners who care for things that changed.

func (n news) of(kind WantKind, id int) { n.i.subscribers.wake(n.owners, kind, id) }

func (n news) vm(vms ...gandi.VM) {
	for _, vm := range vms {
		n.of(WantVM, int(vm.ID))
	}
}

func (n news) disk(disks ...gandi.Disk) {
	for _, d := range disks {
		n.of(WantDisk, int(d.ID))
		n.of(WantDisk, int(d.Source))
		for _, vm := range d.VMIDs {
			n.of(WantVM, int(vm))
		}
	}
}

func (n news) iface(ifaces ...gandi.Iface) {
	for _, f := range ifaces {
		n.of(WantIface, int(f.ID))
		n.of(WantVM, int(f.VMID))
		n.of(WantVLAN, int(vlanOf(f)))
	}
}

func (n news) ip(ips ...gandi.IP) {
	for _, ip := range ips {
		n.of(WantIface, int(ip.IfaceID))
		n.of(WantVM, int(ip.VMID))
		n.of(WantVLAN, int(vlanOf(n.i.ifaces.get(ip.IfaceID).Value)))
	}
}

func (n news) vlan(vlans ...gandi.VLAN) {
	for _, v := range vlans {
		n.of(WantVLAN, int(v.ID))
	}
}

func (n news) sshKey(keys ...gandi.SSHKey) {
	for _, k := range keys {
		n.of(WantSSHKey, int(k.ID))
	}
}

func (n news) site(sites ...gandi.Site) {
	for _, s := range sites {
		n.of(WantSite, int(s.ID))
	}
}

// vlanOf is the VLAN that an interface is on; 0 for none.
func vlanOf(f gandi.Iface) gandi.VLANID {
	if f.VLAN == nil {
		return 0
	}
	return f.VLAN.ID
}

// store takes in single records: of info, or of a list of ids.
func (i *Inventory) store(t told) {
	i.learn(func(n news) {
		for _, vm := range t.vms {
			was := i.vms.get(vm.ID)
			takeEach(&i.vms, []gandi.VM{vm}, t, n.vm)
			if was.Begun < t.begun {
				i.departed(was.Value, vm, t.begun, n)
			}
		}
		takeEach(&i.disks, t.disks, t, n.disk)
		takeEach(&i.ifaces, t.ifaces, t, n.iface) // before their addresses, whose news goes to the VLANs
		takeEach(&i.ips, t.ips, t, n.ip)
		takeEach(&i.vlans, t.vlans, t, n.vlan)
		takeEach(&i.keys, t.keys, t, n.sshKey)
		takeEach(&i.sites, t.sites, t, n.site)
	})
}

func takeEach[I ~int, T any](t *table[I, T], values []T, by told, tell func(...T)) {
	for _, v := range values {
		if was, changed := t.put(v, by.seen, by.begun, by.at); changed {
			tell(was, v)
		}
	}
}

// lost takes note that info said: no such thing.
func (i *Inventory) lost(k key, begun Seq) {
	i.learn(func(n news) {
		switch k.kind {
		case WantVM:
			was := i.vms.get(vmID(k))
			lose(&i.vms, vmID(k), begun, n.vm)
			if was.Begun < begun {
				i.departed(was.Value, gandi.VM{}, begun, n)
			}
		case WantDisk:
			lose(&i.disks, diskID(k), begun, n.disk)
		case WantIface:
			lose(&i.ifaces, ifaceID(k), begun, n.iface)
		case WantVLAN:
			lose(&i.vlans, vlanID(k), begun, n.vlan)
		case WantSSHKey:
			lose(&i.keys, sshKeyID(k), begun, n.sshKey)
		case WantSite:
			lose(&i.sites, siteID(k), begun, n.site)
		case WantSweep:
		}
		maps.Copy(n.owners, i.subscribers.of(k))
	})
}

func lose[I ~int, T any](t *table[I, T], id I, begun Seq, tell func(...T)) {
	if was, changed := t.miss(id, NotFound, begun, time.Now()); changed {
		tell(was)
	}
}

// Each of these takes one whole list.

func (i *Inventory) allVMs(list []gandi.VM, begun Seq) {
	i.learn(func(n news) { n.vm(i.vms.whole(list, begun, time.Now(), kept[gandi.VMID](i, WantVM))...) })
}

func (i *Inventory) allDisks(list []gandi.Disk, begun Seq) {
	i.learn(func(n news) { n.disk(i.disks.whole(list, begun, time.Now(), kept[gandi.DiskID](i, WantDisk))...) })
}

func (i *Inventory) allIfaces(list []gandi.Iface, begun Seq) {
	i.learn(func(n news) { n.iface(i.ifaces.whole(list, begun, time.Now(), kept[gandi.IfaceID](i, WantIface))...) })
}

func (i *Inventory) allIPs(list []gandi.IP, begun Seq) {
	i.learn(func(n news) { n.ip(i.ips.whole(list, begun, time.Now(), func(gandi.IPID) bool { return false })...) })
}

func (i *Inventory) allVLANs(list []gandi.VLAN, begun Seq) {
	i.learn(func(n news) { n.vlan(i.vlans.whole(list, begun, time.Now(), kept[gandi.VLANID](i, WantVLAN))...) })
}

func (i *Inventory) allSSHKeys(list []gandi.SSHKey, begun Seq) {
	i.learn(func(n news) { n.sshKey(i.keys.whole(list, begun, time.Now(), kept[gandi.SSHKeyID](i, WantSSHKey))...) })
}

func (i *Inventory) allSites(list []gandi.Site, begun Seq) {
	i.learn(func(n news) { n.site(i.sites.whole(list, begun, time.Now(), kept[gandi.SiteID](i, WantSite))...) })
}

// kept tells of what is gone whether somebody still cares.
func kept[I ~int](i *Inventory, kind WantKind) func(I) bool {
	return func(id I) bool { return i.subscribers.wanted(key{kind, int(id)}) }
}
