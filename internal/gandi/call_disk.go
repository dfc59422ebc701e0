package gandi

// DiskSpec is what a disk is created from. Zero values are not sent; Gandi then names the disk itself, and a copy gets
// the size, kernel and command line of its source.
type DiskSpec struct {
	DatacenterID    DatacenterID
	Name            string // 15 characters of [-_0-9a-z] are safe
	SizeMB          int    // a multiple of 1024
	Kernel          string
	Cmdline         string
	SnapshotProfile SnapshotProfileID
	// Type is DiskTypeSnapshot for a snapshot of a source, else "": a data disk.
	Type string
}

func (d DiskSpec) params() map[string]any {
	s := spec{}
	s.num("datacenter_id", int(d.DatacenterID))
	s.str("name", d.Name)
	s.num("size", d.SizeMB)
	s.str("kernel", d.Kernel)
	s.str("cmdline", d.Cmdline)
	s.num("snapshot_profile", int(d.SnapshotProfile))
	s.str("type", d.Type)
	return s
}

// DiskCreate makes an empty disk.
type DiskCreate struct{ Disk DiskSpec }

func (c DiskCreate) Method() string { return "hosting.disk.create" }
func (c DiskCreate) Params() []any  { return []any{c.Disk.params()} }
func (c DiskCreate) Repeat() Repeat { return Paid }

// DiskCreateFrom copies the disk Source, or takes a snapshot of it if Disk.Type says so. The copy stands in the datacenter of
// its source.
type DiskCreateFrom struct {
	Disk   DiskSpec
	Source DiskID // of an image: its DiskID, not its own number
}

func (c DiskCreateFrom) Method() string { return "hosting.disk.create_from" }
func (c DiskCreateFrom) Params() []any  { return []any{c.Disk.params(), int(c.Source)} }
func (c DiskCreateFrom) Repeat() Repeat { return Paid }

// DiskUpdate changes a disk in place; only what is set is sent.
type DiskUpdate struct {
	ID      DiskID
	Name    *string
	SizeMB  *int // grows only; may reboot the VM that the disk is attached to
	Kernel  *string
	Cmdline *string
	// SnapshotProfile of zero takes the profile away.
	SnapshotProfile *SnapshotProfileID
}

func (c DiskUpdate) Method() string { return "hosting.disk.update" }
func (c DiskUpdate) Repeat() Repeat { return Repeatable }

func (c DiskUpdate) Params() []any {
	s := spec{}
	ptr(s, "name", c.Name)
	ptr(s, "size", c.SizeMB)
	ptr(s, "kernel", c.Kernel)
	ptr(s, "cmdline", c.Cmdline)
	if p := c.SnapshotProfile; p != nil {
		s["snapshot_profile"] = any("") // Gandi: an empty string, not 0, takes a profile away.
		if *p != 0 {
			s["snapshot_profile"] = int(*p)
		}
	}
	return []any{int(c.ID), map[string]any(s)}
}

// DiskDelete erases a disk that is attached to nothing.
type DiskDelete struct{ ID DiskID }

func (c DiskDelete) Method() string { return "hosting.disk.delete" }
func (c DiskDelete) Params() []any  { return []any{int(c.ID)} }
func (c DiskDelete) Repeat() Repeat { return Repeatable }

// DiskRollback puts Disk back to what Snapshot holds; what was written since is lost. The disk has to be detached: Gandi's
// refusal names it, though the call names the snapshot alone.
type DiskRollback struct {
	Disk     DiskID // not sent; it tells the calls of one disk from those of another
	Snapshot DiskID
}

func (c DiskRollback) Method() string { return "hosting.disk.rollback_from" }
func (c DiskRollback) Params() []any  { return []any{int(c.Snapshot)} }
func (c DiskRollback) Repeat() Repeat { return Once }

func (c DiskRollback) unsent() []any { return []any{int(c.Disk)} }

// DiskMigrate moves a detached disk to another datacenter, one of Datacenter.CanMigrateTo of its own.
type DiskMigrate struct {
	ID DiskID
	To DatacenterID
}

func (c DiskMigrate) Method() string { return "hosting.disk.migrate" }
func (c DiskMigrate) Params() []any  { return []any{int(c.ID), int(c.To)} }
func (c DiskMigrate) Repeat() Repeat { return Once }
