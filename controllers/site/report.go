package site

import (
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/condition"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// maxVhosts is as many as status holds.
const maxVhosts = 64

// Report copies what was observed into status.
func (Kind) Report(obj *v1alpha1.GandiSite, s Observed) {
	st := &obj.Status
	st.State, st.Name, st.Provider, st.Package, st.PreferredVhost, st.Vhosts = "", "", "", "", "", nil
	st.EditURL, st.DateCreated, st.DateEnd, st.PendingUpgrade, st.CreationOutdated = "", nil, nil, nil, nil
	if s.Site != nil {
		reportSite(st, *s.Site)
		st.CreationOutdated = outdated(obj, s)
		if want, pending := upgradeWanted(obj, s); pending {
			st.PendingUpgrade = &v1alpha1.SiteUpgrade{Package: engine.Head(want, 64), Price: engine.Head(s.Price, 64)}
		}
	}
	if deleting(obj) {
		return
	}
	if s.Site != nil {
		st.Check = nil // it was bought
	}
	st.DNSChallenges = s.Records[:min(len(s.Records), maxRecords)]
	reportDNS(obj, s)
	reportEditable(obj, s)
}

func reportSite(st *v1alpha1.GandiSiteStatus, site gandi.Site) {
	st.State = engine.Head(site.State, 64)
	st.Name = engine.Head(site.Name, 255)
	st.Provider = engine.Head(site.Provider, 64)
	st.Package = engine.Head(site.Package, 64)
	st.PreferredVhost = engine.Head(site.PreferredVhost, 255)
	for _, v := range site.Vhosts[:min(len(site.Vhosts), maxVhosts)] {
		st.Vhosts = append(st.Vhosts, engine.Head(v, 255))
	}
	st.EditURL = engine.Head(site.EditURL, 1024)
	st.DateCreated, st.DateEnd = date(site.DateCreated), date(site.DateEnd)
}

func date(t time.Time) *metav1.Time {
	if t.IsZero() {
		return nil
	}
	return &metav1.Time{Time: t.Truncate(time.Second)}
}

// outdated lists what counts when a site is bought, and was changed since.
func outdated(obj object, s Observed) []string {
	var fields []string
	if want, have := obj.Spec.Provider, s.Site.Provider; want != "" && have != "" && want != have {
		fields = append(fields, "provider")
	}
	// What it was bought with is known of what this object bought, and of nothing else.
	known := s.Applied[appliedMade] != "" || obj.Status.Adopted
	if want := obj.Spec.Duration; known && want != s.Applied[appliedDuration] && want != "" {
		fields = append(fields, "duration")
	}
	return fields
}

// reportDNS tells whether Gandi asks for records.
func reportDNS(obj object, s Observed) {
	_, differ := vhostsChange(obj, s)
	set := func(status metav1.ConditionStatus, reason, message string) {
		condition.Set(&obj.Status.Conditions, v1alpha1.ConditionDNSVerified, status, obj.Generation, reason, message)
	}
	switch {
	case len(s.Records) > 0:
		reason, message := missing(obj, s)
		set(metav1.ConditionFalse, reason, message)
	case s.Site != nil && !differ:
		set(metav1.ConditionTrue, v1alpha1.ReasonDNSVerified, "the site has all its vhosts")
	case s.Check.Clean:
		set(metav1.ConditionTrue, v1alpha1.ReasonDNSVerified, "Gandi asks for no DNS record")
	default:
		condition.Remove(&obj.Status.Conditions, v1alpha1.ConditionDNSVerified)
	}
}

// reportEditable tells whether the site can be edited, once nothing runs on it.
func reportEditable(obj object, s Observed) {
	c, gen := &obj.Status.Conditions, obj.Generation
	switch {
	case s.Site == nil || s.Ended != "":
		condition.Remove(c, v1alpha1.ConditionEditable)
	case len(obj.Status.Operations) > 0:
	case s.Site.EditURL != "":
		condition.Set(c, v1alpha1.ConditionEditable, metav1.ConditionTrue, gen, v1alpha1.ReasonEditable, "status.editURL has the address")
	default:
		condition.Set(c, v1alpha1.ConditionEditable, metav1.ConditionFalse, gen, v1alpha1.ReasonNoParkingVhost,
			fmt.Sprintf("Gandi has no address to edit site %d at; add a vhost below its provider's parking domain to spec.vhosts, which goes to whoever asks first", s.Site.ID))
	}
}

// ended says that a duration is over, and when.
func ended(end, now time.Time) string {
	var obj v1alpha1.GandiSite
	obj.Status.DateEnd = date(end)
	return Kind{}.Ended(&obj, now)
}
