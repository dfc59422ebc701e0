package gandisim

import (
	"maps"
	"strings"
)

// blueprint is a disk that a caller asks for, or a change of one.
type blueprint struct {
	datacenter int
	name       string
	size       int
	kind       string
	profile    int
	noProfile  bool // the profile shall go
	kernel     string
	cmdline    Struct
}

// readDisk reads and judges a disk_spec as far as that needs no other object.
func (w *World) readDisk(in any, update bool) (blueprint, *Fault) {
	f := w.read(objDisk, in)
	var b blueprint
	var hasName, hasSize, hasKind bool
	if !update {
		b.datacenter = f.id("datacenter_id")
		b.kind, hasKind = f.text("type")
		f.unused("repulse_from")
	}
	b.name, hasName = f.text("name")
	b.size, hasSize = f.int("size")
	b.kernel, _ = f.text("kernel")
	if v, given := f.any("snapshot_profile"); given {
		switch p := v.(type) {
		case int:
			b.profile = p
		case string:
			b.noProfile = p == ""
			if p != "" {
				f.mistyped("snapshot_profile", "an int")
			}
		default:
			f.mistyped("snapshot_profile", "an int")
		}
	}
	if v, given := f.any("cmdline"); given {
		switch line := v.(type) {
		case string:
			b.cmdline = parseCmdline(line)
		case Struct:
			b.cmdline = maps.Clone(line)
		default:
			f.mistyped("cmdline", "a string or a struct")
		}
	}
	return b, firstFault(
		f.end(),
		unless(!hasName || w.diskNameOK(b.name), w.badDiskName(b.name)),
		unless(!hasSize || b.size > 0 && b.size%1024 == 0, refuse(objDisk, causeBadParameter, "size must be a multiple of 1024 MB")),
		unless(!hasKind || b.kind == "data" || b.kind == "snapshot", refuse(objDisk, causeBadParameter, "type must be data or snapshot (EC_ENUMIN)")),
	)
}

const diskNamePattern = "^[-_0-9a-z]{1,15}$"

func (w *World) diskNameOK(name string) bool {
	if w.sw("disk-name") == "255" {
		n := len([]rune(name))
		return n >= 1 && n <= 255
	}
	return len(name) >= 1 && len(name) <= 15 && !strings.ContainsFunc(name, func(r rune) bool {
		return r != '-' && r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z')
	})
}

func (w *World) badDiskName(name string) *Fault {
	if w.sw("disk-name") == "255" {
		return refuse(objString, causeBadParameter, "disk name must have 1 to 255 characters")
	}
	return refuse(objString, causeBadParameter, "string '%s' does not match '%s'", name, diskNamePattern)
}
