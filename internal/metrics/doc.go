// Package metrics is every metric of the program, in one list.
//
// The one idea: names, help texts and labels stand in one table (catalogue.go),
// from which both the collectors and docs/metrics.md are made. Everything is
// built by New with a registerer and handed in; nothing registers itself.
//
// Labels are closed sets: no object name, no handle, no endpoint ever becomes
// one, so that ten thousand objects cost as many series as ten. What Gandi may
// extend at will (types of operations) is folded into "other".
//
// A nil *Metrics is ready for use and counts nothing.
package metrics
