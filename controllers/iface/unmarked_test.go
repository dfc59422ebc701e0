package iface_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
	"github.com/gandi-operator/gandi-operator/internal/testkit"
)

// census holds that no interface belongs to two objects, that none that we bought
// belongs to nobody, and that what others made is still there and still theirs.
func census(t *testing.T, l lab, foreign ...int64) {
	t.Helper()
	var list v1alpha1.GandiInterfaceList
	if err := l.Store.List(context.Background(), &list); err != nil {
		t.Fatal(err)
	}
	var vms v1alpha1.GandiVMList
	if err := l.Store.List(context.Background(), &vms); err != nil {
		t.Fatal(err)
	}
	whose := map[int64]string{}
	has := func(id int64, who string) {
		if other := whose[id]; other != "" && other != who {
			t.Errorf("interface %d is %s's and %s's", id, other, who)
		}
		whose[id] = who
	}
	for _, id := range foreign {
		has(id, "somebody else")
	}
	for _, vm := range vms.Items {
		for _, part := range vm.Status.Created {
			if part.Type == "iface" {
				has(part.ID, "GandiVM "+vm.Name)
			}
		}
	}
	for _, i := range list.Items {
		if i.Status.ID != 0 {
			has(i.Status.ID, "GandiInterface "+i.Name)
		}
	}
	for _, i := range l.Things("ifaces") {
		id := int64(i["id"].(float64))
		if whose[id] == "" {
			t.Errorf("interface %d is nobody's", id)
		}
		delete(whose, id)
	}
	for id, who := range whose {
		if !strings.HasPrefix(who, "GandiVM ") { // names of what failed creates made are kept for a while
			t.Errorf("interface %d of %s is not there", id, who)
		}
	}
	if t.Failed() {
		t.Log("\n" + l.Describe())
	}
}

// patient is the time that a fleet takes whose creates are of unknown outcome one
// after the other, three times in a day each.
const patient = 60 * time.Hour

// Several interfaces lose the replies to their creates at once. Which is whose
// cannot be told, so no two are ever of unknown outcome at the same time.
func TestManyLostReplies(t *testing.T) {
	t.Parallel()
	n := 0
	for _, cut := range []string{"before", "after", "truncate"} {
		for _, lag := range []string{"none", "objects", "everything"} {
			for _, ids := range []string{"monotonic", "shuffled"} {
				for _, told := range []string{"reply", "params-only"} {
					if n++; n%stride != 0 {
						continue
					}
					t.Run(strings.Join([]string{"cut", cut, "lists lag", lag, "ids", ids, told}, " "), func(t *testing.T) {
						t.Parallel()
						testkit.Step(t, testkit.Switches("list-lag", lag, "operation-ids", ids, "create-reply-ids", told), func(t *testing.T, l lab) {
							// One object may meet them all, and buys three times a day at most.
							l.World.Script(gandisim.Trouble{Method: "hosting.iface.create", Nth: 1, Count: 2, Cut: cut})
							var all []string
							for i := range 6 {
								name := fmt.Sprintf("web%d", i)
								all = append(all, name)
								l.Create(testkit.Interface(name))
							}
							for _, name := range all {
								l.Until(name+" is Ready", 3*patience, testkit.Ready[iface](l, name))
							}
							if n := bought(l); n != 6 {
								t.Errorf("bought %d", n)
							}
							census(t, l)
						})
					})
				}
			}
		}
	}
}

// A process is killed at any write while creates lose their replies.
func TestCrashWhileUnknown(t *testing.T) {
	t.Parallel()
	testkit.EveryWrite(t, stride, testkit.Options{}, func(t *testing.T, l *testkit.Lab) {
		l.World.Script(gandisim.Trouble{Method: "hosting.iface.create", Nth: 1, Count: 2, Cut: "after"})
		l.Start()
		l.Create(testkit.Interface("a"), testkit.Interface("b"), testkit.Interface("c"))
		for _, name := range []string{"a", "b", "c"} {
			l.Until(name+" is Ready", 3*patience, testkit.Ready[iface](l, name))
		}
		l.Pass(30 * time.Minute)
		if n := bought(l); n != 3 {
			t.Errorf("bought %d (struck %q)\n%s", n, l.Struck(), l.Describe())
		}
		census(t, l)
	})
}

