package account

import (
	"context"
	"sync"
	"time"
)

// shelves keep the answers to one question by what it is about. The lock is that
// of the catalog.
type shelves[K comparable, T any] map[K]*shelf[T]

// of is the shelf for k, which may take the place of the oldest.
func (s *shelves[K, T]) of(c *catalog, k K) *shelf[T] {
	c.mu.Lock()
	defer c.mu.Unlock()
	if *s == nil {
		*s = shelves[K, T]{}
	}
	if (*s)[k] == nil {
		for len(*s) >= maxShelves {
			delete(*s, s.oldest())
		}
		(*s)[k] = &shelf[T]{}
	}
	return (*s)[k]
}

// oldest is what was read longest ago, or never. Whoever waits for it gets it
// all the same.
func (s *shelves[K, T]) oldest() (oldest K) {
	var at time.Time
	found := false
	for k, one := range *s {
		if read := one.readAt(); !found || read.Before(at) {
			oldest, at, found = k, read, true
		}
	}
	return oldest
}

func (s *shelves[K, T]) drop() {
	for _, one := range *s {
		one.drop()
	}
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

func (s *shelf[T]) readAt() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.at
}
