package account

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/metadata/fake"
	k8stesting "k8s.io/client-go/testing"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

// lookout is a watches with a fake API server and a queue.
type lookout struct {
	*watches
	t      *testing.T
	client *fake.FakeMetadataClient
	queue  workqueue.TypedRateLimitingInterface[reconcile.Request]

	mu   sync.Mutex
	seen []string // what was asked for, by field selector
}

func newLookout(t *testing.T) *lookout {
	t.Helper()
	scheme := fake.NewTestScheme()
	for _, add := range []func(*runtime.Scheme) error{metav1.AddMetaToScheme, corev1.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	l := &lookout{
		t: t, client: fake.NewSimpleMetadataClient(scheme),
		queue: workqueue.NewTypedRateLimitingQueue(workqueue.DefaultTypedControllerRateLimiter[reconcile.Request]()),
	}
	l.client.PrependReactor("list", "*", func(a k8stesting.Action) (bool, runtime.Object, error) {
		list, ok := a.(k8stesting.ListAction)
		if ok {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.seen = append(l.seen, a.GetResource().Resource+" "+a.GetNamespace()+" "+list.GetListRestrictions().Fields.String())
		}
		return false, nil, nil
	})
	l.watches = newWatches(l.client)
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(func() { cancel(); l.queue.ShutDown() })
	if err := l.source().Start(ctx, l.queue); err != nil {
		t.Fatal(err)
	}
	return l
}

// next waits for the next account in the queue.
func (l *lookout) next() string {
	l.t.Helper()
	got := make(chan string, 1)
	go func() {
		r, _ := l.queue.Get()
		l.queue.Done(r)
		got <- r.Name
	}()
	select {
	case name := <-got:
		return name
	case <-time.After(20 * time.Second):
		l.t.Fatal("nobody was woken")
		return ""
	}
}

func (l *lookout) put(resource, name string) {
	l.t.Helper()
	kind := map[string]string{"secrets": "Secret", "configmaps": "ConfigMap"}[resource]
	gvr := corev1.SchemeGroupVersion.WithResource(resource)
	c, ok := l.client.Resource(gvr).Namespace("default").(fake.MetadataClient)
	if !ok {
		l.t.Fatal("the fake makes nothing")
	}
	obj := &metav1.PartialObjectMetadata{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: kind},
		ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: name},
	}
	if _, err := c.CreateFake(obj, metav1.CreateOptions{}); err != nil {
		l.t.Fatal(err)
	}
}

func TestWatchesByName(t *testing.T) {
	l := newLookout(t)
	l.set(named("main"), target{"secrets", "default", "key"}, target{"configmaps", "default", "ca"})
	l.put("secrets", "key")
	if got := l.next(); got != "main" {
		t.Errorf("%s was woken", got)
	}
	l.put("configmaps", "ca")
	if got := l.next(); got != "main" {
		t.Errorf("%s was woken", got)
	}
	// Another account of the same Secret shares the watch.
	l.set(named("twin"), target{"secrets", "default", "key"})
	if err := l.client.Resource(corev1.SchemeGroupVersion.WithResource("secrets")).Namespace("default").
		Delete(t.Context(), "key", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	both := []string{l.next(), l.next()}
	slices.Sort(both)
	if !slices.Equal(both, []string{"main", "twin"}) {
		t.Errorf("%v were woken", both)
	}
	l.mu.Lock()
	slices.Sort(l.seen)
	asked := slices.Compact(l.seen)
	l.mu.Unlock()
	want := []string{"configmaps default metadata.name=ca", "secrets default metadata.name=key"}
	if !slices.Equal(asked, want) {
		t.Errorf("asked for %q, want %q", asked, want)
	}

	l.set(named("main"))
	if len(l.targets) != 1 {
		t.Errorf("%d targets, want that of the twin", len(l.targets))
	}
	l.set(named("twin"))
	if len(l.targets) != 0 {
		t.Errorf("%d targets of nobody", len(l.targets))
	}
}

// What was wanted before the controller started is watched when it has.
func TestWatchesBeforeTheStart(t *testing.T) {
	w := newWatches(nil)
	w.set(named("main"), target{"secrets", "default", "key"})
	w.changed(target{"secrets", "default", "key"})
	if one := w.targets[target{"secrets", "default", "key"}]; one == nil || one.stop != nil {
		t.Errorf("targets %v", w.targets)
	}
}
