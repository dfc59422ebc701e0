package gandi

// VLANCreate makes a private network in one datacenter. Zero values are not sent; Gandi then chooses subnet and gateway.
type VLANCreate struct {
	DatacenterID DatacenterID
	Name         string // unique within the account
	Subnet       string // such as "192.168.1.0/24"
	Gateway      string // an address of Subnet
}

func (c VLANCreate) Method() string { return "hosting.vlan.create" }

// Repeat is Paid though no price is known: a second sending would make a second network.
func (c VLANCreate) Repeat() Repeat { return Paid }

func (c VLANCreate) Params() []any {
	s := spec{}
	s.num("datacenter_id", int(c.DatacenterID))
	s.str("name", c.Name)
	s.str("subnet", c.Subnet)
	s.str("gateway", c.Gateway)
	return []any{map[string]any(s)}
}

// VLANUpdate changes a private network in place; only what is set is sent. Its subnet stays for good.
type VLANUpdate struct {
	ID      VLANID
	Name    *string
	Gateway *string
}

func (c VLANUpdate) Method() string { return "hosting.vlan.update" }
func (c VLANUpdate) Repeat() Repeat { return Repeatable }

func (c VLANUpdate) Params() []any {
	s := spec{}
	ptr(s, "name", c.Name)
	ptr(s, "gateway", c.Gateway)
	return []any{int(c.ID), map[string]any(s)}
}

// VLANDelete deletes a private network that no interface stands in.
type VLANDelete struct{ ID VLANID }

func (c VLANDelete) Method() string { return "hosting.vlan.delete" }
func (c VLANDelete) Params() []any  { return []any{int(c.ID)} }
func (c VLANDelete) Repeat() Repeat { return Repeatable }
