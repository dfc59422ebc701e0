package vm

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

func asks(name string, position int32) v1alpha1.VMDisk {
	d := v1alpha1.VMDisk{Name: name, DiskRef: v1alpha1.LocalReference{Name: name}}
	if position >= 0 {
		d.Position = &position
	}
	return d
}

func TestAssign(t *testing.T) {
	had := func(name string, position int32) v1alpha1.VMAttachmentStatus {
		return v1alpha1.VMAttachmentStatus{Name: name, Position: position}
	}
	for _, row := range []struct {
		name string
		asks []v1alpha1.VMDisk
		had  []v1alpha1.VMAttachmentStatus
		want map[string]int
	}{
		{"from 1 on, in the order of the spec", []v1alpha1.VMDisk{asks("a", -1), asks("b", -1)}, nil, map[string]int{"a": 1, "b": 2}},
		{"around what is asked for", []v1alpha1.VMDisk{asks("a", -1), asks("b", 1), asks("c", -1)}, nil, map[string]int{"a": 2, "b": 1, "c": 3}},
		{"kept when another one goes", []v1alpha1.VMDisk{asks("b", -1)}, []v1alpha1.VMAttachmentStatus{had("a", 1), had("b", 2)}, map[string]int{"b": 2}},
		{"kept when the order changes", []v1alpha1.VMDisk{asks("b", -1), asks("a", -1)}, []v1alpha1.VMAttachmentStatus{had("a", 1), had("b", 2)}, map[string]int{"a": 1, "b": 2}},
		{"kept when another one asks for it later", []v1alpha1.VMDisk{asks("a", -1), asks("b", 1)}, []v1alpha1.VMAttachmentStatus{had("a", 1)}, map[string]int{"a": 1, "b": 1}},
		{"a gap is filled by a newcomer", []v1alpha1.VMDisk{asks("b", -1), asks("c", -1)}, []v1alpha1.VMAttachmentStatus{had("b", 2)}, map[string]int{"b": 2, "c": 1}},
		{"an entry that was at 0 gets another place", []v1alpha1.VMDisk{asks("a", -1)}, []v1alpha1.VMAttachmentStatus{had("a", 0)}, map[string]int{"a": 1}},
	} {
		t.Run(row.name, func(t *testing.T) {
			vm := &v1alpha1.GandiVM{Spec: v1alpha1.GandiVMSpec{Disks: row.asks}, Status: v1alpha1.GandiVMStatus{Attachments: row.had}}
			if diff := cmp.Diff(row.want, assign(vm)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// The largest VM that the schema allows has a plan that ends.
func TestPlanOfTheLargestVM(t *testing.T) {
	s := seenVM(nothing, noOwn)
	for i := range 16 {
		s.Wanted = append(s.Wanted, entry(fmt.Sprint("d", i), gandi.DiskID(100+i), i+1))
	}
	for i := range 8 {
		s.WantedIfaces = append(s.WantedIfaces, wantedIface{Name: fmt.Sprint("i", i), Iface: gandi.IfaceID(200 + i)})
	}
	actions, err := engine.Preview(Kind{}, wanted(withInterfaces), s)
	if err != nil || len(actions) != 1+16+7+1 {
		t.Errorf("%d actions: %v", len(actions), err)
	}
}
