package gandi_test

import (
	"fmt"
	"testing"

	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// A list is read whole, whatever its length, and costs what it must: a page that is exactly full may be the last.
func TestPages(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, s *stand) {
		made := 0
		for _, tt := range []struct{ vms, requests int }{
			{0, 1},
			{1, 1},
			{99, 1},
			{100, 2}, // may mean that items_per_page is not heeded
			{101, 1},
			{499, 1},
			{500, 2},
			{501, 2},
			{999, 2},
			{1000, 3},
			{1001, 3},
		} {
			for ; made < tt.vms; made++ {
				s.change(map[string]any{"type": "vm", "create": map[string]any{"hostname": fmt.Sprintf("vm-%d", made%3)}})
			}
			want := s.narrowed("vms", func(facts) bool { return true })
			seq := lastSeq(s.world)
			list := must[[]gandi.VM](t)(s.client.VMs(t.Context(), gandi.VMFilter{}))
			got := []int{}
			for _, vm := range list {
				got = append(got, int(vm.ID))
			}
			same(t, fmt.Sprintf("%d VMs", tt.vms), got, want)
			entries := received(s.world, "hosting.vm.list", seq)
			if len(entries) != tt.requests {
				t.Errorf("%d VMs took %d requests, want %d", tt.vms, len(entries), tt.requests)
			}
			for page, e := range entries {
				same(t, "arguments", e.Args, []any{map[string]any{"items_per_page": 500, "page": page}})
			}
			if n := must[int](t)(s.client.VMCount(t.Context(), gandi.VMFilter{})); n != tt.vms {
				t.Errorf("%d VMs are counted as %d", tt.vms, n)
			}
		}

		// By number there are more than a filter holds, among them some that are nobody's.
		var wanted []gandi.VMID
		for _, f := range s.state("vms") {
			wanted = append(wanted, gandi.VMID(f.num("id")))
		}
		wanted = append(wanted, 1, 2, 3)
		if got := must[[]gandi.VM](t)(s.client.VMs(t.Context(), gandi.VMFilter{IDs: wanted})); len(got) != 1001 {
			t.Errorf("%d of 1001 VMs by their numbers", len(got))
		}
		if got := must[[]gandi.VM](t)(s.client.VMs(t.Context(), gandi.VMFilter{Hostname: "vm-0"})); len(got) != 334 {
			t.Errorf("%d VMs by name, want 334", len(got))
		}
		if got := must[[]gandi.IP](t)(s.client.IPs(t.Context(), gandi.IPFilter{})); len(got) != 2002 {
			t.Errorf("%d addresses, want 2002", len(got))
		}
		if got := must[[]gandi.Disk](t)(s.client.Disks(t.Context(), gandi.DiskFilter{})); len(got) != 1001 {
			t.Errorf("%d disks, want 1001", len(got))
		}
		if got := must[[]gandi.Iface](t)(s.client.Ifaces(t.Context(), gandi.IfaceFilter{})); len(got) != 1001 {
			t.Errorf("%d interfaces, want 1001", len(got))
		}

		// A page that cannot be had is no short list.
		s.world.Script(aPageIsLost)
		_, err := s.client.VMs(t.Context(), gandi.VMFilter{})
		turnedDown(t, "a list with a page that is lost", err, gandi.Retryable)
	})
}
