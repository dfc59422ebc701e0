package vm_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/account"
	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
	"github.com/gandi-operator/gandi-operator/internal/testkit"
)

type lab = *testkit.Lab

func createdOnce(t *testing.T, l lab) {
	t.Helper()
	if n := l.Accepted("hosting.vm.create_from") + l.Accepted("hosting.vm.create"); n != 1 {
		t.Errorf("bought %d times, want once\n%s", n, l.Describe())
	}
}

func ready(l lab) { l.Until("Ready", patience, l.Ready("web")) }

func hasReason(l lab, reason string) {
	l.Until("reason "+reason, patience, func() bool { return l.Reason("web") == reason })
}

func hasEvent(l lab, prefix string) bool {
	for _, e := range l.Events() {
		if strings.HasPrefix(e, prefix) {
			return true
		}
	}
	return false
}

// Whatever the unknowns of Gandi's API turn out to be, a VM is created once,
// grows beyond its maximum with a reboot that makes it so, changes its cores,
// and goes away without a trace.
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
				testkit.Step(t, testkit.Switches(s.Name, position), wholeLife)
			})
		}
	}
	for _, above := range []string{"with-update", "after-reboot"} {
		for _, shown := range []string{"at-once", "after-reboot"} {
			for _, reboots := range []string{"yes", "no"} {
				for _, tiers := range []string{"five", "three", "powers"} {
					if n++; n%stride != 0 {
						continue
					}
					t.Run(fmt.Sprintf("above %s, shown %s, reboots %s, tiers %s", above, shown, reboots, tiers), func(t *testing.T) {
						t.Parallel()
						testkit.Step(t, testkit.Switches("memory-above-max", above, "max-memory-shown", shown, "update-reboots", reboots, "max-memory-tiers", tiers,
							"cores-change", "halted-only", "memory-shrink", "halted-only"), wholeLife)
					})
				}
			}
		}
	}
}

func wholeLife(t *testing.T, l lab) {
	l.Create(testkit.VM("web"))
	ready(l)
	createdOnce(t, l)
	l.Edit("web", testkit.Memory("5Gi"))
	l.Until("Ready with 5Gi", patience, func() bool { return l.Ready("web")() && l.VM("web").Status.Memory.String() == "5Gi" })
	if vm := l.VM("web"); vm.Status.MaxMemory.Cmp(*vm.Status.Memory) < 0 || vm.Status.PendingReboot != nil {
		t.Errorf("maximum %s below memory, or a reboot is still pending: %+v", vm.Status.MaxMemory, vm.Status.PendingReboot)
	}
	if l.Accepted("hosting.vm.reboot") == 0 && l.Accepted("hosting.vm.start") == 0 {
		t.Error("the maximum was raised without a reboot of ours")
	}
	l.Edit("web", testkit.Memory("512Mi"), func(vm *v1alpha1.GandiVM) { vm.Spec.Cores = 3 })
	l.Until("Ready with 3 cores", patience, func() bool {
		vm := l.VM("web")
		return l.Ready("web")() && vm.Status.Cores == 3 && vm.Status.Memory.String() == "512Mi" && vm.Status.State == "running"
	})
	l.Delete("web")
	l.Until("gone", patience, l.Gone("web"))
	createdOnce(t, l)
	if n := l.Living() + l.Count("disks") + l.Count("ifaces"); n != 0 {
		t.Errorf("%d things are left\n%s", n, l.Describe())
	}
}

func TestPowerOnHaltedVMNeedsNoReboot(t *testing.T) {
	t.Parallel()
	testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
		stopped := func(vm *v1alpha1.GandiVM) { vm.Spec.PowerState = v1alpha1.Stopped }
		l.Create(testkit.VM("web", stopped))
		ready(l)
		if s := l.VM("web").Status.State; s != "halted" {
			t.Errorf("state %s", s)
		}
		l.Edit("web", testkit.Memory("4Gi"))
		l.Until("Ready with 4Gi", patience, func() bool { return l.Ready("web")() && l.VM("web").Status.Memory.String() == "4Gi" })
		if l.Called("hosting.vm.reboot") != 0 {
			t.Error("a halted VM was rebooted")
		}
	})
}

