// Package chaos leads thousands of random histories, each out of one seed: people
// create, edit and delete objects of every kind while whatever can go wrong does,
// on either side of the operator. After every write, and at the end, it asks what
// docs/ARCHITECTURE.md guarantees. docs/reliability.md says what came of it.
//
//	cluster    a Kubernetes store: optimistic locks, watches that lag, writes that fail
//	process    one process of the operator: cache, queue, lease; killed, cut off, frozen
//	wire       the way to Gandi: replies lost, requests doubled or late
//	ledger     who made, changed and destroyed what at Gandi
//	history    steps drawn from a seed, led in virtual time, judged, and shrunk
//
// All of it is in tests; the package itself is empty.
package chaos
