package condition_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gandi-operator/gandi-operator/internal/condition"
)

// The lists of this package and the constants of the API name the same things.
func TestListsMatchTheConstants(t *testing.T) {
	var types, reasons []string
	for name, value := range constants(t, "../../api/v1alpha1/conditions.go") {
		switch {
		case strings.HasPrefix(name, "Condition"):
			types = append(types, value)
		case strings.HasPrefix(name, "Reason"):
			reasons = append(reasons, value)
		default:
			t.Errorf("constant %s is neither a Condition nor a Reason", name)
		}
	}
	for _, c := range []struct {
		what      string
		want, got []string
	}{{"types", types, condition.Types()}, {"reasons", reasons, condition.Reasons()}} {
		slices.Sort(c.want)
		slices.Sort(c.got)
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Errorf("%s of the API and of this package (-api +here):\n%s", c.what, diff)
		}
	}
}

func constants(t *testing.T, path string) map[string]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		for i, name := range spec.Names {
			lit, ok := spec.Values[i].(*ast.BasicLit)
			if !ok {
				t.Fatalf("constant %s is no literal", name.Name)
			}
			value, err := strconv.Unquote(lit.Value)
			if err != nil {
				t.Fatal(err)
			}
			values[name.Name] = value
		}
		return false
	})
	return values
}
