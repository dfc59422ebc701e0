package gandi

// IPUpdate gives a public address another name in the reverse DNS. An empty name is sent as it is.
type IPUpdate struct {
	ID      IPID
	Reverse string
}

func (c IPUpdate) Method() string { return "hosting.ip.update" }
func (c IPUpdate) Params() []any  { return []any{int(c.ID), map[string]any{"reverse": c.Reverse}} }
func (c IPUpdate) Repeat() Repeat { return Repeatable }
