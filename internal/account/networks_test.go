package account

import (
	"bytes"
	"io"
	"net/http"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gandi-operator/gandi-operator/internal/gandi"
	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
	"github.com/gandi-operator/gandi-operator/internal/operation"
)

func onVLAN(id gandi.IfaceID, vlan gandi.VLANID, ips ...gandi.IPID) gandi.Iface {
	return gandi.Iface{ID: id, VLAN: &gandi.VLANRef{ID: vlan}, IPIDs: ips}
}

func idsIn[T any, I ~int](list []T, id func(T) I) (ids []I) {
	for _, one := range list {
		ids = append(ids, id(one))
	}
	return ids
}

func ifaceIDs(list []gandi.Iface) []gandi.IfaceID {
	return idsIn(list, func(f gandi.Iface) gandi.IfaceID { return f.ID })
}

func TestFreshnessOfVLANsAndKeys(t *testing.T) {
	type want struct {
		vlan, key Seen
		name      string
		begun     Seq
	}
	vlan := gandi.VLAN{ID: 7, Name: "back"}
	key := gandi.SSHKey{ID: 7, Name: "back"}
	for _, c := range []struct {
		name string
		do   func(*Inventory)
		want want
	}{
		{"nobody looked", func(*Inventory) {}, want{}},
		{"lists of machines alone", func(i *Inventory) { i.allVMs(nil, 3); i.allIfaces(nil, 3) }, want{}},
		{"lists", func(i *Inventory) {
			i.allVLANs([]gandi.VLAN{vlan}, 3)
			i.allSSHKeys([]gandi.SSHKey{key}, 3)
		}, want{Listed, Listed, "back", 3}},
		{"lists without them", func(i *Inventory) { i.allVLANs(nil, 3); i.allSSHKeys(nil, 3) }, want{Unlisted, Unlisted, "", 3}},
		{"info", func(i *Inventory) {
			i.store(told{begun: 4, seen: Informed, vlans: []gandi.VLAN{vlan}, keys: []gandi.SSHKey{key}})
			i.allVLANs(nil, 3)
			i.allSSHKeys(nil, 3)
		}, want{Informed, Informed, "back", 4}},
		{"info says no", func(i *Inventory) {
			i.allVLANs([]gandi.VLAN{vlan}, 3)
			i.allSSHKeys([]gandi.SSHKey{key}, 3)
			i.lost(key1(WantVLAN), 5)
			i.lost(key1(WantSSHKey), 5)
		}, want{NotFound, NotFound, "back", 5}},
		{"one of a VLAN's number says nothing of a key's", func(i *Inventory) { i.lost(key1(WantVLAN), 5) }, want{vlan: NotFound, begun: 5}},
	} {
		i, _ := quietInventory()
		c.do(i)
		v, k := i.VLAN(7), i.SSHKey(7)
		if got := (want{v.Seen, k.Seen, v.Value.Name, v.Begun}); got != c.want {
			t.Errorf("%s: got %+v, want %+v", c.name, got, c.want)
		}
		if k.Seen == v.Seen && (k.Begun != v.Begun || k.Value.Name != v.Value.Name) {
			t.Errorf("%s: the key %+v is not as the VLAN %+v", c.name, k, v)
		}
		present := len(i.VLANNamed("back"))
		if present != len(slices.Collect(i.AllVLANs())) || (present == 1) != v.Seen.Present() {
			t.Errorf("%s: %v and among all: %v", c.name, v.Seen, present)
		}
		present = len(i.SSHKeysNamed("back"))
		if present != len(slices.Collect(i.AllSSHKeys())) || (present == 1) != k.Seen.Present() {
			t.Errorf("%s: %v and among all: %v", c.name, k.Seen, present)
		}
	}
}

func key1(kind WantKind) key { return key{kind, 7} }