func TestManualReboots(t *testing.T) {
	testkit.Long(t)
	t.Parallel()
	testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
		l.Create(testkit.VM("web", func(vm *v1alpha1.GandiVM) { vm.Spec.RebootPolicy = v1alpha1.RebootManual }))
		ready(l)
		l.Edit("web", testkit.Memory("4Gi"), func(vm *v1alpha1.GandiVM) { vm.Spec.Hostname = "renamed" })
		hasReason(l, v1alpha1.ReasonRebootRequired)
		vm := l.VM("web")
		if vm.Status.Hostname != "renamed" {
			t.Error("what needs no reboot was not done")
		}
		if !meta.IsStatusConditionTrue(vm.Status.Conditions, v1alpha1.ConditionRebootRequired) || len(vm.Status.Plan) != 3 || !vm.Status.Plan[0].Disruptive {
			t.Errorf("the plan is not shown: %+v %+v", vm.Status.Conditions, vm.Status.Plan)
		}
		l.Steady("waiting", 2*time.Hour, func() bool {
			return l.Called("hosting.vm.reboot") == 0 && l.VM("web").Status.MaxMemory.String() == "2Gi"
		})
		l.Edit("web", testkit.Annotated(v1alpha1.AnnotationApproveReboot, "me"))
		l.Until("Ready with 4Gi", patience, func() bool { return l.Ready("web")() && l.VM("web").Status.Memory.String() == "4Gi" })
		if l.Accepted("hosting.vm.reboot") != 1 || l.VM("web").Status.LastHandledApproval != "me" {
			t.Error("not rebooted once, by that approval")
		}
		l.Edit("web", testkit.Memory("8Gi"))
		hasReason(l, v1alpha1.ReasonRebootRequired)
		l.Steady("waiting", time.Hour, func() bool { return l.Accepted("hosting.vm.reboot") == 1 })
	})
}

func TestObserveNeverChanges(t *testing.T) {
	t.Parallel()
	testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
		id := l.Foreign("old")
		observe := func(vm *v1alpha1.GandiVM) { vm.Spec.ManagementPolicy = v1alpha1.Observe }
		l.Create(testkit.VM("web", testkit.Adopts(id), testkit.Memory("1Gi"), observe))
		ready(l)
		vm := l.VM("web")
		if !meta.IsStatusConditionTrue(vm.Status.Conditions, v1alpha1.ConditionDrifted) || len(vm.Status.Plan) == 0 {
			t.Errorf("the difference is not shown: %+v", vm.Status)
		}
		l.Delete("web")
		l.Until("gone", patience, l.Gone("web"))
		for _, e := range l.World.Journal() {
			if testkit.Changes(e.Method) {
				t.Errorf("%s was called", e.Method)
			}
		}
	})
}

func TestPause(t *testing.T) {
	t.Parallel()
	testkit.Step(t, testkit.Options{}, func(_ *testing.T, l lab) {
		paused := testkit.Annotated(v1alpha1.AnnotationPaused, "true")
		l.Create(testkit.VM("web", paused))
		hasReason(l, v1alpha1.ReasonPaused)
		l.Steady("nothing bought", time.Hour, func() bool { return l.Called("hosting.vm.create_from") == 0 })
		l.Edit("web", func(vm *v1alpha1.GandiVM) { delete(vm.Annotations, v1alpha1.AnnotationPaused) })
		ready(l)
		l.Edit("web", paused)
		l.Delete("web")
		l.Steady("held", time.Hour, func() bool { return l.VM("web") != nil && l.Living() == 1 })
		l.Edit("web", func(vm *v1alpha1.GandiVM) { delete(vm.Annotations, v1alpha1.AnnotationPaused) })
		l.Until("gone", patience, l.Gone("web"))
	})
}

