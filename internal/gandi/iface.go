package gandi

import (
	"context"
	"time"
)

// States and types of an interface.
const (
	IfaceUsed         = "used"
	IfaceFree         = "free"
	IfaceBeingCreated = "being_created"

	IfaceTypePublic  = "public"
	IfaceTypePrivate = "private"
)

// VLANRef is the private network that an interface stands in.
type VLANRef struct {
	ID   VLANID
	Name string
}

// Iface is a network interface.
type Iface struct {
	ID            IfaceID
	Num           *int // position in the VM, nil when free or private
	Type          string
	State         string
	DatacenterID  DatacenterID
	BandwidthKbit float64 // kbit/s
	VMID          VMID    // 0 when attached to none
	IPIDs         []IPID
	IPs           []IP     // info only
	VLAN          *VLANRef // nil for a public one
	DateCreated   time.Time
	DateUpdated   time.Time
}

// IfaceFilter narrows a list of interfaces; zero values ask for nothing.
type IfaceFilter struct {
	IDs          []IfaceID
	State        string
	Type         string
	DatacenterID DatacenterID
	VMID         VMID
	VLAN         VLANID
}

func (f IfaceFilter) opts() map[string]any {
	s := spec{}
	anyOf(s, "id", f.IDs)
	s.str("state", f.State)
	s.str("type", f.Type)
	s.num("datacenter_id", int(f.DatacenterID))
	s.num("vm_id", int(f.VMID))
	s.num("vlan_id", int(f.VLAN))
	return s
}

// Iface reads one interface with its addresses. One that is not there is of class NotFound.
func (c *Client) Iface(ctx context.Context, id IfaceID) (Iface, error) {
	return readOne(ctx, c, "hosting.iface.info", int(id), parseIface)
}

// Ifaces lists the interfaces that fit f.
func (c *Client) Ifaces(ctx context.Context, f IfaceFilter) ([]Iface, error) {
	return readList(ctx, c, "hosting.iface.list", f.opts(), parseIface)
}

func parseIface(r *record) Iface {
	i := Iface{
		ID:            IfaceID(r.id()),
		Type:          r.str("type"),
		State:         r.str("state"),
		DatacenterID:  DatacenterID(r.num("datacenter_id")),
		BandwidthKbit: r.double("bandwidth"),
		VMID:          VMID(r.num("vm_id")),
		IPIDs:         ids[IPID](r, "ips_id"),
		IPs:           records(r, "ips", parseIP),
		DateCreated:   r.date("date_created"),
		DateUpdated:   r.date("date_updated"),
	}
	if r.given("num") {
		i.Num = new(r.num("num"))
	}
	if r.given("vlan") {
		i.VLAN = &VLANRef{ID: VLANID(r.numOrIDOf("vlan")), Name: r.nested("vlan").str("name")}
	}
	return i
}
