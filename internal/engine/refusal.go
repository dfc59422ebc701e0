package engine

import (
	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// FailedBefore tells whether call, in this context, was sent and not done, for
// whatever reason, and has not been done since.
func FailedBefore(refusals []v1alpha1.Failure, call gandi.Call, context string) bool {
	digest := gandi.Digest(call)
	for _, f := range refusals {
		if f.Digest == digest && f.Context == context {
			return true
		}
	}
	return false
}

// RefusedForGood tells whether Gandi refuses call in this context for good: it
// said so with a fault that is known to mean it, or the same call failed twice.
// Then another way is planned.
func RefusedForGood(refusals []v1alpha1.Failure, call gandi.Call, context string) bool {
	digest := gandi.Digest(call)
	for _, f := range refusals {
		if f.Digest != digest || f.Context != context {
			continue
		}
		if f.Class == gandi.Refused.String() || ((f.Class == failedOperation || f.Class == faulted) && f.Attempts >= 2) {
			return true
		}
	}
	return false
}
