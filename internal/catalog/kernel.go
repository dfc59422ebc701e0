package catalog

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// CheckKernel makes sure that Gandi offers a kernel of that name in dc.
func CheckKernel(ctx context.Context, offer engine.Catalog, dc gandi.DatacenterID, name string) error {
	all, err := offer.Kernels(ctx, dc)
	if err != nil {
		return fmt.Errorf("listing kernels: %w", err)
	}
	var names []string
	for _, flavour := range slices.Sorted(maps.Keys(all)) {
		names = append(names, all[flavour]...)
	}
	if slices.Contains(names, name) {
		return nil
	}
	offer.RefreshCatalog()
	return &engine.Missing{Reason: v1alpha1.ReasonKernelNotFound,
		Message: fmt.Sprintf("datacenter %d has no kernel %q; there are: %s", dc, name, listed(names))}
}

// listed names things, as far as they fit a condition's message.
func listed(names []string) string {
	const most = 40
	switch n := len(names); {
	case n == 0:
		return "none"
	case n > most:
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), n-most)
	default:
		return strings.Join(names, ", ")
	}
}

// SameCmdline tells whether the command line that a person writes says what
// Gandi tells: the same words, each "name" or "name=value", in any order.
func SameCmdline(written string, told map[string]any) bool {
	words := map[string]string{}
	for word := range strings.FieldsSeq(written) {
		name, value, _ := strings.Cut(word, "=")
		words[name] = value
	}
	there := map[string]string{}
	for name, v := range told {
		switch v := v.(type) {
		case bool:
			if v {
				there[name] = ""
			}
		default:
			there[name] = fmt.Sprint(v)
		}
	}
	return maps.Equal(words, there)
}

// Cmdline is what Gandi tells as one line, by name.
func Cmdline(told map[string]any) string {
	var words []string
	for _, name := range slices.Sorted(maps.Keys(told)) {
		switch v := told[name].(type) {
		case bool:
			if v {
				words = append(words, name)
			}
		default:
			words = append(words, fmt.Sprintf("%s=%v", name, v))
		}
	}
	return strings.Join(words, " ")
}
