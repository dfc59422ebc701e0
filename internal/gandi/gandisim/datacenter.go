package gandisim

import (
	"slices"
	"time"
)

// Who a datacenter is closed for.
const (
	closedForNobody = "NONE"
	closedForNew    = "NEW" // those without resources there
	closedForAll    = "ALL"
)

// A datacenter of the catalog.
type datacenter struct {
	id                       int
	code, name, country, iso string
	iaasClosed, paasClosed   string
	deactivateAt             time.Time
	canMigrateTo             []int
	customers                []string // handles that count as having resources there from the start
}

func datacenterKeys() filterKeys {
	return filterKeys{
		"id": "int", "dc_code": "string", "name": "string", "iso": "string", "country": "string",
		"iaas_opened": "bool", "iaas_closed": "bool", "paas_opened": "bool", "paas_closed": "bool",
	}
}

func (w *World) datacenterRow(d *datacenter) row {
	show := Struct{"id": d.id, "name": d.name, "country": d.country, "iso": d.iso}
	match := Struct{
		"id": d.id, "name": d.name, "country": d.country, "iso": d.iso, "dc_code": d.code,
		// NEW counts on both sides: it is open for some and closed for others.
		"iaas_opened": d.iaasClosed != closedForAll, "iaas_closed": d.iaasClosed != closedForNobody,
		"paas_opened": d.paasClosed != closedForAll, "paas_closed": d.paasClosed != closedForNobody,
	}
	if w.sw("datacenter-fields") == "full" {
		show["dc_code"] = d.code
		show["iaas_closed_for"], show["paas_closed_for"] = d.iaasClosed, d.paasClosed
		show["deactivate_at"] = w.wireTime(d.deactivateAt)
		show["can_migrate_to"] = idList(d.canMigrateTo)
	}
	return row{id: d.id, show: show, match: match}
}

func (w *World) datacenter(id int) (*datacenter, *Fault) {
	for _, d := range w.datacenters {
		if d.id == id {
			return d, nil
		}
	}
	return nil, missing(objDatacenter, id)
}

// openFor is why handle cannot create anything in d, if it cannot.
func (w *World) openFor(d *datacenter, handle string) *Fault {
	switch d.iaasClosed {
	case closedForNobody:
		return nil
	case closedForNew:
		if slices.Contains(d.customers, handle) || w.hasResourcesIn(d.id, handle) {
			return nil
		}
		return refuse(objDatacenter, causeClosed, "datacenter '%s' is closed for new customers", d.code)
	default:
		return refuse(objDatacenter, causeClosed, "datacenter '%s' is closed", d.code)
	}
}

func (w *World) hasResourcesIn(id int, handle string) bool {
	for _, v := range w.vms {
		if v.datacenter == id && v.handle == handle {
			return true
		}
	}
	for _, d := range w.disks {
		if d.datacenter == id && d.handle == handle {
			return true
		}
	}
	return false
}

func datacenterList(w *World, c *call) (any, *Fault) {
	return w.listing(c, "datacenter", datacenterKeys(), c.args[0])
}

// datacenterInfo is of the 1.0 beta's method list only; it answers what the list has.
func datacenterInfo(w *World, c *call) (any, *Fault) {
	d, fault := w.datacenter(c.args[0].(int))
	if fault != nil {
		return nil, fault
	}
	return w.datacenterRow(d).show, nil
}
