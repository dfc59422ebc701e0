// Package reference knows which objects an object's spec names. The controllers
// index objects by it, so that whoever refers to an object is looked at when
// that object changes.
package reference

import (
	"slices"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
)

// Field is the index by which objects are found that refer to another one. Its
// values are those of Values.
const Field = "spec.references"

// Kinds are those whose objects refer to objects of the kinds below, beside
// their account: each has the index Field.
func Kinds() []client.Object {
	return []client.Object{&v1alpha1.GandiVM{}, &v1alpha1.GandiDisk{}, &v1alpha1.GandiInterface{}}
}

// Key is an object that another one of its namespace refers to.
type Key struct {
	Kind string // as Kubernetes says it, e.g. GandiDisk
	Name string
}

// String is the value of Field for objects that refer to k.
func (k Key) String() string { return Value(k.Kind, k.Name) }

// Value is the value of Field for objects that refer to the object kind/name.
func Value(kind, name string) string { return kind + "/" + name }

// Of lists the objects that obj's spec refers to, in the order of the spec and
// each once. Accounts and Secrets are not among them.
func Of(obj client.Object) []Key {
	var keys []Key
	add := func(kind string, ref *v1alpha1.LocalReference) {
		if ref == nil || ref.Name == "" {
			return
		}
		if key := (Key{Kind: kind, Name: ref.Name}); !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	switch o := obj.(type) {
	case *v1alpha1.GandiVM:
		ofVM(&o.Spec, add)
	case *v1alpha1.GandiDisk:
		if s := o.Spec.Source; s != nil {
			add("GandiDisk", s.DiskRef)
			add("GandiDisk", s.SnapshotRef)
		}
		if r := o.Spec.Rollback; r != nil {
			add("GandiDisk", r.SnapshotRef)
		}
	case *v1alpha1.GandiInterface:
		add("GandiVLAN", o.Spec.VLANRef)
	}
	return keys
}

func ofVM(spec *v1alpha1.GandiVMSpec, add func(kind string, ref *v1alpha1.LocalReference)) {
	if spec.SystemDisk != nil {
		add("GandiDisk", spec.SystemDisk.DiskRef)
	}
	for i := range spec.Disks {
		add("GandiDisk", &spec.Disks[i].DiskRef)
	}
	for i := range spec.Interfaces {
		add("GandiInterface", &spec.Interfaces[i].InterfaceRef)
	}
	if spec.Bootstrap != nil {
		for i := range spec.Bootstrap.SSHKeyRefs {
			add("GandiSSHKey", &spec.Bootstrap.SSHKeyRefs[i])
		}
	}
}

// Held are those of the objects that obj refers to which it holds alone while
// it has them: what a GandiVM attaches. They, and whoever else waits for them,
// are looked at when obj changes or goes away.
func Held(obj client.Object) []Key {
	if _, ok := obj.(*v1alpha1.GandiVM); !ok {
		return nil
	}
	return slices.DeleteFunc(Of(obj), func(k Key) bool { return k.Kind != "GandiDisk" && k.Kind != "GandiInterface" })
}

// Values are the values of Field for obj: a client.IndexerFunc.
func Values(obj client.Object) []string {
	var values []string
	for _, key := range Of(obj) {
		values = append(values, key.String())
	}
	return values
}
