package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/types"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
)

// site is a GandiSite as it is stored; nil where there is none.
func (s *station) site(name string) *v1alpha1.GandiSite {
	s.Helper()
	site := &v1alpha1.GandiSite{}
	err := s.client.Get(s.Context(), types.NamespacedName{Namespace: s.namespace, Name: name}, site)
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		s.Fatal(err)
	}
	return site
}

// waitSite waits until a condition of a site, of its present generation, says
// something, and answers the site.
func (s *station) waitSite(name, condition, text string) *v1alpha1.GandiSite {
	s.Helper()
	var site *v1alpha1.GandiSite
	s.eventually("site "+name+" to say "+text, func() (bool, string) {
		if site = s.site(name); site == nil {
			return false, "gone"
		}
		c := meta.FindStatusCondition(site.Status.Conditions, condition)
		if c == nil || c.ObservedGeneration != site.Generation {
			return false, told(site.Status.Conditions, site.Generation)
		}
		now := fmt.Sprintf("%s=%s %s: %s", c.Type, c.Status, c.Reason, c.Message)
		return strings.Contains(now, text), now
	})
	return site
}

// askAgain has Gandi asked at once, which is seldom done otherwise.
func (s *station) askAgain(name, value string) {
	s.Helper()
	mustKubectl(s, s.namespace, "annotate", "gsite", name, "--overwrite", v1alpha1.AnnotationReconcileRequestedAt+"="+value)
}

// dns creates TXT records, as their owner does.
func (s *station) dns(host string, values ...string) {
	s.Helper()
	raw, err := json.Marshal(map[string]any{"host": host, "txt": values})
	if err != nil {
		s.Fatal(err)
	}
	request, err := http.NewRequestWithContext(s.Context(), http.MethodPost, strings.TrimSuffix(s.endpoint, "/xmlrpc/")+"/sim/dns", strings.NewReader(string(raw)))
	if err != nil {
		s.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		s.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		s.Fatalf("POST /sim/dns says %s", response.Status)
	}
}

// bought is how many of something were paid for.
func (s *station) bought(what string) int {
	s.Helper()
	n, _ := s.things("bought")[0][what].(float64)
	return int(n)
}

const foreignSite = `
apiVersion: hosting.gandi.net/v1alpha1
kind: GandiSite
metadata: {name: garden}
spec:
  name: The garden
  package: personal
  duration: 3m
  vhosts: [www.example.org, garden.sites.gandi.example]
`

