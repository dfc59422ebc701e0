package gandi

import (
	"context"
	"fmt"
)

// Kernels lists the kernels that disks of a datacenter may boot, by flavour such as "linux" or "linux-hvm". Names end in
// "(deprecated)" where Gandi advises against them; they are names all the same.
func (c *Client) Kernels(ctx context.Context, id DatacenterID) (map[string][]string, error) {
	return readAs(ctx, c, "hosting.disk.list_kernels", []any{int(id)}, parseKernels)
}

func parseKernels(v any) (map[string][]string, error) {
	m, ok := asStruct(v)
	if !ok {
		return nil, fmt.Errorf("the reply is %s where a struct is meant", kindOf(v))
	}
	kernels := make(map[string][]string, len(m))
	for flavour, list := range m {
		names := []string{}
		for _, e := range asList(list) {
			name, ok := toString(e)
			if !ok {
				return nil, fmt.Errorf("a kernel is %s where a name is meant", kindOf(e))
			}
			names = append(names, name)
		}
		kernels[flavour] = names
	}
	return kernels, nil
}
