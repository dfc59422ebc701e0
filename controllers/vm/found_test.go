package vm_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
	"github.com/gandi-operator/gandi-operator/internal/testkit"
)

func wipe(t *testing.T, l lab, name string) {
	t.Helper()
	vm := l.VM(name)
	vm.Status = v1alpha1.GandiVMStatus{}
	if err := l.Store.Status().Update(context.Background(), vm); err != nil {
		t.Fatal(err)
	}
	l.Edit(name, testkit.Annotated("touched", fmt.Sprint(time.Now())))
}

// one method that always goes wrong must not be asked without pause.
func TestHotInfo(t *testing.T) {
	for _, tr := range []gandisim.Trouble{
		{Method: "hosting.vm.info", Every: 1, Fault: &gandisim.Fault{Code: 100066, Text: "boom"}},
		{Method: "hosting.ip.list", Every: 1, Fault: &gandisim.Fault{Code: 100066, Text: "boom"}},
		{Method: "operation.list", Every: 1, Fault: &gandisim.Fault{Code: 100066, Text: "boom"}},
		{Method: "hosting.image.list", Every: 1, Fault: &gandisim.Fault{Code: 100066, Text: "boom"}},
	} {
		t.Run(tr.Method, func(t *testing.T) {
			testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
				l.Create(testkit.VM("web"))
				ready(l)
				l.Create(testkit.VM("other"))
				l.World.Script(tr)
				l.Edit("web", testkit.Annotated(v1alpha1.AnnotationReconcileRequestedAt, "x"), testkit.Memory("1Gi"))
				n, w, all := l.Called(tr.Method), l.Writes(), len(l.World.Journal())
				l.Pass(10 * time.Minute)
				calls, others, writes := l.Called(tr.Method)-n, len(l.World.Journal())-all, l.Writes()-w
				t.Logf("%s in 10 minutes: %d calls of it, %d calls, %d writes, reason %s", tr.Method, calls, others, writes, l.Reason("web"))
				// At most one a second for the whole account, however many objects ask.
				if calls > 600 {
					t.Errorf("%s was called %d times in 10 minutes", tr.Method, calls)
				}
			})
		})
	}
}

// handle of a refused create.
func TestHandleDeadEnd(t *testing.T) {
	t.Parallel()
	testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
		l.Create(testkit.VM("web", func(vm *v1alpha1.GandiVM) { vm.Spec.Bootstrap.Login = "no such login!" }))
		hasReason(l, v1alpha1.ReasonInvalidSpec)
		vm := l.VM("web")
		t.Logf("handle %q id %d intent %v created %v", vm.Status.Handle, vm.Status.ID, vm.Status.Intent, vm.Status.Created)
		if vm.Status.Handle != "" && vm.Status.ID == 0 && vm.Status.Intent == nil {
			// As if the refused create had gone to another account before accountRef was edited.
			vm.Status.Handle = "OT123-GANDI"
			if err := l.Store.Status().Update(context.Background(), vm); err != nil {
				t.Fatal(err)
			}
			l.Edit("web", func(vm *v1alpha1.GandiVM) { vm.Spec.Bootstrap.Login = "" })
			ready(l)
		}
	})
}

// the intent's own token.
func TestIntentToken(t *testing.T) {
	t.Parallel()
	testkit.Step(t, testkit.Switches("farm", "nowhere", "farm-filter", "ignored"), func(t *testing.T, l lab) {
		l.World.Script(gandisim.Trouble{Method: "hosting.vm.create_from", Nth: 1, Cut: "after"})
		l.Create(testkit.VM("web"))
		l.Until("sent", patience, func() bool { return l.Called("hosting.vm.create_from") == 1 })
		l.Stop()
		// The intent was written by an installation with another id.
		vm := l.VM("web")
		vm.Status.Intent.Token = "gzzzz0123456789"
		if err := l.Store.Status().Update(context.Background(), vm); err != nil {
			t.Fatal(err)
		}
		for _, d := range l.Things("disks") {
			if err := l.World.Change(map[string]any{"type": "disk", "id": int(d["id"].(float64)), "name": "gzzzz0123456789"}); err != nil {
				t.Fatal(err)
			}
		}
		l.Start()
		l.Pass(time.Hour)
		createdOnce(t, l)
	})
}

// two objects adopt one VM.
func TestTwoAdopters(t *testing.T) {
	t.Parallel()
	testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
		id := l.Foreign("old")
		l.Create(testkit.VM("web", testkit.Adopts(id), testkit.Memory("1Gi")))
		l.Create(testkit.VM("two", testkit.Adopts(id), testkit.Memory("512Mi")))
		l.Pass(3 * time.Minute)
		if n := l.Called("hosting.vm.update"); n > 10 {
			t.Errorf("%d updates within 3 minutes: two objects fight over VM %d; reasons %s %s", n, id, l.Reason("web"), l.Reason("two"))
		}
	})
}

