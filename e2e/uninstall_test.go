package e2e

import (
	"context"
	"errors"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
)

// The definitions are deleted while the manager runs, and with them every
// object: of a healthy account and of one that cannot be asked. What they stand
// for stays as it is, running.
//
// This test is not parallel, since the definitions are everybody's.
func TestDeletedDefinitionsDeleteNothing(t *testing.T) {
	healthy, ill := newStation(t), newStation(t)
	o := startOperator(t, healthy.system) // it watches all namespaces
	t.Cleanup(func() { reinstall(t) })
	for _, s := range []*station{healthy, ill} {
		s.operators = append(s.operators, o)
		apply(t, s.namespace, s.credentials()+s.account()+s.login())
		s.apply("web", ``)
	}
	healthy.waitReady("web")
	ill.waitReady("web")
	ill.setKey(gandisim.OtherAPIKey)
	ill.waitAccountTold("AccountMismatch")

	before := map[*station]int{healthy: len(healthy.calls()), ill: len(ill.calls())}
	output, err := kubectl(t, "default", "delete", "--timeout=1m", "-f", crds())
	if err != nil {
		t.Errorf("%v: %s", err, output)
		for _, s := range []*station{healthy, ill} {
			if vm := s.vm("web"); vm != nil {
				t.Errorf("this one is still there: %s", told(vm.Status.Conditions, vm.Generation))
			}
		}
	}
	for _, s := range []*station{healthy, ill} {
		if got := s.calls(); len(got) > before[s] {
			t.Errorf("at the end of the definitions it called %v", got[before[s]:])
		}
		if all := s.things("vms"); len(all) != 1 || all[0]["state"] != "running" {
			t.Errorf("the VM is %v", all)
		}
	}
	if err == nil {
		healthy.wantEvents("web", "Warning Released")
		ill.wantEvents("web", "Warning Released")
	}
}

// reinstall brings the definitions back, whatever became of those before.
func reinstall(t *testing.T) {
	// The test's own context has ended.
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c, err := dynamic.NewForConfig(plane.Config())
	if err != nil {
		t.Error(err)
		return
	}
	for _, resource := range []string{vms, accounts} {
		all, err := c.Resource(v1alpha1.GroupVersion.WithResource(resource)).List(ctx, metav1.ListOptions{})
		if apierrors.IsNotFound(err) {
			continue
		}
		if err != nil {
			t.Error(err)
			continue
		}
		for _, one := range all.Items {
			_, err := c.Resource(v1alpha1.GroupVersion.WithResource(resource)).Namespace(one.GetNamespace()).
				Patch(ctx, one.GetName(), types.MergePatchType, []byte(`{"metadata": {"finalizers": null}}`), metav1.PatchOptions{})
			if err != nil && !apierrors.IsNotFound(err) {
				t.Error(err)
			}
		}
	}
	output, err := plane.Kubectl(ctx, "wait", "--for=delete", "--timeout=1m", "-f", crds()).CombinedOutput()
	if err = errors.Join(err, plane.InstallCRDs(ctx, crds())); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
}
