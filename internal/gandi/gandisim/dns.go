package gandisim

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The names of the world outside, as far as sites look at them: TXT records, by which an account proves that a domain is its own,
// and the zones that Gandi hosts. The rest of the name system is not there.

// A Zone is a domain whose DNS Gandi hosts.
type Zone struct {
	Domain string
	// Handle owns the zone. Default is the world's own.
	Handle string
	// Elsewhere means that the domain is registered with somebody else: its names are not taken to be the owner's, but site.alter_zone
	// can write the record that proves it.
	Elsewhere bool
}

// names is what the world knows of DNS; hosts are in lower case, without a dot at the end.
type names struct {
	txt   map[string][]string
	cname map[string]string
	zones map[string]Zone
}

func noNames() names {
	return names{txt: map[string][]string{}, cname: map[string]string{}, zones: map[string]Zone{}}
}

// recordTTL is that of the usage guide's sample.
const recordTTL = 10800

// SetTXT makes values the TXT records of host; without values it has none.
func (w *World) SetTXT(host string, values ...string) error {
	host, err := hostName(host)
	if err != nil {
		return err
	}
	defer w.edited()()
	if len(values) == 0 {
		delete(w.dns.txt, host)
		return nil
	}
	w.dns.txt[host] = slices.Clone(values)
	return nil
}

// edited locks the world and ages it first: an operation that looked before now has looked at what was there then. It gives the
// unlocking.
func (w *World) edited() func() {
	w.mu.Lock()
	w.age(time.Now())
	return w.mu.Unlock
}

// SetCNAME makes host another name of target, which is asked for TXT records when host has none; "" ends that.
func (w *World) SetCNAME(host, target string) error {
	host, err := hostName(host)
	if err != nil {
		return err
	}
	if target != "" {
		if target, err = hostName(target); err != nil {
			return err
		}
	}
	defer w.edited()()
	if target == "" {
		delete(w.dns.cname, host)
		return nil
	}
	w.dns.cname[host] = target
	return nil
}

// SetZone has Gandi host a zone.
func (w *World) SetZone(z Zone) error {
	domain, err := hostName(z.Domain)
	if err != nil {
		return err
	}
	defer w.edited()()
	z.Domain = domain
	if z.Handle == "" {
		z.Handle = w.opts.Handle
	}
	w.dns.zones[domain] = z
	return nil
}

// RemoveZone has Gandi host the zone no longer. Its records stay, in whoever's hands.
func (w *World) RemoveZone(domain string) {
	defer w.edited()()
	delete(w.dns.zones, strings.ToLower(strings.TrimSuffix(domain, ".")))
}

func hostName(s string) (string, error) {
	s = strings.ToLower(strings.TrimSuffix(s, "."))
	if !isHostname(s) {
		return "", fmt.Errorf("%q is no host name", s)
	}
	return s, nil
}

// lookupTXT asks host, and whatever it is another name of.
func (n names) lookupTXT(host string) []string {
	for range 8 {
		if values := n.txt[host]; len(values) > 0 {
			return values
		}
		next, ok := n.cname[host]
		if !ok {
			break
		}
		host = next
	}
	return nil
}

// zoneOf is the zone that host lies in, the nearest if there are several.
func (n names) zoneOf(host string) (Zone, bool) {
	for host != "" {
		if z, ok := n.zones[host]; ok {
			return z, true
		}
		_, host, _ = strings.Cut(host, ".")
	}
	return Zone{}, false
}

// foreign tells whether a name is neither on the parking domain nor in a domain that Gandi knows as the handle's.
func (w *World) foreign(handle, vhost string) bool {
	for _, p := range w.providers {
		if p.parks(vhost) {
			return false
		}
	}
	z, hosted := w.dns.zoneOf(vhost)
	return !hosted || z.Handle != handle || z.Elsewhere
}

// challenge is the value that has to stand in the DNS for a name that is foreign to the handle.
func (w *World) challenge(handle, vhost string) string {
	sum := sha256.Sum256([]byte(strconv.FormatInt(w.opts.Seed, 10) + "\x00" + handle + "\x00" + vhost))
	return "vhost=" + hex.EncodeToString(sum[:16])
}

// challengeHost is where it has to stand: at the name itself, or at its domain.
func (w *World) challengeHost(vhost string) string {
	if w.sw("site-challenge-host") == "vhost" {
		return vhost
	}
	if z, ok := w.dns.zoneOf(vhost); ok {
		return z.Domain
	}
	labels := strings.Split(vhost, ".")
	return strings.Join(labels[max(len(labels)-2, 0):], ".")
}

// proven tells whether the record is there.
func (w *World) proven(handle, vhost string) bool {
	return slices.Contains(w.dns.lookupTXT(w.challengeHost(vhost)), w.challenge(handle, vhost))
}