// unknown buys an interface whose reply is lost, cut before or after it took
// effect, and returns when the call has left.
func unknown(l lab, cut, name string, opts ...func(*iface)) {
	n := l.Called("hosting.iface.create")
	l.World.Script(gandisim.Trouble{Method: "hosting.iface.create", Nth: 1, Cut: cut})
	l.Create(testkit.Interface(name, opts...))
	l.Until("the call has left", patience, func() bool { return l.Called("hosting.iface.create") > n })
}

// vmIface is the interface that a VM was made with.
func vmIface(l lab, vm int64) int64 {
	for _, i := range l.Things("ifaces") {
		if i["vm_id"] == float64(vm) {
			return int64(i["id"].(float64))
		}
	}
	return 0
}

// While a create is of unknown outcome, others wait and say for whom.
func TestOthersWait(t *testing.T) {
	t.Parallel()
	testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
		unknown(l, "before", "first")
		l.Create(testkit.Interface("second"))
		hasReason(l, "second", v1alpha1.ReasonResourceBusy)
		l.Stop()
		l.Start() // another process knows it from the intent alone
		l.Until("told for whom", patience, func() bool { return strings.Contains(message(l, "second"), "default/first") })
		if l.Called("hosting.iface.create") != 1 {
			t.Error("did not wait")
		}
		ready(l, "first", "second")
		census(t, l)
	})
}

// Somebody makes an interface in the panel at the same time.
func TestPanel(t *testing.T) {
	t.Parallel()
	alike := map[string]any{"datacenter_id": 1}
	t.Run("and ours was made: a person chooses", func(t *testing.T) {
		t.Parallel()
		testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
			unknown(l, "after", "web")
			ours := int64(l.Things("ifaces")[0]["id"].(float64))
			theirs := l.Made("iface", alike)
			hasReason(l, "web", v1alpha1.ReasonSeveralExternals)
			for _, want := range []string{fmt.Sprint("iface ", ours), fmt.Sprint("iface ", theirs), "spec.adopt.id", v1alpha1.AnnotationAbandon} {
				if !strings.Contains(message(l, "web"), want) {
					t.Errorf("%q does not say %q", message(l, "web"), want)
				}
			}
			if !testkit.Stalled[iface](l, "web")() {
				t.Error("not Stalled")
			}
			// It has shown all that it made: others need not wait for the person.
			l.Create(testkit.Interface("mail"))
			ready(l, "mail")
			testkit.Edit(l, "web", func(i *iface) { i.Spec.Adopt = &v1alpha1.InterfaceAdopt{ID: ours} })
			ready(l, "web")
			if get(l, "web").Status.ID != ours || bought(l) != 2 {
				t.Errorf("took %d, bought %d", get(l, "web").Status.ID, bought(l))
			}
			census(t, l, theirs)
		})
	})
	t.Run("and ours was made, and theirs is adopted by another object", func(t *testing.T) {
		t.Parallel()
		testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
			unknown(l, "after", "web")
			theirs := l.Made("iface", alike)
			l.Create(testkit.Interface("theirs", adopts(v1alpha1.InterfaceAdopt{ID: theirs})))
			ready(l, "theirs", "web")
			census(t, l)
		})
	})
	t.Run("and ours was not: theirs is taken", func(t *testing.T) {
		// Nothing at Gandi tells them apart (docs/adr/0015). It is told.
		t.Parallel()
		testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
			unknown(l, "before", "web")
			theirs := l.Made("iface", alike)
			ready(l, "web")
			if get(l, "web").Status.ID != theirs || bought(l) != 0 || !hasEvent(l, fmt.Sprintf("Normal ConfirmingCall hosting.iface.create did take effect: iface %d, which is like it", theirs)) {
				t.Errorf("took %d, bought %d, told %q", get(l, "web").Status.ID, bought(l), l.Events())
			}
		})
	})
	for what, thing := range map[string]map[string]any{
		"one in another datacenter": {"datacenter_id": 3},
		"one of another version":    {"datacenter_id": 1, "ip_version": 6},
	} {
		for _, cut := range []string{"before", "after"} {
			t.Run("makes "+what+", cut "+cut, func(t *testing.T) {
				t.Parallel()
				testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
					unknown(l, cut, "web")
					theirs := l.Made("iface", thing)
					ready(l, "web")
					if bought(l) != 1 {
						t.Errorf("bought %d", bought(l))
					}
					census(t, l, theirs)
				})
			})
		}
	}
	t.Run("long before, while the object waited for something else", func(t *testing.T) {
		t.Parallel()
		testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
			l.World.Script(gandisim.Trouble{Method: "hosting.iface.create", Nth: 2, Cut: "before"})
			l.Create(testkit.Interface("web", testkit.OnVLAN("back")))
			hasReason(l, "web", v1alpha1.ReasonVLANNotFound)
			l.Create(testkit.VLAN("back", func(v *vlan) { v.Spec.Datacenter = "Mars" }))
			hasReason(l, "web", v1alpha1.ReasonReferenceNotReady)
			l.Pass(time.Hour)
			// Another program knows of the VLAN before the object does.
			id := l.Somebody(gandi.VLANCreate{DatacenterID: 1, Name: "theirs", Subnet: "192.168.1.0/24"})[0].VLANID
			theirs := int64(l.Somebody(gandi.IfaceCreate{DatacenterID: 1, VLAN: id})[0].IfaceID)
			testkit.Edit(l, "back", func(v *vlan) {
				v.Spec.Adopt, v.Spec.Datacenter, v.Spec.Subnet = &v1alpha1.VLANAdopt{ID: int64(id)}, "", ""
			})
			ready(l, "web")
			if get(l, "web").Status.ID == theirs || l.Called("hosting.iface.create") != 3 {
				t.Errorf("took %d, which was there before", get(l, "web").Status.ID)
			}
			census(t, l, theirs)
		})
	})
}

