package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/dynamic"
	"sigs.k8s.io/yaml"
)

// The API server takes every definition as it is written: no rule costs too
// much, no part of a schema is dropped, and no short name is another kind's.
func TestDefinitionsAreAccepted(t *testing.T) {
	c, err := dynamic.NewForConfig(plane.Config())
	if err != nil {
		t.Fatal(err)
	}
	definitions := c.Resource(apiextensionsv1.SchemeGroupVersion.WithResource("customresourcedefinitions"))
	files, err := filepath.Glob(filepath.Join(crds(), "*.yaml"))
	if err != nil || len(files) != 7 {
		t.Fatalf("%d definitions, %v", len(files), err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var written, has apiextensionsv1.CustomResourceDefinition
		if err := yaml.UnmarshalStrict(raw, &written); err != nil {
			t.Fatal(err)
		}
		object, err := definitions.Get(t.Context(), written.Name, metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, &has); err != nil {
			t.Fatal(err)
		}
		for _, condition := range has.Status.Conditions {
			good := condition.Type == apiextensionsv1.Established || condition.Type == apiextensionsv1.NamesAccepted
			if (condition.Status == apiextensionsv1.ConditionTrue) != good {
				t.Errorf("%s is %s=%s: %s", has.Name, condition.Type, condition.Status, condition.Message)
			}
		}
		if got := has.Status.AcceptedNames; len(got.ShortNames) != 1 || len(got.Categories) != 1 || got.Categories[0] != "gandi" {
			t.Errorf("%s is known as %+v", has.Name, got)
		}
	}
}

// The rules judge the biggest objects that the schema takes, and their edits: no
// rule runs out of its budget, which would refuse everything about such an object.
func TestTheBiggestObjectsAreJudged(t *testing.T) {
	entries := func(n int, entry string) string {
		var all []string
		for i := range n {
			number := fmt.Sprintf("%02d", i)
			all = append(all, strings.NewReplacer("NAME", strings.Repeat("n", 61)+number, "REF", strings.Repeat("r", 251)+number, "NUMBER", fmt.Sprint(i)).Replace(entry))
		}
		return "[" + strings.Join(all, ", ") + "]"
	}
	name := strings.Repeat("é", 255)
	long := strings.Repeat("l", 63)
	reverse := strings.Repeat(long+".", 3) + long[:61]
	adopt := `adopt: {filter: {name: "` + name + `", datacenter: ` + strings.Repeat("d", 128) + `}}`
	words := `name: "` + name + `", kernel: ` + strings.Repeat("k", 128) + `, cmdline: "` + strings.Repeat("c", 1024) + `", snapshotProfile: ` + strings.Repeat("p", 64)
	namespace := newNamespace(t)
	for _, r := range []struct{ resource, base, spec, status, edit, want string }{
		{
			vms, baseVM,
			`spec: {hostname: "` + strings.Repeat("é", 63) + `", systemDisk: {size: 1048576Gi, ` + words + `},
				disks: ` + entries(16, `{name: NAME, diskRef: {name: REF}, position: NUMBER}`) + `,
				interfaces: ` + entries(8, `{name: NAME, interfaceRef: {name: REF}}`) + `,
				bootstrap: {script: "` + strings.Repeat("s", 16384) + `", sshKeyRefs: ` + entries(32, `{name: REF}`) + `}}`,
			`status: {id: 5, systemDiskID: 1, disks: ` + entries(64, `{id: NUMBER, position: NUMBER, size: 1048576Gi}`) + `}`,
			`spec: {systemDisk: {size: 1Gi}}`, "spec.systemDisk.size can't be lowered",
		},
		{
			disks, baseDisk,
			`spec: {size: 1048576Gi, ` + adopt + `, ` + words + `, rollback: {requestedAt: ` + strings.Repeat("r", 128) + `, snapshotRef: {name: ` + strings.Repeat("r", 253) + `}}}`,
			`status: {id: 5, size: 1048576Gi}`,
			`spec: {size: 1Gi}`, "spec.size can't be lowered",
		},
		{
			interfaces, baseInterface,
			`spec: {ipVersion: null, vlanRef: {name: ` + strings.Repeat("r", 253) + `}, address: 192.168.100.100, reverse: {ipv4: ` + reverse + `, ipv6: ` + reverse + `}}`,
			`status: {id: 5}`,
			`spec: {address: 192.168.100.101}`, "spec.address can't be changed",
		},
		{
			vlans, baseVLAN,
			`spec: {name: "` + name + `", subnet: 192.168.100.128/25, gateway: 192.168.100.254}`,
			`status: {id: 5}`,
			`spec: {subnet: 192.168.100.0/24}`, "spec.subnet can't be changed",
		},
		{
			sshKeys, baseSSHKey,
			`spec: {name: "` + name + `", publicKey: ssh-rsa ` + strings.Repeat("A", 8184) + `}`,
			`status: {id: 5}`,
			`spec: {publicKey: ssh-rsa ` + strings.Repeat("B", 8184) + `}`, "spec.publicKey can't be changed",
		},
		{
			sites, baseSite,
			`spec: {name: "` + name + `", provider: ` + strings.Repeat("p", 64) + `, package: ` + strings.Repeat("p", 64) + `, duration: 999m,
				adopt: {filter: {name: "` + name + `", vhost: ` + reverse + `}}, vhosts: ` + entries(20, long+`.`+long+`.`+long+`.`+long[:51]+`NUMBER.example`) + `}`,
			`status: {id: 5, vhosts: ` + entries(64, reverse) + `, dnsChallenges: ` + entries(32, `{host: `+reverse+`, type: TXT, value: "`+name+`"}`) + `}`,
			`spec: {vhosts: [` + reverse + `, ` + reverse + `]}`, vhostsOnce,
		},
	} {
		t.Run(r.resource, func(t *testing.T) {
			object := stored(t, r.resource, namespace, r.base, r.spec, r.status)
			judge(t, dryEdit(t, r.resource, object, `spec: {deletionProtection: true}`), "")
			judge(t, dryEdit(t, r.resource, object, r.edit), r.want)
			if err := objects(t, plane.Config(), r.resource, namespace).Delete(t.Context(), object.GetName(), metav1.DeleteOptions{}); err != nil {
				t.Error(err)
			}
		})
	}
}