// siteGetDNSEntries answers the records that a name needs. Neither its parameters nor its reply are published; both are those of
// hosting.rproxy.vhost.get_dns_entries, or a list of records.
func siteGetDNSEntries(w *World, c *call) (any, *Fault) {
	f := w.read(objVhost, c.args[0])
	vhost, given := f.text("vhost")
	vhost = strings.ToLower(vhost)
	if fault := firstFault(
		f.end(), unless(given, lacking(objVhost, "vhost")),
		unless(isHostname(vhost), refuse(objVhost, causeBadParameter, "'%s' is no host name", vhost)),
	); fault != nil {
		return nil, fault
	}
	host, value, server := w.challengeHost(vhost), w.challenge(c.handle, vhost), w.providers[0].server
	if w.sw("dns-entries") == "records" {
		return Struct{"records": []any{
			Struct{"name": host, "type": "TXT", "value": value, "ttl": recordTTL},
			Struct{"name": vhost, "type": "CNAME", "value": server, "ttl": recordTTL},
		}}, nil
	}
	key, txt, _ := strings.Cut(value, "=")
	return Struct{"key": key, "txt": txt, "cname": server, "domain": host}, nil
}

// siteAlterZone writes the record that proves a name into its zone. The members of its struct are not published.
func siteAlterZone(w *World, c *call) ([]problem, func() any) {
	host, err := hostName(c.args[0].(string))
	if err != nil {
		return plainly(refuse(objVhost, causeBadParameter, "'%s' is no host name", host)), nil
	}
	if fault := w.read(objZone, c.args[1]).end(); fault != nil {
		return plainly(fault), nil
	}
	z, hosted := w.dns.zoneOf(host)
	switch {
	case !hosted:
		return plainly(refuse(objZone, causeNotFound, "no such zone (host: %s)", host)), nil
	case z.Handle != c.handle:
		return plainly(refuse(objZone, causeNoRight, "You aren't allowed to alter that zone")), nil
	}
	return nil, func() any {
		o := &operation{kind: "sitebuilder_zone_alter", label: host, params: Struct{"host": host}}
		o.done = func(time.Time) { w.writeChallenge(c.handle, host) }
		return w.single(w.begin(c, o))
	}
}

// writeChallenge adds the record to those that are there already.
func (w *World) writeChallenge(handle, vhost string) {
	if w.proven(handle, vhost) {
		return
	}
	host := w.challengeHost(vhost)
	w.dns.txt[host] = append(w.dns.txt[host], w.challenge(handle, vhost))
}

// namesState is what is known of DNS, for GET /sim/dns.
func (w *World) namesState() map[string]any {
	defer w.edited()()
	records, zones := []any{}, []any{}
	add := func(host, kind, value string) {
		records = append(records, Struct{"host": host, "type": kind, "value": value, "ttl": recordTTL})
	}
	for _, host := range sortedKeys(w.dns.txt) {
		for _, v := range w.dns.txt[host] {
			add(host, "TXT", v)
		}
	}
	for _, host := range sortedKeys(w.dns.cname) {
		add(host, "CNAME", w.dns.cname[host])
	}
	for _, domain := range sortedKeys(w.dns.zones) {
		z := w.dns.zones[domain]
		zones = append(zones, Struct{"zone": z.Domain, "handle": z.Handle, "elsewhere": z.Elsewhere})
	}
	return map[string]any{"records": records, "zones": zones}
}

// namesChange is the request of POST /sim/dns: the records of a host, or a zone.
type namesChange struct {
	Host      string    `json:"host"`
	TXT       *[]string `json:"txt"`
	CNAME     *string   `json:"cname"`
	Zone      string    `json:"zone"`
	Handle    string    `json:"handle"`
	Elsewhere bool      `json:"elsewhere"`
	Remove    bool      `json:"remove"`
}

func (w *World) changeNames(in namesChange) error {
	switch {
	case (in.Host == "") == (in.Zone == ""):
		return errors.New("one of host and zone must be set")
	case in.Host != "" && in.TXT == nil && in.CNAME == nil:
		return errors.New("a host goes with txt, a list, or cname")
	case in.Host != "" && (in.Handle != "" || in.Elsewhere || in.Remove), in.Zone != "" && (in.TXT != nil || in.CNAME != nil):
		return errors.New("handle, elsewhere and remove go with a zone, txt and cname with a host")
	case in.Zone != "" && in.Remove:
		w.RemoveZone(in.Zone)
		return nil
	case in.Zone != "":
		return w.SetZone(Zone{Domain: in.Zone, Handle: in.Handle, Elsewhere: in.Elsewhere})
	}
	if in.TXT != nil {
		if err := w.SetTXT(in.Host, *in.TXT...); err != nil {
			return err
		}
	}
	if in.CNAME != nil {
		return w.SetCNAME(in.Host, *in.CNAME)
	}
	return nil
}
