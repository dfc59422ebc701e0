package account

import (
	"context"
	"slices"
	"time"

	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

const (
	// siteAge is how long what info told of a site is believed while lists
	// confirm it. They say nothing of its other vhosts and its package, which
	// people change seldom, and each site is a request of its own.
	siteAge = time.Hour
	// sitesPerSweep is how many sites a sweep asks for at most, so that many of
	// them are not all asked for after the same sweep: by the default resync 60
	// are asked for in an hour.
	sitesPerSweep = 10
)

// runOldSites has a few sites read anew after each sweep that listed them.
func (r *reader) runOldSites(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.listed:
			r.askOldSites(ctx)
		}
	}
}

// askOldSites asks info of sites that somebody shows and of which it told longest
// ago. A site that cannot be read goes behind the others.
func (r *reader) askOldSites(ctx context.Context) {
	for _, id := range r.oldSites() {
		if !r.pace.wait(ctx) {
			return
		}
		conn, err := r.c.connection()
		if err != nil {
			return
		}
		if !r.c.inventory.oldSite(id, time.Now()) {
			continue // somebody else has asked meanwhile
		}
		r.pace.spend(1)
		r.asked[id] = time.Now()
		err = r.inform(ctx, conn.sweep, key{WantSite, int(id)})
		if ctx.Err() != nil || isNotNow(err) {
			return
		}
		if err != nil {
			r.c.registry.options.Log.V(1).Info("looking at a site again went wrong", "handle", r.c.key.Handle, "reason", err.Error())
		}
	}
}

// oldSites are those that are to be asked for now, first the one that was longest
// left alone.
func (r *reader) oldSites() []gandi.SiteID {
	old := r.c.inventory.oldSites(time.Now())
	asked := map[gandi.SiteID]time.Time{}
	for id, told := range old {
		if at, ok := r.asked[id]; ok {
			asked[id] = at
			old[id] = later(told, at)
		}
	}
	r.asked = asked
	ids := make([]gandi.SiteID, 0, len(old))
	for id := range old {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b gandi.SiteID) int {
		if c := old[a].Compare(old[b]); c != 0 {
			return c
		}
		return int(a - b)
	})
	return ids[:min(len(ids), sitesPerSweep)]
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// oldSites are the sites that somebody subscribed to and of which info told too
// long ago, with when it did.
func (i *Inventory) oldSites(now time.Time) map[gandi.SiteID]time.Time {
	i.mu.Lock()
	defer i.mu.Unlock()
	old := map[gandi.SiteID]time.Time{}
	for id, r := range i.sites.records {
		if i.tooOld(id, now) {
			old[id] = r.At
		}
	}
	return old
}

func (i *Inventory) oldSite(id gandi.SiteID, now time.Time) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.tooOld(id, now)
}

// tooOld is oldSite for who has the lock.
func (i *Inventory) tooOld(id gandi.SiteID, now time.Time) bool {
	r := i.sites.records[id]
	return r != nil && r.Seen == Informed && now.Sub(r.At) >= siteAge && i.subscribers.wanted(key{WantSite, int(id)})
}
