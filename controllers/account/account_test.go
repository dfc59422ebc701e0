package account

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/account"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
	"github.com/gandi-operator/gandi-operator/internal/token"
)

func TestAccountGetsReady(t *testing.T) {
	inStand(t, nil, func(t *testing.T, s *stand) {
		s.make(newSecret("key", gandisim.DefaultAPIKey), newAccount("main", "key"))
		s.reconcile("main")
		s.want("main", "Ready", v1alpha1.ReasonAccountReady, gandisim.DefaultHandle)
		st := s.account("main").Status
		if st.Handle != gandisim.DefaultHandle || st.RatingMode != "Credits" || st.Credits == nil || st.APIVersion == "" || st.Breaker != "Closed" {
			t.Errorf("status %+v", st)
		}
		open := map[string]bool{}
		for _, dc := range st.Datacenters {
			open[dc.Code] = dc.Open
		}
		if len(open) < 3 || open["US-BA1"] || !open["LU-BI1"] {
			t.Errorf("datacenters %+v", st.Datacenters)
		}
		if _, ok := s.registry.Get(named("main")); !ok {
			t.Error("the account is not bound")
		}
		s.run(time.Minute) // the first sweep
		// A resync without news: one look at the account, no write.
		s.writes = nil
		calls := s.since(func() { s.run(60 * time.Minute) })
		if len(s.writes) != 0 {
			t.Errorf("writes in an hour without news: %v", s.writes)
		}
		if n := calls["hosting.account.info"]; n < 5 || n > 8 || calls["version.info"] != 0 {
			t.Errorf("calls in an hour: %v", calls)
		}
	})
}

func TestSharesAccount(t *testing.T) {
	inStand(t, &gandisim.Options{Account: "shares"}, func(t *testing.T, s *stand) {
		s.make(newSecret("key", gandisim.DefaultAPIKey), newAccount("main", "key"))
		s.reconcile("main")
		s.want("main", "Ready", v1alpha1.ReasonAccountReady, "")
		if st := s.account("main").Status; st.RatingMode != "Shares" || st.Credits != nil {
			t.Errorf("mode %s, credits %v", st.RatingMode, st.Credits)
		}
	})
}

func TestMissingAndBadInputs(t *testing.T) {
	bundled := func(a *v1alpha1.GandiAccount) {
		a.Spec.CABundleRef = &v1alpha1.ConfigMapKeyReference{Name: "ca", Key: "ca.crt"}
	}
	config := func(pem string) *corev1.ConfigMap {
		return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "ca"}, Data: map[string]string{"ca.crt": pem}}
	}
	for _, c := range []struct {
		name              string
		objects           []client.Object
		change            func(*v1alpha1.GandiAccount)
		how, reason, says string
	}{
		{"no Secret", nil, nil, "Reconciling", v1alpha1.ReasonSecretNotFound, "Secret key is not there"},
		{"no key in the Secret", []client.Object{&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "key"}}}, nil,
			"Reconciling", v1alpha1.ReasonSecretNotFound, "Secret key has no key api-key"},
		{"no API key in the key", []client.Object{newSecret("key", "hunter2")}, nil, "Stalled", v1alpha1.ReasonInvalidKey, "key api-key of Secret key: "},
		{"an unknown API key", []client.Object{newSecret("key", strings.Repeat("x", 24))}, nil, "Stalled", v1alpha1.ReasonAccountDenied, "510150"},
		{"no ConfigMap", []client.Object{newSecret("key", gandisim.DefaultAPIKey)}, bundled, "Reconciling", v1alpha1.ReasonConfigMapNotFound, "ConfigMap ca is not there"},
		{"no key in the ConfigMap", []client.Object{newSecret("key", gandisim.DefaultAPIKey), &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "ca"}}}, bundled,
			"Reconciling", v1alpha1.ReasonConfigMapNotFound, "ConfigMap ca has no key ca.crt"},
		{"no certificate in the key", []client.Object{newSecret("key", gandisim.DefaultAPIKey), config("nothing")}, bundled,
			"Stalled", v1alpha1.ReasonInvalidCABundle, "holds no PEM certificate"},
		{"an endpoint that is none", []client.Object{newSecret("key", gandisim.DefaultAPIKey)}, func(a *v1alpha1.GandiAccount) { a.Spec.Endpoint = "http://example.com/" },
			"Stalled", v1alpha1.ReasonInvalidSpec, "http"},
	} {
		t.Run(c.name, func(t *testing.T) {
			inStand(t, nil, func(t *testing.T, s *stand) {
				a := newAccount("main", "key")
				if c.change != nil {
					c.change(a)
				}
				s.make(append(c.objects, a)...)
				s.reconcile("main")
				s.want("main", c.how, c.reason, c.says)
				if reason, _, known := s.registry.Trouble(named("main")); reason != c.reason || !known {
					t.Errorf("objects are told %q", reason)
				}
				s.writes = nil
				s.run(20 * time.Minute)
				if len(s.writes) != 0 {
					t.Errorf("writes without news: %v", s.writes)
				}
			})
		})
	}
}

