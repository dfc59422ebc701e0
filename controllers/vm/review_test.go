package vm_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
	"github.com/gandi-operator/gandi-operator/internal/testkit"
)

// Numbers of attempts begin anew after a status was wiped. What this process
// knew of its own first attempt says nothing of another process's first.
func TestAttemptsRepeatAfterALostStatus(t *testing.T) {
	t.Parallel()
	testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
		l.World.Script(gandisim.Trouble{Method: "hosting.vm.create_from", Nth: 1, Status: 429})
		l.Create(testkit.VM("web"))
		for l.Called("hosting.vm.create_from") == 0 {
			l.Pass(10 * time.Millisecond)
		}
		l.Edit("web", testkit.Annotated(v1alpha1.AnnotationPaused, "true"))
		l.Pass(20 * time.Minute)
		vm := l.VM("web")
		// Status was wiped, and another process has begun anew: its call is under way.
		vm.Status = v1alpha1.GandiVMStatus{}
		vm.Status.Attempts, vm.Status.Handle = 1, "AB1234-GANDI"
		vm.Status.Intent = &v1alpha1.Intent{Attempt: 1, Method: "hosting.vm.create_from", Digest: "x", Repeat: "Paid", Sender: "another",
			Since: metav1.NowMicro(), Deadline: metav1.NewMicroTime(time.Now().Add(30 * time.Second))}
		if err := l.Store.Status().Update(context.Background(), vm); err != nil {
			t.Fatal(err)
		}
		n, from := l.Called("hosting.vm.create_from"), time.Now()
		l.Edit("web", func(vm *v1alpha1.GandiVM) { delete(vm.Annotations, v1alpha1.AnnotationPaused) })
		for l.Called("hosting.vm.create_from") == n && time.Since(from) < time.Hour {
			l.Pass(100 * time.Millisecond)
		}
		if d := time.Since(from); d < 10*time.Minute {
			t.Errorf("bought %s after another process's intent, which may leave within 30s and settle for 10m", d)
		}
	})
}

// A status write takes effect and is answered with an error, twice in a row,
// from the nth one on. The process goes on.
func TestLostAnswersOfStatusWrites(t *testing.T) {
	testkit.Long(t)
	for n := 1; n < 16; n++ {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := testkit.NewLab(t, testkit.Options{})
				count := 0
				l.Store = interceptor.NewClient(l.Store, interceptor.Funcs{
					SubResourcePatch: func(ctx context.Context, c client.Client, sub string, obj client.Object, patch client.Patch, opts ...client.SubResourcePatchOption) error {
						err := c.SubResource(sub).Patch(ctx, obj, patch, opts...)
						if count++; count >= n && count < n+2 && err == nil {
							return errors.New("the answer was lost")
						}
						return err
					},
				})
				l.Start()
				l.Create(testkit.VM("web"))
				ready(l)
				l.Edit("web", testkit.Memory("3Gi"))
				l.Until("Ready with 3Gi", patience, func() bool { return l.Ready("web")() && l.VM("web").Status.Memory.String() == "3Gi" })
				createdOnce(t, l)
				if r := l.Accepted("hosting.vm.reboot"); r != 1 {
					t.Errorf("%d reboots", r)
				}
				l.Delete("web")
				l.Until("gone", patience, l.Gone("web"))
				if l.Living()+l.Count("disks") != 0 {
					t.Error("left behind")
				}
			})
		})
	}
}

// The cache shows an object as it was some of our own writes ago: an intent
// without its operations, or an object without its intent.
func TestStaleCache(t *testing.T) {
	for behind := 1; behind <= 3; behind++ {
		t.Run(fmt.Sprint(behind), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := testkit.NewLab(t, testkit.Options{})
				var mu sync.Mutex
				var old []*v1alpha1.GandiVM
				stale := 0
				note := func(obj client.Object) {
					if vm, ok := obj.(*v1alpha1.GandiVM); ok {
						mu.Lock()
						old = append(old, vm.DeepCopy())
						stale = 2
						mu.Unlock()
					}
				}
				l.Store = interceptor.NewClient(l.Store, interceptor.Funcs{
					Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, obj client.Object, opts ...client.GetOption) error {
						vm, ok := obj.(*v1alpha1.GandiVM)
						mu.Lock()
						if ok && ctx.Done() != nil && stale > 0 && len(old) > behind {
							stale--
							old[len(old)-1-behind].DeepCopyInto(vm)
							mu.Unlock()
							return nil
						}
						mu.Unlock()
						return c.Get(ctx, key, obj, opts...)
					},
					Patch: func(ctx context.Context, c client.WithWatch, obj client.Object, patch client.Patch, opts ...client.PatchOption) error {
						err := c.Patch(ctx, obj, patch, opts...)
						if err == nil {
							note(obj)
						}
						return err
					},
					SubResourcePatch: func(ctx context.Context, c client.Client, sub string, obj client.Object, patch client.Patch, opts ...client.SubResourcePatchOption) error {
						err := c.SubResource(sub).Patch(ctx, obj, patch, opts...)
						if err == nil {
							note(obj)
						}
						return err
					},
				})
				l.Start()
				l.Create(testkit.VM("web"))
				ready(l)
				l.Edit("web", testkit.Memory("3Gi"))
				l.Until("Ready with 3Gi", patience, func() bool { return l.Ready("web")() && l.VM("web").Status.Memory.String() == "3Gi" })
				l.Pass(20 * time.Minute)
				createdOnce(t, l)
				if r := l.Accepted("hosting.vm.reboot"); r != 1 {
					t.Errorf("%d reboots", r)
				}
			})
		})
	}
}
