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
	// snapshot profiles) is believed: they
	// change a few times a year, and a person who has just been told of a new
	// image should not wait long.
	catalogAge = 5 * time.Minute
	// catalogDrop is how often RefreshCatalog may have them read again.
	catalogDrop = 30 * time.Second
)

// catalog caches what Gandi offers.
type catalog struct {
	mu          sync.Mutex
	dropped     time.Time
	datacenters shelf[[]gandi.Datacenter]
	profiles    shelf[[]gandi.SnapshotProfile]
	images      map[gandi.DatacenterID]*shelf[[]gandi.Image]
	kernels     map[gandi.DatacenterID]*shelf[map[string][]string]
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
	list, err := offered(ctx, c, shelfOf(&c.catalog, &c.catalog.images, dc), func(ask *gandi.Client) ([]gandi.Image, error) {
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
	kernels, err := offered(ctx, c, shelfOf(&c.catalog, &c.catalog.kernels, dc), func(ask *gandi.Client) (map[string][]string, error) {
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
	for _, s := range c.catalog.images {
		s.drop()
	}
	for _, s := range c.catalog.kernels {
		s.drop()
	}
}

// shelfOf is the shelf of one datacenter.
func shelfOf[T any](c *catalog, shelves *map[gandi.DatacenterID]*shelf[T], dc gandi.DatacenterID) *shelf[T] {
	c.mu.Lock()
	defer c.mu.Unlock()
	if *shelves == nil {
		*shelves = map[gandi.DatacenterID]*shelf[T]{}
	}
	if (*shelves)[dc] == nil {
		(*shelves)[dc] = &shelf[T]{}
	}
	return (*shelves)[dc]
}

// shelf caches one value; of many who ask at once, one reads.
type shelf[T any] struct {
	mu      sync.Mutex
	reading chan struct{} // closed when the reading under way has ended
	value   T
	at      time.Time
	fresh   bool
}

func (s *shelf[T]) get(ctx context.Context, read func(context.Context) (T, error)) (T, error) {
	for {
		s.mu.Lock()
		if s.fresh && time.Since(s.at) < catalogAge {
			defer s.mu.Unlock()
			return s.value, nil
		}
		if s.reading == nil {
			s.reading = make(chan struct{})
			s.mu.Unlock()
			return s.fill(ctx, read)
		}
		reading := s.reading
		s.mu.Unlock()
		select {
		case <-reading: // it may have been given up: look again
		case <-ctx.Done():
			var none T
			return none, ctx.Err()
		}
	}
}

func (s *shelf[T]) fill(ctx context.Context, read func(context.Context) (T, error)) (T, error) {
	began := time.Now()
	v, err := read(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.reading)
	s.reading = nil
	if err == nil {
		s.value, s.at, s.fresh = v, began, true
	}
	return v, err
}

func (s *shelf[T]) drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fresh = false
}
