package testkit

import (
	"encoding/json"
	"flag"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/gandi-operator/gandi-operator/internal/engine"
)

// oddities are values at the edge of what a schema takes, as JSON.
var oddities = []string{
	`"512Mi"`, `"1Gi"`, `"1073741824"`, `1073741824`, `"1e3Mi"`, `"1E3"`, `"1.5Gi"`, `"+2Gi"`, `"-1Gi"`, `"0"`, `"2Gi\n"`, `" 2Gi"`, `"9999999999999999999Gi"`, `"1e999999"`, `"8Ei"`, `"1m"`, `"02Gi"`, `"٢Gi"`, `""`, `1.5`,
	`"FR-SD3"`, `"4"`, `"FRANCE"`, `" "`, `"ſ"`, `"İstanbul"`, `"` + strings.Repeat("é", 100) + `"`,
	`["www.example.org"]`, `["xn--bcher-kva.example"]`, `["a.b.c.d.e.f.gh"]`, `["a..bc"]`, `["A.bc"]`, `[]`, `"3m"`, `"1y"`, `"999m"`, `"0m"`, `"1d"`,
	`"10.0.0.0/8"`, `"10.0.0.1/8"`, `"0.0.0.0/0"`, `"::/0"`, `"10.0.0.1"`, `"::ffff:10.0.0.1"`, `"010.0.0.1"`, `"ssh-rsa AAAAB3NzaC1yc2E= me"`, `"ssh-ed25519 AAAA"`,
	`{"name": "b"}`, `{"id": 9223372036854775807}`, `{"id": 5}`, `{"diskRef": {"name": "b"}}`, `{"label": "x"}`, `{"ipVersion": 6}`, `{"ipv4": "a.example.org"}`,
	`[{"name": "x", "diskRef": {"name": "b"}, "position": 1}]`, `[{"name": "x", "interfaceRef": {"name": "b"}}]`, `{"snapshotRef": {"name": "b"}, "requestedAt": "x"}`, `{"mode": "GandiZone", "skipCheck": true}`,
	`{"login": "a", "sshKeys": ["ssh-rsa AAAAB3NzaC1yc2E="], "script": "\u0001"}`, `12`, `6`, `0`, `-1`, `true`, `null`, `"Stopped"`, `"Manual"`, `"Observe"`, `"snapshot"`,
}

// FuzzAdmitted holds that the operator can work with each manifest that the API
// server takes: it can read it, write it back, and plan by it. Each input is a
// field of the spec and its value as JSON; holds is what else the kind's
// arithmetic promises of a spec that was taken.
func FuzzAdmitted[O engine.Object, S any](f *testing.F, k engine.Kind[O, S], base func() O, holds func(testing.TB, O)) {
	fields := map[string]bool{}
	spec := reflect.TypeOf(base()).Elem()
	if s, ok := spec.FieldByName("Spec"); ok {
		for _, field := range reflect.VisibleFields(s.Type) {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			if name != "" {
				fields[name] = true
			}
		}
	}
	// A fuzzer looks at each seed before it begins: it gets a few of them.
	fuzzing := flag.Lookup("test.fuzz").Value.String() != ""
	for n, field := range slices.Sorted(maps.Keys(fields)) {
		for i, value := range oddities {
			if !fuzzing || (n+i)%16 == 0 {
				f.Add(field, value, "", "null")
			}
		}
	}
	f.Fuzz(func(t *testing.T, field, value, second, secondValue string) {
		manifest, err := contentOf(base())
		if err != nil {
			t.Fatal(err)
		}
		delete(manifest, "status")
		set(manifest, field, value)
		set(manifest, second, secondValue)
		obj, admitted := admitRaw(t, k.New(), manifest)
		if !admitted {
			return
		}
		holds(t, obj)
		synctest.Test(t, func(t *testing.T) {
			r := &ruling[O, S]{T: t, kind: k, judge: NewJudge(), obj: obj, world: NewAnyWorld(NewDraw(nil))}
			r.rule()
		})
	})
}

// set sets a field of the spec to a value in JSON; one that is none changes nothing.
func set(manifest content, field, value string) {
	var v any
	if json.Unmarshal([]byte(value), &v) != nil || field == "" {
		return
	}
	spec, ok := manifest["spec"].(content)
	if !ok {
		return
	}
	if v == nil {
		delete(spec, field)
		return
	}
	spec[field] = whole(v)
}

// whole makes of whole numbers what the API server's decoder makes of them.
func whole(v any) any {
	switch v := v.(type) {
	case float64:
		if v == float64(int64(v)) {
			return int64(v)
		}
	case []any:
		for i := range v {
			v[i] = whole(v[i])
		}
	case map[string]any:
		for name := range v {
			v[name] = whole(v[name])
		}
	}
	return v
}

// admitRaw is what an object of a manifest is when the API server has taken it and
// the operator has read it, and whether it was taken.
func admitRaw[O client.Object](t *testing.T, empty O, manifest content) (obj O, admitted bool) {
	t.Helper()
	d, err := definitionOf(kindOf(empty))
	if err != nil {
		t.Fatal(err)
	}
	d.read(manifest)
	if errs := d.created(&metav1.ObjectMeta{Name: "a", Namespace: Namespace}, manifest); len(errs) > 0 {
		return empty, false
	}
	// As the client does: from bytes, strictly by type. An object that cannot be
	// read stops the whole cache of its kind.
	raw, err := json.Marshal(manifest)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, empty); err != nil {
		t.Fatalf("the API server takes what cannot be read: %v\n%s", err, raw)
	}
	again, err := runtime.DefaultUnstructuredConverter.ToUnstructured(empty.DeepCopyObject())
	if err != nil {
		t.Fatal(err)
	}
	again["apiVersion"], again["kind"] = manifest["apiVersion"], manifest["kind"]
	delete(again, "status")
	d.read(again)
	if errs := d.created(&metav1.ObjectMeta{Name: "a", Namespace: Namespace}, again); len(errs) > 0 {
		t.Errorf("written back, the API server refuses it: %v\n%s", errs, raw)
	}
	return empty, true
}
