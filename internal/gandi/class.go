package gandi

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Class says what an error means to whoever has to go on.
type Class int

const (
	// Retryable: nothing was accepted and it may go better later. On reads, everything that is not listed.
	Retryable Class = iota
	// Throttled: too many requests. The whole client should slow down.
	Throttled
	// Busy: the thing is held, by another operation, by what it is attached to, or by a DNS record that is not there yet. Nothing was
	// accepted, and it may go better once that has ended.
	Busy
	// NotFound: the number names nothing any more.
	NotFound
	// Refused: these arguments can never work. Nothing was accepted.
	Refused
	// Denied: the key or the account is not good for it. Nothing was accepted.
	Denied
	// OutcomeUnknown: a mutating call left, and what became of it must be looked up before anything else is wanted.
	OutcomeUnknown
)

func (c Class) String() string {
	switch c {
	case Retryable:
		return "Retryable"
	case Throttled:
		return "Throttled"
	case Busy:
		return "Busy"
	case NotFound:
		return "NotFound"
	case Refused:
		return "Refused"
	case Denied:
		return "Denied"
	case OutcomeUnknown:
		return "OutcomeUnknown"
	default:
		return "Class(" + strconv.Itoa(int(c)) + ")"
	}
}

// ClassOf is the class of err, through every wrap. Errors from elsewhere, and nil, are Retryable.
func ClassOf(err error) Class {
	if c, ok := errors.AsType[classified](err); ok {
		return c.class()
	}
	if f, ok := errors.AsType[*Fault](err); ok {
		return classOfFault(f, false)
	}
	return Retryable
}

type classified interface {
	error
	class() Class
}

// Causes and objects of fault codes, by Gandi's numbers.
const (
	causeAttached     = 39
	causeBadParameter = 37
	causeNotFound     = 42
	causeNoRight      = 50
	causeDatacenter   = 51

	objectAccount        = 101
	objectHostingAccount = 300
)

// A faultRow gives one class to the faults that it matches. Zero fields match everything; the first row that matches
// wins, so whole codes stand above causes.
type faultRow struct {
	code     int
	says     string // what the text has to contain, where the code alone means several things
	object   int
	cause    int
	class    Class
	evidence string // a recorded answer or the page that says so; no row without
}

// faultRows is the one table of faults. A fault that no row matches is Retryable on a read and OutcomeUnknown on a
// mutating call: a wrong "never works" strands a user silently, a wrong "try again" costs a request a minute, and
// a wrong "nothing was accepted" buys a second VM. Gandi checks type, value, existence, rights and state in this order,
// all before anything is accepted: that is what lets a listed cause prove that a mutating call did nothing.
//
// The same fault means the same on reads and on mutating calls. Not listed, on purpose: everything that begins with 1
// (the server's own trouble), 500066 (a database's message that reached the caller: a server fault in disguise), and
// cause 40 other than 530040 (it says that something does not exist, but not which thing).
var faultRows = [...]faultRow{
	{code: 1, class: Refused, evidence: `Ruby gem's recorded answer: Method "unknownmethod" is not supported`},
	// Any string can miss its pattern; this is the pattern of a key.
	{code: 501237, says: "[a-z0-9]{24}", class: Denied, evidence: "report on a dynamic DNS client: the key itself does not match ^[a-z0-9]{24}$"},
	{code: 510150, class: Denied, evidence: "Gandi's command line: bad API key (OBJECT_ACCOUNT, CAUSE_NORIGHT)"},
	{code: 530040, class: Denied, evidence: "gandi.cli issue 67: no hosting account found, no credits were ever bought"},
	// Its cause says not found, but what is not found is a DNS record: the thing that the call is about is there, and the same
	// call is good once the record is.
	{code: 580142, class: Busy, evidence: "gandi.cli, webacc.py: the zone is not ours to alter, put the TXT record and try again"},
	{code: 500130, class: Refused, evidence: "error codes page of Gandi's old wiki: invalid value for password"},

	// An account that is not found or has no right says nothing of the thing that was asked about: absence read from it
	// would have everything recreated.
	{object: objectAccount, cause: causeNotFound, class: Denied, evidence: "object and cause numbers as in 510150 and 581042"},
	{object: objectHostingAccount, cause: causeNotFound, class: Denied, evidence: "object and cause numbers as in 530040 and 581042"},
	{object: objectHostingAccount, cause: causeNoRight, class: Denied, evidence: "object and cause numbers as in 530040 and 510150"},

	{cause: causeBadParameter, class: Refused, evidence: "501237; OBJECT_FQDN and OBJECT_DNS_RECORD CAUSE_BADPARAMETER with the pattern that was missed"},
	{cause: causeNotFound, class: NotFound, evidence: "581042: no such zone (id: 0); OBJECT_PAAS CAUSE_NOTFOUND: doesn't exist"},
	{cause: causeNoRight, class: Refused, evidence: "516150: You aren't allowed to read that contact"},
	// No verdict on the arguments: the same call is good once the thing is detached.
	{cause: causeAttached, class: Busy, evidence: "gandi.cli issue 213, 530439: the disk is attached; detach it first, says Gandi's staff"},
	{cause: causeDatacenter, class: Refused, evidence: "gandi.cli issue 182, 530451: VM and Disk must be in the same datacenter"},
}

func (r faultRow) matches(f *Fault) bool {
	switch {
	case r.code != 0:
		return f.Code == r.code && strings.Contains(f.Text, r.says)
	case f.Qualification() != blamesCaller:
		return false
	default:
		return (r.object == 0 || r.object == f.Object()) && r.cause == f.Cause()
	}
}

// blamesCaller is the qualification of faults that the caller's data brought about.
const blamesCaller = 5

func classOfFault(f *Fault, mutation bool) Class {
	for _, r := range faultRows {
		if r.matches(f) {
			return r.class
		}
	}
	return unlisted(mutation)
}

// classOfStatus judges an answer that is no XML-RPC at all. How Gandi's rate limit answers is not published, so only what
// HTTP itself says counts: 429 comes before anything is accepted; 503 may come from a proxy whose upstream was at work.
func classOfStatus(status int, retryAfter time.Duration, mutation bool) Class {
	switch {
	case status == http.StatusTooManyRequests:
		return Throttled
	case status == http.StatusServiceUnavailable && retryAfter > 0 && !mutation:
		return Throttled
	default:
		return unlisted(mutation)
	}
}

// classOfBreak judges an exchange without a readable answer. left tells whether the first byte of the call's body was
// handed to the network: before that nothing can have been accepted.
func classOfBreak(left, mutation bool) Class {
	return unlisted(left && mutation)
}

func unlisted(mutation bool) Class {
	if mutation {
		return OutcomeUnknown
	}
	return Retryable
}
