package gandi

// IfaceCreate makes an interface with its addresses: a public one by IPVersion, or a private one on VLAN. Zero values are not
// sent.
type IfaceCreate struct {
	DatacenterID DatacenterID
	// IPVersion is 4 or 6; 4 brings an IPv6 address too. A private interface needs none.
	IPVersion int
	VLAN      VLANID
	IP        string // of a private one: an address of the VLAN's subnet, else Gandi chooses
	// BandwidthKbit is kbit/s; Gandi's own default is about 1 Mbit/s.
	BandwidthKbit int
}

func (c IfaceCreate) Method() string { return "hosting.iface.create" }
func (c IfaceCreate) Repeat() Repeat { return Paid }

func (c IfaceCreate) Params() []any {
	s := spec{}
	s.num("datacenter_id", int(c.DatacenterID))
	s.num("ip_version", c.IPVersion)
	s.num("vlan", int(c.VLAN))
	s.str("ip", c.IP)
	s.num("bandwidth", c.BandwidthKbit)
	return []any{map[string]any(s)}
}

// IfaceUpdate changes an interface in place.
type IfaceUpdate struct {
	ID            IfaceID
	BandwidthKbit *int // kbit/s
}

func (c IfaceUpdate) Method() string { return "hosting.iface.update" }
func (c IfaceUpdate) Repeat() Repeat { return Repeatable }

func (c IfaceUpdate) Params() []any {
	s := spec{}
	ptr(s, "bandwidth", c.BandwidthKbit)
	return []any{int(c.ID), map[string]any(s)}
}

// IfaceDelete deletes an interface, and every address on it.
type IfaceDelete struct{ ID IfaceID }

func (c IfaceDelete) Method() string { return "hosting.iface.delete" }
func (c IfaceDelete) Params() []any  { return []any{int(c.ID)} }
func (c IfaceDelete) Repeat() Repeat { return Repeatable }
