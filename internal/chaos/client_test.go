package chaos

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/reference"
	"github.com/gandi-operator/gandi-operator/internal/testkit"
)

const leaseLength = 15 * time.Second

var leaseName = types.NamespacedName{Namespace: "gandi-operator-system", Name: "gandi-operator"}

var scheme = func() *runtime.Scheme {
	s := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(s); err != nil {
		panic(err)
	}
	return s
}()

// kube is Kubernetes as one process sees it. Only what the engine uses is there.
type kube struct {
	client.Client
	p      *process
	behind bool // reads what watches have brought
}

func (p *process) cached() *kube { return &kube{p: p, behind: true} }
func (p *process) live() *kube   { return &kube{p: p} }

// Scheme knows the managed kinds.
func (k *kube) Scheme() *runtime.Scheme { return scheme }

func (k *kube) open() error {
	if err := k.p.alive(); err != nil {
		return err
	}
	k.p.c.mu.Lock()
	defer k.p.c.mu.Unlock()
	if !k.behind && time.Now().Before(k.p.c.closed) {
		return apierrors.NewServiceUnavailable("the API server is closed")
	}
	return nil
}

// version is an object as this client sees it.
func (k *kube) version(of key) engine.Object {
	if k.behind {
		return k.p.cache.get(of)
	}
	return k.p.c.get(of)
}

// Get reads one object.
func (k *kube) Get(_ context.Context, name client.ObjectKey, into client.Object, _ ...client.GetOption) error {
	if err := k.open(); err != nil {
		return err
	}
	switch obj := into.(type) {
	case engine.Object:
		of := key{testkit.KindOf(obj), name.Name}
		found := k.version(of)
		if found == nil {
			return apierrors.NewNotFound(groupResource(of.kind), of.name)
		}
		reflect.ValueOf(into).Elem().Set(reflect.ValueOf(copied(found)).Elem())
	case *corev1.Secret:
		if name.Name != "login" {
			return apierrors.NewNotFound(groupResource("secrets"), name.Name)
		}
		k.p.c.mu.Lock()
		defer k.p.c.mu.Unlock()
		obj.Name, obj.Namespace, obj.UID = name.Name, name.Namespace, "login-uid"
		obj.ResourceVersion = fmt.Sprint(k.p.c.secretVersion)
		obj.Data = map[string][]byte{"password": []byte(testkit.Password + obj.ResourceVersion)}
	case *apiextensionsv1.CustomResourceDefinition:
		obj.Name = name.Name
	case *coordinationv1.Lease:
		k.p.c.mu.Lock()
		defer k.p.c.mu.Unlock()
		k.p.c.lease.DeepCopyInto(obj)
		if holder := obj.Spec.HolderIdentity; holder != nil && obj.Spec.RenewTime == nil {
			// It is renewed every two seconds.
			now := metav1.NewMicroTime(time.Now().Truncate(2 * time.Second))
			obj.Spec.RenewTime = &now
		}
	default:
		return apierrors.NewNotFound(groupResource(fmt.Sprintf("%T", into)), name.Name)
	}
	return nil
}

// List reads all objects of a kind, or those that an index finds.
func (k *kube) List(_ context.Context, into client.ObjectList, opts ...client.ListOption) error {
	if err := k.open(); err != nil {
		return err
	}
	var o client.ListOptions
	o.ApplyOptions(opts)
	bare, isBare := into.(*metav1.PartialObjectMetadataList)
	kind := strings.TrimSuffix(into.GetObjectKind().GroupVersionKind().Kind, "List")
	if !isBare {
		kind = strings.TrimSuffix(reflect.TypeOf(into).Elem().Name(), "List")
	}
	var found []runtime.Object
	for _, of := range k.keys(kind) {
		obj := k.version(of)
		if obj == nil || !fits(obj, &o) {
			continue
		}
		if isBare {
			bare.Items = append(bare.Items, metav1.PartialObjectMetadata{ObjectMeta: *metaOf(obj)})
			continue
		}
		found = append(found, copied(obj))
	}
	if isBare {
		return nil
	}
	return meta.SetList(into, found)
}

func metaOf(obj engine.Object) *metav1.ObjectMeta {
	m, _ := reflect.TypeAssert[metav1.ObjectMeta](reflect.ValueOf(obj).Elem().FieldByName("ObjectMeta"))
	return m.DeepCopy()
}

func (k *kube) keys(kind string) []key {
	if k.behind {
		return k.p.cache.all(kind)
	}
	return k.p.c.all(kind)
}

func fits(obj engine.Object, o *client.ListOptions) bool {
	if o.FieldSelector == nil {
		return true
	}
	for _, r := range o.FieldSelector.Requirements() {
		values := reference.Values
		if r.Field == reference.ExternalField {
			values = reference.ExternalValues
		}
		if !slices.Contains(values(obj), r.Value) {
			return false
		}
	}
	return true
}

// Patch writes metadata.
func (k *kube) Patch(_ context.Context, obj client.Object, patch client.Patch, _ ...client.PatchOption) error {
	return k.patch(obj, patch, false) //nolint:contextcheck // the judge has no context
}

