package account

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

const (
	// catalogAge is how long what Gandi offers (datacenters, images, kernels,
	// snapshot profiles, packages of sites and their prices) is believed: they
	// change a few times a year, and a person who has just been told of a new
	// image should not wait long.
	catalogAge = 5 * time.Minute
	// catalogDrop is how often RefreshCatalog may have them read again.
	catalogDrop = 30 * time.Second
	// maxShelves is how many answers to one question are kept: what is asked
	// about comes from specs, and there is no end of vhosts.
	maxShelves = 256
)

// catalog caches what Gandi offers.
type catalog struct {
	mu          sync.Mutex
	dropped     time.Time
	datacenters shelf[[]gandi.Datacenter]
	profiles    shelf[[]gandi.SnapshotProfile]
	images      shelves[gandi.DatacenterID, []gandi.Image]
	kernels     shelves[gandi.DatacenterID, map[string][]string]
	packages    shelves[offers, []gandi.SitePackage]
	prices      shelves[purchase, []gandi.Price]
	entries     shelves[string, []gandi.DNSRecord] // by vhost
}

// Datacenters lists all datacenters, at most 5 minutes old.
func (c *Conversation) Datacenters(ctx context.Context) ([]gandi.Datacenter, error) {
	list, err := offered(ctx, c, &c.catalog.datacenters, func(ask *gandi.Client) ([]gandi.Datacenter, error) {
		return ask.Datacenters(ctx, gandi.DatacenterFilter{})
	})
	if err != nil {
		return nil, fmt.Errorf("listing the datacenters: %w", err)
	}
	return list, nil
}

// Images lists the images of one datacenter, at most 5 minutes old.
func (c *Conversation) Images(ctx context.Context, dc gandi.DatacenterID) ([]gandi.Image, error) {
	list, err := offered(ctx, c, c.catalog.images.of(&c.catalog, dc), func(ask *gandi.Client) ([]gandi.Image, error) {
		return ask.Images(ctx, gandi.ImageFilter{DatacenterID: dc})
	})
	if err != nil {
		return nil, fmt.Errorf("listing the images of datacenter %d: %w", dc, err)
	}
	return list, nil
}

// Kernels lists the kernels of one datacenter by flavour, such as "linux" and
// "linux-hvm", at most 5 minutes old. The map must not be changed.
func (c *Conversation) Kernels(ctx context.Context, dc gandi.DatacenterID) (map[string][]string, error) {
	kernels, err := offered(ctx, c, c.catalog.kernels.of(&c.catalog, dc), func(ask *gandi.Client) (map[string][]string, error) {
		return ask.Kernels(ctx, dc)
	})
	if err != nil {
		return nil, fmt.Errorf("listing the kernels of datacenter %d: %w", dc, err)
	}
	return kernels, nil
}

// SnapshotProfiles lists the schedules of automatic snapshots that disks may
// have, at most 5 minutes old.
func (c *Conversation) SnapshotProfiles(ctx context.Context) ([]gandi.SnapshotProfile, error) {
	list, err := offered(ctx, c, &c.catalog.profiles, func(ask *gandi.Client) ([]gandi.SnapshotProfile, error) {
		return ask.SnapshotProfiles(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("listing the snapshot profiles: %w", err)
	}
	return list, nil
}

// offered is what stands on a shelf, read by ask when that is too old.
func offered[T any](ctx context.Context, c *Conversation, s *shelf[T], read func(ask *gandi.Client) (T, error)) (T, error) {
	return s.get(ctx, func(context.Context) (T, error) {
		conn, err := c.connection()
		if err != nil {
			var none T
			return none, err
		}
		return read(conn.ask)
	})
}

// RefreshCatalog has what Gandi offers read again when it is next asked for,
// because something was not found in it. Within 30 seconds of the last time it
// does nothing.
func (c *Conversation) RefreshCatalog() {
	c.catalog.mu.Lock()
	defer c.catalog.mu.Unlock()
	if !c.catalog.dropped.IsZero() && time.Since(c.catalog.dropped) < catalogDrop {
		return
	}
	c.catalog.dropped = time.Now()
	c.catalog.datacenters.drop()
	c.catalog.profiles.drop()
	c.catalog.images.drop()
	c.catalog.kernels.drop()
	c.catalog.packages.drop()
	c.catalog.prices.drop()
	c.catalog.entries.drop()
}
