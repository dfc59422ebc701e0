package testkit

import (
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
)

// Datacenter that everything of the builders is in.
const Datacenter = "Equinix Paris"

// managed is how the spec of every kind begins, with its defaults.
func managed() v1alpha1.ManagedSpec {
	return v1alpha1.ManagedSpec{AccountRef: v1alpha1.LocalReference{Name: "default"}, ManagementPolicy: v1alpha1.Manage}
}

// unseen is the status of an object that nobody has looked at.
func unseen() v1alpha1.ManagedStatus { return v1alpha1.ManagedStatus{ObservedGeneration: -1} }

// named is where an object is.
func named(name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Name: name, Namespace: Namespace}
}

func with[T any](obj *T, opts []func(*T)) *T {
	for _, o := range opts {
		o(obj)
	}
	return obj
}

// Disk is an empty GandiDisk of 5Gi that the API server would accept, with its
// defaults, changed by opts.
func Disk(name string, opts ...func(*v1alpha1.GandiDisk)) *v1alpha1.GandiDisk {
	size := resource.MustParse("5Gi")
	return with(&v1alpha1.GandiDisk{
		ObjectMeta: named(name),
		Spec:       v1alpha1.GandiDiskSpec{ManagedSpec: managed(), Datacenter: Datacenter, Size: &size, Type: v1alpha1.DiskData},
		Status:     v1alpha1.GandiDiskStatus{ManagedStatus: unseen()},
	}, opts)
}

// Size asks for a size of the disk.
func Size(quantity string) func(*v1alpha1.GandiDisk) {
	return func(d *v1alpha1.GandiDisk) { d.Spec.Size = new(resource.MustParse(quantity)) }
}

// Interface is a public GandiInterface that the API server would accept, with its
// defaults, changed by opts.
func Interface(name string, opts ...func(*v1alpha1.GandiInterface)) *v1alpha1.GandiInterface {
	return with(&v1alpha1.GandiInterface{
		ObjectMeta: named(name),
		Spec:       v1alpha1.GandiInterfaceSpec{ManagedSpec: managed(), Datacenter: Datacenter, IPVersion: 4},
		Status:     v1alpha1.GandiInterfaceStatus{ManagedStatus: unseen()},
	}, opts)
}

// OnVLAN makes the interface a private one.
func OnVLAN(name string) func(*v1alpha1.GandiInterface) {
	return func(i *v1alpha1.GandiInterface) {
		i.Spec.IPVersion, i.Spec.VLANRef = 0, &v1alpha1.LocalReference{Name: name}
	}
}

// VLAN is a GandiVLAN that the API server would accept, with its defaults,
// changed by opts.
func VLAN(name string, opts ...func(*v1alpha1.GandiVLAN)) *v1alpha1.GandiVLAN {
	return with(&v1alpha1.GandiVLAN{
		ObjectMeta: named(name),
		Spec:       v1alpha1.GandiVLANSpec{ManagedSpec: managed(), Datacenter: Datacenter, Subnet: "192.168.1.0/24"},
		Status:     v1alpha1.GandiVLANStatus{ManagedStatus: unseen()},
	}, opts)
}

// PublicKey is what an SSHKey stores.
const PublicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl me@example.com"

// SSHKey is a GandiSSHKey that the API server would accept, with its defaults,
// changed by opts.
func SSHKey(name string, opts ...func(*v1alpha1.GandiSSHKey)) *v1alpha1.GandiSSHKey {
	return with(&v1alpha1.GandiSSHKey{
		ObjectMeta: named(name),
		Spec:       v1alpha1.GandiSSHKeySpec{ManagedSpec: managed(), PublicKey: PublicKey},
		Status:     v1alpha1.GandiSSHKeyStatus{ManagedStatus: unseen()},
	}, opts)
}

// Parked is a name on the parking domain of the simulator's provider.
func Parked(name string) string { return name + "." + gandisim.ParkingDomain }

// Site is a GandiSite that the API server would accept, with its defaults, on a
// name of the parking domain, changed by opts.
func Site(name string, opts ...func(*v1alpha1.GandiSite)) *v1alpha1.GandiSite {
	return with(&v1alpha1.GandiSite{
		ObjectMeta: named(name),
		Spec: v1alpha1.GandiSiteSpec{ManagedSpec: managed(), Vhosts: []string{Parked(name)}, UpgradePolicy: v1alpha1.UpgradeAutomatic,
			DNS: v1alpha1.SiteDNS{Mode: v1alpha1.DNSManual}},
		Status: v1alpha1.GandiSiteStatus{ManagedStatus: unseen()},
	}, opts)
}

// Attached has the VM attach GandiDisks, each under its own name, after those that
// it has already.
func Attached(disks ...string) func(*v1alpha1.GandiVM) {
	return func(vm *v1alpha1.GandiVM) {
		for _, d := range disks {
			vm.Spec.Disks = append(vm.Spec.Disks, v1alpha1.VMDisk{Name: d, DiskRef: v1alpha1.LocalReference{Name: d}})
		}
	}
}

// Connected has the VM attach GandiInterfaces, each under its own name, instead of
// buying one.
func Connected(interfaces ...string) func(*v1alpha1.GandiVM) {
	return func(vm *v1alpha1.GandiVM) {
		vm.Spec.Network = nil
		for _, i := range interfaces {
			vm.Spec.Interfaces = append(vm.Spec.Interfaces, v1alpha1.VMInterface{Name: i, InterfaceRef: v1alpha1.LocalReference{Name: i}})
		}
	}
}

// Annotation sets an annotation on an object of any kind.
func Annotation[T any, O object[T]](key, value string) func(*T) {
	return func(obj *T) {
		o := O(obj)
		all := o.GetAnnotations()
		if all == nil {
			all = map[string]string{}
		}
		all[key] = value
		o.SetAnnotations(all)
	}
}