// Status writes statuses.
func (k *kube) Status() client.SubResourceWriter { return statuses{k: k} }

type statuses struct {
	client.SubResourceWriter
	k *kube
}

// Patch writes a status.
func (s statuses) Patch(_ context.Context, obj client.Object, patch client.Patch, _ ...client.SubResourcePatchOption) error {
	return s.k.patch(obj, patch, true) //nolint:contextcheck // likewise
}

func (k *kube) patch(obj client.Object, patch client.Patch, status bool) error {
	one, ok := obj.(engine.Object)
	if !ok {
		return fmt.Errorf("%T is no managed object", obj)
	}
	what := "metadata of " + keyOf(one).String()
	if status {
		what = "status of " + keyOf(one).String()
	}
	return k.p.write(what, func() error {
		<-time.After(latency)
		return k.p.c.patch(k.p, one, hasLock(patch), func() ([]byte, error) { return patch.Data(obj) }, status)
	})
}

// latency is how long the API server takes for a write.
const latency = 5 * time.Millisecond

// hasLock tells whether a merge patch holds the version that it was made from.
// Asking its Data would cost more than all the rest of the write.
func hasLock(patch client.Patch) bool {
	v := reflect.Indirect(reflect.ValueOf(patch)).FieldByName("opts")
	return v.IsValid() && v.FieldByName("OptimisticLock").Bool()
}

// A change of the store, as watches tell it.
type change struct {
	of            key
	before, after engine.Object
}

// cache is what watches have brought to a process so far. The cluster's lock guards
// it.
type cache struct {
	p       *process
	objects map[key]engine.Object
	lag     time.Duration
	deaf    bool // nothing arrives until all is listed anew
	late    []late
}

type late struct {
	at time.Time
	change
}

func (c *cache) get(of key) engine.Object {
	c.p.c.mu.Lock()
	defer c.p.c.mu.Unlock()
	return c.objects[of]
}

func (c *cache) all(kind string) []key {
	c.p.c.mu.Lock()
	defer c.p.c.mu.Unlock()
	var keys []key
	for k := range c.objects {
		if k.kind == kind {
			keys = append(keys, k)
		}
	}
	sortKeys(keys)
	return keys
}

// relist has the cache begin anew, with what is stored now. What happened in between
// is never told.
func (c *cache) relist() {
	c.late, c.deaf = nil, false
	c.objects = maps.Clone(c.p.c.objects)
	for k := range c.objects {
		c.p.enqueue(k, 0)
	}
}

// hear takes a change in, now or after the lag of the watches. The lock is held.
func (p *process) hear(ch change) {
	c := &p.cache
	switch {
	case c.deaf:
	case c.lag == 0 && len(c.late) == 0:
		c.take(ch)
	default:
		at := time.Now().Add(c.lag)
		if n := len(c.late); n > 0 && at.Before(c.late[n-1].at) {
			at = c.late[n-1].at
		}
		c.late = append(c.late, late{at, ch})
		time.AfterFunc(time.Until(at), c.catchUp)
	}
}

func (c *cache) catchUp() {
	c.p.c.mu.Lock()
	defer c.p.c.mu.Unlock()
	for len(c.late) > 0 && !c.late[0].at.After(time.Now()) {
		c.take(c.late[0].change)
		c.late = c.late[1:]
	}
}

// take has the cache know a change, and those whom it concerns looked at, as
// controllers/watches.go does.
func (c *cache) take(ch change) {
	if ch.after == nil {
		delete(c.objects, ch.of)
	} else {
		c.objects[ch.of] = ch.after
	}
	if news(ch.before, ch.after) {
		c.p.enqueue(ch.of, 0)
	}
	concerned := map[key]bool{}
	for _, k := range c.referrers(reference.Key{Kind: ch.of.kind, Name: ch.of.name}) {
		concerned[k] = true
	}
	for _, obj := range []engine.Object{ch.before, ch.after} {
		if obj == nil {
			continue
		}
		for _, held := range reference.Held(obj) {
			concerned[key{held.Kind, held.Name}] = true
			for _, rival := range c.referrers(held) {
				if rival.kind == ch.of.kind {
					concerned[rival] = true
				}
			}
		}
	}
	delete(concerned, ch.of)
	for k := range concerned {
		c.p.enqueue(k, 0)
	}
}

func (c *cache) referrers(to reference.Key) []key {
	var found []key
	for k, obj := range c.objects {
		if slices.Contains(reference.Of(obj), to) {
			found = append(found, k)
		}
	}
	return found
}

// news tells whether a change concerns the object itself, as controllers/predicates.go
// does.
func news(before, after engine.Object) bool {
	if before == nil || after == nil {
		return true
	}
	return before.GetGeneration() != after.GetGeneration() ||
		!maps.Equal(before.GetAnnotations(), after.GetAnnotations()) ||
		!maps.Equal(before.GetLabels(), after.GetLabels()) ||
		before.GetDeletionTimestamp().IsZero() != after.GetDeletionTimestamp().IsZero() ||
		len(before.GetFinalizers()) != len(after.GetFinalizers()) ||
		before.ManagedStatus().Attempts > after.ManagedStatus().Attempts
}