func TestSecretThatAppears(t *testing.T) {
	inStand(t, nil, func(t *testing.T, s *stand) {
		s.make(newAccount("main", "key"))
		s.reconcile("main")
		s.want("main", "Reconciling", v1alpha1.ReasonSecretNotFound, "")
		s.make(newSecret("key", gandisim.DefaultAPIKey))
		s.reconcile("main") // the watch by name
		s.want("main", "Ready", v1alpha1.ReasonAccountReady, "")
		// And one that is taken away by force.
		secret, _ := s.secret("key")
		if err := s.Client.Delete(t.Context(), secret); err != nil {
			t.Fatal(err)
		}
		s.reconcile("main")
		s.want("main", "Reconciling", v1alpha1.ReasonSecretNotFound, "")
		if _, ok := s.registry.Get(named("main")); ok {
			t.Error("an account without a key is bound")
		}
	})
}

func TestRevokedThenRotated(t *testing.T) {
	inStand(t, nil, func(t *testing.T, s *stand) {
		s.make(newSecret("key", gandisim.DefaultAPIKey), newAccount("main", "key"))
		s.reconcile("main")
		s.run(time.Minute)
		c, _ := s.registry.Get(named("main"))
		s.world.RevokeKey(gandisim.DefaultAPIKey)
		s.run(15 * time.Minute) // the next sweep meets it
		s.want("main", "Stalled", v1alpha1.ReasonAccountDenied, "510150")
		if st := s.account("main").Status; st.Breaker != "Denied" || st.Handle != gandisim.DefaultHandle {
			t.Errorf("breaker %s, handle %s", st.Breaker, st.Handle)
		}
		calls := s.since(func() { s.run(time.Hour) })
		if n := calls["hosting.account.info"]; len(calls) != 1 || n > 20 {
			t.Errorf("calls in an hour with a revoked key: %v", calls)
		}
		if err := s.world.AddKey(secondKey, gandisim.DefaultHandle); err != nil {
			t.Fatal(err)
		}
		s.setKey("key", secondKey)
		s.reconcile("main")
		s.run(5 * time.Second)
		s.want("main", "Ready", v1alpha1.ReasonAccountReady, "")
		if again, _ := s.registry.Get(named("main")); again != c {
			t.Error("rotation began another conversation")
		}
		// A key that was never good.
		s.setKey("key", strings.Repeat("y", 24))
		s.reconcile("main")
		s.want("main", "Stalled", v1alpha1.ReasonAccountDenied, "")
		if _, ok := s.registry.Get(named("main")); ok {
			t.Error("an account whose key is refused is bound")
		}
	})
}

