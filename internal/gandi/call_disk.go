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
}

func (d DiskSpec) params() map[string]any {
	s := spec{}
	s.num("datacenter_id", int(d.DatacenterID))
	s.str("name", d.Name)
	s.num("size", d.SizeMB)
	s.str("kernel", d.Kernel)
	s.str("cmdline", d.Cmdline)
	s.num("snapshot_profile", int(d.SnapshotProfile))
	return s
}

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
