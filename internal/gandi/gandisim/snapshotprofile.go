package gandisim

import "maps"

// profiles are the snapshot profiles of the catalog.
func profiles() []Struct {
	schedule := func(name string, kept int) Struct { return Struct{"name": name, "kept_version": kept} }
	return []Struct{
		{"id": 1, "name": "minimal", "kept_total": 2, "quota_factor": 1.2, "schedules": []any{schedule("daily", 2)}},
		{"id": 2, "name": "full_week", "kept_total": 7, "quota_factor": 1.7, "schedules": []any{schedule("daily", 7)}},
		{"id": 3, "name": "security", "kept_total": 10, "quota_factor": 2.0, "schedules": []any{
			schedule("hourly6", 3), schedule("daily", 6), schedule("weekly4", 1),
		}},
	}
}

func profileOf(id int) (Struct, bool) {
	for _, p := range profiles() {
		if p["id"] == id {
			return p, true
		}
	}
	return nil, false
}

func profileRows() []row {
	var out []row
	for _, p := range profiles() {
		match := maps.Clone(p)
		delete(match, "schedules")
		out = append(out, row{id: p["id"].(int), show: p, match: match})
	}
	return out
}

func snapshotProfileList(w *World, c *call) (any, *Fault) {
	return w.listing(c, "snapshotprofile", filterKeys{"id": "int", "name": "string", "kept_total": "int", "quota_factor": "number"}, c.args[0])
}
