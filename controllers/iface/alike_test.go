package iface

import (
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/account"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// inventory is what the kind reads.
type inventory struct {
	engine.Reader
	ifaces []gandi.Iface
	ips    []gandi.IP
	vms    []gandi.VM
}

func (v inventory) AllIfaces() iter.Seq[gandi.Iface] { return slices.Values(v.ifaces) }

func (v inventory) IPsOf(ids []gandi.IPID) (found []gandi.IP) {
	for _, ip := range v.ips {
		if slices.Contains(ids, ip.ID) {
			found = append(found, ip)
		}
	}
	return found
}

func (v inventory) VM(id gandi.VMID) account.Record[gandi.VM] {
	for _, vm := range v.vms {
		if vm.ID == id {
			return account.Record[gandi.VM]{Value: vm, Seen: account.Listed}
		}
	}
	return account.Record[gandi.VM]{}
}

func intending(made string) *v1alpha1.GandiInterface {
	obj := wanted()
	obj.Status.Intent = &v1alpha1.Intent{Applies: map[string]string{appliedMade: made}}
	return obj
}

// What looks like what a create makes: nothing that Gandi tells speaks against it.
func TestAlike(t *testing.T) {
	noon := time.Date(2012, 3, 4, 12, 0, 0, 0, time.UTC)
	v4 := func(i gandi.IfaceID) []gandi.IP {
		return []gandi.IP{{ID: gandi.IPID(10*i + 6), Version: 6, IfaceID: i, Addr: "2001:db8::1"}, {ID: gandi.IPID(10*i + 4), Version: 4, IfaceID: i, Addr: "192.0.2.1"}}
	}
	v6 := func(i gandi.IfaceID) []gandi.IP { return v4(i)[:1] }
	on := func(i gandi.IfaceID, addr string) []gandi.IP {
		return []gandi.IP{{ID: gandi.IPID(10*i + 4), Version: 4, IfaceID: i, Addr: addr}}
	}
	public := func(id gandi.IfaceID, change ...func(*gandi.Iface)) gandi.Iface {
		i := gandi.Iface{ID: id, Type: "public", State: "free", DatacenterID: 1, IPIDs: []gandi.IPID{gandi.IPID(10*id + 4), gandi.IPID(10*id + 6)}, DateCreated: noon}
		for _, c := range change {
			c(&i)
		}
		return i
	}
	private := func(id gandi.IfaceID, change ...func(*gandi.Iface)) gandi.Iface {
		return public(id, append([]func(*gandi.Iface){func(i *gandi.Iface) {
			i.Type, i.VLAN, i.IPIDs = "private", &gandi.VLANRef{ID: 9}, []gandi.IPID{gandi.IPID(10*id + 4)}
		}}, change...)...)
	}
	of := func(vm gandi.VMID) func(*gandi.Iface) { return func(i *gandi.Iface) { i.VMID, i.State = vm, "used" } }
	oneIP := func(i *gandi.Iface) { i.IPIDs = i.IPIDs[1:] }

	world := inventory{
		ifaces: []gandi.Iface{
			public(1),
			public(2, func(i *gandi.Iface) { i.DatacenterID = 4 }),
			public(3, oneIP), // an IPv6 one
			public(4, func(i *gandi.Iface) { i.State = "being_created" }),
			public(5), // its addresses are not known
			public(6, of(60)),
			public(7, of(70)),
			public(8, of(80)),
			public(11, of(110)),
			public(12, func(i *gandi.Iface) { i.DatacenterID, i.Type = 0, "" }),
			private(21),
			private(22, func(i *gandi.Iface) { i.VLAN = &gandi.VLANRef{ID: 8} }),
			private(23, func(i *gandi.Iface) { i.VLAN = nil }),
			private(24),
		},
		ips: slices.Concat(v4(1), v4(2), v6(3), v6(4), v4(6), v4(7), v4(8), v4(11), v4(12),
			on(21, "192.168.1.5"), on(22, "192.168.1.5"), on(23, "192.168.1.6"),
			[]gandi.IP{{ID: 244, Version: 4, IfaceID: 99, Addr: "192.168.1.5"}}), // went to another interface
		vms: []gandi.VM{
			{ID: 60, IfaceIDs: []gandi.IfaceID{6}, DateCreated: noon.Add(-20 * time.Second)},
			{ID: 70, IfaceIDs: []gandi.IfaceID{7}, DateCreated: noon.Add(-time.Hour)},
			{ID: 80, IfaceIDs: []gandi.IfaceID{99, 8}, DateCreated: noon},
		},
	}
	for _, row := range []struct {
		made string
		want []engine.Lookalike
		why  string
	}{
		{"1/0/4/", []engine.Lookalike{{ID: 1, Use: engine.Free}, {ID: 4, Use: engine.Free}, {ID: 5, Use: engine.Unsure}, {ID: 6, Use: engine.Part}, {ID: 7, Use: engine.Used}, {ID: 8, Use: engine.Used}, {ID: 11, Use: engine.Unsure}, {ID: 12, Use: engine.Free}},
			"6 was made with its VM; 7 and 8 were attached to theirs; the VM of 11 is not known"},
		{"1/0/6/", []engine.Lookalike{{ID: 3, Use: engine.Free}, {ID: 4, Use: engine.Free}, {ID: 5, Use: engine.Unsure}}, "an IPv4 address may still come to 4"},
		{"4/0/4/", []engine.Lookalike{{ID: 2, Use: engine.Free}, {ID: 12, Use: engine.Free}}, ""},
		{"1/9/0/", []engine.Lookalike{{ID: 12, Use: engine.Free}, {ID: 21, Use: engine.Free}, {ID: 23, Use: engine.Free}, {ID: 24, Use: engine.Unsure}}, ""},
		{"1/9/0/192.168.1.5", []engine.Lookalike{{ID: 21, Use: engine.Free}, {ID: 24, Use: engine.Unsure}}, "the address of 24 is another interface's by now"},
	} {
		t.Run(row.made, func(t *testing.T) {
			if diff := cmp.Diff(row.want, (Kind{}).Alike(world, intending(row.made))); diff != "" {
				t.Errorf("(-want +got):\n%s%s", diff, row.why)
			}
		})
	}
	for _, made := range []string{"", "nonsense", "1/0/x/", "1/0/4"} {
		if got := (Kind{}).Alike(world, intending(made)); len(got) != len(world.ifaces) {
			t.Errorf("%q: %d of %d are alike", made, len(got), len(world.ifaces))
		}
	}
	if got := (Kind{}).Alike(world, wanted()); len(got) != len(world.ifaces) {
		t.Errorf("without an intent: %d of %d are alike", len(got), len(world.ifaces))
	}
}

// What a create asked for is read back from the intent as it was written.
func TestLikeness(t *testing.T) {
	for _, l := range []likeness{{}, {datacenter: 1, version: 4}, {datacenter: 3, vlan: 9, address: "192.168.1.5"}, {datacenter: 2147483647, vlan: 2147483647, version: 6}} {
		if got := readLikeness(l.String()); got != l {
			t.Errorf("%v is read as %v", l, got)
		}
	}
	for _, opts := range [][]ifaceOpt{nil, {withV6}, {withAddress("192.168.1.9")}} {
		a := (Kind{}).Plan(wanted(opts...), seen(nothing, back))
		if a.Applies[appliedMade] == "" {
			t.Errorf("%s does not keep what it asks for", inWords(a))
		}
	}
}

// An interface is known when its addresses are, and its record is as old as the
// oldest of theirs.
func TestLookup(t *testing.T) {
	listed := func(begun account.Seq) account.Record[gandi.IP] {
		return account.Record[gandi.IP]{Seen: account.Listed, Begun: begun}
	}
	lacking := func(begun account.Seq) account.Record[gandi.IP] {
		return account.Record[gandi.IP]{Seen: account.Unlisted, Begun: begun}
	}
	for _, row := range []struct {
		name  string
		iface account.Record[gandi.Iface]
		ips   []account.Record[gandi.IP]
		want  engine.Sighting
	}{
		{"listed with its addresses", account.Record[gandi.Iface]{Seen: account.Listed, Begun: 10}, []account.Record[gandi.IP]{listed(11), listed(11)}, engine.Sighting{Seen: account.Listed, Begun: 10}},
		{"one address is older", account.Record[gandi.Iface]{Seen: account.Listed, Begun: 10}, []account.Record[gandi.IP]{listed(11), listed(7)}, engine.Sighting{Seen: account.Listed, Begun: 7}},
		{"one address was never heard of", account.Record[gandi.Iface]{Seen: account.Listed, Begun: 10}, []account.Record[gandi.IP]{listed(11), {}}, engine.Sighting{}},
		{"the list of addresses is older", account.Record[gandi.Iface]{Seen: account.Listed, Begun: 10}, []account.Record[gandi.IP]{lacking(7)}, engine.Sighting{}},
		{"the list of addresses lacks one", account.Record[gandi.Iface]{Seen: account.Listed, Begun: 10}, []account.Record[gandi.IP]{listed(11), lacking(11)}, engine.Sighting{Seen: account.Listed, Begun: 10}},
		{"info told no address", account.Record[gandi.Iface]{Seen: account.Informed, Begun: 10}, []account.Record[gandi.IP]{lacking(7)}, engine.Sighting{Seen: account.Informed, Begun: 10}},
		{"it has none", account.Record[gandi.Iface]{Seen: account.Listed, Begun: 10}, nil, engine.Sighting{Seen: account.Listed, Begun: 10}},
		{"it is gone", account.Record[gandi.Iface]{Seen: account.NotFound, Begun: 10}, []account.Record[gandi.IP]{lacking(7)}, engine.Sighting{Seen: account.NotFound, Begun: 10}},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := records{iface: row.iface, ips: row.ips}
			for n := range row.ips {
				r.iface.Value.IPIDs = append(r.iface.Value.IPIDs, gandi.IPID(n))
			}
			if got := (Kind{}).Lookup(r, 1); got != row.want {
				t.Errorf("%+v, want %+v", got, row.want)
			}
		})
	}
}

// records are those of one interface, whose addresses are counted from 0.
type records struct {
	engine.Reader
	iface account.Record[gandi.Iface]
	ips   []account.Record[gandi.IP]
}

func (r records) Iface(gandi.IfaceID) account.Record[gandi.Iface] { return r.iface }
func (r records) IP(id gandi.IPID) account.Record[gandi.IP]       { return r.ips[id] }
