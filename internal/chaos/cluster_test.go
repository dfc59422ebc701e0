package chaos

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/testkit"
)

// key names an object of a cluster, in its one namespace.
type key struct{ kind, name string }

func (k key) String() string { return k.kind + " " + k.name }

func keyOf(obj engine.Object) key { return key{testkit.KindOf(obj), obj.GetName()} }

func groupResource(kind string) schema.GroupResource {
	return v1alpha1.GroupVersion.WithResource(kind).GroupResource()
}

// cluster is a Kubernetes store. What is in it is never changed, only replaced.
type cluster struct {
	installation string
	judge        *testkit.Judge
	strict       bool // every write is held against the schema, not people's alone
	tell         func(format string, args ...any)
	written      func(before, after engine.Object) // sees every write, before is nil for a new object

	mu        sync.Mutex
	version   int64
	objects   map[key]engine.Object
	processes []*process
	lease     coordinationv1.Lease
	// secretVersion changes with the password.
	secretVersion int
	// closed is until when the API server answers nobody but people.
	closed time.Time
	// conflicts is how many writes of processes meet somebody else's.
	conflicts int
}

func newCluster(installation string) *cluster {
	return &cluster{installation: installation, judge: testkit.NewJudge(), objects: map[key]engine.Object{}, secretVersion: 1,
		tell: func(string, ...any) {}, written: func(_, _ engine.Object) {}}
}

// get is an object as it is stored; nil when there is none. It must not be changed.
func (c *cluster) get(k key) engine.Object {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.objects[k]
}

// all are the keys of a kind, or of all kinds when it is "", in order.
func (c *cluster) all(kind string) []key {
	c.mu.Lock()
	defer c.mu.Unlock()
	var keys []key
	for k := range c.objects {
		if kind == "" || k.kind == kind {
			keys = append(keys, k)
		}
	}
	sortKeys(keys)
	return keys
}

func sortKeys(keys []key) {
	slices.SortFunc(keys, func(a, b key) int {
		if a.kind != b.kind {
			return cmpStrings(a.kind, b.kind)
		}
		return cmpStrings(a.name, b.name)
	})
}

func cmpStrings(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	default:
		return 0
	}
}

func copied(obj engine.Object) engine.Object {
	return obj.DeepCopyObject().(engine.Object)
}

// put stores obj, and has watches tell of it. The lock is held.
func (c *cluster) put(k key, before, after engine.Object) {
	c.version++
	if after != nil {
		after.SetResourceVersion(strconv.FormatInt(c.version, 10))
		if !after.GetDeletionTimestamp().IsZero() && len(after.GetFinalizers()) == 0 {
			after = nil
		}
	}
	if after == nil {
		delete(c.objects, k)
	} else {
		c.objects[k] = after
	}
	c.written(before, after)
	for _, p := range c.processes {
		p.hear(change{k, before, after})
	}
}

// create stores an object as a person does, or tells why the API server refuses it.
func (c *cluster) create(obj engine.Object) error {
	obj = copied(obj)
	obj.SetNamespace(testkit.Namespace)
	c.mu.Lock()
	defer c.mu.Unlock()
	k := keyOf(obj)
	if c.objects[k] != nil {
		return apierrors.NewAlreadyExists(groupResource(k.kind), k.name)
	}
	if err := c.judge.Create(obj); err != nil {
		return err
	}
	c.put(k, nil, obj)
	return nil
}

// edit changes an object as a person does. It tells why the API server refuses it.
func (c *cluster) edit(k key, change func(engine.Object)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	before := c.objects[k]
	if before == nil {
		return apierrors.NewNotFound(groupResource(k.kind), k.name)
	}
	after := copied(before)
	change(after)
	if err := c.judge.Update(before, after); err != nil {
		return err
	}
	c.put(k, before, after)
	return nil
}

// remove deletes an object as kubectl delete --wait=false does.
func (c *cluster) remove(k key) {
	c.mu.Lock()
	defer c.mu.Unlock()
	before := c.objects[k]
	if before == nil || !before.GetDeletionTimestamp().IsZero() {
		return
	}
	after := copied(before)
	after.SetDeletionTimestamp(&metav1.Time{Time: time.Now().Truncate(time.Second)})
	c.put(k, before, after)
}

