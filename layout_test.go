package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/gandi-operator/gandi-operator"

// rooms lists, for each package of ours, what it may import of ours.
// docs/ARCHITECTURE.md explains the arrows.
var rooms = map[string][]string{
	".":                       {"api/v1alpha1", "controllers", "controllers/account", "controllers/vm", "internal/account", "internal/engine", "internal/gandi", "internal/metrics", "internal/token"},
	"api/v1alpha1":            {},
	"controllers":             {"api/v1alpha1", "controllers/account", "controllers/disk", "controllers/iface", "controllers/site", "controllers/sshkey", "controllers/vlan", "controllers/vm", "internal/account", "internal/engine", "internal/gandi", "internal/metrics", "internal/operation", "internal/reference"},
	"controllers/account":     {"api/v1alpha1", "internal/account", "internal/condition", "internal/gandi", "internal/metrics", "internal/operation", "internal/token"},
	"controllers/disk":        {"api/v1alpha1", "internal/account", "internal/catalog", "internal/engine", "internal/gandi", "internal/size"},
	"controllers/iface":       {"api/v1alpha1", "internal/account", "internal/catalog", "internal/engine", "internal/gandi"},
	"controllers/site":        {"api/v1alpha1", "internal/account", "internal/condition", "internal/engine", "internal/gandi"},
	"controllers/sshkey":      {"api/v1alpha1", "internal/account", "internal/engine", "internal/gandi"},
	"controllers/vlan":        {"api/v1alpha1", "internal/account", "internal/catalog", "internal/engine", "internal/gandi"},
	"controllers/vm":          {"api/v1alpha1", "internal/account", "internal/catalog", "internal/engine", "internal/gandi", "internal/size"},
	"internal/account":        {"internal/gandi", "internal/metrics", "internal/operation", "internal/token"},
	"internal/catalog":        {"api/v1alpha1", "internal/engine", "internal/gandi"},
	"internal/chaos":          {},
	"internal/condition":      {"api/v1alpha1"},
	"internal/controlplane":   {},
	"internal/engine":         {"api/v1alpha1", "internal/account", "internal/condition", "internal/gandi", "internal/metrics", "internal/operation", "internal/reference", "internal/token"},
	"internal/gandi":          {},
	"internal/gandi/gandisim": {},
	"internal/metrics":        {},
	"internal/operation":      {"internal/gandi", "internal/metrics", "internal/token"},
	"internal/reference":      {"api/v1alpha1"},
	"internal/size":           {},
	"internal/token":          {},
	"cmd/gandisim":            {"internal/gandi/gandisim"},
	"internal/testkit":        {"*"},
	"e2e":                     {"*"},
	"e2e/demo":                {"*"},
	"e2e/soak":                {"*"},
}

// foreign lists what rooms may not import from outside.
var foreign = map[string][]string{
	"internal/gandi":          {"k8s.io/", "sigs.k8s.io/"},
	"internal/gandi/gandisim": {"k8s.io/", "sigs.k8s.io/", "testing", "github.com/kolo/"},
	"internal/operation":      {"k8s.io/", "sigs.k8s.io/"},
	"internal/token":          {"k8s.io/", "sigs.k8s.io/"},
	"controllers/disk":        {"sigs.k8s.io/controller-runtime"},
	"controllers/iface":       {"sigs.k8s.io/controller-runtime"},
	"controllers/site":        {"sigs.k8s.io/controller-runtime"},
	"controllers/sshkey":      {"sigs.k8s.io/controller-runtime"},
	"controllers/vlan":        {"sigs.k8s.io/controller-runtime"},
	"controllers/vm":          {"sigs.k8s.io/controller-runtime"},
}

// The arrows between rooms point one way (docs/ARCHITECTURE.md).
func TestArrows(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports,TestImports,XTestImports", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var pkg struct {
			ImportPath, Name string
			Imports          []string
		}
		if err := dec.Decode(&pkg); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
		room := strings.TrimPrefix(strings.TrimPrefix(pkg.ImportPath, module), "/")
		if room == "" {
			room = "."
		}
		may, known := rooms[room]
		if !known {
			t.Errorf("room %s is not in the table: say in one sentence what lives there, and add its row", room)
			continue
		}
		for _, imported := range pkg.Imports {
			for _, never := range foreign[room] {
				if strings.HasPrefix(imported, never) {
					t.Errorf("%s imports %s", room, imported)
				}
			}
			ours, found := strings.CutPrefix(imported, module+"/")
			if !found {
				continue
			}
			if ours == "internal/testkit" && room != "e2e" {
				t.Errorf("%s imports internal/testkit, which is for tests only", room)
			}
			if !slices.Contains(may, ours) && !slices.Contains(may, "*") {
				t.Errorf("%s imports %s, against the arrows", room, ours)
			}
		}
	}
}