func TestDeletion(t *testing.T) {
	t.Run("is held by protection", func(t *testing.T) {
		testkit.Step(t, testkit.Options{}, func(_ *testing.T, l lab) {
			l.Create(testkit.VM("web", func(vm *v1alpha1.GandiVM) { vm.Spec.DeletionProtection = true }))
			ready(l)
			l.Delete("web")
			hasReason(l, v1alpha1.ReasonDeletionProtected)
			l.Edit("web", func(vm *v1alpha1.GandiVM) { vm.Spec.DeletionProtection = false })
			l.Until("gone", patience, l.Gone("web"))
		})
	})
	t.Run("retains when asked to", func(t *testing.T) {
		testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
			l.Create(testkit.VM("web", func(vm *v1alpha1.GandiVM) { vm.Spec.DeletionPolicy = v1alpha1.Retain }))
			ready(l)
			l.Delete("web")
			l.Until("gone", patience, l.Gone("web"))
			if l.Living() != 1 {
				t.Error("the VM was deleted")
			}
			// A namesake does not take it, and buys no second one.
			again := testkit.VM("web")
			again.UID = "again"
			l.Create(again)
			hasReason(l, v1alpha1.ReasonUnclaimedExternal)
			l.Steady("one VM", time.Hour, func() bool { return l.Living() == 1 })
			id := int64(l.Things("vms")[0]["id"].(float64))
			l.Edit("web", func(vm *v1alpha1.GandiVM) { vm.Spec.Adopt = &v1alpha1.VMAdopt{ID: id} })
			ready(l)
			createdOnce(t, l)
		})
	})
	t.Run("is abandoned", func(t *testing.T) {
		testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
			l.Create(testkit.VM("web"))
			ready(l)
			l.World.RevokeKey(gandisim.DefaultAPIKey)
			l.Delete("web")
			l.Steady("held", time.Hour, func() bool { return l.VM("web") != nil })
			l.Edit("web", testkit.Annotated(v1alpha1.AnnotationAbandon, "true"))
			l.Until("gone", patience, l.Gone("web"))
			if !hasEvent(l, "Warning Abandoned") || l.Living() != 1 {
				t.Error("not told, or deleted")
			}
		})
	})
	t.Run("of the kind itself releases", func(t *testing.T) {
		testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
			l.Create(testkit.VM("web"))
			ready(l)
			crd := &apiextensionsv1.CustomResourceDefinition{ObjectMeta: metav1.ObjectMeta{Name: "gandivms.hosting.gandi.net"}}
			if err := l.Store.Delete(context.Background(), crd); err != nil {
				t.Fatal(err)
			}
			l.Delete("web")
			l.Until("gone", patience, l.Gone("web"))
			if l.Living() != 1 {
				t.Error("the VM was deleted")
			}
		})
	})
	t.Run("keeps a disk of one's own", func(t *testing.T) {
		testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
			if err := l.World.Change(map[string]any{"type": "disk", "create": map[string]any{"name": "mine", "datacenter_id": 1, "size": 3072}}); err != nil {
				t.Fatal(err)
			}
			own := int64(l.Things("disks")[0]["id"].(float64))
			l.Create(testkit.VM("web", func(vm *v1alpha1.GandiVM) {
				vm.Spec.Image, vm.Spec.SystemDisk = nil, &v1alpha1.SystemDisk{DiskID: own}
			}))
			ready(l)
			l.Delete("web")
			l.Until("gone", patience, l.Gone("web"))
			if l.Count("disks") != 1 || l.Living() != 0 {
				t.Errorf("the disk did not survive\n%s", l.Describe())
			}
		})
	})
}

func TestDrift(t *testing.T) {
	t.Parallel()
	testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
		l.Create(testkit.VM("web"))
		ready(l)
		id := l.VM("web").Status.ID
		for _, change := range []map[string]any{{"memory": 1024}, {"hostname": "hacked"}, {"power": "halted"}} {
			change["type"], change["id"] = "vm", int(id)
			if err := l.World.Change(change); err != nil {
				t.Fatal(err)
			}
			l.Pass(15 * time.Minute)
			ready(l)
		}
		if vm := l.VM("web"); vm.Status.Memory.String() != "512Mi" || vm.Status.Hostname != "web" || vm.Status.State != "running" {
			t.Errorf("not repaired: %+v", vm.Status)
		}
		if !hasEvent(l, "Warning Drifted") {
			t.Error("not told")
		}
	})
}

