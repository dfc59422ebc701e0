package account

import (
	"context"
	"sync"
	"time"

	"github.com/gandi-operator/gandi-operator/internal/gandi"
	"github.com/gandi-operator/gandi-operator/internal/operation"
)

const (
	// window is how long wants are collected before they are read together.
	window = 100 * time.Millisecond
	// maxInfos is up to how many things are read one by one; above it lists are
	// cheaper.
	maxInfos = 3
	// Sweeps and lists of ids that somebody asked for may cost a fourteenth of
	// the rate over time (one page a second as a rule), after a start that may
	// be spent at once. It keeps a thousand objects that converge one after the
	// other from having everything read for each.
	paceBurst = 20
	paceShare = 14
	// retrySweep is the pause after a sweep that went wrong, doubling to
	// retrySweepMax; a closing breaker ends it.
	retrySweep, retrySweepMax = 5 * time.Second, 5 * time.Minute
)

// reader decides what is read and when. Three loops share it: one for what
// somebody waits for, one for whole sweeps, so that a long sweep holds nobody up,
// and one for what only info tells and nobody waits for.
type reader struct {
	c       *Conversation
	wanted  chan struct{} // runReads has wants to serve
	due     chan struct{} // runSweeps has wants to serve, or the last sweep is to be tried again
	retuned chan struct{} // Resync may have changed
	listed  chan struct{} // a sweep has read the list of sites
	pace    *pace
	broken  map[WantKind]int           // how often in a row a list could not be read; of runSweeps alone
	asked   map[gandi.SiteID]time.Time // when old sites were last asked for; of runOldSites alone

	mu      sync.Mutex
	pending batch // for runReads
	sweeps  batch // for runSweeps
	again   bool  // the last sweep went wrong and the breaker has closed since
	// told are owners who know of the outage under way: they are woken when it
	// ends, and not again by each of their wants.
	told map[operation.Owner]struct{}
}

// batch is what is read together, and who waits for it.
type batch struct {
	wants  map[key]Seq // at which number a record must have begun
	owners map[operation.Owner]struct{}
}

func (b *batch) add(o operation.Owner, k key, since Seq) {
	if b.wants == nil {
		b.wants, b.owners = map[key]Seq{}, map[operation.Owner]struct{}{}
	}
	b.wants[k] = max(b.wants[k], since)
	b.owners[o] = struct{}{}
}

func (b *batch) join(other batch) {
	for k, since := range other.wants {
		for o := range other.owners {
			b.add(o, k, since)
		}
	}
}

func newReader(c *Conversation) *reader {
	return &reader{
		c:       c,
		wanted:  make(chan struct{}, 1),
		due:     make(chan struct{}, 1),
		retuned: make(chan struct{}, 1),
		listed:  make(chan struct{}, 1),
		pace:    newPace(c.rate),
		broken:  map[WantKind]int{},
		asked:   map[gandi.SiteID]time.Time{},
		told:    map[operation.Owner]struct{}{},
	}
}

// Refresh has the wanted things read, and wakes o when that is done: also when
// it went wrong, so look at the records and at Trouble. Many wants of many
// owners become few requests:
//
//	things wanted within 100 ms   read by
//	1 to 3                        info, one by one
//	more                          lists of ids, or one whole sweep where that costs no more
//	a sweep                       one whole sweep, which takes in all others
//	VLANs, SSH keys               info, however many, until Include; then as above
//	sites                         info, however many
//
// Of things that such a list lacks, info is asked. A want that comes while a
// sweep runs needs the next one, since it may be about what the sweep has read
// already. While the breaker is open nothing is read: o is woken once to tell
// of it, and again when it has closed.
func (c *Conversation) Refresh(o operation.Owner, wants ...Want) {
	if len(wants) == 0 {
		return
	}
	r := c.reader
	r.mu.Lock()
	now := c.Seq() + 1
	for _, w := range wants {
		since := w.Since
		if since == 0 {
			since = now
		}
		r.pending.add(o, w.key(), since)
	}
	r.mu.Unlock()
	signal(r.wanted)
}

func (r *reader) runReads(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.wanted:
		}
		if !rest(ctx, window) {
			return
		}
		r.mu.Lock()
		b := r.pending
		r.pending = batch{}
		r.mu.Unlock()
		r.serve(ctx, b)
	}
}

// serve reads what b wants.
func (r *reader) serve(ctx context.Context, b batch) {
	if r.refused(b) {
		return
	}
	for k, since := range b.wants {
		if r.satisfied(k, since) {
			delete(b.wants, k)
		}
	}
	switch r.choose(b) {
	case byInfo:
		if len(b.wants) <= maxInfos {
			r.finish(ctx, b, r.infos(ctx, b))
			return
		}
		// Of kinds that are not included, however many. Nobody else waits for that.
		r.c.registry.loops.Go(func() { r.finish(ctx, b, r.infos(ctx, b)) })
	case byIDs:
		if !r.pace.wait(ctx) {
			return
		}
		r.complete(ctx, b, r.lists(ctx, b))
	case bySweep:
		r.mu.Lock()
		r.sweeps.join(b)
		r.mu.Unlock()
		signal(r.due)
	}
}

