package site

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// publishRecords tells external-dns what Gandi asks for. What it was told for a
// vhost stays when Gandi is content: nobody knows whether it looks again.
func publishRecords(obj object, s Observed) (action, bool) {
	if obj.Spec.DNS.Mode != v1alpha1.DNSExternalDNS || len(s.Records) == 0 || !s.Endpoint.Installed || s.Endpoint.Found && !s.Endpoint.Ours {
		return action{}, false
	}
	want := endpointOf(obj, s.Endpoint, s.Records)
	if published(s.Endpoint, want) {
		return action{}, false
	}
	return action{Verb: engine.Apply, Companion: want, Reason: v1alpha1.ReasonPublishingRecords,
		Message: fmt.Sprintf("have external-dns create %s by DNSEndpoint %s", recordWords(s.Records), want.Name)}, true
}

// Of zones that could not be altered.
const (
	// zoneAttempts is how often it is tried when that tells nothing of the zone: a
	// reply was lost, or an operation failed.
	zoneAttempts = 3
	// zoneRefusals is how many are left to a person before no other is tried: status
	// has room for a few refusals, and what it forgets would be tried again.
	zoneRefusals = 4
)

// alterZones has Gandi write what it asks for, vhost by vhost, once per round. A
// zone that Gandi does not host, or not for this account, is left to a person.
func alterZones(obj object, s Observed) (action, bool) {
	if obj.Spec.DNS.Mode != v1alpha1.DNSGandiZone {
		return action{}, false
	}
	round, done, _ := strings.Cut(s.Applied[appliedZones], " ")
	altered := strings.Fields(done)
	if round != s.Round {
		altered = nil
	}
	for _, vhost := range vhostsOf(obj, s.Records) {
		call := gandi.SiteAlterZone{Host: vhost}
		if slices.Contains(altered, vhost) || leftAlone(s.Refusals, call) {
			continue
		}
		return action{Verb: engine.Do, Call: call, Reason: v1alpha1.ReasonAlteringZone, Patient: v1alpha1.ReasonAlteringZone,
			Applies: map[string]string{appliedZones: strings.Join(append([]string{s.Round}, append(altered, vhost)...), " ")},
			Message: fmt.Sprintf("have Gandi write the DNS record of %s into its zone", vhost)}, true
	}
	return action{}, false
}

// leftAlone tells whether call is not to be sent (again): Gandi would not do it, or
// would not do the like of it too often.
func leftAlone(refusals []v1alpha1.Failure, call gandi.SiteAlterZone) bool {
	digest, given := gandi.Digest(call), 0
	for _, f := range refusals {
		if f.Method != call.Method() {
			continue
		}
		lasting := f.Attempts >= zoneAttempts || f.Class == gandi.Refused.String() || f.Class == gandi.NotFound.String() || f.Class == gandi.Busy.String()
		if f.Digest == digest {
			return lasting
		}
		if lasting {
			given++
		}
	}
	return given >= zoneRefusals
}

// vhostsOf are the vhosts that records are asked for: a record stands at the vhost
// or at its domain.
func vhostsOf(obj object, records []v1alpha1.DNSChallenge) []string {
	var all []string
	for _, v := range obj.Spec.Vhosts {
		if slices.ContainsFunc(records, func(r v1alpha1.DNSChallenge) bool { return v == r.Host || strings.HasSuffix(v, "."+r.Host) }) {
			all = append(all, v)
		}
	}
	return all
}

// waitForRecords waits until Gandi is to be asked again whether it sees them.
func waitForRecords(obj object, s Observed) (action, bool) {
	if s.Site != nil || obj.Spec.DNS.SkipCheck || s.Check.Clean {
		return action{}, false
	}
	if len(s.Check.Problems) > 0 {
		return action{Verb: engine.Block, Reason: v1alpha1.ReasonInvalidSpec,
			Message: "Gandi would not make this site: " + strings.Join(s.Check.Problems, "; ") + "; change the spec"}, true
	}
	reason, message := missing(obj, s)
	return action{Verb: engine.Wait, Reason: reason, Message: message, Recheck: s.Check.In}, true
}

// missing says which records Gandi asks for, and who is to create them.
func missing(obj object, s Observed) (reason, message string) {
	what := "Gandi asks for " + recordWords(s.Records)
	byHand := "; create them as status.dnsChallenges has them"
	switch mode := obj.Spec.DNS.Mode; {
	case mode == v1alpha1.DNSExternalDNS && !s.Endpoint.Installed:
		return v1alpha1.ReasonExternalDNSMissing, what + ", and the CustomResourceDefinition of DNSEndpoints is not installed: install external-dns with it, or choose another dns.mode" + byHand
	case mode == v1alpha1.DNSExternalDNS && s.Endpoint.Found && !s.Endpoint.Ours:
		return v1alpha1.ReasonEndpointTaken, what + fmt.Sprintf(", and DNSEndpoint %s is somebody else's: delete or rename it, or choose another dns.mode", obj.Name) + byHand
	case mode == v1alpha1.DNSExternalDNS:
		return v1alpha1.ReasonDNSRecordMissing, what + fmt.Sprintf("; DNSEndpoint %s tells external-dns to create them, which it does with --source=crd and --managed-record-types=TXT", obj.Name)
	case mode == v1alpha1.DNSGandiZone:
		if refusal := zoneRefusal(obj, s); refusal != "" {
			return v1alpha1.ReasonDNSRecordMissing, what + ", and could not write them itself: " + refusal + byHand
		}
		return v1alpha1.ReasonDNSRecordMissing, what + ", and has been told to write them itself"
	default:
		return v1alpha1.ReasonDNSRecordMissing, what + byHand
	}
}

// zoneRefusal is what Gandi said when it would not write a record; "" when it did
// not say that.
func zoneRefusal(obj object, s Observed) string {
	for _, vhost := range vhostsOf(obj, s.Records) {
		digest := gandi.Digest(gandi.SiteAlterZone{Host: vhost})
		for _, f := range s.Refusals {
			if f.Digest == digest {
				return engine.Head(f.Message, 200)
			}
		}
	}
	return ""
}

// recordWords are records as a zone file has them, the first few.
func recordWords(records []v1alpha1.DNSChallenge) string {
	var all []string
	for _, r := range records {
		all = append(all, fmt.Sprintf("%s. %d IN %s %q", r.Host, r.TTL, r.Type, r.Value))
	}
	return "the DNS record " + few(all)
}
