package gandisim

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// A site is a website of the site builder. It ends with the duration that was paid for.
type site struct {
	id       int
	handle   string
	name     string
	provider *provider
	offer    int // index of its package among the provider's
	vhosts   []string
	months   int
	state    string

	created, updated time.Time
	ends             time.Time // zero until it is created
}

// States of a site. The words that Gandi has for them are not published; see the switch site-state.
const (
	siteBeingCreated = "being_created"
	siteCreated      = "created"
	siteExpired      = "expired"
)

// stateWord is a site's state as replies tell it, if they do.
func (w *World) stateWord(s *site) (word string, told bool) {
	switch w.sw("site-state") {
	case "running":
		return map[string]string{siteBeingCreated: "pending", siteCreated: "running", siteExpired: "suspended"}[s.state], true
	case "untold":
		return "", false
	default:
		return s.state, true
	}
}

// siteID is the number of a site as replies tell it.
func (w *World) siteID(id int) any {
	switch {
	case id == 0:
		return nil
	case w.sw("site-id") == "string":
		return strconv.Itoa(id)
	default:
		return id
	}
}

func siteKeys() filterKeys { return filterKeys{"id": "int", "name": "string"} }

func (w *World) siteRow(s *site) row {
	return row{id: s.id, handle: s.handle, show: w.siteShort(s), match: Struct{"id": s.id, "name": s.name}}
}

// siteShort is a site as site.list tells it: not much of it is known but its preferred vhost.
func (w *World) siteShort(s *site) Struct {
	out := Struct{"id": w.siteID(s.id), "name": s.name}
	if word, told := w.stateWord(s); told {
		out["state"] = word
	}
	switch key := w.sw("site-list-vhost"); key {
	case "vhosts":
		out[key] = w.vhostsShown(s)
	default:
		out[key] = s.vhosts[0]
	}
	return out
}

// siteFull is a site as site.info tells it.
func (w *World) siteFull(s *site) Struct {
	out := Struct{
		"id": w.siteID(s.id), "name": s.name, "provider": s.provider.name, "package": s.provider.offers[s.offer].name,
		"vhosts": w.vhostsShown(s), "edit_url": w.editURL(s),
		"date_created": w.wireTime(s.created), "date_updated": w.wireTime(s.updated), "date_end": w.wireTime(s.ends),
	}
	if word, told := w.stateWord(s); told {
		out["state"] = word
	}
	return out
}

func (w *World) vhostsShown(s *site) []any {
	out := []any{}
	for _, v := range s.vhosts {
		if w.sw("site-vhosts") == "structs" {
			out = append(out, Struct{"name": v})
			continue
		}
		out = append(out, v)
	}
	return out
}

// editURL is where the site is edited, or nil where it cannot be: one has to be on the parking domain for that.
func (w *World) editURL(s *site) any {
	if !s.editable() {
		return nil
	}
	u := s.provider.editAddress(s.id)
	if w.sw("edit-url") == "token" {
		u += "?token=" + w.token("edit", s.id)
	}
	return u
}

// editable tells whether a site can be edited.
func (s *site) editable() bool {
	return s.state == siteCreated && slices.ContainsFunc(s.vhosts, s.provider.parks)
}

// token is a mark of n hexadecimal digits that depends on the seed alone.
func (w *World) token(purpose string, ordinal int) string {
	const digits = "0123456789abcdef"
	out := make([]byte, 32)
	for i := range out {
		out[i] = digits[w.chance(16, "token "+purpose, ordinal*len(out)+i)]
	}
	return string(out)
}

func (w *World) siteOf(c *call, id int) (*site, *Fault) {
	s, ok := w.sites[id]
	if !ok {
		return nil, missing(objSite, id)
	}
	return s, w.mayTouch(c, objSite, id, s.handle)
}

func siteList(w *World, c *call) (any, *Fault) { return w.listing(c, "site", siteKeys(), c.args[0]) }

func siteCount(w *World, c *call) (any, *Fault) { return w.counting(c, "site", siteKeys(), c.args[0]) }

func siteInfo(w *World, c *call) (any, *Fault) {
	s, fault := w.siteOf(c, c.args[0].(int))
	if fault != nil {
		return nil, fault
	}
	return w.siteFull(s), nil
}

// siteEdit answers where a person edits the site. The address logs that person in, so it has a token.
func siteEdit(w *World, c *call) (any, *Fault) {
	s, fault := w.siteOf(c, c.args[0].(int))
	if fault != nil {
		return nil, fault
	}
	if !s.editable() {
		return nil, refuse(objSite, causeBadState, "site#%d is %s and on no name of the parking domain", s.id, s.state)
	}
	return s.provider.editAddress(s.id) + "?token=" + w.token("edit", s.id), nil
}

// siteTaker is who has a vhost: a site other than the one that asks, or an operation that will bring it one.
func (w *World) siteTaker(vhost string, asking int) (int, bool) {
	for _, s := range byID(w.sites) {
		if s.id != asking && slices.Contains(s.vhosts, vhost) {
			return s.id, true
		}
	}
	for _, o := range w.pending {
		if o.site != asking && slices.Contains(o.vhosts, vhost) {
			return o.site, true
		}
	}
	return 0, false
}

// nextEnd is the site whose duration is over first, if one's is by now.
func (w *World) nextEnd(now time.Time) (s *site, at time.Time, due bool) {
	for _, one := range byID(w.sites) {
		if one.state != siteCreated || one.ends.After(now) || due && !one.ends.Before(at) {
			continue
		}
		s, at, due = one, one.ends, true
	}
	return s, at, due
}

// endSite is what becomes of a site whose duration is over.
func (w *World) endSite(s *site, at time.Time) {
	if w.sw("expired-sites") == "gone" {
		delete(w.sites, s.id)
		return
	}
	s.state, s.updated = siteExpired, at
}

// parseDuration reads "3m" or "1y" as months.
func parseDuration(s string) (months int, ok bool) {
	if len(s) < 2 || len(s) > 4 || s[0] == '0' {
		return 0, false
	}
	n, err := strconv.ParseUint(s[:len(s)-1], 10, 16)
	switch {
	case err != nil:
		return 0, false
	case s[len(s)-1] == 'y':
		return int(n) * 12, n <= 10
	case s[len(s)-1] == 'm':
		return int(n), n <= 120
	default:
		return 0, false
	}
}

// siteState is a site for the world's state, which shows no token and hides behind no switch.
func (w *World) siteState(s *site) Struct {
	out := w.siteFull(s)
	out["id"], out["state"], out["vhosts"], out["edit_url"] = s.id, s.state, texts(s.vhosts), nil
	if s.editable() {
		out["edit_url"] = s.provider.editAddress(s.id)
	}
	out["duration"] = fmt.Sprintf("%dm", s.months)
	return out
}

// texts is a list as the wire has it.
func texts(list []string) []any {
	out := make([]any, 0, len(list))
	for _, s := range list {
		out = append(out, s)
	}
	return out
}
