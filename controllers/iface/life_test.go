package iface_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
	"github.com/gandi-operator/gandi-operator/internal/testkit"
)

type (
	lab   = *testkit.Lab
	iface = v1alpha1.GandiInterface
	vlan  = v1alpha1.GandiVLAN
)

const patience = testkit.Patience

// stride is how far apart the cases of an enumeration are that run.
var stride int

func TestMain(m *testing.M) { testkit.Main(m, &stride, 60) }

func get(l lab, name string) *iface { return testkit.Get[iface](l, name) }

func ready(l lab, names ...string) {
	for _, name := range names {
		l.Until(name+" is Ready", patience, testkit.Ready[iface](l, name))
	}
}

func gone(l lab, name string) {
	testkit.Delete[iface](l, name)
	l.Until(name+" is gone", patience, testkit.Gone[iface](l, name))
}

func hasReason(l lab, name, reason string) {
	l.Until(name+" has reason "+reason, patience, func() bool { return testkit.Reason[iface](l, name) == reason })
}

// message of the Ready condition.
func message(l lab, name string) string {
	if c := testkit.Condition[iface](l, name, v1alpha1.ConditionReady); c != nil {
		return c.Message
	}
	return ""
}

func hasEvent(l lab, prefix string) bool {
	for _, e := range l.Events() {
		if strings.HasPrefix(e, prefix) {
			return true
		}
	}
	return false
}

// bought counts the interfaces that Gandi made by hosting.iface.create.
func bought(l lab) int { return l.Accepted("hosting.iface.create") }

func v6(i *iface)                    { i.Spec.IPVersion = 6 }
func retained(i *iface)              { i.Spec.DeletionPolicy = v1alpha1.Retain }
func destroyed(i *iface)             { i.Spec.DeletionPolicy = v1alpha1.Delete }
func observed(i *iface)              { i.Spec.ManagementPolicy = v1alpha1.Observe }
func bandwidth(n int32) func(*iface) { return func(i *iface) { i.Spec.Bandwidth = n } }
func address(a string) func(*iface)  { return func(i *iface) { i.Spec.Address = a } }
func in(datacenter string) func(*iface) {
	return func(i *iface) { i.Spec.Datacenter = datacenter }
}

func reverse(v4, v6 string) func(*iface) {
	return func(i *iface) { i.Spec.Reverse = &v1alpha1.InterfaceReverse{IPv4: v4, IPv6: v6} }
}

func adopts(a v1alpha1.InterfaceAdopt) func(*iface) {
	return func(i *iface) { i.Spec.Adopt, i.Spec.Datacenter, i.Spec.IPVersion = &a, "", 0 }
}

// names of the addresses, as status tells them.
func names(i *iface) string {
	var all []string
	for _, a := range i.Status.Addresses {
		all = append(all, a.Reverse)
	}
	return strings.Join(all, " ")
}

type life struct {
	name   string
	live   func(*testing.T, lab)
	bought int // interfaces that were bought in all, at most
	left   int // interfaces at the end
}

var lives = []life{
	{name: "create, update and delete", bought: 1, live: func(_ *testing.T, l lab) {
		l.Create(testkit.Interface("web", reverse("www.example.com", "www6.example.com")))
		l.Until("named", patience, func() bool {
			return testkit.Ready[iface](l, "web")() && names(get(l, "web")) == "www.example.com www6.example.com"
		})
		testkit.Edit(l, "web", bandwidth(5120))
		l.Until("narrow", patience, func() bool { return testkit.Ready[iface](l, "web")() && get(l, "web").Status.Bandwidth == 5120 })
		gone(l, "web")
	}},
	{name: "private, with its VLAN", bought: 1, live: func(_ *testing.T, l lab) {
		l.Create(testkit.Interface("web", testkit.OnVLAN("back"), address("192.168.1.9")), testkit.VLAN("back"))
		ready(l, "web")
		testkit.Delete[vlan](l, "back")
		gone(l, "web")
		l.Until("back is gone", patience, testkit.Gone[vlan](l, "back"))
	}},
	{name: "retain", bought: 1, left: 1, live: func(_ *testing.T, l lab) {
		l.Create(testkit.Interface("web", v6, retained))
		ready(l, "web")
		gone(l, "web")
	}},
	{name: "deleted while it is bought", bought: 1, live: func(_ *testing.T, l lab) {
		l.Create(testkit.Interface("web"))
		l.Until("sent", patience, func() bool { return l.Called("hosting.iface.create") > 0 })
		gone(l, "web")
	}},
	{name: "two at once", bought: 2, left: 1, live: func(_ *testing.T, l lab) {
		l.Create(testkit.Interface("web"), testkit.Interface("mail"))
		ready(l, "web", "mail")
		gone(l, "mail")
	}},
}

