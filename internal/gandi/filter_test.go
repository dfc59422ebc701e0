package gandi

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestFilterOpts(t *testing.T) {
	for _, tt := range []struct {
		name string
		got  map[string]any
		want map[string]any
	}{
		{"no filter", VMFilter{}.opts(), map[string]any{}},
		{"one id is plain", VMFilter{IDs: []VMID{5}}.opts(), map[string]any{"id": 5}},
		{"ids are an array", DiskFilter{IDs: []DiskID{5, 6}}.opts(), map[string]any{"id": []any{5, 6}}},
		{"VM", VMFilter{Hostname: "web", State: VMRunning, Farm: "g1", DatacenterID: 3}.opts(),
			map[string]any{"hostname": "web", "state": "running", "farm": "g1", "datacenter_id": 3}},
		{"disk", DiskFilter{Name: "d", State: "created", Type: "data", DatacenterID: 3, VMID: 4}.opts(),
			map[string]any{"name": "d", "state": "created", "type": "data", "datacenter_id": 3, "vm_id": 4}},
		{"iface", IfaceFilter{IDs: []IfaceID{1}, State: "free", Type: "public", DatacenterID: 3, VMID: 4, VLAN: 5}.opts(),
			map[string]any{"id": 1, "state": "free", "type": "public", "datacenter_id": 3, "vm_id": 4, "vlan_id": 5}},
		{"network", VLANFilter{IDs: []VLANID{1, 2}, Name: "n", DatacenterID: 3}.opts(), map[string]any{"id": []any{1, 2}, "name": "n", "datacenter_id": 3}},
		{"key", SSHKeyFilter{Name: "n", Fingerprint: "b3:11"}.opts(), map[string]any{"name": "n", "fingerprint": "b3:11"}},
		{"address", IPFilter{IDs: []IPID{1}, IfaceID: 2, Addr: "::1", Version: 6, State: "created", Reverse: "r", DatacenterID: 3}.opts(),
			map[string]any{"id": 1, "iface_id": 2, "ip": "::1", "version": 6, "state": "created", "reverse": "r", "datacenter_id": 3}},
		{"site", SiteFilter{Name: "n"}.opts(), map[string]any{"name": "n"}},
		{"image", ImageFilter{Label: "Debian", DatacenterID: 3, DiskID: 4, Visibility: "all", Arch: "x86-64"}.opts(),
			map[string]any{"label": "Debian", "datacenter_id": 3, "disk_id": 4, "visibility": "all", "os_arch": "x86-64"}},
		{"datacenter", DatacenterFilter{IDs: []DatacenterID{1}, Code: "FR-SD3", Name: "n", ISO: "FR", Country: "France"}.opts(),
			map[string]any{"id": 1, "dc_code": "FR-SD3", "name": "n", "iso": "FR"}},
		{"operation", OperationFilter{
			IDs: []OperationID{1}, Types: []string{"vm_create"}, Steps: []string{"BILL", "RUN"}, VMID: 2, DiskID: 3, IfaceID: 4, SiteID: 5,
			CreatedAfter: time.Date(2026, 1, 2, 3, 4, 5, 6, time.FixedZone("", 3600)), SortBy: "id DESC", Limit: 3,
		}.opts(), map[string]any{
			"id": 1, "type": "vm_create", "step": []any{"BILL", "RUN"}, "vm_id": 2, "disk_id": 3, "iface_id": 4, "site_id": 5,
			">date_created": "2026-01-02 02:04:05", "sort_by": "id DESC",
		}},
	} {
		if diff := cmp.Diff(tt.want, tt.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// A server may ignore a filter that it does not know; then only the record itself tells.
func TestFits(t *testing.T) {
	type m = map[string]any
	for _, tt := range []struct {
		name string
		rec  m
		opts m
		want bool
	}{
		{"no filter", m{"id": int64(1)}, m{}, true},
		{"same number", m{"id": int64(1)}, m{"id": 1}, true},
		{"same number as digits", m{"id": "1"}, m{"id": 1}, true},
		{"another number", m{"id": int64(2)}, m{"id": 1}, false},
		{"one of several", m{"id": int64(2)}, m{"id": []any{1, 2}}, true},
		{"none of several", m{"id": int64(3)}, m{"id": []any{1, 2}}, false},
		{"same text", m{"name": "a"}, m{"name": "a"}, true},
		{"another text", m{"name": "b"}, m{"name": "a"}, false},
		{"another case", m{"name": "A"}, m{"name": "a"}, false},
		{"a text of digits that came as a number", m{"hostname": int64(2012)}, m{"hostname": "2012"}, true},
		{"field not shown", m{"id": int64(1)}, m{"farm": "g1"}, true},
		{"field shown as nil: the list may not bother to tell", m{"farm": nil}, m{"farm": "g1"}, true},
		{"another tag", m{"farm": "g2"}, m{"farm": "g1"}, false},
		{"attached to it", m{"vms_id": []any{int64(4)}}, m{"vm_id": 4}, true},
		{"attached to another", m{"vms_id": []any{int64(5)}}, m{"vm_id": 4}, false},
		{"attached to none", m{"vms_id": []any{}}, m{"vm_id": 4}, false},
		{"free interface", m{"vm_id": nil}, m{"vm_id": 4}, false},
		{"interface of it", m{"vm_id": int64(4)}, m{"vm_id": 4}, true},
		{"interface on the network", m{"vlan": m{"id": int64(5), "name": "n"}}, m{"vlan_id": 5}, true},
		{"interface on the network, told as a number", m{"vlan": int64(5)}, m{"vlan_id": 5}, true},
		{"interface on the network, told as such", m{"vlan": nil, "vlan_id": int64(5)}, m{"vlan_id": 5}, true},
		{"interface on another network", m{"vlan": m{"id": int64(6)}}, m{"vlan_id": 5}, false},
		{"public interface", m{"vlan": nil}, m{"vlan_id": 5}, false},
		{"interface that does not tell", m{"id": int64(1)}, m{"vlan_id": 5}, true},
		{"operation with the VM in params", m{"step": "RUN", "vm_id": nil, "params": m{"vm_id": "4"}}, m{"vm_id": 4}, true},
		{"operation with another VM in params", m{"step": "RUN", "vm_id": nil, "params": m{"vm_id": int64(5)}}, m{"vm_id": 4}, false},
		{"operation that does not tell its VM", m{"step": "RUN", "vm_id": nil}, m{"vm_id": 4}, true},
		{"operation with the site in params", m{"step": "RUN", "params": m{"site_id": "4"}}, m{"site_id": 4}, true},
		{"operation with another site", m{"step": "RUN", "site_id": int64(5)}, m{"site_id": 4}, false},
		{"operation that does not tell its site", m{"step": "RUN"}, m{"site_id": 4}, true},
		{"operation with the disk in params", m{"step": "RUN", "disk_id": nil, "params": m{"disk_id": int64(4)}}, m{"disk_id": 4}, true},
		{"operation with another interface in params", m{"step": "RUN", "iface_id": "", "params": m{"iface_id": int64(5)}}, m{"iface_id": 4}, false},
		{"operation that works on no disk", m{"step": "RUN", "disk_id": nil}, m{"disk_id": 4}, false},
		{"operation of another disk", m{"step": "RUN", "disk_id": nil}, m{"disk_id": 4}, false},
		{"a finished one among the unfinished", m{"step": "DONE"}, m{"step": []any{"BILL", "WAIT", "RUN"}}, false},
		{"order and dates are Gandi's", m{"date_created": "x"}, m{">date_created": "y", "sort_by": "id DESC"}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := fits(tt.rec, tt.opts); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestFiltersAreAppliedAgain(t *testing.T) {
	c, _ := newFake(t, always(testdata(t, "hosting.vm.list.response.xml")))
	vms, err := c.VMs(t.Context(), VMFilter{Hostname: "server01"})
	if err != nil || len(vms) != 1 || vms[0].Hostname != "server01" {
		t.Errorf("got %+v, %v", vms, err)
	}
	c, _ = newFake(t, always(testdata(t, "hosting.datacenter.list.short.response.xml")))
	dcs, err := c.Datacenters(t.Context(), DatacenterFilter{Country: "France"})
	if err != nil || len(dcs) != 1 || dcs[0].ID != 1 {
		t.Errorf("got %+v, %v", dcs, err)
	}
}

// A filter by the types of a method that starts no operation must not become no filter: a foreign operation would be
// taken for the call's.
func TestNoTypesFitNothing(t *testing.T) {
	c, f := newFake(t, always(testdata(t, "operation.list.response.xml")))
	for _, method := range []string{"hosting.ssh.create", "hosting.ssh.delete", "nonsense", ""} {
		none := OperationFilter{Types: OperationTypes(method), SortBy: "id DESC", Limit: 500}
		if ops, err := c.Operations(t.Context(), none); err != nil || len(ops) != 0 {
			t.Errorf("%q: operations %v, %v", method, ops, err)
		}
		if n, err := c.OperationCount(t.Context(), none); err != nil || n != 0 {
			t.Errorf("%q: %d operations, %v", method, n, err)
		}
	}
	if len(f.calls) != 0 {
		t.Errorf("asked %v for nothing", f.calls)
	}
	if ops, err := c.Operations(t.Context(), OperationFilter{}); err != nil || len(ops) != 2 {
		t.Errorf("without a filter by type: %v, %v", ops, err)
	}
}
