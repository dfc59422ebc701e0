package token

import (
	"fmt"
	"regexp"
	"testing"
)

func TestOfFitsEveryCarrier(t *testing.T) {
	diskName := regexp.MustCompile(`^[0-9a-z]{15}$`)
	for _, installation := range []string{"ab12", "", "A cluster of ours", "ünï", "production"} {
		for _, name := range []string{"web", "", "a-name.with.dots", "a name that is far longer than anything Gandi would take"} {
			tok := Of(installation, "GandiVM", "default", name)
			if !diskName.MatchString(tok) || !Valid(tok) {
				t.Errorf("Of(%q, %q) = %q does not fit", installation, name, tok)
			}
			if part, ok := Installation(tok); !ok || part != Part(installation) {
				t.Errorf("Installation(%q) = %q, %v; want %q", tok, part, ok, Part(installation))
			}
		}
	}
}

// A changed token would lose everything bought under the old one.
func TestOfNeverChanges(t *testing.T) {
	for _, c := range []struct{ installation, kind, namespace, name, want string }{
		{"ab12", "GandiVM", "default", "web", "gab12j8itg7xo7m"},
		{"ab12", "GandiDisk", "default", "web", "gab12byrxm89opd"},
		{"My cluster", "GandiVM", "shop", "web", "gdnm4j0y0sfdss3"},
	} {
		if got := Of(c.installation, c.kind, c.namespace, c.name); got != c.want {
			t.Errorf("Of(%q, %q, %q, %q) = %q, want %q", c.installation, c.kind, c.namespace, c.name, got, c.want)
		}
	}
}

func TestOfTellsIdentitiesApart(t *testing.T) {
	seen := map[string]string{}
	note := func(installation, kind, namespace, name string) {
		t.Helper()
		tok, id := Of(installation, kind, namespace, name), fmt.Sprintf("%q %q %q %q", installation, kind, namespace, name)
		if other, ok := seen[tok]; ok {
			t.Errorf("%s and %s share %s", id, other, tok)
		}
		seen[tok] = id
	}
	note("ab12", "GandiVM", "a", "bc")
	note("ab12", "GandiVM", "ab", "c")
	note("ab12", "GandiVMa", "b", "c")
	note("ab13", "GandiVM", "a", "bc")
	for i := range 20_000 {
		note("ab12", "GandiVM", "default", fmt.Sprintf("vm-%d", i))
	}
}

func TestValid(t *testing.T) {
	for s, want := range map[string]bool{
		"gab12zpo9k6xz2b":  true,
		"gab12zpo9k6xz2":   false,
		"gab12zpo9k6xz2bb": false,
		"xab12zpo9k6xz2b":  false,
		"gAb12zpo9k6xz2b":  false,
		"gab12zpo-k6xz2b":  false,
		"gab12zpoék6xz2":   false,
		"":                 false,
	} {
		if got := Valid(s); got != want {
			t.Errorf("Valid(%q) = %v, want %v", s, got, want)
		}
		if part, ok := Installation(s); ok != want || (ok && part != "ab12") {
			t.Errorf("Installation(%q) = %q, %v", s, part, ok)
		}
	}
}

func TestNewInstallation(t *testing.T) {
	shape := regexp.MustCompile(`^[0-9a-z]{4}$`)
	seen := map[string]bool{}
	for range 200 {
		id := NewInstallation()
		if !shape.MatchString(id) {
			t.Fatalf("NewInstallation() = %q", id)
		}
		if got := Part(id); got != id {
			t.Errorf("Part(%q) = %q: a drawn id must stand in tokens as it is", id, got)
		}
		seen[id] = true
	}
	if len(seen) < 190 {
		t.Errorf("%d different ids of 200", len(seen))
	}
}
