package testkit

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/operation"
	"github.com/gandi-operator/gandi-operator/internal/reference"
)

func local(name string) *v1alpha1.LocalReference { return &v1alpha1.LocalReference{Name: name} }

// household is a Lab in which things refer to each other, and nobody works.
func household(t *testing.T) *Lab {
	t.Helper()
	l := NewLab(t, Options{})
	l.Create(VLAN("lan"), SSHKey("me"), Interface("eth", OnVLAN("lan")), Disk("data"), Disk("root"))
	l.Create(Disk("copy", func(d *v1alpha1.GandiDisk) { d.Spec.Source = &v1alpha1.DiskSource{DiskRef: local("data")} }))
	l.Create(Disk("night", func(d *v1alpha1.GandiDisk) {
		d.Spec.Type, d.Spec.Size, d.Spec.Source = v1alpha1.DiskSnapshot, nil, &v1alpha1.DiskSource{DiskRef: local("root")}
	}))
	l.Create(Disk("back", func(d *v1alpha1.GandiDisk) {
		d.Spec.Rollback = &v1alpha1.DiskRollback{SnapshotRef: local("night"), RequestedAt: "now"}
	}))
	l.Create(VM("web", Attached("data"), Connected("eth"), func(vm *v1alpha1.GandiVM) {
		vm.Spec.Image, vm.Spec.SystemDisk = nil, &v1alpha1.SystemDisk{DiskRef: local("root")}
		vm.Spec.Bootstrap.SSHKeyRefs = []v1alpha1.LocalReference{*local("me")}
	}))
	l.Create(VM("heir", Attached("data", "copy")), VM("alone"))
	return l
}

// concerned are those that a change of an object concerns, by kind and name.
func concernedBy[T any, O object[T]](l *Lab, name string, change func(*T)) []string {
	before, after := O(Get[T, O](l, name)), O(Get[T, O](l, name))
	if change == nil {
		return words(l.concerned(before, nil))
	}
	change(after)
	return words(l.concerned(before, after))
}

func words(all []item) []string {
	var words []string
	for _, one := range all {
		words = append(words, one.kind+" "+one.Name)
	}
	slices.Sort(words)
	return slices.Compact(words)
}

func TestWatches(t *testing.T) {
	l := household(t)
	reported := func(s *v1alpha1.ManagedStatus) { s.ID = 7 }
	for _, row := range []struct {
		what string
		got  []string
		want []string
	}{
		{"the status of an object that is alone",
			concernedBy(l, "alone", func(vm *v1alpha1.GandiVM) { reported(vm.ManagedStatus()) }), nil},
		{"an annotation",
			concernedBy(l, "alone", Annotated("touched", "yes")), []string{"GandiVM alone"}},
		{"a finalizer",
			concernedBy(l, "alone", func(vm *v1alpha1.GandiVM) { vm.Finalizers = []string{v1alpha1.Finalizer} }), []string{"GandiVM alone"}},
		{"a deletion", concernedBy[v1alpha1.GandiVM](l, "alone", nil), []string{"GandiVM alone"}},
		{"the status of a disk, for whoever attaches or copies it",
			concernedBy(l, "data", func(d *v1alpha1.GandiDisk) { reported(d.ManagedStatus()) }), []string{"GandiDisk copy", "GandiVM heir", "GandiVM web"}},
		{"a system disk, for its VM and its snapshot",
			concernedBy(l, "root", func(d *v1alpha1.GandiDisk) { d.Status.DetachFor = "rollback" }), []string{"GandiDisk night", "GandiVM web"}},
		{"a snapshot, for the disk that is rolled back to it",
			concernedBy(l, "night", func(d *v1alpha1.GandiDisk) { reported(d.ManagedStatus()) }), []string{"GandiDisk back"}},
		{"a disk that is gone", concernedBy[v1alpha1.GandiDisk](l, "data", nil), []string{"GandiDisk copy", "GandiDisk data", "GandiVM heir", "GandiVM web"}},
		{"a VLAN, for its interfaces",
			concernedBy(l, "lan", func(v *v1alpha1.GandiVLAN) { reported(v.ManagedStatus()) }), []string{"GandiInterface eth"}},
		{"an interface, for its VM",
			concernedBy(l, "eth", func(i *v1alpha1.GandiInterface) { reported(i.ManagedStatus()) }), []string{"GandiVM web"}},
		{"a key, for the VMs that get it",
			concernedBy(l, "me", func(k *v1alpha1.GandiSSHKey) { reported(k.ManagedStatus()) }), []string{"GandiVM web"}},
		{"the status of a VM, for what it attaches and who else wants that",
			concernedBy(l, "web", func(vm *v1alpha1.GandiVM) { reported(vm.ManagedStatus()) }), []string{"GandiDisk data", "GandiDisk root", "GandiInterface eth", "GandiVM heir"}},
		{"a VM that gives a disk up",
			concernedBy(l, "heir", func(vm *v1alpha1.GandiVM) { vm.Spec.Disks = nil; vm.Generation++ }), []string{"GandiDisk copy", "GandiDisk data", "GandiVM heir", "GandiVM web"}},
		{"a VM that is gone", concernedBy[v1alpha1.GandiVM](l, "heir", nil), []string{"GandiDisk copy", "GandiDisk data", "GandiVM heir", "GandiVM web"}},
	} {
		if diff := cmp.Diff(row.want, row.got); diff != "" {
			t.Errorf("%s: %s", row.what, diff)
		}
	}
}

