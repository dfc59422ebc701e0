package account

import (
	"cmp"
	"time"

	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// Seq counts what happens on one account: every reading takes a number when it
// begins, every Mark takes one. A reading that began after something happened
// has the greater number; clocks are never compared.
type Seq uint64

// Key is what an account is: keys come and go, the handle stays.
type Key struct {
	Endpoint string
	Handle   string
}

// Settings are what a GandiAccount says about its account.
type Settings struct {
	// Endpoint is the URL of the API; empty means gandi.DefaultEndpoint.
	Endpoint      string
	AllowInsecure bool
	// CABundle is PEM; empty means the system's roots.
	CABundle []byte
	APIKey   gandi.APIKey
	// RequestsPerSecond is the rate of the limiter; 0 means 14. The lowest of
	// all accounts of an endpoint counts.
	RequestsPerSecond int
	// CreatesPerHour bounds paid calls; nil means no bound. The lowest of all
	// GandiAccounts of a handle counts.
	CreatesPerHour *int
	// Resync is the time between two sweeps; 0 means 10 minutes. The shortest
	// of all GandiAccounts of a handle counts.
	Resync time.Duration
	// Settle is the time after which a call without a trace had no effect; 0
	// means 10 minutes. The longest of all GandiAccounts of a handle counts.
	Settle time.Duration
	// Released are tokens of things that were left at Gandi on purpose.
	Released []string
}

const (
	defaultRate   = 14
	defaultResync = 10 * time.Minute
	defaultSettle = 10 * time.Minute
)

func (s Settings) complete() Settings {
	s.Endpoint = cmp.Or(s.Endpoint, gandi.DefaultEndpoint)
	s.RequestsPerSecond = cmp.Or(s.RequestsPerSecond, defaultRate)
	s.Resync = cmp.Or(s.Resync, defaultResync)
	s.Settle = cmp.Or(s.Settle, defaultSettle)
	return s
}
