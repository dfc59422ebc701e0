package account

import "slices"

// sweeps remembers what the last whole sweeps read.
type sweeps struct {
	begun []Seq              // beginnings, oldest first
	with  map[WantKind][]Seq // of those that took a kind in, for kinds that are included
}

// rememberedSweeps bounds the lists of sweeps; nobody waits for more than a few.
const rememberedSweeps = 64

// optional are the kinds that sweeps leave out until somebody needs them: most
// accounts have none, and each costs a page per sweep.
var optional = []WantKind{WantVLAN, WantSSHKey, WantSite}

// carriers are those of the optional kinds whose things may carry a token.
var carriers = []WantKind{WantVLAN, WantSSHKey}

// Include has the sweeps that begin from now on take in those kinds too, for
// the life of the process. VMs, disks, interfaces and addresses are always in.
// It reads nothing by itself: until a sweep that began later has ended, nothing
// is known of what was not wanted by number, and SweepsBegunSinceOf counts none.
func (i *Inventory) Include(kinds ...WantKind) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, k := range kinds {
		if _, known := i.sweeps.with[k]; !known && slices.Contains(optional, k) {
			i.sweeps.with[k] = nil
		}
	}
}

// included are the optional kinds that a sweep beginning now takes in.
func (i *Inventory) included() []WantKind {
	i.mu.Lock()
	defer i.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(optional), func(k WantKind) bool { return !i.listable(k) })
}

// includes tells whether sweeps take a kind in.
func (i *Inventory) includes(k WantKind) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.listable(k)
}

// listable is includes for who has the lock.
func (i *Inventory) listable(k WantKind) bool {
	_, included := i.sweeps.with[k]
	return included || !slices.Contains(optional, k)
}

// SweepBegun is when the last whole sweep began that has ended; 0 before the
// first.
func (i *Inventory) SweepBegun() Seq {
	i.mu.Lock()
	defer i.mu.Unlock()
	if len(i.sweeps.begun) == 0 {
		return 0
	}
	return i.sweeps.begun[len(i.sweeps.begun)-1]
}

// SweepsBegunSince counts the whole sweeps that have ended and that began at s
// or later. It counts to 64. It says nothing of VLANs, SSH keys and sites, which
// need not have been read: see SweepsBegunSinceOf.
func (i *Inventory) SweepsBegunSince(s Seq) int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return countSince(i.sweeps.begun, s)
}

// SweepsBegunSinceOf counts those of SweepsBegunSince that read the list of a
// kind. For WantSweep it counts those that read all that is included by now.
func (i *Inventory) SweepsBegunSinceOf(kind WantKind, s Seq) int {
	i.mu.Lock()
	defer i.mu.Unlock()
	n := countSince(i.sweeps.begun, s)
	for _, k := range optional {
		if kind == k || kind == WantSweep && i.listable(k) {
			n = min(n, countSince(i.sweeps.with[k], s))
		}
	}
	return n
}

// sweptOnce tells whether a whole sweep has ended, and whether they have taken in
// all kinds that carry tokens.
func (i *Inventory) sweptOnce() (swept, whole bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	swept = len(i.sweeps.begun) > 0
	whole = swept && !slices.ContainsFunc(carriers, func(k WantKind) bool { return len(i.sweeps.with[k]) == 0 })
	return swept, whole
}

func countSince(sweeps []Seq, s Seq) int {
	from, _ := slices.BinarySearch(sweeps, s)
	return len(sweeps) - from
}

// swept takes note that a whole sweep has ended; with are the optional kinds
// that it read.
func (i *Inventory) swept(begun Seq, with ...WantKind) {
	i.mu.Lock()
	i.sweeps.begun = remember(i.sweeps.begun, begun)
	for _, k := range with {
		i.sweeps.with[k] = remember(i.sweeps.with[k], begun)
	}
	owners := i.subscribers.of(key{kind: WantSweep})
	i.mu.Unlock()
	i.wakeAll(owners)
}

func remember(sweeps []Seq, begun Seq) []Seq {
	sweeps = append(sweeps, begun)
	return sweeps[max(0, len(sweeps)-rememberedSweeps):]
}

// pages is what a whole sweep costs, by what is known now.
func (i *Inventory) pages() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	n := pagesOf(len(i.vms.records)) + pagesOf(len(i.disks.records)) + pagesOf(len(i.ifaces.records)) + pagesOf(len(i.ips.records)) + 1
	if i.listable(WantVLAN) {
		n += pagesOf(len(i.vlans.records))
	}
	if i.listable(WantSSHKey) {
		n += pagesOf(len(i.keys.records))
	}
	if i.listable(WantSite) {
		n += pagesOf(len(i.sites.records))
	}
	return n
}

// keyPages is what the list of all SSH keys costs.
func (i *Inventory) keyPages() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return pagesOf(len(i.keys.records))
}

func pagesOf(n int) int { return n/pageSize + 1 }

// pageSize is the most that Gandi puts on one page.
const pageSize = 500
