package gandisim

import "time"

// lag is how far lists are behind when the switch says so.
const lag = 5 * time.Second

// view is what lists showed from a moment on.
type view struct {
	at   time.Time
	rows map[string][]row
}

// kinds of things that lists may lag behind on; the catalog never changes.
func lagging(position string) []string {
	switch position {
	case "objects":
		return []string{"vm", "disk", "iface", "ip", "vlan", "ssh", "site"}
	case "everything":
		return []string{"vm", "disk", "iface", "ip", "vlan", "ssh", "site", "operation"}
	default:
		return nil
	}
}

// remember keeps what lists would show right now, if something was altered since the last time.
func (w *World) remember() {
	kinds := lagging(w.sw("list-lag"))
	if len(kinds) == 0 || !w.altered {
		return
	}
	w.altered = false
	v := view{at: w.now, rows: map[string][]row{}}
	for _, kind := range kinds {
		v.rows[kind] = w.rows(kind)
		for n, r := range v.rows[kind] {
			v.rows[kind][n].show, v.rows[kind][n].render = r.shown(), nil // as it is now
		}
	}
	w.views = append(w.views, v)
	shown := 0 // the newest view that is old enough, before which none is needed
	for i, old := range w.views {
		if !old.at.After(w.now.Add(-w.scaled(lag))) {
			shown = i
		}
	}
	w.views = w.views[shown:]
}

// visible are the rows that lists of a kind show now.
func (w *World) visible(kind string) []row {
	lags := false
	for _, k := range lagging(w.sw("list-lag")) {
		lags = lags || k == kind
	}
	if !lags {
		return w.rows(kind)
	}
	var out []row
	for _, v := range w.views {
		if !v.at.After(w.now.Add(-w.scaled(lag))) {
			out = v.rows[kind]
		}
	}
	return out
}

// rows are all things of a kind as they are.
func (w *World) rows(kind string) []row {
	var out []row
	switch kind {
	case "vm":
		for _, v := range byID(w.vms) {
			out = append(out, w.vmRow(v))
		}
	case "disk":
		for _, d := range byID(w.disks) {
			out = append(out, w.diskRow(d))
		}
	case "iface":
		for _, i := range byID(w.ifaces) {
			out = append(out, w.ifaceRow(i))
		}
	case "ip":
		for _, a := range byID(w.ips) {
			out = append(out, w.ipRow(a))
		}
	case "vlan":
		for _, v := range byID(w.vlans) {
			out = append(out, w.vlanRow(v))
		}
	case "ssh":
		for _, k := range byID(w.keys) {
			out = append(out, w.sshRow(k))
		}
	case "site":
		for _, s := range byID(w.sites) {
			out = append(out, w.siteRow(s))
		}
	case "operation":
		for _, o := range byID(w.ops) {
			out = append(out, w.operationRow(o))
		}
	case "datacenter":
		for _, d := range w.datacenters {
			out = append(out, w.datacenterRow(d))
		}
	case "image":
		for _, i := range w.images {
			out = append(out, w.imageRow(i))
		}
	case "snapshotprofile":
		out = profileRows()
	}
	return out
}
