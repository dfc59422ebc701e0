package gandi

import "strings"

// OperationTypes are the types of the operations that a call of method may
// start, the one on the external resource itself first; for a method that
// starts none, an empty list, which as OperationFilter.Types fits nothing.
// Gandi names an operation after the last two words of its method; a create
// from a source is a create, and creating a VM may create its disk and
// interface too.
func OperationTypes(method string) []string {
	words := strings.Split(strings.TrimSuffix(method, "_from"), ".")
	if len(words) < 2 {
		return []string{}
	}
	object, verb := words[len(words)-2], words[len(words)-1]
	typ := object + "_" + verb
	switch {
	case object == "ssh":
		// Keys are stored and removed at once.
		return []string{}
	case object == "site":
		return siteTypes(verb)
	case typ == TypeVMCreate:
		return []string{TypeVMCreate, TypeDiskCreate, TypeIfaceCreate}
	case typ == TypeDiskRollback, verb == TypeDiskRollback:
		return rollbackTypes()
	case verb == "migrate":
		return []string{"hosting_migration_" + object}
	case strings.HasPrefix(verb, "disk_"), strings.HasPrefix(verb, "iface_"):
		// hosting.vm.disk_attach starts a disk_attach.
		return []string{verb}
	default:
		return []string{typ}
	}
}

// siteTypes are what the operation of a site's method may be called. Sites go
// by the name of the builder, and a change of one by a name that is published
// nowhere: whoever looks for it asks for all, and looks at the site.
func siteTypes(verb string) []string {
	switch verb {
	case "alter_zone":
		return []string{TypeSiteZoneAlter}
	case "update":
		return []string{TypeSiteUpdate, "sitebuilder_upgrade", "site_update"}
	default:
		return []string{"sitebuilder_" + verb}
	}
}

// rollbackTypes are the names that a rollback may go by. Which one is published
// nowhere; these follow the patterns of those that are. Nothing else that is
// done to a disk goes by any of them, so whoever looks for a rollback asks for
// all, and looks at the disk.
func rollbackTypes() []string {
	return []string{
		TypeDiskRollback, "disk_rollback_from", // as disk_create, with and without the end of the method's name
		"hosting_disk_rollback", "hosting_disk_rollback_from", // as hosting_account_product_add
		"hosting_rollback_disk", // as hosting_migration_disk
	}
}
