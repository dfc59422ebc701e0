package vlan

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

const mark = "gtesttoken00000"

type (
	vlanOpt func(*v1alpha1.GandiVLAN)
	obsOpt  func(*Observed)
)

func wanted(opts ...vlanOpt) *v1alpha1.GandiVLAN {
	v := &v1alpha1.GandiVLAN{
		ObjectMeta: metav1.ObjectMeta{Name: "back", Generation: 1},
		Spec:       v1alpha1.GandiVLANSpec{Datacenter: "FR-SD2", Subnet: "192.168.1.0/24"},
	}
	for _, o := range opts {
		o(v)
	}
	return v
}

func seen(opts ...obsOpt) Observed {
	s := Observed{
		Token: mark, Datacenter: v1alpha1.ResolvedDatacenter{ID: 1, Name: "FR-SD2"},
		VLAN: &gandi.VLAN{ID: 7, Name: mark, DatacenterID: 1, Subnet: "192.168.1.0/24", Gateway: "192.168.1.254", State: gandi.VLANCreated},
	}
	for _, o := range opts {
		o(&s)
	}
	return s
}

func nothing(s *Observed)              { s.VLAN = nil }
func retained(s *Observed)             { s.Retain = true }
func adopted(s *Observed)              { s.Adopted = true }
func in(state string) obsOpt           { return func(s *Observed) { s.VLAN.State = state } }
func named(name string) obsOpt         { return func(s *Observed) { s.VLAN.Name = name } }
func behind(gateway string) obsOpt     { return func(s *Observed) { s.VLAN.Gateway = gateway } }
func taken(s *Observed)                { s.Taken = 8 }
func used(by ...string) obsOpt         { return func(s *Observed) { s.Users = by } }
func deleted(v *v1alpha1.GandiVLAN)    { v.DeletionTimestamp = new(metav1.Now()) }
func withName(name string) vlanOpt     { return func(v *v1alpha1.GandiVLAN) { v.Spec.Name = name } }
func withGateway(addr string) vlanOpt  { return func(v *v1alpha1.GandiVLAN) { v.Spec.Gateway = addr } }
func withSubnet(subnet string) vlanOpt { return func(v *v1alpha1.GandiVLAN) { v.Spec.Subnet = subnet } }
func missing(s *Observed) {
	s.Missing = &engine.Missing{Reason: v1alpha1.ReasonDatacenterNotFound, Message: "none"}
}
func refused(calls ...gandi.Call) obsOpt {
	return func(s *Observed) {
		for _, c := range calls {
			s.Refusals = append(s.Refusals, v1alpha1.Failure{Digest: gandi.Digest(c), Class: gandi.Refused.String(), Attempts: 1})
		}
	}
}

