package gandisim

import (
	"strconv"
	"time"
)

// sampleVM is the VM of the usage guide's query, which it does not create: its series can always be had.
const sampleVM = 648

// mostPoints bounds a series.
const mostPoints = 10000

// track is one series of a query.
type track struct {
	metric, way string
}

// tracks are the series of a query on a VM.
func tracks(query string) []track {
	switch query {
	case "vif.bytes.all":
		return []track{{"vif.bytes", "out"}, {"vif.bytes", "in"}}
	case "vbd.bytes.all":
		return []track{{"vbd.bytes", "read"}, {"vbd.bytes", "write"}}
	default:
		return nil
	}
}

func metricQuery(w *World, c *call) (any, *Fault) {
	f := w.read(objMetric, c.args[0])
	start, hasStart := f.text("start")
	end, hasEnd := f.text("end")
	ids := f.ids("resource_id")
	kind, hasKind := f.text("resource_type")
	query, hasQuery := f.text("query")
	given, hasSampler := f.any("sampler")
	if fault := firstFault(
		f.end(),
		unless(hasStart, lacking(objMetric, "start")), unless(hasEnd, lacking(objMetric, "end")),
		unless(len(ids) > 0, lacking(objMetric, "resource_id")), unless(hasKind, lacking(objMetric, "resource_type")),
		unless(hasQuery, lacking(objMetric, "query")), unless(hasSampler, lacking(objMetric, "sampler")),
	); fault != nil {
		return nil, fault
	}
	step, fault := w.sampler(given)
	if fault != nil {
		return nil, fault
	}
	from, err1 := time.Parse(time.DateTime, start)
	to, err2 := time.Parse(time.DateTime, end)
	known := tracks(query) != nil || query == "vfs.df.bytes.all" || query == "webacc.requests.cache.all"
	if fault := firstFault(
		unless(err1 == nil && err2 == nil && !to.Before(from), refuse(objDate, causeBadParameter, "start and end must be 'YYYY-MM-DD HH:MM:SS', in this order (EC_VALIDDATE)")),
		unless(kind == "vm" || kind == "paas", refuse(objMetric, causeBadParameter, "resource_type must be vm or paas (EC_ENUMIN)")),
		unless(known, refuse(objMetric, causeBadParameter, "unknown query '%s' (EC_ENUMIN)", query)),
		unless((to.Unix()-from.Unix())/int64(step/time.Second) < mostPoints, refuse(objMetric, causeBadParameter, "too many points")),
	); fault != nil {
		return nil, fault
	}
	if kind == "paas" {
		// There are none here; this is what was seen for one that is not there.
		return nil, &Fault{Code: 545042, Text: "Error on object : OBJECT_PAAS (CAUSE_NOTFOUND) [Paas '" + strconv.Itoa(ids[0]) + "' doesn't exist.]"}
	}
	for _, id := range ids {
		if id == sampleVM {
			continue
		}
		if _, fault := w.vmOf(c, id); fault != nil {
			return nil, fault
		}
	}
	out := []any{}
	for _, id := range ids {
		for _, t := range tracks(query) {
			s := Struct{"direction": []any{t.way}, "metric": t.metric, "resource_id": id, "resource_type": kind}
			if t.metric == "vif.bytes" {
				s["type"] = []any{"public"}
			}
			s["points"] = w.points(id, t, from.Truncate(step), to, step)
			out = append(out, s)
		}
	}
	return out, nil
}

// sampler is the distance of a series' points.
func (w *World) sampler(in any) (time.Duration, *Fault) {
	s, ok := in.(Struct)
	if !ok {
		return 0, refuse(objMetric, causeBadParameter, "sampler must be a struct")
	}
	f := w.read(objMetric, s)
	unit, _ := f.text("unit")
	value, _ := f.int("value")
	function, _ := f.text("function")
	length, known := map[string]time.Duration{
		"minutes": time.Minute, "hours": time.Hour, "days": 24 * time.Hour, "weeks": 7 * 24 * time.Hour,
	}[unit]
	functions := map[string]bool{"max": true, "min": true, "avg": true, "sum": true, "last": true}
	return length * time.Duration(value), firstFault(
		f.end(),
		unless(known, refuse(objMetric, causeBadParameter, "sampler unit must be minutes, hours, days or weeks (EC_ENUMIN)")),
		unless(value >= 1 && value <= 1000, refuse(objMetric, causeBadParameter, "sampler value must be between 1 and 1000")),
		unless(functions[function], refuse(objMetric, causeBadParameter, "sampler function must be max, min, avg, sum or last (EC_ENUMIN)")),
	)
}

// points of a series. Where the VM did not exist, or the time has not come, a point has no value.
func (w *World) points(id int, t track, from, to time.Time, step time.Duration) []any {
	out := []any{}
	v := w.vms[id]
	for at := from; !at.After(to); at = at.Add(step) {
		p := Struct{"timestamp": at.Format("2006-01-02T15:04:05")}
		if id == sampleVM || v != nil && !at.Add(step).Before(v.created) && !at.After(w.now) {
			p["value"] = w.value(id, t, at)
		}
		out = append(out, p)
	}
	return out
}

// value is one point: quiet as in the usage guide for the VM of the guide, busier for others.
func (w *World) value(id int, t track, at time.Time) float64 {
	hour := int(at.Unix() / 3600)
	if id == sampleVM {
		switch {
		case t.way == "in":
			return []float64{670, 670, 780, 804}[w.chance(4, "metric in", hour)]
		case t.way == "out" && at.Hour()%4 == 0:
			return 28
		}
		return 0
	}
	return float64(w.chance(300000, "metric "+t.metric+t.way+strconv.Itoa(id), hour))
}