// maxMemory that a create does not take.
func TestMaxMemoryFallback(t *testing.T) {
	maximum := func(vm *v1alpha1.GandiVM) {
		q := vm.Spec.Memory.DeepCopy()
		q.Set(4 << 30)
		vm.Spec.MaxMemory = &q
	}
	t.Run("image", func(t *testing.T) {
		testkit.Step(t, testkit.Switches("create-max-memory", "faulted"), func(_ *testing.T, l lab) {
			l.Create(testkit.VM("web", maximum))
			ready(l)
		})
	})
	t.Run("own disk", func(t *testing.T) {
		testkit.Step(t, testkit.Switches("create-max-memory", "faulted"), func(t *testing.T, l lab) {
			if err := l.World.Change(map[string]any{"type": "disk", "create": map[string]any{"name": "mine", "datacenter_id": 1, "size": 3072}}); err != nil {
				t.Fatal(err)
			}
			own := int64(l.Things("disks")[0]["id"].(float64))
			l.Create(testkit.VM("web", maximum, func(vm *v1alpha1.GandiVM) {
				vm.Spec.Image, vm.Spec.SystemDisk = nil, &v1alpha1.SystemDisk{DiskID: own}
			}))
			ready(l)
		})
	})
	t.Run("resume", func(t *testing.T) {
		testkit.Step(t, testkit.Switches("create-max-memory", "faulted"), func(_ *testing.T, l lab) {
			l.World.Script(gandisim.Trouble{Method: "hosting.vm.create_from", Every: 2, Operation: "ERROR"})
			l.Create(testkit.VM("web", maximum))
			ready(l)
		})
	})
}

// shuffled ids of operations, a lost reply, and a create that fails.
func TestShuffledLostHalf(t *testing.T) {
	for seed := range 4 {
		for _, ids := range []string{"monotonic", "shuffled"} {
			t.Run(fmt.Sprint(ids, seed), func(t *testing.T) {
				o := testkit.Switches("operation-ids", ids)
				o.Sim.Seed = int64(seed + 1)
				testkit.Step(t, o, func(t *testing.T, l lab) {
					l.World.Script(gandisim.Trouble{Method: "hosting.vm.create_from", Nth: 1, Operation: "ERROR", Cut: "after"})
					l.Create(testkit.VM("web"))
					l.Pass(time.Hour)
					if !l.Ready("web")() || l.Living() != 1 || l.Count("disks") != 1 {
						t.Errorf("reason %s, %d VMs, %d disks\n%s", l.Reason("web"), l.Living(), l.Count("disks"), l.Describe())
					}
				})
			})
		}
	}
}

// status wiped while the outcome of a create is not known, and lists lag.
func TestWipedUnknown(t *testing.T) {
	testkit.Long(t)
	for _, lag := range []string{"none", "objects", "everything"} {
		for _, cut := range []string{"", "after"} {
			for ms := range 8 {
				t.Run(fmt.Sprint(lag, cut, ms), func(t *testing.T) {
					testkit.Step(t, testkit.Switches("list-lag", lag), func(t *testing.T, l lab) {
						if cut != "" {
							l.World.Script(gandisim.Trouble{Method: "hosting.vm.create_from", Nth: 1, Cut: cut})
						} else {
							l.World.Script(gandisim.Trouble{Method: "hosting.vm.create_from", Nth: 1, ReplyDelay: 2 * time.Second})
						}
						l.Create(testkit.VM("web"))
						for l.Called("hosting.vm.create_from") == 0 {
							l.Pass(10 * time.Millisecond)
						}
						l.Pass(time.Duration(ms) * 400 * time.Millisecond)
						wipe(t, l, "web")
						l.Pass(time.Hour)
						if n := l.Living(); n != 1 {
							t.Errorf("%d VMs, reason %s", n, l.Reason("web"))
						} else {
							t.Log(l.Reason("web"))
						}
					})
				})
			}
		}
	}
}

// nothing has to be done at Gandi, so a dead account holds nothing.
func TestRetainWithDeadAccount(t *testing.T) {
	t.Parallel()
	testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
		id := l.Foreign("old")
		l.Create(testkit.VM("web", testkit.Adopts(id), testkit.Memory("512Mi")))
		ready(l)
		l.World.RevokeKey(gandisim.DefaultAPIKey)
		l.Stop()
		l.Start()
		l.Pass(time.Hour)
		l.Delete("web")
		l.Pass(24 * time.Hour)
		if l.VM("web") != nil {
			t.Errorf("held for a day: %s", l.Reason("web"))
		}
	})
}

