package site

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

func refusePackage(obj object, s Observed) (action, bool) {
	want := obj.Spec.Package
	if s.Site != nil || want == "" || len(s.Offers) == 0 || slices.Contains(s.Offers, want) {
		return action{}, false
	}
	return action{Verb: engine.Block, Reason: v1alpha1.ReasonPackageNotOffered,
		Message: fmt.Sprintf("%s offers no package %q; write one of %s into spec.package", provider(obj), want, strings.Join(s.Offers, ", "))}, true
}

func refuseHeld(_ object, s Observed) (action, bool) {
	if s.Site != nil || s.Holder == 0 {
		return action{}, false
	}
	return action{Verb: engine.Block, Reason: v1alpha1.ReasonUnclaimedExternal,
		Message: fmt.Sprintf("site %d of the same account has the vhost %s already; set spec.adopt.id: %d to take it, if no other object manages it, or take the vhost from one of the two", s.Holder, s.Held, s.Holder)}, true
}

// check asks before it buys. The call says what it would buy, since it does buy
// where Gandi does not understand the question.
func check(obj object, s Observed) (action, bool) {
	if s.Site != nil || obj.Spec.DNS.SkipCheck || !s.Check.Due {
		return action{}, false
	}
	spec := siteSpec(obj)
	a := purchase(spec, gandi.SiteCreateDryRun{Site: spec})
	a.Reason = v1alpha1.ReasonCheckingSite
	a.Message = fmt.Sprintf("ask Gandi what speaks against site %q on %s, without buying it", spec.Name, few(spec.Vhosts))
	if s.Request != "" {
		a.Handles = map[string]string{appliedAsked: s.Request}
	}
	return a, true
}

// waitOutFailure gives a person time to put right what a create's operation
// stumbled over: the attempts of a day are few.
func waitOutFailure(_ object, s Observed) (action, bool) {
	if s.Site != nil || s.RetryCreate <= 0 {
		return action{}, false
	}
	return action{Verb: engine.Wait, Reason: v1alpha1.ReasonOperationFailed, Recheck: s.RetryCreate,
		Message: s.Failure + "; tried again with growing delay, and at once after an edit"}, true
}

func buy(obj object, s Observed) (action, bool) {
	if s.Site != nil {
		return action{}, false
	}
	spec := siteSpec(obj)
	a := purchase(spec, gandi.SiteCreate{Site: spec})
	a.Reason = v1alpha1.ReasonCreatingSite
	a.Message = fmt.Sprintf("buy site %q on %s: package %s for %s", spec.Name, few(spec.Vhosts), cmp.Or(spec.Package, "of Gandi's choice"), cmp.Or(spec.Duration, "a time of Gandi's choice"))
	if s.Price != "" {
		a.Message += ", " + s.Price
	}
	return a, true
}

// purchase is a call that buys a site, or may.
func purchase(spec gandi.SiteSpec, call gandi.Call) action {
	return action{Verb: engine.Do, Call: call, Patient: v1alpha1.ReasonDNSRecordMissing,
		Applies: map[string]string{appliedMade: made(spec), appliedDuration: spec.Duration, appliedVhosts: vhostsDigest(spec.Vhosts)}}
}
