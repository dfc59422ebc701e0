package main

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/gandi-operator/gandi-operator/internal/condition"
	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
)

// Whoever reads a condition finds its type and its reason explained.
func TestEveryConditionIsExplained(t *testing.T) {
	text := read(t, "docs/conditions.md")
	for _, word := range append(condition.Types(), condition.Reasons()...) {
		if !strings.Contains(text, "\n| `"+word+"` | ") {
			t.Errorf("docs/conditions.md has no row for %s: say what it means and what to do", word)
		}
	}
}

// Every unknown of the API that the simulator can switch is in the fact sheet.
func TestEverySwitchIsExplained(t *testing.T) {
	text := read(t, "docs/gandi-api.md")
	for _, s := range gandisim.Switches() {
		if !strings.Contains(text, "`"+s.Name+"`") {
			t.Errorf("docs/gandi-api.md does not name the switch %s", s.Name)
		}
	}
}

// Every direct requirement says in one line why it is here.
func TestEveryDependencyIsExplained(t *testing.T) {
	text := read(t, "docs/dependencies.md")
	direct, _, _ := strings.Cut(read(t, "go.mod"), "\n)")
	for _, m := range regexp.MustCompile(`\n\t(\S+) v`).FindAllStringSubmatch(direct, -1) {
		if !strings.Contains(text, m[1]) {
			t.Errorf("docs/dependencies.md does not say why %s is required", m[1])
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
