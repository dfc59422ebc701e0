package iface

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

type (
	ifaceOpt func(*v1alpha1.GandiInterface)
	obsOpt   func(*Observed)
)

func wanted(opts ...ifaceOpt) *v1alpha1.GandiInterface {
	i := &v1alpha1.GandiInterface{
		ObjectMeta: metav1.ObjectMeta{Name: "web", Generation: 1},
		Spec:       v1alpha1.GandiInterfaceSpec{Datacenter: "FR-SD2", IPVersion: 4},
	}
	for _, o := range opts {
		o(i)
	}
	return i
}

func seen(opts ...obsOpt) Observed {
	s := Observed{
		Datacenter: v1alpha1.ResolvedDatacenter{ID: 1, Name: "FR-SD2"},
		Iface:      &gandi.Iface{ID: 7, Type: gandi.IfaceTypePublic, State: gandi.IfaceFree, DatacenterID: 1, BandwidthKbit: 102400, IPIDs: []gandi.IPID{74, 76}},
		IPs: []gandi.IP{
			{ID: 74, Addr: "95.142.160.3", Version: 4, Reverse: "xvm-160-3.dc0.ghst.net", IfaceID: 7},
			{ID: 76, Addr: "2001:4b98::3", Version: 6, Reverse: "xvm6-dc0-fea3-feb6.ghst.net", IfaceID: 7},
		},
	}
	for _, o := range opts {
		o(&s)
	}
	return s
}

func nothing(s *Observed)      { s.Iface, s.IPs = nil, nil }
func retained(s *Observed)     { s.Retain = true }
func adopted(s *Observed)      { s.Adopted = true }
func wide(kbit float64) obsOpt { return func(s *Observed) { s.Iface.BandwidthKbit = kbit } }
func in(state string) obsOpt   { return func(s *Observed) { s.Iface.State = state } }
func onlyV6(s *Observed)       { s.IPs = s.IPs[1:] }
func unaddressed(s *Observed)  { s.IPs = nil }
func missing(s *Observed) {
	s.Missing = &engine.Missing{Reason: v1alpha1.ReasonVLANNotFound, Message: "none"}
}
func deleted(i *v1alpha1.GandiInterface) { i.DeletionTimestamp = new(metav1.Now()) }
func withV6(i *v1alpha1.GandiInterface)  { i.Spec.IPVersion = 6 }
func withBandwidth(n int32) ifaceOpt {
	return func(i *v1alpha1.GandiInterface) { i.Spec.Bandwidth = n }
}
func withReverse(v4, v6 string) ifaceOpt {
	return func(i *v1alpha1.GandiInterface) { i.Spec.Reverse = &v1alpha1.InterfaceReverse{IPv4: v4, IPv6: v6} }
}

func onVLAN(i *v1alpha1.GandiInterface) {
	i.Spec.IPVersion, i.Spec.VLANRef = 0, &v1alpha1.LocalReference{Name: "back"}
}

func withAddress(addr string) ifaceOpt {
	return func(i *v1alpha1.GandiInterface) { onVLAN(i); i.Spec.Address = addr }
}

func adopting(i *v1alpha1.GandiInterface) {
	i.Spec = v1alpha1.GandiInterfaceSpec{Adopt: &v1alpha1.InterfaceAdopt{ID: 7}}
}

func back(s *Observed) {
	s.VLAN = network{ID: 9, Name: "back", Subnet: "192.168.1.0/24", Gateway: "192.168.1.254"}
}

func private(s *Observed) {
	back(s)
	s.Iface.Type, s.Iface.VLAN = gandi.IfaceTypePrivate, &gandi.VLANRef{ID: 9, Name: "back"}
	s.IPs = []gandi.IP{{ID: 74, Addr: "192.168.1.5", Version: 4, IfaceID: 7}}
}

