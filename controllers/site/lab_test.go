package site_test

import (
	"hash/fnv"
	"strings"
	"testing"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/testkit"
)

type (
	lab  = *testkit.Lab
	site = v1alpha1.GandiSite
)

const (
	patience = testkit.Patience
	// foreignVhost is in a domain that Gandi does not know as the account's.
	foreignVhost = "www.example.org"
)

// stride is how far apart the cases of an enumeration are that run.
var stride int

func TestMain(m *testing.M) { testkit.Main(m, &stride, 40) }

func get(l lab, name string) *site { return testkit.Get[site](l, name) }

func ready(l lab, name string) {
	l.Until(name+" is Ready", patience, testkit.Ready[site](l, name))
}

func gone(l lab, name string) {
	testkit.Delete[site](l, name)
	l.Until(name+" is gone", patience, testkit.Gone[site](l, name))
}

func hasReason(l lab, name, reason string) {
	l.Until(name+" has reason "+reason, patience, func() bool { return testkit.Reason[site](l, name) == reason })
}

// message of the Ready condition.
func message(l lab, name string) string {
	if c := testkit.Condition[site](l, name, v1alpha1.ConditionReady); c != nil {
		return c.Message
	}
	return ""
}

// says is a condition as "status reason".
func says(l lab, name, typ string) string {
	if c := testkit.Condition[site](l, name, typ); c != nil {
		return string(c.Status) + " " + c.Reason
	}
	return ""
}

func hasEvent(l lab, prefix string) bool {
	for _, e := range l.Events() {
		if strings.HasPrefix(e, prefix) {
			return true
		}
	}
	return false
}

func called(name string) func(*site)      { return func(s *site) { s.Spec.Name = name } }
func vhosts(all ...string) func(*site)    { return func(s *site) { s.Spec.Vhosts = all } }
func packaged(name string) func(*site)    { return func(s *site) { s.Spec.Package = name } }
func lasting(d string) func(*site)        { return func(s *site) { s.Spec.Duration = d } }
func mode(m v1alpha1.DNSMode) func(*site) { return func(s *site) { s.Spec.DNS.Mode = m } }
func observed(s *site)                    { s.Spec.ManagementPolicy = v1alpha1.Observe }
func retained(s *site)                    { s.Spec.DeletionPolicy = v1alpha1.Retain }
func byHand(s *site)                      { s.Spec.UpgradePolicy = v1alpha1.UpgradeManual }
func paused(s *site)                      { testkit.Annotation[site](v1alpha1.AnnotationPaused, "true")(s) }
func unpaused(s *site)                    { delete(s.Annotations, v1alpha1.AnnotationPaused) }
func approving(what string) func(*site) {
	return testkit.Annotation[site](v1alpha1.AnnotationApproveUpgrade, what)
}

func adopting(id int64) func(*site) {
	return func(s *site) { s.Spec.Vhosts, s.Spec.Adopt = nil, &v1alpha1.SiteAdopt{ID: id} }
}

func adoptingBy(f v1alpha1.SiteAdoptFilter) func(*site) {
	return func(s *site) { s.Spec.Vhosts, s.Spec.Adopt = nil, &v1alpha1.SiteAdopt{Filter: &f} }
}

// theirs is a site that somebody else has, and did not buy by the API.
func theirs(l lab, name string, vhosts ...string) int64 {
	names := make([]any, len(vhosts))
	for i, v := range vhosts {
		names[i] = v
	}
	return l.Made("site", map[string]any{"name": name, "package": "personal", "vhosts": names})
}

// tally is how many paid calls of that sort took effect, whoever sent them.
func tally(l lab, what string) int {
	n, _ := l.Things("bought")[0][what].(float64)
	return int(n)
}

func bought(l lab) int { return tally(l, "sites") }

// there is the one site that is there.
func there(t *testing.T, l lab) map[string]any {
	t.Helper()
	all := l.Things("sites")
	if len(all) != 1 {
		t.Fatalf("%d sites are there\n%s", len(all), l.Describe())
	}
	return all[0]
}

// proves puts the records into the DNS that status asks for.
func proves(t *testing.T, l lab, name string) {
	t.Helper()
	for _, c := range get(l, name).Status.DNSChallenges {
		if err := l.World.SetTXT(c.Host, c.Value); err != nil {
			t.Fatal(err)
		}
	}
}

// challenged waits until Gandi has asked for records.
func challenged(l lab, name string) {
	l.Until(name+" is asked for a record", patience, func() bool { return len(get(l, name).Status.DNSChallenges) > 0 })
}

// panel edits a site as somebody does at Gandi's web site.
func panel(t *testing.T, l lab, id int64, what map[string]any) {
	t.Helper()
	what["type"], what["id"] = "site", float64(id)
	if err := l.World.Change(what); err != nil {
		t.Fatal(err)
	}
}

// sampled leaves out most of the cases of a table with -short.
func sampled(t *testing.T) {
	t.Helper()
	h := fnv.New32a()
	_, _ = h.Write([]byte(t.Name()))
	if testing.Short() && h.Sum32()%8 != 0 {
		t.Skip("left out with -short")
	}
}

func step(t *testing.T, f func(t *testing.T, l lab), switches ...string) {
	t.Helper()
	testkit.Step(t, testkit.Switches(switches...), f)
}

// sent are the changing calls that Gandi got, in their order.
func sent(l lab) []string {
	var methods []string
	for _, e := range l.World.Journal() {
		if testkit.Changes(e.Method) {
			methods = append(methods, e.Method)
		}
	}
	return methods
}