func TestAnotherHandle(t *testing.T) {
	inStand(t, nil, func(t *testing.T, s *stand) {
		s.make(newSecret("key", gandisim.DefaultAPIKey), newAccount("main", "key"))
		s.reconcile("main")
		s.setKey("key", gandisim.OtherAPIKey)
		s.reconcile("main")
		s.want("main", "Stalled", v1alpha1.ReasonAccountMismatch, gandisim.OtherHandle)
		if st := s.account("main").Status; st.Handle != gandisim.DefaultHandle {
			t.Errorf("the pinned handle became %s", st.Handle)
		}
		if reason, _, _ := s.registry.Trouble(named("main")); reason != v1alpha1.ReasonAccountMismatch {
			t.Errorf("objects are told %q", reason)
		}
		if _, ok := s.registry.Get(named("main")); ok {
			t.Error("a foreign key is used")
		}
		calls := s.since(func() { s.run(time.Hour) })
		if len(calls) != 1 || calls["hosting.account.info"] > 20 {
			t.Errorf("calls with a foreign key: %v", calls)
		}
		s.setKey("key", gandisim.DefaultAPIKey)
		s.reconcile("main")
		s.want("main", "Ready", v1alpha1.ReasonAccountReady, "")
	})
}

func TestNoCredits(t *testing.T) {
	t.Run("never bought any", func(t *testing.T) {
		inStand(t, &gandisim.Options{Account: "none"}, func(_ *testing.T, s *stand) {
			s.make(newSecret("key", gandisim.DefaultAPIKey), newAccount("main", "key"))
			s.reconcile("main")
			s.want("main", "Stalled", v1alpha1.ReasonNoCredits, "530040")
		})
	})
	t.Run("none left", func(t *testing.T) {
		inStand(t, nil, func(t *testing.T, s *stand) {
			s.make(newSecret("key", gandisim.DefaultAPIKey), newAccount("main", "key"))
			s.reconcile("main")
			s.run(time.Minute)
			c, _ := s.registry.Get(named("main"))
			panel := func(credits int) {
				if err := s.world.Change(map[string]any{"type": "account", "credits": credits}); err != nil {
					t.Fatal(err)
				}
				s.run(25 * time.Minute)
			}
			panel(0)
			s.want("main", "Stalled", v1alpha1.ReasonNoCredits, "no credits left")
			defer func() {
				panel(99)
				s.want("main", "Ready", v1alpha1.ReasonAccountReady, "")
				if st := s.account("main").Status; *st.Credits != 99 {
					t.Errorf("credits %d", *st.Credits)
				}
				p := &pass{obj: &v1alpha1.GandiAccount{}}
				for credits, want := range map[float64]int64{99.9: 99, 0.5: 0, -0.5: -1} {
					p.learn(c, gandi.Account{RatingEnabled: true, Credits: credits})
					if got := *p.obj.Status.Credits; got != want {
						t.Errorf("%v credits are shown as %d, want %d", credits, got, want)
					}
				}
			}()
			if _, err := c.Reserve(t.Context(), owner("web"), gandi.VMCreateFrom{}); err == nil {
				t.Error("a paid call without credits")
			}
			slot, err := c.Reserve(t.Context(), owner("web"), gandi.VMStart{ID: 1})
			if err != nil {
				t.Errorf("a free call without credits: %v", err)
			}
			slot.Withdraw()
		})
	})
}

func TestUnreachable(t *testing.T) {
	inStand(t, nil, func(t *testing.T, s *stand) {
		s.world.Script(gandisim.Trouble{Method: "*", Status: 502})
		s.make(newSecret("key", gandisim.DefaultAPIKey), newAccount("main", "key"))
		s.reconcile("main")
		s.want("main", "Reconciling", v1alpha1.ReasonGandiUnavailable, "502")
		s.writes = nil
		s.run(30 * time.Minute)
		if len(s.writes) != 0 {
			t.Errorf("writes without news: %v", s.writes)
		}
		s.world.ClearTroubles()
		s.run(50 * time.Second)
		s.want("main", "Ready", v1alpha1.ReasonAccountReady, "")

		// Once bound, the breaker tells.
		s.world.Script(gandisim.Trouble{Method: "*", Status: 502})
		s.run(12 * time.Minute)
		s.want("main", "Reconciling", v1alpha1.ReasonGandiUnavailable, "Gandi does not answer")
		if st := s.account("main").Status; st.Breaker != "Open" {
			t.Errorf("breaker %s", st.Breaker)
		}
		s.writes = nil
		s.run(30 * time.Minute)
		if len(s.writes) != 0 {
			t.Errorf("writes without news: %v", s.writes)
		}
		s.world.ClearTroubles()
		s.run(50 * time.Second)
		s.want("main", "Ready", v1alpha1.ReasonAccountReady, "")
	})
}

