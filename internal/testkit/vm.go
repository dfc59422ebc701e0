package testkit

import (
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
)

// VM is a GandiVM that the API server would accept, with its defaults, changed
// by opts.
func VM(name string, opts ...func(*v1alpha1.GandiVM)) *v1alpha1.GandiVM {
	memory := resource.MustParse("512Mi")
	vm := &v1alpha1.GandiVM{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: Namespace},
		Spec: v1alpha1.GandiVMSpec{
			ManagedSpec:  v1alpha1.ManagedSpec{AccountRef: v1alpha1.LocalReference{Name: "default"}, ManagementPolicy: v1alpha1.Manage},
			Datacenter:   "Equinix Paris",
			Image:        &v1alpha1.ImageSource{Label: "Ubuntu 10.04"},
			Memory:       &memory,
			Cores:        1,
			Network:      &v1alpha1.VMNetwork{IPVersion: 4, Bandwidth: 102400},
			Bootstrap:    &v1alpha1.Bootstrap{PasswordSecretRef: &v1alpha1.SecretKeyReference{Name: "login", Key: "password"}},
			RebootPolicy: v1alpha1.RebootAutomatic,
		},
		Status: v1alpha1.GandiVMStatus{ManagedStatus: v1alpha1.ManagedStatus{ObservedGeneration: -1}},
	}
	for _, o := range opts {
		o(vm)
	}
	return vm
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
	return func(vm *v1alpha1.GandiVM) {
		if vm.Annotations == nil {
			vm.Annotations = map[string]string{}
		}
		vm.Annotations[key] = value
	}
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
	known := map[any]bool{}
	for _, vm := range l.Things("vms") {
		known[vm["id"]] = true
	}
	if err := l.World.Change(map[string]any{"type": "vm", "create": map[string]any{"hostname": hostname, "datacenter_id": 1, "memory": 512, "cores": 1}}); err != nil {
		l.t.Fatal(err)
	}
	for _, vm := range l.Things("vms") {
		if !known[vm["id"]] {
			if id, ok := vm["id"].(float64); ok {
				return int64(id)
			}
		}
	}
	l.t.Fatal("the panel made no VM")
	return 0
}
