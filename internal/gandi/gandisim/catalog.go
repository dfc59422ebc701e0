package gandisim

import (
	"maps"
	"slices"
)

// price is what one kind of hosting resource costs, in credits an hour for each unit.
type price struct {
	kind, flavor, status string
	credits              float64
	slice                int // how many units are sold together
}

// prices are the hosting catalog: types, flavors and statuses as documented, the credits our own but for the v4
// address, which costs, and the v6, which is free.
func prices() []price {
	return []price{
		{"instance", "", "running", 0, 1}, {"instance", "", "halted", 0, 1},
		{"cpu", "", "running", 14, 1}, {"cpu", "", "halted", 0, 1},
		{"ram", "", "running", 2.5, 64}, {"ram", "", "halted", 0, 64},
		{"disk_data", "", "created", 11.25, 1024}, {"disk_snapshot", "", "created", 5.5, 1024}, {"disk_snapshot_auto", "", "created", 5.5, 1024},
		{"ip", "v4_public", "created", 17.5, 1}, {"ip", "public", "created", 17.5, 1}, {"ip", "private", "created", 0, 1}, {"ip", "v6", "created", 0, 1},
		{"bw_out", "", "created", 0, 1},
		{"rproxy", "", "running", 20, 1}, {"rproxy_server", "", "running", 2, 1}, {"rproxy_ssl", "", "running", 5, 1},
	}
}

func (p price) shown() Struct {
	return Struct{
		"type": p.kind, "flavor": textOrNil(p.flavor), "status": p.status, "credits": p.credits,
		"range": Struct{"min": 0, "max": nil}, "slice": p.slice,
	}
}

func hostingCatalogList(w *World, c *call) (any, *Fault) {
	in, _ := c.args[0].(Struct)
	tests, fault := w.tests(filterKeys{"type": "string", "flavor": "string", "status": "string"}, in)
	if fault != nil {
		return nil, fault
	}
	out := []any{}
	for _, p := range prices() {
		s := p.shown()
		if !slices.ContainsFunc(tests, func(t test) bool { return !t.passes(s[t.key]) }) {
			out = append(out, s)
		}
	}
	return out, nil
}

// hostingCatalogPrice answers the credits an hour of all items together. Its items and its reply are published
// nowhere: an item is taken to have the keys of the catalog and a quantity.
func hostingCatalogPrice(w *World, c *call) (any, *Fault) {
	items, isList := c.args[0].([]any)
	if !isList {
		items = []any{c.args[0]}
	}
	total := 0.0
	for _, item := range items {
		f := w.read(objHostingAccount, item)
		kind, hasKind := f.text("type")
		flavor, _ := f.text("flavor")
		status, hasStatus := f.text("status")
		quantity, hasQuantity := f.int("quantity")
		if fault := firstFault(f.end(), unless(hasKind, lacking(objHostingAccount, "type"))); fault != nil {
			return nil, fault
		}
		if !hasQuantity {
			quantity = 1
		}
		n := slices.IndexFunc(prices(), func(p price) bool {
			return p.kind == kind && (flavor == "" || p.flavor == flavor) && (!hasStatus || p.status == status)
		})
		if n < 0 {
			return nil, refuse(objHostingAccount, causeNotFound, "no price for '%s'", kind)
		}
		total += prices()[n].credits * float64(quantity) / float64(prices()[n].slice)
	}
	return total, nil
}

// catalogList lists products for money; of those this world sells packages of credits, and sites.
func catalogList(w *World, c *call) (any, *Fault) {
	currency, _ := c.args[1].(string)
	if currency == "" {
		currency = "EUR"
	}
	grid, _ := c.args[2].(string)
	if grid == "" {
		grid = "A"
	}
	in, _ := c.args[0].(Struct)
	product, _ := in["product"].(Struct)
	kind, _ := product["type"].(string)
	if product != nil && kind == "" {
		return nil, lacking(objStruct, "product.type")
	}
	rows := []row{}
	for n, pack := range []struct {
		name  string
		price float64
	}{{"credits_10k", 10}, {"credits_50k", 48}, {"credits_100k", 92}, {"credits_500k", 440}} {
		show := Struct{
			"product":    Struct{"type": "hosting_credit", "description": pack.name},
			"action":     Struct{"name": "create", "duration": nil, "param": nil},
			"unit_price": []any{Struct{"currency": currency, "grid": grid, "price": pack.price, "duration_unit": "n", "min_duration": 1, "max_duration": 1}},
		}
		rows = append(rows, row{id: n + 1, show: show, match: Struct{"type": "hosting_credit", "description": pack.name, "action": "create"}})
	}
	for _, p := range w.siteProducts() {
		show := Struct{
			"product":    Struct{"type": "site", "description": p.description},
			"action":     Struct{"name": p.action, "duration": nil, "param": nil},
			"unit_price": []any{Struct{"currency": currency, "grid": grid, "price": p.price, "duration_unit": p.unit, "min_duration": 1, "max_duration": p.longest}},
		}
		rows = append(rows, row{id: len(rows) + 1, show: show, match: Struct{"type": "site", "description": p.description, "action": p.action}})
	}
	wanted := maps.Clone(product)
	delete(wanted, "quantity")
	tests, fault := w.tests(filterKeys{"type": "string", "description": "string"}, wanted)
	if fault != nil {
		return nil, fault
	}
	if action, ok := in["action"].(Struct); ok {
		name, _ := action["name"].(string)
		if name == "" {
			return nil, lacking(objStruct, "action.name")
		}
		tests = append(tests, test{op: '=', key: "action", wanted: []any{name}})
	}
	per, page, fault := paging(in)
	if fault != nil {
		return nil, fault
	}
	rows = slices.DeleteFunc(rows, func(r row) bool {
		return slices.ContainsFunc(tests, func(t test) bool { return !t.passes(r.match[t.key]) })
	})
	out := []any{}
	from := min(page*per, len(rows))
	for _, r := range rows[from:min(from+per, len(rows))] {
		out = append(out, r.show)
	}
	return out, nil
}
