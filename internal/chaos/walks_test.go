package chaos

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/yaml"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/testkit"
)

// Walks through the spec as Acto leads them ("Automatic, Correctness-Centric Testing of
// Operators", SOSP 2023): edits are generated from the schema alone. Each that the API
// server takes converges or is told in a condition, and so does the way back.

// leastEdits is how many valid edits the walks of all kinds have to make together.
const leastEdits = 500

// leaf is a field of a spec, and values for it.
type leaf struct {
	path   []string
	values []any
}

// leavesOf lists what a schema lets be edited. An array is edited as a whole, with one
// element or none.
func leavesOf(path []string, p *apiextensionsv1.JSONSchemaProps) []leaf {
	if len(p.Properties) == 0 || p.XIntOrString {
		return []leaf{{slices.Clone(path), valuesOf(p)}}
	}
	var all []leaf
	for _, name := range sortedKeys(p.Properties) {
		field := p.Properties[name]
		all = append(all, leavesOf(append(slices.Clone(path), name), &field)...)
	}
	if len(path) > 0 {
		all = append(all, leaf{slices.Clone(path), []any{nil}})
	}
	return all
}

func sortedKeys[V any](m map[string]V) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// valuesOf are values that a schema may take; nil takes the field away.
func valuesOf(p *apiextensionsv1.JSONSchemaProps) []any {
	values := []any{nil}
	for _, e := range p.Enum {
		var v any
		if json.Unmarshal(e.Raw, &v) == nil {
			values = append(values, v)
		}
	}
	switch {
	case len(p.Enum) > 0:
	case p.XIntOrString:
		values = append(values, "512Mi", "1Gi", "3Gi", "6Gi", "10Gi")
	case p.Type == "boolean":
		values = append(values, true, false)
	case p.Type == "integer":
		low, high := 1.0, 64.0
		if p.Minimum != nil {
			low = *p.Minimum
		}
		if p.Maximum != nil {
			high = *p.Maximum
		}
		values = append(values, int64(low), int64(math.Min(low+1, high)), int64((low+high)/2), int64(high))
	case p.Type == "string":
		values = append(values, "a", "name-1", "two.words.example", "192.168.1.7", "one", testkit.Parked("walk"), testkit.Datacenter, "FR-SD3", "3m", "minimal")
	case p.Type == "array" && p.Items != nil && p.Items.Schema != nil:
		values = append(values, []any{})
		for _, v := range elements(p.Items.Schema) {
			values = append(values, []any{v})
		}
	}
	return values
}

// elements are objects with a value for each field that must be there.
func elements(p *apiextensionsv1.JSONSchemaProps) []any {
	if len(p.Properties) == 0 {
		return slices.DeleteFunc(valuesOf(p), func(v any) bool { return v == nil })
	}
	var all []any
	for _, word := range []string{"one", "two"} {
		one := map[string]any{}
		for _, name := range p.Required {
			field := p.Properties[name]
			if len(field.Properties) > 0 {
				one[name] = map[string]any{"name": word}
			} else {
				one[name] = word
			}
		}
		all = append(all, one)
	}
	return all
}

func specOf(t *testing.T, kind string) *apiextensionsv1.JSONSchemaProps {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "config", "crd", "bases", "hosting.gandi.net_"+strings.ToLower(kind)+"s.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var crd apiextensionsv1.CustomResourceDefinition
	if err := yaml.Unmarshal(raw, &crd); err != nil {
		t.Fatal(err)
	}
	spec := crd.Spec.Versions[0].Schema.OpenAPIV3Schema.Properties["spec"]
	return &spec
}

// set gives an object another value at a path of its spec. It is false when the types do
// not take it.
func (l leaf) set(obj engine.Object, value any) bool {
	raw, err := json.Marshal(obj)
	if err != nil {
		return false
	}
	var all map[string]any
	if json.Unmarshal(raw, &all) != nil {
		return false
	}
	at, _ := all["spec"].(map[string]any)
	for _, name := range l.path[:len(l.path)-1] {
		next, ok := at[name].(map[string]any)
		if !ok {
			next = map[string]any{}
			at[name] = next
		}
		at = next
	}
	if last := l.path[len(l.path)-1]; value == nil {
		delete(at, last)
	} else {
		at[last] = value
	}
	if raw, err = json.Marshal(all); err != nil {
		return false
	}
	read := testkit.Empty(testkit.KindOf(obj))
	if json.Unmarshal(raw, read) != nil {
		return false
	}
	reflect.ValueOf(obj).Elem().FieldByName("Spec").Set(reflect.ValueOf(read).Elem().FieldByName("Spec"))
	return true
}

