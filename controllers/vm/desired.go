package vm

import (
	"cmp"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
)

// defaultBandwidth in kbit/s of a new interface. Gandi's own default when
// nothing is sent is about a hundredth of it (docs/gandi-api.md).
const defaultBandwidth = 102400

// tiers of vm_max_memory in MB, by Gandi's staff (docs/gandi-api.md).
var tiers = [...]int{2048, 4096, 8192, 16384, 24576}

// hostname that the spec asks for; "" means as found.
func hostname(obj *v1alpha1.GandiVM, s Observed) string {
	if obj.Spec.Hostname != "" || s.Adopted {
		return obj.Spec.Hostname
	}
	return obj.Name
}

// cores that the spec asks for; 0 means as found.
func cores(obj *v1alpha1.GandiVM, s Observed) int {
	if s.Adopted {
		return int(obj.Spec.Cores)
	}
	return int(cmp.Or(obj.Spec.Cores, 1))
}

// power that the spec asks for; "" means as found.
func power(obj *v1alpha1.GandiVM, s Observed) v1alpha1.PowerState {
	if s.Adopted {
		return obj.Spec.PowerState
	}
	return cmp.Or(obj.Spec.PowerState, v1alpha1.Running)
}

func ipVersion(obj *v1alpha1.GandiVM) int32 {
	if obj.Spec.Network == nil {
		return 4
	}
	return cmp.Or(obj.Spec.Network.IPVersion, 4)
}

func bandwidth(obj *v1alpha1.GandiVM) int32 {
	if obj.Spec.Network == nil {
		return 0
	}
	return obj.Spec.Network.Bandwidth
}
