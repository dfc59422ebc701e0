package gandisim

// Options are what a world is made of. The zero value is a small account in credits
// mode, in real time, without a rate limit.
type Options struct {
	// APIKey is the key of Handle: 24 letters and digits. Default DefaultAPIKey.
	APIKey string
	// Keys are further keys and the handle that each belongs to. A handle may have
	// several. OtherAPIKey of OtherHandle exists even if Keys is empty.
	Keys map[string]string
	// Handle is the account's owner. Default DefaultHandle.
	Handle string
	// Seed chooses ids, addresses and series; two worlds of one seed are the same.
	Seed int64
	// TimeScale makes operations that many times faster than at Gandi. Default 1.
	TimeScale float64
	// Account is "credits" (default), "shares", or "none" for a handle that never
	// bought hosting.
	Account string
	// Switches set positions of the table that Switches returns.
	Switches map[string]string
	// RateLimit is a number of calls per window, as "30/2s"; empty means no limit.
	RateLimit string
}

// Keys and handles that exist unless Options say otherwise. They open nothing but a
// simulator.
const (
	DefaultAPIKey = "simulator0key0number0one"
	DefaultHandle = "AB1234-GANDI"
	OtherAPIKey   = "simulator0key0number0two"
	OtherHandle   = "CD5678-GANDI"
)
