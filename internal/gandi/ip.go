package gandi

import (
	"context"
	"time"
)

// States of an address.
const (
	IPBeingCreated = "being_created"
	IPCreated      = "created"
)

// IP is an address. A released one is handed to the next interface with its id and date of creation unchanged.
type IP struct {
	ID           IPID
	Addr         string
	Version      int // 4 or 6
	Num          int
	State        string
	Reverse      string  // PTR name
	IfaceID      IfaceID // 0 for none
	VMID         VMID    // 0 for none, or where Gandi does not tell
	DatacenterID DatacenterID
	DateCreated  time.Time
	DateUpdated  time.Time
}

// IPFilter narrows a list of addresses; zero values ask for nothing.
type IPFilter struct {
	IDs          []IPID
	IfaceID      IfaceID
	Addr         string
	Version      int
	State        string
	Reverse      string
	DatacenterID DatacenterID
}

func (f IPFilter) opts() map[string]any {
	s := spec{}
	anyOf(s, "id", f.IDs)
	s.num("iface_id", int(f.IfaceID))
	s.str("ip", f.Addr)
	s.num("version", f.Version)
	s.str("state", f.State)
	s.str("reverse", f.Reverse)
	s.num("datacenter_id", int(f.DatacenterID))
	return s
}

// IP reads one address. One that is not there is of class NotFound.
func (c *Client) IP(ctx context.Context, id IPID) (IP, error) {
	return readOne(ctx, c, "hosting.ip.info", int(id), parseIP)
}

// IPs lists the addresses that fit f.
func (c *Client) IPs(ctx context.Context, f IPFilter) ([]IP, error) {
	return readList(ctx, c, "hosting.ip.list", f.opts(), parseIP)
}

func parseIP(r *record) IP {
	return IP{
		ID:           IPID(r.id()),
		Addr:         r.str("ip"),
		Version:      r.num("version"),
		Num:          r.num("num"),
		State:        r.str("state"),
		Reverse:      r.str("reverse"),
		IfaceID:      IfaceID(r.num("iface_id")),
		VMID:         VMID(r.num("vm_id")),
		DatacenterID: DatacenterID(r.num("datacenter_id")),
		DateCreated:  r.date("date_created"),
		DateUpdated:  r.date("date_updated"),
	}
}
