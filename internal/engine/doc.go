// Package engine is the one reconcile loop that every managed kind uses.
//
// The idea: a spec comes in at one door, what Gandi says at another, and one
// pure function between them picks the next action. The engine runs that
// action once, by way of a record (the intent) that is written before the call
// leaves and stays until what came of the call is known.
//
//	hold      pause, deletion marks, the finalizer
//	settle    where do the operations in status stand?
//	resolve   an intent without operations: did the call take effect?
//	identify  which thing at Gandi is this object's?
//	observe   Kind.Observe: references and the record at Gandi
//	report    Kind.Report: what was observed goes into status
//	plan      Kind.Plan, and the preview by Kind.Effect
//	gate      policy, reboot policy, budget, operations in flight
//	carry out intent, lease, Submit, record: one changing call at most
//	close     conditions, one event if the world changed, one status write
//
// A lost reply, as a timeline:
//
//	engine      intent #3 ──► Submit ···X (cut)         sweep  sweep  sweep
//	status      intent #3     intent #3, no operation   intent #3 …   id 815
//	Gandi                     creates VM 815 ──────────► running
//
// What is not here: knowledge of any kind or any method of Gandi's API. An
// action that only one kind needs belongs into that kind's plan.
package engine