func attached(holder string) obsOpt {
	return func(s *Observed) {
		s.Iface.VMID, s.Holder = 5, holder
		s.AttachedTo = &v1alpha1.AttachmentStatus{VMID: 5, Name: "5"}
	}
}

func refused(calls ...gandi.Call) obsOpt {
	return func(s *Observed) {
		for _, c := range calls {
			s.Refusals = append(s.Refusals, v1alpha1.Failure{Digest: gandi.Digest(c), Class: gandi.Refused.String(), Attempts: 1})
		}
	}
}

func TestPlan(t *testing.T) {
	for _, row := range []struct {
		name  string
		iface []ifaceOpt
		seen  []obsOpt
		want  []string
		says  string // in the last message
	}{
		{name: "an interface in sync is left alone", want: []string{"InSync"}},
		{name: "a missing one is bought", seen: []obsOpt{nothing}, want: []string{"create IPv4 102400", "InSync"}},
		{name: "with IPv6", iface: []ifaceOpt{withV6, withBandwidth(5120)}, seen: []obsOpt{nothing}, want: []string{"create IPv6 5120", "InSync"}},
		{name: "on a VLAN", iface: []ifaceOpt{onVLAN}, seen: []obsOpt{nothing, back}, want: []string{"create vlan 9 102400", "InSync"}},
		{name: "with an address of one's own", iface: []ifaceOpt{withAddress("192.168.1.9")}, seen: []obsOpt{nothing, back}, want: []string{"create vlan 9 192.168.1.9 102400", "InSync"}},
		{name: "names follow", iface: []ifaceOpt{withReverse("www.example.com", "www6.example.com")}, seen: []obsOpt{nothing}, want: []string{"create IPv4 102400", "name -4 www.example.com", "name -6 www6.example.com", "InSync"}},
		{name: "nothing is bought while a reference is missing", iface: []ifaceOpt{onVLAN}, seen: []obsOpt{nothing, missing}, want: []string{"Wait VLANNotFound"}, says: "none"},
		{name: "nothing is bought for an address outside of the subnet", iface: []ifaceOpt{withAddress("10.0.0.9")}, seen: []obsOpt{nothing, back}, want: []string{"Block InvalidSpec"}, says: "not in the subnet 192.168.1.0/24"},
		{name: "nor for that of the gateway", iface: []ifaceOpt{withAddress("192.168.1.254")}, seen: []obsOpt{nothing, back}, want: []string{"Block InvalidSpec"}, says: "is the gateway"},
		{name: "nor for a name that no address could have", iface: []ifaceOpt{withV6, withReverse("www.example.com", "")}, seen: []obsOpt{nothing}, want: []string{"Block InvalidSpec"}, says: "has no IPv4 address"},
		{name: "nor for one of a private address", iface: []ifaceOpt{onVLAN, withReverse("www.example.com", "")}, seen: []obsOpt{nothing, back}, want: []string{"Block InvalidSpec"}, says: "leave it out"},

		{name: "a changed bandwidth", iface: []ifaceOpt{withBandwidth(5120)}, want: []string{"bandwidth 5120", "InSync"}},
		{name: "a bandwidth that was taken away is the default", seen: []obsOpt{wide(5120)}, want: []string{"bandwidth 102400", "InSync"}},
		{name: "a bandwidth that Gandi does not tell", seen: []obsOpt{wide(0)}, want: []string{"InSync"}},
		{name: "names in reverse DNS", iface: []ifaceOpt{withReverse("www.example.com", "www6.example.com")}, want: []string{"name 74 www.example.com", "name 76 www6.example.com", "InSync"}},
		{name: "names are compared as DNS does", iface: []ifaceOpt{withReverse("XVM-160-3.dc0.ghst.NET.", "xvm6-dc0-fea3-feb6.ghst.net.")}, want: []string{"InSync"}},
		{name: "one name and the bandwidth of an interface in use", iface: []ifaceOpt{withReverse("", "www6.example.com"), withBandwidth(5120)}, seen: []obsOpt{attached("web")}, want: []string{"bandwidth 5120", "name 76 www6.example.com", "InSync"}},
		{name: "a refused name holds up no other", iface: []ifaceOpt{withReverse("bad.example.com", "www6.example.com")}, seen: []obsOpt{refused(gandi.IPUpdate{ID: 74, Reverse: "bad.example.com"})},
			want: []string{"name 76 www6.example.com", "name 74 bad.example.com", "InSync"}},
		{name: "a name without an address is told", iface: []ifaceOpt{adopting, withReverse("www.example.com", "www6.example.com")}, seen: []obsOpt{adopted, onlyV6}, want: []string{"name 76 www6.example.com", "Block InvalidSpec"}, says: "has no IPv4 address"},
		{name: "a name of a private address is told, after all else", iface: []ifaceOpt{onVLAN, withReverse("www.example.com", ""), withBandwidth(5120)}, seen: []obsOpt{private}, want: []string{"bandwidth 5120", "Block InvalidSpec"}, says: "is private"},
		{name: "addresses that nobody has read yet are no reason", iface: []ifaceOpt{withReverse("www.example.com", "")}, seen: []obsOpt{unaddressed}, want: []string{"InSync"}},

		{name: "an adopted interface is left as found", iface: []ifaceOpt{adopting}, seen: []obsOpt{adopted, wide(1024)}, want: []string{"InSync"}},
		{name: "an adopted one that is public is told", iface: []ifaceOpt{adopting, onVLAN}, seen: []obsOpt{adopted}, want: []string{"Block InvalidSpec"}, says: "is public"},
		{name: "an adopted one that is private is told", iface: []ifaceOpt{adopting, withV6}, seen: []obsOpt{adopted, private}, want: []string{"Block InvalidSpec"}, says: "is private"},
		{name: "an adopted one without IPv4 is told", iface: []ifaceOpt{adopting, func(i *v1alpha1.GandiInterface) { i.Spec.IPVersion = 4 }}, seen: []obsOpt{adopted, onlyV6}, want: []string{"Block InvalidSpec"}, says: "no IPv4"},
		{name: "an adopted one with IPv4 is told", iface: []ifaceOpt{adopting, withV6}, seen: []obsOpt{adopted}, want: []string{"Block InvalidSpec"}, says: "has an IPv4"},
		{name: "an adopted one of another address is told", iface: []ifaceOpt{adopting, withAddress("192.168.1.9")}, seen: []obsOpt{adopted, private}, want: []string{"Block InvalidSpec"}, says: "has 192.168.1.5"},
		{name: "one that somebody makes is waited for", iface: []ifaceOpt{withBandwidth(5120)}, seen: []obsOpt{in("being_created")}, want: []string{"Wait ResourceBusy"}},

		{name: "a free interface is deleted", iface: []ifaceOpt{deleted}, want: []string{"hosting.iface.delete", "Release Deleted"}},
		{name: "one that a GandiVM has is not", iface: []ifaceOpt{deleted}, seen: []obsOpt{attached("web")}, want: []string{"Wait Attached"}, says: "GandiVM web has interface 7; take it out of its spec.interfaces"},
		{name: "nor one that another VM has", iface: []ifaceOpt{deleted}, seen: []obsOpt{attached("")}, want: []string{"Wait Attached"}, says: "VM 5 has interface 7; detach it at Gandi"},
		{name: "a retained one is let go, whoever has it", iface: []ifaceOpt{deleted}, seen: []obsOpt{retained, attached("web"), in("being_created")}, want: []string{"Release Released"}},
		{name: "what is gone is let go", iface: []ifaceOpt{deleted}, seen: []obsOpt{nothing, retained}, want: []string{"Release Deleted"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			actions, err := engine.Preview(Kind{}, wanted(row.iface...), seen(row.seen...))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, a := range actions {
				got = append(got, inWords(a))
				if a.Message == "" && a.Verb != engine.InSync {
					t.Errorf("%s has no message", a.Verb)
				}
				if a.Destroys != (inWords(a) == "hosting.iface.delete") {
					t.Errorf("%s: destroys %v", inWords(a), a.Destroys)
				}
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("preview (-want +got):\n%s", diff)
			}
			if last := actions[len(actions)-1]; !strings.Contains(last.Message, row.says) {
				t.Errorf("message %q does not say %q", last.Message, row.says)
			}
		})
	}
}