func TestInfoAndListCompleteEachOther(t *testing.T) {
	i, woken := quietInventory()
	i.Subscribe(ownerNamed("a"), Want{Kind: WantVLAN, ID: 7}, Want{Kind: WantSSHKey, ID: 7})
	full := gandi.VLAN{ID: 7, Name: "back", DatacenterID: 3, Subnet: "10.0.0.0/24", Gateway: "10.0.0.254", State: "created"}
	i.allVLANs([]gandi.VLAN{full}, 1)
	i.allSSHKeys([]gandi.SSHKey{{ID: 7, Name: "me", Fingerprint: "aa"}}, 1)
	was := len(*woken)
	i.store(told{begun: 2, seen: Informed, vlans: []gandi.VLAN{{ID: 7, Name: "back"}}, keys: []gandi.SSHKey{{ID: 7, Name: "me", Fingerprint: "aa", Value: "ssh-rsa"}}})
	i.allSSHKeys([]gandi.SSHKey{{ID: 7, Name: "me", Fingerprint: "aa"}}, 3)
	if got := i.VLAN(7); got.Value != full || got.Seen != Informed || got.Begun != 2 {
		t.Errorf("what info leaves out is lost: %+v", got)
	}
	if got := i.SSHKey(7); got.Value.Value != "ssh-rsa" || got.Seen != Listed || got.Begun != 3 {
		t.Errorf("what the list leaves out is lost: %+v", got)
	}
	if len(*woken) != was {
		t.Errorf("woken %v though nothing changed", (*woken)[was:])
	}
	full.Gateway = "10.0.0.1"
	i.allVLANs([]gandi.VLAN{full}, 4)
	if i.VLAN(7).Value.Gateway != "10.0.0.1" || len(*woken) != was+1 {
		t.Errorf("the gateway is %s, woken %d times for it", i.VLAN(7).Value.Gateway, len(*woken)-was)
	}
}

func TestNamesFollowVLANsAndKeys(t *testing.T) {
	i, _ := quietInventory()
	vlans := func(name string) []gandi.VLANID {
		return idsIn(i.VLANNamed(name), func(v gandi.VLAN) gandi.VLANID { return v.ID })
	}
	keys := func(name string) []gandi.SSHKeyID {
		return idsIn(i.SSHKeysNamed(name), func(k gandi.SSHKey) gandi.SSHKeyID { return k.ID })
	}
	i.allVLANs([]gandi.VLAN{{ID: 2, Name: "x"}, {ID: 1, Name: "x"}, {ID: 3, Name: "y"}}, 1)
	i.allSSHKeys([]gandi.SSHKey{{ID: 2, Name: "x"}, {ID: 1, Name: "x"}}, 1)
	if !slices.Equal(vlans("x"), []gandi.VLANID{1, 2}) || !slices.Equal(keys("x"), []gandi.SSHKeyID{1, 2}) {
		t.Errorf("named x: %v, %v", vlans("x"), keys("x"))
	}
	i.store(told{begun: 2, seen: Informed, vlans: []gandi.VLAN{{ID: 2, Name: "y"}}})
	i.lost(key{WantVLAN, 1}, 3)
	i.allSSHKeys([]gandi.SSHKey{{ID: 2, Name: "x"}}, 3)
	if vlans("x") != nil || !slices.Equal(vlans("y"), []gandi.VLANID{2, 3}) || !slices.Equal(keys("x"), []gandi.SSHKeyID{2}) {
		t.Errorf("after a rename and deletions: x %v, y %v, keys %v", vlans("x"), vlans("y"), keys("x"))
	}
}

func TestCopiesFollowTheirSource(t *testing.T) {
	i, _ := quietInventory()
	from := func(id gandi.DiskID) []gandi.DiskID {
		return idsIn(i.DisksFrom(id), func(d gandi.Disk) gandi.DiskID { return d.ID })
	}
	i.allDisks([]gandi.Disk{{ID: 1}, {ID: 3, Source: 1, Type: gandi.DiskTypeSnapshot}, {ID: 2, Source: 1}, {ID: 4, Source: 2}}, 1)
	if !slices.Equal(from(1), []gandi.DiskID{2, 3}) || !slices.Equal(from(2), []gandi.DiskID{4}) || from(3) != nil {
		t.Errorf("from 1 %v, from 2 %v, from 3 %v", from(1), from(2), from(3))
	}
	i.lost(key{WantDisk, 3}, 2)
	i.store(told{begun: 2, seen: Informed, disks: []gandi.Disk{{ID: 4, Source: 2, State: gandi.DiskDeleted}}})
	if !slices.Equal(from(1), []gandi.DiskID{2}) || from(2) != nil {
		t.Errorf("after deletions from 1 %v, from 2 %v", from(1), from(2))
	}
}

