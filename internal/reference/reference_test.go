package reference_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/reference"
)

func ref(name string) *v1alpha1.LocalReference { return &v1alpha1.LocalReference{Name: name} }

func vm(change func(*v1alpha1.GandiVMSpec)) *v1alpha1.GandiVM {
	var vm v1alpha1.GandiVM
	change(&vm.Spec)
	return &vm
}

func TestOf(t *testing.T) {
	for name, row := range map[string]struct {
		obj  client.Object
		want []string
	}{
		"a VM without references": {vm(func(s *v1alpha1.GandiVMSpec) {
			s.AccountRef.Name = "default"
			s.SystemDisk = &v1alpha1.SystemDisk{DiskID: 7}
			s.Bootstrap = &v1alpha1.Bootstrap{PasswordSecretRef: &v1alpha1.SecretKeyReference{Name: "login", Key: "password"}}
		}), nil},
		"everything that a VM can name": {vm(func(s *v1alpha1.GandiVMSpec) {
			s.SystemDisk = &v1alpha1.SystemDisk{DiskRef: ref("root")}
			s.Disks = []v1alpha1.VMDisk{{Name: "a", DiskRef: *ref("data")}, {Name: "b", DiskRef: *ref("logs")}}
			s.Interfaces = []v1alpha1.VMInterface{{Name: "a", InterfaceRef: *ref("data")}}
			s.Bootstrap = &v1alpha1.Bootstrap{SSHKeyRefs: []v1alpha1.LocalReference{*ref("me"), *ref("you")}}
		}), []string{"GandiDisk/root", "GandiDisk/data", "GandiDisk/logs", "GandiInterface/data", "GandiSSHKey/me", "GandiSSHKey/you"}},
		"what is named twice is there once": {vm(func(s *v1alpha1.GandiVMSpec) {
			s.SystemDisk = &v1alpha1.SystemDisk{DiskRef: ref("root")}
			s.Disks = []v1alpha1.VMDisk{{Name: "a", DiskRef: *ref("root")}}
		}), []string{"GandiDisk/root"}},
		"a disk that is copied and rolled back": {&v1alpha1.GandiDisk{Spec: v1alpha1.GandiDiskSpec{
			Source:   &v1alpha1.DiskSource{DiskRef: ref("origin")},
			Rollback: &v1alpha1.DiskRollback{SnapshotRef: ref("night")},
		}}, []string{"GandiDisk/origin", "GandiDisk/night"}},
		"a disk copied from a snapshot": {&v1alpha1.GandiDisk{Spec: v1alpha1.GandiDiskSpec{
			Source:   &v1alpha1.DiskSource{SnapshotRef: ref("night")},
			Rollback: &v1alpha1.DiskRollback{SnapshotID: 3},
		}}, []string{"GandiDisk/night"}},
		"an empty disk":       {&v1alpha1.GandiDisk{}, nil},
		"a private interface": {&v1alpha1.GandiInterface{Spec: v1alpha1.GandiInterfaceSpec{VLANRef: ref("lan")}}, []string{"GandiVLAN/lan"}},
		"a public interface":  {&v1alpha1.GandiInterface{}, nil},
		"a VLAN":              {&v1alpha1.GandiVLAN{}, nil},
		"a key":               {&v1alpha1.GandiSSHKey{}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(row.want, reference.Values(row.obj)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Every kind with references can be indexed by them, and no other.
func TestKinds(t *testing.T) {
	for _, obj := range reference.Kinds() {
		switch o := obj.(type) {
		case *v1alpha1.GandiVM:
			o.Spec.SystemDisk = &v1alpha1.SystemDisk{DiskRef: ref("x")}
		case *v1alpha1.GandiDisk:
			o.Spec.Source = &v1alpha1.DiskSource{DiskRef: ref("x")}
		case *v1alpha1.GandiInterface:
			o.Spec.VLANRef = ref("x")
		}
		if len(reference.Of(obj)) != 1 {
			t.Errorf("%T refers to nothing", obj)
		}
	}
}

func TestHeld(t *testing.T) {
	both := vm(func(s *v1alpha1.GandiVMSpec) {
		s.Disks = []v1alpha1.VMDisk{{Name: "a", DiskRef: *ref("data")}}
		s.Interfaces = []v1alpha1.VMInterface{{Name: "a", InterfaceRef: *ref("eth")}}
		s.Bootstrap = &v1alpha1.Bootstrap{SSHKeyRefs: []v1alpha1.LocalReference{*ref("me")}}
	})
	want := []reference.Key{{Kind: "GandiDisk", Name: "data"}, {Kind: "GandiInterface", Name: "eth"}}
	if diff := cmp.Diff(want, reference.Held(both)); diff != "" {
		t.Error(diff)
	}
	copied := &v1alpha1.GandiDisk{Spec: v1alpha1.GandiDiskSpec{Source: &v1alpha1.DiskSource{DiskRef: ref("origin")}}}
	if held := reference.Held(copied); held != nil {
		t.Errorf("a disk holds %v", held)
	}
}
