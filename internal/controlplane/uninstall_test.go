package controlplane

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
)

// The script by which make uninstall and make undeploy find out whether they may
// go on has no other server to be tried on.
func TestUninstallRefusesWhileObjectsExist(t *testing.T) {
	root, err := Root()
	if err != nil {
		t.Fatal(err)
	}
	refuse := func(environment ...string) (string, bool) {
		t.Helper()
		command := exec.CommandContext(t.Context(), filepath.Join(root, "hack", "refuse-while-objects-exist.sh"))
		command.Env = append(os.Environ(),
			"KUBECTL="+plane.KubectlPath()+" --cache-dir="+t.TempDir(), "KUBECONFIG="+plane.Kubeconfig(), "CONFIRM=")
		command.Env = append(command.Env, environment...)
		output, err := command.CombinedOutput()
		return string(output), err == nil
	}

	if output, allowed := refuse(); !allowed {
		t.Errorf("refused without definitions: %s", output)
	}

	dir := t.TempDir()
	definition := strings.NewReplacer("example.com", "hosting.gandi.net", "name: v1", "name: v1alpha1").Replace(widgets)
	if err := os.WriteFile(filepath.Join(dir, "widgets.yaml"), []byte(definition), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := plane.InstallCRDs(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	if output, allowed := refuse(); !allowed {
		t.Errorf("refused without objects: %s", output)
	}

	objects, err := dynamic.NewForConfig(plane.Config())
	if err != nil {
		t.Fatal(err)
	}
	widgets := objects.Resource(schema.GroupVersionResource{Group: "hosting.gandi.net", Version: "v1alpha1", Resource: "widgets"}).Namespace(newNamespace(t))
	widget := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "hosting.gandi.net/v1alpha1", "kind": "Widget", "metadata": map[string]any{"name": "left-behind"},
	}}
	if _, err := widgets.Create(t.Context(), widget, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	if output, allowed := refuse(); allowed || !strings.Contains(output, "left-behind") || !strings.Contains(output, "CONFIRM=release") {
		t.Errorf("with an object: allowed %t, saying %s", allowed, output)
	}
	if output, allowed := refuse("CONFIRM=release"); !allowed || !strings.Contains(output, "left-behind") {
		t.Errorf("confirmed: allowed %t, saying %s", allowed, output)
	}
	if output, allowed := refuse("KUBECONFIG=" + filepath.Join(dir, "nowhere")); allowed {
		t.Errorf("allowed though no cluster answers: %s", output)
	}

	if err := widgets.Delete(t.Context(), "left-behind", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the object's end", func() bool {
		_, err := widgets.Get(t.Context(), "left-behind", metav1.GetOptions{})
		return apierrors.IsNotFound(err)
	})
	if output, allowed := refuse(); !allowed {
		t.Errorf("refused after the last object went: %s", output)
	}
}
