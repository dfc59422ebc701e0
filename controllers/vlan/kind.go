package vlan

import (
	"context"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/account"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// Kind is GandiVLAN for the engine.
type Kind struct{}

var _ engine.Kind[*v1alpha1.GandiVLAN, Observed] = Kind{}

// New is an empty GandiVLAN.
func (Kind) New() *v1alpha1.GandiVLAN { return &v1alpha1.GandiVLAN{} }

// Name is GandiVLAN.
func (Kind) Name() string { return "GandiVLAN" }

// Type is vlan.
func (Kind) Type() string { return "vlan" }

// CRD is the name of the CustomResourceDefinition.
func (Kind) CRD() string { return "gandivlans." + v1alpha1.GroupVersion.Group }

// Wants is the record of the VLAN.
func (Kind) Wants(_ *v1alpha1.GandiVLAN, id int64) []account.Want {
	return []account.Want{{Kind: account.WantVLAN, ID: int(id)}}
}

// Lookup says how the inventory knows the VLAN.
func (Kind) Lookup(r engine.Reader, id int64) engine.Sighting {
	rec := r.VLAN(gandi.VLANID(id))
	return engine.Sighting{Seen: rec.Seen, Begun: rec.Begun}
}

// Find lists the VLANs that are called by the token. One that has its own name by
// now is known by its number, in status and in the annotation.
func (Kind) Find(r engine.Reader, _ *v1alpha1.GandiVLAN, token string) []engine.Claim {
	var claims []engine.Claim
	for _, v := range r.VLANNamed(token) {
		claims = append(claims, engine.Claim{ID: int64(v.ID)})
	}
	return claims
}

// Adoption says what spec.adopt asks for.
func (Kind) Adoption(obj *v1alpha1.GandiVLAN) *engine.Adoption {
	if obj.Spec.Adopt == nil {
		return nil
	}
	return &engine.Adoption{ID: obj.Spec.Adopt.ID, TakeOver: obj.Spec.Adopt.TakeOver}
}

// Match lists the VLANs that spec.adopt.filter fits.
func (Kind) Match(_ context.Context, obj *v1alpha1.GandiVLAN, env engine.Env) ([]int64, error) {
	var found []int64
	for _, v := range env.VLANNamed(obj.Spec.Adopt.Filter.Name) {
		found = append(found, int64(v.ID))
	}
	return found, nil
}

// Carried is the name of the VLAN, which is where a token stands.
func (Kind) Carried(r engine.Reader, id int64) []string {
	return []string{r.VLAN(gandi.VLANID(id)).Value.Name}
}

// RebootsByHand is false: nothing that is done to a VLAN reboots a VM.
func (Kind) RebootsByHand(*v1alpha1.GandiVLAN, Observed) bool { return false }

// Irreplaceable is false. Gandi deletes no VLAN that has interfaces, so one that
// somebody deleted had none, and held nothing but its name, subnet and gateway:
// a new one by the manifest is what the lost one was.
func (Kind) Irreplaceable() bool { return false }

// Lists are the VLANs, which sweeps take in only when asked to.
func (Kind) Lists() []account.WantKind { return []account.WantKind{account.WantVLAN} }

// Involves tells whether op works on the VLAN.
func (Kind) Involves(op gandi.Operation, id int64) bool {
	return id != 0 && int64(op.VLANID) == id
}

// Bought reads the id off the operation of a create. Replies do not tell it,
// operation.info does.
func (Kind) Bought(ops []gandi.Operation) (int64, []v1alpha1.ExternalID) {
	op, ok := gandi.PickOperation(ops, gandi.TypeVLANCreate)
	if !ok || op.VLANID == 0 {
		return 0, nil
	}
	return int64(op.VLANID), []v1alpha1.ExternalID{{Type: "vlan", ID: int64(op.VLANID)}}
}

// Plan picks the next action.
func (Kind) Plan(obj *v1alpha1.GandiVLAN, s Observed) engine.Action {
	a, _ := plan(obj, s)
	return a
}
