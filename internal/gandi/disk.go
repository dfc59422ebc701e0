package gandi

import (
	"context"
	"time"
)

// States of a disk. One old record shows "running" for a boot disk inside a VM.
const (
	DiskBeingCreated  = "being_created"
	DiskCreated       = "created"
	DiskRollingBack   = "rollback"
	DiskPaused        = "paused"
	DiskBeingMigrated = "being_migrated"
	DiskRedemption    = "redemption"
	DiskDeleted       = "deleted"
)

// Types of a disk. A system disk usually says "data", with IsBootDisk set.
const (
	DiskTypeData     = "data"
	DiskTypeSnapshot = "snapshot"
	DiskTypeSystem   = "system"
	DiskTypeImage    = "image"
	DiskTypeBackup   = "backup"
)

// Disk is a disk as hosting.disk.info, hosting.disk.list and hosting.vm.info tell it.
type Disk struct {
	ID                DiskID
	Name              string // not unique
	Type              string
	State             string
	SizeMB            int
	TotalSizeMB       int
	DatacenterID      DatacenterID
	VMIDs             []VMID // the VM that it is attached to; a disk is attached to one at most
	IsBootDisk        bool
	CanSnapshot       bool
	Source            DiskID // the disk that it was copied from, 0 for none
	Label             string
	KernelVersion     string
	KernelCmdline     map[string]any // strings and booleans, nil where none is told
	SnapshotIDs       []DiskID
	SnapshotProfileID SnapshotProfileID
	Visibility        string
	DateCreated       time.Time
	DateUpdated       time.Time
}

// DiskFilter narrows a list of disks; zero values ask for nothing.
type DiskFilter struct {
	IDs          []DiskID
	Name         string
	State        string
	Type         string
	DatacenterID DatacenterID
	VMID         VMID
}

func (f DiskFilter) opts() map[string]any {
	s := spec{}
	anyOf(s, "id", f.IDs)
	s.str("name", f.Name)
	s.str("state", f.State)
	s.str("type", f.Type)
	s.num("datacenter_id", int(f.DatacenterID))
	s.num("vm_id", int(f.VMID))
	return s
}

// Disk reads one disk. One that is not there is of class NotFound.
func (c *Client) Disk(ctx context.Context, id DiskID) (Disk, error) {
	return readOne(ctx, c, "hosting.disk.info", int(id), parseDisk)
}

// Disks lists the disks that fit f.
func (c *Client) Disks(ctx context.Context, f DiskFilter) ([]Disk, error) {
	return readList(ctx, c, "hosting.disk.list", f.opts(), parseDisk)
}

func parseDisk(r *record) Disk {
	d := Disk{
		ID:                DiskID(r.id()),
		Name:              r.str("name"),
		Type:              r.str("type"),
		State:             r.str("state"),
		SizeMB:            r.num("size"),
		TotalSizeMB:       r.num("total_size"),
		DatacenterID:      DatacenterID(r.num("datacenter_id")),
		VMIDs:             ids[VMID](r, "vms_id"),
		IsBootDisk:        r.flag("is_boot_disk"),
		CanSnapshot:       r.flag("can_snapshot"),
		Source:            DiskID(r.num("source")),
		Label:             r.str("label"),
		KernelVersion:     r.str("kernel_version"),
		KernelCmdline:     r.details("kernel_cmdline"),
		SnapshotIDs:       ids[DiskID](r, "snapshots_id"),
		SnapshotProfileID: SnapshotProfileID(r.num("snapshot_profile_id")),
		Visibility:        r.str("visibility"),
		DateCreated:       r.date("date_created"),
		DateUpdated:       r.date("date_updated"),
	}
	if d.SnapshotProfileID == 0 {
		// Gandi: a list gives the profile's number, info embeds the profile.
		d.SnapshotProfileID = SnapshotProfileID(r.numOrIDOf("snapshot_profile"))
	}
	return d
}
