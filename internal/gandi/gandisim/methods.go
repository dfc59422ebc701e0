package gandisim

import (
	"maps"
	"strings"
)

// look is a method that only reads, or that changes something at once.
type look func(w *World, c *call) (any, *Fault)

// act is a method that changes something. It judges the call, and gives what it would do and answer.
type act func(w *World, c *call) (func() any, *Fault)

// methods is the registry, by canonical name. hosting.product is left out: it was dropped, and is an unknown
// method.
func (w *World) methods() map[string]method {
	integer, text := param{kind: "int"}, param{kind: "string"}
	spec, options := param{kind: "struct"}, param{kind: "struct", optional: true}
	truth := param{kind: "bool", optional: true}
	siteNumber := param{kind: "site"}

	registry := map[string]method{
		"version.info":                 reads(versionInfo),
		"catalog.list":                 reads(catalogList, options, param{kind: "string", optional: true}, param{kind: "string", optional: true}, param{kind: "any", optional: true}),
		"operation.list":               reads(operationList, options),
		"operation.count":              reads(operationCount, options),
		"operation.info":               reads(operationInfo, integer),
		"operation.cancel":             reads(operationCancel, integer),
		"operation.delete":             reads(operationCancel, integer),
		"operation.relaunch":           reads(operationRelaunch, integer, options),
		"hosting.account.info":         reads(accountInfo),
		"hosting.account.credit":       acts(accountCredit, spec),
		"hosting.datacenter.list":      reads(datacenterList, options),
		"hosting.datacenter.info":      reads(datacenterInfo, integer),
		"hosting.image.list":           reads(imageList, options),
		"hosting.image.info":           reads(imageInfo, integer),
		"hosting.catalog.list":         reads(hostingCatalogList, options),
		"hosting.catalog.price":        reads(hostingCatalogPrice, param{kind: "any"}),
		"hosting.rating.list":          reads(ratingList, options),
		"hosting.metric.query":         reads(metricQuery, spec),
		"hosting.snapshotprofile.list": reads(snapshotProfileList, options),

		"hosting.vm.list":          reads(vmList, options),
		"hosting.vm.count":         reads(vmCount, options),
		"hosting.vm.info":          reads(vmInfo, integer),
		"hosting.vm.create":        acts(vmCreate, spec),
		"hosting.vm.create_from":   acts(vmCreateFrom, spec, spec, integer),
		"hosting.vm.update":        acts(vmUpdate, integer, spec),
		"hosting.vm.start":         acts(vmStart, integer, options),
		"hosting.vm.stop":          acts(vmStop, integer),
		"hosting.vm.reboot":        acts(vmReboot, integer),
		"hosting.vm.delete":        acts(vmDelete, integer),
		"hosting.vm.disk_attach":   acts(diskAttach, integer, integer, options),
		"hosting.vm.disk_detach":   acts(diskDetach, integer, integer),
		"hosting.vm.disk_rollback": acts(diskRollback, integer),
		"hosting.vm.iface_attach":  acts(ifaceAttach, integer, integer),
		"hosting.vm.iface_detach":  acts(ifaceDetach, integer, integer),
		"hosting.vm.can_migrate":   reads(vmCanMigrate, integer),
		"hosting.vm.migrate":       acts(vmMigrate, integer, truth),

		"hosting.disk.list":          reads(diskList, options),
		"hosting.disk.count":         reads(diskCount, options),
		"hosting.disk.info":          reads(diskInfo, integer),
		"hosting.disk.create":        acts(diskCreate, spec),
		"hosting.disk.create_from":   acts(diskCreateFrom, spec, integer),
		"hosting.disk.update":        acts(diskUpdate, integer, spec),
		"hosting.disk.delete":        acts(diskDelete, integer),
		"hosting.disk.rollback_from": acts(diskRollback, integer),
		"hosting.disk.migrate":       acts(diskMigrate, integer, integer),
		"hosting.disk.list_kernels":  reads(diskListKernels, integer),
		"hosting.disk.list_options":  reads(diskListOptions, text),
		"hosting.disk.get_options":   reads(diskGetOptions, integer),

		"hosting.iface.list":    reads(ifaceList, options),
		"hosting.iface.count":   reads(ifaceCount, options),
		"hosting.iface.info":    reads(ifaceInfo, integer),
		"hosting.iface.create":  acts(ifaceCreate, spec),
		"hosting.iface.update":  acts(ifaceUpdate, integer, spec),
		"hosting.iface.delete":  acts(ifaceDelete, integer),
		"hosting.iface.migrate": acts(ifaceMigrate, integer, integer),

		"hosting.ip.list":   reads(ipList, options),
		"hosting.ip.count":  reads(ipCount, options),
		"hosting.ip.info":   reads(ipInfo, integer),
		"hosting.ip.update": acts(ipUpdate, integer, spec),

		"hosting.vlan.list":   reads(vlanList, options),
		"hosting.vlan.count":  reads(vlanCount, options),
		"hosting.vlan.info":   reads(vlanInfo, integer),
		"hosting.vlan.create": acts(vlanCreate, spec),
		"hosting.vlan.update": acts(vlanUpdate, integer, spec),
		"hosting.vlan.delete": acts(vlanDelete, integer),

		"hosting.ssh.list":   reads(sshList, options),
		"hosting.ssh.count":  reads(sshCount, options),
		"hosting.ssh.info":   reads(sshInfo, integer),
		"hosting.ssh.create": acts(sshCreate, spec),
		"hosting.ssh.delete": acts(sshDelete, integer),

		"site.list":            reads(siteList, options),
		"site.count":           reads(siteCount, options),
		"site.info":            reads(siteInfo, siteNumber),
		"site.edit":            reads(siteEdit, siteNumber, text),
		"site.create":          weighs(siteCreate, spec),
		"site.update":          weighs(siteUpdate, siteNumber, spec),
		"site.delete":          weighs(siteDelete, siteNumber),
		"site.get_dns_entries": reads(siteGetDNSEntries, spec),
		"site.alter_zone":      weighs(siteAlterZone, text, spec),
		"site.package.list":    reads(sitePackageList, options),
	}
	for name, m := range registry {
		if strings.HasPrefix(name, "hosting.") {
			m.do = needsHosting(m.do)
		}
		m.do = tellsFaults(m.do)
		registry[name] = m
	}
	return registry
}

