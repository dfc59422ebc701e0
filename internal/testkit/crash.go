package testkit

import (
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

// EveryWrite runs live in one world undisturbed, and then in two worlds for every
// stride-th write that was made there: in the one the manager is killed right
// before that write, in the other right after it. live starts the manager. The
// worlds run side by side, each in its own virtual time.
//
// It fails when fewer than nine of ten of the crashes struck: the lives that make
// fewer writes are then not those that were meant.
func EveryWrite(t *testing.T, stride int, o Options, live func(*testing.T, *Lab)) {
	t.Helper()
	writes := 0
	t.Run("undisturbed", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			l := NewLab(t, o)
			live(t, l)
			writes = l.Writes()
		})
	})
	var struck, all atomic.Int64
	t.Cleanup(func() {
		s, n := struck.Load(), all.Load()
		t.Logf("%d of %d crashes struck", s, n)
		if tooFew(s, n) {
			t.Errorf("only %d of %d crashes struck", s, n)
		}
	})
	for n := 1; n <= writes; n += stride {
		for _, before := range []bool{true, false} {
			name := fmt.Sprintf("after write %d", n)
			if before {
				name = fmt.Sprintf("before write %d", n)
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					o := o
					o.Crash = &Crash{N: n, Before: before}
					l := NewLab(t, o)
					live(t, l)
					all.Add(1)
					if l.Struck() == "" {
						t.Skip("this run made fewer writes")
					}
					struck.Add(1)
				})
			})
		}
	}
}

// tooFew tells whether fewer than nine of ten struck.
func tooFew(struck, all int64) bool { return 10*struck < 9*all }
