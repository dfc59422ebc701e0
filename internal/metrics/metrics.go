package metrics

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics are the program's collectors. All methods may be called on nil, and
// from any goroutine.
type Metrics struct {
	requests           *prometheus.CounterVec
	requestDuration    *prometheus.HistogramVec
	limiterWait        *prometheus.HistogramVec
	notNow             *prometheus.CounterVec
	calls              *prometheus.CounterVec
	paidCalls          prometheus.Counter
	unknownOutcomes    *prometheus.CounterVec
	operationsInFlight *sum
	operationsEnded    *prometheus.CounterVec
	operationDuration  *prometheus.HistogramVec
	unknownSteps       prometheus.Counter
	sweeps             *prometheus.CounterVec
	sweepDuration      prometheus.Observer
	accounts           *tally
	marked             *sum
	objects            *tally
}

// New builds the collectors and registers them with reg. It panics when reg has
// them already, which is a mistake of the program.
func New(reg prometheus.Registerer) *Metrics {
	b := builder{reg}
	return &Metrics{
		requests:           b.counters(requests),
		requestDuration:    b.histograms(requestDuration),
		limiterWait:        b.histograms(limiterWait),
		notNow:             b.counters(refusedReservations),
		calls:              b.counters(calls),
		paidCalls:          b.counters(paidCalls).WithLabelValues(),
		unknownOutcomes:    b.counters(unknownOutcomes),
		operationsInFlight: newSum(b.gauges(operationsInFlight)),
		operationsEnded:    b.counters(operationsEnded),
		operationDuration:  b.histograms(operationDuration),
		unknownSteps:       b.counters(unknownSteps).WithLabelValues(),
		sweeps:             b.counters(sweeps),
		sweepDuration:      b.histograms(sweepDuration).WithLabelValues(),
		accounts:           newTally(b.gauges(accounts)),
		marked:             newSum(b.gauges(marked)),
		objects:            newTally(b.gauges(objects)),
	}
}

type builder struct{ reg prometheus.Registerer }

func (b builder) counters(e entry) *prometheus.CounterVec {
	v := prometheus.NewCounterVec(prometheus.CounterOpts{Name: e.name, Help: e.help}, e.labelNames())
	b.reg.MustRegister(v)
	return v
}

func (b builder) gauges(e entry) *prometheus.GaugeVec {
	v := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: e.name, Help: e.help}, e.labelNames())
	b.reg.MustRegister(v)
	return v
}

func (b builder) histograms(e entry) *prometheus.HistogramVec {
	v := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: e.name, Help: e.help, Buckets: e.buckets}, e.labelNames())
	b.reg.MustRegister(v)
	return v
}

func (e entry) labelNames() []string {
	var names []string
	for _, l := range e.labels {
		names = append(names, l.name)
	}
	return names
}

// Request counts one exchange with Gandi. class is "ok" or that of the error.
func (m *Metrics) Request(method, class string, d time.Duration) {
	if m == nil {
		return
	}
	m.requests.WithLabelValues(method, class).Inc()
	m.requestDuration.WithLabelValues(method).Observe(d.Seconds())
}

// LimiterWaited tells how long a request waited for the rate limit. priority is
// mutation, request or sweep.
func (m *Metrics) LimiterWaited(priority string, d time.Duration) {
	if m == nil {
		return
	}
	m.limiterWait.WithLabelValues(priority).Observe(d.Seconds())
}

// NotNow counts a mutating call that was not let out, by a reason of the account.
func (m *Metrics) NotNow(reason string) {
	if m == nil {
		return
	}
	m.notNow.WithLabelValues(reason).Inc()
}

// Call counts one mutating call that left. class is "ok" or that of the error.
func (m *Metrics) Call(method, class string) {
	if m == nil {
		return
	}
	m.calls.WithLabelValues(method, class).Inc()
}

// PaidCall counts one paid call that Gandi accepted or may have accepted.
func (m *Metrics) PaidCall() {
	if m == nil {
		return
	}
	m.paidCalls.Inc()
}

// Resolution is how the question of a call's unknown outcome was settled.
type Resolution string

// The ways in which an unknown outcome is settled.
const (
	ResolvedFound   Resolution = "found"    // it took effect
	ResolvedAbsent  Resolution = "absent"   // it is proven to have had none
	ResolvedSeveral Resolution = "several"  // more than one thing carries the mark
	ResolvedGivenUp Resolution = "given_up" // a person has to decide
)