func TestPlan(t *testing.T) {
	gateway := func(addr string) gandi.VLANUpdate { return gandi.VLANUpdate{ID: 7, Gateway: &addr} }
	for _, row := range []struct {
		name string
		vlan []vlanOpt
		seen []obsOpt
		want []string
		says string // in the last message
	}{
		{name: "a VLAN in sync is left alone", want: []string{"InSync"}},
		{name: "a missing VLAN is made under the mark", seen: []obsOpt{nothing}, want: []string{"hosting.vlan.create", "InSync"}},
		{name: "and gets its name afterwards", vlan: []vlanOpt{withName("back")}, seen: []obsOpt{nothing}, want: []string{"hosting.vlan.create", "hosting.vlan.update name back", "InSync"}},
		{name: "nothing is made while the datacenter is missing", seen: []obsOpt{nothing, missing}, want: []string{"Wait DatacenterNotFound"}, says: "none"},
		{name: "nothing is made under a name that is taken", vlan: []vlanOpt{withName("back")}, seen: []obsOpt{nothing, taken}, want: []string{"Block InvalidSpec"}, says: "spec.adopt.id: 8"},
		{name: "a missing datacenter does not touch what is there", vlan: []vlanOpt{withName("back")}, seen: []obsOpt{missing}, want: []string{"hosting.vlan.update name back", "InSync"}},
		{name: "a changed name", vlan: []vlanOpt{withName("back")}, want: []string{"hosting.vlan.update name back", "InSync"}},
		{name: "a name that was taken away is the mark again", seen: []obsOpt{named("back")}, want: []string{"hosting.vlan.update name " + mark, "InSync"}},
		{name: "a changed gateway", vlan: []vlanOpt{withGateway("192.168.1.1")}, want: []string{"hosting.vlan.update gateway 192.168.1.1", "InSync"}},
		{name: "a gateway as found", seen: []obsOpt{behind("192.168.1.77")}, want: []string{"InSync"}},
		{name: "a gateway that Gandi does not tell", vlan: []vlanOpt{withGateway("192.168.1.1")}, seen: []obsOpt{behind("")}, want: []string{"InSync"}},
		{name: "both", vlan: []vlanOpt{withName("back"), withGateway("192.168.1.1")}, want: []string{"hosting.vlan.update gateway 192.168.1.1", "hosting.vlan.update name back", "InSync"}},
		{name: "a refused gateway holds up no name", vlan: []vlanOpt{withName("back"), withGateway("192.168.1.1")}, seen: []obsOpt{refused(gateway("192.168.1.1"))},
			want: []string{"hosting.vlan.update name back", "hosting.vlan.update gateway 192.168.1.1", "InSync"}},
		{name: "a taken name holds up no gateway", vlan: []vlanOpt{withName("back"), withGateway("192.168.1.1")}, seen: []obsOpt{taken},
			want: []string{"hosting.vlan.update gateway 192.168.1.1", "Block InvalidSpec"}, says: "VLAN 8"},
		{name: "an adopted VLAN keeps its name", vlan: []vlanOpt{withSubnet("")}, seen: []obsOpt{adopted, named("theirs")}, want: []string{"InSync"}},
		{name: "an adopted VLAN gets the name that is asked for", vlan: []vlanOpt{withName("back")}, seen: []obsOpt{adopted, named("theirs")}, want: []string{"hosting.vlan.update name back", "InSync"}},
		{name: "an adopted VLAN of another subnet is told", vlan: []vlanOpt{withSubnet("10.0.0.0/24")}, seen: []obsOpt{adopted, named("theirs")}, want: []string{"Block InvalidSpec"}, says: "Gandi changes no subnet"},
		{name: "a subnet that is written otherwise is the same", vlan: []vlanOpt{withSubnet("192.168.1.7/24")}, want: []string{"InSync"}},
		{name: "one that somebody makes is waited for", vlan: []vlanOpt{withName("back")}, seen: []obsOpt{adopted, in("being_created")}, want: []string{"Wait ResourceBusy"}, says: "being_created"},
		{name: "a state that nobody knows holds nothing up", vlan: []vlanOpt{withName("back")}, seen: []obsOpt{in("blue")}, want: []string{"hosting.vlan.update name back", "InSync"}},
		{name: "a VLAN is deleted", vlan: []vlanOpt{deleted}, want: []string{"hosting.vlan.delete", "Release Deleted"}},
		{name: "a VLAN in use is not", vlan: []vlanOpt{deleted}, seen: []obsOpt{used("GandiInterface web", "interface 5")}, want: []string{"Wait VLANInUse"}, says: "GandiInterface web, interface 5; delete them first"},
		{name: "a VLAN in use by many names some", vlan: []vlanOpt{deleted}, seen: []obsOpt{used("a", "b", "c", "d", "e", "f", "g")}, want: []string{"Wait VLANInUse"}, says: "a, b, c, d, e and 2 more"},
		{name: "one that is being made is not deleted", vlan: []vlanOpt{deleted}, seen: []obsOpt{in("being_created")}, want: []string{"Wait ResourceBusy"}},
		{name: "a retained VLAN is let go, in use or not", vlan: []vlanOpt{deleted}, seen: []obsOpt{retained, used("GandiInterface web"), in("being_created")}, want: []string{"Release Released"}},
		{name: "what is gone is let go", vlan: []vlanOpt{deleted}, seen: []obsOpt{nothing, retained}, want: []string{"Release Deleted"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			actions, err := engine.Preview(Kind{}, wanted(row.vlan...), seen(row.seen...))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, a := range actions {
				got = append(got, inWords(a))
				if a.Message == "" && a.Verb != engine.InSync {
					t.Errorf("%s has no message", a.Verb)
				}
				if a.Destroys != (inWords(a) == "hosting.vlan.delete") {
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
	if a.Verb != engine.Do {
		return strings.TrimSpace(a.Verb.String() + " " + strings.TrimPrefix(a.Reason, v1alpha1.ReasonInSync))
	}
	if u, ok := a.Call.(gandi.VLANUpdate); ok {
		words := u.Method()
		if u.Name != nil {
			words += " name " + *u.Name
		}
		if u.Gateway != nil {
			words += " gateway " + *u.Gateway
		}
		return words
	}
	return a.Call.Method()
}

func TestCreate(t *testing.T) {
	want := gandi.VLANCreate{DatacenterID: 1, Name: mark, Subnet: "192.168.1.0/24", Gateway: "192.168.1.1"}
	if diff := cmp.Diff(want, (Kind{}).Plan(wanted(withName("back"), withGateway("192.168.1.1")), seen(nothing)).Call); diff != "" {
		t.Errorf("call (-want +got):\n%s", diff)
	}
}

// Whatever is asked for and whatever is found, a plan ends, sends no call twice,
// and ends with what was asked for.
func TestPlanConverges(t *testing.T) {
	for seed := range uint64(5_000) {
		r := rand.New(rand.NewPCG(seed, 1))
		oneOf := func(all ...string) string { return all[r.IntN(len(all))] }
		obj := wanted(withName(oneOf("", "back", "front")), withGateway(oneOf("", "192.168.1.1", "192.168.1.254")), withSubnet(oneOf("", "192.168.1.0/24", "10.0.0.0/24")))
		if r.IntN(4) == 0 {
			deleted(obj)
		}
		world := []obsOpt{named(oneOf(mark, "back", "x")), behind(oneOf("", "192.168.1.254", "192.168.1.9")), in(oneOf("created", "created", "", "being_created"))}
		for _, o := range []obsOpt{nothing, retained, adopted, missing, taken, used("x"), refused(gandi.VLANUpdate{ID: 7, Name: new("back")})} {
			if r.IntN(5) == 0 {
				world = append(world, o)
			}
		}
		s := seen(world...)
		if obj.Spec.Name == "" {
			s.Taken = 0
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
		last := actions[len(actions)-1]
		if last.Verb == engine.Release && !s.Retain && s.VLAN != nil {
			t.Errorf("seed %d: let go with the VLAN", seed)
		}
		if last.Verb != engine.InSync {
			continue
		}
		switch v := s.VLAN; {
		case v == nil, obj.DeletionTimestamp != nil:
			t.Errorf("seed %d: in sync with %+v", seed, v)
		case obj.Spec.Name != "" && v.Name != obj.Spec.Name:
			t.Errorf("seed %d: in sync under the name %q", seed, v.Name)
		case obj.Spec.Gateway != "" && v.Gateway != "" && v.Gateway != obj.Spec.Gateway:
			t.Errorf("seed %d: in sync with the gateway %s", seed, v.Gateway)
		case obj.Spec.Subnet != "" && v.Subnet != obj.Spec.Subnet:
			t.Errorf("seed %d: in sync with the subnet %s", seed, v.Subnet)
		}
	}
}

func TestReport(t *testing.T) {
	obj := wanted()
	s := seen(named("back"))
	s.Interfaces = []gandi.IfaceID{4, 5}
	(Kind{}).Report(obj, s)
	dc := &v1alpha1.ResolvedDatacenter{ID: 1, Name: "FR-SD2"}
	want := v1alpha1.GandiVLANStatus{State: "created", Datacenter: dc, Name: "back", Subnet: "192.168.1.0/24", Gateway: "192.168.1.254", Interfaces: 2}
	if diff := cmp.Diff(want, obj.Status); diff != "" {
		t.Errorf("status (-want +got):\n%s", diff)
	}
	(Kind{}).Report(obj, seen(nothing))
	if diff := cmp.Diff(v1alpha1.GandiVLANStatus{Datacenter: dc}, obj.Status); diff != "" {
		t.Errorf("status without a VLAN (-want +got):\n%s", diff)
	}
}

// The reply does not tell which VLAN was made; operation.info does.
func TestBought(t *testing.T) {
	for _, row := range []struct {
		op   gandi.Operation
		want string
	}{
		{gandi.Operation{ID: 1, Type: gandi.TypeVLANCreate}, "0 []"},
		{gandi.Operation{ID: 1, Type: gandi.TypeVLANCreate, VLANID: 7}, "7 [{vlan 7}]"},
		{gandi.Operation{ID: 1, Type: gandi.TypeVLANDelete, VLANID: 7}, "0 []"},
	} {
		id, created := (Kind{}).Bought([]gandi.Operation{row.op})
		if got := fmt.Sprint(id, created); got != row.want {
			t.Errorf("%+v: %s, want %s", row.op, got, row.want)
		}
	}
	if (Kind{}).Involves(gandi.Operation{VLANID: 7}, 7) != true || (Kind{}).Involves(gandi.Operation{}, 0) {
		t.Error("Involves goes by the VLAN")
	}
}
