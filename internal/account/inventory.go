package account

import (
	"iter"
	"maps"
	"net/netip"
	"slices"
	"sync"

	"github.com/gandi-operator/gandi-operator/internal/gandi"
	"github.com/gandi-operator/gandi-operator/internal/operation"
)

// Inventory is what Gandi told last of an account's VMs, disks, interfaces and
// addresses, and of its VLANs, SSH keys and sites as far as somebody needs them
// (see Include). It is safe for concurrent use; what it returns must not be
// changed.
//
// What is not in it is not absent: see Seen. What is in it may be old: compare
// Record.Begun with the number of what happened last.
type Inventory struct {
	wake func(operation.Owner)

	mu     sync.Mutex
	vms    table[gandi.VMID, gandi.VM]
	disks  table[gandi.DiskID, gandi.Disk]
	ifaces table[gandi.IfaceID, gandi.Iface]
	ips    table[gandi.IPID, gandi.IP]
	vlans  table[gandi.VLANID, gandi.VLAN]
	keys   table[gandi.SSHKeyID, gandi.SSHKey]
	sites  table[gandi.SiteID, gandi.Site]

	named     index[string, gandi.DiskID]        // disks by name
	copied    index[gandi.DiskID, gandi.DiskID]  // disks by their source
	farmed    index[string, gandi.VMID]          // VMs by farm
	booted    index[gandi.DiskID, gandi.VMID]    // VMs by each of their disks
	private   index[gandi.VLANID, gandi.IfaceID] // interfaces by VLAN
	addressed index[netip.Addr, gandi.IPID]      // addresses by what they are
	vlanNamed index[string, gandi.VLANID]        // VLANs by name
	keyNamed  index[string, gandi.SSHKeyID]      // SSH keys by name

	sweeps      sweeps
	subscribers subscribers
}

func newInventory(wake func(operation.Owner)) *Inventory {
	i := &Inventory{
		wake:  wake,
		named: index[string, gandi.DiskID]{}, copied: index[gandi.DiskID, gandi.DiskID]{},
		farmed: index[string, gandi.VMID]{}, booted: index[gandi.DiskID, gandi.VMID]{},
		private: index[gandi.VLANID, gandi.IfaceID]{}, addressed: index[netip.Addr, gandi.IPID]{},
		vlanNamed: index[string, gandi.VLANID]{}, keyNamed: index[string, gandi.SSHKeyID]{},
		sweeps:      sweeps{with: map[WantKind][]Seq{}},
		subscribers: subscribers{byWant: map[key]map[operation.Owner]struct{}{}, byOwner: map[operation.Owner][]key{}},
	}
	i.vms = i.vmTable()
	i.disks = i.diskTable()
	i.ifaces = i.ifaceTable()
	i.ips = i.ipTable()
	i.vlans = i.vlanTable()
	i.keys = i.keyTable()
	i.sites = i.siteTable()
	return i
}

// VM returns what is known of a VM. Its Disks and Ifaces are empty: DiskIDs and
// IfaceIDs lead to records of their own.
func (i *Inventory) VM(id gandi.VMID) Record[gandi.VM] {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.vms.get(id)
}

// Disk returns what is known of a disk.
func (i *Inventory) Disk(id gandi.DiskID) Record[gandi.Disk] {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.disks.get(id)
}

// Iface returns what is known of an interface.
func (i *Inventory) Iface(id gandi.IfaceID) Record[gandi.Iface] {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.ifaces.get(id)
}

// IP returns what is known of an address.
func (i *Inventory) IP(id gandi.IPID) Record[gandi.IP] {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.ips.get(id)
}

// VLAN returns what is known of a private network.
func (i *Inventory) VLAN(id gandi.VLANID) Record[gandi.VLAN] {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.vlans.get(id)
}

// SSHKey returns what is known of a public key. Its value is told by info
// alone; it is "" until somebody wanted the key itself.
func (i *Inventory) SSHKey(id gandi.SSHKeyID) Record[gandi.SSHKey] {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.keys.get(id)
}

// Site returns what is known of a site. Only of one that is Informed that is all:
// Listed is one that nobody asked for yet, or whose list tells otherwise than
// info did before.
func (i *Inventory) Site(id gandi.SiteID) Record[gandi.Site] {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.sites.get(id)
}

// IPsOf returns those of ids that are present, in the order of ids.
func (i *Inventory) IPsOf(ids []gandi.IPID) []gandi.IP {
	i.mu.Lock()
	defer i.mu.Unlock()
	var ips []gandi.IP
	for _, id := range ids {
		if r := i.ips.get(id); r.Seen.Present() {
			ips = append(ips, r.Value)
		}
	}
	return ips
}

// DiskNamed returns the disks of that name that are present, by id.
func (i *Inventory) DiskNamed(name string) []gandi.Disk {
	i.mu.Lock()
	defer i.mu.Unlock()
	return pick(&i.disks, i.named[name])
}

// DisksFrom returns the disks that were made from source, its snapshots and
// copies, and are present, by id.
func (i *Inventory) DisksFrom(source gandi.DiskID) []gandi.Disk {
	i.mu.Lock()
	defer i.mu.Unlock()
	return pick(&i.disks, i.copied[source])
}

// VLANNamed returns the VLANs of that name that are present, by id. Gandi keeps
// names unique; what another program is just doing may look otherwise.
func (i *Inventory) VLANNamed(name string) []gandi.VLAN {
	i.mu.Lock()
	defer i.mu.Unlock()
	return pick(&i.vlans, i.vlanNamed[name])
}

