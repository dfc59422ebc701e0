package metrics

import (
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
)

var update = flag.Bool("update", false, "write docs/metrics.md")

func TestCatalogueIsUpToDate(t *testing.T) {
	const path = "../../docs/metrics.md"
	if *update {
		if err := os.WriteFile(path, []byte(Catalogue()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(b), Catalogue()); diff != "" {
		t.Errorf("renew %s with go test ./internal/metrics -update (-file +code):\n%s", path, diff)
	}
}

func exercise(m *Metrics) {
	m.Request("hosting.vm.info", "ok", time.Second)
	m.LimiterWaited("mutation", time.Second)
	m.NotNow("BudgetExhausted")
	m.Call("hosting.vm.start", "ok")
	m.PaidCall()
	m.UnknownOutcome(ResolvedFound)
	m.OperationsInFlight(1, 3)
	m.OperationEnded("vm_create", "DONE", time.Minute)
	m.UnknownStep()
	m.Sweep(true, time.Second)
	m.Sweep(false, time.Second)
	m.Breaker(1, "Closed")
	m.Marked(1, "vm", Orphan, 2)
	m.Object("GandiVM", "default/web", Ready)
	m.ObjectGone("GandiVM", "default/db")
}

// Every metric of the table is made, told, and named as Prometheus asks for.
func TestTableAndCollectorsAgree(t *testing.T) {
	reg := prometheus.NewPedanticRegistry()
	exercise(New(reg))
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]bool{}
	for _, f := range families {
		told[f.GetName()] = true
	}
	for _, e := range table() {
		if !told[e.name] {
			t.Errorf("%s is in the table and was not told", e.name)
		}
		delete(told, e.name)
		if !regexp.MustCompile(`^gandi_[a-z_]+$`).MatchString(e.name) {
			t.Errorf("%s is no name of ours", e.name)
		}
		if (e.kind == counter) != strings.HasSuffix(e.name, "_total") || (e.kind == histogram) != strings.HasSuffix(e.name, "_seconds") {
			t.Errorf("%s is a %s", e.name, e.kind)
		}
		if (e.kind == histogram) != (len(e.buckets) > 0) {
			t.Errorf("%s has %d buckets", e.name, len(e.buckets))
		}
	}
	for name := range told {
		t.Errorf("%s is told and not in the table", name)
	}
	problems, err := testutil.GatherAndLint(reg)
	if err != nil || len(problems) > 0 {
		t.Errorf("promlint: %v %v", problems, err)
	}
}

func TestNilCountsNothing(*testing.T) {
	exercise(nil)
}

func TestObjectsMoveBetweenReadinesses(t *testing.T) {
	m := New(prometheus.NewPedanticRegistry())
	at := func(r Readiness) float64 {
		return testutil.ToFloat64(m.objects.gauge.WithLabelValues("GandiVM", string(r)))
	}
	m.Object("GandiVM", "a/x", Reconciling)
	m.Object("GandiVM", "a/x", Reconciling)
	m.Object("GandiVM", "b/x", Reconciling)
	m.Object("GandiVM", "a/x", Ready)
	if at(Ready) != 1 || at(Reconciling) != 1 || at(Stalled) != 0 {
		t.Errorf("ready %v, reconciling %v, stalled %v", at(Ready), at(Reconciling), at(Stalled))
	}
	m.ObjectGone("GandiVM", "a/x")
	m.ObjectGone("GandiVM", "a/x")
	if at(Ready) != 0 || at(Reconciling) != 1 {
		t.Errorf("after one is gone: ready %v, reconciling %v", at(Ready), at(Reconciling))
	}
}

func TestSharesAddUp(t *testing.T) {
	m := New(prometheus.NewPedanticRegistry())
	at := func() float64 { return testutil.ToFloat64(m.operationsInFlight.gauge.WithLabelValues()) }
	m.OperationsInFlight("a", 3)
	m.OperationsInFlight("b", 4)
	m.OperationsInFlight("a", 1)
	if at() != 5 {
		t.Errorf("1 and 4 add up to %v", at())
	}
	m.OperationsInFlight("b", 0)
	if at() != 1 {
		t.Errorf("1 alone adds up to %v", at())
	}
}

// Whatever Gandi calls its operations, the labels stay a closed set.
func TestLabelsAreClosed(t *testing.T) {
	m := New(prometheus.NewPedanticRegistry())
	for _, typ := range []string{"vm_create", "site_create", "x", "", "domain_renew"} {
		for _, step := range []string{"DONE", "ERROR", "CANCEL", "SUPPORT", "", "SOMETHING"} {
			m.OperationEnded(typ, step, time.Second)
		}
	}
	if n := testutil.CollectAndCount(m.operationsEnded); n != 8 {
		t.Errorf("%d series, want 2 types by 4 results", n)
	}
}
