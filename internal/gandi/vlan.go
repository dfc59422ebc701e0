package gandi

import (
	"context"
	"time"
)

// VLANCreated is the one state of a private network that is known.
const VLANCreated = "created"

// VLAN is a private network of one datacenter.
type VLAN struct {
	ID           VLANID
	UUID         string // a number in captures
	Name         string // unique within the account
	DatacenterID DatacenterID
	Subnet       string // such as "192.168.1.0/24"
	Gateway      string
	State        string
	DateCreated  time.Time // zero where Gandi does not tell
	DateUpdated  time.Time
}

// VLANFilter narrows a list of private networks; zero values ask for nothing.
type VLANFilter struct {
	IDs          []VLANID
	Name         string
	DatacenterID DatacenterID
}

func (f VLANFilter) opts() map[string]any {
	s := spec{}
	anyOf(s, "id", f.IDs)
	s.str("name", f.Name)
	s.num("datacenter_id", int(f.DatacenterID))
	return s
}

// VLAN reads one private network. One that is not there is of class NotFound. By a client's report Gandi tells less here than
// in the list, without a word on what: for Subnet and Gateway ask VLANs.
func (c *Client) VLAN(ctx context.Context, id VLANID) (VLAN, error) {
	return readOne(ctx, c, "hosting.vlan.info", int(id), parseVLAN)
}

// VLANs lists the private networks that fit f.
func (c *Client) VLANs(ctx context.Context, f VLANFilter) ([]VLAN, error) {
	return readList(ctx, c, "hosting.vlan.list", f.opts(), parseVLAN)
}

func parseVLAN(r *record) VLAN {
	return VLAN{
		ID:           VLANID(r.id()),
		UUID:         r.str("uuid"),
		Name:         r.str("name"),
		DatacenterID: DatacenterID(r.num("datacenter_id")),
		Subnet:       r.str("subnet"),
		Gateway:      r.str("gateway"),
		State:        r.str("state"),
		DateCreated:  r.date("date_created"),
		DateUpdated:  r.date("date_updated"),
	}
}