func TestExternalDeletion(t *testing.T) {
	for _, policy := range []v1alpha1.ExternalDeletionPolicy{v1alpha1.Recreate, v1alpha1.Hold} {
		t.Run(string(policy), func(t *testing.T) {
			testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
				l.Create(testkit.VM("web", func(vm *v1alpha1.GandiVM) { vm.Spec.OnExternalDeletion = policy }))
				ready(l)
				first := l.VM("web").Status.ID
				if err := l.World.Change(map[string]any{"type": "vm", "id": int(first), "delete": true}); err != nil {
					t.Fatal(err)
				}
				if policy == v1alpha1.Hold {
					hasReason(l, v1alpha1.ReasonExternalDeleted)
					l.Until("told as stalled", patience, func() bool {
						return meta.IsStatusConditionTrue(l.VM("web").Status.Conditions, v1alpha1.ConditionStalled)
					})
					createdOnce(t, l)
					l.Edit("web", func(vm *v1alpha1.GandiVM) { vm.Spec.OnExternalDeletion = v1alpha1.Recreate })
				}
				l.Until("recreated", 2*patience, func() bool { return l.Ready("web")() && l.VM("web").Status.ID != first })
				if l.Living() != 1 || l.Accepted("hosting.vm.create_from") != 2 {
					t.Errorf("%d VMs\n%s", l.Living(), l.Describe())
				}
			})
		})
	}
}

func TestAdoption(t *testing.T) {
	t.Run("by filter, when it appears", func(t *testing.T) {
		testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
			l.Create(testkit.VM("web", testkit.Adopts(0), func(vm *v1alpha1.GandiVM) {
				vm.Spec.Memory = nil
				vm.Spec.Adopt = &v1alpha1.VMAdopt{Filter: &v1alpha1.VMAdoptFilter{Hostname: "old"}}
			}))
			hasReason(l, v1alpha1.ReasonAdoptionNotFound)
			id := l.Foreign("old")
			ready(l)
			if got := l.VM("web").Status.ID; got != id {
				t.Errorf("took %d, want %d", got, id)
			}
		})
	})
	t.Run("of several fits none", func(t *testing.T) {
		testkit.Step(t, testkit.Options{}, func(_ *testing.T, l lab) {
			l.Foreign("old")
			l.Foreign("old")
			l.Create(testkit.VM("web", testkit.Adopts(0), func(vm *v1alpha1.GandiVM) {
				vm.Spec.Adopt = &v1alpha1.VMAdopt{Filter: &v1alpha1.VMAdoptFilter{Hostname: "old"}}
			}))
			hasReason(l, v1alpha1.ReasonAdoptionAmbiguous)
		})
	})
	t.Run("of what another object has is refused", func(t *testing.T) {
		testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
			id := l.Foreign("old")
			l.Create(testkit.VM("first", testkit.Adopts(id)))
			l.Until("first is Ready", patience, l.Ready("first"))
			l.Create(testkit.VM("web", testkit.Adopts(id)))
			hasReason(l, v1alpha1.ReasonForeignExternal)
			l.Delete("first")
			l.Until("first is gone", patience, l.Gone("first"))
			ready(l)
			if l.Living() != 1 {
				t.Error("the VM is gone")
			}
		})
	})
	t.Run("of another object's VM wants takeOver", func(t *testing.T) {
		testkit.Step(t, testkit.Options{}, func(_ *testing.T, l lab) {
			l.Create(testkit.VM("other"))
			l.Until("other is Ready", patience, l.Ready("other"))
			id := l.VM("other").Status.ID
			l.Create(testkit.VM("web", testkit.Adopts(id)))
			hasReason(l, v1alpha1.ReasonForeignExternal)
		})
	})
}

