package vlan_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"regexp"
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
	lab  = *testkit.Lab
	vlan = v1alpha1.GandiVLAN
)

const patience = testkit.Patience

// stride is how far apart the cases of an enumeration are that run.
var stride int

func TestMain(m *testing.M) { testkit.Main(m, &stride, 16) }

func get(l lab, name string) *vlan { return testkit.Get[vlan](l, name) }

func ready(l lab, name string) {
	l.Until(name+" is Ready", patience, testkit.Ready[vlan](l, name))
}

func gone(l lab, name string) {
	testkit.Delete[vlan](l, name)
	l.Until(name+" is gone", patience, testkit.Gone[vlan](l, name))
}

func hasReason(l lab, name, reason string) {
	l.Until(name+" has reason "+reason, patience, func() bool { return testkit.Reason[vlan](l, name) == reason })
}

// message of the Ready condition.
func message(l lab, name string) string {
	if c := testkit.Condition[vlan](l, name, v1alpha1.ConditionReady); c != nil {
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

func called(name string) func(*vlan)  { return func(v *vlan) { v.Spec.Name = name } }
func gateway(addr string) func(*vlan) { return func(v *vlan) { v.Spec.Gateway = addr } }
func observed(v *vlan)                { v.Spec.ManagementPolicy = v1alpha1.Observe }
func retained(v *vlan)                { v.Spec.DeletionPolicy = v1alpha1.Retain }
func bare(v *vlan)                    { v.Spec.Datacenter, v.Spec.Subnet = "", "" }
func adopting(id int64) func(*vlan) {
	return func(v *vlan) { bare(v); v.Spec.Adopt = &v1alpha1.VLANAdopt{ID: id} }
}
func adoptingBy(name string) func(*vlan) {
	return func(v *vlan) {
		bare(v)
		v.Spec.Adopt = &v1alpha1.VLANAdopt{Filter: &v1alpha1.VLANAdoptFilter{Name: name}}
	}
}

// foreign is a VLAN that somebody else made.
func foreign(l lab, name string) int64 {
	return int64(l.Somebody(gandi.VLANCreate{DatacenterID: 1, Name: name, Subnet: "10.1.1.0/24"})[0].VLANID)
}

// made counts the VLANs that Gandi made for us, and for others who go by its API.
func made(l lab) int { return l.Accepted("hosting.vlan.create") }

type life struct {
	name string
	live func(*testing.T, lab)
	made int // VLANs that were made in all, at most
	left int // VLANs at the end
}

var lives = []life{
	{name: "create, rename and delete", made: 1, live: func(_ *testing.T, l lab) {
		l.Create(testkit.VLAN("back", called("backbone"), gateway("192.168.1.1")))
		ready(l, "back")
		testkit.Edit(l, "back", called("spine"), gateway("192.168.1.9"))
		l.Until("changed", patience, func() bool {
			return testkit.Ready[vlan](l, "back")() && get(l, "back").Status.Name == "spine" && get(l, "back").Status.Gateway == "192.168.1.9"
		})
		gone(l, "back")
	}},
	{name: "retain", made: 1, left: 1, live: func(_ *testing.T, l lab) {
		l.Create(testkit.VLAN("back", retained))
		ready(l, "back")
		gone(l, "back")
	}},
	{name: "deleted while it is made", made: 1, live: func(_ *testing.T, l lab) {
		l.Create(testkit.VLAN("back", called("backbone")))
		l.Until("sent", patience, func() bool { return l.Called("hosting.vlan.create") > 0 })
		gone(l, "back")
	}},
}

func run(t *testing.T, l lab, life life) {
	t.Helper()
	life.live(t, l)
	l.Pass(30 * time.Minute)
	if n := made(l); n > life.made {
		t.Errorf("made %d times, want %d (struck %q)\n%s", n, life.made, l.Struck(), l.Describe())
	}
	if n := l.Count("vlans"); n != life.left {
		t.Errorf("%d VLANs at the end, want %d (struck %q)\n%s", n, life.left, l.Struck(), l.Describe())
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
		for _, method := range []string{"hosting.vlan.create", "hosting.vlan.update", "hosting.vlan.delete"} {
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

// Whatever the unknowns of Gandi's API turn out to be, a VLAN is made once,
// changed, and goes without a trace.
func TestEverySwitch(t *testing.T) {
	t.Parallel()
	n := 0
	for _, s := range gandisim.Switches() {
		for _, position := range s.Positions {
			if n++; position == s.Default || n%stride != 0 {
				continue
			}
			t.Run(s.Name+"="+position, func(t *testing.T) {
				t.Parallel()
				testkit.Step(t, testkit.Switches(s.Name, position), func(t *testing.T, l lab) { run(t, l, lives[0]) })
			})
		}
	}
}

// The plan that status shows is what Gandi then really gets.
func TestPlanIsWhatHappens(t *testing.T) {
	t.Parallel()
	testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
		l.Create(testkit.VLAN("back", called("backbone"), testkit.Annotation[vlan](v1alpha1.AnnotationPaused, "true")))
		hasReason(l, "back", v1alpha1.ReasonPaused)
		shown := get(l, "back").Status.Plan
		testkit.Edit(l, "back", func(v *vlan) { v.Annotations = nil })
		ready(l, "back")
		var planned, sent []string
		for _, a := range shown {
			planned = append(planned, a.Method)
		}
		for _, e := range l.World.Journal() {
			if testkit.Changes(e.Method) {
				sent = append(sent, e.Method)
			}
		}
		if want := "[hosting.vlan.create hosting.vlan.update]"; fmt.Sprint(planned) != want || fmt.Sprint(sent) != want {
			t.Errorf("planned %v, sent %v", planned, sent)
		}
	})
}

// What Gandi tells of a new VLAN is in status, and what nobody asked for is
// Gandi's choice.
func TestReported(t *testing.T) {
	t.Parallel()
	testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
		l.Create(testkit.VLAN("back", func(v *vlan) { v.Spec.Subnet = "" }))
		ready(l, "back")
		st := get(l, "back").Status
		there := l.Things("vlans")[0]
		if st.Name != st.Token || st.Subnet != there["subnet"] || st.Gateway != there["gateway"] || st.State != "created" || st.Datacenter == nil || st.Datacenter.ID != 1 {
			t.Errorf("told %+v of %v", st, there)
		}
		l.Somebody(gandi.IfaceCreate{DatacenterID: 1, VLAN: gandi.VLANID(st.ID)})
		l.Until("the interface is counted", patience, func() bool { return get(l, "back").Status.Interfaces == 1 })
	})
}

func TestDrift(t *testing.T) {
	t.Parallel()
	testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
		l.Create(testkit.VLAN("back", gateway("192.168.1.1")))
		ready(l, "back")
		id := gandi.VLANID(get(l, "back").Status.ID)
		l.Somebody(gandi.VLANUpdate{ID: id, Name: new("hacked"), Gateway: new("192.168.1.66")})
		l.Until("repaired", patience, func() bool {
			there := l.Things("vlans")[0]
			return there["name"] == get(l, "back").Status.Token && there["gateway"] == "192.168.1.1"
		})
		ready(l, "back")
		if !hasEvent(l, "Warning Drifted") {
			t.Error("not told")
		}
	})
}

