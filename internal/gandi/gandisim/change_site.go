package gandisim

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// panelSite edits a site, whoever its names belong to.
func (w *World) panelSite(s *site, f *fields) func() error {
	name, hasName := f.text("name")
	pack, hasPack := f.text("package")
	vhosts, hasVhosts := f.texts("vhosts")
	expire, _ := f.flag("expire")
	return func() error {
		if hasVhosts {
			if err := w.panelVhosts(vhosts, s.id); err != nil {
				return err
			}
			s.vhosts = vhosts
		}
		if hasPack {
			rank, ok := s.provider.offer(pack)
			if !ok {
				return fmt.Errorf("no package %q", pack)
			}
			s.offer = rank
		}
		if hasName {
			s.name = name
		}
		s.updated = w.now
		if expire {
			s.state, s.ends = siteCreated, w.now
			w.endSite(s, w.now)
		}
		return nil
	}
}

// panelVhosts checks and lowers names that a site shall have.
func (w *World) panelVhosts(vhosts []string, id int) error {
	if len(vhosts) == 0 {
		return errors.New("a site needs a vhost")
	}
	for n, v := range vhosts {
		v = strings.ToLower(v)
		vhosts[n] = v
		if !isHostname(v) || slices.Contains(vhosts[:n], v) {
			return fmt.Errorf("%q is no host name, or there twice", v)
		}
		if other, taken := w.siteTaker(v, id); taken {
			return fmt.Errorf("site %d has %s", other, v)
		}
	}
	return nil
}

// panelMakeSite makes a site that is ready at once. Its vhost is made up when none is given.
func (w *World) panelMakeSite(in map[string]any) error {
	f := w.read(objSite, in)
	owner, hasOwner := f.text("handle")
	o := siteOrder{provider: w.providers[0], months: defaultMonths}
	var hasName, hasPack, hasDuration bool
	o.name, hasName = f.text("name")
	pack, hasPack := f.text("package")
	duration, hasDuration := f.text("duration")
	o.vhosts, o.hasVhosts = f.texts("vhosts")
	if fault := w.strictly(f); fault != nil {
		return errors.New(fault.Text)
	}
	if !hasOwner {
		owner = w.opts.Handle
	}
	if !hasName {
		o.name = "Site"
	}
	if !o.hasVhosts {
		o.vhosts = []string{fmt.Sprintf("site%d.%s", w.issued["site"], o.provider.parking)}
	}
	if err := w.panelVhosts(o.vhosts, 0); err != nil {
		return err
	}
	if hasPack {
		rank, ok := o.provider.offer(pack)
		if !ok {
			return fmt.Errorf("no package %q", pack)
		}
		o.offer = rank
	}
	if hasDuration {
		months, ok := parseDuration(duration)
		if !ok {
			return fmt.Errorf("duration must be as 3m or 1y, not %q", duration)
		}
		o.months = months
	}
	w.makeSite(owner, o).begin(w.now)
	return nil
}