func run(t *testing.T, l lab, life life) {
	t.Helper()
	life.live(t, l)
	l.Pass(30 * time.Minute)
	if n := bought(l); n > life.bought {
		t.Errorf("bought %d times, want %d (struck %q)\n%s", n, life.bought, l.Struck(), l.Describe())
	}
	if n := l.Count("ifaces"); n != life.left {
		t.Errorf("%d interfaces at the end, want %d (struck %q)\n%s", n, life.left, l.Struck(), l.Describe())
	}
	if n := l.Count("vlans"); n != 0 {
		t.Errorf("%d VLANs at the end (struck %q)\n%s", n, l.Struck(), l.Describe())
	}
}

// A process of the operator is killed right before, and right after, each write
// that it makes to Kubernetes or to Gandi.
func TestCrashAtEveryWrite(t *testing.T) {
	t.Parallel()
	for _, life := range lives {
		t.Run(life.name, func(t *testing.T) {
			t.Parallel()
			testkit.EveryWrite(t, stride, testkit.Options{}, func(t *testing.T, l *testkit.Lab) {
				l.Start()
				run(t, l, life)
			})
		})
	}
}

// Every changing call loses its reply.
func TestLostReplies(t *testing.T) {
	t.Parallel()
	n := 0
	for _, life := range lives {
		for _, method := range []string{"hosting.iface.create", "hosting.iface.update", "hosting.ip.update", "hosting.iface.delete"} {
			for _, cut := range []string{"before", "after", "truncate"} {
				for _, lag := range []string{"none", "everything"} {
					if n++; n%stride != 0 {
						continue
					}
					t.Run(strings.Join([]string{life.name, method, "cut", cut, "lists lag", lag}, " "), func(t *testing.T) {
						t.Parallel()
						testkit.Step(t, testkit.Switches("list-lag", lag), func(t *testing.T, l lab) {
							l.World.Script(gandisim.Trouble{Method: method, Nth: 1, Cut: cut})
							run(t, l, life)
						})
					})
				}
			}
		}
	}
}

// Whatever the unknowns of Gandi's API turn out to be, an interface is bought
// once, changed, and goes without a trace: with its reply, and without.
func TestEverySwitch(t *testing.T) {
	t.Parallel()
	n := 0
	for _, s := range gandisim.Switches() {
		for _, position := range s.Positions {
			for _, cut := range []string{"", "after"} {
				if n++; position == s.Default || n%stride != 0 {
					continue
				}
				t.Run(s.Name+"="+position+" "+cut, func(t *testing.T) {
					t.Parallel()
					testkit.Step(t, testkit.Switches(s.Name, position), func(t *testing.T, l lab) {
						if cut != "" {
							l.World.Script(gandisim.Trouble{Method: "hosting.iface.create", Nth: 1, Cut: cut})
						}
						run(t, l, lives[0])
					})
				})
			}
		}
	}
}

// The plan that status shows is what Gandi then really gets.
func TestPlanIsWhatHappens(t *testing.T) {
	t.Parallel()
	testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
		l.Create(testkit.Interface("web", reverse("www.example.com", "www6.example.com"), testkit.Annotation[iface](v1alpha1.AnnotationPaused, "true")))
		hasReason(l, "web", v1alpha1.ReasonPaused)
		shown := get(l, "web").Status.Plan
		testkit.Edit(l, "web", func(i *iface) { i.Annotations = nil })
		ready(l, "web")
		var planned, sent []string
		for _, a := range shown {
			planned = append(planned, a.Method)
		}
		for _, e := range l.World.Journal() {
			if testkit.Changes(e.Method) {
				sent = append(sent, e.Method)
			}
		}
		if want := "[hosting.iface.create hosting.ip.update hosting.ip.update]"; fmt.Sprint(planned) != want || fmt.Sprint(sent) != want {
			t.Errorf("planned %v, sent %v", planned, sent)
		}
	})
}