func TestExternalDeletion(t *testing.T) {
	t.Parallel()
	for _, policy := range []v1alpha1.ExternalDeletionPolicy{"", v1alpha1.Hold} {
		t.Run("policy "+string(policy), func(t *testing.T) {
			t.Parallel()
			testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
				l.Create(testkit.VLAN("back", called("backbone"), func(v *vlan) { v.Spec.OnExternalDeletion = policy }))
				ready(l, "back")
				first := get(l, "back").Status.ID
				l.Somebody(gandi.VLANDelete{ID: gandi.VLANID(first)})
				if policy == v1alpha1.Hold {
					l.Until("stalled", patience, testkit.Stalled[vlan](l, "back"))
					hasReason(l, "back", v1alpha1.ReasonExternalDeleted)
					l.Steady("held", time.Hour, func() bool { return made(l) == 1 })
					testkit.Edit(l, "back", func(v *vlan) { v.Spec.OnExternalDeletion = v1alpha1.Recreate })
				}
				l.Until("made again", 2*patience, func() bool { return testkit.Ready[vlan](l, "back")() && get(l, "back").Status.ID != first })
				if made(l) != 2 || l.Count("vlans") != 1 || get(l, "back").Status.Name != "backbone" {
					t.Errorf("made %d times, %d there", made(l), l.Count("vlans"))
				}
			})
		})
	}
}

