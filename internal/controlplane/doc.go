// Package controlplane runs a real Kubernetes control plane on this machine:
// etcd, kube-apiserver, and Kubernetes' own controllers for garbage collection,
// namespaces and aggregated cluster roles, without containers and without
// privileges. End-to-end tests and the demo stand on it.
//
// The one idea is that of a leash: each program runs under a small shell that
// holds the reading end of a pipe, whose writing end only this process has.
//
//	this process ──pipe──► sh ──► etcd, kube-apiserver or kube-gc
//
// A line in the pipe is a signal to pass on. The end of the pipe means that this
// process is no more, and the shell kills what it started. The kernel closes
// the pipe of a dead process however that died, so nothing survives a SIGKILL, a
// panic or a test's time limit.
// Linux's parent-death signal would be shorter, but follows the death of the
// thread that started the program and not of the process, has a window between
// fork and its being set, and has no counterpart on macOS; a pipe and a POSIX
// shell are everywhere.
//
// Authorization is RBAC, tokens of service accounts are signed and reviewed, and
// any number of users can be made up, so that what a manifest permits can be
// tried:
//
//	plane, err := controlplane.Start(ctx, controlplane.Options{})
//	if err != nil {
//		return err
//	}
//	defer plane.Stop()
//	alice, err := plane.User("alice", "developers")
//
// One control plane serves a whole test binary: it takes seconds to start, and
// the API server delays the first objects of a fresh kind by two more.
//
// The package knows nothing of Gandi nor of the operator.
package controlplane
