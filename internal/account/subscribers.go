package account

import (
	"maps"
	"slices"

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
	// WantVLAN: one private network. Sweeps take them in after Include.
	WantVLAN
	// WantSSHKey: one public key that Gandi keeps. Sweeps take them in after
	// Include.
	WantSSHKey
	// WantSite: one site, with its vhosts. Sweeps take them in after Include; only
	// info tells all of one.
	WantSite
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
// as changed with its disks, interfaces and addresses, a VLAN with the interfaces
// on it and their addresses, a disk with the snapshots and copies of it;
// WantSweep is the end of each whole sweep. Who is woken looks again: records
// that changed and changed back wake too.
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

// wake adds those who care for k to owners.
func (s *subscribers) wake(owners map[operation.Owner]struct{}, kind WantKind, id int) {
	maps.Copy(owners, s.byWant[key{kind, id}])
}
