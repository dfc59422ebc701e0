package e2e

import (
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/yaml"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
)

// patience is how long a test waits for what usually takes a moment: two cores
// may be compiling something else meanwhile.
const patience = 2 * time.Minute

// Names by which the API server knows the kinds.
const (
	vms        = "gandivms"
	disks      = "gandidisks"
	interfaces = "gandiinterfaces"
	vlans      = "gandivlans"
	sshKeys    = "gandisshkeys"
	sites      = "gandisites"
	accounts   = "gandiaccounts"
)

// core is an administrator's client for Kubernetes' own kinds.
func core(t testing.TB) *kubernetes.Clientset {
	t.Helper()
	c, err := kubernetes.NewForConfig(plane.Config())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// objects is a client for objects of ours as they are on the wire: nothing is
// left out, added or converted, as a typed client would.
func objects(t testing.TB, config *rest.Config, resource, namespace string) dynamic.ResourceInterface {
	t.Helper()
	c, err := dynamic.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	return c.Resource(v1alpha1.GroupVersion.WithResource(resource)).Namespace(namespace)
}

// newNamespace is a fresh namespace; it goes with the control plane.
func newNamespace(t testing.TB) string {
	t.Helper()
	namespace, err := core(t).CoreV1().Namespaces().Create(t.Context(),
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "test-"}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return namespace.Name
}

// kubectl runs kubectl in a namespace and answers what it printed.
func kubectl(t testing.TB, namespace string, arguments ...string) (string, error) {
	t.Helper()
	output, err := plane.Kubectl(t.Context(), append([]string{"--namespace=" + namespace}, arguments...)...).CombinedOutput()
	return string(output), err
}

// mustKubectl is kubectl where a refusal ends the test.
func mustKubectl(t testing.TB, namespace string, arguments ...string) string {
	t.Helper()
	output, err := kubectl(t, namespace, arguments...)
	if err != nil {
		t.Fatalf("kubectl %s: %v\n%s", strings.Join(arguments, " "), err, output)
	}
	return output
}

// apply gives manifests to kubectl apply as a person does.
func apply(t testing.TB, namespace, manifests string) {
	t.Helper()
	command := plane.Kubectl(t.Context(), "--namespace="+namespace, "apply", "--server-side", "-f", "-")
	command.Stdin = strings.NewReader(manifests)
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("kubectl apply: %v\n%s\n%s", err, output, manifests)
	}
}

// eventually waits until holds, which says what it sees as long as it does not.
func eventually(t testing.TB, what string, holds func() (bool, string)) {
	t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		done, seen := holds()
		if done {
			return
		}
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("waited %s for %s; it is: %s", patience, what, seen)
		case <-t.Context().Done():
			t.Fatalf("the test ended while waiting for %s", what)
		}
	}
}

// manifest reads an object from YAML.
func manifest(t testing.TB, text string) *unstructured.Unstructured {
	t.Helper()
	raw, err := yaml.YAMLToJSONStrict([]byte(text))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	object := &unstructured.Unstructured{}
	if err := object.UnmarshalJSON(raw); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return object
}

// changed is a copy of object with a change merged in, as JSON merge patch does
// it: null removes.
func changed(t testing.TB, object *unstructured.Unstructured, change string) *unstructured.Unstructured {
	t.Helper()
	var patch map[string]any
	if err := yaml.UnmarshalStrict([]byte(change), &patch); err != nil {
		t.Fatalf("%v in\n%s", err, change)
	}
	merged := object.DeepCopy()
	merge(merged.Object, patch)
	return merged
}

func merge(into, patch map[string]any) {
	for name, value := range patch {
		switch value := value.(type) {
		case nil:
			delete(into, name)
		case map[string]any:
			inner, ok := into[name].(map[string]any)
			if !ok {
				inner = map[string]any{}
				into[name] = inner
			}
			merge(inner, value)
		default:
			into[name] = value
		}
	}
}

// part is a field of an object as kubectl would print it, "" where there is none.
func part(object *unstructured.Unstructured, path ...string) any {
	value, found, err := unstructured.NestedFieldNoCopy(object.Object, path...)
	if err != nil || !found {
		return ""
	}
	return value
}