// Somebody uses what a lost create made. It is not taken, since only a person can
// tell, and no other is bought.
func TestUsedMeanwhile(t *testing.T) {
	t.Parallel()
	for _, of := range []string{"an old VM", "a new VM"} {
		t.Run("by "+of, func(t *testing.T) {
			t.Parallel()
			testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
				var theirs int64
				if of == "an old VM" {
					theirs = l.Foreign("theirs")
					l.Pass(time.Hour)
				}
				unknown(l, "after", "web")
				ours := l.Things("ifaces")[l.Count("ifaces")-1]
				if of == "a new VM" {
					theirs = l.Foreign("theirs")
				}
				own := vmIface(l, theirs)
				id := gandi.IfaceID(int(ours["id"].(float64)))
				l.Pass(5 * time.Second) // until it is made
				l.Somebody(gandi.VMIfaceAttach{VM: gandi.VMID(theirs), Iface: id})
				hasReason(l, "web", v1alpha1.ReasonSeveralExternals)
				if want := fmt.Sprintf("iface %d (in use) appeared", id); !strings.HasPrefix(message(l, "web"), want) {
					t.Errorf("told %q, want %q", message(l, "web"), want)
				}
				l.Steady("nothing bought", 3*time.Hour, func() bool { return l.Called("hosting.iface.create") == 1 })
				testkit.Edit(l, "web", func(i *iface) { i.Spec.Adopt = &v1alpha1.InterfaceAdopt{ID: int64(id)} })
				ready(l, "web")
				if a := get(l, "web").Status.AttachedTo; a == nil || a.VMID != theirs {
					t.Errorf("attached to %+v", a)
				}
				census(t, l, own)
			})
		})
	}
}

