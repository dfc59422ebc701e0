// Package size turns Kubernetes' quantities into Gandi's MB and back. A MB of
// Gandi's is 1024 * 1024 bytes (docs/gandi-api.md, units).
package size

import "k8s.io/apimachinery/pkg/api/resource"

// MB is a quantity in MB, rounded down; 0 when unset.
func MB(q *resource.Quantity) int {
	if q == nil {
		return 0
	}
	return int(q.Value() >> 20)
}

// Quantity is so many MB, as people write it: 512Mi, 2Gi.
func Quantity(mb int) *resource.Quantity {
	return resource.NewQuantity(int64(mb)<<20, resource.BinarySI)
}