func TestRestore(t *testing.T) {
	t.Parallel()
	testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
		l.Create(testkit.VM("web"))
		ready(l)
		vm := l.VM("web")
		// A backup tool brings the object back without status and with a new UID.
		l.Stop()
		l.Edit("web", func(vm *v1alpha1.GandiVM) { vm.Finalizers = nil })
		l.Delete("web")
		restored := testkit.VM("web")
		restored.UID, restored.Annotations = "restored", vm.Annotations
		l.Create(restored)
		l.Start()
		ready(l)
		createdOnce(t, l)
		if got := l.VM("web").Status.ID; got != vm.Status.ID {
			t.Errorf("took %d, want %d", got, vm.Status.ID)
		}
		// Somebody wipes the status.
		wiped := l.VM("web")
		wiped.Status = v1alpha1.GandiVMStatus{}
		if err := l.Store.Status().Update(context.Background(), wiped); err != nil {
			t.Fatal(err)
		}
		l.Edit("web", testkit.Annotated("touched", "yes"))
		ready(l)
		createdOnce(t, l)
		// A copy of the manifest under another name buys its own.
		copied := testkit.VM("copy")
		copied.Annotations = vm.Annotations
		l.Create(copied)
		l.Until("copy is Ready", patience, l.Ready("copy"))
		if l.Living() != 2 {
			t.Error("the copy has no VM of its own")
		}
	})
}

func TestMissingReferences(t *testing.T) {
	testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
		l.Create(testkit.VM("web", func(vm *v1alpha1.GandiVM) { vm.Spec.Bootstrap.PasswordSecretRef.Name = "later" }))
		hasReason(l, v1alpha1.ReasonSecretNotFound)
		if !meta.IsStatusConditionFalse(l.VM("web").Status.Conditions, v1alpha1.ConditionReferencesResolved) {
			t.Error("ReferencesResolved is not False")
		}
		secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: testkit.Namespace, Name: "later"}, Data: map[string][]byte{"password": []byte("long enough")}}
		if err := l.Store.Create(context.Background(), secret); err != nil {
			t.Fatal(err)
		}
		ready(l)
		createdOnce(t, l)
	})
	for reason, change := range map[string]func(*v1alpha1.GandiVM){
		v1alpha1.ReasonImageNotFound:       func(vm *v1alpha1.GandiVM) { vm.Spec.Image.Label = "Plan 9" },
		v1alpha1.ReasonDatacenterNotFound:  func(vm *v1alpha1.GandiVM) { vm.Spec.Datacenter = "Mars" },
		v1alpha1.ReasonDatacenterAmbiguous: func(vm *v1alpha1.GandiVM) { vm.Spec.Datacenter = "France" },
		v1alpha1.ReasonDatacenterClosed:    func(vm *v1alpha1.GandiVM) { vm.Spec.Datacenter = "US-BA1" },
		v1alpha1.ReasonDiskNotFound:        func(vm *v1alpha1.GandiVM) { vm.Spec.Image = &v1alpha1.ImageSource{DiskID: 1} },
		v1alpha1.ReasonAccountNotFound:     func(vm *v1alpha1.GandiVM) { vm.Spec.AccountRef.Name = "other" },
	} {
		t.Run(reason, func(t *testing.T) {
			testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
				l.Create(testkit.VM("web", change))
				hasReason(l, reason)
				fixed := testkit.VM("web").Spec
				l.Edit("web", func(vm *v1alpha1.GandiVM) { vm.Spec = fixed })
				ready(l)
				createdOnce(t, l)
			})
		})
	}
}

