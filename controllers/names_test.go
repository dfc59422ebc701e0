package controllers_test

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/testkit"
)

// namesOf lists the objects of a kind.
func namesOf[T any](l *testkit.Lab) []string {
	var list client.ObjectList
	switch any(new(T)).(type) {
	case *v1alpha1.GandiVM:
		list = &v1alpha1.GandiVMList{}
	case *v1alpha1.GandiDisk:
		list = &v1alpha1.GandiDiskList{}
	case *v1alpha1.GandiInterface:
		list = &v1alpha1.GandiInterfaceList{}
	case *v1alpha1.GandiVLAN:
		list = &v1alpha1.GandiVLANList{}
	case *v1alpha1.GandiSSHKey:
		list = &v1alpha1.GandiSSHKeyList{}
	}
	if err := l.Store.List(context.Background(), list); err != nil {
		panic(fmt.Sprintf("listing %T: %v", list, err))
	}
	var names []string
	_ = meta.EachListItem(list, func(o runtime.Object) error {
		if one, ok := o.(client.Object); ok {
			names = append(names, one.GetName())
		}
		return nil
	})
	return names
}
