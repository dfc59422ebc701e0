package testkit

import (
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
)

// VM is a GandiVM that the API server would accept, with its defaults, changed
// by opts.
func VM(name string, opts ...func(*v1alpha1.GandiVM)) *v1alpha1.GandiVM {
	memory := resource.MustParse("512Mi")
	return with(&v1alpha1.GandiVM{
		ObjectMeta: named(name),
		Spec: v1alpha1.GandiVMSpec{
			ManagedSpec:  managed(),
			Datacenter:   Datacenter,
			Image:        &v1alpha1.ImageSource{Label: "Ubuntu 10.04"},
			Memory:       &memory,
			Cores:        1,
			Network:      &v1alpha1.VMNetwork{IPVersion: 4, Bandwidth: 102400},
			Bootstrap:    &v1alpha1.Bootstrap{PasswordSecretRef: &v1alpha1.SecretKeyReference{Name: "login", Key: "password"}},
			RebootPolicy: v1alpha1.RebootAutomatic,
		},
		Status: v1alpha1.GandiVMStatus{ManagedStatus: unseen()},
	}, opts)
}

// Memory asks for memory.
func Memory(quantity string) func(*v1alpha1.GandiVM) {
	return func(vm *v1alpha1.GandiVM) {
		q := resource.MustParse(quantity)
		vm.Spec.Memory = &q
	}
}

// Annotated sets an annotation.
func Annotated(key, value string) func(*v1alpha1.GandiVM) {
	return Annotation[v1alpha1.GandiVM](key, value)
}

// Adopts takes over the VM with that id.
func Adopts(id int64) func(*v1alpha1.GandiVM) {
	return func(vm *v1alpha1.GandiVM) {
		vm.Spec.Adopt = &v1alpha1.VMAdopt{ID: id}
		vm.Spec.Datacenter, vm.Spec.Image, vm.Spec.Bootstrap = "", nil, nil
		vm.Spec.Cores = 0
	}
}

// Foreign has somebody else make a VM in the web panel, and tells its id.
func (l *Lab) Foreign(hostname string) int64 {
	l.t.Helper()
	return l.Made("vm", map[string]any{"hostname": hostname, "datacenter_id": 1, "memory": 512, "cores": 1})
}

// Made has somebody else make a thing in the web panel, as gandisim's World.Change
// takes it, and tells its id.
func (l *Lab) Made(typ string, thing map[string]any) int64 {
	l.t.Helper()
	known := map[any]bool{}
	for _, one := range l.Things(typ + "s") {
		known[one["id"]] = true
	}
	if err := l.World.Change(map[string]any{"type": typ, "create": thing}); err != nil {
		l.t.Fatal(err)
	}
	for _, one := range l.Things(typ + "s") {
		if id, ok := one["id"].(float64); ok && !known[one["id"]] {
			return int64(id)
		}
	}
	l.t.Fatalf("the panel made no %s", typ)
	return 0
}