// SSHKeysNamed returns the SSH keys of that name that are present, by id.
func (i *Inventory) SSHKeysNamed(name string) []gandi.SSHKey {
	i.mu.Lock()
	defer i.mu.Unlock()
	return pick(&i.keys, i.keyNamed[name])
}

// IfacesOfVLAN returns the interfaces on that VLAN that are present, by id.
func (i *Inventory) IfacesOfVLAN(id gandi.VLANID) []gandi.Iface {
	i.mu.Lock()
	defer i.mu.Unlock()
	return pick(&i.ifaces, i.private[id])
}

// IfacesWithAddress returns the interfaces that are present and have that IPv4
// or IPv6 address, by id: several when VLANs use the same private addresses. How
// the address is written does not matter.
func (i *Inventory) IfacesWithAddress(addr string) []gandi.Iface {
	a, ok := addressOf(addr)
	if !ok {
		return nil
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	ids := map[gandi.IfaceID]struct{}{}
	for ip := range i.addressed[a] {
		i.holders(ids, ip)
	}
	return pick(&i.ifaces, ids)
}

// holders adds the interface that an address is on. A released address goes to
// the next interface with the same number, so what the address itself tells
// counts, and lists of interfaces only where it tells nothing.
func (i *Inventory) holders(ids map[gandi.IfaceID]struct{}, ip gandi.IPID) {
	if on := i.ips.get(ip).Value.IfaceID; on != 0 {
		if i.ifaces.get(on).Seen.Present() {
			ids[on] = struct{}{}
		}
		return
	}
	for id, r := range i.ifaces.records {
		if r.Seen.Present() && slices.Contains(r.Value.IPIDs, ip) {
			ids[id] = struct{}{}
		}
	}
}

// VMsFarmed returns the VMs of that farm that are present, by id.
func (i *Inventory) VMsFarmed(farm string) []gandi.VM {
	i.mu.Lock()
	defer i.mu.Unlock()
	return pick(&i.vms, i.farmed[farm])
}

// VMsOfDisk returns the VMs that have that disk and are present, by id. Both
// the VM's list of disks and the disk's list of VMs count.
func (i *Inventory) VMsOfDisk(id gandi.DiskID) []gandi.VM {
	i.mu.Lock()
	defer i.mu.Unlock()
	ids := maps.Clone(i.booted[id])
	if ids == nil {
		ids = map[gandi.VMID]struct{}{}
	}
	if r := i.disks.get(id); r.Seen.Present() {
		for _, vm := range r.Value.VMIDs {
			if i.vms.get(vm).Seen.Present() {
				ids[vm] = struct{}{}
			}
		}
	}
	return pick(&i.vms, ids)
}

// AllVMs yields the VMs that are present, by id.
func (i *Inventory) AllVMs() iter.Seq[gandi.VM] { return all(i, &i.vms) }

// AllDisks yields the disks that are present, by id.
func (i *Inventory) AllDisks() iter.Seq[gandi.Disk] { return all(i, &i.disks) }

// AllIfaces yields the interfaces that are present, by id.
func (i *Inventory) AllIfaces() iter.Seq[gandi.Iface] { return all(i, &i.ifaces) }

// AllVLANs yields the VLANs that are present, by id.
func (i *Inventory) AllVLANs() iter.Seq[gandi.VLAN] { return all(i, &i.vlans) }

// AllSSHKeys yields the SSH keys that are present, by id.
func (i *Inventory) AllSSHKeys() iter.Seq[gandi.SSHKey] { return all(i, &i.keys) }

// AllSites yields the sites that are present, by id. Of some only what lists tell
// is known.
func (i *Inventory) AllSites() iter.Seq[gandi.Site] { return all(i, &i.sites) }

// FreeIfaces returns the interfaces that are present and belong to no VM, by id.
func (i *Inventory) FreeIfaces() []gandi.Iface {
	var free []gandi.Iface
	for one := range i.AllIfaces() {
		if one.VMID == 0 {
			free = append(free, one)
		}
	}
	return free
}

func all[I ~int, T any](i *Inventory, t *table[I, T]) iter.Seq[T] {
	return func(yield func(T) bool) {
		i.mu.Lock()
		values := make([]T, 0, len(t.records))
		for _, r := range t.records {
			if r.Seen.Present() {
				values = append(values, r.Value)
			}
		}
		i.mu.Unlock()
		slices.SortFunc(values, func(a, b T) int { return int(t.id(a) - t.id(b)) })
		for _, v := range values {
			if !yield(v) {
				return
			}
		}
	}
}

func pick[I ~int, T any](t *table[I, T], ids map[I]struct{}) []T {
	var values []T
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		values = append(values, t.records[id].Value)
	}
	return values
}

func (i *Inventory) wakeAll(owners map[operation.Owner]struct{}) {
	for o := range owners {
		i.wake(o)
	}
}

// index finds things by something that several may share.
type index[K comparable, I ~int] map[K]map[I]struct{}

func (x index[K, I]) add(k K, id I) {
	if x[k] == nil {
		x[k] = map[I]struct{}{}
	}
	x[k][id] = struct{}{}
}

func (x index[K, I]) remove(k K, id I) {
	delete(x[k], id)
	if len(x[k]) == 0 {
		delete(x, k)
	}
}
