package gandisim

import (
	"fmt"
	"testing"
	"time"
)

// ids of what a list method answers.
func (me *customer) ids(method string, opts Struct) []int {
	me.t.Helper()
	out := []int{}
	for _, v := range me.ok(method, opts).([]any) {
		out = append(out, v.(Struct)["id"].(int))
	}
	return out
}

func TestPages(t *testing.T) {
	inWorld(t, Options{}, func(me *customer) {
		for n := range 620 {
			if err := me.w.Change(map[string]any{"type": "disk", "create": map[string]any{"name": fmt.Sprint("disk", n)}}); err != nil {
				t.Fatal(err)
			}
		}
		for _, tc := range []struct {
			opts Struct
			want int
		}{
			{nil, 100},
			{Struct{}, 100},
			{Struct{"items_per_page": 500}, 500},
			{Struct{"items_per_page": 900}, 500},
			{Struct{"items_per_page": 900, "page": 1}, 120},
			{Struct{"items_per_page": 500, "page": 2}, 0},
			{Struct{"page": 6}, 20},
			{Struct{"page": 1 << 40}, 0},
			{Struct{"items_per_page": 7, "page": 88}, 4},
		} {
			if n := len(me.ids("hosting.disk.list", tc.opts)); n != tc.want {
				t.Errorf("%v: %d", tc.opts, n)
			}
			if n := me.ok("hosting.disk.count", tc.opts); n != 620 {
				t.Errorf("%v: count %v", tc.opts, n)
			}
		}
		seen := map[int]bool{}
		for page := range 7 {
			for _, id := range me.ids("hosting.disk.list", Struct{"page": page, "sort_by": "name DESC"}) {
				seen[id] = true
			}
		}
		if len(seen) != 620 {
			t.Errorf("all pages together have %d", len(seen))
		}
		for _, opts := range []Struct{{"page": -1}, {"items_per_page": 0}, {"page": "1"}} {
			me.refused(501137, "", "hosting.disk.list", opts)
		}
	})
}

func TestFilters(t *testing.T) {
	inWorld(t, Options{}, func(me *customer) {
		me.vm(Struct{"hostname": "alpha", "memory": 256})
		wait(time.Hour)
		two := time.Now().UTC()
		me.vm(Struct{"hostname": "Beta", "memory": 512, "cores": 4})
		me.halted(Struct{"hostname": "gamma", "memory": 1024, "datacenter_id": 3})
		all := me.ids("hosting.vm.list", nil)
		a, b, c := all[0], all[1], all[2]
		disk := me.info("vm", b)["disks_id"].([]any)[0].(int)
		for _, tc := range []struct {
			method string
			opts   Struct
			want   []int
		}{
			{"hosting.vm.list", Struct{"hostname": "alpha"}, []int{a}},
			{"hosting.vm.list", Struct{"hostname": "beta"}, []int{}},
			{"hosting.vm.list", Struct{"~hostname": "bet"}, []int{b}},
			{"hosting.vm.list", Struct{"~hostname": "%a"}, []int{a, b, c}},
			{"hosting.vm.list", Struct{"~hostname": "a%"}, []int{a}},
			{"hosting.vm.list", Struct{"~hostname": "g%m%"}, []int{c}},
			{"hosting.vm.list", Struct{"hostname": []any{"alpha", "gamma"}}, []int{a, c}},
			{"hosting.vm.list", Struct{"id": []any{c, a}}, []int{a, c}},
			{"hosting.vm.list", Struct{"id": []any{}}, []int{}},
			{"hosting.vm.list", Struct{"state": "halted"}, []int{c}},
			{"hosting.vm.list", Struct{"state": "running", "cores": 4}, []int{b}},
			{"hosting.vm.list", Struct{">memory": 256}, []int{b, c}},
			{"hosting.vm.list", Struct{"<memory": 1024, ">memory": 256}, []int{b}},
			{"hosting.vm.list", Struct{"datacenter_id": 3}, []int{c}},
			{"hosting.vm.list", Struct{"hostname": nil}, []int{a, b, c}},
			{"hosting.vm.list", Struct{">date_created": two.Add(-time.Second)}, []int{b, c}},
			{"hosting.vm.list", Struct{"sort_by": "memory DESC"}, []int{c, b, a}},
			{"hosting.vm.list", Struct{"sort_by": "memory"}, []int{a, b, c}},
			{"hosting.vm.list", Struct{"sort_by": "date_created desc", "items_per_page": 1}, []int{c}},
			{"hosting.disk.list", Struct{"vm_id": b}, []int{disk}},
			{"hosting.disk.list", Struct{"id": disk, "name": "sys", "type": "data", "size": 3072}, []int{disk}},
			{"hosting.disk.list", Struct{"is_boot_disk": true, "vm_id": []any{b}}, []int{disk}},
			{"hosting.datacenter.list", Struct{"iaas_opened": true, "iso": "FR"}, []int{1, 4, 5, 6}},
			{"hosting.datacenter.list", Struct{"iaas_closed": true}, []int{1, 2}},
			{"hosting.datacenter.list", Struct{"paas_opened": false}, []int{2, 4}},
			{"hosting.datacenter.list", Struct{"dc_code": "LU-BI1", "sort_by": "id ASC"}, []int{3}},
			{"hosting.image.list", Struct{"label": "Debian 8 (HVM)", "datacenter_id": 5}, []int{1805}},
			{"hosting.image.list", Struct{"label": "debian 8 (hvm)"}, []int{}},
			{"hosting.image.list", Struct{"disk_id": 51848}, []int{18}},
			{"hosting.snapshotprofile.list", Struct{"name": "security"}, []int{3}},
		} {
			if got := me.ids(tc.method, tc.opts); fmt.Sprint(got) != fmt.Sprint(tc.want) {
				t.Errorf("%s %v: got %v, want %v", tc.method, tc.opts, got, tc.want)
			}
		}
		if n := len(me.ids("hosting.ip.list", Struct{"~vm_hostname": "ALPHA", "version": 4})); n != 1 {
			t.Errorf("%d addresses of alpha", n)
		}
		for _, opts := range []Struct{
			{"hostname": 3}, {"memory": "512"}, {"~memory": 5}, {">id": []any{1}}, {"sort_by": "id SIDEWAYS"}, {"sort_by": 3}, {"sort_by": ""}, {"": "x"}, {"~": "x"},
		} {
			me.refused(0, "BADPARAMETER", "hosting.vm.list", opts)
		}
	})
}