// inWords is an action as the tables write it.
func inWords(a engine.Action) string {
	switch c := a.Call.(type) {
	case gandi.IfaceCreate:
		words := []string{"create"}
		if c.IPVersion != 0 {
			words = append(words, fmt.Sprintf("IPv%d", c.IPVersion))
		}
		if c.VLAN != 0 {
			words = append(words, fmt.Sprintf("vlan %d", c.VLAN))
		}
		if c.IP != "" {
			words = append(words, c.IP)
		}
		return strings.Join(append(words, fmt.Sprint(c.BandwidthKbit)), " ")
	case gandi.IfaceUpdate:
		return fmt.Sprintf("bandwidth %d", *c.BandwidthKbit)
	case gandi.IPUpdate:
		return fmt.Sprintf("name %d %s", c.ID, c.Reverse)
	case nil:
		return strings.TrimSpace(a.Verb.String() + " " + strings.TrimPrefix(a.Reason, v1alpha1.ReasonInSync))
	default:
		return c.Method()
	}
}

// Whatever is asked for and whatever is found, a plan ends, sends no call twice,
// and ends with what was asked for.
func TestPlanConverges(t *testing.T) {
	for seed := range uint64(10_000) {
		r := rand.New(rand.NewPCG(seed, 1))
		some := func(all ...ifaceOpt) ifaceOpt { return all[r.IntN(len(all))] }
		none := func(*v1alpha1.GandiInterface) {}
		name := func() string { return []string{"", "www.example.com", "xvm-160-3.dc0.ghst.net."}[r.IntN(3)] }
		obj := wanted(some(none, withV6, onVLAN, withAddress("192.168.1.9"), adopting), withBandwidth(int32(r.IntN(3)*5120)), some(none, withReverse(name(), name())), some(none, none, none, deleted))
		var world []obsOpt
		for _, o := range []obsOpt{private, onlyV6, wide(5120), in("being_created"), attached("web"), retained, adopted, missing, refused(gandi.IPUpdate{ID: 74, Reverse: "www.example.com"})} {
			if r.IntN(4) == 0 {
				world = append(world, o)
			}
		}
		s := seen(world...)
		if r.IntN(3) == 0 {
			nothing(&s)
			s.AttachedTo, s.Holder = nil, ""
			if obj.Spec.VLANRef != nil {
				back(&s)
			}
		}
		actions, err := engine.Preview(Kind{}, obj, s)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		sent := map[string]bool{}
		for _, a := range actions {
			if a.Verb != engine.Do {
				continue
			}
			if sent[gandi.Digest(a.Call)] {
				t.Fatalf("seed %d: %s twice", seed, inWords(a))
			}
			sent[gandi.Digest(a.Call)] = true
			s = (Kind{}).Effect(s, a.Call)
		}
		switch actions[len(actions)-1].Verb {
		case engine.InSync:
			fulfilled(t, seed, obj, s)
		case engine.Release:
			if !s.Retain && s.Iface != nil {
				t.Errorf("seed %d: let go with the interface", seed)
			}
		case engine.Do, engine.Wait, engine.Block:
		}
	}
}