// Interfaces of VMs are no interfaces of ours, though they come and become free
// while a create is of unknown outcome.
func TestVMsAtTheSameTime(t *testing.T) {
	t.Parallel()
	for _, cut := range []string{"before", "after"} {
		t.Run("a GandiVM is made, cut "+cut, func(t *testing.T) {
			t.Parallel()
			testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
				unknown(l, cut, "web")
				l.Create(testkit.VM("shop"))
				l.Until("the VM is Ready", patience, l.Ready("shop"))
				ready(l, "web")
				if bought(l) != 1 {
					t.Errorf("bought %d", bought(l))
				}
				census(t, l)
			})
		})
		t.Run("a GandiVM is made by half, cut "+cut, func(t *testing.T) {
			t.Parallel()
			testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
				l.World.Script(gandisim.Trouble{Method: "hosting.vm.create*", Nth: 1, Count: 2, Operation: "ERROR"})
				unknown(l, cut, "web")
				l.Create(testkit.VM("shop"))
				ready(l, "web")
				l.Until("the VM is Ready", patience, l.Ready("shop"))
				if bought(l) != 1 {
					t.Errorf("bought %d", bought(l))
				}
				census(t, l)
				l.Delete("shop")
				l.Until("the VM is gone", patience, l.Gone("shop"))
				census(t, l)
			})
		})
		t.Run("a GandiVM loses its reply too, cut "+cut, func(t *testing.T) {
			t.Parallel()
			testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
				l.World.Script(gandisim.Trouble{Method: "hosting.vm.create_from", Nth: 1, Cut: "after"})
				l.Create(testkit.VM("shop"))
				unknown(l, cut, "web")
				l.Until("the VM is Ready", patience, l.Ready("shop"))
				ready(l, "web")
				census(t, l)
			})
		})
		t.Run("somebody makes a VM, cut "+cut, func(t *testing.T) {
			t.Parallel()
			testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
				unknown(l, cut, "web")
				theirs := vmIface(l, l.Foreign("theirs"))
				ready(l, "web")
				if bought(l) != 1 {
					t.Errorf("bought %d", bought(l))
				}
				census(t, l, theirs)
			})
		})
		t.Run("somebody detaches an old one, cut "+cut, func(t *testing.T) {
			t.Parallel()
			testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
				vm := l.Foreign("theirs")
				theirs := vmIface(l, vm)
				unknown(l, cut, "web")
				l.Somebody(gandi.VMIfaceDetach{VM: gandi.VMID(vm), Iface: gandi.IfaceID(theirs)})
				ready(l, "web")
				if bought(l) != 1 || get(l, "web").Status.ID == theirs {
					t.Errorf("bought %d, took %d", bought(l), get(l, "web").Status.ID)
				}
				census(t, l, theirs)
			})
		})
	}
}

// An object that is deleted while it is not known what its create made finds that
// out first, and deletes it.
func TestDeletedWhileUnknown(t *testing.T) {
	t.Parallel()
	for _, cut := range []string{"before", "after"} {
		t.Run("cut "+cut, func(t *testing.T) {
			t.Parallel()
			testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
				old := l.Made("iface", map[string]any{"datacenter_id": 1})
				l.Create(testkit.Interface("mail"))
				ready(l, "mail")
				unknown(l, cut, "web")
				gone(l, "web")
				census(t, l, old)
				if cut == "before" && !hasEvent(l, "Warning Deleted") {
					t.Errorf("not told: %q", l.Events())
				}
			})
		})
	}
}

// An object that was abandoned while its create was of unknown outcome holds up
// nobody, not even its namesake.
func TestAbandonedWhileUnknown(t *testing.T) {
	t.Parallel()
	testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
		unknown(l, "before", "web")
		testkit.Edit(l, "web", testkit.Annotation[iface](v1alpha1.AnnotationAbandon, "true"))
		testkit.Delete[iface](l, "web")
		l.Until("gone", patience, testkit.Gone[iface](l, "web"))
		l.Create(testkit.Interface("web"), testkit.Interface("mail"))
		l.Until("both are Ready", time.Minute, func() bool { return testkit.Ready[iface](l, "web")() && testkit.Ready[iface](l, "mail")() })
		census(t, l)
	})
}

