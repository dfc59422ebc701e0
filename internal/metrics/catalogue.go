package metrics

import (
	"fmt"
	"strings"
)

type kind string

const (
	counter   kind = "counter"
	gauge     kind = "gauge"
	histogram kind = "histogram"
)

// entry is one metric. labels maps nothing: the values of each label stand in
// values, for the catalogue.
type entry struct {
	name    string
	kind    kind
	help    string
	labels  []label
	buckets []float64
}

type label struct{ name, values string }

// Buckets: an exchange takes milliseconds to the client's timeout of 30 s, an
// operation seconds to an hour, a wait for the limiter no time to some seconds.
var (
	exchangeBuckets  = []float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 30}
	operationBuckets = []float64{1, 5, 10, 20, 30, 45, 60, 90, 120, 300, 900, 3600}
	waitBuckets      = []float64{.001, .01, .05, .1, .25, .5, 1, 2.5, 5, 10}
)

var (
	methodLabel = label{"method", "methods of Gandi's API"}
	classLabel  = label{"class", "ok, Retryable, Throttled, Busy, NotFound, Refused, Denied, OutcomeUnknown"}
	kindLabel   = label{"kind", "GandiVM and the other managed kinds"}
	typeLabel   = label{"type", "types of Gandi's operations; other"}
)

// The table. New builds one collector for each, Catalogue one row.
var (
	requests = entry{"gandi_requests_total", counter,
		"Requests to Gandi by method and by what came of them.", []label{methodLabel, classLabel}, nil}
	requestDuration = entry{"gandi_request_duration_seconds", histogram,
		"Time from dialing Gandi to the last byte of the answer.", []label{methodLabel}, exchangeBuckets}
	limiterWait = entry{"gandi_limiter_wait_seconds", histogram,
		"Time that requests waited for the rate limit.", []label{{"priority", "mutation, request, sweep"}}, waitBuckets}
	refusedReservations = entry{"gandi_not_now_total", counter,
		"Mutating calls that the account did not let out, by reason.", []label{{"reason", "BudgetExhausted, GandiUnavailable, Throttled, AccountDenied, NoCredits"}}, nil}
	calls = entry{"gandi_calls_total", counter,
		"Mutating calls that left, by what came of them.", []label{methodLabel, classLabel}, nil}
	paidCalls = entry{"gandi_paid_calls_total", counter,
		"Paid calls that left and that Gandi accepted or may have accepted.", nil, nil}
	unknownOutcomes = entry{"gandi_unknown_outcomes_resolved_total", counter,
		"Calls of unknown outcome by how the question was settled.", []label{{"result", "found, absent, several, given_up"}}, nil}
	operationsInFlight = entry{"gandi_operations_in_flight", gauge,
		"Operations at Gandi that have not ended, ours and foreign ones.", nil, nil}
	operationsEnded = entry{"gandi_operations_ended_total", counter,
		"Followed operations that ended, by type and by how.", []label{typeLabel, {"result", "done, failed, cancelled, support"}}, nil}
	operationDuration = entry{"gandi_operation_duration_seconds", histogram,
		"Time from when an operation was first heard of to its end.", []label{typeLabel}, operationBuckets}
	unknownSteps = entry{"gandi_operation_unknown_steps_total", counter,
		"Operations seen in a step that this program does not know; they count as running.", nil, nil}
	sweeps = entry{"gandi_sweeps_total", counter,
		"Whole readings of an account, by result.", []label{{"result", "ok, failed"}}, nil}
	sweepDuration = entry{"gandi_sweep_duration_seconds", histogram,
		"Time that a whole reading of an account took.", nil, exchangeBuckets}
	accounts = entry{"gandi_accounts", gauge,
		"Accounts by the state of their breaker.", []label{{"breaker", "Closed, Open, Denied"}}, nil}
	marked = entry{"gandi_marked_externals", gauge,
		"Things at Gandi that carry a token and need a look: orphan (no object), duplicate (a second one of an object), foreign (another installation's).",
		[]label{{"type", "vm, disk, vlan, sshkey"}, {"standing", "orphan, duplicate, foreign"}}, nil}
	objects = entry{"gandi_objects", gauge,
		"Managed objects by kind and readiness.", []label{kindLabel, {"readiness", "ready, reconciling, stalled"}}, nil}
)

func table() []entry {
	return []entry{
		requests, requestDuration, limiterWait, refusedReservations, calls, paidCalls, unknownOutcomes,
		operationsInFlight, operationsEnded, operationDuration, unknownSteps,
		sweeps, sweepDuration, accounts, marked, objects,
	}
}

// Catalogue is docs/metrics.md.
func Catalogue() string {
	var b strings.Builder
	b.WriteString("<!-- Generated from internal/metrics/catalogue.go by go test ./internal/metrics -update. Do not edit. -->\n\n")
	b.WriteString("# Metrics\n\nWhat the operator tells on its metrics address, beside what controller-runtime and Go tell of themselves.\n")
	b.WriteString("No label ever holds the name of an object, an account or an endpoint.\n\n")
	b.WriteString("| metric | type | labels | meaning |\n| --- | --- | --- | --- |\n")
	for _, e := range table() {
		var labels []string
		for _, l := range e.labels {
			labels = append(labels, fmt.Sprintf("`%s`: %s", l.name, l.values))
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", e.name, e.kind, strings.Join(labels, "; "), e.help)
	}
	return b.String()
}
