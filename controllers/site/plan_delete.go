package site

import (
	"fmt"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

func releaseRetained(obj object, s Observed) (action, bool) {
	if !deleting(obj) || !s.Retain || s.Site == nil {
		return action{}, false
	}
	return action{Verb: engine.Release, Reason: v1alpha1.ReasonReleased,
		Message: fmt.Sprintf("site %d stays at Gandi as it is", s.Site.ID)}, true
}

func deleteWhenThere(obj object, s Observed) (action, bool) {
	if !deleting(obj) || s.Site == nil {
		return action{}, false
	}
	return action{Verb: engine.Do, Call: gandi.SiteDelete{ID: s.Site.ID}, Reason: v1alpha1.ReasonDeletingSite, Destroys: true,
		Applies: engine.Deleted(int64(s.Site.ID)),
		Message: fmt.Sprintf("delete site %d, with what is left of its duration", s.Site.ID)}, true
}

func releaseWhenGone(obj object, _ Observed) (action, bool) {
	if !deleting(obj) {
		return action{}, false
	}
	return action{Verb: engine.Release, Reason: v1alpha1.ReasonDeleted, Message: "nothing is left at Gandi"}, true
}