// The handle is written down before anything can be bought with it.
func TestPinComesBeforeBinding(t *testing.T) {
	inStand(t, nil, func(t *testing.T, s *stand) {
		s.make(newSecret("key", gandisim.DefaultAPIKey), newAccount("main", "key"))
		s.reconcile("main")
		want := []string{
			"patch *v1alpha1.GandiAccount main", // the finalizer
			"patch status *v1alpha1.GandiAccount main",
			"patch status *v1alpha1.GandiAccount main",
		}
		if !slices.Equal(s.writes, want) {
			t.Errorf("writes %q, want %q", s.writes, want)
		}
	})
}

func TestInUseProtection(t *testing.T) {
	inStand(t, nil, func(t *testing.T, s *stand) {
		s.make(newSecret("key", gandisim.DefaultAPIKey), newAccount("main", "key"))
		s.reconcile("main")
		held := func() bool {
			secret, ok := s.secret("key")
			return ok && controllerutil.ContainsFinalizer(secret, v1alpha1.FinalizerInUse)
		}
		inUse := func() string {
			c := meta.FindStatusCondition(s.account("main").Status.Conditions, v1alpha1.ConditionInUse)
			return string(c.Status) + " " + c.Message
		}
		if held() || inUse() != "False no object refers to the account" {
			t.Errorf("unused, yet held: %v, %s", held(), inUse())
		}
		for _, name := range []string{"a", "b", "c", "d"} {
			s.make(newVM(name, "main"))
		}
		s.make(newVM("other", "elsewhere"))
		s.reconcile("main")
		if !held() || inUse() != "True referred to by GandiVM/a, GandiVM/b, GandiVM/c and others" {
			t.Errorf("used, yet held: %v, %s", held(), inUse())
		}

		// The namespace goes: everything is deleted at once.
		everything := []client.Object{&v1alpha1.GandiAccount{}, &corev1.Secret{}, &v1alpha1.GandiVM{}}
		for _, kind := range everything {
			if err := s.DeleteAllOf(t.Context(), kind, client.InNamespace("default")); err != nil {
				t.Fatal(err)
			}
		}
		s.reconcile("main")
		if !held() || !strings.HasSuffix(inUse(), "; the account goes when they are gone") {
			t.Errorf("in deletion, held: %v, %s", held(), inUse())
		}
		s.want("main", "Ready", v1alpha1.ReasonAccountReady, "")
		if _, ok := s.registry.Get(named("main")); !ok {
			t.Fatal("the objects can't be deleted without the account")
		}
		var vms v1alpha1.GandiVMList
		if err := s.List(t.Context(), &vms); err != nil {
			t.Fatal(err)
		}
		for i := range vms.Items {
			if vms.Items[i].Name == "other" {
				continue
			}
			if _, ok := s.find("main"); !ok {
				t.Fatal("the account went before its objects")
			}
			controllerutil.RemoveFinalizer(&vms.Items[i], v1alpha1.Finalizer)
			if err := s.Update(t.Context(), &vms.Items[i]); err != nil {
				t.Fatal(err)
			}
			s.reconcile("main")
		}
		if _, ok := s.secret("key"); ok {
			t.Error("the Secret is still there")
		}
		if _, ok := s.find("main"); ok {
			t.Error("the account is still there")
		}
		if _, _, known := s.registry.Trouble(named("main")); known {
			t.Error("the account is still known")
		}
		s.reconcile("main") // of what is gone
		last := s.writes[len(s.writes)-2:]
		if !slices.Equal(last, []string{"patch *v1.Secret key", "patch *v1alpha1.GandiAccount main"}) {
			t.Errorf("the last writes were %q", last)
		}
	})
}

