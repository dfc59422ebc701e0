package testkit

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
)

// What the builders make is what the API server makes of it: they leave no
// default out and write nothing that it drops.
func TestBuildersAreWhole(t *testing.T) {
	l := NewLab(t, Options{})
	for _, obj := range []engine.Object{VM("x"), Disk("x"), Interface("x"), Interface("y", OnVLAN("x")), VLAN("x"), SSHKey("x"), Site("x"), VM("y", Attached("x"), Connected("x", "y"))} {
		made, err := contentOf(obj)
		if err != nil {
			t.Fatal(err)
		}
		l.Create(obj)
		stored, err := contentOf(obj)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range []string{"spec", "status"} {
			if diff := cmp.Diff(made[part], stored[part]); diff != "" {
				t.Errorf("%s, %s: %s", itemOf(obj), part, diff)
			}
		}
		if created := obj.GetCreationTimestamp(); obj.GetUID() == "" || obj.GetGeneration() != 1 || created.IsZero() {
			t.Errorf("%s has UID %q, generation %d, created %s", itemOf(obj), obj.GetUID(), obj.GetGeneration(), created)
		}
	}
}

func TestDefaults(t *testing.T) {
	l := NewLab(t, Options{})
	bare := &v1alpha1.GandiDisk{ObjectMeta: named("data"), Spec: v1alpha1.GandiDiskSpec{Datacenter: Datacenter, Size: Disk("x").Spec.Size}}
	bare.Spec.AccountRef.Name = "default"
	bare.Status.ID, bare.Status.ObservedGeneration = 7, 1
	l.Create(bare)
	if diff := cmp.Diff(Disk("data").Spec, Get[v1alpha1.GandiDisk](l, "data").Spec); diff != "" {
		t.Error(diff)
	}
	if s := Get[v1alpha1.GandiDisk](l, "data").Status; s.ID != 0 || s.ObservedGeneration != -1 {
		t.Errorf("a create has set the status: %+v", s)
	}
}

func TestCreatesThatAreRefused(t *testing.T) {
	l := NewLab(t, Options{})
	for _, row := range []struct {
		obj  client.Object
		want string
	}{
		{Disk("data", func(d *v1alpha1.GandiDisk) { d.Spec.Size = nil }), "size is required for an empty disk"},
		{Disk("data", Size("1536Mi")), "write a multiple of 1Gi"},
		{Disk("data", func(d *v1alpha1.GandiDisk) { d.Spec.Type = "tape" }), `supported values: "data", "snapshot"`},
		{Disk("Data"), "metadata.name"},
		{VM("web", func(vm *v1alpha1.GandiVM) { vm.Spec.Cores = 1000 }), "spec.cores"},
		{VM("web", Attached("data", "data")), "Duplicate value"},
		{VM("web", Attached("data"), func(vm *v1alpha1.GandiVM) {
			vm.Spec.Disks = append(vm.Spec.Disks, v1alpha1.VMDisk{Name: "again", DiskRef: *local("data")})
		}), "a GandiDisk can be attached once"},
		{VM("web", Connected("eth"), func(vm *v1alpha1.GandiVM) { vm.Spec.Network = &v1alpha1.VMNetwork{IPVersion: 4} }), "write one of network"},
		{Interface("eth", func(i *v1alpha1.GandiInterface) { i.Spec.VLANRef = local("lan") }), "exactly one of ipVersion"},
		{VLAN("lan", func(v *v1alpha1.GandiVLAN) { v.Spec.Gateway = "10.0.0.1" }), "write an address of the subnet"},
		{SSHKey("me", func(k *v1alpha1.GandiSSHKey) { k.Spec.PublicKey = "no such thing at all" }), "one line of an OpenSSH public key"},
	} {
		err := l.TryCreate(row.obj)
		if !apierrors.IsInvalid(err) || !strings.Contains(err.Error(), row.want) {
			t.Errorf("want %q, got %v", row.want, err)
		}
		if l.Store.Get(context.Background(), client.ObjectKeyFromObject(row.obj), row.obj) == nil {
			t.Errorf("%s was stored", row.obj.GetName())
		}
	}
}

