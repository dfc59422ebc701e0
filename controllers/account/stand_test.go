package account

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/events"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/account"
	"github.com/gandi-operator/gandi-operator/internal/condition"
	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
	"github.com/gandi-operator/gandi-operator/internal/operation"
)

const (
	installation = "ab12"
	secondKey    = "simulator0key0number0six"
)

// stand is a reconciler between a fake cluster and a simulated world.
type stand struct {
	*testing.T
	client.Client
	world    *gandisim.World
	registry *account.Registry
	events   *events.FakeRecorder
	r        *Reconciler
	gone     string // a kind of list that the API server does not know any more

	mu     sync.Mutex
	woken  map[types.NamespacedName]bool
	writes []string
	due    map[types.NamespacedName]time.Time
}

func inStand(t *testing.T, o *gandisim.Options, f func(t *testing.T, s *stand)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &stand{
			T: t, world: gandisim.New(o), events: events.NewFakeRecorder(1000),
			woken: map[types.NamespacedName]bool{}, due: map[types.NamespacedName]time.Time{},
		}
		scheme := runtime.NewScheme()
		for _, add := range []func(*runtime.Scheme) error{corev1.AddToScheme, v1alpha1.AddToScheme} {
			if err := add(scheme); err != nil {
				t.Fatal(err)
			}
		}
		builder := fake.NewClientBuilder().WithScheme(scheme).
			WithStatusSubresource(&v1alpha1.GandiAccount{}, &v1alpha1.GandiVM{}).
			WithInterceptorFuncs(s.recording())
		for _, kind := range []client.Object{&v1alpha1.GandiVM{}, &v1alpha1.GandiDisk{}, &v1alpha1.GandiVLAN{}, &v1alpha1.GandiSSHKey{}} {
			builder = builder.WithIndex(kind, AccountField, func(o client.Object) []string { return []string{refOf(o)} })
		}
		s.Client = builder.Build()
		s.registry = account.NewRegistry(account.Options{
			Installation: installation,
			NewTransport: func() http.RoundTripper { return s.world.Transport() },
			Wake:         s.wake,
		})
		s.r = newReconciler(s.Client, s.Client, newWatches(nil), s.events, Options{
			Registry: s.registry, Installation: installation,
			Kinds: []schema.GroupVersionKind{
				v1alpha1.GroupVersion.WithKind("GandiVM"), v1alpha1.GroupVersion.WithKind("GandiDisk"),
				v1alpha1.GroupVersion.WithKind("GandiVLAN"), v1alpha1.GroupVersion.WithKind("GandiSSHKey"),
			},
		})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); _ = s.registry.Start(ctx) }()
		synctest.Wait()
		f(t, s)
		cancel()
		<-done
	})
}

// recording notes every write to the cluster.
func (s *stand) recording() interceptor.Funcs {
	note := func(what string, obj client.Object) {
		s.writes = append(s.writes, fmt.Sprintf("%s %T %s", what, obj, obj.GetName()))
	}
	return interceptor.Funcs{
		List: func(ctx context.Context, c client.WithWatch, list client.ObjectList, o ...client.ListOption) error {
			if gvk := list.GetObjectKind().GroupVersionKind(); s.gone != "" && gvk.Kind == s.gone {
				return &meta.NoKindMatchError{GroupKind: gvk.GroupKind(), SearchedVersions: []string{gvk.Version}}
			}
			return c.List(ctx, list, o...)
		},
		Patch: func(ctx context.Context, c client.WithWatch, obj client.Object, p client.Patch, o ...client.PatchOption) error {
			note("patch", obj)
			return c.Patch(ctx, obj, p, o...)
		},
		SubResourcePatch: func(ctx context.Context, c client.Client, sub string, obj client.Object, p client.Patch, o ...client.SubResourcePatchOption) error {
			note("patch "+sub, obj)
			return c.SubResource(sub).Patch(ctx, obj, p, o...)
		},
	}
}

func (s *stand) wake(o operation.Owner) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o.Kind == "GandiAccount" {
		s.woken[types.NamespacedName{Namespace: o.Namespace, Name: o.Name}] = true
	}
}

func named(name string) types.NamespacedName {
	return types.NamespacedName{Namespace: "default", Name: name}
}

// reconcile runs one pass, as a controller would.
func (s *stand) reconcile(name string) {
	s.Helper()
	result, err := s.r.Reconcile(s.Context(), reconcile.Request{NamespacedName: named(name)})
	if err != nil {
		s.Fatalf("reconciling %s: %v", name, err)
	}
	s.due[named(name)] = time.Now().Add(result.RequeueAfter)
	if result.RequeueAfter == 0 {
		delete(s.due, named(name))
	}
	s.lint(name)
}

