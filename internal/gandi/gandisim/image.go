package gandisim

import "time"

// An image is a disk of Gandi's that VMs are made from; its datacenter has it under an id of its own.
type image struct {
	id, disk         int
	datacenter       int
	label, arch      string
	kernel           string
	visibility       string
	created, updated time.Time
}

// imageSize is the size of every image seen, in MB.
const imageSize = 3072

// imageAuthor is the id that all images carry.
const imageAuthor = 248842

func imageKeys() filterKeys {
	return filterKeys{
		"id": "int", "label": "string", "datacenter_id": "int", "disk_id": "int", "visibility": "string",
		"os_arch": "string", "author_id": "int", "kernel_version": "string", "date_created": "date", "date_updated": "date",
	}
}

func (w *World) imageRow(i *image) row {
	s := Struct{
		"id": i.id, "label": i.label, "disk_id": i.disk, "datacenter_id": i.datacenter, "author_id": imageAuthor,
		"os_arch": i.arch, "visibility": i.visibility, "kernel_version": i.kernel, "size": imageSize,
		"date_created": w.wireTime(i.created), "date_updated": w.wireTime(i.updated),
	}
	return row{id: i.id, show: s, match: s}
}

// imageOfDisk is the image whose disk has that id.
func (w *World) imageOfDisk(disk int) (*image, bool) {
	for _, i := range w.images {
		if i.disk == disk {
			return i, true
		}
	}
	return nil, false
}

func imageList(w *World, c *call) (any, *Fault) {
	return w.listing(c, "image", imageKeys(), c.args[0])
}

func imageInfo(w *World, c *call) (any, *Fault) {
	id := c.args[0].(int)
	for _, i := range w.images {
		if i.id == id {
			return w.imageRow(i).show, nil
		}
	}
	return nil, missing(objImage, id)
}
