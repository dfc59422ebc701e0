package vm

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/account"
	"github.com/gandi-operator/gandi-operator/internal/catalog"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// Kind is GandiVM for the engine.
type Kind struct{}

var _ engine.Kind[*v1alpha1.GandiVM, Observed] = Kind{}

// New is an empty GandiVM.
func (Kind) New() *v1alpha1.GandiVM { return &v1alpha1.GandiVM{} }

// Name is GandiVM.
func (Kind) Name() string { return "GandiVM" }

// Type is vm.
func (Kind) Type() string { return "vm" }

// CRD is the name of the CustomResourceDefinition.
func (Kind) CRD() string { return "gandivms." + v1alpha1.GroupVersion.Group }

// Wants is the record of the VM: hosting.vm.info brings its disks, interfaces
// and addresses along. A system disk that is not on the VM is asked for itself.
func (Kind) Wants(obj *v1alpha1.GandiVM, id int64) []account.Want {
	wants := []account.Want{{Kind: account.WantVM, ID: int(id)}}
	disks := []int64{obj.Status.SystemDiskID}
	for _, a := range obj.Status.Attachments {
		if a.Name == systemEntry {
			disks = append(disks, a.DiskID)
		}
	}
	for _, disk := range disks {
		attached := slices.ContainsFunc(obj.Status.Disks, func(d v1alpha1.VMDiskStatus) bool { return d.ID == disk })
		if disk != 0 && !attached {
			wants = append(wants, account.Want{Kind: account.WantDisk, ID: int(disk)})
		}
	}
	return wants
}

// Lookup says how the inventory knows the VM.
func (Kind) Lookup(r engine.Reader, id int64) engine.Sighting {
	rec := r.VM(gandi.VMID(id))
	return engine.Sighting{Seen: rec.Seen, Begun: rec.Begun}
}

// Find lists the VMs whose record shows the token: as their farm, or as the
// name of one of their disks. A disk with the token and no VM is what a
// half-done create left. A VM made with a disk of one's own is found by that
// disk, which can be attached to one VM only.
func (Kind) Find(r engine.Reader, obj *v1alpha1.GandiVM, token string) []engine.Claim {
	var claims []engine.Claim
	add := func(vm gandi.VM) {
		if vm.State == gandi.VMDeleted {
			return
		}
		for _, c := range claims {
			if c.ID == int64(vm.ID) {
				return
			}
		}
		claims = append(claims, engine.Claim{ID: int64(vm.ID)})
	}
	for _, vm := range r.VMsFarmed(token) {
		add(vm)
	}
	var own gandi.DiskID
	if obj.Spec.SystemDisk != nil {
		own = gandi.DiskID(obj.Spec.SystemDisk.DiskID)
	}
	for _, a := range obj.Status.Attachments {
		if a.Name == systemEntry && own == 0 {
			own = idOf(&a)
		}
	}
	for _, disk := range r.DiskNamed(token) {
		if disk.ID == own {
			continue // a person's, whatever it is called
		}
		if disk.State == gandi.DiskDeleted || disk.State == gandi.DiskRedemption {
			continue
		}
		vms := r.VMsOfDisk(disk.ID)
		for _, vm := range vms {
			add(vm)
		}
		if len(vms) == 0 && len(disk.VMIDs) == 0 {
			claims = append(claims, engine.Claim{Parts: []v1alpha1.ExternalID{{Type: "disk", ID: int64(disk.ID)}}})
		}
	}
	if in := obj.Status.Intent; in != nil && own != 0 && in.Repeat == gandi.Paid.String() {
		for _, vm := range r.VMsOfDisk(own) {
			if madeFrom(vm, own, obj, token) {
				add(vm)
			}
		}
	}
	return claims
}

// madeFrom tells whether vm is what a create for obj with the disk own made: it
// boots from that disk, and its record does not say otherwise. Somebody else may
// have attached the disk to a VM of theirs.
func madeFrom(vm gandi.VM, own gandi.DiskID, obj *v1alpha1.GandiVM, token string) bool {
	if len(vm.DiskIDs) == 0 || vm.DiskIDs[0] != own {
		return false
	}
	if vm.FarmTold && vm.Farm != "" {
		return vm.Farm == token
	}
	return vm.Hostname == cmp.Or(obj.Spec.Hostname, obj.Name)
}

// Adoption says what spec.adopt asks for.
func (Kind) Adoption(obj *v1alpha1.GandiVM) *engine.Adoption {
	if obj.Spec.Adopt == nil {
		return nil
	}
	return &engine.Adoption{ID: obj.Spec.Adopt.ID, TakeOver: obj.Spec.Adopt.TakeOver}
}

// Match lists the VMs that spec.adopt.filter fits.
func (Kind) Match(ctx context.Context, obj *v1alpha1.GandiVM, env engine.Env) ([]int64, error) {
	f := obj.Spec.Adopt.Filter
	inside := func(gandi.DatacenterID) bool { return true }
	if f.Datacenter != "" {
		all, err := env.Catalog.Datacenters(ctx)
		if err != nil {
			return nil, fmt.Errorf("listing datacenters: %w", err)
		}
		inside = func(id gandi.DatacenterID) bool {
			return slices.ContainsFunc(all, func(dc gandi.Datacenter) bool { return dc.ID == id && catalog.Means(dc, f.Datacenter) })
		}
	}
	var found []int64
	for vm := range env.AllVMs() {
		if vm.Hostname == f.Hostname && inside(vm.DatacenterID) && vm.State != gandi.VMDeleted {
			found = append(found, int64(vm.ID))
		}
	}
	slices.Sort(found)
	return found, nil
}

// Carried lists the tokens that the VM carries: its farm, and the names of its
// disks.
func (Kind) Carried(r engine.Reader, id int64) []string {
	vm := r.VM(gandi.VMID(id)).Value
	carried := []string{vm.Farm}
	for _, disk := range vm.DiskIDs {
		carried = append(carried, r.Disk(disk).Value.Name)
	}
	return carried
}

// RebootsByHand tells whether rebootPolicy is Manual.
func (Kind) RebootsByHand(obj *v1alpha1.GandiVM, _ Observed) bool {
	return obj.Spec.RebootPolicy == v1alpha1.RebootManual
}

// Irreplaceable is false: a VM can be made anew from its manifest.
func (Kind) Irreplaceable() bool { return false }

// Lists is empty: every sweep takes in VMs, disks and interfaces.
func (Kind) Lists() []account.WantKind { return nil }

// Involves tells whether op works on the VM.
func (Kind) Involves(op gandi.Operation, id int64) bool {
	return id != 0 && int64(op.VMID) == id
}

// Bought reads the ids off the operations of a create.
func (Kind) Bought(ops []gandi.Operation) (int64, []v1alpha1.ExternalID) {
	var id int64
	var created []v1alpha1.ExternalID
	add := func(typ string, n int) {
		if n != 0 {
			created = append(created, v1alpha1.ExternalID{Type: typ, ID: int64(n)})
		}
	}
	for _, op := range ops {
		switch op.Type {
		case gandi.TypeVMCreate:
			id = int64(op.VMID)
			add("vm", int(op.VMID))
		case gandi.TypeDiskCreate:
			add("disk", int(op.DiskID))
		case gandi.TypeIfaceCreate:
			add("iface", int(op.IfaceID))
			add("ip", int(op.IPID))
		}
	}
	return id, created
}

// Plan picks the next action.
func (Kind) Plan(obj *v1alpha1.GandiVM, s Observed) engine.Action {
	action, _ := plan(obj, s)
	return action
}
