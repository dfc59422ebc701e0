package account

import (
	"context"
	"fmt"

	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// offers is which packages were asked for.
type offers struct{ provider, after string }

// purchase is what a price was asked for.
type purchase struct {
	pack   gandi.SitePackage
	action string
}

// SitePackages lists the packages of provider, "" being all; with after, the name
// of a package, those that a site can be upgraded to from there, the next one
// first. It is at most 5 minutes old.
func (c *Conversation) SitePackages(ctx context.Context, provider, after string) ([]gandi.SitePackage, error) {
	list, err := offered(ctx, c, c.catalog.packages.of(&c.catalog, offers{provider, after}), func(ask *gandi.Client) ([]gandi.SitePackage, error) {
		return ask.SitePackages(ctx, provider, after)
	})
	if err != nil {
		return nil, fmt.Errorf("listing the packages of sites: %w", err)
	}
	return list, nil
}

// SitePrice is what an action, such as gandi.ActionUpdate for the upgrade to it,
// costs for the package p, at most 5 minutes old. It is empty when Gandi has no
// such offer.
func (c *Conversation) SitePrice(ctx context.Context, p gandi.SitePackage, action string) ([]gandi.Price, error) {
	prices, err := offered(ctx, c, c.catalog.prices.of(&c.catalog, purchase{p, action}), func(ask *gandi.Client) ([]gandi.Price, error) {
		return ask.SitePrice(ctx, p, action)
	})
	if err != nil {
		return nil, fmt.Errorf("asking for the price of %s: %w", p.Description(), err)
	}
	return prices, nil
}

// SiteDNSEntries are the records that make vhost, a whole name, ready for a site,
// as Gandi told at most 5 minutes ago.
func (c *Conversation) SiteDNSEntries(ctx context.Context, vhost string) ([]gandi.DNSRecord, error) {
	records, err := offered(ctx, c, c.catalog.entries.of(&c.catalog, vhost), func(ask *gandi.Client) ([]gandi.DNSRecord, error) {
		return ask.SiteDNSEntries(ctx, vhost)
	})
	if err != nil {
		return nil, fmt.Errorf("asking for the DNS records of %s: %w", vhost, err)
	}
	return records, nil
}