func TestBadWeather(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name    string
		trouble gandisim.Trouble
		reason  string // to be told meanwhile; "" when it may be over too soon
	}{
		{"Gandi is down", gandisim.Trouble{Method: "*", Every: 1, Status: 503}, v1alpha1.ReasonAccountNotReady},
		{"connections are cut", gandisim.Trouble{Method: "*", Every: 1, Cut: "before"}, v1alpha1.ReasonAccountNotReady},
		{"replies are truncated", gandisim.Trouble{Method: "*", Every: 1, Cut: "truncate"}, ""},
		{"half of the replies are lost", gandisim.Trouble{Method: "*", Probability: 0.5, Cut: "after"}, ""},
		{"Gandi is slow", gandisim.Trouble{Method: "*", Every: 1, Delay: 20 * time.Second}, ""},
		{"the create ends in ERROR", gandisim.Trouble{Method: "hosting.vm.create_from", Nth: 1, Operation: "ERROR"}, ""},
		{"the create hangs", gandisim.Trouble{Method: "hosting.vm.create_from", Nth: 1, Operation: "hang"}, v1alpha1.ReasonOperationStuck},
		{"an unknown fault answers the create", gandisim.Trouble{Method: "hosting.vm.create_from", Nth: 1, Fault: &gandisim.Fault{Code: 559999, Text: "what?"}}, v1alpha1.ReasonConfirmingCall},
		{"the create is throttled", gandisim.Trouble{Method: "hosting.vm.create_from", Nth: 1, Status: 429}, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
				l.World.Script(row.trouble)
				l.Create(testkit.VM("web"))
				if row.reason != "" {
					hasReason(l, row.reason)
				}
				l.Pass(3 * time.Hour)
				if l.Living() > 1 {
					t.Errorf("%d VMs\n%s", l.Living(), l.Describe())
				}
				l.World.ClearTroubles()
				for _, o := range l.Things("operations") {
					if o["step"] == "BILL" && row.trouble.Operation == "hang" {
						if err := l.World.Change(map[string]any{"type": "operation", "id": int(o["id"].(float64)), "step": "ERROR"}); err != nil {
							t.Log(err)
						}
					}
				}
				ready(l)
				if l.Living() != 1 || l.Count("disks") != 1 {
					t.Errorf("%d VMs, %d disks\n%s", l.Living(), l.Count("disks"), l.Describe())
				}
			})
		})
	}
}

func TestHalfDoneCreates(t *testing.T) {
	t.Parallel()
	n := 0
	for _, leaves := range []string{"disk+iface", "disk", "invalid-vm", "nothing"} {
		for _, failing := range []string{"vm_create", "iface_create", "disk_create"} {
			if n++; n%stride != 0 {
				continue
			}
			t.Run(failing+" leaves "+leaves, func(t *testing.T) {
				t.Parallel()
				testkit.Step(t, testkit.Switches("failed-create-leaves", leaves, "failed-create-step", failing), func(t *testing.T, l lab) {
					l.World.Script(gandisim.Trouble{Method: "hosting.vm.create_from", Nth: 1, Operation: "ERROR"})
					l.Create(testkit.VM("web"))
					ready(l)
					if l.Living() != 1 || l.Count("disks") != 1 {
						t.Errorf("%d VMs, %d disks\n%s", l.Living(), l.Count("disks"), l.Describe())
					}
					l.Delete("web")
					l.Until("gone", patience, l.Gone("web"))
					if l.Living() != 0 || l.Count("disks") != 0 {
						t.Errorf("left: %d VMs, %d disks\n%s", l.Living(), l.Count("disks"), l.Describe())
					}
				})
			})
			t.Run("deleted after "+failing+" left "+leaves, func(t *testing.T) {
				t.Parallel()
				testkit.Step(t, testkit.Switches("failed-create-leaves", leaves, "failed-create-step", failing), func(t *testing.T, l lab) {
					l.World.Script(gandisim.Trouble{Method: "hosting.vm.create*", Every: 1, Operation: "ERROR"})
					l.Create(testkit.VM("web"))
					l.Until("failed", patience, func() bool { vm := l.VM("web"); return vm.Status.LastFailure != nil })
					l.Delete("web")
					l.Until("gone", patience, l.Gone("web"))
					if l.Living() != 0 || l.Count("disks") != 0 {
						t.Errorf("left: %d VMs, %d disks\n%s", l.Living(), l.Count("disks"), l.Describe())
					}
				})
			})
		}
	}
}

func TestCreateKeepsFailing(t *testing.T) {
	testkit.Long(t)
	t.Parallel()
	testkit.Step(t, testkit.Switches("failed-create-leaves", "nothing"), func(_ *testing.T, l lab) {
		l.World.Script(gandisim.Trouble{Method: "hosting.vm.create*", Every: 1, Operation: "ERROR"})
		l.Create(testkit.VM("web"))
		hasReason(l, v1alpha1.ReasonCreateKeepsFailing)
		l.Steady("three attempts", 12*time.Hour, func() bool { return l.Accepted("hosting.vm.create_from") == 3 })
		l.World.ClearTroubles()
		l.Until("Ready", 26*time.Hour, l.Ready("web"))
	})
}

