package site

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// Conditions go by what was observed, and what is told no more goes.
func TestReportConditions(t *testing.T) {
	for _, row := range []struct {
		name     string
		site     []siteOpt
		seen     []obsOpt
		dns      string
		editable string
		records  int
		outdated string
		pending  string // package and price
	}{
		{name: "in sync", dns: "True DNSVerified", editable: "True Editable"},
		{name: "not to be edited", seen: []obsOpt{func(s *Observed) { s.Site.EditURL = "" }}, dns: "True DNSVerified", editable: "False NoParkingVhost"},
		{name: "while something runs on it", site: []siteOpt{running}, seen: []obsOpt{func(s *Observed) { s.Site.EditURL = "" }}, dns: "True DNSVerified", editable: "True Old"},
		{name: "over", seen: []obsOpt{over}, dns: "True DNSVerified"},
		{name: "nothing known yet", seen: []obsOpt{nothing}},
		{name: "clean", seen: []obsOpt{nothing, clean}, dns: "True DNSVerified"},
		{name: "a record is missing", site: []siteOpt{on(strange)}, seen: []obsOpt{nothing, records(strange)}, dns: "False DNSRecordMissing", records: 1},
		{name: "other problems", seen: []obsOpt{nothing, problems("odd")}},
		{name: "external-dns is missing", site: []siteOpt{on(strange), through(v1alpha1.DNSExternalDNS)}, seen: []obsOpt{nothing, records(strange)}, dns: "False ExternalDNSMissing", records: 1},
		{name: "the DNSEndpoint is taken", site: []siteOpt{on(strange), through(v1alpha1.DNSExternalDNS)}, seen: []obsOpt{nothing, records(strange), kept(taken)}, dns: "False EndpointTaken", records: 1},
		{name: "published", site: []siteOpt{on(strange), through(v1alpha1.DNSExternalDNS)}, seen: []obsOpt{nothing, records(strange), kept(installed)}, dns: "False DNSRecordMissing", records: 1},
		{name: "vhosts that nobody asked Gandi for yet", site: []siteOpt{on(parked, strange)}, editable: "True Editable"},
		{name: "vhosts that want records", site: []siteOpt{on(parked, strange)}, seen: []obsOpt{records(strange)}, dns: "False DNSRecordMissing", editable: "True Editable", records: 1},
		{name: "more records than status holds", site: []siteOpt{on(parked, strange)}, seen: []obsOpt{records(strings.Fields(strings.Repeat("a.example ", 50))...)}, dns: "False DNSRecordMissing", editable: "True Editable", records: maxRecords},
		{name: "changed since it was bought", site: []siteOpt{lasting("1y"), provided("other")}, seen: []obsOpt{applied(appliedDuration, "3m")}, dns: "True DNSVerified", editable: "True Editable", outdated: "provider duration"},
		{name: "as it was bought", site: []siteOpt{lasting("3m"), provided(defaultProvider)}, seen: []obsOpt{applied(appliedDuration, "3m")}, dns: "True DNSVerified", editable: "True Editable"},
		{name: "bought with who knows what", site: []siteOpt{lasting("3m")}, seen: []obsOpt{func(s *Observed) { s.Applied = nil }}, dns: "True DNSVerified", editable: "True Editable"},
		{name: "adopted", site: []siteOpt{lasting("3m"), func(s *v1alpha1.GandiSite) { s.Status.Adopted = true }}, seen: []obsOpt{func(s *Observed) { s.Applied = nil }}, dns: "True DNSVerified", editable: "True Editable", outdated: "duration"},
		{name: "to be upgraded", site: []siteOpt{packaged("business")}, seen: []obsOpt{offered("business"), costing("96 EUR")}, dns: "True DNSVerified", editable: "True Editable", pending: "business 96 EUR"},
		{name: "to be upgraded for a price that nobody tells", site: []siteOpt{packaged("business")}, seen: []obsOpt{offered("business")}, dns: "True DNSVerified", editable: "True Editable", pending: "business "},
		{name: "not to be upgraded to what is below", site: []siteOpt{packaged("tiny")}, seen: []obsOpt{offered("business")}, dns: "True DNSVerified", editable: "True Editable"},
	} {
		t.Run(row.name, func(t *testing.T) {
			obj := wanted(row.site...)
			old := []string{v1alpha1.ConditionDNSVerified, v1alpha1.ConditionEditable}
			for _, typ := range old {
				meta.SetStatusCondition(&obj.Status.Conditions, metav1.Condition{Type: typ, Status: metav1.ConditionTrue, Reason: "Old"})
			}
			obj.Status.DNSChallenges = []v1alpha1.DNSChallenge{record("old.example")}
			obj.Status.PendingUpgrade, obj.Status.CreationOutdated = &v1alpha1.SiteUpgrade{Package: "old"}, []string{"old"}
			s := seen(row.seen...)
			Kind{}.Report(obj, s)
			says := func(typ string) string {
				c := meta.FindStatusCondition(obj.Status.Conditions, typ)
				if c == nil {
					return ""
				}
				return string(c.Status) + " " + c.Reason
			}
			pending := ""
			if u := obj.Status.PendingUpgrade; u != nil {
				pending = u.Package + " " + u.Price
			}
			got := []any{says(v1alpha1.ConditionDNSVerified), says(v1alpha1.ConditionEditable), len(obj.Status.DNSChallenges), strings.Join(obj.Status.CreationOutdated, " "), pending}
			if diff := cmp.Diff([]any{row.dns, row.editable, row.records, row.outdated, row.pending}, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func running(s *v1alpha1.GandiSite) { s.Status.Operations = []v1alpha1.OperationStatus{{ID: 5}} }

// What is told fits the schema, and a deletion leaves what is told of the DNS.
func TestReportBounds(t *testing.T) {
	long := strings.Repeat("long ", 1000)
	s := seen(func(s *Observed) {
		s.Site = &gandi.Site{ID: 7, Name: long, Provider: long, Package: long, State: long, PreferredVhost: long, EditURL: long, VhostsTold: true,
			Vhosts: strings.Fields(strings.Repeat("a.example ", 100)), DateEnd: time.Date(2026, 1, 1, 0, 0, 0, 5, time.UTC)}
	})
	obj := wanted()
	obj.Status.Check = &v1alpha1.SiteCheck{}
	Kind{}.Report(obj, s)
	st := obj.Status
	if len(st.Name) > 255 || len(st.Provider) > 64 || len(st.Package) > 64 || len(st.State) > 64 || len(st.PreferredVhost) > 255 || len(st.EditURL) > 1024 || len(st.Vhosts) != maxVhosts {
		t.Errorf("told %+v", st)
	}
	if st.Check != nil || st.DateCreated != nil || !st.DateEnd.Equal(new(metav1.NewTime(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)))) {
		t.Errorf("check %v, dates %v %v", st.Check, st.DateCreated, st.DateEnd)
	}
	obj = wanted(deleted)
	obj.Status.Check, obj.Status.DNSChallenges = &v1alpha1.SiteCheck{}, []v1alpha1.DNSChallenge{record(strange)}
	Kind{}.Report(obj, seen(nothing))
	if obj.Status.Check == nil || len(obj.Status.DNSChallenges) != 1 || obj.Status.Name != "" {
		t.Errorf("told %+v", obj.Status)
	}
}

func TestEnded(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	obj := wanted()
	if (Kind{}).Ended(obj, at) != "" {
		t.Error("ended without an end")
	}
	obj.Status.DateEnd = new(metav1.NewTime(at))
	if got := (Kind{}).Ended(obj, at.Add(time.Second)); got != "the duration that was paid for ended on 2026-03-01" {
		t.Errorf("told %q", got)
	}
	if (Kind{}).Ended(obj, at.Add(-time.Second)) != "" || (Kind{}).Ended(obj, at) != "" {
		t.Error("ended before its end")
	}
}

// A DNSEndpoint keeps what it was told for vhosts that are still asked for, in its
// own words, and takes in what is new.
func TestEndpointOf(t *testing.T) {
	theirs := map[string]any{"dnsName": "www.example.net", "recordType": "TXT", "targets": []any{"old"}, "setIdentifier": "x"}
	at := func(host string, targets ...any) map[string]any {
		return map[string]any{"dnsName": host, "recordType": "TXT", "recordTTL": int64(10800), "targets": targets}
	}
	value := record(strange).Value
	other := record("example.org")
	other.Value = "vhost=other"
	for name, row := range map[string]struct {
		vhosts  []string
		before  []any
		records []v1alpha1.DNSChallenge
		want    []any
	}{
		"new":                     {[]string{strange}, nil, []v1alpha1.DNSChallenge{record(strange)}, []any{at(strange, value)}},
		"two at one host":         {[]string{strange, "api.example.org"}, nil, []v1alpha1.DNSChallenge{record("example.org"), other}, []any{at("example.org", value, "vhost=other")}},
		"the same again":          {[]string{strange}, []any{at(strange, value)}, []v1alpha1.DNSChallenge{record(strange)}, []any{at(strange, value)}},
		"beside another":          {[]string{strange, "www.example.net"}, []any{theirs}, []v1alpha1.DNSChallenge{record(strange)}, []any{theirs, at(strange, value)}},
		"without what is no more": {[]string{strange}, []any{theirs, "rubbish", map[string]any{"dnsName": 5}}, []v1alpha1.DNSChallenge{record(strange)}, []any{at(strange, value)}},
		"another value":           {[]string{strange}, []any{at(strange, "old")}, []v1alpha1.DNSChallenge{record(strange)}, []any{at(strange, "old", value)}},
	} {
		t.Run(name, func(t *testing.T) {
			before := engine.Kept{Installed: true, Found: true, Ours: true, Spec: map[string]any{"endpoints": row.before}}
			c := endpointOf(wanted(on(row.vhosts...)), before, row.records)
			if diff := cmp.Diff(row.want, c.Spec["endpoints"]); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if c.Name != "shop" || c.Kind != "DNSEndpoint" || c.APIVersion != "externaldns.k8s.io/v1alpha1" {
				t.Errorf("is %+v", c)
			}
			before.Spec = c.Spec
			if again := endpointOf(wanted(on(row.vhosts...)), before, row.records); !published(before, again) {
				t.Error("is written again and again")
			}
		})
	}
	if diff := cmp.Diff(map[string]any{"dnsName": "www.example.net", "recordType": "TXT", "targets": []any{"old"}, "setIdentifier": "x"}, theirs); diff != "" {
		t.Errorf("changed what was observed: %s", diff)
	}
}
