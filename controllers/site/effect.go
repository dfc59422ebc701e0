package site

import (
	"maps"
	"strings"

	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// Effect is what Gandi shows once call has done its work.
func (Kind) Effect(s Observed, call gandi.Call) Observed {
	switch c := call.(type) {
	case gandi.SiteCreateDryRun:
		// Nothing speaks against it: that is what is hoped for.
		s.Check, s.Records = Check{Asked: true, Clean: true}, nil
	case gandi.SiteCreate:
		s.Site = &gandi.Site{
			Name: c.Site.Name, Provider: c.Site.Provider, Package: c.Site.Package,
			PreferredVhost: c.Site.Vhosts[0], Vhosts: c.Site.Vhosts, VhostsTold: true,
		}
		s.applied(appliedMade, made(c.Site))
		s.applied(appliedDuration, c.Site.Duration)
	case gandi.SiteUpdate:
		s.change(func(site *gandi.Site) {
			if c.Name != nil {
				site.Name = *c.Name
			}
			if c.Vhosts != nil {
				site.PreferredVhost, site.Vhosts, site.VhostsTold = c.Vhosts[0], c.Vhosts, true
			}
		})
	case gandi.SiteUpgrade:
		s.change(func(site *gandi.Site) { site.Package = c.Package })
	case gandi.SiteAlterZone:
		round, done, _ := strings.Cut(s.Applied[appliedZones], " ")
		if round != s.Round {
			done = ""
		}
		s.applied(appliedZones, strings.TrimSpace(s.Round+" "+done)+" "+c.Host)
	case gandi.SiteDelete:
		s.Site = nil
	}
	return s
}

// change replaces the site by a changed copy: others may look at it.
func (s *Observed) change(change func(*gandi.Site)) {
	if s.Site == nil {
		return
	}
	site := *s.Site
	change(&site)
	s.Site = &site
}

func (s *Observed) applied(key, value string) {
	s.Applied = maps.Clone(s.Applied)
	if s.Applied == nil {
		s.Applied = map[string]string{}
	}
	s.Applied[key] = value
}