func TestIfacesByVLANAndAddress(t *testing.T) {
	i, _ := quietInventory()
	i.allIfaces([]gandi.Iface{onVLAN(3, 20, 31), onVLAN(2, 20, 21), onVLAN(4, 21, 41), {ID: 5, IPIDs: []gandi.IPID{51, 52}}, {ID: 6, IPIDs: []gandi.IPID{61}}}, 1)
	i.allIPs([]gandi.IP{
		{ID: 31, IfaceID: 3, Addr: "10.0.0.7"},
		{ID: 41, IfaceID: 4, Addr: "10.0.0.7"},
		{ID: 51, IfaceID: 5, Addr: "203.0.113.5"},
		{ID: 52, IfaceID: 5, Addr: "2001:db8::5"},
		{ID: 61, Addr: "203.0.113.6"},             // the list of addresses does not tell where it is
		{ID: 99, IfaceID: 9, Addr: "203.0.113.9"}, // nobody ever saw interface 9
		{ID: 100, IfaceID: 5, Addr: "no address at all"},
	}, 1)
	if got := ifaceIDs(i.IfacesOfVLAN(20)); !slices.Equal(got, []gandi.IfaceID{2, 3}) || i.IfacesOfVLAN(99) != nil {
		t.Errorf("on VLAN 20: %v, on 99: %v", got, i.IfacesOfVLAN(99))
	}
	for addr, want := range map[string][]gandi.IfaceID{
		"10.0.0.7":              {3, 4}, // in two VLANs
		"203.0.113.5":           {5},
		"::ffff:203.0.113.5":    {5},
		"2001:db8::5":           {5},
		"2001:0DB8:0:0:0:0:0:5": {5},
		"203.0.113.6":           {6},
		"203.0.113.9":           nil,
		"203.0.113.0/24":        nil,
		"no address at all":     nil,
		"":                      nil,
	} {
		if got := ifaceIDs(i.IfacesWithAddress(addr)); !slices.Equal(got, want) {
			t.Errorf("with %q: %v, want %v", addr, got, want)
		}
	}

	// A released address goes on to another interface, whatever older records say.
	i.store(told{begun: 2, seen: Informed, ifaces: []gandi.Iface{{ID: 8}}, ips: []gandi.IP{{ID: 51, IfaceID: 8, Addr: "203.0.113.5"}}})
	if got := ifaceIDs(i.IfacesWithAddress("203.0.113.5")); !slices.Equal(got, []gandi.IfaceID{8}) {
		t.Errorf("an address that moved is on %v, want 8", got)
	}
	i.lost(key{WantIface, 3}, 3)
	i.allIPs([]gandi.IP{{ID: 41, IfaceID: 4, Addr: "10.0.0.8"}}, 4)
	if got := ifaceIDs(i.IfacesOfVLAN(20)); !slices.Equal(got, []gandi.IfaceID{2}) {
		t.Errorf("after a deletion on VLAN 20: %v", got)
	}
	if i.IfacesWithAddress("10.0.0.7") != nil || !slices.Equal(ifaceIDs(i.IfacesWithAddress("10.0.0.8")), []gandi.IfaceID{4}) {
		t.Errorf("10.0.0.7 is on %v, 10.0.0.8 on %v", ifaceIDs(i.IfacesWithAddress("10.0.0.7")), ifaceIDs(i.IfacesWithAddress("10.0.0.8")))
	}
}

