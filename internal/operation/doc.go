// Package operation follows Gandi's asynchronous operations.
//
// The one idea: one loop for all. Per tick the list of unfinished operations
// is read once, whatever the number of waiting objects; what has left that
// list is asked for together. Nothing is read while nothing is followed.
//
//	Follow(owner, ids) ──► tick: Unfinished ──► left the list? ──► Operations{IDs}
//	                                                                   │ not told
//	            Wake(owner) ◄── ended, step changed, vanished ◄── Operation(id)
//
// A Tracker is a cache and an alarm clock. The truth is in the status of the
// objects: after a restart their owners Follow again, and one tick later the
// Tracker knows all there is to know. When an operation ends, the owner asks
// Gandi what is true; the operation's result is a hint.
//
// The package must not know kinds, Kubernetes, or what an operation means for
// its owner.
package operation