// fulfilled checks the world that a preview ends with against the spec, by other
// means than the plan's own comparisons.
func fulfilled(t *testing.T, seed uint64, obj *v1alpha1.GandiInterface, s Observed) {
	t.Helper()
	spec := obj.Spec
	if s.Iface == nil || obj.DeletionTimestamp != nil {
		t.Fatalf("seed %d: in sync with %+v", seed, s.Iface)
	}
	if want := int(spec.Bandwidth); want != 0 && int(s.Iface.BandwidthKbit) != want {
		t.Errorf("seed %d: in sync with %v kbit/s, wanted %d", seed, s.Iface.BandwidthKbit, want)
	}
	if (spec.VLANRef != nil) != (s.Iface.Type == "private") && spec.Adopt == nil {
		t.Errorf("seed %d: in sync with a %s interface", seed, s.Iface.Type)
	}
	versions := map[int]bool{}
	for _, ip := range s.IPs {
		versions[ip.Version] = true
		want := ""
		if r := spec.Reverse; r != nil {
			want = map[int]string{4: r.IPv4, 6: r.IPv6}[ip.Version]
		}
		if want != "" && !strings.EqualFold(strings.TrimSuffix(want, "."), strings.TrimSuffix(ip.Reverse, ".")) {
			t.Errorf("seed %d: in sync with %s called %s", seed, ip.Addr, ip.Reverse)
		}
	}
	if spec.IPVersion != 0 && versions[4] != (spec.IPVersion == 4) {
		t.Errorf("seed %d: in sync with the versions %v, wanted %d", seed, versions, spec.IPVersion)
	}
}

