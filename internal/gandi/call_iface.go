package gandi

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