// tellsFaults puts faults whose codes are guesses into the words that the switch has for them.
func tellsFaults(do look) look {
	return func(w *World, c *call) (any, *Fault) {
		v, fault := do(w, c)
		if fault == nil || !fault.guessed() {
			return v, fault
		}
		switch w.sw("unknown-faults") {
		case "badparameter":
			return nil, fault.as(causeBadParameter)
		case "failure":
			return nil, refuse(objUnknown, causeFailure, "Internal Server Error")
		default:
			return nil, fault
		}
	}
}

func reads(do look, params ...param) method { return method{params: params, do: do} }

func acts(do act, params ...param) method {
	return method{params: params, do: func(w *World, c *call) (any, *Fault) { return w.dryOrReal(c, do) }}
}

func needsHosting(do look) look {
	return func(w *World, c *call) (any, *Fault) {
		if fault := w.hasHosting(c.handle); fault != nil {
			return nil, fault
		}
		return do(w, c)
	}
}

// dryRunFlag is the member of a call's last struct that asks for problems instead of the deed.
const dryRunFlag = "--dry-run"

// dryOrReal runs do for real, or dry if the caller asks for that and the switch has it so.
func (w *World) dryOrReal(c *call, do act) (any, *Fault) {
	dry := false
	for n := len(c.args) - 1; n >= 0; n-- {
		spec, ok := c.args[n].(Struct)
		if !ok {
			continue
		}
		asked, given := spec[dryRunFlag]
		if !given {
			break
		}
		if w.sw("dry-run") == "refused" {
			return nil, refuse(objStruct, causeBadParameter, "unknown field '%s' (EC_UNKNOWNFIELD)", dryRunFlag)
		}
		spec = maps.Clone(spec)
		delete(spec, dryRunFlag)
		c.args[n] = spec
		dry = w.sw("dry-run") == "honoured" && (asked == true || asked == 1)
		break
	}
	deed, fault := do(w, c)
	switch {
	case dry && fault != nil:
		return []any{Struct{"field": nil, "field_type": nil, "reason": fault.Text, "attr": []any{}, "error": "!EC_FAULT"}}, nil
	case dry:
		return []any{}, nil
	case fault != nil:
		return nil, fault
	default:
		return deed(), nil
	}
}

// starts claims what o works on, and is the deed of a method that starts one operation.
func (w *World) starts(c *call, o *operation) (func() any, *Fault) {
	if fault := w.claim(o); fault != nil {
		return nil, fault
	}
	return func() any { return w.single(w.begin(c, o)) }, nil
}

// single is the answer of a method that started one operation.
func (w *World) single(o *operation) any {
	if w.sw("op-reply") == "array" {
		return []any{w.short(o)}
	}
	return w.short(o)
}
