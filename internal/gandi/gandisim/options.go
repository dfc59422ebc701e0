package gandisim

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"strings"
)

// Options are what a world is made of. The zero value is a small account in credits
// mode, in real time, without a rate limit.
type Options struct {
	// APIKey is the key of Handle: 24 letters and digits. Default DefaultAPIKey.
	APIKey string
	// Keys are further keys and the handle that each belongs to. A handle may have
	// several. OtherAPIKey of OtherHandle exists unless it is named here.
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
	// RateLimit is a number of calls per window, as "30/2s"; empty means no limit. The
	// window is real time, whatever the TimeScale.
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

// New makes a world. A nil opts means the zero Options; options that Validate refuses
// are a mistake of the program, hence a panic.
func New(opts *Options) *World {
	var o Options
	if opts != nil {
		o = *opts
	}
	if err := o.Validate(); err != nil {
		panic("gandisim: " + err.Error())
	}
	w := &World{opts: o.complete()}
	w.wire.methods = w.methods()
	w.wire.fields = shownFields()
	w.wire.restart(w.opts)
	w.seed()
	return w
}

// Validate says what is wrong with the options, never naming a key.
func (o Options) Validate() error {
	var all []error
	if o.APIKey != "" && !keyForm(o.APIKey) {
		all = append(all, errors.New("the API key must be 24 letters and digits"))
	}
	for key, handle := range o.Keys {
		if !keyForm(key) {
			all = append(all, fmt.Errorf("the key of handle %s must be 24 letters and digits", handle))
		}
		if handle == "" {
			all = append(all, errors.New("a further key has no handle"))
		}
	}
	if o.TimeScale < 0 || math.IsNaN(o.TimeScale) || math.IsInf(o.TimeScale, 0) {
		all = append(all, fmt.Errorf("time scale %v must be a number above 0", o.TimeScale))
	}
	switch o.Account {
	case "", "credits", "shares", "none":
	default:
		all = append(all, fmt.Errorf("account %q must be credits, shares or none", o.Account))
	}
	if _, err := parseRate(o.RateLimit); err != nil {
		all = append(all, err)
	}
	if _, err := resolveSwitches(o.Switches); err != nil {
		all = append(all, err)
	}
	return errors.Join(all...)
}

// complete fills in defaults. Keys becomes every key of the world, that of the handle
// among them.
func (o Options) complete() Options {
	if o.APIKey == "" {
		o.APIKey = DefaultAPIKey
	}
	if o.Handle == "" {
		o.Handle = DefaultHandle
	}
	if o.TimeScale == 0 {
		o.TimeScale = 1
	}
	if o.Account == "" {
		o.Account = "credits"
	}
	keys := map[string]string{}
	if o.APIKey != OtherAPIKey {
		keys[OtherAPIKey] = OtherHandle
	}
	maps.Copy(keys, o.Keys)
	keys[o.APIKey] = o.Handle
	o.Keys = keys
	return o
}

// keyForm is the form of every key, in whatever case. Gandi checks ^[a-z0-9]{24}$, and
// keys with capital letters exist; see the switch key-case.
func keyForm(key string) bool {
	return len(key) == 24 && strings.Trim(key, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// resolveSwitches gives every switch its position.
func resolveSwitches(set map[string]string) (map[string]string, error) {
	positions := map[string]string{}
	known := map[string]Switch{}
	var names []string
	for _, s := range Switches() {
		positions[s.Name] = s.Default
		known[s.Name] = s
		names = append(names, s.Name)
	}
	var all []error
	for name, position := range set {
		s, ok := known[name]
		if !ok {
			all = append(all, fmt.Errorf("no switch is called %q; there are %s", name, strings.Join(names, ", ")))
			continue
		}
		if !s.has(position) {
			all = append(all, fmt.Errorf("switch %s has no position %q; it has %s", name, position, strings.Join(s.Positions, ", ")))
			continue
		}
		positions[name] = position
	}
	return positions, errors.Join(all...)
}