// Who is woken by which change.
func TestChangesWakeWhoeverShowsThem(t *testing.T) {
	wants := map[string]Want{
		"vlan 20": {Kind: WantVLAN, ID: 20}, "vlan 21": {Kind: WantVLAN, ID: 21}, "key 30": {Kind: WantSSHKey, ID: 30},
		"disk 1": {Kind: WantDisk, ID: 1}, "disk 2": {Kind: WantDisk, ID: 2}, "iface 2": {Kind: WantIface, ID: 2}, "vm 7": {Kind: WantVM, ID: 7},
	}
	for _, c := range []struct {
		name string
		do   func(*Inventory)
		want []string
	}{
		{"nothing changed", func(i *Inventory) {
			i.allIfaces([]gandi.Iface{onVLAN(2, 20, 21)}, 2)
			i.allIPs([]gandi.IP{{ID: 21, IfaceID: 2, Addr: "10.0.0.1"}}, 2)
			i.allVLANs([]gandi.VLAN{{ID: 20, Name: "back", DateUpdated: time.Now()}}, 2)
			i.allSSHKeys([]gandi.SSHKey{{ID: 30, Name: "me"}}, 2)
			i.allDisks([]gandi.Disk{{ID: 1}, {ID: 2, Source: 1}}, 2)
		}, nil},
		{"the VLAN", func(i *Inventory) { i.allVLANs([]gandi.VLAN{{ID: 20, Name: "front"}}, 2) }, []string{"vlan 20"}},
		{"the VLAN went", func(i *Inventory) { i.lost(key{WantVLAN, 20}, 2) }, []string{"vlan 20"}},
		{"the VLAN left the list", func(i *Inventory) { i.allVLANs(nil, 2) }, []string{"vlan 20"}},
		{"the key went", func(i *Inventory) { i.lost(key{WantSSHKey, 30}, 2) }, []string{"key 30"}},
		{"the key left the list", func(i *Inventory) { i.allSSHKeys(nil, 2) }, []string{"key 30"}},
		{"another interface came", func(i *Inventory) {
			i.store(told{begun: 2, seen: Informed, ifaces: []gandi.Iface{onVLAN(3, 20)}})
		}, []string{"vlan 20"}},
		{"the interface was attached", func(i *Inventory) {
			f := onVLAN(2, 20, 21)
			f.VMID = 7
			i.store(told{begun: 2, seen: Informed, ifaces: []gandi.Iface{f}})
		}, []string{"iface 2", "vlan 20", "vm 7"}},
		{"the interface went", func(i *Inventory) { i.lost(key{WantIface, 2}, 2) }, []string{"iface 2", "vlan 20"}},
		{"the interface is on another VLAN", func(i *Inventory) { i.allIfaces([]gandi.Iface{onVLAN(2, 21, 21)}, 2) }, []string{"iface 2", "vlan 20", "vlan 21"}},
		{"its address", func(i *Inventory) { i.allIPs([]gandi.IP{{ID: 21, IfaceID: 2, Addr: "10.0.0.2"}}, 2) }, []string{"iface 2", "vlan 20"}},
		{"its address left", func(i *Inventory) { i.allIPs(nil, 2) }, []string{"iface 2", "vlan 20"}},
		{"both at once", func(i *Inventory) {
			i.store(told{begun: 2, seen: Informed, ifaces: []gandi.Iface{onVLAN(4, 21, 41)}, ips: []gandi.IP{{ID: 41, IfaceID: 4}}})
		}, []string{"vlan 21"}},
		{"the copy", func(i *Inventory) { i.allDisks([]gandi.Disk{{ID: 1}, {ID: 2, Source: 1, Name: "n"}}, 2) }, []string{"disk 1", "disk 2"}},
		{"a snapshot came", func(i *Inventory) {
			i.store(told{begun: 2, seen: Informed, disks: []gandi.Disk{{ID: 3, Source: 1, Type: gandi.DiskTypeSnapshot}}})
		}, []string{"disk 1"}},
		{"the source", func(i *Inventory) { i.allDisks([]gandi.Disk{{ID: 1, Name: "n"}, {ID: 2, Source: 1}}, 2) }, []string{"disk 1"}},
		{"the copy went", func(i *Inventory) { i.lost(key{WantDisk, 2}, 2) }, []string{"disk 1", "disk 2"}},
	} {
		i, woken := quietInventory()
		i.allVLANs([]gandi.VLAN{{ID: 20, Name: "back"}}, 1)
		i.allSSHKeys([]gandi.SSHKey{{ID: 30, Name: "me"}}, 1)
		i.allDisks([]gandi.Disk{{ID: 1}, {ID: 2, Source: 1}}, 1)
		i.allIfaces([]gandi.Iface{onVLAN(2, 20, 21)}, 1)
		i.allIPs([]gandi.IP{{ID: 21, IfaceID: 2, Addr: "10.0.0.1"}}, 1)
		for name, w := range wants {
			i.Subscribe(ownerNamed(name), w)
		}
		c.do(i)
		var got []string
		for _, o := range *woken {
			got = append(got, o.Name)
		}
		slices.Sort(got)
		if diff := cmp.Diff(c.want, slices.Compact(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestWhatIsNobodysIsNotKept(t *testing.T) {
	i, _ := quietInventory()
	i.Subscribe(ownerNamed("a"), Want{Kind: WantVLAN, ID: 1})
	i.allVLANs([]gandi.VLAN{{ID: 1}, {ID: 2}}, 1)
	i.allSSHKeys([]gandi.SSHKey{{ID: 1}}, 1)
	for begun := Seq(2); begun < 4; begun++ {
		i.allVLANs(nil, begun)
		i.allSSHKeys(nil, begun)
	}
	if len(i.vlans.records) != 1 || len(i.keys.records) != 0 || i.VLAN(1).Begun != 3 {
		t.Errorf("kept are %v and %v", i.vlans.records, i.keys.records)
	}
}

// What others do to a VLAN's interfaces reaches its owner by the next sweep.
func TestSweepsWakeTheOwnersOfVLANs(t *testing.T) {
	inStand(t, nil, func(t *testing.T, s *stand) {
		c := s.conversation(nil)
		inv := c.Inventory()
		inv.Include(WantVLAN)
		vlan, quiet := s.makeVLAN(c, "back"), s.makeVLAN(c, "quiet")
		time.Sleep(12 * time.Minute)
		o, other := operation.Owner{Kind: "GandiVLAN", Namespace: "default", Name: "back"}, operation.Owner{Kind: "GandiVLAN", Namespace: "default", Name: "quiet"}
		inv.Subscribe(o, Want{Kind: WantVLAN, ID: int(vlan)})
		inv.Subscribe(other, Want{Kind: WantVLAN, ID: int(quiet)})
		s.submit(c, gandi.IfaceCreate{DatacenterID: 3, VLAN: vlan})
		time.Sleep(12 * time.Minute)
		on := inv.IfacesOfVLAN(vlan)
		if len(on) != 1 || s.wakes(o) == 0 || s.wakes(other) != 0 {
			t.Fatalf("on the VLAN %+v, woken %v", on, s.woken)
		}
		addr := inv.IPsOf(on[0].IPIDs)[0].Addr
		if got := inv.IfacesWithAddress(addr); len(got) != 1 || got[0].ID != on[0].ID {
			t.Errorf("with the address %s: %+v", addr, got)
		}
		s.forgetWakes()
		s.panel(map[string]any{"type": "iface", "id": int(on[0].ID), "delete": true})
		time.Sleep(12 * time.Minute)
		if got := inv.IfacesOfVLAN(vlan); got != nil || s.wakes(o) == 0 || s.wakes(other) != 0 {
			t.Errorf("on the VLAN %+v, woken %v", got, s.woken)
		}
	})
}

// terse is Gandi with an info that leaves out members of a VLAN.
type terse struct {
	http.RoundTripper
	members *regexp.Regexp
}

func (r terse) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	plain := req.Clone(req.Context())
	plain.Header.Del("Accept-Encoding")
	plain.Body = io.NopCloser(bytes.NewReader(body))
	resp, err := r.RoundTripper.RoundTrip(plain)
	if err != nil || !bytes.Contains(body, []byte("hosting.vlan.info")) {
		return resp, err
	}
	defer func() { _ = resp.Body.Close() }()
	reply, err := io.ReadAll(resp.Body)
	reply = r.members.ReplaceAll(reply, nil)
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(reply)), int64(len(reply))
	resp.Header.Del("Content-Length")
	return resp, err
}

var listOfVLANsBreaks = gandisim.Trouble{Method: "hosting.vlan.list", Status: 502, Nth: 1, Count: 3}

// By a client's report Gandi's info of a VLAN tells less than the list.
func TestInfoThatTellsLessIsCompleted(t *testing.T) {
	inStand(t, nil, func(t *testing.T, s *stand) {
		s.through = func(r http.RoundTripper) http.RoundTripper {
			return terse{r, regexp.MustCompile(`(?s)<member>\s*<name>(subnet|gateway)</name>.*?</member>`)}
		}
		c := s.conversation(nil)
		vlan := s.makeVLAN(c, "back")
		read := func() map[string]int {
			return s.since(func() {
				c.Refresh(ownerNamed("a"), Want{Kind: WantVLAN, ID: int(vlan)})
				time.Sleep(5 * time.Second)
			})
		}
		if diff := cmp.Diff(map[string]int{"hosting.vlan.info": 1, "hosting.vlan.list": 1}, read()); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
		v := c.Inventory().VLAN(vlan)
		if v.Seen != Informed || v.Value.Subnet == "" || v.Value.Gateway == "" || v.Value.Name != "back" {
			t.Errorf("the VLAN is %+v", v)
		}
		// What was known is not taken for what is.
		gateway := v.Value.Gateway[:len(v.Value.Gateway)-len("254")] + "7"
		s.submit(c, gandi.VLANUpdate{ID: vlan, Gateway: &gateway})
		time.Sleep(5 * time.Second)
		read()
		if got := c.Inventory().VLAN(vlan).Value.Gateway; got != gateway {
			t.Errorf("the gateway is %s, was changed to %s", got, gateway)
		}
		s.world.Script(listOfVLANsBreaks)
		mark := c.Mark()
		read()
		if v := c.Inventory().VLAN(vlan); v.Begun >= mark || s.wakes(ownerNamed("a")) != 3 {
			t.Errorf("half a reading was taken: %+v; woken %v", v, s.woken)
		}
	})
}
