package gandi

// VMSpec is what a VM is created from. Zero values are not sent.
type VMSpec struct {
	DatacenterID DatacenterID
	Hostname     string // Unicode, up to 63 characters
	MemoryMB     int    // a multiple of 64
	MaxMemoryMB  int    // vm_max_memory, a tier
	Cores        int
	// IPVersion 4 or 6 has a public interface made for the VM; 4 brings an IPv6 address too. IfaceID uses one that exists.
	IPVersion int
	IfaceID   IfaceID
	// BandwidthKbit is kbit/s of the interface that is made; Gandi's own default is about 1 Mbit/s.
	BandwidthKbit int
	// SysDiskID is the disk to boot from, for VMCreate alone.
	SysDiskID DiskID
	Login     string // an account beside root
	Password  Secret // of root and of Login
	SSHKey    string // one public key
	KeyIDs    []SSHKeyID
	Run       string // shell command of the first boot
	// Script is run after the creation with ScriptArgs as its arguments.
	Script, ScriptArgs string
	// Farm is a free tag that Gandi stores with the VM.
	Farm    string
	Console *bool
}

func (v VMSpec) params() map[string]any {
	s := spec{}
	s.num("datacenter_id", int(v.DatacenterID))
	s.str("hostname", v.Hostname)
	s.num("memory", v.MemoryMB)
	s.num("vm_max_memory", v.MaxMemoryMB)
	s.num("cores", v.Cores)
	s.num("ip_version", v.IPVersion)
	s.num("iface_id", int(v.IfaceID))
	s.num("bandwidth", v.BandwidthKbit)
	s.num("sys_disk_id", int(v.SysDiskID))
	s.str("login", v.Login)
	s.secret("password", v.Password)
	s.str("ssh_key", v.SSHKey)
	if len(v.KeyIDs) > 0 {
		s["keys"] = numbers(v.KeyIDs)
	}
	s.str("run", v.Run)
	s.str("script", v.Script)
	s.str("script_args", v.ScriptArgs)
	s.str("farm", v.Farm)
	ptr(s, "console", v.Console)
	return s
}

// VMCreateFrom copies the disk Source into a new system disk and boots a new VM from it.
// Its operations are disk_create, iface_create (unless VM.IfaceID is set) and vm_create.
type VMCreateFrom struct {
	VM     VMSpec
	Disk   DiskSpec
	Source DiskID // of an image: its DiskID, not its own number
}

func (c VMCreateFrom) Method() string { return "hosting.vm.create_from" }
func (c VMCreateFrom) Params() []any  { return []any{c.VM.params(), c.Disk.params(), int(c.Source)} }
func (c VMCreateFrom) Repeat() Repeat { return Paid }

// VMCreate boots a new VM from the disk VM.SysDiskID, which is used and not copied.
type VMCreate struct{ VM VMSpec }

func (c VMCreate) Method() string { return "hosting.vm.create" }
func (c VMCreate) Params() []any  { return []any{c.VM.params()} }
func (c VMCreate) Repeat() Repeat { return Paid }

// VMUpdate changes a VM in place; only what is set is sent.
type VMUpdate struct {
	ID          VMID
	Hostname    *string
	MemoryMB    *int
	MaxMemoryMB *int
	Cores       *int
	Console     *bool
	Password    Secret
}

func (c VMUpdate) Method() string { return "hosting.vm.update" }
func (c VMUpdate) Repeat() Repeat { return Repeatable }

func (c VMUpdate) Params() []any {
	s := spec{}
	ptr(s, "hostname", c.Hostname)
	ptr(s, "memory", c.MemoryMB)
	ptr(s, "vm_max_memory", c.MaxMemoryMB)
	ptr(s, "cores", c.Cores)
	ptr(s, "console", c.Console)
	s.secret("password", c.Password)
	return []any{int(c.ID), map[string]any(s)}
}

// VMStart boots a halted VM, or goes on with a paused one.
type VMStart struct{ ID VMID }

func (c VMStart) Method() string { return "hosting.vm.start" }
func (c VMStart) Params() []any  { return []any{int(c.ID)} }
func (c VMStart) Repeat() Repeat { return Repeatable }

// VMStop halts a VM.
type VMStop struct{ ID VMID }

func (c VMStop) Method() string { return "hosting.vm.stop" }
func (c VMStop) Params() []any  { return []any{int(c.ID)} }
func (c VMStop) Repeat() Repeat { return Repeatable }

// VMReboot reboots a VM, once for each time it is sent.
type VMReboot struct{ ID VMID }

func (c VMReboot) Method() string { return "hosting.vm.reboot" }
func (c VMReboot) Params() []any  { return []any{int(c.ID)} }
func (c VMReboot) Repeat() Repeat { return Once }

// VMDelete deletes a halted VM with its first disk and its first interface; other disks and interfaces stay, detached.
type VMDelete struct{ ID VMID }

func (c VMDelete) Method() string { return "hosting.vm.delete" }
func (c VMDelete) Params() []any  { return []any{int(c.ID)} }
func (c VMDelete) Repeat() Repeat { return Repeatable }
