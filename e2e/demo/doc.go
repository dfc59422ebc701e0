// Command demo shows the operator at work on this machine: a real etcd and
// kube-apiserver, a simulated Gandi, the real manager, and config/samples.
//
//	make demo                       # stays up until Ctrl-C
//	make demo DEMO_ARGS=--exit      # a test: ends by itself, with what went wrong
//	make demo DEMO_ARGS=--record    # renews the transcript, in testdata and in README.md
//
// The one idea: what a person reads is what was run. Each line of the tour
// behind a $ goes to kubectl as it stands and is followed by what kubectl said.
// What differs from run to run, such as ages and numbers, is made the same
// (see normalise); what passes by too quickly to be the same twice is only seen
// in the live table and never told in the transcript. So the transcript is
// compared word by word with the one that README.md shows.
//
//	demo ──► stage: control plane, simulator, manager      (stage.go)
//	     ──► tour: lines for kubectl, what they wait for   (tour.go)
//	              ├─► screen: the live table               (screen.go)
//	              └─► transcript: kept, normalised, held   (transcript.go)
//
// Everything that is started dies with this process, however it dies, and this
// process ends with the one that started it: `go run` passes no SIGTERM on.
//
// It knows nothing that a user of the operator could not see, but for the doors
// of the simulator.
package main
