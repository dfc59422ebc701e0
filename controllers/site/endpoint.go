package site

import (
	"reflect"
	"slices"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
)

// The API of external-dns by which it is told records.
const (
	endpointVersion = "externaldns.k8s.io/v1alpha1"
	endpointKind    = "DNSEndpoint"
)

// endpointOf is the DNSEndpoint that asks external-dns for records.
func endpointOf(obj object, records []v1alpha1.DNSChallenge) *engine.Companion {
	endpoints := []any{}
	at := map[[2]string]map[string]any{}
	for _, r := range records {
		key := [2]string{r.Host, r.Type}
		if one := at[key]; one != nil {
			if targets, _ := one["targets"].([]any); !slices.Contains(targets, any(r.Value)) {
				one["targets"] = append(targets, r.Value)
			}
			continue
		}
		at[key] = map[string]any{"dnsName": r.Host, "recordType": r.Type, "recordTTL": int64(ttl(r)), "targets": []any{r.Value}}
		endpoints = append(endpoints, at[key])
	}
	return &engine.Companion{APIVersion: endpointVersion, Kind: endpointKind, Name: obj.Name, Spec: map[string]any{"endpoints": endpoints}}
}

// published tells whether the DNSEndpoint asks for just these records.
func published(kept engine.Kept, want *engine.Companion) bool {
	return kept.Found && reflect.DeepEqual(kept.Spec["endpoints"], want.Spec["endpoints"])
}
