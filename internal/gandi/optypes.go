package gandi

import "strings"

// OperationTypes are the types of the operations that a call of method may
// start, the one on the external resource itself first. Gandi names an
// operation after the last two words of its method; a create from a source is
// a create, and creating a VM may create its disk and interface too.
func OperationTypes(method string) []string {
	words := strings.Split(strings.TrimSuffix(method, "_from"), ".")
	if len(words) < 2 {
		return nil
	}
	verb := words[len(words)-1]
	typ := words[len(words)-2] + "_" + verb
	switch {
	case typ == TypeVMCreate:
		return []string{TypeVMCreate, TypeDiskCreate, TypeIfaceCreate}
	case strings.HasPrefix(verb, "disk_"), strings.HasPrefix(verb, "iface_"):
		// hosting.vm.disk_attach starts a disk_attach.
		return []string{verb}
	default:
		return []string{typ}
	}
}
