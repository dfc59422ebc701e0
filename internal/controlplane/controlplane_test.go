package controlplane

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

func client(t *testing.T, config *rest.Config) *kubernetes.Clientset {
	t.Helper()
	c, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// newNamespace is a fresh namespace; it goes with the control plane.
func newNamespace(t *testing.T) string {
	t.Helper()
	c := client(t, plane.Config())
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "test-"}}
	namespace, err := c.CoreV1().Namespaces().Create(t.Context(), namespace, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return namespace.Name
}

func TestGarbageIsCollected(t *testing.T) {
	maps := client(t, plane.Config()).CoreV1().ConfigMaps(newNamespace(t))
	owner, err := maps.Create(t.Context(), &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "owner"}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	owned := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{
		Name:            "owned",
		OwnerReferences: []metav1.OwnerReference{{APIVersion: "v1", Kind: "ConfigMap", Name: owner.Name, UID: owner.UID}},
	}}
	if _, err := maps.Create(t.Context(), owned, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := maps.Delete(t.Context(), owner.Name, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the owned object's end", func() bool {
		_, err := maps.Get(t.Context(), owned.Name, metav1.GetOptions{})
		return apierrors.IsNotFound(err)
	})
}

func TestDeletedNamespaceIsEmptied(t *testing.T) {
	c := client(t, plane.Config())
	name := newNamespace(t)
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "held", Finalizers: []string{"example.com/hold"}}}
	if _, err := c.CoreV1().Secrets(name).Create(t.Context(), secret, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := c.CoreV1().Namespaces().Delete(t.Context(), name, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the deletion of what the namespace holds", func() bool {
		held, err := c.CoreV1().Secrets(name).Get(t.Context(), "held", metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return !held.DeletionTimestamp.IsZero()
	})
	held, err := c.CoreV1().Secrets(name).Get(t.Context(), "held", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	held.Finalizers = nil
	if _, err := c.CoreV1().Secrets(name).Update(t.Context(), held, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the namespace's end", func() bool {
		_, err := c.CoreV1().Namespaces().Get(t.Context(), name, metav1.GetOptions{})
		return apierrors.IsNotFound(err)
	})
}

func TestUsersMayDoWhatRBACGrants(t *testing.T) {
	namespace := newNamespace(t)
	config, err := plane.User("alice", "developers")
	if err != nil {
		t.Fatal(err)
	}
	alice := client(t, config).CoreV1().ConfigMaps(namespace)
	if _, err := alice.List(t.Context(), metav1.ListOptions{}); !apierrors.IsForbidden(err) {
		t.Fatalf("without a grant alice gets %v, want forbidden", err)
	}

	admin := client(t, plane.Config())
	binding := &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "developers"},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.GroupKind, APIGroup: rbacv1.GroupName, Name: "developers"}},
		RoleRef:    rbacv1.RoleRef{Kind: "ClusterRole", APIGroup: rbacv1.GroupName, Name: "view"},
	}
	if _, err := admin.RbacV1().RoleBindings(namespace).Create(t.Context(), binding, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the grant to hold", func() bool {
		_, err := alice.List(t.Context(), metav1.ListOptions{})
		return err == nil
	})
	if err := alice.Delete(t.Context(), "any", metav1.DeleteOptions{}); !apierrors.IsForbidden(err) {
		t.Errorf("with a grant to view, alice deletes with %v, want forbidden", err)
	}
}

