package account

import (
	"maps"
	"slices"

	"github.com/gandi-operator/gandi-operator/internal/gandi"
	"github.com/gandi-operator/gandi-operator/internal/operation"
)

// WantKind is a kind of thing that may be read.
type WantKind int

const (
	// WantVM: one VM, with its disks, interfaces and addresses.
	WantVM WantKind = iota
	// WantDisk: one disk.
	WantDisk
	// WantIface: one interface, with its addresses.
	WantIface
	// WantSweep: everything; ID means nothing.
	WantSweep
)

// Want is something to read.
type Want struct {
	Kind WantKind
	ID   int
	// Since, when set, is content with a record, or a sweep, that began at this
	// number or later, so that it is not read again. Zero wants one that begins
	// after now.
	Since Seq
}

type key struct {
	kind WantKind
	id   int
}

func (w Want) key() key {
	if w.Kind == WantSweep {
		return key{kind: WantSweep}
	}
	return key{w.Kind, w.ID}
}

// Subscribe has o woken when one of the things changes at Gandi, by whatever
// reading that is found out. It replaces what o subscribed before. A VM counts
// as changed with its disks, interfaces and addresses; WantSweep is the end of
// each whole sweep. Who is woken looks again: records that changed and changed
// back wake too.
func (i *Inventory) Subscribe(o operation.Owner, wants ...Want) {
	i.mu.Lock()
	defer i.mu.Unlock()
	keys := make([]key, 0, len(wants))
	for _, w := range wants {
		keys = append(keys, w.key())
	}
	if slices.Equal(keys, i.subscribers.byOwner[o]) {
		return
	}
	i.subscribers.remove(o)
	i.subscribers.add(o, keys)
}

// Unsubscribe ends o's subscriptions.
func (i *Inventory) Unsubscribe(o operation.Owner) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.subscribers.remove(o)
}

type subscribers struct {
	byWant  map[key]map[operation.Owner]struct{}
	byOwner map[operation.Owner][]key
}

func (s *subscribers) add(o operation.Owner, keys []key) {
	if len(keys) == 0 {
		return
	}
	s.byOwner[o] = keys
	for _, k := range keys {
		if s.byWant[k] == nil {
			s.byWant[k] = map[operation.Owner]struct{}{}
		}
		s.byWant[k][o] = struct{}{}
	}
}

func (s *subscribers) remove(o operation.Owner) {
	for _, k := range s.byOwner[o] {
		delete(s.byWant[k], o)
		if len(s.byWant[k]) == 0 {
			delete(s.byWant, k)
		}
	}
	delete(s.byOwner, o)
}

func (s *subscribers) wanted(k key) bool { return len(s.byWant[k]) > 0 }

// of is a copy, to be used without the lock.
func (s *subscribers) of(k key) map[operation.Owner]struct{} { return maps.Clone(s.byWant[k]) }

// Each of these adds the owners who care for things that changed.

func (s *subscribers) vm(owners map[operation.Owner]struct{}, vms ...gandi.VM) {
	for _, vm := range vms {
		maps.Copy(owners, s.byWant[key{WantVM, int(vm.ID)}])
	}
}

func (s *subscribers) disk(owners map[operation.Owner]struct{}, disks ...gandi.Disk) {
	for _, d := range disks {
		maps.Copy(owners, s.byWant[key{WantDisk, int(d.ID)}])
		for _, vm := range d.VMIDs {
			maps.Copy(owners, s.byWant[key{WantVM, int(vm)}])
		}
	}
}

func (s *subscribers) iface(owners map[operation.Owner]struct{}, ifaces ...gandi.Iface) {
	for _, f := range ifaces {
		maps.Copy(owners, s.byWant[key{WantIface, int(f.ID)}])
		maps.Copy(owners, s.byWant[key{WantVM, int(f.VMID)}])
	}
}

func (s *subscribers) ip(owners map[operation.Owner]struct{}, ips ...gandi.IP) {
	for _, ip := range ips {
		maps.Copy(owners, s.byWant[key{WantIface, int(ip.IfaceID)}])
		maps.Copy(owners, s.byWant[key{WantVM, int(ip.VMID)}])
	}
}
