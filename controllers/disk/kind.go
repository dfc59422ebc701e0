package disk

import (
	"context"
	"fmt"
	"slices"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/account"
	"github.com/gandi-operator/gandi-operator/internal/catalog"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// Kind is GandiDisk for the engine.
type Kind struct{}

var (
	_ engine.Kind[*v1alpha1.GandiDisk, Observed] = Kind{}
	_ engine.Inheritor                           = Kind{}
)

// New is an empty GandiDisk.
func (Kind) New() *v1alpha1.GandiDisk { return &v1alpha1.GandiDisk{} }

// Name is GandiDisk.
func (Kind) Name() string { return "GandiDisk" }

// Type is disk.
func (Kind) Type() string { return "disk" }

// CRD is the name of the CustomResourceDefinition.
func (Kind) CRD() string { return "gandidisks." + v1alpha1.GroupVersion.Group }

// Wants is the record of the disk.
func (Kind) Wants(_ *v1alpha1.GandiDisk, id int64) []account.Want {
	return []account.Want{{Kind: account.WantDisk, ID: int(id)}}
}

// gone tells that a disk is deleted although Gandi still shows it. The inventory
// knows that of the state deleted. Redemption is the same to us: nothing can be
// attached, copied or changed any more, no method brings it back, and another
// disk must not be bought in its place unasked either way (Irreplaceable).
func gone(d gandi.Disk) bool {
	return d.State == gandi.DiskDeleted || d.State == gandi.DiskRedemption
}

// present is the disk id as the inventory has it, unless it is gone.
func present(r engine.Reader, id gandi.DiskID) (gandi.Disk, bool) {
	rec := r.Disk(id)
	return rec.Value, rec.Seen.Present() && !gone(rec.Value)
}

// Lookup says how the inventory knows the disk.
func (Kind) Lookup(r engine.Reader, id int64) engine.Sighting {
	rec := r.Disk(gandi.DiskID(id))
	if rec.Seen.Present() && gone(rec.Value) {
		return engine.Sighting{Seen: account.NotFound, Begun: rec.Begun}
	}
	return engine.Sighting{Seen: rec.Seen, Begun: rec.Begun}
}

// Find lists the disks that are called by the token.
func (Kind) Find(r engine.Reader, _ *v1alpha1.GandiDisk, token string) []engine.Claim {
	var claims []engine.Claim
	for _, d := range r.DiskNamed(token) {
		if !gone(d) {
			claims = append(claims, engine.Claim{ID: int64(d.ID)})
		}
	}
	return claims
}

// Adoption says what spec.adopt asks for.
func (Kind) Adoption(obj *v1alpha1.GandiDisk) *engine.Adoption {
	if obj.Spec.Adopt == nil {
		return nil
	}
	return &engine.Adoption{ID: obj.Spec.Adopt.ID, TakeOver: obj.Spec.Adopt.TakeOver}
}

// Inherits lets the system disk that was bought with a VM of ours become a disk
// of its own.
func (Kind) Inherits() bool { return true }

// Match lists the disks that spec.adopt.filter fits.
func (Kind) Match(ctx context.Context, obj *v1alpha1.GandiDisk, env engine.Env) ([]int64, error) {
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
	for d := range env.AllDisks() {
		if d.Name == f.Name && inside(d.DatacenterID) && !gone(d) {
			found = append(found, int64(d.ID))
		}
	}
	slices.Sort(found)
	return found, nil
}

// Carried is the name of the disk, which is where a token stands.
func (Kind) Carried(r engine.Reader, id int64) []string {
	return []string{r.Disk(gandi.DiskID(id)).Value.Name}
}

// RebootsByHand tells whether a person decides on reboots of the VM that has the
// disk.
func (Kind) RebootsByHand(_ *v1alpha1.GandiDisk, s Observed) bool {
	return s.Holder != nil && s.Holder.ByHand
}

// Irreplaceable is true: a fresh empty disk is no replacement for a lost one.
func (Kind) Irreplaceable() bool { return true }

// Lists is empty: every sweep takes in VMs and disks.
func (Kind) Lists() []account.WantKind { return nil }

// Involves tells whether op works on the disk.
func (Kind) Involves(op gandi.Operation, id int64) bool {
	return id != 0 && int64(op.DiskID) == id
}

// Bought reads the id off the operation of a create.
func (Kind) Bought(ops []gandi.Operation) (int64, []v1alpha1.ExternalID) {
	op, ok := gandi.PickOperation(ops, gandi.TypeDiskCreate)
	if !ok || op.DiskID == 0 {
		return 0, nil
	}
	return int64(op.DiskID), []v1alpha1.ExternalID{{Type: "disk", ID: int64(op.DiskID)}}
}

// Plan picks the next action. What is missing goes with any: it is told while
// the rest is done.
func (Kind) Plan(obj *v1alpha1.GandiDisk, s Observed) engine.Action {
	a, _ := plan(obj, s)
	if a.Missing == nil && !deleting(obj) {
		a.Missing = s.Missing
	}
	return a
}
