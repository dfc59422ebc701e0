package gandi

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestRecordConversions(t *testing.T) {
	for _, tt := range []struct {
		name string
		v    any
		num  any // int, or nil where it is none
		flag any
		str  any
		dbl  any
	}{
		{"int", int64(7), 7, nil, "7", 7.0},
		{"one", int64(1), 1, true, "1", 1.0},
		{"zero", int64(0), 0, false, "0", 0.0},
		{"double", 7.0, 7, nil, "7", 7.0},
		{"broken double", 7.5, nil, nil, "7.5", 7.5},
		{"huge double", 1e300, nil, nil, "1" + zeros(300), 1e300},
		{"true", true, 1, true, "true", nil},
		{"false", false, 0, false, "false", nil},
		{"digits", " 7 ", 7, nil, " 7 ", 7.0},
		{"double in a string", "7.0", 7, nil, "7.0", 7.0},
		{"true in a string", "True", nil, true, "True", nil},
		{"not a number in a string", "NaN", nil, nil, "NaN", nil},
		{"text", "web", nil, nil, "web", nil},
		{"nothing", nil, 0, false, "", 0.0},
		{"empty string", "", 0, false, "", 0.0},
		{"empty array", []any{}, 0, false, "", 0.0},
		{"empty struct", map[string]any{}, 0, false, "", 0.0},
		{"array", []any{int64(1)}, nil, nil, nil, nil},
		{"struct", map[string]any{"a": int64(1)}, nil, nil, nil, nil},
		{"date", time.Unix(0, 0), nil, nil, nil, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			check := func(as string, read func(*record) any, want any) {
				t.Helper()
				r := newRecord(map[string]any{"f": tt.v})
				got := read(r)
				if want == nil {
					if *r.problem == nil {
						t.Errorf("as %s: %v without a complaint", as, got)
					}
					return
				}
				if *r.problem != nil || got != want {
					t.Errorf("as %s: %v (%v), want %v", as, got, *r.problem, want)
				}
			}
			check("num", func(r *record) any { return r.num("f") }, tt.num)
			check("flag", func(r *record) any { return r.flag("f") }, tt.flag)
			check("str", func(r *record) any { return r.str("f") }, tt.str)
			check("double", func(r *record) any { return r.double("f") }, tt.dbl)
		})
	}
}

func zeros(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = '0'
	}
	return string(b)
}

func TestRecordComplaints(t *testing.T) {
	for _, tt := range []struct {
		name   string
		fields map[string]any
		want   string
	}{
		{"no id", map[string]any{}, "field id is nothing where a positive number is meant"},
		{"id 0", map[string]any{"id": int64(0)}, "field id is a number where a positive number is meant"},
		{"memory", map[string]any{"id": int64(1), "memory": "lots"}, "field memory is a string where a whole number is meant"},
		{"state", map[string]any{"id": int64(1), "state": []any{"a", "b"}}, "field state is an array where a string is meant"},
		{"console", map[string]any{"id": int64(1), "console": int64(2)}, "field console is a number where a boolean is meant"},
		{"disk ids", map[string]any{"id": int64(1), "disks_id": []any{"x"}}, "field disks_id is an array where a list of numbers is meant"},
		{"disks", map[string]any{"id": int64(1), "disks": []any{int64(3)}}, "field disks is an array where a list of structs is meant"},
		{"deep", map[string]any{"id": int64(1), "ifaces": []any{map[string]any{"id": int64(2), "ips": map[string]any{"id": int64(3), "version": true, "num": "a"}}}},
			"field ifaces[0].ips[0].num is a string where a whole number is meant"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := parsed(newRecord(tt.fields), parseVM)
			if err == nil || err.Error() != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

// What nothing is decided by must not make a record unreadable.
func TestRecordForgives(t *testing.T) {
	vm, err := parsed(newRecord(map[string]any{
		"id": "5", "date_created": "yesterday", "date_updated": int64(3), "disks_id": "", "ifaces": []any{}, "keys": map[string]any{},
		"unheard_of": []any{map[string]any{}},
	}), parseVM)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(VM{ID: 5}, vm); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	op, err := parsed(newRecord(map[string]any{"id": int64(5), "params": "none", "vm_id": ""}), parseOperation)
	if err != nil || op.ID != 5 || op.VMID != 0 {
		t.Errorf("got %+v, %v", op, err)
	}
	op, err = parsed(newRecord(map[string]any{"id": int64(5), "params": map[string]any{"vm_id": []any{int64(1), int64(2)}}}), parseOperation)
	if err != nil || op.VMID != 0 {
		t.Errorf("got %+v, %v", op, err)
	}
}

func TestParseDate(t *testing.T) {
	want := time.Date(2012, 11, 2, 13, 5, 25, 0, time.UTC)
	for _, s := range []string{
		"20121102T13:05:25", "20121102T13:05:25Z", "20121102T14:05:25+01:00", "20121102T14:05:25+0100", "20121102T130525",
		"2012-11-02T13:05:25", "2012-11-02T13:05:25Z", "2012-11-02T11:05:25-02:00", "2012-11-02 13:05:25", " 20121102T13:05:25 ",
	} {
		if got, ok := parseDate(s); !ok || !got.Equal(want) {
			t.Errorf("%q: %v, %v", s, got, ok)
		}
	}
	for _, s := range []string{"", "0", "today", "20121302T13:05:25", "<date>"} {
		if got, ok := parseDate(s); ok || !got.IsZero() {
			t.Errorf("%q: %v, %v", s, got, ok)
		}
	}
}

func TestOperationFinished(t *testing.T) {
	for step, want := range map[string]bool{
		StepBill: false, StepWait: false, StepRun: false, "": false, "PAUSE": false,
		StepDone: true, StepError: true, StepCancel: true, StepSupport: true,
	} {
		if got := (Operation{Step: step}).Finished(); got != want {
			t.Errorf("%q: %v, want %v", step, got, want)
		}
	}
}

func TestPickOperation(t *testing.T) {
	ops := []Operation{{ID: 1, Type: TypeDiskCreate}, {ID: 2, Type: TypeVMCreate}, {ID: 3, Type: TypeVMCreate}}
	if op, ok := PickOperation(ops, TypeVMCreate); !ok || op.ID != 2 {
		t.Errorf("got %+v, %v", op, ok)
	}
	if op, ok := PickOperation(ops, TypeIfaceCreate); ok || op.ID != 0 {
		t.Errorf("got %+v, %v", op, ok)
	}
}
