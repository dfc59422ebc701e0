// Package v1alpha1 holds the words that people write and read: the kinds of
// hosting.gandi.net/v1alpha1, their conditions and every reason.
//
// It has no logic beyond trivial accessors and imports nothing of this
// project. Sources of the facts in the field docs: docs/gandi-api.md.
//
// +kubebuilder:object:generate=true
// +groupName=hosting.gandi.net
package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// GroupVersion is the API group and version of every kind in this package.
var GroupVersion = schema.GroupVersion{Group: "hosting.gandi.net", Version: "v1alpha1"}

// AddToScheme registers the kinds of this package with s.
func AddToScheme(s *runtime.Scheme) error {
	s.AddKnownTypes(GroupVersion,
		&GandiAccount{}, &GandiAccountList{},
		&GandiVM{}, &GandiVMList{},
		&GandiDisk{}, &GandiDiskList{},
		&GandiInterface{}, &GandiInterfaceList{},
		&GandiVLAN{}, &GandiVLANList{},
		&GandiSSHKey{}, &GandiSSHKeyList{},
		&GandiSite{}, &GandiSiteList{},
	)
	metav1.AddToGroupVersion(s, GroupVersion)
	return nil
}
