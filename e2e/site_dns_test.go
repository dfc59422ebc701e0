package e2e

import (
	"context"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
)

// endpointDefinition is the definition of DNSEndpoints as external-dns has it.
const endpointDefinition = "testdata/dnsendpoints.externaldns.k8s.io.yaml"

// endpointName is by what the API server knows it.
const endpointName = "dnsendpoints.externaldns.k8s.io"

// blog is a site whose records external-dns shall create.
func blog(name string) string {
	return `---
apiVersion: hosting.gandi.net/v1alpha1
kind: GandiSite
metadata: {name: ` + name + `}
spec:
  package: personal
  duration: 3m
  vhosts: [` + name + `.example.org, ` + name + `.sites.gandi.example]
  dns: {mode: ExternalDNS}
`
}

// endpoints is an administrator's client for DNSEndpoints.
func (s *station) endpoints() dynamic.ResourceInterface {
	s.Helper()
	c, err := dynamic.NewForConfig(plane.Config())
	if err != nil {
		s.Fatal(err)
	}
	return c.Resource(schema.GroupVersionResource{Group: "externaldns.k8s.io", Version: "v1alpha1", Resource: "dnsendpoints"}).Namespace(s.namespace)
}

// waitEndpoint waits until there is a DNSEndpoint.
func (s *station) waitEndpoint(name string) *unstructured.Unstructured {
	s.Helper()
	var found *unstructured.Unstructured
	s.eventually("the DNSEndpoint "+name, func() (bool, string) {
		var err error
		found, err = s.endpoints().Get(s.Context(), name, metav1.GetOptions{})
		if err != nil {
			return false, err.Error()
		}
		return true, ""
	})
	return found
}

// externalDNS does once what external-dns does all the time.
func (s *station) externalDNS(endpoint *unstructured.Unstructured) {
	s.Helper()
	list, _, err := unstructured.NestedSlice(endpoint.Object, "spec", "endpoints")
	if err != nil || len(list) == 0 {
		s.Fatalf("the DNSEndpoint has the endpoints %v, %v", list, err)
	}
	for _, one := range list {
		record, _ := one.(map[string]any)
		host, _, _ := unstructured.NestedString(record, "dnsName")
		values, _, _ := unstructured.NestedStringSlice(record, "targets")
		if record["recordType"] != "TXT" || record["recordTTL"] != int64(10800) || host == "" || len(values) == 0 {
			s.Fatalf("it asks for %v", record)
		}
		s.dns(host, values...)
	}
}

// With dns.mode ExternalDNS the site has a DNSEndpoint beside it, as soon as the
// API server knows such things, and as long as it does.
func TestExternalDNSCreatesTheRecord(t *testing.T) {
	t.Parallel()
	s := manned(t)
	t.Cleanup(func() {
		// The definition is everybody's, and the test's own context has ended.
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if output, err := plane.Kubectl(ctx, "delete", "crd", endpointName, "--ignore-not-found").CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, output)
		}
	})
	const verified = v1alpha1.ConditionDNSVerified

	s.Log("no definition: it is told, with the record to create by hand")
	apply(t, s.namespace, blog("blog"))
	st := s.waitSite("blog", verified, v1alpha1.ReasonExternalDNSMissing).Status
	s.waitSite("blog", v1alpha1.ConditionReconciling, v1alpha1.ReasonExternalDNSMissing)
	if len(st.DNSChallenges) != 1 || st.DNSChallenges[0].Host != "blog.example.org" {
		t.Fatalf("status asks for %+v", st.DNSChallenges)
	}

	s.Log("the definition comes")
	mustKubectl(t, "default", "apply", "-f", endpointDefinition)
	mustKubectl(t, "default", "wait", "--for=condition=Established", "crd/"+endpointName)
	s.askAgain("blog", "once")
	endpoint := s.waitEndpoint("blog")
	site := s.waitSite("blog", verified, "DNSEndpoint blog tells external-dns")
	owners := endpoint.GetOwnerReferences()
	if len(owners) != 1 || owners[0].Kind != "GandiSite" || owners[0].UID != site.UID || owners[0].Controller == nil || !*owners[0].Controller {
		t.Errorf("it belongs to %+v", owners)
	}
	s.wantEvents("blog", "Normal PublishingRecords")
	s.wantThings(0, "sites")
	s.externalDNS(endpoint)
	s.askAgain("blog", "twice")
	s.waitSite("blog", v1alpha1.ConditionReady, "Ready=True")
	if after := s.waitEndpoint("blog"); after.GetResourceVersion() != endpoint.GetResourceVersion() {
		t.Errorf("what external-dns is told changed with the purchase: %v", after.Object)
	}

	s.Log("somebody's own DNSEndpoint is left alone")
	theirs := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "externaldns.k8s.io/v1alpha1", "kind": "DNSEndpoint", "metadata": map[string]any{"name": "taken"},
		"spec": map[string]any{"endpoints": []any{map[string]any{"dnsName": "taken.example.org", "recordType": "A", "targets": []any{"203.0.113.7"}}}},
	}}
	theirs, err := s.endpoints().Create(t.Context(), theirs, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	apply(t, s.namespace, blog("taken"))
	s.waitSite("taken", verified, v1alpha1.ReasonEndpointTaken)
	if after := s.waitEndpoint("taken"); after.GetResourceVersion() != theirs.GetResourceVersion() {
		t.Errorf("it was changed: %v", after.Object)
	}

	s.Log("it goes with its site, and the others stay")
	mustKubectl(t, s.namespace, "delete", "gsite", "blog", "taken", "--timeout="+patience.String())
	s.eventually("the DNSEndpoint of the deleted site to go", func() (bool, string) {
		list, err := s.endpoints().List(t.Context(), metav1.ListOptions{})
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, one := range list.Items {
			names = append(names, one.GetName())
		}
		return slices.Equal(names, []string{"taken"}), strings.Join(names, " ")
	})
	s.wantThings(0, "sites")

	s.Log("the definition goes")
	mustKubectl(t, "default", "delete", "crd", endpointName, "--timeout=1m")
	apply(t, s.namespace, blog("late"))
	s.waitSite("late", verified, v1alpha1.ReasonExternalDNSMissing)
	mustKubectl(t, s.namespace, "delete", "gsite", "late", "--timeout="+patience.String())
	if s.bought("sites") != 1 {
		t.Errorf("%d sites were bought", s.bought("sites"))
	}
}