// What Gandi tells of a new interface is in status.
func TestReported(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name      string
		of        *iface
		typ, vlan string
		versions  []int32
	}{
		{name: "IPv4", of: testkit.Interface("web"), typ: "public", versions: []int32{4, 6}},
		{name: "IPv6", of: testkit.Interface("web", v6), typ: "public", versions: []int32{6}},
		{name: "private", of: testkit.Interface("web", testkit.OnVLAN("back")), typ: "private", vlan: "backbone", versions: []int32{4}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
				l.Create(testkit.VLAN("back", func(v *vlan) { v.Spec.Name = "backbone" }))
				l.Until("the VLAN is Ready", patience, testkit.Ready[vlan](l, "back"))
				l.Create(row.of)
				ready(l, "web")
				st := get(l, "web").Status
				var versions []int32
				for _, a := range st.Addresses {
					versions = append(versions, a.Version)
				}
				if st.Type != row.typ || st.VLAN != row.vlan || fmt.Sprint(versions) != fmt.Sprint(row.versions) || st.State != "free" || st.Bandwidth != 102400 ||
					st.Datacenter == nil || st.Datacenter.ID != 1 || st.DateCreated == nil || st.AttachedTo != nil {
					t.Errorf("told %+v", st)
				}
			})
		})
	}
}

func TestDrift(t *testing.T) {
	t.Parallel()
	testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
		l.Create(testkit.Interface("web", reverse("www.example.com", "")))
		ready(l, "web")
		st := get(l, "web").Status
		for _, change := range []map[string]any{
			{"type": "iface", "id": int(st.ID), "bandwidth": 1024},
			{"type": "ip", "id": int(st.Addresses[0].ID), "reverse": "hacked.example.com"},
		} {
			if err := l.World.Change(change); err != nil {
				t.Fatal(err)
			}
			l.Pass(15 * time.Minute)
			ready(l, "web")
		}
		if i := get(l, "web"); i.Status.Bandwidth != 102400 || i.Status.Addresses[0].Reverse != "www.example.com" {
			t.Errorf("not repaired: %+v", i.Status)
		}
		if !hasEvent(l, "Warning Drifted") {
			t.Error("not told")
		}
	})
}

// A released address goes to the next interface, with its number. What was known of
// it as another's says nothing of it as ours.
func TestRecycledAddress(t *testing.T) {
	t.Parallel()
	testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
		l.Create(testkit.Interface("old", reverse("old.example.com", "")))
		ready(l, "old")
		old := get(l, "old").Status.Addresses[0]
		gone(l, "old")
		l.Create(testkit.Interface("web", reverse("www.example.com", "")))
		ready(l, "web")
		recycled := get(l, "web").Status.Addresses[0]
		if recycled.ID != old.ID || recycled.Address != old.Address {
			t.Fatalf("the address is %+v and was %+v: nothing was recycled", recycled, old)
		}
		if recycled.Reverse != "www.example.com" || l.Accepted("hosting.ip.update") != 2 {
			t.Errorf("called %s after %d updates", recycled.Reverse, l.Accepted("hosting.ip.update"))
		}
	})
}

func TestExternalDeletion(t *testing.T) {
	t.Parallel()
	for _, policy := range []v1alpha1.ExternalDeletionPolicy{"", v1alpha1.Hold} {
		t.Run("policy "+string(policy), func(t *testing.T) {
			t.Parallel()
			testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
				l.Create(testkit.Interface("web", func(i *iface) { i.Spec.OnExternalDeletion = policy }))
				ready(l, "web")
				first := get(l, "web").Status.ID
				if err := l.World.Change(map[string]any{"type": "iface", "id": int(first), "delete": true}); err != nil {
					t.Fatal(err)
				}
				if policy == v1alpha1.Hold {
					l.Until("stalled", patience, testkit.Stalled[iface](l, "web"))
					hasReason(l, "web", v1alpha1.ReasonExternalDeleted)
					l.Steady("held", time.Hour, func() bool { return bought(l) == 1 })
					testkit.Edit(l, "web", func(i *iface) { i.Spec.OnExternalDeletion = v1alpha1.Recreate })
				}
				l.Until("bought again", 2*patience, func() bool { return testkit.Ready[iface](l, "web")() && get(l, "web").Status.ID != first })
				if bought(l) != 2 || l.Count("ifaces") != 1 {
					t.Errorf("bought %d times, %d there", bought(l), l.Count("ifaces"))
				}
			})
		})
	}
}