func TestAdoption(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name  string
		adopt func(id int64) func(*vlan)
	}{
		{"by number", adopting},
		{"by name", func(int64) func(*vlan) { return adoptingBy("theirs") }},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
				id := foreign(l, "theirs")
				l.Create(testkit.VLAN("back", row.adopt(id), gateway("10.1.1.9")))
				ready(l, "back")
				if v := get(l, "back"); v.Status.ID != id || v.Status.Name != "theirs" || v.Status.Gateway != "10.1.1.9" {
					t.Errorf("took %+v", v.Status)
				}
				gone(l, "back")
				if l.Count("vlans") != 1 || made(l) != 1 {
					t.Error("the adopted VLAN did not stay")
				}
			})
		})
	}
	t.Run("by name, when it appears", func(t *testing.T) {
		t.Parallel()
		testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
			l.Create(testkit.VLAN("back", adoptingBy("theirs")))
			hasReason(l, "back", v1alpha1.ReasonAdoptionNotFound)
			id := foreign(l, "theirs")
			ready(l, "back")
			if get(l, "back").Status.ID != id {
				t.Error("took another")
			}
		})
	})
	t.Run("of another subnet is told", func(t *testing.T) {
		t.Parallel()
		testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
			l.Create(testkit.VLAN("back", adopting(foreign(l, "theirs")), func(v *vlan) { v.Spec.Subnet = "10.9.9.0/24" }))
			hasReason(l, "back", v1alpha1.ReasonInvalidSpec)
			if !strings.Contains(message(l, "back"), "10.1.1.0/24") {
				t.Errorf("told %q", message(l, "back"))
			}
		})
	})
	t.Run("of another object's VLAN wants takeOver", func(t *testing.T) {
		t.Parallel()
		testkit.Step(t, testkit.Options{}, func(_ *testing.T, l lab) {
			l.Create(testkit.VLAN("other"))
			ready(l, "other")
			l.Create(testkit.VLAN("back", adopting(get(l, "other").Status.ID)))
			hasReason(l, "back", v1alpha1.ReasonForeignExternal)
		})
	})
	t.Run("only observed", func(t *testing.T) {
		t.Parallel()
		testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
			id := foreign(l, "theirs")
			before := len(l.World.Journal())
			l.Create(testkit.VLAN("back", adopting(id), called("mine"), observed))
			ready(l, "back")
			if !meta.IsStatusConditionTrue(get(l, "back").Status.Conditions, v1alpha1.ConditionDrifted) {
				t.Error("the difference is not shown")
			}
			gone(l, "back")
			for _, e := range l.World.Journal()[before:] {
				if testkit.Changes(e.Method) {
					t.Errorf("%s was called", e.Method)
				}
			}
		})
	})
}

// A name that another VLAN has is told before anything is made; one that is taken
// later holds up nothing but itself.
func TestTakenName(t *testing.T) {
	t.Parallel()
	t.Run("before", func(t *testing.T) {
		t.Parallel()
		testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
			id := foreign(l, "backbone")
			l.Create(testkit.VLAN("back", called("backbone")))
			hasReason(l, "back", v1alpha1.ReasonInvalidSpec)
			if !testkit.Stalled[vlan](l, "back")() || !strings.Contains(message(l, "back"), fmt.Sprintf("VLAN %d", id)) {
				t.Errorf("told %q", message(l, "back"))
			}
			l.Steady("nothing made", time.Hour, func() bool { return made(l) == 1 })
			testkit.Edit(l, "back", called("spine"))
			ready(l, "back")
		})
	})
	for _, faults := range []string{"own-causes", "badparameter", "failure"} {
		t.Run("at the same time, told as "+faults, func(t *testing.T) {
			t.Parallel()
			testkit.Step(t, testkit.Switches("unknown-faults", faults), func(t *testing.T, l lab) {
				l.Create(testkit.VLAN("back"))
				ready(l, "back")
				foreign(l, "backbone")
				testkit.Edit(l, "back", called("backbone"), gateway("192.168.1.9"))
				hasReason(l, "back", v1alpha1.ReasonInvalidSpec)
				n := l.Called("hosting.vlan.update")
				l.Steady("not hammered", time.Hour, func() bool { return l.Called("hosting.vlan.update")-n < 8 })
				if v := get(l, "back"); v.Status.Gateway != "192.168.1.9" || !strings.Contains(message(l, "back"), "backbone") {
					t.Errorf("gateway %s, told %q", v.Status.Gateway, message(l, "back"))
				}
				testkit.Edit(l, "back", called("spine"))
				l.Until("renamed", patience, func() bool { return testkit.Ready[vlan](l, "back")() && get(l, "back").Status.Name == "spine" })
			})
		})
	}
}

// A VLAN with interfaces is not deleted, and nobody's interface is.
func TestDeletionWaitsForInterfaces(t *testing.T) {
	t.Parallel()
	testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
		l.Create(testkit.VLAN("back"))
		ready(l, "back")
		op := l.Somebody(gandi.IfaceCreate{DatacenterID: 1, VLAN: gandi.VLANID(get(l, "back").Status.ID)})[0]
		l.Until("seen", patience, func() bool { return get(l, "back").Status.Interfaces == 1 })
		testkit.Delete[vlan](l, "back")
		hasReason(l, "back", v1alpha1.ReasonVLANInUse)
		if !strings.Contains(message(l, "back"), fmt.Sprintf("interface %d", op.IfaceID)) {
			t.Errorf("told %q", message(l, "back"))
		}
		l.Steady("waiting", time.Hour, func() bool { return l.Called("hosting.vlan.delete") == 0 && l.Count("ifaces") == 1 })
		l.Somebody(gandi.IfaceDelete{ID: op.IfaceID})
		l.Until("gone", patience, testkit.Gone[vlan](l, "back"))
		if l.Count("vlans") != 0 {
			t.Error("left behind")
		}
	})
}

