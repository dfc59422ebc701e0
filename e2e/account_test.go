package e2e

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
)

// setKey puts a key into the account's Secret.
func (s *station) setKey(key string) {
	s.Helper()
	apply(s, s.namespace, strings.Replace(s.credentials(), s.key, key, 1))
}

// The key is revoked, replaced, mistyped, and another account's: each is told on
// the account, in time, and none costs an object what it has.
func TestKeysChange(t *testing.T) {
	t.Parallel()
	s := manned(t)
	s.apply("web", ``)
	s.waitReady("web")
	id := s.vm("web").Status.ID

	s.Log("revoked")
	s.world.RevokeKey(s.key)
	s.waitAccountTold("AccountDenied")
	if vm := s.vm("web"); !meta.IsStatusConditionTrue(vm.Status.Conditions, v1alpha1.ConditionReady) {
		t.Errorf("an object in sync is disturbed: %s", told(vm.Status.Conditions, vm.Generation))
	}
	s.edit("gvm", "web", `spec: {hostname: renamed}`)
	s.waitTold("web", "AccountNotReady")

	s.Log("replaced")
	second := canary()
	if err := s.world.AddKey(second, s.handle); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	s.setKey(second)
	s.waitAccountTold("Ready=True")
	// It is to be in force within 5 s; the machine may be busy.
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("the new key was in force after %s", took)
	}
	s.waitReady("web")
	if at := s.thing(id); at["hostname"] != "renamed" {
		t.Errorf("Gandi has %v", at)
	}

	s.Log("mistyped")
	s.setKey("too-short")
	s.waitAccountTold("InvalidKey")
	if account := s.readAccount(); !meta.IsStatusConditionTrue(account.Status.Conditions, v1alpha1.ConditionStalled) {
		t.Error("a value that is no key does not stall the account")
	}

	s.Log("of another handle")
	before := len(s.calls())
	s.setKey(gandisim.OtherAPIKey)
	s.waitAccountTold("AccountMismatch")
	s.edit("gvm", "web", `spec: {hostname: again}`)
	s.waitTold("web", "AccountNotReady")
	if got := s.calls(); len(got) != before {
		t.Errorf("with another's key it called %v", got[before:])
	}

	s.Log("right again")
	s.setKey(second)
	s.waitAccountTold("Ready=True")
	s.waitReady("web")
	if at := s.thing(id); at["hostname"] != "again" || s.vm("web").Status.ID != id {
		t.Errorf("Gandi has %v", at)
	}
	for i, o := range s.operators {
		if strings.Contains(o.said(), second) {
			t.Errorf("manager %d tells the second key", i+1)
		}
	}
}

// Gandi is away: the account tells it, objects in sync stay so, and all heals by
// itself.
func TestOutage(t *testing.T) {
	t.Parallel()
	s := manned(t)
	s.apply("web", ``)
	s.waitReady("web")
	s.world.Script(gandisim.Trouble{Status: 503})
	s.waitAccountTold("GandiUnavailable")
	s.apply("new", ``)
	s.waitTold("new", "AccountNotReady")
	if vm := s.vm("web"); !meta.IsStatusConditionTrue(vm.Status.Conditions, v1alpha1.ConditionReady) {
		t.Errorf("an object in sync is disturbed: %s", told(vm.Status.Conditions, vm.Generation))
	}
	s.world.ClearTroubles()
	began := time.Now()
	s.waitAccountTold("Ready=True")
	s.waitReady("new")
	if took := time.Since(began); took > time.Minute {
		t.Errorf("it took %s to be whole again", took)
	}
	s.wantThings(2, "vms")
}

// Metrics are for those whom the cluster lets read them, and tell no secret.
func TestMetricsAskWhoIsThere(t *testing.T) {
	t.Parallel()
	s := manned(t)
	s.apply("web", ``)
	s.waitReady("web")
	s.metrics("", http.StatusUnauthorized)

	accounts := core(t).CoreV1().ServiceAccounts(s.namespace)
	if _, err := accounts.Create(t.Context(), &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "scraper"}}, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	request, err := accounts.CreateToken(t.Context(), "scraper", &authenticationv1.TokenRequest{}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	// What is no token at all cannot be reviewed.
	s.metrics("nonsense", http.StatusInternalServerError)
	s.metrics(request.Status.Token, http.StatusForbidden)

	binding := &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: s.namespace + "-scraper"},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: s.namespace, Name: "scraper"}},
		RoleRef:    rbacv1.RoleRef{Kind: "ClusterRole", APIGroup: rbacv1.GroupName, Name: "gandi-operator-metrics-reader"},
	}
	if _, err := core(t).RbacV1().ClusterRoleBindings().Create(t.Context(), binding, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	body := s.metrics(request.Status.Token, http.StatusOK)
	for _, want := range []string{
		"gandi_requests_total{", "gandi_calls_total{", "gandi_paid_calls_total", "gandi_operations_ended_total{", "gandi_sweeps_total", "gandi_accounts{", "gandi_objects{",
		"controller_runtime_reconcile_total{",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("there is no %s in the metrics", want)
		}
	}
	for _, secret := range []string{s.key, s.password} {
		if strings.Contains(body, secret) {
			t.Error("a secret is told in the metrics")
		}
	}
}

// metrics are what the manager answers to a token, once it has a status. What
// was decided before stays decided for a while.
func (s *station) metrics(token string, want int) (body string) {
	s.Helper()
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true}}
	s.eventually(fmt.Sprintf("status %d of the metrics", want), func() (bool, string) {
		request, err := http.NewRequestWithContext(s.Context(), http.MethodGet, "https://"+s.operators[0].metrics+"/metrics", nil)
		if err != nil {
			s.Fatal(err)
		}
		if token != "" {
			request.Header.Set("Authorization", "Bearer "+token)
		}
		response, err := client.Do(request)
		if err != nil {
			return false, err.Error()
		}
		defer response.Body.Close()
		raw, err := io.ReadAll(response.Body)
		if err != nil {
			return false, err.Error()
		}
		body = string(raw)
		return response.StatusCode == want, response.Status
	})
	return body
}
