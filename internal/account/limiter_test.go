package account

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gandi-operator/gandi-operator/internal/operation"
)

func ownerNamed(name string) operation.Owner {
	return operation.Owner{Kind: "GandiVM", Namespace: "default", Name: name}
}

// gate records who was let through, in order.
type gate struct {
	l  *limiter
	wg sync.WaitGroup
	mu sync.Mutex
	in []string
	at []time.Time
}

func (g *gate) enter(ctx context.Context, p priority, f flow, name string) {
	g.wg.Go(func() {
		if g.l.wait(ctx, p, f) != nil {
			return
		}
		g.mu.Lock()
		defer g.mu.Unlock()
		g.in, g.at = append(g.in, name), append(g.at, time.Now())
	})
	synctest.Wait() // so that requests come in the order of the test
}

func TestLimiterKeepsTheRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gate{l: newLimiter(14)}
		began := time.Now()
		for i := range 142 {
			g.enter(t.Context(), request, flow{}, fmt.Sprint(i))
		}
		g.wg.Wait()
		if got := time.Since(began).Seconds(); math.Abs(got-10) > 0.01 {
			t.Errorf("2 of the burst and 140 at 14/s took %.3f s, want 10", got)
		}
		for i, at := range g.at {
			in := 0
			for _, other := range g.at[i:] {
				if other.Sub(at) < 2*time.Second {
					in++
				}
			}
			if in > 30 {
				t.Fatalf("%d requests within 2 s", in)
			}
		}
		// A long rest earns no more than the burst.
		time.Sleep(time.Hour)
		g.at = nil
		began = time.Now()
		for i := range 16 {
			g.enter(t.Context(), request, flow{}, fmt.Sprint(i))
		}
		g.wg.Wait()
		if got := time.Since(began); got < 999*time.Millisecond {
			t.Errorf("16 after a rest took %v, want 1s", got)
		}
	})
}

func TestLimiterServesMutationsFirstAndNobodyNever(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gate{l: newLimiter(1)}
		g.l.tokens = 0
		for range 5 {
			g.enter(t.Context(), sweep, flow{}, "s")
		}
		for range 5 {
			g.enter(t.Context(), request, flow{}, "r")
		}
		for range 25 {
			g.enter(t.Context(), mutation, flow{}, "m")
		}
		g.wg.Wait()
		got := strings.Join(g.in, "")
		// One in ten goes to those who would wait without end, then in order.
		if want := "mmmmmmmmmrmmmmmmmmmrmmmmmmmrrrsssss"; got != want {
			t.Errorf("order\n%s, want\n%s", got, want)
		}
	})
}

func TestLimiterIsFair(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gate{l: newLimiter(1)}
		g.l.tokens = 0
		big, small := Key{"e", "BIG"}, Key{"e", "SMALL"}
		for i := range 6 {
			g.enter(t.Context(), mutation, flow{big, ownerNamed("greedy")}, fmt.Sprint("g", i))
		}
		for i := range 2 {
			g.enter(t.Context(), mutation, flow{big, ownerNamed("modest")}, fmt.Sprint("m", i))
		}
		for i := range 2 {
			g.enter(t.Context(), mutation, flow{small, ownerNamed("other")}, fmt.Sprint("o", i))
		}
		g.wg.Wait()
		want := []string{"g0", "o0", "m0", "o1", "g1", "m1", "g2", "g3", "g4", "g5"}
		if !slices.Equal(g.in, want) {
			t.Errorf("order %v, want %v", g.in, want)
		}
	})
}

func TestLimiterForgetsWhoGaveUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gate{l: newLimiter(1)}
		g.l.tokens = 0
		impatient, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		for range 20 {
			g.enter(impatient, mutation, flow{owner: ownerNamed("a")}, "never")
		}
		g.enter(t.Context(), request, flow{}, "patient")
		began := time.Now()
		g.wg.Wait()
		if !slices.Equal(g.in, []string{"patient"}) || time.Since(began) > 1100*time.Millisecond {
			t.Errorf("%v after %v, want patient after 1s", g.in, time.Since(began))
		}
		if err := g.l.wait(impatient, mutation, flow{}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("an ended context gives %v", err)
		}
		if n := g.l.waiting(mutation); n != 0 {
			t.Errorf("%d are still counted", n)
		}
	})
}

func TestLimiterSlowsDownWhenRefusedAndRecovers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gate{l: newLimiter(10)}
		g.l.throttled(4 * time.Second)
		g.l.throttled(4 * time.Second) // refused together
		if got := g.l.held(); got != 4*time.Second {
			t.Errorf("held for %v, want 4s", got)
		}
		began := time.Now()
		g.enter(t.Context(), mutation, flow{}, "first")
		g.wg.Wait()
		if got := time.Since(began); got < 4*time.Second || got > 4300*time.Millisecond {
			t.Errorf("the first left after %v, want 4s and a bit", got)
		}
		count := func(d time.Duration) int {
			ctx, cancel := context.WithTimeout(t.Context(), d)
			defer cancel()
			n := 0
			for g.l.wait(ctx, request, flow{}) == nil {
				n++
			}
			return n
		}
		if slow := count(time.Second); slow > 9 || slow < 6 {
			t.Errorf("%d in the first second, want about 7", slow)
		}
		time.Sleep(time.Minute)
		if fast := count(10 * time.Second); fast < 100 || fast > 103 {
			t.Errorf("%d in 10 s after a minute, want 100", fast)
		}
	})
}

func TestLimiterRefundAndRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(1)
		for range 2 {
			if err := l.wait(t.Context(), mutation, flow{}); err != nil {
				t.Fatal(err)
			}
		}
		l.refund()
		began := time.Now()
		_ = l.wait(t.Context(), mutation, flow{})
		if d := time.Since(began); d != 0 {
			t.Errorf("a refunded token came after %v", d)
		}
		l.setRate(10)
		_ = l.wait(t.Context(), mutation, flow{})
		if d := time.Since(began); d > 110*time.Millisecond {
			t.Errorf("at 10/s the next came after %v", d)
		}
	})
}