func (r *reader) satisfied(k key, since Seq) bool {
	i := r.c.inventory
	switch k.kind {
	case WantVM:
		return fresh(i.VM(vmID(k)), since)
	case WantDisk:
		return fresh(i.Disk(diskID(k)), since)
	case WantIface:
		return fresh(i.Iface(ifaceID(k)), since)
	case WantVLAN:
		return fresh(i.VLAN(vlanID(k)), since)
	case WantSSHKey:
		return fresh(i.SSHKey(sshKeyID(k)), since)
	case WantSite:
		return whole(i.Site(siteID(k)), since)
	case WantSweep:
		return i.SweepsBegunSinceOf(WantSweep, since) > 0
	default:
		return true // nothing that could be read
	}
}

func fresh[T any](rec Record[T], since Seq) bool {
	return rec.Seen != Unlisted && rec.Begun >= since
}

// whole is fresh for what no list tells all of.
func whole[T any](rec Record[T], since Seq) bool {
	return rec.Seen != Listed && fresh(rec, since)
}

type way int

const (
	byInfo way = iota
	byIDs
	bySweep
)

func (r *reader) choose(b batch) way {
	if _, ok := b.wants[key{kind: WantSweep}]; ok {
		return bySweep
	}
	listable := 0
	for k := range b.wants {
		if k.kind != WantSite && r.c.inventory.includes(k.kind) {
			listable++
		}
	}
	if listable <= maxInfos {
		return byInfo
	}
	if r.c.inventory.SweepBegun() == 0 || r.c.inventory.pages() <= r.listPages(b)+1 {
		return bySweep
	}
	return byIDs
}

// listPages is about what lists of ids cost for b.
func (r *reader) listPages(b batch) int {
	count := map[WantKind]int{}
	for k := range b.wants {
		count[k.kind]++
	}
	pages := 0
	if n := count[WantVM] + count[WantDisk] + count[WantIface]; n > 0 {
		pages += listsOfIDs(n)
	}
	if n := count[WantVLAN]; n > 0 && r.c.inventory.includes(WantVLAN) {
		pages += pagesOf(n)
	}
	if count[WantSSHKey] > 0 && r.c.inventory.includes(WantSSHKey) {
		pages += r.c.inventory.keyPages()
	}
	return pages
}

// listsOfIDs is about what reading n VMs by lists of ids costs: a list each of
// VMs, disks, interfaces and (two for most interfaces) addresses.
func listsOfIDs(n int) int { return 3*pagesOf(n) + pagesOf(2*n) }

// refused holds b back while the breaker is open.
func (r *reader) refused(b batch) bool {
	if r.c.breaker.check(nobody) == nil {
		r.mu.Lock()
		clear(r.told)
		r.mu.Unlock()
		return false
	}
	r.hold(b)
	return true
}

// hold has the owners woken once now and once when the breaker closes.
func (r *reader) hold(b batch) {
	for o := range b.owners {
		if r.c.breaker.check(o) == nil {
			r.c.registry.options.Wake(o) // closed meanwhile
			continue
		}
		r.mu.Lock()
		_, known := r.told[o]
		r.told[o] = struct{}{}
		r.mu.Unlock()
		if !known {
			r.c.registry.options.Wake(o)
		}
	}
}

// complete asks by info for what lists did not have, and then wakes who waited.
// Only info proves that something is gone, and when much is gone that takes its
// time, so nobody else waits for it.
func (r *reader) complete(ctx context.Context, b batch, err error) {
	left := r.lacking(b)
	if err != nil || len(left.wants) == 0 {
		r.finish(ctx, b, err)
		return
	}
	r.c.registry.loops.Go(func() { r.finish(ctx, b, r.infos(ctx, left)) })
}

// lacking is what b wants and a whole reading did not bring.
func (r *reader) lacking(b batch) batch {
	left := batch{wants: map[key]Seq{}}
	for k, since := range b.wants {
		if k.kind != WantSweep && !r.satisfied(k, since) {
			left.wants[k] = since
		}
	}
	return left
}

// finish wakes who waited.
func (r *reader) finish(ctx context.Context, b batch, err error) {
	if ctx.Err() != nil {
		return
	}
	if isNotNow(err) {
		r.hold(b)
		return
	}
	for o := range b.owners {
		r.c.registry.options.Wake(o)
	}
}

// back is told when the breaker has closed.
func (r *reader) back() {
	r.mu.Lock()
	r.again = true
	r.mu.Unlock()
	signal(r.due)
}

// begin takes the number of a reading that begins now.
func (r *reader) begin() Seq { return r.c.Mark() }

// rest returns false when ctx ended first.
func rest(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// pace is a budget of pages that may go into debt: what was read has to be
// earned before more is read.
type pace struct {
	rate func() int
	mu   sync.Mutex
	left float64
	at   time.Time
}

func newPace(rate func() int) *pace {
	return &pace{rate: rate, left: paceBurst, at: time.Now()}
}

// wait returns when there is no debt; false when ctx ended first.
func (p *pace) wait(ctx context.Context) bool {
	for {
		debt := p.spend(0)
		if debt <= 0 {
			return ctx.Err() == nil
		}
		if !rest(ctx, debt) {
			return false
		}
	}
}

// spend takes pages out and returns how long it takes to earn what is missing.
func (p *pace) spend(pages int) time.Duration {
	perSecond := float64(p.rate()) / paceShare
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	p.left = min(paceBurst, p.left+now.Sub(p.at).Seconds()*perSecond) - float64(pages)
	p.at = now
	if p.left >= 0 {
		return 0
	}
	return time.Duration(-p.left/perSecond*float64(time.Second)) + 1
}
