package account

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
)

// A thousand objects that come at once are one look at their account.
func TestObjectsWakeTheirAccountTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := workqueue.NewTypedRateLimitingQueue(workqueue.DefaultTypedControllerRateLimiter[reconcile.Request]())
		defer q.ShutDown()
		h := gathering()
		for range 1000 {
			h.Create(context.Background(), event.CreateEvent{Object: newVM("a", "main")}, q)
			time.Sleep(time.Millisecond / 2)
		}
		h.Update(context.Background(), event.UpdateEvent{ObjectOld: newVM("a", "main"), ObjectNew: newVM("a", "twin")}, q)
		h.Delete(context.Background(), event.DeleteEvent{Object: newVM("b", "")}, q)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if q.Len() != 2 {
			t.Errorf("%d in the queue, want main and twin", q.Len())
		}
	})
}

func TestPredicates(t *testing.T) {
	account := func(change func(*v1alpha1.GandiAccount)) *v1alpha1.GandiAccount {
		a := newAccount("main", "key")
		a.Status.Handle = "AB1234-GANDI"
		if change != nil {
			change(a)
		}
		return a
	}
	for name, c := range map[string]struct {
		before, after client.Object
		want          bool
	}{
		"our own status write": {account(nil), account(func(a *v1alpha1.GandiAccount) { a.Status.Breaker = "Open" }), false},
		"a new generation":     {account(nil), account(func(a *v1alpha1.GandiAccount) { a.Generation = 2 }), true},
		"an annotation":        {account(nil), account(func(a *v1alpha1.GandiAccount) { a.Annotations = map[string]string{"a": "b"} }), true},
		"a deletion":           {account(nil), account(func(a *v1alpha1.GandiAccount) { a.DeletionTimestamp = new(metav1.Now()) }), true},
		"a finalizer":          {account(nil), account(func(a *v1alpha1.GandiAccount) { a.Finalizers = []string{"x"} }), true},
		"a lost status":        {account(nil), account(func(a *v1alpha1.GandiAccount) { a.Status.Handle = "" }), true},
		"something else":       {&corev1.Secret{}, &corev1.Secret{}, false},
	} {
		if got := byPeople().Update(event.UpdateEvent{ObjectOld: c.before, ObjectNew: c.after}); got != c.want {
			t.Errorf("%s is let through: %v, want %v", name, got, c.want)
		}
	}
	if referring().Update(event.UpdateEvent{ObjectOld: newVM("a", "x"), ObjectNew: newVM("a", "x")}) {
		t.Error("an object that names the same account is let through")
	}
	if !referring().Update(event.UpdateEvent{ObjectOld: newVM("a", "x"), ObjectNew: newVM("a", "y")}) {
		t.Error("an object that names another account is not let through")
	}
}
