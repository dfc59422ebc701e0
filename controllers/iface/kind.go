package iface

import (
	"context"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/account"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// Kind is GandiInterface for the engine.
type Kind struct{}

var (
	_ engine.Kind[*v1alpha1.GandiInterface, Observed] = Kind{}
	_ engine.Unmarked[*v1alpha1.GandiInterface]       = Kind{}
)

// New is an empty GandiInterface.
func (Kind) New() *v1alpha1.GandiInterface { return &v1alpha1.GandiInterface{} }

// Name is GandiInterface.
func (Kind) Name() string { return "GandiInterface" }

// Type is iface.
func (Kind) Type() string { return "iface" }

// CRD is the name of the CustomResourceDefinition.
func (Kind) CRD() string { return "gandiinterfaces." + v1alpha1.GroupVersion.Group }

// Wants is the record of the interface: hosting.iface.info brings its addresses
// along.
func (Kind) Wants(_ *v1alpha1.GandiInterface, id int64) []account.Want {
	return []account.Want{{Kind: account.WantIface, ID: int(id)}}
}

// Lookup says how the inventory knows the interface, with its addresses: a list
// of interfaces is there before the list of addresses that belongs to it.
func (Kind) Lookup(r engine.Reader, id int64) engine.Sighting {
	rec := r.Iface(gandi.IfaceID(id))
	s := engine.Sighting{Seen: rec.Seen, Begun: rec.Begun}
	if !rec.Seen.Present() {
		return s
	}
	for _, ip := range rec.Value.IPIDs {
		switch addr := r.IP(ip); {
		case addr.Seen.Present():
			s.Begun = min(s.Begun, addr.Begun)
		case rec.Seen == account.Listed && addr.Begun < rec.Begun:
			return engine.Sighting{} // nobody has asked for it since
		}
	}
	return s
}

// Find finds nothing: interfaces carry no mark.
func (Kind) Find(engine.Reader, *v1alpha1.GandiInterface, string) []engine.Claim { return nil }

// Rivals make interfaces, too: a VM's create brings one along.
func (Kind) Rivals() []string { return []string{"GandiInterface", "GandiVM"} }

// Adoption says what spec.adopt asks for.
func (Kind) Adoption(obj *v1alpha1.GandiInterface) *engine.Adoption {
	if obj.Spec.Adopt == nil {
		return nil
	}
	return &engine.Adoption{ID: obj.Spec.Adopt.ID, TakeOver: obj.Spec.Adopt.TakeOver}
}

// Match lists the interfaces that have the address of spec.adopt.filter.
func (Kind) Match(_ context.Context, obj *v1alpha1.GandiInterface, env engine.Env) ([]int64, error) {
	var found []int64
	for _, i := range env.IfacesWithAddress(obj.Spec.Adopt.Filter.Address) {
		found = append(found, int64(i.ID))
	}
	return found, nil
}

// Carried is empty: interfaces carry no mark.
func (Kind) Carried(engine.Reader, int64) []string { return nil }

// RebootsByHand is false: nothing that is done to an interface reboots a VM.
func (Kind) RebootsByHand(*v1alpha1.GandiInterface, Observed) bool { return false }

// Irreplaceable is false: another interface does what the lost one did, though
// its addresses may be others.
func (Kind) Irreplaceable() bool { return false }

// Lists is empty: every sweep takes in VMs, interfaces and addresses.
func (Kind) Lists() []account.WantKind { return nil }

// Involves tells whether op works on the interface.
func (Kind) Involves(op gandi.Operation, id int64) bool {
	return id != 0 && int64(op.IfaceID) == id
}

// Bought reads the ids off the operation of a create.
func (Kind) Bought(ops []gandi.Operation) (int64, []v1alpha1.ExternalID) {
	op, ok := gandi.PickOperation(ops, gandi.TypeIfaceCreate)
	if !ok || op.IfaceID == 0 {
		return 0, nil
	}
	created := []v1alpha1.ExternalID{{Type: "iface", ID: int64(op.IfaceID)}}
	if op.IPID != 0 {
		created = append(created, v1alpha1.ExternalID{Type: "ip", ID: int64(op.IPID)})
	}
	return int64(op.IfaceID), created
}

// Plan picks the next action.
func (Kind) Plan(obj *v1alpha1.GandiInterface, s Observed) engine.Action {
	a, _ := plan(obj, s)
	return a
}
