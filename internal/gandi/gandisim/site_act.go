package gandisim

import (
	"slices"
	"time"
)

// Buying, changing and deleting sites.

func siteCreate(w *World, c *call) ([]problem, func() any) {
	o, problems := w.readSite(c.args[0], nil)
	if len(problems) > 0 {
		return problems, nil
	}
	return w.mayHave(c, o.vhosts, nil), func() any {
		w.tally.SiteCreates++
		s := w.makeSite(c.handle, o)
		op := &operation{kind: "sitebuilder_create", site: s.id, label: s.name, holds: []hold{{objSite, s.id}}}
		op.ready = func() *Fault { return w.refutes(c.handle, o.vhosts) }
		op.done = func(at time.Time) { s.begin(at) }
		op.undo = func(time.Time) { delete(w.sites, s.id) }
		return w.single(w.begin(c, op))
	}
}

func (w *World) makeSite(handle string, o siteOrder) *site {
	s := &site{
		id: w.nextID("site"), handle: handle, name: o.name, provider: o.provider, offer: o.offer, vhosts: o.vhosts,
		months: o.months, state: siteBeingCreated, created: w.now, updated: w.now,
	}
	w.sites[s.id] = s
	return s
}

// begin lets the duration run that was paid for.
func (s *site) begin(at time.Time) {
	s.state, s.updated, s.ends = siteCreated, at, at.AddDate(0, s.months, 0)
}

// siteUpdate is free unless it moves the site to a bigger package; to a smaller one there is no way.
func siteUpdate(w *World, c *call) ([]problem, func() any) {
	s, fault := w.siteOf(c, c.args[0].(int))
	if fault != nil && w.sites[c.args[0].(int)] == nil {
		// Values come before existence; without a site, those of a new one are the nearest.
		s = &site{provider: w.providers[0]}
	}
	o, problems := w.readSite(c.args[1], s)
	switch {
	case len(problems) > 0:
		return problems, nil
	case fault != nil:
		return plainly(fault), nil
	case !o.hasName && !o.hasVhosts && !o.hasOffer:
		return about("vhosts", "List", "!EC_MISSINGFIELD", causeBadParameter, "missing field"), nil
	}
	problems = w.judgeUpdate(c, s, o)
	op := &operation{kind: "sitebuilder_update", site: s.id, label: s.name, holds: []hold{{objSite, s.id}}, vhosts: o.vhosts}
	op.ready = func() *Fault {
		return unless(s.state != siteExpired, refuse(objSite, causeBadState, "site#%d is %s", s.id, s.state))
	}
	if fault := w.claim(op); fault != nil {
		return append(problems, plainly(fault)...), nil
	}
	return problems, func() any {
		if o.offer > s.offer {
			w.tally.SiteUpgrades++
		}
		usual, fresh := op.ready, s.lacking(o.vhosts)
		op.ready = func() *Fault { return firstFault(usual(), w.refutes(c.handle, fresh)) }
		op.done = func(at time.Time) { s.become(o, at) }
		w.begin(c, op)
		if w.sw("site-update-reply") == "struct" {
			return w.short(op)
		}
		return []any{w.short(op)}
	}
}

// judgeUpdate looks at what an update would change of s.
func (w *World) judgeUpdate(c *call, s *site, o siteOrder) []problem {
	var problems []problem
	if o.hasName && o.name != s.name && w.sw("site-rename") == "refused" {
		problems = about("name", "String", "!EC_FIELDUPDATEPOSSIBLE", causeNotAllowed, "cannot be changed")
	}
	if o.offer < s.offer {
		problems = append(problems, about("package", "Enum", "!EC_FIELDUPDATEPOSSIBLE", causeNotAllowed,
			"a site cannot be downgraded to '"+s.provider.offers[o.offer].name+"'")...)
	}
	return append(problems, w.mayHave(c, o.vhosts, s)...)
}

// lacking are those of vhosts that s does not have yet.
func (s *site) lacking(vhosts []string) []string {
	return slices.DeleteFunc(slices.Clone(vhosts), func(v string) bool { return slices.Contains(s.vhosts, v) })
}

// become makes of s what an update asked for.
func (s *site) become(o siteOrder, at time.Time) {
	s.updated, s.offer = at, max(s.offer, o.offer)
	if o.hasName {
		s.name = o.name
	}
	if o.hasVhosts {
		s.vhosts = o.vhosts
	}
}

// siteDelete gives nothing back of what was paid.
func siteDelete(w *World, c *call) ([]problem, func() any) {
	if o := w.deletedBefore(c, objSite); o != nil {
		return nil, func() any { return w.single(w.begin(c, o)) }
	}
	s, fault := w.siteOf(c, c.args[0].(int))
	if fault != nil {
		return plainly(fault), nil
	}
	op := &operation{kind: "sitebuilder_delete", site: s.id, label: s.name, holds: []hold{{objSite, s.id}}}
	if fault := w.claim(op); fault != nil {
		return plainly(fault), nil
	}
	return nil, func() any {
		op.done = func(time.Time) { w.eraseSite(s) }
		w.begin(c, op)
		if w.sw("site-delete") == "immediate" && op.fate == "" && len(op.behind) == 0 {
			op.started = w.now
			w.end(op, stepDone, w.now)
		}
		return w.single(op)
	}
}

func (w *World) eraseSite(s *site) {
	delete(w.sites, s.id)
	w.buried[hold{objSite, s.id}] = s.handle
}
