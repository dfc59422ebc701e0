package site

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
)

// The API of external-dns by which it is told records.
const (
	endpointVersion = "externaldns.k8s.io/v1alpha1"
	endpointKind    = "DNSEndpoint"
)

// endpointOf is the DNSEndpoint that asks external-dns for records, beside those
// that it was asked for before for vhosts which are still asked for: external-dns
// takes away what it is asked for no more, and Gandi would ask for that again.
func endpointOf(obj object, kept engine.Kept, records []v1alpha1.DNSChallenge) *engine.Companion {
	var all []any
	before, _ := kept.Spec["endpoints"].([]any)
	for _, e := range before {
		if one, ok := e.(map[string]any); ok && concerns(obj, one["dnsName"]) {
			all = append(all, one)
		}
	}
	for _, r := range records {
		all = withRecord(all, r)
	}
	return &engine.Companion{APIVersion: endpointVersion, Kind: endpointKind, Name: obj.Name, Spec: map[string]any{"endpoints": all}}
}

// concerns tells whether a record at host is about a vhost: it stands there or at
// its domain.
func concerns(obj object, host any) bool {
	name, ok := host.(string)
	return ok && slices.ContainsFunc(obj.Spec.Vhosts, func(v string) bool { return v == name || strings.HasSuffix(v, "."+name) })
}

// withRecord adds a record to endpoints, which it leaves as they are.
func withRecord(all []any, r v1alpha1.DNSChallenge) []any {
	for i, e := range all {
		one, _ := e.(map[string]any)
		if one["dnsName"] != r.Host || one["recordType"] != r.Type {
			continue
		}
		targets, _ := one["targets"].([]any)
		if slices.Contains(targets, any(r.Value)) {
			return all
		}
		more := maps.Clone(one)
		more["targets"] = append(slices.Clone(targets), r.Value)
		all = slices.Clone(all)
		all[i] = more
		return all
	}
	return append(all, map[string]any{"dnsName": r.Host, "recordType": r.Type, "recordTTL": int64(r.TTL), "targets": []any{r.Value}})
}

// published tells whether the DNSEndpoint asks for just these records.
func published(kept engine.Kept, want *engine.Companion) bool {
	return kept.Found && reflect.DeepEqual(kept.Spec["endpoints"], want.Spec["endpoints"])
}
