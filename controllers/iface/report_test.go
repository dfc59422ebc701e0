package iface_test

import (
	"testing"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	kind "github.com/gandi-operator/gandi-operator/controllers/iface"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// An address that Gandi lists twice is told once: the schema takes no number
// twice, and a status that is refused would stop the object for ever.
func TestAnAddressIsToldOnce(t *testing.T) {
	obj := &v1alpha1.GandiInterface{}
	ip := gandi.IP{ID: 2, Addr: "192.168.1.10", Version: 4}
	kind.Kind{}.Report(obj, kind.Observed{Iface: &gandi.Iface{ID: 1}, IPs: []gandi.IP{ip, ip, {ID: 3, Addr: "::1", Version: 6}}})
	if got := obj.Status.Addresses; len(got) != 2 || got[0].ID != 2 || got[1].ID != 3 {
		t.Errorf("addresses %+v", got)
	}
	many := make([]gandi.IP, 100)
	for i := range many {
		many[i].ID = gandi.IPID(i + 1)
	}
	kind.Kind{}.Report(obj, kind.Observed{Iface: &gandi.Iface{ID: 1}, IPs: many})
	if got := len(obj.Status.Addresses); got != 32 {
		t.Errorf("%d addresses", got)
	}
}
