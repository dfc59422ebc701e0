package engine

import (
	"context"
	"strconv"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// Holder says which VM has a disk or an interface, and which GandiVM that is;
// both nil when vm is 0, the latter alone when no GandiVM has it.
func (e Env) Holder(ctx context.Context, namespace string, vm gandi.VMID) (*v1alpha1.AttachmentStatus, *v1alpha1.GandiVM, error) {
	if vm == 0 {
		return nil, nil, nil
	}
	var all v1alpha1.GandiVMList
	if err := e.Owners(ctx, int64(vm), &all); err != nil {
		return nil, nil, err
	}
	said := &v1alpha1.AttachmentStatus{VMID: int64(vm), Name: strconv.Itoa(int(vm))}
	var owner *v1alpha1.GandiVM
	for i := range all.Items {
		one := &all.Items[i]
		switch {
		case one.Namespace == namespace:
			owner = one
			said.Name = Head(one.Name, 253)
		case owner == nil:
			owner = one
			said.Name = Head(one.Namespace+"/"+one.Name, 253)
		}
	}
	return said, owner, nil
}