// An object that was replaced before anybody looked holds up nobody either.
func TestReplacedWhileUnknown(t *testing.T) {
	t.Parallel()
	testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
		unknown(l, "before", "web")
		testkit.Edit(l, "web", func(i *iface) { i.Finalizers = nil })
		testkit.Delete[iface](l, "web")
		l.Create(testkit.Interface("web"), testkit.Interface("mail"))
		l.Until("both are Ready", time.Minute, func() bool { return testkit.Ready[iface](l, "web")() && testkit.Ready[iface](l, "mail")() })
		census(t, l)
	})
}

// A status that is wiped while a create is of unknown outcome does not buy another:
// the process that sent it remembers, with what was there before.
func TestWipedWhileUnknown(t *testing.T) {
	t.Parallel()
	for _, cut := range []string{"before", "after"} {
		t.Run("cut "+cut, func(t *testing.T) {
			t.Parallel()
			testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
				old := l.Made("iface", map[string]any{"datacenter_id": 1})
				unknown(l, cut, "web")
				wiped := get(l, "web")
				wiped.Status = v1alpha1.GandiInterfaceStatus{}
				if err := l.Store.Status().Update(context.Background(), wiped); err != nil {
					t.Fatal(err)
				}
				testkit.Edit(l, "web", testkit.Annotation[iface]("touched", "yes"))
				ready(l, "web")
				if bought(l) != 1 {
					t.Errorf("bought %d", bought(l))
				}
				census(t, l, old)
			})
		})
	}
}

// An object whose status was lost, process and all, keeps its interface by its
// annotation, also from those who look for theirs.
func TestRestoredBesideUnknown(t *testing.T) {
	t.Parallel()
	testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
		l.World.Script(gandisim.Trouble{Method: "hosting.iface.create", Nth: 1, Cut: "after"})
		l.Create(testkit.Interface("first"))
		ready(l, "first")
		l.Stop()
		first := get(l, "first")
		// As if the second had been sent by a process that knew nothing of the first.
		intends(t, l, "second")
		paused := first.DeepCopy()
		paused.Spec.AccountRef.Name = "nowhere" // nobody reads its annotation for now
		paused.Status = v1alpha1.GandiInterfaceStatus{}
		if err := l.Store.Status().Update(context.Background(), paused); err != nil {
			t.Fatal(err)
		}
		testkit.Edit(l, "first", func(i *iface) { i.Spec.AccountRef.Name = "nowhere" })
		l.Start()
		ready(l, "second")
		if id := get(l, "second").Status.ID; id == first.Status.ID {
			t.Error("took what another object's annotation names")
		}
		testkit.Edit(l, "first", func(i *iface) { i.Spec.AccountRef.Name = "default" })
		ready(l, "first")
		census(t, l)
	})
}

// A rival kind whose definition was deleted has no objects, and holds nothing up.
func TestRivalKindIsGone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := testkit.NewLab(t, testkit.Options{})
		store, gone := l.Store, false
		l.Store = interceptor.NewClient(store, interceptor.Funcs{
			List: func(ctx context.Context, c client.WithWatch, list client.ObjectList, opts ...client.ListOption) error {
				if _, ok := list.(*v1alpha1.GandiVMList); ok && gone {
					return &meta.NoKindMatchError{GroupKind: schema.GroupKind{Group: v1alpha1.GroupVersion.Group, Kind: "GandiVM"}}
				}
				return c.List(ctx, list, opts...)
			},
		})
		l.Start()
		l.Store, gone = store, true
		unknown(l, "after", "web")
		l.Until("web has it", patience, func() bool { return get(l, "web").Status.ID != 0 })
		if bought(l) != 1 {
			t.Errorf("bought %d", bought(l))
		}
	})
}