func TestAdoption(t *testing.T) {
	t.Parallel()
	foreign := func(l lab) (id int64, addr string) {
		id = l.Made("iface", map[string]any{"datacenter_id": 1})
		for _, ip := range l.Things("ips") {
			if ip["iface_id"] == float64(id) && ip["version"] == 4.0 {
				addr = ip["ip"].(string)
			}
		}
		return id, addr
	}
	for _, by := range []string{"number", "address"} {
		t.Run("by "+by, func(t *testing.T) {
			t.Parallel()
			testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
				foreign(l)
				id, addr := foreign(l)
				a := v1alpha1.InterfaceAdopt{ID: id}
				if by == "address" {
					a = v1alpha1.InterfaceAdopt{Filter: &v1alpha1.InterfaceAdoptFilter{Address: addr}}
				}
				l.Create(testkit.Interface("web", adopts(a), reverse("www.example.com", "")))
				ready(l, "web")
				if i := get(l, "web"); i.Status.ID != id || i.Status.Bandwidth != 1024 || i.Status.Addresses[0].Reverse != "www.example.com" {
					t.Errorf("took %+v, want %d", i.Status, id)
				}
				gone(l, "web")
				if l.Count("ifaces") != 2 || bought(l) != 0 {
					t.Error("the adopted interface did not stay")
				}
			})
		})
	}
	t.Run("by address, when it appears", func(t *testing.T) {
		t.Parallel()
		testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
			// What was released goes to the next interface.
			id, addr := foreign(l)
			if err := l.World.Change(map[string]any{"type": "iface", "id": int(id), "delete": true}); err != nil {
				t.Fatal(err)
			}
			l.Create(testkit.Interface("web", adopts(v1alpha1.InterfaceAdopt{Filter: &v1alpha1.InterfaceAdoptFilter{Address: addr}})))
			hasReason(l, "web", v1alpha1.ReasonAdoptionNotFound)
			next, _ := foreign(l)
			ready(l, "web")
			if get(l, "web").Status.ID != next {
				t.Error("took another")
			}
		})
	})
	t.Run("of two with one private address is ambiguous", func(t *testing.T) {
		t.Parallel()
		testkit.Step(t, testkit.Options{}, func(_ *testing.T, l lab) {
			for _, name := range []string{"one", "two"} {
				v := l.Somebody(gandi.VLANCreate{DatacenterID: 1, Name: name, Subnet: "10.1.1.0/24"})[0].VLANID
				l.Somebody(gandi.IfaceCreate{DatacenterID: 1, VLAN: v, IP: "10.1.1.9"})
			}
			l.Create(testkit.Interface("web", adopts(v1alpha1.InterfaceAdopt{Filter: &v1alpha1.InterfaceAdoptFilter{Address: "10.1.1.9"}})))
			hasReason(l, "web", v1alpha1.ReasonAdoptionAmbiguous)
		})
	})
	t.Run("of what another object has is refused", func(t *testing.T) {
		t.Parallel()
		testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
			l.Create(testkit.Interface("first"))
			ready(l, "first")
			l.Create(testkit.Interface("web", adopts(v1alpha1.InterfaceAdopt{ID: get(l, "first").Status.ID})))
			hasReason(l, "web", v1alpha1.ReasonForeignExternal)
			gone(l, "first")
			hasReason(l, "web", v1alpha1.ReasonAdoptionNotFound)
			if l.Count("ifaces") != 0 {
				t.Error("not deleted")
			}
		})
	})
	t.Run("of another kind of interface is told", func(t *testing.T) {
		t.Parallel()
		testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
			id, _ := foreign(l)
			l.Create(testkit.Interface("web", adopts(v1alpha1.InterfaceAdopt{ID: id}), v6))
			hasReason(l, "web", v1alpha1.ReasonInvalidSpec)
			if !strings.Contains(message(l, "web"), "has an IPv4 address") {
				t.Errorf("told %q", message(l, "web"))
			}
		})
	})
	t.Run("only observed", func(t *testing.T) {
		t.Parallel()
		testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
			id, _ := foreign(l)
			l.Create(testkit.Interface("web", adopts(v1alpha1.InterfaceAdopt{ID: id}), bandwidth(5120), observed))
			ready(l, "web")
			if !meta.IsStatusConditionTrue(get(l, "web").Status.Conditions, v1alpha1.ConditionDrifted) {
				t.Error("the difference is not shown")
			}
			gone(l, "web")
			for _, e := range l.World.Journal() {
				if testkit.Changes(e.Method) {
					t.Errorf("%s was called", e.Method)
				}
			}
		})
	})
}