// An interface that nobody heard of yet keeps the VLAN too: Gandi refuses.
func TestDeletionOfWhatIsInUseUnheard(t *testing.T) {
	t.Parallel()
	testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
		l.Create(testkit.VLAN("back"))
		ready(l, "back")
		op := l.Somebody(gandi.IfaceCreate{DatacenterID: 1, VLAN: gandi.VLANID(get(l, "back").Status.ID)})[0]
		testkit.Delete[vlan](l, "back")
		l.Steady("kept", time.Hour, func() bool { return get(l, "back") != nil && l.Count("vlans") == 1 })
		if r := testkit.Reason[vlan](l, "back"); r != v1alpha1.ReasonVLANInUse {
			t.Errorf("told %s %q", r, message(l, "back"))
		}
		l.Somebody(gandi.IfaceDelete{ID: op.IfaceID})
		l.Until("gone", patience, testkit.Gone[vlan](l, "back"))
	})
}

func TestMissingReferences(t *testing.T) {
	t.Parallel()
	for reason, dc := range map[string]string{
		v1alpha1.ReasonDatacenterNotFound: "Mars", v1alpha1.ReasonDatacenterAmbiguous: "France", v1alpha1.ReasonDatacenterClosed: "US-BA1",
	} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
				l.Create(testkit.VLAN("back", func(v *vlan) { v.Spec.Datacenter = dc }))
				hasReason(l, "back", reason)
				testkit.Edit(l, "back", func(v *vlan) { v.Spec.Datacenter = testkit.Datacenter })
				ready(l, "back")
				if made(l) != 1 {
					t.Errorf("made %d", made(l))
				}
			})
		})
	}
}

// A restored object finds its VLAN by the annotation, whatever its name is by now.
func TestRestore(t *testing.T) {
	t.Parallel()
	testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
		l.Create(testkit.VLAN("back", called("backbone")))
		ready(l, "back")
		before := get(l, "back")
		wiped := before.DeepCopy()
		wiped.Status = v1alpha1.GandiVLANStatus{}
		if err := l.Store.Status().Update(context.Background(), wiped); err != nil {
			t.Fatal(err)
		}
		l.Stop()
		l.Start()
		ready(l, "back")
		if after := get(l, "back"); after.Status.ID != before.Status.ID || made(l) != 1 {
			t.Errorf("has %d, had %d; made %d times", after.Status.ID, before.Status.ID, made(l))
		}
	})
}

// forgetful answers for Gandi's operations without what they tell of VLANs.
type forgetful struct{ next http.RoundTripper }

var vlanIDs = regexp.MustCompile(`(?s)<member>\s*<name>vlan_id</name>.*?</member>`)

func (f forgetful) RoundTrip(r *http.Request) (*http.Response, error) {
	asked, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(bytes.NewReader(asked))
	resp, err := f.next.RoundTrip(r)
	if err != nil || !bytes.Contains(asked, []byte("<methodName>operation.")) {
		return resp, err
	}
	defer resp.Body.Close()
	told, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	told = vlanIDs.ReplaceAll(told, nil)
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(told)), int64(len(told))
	resp.Header.Del("Content-Length")
	return resp, nil
}

// An operation that has ended and does not tell its VLAN leaves the outcome
// unknown: the VLAN is found by its mark, and no other is made.
func TestOperationThatDoesNotTell(t *testing.T) {
	t.Parallel()
	o := testkit.Switches("gzip", "never")
	o.Wire = func(next http.RoundTripper) http.RoundTripper { return forgetful{next} }
	testkit.Step(t, o, func(t *testing.T, l lab) {
		l.Create(testkit.VLAN("back", called("backbone")))
		ready(l, "back")
		if made(l) != 1 || l.Count("vlans") != 1 || get(l, "back").Status.Name != "backbone" {
			t.Errorf("made %d times\n%s", made(l), l.Describe())
		}
		if !hasEvent(l, "Warning ConfirmingCall the operations of hosting.vlan.create have ended, and do not tell") {
			t.Errorf("not told: %q", l.Events())
		}
		gone(l, "back")
		if l.Count("vlans") != 0 {
			t.Error("left behind")
		}
	})
}