// wipe replaces the status of an object by nothing, as a restore without status does.
// With anew it is another object of that name, with a UID of its own.
func (c *cluster) wipe(k key, anew bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	before := c.objects[k]
	if before == nil {
		return
	}
	after := copied(before)
	clearStatus(after)
	if anew {
		c.put(k, before, nil)
		after.SetUID("")
		if err := c.judge.Create(after); err != nil {
			c.tell("restoring %s: %v", k, err)
			return
		}
		before = nil
	}
	c.put(k, before, after)
}

// shift moves every time in every status, as though the machine that wrote it had
// another clock.
func (c *cluster) shift(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for k, before := range maps.Clone(c.objects) {
		after := copied(before)
		shiftStatus(after.ManagedStatus(), by)
		c.put(k, before, after)
	}
}

func shiftStatus(st *v1alpha1.ManagedStatus, by time.Duration) {
	moved := func(t *metav1.Time) {
		if t != nil && !t.IsZero() {
			t.Time = t.Add(by)
		}
	}
	moved(st.BoughtAt)
	moved(st.MissingSince)
	for i := range st.PaidAttempts {
		moved(&st.PaidAttempts[i])
	}
	for i := range st.Operations {
		moved(&st.Operations[i].StartedAt)
		moved(&st.Operations[i].ExpectedAt)
	}
	if st.LastFailure != nil {
		moved(&st.LastFailure.Since)
	}
	for i := range st.Refusals {
		moved(&st.Refusals[i].Since)
	}
	if in := st.Intent; in != nil {
		in.Since.Time, in.Deadline.Time = in.Since.Add(by), in.Deadline.Add(by)
	}
}

// patch is one of a process: of the status alone, or of everything but it. whole
// holds that the writer has seen the version that is stored.
func (c *cluster) patch(p *process, obj engine.Object, locked bool, data func() ([]byte, error), status bool) error {
	k := keyOf(obj)
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Now().Before(c.closed) {
		return apierrors.NewServiceUnavailable("the API server is closed")
	}
	before := c.objects[k]
	if before == nil {
		return apierrors.NewNotFound(groupResource(k.kind), k.name)
	}
	if c.conflicts > 0 {
		c.conflicts--
		p.h.struck("conflict")
		return apierrors.NewConflict(groupResource(k.kind), k.name, fmt.Errorf("somebody wrote"))
	}
	after := copied(before)
	switch {
	case locked && obj.GetResourceVersion() != before.GetResourceVersion():
		return apierrors.NewConflict(groupResource(k.kind), k.name, fmt.Errorf("version %s is stored, not %s", before.GetResourceVersion(), obj.GetResourceVersion()))
	case locked && status:
		takeStatus(after, obj)
	case locked:
		after.SetAnnotations(maps.Clone(obj.GetAnnotations()))
		after.SetFinalizers(slices.Clone(obj.GetFinalizers()))
	default:
		// Without a lock only what differs is written, over whatever is there.
		if err := merge(after, before, data, status); err != nil {
			return err
		}
	}
	if c.strict {
		if err := c.judge.Update(before, after); err != nil {
			c.tell("%s writes what the API server refuses, %s: %v", p.name, k, err)
			return err
		}
	}
	c.put(k, before, after)
	obj.SetResourceVersion(after.GetResourceVersion())
	return nil
}

// merge makes of after what a JSON merge patch makes of before.
func merge(after, before engine.Object, data func() ([]byte, error), status bool) error {
	raw, err := data()
	if err != nil {
		return err
	}
	var change, now map[string]any
	if err := json.Unmarshal(raw, &change); err != nil {
		return err
	}
	old, err := json.Marshal(before)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(old, &now); err != nil {
		return err
	}
	if raw, err = json.Marshal(merged(now, change)); err != nil {
		return err
	}
	read := testkit.Empty(testkit.KindOf(before))
	if err := json.Unmarshal(raw, read); err != nil {
		return err
	}
	if status {
		takeStatus(after, read)
		return nil
	}
	after.SetAnnotations(read.GetAnnotations())
	after.SetFinalizers(read.GetFinalizers())
	return nil
}

func merged(into, change map[string]any) map[string]any {
	if into == nil {
		into = map[string]any{}
	}
	for name, value := range change {
		switch v := value.(type) {
		case nil:
			delete(into, name)
		case map[string]any:
			deeper, _ := into[name].(map[string]any)
			into[name] = merged(deeper, v)
		default:
			into[name] = v
		}
	}
	return into
}
