package e2e

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// busyVM is the status of a VM whose columns are as wide as they come.
const busyVM = `status:
  observedGeneration: 1
  id: 123456
  state: being_migrated
  cores: 12
  memory: 24576Mi
  maxMemory: 24Gi
  image: Ubuntu 14.04 64 bits LTS (HVM)
  ipv4: 203.113.254.199
  ipv6: "2001:4b98:dc0:41:216:3eff:fe28:f2ea"
  datacenter: {id: 4, name: FR-SD3}
  conditions:
  - {type: Ready, status: "False", reason: ConfirmingCall, message: "", observedGeneration: 1, lastTransitionTime: "2026-01-01T00:00:00Z"}
  - {type: OperationInProgress, status: "True", reason: vm_disk_detach, message: "", observedGeneration: 1, lastTransitionTime: "2026-01-01T00:00:00Z"}
`

func TestKubectlGet(t *testing.T) {
	namespace := newNamespace(t)
	client := objects(t, plane.Config(), vms, namespace)
	for _, name := range []string{"web", "frontend-production-1"} {
		object, err := client.Create(t.Context(), changed(t, manifest(t, baseVM), `metadata: {name: `+name+`}`), metav1.CreateOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.UpdateStatus(t.Context(), changed(t, object, busyVM), metav1.UpdateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	account, err := objects(t, plane.Config(), accounts, namespace).Create(t.Context(), manifest(t, baseAccount), metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	told := changed(t, account, `status: {handle: AB1234-GANDI, ratingMode: Credits, credits: 123456789, apiVersion: "3.3.42", breaker: Closed,
		conditions: [{type: Ready, status: "True", reason: AccountReady, message: "", lastTransitionTime: "2026-01-01T00:00:00Z"}]}`)
	if _, err := objects(t, plane.Config(), accounts, namespace).UpdateStatus(t.Context(), told, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}

	for _, r := range []struct {
		arguments string
		columns   string
		shows     []string
	}{
		{"gvm", "NAME READY STATE CORES MEMORY IPV4 DATACENTER OPERATION AGE", []string{"frontend-production-1", "False", "being_migrated", "24576Mi", "203.113.254.199", "FR-SD3", "vm_disk_detach"}},
		{"gandivms", "NAME READY STATE CORES MEMORY IPV4 DATACENTER OPERATION AGE", nil},
		{"gacc", "NAME READY HANDLE MODE CREDITS API BREAKER AGE", []string{"default", "True", "AB1234-GANDI", "Credits", "123456789", "3.3.42", "Closed"}},
	} {
		output := mustKubectl(t, namespace, "get", r.arguments)
		lines := strings.Split(strings.TrimSuffix(output, "\n"), "\n")
		if got := strings.Join(strings.Fields(lines[0]), " "); got != r.columns {
			t.Errorf("kubectl get %s has the columns %s, want %s", r.arguments, got, r.columns)
		}
		for _, line := range lines {
			if n := utf8.RuneCountInString(strings.TrimRight(line, " ")); n > 120 {
				t.Errorf("kubectl get %s needs %d columns of the terminal:\n%s", r.arguments, n, output)
			}
		}
		for _, want := range r.shows {
			if !strings.Contains(output, want) {
				t.Errorf("kubectl get %s shows no %s:\n%s", r.arguments, want, output)
			}
		}
	}

	wide := mustKubectl(t, namespace, "get", "gvm", "web", "--output=wide")
	for _, want := range []string{"ID", "123456", "IPV6", "2001:4b98:dc0:41:216:3eff:fe28:f2ea", "IMAGE", "Ubuntu 14.04 64 bits LTS (HVM)", "MAXMEMORY", "24Gi", "REASON", "ConfirmingCall"} {
		if !strings.Contains(wide, want) {
			t.Errorf("kubectl get gvm --output=wide shows no %s:\n%s", want, wide)
		}
	}

	names := strings.Fields(mustKubectl(t, namespace, "get", "gandi", "--output=name"))
	slices.Sort(names)
	want := []string{"gandiaccount.hosting.gandi.net/default", "gandivm.hosting.gandi.net/frontend-production-1", "gandivm.hosting.gandi.net/web"}
	if !slices.Equal(names, want) {
		t.Errorf("kubectl get gandi lists %v, want %v", names, want)
	}
}

func TestKubectlExplain(t *testing.T) {
	for _, r := range []struct {
		field string
		says  []string
	}{
		{"gandivm", []string{"virtual machine at Gandi"}},
		{"gandivm.spec", []string{"accountRef", "memory between 256Mi and 24576Mi", "deletionProtection"}},
		{"gandivm.spec.memory", []string{"between 256Mi and 24576Mi in steps of 64Mi"}},
		{"gandivm.spec.hostname", []string{"63 Unicode characters"}},
		{"gandivm.spec.image.id", []string{"disk_id"}},
		{"gandivm.spec.bootstrap.passwordSecretRef", []string{"8 to 64 printable ASCII"}},
		{"gandivm.spec.deletionPolicy", []string{"Retain for what it adopted"}},
		{"gandivm.status.plan", []string{"steps still to come"}},
		{"gandiaccount.spec", []string{"endpoint", "settle"}},
		{"gandiaccount.spec.settle", []string{"buy twice"}},
		{"gandiaccount.spec.credentialsSecretRef", []string{"24 letters and digits"}},
	} {
		output := strings.Join(strings.Fields(mustKubectl(t, "default", "explain", r.field)), " ")
		for _, want := range r.says {
			if !strings.Contains(output, want) {
				t.Errorf("kubectl explain %s does not say %q:\n%s", r.field, want, output)
			}
		}
	}
	// Every field of the spec that a person may write says what it is for.
	for _, kind := range []string{"gandivm", "gandiaccount"} {
		output := mustKubectl(t, "default", "explain", "--recursive=false", kind+".spec")
		if strings.Contains(output, "<no description>") {
			t.Errorf("a field of %s.spec has no description:\n%s", kind, output)
		}
	}
}

// A person, the operator's metadata patches and its status writes own different
// fields of one object, and none takes anything from another.
func TestThreeOwnersDoNotFight(t *testing.T) {
	namespace := newNamespace(t)
	client := objects(t, plane.Config(), vms, namespace)
	applyAs := func(manager, text string) {
		t.Helper()
		if _, err := client.Apply(t.Context(), "web", manifest(t, text), metav1.ApplyOptions{FieldManager: manager}); err != nil {
			t.Fatalf("%s: %v", manager, err)
		}
	}
	patch := func(text string, subresources ...string) {
		t.Helper()
		if _, err := client.Patch(t.Context(), "web", types.MergePatchType, []byte(text), metav1.PatchOptions{FieldManager: "gandi-operator"}, subresources...); err != nil {
			t.Fatal(err)
		}
	}
	// A finalizer without a manager would hold the namespace and the definition.
	defer patch(`{"metadata": {"finalizers": null}}`)
	first := baseVM + "  cores: 2\n"
	applyAs("person", first)
	patch(`{"metadata": {"finalizers": ["hosting.gandi.net/finalizer"], "annotations": {"hosting.gandi.net/external": "AB1234-GANDI/vm/5/gabcd0123456789"}}}`)
	patch(`{"status": {"observedGeneration": 1, "id": 5, "conditions": [{"type": "Ready", "status": "True", "reason": "InSync", "message": "", "lastTransitionTime": "2026-01-01T00:00:00Z"}]}}`, "status")
	// The same once more, and then less of it: neither conflicts.
	applyAs("person", first)
	applyAs("person", baseVM)

	object, err := client.Get(t.Context(), "web", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got := part(object, "spec", "cores"); got != "" {
		t.Errorf("a field that its owner does not apply any more is still %v", got)
	}
	if got := object.GetFinalizers(); !slices.Equal(got, []string{"hosting.gandi.net/finalizer"}) {
		t.Errorf("the finalizers are %v", got)
	}
	if got := object.GetAnnotations()["hosting.gandi.net/external"]; got == "" {
		t.Error("the operator's annotation is gone")
	}
	if got := part(object, "status", "id"); got != int64(5) {
		t.Errorf("status.id is %v", got)
	}

	// A status in a person's manifest is not theirs to write.
	applyAs("person", baseVM+"status:\n  id: 7\n")
	if object, err = client.Get(t.Context(), "web", metav1.GetOptions{}); err != nil {
		t.Fatal(err)
	}
	if got := part(object, "status", "id"); got != int64(5) {
		t.Errorf("a person's apply set status.id to %v", got)
	}

	// kubectl's own client-side apply, which replaces nobody's fields either.
	command := plane.Kubectl(t.Context(), "--namespace="+namespace, "apply", "-f", "-")
	command.Stdin = strings.NewReader(strings.Replace(baseVM, "512Mi", "1Gi", 1))
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	if object, err = client.Get(t.Context(), "web", metav1.GetOptions{}); err != nil {
		t.Fatal(err)
	}
	if len(object.GetFinalizers()) != 1 || part(object, "status", "id") != int64(5) || part(object, "spec", "memory") != "1Gi" {
		t.Errorf("after a client-side apply it is %v", object.Object)
	}
}