// A status that forgot what it knew is news, as when it is replaced by hand.
func TestLostStatusIsNews(t *testing.T) {
	before := VM("web", func(vm *v1alpha1.GandiVM) { vm.Status.Attempts = 2 })
	after := VM("web", func(vm *v1alpha1.GandiVM) { vm.Status.Attempts = 3 })
	if news(before, after) {
		t.Error("a status that went on is news")
	}
	if !news(after, before) {
		t.Error("a status that was lost is none")
	}
}

// looks notes which objects it was asked to reconcile.
type looks struct {
	kind string
	mu   *sync.Mutex
	seen *[]string
}

func (r looks) Reconcile(_ context.Context, req reconcile.Request) (reconcile.Result, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	*r.seen = append(*r.seen, r.kind+" "+req.Name)
	return reconcile.Result{}, nil
}

// A manager looks at every object of its kinds when it starts, and later at those
// that are news: namesakes of different kinds are not taken for each other, and
// kinds that it does not serve are left alone.
func TestQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLab(t, Options{})
		l.Create(VM("web", Attached("web")), Disk("web"), SSHKey("web"))
		var mu sync.Mutex
		var seen []string
		m := l.manager()
		for _, kind := range []string{"GandiVM", "GandiDisk"} {
			m.kinds[kind] = looks{kind, &mu, &seen}
		}
		m.run()
		since := func(what string, want ...string) {
			t.Helper()
			l.Pass(time.Minute)
			mu.Lock()
			defer mu.Unlock()
			slices.Sort(seen)
			if diff := cmp.Diff(want, seen); diff != "" {
				t.Errorf("%s: %s", what, diff)
			}
			seen = nil
		}
		since("the start", "GandiDisk web", "GandiVM web")
		Edit(l, "web", Annotation[v1alpha1.GandiSSHKey]("touched", "yes"))
		since("a key")
		Edit(l, "web", Size("7Gi"))
		since("a disk", "GandiDisk web", "GandiVM web")
		m.wake(operation.Owner{Kind: "GandiDisk", Namespace: Namespace, Name: "web"})
		since("news from Gandi", "GandiDisk web")
		Delete[v1alpha1.GandiVM](l, "web")
		since("a VM that is gone", "GandiDisk web", "GandiVM web")
	})
}

func TestIndex(t *testing.T) {
	l := household(t)
	for key, want := range map[reference.Key][]string{
		{Kind: "GandiDisk", Name: "data"}:     {"heir", "web"},
		{Kind: "GandiDisk", Name: "root"}:     {"web"},
		{Kind: "GandiInterface", Name: "eth"}: {"web"},
		{Kind: "GandiInterface", Name: "me"}:  nil,
		{Kind: "GandiSSHKey", Name: "me"}:     {"web"},
	} {
		var all v1alpha1.GandiVMList
		if err := l.Store.List(context.Background(), &all, client.InNamespace(Namespace), client.MatchingFields{reference.Field: key.String()}); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, vm := range all.Items {
			got = append(got, vm.Name)
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", key, diff)
		}
	}
}