func TestPricesAndRatings(t *testing.T) {
	inWorld(t, Options{}, func(me *customer) {
		for _, p := range me.ok("hosting.catalog.list", Struct{"type": "ip"}).([]any) {
			s := p.(Struct)
			if free := s["credits"].(float64) == 0; free != (s["flavor"] == "v6" || s["flavor"] == "private") {
				t.Errorf("%v", s)
			}
		}
		cost := me.ok("hosting.catalog.price", []any{Struct{"type": "ram", "status": "running", "quantity": 512}, Struct{"type": "ip", "flavor": "v6"}})
		if cost != 20.0 {
			t.Errorf("512 MB cost %v", cost)
		}
		me.refused(0, "no price", "hosting.catalog.price", Struct{"type": "cat"})
		if n := len(me.ok("catalog.list", Struct{"product": Struct{"type": "hosting_credit", "~description": "50k"}}, "USD", "A").([]any)); n != 1 {
			t.Errorf("%d packages", n)
		}
		me.refused(0, "product.type", "catalog.list", Struct{"product": Struct{"description": "x"}})

		id := me.vm(nil)
		rows := me.ok("hosting.rating.list", Struct{"resource": Struct{"id": id, "type": "vm"}}).([]any)
		wantFields(t, rows[0].(Struct), Struct{"ram": Struct{"default": 20.0}, "cpu": Struct{"default": 28.0}, "ip": nil, "rproxy": nil})
		rows = me.ok("hosting.rating.list", Struct{"date_start": "1999-12-01 00:00:00", "date_end": "1999-12-31 00:00:00", "resolution": "daily", "offset": 1}).([]any)
		if len(rows) != 30 {
			t.Errorf("%d rows", len(rows))
		}
		for _, opts := range []Struct{
			{"resolution": "yearly"}, {"date_start": "soon"}, {"date_start": "2001-01-01", "date_end": "2000-01-01"},
			{"date_start": "0002-01-01", "date_end": "9000-01-01"}, {"offset": -1},
		} {
			me.refused(0, "BADPARAMETER", "hosting.rating.list", opts)
		}
	})
}

func TestMetrics(t *testing.T) {
	inWorld(t, Options{}, func(me *customer) {
		wait(24 * time.Hour)
		id := me.vm(nil)
		wait(3 * time.Hour)
		query := func(change Struct) Struct {
			return merged(Struct{
				"start": "2000-01-01 22:00:00", "end": "2000-01-02 04:00:00", "resource_id": []any{id}, "resource_type": "vm", "query": "vbd.bytes.all",
				"sampler": Struct{"unit": "hours", "value": 1, "function": "avg"},
			}, change)
		}
		series := me.ok("hosting.metric.query", query(nil)).([]any)
		wantFields(t, series[0].(Struct), Struct{"metric": "vbd.bytes", "direction": []any{"read"}, "resource_id": id})
		valued := 0
		for _, p := range series[0].(Struct)["points"].([]any) {
			if _, ok := p.(Struct)["value"]; ok {
				valued++
			}
		}
		// From the hour before the VM's to the hour that has begun.
		if points := series[0].(Struct)["points"].([]any); len(points) != 7 || valued != 5 {
			t.Errorf("%d of %d points have a value", valued, len(points))
		}
		for _, change := range []Struct{
			{"start": nil}, {"start": "yesterday"}, {"end": "1999-01-01 00:00:00"}, {"resource_id": []any{}}, {"resource_type": "cat"}, {"query": "x"},
			{"sampler": Struct{"unit": "fortnights", "value": 1, "function": "avg"}}, {"sampler": Struct{"unit": "hours", "value": 0, "function": "avg"}},
			{"sampler": 3}, {"colour": "red"}, {"start": "0001-01-01 00:00:00", "end": "9999-01-01 00:00:00"},
		} {
			me.refused(0, "BADPARAMETER", "hosting.metric.query", query(change))
		}
		me.refused(530242, "", "hosting.metric.query", query(Struct{"resource_id": []any{7}}))
		me.refused(0, "[Paas '7' doesn't exist.]", "hosting.metric.query", query(Struct{"resource_type": "paas", "resource_id": []any{7}}))
	})
}
