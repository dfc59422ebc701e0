package soak

import (
	"sync"
	"time"
)

// outages are the times without an API server that could be relied on.
type outages struct {
	mu  sync.Mutex
	all []outage
}

type outage struct{ from, to time.Time } // to is zero while it lasts

func (o *outages) begin() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.all = append(o.all, outage{from: time.Now()})
}

func (o *outages) end() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.all[len(o.all)-1].to = time.Now()
}

// excuse tells whether at lay in an outage, or within grace after one.
func (o *outages) excuse(at time.Time, grace time.Duration) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, one := range o.all {
		if at.After(one.from) && (one.to.IsZero() || at.Before(one.to.Add(grace))) {
			return true
		}
	}
	return false
}
