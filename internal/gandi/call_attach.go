package gandi

// VMDiskAttach puts a free disk on a VM of its datacenter.
type VMDiskAttach struct {
	VM   VMID
	Disk DiskID
	// Position is counted from 0, which is the system disk's; nil means behind the last. The disk that had the position swaps
	// and stays attached.
	Position *int
	ReadOnly bool
}

func (c VMDiskAttach) Method() string { return "hosting.vm.disk_attach" }
func (c VMDiskAttach) Repeat() Repeat { return Repeatable }

func (c VMDiskAttach) Params() []any {
	options := spec{}
	ptr(options, "position", c.Position)
	if c.ReadOnly {
		options["access"] = "read" // the word for read and write is published nowhere, so it is never sent
	}
	params := []any{int(c.VM), int(c.Disk)}
	if len(options) > 0 {
		params = append(params, map[string]any(options))
	}
	return params
}

// VMDiskDetach takes a disk off a VM. The system disk comes off a halted VM
// only (docs/gandi-api.md, preconditions).
type VMDiskDetach struct {
	VM   VMID
	Disk DiskID
}

func (c VMDiskDetach) Method() string { return "hosting.vm.disk_detach" }
func (c VMDiskDetach) Params() []any  { return []any{int(c.VM), int(c.Disk)} }
func (c VMDiskDetach) Repeat() Repeat { return Repeatable }

// VMIfaceAttach puts a free interface on a VM of its datacenter.
type VMIfaceAttach struct {
	VM    VMID
	Iface IfaceID
}

func (c VMIfaceAttach) Method() string { return "hosting.vm.iface_attach" }
func (c VMIfaceAttach) Params() []any  { return []any{int(c.VM), int(c.Iface)} }
func (c VMIfaceAttach) Repeat() Repeat { return Repeatable }

// VMIfaceDetach takes an interface off a VM. It keeps its addresses.
type VMIfaceDetach struct {
	VM    VMID
	Iface IfaceID
}

func (c VMIfaceDetach) Method() string { return "hosting.vm.iface_detach" }
func (c VMIfaceDetach) Params() []any  { return []any{int(c.VM), int(c.Iface)} }
func (c VMIfaceDetach) Repeat() Repeat { return Repeatable }
