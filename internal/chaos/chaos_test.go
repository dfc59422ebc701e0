package chaos

import (
	"flag"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

var (
	flagHistories = flag.Int("histories", 0, "how many histories to lead; 0 means a small share, for make test")
	flagSeed      = flag.Uint64("seed", 0, "lead the history of this seed alone")
	flagFirst     = flag.Uint64("first", 1, "the first seed")
	flagTimes     = flag.Int("times", 20, "with -seed: how often, since the engine's own jitter is not the seed's")
)

// Histories make much garbage and keep little.
func TestMain(m *testing.M) {
	flag.Parse()
	debug.SetGCPercent(400)
	os.Exit(m.Run())
}

func TestHistories(t *testing.T) {
	if *flagSeed != 0 {
		replay(t, *flagSeed)
		return
	}
	n := *flagHistories
	switch {
	case n > 0:
	case testing.Short():
		n = 12
	default:
		n = 200
	}
	began := time.Now()
	s := newSummary()
	var next atomic.Uint64
	next.Store(*flagFirst)
	last := *flagFirst + uint64(n)
	t.Run("lead", func(t *testing.T) {
		for worker := range 2 {
			t.Run(fmt.Sprint(worker), func(t *testing.T) {
				t.Parallel()
				for seed := next.Add(1) - 1; seed < last && s.failures() < 5; seed = next.Add(1) - 1 {
					begun := time.Now()
					r := lead(t, draw(seed))
					if took := time.Since(begun); took > 3*time.Second {
						t.Logf("seed %d took %s: %d calls in %s", seed, took, r.calls, r.virtual)
					}
					s.add(r)
					if len(r.violations) > 0 {
						tell(t, draw(seed), r)
					}
				}
			})
		}
	})
	t.Logf("%d histories in %s\n%s", n, time.Since(began).Round(time.Second), s)
}

func replay(t *testing.T, seed uint64) {
	for range *flagTimes {
		p := draw(seed)
		if r := lead(t, p); len(r.violations) > 0 {
			tell(t, p, r)
			return
		} else if *flagTimes == 1 {
			t.Logf("%s\n%s", p.words(), strings.Join(r.story, "\n"))
		}
	}
}

// tell tells of a history that broke what is guaranteed, by the fewest steps that
// still do.
func tell(t *testing.T, p plan, r result) {
	t.Helper()
	small, shrunk := shrink(t, p, r)
	t.Errorf("go test ./internal/chaos -run '^TestHistories$' -seed %d\n%s\n%s\n%s", p.seed, strings.Join(shrunk.violations, "\n"), small.words(), strings.Join(shrunk.story, "\n"))
}

// shrink leaves out steps as long as the history still goes wrong.
func shrink(t *testing.T, p plan, r result) (plan, result) {
	deadline := time.Now().Add(20 * time.Second)
	for n := max(len(p.steps)/2, 1); n >= 1; n /= 2 {
		for from := 0; from+n <= len(p.steps) && time.Now().Before(deadline); {
			smaller := p.without(from, n)
			var again result
			for range 3 {
				if again = lead(t, smaller); len(again.violations) > 0 {
					break
				}
			}
			if len(again.violations) > 0 {
				p, r = smaller, again
				continue
			}
			from++
		}
	}
	return p, r
}
