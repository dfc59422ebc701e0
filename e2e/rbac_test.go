package e2e

import (
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// Kubernetes' own roles view and edit cover the kinds, and neither lets anybody
// write what the operator remembers.
func TestPeoplesRoles(t *testing.T) {
	namespace := newNamespace(t)
	object, err := objects(t, plane.Config(), vms, namespace).Create(t.Context(), manifest(t, baseVM), metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for role, may := range map[string]map[string]bool{
		"view": {"get": true, "list": true, "create": false, "patch": false, "delete": false, "status": false},
		"edit": {"get": true, "list": true, "create": true, "patch": true, "delete": true, "status": false},
	} {
		config, err := plane.User(namespace + "-" + role)
		if err != nil {
			t.Fatal(err)
		}
		client := objects(t, config, vms, namespace)
		if _, err := client.List(t.Context(), metav1.ListOptions{}); !apierrors.IsForbidden(err) {
			t.Errorf("without a role, listing says %v", err)
		}
		binding := &rbacv1.RoleBinding{
			ObjectMeta: metav1.ObjectMeta{Name: role},
			Subjects:   []rbacv1.Subject{{Kind: rbacv1.UserKind, APIGroup: rbacv1.GroupName, Name: namespace + "-" + role}},
			RoleRef:    rbacv1.RoleRef{Kind: "ClusterRole", APIGroup: rbacv1.GroupName, Name: role},
		}
		if _, err := core(t).RbacV1().RoleBindings(namespace).Create(t.Context(), binding, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
		// Aggregation and the binding take a moment to reach the authorizer.
		eventually(t, role+" to hold", func() (bool, string) {
			_, err := client.List(t.Context(), metav1.ListOptions{})
			if err != nil {
				return false, err.Error()
			}
			_, err = objects(t, config, accounts, namespace).List(t.Context(), metav1.ListOptions{})
			if err != nil {
				return false, err.Error()
			}
			return true, ""
		})
		tries := map[string]func() error{
			"get": func() error {
				_, err := client.Get(t.Context(), "web", metav1.GetOptions{})
				return err
			},
			"list": func() error {
				_, err := client.List(t.Context(), metav1.ListOptions{})
				return err
			},
			"create": func() error {
				_, err := client.Create(t.Context(), changed(t, manifest(t, baseVM), `metadata: {name: other}`), metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
				return err
			},
			"patch": func() error {
				_, err := client.Patch(t.Context(), "web", types.MergePatchType, []byte(`{"spec": {"cores": 2}}`), metav1.PatchOptions{DryRun: []string{metav1.DryRunAll}})
				return err
			},
			"delete": func() error {
				return client.Delete(t.Context(), "web", metav1.DeleteOptions{DryRun: []string{metav1.DryRunAll}})
			},
			"status": func() error {
				_, err := client.UpdateStatus(t.Context(), object, metav1.UpdateOptions{DryRun: []string{metav1.DryRunAll}})
				return err
			},
		}
		for verb, allowed := range may {
			err := tries[verb]()
			if allowed && err != nil {
				t.Errorf("%s may not %s: %v", role, verb, err)
			}
			if !allowed && !apierrors.IsForbidden(err) {
				t.Errorf("%s may %s (%v)", role, verb, err)
			}
		}
	}
}
