package testkit

import (
	"context"
	"fmt"
	"hash/fnv"
	"iter"
	"reflect"
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/account"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// AnyPassword is the password in every Secret of an AnyWorld: it must show nowhere.
const AnyPassword = "Pw-canary-of-any-world" //nolint:gosec // it opens nothing

// AnyWorld is what an account and a namespace may look like to a kind: any records
// and any objects, whether or not Gandi would ever show them together.
type AnyWorld struct {
	vms     map[gandi.VMID]gandi.VM
	disks   map[gandi.DiskID]gandi.Disk
	ifaces  map[gandi.IfaceID]gandi.Iface
	ips     map[gandi.IPID]gandi.IP
	vlans   map[gandi.VLANID]gandi.VLAN
	sshKeys map[gandi.SSHKeyID]gandi.SSHKey
	sites   map[gandi.SiteID]gandi.Site

	objects    map[string]engine.Object // by kind and name
	operations []gandi.Operation
	packages   []gandi.SitePackage
	dns        []gandi.DNSRecord
	kept       engine.Kept
	retain     bool
	leftovers  []v1alpha1.ExternalID
	unseen     account.Seen // of what is not there
	noSecret   bool
}

// NewAnyWorld draws a world. Few numbers are used, so that things meet.
func NewAnyWorld(d *Draw) *AnyWorld {
	w := &AnyWorld{
		vms: draws(d, func(v *gandi.VM, id gandi.VMID) { v.ID = id }), disks: draws(d, func(v *gandi.Disk, id gandi.DiskID) { v.ID = id }),
		ifaces: draws(d, func(v *gandi.Iface, id gandi.IfaceID) { v.ID = id }), ips: draws(d, func(v *gandi.IP, id gandi.IPID) { v.ID = id }),
		vlans: draws(d, func(v *gandi.VLAN, id gandi.VLANID) { v.ID = id }), sshKeys: draws(d, func(v *gandi.SSHKey, id gandi.SSHKeyID) { v.ID = id }),
		sites: draws(d, func(v *gandi.Site, id gandi.SiteID) { v.ID = id }), objects: map[string]engine.Object{},
		retain: d.Bool(), noSecret: d.N(4) == 3, unseen: OneOf(d, account.NotFound, account.Unknown, account.Unlisted),
	}
	for _, kind := range Kinds() {
		for _, name := range []string{"a", "b", "c"}[:d.N(4)] {
			obj := Empty(kind)
			d.Fill(reflect.ValueOf(obj).Elem().FieldByName("Spec").Addr().Interface())
			d.Fill(reflect.ValueOf(obj).Elem().FieldByName("Status").Addr().Interface())
			obj.SetName(name)
			obj.SetNamespace(Namespace)
			w.objects[kind+"/"+name] = obj
		}
	}
	d.Fill(&w.operations)
	d.Fill(&w.packages)
	d.Fill(&w.dns)
	d.Fill(&w.leftovers)
	w.kept = engine.Kept{Installed: d.Bool(), Found: d.Bool(), Ours: d.Bool()}
	return w
}

// draws draws up to four things, numbered from 1.
func draws[I ~int, T any](d *Draw, number func(*T, I)) map[I]T {
	all := map[I]T{}
	for i := range d.N(5) {
		var one T
		d.Fill(&one)
		number(&one, I(i+1))
		all[I(i+1)] = one
	}
	return all
}

// Env is what an object of a kind is observed with.
func (w *AnyWorld) Env(token string, established bool) engine.Env {
	return engine.Env{
		Reader: w, Catalog: w, Token: token, Established: established, Retain: w.retain, Leftovers: slices.Clone(w.leftovers),
		Secret: func(_ context.Context, ref v1alpha1.SecretKeyReference) (gandi.Secret, error) {
			if w.noSecret {
				return gandi.Secret{}, &engine.Missing{Reason: v1alpha1.ReasonSecretNotFound, Message: "there is no Secret " + ref.Name}
			}
			return gandi.NewSecret(AnyPassword, "uid/1/"+ref.Key), nil
		},
		Object: func(_ context.Context, name string, into client.Object) (bool, error) {
			found := w.objects[kindOf(into)+"/"+name]
			if found == nil {
				return false, nil
			}
			reflect.ValueOf(into).Elem().Set(reflect.ValueOf(found.DeepCopyObject()).Elem())
			return true, nil
		},
		Referrers: func(_ context.Context, kind, name string, into client.ObjectList) error {
			return w.list(into, func(obj engine.Object) bool { return hash(kind, name, obj.GetName())%2 == 0 })
		},
		Owners: func(_ context.Context, id int64, into client.ObjectList) error {
			return w.list(into, func(obj engine.Object) bool { return obj.ManagedStatus().ID == id })
		},
		Companion: func(context.Context, string, string, string) (engine.Kept, error) { return w.kept, nil },
		Operations: func(context.Context, gandi.OperationFilter) ([]gandi.Operation, error) {
			return slices.Clone(w.operations), nil
		},
	}
}

func hash(all ...string) uint32 {
	h := fnv.New32()
	_, _ = fmt.Fprint(h, all)
	return h.Sum32()
}

func (w *AnyWorld) list(into client.ObjectList, fits func(engine.Object) bool) error {
	element := reflect.TypeOf(into).Elem()
	var found []runtime.Object
	for _, kind := range Kinds() {
		for _, name := range []string{"a", "b", "c"} {
			if obj := w.objects[kind+"/"+name]; obj != nil && element.Name() == kind+"List" && fits(obj) {
				found = append(found, obj.DeepCopyObject())
			}
		}
	}
	return meta.SetList(into, found)
}

func record[I ~int, T any](w *AnyWorld, all map[I]T, id I) account.Record[T] {
	one, there := all[id]
	if !there {
		return account.Record[T]{Seen: w.unseen, Begun: 1}
	}
	return account.Record[T]{Value: one, Seen: account.Informed, Begun: 1}
}

// where lists those that fit, by number.
func where[I ~int, T any](all map[I]T, fits func(T) bool) (found []T) {
	for id := range I(6) {
		if one, there := all[id]; there && fits(one) {
			found = append(found, one)
		}
	}
	return found
}

func every[T any](T) bool { return true }

// VM is the record of a VM.
func (w *AnyWorld) VM(id gandi.VMID) account.Record[gandi.VM] { return record(w, w.vms, id) }

// Disk is the record of a disk.
func (w *AnyWorld) Disk(id gandi.DiskID) account.Record[gandi.Disk] { return record(w, w.disks, id) }

// Iface is the record of an interface.
func (w *AnyWorld) Iface(id gandi.IfaceID) account.Record[gandi.Iface] {
	return record(w, w.ifaces, id)
}

// IP is the record of an address.
func (w *AnyWorld) IP(id gandi.IPID) account.Record[gandi.IP] { return record(w, w.ips, id) }

// IPsOf are the addresses of these numbers that there are.
func (w *AnyWorld) IPsOf(ids []gandi.IPID) (found []gandi.IP) {
	for _, id := range ids {
		if one, there := w.ips[id]; there {
			found = append(found, one)
		}
	}
	return found
}

// DiskNamed lists disks by name.
func (w *AnyWorld) DiskNamed(name string) []gandi.Disk {
	return where(w.disks, func(d gandi.Disk) bool { return d.Name == name })
}

// VMsFarmed lists VMs by farm.
func (w *AnyWorld) VMsFarmed(farm string) []gandi.VM {
	return where(w.vms, func(v gandi.VM) bool { return v.Farm == farm })
}

// VMsOfDisk lists the VMs that say that they have a disk.
func (w *AnyWorld) VMsOfDisk(id gandi.DiskID) []gandi.VM {
	return where(w.vms, func(v gandi.VM) bool { return slices.Contains(v.DiskIDs, id) })
}

// AllVMs are all VMs.
func (w *AnyWorld) AllVMs() iter.Seq[gandi.VM] { return slices.Values(where(w.vms, every)) }

// AllDisks are all disks.
func (w *AnyWorld) AllDisks() iter.Seq[gandi.Disk] { return slices.Values(where(w.disks, every)) }

// AllIfaces are all interfaces.
func (w *AnyWorld) AllIfaces() iter.Seq[gandi.Iface] { return slices.Values(where(w.ifaces, every)) }

// IfacesOfVLAN lists the interfaces on a VLAN.
func (w *AnyWorld) IfacesOfVLAN(id gandi.VLANID) []gandi.Iface {
	return where(w.ifaces, func(i gandi.Iface) bool { return i.VLAN != nil && i.VLAN.ID == id })
}

// IfacesWithAddress lists interfaces by an address.
func (w *AnyWorld) IfacesWithAddress(addr string) []gandi.Iface {
	return where(w.ifaces, func(i gandi.Iface) bool {
		return slices.ContainsFunc(w.IPsOf(i.IPIDs), func(ip gandi.IP) bool { return ip.Addr == addr })
	})
}

// VLAN is the record of a VLAN.
func (w *AnyWorld) VLAN(id gandi.VLANID) account.Record[gandi.VLAN] { return record(w, w.vlans, id) }

// VLANNamed lists VLANs by name.
func (w *AnyWorld) VLANNamed(name string) []gandi.VLAN {
	return where(w.vlans, func(v gandi.VLAN) bool { return v.Name == name })
}

// SSHKey is the record of a key.
func (w *AnyWorld) SSHKey(id gandi.SSHKeyID) account.Record[gandi.SSHKey] {
	return record(w, w.sshKeys, id)
}

// SSHKeysNamed lists keys by name.
func (w *AnyWorld) SSHKeysNamed(name string) []gandi.SSHKey {
	return where(w.sshKeys, func(k gandi.SSHKey) bool { return k.Name == name })
}

// Site is the record of a site.
func (w *AnyWorld) Site(id gandi.SiteID) account.Record[gandi.Site] { return record(w, w.sites, id) }

// AllSites are all sites.
func (w *AnyWorld) AllSites() iter.Seq[gandi.Site] { return slices.Values(where(w.sites, every)) }

// RefreshCatalog does nothing: the catalog is drawn once.
func (w *AnyWorld) RefreshCatalog() {}

// Datacenters are two, of which one is open.
func (w *AnyWorld) Datacenters(context.Context) ([]gandi.Datacenter, error) {
	return []gandi.Datacenter{
		{ID: 1, Code: "FR-SD2", Name: "Equinix Paris", Country: "France", ISO: "FR", CanMigrateTo: []gandi.DatacenterID{4}},
		{ID: 4, Code: "FR-SD3", Name: "Paris", Country: "France", ISO: "FR"},
	}, nil
}

// Images are two per datacenter.
func (w *AnyWorld) Images(_ context.Context, dc gandi.DatacenterID) ([]gandi.Image, error) {
	return []gandi.Image{{ID: 2, DiskID: 4, Label: "Ubuntu 10.04", DatacenterID: dc, SizeMB: 3072}, {ID: 1, DiskID: 3, Label: "Debian 8 (HVM)", DatacenterID: dc, SizeMB: 3072}}, nil
}

// Kernels are two.
func (w *AnyWorld) Kernels(context.Context, gandi.DatacenterID) (map[string][]string, error) {
	return map[string][]string{"linux-hvm": {"3.12-x86_64 (hvm)"}, "linux": {"2.6.32"}}, nil
}

// SnapshotProfiles are one.
func (w *AnyWorld) SnapshotProfiles(context.Context) ([]gandi.SnapshotProfile, error) {
	return []gandi.SnapshotProfile{{ID: 7, Name: "minimal"}}, nil
}

// SitePackages are what was drawn.
func (w *AnyWorld) SitePackages(context.Context, string, string) ([]gandi.SitePackage, error) {
	return slices.Clone(w.packages), nil
}

// SitePrice is not known.
func (w *AnyWorld) SitePrice(context.Context, gandi.SitePackage, string) ([]gandi.Price, error) {
	return nil, nil
}

// SiteDNSEntries are what was drawn.
func (w *AnyWorld) SiteDNSEntries(context.Context, string) ([]gandi.DNSRecord, error) {
	return slices.Clone(w.dns), nil
}
