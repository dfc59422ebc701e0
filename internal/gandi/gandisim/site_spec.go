package gandisim

import (
	"slices"
	"strings"
)

// A siteOrder is what a caller wants a site to be.
type siteOrder struct {
	name      string
	hasName   bool
	provider  *provider
	offer     int
	hasOffer  bool
	vhosts    []string
	hasVhosts bool
	months    int
}

const (
	defaultProvider = "basekit_whitelabel"
	defaultMonths   = 12
)

// readSite reads and judges a specification as far as that needs nothing but itself. of is the site to be changed, nil for a new
// one.
func (w *World) readSite(in any, of *site) (siteOrder, []problem) {
	f := w.read(objSite, in)
	var o siteOrder
	var provider, offer, duration string
	var hasProvider, hasDuration bool
	o.name, o.hasName = f.text("name")
	if of == nil {
		provider, hasProvider = f.text("provider")
		duration, hasDuration = f.text("duration")
	}
	offer, o.hasOffer = f.text("package")
	o.vhosts, o.hasVhosts = f.texts("vhosts")
	if fault := f.end(); fault != nil {
		return o, []problem{{field: f.wrong, err: "!EC_" + f.why, reason: detail(fault), fault: fault}}
	}
	if of == nil && !hasProvider {
		provider = defaultProvider
	}
	problems := o.checkName(of)
	if of != nil {
		o.provider, o.offer = of.provider, of.offer
	} else if p, ok := w.provider(provider); ok {
		o.provider = p
	} else {
		return o, append(problems, about("provider", "Enum", "!EC_ENUMIN", causeBadParameter, "'"+provider+"' is not in list "+defaultProvider)...)
	}
	if o.hasOffer {
		problems = append(problems, o.checkOffer(offer)...)
	}
	problems = append(problems, w.checkVhosts(&o, of)...)
	o.months = defaultMonths
	if hasDuration {
		months, ok := parseDuration(duration)
		if !ok {
			problems = append(problems, about("duration", "String", "!EC_STRMATCH", causeBadParameter, "'"+duration+"' does not match '^[1-9][0-9]*[my]$'")...)
		}
		o.months = months
	}
	return o, problems
}

func (o *siteOrder) checkName(of *site) []problem {
	switch {
	case of == nil && !o.hasName:
		return about("name", "String", "!EC_MISSINGFIELD", causeBadParameter, "missing field")
	case o.hasName && (strings.TrimSpace(o.name) == "" || len(o.name) > 255):
		return about("name", "String", "!EC_STRTOOFEWCHARS", causeBadParameter, "must have 1 to 255 characters")
	}
	return nil
}

func (o *siteOrder) checkOffer(name string) []problem {
	rank, ok := o.provider.offer(name)
	if !ok {
		var names []string
		for _, one := range o.provider.offers {
			names = append(names, one.name)
		}
		return about("package", "Enum", "!EC_ENUMIN", causeBadParameter, "'"+name+"' is not in list "+strings.Join(names, ", "))
	}
	o.offer = rank
	return nil
}

// checkVhosts looks at the names by themselves.
func (w *World) checkVhosts(o *siteOrder, of *site) []problem {
	switch {
	case !o.hasVhosts && of == nil:
		return about("vhosts", "List", "!EC_MISSINGFIELD", causeBadParameter, "missing field")
	case !o.hasVhosts:
		return nil
	case len(o.vhosts) == 0:
		return about("vhosts", "List", "!EC_LISTTOOFEW", causeBadParameter, "must have one name or more")
	}
	var problems []problem
	for n, v := range o.vhosts {
		v = strings.ToLower(v)
		o.vhosts[n] = v
		label, parked := strings.CutSuffix(v, "."+o.provider.parking)
		switch {
		case !isHostname(v) || !strings.Contains(v, "."):
			problems = append(problems, about("vhosts", "List", "!EC_STRMATCH", causeBadParameter, "'"+v+"' is no host name", v)...)
		case slices.Contains(o.vhosts[:n], v):
			problems = append(problems, about("vhosts", "List", "!EC_LISTDUPLICATE", causeBadParameter, "'"+v+"' is there twice", v)...)
		case v == o.provider.parking || parked && strings.ContainsAny(label, "._"):
			problems = append(problems, about("vhosts", "List", "!EC_STRMATCH", causeBadParameter, "'"+v+"' is not one name of the parking domain", v)...)
		}
	}
	return problems
}

// mayHave looks at the names that a site does not have yet: whether they are free, and whether they are the caller's.
func (w *World) mayHave(c *call, vhosts []string, of *site) []problem {
	id := 0
	if of != nil {
		id, vhosts = of.id, of.lacking(vhosts)
	}
	var problems []problem
	for _, v := range vhosts {
		if _, taken := w.siteTaker(v, id); taken {
			problems = append(problems, about("vhosts", "List", "!EC_UNIQUE", causeExists, "'"+v+"' is taken", v)...)
			continue
		}
		problems = append(problems, w.unproven(c, v)...)
	}
	return problems
}

// unproven is the problem of a name in a domain that is not known to be the caller's, where it is told before the operation.
func (w *World) unproven(c *call, vhost string) []problem {
	if !w.foreign(c.handle, vhost) {
		return nil
	}
	host, value := w.challengeHost(vhost), w.challenge(c.handle, vhost)
	told := problem{
		field: "vhosts", attr: []any{host, value}, reason: "You must put a TXT value in your zone",
		fault: refuse(objVhost, causeNotFound, "You must put a TXT value in your zone: %s TXT %s", host, value),
	}
	switch proven := w.proven(c.handle, vhost); w.sw("site-txt-check") {
	case "operation":
		return nil
	case "always-told":
		// The dry run does not look, the call itself does.
		told.idle = proven
		return []problem{told}
	default:
		if proven {
			return nil
		}
		return []problem{told}
	}
}

// refutes is what an operation that brings vhosts finds out about them, where only it looks.
func (w *World) refutes(handle string, vhosts []string) *Fault {
	if w.sw("site-txt-check") != "operation" {
		return nil
	}
	for _, v := range vhosts {
		if w.foreign(handle, v) && !w.proven(handle, v) {
			return refuse(objVhost, causeNotFound, "You must put a TXT value in your zone: %s TXT %s", w.challengeHost(v), w.challenge(handle, v))
		}
	}
	return nil
}

// detail is what a fault says in brackets.
func detail(f *Fault) string {
	_, rest, found := strings.Cut(f.Text, "[")
	if !found {
		return f.Text
	}
	return strings.TrimSuffix(rest, "]")
}
