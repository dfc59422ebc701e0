// Command gandisim serves the simulator of Gandi's hosting API on a socket, for tests
// and people, and for programs in any language.
//
//	go run ./cmd/gandisim --listen 127.0.0.1:8069 --time-scale 100
//
// It prints one line when it serves, with the URL of the RPC. The simulator's own doors
// (/sim/state, /sim/journal, /sim/trouble, ...) are described in package gandisim;
// --list-switches prints what is unknown about Gandi and can be chosen by --switch.
package main
