// Package testkit runs whole lives of objects in virtual time: the engine and
// the account's conversation against the simulator, with a Kubernetes store in
// memory, inside a testing/synctest bubble. Only tests import it.
//
// A Lab is the world outside: the store and Gandi. A Manager is one process of
// the operator; it can be killed right before or after any write to either
// side, and another one started.
package testkit
