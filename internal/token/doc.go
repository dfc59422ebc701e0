// Package token makes the mark by which the operator finds its own at Gandi.
//
// The one idea: an object's identity (installation, kind, namespace, name)
// always gives the same 15 characters, and those fit into every name that
// Gandi lets us set: a disk's name ([-_0-9a-z], at most 15) and a VM's farm.
// Gandi has no idempotency key, so a thing that a lost reply bought is found
// again by this mark alone.
//
//	g  inst  hhhhhhhhhh
//	│  │     └ 10 characters of a hash of kind, namespace and name
//	│  └ 4 characters of the installation, so that two clusters on one
//	│    account tell each other's things apart
//	└ always g
//
// The package must not know kinds, clients or Gandi.
package token
