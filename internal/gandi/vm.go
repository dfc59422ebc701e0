package gandi

import (
	"context"
	"time"
)

// States of a VM. Gandi may know others: treat an unknown one as a transition to wait out.
const (
	VMBeingCreated  = "being_created"
	VMRunning       = "running"
	VMHalted        = "halted"
	VMPaused        = "paused"
	VMLocked        = "locked"
	VMBeingMigrated = "being_migrated"
	VMLegallyLocked = "legally_locked"
	VMInvalid       = "invalid"
	VMDeleted       = "deleted"
)

// VM is a virtual machine as hosting.vm.info and hosting.vm.list tell it.
type VM struct {
	ID           VMID
	Hostname     string // not unique
	State        string
	DatacenterID DatacenterID
	MemoryMB     int
	MaxMemoryMB  int // beyond it memory grows only with a reboot
	Cores        int
	Console      bool
	Description  string
	// Farm is the tag given at creation. Lists of some editions leave it out: FarmTold says whether the record had it.
	Farm     string
	FarmTold bool
	// DiskIDs begins with the boot disk, IfaceIDs with the first interface.
	DiskIDs  []DiskID
	IfaceIDs []IfaceID
	// Disks and Ifaces are whole records, and empty in a list.
	Disks       []Disk
	Ifaces      []Iface
	KeyIDs      []SSHKeyID
	ConsoleURL  string
	HVMState    string
	DateCreated time.Time
	DateUpdated time.Time
}

// VMFilter narrows a list of VMs; zero values ask for nothing.
type VMFilter struct {
	IDs          []VMID
	Hostname     string
	State        string
	Farm         string
	DatacenterID DatacenterID
}

func (f VMFilter) opts() map[string]any {
	s := spec{}
	anyOf(s, "id", f.IDs)
	s.str("hostname", f.Hostname)
	s.str("state", f.State)
	s.str("farm", f.Farm)
	s.num("datacenter_id", int(f.DatacenterID))
	return s
}

// VM reads one VM with its disks and interfaces. One that is not there is of class NotFound.
func (c *Client) VM(ctx context.Context, id VMID) (VM, error) {
	return readOne(ctx, c, "hosting.vm.info", int(id), parseVM)
}

// VMs lists the VMs that fit f.
func (c *Client) VMs(ctx context.Context, f VMFilter) ([]VM, error) {
	return readList(ctx, c, "hosting.vm.list", f.opts(), parseVM)
}

// VMCount counts the VMs that fit f, in Gandi's opinion: a filter that Gandi ignores does not narrow a count.
func (c *Client) VMCount(ctx context.Context, f VMFilter) (int, error) {
	return readCount(ctx, c, "hosting.vm.count", f.opts())
}

func parseVM(r *record) VM {
	return VM{
		ID:           VMID(r.id()),
		Hostname:     r.str("hostname"),
		State:        r.str("state"),
		DatacenterID: DatacenterID(r.num("datacenter_id")),
		MemoryMB:     r.num("memory"),
		MaxMemoryMB:  r.num("vm_max_memory"),
		Cores:        r.num("cores"),
		Console:      r.flag("console"),
		Description:  r.str("description"),
		Farm:         r.str("farm"),
		FarmTold:     r.has("farm"),
		DiskIDs:      ids[DiskID](r, "disks_id"),
		IfaceIDs:     ids[IfaceID](r, "ifaces_id"),
		Disks:        records(r, "disks", parseDisk),
		Ifaces:       records(r, "ifaces", parseIface),
		KeyIDs:       ids[SSHKeyID](r, "keys"),
		ConsoleURL:   r.str("console_url"),
		HVMState:     r.str("hvm_state"),
		DateCreated:  r.date("date_created"),
		DateUpdated:  r.date("date_updated"),
	}
}
