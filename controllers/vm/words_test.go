package vm

import (
	"fmt"
	"strings"

	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// shortly is an action in a word or two; "!" marks what interrupts the service.
func shortly(a action) string {
	mark := ""
	if a.Disruptive {
		mark = "!"
	}
	switch c := a.Call.(type) {
	case gandi.VMDiskAttach:
		word := fmt.Sprintf("attach %d", c.Disk)
		if c.Position != nil {
			word += fmt.Sprintf("@%d", *c.Position)
		}
		if c.ReadOnly {
			word += " read"
		}
		return word + mark
	case gandi.VMDiskDetach:
		return fmt.Sprintf("detach %d%s", c.Disk, mark)
	case gandi.VMIfaceAttach:
		return fmt.Sprintf("link %d%s", c.Iface, mark)
	case gandi.VMIfaceDetach:
		return fmt.Sprintf("unlink %d%s", c.Iface, mark)
	case gandi.DiskDelete:
		return fmt.Sprintf("disk.delete %d%s", c.ID, mark)
	case gandi.DiskUpdate:
		for word, set := range map[string]bool{"name": c.Name != nil, "size": c.SizeMB != nil, "kernel": c.Kernel != nil, "cmdline": c.Cmdline != nil && c.Kernel == nil, "profile": c.SnapshotProfile != nil} {
			if set {
				return "disk.update " + word + mark
			}
		}
	}
	if a.Verb == engine.Do {
		return strings.TrimPrefix(a.Call.Method(), "hosting.vm.") + mark
	}
	return inWords(a)
}