func TestRefusedCreateIsToldAndHealsByAnEdit(t *testing.T) {
	t.Parallel()
	testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
		l.Create(testkit.VM("web", func(vm *v1alpha1.GandiVM) { vm.Spec.Bootstrap.Login = "no such login!" }))
		hasReason(l, v1alpha1.ReasonInvalidSpec)
		n := l.Called("hosting.vm.create_from")
		l.Steady("not hammered", time.Hour, func() bool { return l.Called("hosting.vm.create_from")-n < 8 })
		l.Edit("web", func(vm *v1alpha1.GandiVM) { vm.Spec.Bootstrap.Login = "" })
		ready(l)
		createdOnce(t, l)
	})
}

func TestDeletionWithAnUnknownCreate(t *testing.T) {
	for _, cut := range []string{"before", "after"} {
		t.Run("cut "+cut, func(t *testing.T) {
			testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
				l.World.Script(gandisim.Trouble{Method: "hosting.vm.create_from", Nth: 1, Cut: cut})
				l.Create(testkit.VM("web"))
				l.Until("sent", patience, func() bool { return l.Called("hosting.vm.create_from") == 1 })
				l.Delete("web")
				l.Until("gone", patience, l.Gone("web"))
				if l.Living() != 0 || l.Count("disks") != 0 {
					t.Errorf("left behind\n%s", l.Describe())
				}
				if cut == "before" && !hasEvent(l, "Warning Deleted") {
					t.Errorf("not told: %q", l.Events())
				}
			})
		})
	}
}

func TestBudget(t *testing.T) {
	t.Parallel()
	perHour := 2
	testkit.Step(t, testkit.Options{Account: account.Settings{CreatesPerHour: &perHour}}, func(t *testing.T, l lab) {
		for i := range 4 {
			l.Create(testkit.VM(fmt.Sprintf("web%d", i)))
		}
		l.Pass(30 * time.Minute)
		if n := l.Accepted("hosting.vm.create_from"); n != 2 {
			t.Errorf("bought %d within the hour, want 2", n)
		}
		l.Until("all Ready", 3*time.Hour, func() bool {
			for i := range 4 {
				if !l.Ready(fmt.Sprintf("web%d", i))() {
					return false
				}
			}
			return true
		})
	})
}

// Two processes that both believe to lead: the optimistic lock of the intent
// lets one of them through.
func TestTwoManagers(t *testing.T) {
	t.Parallel()
	for n := range 12 {
		testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
			l.Start()
			l.World.Script(gandisim.Trouble{Method: "hosting.vm.create_from", Nth: 1, ReplyDelay: time.Duration(n+1) * time.Second})
			l.Create(testkit.VM("web"))
			ready(l)
			l.Pass(20 * time.Minute)
			createdOnce(t, l)
			l.Delete("web")
			l.Until("gone", patience, l.Gone("web"))
			if l.Living() != 0 {
				t.Error("left behind")
			}
		})
	}
}

func TestNoSecretAnywhere(t *testing.T) {
	t.Parallel()
	testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
		l.World.Script(gandisim.Trouble{Method: "hosting.vm.update", Nth: 1, Fault: &gandisim.Fault{Code: 559999, Text: "no " + testkit.Password + "2 please"}})
		l.Create(testkit.VM("web"))
		ready(l)
		var secret corev1.Secret
		if err := l.Store.Get(context.Background(), client.ObjectKey{Namespace: testkit.Namespace, Name: "login"}, &secret); err != nil {
			t.Fatal(err)
		}
		secret.Data["password"] = []byte(testkit.Password + "2")
		if err := l.Store.Update(context.Background(), &secret); err != nil {
			t.Fatal(err)
		}
		l.Pass(time.Hour)
		ready(l)
		if l.Accepted("hosting.vm.update") == 0 {
			t.Error("the new password was not set")
		}
		told := l.Describe()
		for _, canary := range []string{testkit.Password, gandisim.DefaultAPIKey} {
			for line := range strings.Lines(told) {
				if strings.Contains(line, canary) {
					t.Errorf("%q shows up: %s", canary, line)
				}
			}
		}
	})
}
