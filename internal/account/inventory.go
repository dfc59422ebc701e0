package account

import (
	"iter"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/gandi-operator/gandi-operator/internal/gandi"
	"github.com/gandi-operator/gandi-operator/internal/operation"
)

// Inventory is what Gandi told last of an account's VMs, disks, interfaces and
// addresses. It is safe for concurrent use; what it returns must not be
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

	named  index[string, gandi.DiskID]     // disks by name
	farmed index[string, gandi.VMID]       // VMs by farm
	booted index[gandi.DiskID, gandi.VMID] // VMs by each of their disks

	sweeps      []Seq // beginnings of the last whole sweeps, oldest first
	subscribers subscribers
}

// rememberedSweeps bounds Inventory.sweeps; nobody waits for more than a few.
const rememberedSweeps = 64

func newInventory(wake func(operation.Owner)) *Inventory {
	i := &Inventory{
		wake: wake, named: index[string, gandi.DiskID]{}, farmed: index[string, gandi.VMID]{}, booted: index[gandi.DiskID, gandi.VMID]{},
		subscribers: subscribers{byWant: map[key]map[operation.Owner]struct{}{}, byOwner: map[operation.Owner][]key{}},
	}
	i.vms = i.vmTable()
	i.disks = i.diskTable()
	i.ifaces = i.ifaceTable()
	i.ips = i.ipTable()
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

// SweepBegun is when the last whole sweep began that has ended; 0 before the
// first.
func (i *Inventory) SweepBegun() Seq {
	i.mu.Lock()
	defer i.mu.Unlock()
	if len(i.sweeps) == 0 {
		return 0
	}
	return i.sweeps[len(i.sweeps)-1]
}

// SweepsBegunSince counts the whole sweeps that have ended and that began at s
// or later. It counts to 64.
func (i *Inventory) SweepsBegunSince(s Seq) int {
	i.mu.Lock()
	defer i.mu.Unlock()
	from, _ := slices.BinarySearch(i.sweeps, s)
	return len(i.sweeps) - from
}

func (i *Inventory) swept(begun Seq) {
	i.mu.Lock()
	i.sweeps = append(i.sweeps, begun)
	if len(i.sweeps) > rememberedSweeps {
		i.sweeps = slices.Delete(i.sweeps, 0, 1)
	}
	owners := i.subscribers.of(key{kind: WantSweep})
	i.mu.Unlock()
	i.wakeAll(owners)
}

// pages is what a whole sweep costs, by what is known now.
func (i *Inventory) pages() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return pagesOf(len(i.vms.records)) + pagesOf(len(i.disks.records)) + pagesOf(len(i.ifaces.records)) + pagesOf(len(i.ips.records)) + 1
}

func pagesOf(n int) int { return n/pageSize + 1 }

// pageSize is the most that Gandi puts on one page.
const pageSize = 500

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

// told is one reading's result, before it is stored.
type told struct {
	begun  Seq
	at     time.Time
	seen   Seen
	vms    []gandi.VM
	disks  []gandi.Disk
	ifaces []gandi.Iface
	ips    []gandi.IP
}

// store takes in single records: of info, or of a list of ids.
func (i *Inventory) store(t told) {
	i.mu.Lock()
	owners := map[operation.Owner]struct{}{}
	for _, vm := range t.vms {
		if _, changed := i.vms.put(vm, t.seen, t.begun, t.at); changed {
			i.subscribers.vm(owners, vm)
		}
	}
	for _, d := range t.disks {
		if was, changed := i.disks.put(d, t.seen, t.begun, t.at); changed {
			i.subscribers.disk(owners, was, d)
		}
	}
	for _, f := range t.ifaces {
		if was, changed := i.ifaces.put(f, t.seen, t.begun, t.at); changed {
			i.subscribers.iface(owners, was, f)
		}
	}
	for _, ip := range t.ips {
		if was, changed := i.ips.put(ip, t.seen, t.begun, t.at); changed {
			i.subscribers.ip(owners, was, ip)
		}
	}
	i.mu.Unlock()
	i.wakeAll(owners)
}

// lost takes note that info said: no such thing.
func (i *Inventory) lost(k key, begun Seq) {
	i.mu.Lock()
	owners := map[operation.Owner]struct{}{}
	switch k.kind {
	case WantVM:
		if was, changed := i.vms.miss(gandi.VMID(k.id), NotFound, begun, time.Now()); changed {
			i.subscribers.vm(owners, was)
		}
	case WantDisk:
		if was, changed := i.disks.miss(gandi.DiskID(k.id), NotFound, begun, time.Now()); changed {
			i.subscribers.disk(owners, was)
		}
	case WantIface:
		if was, changed := i.ifaces.miss(gandi.IfaceID(k.id), NotFound, begun, time.Now()); changed {
			i.subscribers.iface(owners, was)
		}
	case WantSweep:
	}
	maps.Copy(owners, i.subscribers.of(k))
	i.mu.Unlock()
	i.wakeAll(owners)
}

// Each of these takes one whole list of a sweep.

func (i *Inventory) allVMs(list []gandi.VM, begun Seq) {
	i.mu.Lock()
	owners := map[operation.Owner]struct{}{}
	keep := func(id gandi.VMID) bool { return i.subscribers.wanted(key{WantVM, int(id)}) }
	i.subscribers.vm(owners, i.vms.whole(list, begun, time.Now(), keep)...)
	i.mu.Unlock()
	i.wakeAll(owners)
}

func (i *Inventory) allDisks(list []gandi.Disk, begun Seq) {
	i.mu.Lock()
	owners := map[operation.Owner]struct{}{}
	keep := func(id gandi.DiskID) bool { return i.subscribers.wanted(key{WantDisk, int(id)}) }
	i.subscribers.disk(owners, i.disks.whole(list, begun, time.Now(), keep)...)
	i.mu.Unlock()
	i.wakeAll(owners)
}

func (i *Inventory) allIfaces(list []gandi.Iface, begun Seq) {
	i.mu.Lock()
	owners := map[operation.Owner]struct{}{}
	keep := func(id gandi.IfaceID) bool { return i.subscribers.wanted(key{WantIface, int(id)}) }
	i.subscribers.iface(owners, i.ifaces.whole(list, begun, time.Now(), keep)...)
	i.mu.Unlock()
	i.wakeAll(owners)
}

func (i *Inventory) allIPs(list []gandi.IP, begun Seq) {
	i.mu.Lock()
	owners := map[operation.Owner]struct{}{}
	i.subscribers.ip(owners, i.ips.whole(list, begun, time.Now(), func(gandi.IPID) bool { return false })...)
	i.mu.Unlock()
	i.wakeAll(owners)
}