// UnknownOutcome counts one call of unknown outcome when that is settled.
func (m *Metrics) UnknownOutcome(r Resolution) {
	if m == nil {
		return
	}
	m.unknownOutcomes.WithLabelValues(string(r)).Inc()
}

// OperationsInFlight tells how many operations one tracker sees unfinished.
// tracker is any comparable value that stands for it; n = 0 forgets it.
func (m *Metrics) OperationsInFlight(tracker any, n int) {
	if m == nil {
		return
	}
	m.operationsInFlight.set(tracker, n)
}

// OperationEnded counts the end of a followed operation: its type and last step
// in Gandi's words, and how long it was followed.
func (m *Metrics) OperationEnded(typ, step string, d time.Duration) {
	if m == nil {
		return
	}
	typ = operationType(typ)
	m.operationsEnded.WithLabelValues(typ, operationResult(step)).Inc()
	m.operationDuration.WithLabelValues(typ).Observe(d.Seconds())
}

// UnknownStep counts an operation seen in a step that nobody here knows.
func (m *Metrics) UnknownStep() {
	if m == nil {
		return
	}
	m.unknownSteps.Inc()
}

// Sweep counts one whole reading of an account.
func (m *Metrics) Sweep(ok bool, d time.Duration) {
	if m == nil {
		return
	}
	if !ok {
		m.sweeps.WithLabelValues("failed").Inc()
		return
	}
	m.sweeps.WithLabelValues("ok").Inc()
	m.sweepDuration.Observe(d.Seconds())
}

// Breaker tells the state of one account's breaker; "" forgets the account.
// account is any comparable value that stands for it.
func (m *Metrics) Breaker(account any, state string) {
	if m == nil {
		return
	}
	if state == "" {
		m.accounts.forget(account)
		return
	}
	m.accounts.set(account, state)
}

// Standing is what a thing with a token is to this installation.
type Standing string

// The standings that need a look.
const (
	Orphan    Standing = "orphan"
	Duplicate Standing = "duplicate"
	Foreign   Standing = "foreign"
)

// Marked tells how many things of typ (vm, disk, vlan, sshkey) in one account have a standing.
func (m *Metrics) Marked(account any, typ string, s Standing, n int) {
	if m == nil {
		return
	}
	m.marked.set(account, n, typ, string(s))
}

// Readiness of an object.
type Readiness string

// The readinesses, as the conditions say them.
const (
	Ready       Readiness = "ready"
	Reconciling Readiness = "reconciling"
	Stalled     Readiness = "stalled"
)

// Object tells the readiness of one object, named by namespace/name.
func (m *Metrics) Object(kind, name string, r Readiness) {
	if m == nil {
		return
	}
	m.objects.set(object{kind, name}, kind, string(r))
}

// ObjectGone forgets an object.
func (m *Metrics) ObjectGone(kind, name string) {
	if m == nil {
		return
	}
	m.objects.forget(object{kind, name})
}

type object struct{ kind, name string }

// tally is a gauge that counts members by the labels that each has now.
type tally struct {
	gauge *prometheus.GaugeVec
	mu    sync.Mutex
	now   map[any]prometheus.Gauge
}

func newTally(g *prometheus.GaugeVec) *tally {
	return &tally{gauge: g, now: map[any]prometheus.Gauge{}}
}

func (t *tally) set(member any, labels ...string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	g := t.gauge.WithLabelValues(labels...)
	was, ok := t.now[member]
	if ok && was == g {
		return
	}
	if ok {
		was.Dec()
	}
	g.Inc()
	t.now[member] = g
}

func (t *tally) forget(member any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if was, ok := t.now[member]; ok {
		was.Dec()
		delete(t.now, member)
	}
}

// sum is a gauge that adds up what each member says of the same labels.
type sum struct {
	gauge *prometheus.GaugeVec
	mu    sync.Mutex
	now   map[share]int
}

type share struct {
	member any
	gauge  prometheus.Gauge
}

func newSum(g *prometheus.GaugeVec) *sum { return &sum{gauge: g, now: map[share]int{}} }

func (s *sum) set(member any, n int, labels ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.gauge.WithLabelValues(labels...)
	key := share{member, g}
	g.Add(float64(n - s.now[key]))
	if n == 0 {
		delete(s.now, key)
		return
	}
	s.now[key] = n
}
