package gandisim

import "time"

// ratingList tells what the account's resources cost. The past is told as if it had always been like now, since
// the world keeps no history of prices.
func ratingList(w *World, c *call) (any, *Fault) {
	f := w.read(objHostingAccount, c.args[0])
	start, fault := f.moment("date_start")
	end, fault2 := f.moment("date_end")
	offset, _ := f.int("offset")
	resolution, _ := f.text("resolution")
	of, hasResource := f.any("resource")
	f.unused("items_per_page", "page", "sort_by")
	step, known := map[string]time.Duration{
		"": time.Hour, "hourly": time.Hour, "daily": 24 * time.Hour, "weekly": 7 * 24 * time.Hour, "monthly": 30 * 24 * time.Hour,
	}[resolution]
	id := 0
	if hasResource {
		resource, _ := of.(Struct)
		id, _ = resource["id"].(int)
	}
	if fault := firstFault(
		f.end(), fault, fault2,
		unless(known, refuse(objHostingAccount, causeBadParameter, "resolution must be hourly, daily, weekly or monthly (EC_ENUMIN)")),
		unless(offset >= 0, refuse(objHostingAccount, causeBadParameter, "offset must be 0 or more")),
	); fault != nil {
		return nil, fault
	}
	if end.IsZero() {
		end = w.now
	}
	if start.IsZero() {
		start = end
	}
	if end.Before(start) {
		return nil, refuse(objDate, causeBadParameter, "date_start is after date_end")
	}
	if (end.Unix()-start.Unix())/int64(step/time.Second) >= mostPoints {
		return nil, refuse(objDate, causeBadParameter, "too many rows")
	}
	out := []any{}
	for at := start; !at.After(end); at = at.Add(step) {
		if offset > 0 {
			offset--
			continue
		}
		out = append(out, w.rating(c.handle, id, int(step/time.Hour), at))
	}
	return out, nil
}

// moment is a date, typed as such or as a string.
func (f *fields) moment(name string) (time.Time, *Fault) {
	v, given := f.member(name)
	if !given {
		return time.Time{}, nil
	}
	d, ok := f.w.filterValue("date", v)
	if !ok {
		return time.Time{}, refuse(objDate, causeBadParameter, "%s must be a date (EC_VALIDDATE)", name)
	}
	return d.(time.Time), nil
}

// rating is the cost of a number of hours, of one resource or of all.
func (w *World) rating(handle string, only, hours int, at time.Time) Struct {
	s := Struct{"timestamp": w.wireTime(at)}
	for _, name := range []string{
		"bw_out", "cpu", "disk_data", "disk_snapshot", "disk_snapshot_auto", "instance", "ip", "ram", "rproxy", "rproxy_server", "rproxy_ssl",
	} {
		s[name] = nil
	}
	add := func(name, flavor string, credits float64) {
		costs, ok := s[name].(Struct)
		if !ok {
			costs = Struct{}
			s[name] = costs
		}
		before, _ := costs[flavor].(float64)
		costs[flavor] = before + credits*float64(hours)
	}
	for _, v := range byID(w.vms) {
		if v.handle != handle || v.state == vmDeleted || only != 0 && v.id != only {
			continue
		}
		add("instance", "default", 0)
		if v.state == vmRunning {
			add("cpu", "default", 14*float64(v.cores))
			add("ram", "default", 2.5*float64(v.memory)/64)
		}
	}
	for _, d := range byID(w.disks) {
		if d.handle != handle || d.deleted() || only != 0 && d.id != only {
			continue
		}
		if d.kind == "snapshot" {
			add("disk_snapshot", "default", 5.5*float64(d.size)/1024)
		} else {
			add("disk_data", "default", 11.25*float64(d.size)/1024)
		}
	}
	for _, a := range byID(w.ips) {
		if a.handle != handle || only != 0 && a.id != only {
			continue
		}
		switch {
		case a.kind == "private":
			add("ip", "private", 0)
		case a.version == 4:
			add("ip", "v4_public", 17.5)
		default:
			add("ip", "v6", 0)
		}
	}
	return s
}
