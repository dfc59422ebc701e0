package e2e

import (
	"fmt"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
)

// household is everything that a VM can be made of, with the VM.
const household = `
---
apiVersion: hosting.gandi.net/v1alpha1
kind: GandiSSHKey
metadata: {name: me}
spec:
  publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl me@example.com
---
apiVersion: hosting.gandi.net/v1alpha1
kind: GandiVLAN
metadata: {name: lan}
spec: {datacenter: FR-SD3, name: office, subnet: 192.168.7.0/24, gateway: 192.168.7.254}
---
apiVersion: hosting.gandi.net/v1alpha1
kind: GandiInterface
metadata: {name: public}
spec: {datacenter: FR-SD3, ipVersion: 4, reverse: {ipv4: www.example.com}}
---
apiVersion: hosting.gandi.net/v1alpha1
kind: GandiInterface
metadata: {name: inside}
spec: {datacenter: FR-SD3, vlanRef: {name: lan}, address: 192.168.7.10}
---
apiVersion: hosting.gandi.net/v1alpha1
kind: GandiDisk
metadata: {name: root}
spec: {datacenter: FR-SD3, source: {image: {label: Debian 8 (HVM)}}}
---
apiVersion: hosting.gandi.net/v1alpha1
kind: GandiDisk
metadata: {name: data}
spec: {datacenter: FR-SD3, name: disk2gb, size: 10Gi}
---
apiVersion: hosting.gandi.net/v1alpha1
kind: GandiVM
metadata: {name: web}
spec:
  datacenter: FR-SD3
  memory: 512Mi
  systemDisk: {diskRef: {name: root}}
  disks: [{name: data, diskRef: {name: data}}]
  interfaces:
  - {name: a-public, interfaceRef: {name: public}}
  - {name: b-inside, interfaceRef: {name: inside}}
  bootstrap:
    sshKeyRefs: [{name: me}]
`

// A whole household comes to be by one kubectl apply, and goes in any order.
func TestHousehold(t *testing.T) {
	t.Parallel()
	s := manned(t)
	apply(t, s.namespace, household)
	s.waitGandiReady()

	vm := s.vm("web").Status
	if len(vm.Disks) != 2 || len(vm.Interfaces) != 2 || vm.IPv4 == "" || vm.State != "running" {
		t.Errorf("status tells %d disks, %d interfaces, address %q, state %s", len(vm.Disks), len(vm.Interfaces), vm.IPv4, vm.State)
	}
	s.wantThings(1, "vms", "vlans")
	s.wantThings(2, "disks", "ifaces")
	for _, line := range []struct{ kind, want string }{
		{"gdisk", "10Gi"}, {"gdisk", "web"}, {"giface", "192.168.7.10"}, {"giface", "web"}, {"gvlan", "192.168.7.0/24"}, {"gkey", "True"},
	} {
		if output := mustKubectl(t, s.namespace, "get", line.kind); !strings.Contains(output, line.want) {
			t.Errorf("kubectl get %s lacks %s:\n%s", line.kind, line.want, output)
		}
	}

	s.Log("the data disk grows, is taken off and put back")
	s.edit("gdisk", "data", `spec: {size: 12Gi}`)
	s.edit("gvm", "web", `spec: {disks: null}`)
	s.waitGandiReady()
	s.eventually("the data disk to be free", func() (bool, string) {
		output := mustKubectl(t, s.namespace, "get", "gdisk", "data", "-o", "jsonpath={.status.attachedTo.name} {.status.size}")
		return strings.TrimSpace(output) == "12Gi", output
	})
	s.edit("gvm", "web", `spec: {disks: [{name: data, diskRef: {name: data}, readOnly: true}]}`)
	s.waitGandiReady()

	s.Log("a snapshot, and back to it")
	apply(t, s.namespace, "---\napiVersion: hosting.gandi.net/v1alpha1\nkind: GandiDisk\nmetadata: {name: night}\nspec: {datacenter: FR-SD3, type: snapshot, source: {diskRef: {name: data}}}\n")
	s.waitGandiReady()
	s.edit("gdisk", "data", `spec: {rollback: {snapshotRef: {name: night}, requestedAt: now}}`)
	s.eventually("the rollback", func() (bool, string) {
		output := mustKubectl(t, s.namespace, "get", "gdisk", "data", "-o", "jsonpath={.status.lastHandledRollbackAt} {.status.attachedTo.name} {.status.detachFor}")
		return strings.TrimSpace(output) == "now web", output
	})
	s.waitGandiReady()
	if n := s.called("hosting.disk.rollback_from"); n != 1 {
		t.Errorf("rolled back %d times", n)
	}

	s.Log("deletion waits for whom it has to")
	mustKubectl(t, s.namespace, "delete", "gdisk", "data", "--wait=false")
	s.eventually("the disk to say who has it", func() (bool, string) {
		output := mustKubectl(t, s.namespace, "get", "gdisk", "data", "-o", `jsonpath={.status.conditions[?(@.type=="Ready")].reason}: {.status.conditions[?(@.type=="Ready")].message}`)
		return strings.HasPrefix(output, v1alpha1.ReasonAttached) && strings.Contains(output, "web"), output
	})
	s.delete("web")
	s.eventually("the disk's end", func() (bool, string) {
		output := mustKubectl(t, s.namespace, "get", "gdisk", "-o", "name")
		return !strings.Contains(output, "/data"), output
	})
	s.wantThings(0, "vms")
	s.wantThings(2, "disks", "ifaces") // root and night; public and inside
}

// A namespace with a whole household goes, with nothing left behind and nothing
// of others touched.
func TestAHouseholdsNamespaceIsDeleted(t *testing.T) {
	t.Parallel()
	s := manned(t)
	foreign := s.foreign("stranger")
	apply(t, s.namespace, household)
	s.waitGandiReady()

	mustKubectl(t, s.namespace, "delete", "namespace", s.namespace, "--wait=false")
	s.eventually("the namespace's end", func() (bool, string) {
		namespace, err := core(t).CoreV1().Namespaces().Get(t.Context(), s.namespace, metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			return true, ""
		}
		if err != nil {
			t.Fatal(err)
		}
		return false, namespaceTells(namespace)
	})
	s.wantThings(0, "vlans", "sshkeys")
	s.wantThings(1, "vms", "disks", "ifaces")
	if at := s.thing(foreign); at["state"] != "running" {
		t.Errorf("the stranger's VM is %v", at["state"])
	}
}

// waitGandiReady waits until every object of every kind is Ready.
func (s *station) waitGandiReady() {
	s.Helper()
	s.eventually("everything to be Ready", func() (bool, string) {
		output := mustKubectl(s, s.namespace, "get", "gandi", "-o", "json")
		all := manifest(s, output)
		items := itemsOf(all.Object)
		for _, one := range items {
			if !ready(one) {
				return false, fmt.Sprint(one)
			}
		}
		return len(items) > 0, output
	})
}

func itemsOf(list map[string]any) (items []map[string]any) {
	raw, _ := list["items"].([]any)
	for _, one := range raw {
		if m, ok := one.(map[string]any); ok {
			items = append(items, m)
		}
	}
	return items
}

// ready tells whether an object's status says so of its present generation.
func ready(one map[string]any) bool {
	metadata, _ := one["metadata"].(map[string]any)
	status, _ := one["status"].(map[string]any)
	conditions, _ := status["conditions"].([]any)
	for _, c := range conditions {
		if m, ok := c.(map[string]any); ok && m["type"] == v1alpha1.ConditionReady {
			return m["status"] == string(metav1.ConditionTrue) && m["observedGeneration"] == metadata["generation"]
		}
	}
	return false
}
