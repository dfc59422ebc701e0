// Package condition writes the conditions of every kind, and judges them.
//
// The one idea: Ready, Reconciling and Stalled are set together or not at all,
// so that no reader (kstatus, kubectl wait, Flux, Argo CD, Helm) ever sees a
// combination that contradicts itself.
//
//	             Ready   Reconciling  Stalled   what ends it
//	Ready        True    absent       absent    nothing to do
//	Reconciling  False   True         absent    it ends by itself
//	Stalled      False   absent       True      an edit or a person's decision
//
// Conditions are written for a reader and never read to steer a loop. The
// package must not know clients, logs or clocks other than the transition time
// that apimachinery stamps.
package condition