// Two processes that both believe to lead send the creates of two objects at the
// same time, and lose the replies.
func TestTwoManagers(t *testing.T) {
	t.Parallel()
	for n := 0; n < 12; n += min(stride, 5) {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				l := testkit.NewLab(t, testkit.Options{})
				l.Start()
				l.Start()
				l.World.Script(gandisim.Trouble{Method: "hosting.iface.create", Nth: 1, ReplyDelay: time.Duration(n+1) * 7 * time.Second})
				l.World.Script(gandisim.Trouble{Method: "hosting.iface.create", Nth: 2, Cut: []string{"before", "after"}[n%2]})
				l.Create(testkit.Interface("a"), testkit.Interface("b"))
				l.Pass(40 * time.Minute)
				if n := bought(l); n > 2 {
					t.Errorf("bought %d\n%s", n, l.Describe())
				}
				ready(l, "a", "b")
				census(t, l)
			})
		})
	}
}

// slow has every write of a process take its time, and be seen only then.
func slow(l lab, seed uint64) {
	// Half of the writes are quick: what is decided meanwhile is what counts.
	var mu sync.Mutex
	r := rand.New(rand.NewPCG(seed, 3))
	wait := func() {
		mu.Lock()
		d := time.Duration(r.IntN(2)*r.IntN(4000)) * time.Millisecond
		mu.Unlock()
		<-time.After(d)
	}
	l.Store = interceptor.NewClient(l.Store, interceptor.Funcs{
		Patch: func(ctx context.Context, c client.WithWatch, obj client.Object, patch client.Patch, opts ...client.PatchOption) error {
			wait()
			return c.Patch(ctx, obj, patch, opts...)
		},
		SubResourcePatch: func(ctx context.Context, c client.Client, sub string, obj client.Object, patch client.Patch, opts ...client.SubResourcePatchOption) error {
			wait()
			return c.SubResource(sub).Patch(ctx, obj, patch, opts...)
		},
	})
}

// intends has an object wait for the outcome of a create that another process sent.
func intends(t *testing.T, l lab, name string) {
	t.Helper()
	l.Create(testkit.Interface(name, func(i *iface) { i.Finalizers = []string{v1alpha1.Finalizer} }))
	i := get(l, name)
	i.Status.Attempts, i.Status.Handle = 1, gandisim.DefaultHandle
	i.Status.Intent = &v1alpha1.Intent{Attempt: 1, Method: "hosting.iface.create", Digest: "x", Repeat: "Paid", Applies: map[string]string{"made": "1/0/4/"},
		Since: metav1.NowMicro(), Deadline: metav1.NewMicroTime(time.Now()), Sender: "another"}
	if err := l.Store.Status().Update(context.Background(), i); err != nil {
		t.Fatal(err)
	}
}

// Two processes that both believed to lead have left two creates of unknown outcome
// behind, of which one took effect. It is found out for both at the same time: one
// object takes what was made, the other buys.
func TestTwoUnknown(t *testing.T) {
	t.Parallel()
	for seed := uint64(0); seed < 40; seed += uint64(stride) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				l := testkit.NewLab(t, testkit.Options{Workers: 2})
				intends(t, l, "a")
				l.Pass(time.Second)
				intends(t, l, "b")
				l.Made("iface", map[string]any{"datacenter_id": 1})
				slow(l, seed)
				l.Start()
				ready(l, "a", "b")
				if bought(l) != 1 {
					t.Errorf("bought %d", bought(l))
				}
				census(t, l)
			})
		})
	}
}

