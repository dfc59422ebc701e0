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
