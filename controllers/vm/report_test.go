package vm

import (
	"strings"
	"testing"

	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// Status holds no more than its schema, whatever Gandi tells: one write that the
// API server refuses, and nothing more would ever be done for the object.
func TestReportKeepsToTheSchema(t *testing.T) {
	obj := wanted()
	s := seenVM(func(s *Observed) {
		s.Disks, s.Ifaces, s.IPs = nil, nil, nil
		for i := range 100 {
			s.Disks = append(s.Disks, gandi.Disk{ID: gandi.DiskID(i + 1), Name: strings.Repeat("d", 300)})
			s.Ifaces = append(s.Ifaces, gandi.Iface{ID: gandi.IfaceID(i + 1), Type: strings.Repeat("t", 40)})
			s.IPs = append(s.IPs,
				gandi.IP{ID: gandi.IPID(i + 1), IfaceID: 1, Version: 4, Addr: strings.Repeat("4", 100)},
				gandi.IP{ID: gandi.IPID(i + 101), IfaceID: 1, Version: 6, Addr: strings.Repeat("6", 100)})
		}
	})
	Kind{}.Report(obj, s)
	st := obj.Status
	if len(st.Disks) != 64 || len(st.Interfaces) != 64 || len(st.Interfaces[0].Addresses) != 32 {
		t.Errorf("%d disks, %d interfaces, %d addresses", len(st.Disks), len(st.Interfaces), len(st.Interfaces[0].Addresses))
	}
	if len(st.Disks[0].Name) != 255 || len(st.Interfaces[0].Type) != 32 || len(st.Interfaces[0].Addresses[0]) != 64 || len(st.IPv4) != 64 || len(st.IPv6) != 64 {
		t.Errorf("too long: %+v, %+v, %q, %q", st.Disks[0], st.Interfaces[0], st.IPv4, st.IPv6)
	}
}