func TestSharedAndChangedSecrets(t *testing.T) {
	inStand(t, nil, func(t *testing.T, s *stand) {
		if err := s.world.AddKey(secondKey, gandisim.DefaultHandle); err != nil {
			t.Fatal(err)
		}
		s.make(newSecret("key", gandisim.DefaultAPIKey), newSecret("next", secondKey), newAccount("main", "key"), newAccount("twin", "key"))
		s.make(newVM("a", "main"), newVM("b", "twin"))
		held := func(name string) bool {
			secret, _ := s.secret(name)
			return controllerutil.ContainsFinalizer(secret, v1alpha1.FinalizerInUse)
		}
		s.reconcile("main")
		s.reconcile("twin")
		one, _ := s.registry.Get(named("main"))
		if two, _ := s.registry.Get(named("twin")); one != two {
			t.Error("two conversations of one handle")
		}
		move := func(name, secret string) {
			a := s.account(name)
			a.Spec.CredentialsSecretRef.Name = secret
			a.Generation++
			if err := s.Update(t.Context(), a); err != nil {
				t.Fatal(err)
			}
			s.reconcile(name)
		}
		move("main", "next")
		if !held("key") || !held("next") {
			t.Errorf("one of two has moved: key held %v, next held %v", held("key"), held("next"))
		}
		move("twin", "next")
		if held("key") || !held("next") {
			t.Errorf("both have moved: key held %v, next held %v", held("key"), held("next"))
		}
		s.want("main", "Ready", v1alpha1.ReasonAccountReady, "")
	})
}

func TestOrphansAndDuplicates(t *testing.T) {
	inStand(t, nil, func(t *testing.T, s *stand) {
		tok := func(name string) string { return token.Of(installation, "GandiVM", "default", name) }
		disk := func(name string) {
			if err := s.world.Change(map[string]any{"type": "disk", "create": map[string]any{"name": name}}); err != nil {
				t.Fatal(err)
			}
		}
		disk(tok("lost"))
		disk(tok("young")) // its object has bought nothing yet
		disk(tok("web"))   // a second one
		disk(token.Of("zz99", "GandiVM", "default", "lost"))
		disk("plain")
		if err := s.world.Change(map[string]any{"type": "vm", "create": map[string]any{"hostname": "web", "disk_name": tok("web")}}); err != nil {
			t.Fatal(err)
		}
		s.make(newSecret("key", gandisim.DefaultAPIKey), newAccount("main", "key"), newVM("young", "main"))
		s.reconcile("main")
		s.run(20 * time.Second)
		c, _ := s.registry.Get(named("main"))
		var id int
		for vm := range c.Inventory().AllVMs() {
			id = int(vm.ID)
		}
		web := newVM("web", "main")
		web.Annotations = map[string]string{v1alpha1.AnnotationExternal: gandisim.DefaultHandle + "/vm/" + itoa(id) + "/" + tok("web")}
		s.make(web)
		s.run(5 * time.Minute)
		if st := s.account("main").Status; len(st.Orphans) != 0 || len(st.Duplicates) != 0 {
			t.Errorf("after one sweep orphans %v, duplicates %v", st.Orphans, st.Duplicates)
		}
		s.run(30 * time.Minute)
		st := s.account("main").Status
		if len(st.Orphans) != 1 || st.Orphans[0].Token != tok("lost") || st.Orphans[0].Type != "disk" {
			t.Errorf("orphans %+v", st.Orphans)
		}
		if len(st.Duplicates) != 1 || st.Duplicates[0].Token != tok("web") {
			t.Errorf("duplicates %+v", st.Duplicates)
		}

		// Released on purpose.
		c.Released(tok("lost"))
		s.run(time.Minute)
		st = s.account("main").Status
		if len(st.Orphans) != 0 || !slices.Equal(st.Released, []string{tok("lost")}) {
			t.Errorf("orphans %+v, released %v", st.Orphans, st.Released)
		}
		// It survives a restart.
		s.registry.Unbind(named("main"), "", "")
		s.reconcile("main")
		s.run(30 * time.Minute)
		st = s.account("main").Status
		if len(st.Orphans) != 0 || !slices.Equal(st.Released, []string{tok("lost")}) {
			t.Errorf("after a restart orphans %+v, released %v", st.Orphans, st.Released)
		}
		// And ends with the thing.
		c, _ = s.registry.Get(named("main"))
		for _, d := range c.Inventory().DiskNamed(tok("lost")) {
			if err := s.world.Change(map[string]any{"type": "disk", "id": int(d.ID), "delete": true}); err != nil {
				t.Fatal(err)
			}
		}
		s.run(25 * time.Minute)
		if st = s.account("main").Status; len(st.Released) != 0 {
			t.Errorf("released %v", st.Released)
		}
		// Under watch it takes no second sweep.
		c.WatchToken(tok("late"))
		disk(tok("late"))
		c.Refresh(owner("x"), account.Want{Kind: account.WantSweep})
		time.Sleep(10 * time.Second)
		s.reconcile("main")
		if st = s.account("main").Status; len(st.Orphans) != 1 || st.Orphans[0].Token != tok("late") {
			t.Errorf("orphans %+v", st.Orphans)
		}
	})
}