// A site goes from kubectl apply, over the record that Gandi asks for, to Ready; is
// renamed, upgraded by hand, and goes.
func TestTheLifeOfASite(t *testing.T) {
	t.Parallel()
	s := manned(t)
	apply(t, s.namespace, foreignSite)

	site := s.waitSite("garden", v1alpha1.ConditionDNSVerified, "DNSVerified=False "+v1alpha1.ReasonDNSRecordMissing)
	s.waitSite("garden", v1alpha1.ConditionReconciling, v1alpha1.ReasonDNSRecordMissing)
	asked := site.Status.DNSChallenges
	if len(asked) != 1 || asked[0].Host != "www.example.org" || asked[0].Type != "TXT" || asked[0].TTL != 10800 || !strings.HasPrefix(asked[0].Value, "vhost=") {
		t.Fatalf("status asks for %+v", asked)
	}
	if text := told(site.Status.Conditions, site.Generation); !strings.Contains(text, "www.example.org. 10800 IN TXT \""+asked[0].Value+"\"") {
		t.Errorf("the record is not told: %s", text)
	}
	if row := mustKubectl(t, s.namespace, "get", "gsite", "garden"); !slices.Equal(strings.Fields(strings.Split(row, "\n")[1])[:3], []string{"garden", "False", "False"}) {
		t.Errorf("kubectl get says\n%s", row)
	}
	if plan := site.Status.Plan; len(plan) > 0 {
		t.Errorf("while it waits it plans %+v", plan)
	}
	s.wantThings(0, "sites")
	if len(site.Status.PaidAttempts) > 0 {
		t.Errorf("asking counts as %d attempts to buy", len(site.Status.PaidAttempts))
	}

	s.Log("the record is created")
	s.dns(asked[0].Host, asked[0].Value)
	s.askAgain("garden", "now")
	site = s.waitSite("garden", v1alpha1.ConditionReady, "Ready=True")
	st := site.Status
	if st.Package != "personal" || st.Provider != "basekit_whitelabel" || st.PreferredVhost != "www.example.org" || st.Name != "The garden" || st.DateEnd == nil || st.DateCreated == nil ||
		!slices.Equal(st.Vhosts, []string{"www.example.org", "garden.sites.gandi.example"}) || !strings.HasPrefix(st.EditURL, "https://") || strings.Contains(st.EditURL, "token") {
		t.Errorf("status does not tell the site: %+v", st)
	}
	if len(st.DNSChallenges) > 0 || st.Check != nil || st.Intent != nil || len(st.Operations) > 0 || len(st.Plan) > 0 {
		t.Errorf("something is still open: %+v", st)
	}
	s.waitSite("garden", v1alpha1.ConditionDNSVerified, "DNSVerified=True")
	s.waitSite("garden", v1alpha1.ConditionEditable, "Editable=True")
	if row := mustKubectl(t, s.namespace, "get", "gsite", "garden", "-o", "wide"); !strings.Contains(row, "personal") || !strings.Contains(row, "www.example.org") || !strings.Contains(row, st.EditURL) {
		t.Errorf("kubectl get says\n%s", row)
	}
	s.wantEvents("garden", "Normal CreatingSite")

	s.Log("another name, which is free, and a bigger package, which is not")
	s.edit("gsite", "garden", `spec: {name: Our garden, package: professional, upgradePolicy: Manual}`)
	site = s.waitSite("garden", v1alpha1.ConditionReconciling, v1alpha1.ReasonUpgradeRequired)
	if plan := site.Status.Plan; len(plan) != 1 || plan[0].Method != "site.update" || !strings.Contains(plan[0].Message, "48 EUR") {
		t.Errorf("the plan does not show what waits: %+v", plan)
	}
	if up := site.Status.PendingUpgrade; up == nil || up.Package != "professional" || !strings.Contains(up.Price, "48 EUR") {
		t.Errorf("the upgrade is told as %+v", up)
	}
	if site.Status.Name != "Our garden" || s.bought("site_upgrades") != 0 {
		t.Errorf("without approval it is called %q, and %d upgrades were bought", site.Status.Name, s.bought("site_upgrades"))
	}
	mustKubectl(t, s.namespace, "annotate", "gsite", "garden", v1alpha1.AnnotationApproveUpgrade+"=professional")
	site = s.waitSite("garden", v1alpha1.ConditionReady, "Ready=True")
	if site.Status.Package != "professional" || site.Status.PendingUpgrade != nil || site.Status.ID != st.ID {
		t.Errorf("after the upgrade status says %+v", site.Status)
	}
	s.wantEvents("garden", "Normal UpgradingSite")

	s.Log("what can't be had back, and what has no effect")
	s.edit("gsite", "garden", `spec: {package: personal, duration: 1y}`)
	site = s.waitSite("garden", v1alpha1.ConditionStalled, v1alpha1.ReasonPackageNotOffered)
	if text := told(site.Status.Conditions, site.Generation); !strings.Contains(text, "professional") || !strings.Contains(text, "business") {
		t.Errorf("it does not say what there is: %s", text)
	}
	s.edit("gsite", "garden", `spec: {package: professional}`)
	site = s.waitSite("garden", v1alpha1.ConditionReady, "Ready=True")
	if got := site.Status.CreationOutdated; !slices.Equal(got, []string{"duration"}) {
		t.Errorf("of what counts at creation alone it tells %v", got)
	}

	s.Log("the end")
	s.edit("gsite", "garden", `spec: {deletionProtection: true}`)
	mustKubectl(t, s.namespace, "delete", "gsite", "garden", "--wait=false")
	s.waitSite("garden", v1alpha1.ConditionReady, v1alpha1.ReasonDeletionProtected)
	s.wantThings(1, "sites")
	s.edit("gsite", "garden", `spec: {deletionProtection: false}`)
	mustKubectl(t, s.namespace, "wait", "--for=delete", "--timeout="+patience.String(), "gsite/garden")
	s.wantThings(0, "sites")
	if sites, upgrades := s.bought("sites"), s.bought("site_upgrades"); sites != 1 || upgrades != 1 {
		t.Errorf("%d sites and %d upgrades were bought", sites, upgrades)
	}
}

// The samples of sites become what they say: at once where nothing has to be
// proven, else when the record is there.
func TestSamplesOfSitesBecomeReady(t *testing.T) {
	t.Parallel()
	s := manned(t)
	for _, name := range []string{"site-parked", "site-own-domain"} {
		mustKubectl(t, s.namespace, "apply", "-f", samples+"/"+name+".yaml")
	}
	s.waitSite("bakery", v1alpha1.ConditionReady, "Ready=True")
	s.waitSite("bakery", v1alpha1.ConditionEditable, "Editable=True")
	for _, record := range s.waitSite("garden", v1alpha1.ConditionDNSVerified, v1alpha1.ReasonDNSRecordMissing).Status.DNSChallenges {
		s.dns(record.Host, record.Value)
	}
	s.askAgain("garden", "now")
	if st := s.waitSite("garden", v1alpha1.ConditionReady, "Ready=True").Status; st.PreferredVhost != "www.example.org" || st.EditURL == "" {
		t.Errorf("status does not tell the site of the sample: %+v", st)
	}
	s.edit("gsite", "garden", `spec: {deletionProtection: false}`)
	mustKubectl(t, s.namespace, "delete", "gsite", "--all", "--timeout="+patience.String())
	s.wantThings(0, "sites")
}
