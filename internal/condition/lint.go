package condition

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
)

// operationType is the shape of Gandi's operation types (vm_create,
// hosting_migration_vm), the only reasons that are not ours.
var operationType = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)

// Lint lists what is impossible in an object's conditions, one sentence each;
// none means that every reader understands them. generation is that of the
// object's metadata, observedGeneration that of its status. It is meant to be
// asked after every reconcile of every test.
func Lint(generation, observedGeneration int64, c []metav1.Condition) []string {
	var found []string
	say := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }

	if observedGeneration > generation {
		say("observedGeneration %d is above the object's generation %d", observedGeneration, generation)
	}
	seen := map[string]bool{}
	for _, one := range c {
		if seen[one.Type] {
			say("%s is there twice", one.Type)
		}
		seen[one.Type] = true
		lintOne(generation, observedGeneration, one, say)
	}
	lintTogether(c, say)
	return found
}

func lintOne(generation, observedGeneration int64, one metav1.Condition, say func(string, ...any)) {
	if !slices.Contains(Types(), one.Type) {
		say("%q is no condition type of ours", one.Type)
	}
	switch one.Status {
	case metav1.ConditionTrue, metav1.ConditionFalse, metav1.ConditionUnknown:
	default:
		say("%s has the impossible status %q", one.Type, one.Status)
	}
	onlyTrue := one.Type == v1alpha1.ConditionReconciling || one.Type == v1alpha1.ConditionStalled
	if onlyTrue && one.Status != metav1.ConditionTrue {
		say("%s is present and %s; it is present only while True", one.Type, one.Status)
	}
	ofOperation := one.Type == v1alpha1.ConditionOperationInProgress && operationType.MatchString(one.Reason)
	if !ofOperation && !slices.Contains(Reasons(), one.Reason) {
		say("%s has the unknown reason %q", one.Type, one.Reason)
	}
	if strings.TrimSpace(one.Message) == "" {
		say("%s (%s) has no message", one.Type, one.Reason)
	}
	switch {
	case one.ObservedGeneration > generation:
		say("%s speaks of generation %d, the object has %d", one.Type, one.ObservedGeneration, generation)
	case one.ObservedGeneration < observedGeneration:
		say("%s speaks of generation %d, the status of %d", one.Type, one.ObservedGeneration, observedGeneration)
	}
	if one.LastTransitionTime.IsZero() {
		say("%s has no lastTransitionTime", one.Type)
	}
}

func lintTogether(c []metav1.Condition, say func(string, ...any)) {
	ready := meta.FindStatusCondition(c, v1alpha1.ConditionReady)
	reconciling := meta.IsStatusConditionTrue(c, v1alpha1.ConditionReconciling)
	stalled := meta.IsStatusConditionTrue(c, v1alpha1.ConditionStalled)
	switch {
	case ready == nil:
		say("Ready is missing")
	case ready.Status == metav1.ConditionTrue && reconciling:
		say("Ready and Reconciling are both True")
	case ready.Status == metav1.ConditionTrue && stalled:
		say("Ready and Stalled are both True")
	case ready.Status != metav1.ConditionTrue && !reconciling && !stalled:
		say("Ready is %s but neither Reconciling nor Stalled says why", ready.Status)
	}
	if reconciling && stalled {
		say("Reconciling and Stalled are both True")
	}
}
