package engine

import (
	"testing"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
)

// status.created holds 64 at most. When creates keep failing for days, what can
// still be used, and the latest attempt, are kept.
func TestBounded(t *testing.T) {
	var created []v1alpha1.ExternalID
	for n := range int64(100) {
		for _, typ := range []string{"disk", "iface", "ip", "vm"} {
			created = bounded(append(created, v1alpha1.ExternalID{Type: typ, ID: n}))
		}
		if len(created) > 52 {
			t.Fatalf("%d after %d attempts", len(created), n+1)
		}
	}
	latest := map[string]bool{}
	for _, one := range created {
		latest[one.Type] = latest[one.Type] || one.ID == 99
	}
	for _, typ := range []string{"disk", "iface", "ip", "vm"} {
		if !latest[typ] {
			t.Errorf("the latest %s was dropped", typ)
		}
	}
}

func TestCut(t *testing.T) {
	for _, row := range []struct {
		in   string
		n    int
		want string
	}{{"short", 10, "short"}, {"just right", 10, "just right"}, {"too long by far", 10, "too lon…"}, {"ééééééé", 9, "ééé…"}} {
		if got := cut(row.in, row.n); got != row.want || len(got) > row.n {
			t.Errorf("cut(%q, %d) = %q", row.in, row.n, got)
		}
	}
}
