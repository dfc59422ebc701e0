// Package site teaches the engine the kind GandiSite.
//
// What is special about sites: a site is paid by its duration, in advance; before
// it is bought Gandi is asked what speaks against it, by a call that buys where
// Gandi does not understand the question; names of domains that Gandi does not know
// as the account's need a DNS record first; a site carries no mark, and is known by
// its preferred vhost, which only one site can have; lists tell little of it; it
// can be moved to a bigger package and never back; and it ends with its duration
// (docs/gandi-api.md, docs/sites.md).
package site