func TestEdits(t *testing.T) {
	l := NewLab(t, Options{})
	l.Create(Disk("data"))
	grow := func(quantity string, want string) {
		t.Helper()
		err := TryEdit(l, "data", Size(quantity))
		if want == "" && err != nil || want != "" && (!apierrors.IsInvalid(err) || !strings.Contains(err.Error(), want)) {
			t.Errorf("to %s: want %q, got %v", quantity, want, err)
		}
	}
	generation := func(want int64) {
		t.Helper()
		if got := Get[v1alpha1.GandiDisk](l, "data").Generation; got != want {
			t.Errorf("generation %d, want %d", got, want)
		}
	}
	grow("4Gi", "") // nothing was bought
	generation(2)
	bought := Get[v1alpha1.GandiDisk](l, "data")
	bought.Status.ID, bought.Status.Size = 7, new(resource.MustParse("4Gi"))
	bought.Spec.Name = "not-by-this-way"
	if err := l.Store.Status().Update(context.Background(), bought); err != nil {
		t.Fatal(err)
	}
	generation(2)
	Edit(l, "data", Annotation[v1alpha1.GandiDisk]("touched", "yes"))
	generation(2)
	grow("3Gi", "can't be lowered or removed")
	grow("8Gi", "")
	generation(3)
	err := TryEdit(l, "data", func(d *v1alpha1.GandiDisk) { d.Status.ID = 8 })
	if got := Get[v1alpha1.GandiDisk](l, "data"); err != nil || got.Status.ID != 7 || got.Spec.Name != "" {
		t.Errorf("status and spec are written by each other's way: %v, %+v", err, got)
	}
	generation(3)
	Delete[v1alpha1.GandiDisk](l, "data")
	if !Gone[v1alpha1.GandiDisk](l, "data")() {
		t.Error("not deleted")
	}
}

// A deletion goes through whatever the object says, and what holds the object is
// let go of by an edit that is judged as any other.
func TestDeletionIsNotJudged(t *testing.T) {
	l := NewLab(t, Options{})
	l.Create(SSHKey("me", func(k *v1alpha1.GandiSSHKey) { k.Finalizers = []string{v1alpha1.Finalizer} }))
	Delete[v1alpha1.GandiSSHKey](l, "me")
	if key := Get[v1alpha1.GandiSSHKey](l, "me"); key == nil || key.DeletionTimestamp.IsZero() {
		t.Fatalf("not held: %+v", key)
	}
	Edit(l, "me", func(k *v1alpha1.GandiSSHKey) { k.Finalizers = nil })
	if Get[v1alpha1.GandiSSHKey](l, "me") != nil {
		t.Error("not let go")
	}
}

// A name that was deleted and is used again is another object.
func TestNamesakes(t *testing.T) {
	l := NewLab(t, Options{})
	l.Create(Disk("data"), VM("data"))
	first, other := Get[v1alpha1.GandiDisk](l, "data"), Get[v1alpha1.GandiVM](l, "data")
	Delete[v1alpha1.GandiDisk](l, "data")
	l.Create(Disk("data"))
	again := Get[v1alpha1.GandiDisk](l, "data")
	if first.UID == again.UID || first.UID == other.UID || first.ResourceVersion == again.ResourceVersion {
		t.Errorf("UIDs %q, %q, %q, versions %s, %s", first.UID, other.UID, again.UID, first.ResourceVersion, again.ResourceVersion)
	}
}

// failures takes the place of a test that is meant to fail.
type failures struct {
	testing.TB
	told []string
}

func (f *failures) Errorf(format string, args ...any) {
	f.told = append(f.told, fmt.Sprintf(format, args...))
}

