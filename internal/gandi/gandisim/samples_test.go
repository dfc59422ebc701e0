package gandisim

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// The calls of the two editions of the usage guide, as its clients write them, with nothing but the guide's own
// arguments. The guide's configuration file is not printed; these are values that fit where it is used.

// posted sends a call as it stands and gives the reply's value.
func posted(t *testing.T, w *World, method string, params ...string) any {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "<?xml version='1.0'?>\n<methodCall>\n<methodName>%s</methodName>\n<params>\n", method)
	for _, p := range append([]string{text(DefaultAPIKey)}, params...) {
		fmt.Fprintf(&b, "<param>\n%s\n</param>\n", p)
	}
	b.WriteString("</params>\n</methodCall>\n")
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, anywhere, strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "text/xml")
	resp, err := w.Transport().RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	a := read(body)
	if a.err != nil || a.fault != nil {
		t.Fatalf("%s: %v %v", method, a.err, a.fault)
	}
	return a.value
}

func text(s string) string { return "<value><string>" + s + "</string></value>" }
func number(n int) string  { return fmt.Sprintf("<value><int>%d</int></value>", n) }
func list(s string) string { return "<value><array><data>\n" + s + "\n</data></array></value>" }
func member(name, value string) string {
	return "<member>\n<name>" + name + "</name>\n" + value + "\n</member>\n"
}
func structure(members ...string) string {
	return "<value><struct>\n" + strings.Join(members, "") + "</struct></value>"
}

// wantAtLeast checks that every field of want is in got, with its value.
func wantAtLeast(t *testing.T, got any, want Struct) {
	t.Helper()
	s, ok := got.(Struct)
	if !ok {
		t.Fatalf("got %T, want a struct", got)
	}
	for name, value := range want {
		have, there := s[name]
		if !there {
			t.Errorf("no field %s in %v", name, s)
		} else if !compareAny(have, value) {
			t.Errorf("%s: got %#v, want %#v", name, have, value)
		}
	}
}

func TestSampleVersionInfo(t *testing.T) {
	v := posted(t, New(nil), "version.info")
	if api, _ := v.(Struct)["api_version"].(string); api == "" {
		t.Errorf("got %v", v)
	}
}

func TestSampleAccountInfo(t *testing.T) {
	t.Run("credits edition", func(t *testing.T) {
		v := posted(t, New(nil), "hosting.account.info").(Struct)
		wantAtLeast(t, v, Struct{"rating_enabled": true, "products": nil, "share_definition": nil,
			"resources": Struct{"available": nil, "expired": nil, "granted": nil, "used": nil}})
		if n, ok := v["credits"].(int); !ok || n <= 0 {
			t.Errorf("credits: %v", v["credits"])
		}
	})
	t.Run("shares edition", func(t *testing.T) {
		v := posted(t, New(&Options{Account: "shares"}), "hosting.account.info").(Struct)
		wantAtLeast(t, v, Struct{"rating_enabled": false})
		available := v["resources"].(Struct)["available"].(Struct)
		for _, name := range []string{"shares", "servers", "cores", "memory", "disk", "bandwidth"} {
			if n, ok := available[name].(int); !ok || n <= 0 {
				t.Errorf("available %s: %v", name, available[name])
			}
		}
		for _, name := range []string{"memory", "disk", "bandwidth", "cores"} {
			if n, ok := v["share_definition"].(Struct)[name].(int); !ok || n <= 0 {
				t.Errorf("a share has %s %v", name, v["share_definition"])
			}
		}
	})
}

func TestSampleDatacenterList(t *testing.T) {
	for _, fields := range []string{"full", "guide"} {
		t.Run(fields, func(t *testing.T) {
			o := with("datacenter-fields", fields)
			dcs := posted(t, New(&o), "hosting.datacenter.list").([]any)
			wantAtLeast(t, dcs[0], Struct{"country": "France", "id": 1, "iso": "FR", "name": "Equinix Paris"})
			wantAtLeast(t, dcs[1], Struct{"country": "United States of America", "id": 2, "iso": "US", "name": "Level3 Baltimore"})
			if n := len(dcs[0].(Struct)); (n == 4) != (fields == "guide") {
				t.Errorf("%d fields", n)
			}
		})
	}
}

func TestSampleImageList(t *testing.T) {
	w := New(nil)
	images := posted(t, w, "hosting.image.list", structure(member("datacenter_id", number(1)))).([]any)
	var ubuntu []any
	for _, i := range images {
		if strings.HasPrefix(strings.ToLower(i.(Struct)["label"].(string)), "ubuntu") {
			ubuntu = append(ubuntu, i)
		}
		if dc := i.(Struct)["datacenter_id"]; dc != 1 {
			t.Errorf("an image of datacenter %v", dc)
		}
	}
	created, updated := time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2010, 10, 7, 6, 43, 17, 0, time.UTC)
	for n, want := range []Struct{
		{"id": 15, "disk_id": 43024, "label": "Ubuntu 9.10", "visibility": "all"},
		{"id": 16, "disk_id": 45512, "label": "Ubuntu 9.10 + ispCP", "visibility": "alpha"},
		{"id": 17, "disk_id": 49300, "label": "Ubuntu 9.10 + Cherokee", "visibility": "all"},
		{"id": 18, "disk_id": 51848, "label": "Ubuntu 10.04", "visibility": "all"},
	} {
		wantAtLeast(t, ubuntu[n], merged(want, Struct{
			"author_id": 248842, "datacenter_id": 1, "date_created": created, "date_updated": updated, "os_arch": "x86-32",
		}))
	}
	// The guide then narrows the list with '10.04' in the label, which is one image.
	n := 0
	for _, i := range ubuntu {
		if strings.Contains(i.(Struct)["label"].(string), "10.04") {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d images of Ubuntu 10.04", n)
	}
}

