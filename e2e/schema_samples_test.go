package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const samples = "../config/samples"

// Whoever begins with a sample begins with something that is accepted as it is.
func TestEverySampleIsAccepted(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(samples, "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]bool{}
	namespace := newNamespace(t)
	for _, file := range files {
		if filepath.Base(file) == "kustomization.yaml" {
			continue
		}
		output, err := kubectl(t, namespace, "apply", "--dry-run=server", "--validate=strict", "-f", file)
		if err != nil {
			t.Errorf("%s: %v\n%s", file, err, output)
		}
		if strings.Contains(output, "Warning") {
			t.Errorf("%s: %s", file, output)
		}
		for line := range strings.Lines(output) {
			kind, _, _ := strings.Cut(line, "/")
			kinds[kind] = true
		}
	}
	for _, kind := range []string{"gandiaccount", "gandivm", "gandidisk", "gandiinterface", "gandivlan", "gandisshkey", "gandisite"} {
		if !kinds[kind+".hosting.gandi.net"] {
			t.Errorf("no sample of a %s; there are %v", kind, kinds)
		}
	}
	if output, err := kubectl(t, namespace, "apply", "--dry-run=server", "-k", samples); err != nil {
		t.Errorf("all that make demo applies: %v\n%s", err, output)
	}
}

// refersTo is the kind that a field of a spec refers to.
var refersTo = map[string]string{
	"accountRef": "GandiAccount", "credentialsSecretRef": "Secret", "passwordSecretRef": "Secret", "diskRef": "GandiDisk", "snapshotRef": "GandiDisk",
	"interfaceRef": "GandiInterface", "vlanRef": "GandiVLAN", "sshKeyRefs": "GandiSSHKey",
}

// references are all objects that a part of a spec names, as "kind name".
func references(field string, value any) []string {
	var all []string
	switch value := value.(type) {
	case map[string]any:
		if kind, ok := refersTo[field]; ok {
			name, _ := value["name"].(string)
			return []string{kind + " " + name}
		}
		for field, inner := range value {
			all = append(all, references(field, inner)...)
		}
	case []any:
		for _, inner := range value {
			all = append(all, references(field, inner)...)
		}
	}
	return all
}

// What a sample refers to is in a sample, and in the same datacenter.
func TestSamplesFitTogether(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(samples, "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	datacenters := map[string]any{} // of all samples, as "kind name"
	names := map[string][]string{}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for document := range strings.SplitSeq(string(raw), "\n---\n") {
			if !strings.Contains(document, "\nmetadata:") {
				continue
			}
			object := manifest(t, document)
			key := object.GetKind() + " " + object.GetName()
			datacenters[key] = part(object, "spec", "datacenter")
			names[key] = references("", part(object, "spec"))
		}
	}
	total := 0
	for key, refs := range names {
		for _, ref := range refs {
			total++
			got, ok := datacenters[ref]
			if !ok {
				t.Errorf("%s names %s, which is no sample", key, ref)
			} else if got != "" && got != datacenters[key] {
				t.Errorf("%s is in %v, and %s in %v", key, datacenters[key], ref, got)
			}
		}
	}
	if total < 8 {
		t.Errorf("only %d references were found in %v", total, names)
	}
}

// The samples of a VM and its parts become just that, applied in any order.
func TestSamplesBecomeReady(t *testing.T) {
	t.Parallel()
	s := manned(t)
	for _, name := range []string{"vm-with-disks", "disk-snapshot", "disk-data", "interface-private", "interface-public", "vlan", "ssh-key"} {
		mustKubectl(t, s.namespace, "apply", "-f", filepath.Join(samples, name+".yaml"))
	}
	mustKubectl(t, s.namespace, "wait", "--for=condition=Ready", "--timeout="+patience.String(),
		"gvm/database", "gdisk/data", "gdisk/data-before-upgrade", "giface/public", "giface/private", "gvlan/backend", "gkey/alice")

	st := s.vm("database").Status
	if len(st.Disks) != 2 || st.Disks[0].Size.String() != "20Gi" || st.Disks[1].Size.String() != "10Gi" || len(st.Interfaces) != 2 || st.IPv4 == "" ||
		!slices.Contains(st.Interfaces[1].Addresses, "192.168.1.10") || st.Hostname != "db.example.com" || st.State != "running" {
		t.Errorf("status does not tell the VM of the sample: %+v", st)
	}
	if output := mustKubectl(t, s.namespace, "get", "giface", "public", "-o", "jsonpath={.status.addresses[*].reverse}"); output != "db.example.com db.example.com" {
		t.Errorf("the addresses are called %q", output)
	}
	s.wantThings(3, "disks")

	s.Log("the VM goes, and its parts stay")
	mustKubectl(t, s.namespace, "delete", "gvm", "database", "--timeout="+patience.String())
	s.wantThings(0, "vms")
	s.wantThings(2, "disks", "ifaces")
	s.wantThings(1, "vlans", "sshkeys")
	mustKubectl(t, s.namespace, "patch", "gdisk", "data", "--type=merge", `--patch={"spec": {"deletionProtection": false}}`)
	mustKubectl(t, s.namespace, "delete", "gdisk,giface,gvlan,gkey", "--all", "--timeout="+patience.String())
	s.wantThings(0, "disks", "ifaces", "vlans", "sshkeys")
}
