package operation

import (
	"time"

	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// stuckFactor is how many times its usual time an operation may take before it
// is said to be stuck.
const stuckFactor = 10

// Usual is how long an operation of this type takes as a rule: from captures of
// real operations where there are some (iface_create 4 s, disk_create 34 to
// 40 s, vm_create 44 s, vm_delete 18 to 39 s), else a guess on the long side.
// It dates status.operations[].expectedAt and decides what counts as stuck;
// nothing else depends on it.
func Usual(typ string) time.Duration {
	switch typ {
	case gandi.TypeVMCreate, gandi.TypeSiteCreate:
		return 45 * time.Second
	case gandi.TypeDiskCreate, gandi.TypeVMDelete:
		return 40 * time.Second
	case gandi.TypeVMStart, gandi.TypeVMStop, gandi.TypeVMReboot:
		return 30 * time.Second
	case gandi.TypeIfaceCreate, gandi.TypeIfaceUpdate, gandi.TypeIfaceDelete, gandi.TypeIPUpdate:
		return 5 * time.Second
	case gandi.TypeVMMigrate, gandi.TypeDiskMigrate:
		return 15 * time.Minute
	default:
		return 20 * time.Second
	}
}
