package testkit

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
)

// Describe tells the state of the Lab, for a test that goes wrong.
func (l *Lab) Describe() string {
	var b strings.Builder
	for _, kind := range known().managed {
		for _, obj := range l.objects(kind) {
			raw, _ := yaml.Marshal(reflect.ValueOf(obj).Elem().FieldByName("Status").Interface())
			fmt.Fprintf(&b, "%s %s generation %d deleting %v annotations %v\n%s\n", kind, obj.GetName(), obj.GetGeneration(), obj.GetDeletionTimestamp(), obj.GetAnnotations(), raw)
		}
	}
	l.mu.Lock()
	events := slices.Clone(l.events)
	l.mu.Unlock()
	for _, e := range events {
		fmt.Fprintln(&b, "event", e.of, e.text)
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
