package gandisim

import (
	"maps"
	"time"
)

// snapshotState is the world as lists of its things, with the API's field names. It shows more than any one
// reply does: the owner of each thing, the farm whatever the switch says, how often a VM came up, and in bought
// how many paid calls took effect until now. No secret was ever kept, so none can show.
func (w *World) snapshotState() map[string]any {
	state := map[string]any{
		"vms": []any{}, "disks": []any{}, "ifaces": []any{}, "ips": []any{}, "released_ips": []any{},
		"operations": []any{}, "vlans": []any{}, "sshkeys": []any{}, "sites": []any{}, "datacenters": []any{}, "images": []any{}, "accounts": []any{},
		"bought": []any{Struct{
			"now": w.now, "vms": w.tally.VMCreates, "disks": w.tally.DiskCreates, "ifaces": w.tally.IfaceCreates, "credits": w.tally.CreditPurchases,
			"sites": w.tally.SiteCreates, "site_upgrades": w.tally.SiteUpgrades,
		}},
	}
	add := func(list, handle string, s Struct) {
		s = maps.Clone(s)
		if handle != "" {
			s["handle"] = handle
		}
		state[list] = append(state[list].([]any), s)
	}
	for _, v := range byID(w.vms) {
		s := w.vmFull(v)
		s["farm"], s["boots"], s["has_password"] = textOrNil(v.farm), v.boots, v.password
		add("vms", v.handle, s)
	}
	for _, d := range byID(w.disks) {
		s := w.diskFull(d)
		s["read_only"] = d.readOnly
		add("disks", d.handle, s)
	}
	for _, i := range byID(w.ifaces) {
		add("ifaces", i.handle, w.ifaceShort(i))
	}
	for _, a := range byID(w.ips) {
		add("ips", a.handle, w.ipShort(a))
	}
	for _, a := range w.free {
		add("released_ips", a.handle, w.ipShort(a))
	}
	for _, o := range byID(w.ops) {
		add("operations", o.handle, w.full(o))
	}
	for _, v := range byID(w.vlans) {
		add("vlans", v.handle, w.vlanShort(v))
	}
	for _, k := range byID(w.keys) {
		add("sshkeys", k.handle, w.sshFull(k))
	}
	for _, s := range byID(w.sites) {
		add("sites", s.handle, w.siteState(s))
	}
	for _, d := range w.datacenters {
		add("datacenters", "", w.datacenterRow(d).show)
	}
	for _, i := range w.images {
		add("images", "", w.imageRow(i).show)
	}
	for _, handle := range sortedKeys(w.accounts) {
		a := w.accounts[handle]
		add("accounts", "", Struct{"id": a.id, "handle": a.handle, "credits": a.credits})
	}
	return plain(state).(map[string]any)
}

// plain replaces dates by strings, as JSON has none.
func plain(v any) any {
	switch x := v.(type) {
	case time.Time:
		return x.Format(time.RFC3339)
	case []any:
		out := make([]any, len(x))
		for i, e := range x {
			out[i] = plain(e)
		}
		return out
	case Struct:
		out := make(Struct, len(x))
		for k, e := range x {
			out[k] = plain(e)
		}
		return out
	default:
		return v
	}
}
