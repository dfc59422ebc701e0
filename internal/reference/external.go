package reference

import (
	"slices"
	"strconv"
	"strings"

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

// ExternalValues are the values of ExternalField for obj: a client.IndexerFunc. A
// disk or an interface counts from the moment on in which somebody asks for it to
// be taken over, or its object says so after its status was lost: until the
// object knows it, nobody may delete it as another's.
func ExternalValues(obj client.Object) []string {
	managed, ok := obj.(interface {
		ManagedStatus() *v1alpha1.ManagedStatus
	})
	switch {
	case !ok:
		return nil
	case managed.ManagedStatus().ID != 0:
		return []string{ExternalValue(managed.ManagedStatus().ID)}
	}
	var values []string
	add := func(typ string, adopted int64) {
		if adopted != 0 {
			values = append(values, ExternalValue(adopted))
		}
		part := strings.Split(obj.GetAnnotations()[v1alpha1.AnnotationExternal], "/")
		if len(part) == 4 && part[1] == typ && !slices.Contains(values, part[2]) {
			values = append(values, part[2])
		}
	}
	switch o := obj.(type) {
	case *v1alpha1.GandiDisk:
		if a := o.Spec.Adopt; a != nil {
			add("disk", a.ID)
		} else {
			add("disk", 0)
		}
	case *v1alpha1.GandiInterface:
		if a := o.Spec.Adopt; a != nil {
			add("iface", a.ID)
		} else {
			add("iface", 0)
		}
	}
	return values
}
