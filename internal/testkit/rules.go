package testkit

import (
	"context"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// FuzzRules holds the rules of a kind against any spec, any status and any world:
//
//   - nothing panics, and a preview ends for whatever spec the API server takes;
//   - Observe, Plan and Effect change nothing that they were given, and answer the
//     same when asked again;
//   - each action says what it does and why, and tells no secret;
//   - what Report writes, the API server takes.
func FuzzRules[O engine.Object, S any](f *testing.F, k engine.Kind[O, S], base func() O) {
	for i := range uint64(64) {
		dice := rand.New(rand.NewPCG(i, 0))
		b := make([]byte, 128<<(i%6))
		for j := range b {
			b[j] = byte(dice.Uint32())
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		synctest.Test(t, func(t *testing.T) {
			// What is drawn first uses up the bytes: each gets its own.
			r := &ruling[O, S]{T: t, kind: k, judge: NewJudge(), world: NewAnyWorld(NewDraw(b[len(b)/4:]))}
			r.obj = r.object(NewDraw(b[:len(b)/4]), base)
			r.rule()
		})
	})
}

// ruling is one object before one world.
type ruling[O engine.Object, S any] struct {
	*testing.T
	kind  engine.Kind[O, S]
	judge *Judge
	obj   O
	world *AnyWorld
}

// object draws a spec and a status that the API server takes.
func (r *ruling[O, S]) object(d *Draw, base func() O) O {
	obj := base()
	for range d.N(8) {
		changed := clone(obj)
		d.Alter(part(changed, "Spec"))
		stored := clone(changed)
		if r.judge.Create(stored) == nil { // with its defaults, and as it was read back
			reflect.ValueOf(obj).Elem().FieldByName("Spec").Set(reflect.ValueOf(stored).Elem().FieldByName("Spec"))
		}
	}
	obj.SetGeneration(int64(1 + d.N(3)))
	obj.SetResourceVersion("1")
	for range d.N(12) {
		changed := clone(obj)
		d.Alter(part(changed, "Status"))
		if r.judge.Update(clone(obj), clone(changed)) == nil {
			obj = changed
		}
	}
	st := obj.ManagedStatus()
	st.ID = 0
	for id := range int64(5) { // most often something that is there
		if d.N(8) > 0 && r.kind.Lookup(r.world, id).Seen.Present() || d.N(32) == 31 {
			st.ID = id
		}
	}
	if d.N(3) == 2 {
		obj.SetDeletionTimestamp(new(metav1.Now()))
	}
	if d.N(4) == 3 {
		obj.SetAnnotations(map[string]string{OneOf(d, v1alpha1.AnnotationPaused, v1alpha1.AnnotationRestartRequestedAt, v1alpha1.AnnotationApproveReboot, v1alpha1.AnnotationApproveUpgrade, v1alpha1.AnnotationReconcileRequestedAt): OneOf(d, "true", "business", "", "x")})
	}
	return obj
}

func clone[O engine.Object](obj O) O { return obj.DeepCopyObject().(O) } //nolint:forcetypeassert // a copy is of its type

// part is a pointer to Spec or Status.
func part(obj engine.Object, name string) any {
	return reflect.ValueOf(obj).Elem().FieldByName(name).Addr().Interface()
}

func (r *ruling[O, S]) rule() {
	r.ask()
	id := r.obj.ManagedStatus().ID
	established := id != 0 && r.kind.Lookup(r.world, id).Seen.Present()
	before := clone(r.obj)
	seen, err := r.observe(established)
	if err != nil {
		return // told on the object by the engine
	}
	again, _ := r.observe(established)
	r.same("Observe", before, seen, again)

	r.kind.Report(r.obj, seen)
	r.report(before)

	before = clone(r.obj)
	actions, circle := engine.Preview(r.kind, r.obj, seen)
	if circle != nil {
		r.Errorf("%v:\n%s", circle, show(actions))
	}
	r.same("Preview", before, seen, again)
	for _, a := range actions {
		r.sound(a)
	}
}

func (r *ruling[O, S]) observe(established bool) (S, error) {
	return r.kind.Observe(context.Background(), r.obj, r.world.Env("gtok", established))
}

// same holds that the object is as before, and that two looks saw the same, or
// still do.
func (r *ruling[O, S]) same(what string, before O, seen, again S) {
	r.Helper()
	if !reflect.DeepEqual(before, r.obj) {
		r.Errorf("%s changed the object: %+v\nto %+v", what, before, r.obj)
	}
	if !reflect.DeepEqual(seen, again) {
		r.Errorf("after %s: %+v\nis not %+v", what, seen, again)
	}
}

// report holds that the API server takes what Report wrote.
func (r *ruling[O, S]) report(before O) {
	r.Helper()
	if reflect.DeepEqual(before.ManagedStatus(), r.obj.ManagedStatus()) && reflect.DeepEqual(part(before, "Status"), part(r.obj, "Status")) {
		return
	}
	if err := r.judge.Update(clone(before), clone(r.obj)); err != nil {
		r.Errorf("the API server refuses what Report wrote: %v", err)
	}
}

// sound holds that an action can be carried out and told.
func (r *ruling[O, S]) sound(a engine.Action) {
	r.Helper()
	if a.Verb < engine.InSync || a.Verb > engine.Apply {
		r.Errorf("no such verb: %+v", a)
		return
	}
	if a.Verb == engine.Do && a.Call == nil || a.Verb == engine.Apply && a.Companion == nil {
		r.Errorf("%s of nothing: %+v", a.Verb, a)
	}
	if a.Verb != engine.InSync && (a.Reason == "" || a.Message == "") {
		r.Errorf("%s without a reason or message: %+v", a.Verb, a)
	}
	if strings.Contains(a.Message, AnyPassword) || strings.Contains(a.Reason, AnyPassword) {
		r.Errorf("a password shows in %q", a.Message)
	}
	if a.Recheck < 0 || a.Recheck > 24*time.Hour {
		r.Errorf("%s again in %s", a.Verb, a.Recheck)
	}
}

// ask asks the kind all that it answers without looking.
func (r *ruling[O, S]) ask() {
	k, st := r.kind, r.obj.ManagedStatus()
	_ = k.Wants(r.obj, st.ID)
	for _, claim := range k.Find(r.world, r.obj, "gtok") {
		if claim.ID == 0 && len(claim.Parts) == 0 {
			r.Error("a claim to nothing")
		}
	}
	if a := k.Adoption(r.obj); a != nil && a.ID == 0 {
		_, _ = k.Match(context.Background(), r.obj, r.world.Env("gtok", false))
	}
	_ = k.Carried(r.world, st.ID)
	for _, o := range r.world.operations {
		_ = k.Involves(o, st.ID)
	}
	_, _ = k.Bought(slices.Clone(r.world.operations))
	if u, ok := any(k).(engine.Unmarked[O]); ok {
		_ = u.Alike(r.world, r.obj)
	}
	if q, ok := any(k).(engine.Inquirer[O]); ok && st.Intent != nil {
		before := clone(r.obj)
		q.Answered(r.obj, []gandi.Problem{{}}, time.Now())
		r.report(before)
	}
	if m, ok := any(k).(engine.Mortal[O]); ok {
		_ = m.Ended(r.obj, time.Now())
	}
}

// show lists actions.
func show(actions []engine.Action) string {
	var b strings.Builder
	for i, a := range actions {
		if i > 8 {
			b.WriteString("...\n")
			break
		}
		b.WriteString(a.Verb.String() + " " + a.Reason + ": " + a.Message + "\n")
	}
	return b.String()
}
