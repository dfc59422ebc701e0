package testkit

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
)

// A manager that is killed right before a write has not written, one that is
// killed right after it has: neither learns of it, and neither acts again.
func TestCrash(t *testing.T) {
	for name, before := range map[string]bool{"before": true, "after": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := NewLab(t, Options{Crash: &Crash{N: 2, Before: before}})
				l.Create(Disk("data"))
				m := l.manager()
				m.run()
				write := func(id int64) error {
					disk := Get[v1alpha1.GandiDisk](l, "data")
					was := disk.DeepCopy()
					disk.Status.ID = id
					return m.cluster.Status().Patch(context.Background(), disk, client.MergeFrom(was))
				}
				if err := write(1); err != nil || l.Struck() != "" {
					t.Fatalf("the first write: %v, struck %q", err, l.Struck())
				}
				if err := write(2); !errors.Is(err, errDead) {
					t.Errorf("the process learns of its last write: %v", err)
				}
				if l.Struck() != "write 2: status of GandiDisk default/data" {
					t.Errorf("struck %q", l.Struck())
				}
				want := int64(2)
				if before {
					want = 1
				}
				if got := Get[v1alpha1.GandiDisk](l, "data").Status.ID; got != want {
					t.Errorf("wrote %d, want %d", got, want)
				}
				var all v1alpha1.GandiDiskList
				dead := []error{
					write(3),
					m.cluster.Get(context.Background(), client.ObjectKeyFromObject(Disk("data")), Disk("data")),
					m.cluster.List(context.Background(), &all),
					m.cluster.Patch(context.Background(), Disk("data"), client.RawPatch("application/merge-patch+json", []byte("{}"))),
				}
				for n, err := range dead {
					if !errors.Is(err, errDead) {
						t.Errorf("the dead act, %d: %v", n, err)
					}
				}
				if l.Writes() != 2 {
					t.Errorf("%d writes were counted, want 2", l.Writes())
				}
			})
		})
	}
}

func TestTooFew(t *testing.T) {
	for _, row := range []struct {
		struck, all int64
		want        bool
	}{{0, 0, false}, {0, 1, true}, {1, 1, false}, {8, 9, true}, {9, 10, false}, {17, 19, true}, {18, 20, false}, {89, 100, true}} {
		if got := tooFew(row.struck, row.all); got != row.want {
			t.Errorf("%d of %d: %v", row.struck, row.all, got)
		}
	}
}

// The enumeration strikes at every write that its life makes.
func TestEveryWrite(t *testing.T) {
	t.Parallel()
	done := make(chan string, 6)
	EveryWrite(t, 1, Options{}, func(_ *testing.T, l *Lab) {
		l.Create(SSHKey("me"))
		m := l.manager()
		m.run()
		for id := range int64(3) {
			key := Get[v1alpha1.GandiSSHKey](l, "me")
			was := key.DeepCopy()
			key.Status.ID = id + 1
			if m.cluster.Status().Patch(context.Background(), key, client.MergeFrom(was)) != nil {
				done <- l.Struck()
				return
			}
		}
	})
	t.Cleanup(func() {
		if len(done) != 6 {
			t.Errorf("%d lives ended by a crash, want two for each of three writes", len(done))
		}
	})
}