// What a VM has is not deleted, and is never detached from here.
func TestDeletionWaitsForTheVM(t *testing.T) {
	t.Parallel()
	testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
		vm := l.Foreign("theirs")
		l.Create(testkit.Interface("web"))
		ready(l, "web")
		id := gandi.IfaceID(get(l, "web").Status.ID)
		l.Somebody(gandi.VMIfaceAttach{VM: gandi.VMID(vm), Iface: id})
		l.Until("told", patience, func() bool { a := get(l, "web").Status.AttachedTo; return a != nil && a.VMID == vm })
		testkit.Edit(l, "web", bandwidth(5120), reverse("www.example.com", ""))
		l.Until("changed while a VM has it", patience, func() bool {
			return testkit.Ready[iface](l, "web")() && get(l, "web").Status.Bandwidth == 5120 && strings.HasPrefix(names(get(l, "web")), "www.example.com ")
		})
		testkit.Delete[iface](l, "web")
		hasReason(l, "web", v1alpha1.ReasonAttached)
		if want := fmt.Sprintf("VM %d has interface %d; detach it at Gandi", vm, id); !strings.HasPrefix(message(l, "web"), want) {
			t.Errorf("told %q, want %q", message(l, "web"), want)
		}
		l.Steady("waiting", time.Hour, func() bool {
			return l.Called("hosting.iface.delete") == 0 && l.Called("hosting.vm.iface_detach") == 0
		})
		l.Somebody(gandi.VMIfaceDetach{VM: gandi.VMID(vm), Iface: id})
		l.Until("gone", patience, testkit.Gone[iface](l, "web"))
		if l.Count("ifaces") != 1 {
			t.Errorf("%d interfaces are left, one is the VM's own", l.Count("ifaces"))
		}
	})
}

// An interface that a GandiVM bought with itself, adopted and to be deleted, waits
// for that GandiVM by its name.
func TestHolderIsNamed(t *testing.T) {
	t.Parallel()
	testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
		l.Create(testkit.VM("shop"))
		l.Until("the VM is Ready", patience, l.Ready("shop"))
		l.Create(testkit.Interface("web", adopts(v1alpha1.InterfaceAdopt{ID: l.VM("shop").Status.Interfaces[0].ID}), destroyed))
		ready(l, "web")
		if a := get(l, "web").Status.AttachedTo; a == nil || a.Name != "shop" {
			t.Errorf("attached to %+v", a)
		}
		testkit.Delete[iface](l, "web")
		hasReason(l, "web", v1alpha1.ReasonAttached)
		if !strings.HasPrefix(message(l, "web"), "GandiVM shop has interface") {
			t.Errorf("told %q", message(l, "web"))
		}
	})
}

// Nothing is bought before everything that the spec refers to is there and fits.
func TestBadReferences(t *testing.T) {
	t.Parallel()
	otherVLAN := func(l lab) {
		l.Create(testkit.VLAN("far", func(v *vlan) { v.Spec.Datacenter = "FR-SD5" }))
		l.Until("the VLAN is Ready", patience, testkit.Ready[vlan](l, "far"))
	}
	for _, row := range []struct {
		name, reason string
		before       func(lab)
		bad          []func(*iface)
	}{
		{name: "no such datacenter", reason: v1alpha1.ReasonDatacenterNotFound, bad: []func(*iface){in("Mars")}},
		{name: "a closed datacenter", reason: v1alpha1.ReasonDatacenterClosed, bad: []func(*iface){in("US-BA1")}},
		{name: "several datacenters", reason: v1alpha1.ReasonDatacenterAmbiguous, bad: []func(*iface){in("France")}},
		{name: "no such VLAN", reason: v1alpha1.ReasonVLANNotFound, bad: []func(*iface){testkit.OnVLAN("nowhere")}},
		{name: "a VLAN that is not there yet", reason: v1alpha1.ReasonReferenceNotReady, bad: []func(*iface){testkit.OnVLAN("later")},
			before: func(l lab) { l.Create(testkit.VLAN("later", func(v *vlan) { v.Spec.Datacenter = "Mars" })) }},
		{name: "a VLAN elsewhere", reason: v1alpha1.ReasonDatacenterMismatch, bad: []func(*iface){testkit.OnVLAN("far")}, before: otherVLAN},
		{name: "an address outside of the subnet", reason: v1alpha1.ReasonInvalidSpec, bad: []func(*iface){testkit.OnVLAN("back"), address("10.0.0.1")}},
		{name: "the address of the gateway", reason: v1alpha1.ReasonInvalidSpec, bad: []func(*iface){testkit.OnVLAN("back"), address("192.168.1.254")}},
		{name: "a name for a private address", reason: v1alpha1.ReasonInvalidSpec, bad: []func(*iface){testkit.OnVLAN("back"), reverse("www.example.com", "")}},
		{name: "a name for no address", reason: v1alpha1.ReasonInvalidSpec, bad: []func(*iface){v6, reverse("www.example.com", "")}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
				l.Create(testkit.VLAN("back"))
				l.Until("the VLAN is Ready", patience, testkit.Ready[vlan](l, "back"))
				if row.before != nil {
					row.before(l)
				}
				l.Create(testkit.Interface("web", row.bad...))
				hasReason(l, "web", row.reason)
				l.Steady("nothing bought", 30*time.Minute, func() bool { return l.Called("hosting.iface.create") == 0 })
				testkit.Edit(l, "web", func(i *iface) { i.Spec = testkit.Interface("web").Spec })
				ready(l, "web")
				if bought(l) != 1 {
					t.Errorf("bought %d", bought(l))
				}
			})
		})
	}
}

