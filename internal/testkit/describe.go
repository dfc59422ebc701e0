package testkit

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/yaml"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
)

// Describe tells the state of the Lab, for a test that goes wrong.
func (l *Lab) Describe() string {
	var b strings.Builder
	var all v1alpha1.GandiVMList
	if err := l.Store.List(context.Background(), &all); err != nil {
		return err.Error()
	}
	for _, vm := range all.Items {
		raw, _ := yaml.Marshal(vm.Status)
		fmt.Fprintf(&b, "GandiVM %s generation %d deleting %v annotations %v\n%s\n", vm.Name, vm.Generation, vm.DeletionTimestamp, vm.Annotations, raw)
	}
	for _, e := range l.Events() {
		fmt.Fprintln(&b, "event", e)
	}
	var told []gandisim.Entry
	for _, e := range l.World.Journal() {
		if Changes(e.Method) || e.Fault != nil {
			told = append(told, e)
		}
	}
	for _, e := range told {
		fmt.Fprintf(&b, "%s %s %v %v %v %s\n", e.Time.Format(time.TimeOnly), e.Method, e.Args, e.IDs, e.Fault, e.Trouble)
	}
	return b.String()
}

// Ready tells whether the GandiVM is in sync at its present generation.
func (l *Lab) Ready(name string) func() bool {
	return func() bool {
		vm := l.VM(name)
		return vm != nil && vm.Status.ObservedGeneration == vm.Generation && meta.IsStatusConditionTrue(vm.Status.Conditions, v1alpha1.ConditionReady)
	}
}

// Reason of the Ready condition of the GandiVM, at its present generation.
func (l *Lab) Reason(name string) string {
	vm := l.VM(name)
	if vm == nil || vm.Status.ObservedGeneration != vm.Generation {
		return ""
	}
	if c := meta.FindStatusCondition(vm.Status.Conditions, v1alpha1.ConditionReady); c != nil {
		return c.Reason
	}
	return ""
}

// Gone tells whether there is no GandiVM of that name any more.
func (l *Lab) Gone(name string) func() bool {
	return func() bool { return l.VM(name) == nil }
}

// Called counts the calls of method that Gandi received.
func (l *Lab) Called(method string) int {
	n := 0
	for _, e := range l.World.Journal() {
		if e.Method == method {
			n++
		}
	}
	return n
}

// Count is how many things of a list of the world's state there are.
func (l *Lab) Count(list string) int { return len(l.Things(list)) }

// Accepted counts the calls of method that had an effect: neither a fault nor a
// cut before.
func (l *Lab) Accepted(method string) int {
	n := 0
	for _, e := range l.World.Journal() {
		if e.Method == method && e.Fault == nil && e.Status == 0 && len(e.IDs) > 0 {
			n++
		}
	}
	return n
}

// Living counts the VMs that are not deleted.
func (l *Lab) Living() int {
	return len(l.Things("vms"))
}

// Things lists what is at Gandi, without what is gone already.
func (l *Lab) Things(list string) []map[string]any {
	raw, err := json.Marshal(l.World.State()[list])
	if err != nil {
		l.t.Fatal(err)
	}
	var all, living []map[string]any
	if err := json.Unmarshal(raw, &all); err != nil {
		l.t.Fatal(err)
	}
	for _, one := range all {
		if one["state"] != "deleted" && one["state"] != "redemption" {
			living = append(living, one)
		}
	}
	return living
}
