// Package soak proves that the operator loses and doubles nothing when processes
// die: two replicas of the real manager, on a real API server and the simulator
// as a process of its own, are killed while objects come, change and go, and so
// are the API server and etcd.
//
//	people ──► kube-apiserver + etcd ◄── manager 1, manager 2 ──► gandisim
//	              ▲ SIGKILL                 ▲ SIGKILL               ▲ cut replies
//	              └──────────── strikes, in an order drawn by a seed
//
// It has no code but tests. A short form is part of make e2e; make soak is the
// long one. What people do and what strikes follows from the seed; when it
// meets what, is up to the machine.
package soak