// An address that another interface has is waited for.
func TestAddressInUse(t *testing.T) {
	t.Parallel()
	testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
		l.Create(testkit.VLAN("back"), testkit.Interface("old", testkit.OnVLAN("back"), address("192.168.1.9")))
		ready(l, "old")
		l.Create(testkit.Interface("web", testkit.OnVLAN("back"), address("192.168.1.9")))
		hasReason(l, "web", v1alpha1.ReasonResourceBusy)
		l.Steady("nothing bought", time.Hour, func() bool { return l.Called("hosting.iface.create") == 1 })
		gone(l, "old")
		ready(l, "web")
		if a := get(l, "web").Status.Addresses; len(a) != 1 || a[0].Address != "192.168.1.9" {
			t.Errorf("addresses %+v", a)
		}
	})
}

// A VLAN goes after the interfaces on it, whatever the order of deletion, and names
// them meanwhile.
func TestVLANGoesLast(t *testing.T) {
	t.Parallel()
	testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
		l.Create(testkit.VLAN("back"), testkit.Interface("web", testkit.OnVLAN("back")))
		ready(l, "web")
		l.Until("counted", patience, func() bool { return testkit.Get[vlan](l, "back").Status.Interfaces == 1 })
		testkit.Delete[vlan](l, "back")
		l.Until("in use", patience, func() bool { return testkit.Reason[vlan](l, "back") == v1alpha1.ReasonVLANInUse })
		if c := testkit.Condition[vlan](l, "back", v1alpha1.ConditionReady); !strings.Contains(c.Message, "GandiInterface web") {
			t.Errorf("told %q", c.Message)
		}
		l.Create(testkit.Interface("late", testkit.OnVLAN("back")))
		hasReason(l, "late", v1alpha1.ReasonReferenceNotReady)
		gone(l, "web")
		l.Until("gone", patience, testkit.Gone[vlan](l, "back"))
		hasReason(l, "late", v1alpha1.ReasonVLANNotFound)
		if l.Count("ifaces")+l.Count("vlans") != 0 {
			t.Error("left behind")
		}
	})
}

// A create that ends in ERROR is tried again, and nothing of it is left.
func TestFailedCreate(t *testing.T) {
	t.Parallel()
	testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
		l.World.Script(gandisim.Trouble{Method: "hosting.iface.create", Nth: 1, Operation: "ERROR"})
		l.Create(testkit.Interface("web"))
		ready(l, "web")
		if bought(l) != 2 || l.Count("ifaces") != 1 || !hasEvent(l, "Warning OperationFailed") {
			t.Errorf("bought %d times, %d there", bought(l), l.Count("ifaces"))
		}
	})
}

// A restored object finds its interface by the annotation; a copy of its manifest
// buys its own.
func TestRestore(t *testing.T) {
	t.Parallel()
	testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
		l.Create(testkit.Interface("web"))
		ready(l, "web")
		before := get(l, "web")
		wiped := before.DeepCopy()
		wiped.Status = v1alpha1.GandiInterfaceStatus{}
		if err := l.Store.Status().Update(context.Background(), wiped); err != nil {
			t.Fatal(err)
		}
		l.Stop()
		l.Start()
		ready(l, "web")
		if after := get(l, "web"); after.Status.ID != before.Status.ID || bought(l) != 1 {
			t.Errorf("has %d, had %d; bought %d times", after.Status.ID, before.Status.ID, bought(l))
		}
		copied := testkit.Interface("copy")
		copied.Annotations = before.Annotations
		l.Create(copied)
		ready(l, "copy")
		if l.Count("ifaces") != 2 {
			t.Error("the copy has no interface of its own")
		}
	})
}
