package condition_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/condition"
)

const (
	inSync = v1alpha1.ReasonInSync
	busy   = v1alpha1.ReasonCreatingVM
	bad    = v1alpha1.ReasonInvalidSpec
)

// Whatever came before, each of the three leaves exactly its own picture.
func TestTheThreePictures(t *testing.T) {
	ready := []metav1.Condition{{Type: "Ready", Status: "True", ObservedGeneration: 7, Reason: inSync, Message: "m"}}
	reconciling := []metav1.Condition{
		{Type: "Ready", Status: "False", ObservedGeneration: 7, Reason: busy, Message: "m"},
		{Type: "Reconciling", Status: "True", ObservedGeneration: 7, Reason: busy, Message: "m"},
	}
	stalled := []metav1.Condition{
		{Type: "Ready", Status: "False", ObservedGeneration: 7, Reason: bad, Message: "m"},
		{Type: "Stalled", Status: "True", ObservedGeneration: 7, Reason: bad, Message: "m"},
	}
	befores := map[string]func(*[]metav1.Condition){
		"nothing":     func(*[]metav1.Condition) {},
		"ready":       func(c *[]metav1.Condition) { condition.Ready(c, 6, inSync, "before") },
		"reconciling": func(c *[]metav1.Condition) { condition.Reconciling(c, 6, busy, "before") },
		"stalled":     func(c *[]metav1.Condition) { condition.Stalled(c, 6, bad, "before") },
	}
	for name, before := range befores {
		for _, step := range []struct {
			name string
			set  func(*[]metav1.Condition)
			want []metav1.Condition
		}{
			{"ready", func(c *[]metav1.Condition) { condition.Ready(c, 7, inSync, "m") }, ready},
			{"reconciling", func(c *[]metav1.Condition) { condition.Reconciling(c, 7, busy, "m") }, reconciling},
			{"stalled", func(c *[]metav1.Condition) { condition.Stalled(c, 7, bad, "m") }, stalled},
		} {
			var c []metav1.Condition
			before(&c)
			step.set(&c)
			diff := cmp.Diff(step.want, c,
				cmpopts.IgnoreFields(metav1.Condition{}, "LastTransitionTime"),
				cmpopts.SortSlices(func(a, b metav1.Condition) bool { return a.Type < b.Type }))
			if diff != "" {
				t.Errorf("%s after %s (-want +got):\n%s", step.name, name, diff)
			}
			if found := condition.Lint(7, 7, c); len(found) > 0 {
				t.Errorf("%s after %s: %q", step.name, name, found)
			}
		}
	}
}

func TestKeepReady(t *testing.T) {
	var c []metav1.Condition
	condition.KeepReady(&c, 1, inSync, "first")
	condition.KeepReady(&c, 2, v1alpha1.ReasonObserved, "second")
	got := meta.FindStatusCondition(c, "Ready")
	if got.Reason != inSync || got.Message != "first" || got.ObservedGeneration != 2 {
		t.Errorf("KeepReady on Ready=True left %+v, want the old words at generation 2", got)
	}
	condition.Reconciling(&c, 3, busy, "busy")
	condition.KeepReady(&c, 3, inSync, "third")
	if got = meta.FindStatusCondition(c, "Ready"); got.Message != "third" || len(c) != 1 {
		t.Errorf("KeepReady after Reconciling left %+v", c)
	}
}

func TestTransitionTimeMovesWithTheStatusOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c []metav1.Condition
		at := func() time.Time { return meta.FindStatusCondition(c, "Ready").LastTransitionTime.Time }
		condition.Reconciling(&c, 1, busy, "one")
		began := at()
		time.Sleep(time.Minute)
		condition.Stalled(&c, 2, bad, "two")
		if !at().Equal(began) {
			t.Errorf("Ready=False with other words moved the time by %v", at().Sub(began))
		}
		condition.Ready(&c, 2, inSync, "three")
		if got := at().Sub(began); got != time.Minute {
			t.Errorf("Ready=True moved the time by %v, want 1m", got)
		}
	})
}

