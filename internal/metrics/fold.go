package metrics

// operationType folds Gandi's open set of types into a closed one: those of the
// hosting API that are known by name.
func operationType(typ string) string {
	switch typ {
	case "vm_create", "vm_update", "vm_delete", "vm_start", "vm_stop", "vm_reboot",
		"disk_create", "disk_update", "disk_delete", "disk_attach", "disk_detach",
		"iface_create", "iface_update", "iface_delete", "iface_attach", "iface_detach",
		"ip_update", "vlan_create", "vlan_update", "vlan_delete",
		"hosting_migration_vm", "hosting_migration_disk":
		return typ
	default:
		return "other"
	}
}

func operationResult(step string) string {
	switch step {
	case "DONE":
		return "done"
	case "CANCEL":
		return "cancelled"
	case "SUPPORT":
		return "support"
	default:
		return "failed"
	}
}
