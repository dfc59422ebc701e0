package soak

import (
	"context"
	"errors"
	"sync"
	"testing"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
)

// managed is an object of a kind that buys something.
type managed interface {
	client.Object
	ManagedSpec() *v1alpha1.ManagedSpec
	ManagedStatus() *v1alpha1.ManagedStatus
}

// kinds are the kinds that take part, by the type of their thing at Gandi.
func kinds() map[string]managed {
	return map[string]managed{"vm": &v1alpha1.GandiVM{}, "disk": &v1alpha1.GandiDisk{}, "iface": &v1alpha1.GandiInterface{}}
}

// sighting is what was seen of one object, from its creation to its end.
type sighting struct {
	kind, name string
	ids        map[int64]bool // that its status ever had
	attempt    int64          // the latest intent's
	operations bool           // it follows some now
	gone       bool
	latest     managed
}

// eyes watch all objects, through every loss of the API server.
type eyes struct {
	cache cache.Cache

	mu      sync.Mutex
	seen    map[types.UID]*sighting
	intents int           // written until now
	news    chan struct{} // closed at the next change
}

func newScheme() (*runtime.Scheme, error) {
	scheme := runtime.NewScheme()
	return scheme, errors.Join(clientgoscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme))
}

func newEyes(ctx context.Context, t testing.TB, namespace string) *eyes {
	t.Helper()
	scheme, err := newScheme()
	if err != nil {
		t.Fatal(err)
	}
	e := &eyes{seen: map[types.UID]*sighting{}, news: make(chan struct{})}
	if e.cache, err = cache.New(plane.Config(), cache.Options{
		Scheme: scheme, DefaultNamespaces: map[string]cache.Config{namespace: {}},
		DefaultWatchErrorHandler: func(context.Context, *toolscache.Reflector, error) {}, // it begins anew by itself
	}); err != nil {
		t.Fatal(err)
	}
	for kind, empty := range kinds() {
		informer, err := e.cache.GetInformer(ctx, empty, cache.BlockUntilSynced(false))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := informer.AddEventHandler(toolscache.ResourceEventHandlerFuncs{
			AddFunc:    func(o any) { e.look(kind, o, false) },
			UpdateFunc: func(was, o any) { e.update(kind, was, o) },
			DeleteFunc: func(o any) { e.look(kind, o, true) },
		}); err != nil {
			t.Fatal(err)
		}
	}
	go func() {
		if err := e.cache.Start(ctx); err != nil && ctx.Err() == nil {
			t.Errorf("watching objects: %v", err)
		}
	}()
	if !e.cache.WaitForCacheSync(ctx) {
		t.Fatal("the objects cannot be watched")
	}
	return e
}

// update sees an object change. One that went and was made anew under its name
// while nothing could be watched is seen as one that changed.
func (e *eyes) update(kind string, was, is any) {
	before, ok := was.(managed)
	after, same := is.(managed)
	if ok && same && before.GetUID() != after.GetUID() {
		e.look(kind, was, true)
	}
	e.look(kind, is, false)
}

func (e *eyes) look(kind string, raw any, gone bool) {
	if last, ok := raw.(toolscache.DeletedFinalStateUnknown); ok {
		raw = last.Obj
	}
	o, ok := raw.(managed)
	if !ok {
		return
	}
	st := o.ManagedStatus()
	e.mu.Lock()
	defer e.mu.Unlock()
	s := e.seen[o.GetUID()]
	if s == nil {
		s = &sighting{kind: kind, name: o.GetName(), ids: map[int64]bool{}}
		e.seen[o.GetUID()] = s
	}
	if st.ID != 0 {
		s.ids[st.ID] = true
	}
	if st.Intent != nil && st.Intent.Attempt > s.attempt {
		s.attempt = st.Intent.Attempt
		e.intents++
	}
	s.operations, s.gone, s.latest = len(st.Operations) > 0 && !gone, gone, o
	close(e.news)
	e.news = make(chan struct{})
}

// next is closed at the next change of any object.
func (e *eyes) next() <-chan struct{} {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.news
}

// written is how many intents were seen until now.
func (e *eyes) written() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.intents
}

// following tells whether an object follows an operation.
func (e *eyes) following() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, s := range e.seen {
		if s.operations {
			return true
		}
	}
	return false
}

// incarnations is how many objects of each kind there ever were.
func (e *eyes) incarnations() map[string]int {
	e.mu.Lock()
	defer e.mu.Unlock()
	all := map[string]int{}
	for _, s := range e.seen {
		all[s.kind]++
	}
	return all
}

// marks is how many objects ever had which mark at Gandi. One that is made anew
// under its name has that of the former.
func (e *eyes) marks() map[string]int {
	e.mu.Lock()
	defer e.mu.Unlock()
	all := map[string]int{}
	for _, s := range e.seen {
		if mark := s.latest.ManagedStatus().Token; mark != "" {
			all[mark]++
		}
	}
	return all
}

// living are the objects that there are, by kind and name.
func (e *eyes) living() map[item]managed {
	e.mu.Lock()
	defer e.mu.Unlock()
	all := map[item]managed{}
	for _, s := range e.seen {
		if !s.gone {
			all[item{s.kind, s.name}] = s.latest
		}
	}
	return all
}

// item is an object by the type of its thing at Gandi and its name.
type item struct{ kind, name string }
