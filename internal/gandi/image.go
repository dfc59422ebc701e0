package gandi

import (
	"context"
	"time"
)

// Image is an operating system to create a VM from. An image belongs to one datacenter: the same label has another id
// and another disk in each.
type Image struct {
	ID            ImageID
	Label         string
	DiskID        DiskID // what VMCreateFrom takes as its source
	DatacenterID  DatacenterID
	Arch          string // "x86-32" or "x86-64"
	Visibility    string // "all", "public", "private", "alpha", "deprecated"
	KernelVersion string // "" where the list does not tell
	SizeMB        int    // 0 where the list does not tell
	AuthorID      int
	DateCreated   time.Time // zero where Gandi has none
	DateUpdated   time.Time
}

// ImageFilter narrows a list of images; zero values ask for nothing.
type ImageFilter struct {
	Label        string // exact
	DatacenterID DatacenterID
	DiskID       DiskID
	Visibility   string
	Arch         string
}

func (f ImageFilter) opts() map[string]any {
	s := spec{}
	s.str("label", f.Label)
	s.num("datacenter_id", int(f.DatacenterID))
	s.num("disk_id", int(f.DiskID))
	s.str("visibility", f.Visibility)
	s.str("os_arch", f.Arch)
	return s
}

// Image reads one image. One that is not there is of class NotFound.
func (c *Client) Image(ctx context.Context, id ImageID) (Image, error) {
	return readOne(ctx, c, "hosting.image.info", int(id), parseImage)
}

// Images lists the images that fit f.
func (c *Client) Images(ctx context.Context, f ImageFilter) ([]Image, error) {
	return readList(ctx, c, "hosting.image.list", f.opts(), parseImage)
}

func parseImage(r *record) Image {
	return Image{
		ID:            ImageID(r.id()),
		Label:         r.str("label"),
		DiskID:        DiskID(r.num("disk_id")),
		DatacenterID:  DatacenterID(r.num("datacenter_id")),
		Arch:          r.str("os_arch"),
		Visibility:    r.str("visibility"),
		KernelVersion: r.str("kernel_version"),
		SizeMB:        r.num("size"),
		AuthorID:      r.num("author_id"),
		DateCreated:   r.date("date_created"),
		DateUpdated:   r.date("date_updated"),
	}
}
