package chaos

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/testkit"
)

// dice are the chances of one step, and who takes part in the history.
type dice struct {
	*rand.Rand
	cast []key
}

func newDice(seed uint64, cast []key) *dice {
	return &dice{rand.New(rand.NewPCG(seed, 0x6368_616f_73)), cast}
}

// once tells true with a chance of one in n.
func (d *dice) once(n int) bool { return d.IntN(n) == 0 }

func one[T any](d *dice, of ...T) T { return of[d.IntN(len(of))] }

// named is one of the cast of that kind; "" when there is none.
func (d *dice) named(kind string) string {
	var names []string
	for _, k := range d.cast {
		if k.kind == kind {
			names = append(names, k.name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return names[d.IntN(len(names))]
}

func quantity(s string) *resource.Quantity { return new(resource.MustParse(s)) }

func makeVM(d *dice, name string) engine.Object {
	vm := testkit.VM(name)
	if disk := d.named(kindDisk); disk != "" && d.once(2) {
		testkit.Attached(disk)(vm)
	}
	if eth := d.named(kindIface); eth != "" && d.once(2) {
		testkit.Connected(eth)(vm)
	}
	if k := d.named(kindKey); k != "" && d.once(2) {
		vm.Spec.Bootstrap.SSHKeyRefs = []v1alpha1.LocalReference{{Name: k}}
	}
	if d.once(6) {
		vm.Spec.RebootPolicy = v1alpha1.RebootManual
	}
	if d.once(8) {
		vm.Spec.PowerState = v1alpha1.Stopped
	}
	if d.once(6) {
		vm.Spec.SystemDisk = &v1alpha1.SystemDisk{Name: "root-" + name}
	}
	return vm
}

func makeDisk(d *dice, name string) engine.Object {
	disk := testkit.Disk(name)
	switch other := d.named(kindDisk); {
	case other != "" && other < name:
		disk.Spec.Size, disk.Spec.Type = nil, v1alpha1.DiskSnapshot
		disk.Spec.Source = &v1alpha1.DiskSource{DiskRef: &v1alpha1.LocalReference{Name: other}}
	case d.once(3):
		disk.Spec.Size = nil
		disk.Spec.Source = &v1alpha1.DiskSource{Image: &v1alpha1.DiskImage{Label: "Ubuntu 10.04"}}
	}
	if d.once(4) {
		disk.Spec.Name = "my-" + name
	}
	return disk
}

func makeIface(d *dice, name string) engine.Object {
	if lan := d.named(kindVLAN); lan != "" && d.once(2) {
		return testkit.Interface(name, testkit.OnVLAN(lan))
	}
	return testkit.Interface(name)
}

func makeVLAN(d *dice, name string) engine.Object {
	v := testkit.VLAN(name)
	if d.once(3) {
		v.Spec.Name = "net-" + name
	}
	return v
}

func makeKey(d *dice, name string) engine.Object {
	k := testkit.SSHKey(name)
	if d.once(3) {
		k.Spec.Name = "key-" + name
	}
	return k
}

func makeSite(d *dice, name string) engine.Object {
	s := testkit.Site(name)
	if d.once(3) {
		s.Spec.Name = "Site " + name
	}
	return s
}

// on makes a change of one kind's spec of what changes any object.
func on[O engine.Object](change func(d *dice, obj O)) func(*dice, engine.Object) {
	return func(d *dice, obj engine.Object) {
		if o, ok := obj.(O); ok {
			change(d, o)
		}
	}
}

var vmEdits = []edit{
	{"memory", on(func(d *dice, vm *v1alpha1.GandiVM) { vm.Spec.Memory = quantity(one(d, "512Mi", "768Mi", "1Gi")) })},
	{"memory beyond the maximum", on(func(_ *dice, vm *v1alpha1.GandiVM) { vm.Spec.Memory = quantity("3Gi") })},
	{"cores", on(func(d *dice, vm *v1alpha1.GandiVM) { vm.Spec.Cores = int32(1 + d.IntN(2)) })},
	{"power", on(func(d *dice, vm *v1alpha1.GandiVM) { vm.Spec.PowerState = one(d, v1alpha1.Running, v1alpha1.Stopped) })},
	{"hostname", on(func(d *dice, vm *v1alpha1.GandiVM) { vm.Spec.Hostname = fmt.Sprintf("host%d", d.IntN(3)) })},
	{"console", on(func(d *dice, vm *v1alpha1.GandiVM) { vm.Spec.Console = new(d.once(2)) })},
	{"restart", on(func(d *dice, vm *v1alpha1.GandiVM) {
		annotate(vm, v1alpha1.AnnotationRestartRequestedAt, fmt.Sprint(d.Uint32()))
	})},
	{"approval", on(func(d *dice, vm *v1alpha1.GandiVM) {
		annotate(vm, v1alpha1.AnnotationApproveReboot, fmt.Sprint(d.Uint32()))
	})},
	{"attach", on(func(d *dice, vm *v1alpha1.GandiVM) {
		if disk := d.named(kindDisk); disk != "" && !slices.ContainsFunc(vm.Spec.Disks, func(e v1alpha1.VMDisk) bool { return e.Name == disk }) {
			testkit.Attached(disk)(vm)
			vm.Spec.Disks[len(vm.Spec.Disks)-1].ReadOnly = d.once(4)
		}
	})},
	{"detach", on(func(_ *dice, vm *v1alpha1.GandiVM) { vm.Spec.Disks = nil })},
	{"bandwidth", on(func(d *dice, vm *v1alpha1.GandiVM) {
		if vm.Spec.Network != nil {
			vm.Spec.Network.Bandwidth = one[int32](d, 51200, 102400)
		}
	})},
}

var diskEdits = []edit{
	{"grow", on(func(d *dice, o *v1alpha1.GandiDisk) {
		if o.Spec.Size != nil {
			o.Spec.Size = quantity(fmt.Sprintf("%dGi", 5+d.IntN(4)))
		}
	})},
	{"name", on(func(d *dice, o *v1alpha1.GandiDisk) { o.Spec.Name = fmt.Sprintf("name%d", d.IntN(3)) })},
	{"rollback", on(func(d *dice, o *v1alpha1.GandiDisk) {
		if night := d.named(kindDisk); night > o.Name && o.Spec.Type == v1alpha1.DiskData {
			o.Spec.Rollback = &v1alpha1.DiskRollback{SnapshotRef: &v1alpha1.LocalReference{Name: night}, RequestedAt: fmt.Sprint(d.Uint32())}
		}
	})},
	{"no rollback", on(func(_ *dice, o *v1alpha1.GandiDisk) { o.Spec.Rollback = nil })},
}

var ifaceEdits = []edit{
	{"bandwidth", on(func(d *dice, o *v1alpha1.GandiInterface) { o.Spec.Bandwidth = one[int32](d, 10240, 51200) })},
}

var vlanEdits = []edit{
	{"name", on(func(d *dice, o *v1alpha1.GandiVLAN) { o.Spec.Name = fmt.Sprintf("lan%d", d.IntN(3)) })},
	{"gateway", on(func(d *dice, o *v1alpha1.GandiVLAN) { o.Spec.Gateway = fmt.Sprintf("192.168.1.%d", 1+d.IntN(3)) })},
}

var keyEdits = []edit{
	{"name", on(func(d *dice, o *v1alpha1.GandiSSHKey) { o.Spec.Name = fmt.Sprintf("key%d", d.IntN(3)) })},
}

var siteEdits = []edit{
	{"name", on(func(d *dice, o *v1alpha1.GandiSite) { o.Spec.Name = fmt.Sprintf("Name %d", d.IntN(3)) })},
	{"vhosts", on(func(d *dice, o *v1alpha1.GandiSite) {
		o.Spec.Vhosts = []string{testkit.Parked(o.Name)}
		if d.once(2) {
			o.Spec.Vhosts = append(o.Spec.Vhosts, testkit.Parked(fmt.Sprintf("more%d", d.IntN(3))))
		}
	})},
	{"package", on(func(d *dice, o *v1alpha1.GandiSite) { o.Spec.Package = one(d, "personal", "professional") })},
}

// managedEdits fit objects of all kinds.
var managedEdits = []edit{
	{"pause", func(_ *dice, o engine.Object) { annotate(o, v1alpha1.AnnotationPaused, "true") }},
	{"go on", func(_ *dice, o engine.Object) { annotate(o, v1alpha1.AnnotationPaused, "") }},
	{"observe", func(_ *dice, o engine.Object) { o.ManagedSpec().ManagementPolicy = v1alpha1.Observe }},
	{"manage", func(_ *dice, o engine.Object) { o.ManagedSpec().ManagementPolicy = v1alpha1.Manage }},
	{"retain", func(_ *dice, o engine.Object) { o.ManagedSpec().DeletionPolicy = v1alpha1.Retain }},
	{"protect", func(_ *dice, o engine.Object) { o.ManagedSpec().DeletionProtection = true }},
	{"no protection", func(_ *dice, o engine.Object) { o.ManagedSpec().DeletionProtection = false }},
	{"a fresh look", func(d *dice, o engine.Object) {
		annotate(o, v1alpha1.AnnotationReconcileRequestedAt, fmt.Sprint(d.Uint32()))
	}},
	{"recreate", func(d *dice, o engine.Object) {
		o.ManagedSpec().OnExternalDeletion = one(d, v1alpha1.Recreate, v1alpha1.Hold)
	}},
}

func annotate(obj engine.Object, name, value string) {
	all := map[string]string{}
	maps.Copy(all, obj.GetAnnotations())
	if all[name] = value; value == "" {
		delete(all, name)
	}
	obj.SetAnnotations(all)
}