// sampleCreate is create_from with the guide's arguments; the editions differ in whether vm_spec names the
// datacenter.
func sampleCreate(t *testing.T, w *World, withDatacenter bool) []any {
	t.Helper()
	vmSpec := []string{
		member("hostname", text("myvm")), member("memory", number(512)), member("cores", number(1)),
		member("ip_version", number(4)), member("bandwidth", number(5120)), member("password", text("password_to_change")),
	}
	if withDatacenter {
		vmSpec = append(vmSpec, member("datacenter_id", number(1)))
	}
	diskSpec := structure(member("datacenter_id", number(1)), member("name", text("sysdisk")))
	return posted(t, w, "hosting.vm.create_from", structure(vmSpec...), diskSpec, number(51848)).([]any)
}

func TestSampleCreateFrom(t *testing.T) {
	for _, edition := range []string{"credits", "shares"} {
		t.Run(edition, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := New(&Options{Account: edition})
				ops := sampleCreate(t, w, edition == "shares")
				for n, kind := range []string{"disk_create", "iface_create", "vm_create"} {
					wantAtLeast(t, ops[n], Struct{"type": kind, "step": "WAIT", "source": DefaultHandle})
				}
				last := ops[2].(Struct)["id"].(int)
				op := posted(t, w, "operation.info", number(last)).(Struct)
				id, ok := op["params"].(Struct)["vm_id"].(int)
				if !ok || id <= 0 {
					t.Fatalf("params: %v", op["params"])
				}
				if got := ops[2].(Struct)["vm_id"]; got != id {
					t.Errorf("the reply says vm %v, the operation %d", got, id)
				}
				for range 100 {
					if posted(t, w, "operation.info", number(last)).(Struct)["step"] == "DONE" {
						break
					}
					wait(time.Second)
				}
				wantAtLeast(t, posted(t, w, "hosting.vm.info", number(id)), Struct{
					"id": id, "hostname": "myvm", "state": "running", "memory": 512, "cores": 1, "datacenter_id": 1, "vm_max_memory": 2048,
				})

				// "The VM is running and you want to increase its memory."
				update := posted(t, w, "hosting.vm.update", number(id), structure(member("memory", number(1024)))).(Struct)
				wantAtLeast(t, update, Struct{"type": "vm_update", "step": "WAIT", "vm_id": id})
				wait(time.Minute)
				wantAtLeast(t, posted(t, w, "hosting.vm.info", number(id)), Struct{"memory": 1024, "state": "running"})
			})
		})
	}
}

// The guide names these methods without printing a call of them.
func TestMethodsThatTheGuideNames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := New(nil)
		if credits := posted(t, w, "catalog.list").([]any); len(credits) == 0 {
			t.Error("no packages of credits")
		}
		for _, p := range posted(t, w, "hosting.catalog.list").([]any) {
			for _, name := range []string{"type", "flavor", "status", "credits", "range", "slice"} {
				if _, ok := p.(Struct)[name]; !ok {
					t.Errorf("no %s in %v", name, p)
				}
			}
		}
		ops := sampleCreate(t, w, true)
		id := ops[2].(Struct)["vm_id"].(int)
		wait(2 * time.Minute)
		rating := posted(t, w, "hosting.rating.list").([]any)
		if cpu := rating[0].(Struct)["cpu"].(Struct)["default"].(float64); cpu <= 0 {
			t.Errorf("a running VM costs %v", cpu)
		}
		for _, step := range []struct{ method, state string }{{"reboot", "running"}, {"stop", "halted"}, {"start", "running"}} {
			posted(t, w, "hosting.vm."+step.method, number(id))
			wait(time.Minute)
			wantAtLeast(t, posted(t, w, "hosting.vm.info", number(id)), Struct{"state": step.state})
		}
		posted(t, w, "hosting.account.credit", structure(member("quantity", number(1000))))
	})
}

func TestSampleMetricQuery(t *testing.T) {
	query := func(start, end string) string {
		return structure(
			member("start", text(start)), member("end", text(end)),
			member("resource_id", list(number(648))), member("query", text("vif.bytes.all")), member("resource_type", text("vm")),
			member("sampler", structure(member("unit", text("hours")), member("value", number(1)), member("function", text("max")))),
		)
	}
	w := New(nil)
	// The guide asks for two days of September and prints one of November.
	for _, tc := range []struct {
		start, end string
		points     int
	}{
		{"2014-09-28 00:00:00", "2014-09-29 23:59:59", 48},
		{"2014-11-12 00:00:00", "2014-11-12 23:59:59", 24},
	} {
		series := posted(t, w, "hosting.metric.query", query(tc.start, tc.end)).([]any)
		if len(series) != 2 {
			t.Fatalf("%d series", len(series))
		}
		for n, way := range []string{"out", "in"} {
			wantAtLeast(t, series[n], Struct{
				"direction": []any{way}, "metric": "vif.bytes", "resource_id": 648, "resource_type": "vm", "type": []any{"public"},
			})
			points := series[n].(Struct)["points"].([]any)
			if len(points) != tc.points {
				t.Fatalf("%d points", len(points))
			}
			first := points[0].(Struct)
			if want := strings.Replace(tc.start, " ", "T", 1); first["timestamp"] != want {
				t.Errorf("starts at %v", first["timestamp"])
			}
			if _, ok := first["value"].(float64); !ok {
				t.Errorf("value %v", first["value"])
			}
		}
		again := posted(t, w, "hosting.metric.query", query(tc.start, tc.end))
		if !compareAny(series, again) {
			t.Error("the same query, another answer")
		}
	}
}
