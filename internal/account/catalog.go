package account

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

const (
	// catalogAge is how long lists of datacenters and images are believed: they
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
	images      map[gandi.DatacenterID]*shelf[[]gandi.Image]
}

// Datacenters lists all datacenters, at most 5 minutes old.
func (c *Conversation) Datacenters(ctx context.Context) ([]gandi.Datacenter, error) {
	list, err := c.catalog.datacenters.get(ctx, func(ctx context.Context) ([]gandi.Datacenter, error) {
		conn, err := c.connection()
		if err != nil {
			return nil, err
		}
		return conn.ask.Datacenters(ctx, gandi.DatacenterFilter{})
	})
	if err != nil {
		return nil, fmt.Errorf("listing the datacenters: %w", err)
	}
	return list, nil
}

// Images lists the images of one datacenter, at most 5 minutes old.
func (c *Conversation) Images(ctx context.Context, dc gandi.DatacenterID) ([]gandi.Image, error) {
	list, err := c.catalog.shelf(dc).get(ctx, func(ctx context.Context) ([]gandi.Image, error) {
		conn, err := c.connection()
		if err != nil {
			return nil, err
		}
		return conn.ask.Images(ctx, gandi.ImageFilter{DatacenterID: dc})
	})
	if err != nil {
		return nil, fmt.Errorf("listing the images of datacenter %d: %w", dc, err)
	}
	return list, nil
}

// RefreshCatalog has datacenters and images read again when they are next
// asked for, because something was not found among them. Within 30 seconds of
// the last time it does nothing.
func (c *Conversation) RefreshCatalog() {
	c.catalog.mu.Lock()
	defer c.catalog.mu.Unlock()
	if !c.catalog.dropped.IsZero() && time.Since(c.catalog.dropped) < catalogDrop {
		return
	}
	c.catalog.dropped = time.Now()
	c.catalog.datacenters.drop()
	for _, s := range c.catalog.images {
		s.drop()
	}
}

func (c *catalog) shelf(dc gandi.DatacenterID) *shelf[[]gandi.Image] {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.images == nil {
		c.images = map[gandi.DatacenterID]*shelf[[]gandi.Image]{}
	}
	if c.images[dc] == nil {
		c.images[dc] = &shelf[[]gandi.Image]{}
	}
	return c.images[dc]
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
