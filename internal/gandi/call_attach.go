package gandi

// VMDiskDetach takes a disk off a VM. The system disk comes off a halted VM
// only (docs/gandi-api.md, preconditions).
type VMDiskDetach struct {
	VM   VMID
	Disk DiskID
}

func (c VMDiskDetach) Method() string { return "hosting.vm.disk_detach" }
func (c VMDiskDetach) Params() []any  { return []any{int(c.VM), int(c.Disk)} }
func (c VMDiskDetach) Repeat() Repeat { return Repeatable }
