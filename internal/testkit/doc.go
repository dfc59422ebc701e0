// Package testkit runs whole lives of objects in virtual time: the engine and
// the account's conversation against the simulator, with a Kubernetes store in
// memory, inside a testing/synctest bubble. Only tests import it.
//
// A Lab is the world outside: the store and Gandi. A Manager is one process of
// the operator; it can be killed right before or after any write to either
// side, and another one started.
//
// The store takes what the API server takes: it prunes, defaults and validates
// by config/crd/bases, with the API server's own code, and tells managers of
// changes as their watches do. One thing it does not do: deleting an object that
// a finalizer holds makes no new generation.
package testkit