// A status that was lost pins the account anew, and heals.
func TestLostStatus(t *testing.T) {
	inStand(t, nil, func(t *testing.T, s *stand) {
		s.make(newSecret("key", gandisim.DefaultAPIKey), newAccount("main", "key"))
		s.reconcile("main")
		a := s.account("main")
		a.Status = v1alpha1.GandiAccountStatus{}
		if err := s.Client.Status().Update(t.Context(), a); err != nil {
			t.Fatal(err)
		}
		s.reconcile("main")
		s.want("main", "Ready", v1alpha1.ReasonAccountReady, gandisim.DefaultHandle)
		if st := s.account("main").Status; st.Handle != gandisim.DefaultHandle || st.RatingMode == "" {
			t.Errorf("status %+v", st)
		}
	})
}

func TestEventsMarkChangesAlone(t *testing.T) {
	inStand(t, nil, func(t *testing.T, s *stand) {
		s.make(newAccount("main", "key"))
		for range 5 {
			s.reconcile("main")
		}
		s.make(newSecret("key", gandisim.DefaultAPIKey))
		for range 5 {
			s.reconcile("main")
		}
		s.setKey("key", gandisim.OtherAPIKey)
		for range 5 {
			s.reconcile("main")
		}
		synctest.Wait()
		var got []string
		for range len(s.events.Events) {
			got = append(got, strings.Join(strings.Fields(<-s.events.Events)[:2], " "))
		}
		want := []string{"Normal SecretNotFound", "Normal AccountReady", "Warning AccountMismatch"}
		if !slices.Equal(got, want) {
			t.Errorf("events %q, want %q", got, want)
		}
	})
}

// internal/account must not import the API, so it spells its reasons out.
func TestReasonsAreThoseOfTheAPI(t *testing.T) {
	for got, want := range map[string]string{
		account.ReasonBudgetExhausted:  v1alpha1.ReasonBudgetExhausted,
		account.ReasonThrottled:        v1alpha1.ReasonThrottled,
		account.ReasonGandiUnavailable: v1alpha1.ReasonGandiUnavailable,
		account.ReasonAccountDenied:    v1alpha1.ReasonAccountDenied,
		account.ReasonAccountMismatch:  v1alpha1.ReasonAccountMismatch,
		account.ReasonNoCredits:        v1alpha1.ReasonNoCredits,
		account.ReasonConnecting:       v1alpha1.ReasonConnecting,
	} {
		if got != want {
			t.Errorf("%q is %q in the API", got, want)
		}
	}
}