func TestReport(t *testing.T) {
	obj := wanted()
	made := time.Date(2012, 3, 4, 5, 6, 7, 0, time.UTC)
	s := seen(attached("web"))
	s.Iface.DateCreated = made
	(Kind{}).Report(obj, s)
	dc := &v1alpha1.ResolvedDatacenter{ID: 1, Name: "FR-SD2"}
	want := v1alpha1.GandiInterfaceStatus{
		State: "free", Type: "public", Datacenter: dc, Bandwidth: 102400,
		Addresses: []v1alpha1.InterfaceAddress{
			{ID: 74, Address: "95.142.160.3", Version: 4, Reverse: "xvm-160-3.dc0.ghst.net"},
			{ID: 76, Address: "2001:4b98::3", Version: 6, Reverse: "xvm6-dc0-fea3-feb6.ghst.net"},
		},
		AttachedTo: &v1alpha1.AttachmentStatus{VMID: 5, Name: "5"}, DateCreated: new(metav1.NewTime(made)),
	}
	if diff := cmp.Diff(want, obj.Status); diff != "" {
		t.Errorf("status (-want +got):\n%s", diff)
	}
	(Kind{}).Report(obj, seen(private))
	if obj.Status.VLAN != "back" || obj.Status.Type != "private" || obj.Status.AttachedTo != nil || obj.Status.DateCreated != nil {
		t.Errorf("status of a private one: %+v", obj.Status)
	}
	(Kind{}).Report(obj, seen(nothing))
	if diff := cmp.Diff(v1alpha1.GandiInterfaceStatus{Datacenter: dc}, obj.Status); diff != "" {
		t.Errorf("status without an interface (-want +got):\n%s", diff)
	}
}

func TestBought(t *testing.T) {
	for _, row := range []struct {
		op   gandi.Operation
		want string
	}{
		{gandi.Operation{Type: gandi.TypeIfaceCreate, IfaceID: 7, IPID: 74}, "7 [{iface 7} {ip 74}]"},
		{gandi.Operation{Type: gandi.TypeIfaceCreate, IfaceID: 7}, "7 [{iface 7}]"},
		{gandi.Operation{Type: gandi.TypeIfaceCreate}, "0 []"},
		{gandi.Operation{Type: gandi.TypeIfaceDelete, IfaceID: 7}, "0 []"},
	} {
		id, created := (Kind{}).Bought([]gandi.Operation{row.op})
		if got := fmt.Sprint(id, created); got != row.want {
			t.Errorf("%+v: %s, want %s", row.op, got, row.want)
		}
	}
}