// What a manager writes and the API server would refuse, or what no reader of
// conditions would understand, fails the test.
func TestManagersWritesAreJudged(t *testing.T) {
	for _, row := range []struct {
		what  string
		write func(*v1alpha1.GandiDisk)
		want  string // of the failure; "" when there is none
	}{
		{"a status", func(d *v1alpha1.GandiDisk) { d.Status.ID = 7 }, ""},
		{"a list that outgrows its schema", func(d *v1alpha1.GandiDisk) {
			for id := range 65 {
				d.Status.Snapshots = append(d.Status.Snapshots, int64(id))
			}
		}, "status.snapshots: Too many: 65: must have at most 64 items"},
		{"a message that outgrows its schema", func(d *v1alpha1.GandiDisk) {
			d.Status.LastFailure = &v1alpha1.Failure{Method: "hosting.disk.create", Message: strings.Repeat("x", 1025)}
		}, "status.lastFailure.message: Too long"},
		{"two operations of one id", func(d *v1alpha1.GandiDisk) {
			d.Status.Operations = []v1alpha1.OperationStatus{{ID: 1}, {ID: 1}}
		}, `status.operations[1]: Duplicate value`},
		{"a map that outgrows its schema", func(d *v1alpha1.GandiDisk) {
			d.Status.Applied = map[string]string{}
			for n := range 17 {
				d.Status.Applied[fmt.Sprint(n)] = "x"
			}
		}, "status.applied: Too many: 17"},
	} {
		t.Run(row.what, func(t *testing.T) {
			heard := &failures{TB: t}
			l := NewLab(heard, Options{})
			l.Create(Disk("data"))
			m := l.manager()
			disk := Get[v1alpha1.GandiDisk](l, "data")
			before := disk.DeepCopy()
			row.write(disk)
			err := m.cluster.Status().Patch(context.Background(), disk, client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{}))
			switch all := strings.Join(heard.told, "\n"); {
			case row.want == "" && (err != nil || all != ""):
				t.Errorf("refused: %v, %s", err, all)
			case row.want != "" && (!apierrors.IsInvalid(err) || !strings.Contains(all, row.want)):
				t.Errorf("want %q, got %v, and told was %q", row.want, err, all)
			}
		})
	}
}

func TestManagersConditionsAreLinted(t *testing.T) {
	heard := &failures{TB: t}
	l := NewLab(heard, Options{})
	l.Create(SSHKey("me"))
	m := l.manager()
	key := Get[v1alpha1.GandiSSHKey](l, "me")
	before := key.DeepCopy()
	key.Status.ObservedGeneration = 1
	key.Status.Conditions = []metav1.Condition{{Type: v1alpha1.ConditionReady, Status: "False", Reason: "Whatever", Message: "what?", LastTransitionTime: metav1.Now(), ObservedGeneration: 1}}
	if err := m.cluster.Status().Patch(context.Background(), key, client.MergeFrom(before)); err != nil {
		t.Fatal(err)
	}
	if all := strings.Join(heard.told, "\n"); !strings.Contains(all, `conditions of GandiSSHKey default/me: Ready has the unknown reason "Whatever"`) {
		t.Errorf("told was %q", all)
	}
}

// Every shape of status is judged by the rules once; one that breaks them is
// refused every time.
func TestRulesAboutStatus(t *testing.T) {
	d, err := definitionOf("GandiVM")
	if err != nil {
		t.Fatal(err)
	}
	long := VM(strings.Repeat("x", 64))
	long.Spec.Hostname = "short"
	old, err := contentOf(long)
	if err != nil {
		t.Fatal(err)
	}
	long.Spec.Hostname = ""
	long.Status.ID = 7
	now, err := contentOf(long)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if errs := d.reported(now, old); len(errs) == 0 {
			t.Error("a rule about the name is not kept, and nobody says so")
		}
	}
}

// The world's clock is what objects are dated by.
func TestCreationIsDatedByTheWorld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLab(t, Options{})
		l.Create(Disk("first"))
		l.Pass(time.Hour)
		l.Create(Disk("second"))
		first, second := Get[v1alpha1.GandiDisk](l, "first"), Get[v1alpha1.GandiDisk](l, "second")
		if age := second.CreationTimestamp.Sub(first.CreationTimestamp.Time); age != time.Hour {
			t.Errorf("%s apart", age)
		}
	})
}
