package chaos

import (
	"context"
	"reflect"

	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/gandi-operator/gandi-operator/controllers/disk"
	"github.com/gandi-operator/gandi-operator/controllers/iface"
	"github.com/gandi-operator/gandi-operator/controllers/site"
	"github.com/gandi-operator/gandi-operator/controllers/sshkey"
	"github.com/gandi-operator/gandi-operator/controllers/vlan"
	"github.com/gandi-operator/gandi-operator/controllers/vm"
	"github.com/gandi-operator/gandi-operator/internal/engine"
)

// The kinds by name.
const (
	kindVM    = "GandiVM"
	kindDisk  = "GandiDisk"
	kindIface = "GandiInterface"
	kindVLAN  = "GandiVLAN"
	kindKey   = "GandiSSHKey"
	kindSite  = "GandiSite"
)

// A specimen is all that the histories know of one kind. A new kind is one more
// entry: what serves it, what its things are called in the state of the simulator,
// how people make and edit its objects.
type specimen struct {
	kind string
	list string // of the simulator's state
	typ  string // in Gandi's words
	// serve makes the kind's reconciler in a process.
	serve func(*process) reconcile.Reconciler
	// make is a new object, by dice.
	make func(d *dice, name string) engine.Object
	// edits are what people do to the spec of one, each told in words.
	edits []edit
}

// edit is one change of an object. It may leave the object as it is.
type edit struct {
	words  string
	change func(d *dice, obj engine.Object)
}

func reconciler[O engine.Object, S any](kind engine.Kind[O, S]) func(*process) reconcile.Reconciler {
	return func(p *process) reconcile.Reconciler {
		r := &engine.Reconciler[O, S]{
			Kind: kind, Client: p.cached(), Live: p.live(), Accounts: p.registry, Events: p,
			Installation: p.c.installation, Sender: p.name,
		}
		if p.h.leases {
			r.Lease = &engine.LeaderLease{Reader: p.live(), Name: leaseName, Identity: p.name, Length: leaseLength}
		}
		return r
	}
}

var specimens = []specimen{
	{kind: kindVM, list: "vms", typ: "vm", serve: reconciler(vm.Kind{}), make: makeVM, edits: vmEdits},
	{kind: kindDisk, list: "disks", typ: "disk", serve: reconciler(disk.Kind{}), make: makeDisk, edits: diskEdits},
	{kind: kindIface, list: "ifaces", typ: "iface", serve: reconciler(iface.Kind{}), make: makeIface, edits: ifaceEdits},
	{kind: kindVLAN, list: "vlans", typ: "vlan", serve: reconciler(vlan.Kind{}), make: makeVLAN, edits: vlanEdits},
	{kind: kindKey, list: "sshkeys", typ: "sshkey", serve: reconciler(sshkey.Kind{}), make: makeKey, edits: keyEdits},
	{kind: kindSite, list: "sites", typ: "site", serve: reconciler(site.Kind{}), make: makeSite, edits: siteEdits},
}

func specimenOf(kind string) *specimen {
	for i := range specimens {
		if specimens[i].kind == kind {
			return &specimens[i]
		}
	}
	return nil
}

// takeStatus gives after the status of from.
func takeStatus(after, from engine.Object) {
	status := reflect.ValueOf(copied(from)).Elem().FieldByName("Status")
	reflect.ValueOf(after).Elem().FieldByName("Status").Set(status)
}

func clearStatus(obj engine.Object) {
	status := reflect.ValueOf(obj).Elem().FieldByName("Status")
	status.Set(reflect.Zero(status.Type()))
	obj.ManagedStatus().ObservedGeneration = -1
}

// reconciled is whose reconcile a request was sent by.
type reconciled struct{}

func withItem(ctx context.Context, k key) context.Context {
	return context.WithValue(ctx, reconciled{}, k)
}

func itemOf(ctx context.Context) (key, bool) {
	k, ok := ctx.Value(reconciled{}).(key)
	return k, ok
}