func TestWalksThroughTheSchema(t *testing.T) {
	walks := 9
	if testing.Short() {
		walks = 1
	}
	var edits, told, back, oneWay atomic.Int64
	t.Run("walk", func(t *testing.T) {
		for _, s := range specimens {
			for n := range walks {
				t.Run(fmt.Sprint(s.kind, " ", n), func(t *testing.T) {
					t.Parallel()
					scene(t, calm(), func(t *testing.T, h *history, c *cluster) {
						w := walk{t: t, h: h, c: c, s: &s, d: newDice(uint64(n+1), nil), leaves: leavesOf(nil, specOf(t, s.kind))}
						w.furnish()
						w.lead(40)
						edits.Add(w.edits)
						told.Add(w.told)
						back.Add(w.back)
						oneWay.Add(w.oneWay)
					})
				})
			}
		}
	})
	t.Logf("%d valid edits: %d told in a condition, the others in sync; %d went back, %d cannot be taken back", edits.Load(), told.Load(), back.Load(), oneWay.Load())
	if n := edits.Load(); n < leastEdits && !testing.Short() {
		t.Errorf("%d valid edits, want %d", n, leastEdits)
	}
}

type walk struct {
	t                         *testing.T
	h                         *history
	c                         *cluster
	s                         *specimen
	d                         *dice
	leaves                    []leaf
	k                         key
	made                      int
	edits, told, back, oneWay int64
}

// furnish makes the neighbours that a spec may name.
func (w *walk) furnish() {
	mustCreate(w.t, w.c, testkit.Disk("two"), testkit.Interface("two"), testkit.VLAN("two"), testkit.SSHKey("two"))
	w.fresh()
}

// fresh is a new object of the kind that is walked through.
func (w *walk) fresh() {
	w.made++
	w.k = key{w.s.kind, fmt.Sprint("one", w.made)}
	mustCreate(w.t, w.c, w.s.make(newDice(uint64(w.made), nil), w.k.name))
	w.h.mustBe(w.t, "in sync", 3*time.Hour, isReady(w.c, w.k))
}

// lead makes edits and takes them back.
func (w *walk) lead(steps int) {
	for range steps {
		before := w.c.get(w.k)
		if before == nil {
			w.fresh()
			continue
		}
		l := w.leaves[w.d.IntN(len(w.leaves))]
		value := l.values[w.d.IntN(len(l.values))]
		if !w.try(fmt.Sprintf("%s = %v", strings.Join(l.path, "."), value), func(o engine.Object) bool { return l.set(o, value) }) {
			continue
		}
		w.edits++
		w.comes()
		spec := reflect.ValueOf(before).Elem().FieldByName("Spec")
		restore := func(o engine.Object) bool {
			reflect.ValueOf(o).Elem().FieldByName("Spec").Set(reflect.ValueOf(copied(before)).Elem().FieldByName("Spec"))
			return spec.IsValid()
		}
		if !w.try("back", restore) {
			w.oneWay++
			w.fresh()
			continue
		}
		w.back++
		w.comes()
	}
}

// try makes an edit, and tells whether it was one that the API server takes.
func (w *walk) try(what string, change func(engine.Object) bool) bool {
	generation, fits := w.c.get(w.k).GetGeneration(), true
	err := w.c.edit(w.k, func(o engine.Object) { fits = change(o) })
	if err != nil || !fits || w.c.get(w.k).GetGeneration() == generation {
		return false
	}
	w.h.notef("%s: %s", w.k, what)
	return true
}

// comes waits until the object is in sync, or tells why it is not and lets it rest.
func (w *walk) comes() {
	w.t.Helper()
	if !w.h.until(3*time.Hour, w.tells) {
		w.t.Fatalf("%s: %s\n%s", w.k, w.h.restless(w.c.get(w.k)), strings.Join(w.h.did, "\n"))
	}
	if !isReady(w.c, w.k)() {
		w.told++
	}
}

// tells whether the object is in sync, or says what of its spec cannot be had.
func (w *walk) tells() bool {
	obj := w.c.get(w.k)
	if obj == nil || w.h.restless(obj) == "" {
		return true
	}
	st := obj.ManagedStatus()
	if st.ObservedGeneration != obj.GetGeneration() || len(st.Operations) > 0 || st.Intent != nil {
		return false
	}
	return meta.IsStatusConditionTrue(st.Conditions, v1alpha1.ConditionStalled) ||
		meta.IsStatusConditionFalse(st.Conditions, v1alpha1.ConditionReferencesResolved) || reasonOf(obj) == "DNSRecordMissing"
}
