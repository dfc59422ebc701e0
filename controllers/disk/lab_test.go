package disk_test

import (
	"context"
	"hash/fnv"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
	"github.com/gandi-operator/gandi-operator/internal/testkit"
)

type (
	lab  = *testkit.Lab
	disk = v1alpha1.GandiDisk
	opt  = func(*disk)
)

const patience = testkit.Patience

// stride is how far apart the cases of an enumeration are that run.
var stride int

func TestMain(m *testing.M) { testkit.Main(m, &stride, 40) }

// sampled skips most rows of a long table in short runs.
func sampled(t *testing.T) {
	t.Helper()
	h := fnv.New32a()
	_, _ = h.Write([]byte(t.Name()))
	if testing.Short() && h.Sum32()%4 != 0 {
		t.Skip("a sample does in short runs")
	}
}

func get(l lab, name string) *disk            { return testkit.Get[disk](l, name) }
func edit(l lab, name string, changes ...opt) { testkit.Edit(l, name, changes...) }
func remove(l lab, name string)               { testkit.Delete[disk](l, name) }
func reason(l lab, name string) string        { return testkit.Reason[disk](l, name) }
func annotated(key, value string) opt         { return testkit.Annotation[disk](key, value) }

func paused(d *disk) { annotated(v1alpha1.AnnotationPaused, "true")(d) }
func goOn(d *disk)   { delete(d.Annotations, v1alpha1.AnnotationPaused) }
func touch(l lab, name string) {
	edit(l, name, annotated("touched", time.Now().String()))
}

func ready(l lab, names ...string) {
	for _, name := range names {
		l.Until(name+" is Ready", patience, testkit.Ready[disk](l, name))
	}
}

func gone(l lab, name string) { l.Until(name+" is gone", patience, testkit.Gone[disk](l, name)) }

func hasReason(l lab, name, want string) {
	l.Until("reason "+want, patience, func() bool { return reason(l, name) == want })
}

// told waits for a reason, and checks what the Ready condition says.
func told(t *testing.T, l lab, name, want string, words ...string) {
	t.Helper()
	hasReason(l, name, want)
	message := testkit.Condition[disk](l, name, v1alpha1.ConditionReady).Message
	for _, w := range words {
		if !strings.Contains(message, w) {
			t.Errorf("%s: %q does not say %q", want, message, w)
		}
	}
}

func hasEvent(l lab, prefix string) bool {
	return slices.ContainsFunc(l.Events(), func(e string) bool { return strings.HasPrefix(e, prefix) })
}

// bought counts the creates of disks that Gandi accepted.
func bought(l lab) int {
	return l.Accepted("hosting.disk.create") + l.Accepted("hosting.disk.create_from")
}

func boughtOnce(t *testing.T, l lab) {
	t.Helper()
	if n := bought(l); n != 1 {
		t.Errorf("bought %d times, want once\n%s", n, l.Describe())
	}
}

const rollbackMethod = "hosting.disk.rollback_from"

// at is the disk id as Gandi has it; nil when it is gone.
func at(l lab, id int64) map[string]any {
	for _, one := range l.Things("disks") {
		if n, ok := one["id"].(float64); ok && int64(n) == id {
			return one
		}
	}
	return nil
}

// panel has somebody change the disk in the web panel.
func panel(t *testing.T, l lab, id int64, change map[string]any) {
	t.Helper()
	change["type"], change["id"] = "disk", int(id)
	if err := l.World.Change(change); err != nil {
		t.Fatal(err)
	}
}

// wipe takes the status of the disk away, as a restore does.
func wipe(t *testing.T, l lab, name string) {
	t.Helper()
	d := get(l, name)
	d.Status = v1alpha1.GandiDiskStatus{}
	if err := l.Store.Status().Update(context.Background(), d); err != nil {
		t.Fatal(err)
	}
	touch(l, name)
}

func named(name string) opt   { return func(d *disk) { d.Spec.Name = name } }
func kernel(k string) opt     { return func(d *disk) { d.Spec.Kernel = k } }
func cmdline(c string) opt    { return func(d *disk) { d.Spec.Cmdline = c } }
func profile(p string) opt    { return func(d *disk) { d.Spec.SnapshotProfile = p } }
func datacenter(w string) opt { return func(d *disk) { d.Spec.Datacenter = w } }
func retain(d *disk)          { d.Spec.DeletionPolicy = v1alpha1.Retain }
func observe(d *disk)         { d.Spec.ManagementPolicy = v1alpha1.Observe }
func unsized(d *disk)         { d.Spec.Size = nil }

func fromDisk(name string) opt {
	return func(d *disk) { d.Spec.Source = &v1alpha1.DiskSource{DiskRef: &v1alpha1.LocalReference{Name: name}} }
}

func fromImage(label string) opt {
	return func(d *disk) { d.Spec.Source = &v1alpha1.DiskSource{Image: &v1alpha1.DiskImage{Label: label}} }
}

// snapshotOf makes the disk a snapshot of another GandiDisk.
func snapshotOf(name string) opt {
	return func(d *disk) {
		fromDisk(name)(d)
		d.Spec.Type, d.Spec.Size = v1alpha1.DiskSnapshot, nil
	}
}

// rollback asks to roll back to the GandiDisk "snap".
func rollback(at string) opt {
	return func(d *disk) {
		d.Spec.Rollback = &v1alpha1.DiskRollback{SnapshotRef: &v1alpha1.LocalReference{Name: "snap"}, RequestedAt: at}
	}
}

// adopts takes over the disk with that id, all as found.
func adopts(id int64) opt {
	return func(d *disk) {
		d.Spec.Adopt = &v1alpha1.DiskAdopt{ID: id}
		d.Spec.Datacenter, d.Spec.Size = "", nil
	}
}

// foreign has somebody make a disk of 10 GB in the web panel.
func foreign(l lab, name string) int64 {
	return l.Made("disk", map[string]any{"name": name, "datacenter_id": 1, "size": 10240})
}

// withSnapshot makes the GandiDisks "data" and "snap", a snapshot of it.
func withSnapshot(l lab, opts ...opt) {
	l.Create(testkit.Disk("data", opts...))
	ready(l, "data")
	l.Create(testkit.Disk("snap", snapshotOf("data")))
	ready(l, "snap")
}

// stalled tells whether only a person helps.
func stalled(l lab, name string) bool {
	d := get(l, name)
	return d != nil && d.Status.ObservedGeneration == d.Generation && meta.IsStatusConditionTrue(d.Status.Conditions, v1alpha1.ConditionStalled)
}

// changes are the changing calls that Gandi got, from the nth on.
func changes(l lab, from int) []string {
	var methods []string
	for _, e := range l.World.Journal()[from:] {
		if testkit.Changes(e.Method) {
			methods = append(methods, e.Method)
		}
	}
	return methods
}

// somebody makes a call that is no manager's.
func somebody(l lab, call gandi.Call) { l.Somebody(call) }
