package reference

import (
	"strconv"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
)

// ExternalField is the index by which the objects are found that have an
// external resource. Its values are those of ExternalValues.
const ExternalField = "status.id"

// ExternalKinds are those whose objects are looked for by their external
// resource: each has the index ExternalField.
func ExternalKinds() []client.Object {
	return []client.Object{&v1alpha1.GandiVM{}, &v1alpha1.GandiDisk{}, &v1alpha1.GandiInterface{}}
}

// ExternalValue is the value of ExternalField for objects that have the external
// resource id.
func ExternalValue(id int64) string { return strconv.FormatInt(id, 10) }

// ExternalValues are the values of ExternalField for obj: a client.IndexerFunc.
func ExternalValues(obj client.Object) []string {
	managed, ok := obj.(interface {
		ManagedStatus() *v1alpha1.ManagedStatus
	})
	if !ok || managed.ManagedStatus().ID == 0 {
		return nil
	}
	return []string{ExternalValue(managed.ManagedStatus().ID)}
}