// Two objects adopt one interface at the same time: one gets it.
func TestTwoAdopters(t *testing.T) {
	t.Parallel()
	for seed := uint64(0); seed < 40; seed += uint64(stride) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				l := testkit.NewLab(t, testkit.Options{Workers: 2})
				id := l.Made("iface", map[string]any{"datacenter_id": 1})
				slow(l, seed)
				l.Start()
				l.Create(testkit.Interface("a", adopts(v1alpha1.InterfaceAdopt{ID: id})))
				l.Pass(time.Duration(seed%3) * 500 * time.Millisecond)
				l.Create(testkit.Interface("b", adopts(v1alpha1.InterfaceAdopt{ID: id})))
				l.Pass(10 * time.Minute)
				have := 0
				for _, name := range []string{"a", "b"} {
					if get(l, name).Status.ID == id {
						have++
					}
				}
				if have != 1 {
					t.Errorf("%d of two objects have it\n%s", have, l.Describe())
				}
			})
		})
	}
}

// Whatever goes wrong, in whatever order: interfaces of several likenesses and VMs
// come and go, replies are lost, lists lag, and processes are killed.
func TestStorm(t *testing.T) {
	t.Parallel()
	seeds := 60
	if testing.Short() {
		seeds = 2
	}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			storm(t, uint64(seed))
		})
	}
}

func storm(t *testing.T, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 7))
	oneOf := func(all ...string) string { return all[r.IntN(len(all))] }
	o := testkit.Switches("list-lag", oneOf("none", "objects", "everything"), "operation-ids", oneOf("monotonic", "shuffled"),
		"create-reply-ids", oneOf("reply", "params-only"), "second-mutation", oneOf("busy-fault", "queue", "operation-error"),
		"op-reply", oneOf("struct", "array"), "bill", oneOf("at-once", "slow"))
	o.Sim.Seed, o.Workers = int64(seed)+1, 1+r.IntN(3)
	synctest.Test(t, func(t *testing.T) {
		l := testkit.NewLab(t, o)
		for _, method := range []string{"hosting.iface.create", "hosting.iface.delete", "hosting.ip.update"} {
			l.World.Script(gandisim.Trouble{Method: method, Probability: 0.5, Count: 4, Cut: oneOf("before", "after", "truncate")})
		}
		l.World.Script(gandisim.Trouble{Method: "hosting.vm.create_from", Probability: 0.5, Count: 1, Cut: oneOf("before", "after", "truncate")})
		l.World.Script(gandisim.Trouble{Method: oneOf("hosting.iface.list", "hosting.iface.info", "operation.*", "hosting.ip.list"), Probability: 0.2, Count: 30, Cut: oneOf("before", "truncate")})
		l.Start()
		var theirs []int64
		living := map[string]bool{}
		deeds := []func(){
			func() { l.Create(testkit.VLAN("back")) },
			func() {
				l.Create(testkit.Interface("a"), testkit.Interface("b"))
				living["a"], living["b"] = true, true
			},
			func() { l.Create(testkit.Interface("c", v6, reverse("", "c.example.com"))); living["c"] = true },
			func() { l.Create(testkit.Interface("d", testkit.OnVLAN("back"))); living["d"] = true },
			func() {
				l.Create(testkit.Interface("e", testkit.OnVLAN("back"), address("192.168.1.77")))
				living["e"] = true
			},
			func() { l.Create(testkit.VM("shop")) },
			func() { theirs = append(theirs, vmIface(l, l.Foreign("theirs"))) },
			func() { theirs = append(theirs, l.Made("iface", map[string]any{"datacenter_id": 3})) },
			func() { l.Stop(); l.Start() },
			func() { l.Stop(); l.Start() },
			func() { testkit.Delete[iface](l, "a"); delete(living, "a") },
		}
		last := len(deeds) - 1
		r.Shuffle(last, func(i, j int) { deeds[i], deeds[j] = deeds[j], deeds[i] })
		for _, deed := range deeds {
			deed()
			l.Pass(time.Duration(r.IntN(200_000)) * time.Millisecond)
		}
		for _, name := range slices.Sorted(maps.Keys(living)) {
			l.Until(name+" is Ready", patient, testkit.Ready[iface](l, name))
		}
		l.Until("the VM is Ready", patient, l.Ready("shop"))
		l.Until("a is gone", patient, testkit.Gone[iface](l, "a"))
		l.Pass(30 * time.Minute)
		census(t, l, theirs...)
	})
}
