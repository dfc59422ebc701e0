// Package gandi is the typed client of Gandi's hosting API: reads, calls as plain data, and what an error means.
//
// The one idea: Gandi has no idempotency key and sells machines, so a mutating call is a value that is sent at most once,
// and everything that can go wrong is told by one word, its [Class]. The word that matters is [OutcomeUnknown]: the call
// left, and only a look at Gandi can tell what became of it.
//
//	         ┌─ reads ──► retried here, a few times ──► records, or Retryable, Throttled, NotFound, Refused, Denied
//	Client ──┤
//	         └─ Submit ─► sent once, or not at all ───► operations, or one of these, or OutcomeUnknown
//
// The package knows nothing of Kubernetes, of who may call when, or of waiting for an operation. It does not log.
//
// # What is sent when
//
//	              connection              replayed by net/http  redirects     retried here
//	reads         kept, shared            never                 not followed  twice, after about 200 ms and 1 s, if Retryable
//	Repeatable    kept, shared            never                 not followed  never
//	Once, Paid    one of its own          never                 not followed  never
//
// Options.Admit is asked before each reading request, pages and retries included; Options.Observe is told of each
// exchange. Throttled is not retried here: the limit is the account's, and who keeps it knows when to come back
// ([RetryAfter]).
//
// Nothing of a call's body having been handed to the network proves that nothing was accepted. That, and not the kind of
// network error, tells Retryable from OutcomeUnknown:
//
//	            dial   TLS   headers │ body        reply
//	────────────┴──────┴─────┴───────┼─┴───────────┴────────►
//	 Submit: Retryable, as if unsent │ OutcomeUnknown, unless a listed fault or HTTP 429 says that it was turned away
//
// # What an error means
//
// One table, faultRows in class.go, decides, each row with its evidence; [ClassOf] tells, through every wrap.
//
//	                                          read        Submit
//	fault 1, unknown method                   Refused     Refused
//	fault 501237, 510150, the key             Denied      Denied
//	fault 530040, no hosting account          Denied      Denied
//	fault 5..xx42, not found                  NotFound    NotFound (of account or hosting account: Denied)
//	fault 5..xx37, 50, 51                     Refused     Refused
//	fault 5..xx39, attached                   Busy        Busy
//	fault 580142, a DNS record is missing     Busy        Busy
//	fault of the server's (1.....), 500066    Retryable   OutcomeUnknown
//	any other fault                           Retryable   OutcomeUnknown
//	HTTP 429                                  Throttled   Throttled
//	HTTP 503 with Retry-After                 Throttled   OutcomeUnknown
//	any other HTTP status but 200             Retryable   OutcomeUnknown
//	a reply that cannot be read               Retryable   OutcomeUnknown
//	cut, timed out, cancelled, body begun     Retryable   OutcomeUnknown
//	the same before the body was begun        Retryable   Retryable
//	arguments that XML-RPC cannot carry       Refused     Refused
//
// What Gandi answers to a second change of a busy VM is not published: no row of Busy is about that.
//
// # What is believed of a reply
//
// Editions of the API differ in types and shapes, so reading is lenient: int, double or digits for a number, boolean or
// 0 and 1 for a flag, nil or an empty string for nothing, a struct or an array of one. A field that something is decided
// by and that cannot be meant makes the reply unreadable; dates, which decide nothing, count as absent instead. Lists are
// filtered again here, since a server may ignore a filter, and things seen twice across pages count once. A list never
// proves absence.
//
// A dry run is a call like any other, since a server that does not heed its flag acts: [DryRunOf] tells clean, problems and acted
// apart, and an answer that is none of them leaves the outcome unknown.
//
// # Secrets
//
// [APIKey] and [Secret] print as REDACTED. Errors show nothing of HTTP headers and bodies, and texts of faults and
// operations are searched for the key and for secrets sent of late. One leak is beyond this package: net/http prints
// surplus bytes of a server to the standard logger, so a program that uses it should call log.SetOutput with [LogWriter].
package gandi