// a disk of one's own that somebody else attached meanwhile.
func TestOwnDiskTaken(t *testing.T) {
	for _, o := range []struct {
		name    string
		faults  string
		trouble *gandisim.Trouble
	}{
		{"own causes", "own-causes", nil},
		{"failure", "failure", nil},
		{"cut before", "own-causes", &gandisim.Trouble{Method: "hosting.vm.create", Nth: 1, Cut: "before"}},
	} {
		t.Run(o.name, func(t *testing.T) {
			testkit.Step(t, testkit.Switches("unknown-faults", o.faults), func(t *testing.T, l lab) {
				x := l.Foreign("theirs")
				before := map[any]bool{}
				for _, d := range l.Things("disks") {
					before[d["id"]] = true
				}
				if err := l.World.Change(map[string]any{"type": "disk", "create": map[string]any{"name": "mine", "datacenter_id": 1, "size": 3072}}); err != nil {
					t.Fatal(err)
				}
				var own int64
				for _, d := range l.Things("disks") {
					if !before[d["id"]] {
						own = int64(d["id"].(float64))
					}
				}
				l.Create(testkit.VM("web", func(vm *v1alpha1.GandiVM) {
					vm.Spec.Image, vm.Spec.SystemDisk = nil, &v1alpha1.SystemDisk{DiskID: own}
					vm.Spec.Bootstrap.PasswordSecretRef.Name = "later"
				}))
				hasReason(l, v1alpha1.ReasonSecretNotFound)
				l.Pass(5 * time.Second)
				if o.trouble != nil {
					l.World.Script(*o.trouble)
				}
				attach(t, l, x, own)
				secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: testkit.Namespace, Name: "later"}, Data: map[string][]byte{"password": []byte("long enough")}}
				if err := l.Store.Create(context.Background(), secret); err != nil {
					t.Fatal(err)
				}
				l.Edit("web", testkit.Annotated("touched", "x"))
				l.Pass(time.Hour)
				vm := l.VM("web")
				t.Logf("reason %s id %d (theirs is %d); create called %d", l.Reason("web"), vm.Status.ID, x, l.Called("hosting.vm.create"))
				if vm.Status.ID == x {
					t.Errorf("took somebody else's VM %d: hostname now %v", x, l.Things("vms")[0]["hostname"])
				}
				l.Delete("web")
				l.Pass(time.Hour)
				if l.Living() != 1 {
					t.Errorf("deleted somebody else's VM")
				}
			})
		})
	}
}

var _ = synctest.Wait

func attach(t *testing.T, l lab, vm, disk int64) {
	t.Helper()
	if err := l.World.Change(map[string]any{"type": "disk", "id": int(disk), "attach": int(vm)}); err != nil {
		t.Fatal(err)
	}
}

func TestInvalidLoop(t *testing.T) {
	testkit.Long(t)
	t.Parallel()
	testkit.Step(t, testkit.Switches("failed-create-leaves", "invalid-vm"), func(t *testing.T, l lab) {
		l.World.Script(gandisim.Trouble{Method: "hosting.vm.create*", Every: 1, Operation: "ERROR"})
		l.Create(testkit.VM("web"))
		for h := range 6 {
			n, w := len(l.World.Journal()), l.Writes()
			l.Pass(time.Hour)
			t.Logf("hour %d: %d calls, %d writes, %s, created %d paid %d", h, len(l.World.Journal())-n, l.Writes()-w, l.Reason("web"), len(l.VM("web").Status.Created), l.Called("hosting.vm.create")+l.Called("hosting.vm.create_from"))
		}
	})
}

// a request longer than status may echo.
func TestLongRequest(t *testing.T) {
	t.Parallel()
	testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
		l.Create(testkit.VM("web"))
		ready(l)
		long := strings.Repeat("x", 300)
		l.Edit("web", testkit.Annotated(v1alpha1.AnnotationRestartRequestedAt, long), testkit.Annotated(v1alpha1.AnnotationReconcileRequestedAt, long), testkit.Annotated(v1alpha1.AnnotationApproveReboot, long))
		l.Pass(time.Hour)
		st := l.VM("web").Status
		for _, echo := range []string{st.LastHandledApproval, st.LastHandledReconcileAt, st.LastHandledRestartAt} {
			if len(echo) > 256 {
				t.Errorf("status echoes %d characters, the schema allows 256: every status write would be refused", len(echo))
			}
		}
	})
}
