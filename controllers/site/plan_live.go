package site

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

func matches(s Observed) string { return fmt.Sprintf("site %d matches the spec", s.Site.ID) }

// blockEnded leaves a site whose duration is over as it is: what is on it may
// still be saved, and a new one would not have it.
func blockEnded(_ object, s Observed) (action, bool) {
	if s.Ended == "" {
		return action{}, false
	}
	return action{Verb: engine.Block, Reason: v1alpha1.ReasonExternalEnded,
		Message: fmt.Sprintf("site %d is still there, but %s; renew it at Gandi, or delete this object; if it is deleted at Gandi, spec.onExternalDeletion decides what follows", s.Site.ID, s.Ended)}, true
}

// changes lists what can be changed in place, for free, and differs.
func changes(obj object, s Observed) []action {
	var list []action
	if a, ok := vhostsChange(obj, s); ok {
		list = append(list, a)
	}
	if want := obj.Spec.Name; want != "" && want != s.Site.Name {
		list = append(list, action{Verb: engine.Do, Call: gandi.SiteUpdate{ID: s.Site.ID, Name: &want}, Reason: v1alpha1.ReasonUpdatingSite,
			Message: fmt.Sprintf("change the name from %q to %q", s.Site.Name, want)})
	}
	return list
}

// vhostsChange sends the whole list: Gandi replaces the one that it has.
func vhostsChange(obj object, s Observed) (action, bool) {
	want := obj.Spec.Vhosts
	if s.Site == nil || len(want) == 0 || sameVhosts(want, s) {
		return action{}, false
	}
	have := s.Site.Vhosts
	if !s.Site.VhostsTold && s.Site.PreferredVhost != "" {
		have = []string{s.Site.PreferredVhost}
	}
	return action{Verb: engine.Do, Call: gandi.SiteUpdate{ID: s.Site.ID, Vhosts: want}, Reason: v1alpha1.ReasonUpdatingSite,
		Patient: v1alpha1.ReasonDNSRecordMissing,
		Applies: map[string]string{appliedVhosts: vhostsDigest(want)},
		Message: fmt.Sprintf("change the vhosts from %s to %s", few(have), few(want))}, true
}

// sameVhosts compares what is preferred, and then the rest without its order, which
// means nothing. Where Gandi does not tell the rest, what it was last told counts.
func sameVhosts(want []string, s Observed) bool {
	switch preferred := s.Site.PreferredVhost; {
	case preferred != "" && preferred != want[0]:
		return false
	case s.Site.VhostsTold:
		return slices.Equal(slices.Sorted(slices.Values(want)), slices.Sorted(slices.Values(s.Site.Vhosts)))
	default:
		told := s.Applied[appliedVhosts]
		return told == "" || told == vhostsDigest(want)
	}
}

func vhostsDigest(vhosts []string) string {
	sum := sha256.Sum256([]byte(strings.Join(vhosts, " ")))
	return hex.EncodeToString(sum[:8])
}

// update makes the first change that has not failed, so that one which waits for
// the DNS, or is refused, holds up no other.
func update(obj object, s Observed) (action, bool) {
	for _, a := range changes(obj, s) {
		if !engine.FailedBefore(s.Refusals, a.Call, a.Context) {
			return a, true
		}
	}
	return action{}, false
}

// updateAgain stands for changes that failed. The engine holds them back and tells
// why.
func updateAgain(obj object, s Observed) (action, bool) {
	for _, a := range changes(obj, s) {
		return a, true
	}
	return action{}, false
}

// upgradeWanted is the package to move to, if Gandi offers it.
func upgradeWanted(obj object, s Observed) (want string, ok bool) {
	want = obj.Spec.Package
	return want, want != "" && s.Site.Package != "" && want != s.Site.Package && slices.Contains(s.Offers, want)
}

// approval of a package is its name and whatever makes the annotation's value a
// new one.
func approval(s Observed, want string) (request string, approved bool) {
	words := strings.Fields(s.Approval)
	if len(words) == 0 || words[0] != want {
		return want, false
	}
	return strings.Join(words, " "), true
}

// upgrade buys, so it is sent once per request, whatever becomes of it.
func upgrade(obj object, s Observed) (action, bool) {
	want, ok := upgradeWanted(obj, s)
	request, approved := approval(s, want)
	if !ok || s.Applied[appliedUpgrade] == request || obj.Spec.UpgradePolicy == v1alpha1.UpgradeManual && !approved {
		return action{}, false
	}
	return action{Verb: engine.Do, Call: gandi.SiteUpgrade{ID: s.Site.ID, Package: want}, Reason: v1alpha1.ReasonUpgradingSite,
		Handles: map[string]string{appliedUpgrade: request}, Message: upgradeWords(s, want)}, true
}

func upgradeWords(s Observed, want string) string {
	text := fmt.Sprintf("upgrade site %d from package %s to %s", s.Site.ID, s.Site.Package, want)
	if s.Price != "" {
		text += " for " + s.Price
	}
	return text
}

// refuseUpgrade tells of a package that the site cannot be moved to.
func refuseUpgrade(obj object, s Observed) (action, bool) {
	want := obj.Spec.Package
	if want == "" || s.Site.Package == "" || want == s.Site.Package || slices.Contains(s.Offers, want) {
		return action{}, false
	}
	above := "there is none above it"
	if len(s.Offers) > 0 {
		above = "or one above it: " + strings.Join(s.Offers, ", ")
	}
	return action{Verb: engine.Block, Reason: v1alpha1.ReasonPackageNotOffered,
		Message: fmt.Sprintf("site %d has package %s, and Gandi does not move it to %s: there are upgrades only; write spec.package: %s, %s", s.Site.ID, s.Site.Package, want, s.Site.Package, above)}, true
}

// awaitUpgrade waits for a person: for an approval, or, when an upgrade was asked
// for and did not come about, for a decision.
func awaitUpgrade(obj object, s Observed) (action, bool) {
	want, ok := upgradeWanted(obj, s)
	if !ok {
		return action{}, false
	}
	request, _ := approval(s, want)
	if s.Applied[appliedUpgrade] == request {
		return action{Verb: engine.Block, Reason: v1alpha1.ReasonUpgradeRequired,
			Message: fmt.Sprintf("an upgrade to %s was asked for and did not come about; it costs money, and is not asked for again by itself: see at Gandi why, then set the annotation %s to \"%s again\"",
				want, v1alpha1.AnnotationApproveUpgrade, request)}, true
	}
	return action{Verb: engine.Wait, Call: gandi.SiteUpgrade{ID: s.Site.ID, Package: want}, Reason: v1alpha1.ReasonUpgradeRequired,
		Message: fmt.Sprintf("%s; set the annotation %s to %q to allow it", upgradeWords(s, want), v1alpha1.AnnotationApproveUpgrade, want)}, true
}