func TestMessagesAreCut(t *testing.T) {
	var c []metav1.Condition
	for _, message := range []string{strings.Repeat("é", 1024), strings.Repeat("é", 1025), strings.Repeat("x", 5000), "caf\xe9"} {
		condition.Set(&c, "Paused", metav1.ConditionTrue, 1, v1alpha1.ReasonPaused, message)
		got := c[0].Message
		if n := utf8.RuneCountInString(got); n > 1024 || n < min(4, len(message)) {
			t.Errorf("a message of %d bytes became %d runes", len(message), n)
		}
		if !utf8.ValidString(got) {
			t.Errorf("%q is no UTF-8", got)
		}
		if over := utf8.RuneCountInString(message) > 1024; over != strings.HasSuffix(got, "…") {
			t.Errorf("the message of %d bytes ends %q", len(message), got[len(got)-4:])
		}
	}
	condition.Remove(&c, "Paused")
	condition.Remove(&c, "Paused")
	if len(c) != 0 {
		t.Errorf("%v is left", c)
	}
}

func TestLint(t *testing.T) {
	now := metav1.Now()
	one := func(typ, status, reason string, gen int64) metav1.Condition {
		return metav1.Condition{Type: typ, Status: metav1.ConditionStatus(status), Reason: reason, ObservedGeneration: gen, Message: "m", LastTransitionTime: now}
	}
	ready := one("Ready", "True", inSync, 2)
	notReady := one("Ready", "False", busy, 2)
	for _, c := range []struct {
		name     string
		observed int64
		in       []metav1.Condition
		want     []string
	}{
		{"in sync", 2, []metav1.Condition{ready}, nil},
		{"working", 2, []metav1.Condition{notReady, one("Reconciling", "True", busy, 2), one("OperationInProgress", "True", "vm_create", 2)}, nil},
		{"an operation type that nobody has seen yet", 2, []metav1.Condition{ready, one("OperationInProgress", "True", "vm_4_frob", 2)}, nil},
		{"a status not written yet", -1, []metav1.Condition{ready}, nil},
		{"nothing said", 2, nil, []string{"Ready is missing"}},
		{"ready and reconciling", 2, []metav1.Condition{ready, one("Reconciling", "True", busy, 2)}, []string{"Ready and Reconciling are both True"}},
		{"ready and stalled", 2, []metav1.Condition{ready, one("Stalled", "True", bad, 2)}, []string{"Ready and Stalled are both True"}},
		{"both reconciling and stalled", 2, []metav1.Condition{notReady, one("Reconciling", "True", busy, 2), one("Stalled", "True", bad, 2)},
			[]string{"Reconciling and Stalled are both True"}},
		{"not ready without a why", 2, []metav1.Condition{notReady}, []string{"Ready is False but neither Reconciling nor Stalled says why"}},
		{"a Stalled that is present and False", 2, []metav1.Condition{ready, one("Stalled", "False", bad, 2)},
			[]string{"Stalled is present and False; it is present only while True"}},
		{"a condition of the future", 2, []metav1.Condition{one("Ready", "True", inSync, 4)}, []string{"Ready speaks of generation 4, the object has 3"}},
		{"a condition of the past", 2, []metav1.Condition{one("Ready", "True", inSync, 1)}, []string{"Ready speaks of generation 1, the status of 2"}},
		{"a status of the future", 4, []metav1.Condition{one("Ready", "True", inSync, 3)},
			[]string{"observedGeneration 4 is above the object's generation 3", "Ready speaks of generation 3, the status of 4"}},
		{"unknown words", 2, []metav1.Condition{ready, one("Happy", "True", inSync, 2), one("Drifted", "True", "Because", 2)},
			[]string{`"Happy" is no condition type of ours`, `Drifted has the unknown reason "Because"`}},
		{"an operation type where a reason belongs", 2, []metav1.Condition{one("Ready", "True", "vm_create", 2)}, []string{`Ready has the unknown reason "vm_create"`}},
		{"no words at all", 2, []metav1.Condition{{Type: "Ready", Status: "True", Reason: inSync, Message: " ", ObservedGeneration: 2, LastTransitionTime: now}},
			[]string{"Ready (InSync) has no message"}},
		{"twice the same", 2, []metav1.Condition{ready, ready}, []string{"Ready is there twice"}},
		{"no such status", 2, []metav1.Condition{ready, one("Paused", "Maybe", v1alpha1.ReasonPaused, 2)}, []string{`Paused has the impossible status "Maybe"`}},
		{"no time", 2, []metav1.Condition{{Type: "Ready", Status: "True", Reason: inSync, Message: "m", ObservedGeneration: 2}}, []string{"Ready has no lastTransitionTime"}},
	} {
		if diff := cmp.Diff(c.want, condition.Lint(3, c.observed, c.in)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}
