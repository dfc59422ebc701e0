package testkit

import (
	"testing"
	"time"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
)

// A GandiAccount that the API server takes can be read and written back, and its
// times and limits are those that were promised.
func FuzzAccountAdmitted(f *testing.F) {
	for _, field := range []string{"settle", "resyncInterval", "endpoint", "rateLimit", "createBudget", "caBundleRef", "credentialsSecretRef"} {
		for _, value := range []string{
			`"10s"`, `"24h"`, `"1h0m0.5s"`, `"10000ms"`, `"1e3s"`, `"+10s"`, `"-10s"`, `"10"`, `10`, `"1d"`, `"0.5h"`, `"١0s"`, `"86400000000000ns"`, `"600000000us"`, `"600000000µs"`, `"10s "`, `null`, `""`, `{}`,
			`"https://rpc.gandi.net/xmlrpc/"`, `"http://127.0.0.1/"`, `"HTTPS://H/"`, `"https://u:p@h/"`, `"https://h/?q"`, `"https://h:99999/"`, `"https://[::1]/"`,
			`{"requestsPerSecond": 100}`, `{"requestsPerSecond": 0}`, `{"perHour": 0}`, `{"perHour": 1.5}`, `{"name": "x"}`, `{"name": "x", "key": ""}`,
		} {
			f.Add(field, value)
		}
	}
	f.Fuzz(func(t *testing.T, field, value string) {
		manifest := content{
			"apiVersion": v1alpha1.GroupVersion.String(), "kind": "GandiAccount",
			"spec": content{"credentialsSecretRef": content{"name": "key"}},
		}
		set(manifest, field, value)
		account, admitted := admitRaw(t, &v1alpha1.GandiAccount{}, manifest)
		if !admitted {
			return
		}
		spec := account.Spec
		if spec.Settle != nil && (spec.Settle.Duration < 10*time.Second || spec.Settle.Duration > 24*time.Hour) {
			t.Errorf("settle %s is %s", value, spec.Settle.Duration)
		}
		if spec.ResyncInterval != nil && (spec.ResyncInterval.Duration < 10*time.Second || spec.ResyncInterval.Duration > 24*time.Hour) {
			t.Errorf("resyncInterval %s is %s", value, spec.ResyncInterval.Duration)
		}
		if spec.RateLimit != nil && (spec.RateLimit.RequestsPerSecond < 1 || spec.RateLimit.RequestsPerSecond > 100) {
			t.Errorf("rateLimit %s is %d", value, spec.RateLimit.RequestsPerSecond)
		}
	})
}