// lint holds every status that a test meets to the rules of conditions.
func (s *stand) lint(name string) {
	s.Helper()
	a, ok := s.find(name)
	if !ok {
		return
	}
	for _, found := range condition.Lint(a.Generation, a.Status.ObservedGeneration, a.Status.Conditions) {
		s.Errorf("conditions of %s: %s", name, found)
	}
}

// run lets time pass, reconciling whenever an account is woken or due.
func (s *stand) run(d time.Duration) {
	s.Helper()
	end := time.Now().Add(d)
	for time.Now().Before(end) {
		time.Sleep(200 * time.Millisecond)
		s.mu.Lock()
		var names []string
		for n := range s.woken {
			names = append(names, n.Name)
		}
		clear(s.woken)
		for n, at := range s.due {
			if !time.Now().Before(at) && !slices.Contains(names, n.Name) {
				names = append(names, n.Name)
			}
		}
		s.mu.Unlock()
		for _, n := range names {
			s.reconcile(n)
		}
	}
}

func (s *stand) make(objects ...client.Object) {
	s.Helper()
	for _, o := range objects {
		if err := s.Create(s.Context(), o); err != nil {
			s.Fatal(err)
		}
	}
}

func newAccount(name, secret string) *v1alpha1.GandiAccount {
	return &v1alpha1.GandiAccount{
		ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: name, Generation: 1},
		Spec: v1alpha1.GandiAccountSpec{
			Endpoint:             "https://rpc.gandi.net/xmlrpc/",
			CredentialsSecretRef: v1alpha1.CredentialsReference{Name: secret, Key: "api-key"},
			RateLimit:            &v1alpha1.RateLimit{RequestsPerSecond: 100},
		},
	}
}

func newSecret(name, key string) *corev1.Secret {
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: name},
		Data:       map[string][]byte{"api-key": []byte(key + "\n")},
	}
}

func newVM(name, account string) *v1alpha1.GandiVM {
	vm := &v1alpha1.GandiVM{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: name, Finalizers: []string{v1alpha1.Finalizer}}}
	vm.Spec.AccountRef.Name = account
	return vm
}

func (s *stand) find(name string) (*v1alpha1.GandiAccount, bool) {
	s.Helper()
	var a v1alpha1.GandiAccount
	err := s.Get(s.Context(), named(name), &a)
	if apierrors.IsNotFound(err) {
		return nil, false
	}
	if err != nil {
		s.Fatal(err)
	}
	return &a, true
}

func (s *stand) account(name string) *v1alpha1.GandiAccount {
	s.Helper()
	a, ok := s.find(name)
	if !ok {
		s.Fatalf("account %s is gone", name)
	}
	return a
}

func (s *stand) secret(name string) (*corev1.Secret, bool) {
	s.Helper()
	var one corev1.Secret
	err := s.Get(s.Context(), named(name), &one)
	return &one, err == nil
}

// want checks the conditions: how is Ready, Reconciling or Stalled.
func (s *stand) want(name, how, reason, says string) {
	s.Helper()
	a := s.account(name)
	c := meta.FindStatusCondition(a.Status.Conditions, how)
	switch {
	case c == nil || c.Status != metav1.ConditionTrue:
		s.Errorf("%s is not %s: %+v", name, how, a.Status.Conditions)
	case c.Reason != reason:
		s.Errorf("%s is %s for %s (%s), want %s", name, how, c.Reason, c.Message, reason)
	case !strings.Contains(c.Message, says):
		s.Errorf("%s says %q, want %q in it", name, c.Message, says)
	}
	if strings.Contains(c.Message, gandisim.DefaultAPIKey) || strings.Contains(c.Message, secondKey) {
		s.Errorf("the message shows a key")
	}
}

func (s *stand) setKey(secret, key string) {
	s.Helper()
	one, ok := s.secret(secret)
	if !ok {
		s.Fatalf("no Secret %s", secret)
	}
	one.Data["api-key"] = []byte(key)
	if err := s.Update(s.Context(), one); err != nil {
		s.Fatal(err)
	}
}

// since counts the calls to Gandi that f leads to.
func (s *stand) since(f func()) map[string]int {
	was := len(s.world.Journal())
	f()
	calls := map[string]int{}
	for _, e := range s.world.Journal()[was:] {
		calls[e.Method]++
	}
	return calls
}

func owner(name string) operation.Owner {
	return operation.Owner{Kind: "GandiVM", Namespace: "default", Name: name}
}

func itoa(n int) string { return strconv.Itoa(n) }
