package e2e

import (
	"os"
	"path/filepath"
	"regexp"
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
	for _, kind := range []string{"gandiaccount", "gandivm", "gandidisk", "gandiinterface", "gandivlan", "gandisshkey"} {
		if !kinds[kind+".hosting.gandi.net"] {
			t.Errorf("no sample of a %s; there are %v", kind, kinds)
		}
	}
	if output, err := kubectl(t, namespace, "apply", "--dry-run=server", "-k", samples); err != nil {
		t.Errorf("all that make demo applies: %v\n%s", err, output)
	}
}

// So is every manifest of the guide.
func TestEveryManifestOfTheGuideIsAccepted(t *testing.T) {
	text, err := os.ReadFile("../docs/guide.md")
	if err != nil {
		t.Fatal(err)
	}
	namespace := newNamespace(t)
	kinds := map[string]int{}
	for _, block := range regexp.MustCompile("(?s)\n```yaml\n(.*?)\n```\n").FindAllStringSubmatch(string(text), -1) {
		for _, document := range strings.Split(block[1], "\n---\n") {
			if !strings.HasPrefix(document, "apiVersion: ") {
				continue // a part of a manifest
			}
			object := manifest(t, document)
			kinds[object.GetKind()]++
			if err := dryRun(t, strings.ToLower(object.GetKind())+"s", namespace, object); err != nil {
				t.Errorf("%v\n%s", err, document)
			}
		}
	}
	for _, kind := range []string{"GandiAccount", "GandiVM", "GandiDisk", "GandiInterface", "GandiVLAN", "GandiSSHKey"} {
		if kinds[kind] == 0 {
			t.Errorf("the guide shows no %s, only %v", kind, kinds)
		}
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
		for _, document := range strings.Split(string(raw), "\n---\n") {
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