func TestServiceAccountTokensAreReviewed(t *testing.T) {
	admin := client(t, plane.Config())
	namespace := newNamespace(t)
	accounts := admin.CoreV1().ServiceAccounts(namespace)
	if _, err := accounts.Create(t.Context(), &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "robot"}}, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	request, err := accounts.CreateToken(t.Context(), "robot", &authenticationv1.TokenRequest{}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	review, err := admin.AuthenticationV1().TokenReviews().Create(t.Context(),
		&authenticationv1.TokenReview{Spec: authenticationv1.TokenReviewSpec{Token: request.Status.Token}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if want := "system:serviceaccount:" + namespace + ":robot"; !review.Status.Authenticated || review.Status.User.Username != want {
		t.Errorf("the token's review says %+v, want %s", review.Status, want)
	}
}

func TestWhatIsStoredOutlivesRestarts(t *testing.T) {
	maps := client(t, plane.Config()).CoreV1().ConfigMaps(newNamespace(t))
	if _, err := maps.Create(t.Context(), &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "kept"}}, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := plane.StopAPIServer(); err != nil {
		t.Fatal(err)
	}
	if _, err := maps.Get(t.Context(), "kept", metav1.GetOptions{}); err == nil {
		t.Error("a stopped API server answers")
	}
	if err := plane.StopEtcd(); err != nil {
		t.Fatal(err)
	}
	if err := plane.StartEtcd(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := plane.StartAPIServer(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := maps.Get(t.Context(), "kept", metav1.GetOptions{}); err != nil {
		t.Errorf("after a restart of both: %v", err)
	}
}

func TestAPIServerOutlivesARestartOfEtcd(t *testing.T) {
	maps := client(t, plane.Config()).CoreV1().ConfigMaps(newNamespace(t))
	if _, err := maps.Create(t.Context(), &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "kept"}}, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := plane.StopEtcd(); err != nil {
		t.Fatal(err)
	}
	if err := plane.StartEtcd(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the object that was stored", func() bool {
		_, err := maps.Get(t.Context(), "kept", metav1.GetOptions{})
		return err == nil
	})
}

const widgets = `# A definition as controller-gen writes it begins with a separator.
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: widgets.example.com
spec:
  group: example.com
  names: {kind: Widget, listKind: WidgetList, plural: widgets, singular: widget}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          size: {type: integer, minimum: 1}
`

func TestWhatIsStoredOutlivesKills(t *testing.T) {
	maps := client(t, plane.Config()).CoreV1().ConfigMaps(newNamespace(t))
	for _, name := range []string{"before", "after"} {
		if _, err := maps.Create(t.Context(), &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
		plane.KillAPIServer()
		plane.KillEtcd()
		plane.KillAPIServer() // what is gone stays so
		if err := plane.StartEtcd(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := plane.StartAPIServer(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := maps.Get(t.Context(), name, metav1.GetOptions{}); err != nil {
			t.Errorf("%s the kill: %v", name, err)
		}
	}
}

func TestInstallCRDs(t *testing.T) {
	dir := t.TempDir()
	if err := plane.InstallCRDs(t.Context(), dir); err == nil {
		t.Error("an empty directory was accepted")
	}
	if err := os.WriteFile(filepath.Join(dir, "widgets.yaml"), []byte(widgets), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second finds it there
		if err := plane.InstallCRDs(t.Context(), dir); err != nil {
			t.Fatal(err)
		}
	}
	objects, err := dynamic.NewForConfig(plane.Config())
	if err != nil {
		t.Fatal(err)
	}
	client := objects.Resource(schema.GroupVersionResource{Group: "example.com", Version: "v1", Resource: "widgets"}).Namespace(newNamespace(t))
	widget := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "example.com/v1", "kind": "Widget",
		"metadata": map[string]any{"name": "small"}, "size": int64(0),
	}}
	if _, err := client.Create(t.Context(), widget, metav1.CreateOptions{}); !apierrors.IsInvalid(err) {
		t.Errorf("a size of 0 gets %v, want invalid", err)
	}
	widget.Object["size"] = int64(1)
	if _, err := client.Create(t.Context(), widget, metav1.CreateOptions{}); err != nil {
		t.Error(err)
	}

	stranger := strings.Replace(widgets, "kind: CustomResourceDefinition", "kind: ConfigMap", 1)
	if err := os.WriteFile(filepath.Join(dir, "stranger.yaml"), []byte(stranger), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := plane.InstallCRDs(t.Context(), dir); err == nil {
		t.Error("a ConfigMap was installed as a definition")
	}
}

func TestKubectl(t *testing.T) {
	output, err := plane.Kubectl(t.Context(), "version").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	if !strings.Contains(string(output), "Server Version: v1.") {
		t.Errorf("kubectl version says %s", output)
	}

	bob, err := plane.User("bob")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "kubeconfig")
	if err := WriteKubeconfig(path, bob); err != nil {
		t.Fatal(err)
	}
	output, err = plane.Kubectl(t.Context(), "--kubeconfig="+path, "auth", "whoami").CombinedOutput()
	if err != nil || !strings.Contains(string(output), "bob") {
		t.Errorf("kubectl auth whoami: %v: %s", err, output)
	}
}
