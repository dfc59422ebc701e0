package testkit

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/api/meta/testrestmapper"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/account"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
)

// Namespace of every object in a Lab.
const Namespace = "default"

// Password that the Secret "login" of a Lab holds, a canary.
const Password = "Canary-Pa55word"

// Lab is the world outside of the operator.
type Lab struct {
	t     testing.TB
	World *gandisim.World
	// Store is the Kubernetes store as a person's kubectl sees it.
	Store client.WithWatch
	// Account are the settings of the account "default".
	Account account.Settings

	mu       sync.Mutex
	managers []*Manager
	writes   int    // changing calls of managers so far, to either side
	crash    *Crash // still to strike
	struck   string
	events   []string
}

// Crash kills the manager that makes the nth write, before it took effect or
// right after.
type Crash struct {
	N      int
	Before bool
}

// Options of a Lab.
type Options struct {
	Sim     *gandisim.Options
	Account account.Settings
	Crash   *Crash
}

// kinds are all kinds that the operator reads or writes. Making them costs more
// than a life, so they are made once.
var kinds = sync.OnceValues(func() (*runtime.Scheme, meta.RESTMapper) {
	s := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{corev1.AddToScheme, v1alpha1.AddToScheme, apiextensionsv1.AddToScheme} {
		if err := add(s); err != nil {
			panic(fmt.Sprintf("testkit: %v", err))
		}
	}
	return s, testrestmapper.TestOnlyStaticRESTMapper(s)
})

// NewLab is a fresh world. Inside a synctest bubble its time is virtual.
func NewLab(t testing.TB, o Options) *Lab {
	t.Helper()
	if o.Sim == nil {
		o.Sim = &gandisim.Options{}
	}
	sim := *o.Sim
	o.Sim = &sim
	o.Sim.Seed = max(o.Sim.Seed, 1)
	if o.Sim.TimeScale == 0 {
		// Fewer ticks of the tracker, the same order of things.
		o.Sim.TimeScale = 10
	}
	l := &Lab{t: t, World: gandisim.New(o.Sim), Account: o.Account, crash: o.Crash}
	key, err := gandi.NewAPIKey(gandisim.DefaultAPIKey)
	if err != nil {
		t.Fatal(err)
	}
	l.Account.APIKey = key
	l.Account.Endpoint = "http://127.0.0.1/xmlrpc/"
	scheme, mapper := kinds()
	l.Store = fake.NewClientBuilder().WithScheme(scheme).WithRESTMapper(mapper).
		WithStatusSubresource(&v1alpha1.GandiVM{}, &v1alpha1.GandiAccount{}).
		WithObjects(
			&apiextensionsv1.CustomResourceDefinition{ObjectMeta: metav1.ObjectMeta{Name: "gandivms.hosting.gandi.net"}},
			&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: Namespace, Name: "login", UID: "login-uid"}, Data: map[string][]byte{"password": []byte(Password)}},
		).Build()
	return l
}

// Create stores obj as a person's kubectl apply does.
func (l *Lab) Create(obj client.Object) {
	l.t.Helper()
	obj.SetNamespace(Namespace)
	obj.SetGeneration(1)
	if obj.GetUID() == "" {
		obj.SetUID(types.UID(obj.GetName() + "-uid"))
	}
	if err := l.Store.Create(context.Background(), obj); err != nil {
		l.t.Fatal(err)
	}
	l.woken(client.ObjectKeyFromObject(obj))
}

// VM reads a GandiVM; nil when it is not there.
func (l *Lab) VM(name string) *v1alpha1.GandiVM {
	l.t.Helper()
	var vm v1alpha1.GandiVM
	err := l.Store.Get(context.Background(), types.NamespacedName{Namespace: Namespace, Name: name}, &vm)
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		l.t.Fatal(err)
	}
	return &vm
}

// Edit changes a GandiVM as a person does. A change of the spec makes a new
// generation.
func (l *Lab) Edit(name string, changes ...func(*v1alpha1.GandiVM)) {
	l.t.Helper()
	for {
		vm := l.VM(name)
		if vm == nil {
			l.t.Fatalf("GandiVM %s is not there to be edited", name)
		}
		before := vm.DeepCopy()
		for _, change := range changes {
			change(vm)
		}
		if !equality.Semantic.DeepEqual(before.Spec, vm.Spec) {
			vm.Generation++
		}
		err := l.Store.Update(context.Background(), vm)
		if apierrors.IsConflict(err) {
			continue
		}
		if err != nil {
			l.t.Fatal(err)
		}
		l.woken(client.ObjectKeyFromObject(vm))
		return
	}
}

// Delete deletes a GandiVM as kubectl delete --wait=false does.
func (l *Lab) Delete(name string) {
	l.t.Helper()
	vm := l.VM(name)
	if vm == nil {
		return
	}
	if err := l.Store.Delete(context.Background(), vm); err != nil && !apierrors.IsNotFound(err) {
		l.t.Fatal(err)
	}
	l.woken(client.ObjectKeyFromObject(vm))
}

// woken tells living managers of a change in the store, as a watch does.
func (l *Lab) woken(key types.NamespacedName) {
	l.mu.Lock()
	managers := append([]*Manager(nil), l.managers...)
	l.mu.Unlock()
	for _, m := range managers {
		m.enqueue(key, 0)
	}
}

// Pass lets time pass.
func (l *Lab) Pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// Steady lets time pass and fails the test when holds does not hold throughout.
func (l *Lab) Steady(what string, during time.Duration, holds func() bool) {
	l.t.Helper()
	for end := time.Now().Add(during); time.Now().Before(end); l.Pass(max(during/200, time.Second)) {
		l.revive()
		if !holds() {
			l.t.Fatalf("not %s throughout\n%s", what, l.Describe())
		}
	}
}

// Until lets time pass until done, and fails the test after within. A manager
// that was killed meanwhile is replaced.
func (l *Lab) Until(what string, within time.Duration, done func() bool) {
	l.t.Helper()
	// Looking costs more than most of what happens between two looks: the longer
	// it takes, the seldomer.
	began := time.Now()
	for end := began.Add(within); ; l.Pass(min(max(time.Since(began)/40, 250*time.Millisecond), 10*time.Second)) {
		l.revive()
		if done() {
			return
		}
		if time.Now().After(end) {
			l.t.Fatalf("not %s within %s (struck %q)\n%s", what, within, l.Struck(), l.Describe())
		}
	}
}

// Stop ends every manager.
func (l *Lab) Stop() {
	l.mu.Lock()
	managers := append([]*Manager(nil), l.managers...)
	l.mu.Unlock()
	for _, m := range managers {
		m.Stop()
	}
}

// revive starts a manager in the place of one that was killed.
func (l *Lab) revive() {
	l.mu.Lock()
	var dead []*Manager
	for _, m := range l.managers {
		if m.killed() {
			dead = append(dead, m)
		}
	}
	l.mu.Unlock()
	for _, m := range dead {
		m.Stop()
		l.Start()
	}
}

// Struck tells where the crash struck; "" when it did not (yet).
func (l *Lab) Struck() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.struck
}

// Events that managers recorded, as "type reason note".
func (l *Lab) Events() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string(nil), l.events...)
}

// Writes counts the changing calls of managers so far, to either side.
func (l *Lab) Writes() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.writes
}
