package site_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
	"github.com/gandi-operator/gandi-operator/internal/testkit"
)

type life struct {
	name     string
	live     func(*testing.T, lab)
	bought   int // sites that were paid for in all, at most
	upgraded int // upgrades, likewise
	left     int // sites at the end
}

var lives = []life{
	{name: "buy and delete", bought: 1, live: func(_ *testing.T, l lab) {
		l.Create(testkit.Site("shop", called("My shop"), packaged("personal"), lasting("3m")))
		ready(l, "shop")
		gone(l, "shop")
	}},
	{name: "change everything", bought: 1, upgraded: 1, left: 1, live: func(t *testing.T, l lab) {
		l.Create(testkit.Site("shop", called("My shop"), packaged("personal"), retained))
		ready(l, "shop")
		testkit.Edit(l, "shop", called("Our shop"), vhosts(testkit.Parked("store"), testkit.Parked("shop")), packaged("professional"))
		l.Until("changed, or told that a person has to see to the upgrade", 3*time.Hour, func() bool {
			return testkit.Ready[site](l, "shop")() || strings.Contains(message(l, "shop"), "did not come about")
		})
		if !testkit.Ready[site](l, "shop")() {
			testkit.Edit(l, "shop", approving("professional again"))
		}
		ready(l, "shop")
		one := there(t, l)
		want := []any{testkit.Parked("store"), testkit.Parked("shop")}
		if diff := cmp.Diff(want, one["vhosts"]); diff != "" || one["package"] != "professional" {
			t.Errorf("(-want +got):\n%s%v", diff, one)
		}
		gone(l, "shop")
	}},
	{name: "in a foreign domain", bought: 1, live: func(t *testing.T, l lab) {
		l.Create(testkit.Site("shop", vhosts(foreignVhost, testkit.Parked("shop"))))
		challenged(l, "shop")
		proves(t, l, "shop")
		ready(l, "shop")
		gone(l, "shop")
	}},
	{name: "deleted while it is bought", bought: 1, live: func(_ *testing.T, l lab) {
		l.Create(testkit.Site("shop"))
		l.Until("sent", patience, func() bool { return l.Called("site.create") > 0 })
		gone(l, "shop")
	}},
}

func run(t *testing.T, l lab, life life) {
	t.Helper()
	life.live(t, l)
	l.Pass(30 * time.Minute)
	if n := bought(l); n > life.bought {
		t.Errorf("bought %d, want %d (struck %q)\n%s", n, life.bought, l.Struck(), l.Describe())
	}
	if n := tally(l, "site_upgrades"); n > life.upgraded {
		t.Errorf("upgraded %d times, want %d (struck %q)\n%s", n, life.upgraded, l.Struck(), l.Describe())
	}
	if n := l.Count("sites"); n != life.left {
		t.Errorf("%d sites at the end, want %d (struck %q)\n%s", n, life.left, l.Struck(), l.Describe())
	}
}

// A process of the operator is killed right before, and right after, each write
// that it makes to Kubernetes or to Gandi.
func TestCrashAtEveryWrite(t *testing.T) {
	t.Parallel()
	for _, life := range lives {
		t.Run(life.name, func(t *testing.T) {
			t.Parallel()
			testkit.EveryWrite(t, stride, testkit.Options{}, func(t *testing.T, l lab) {
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
		for _, method := range []string{"site.create", "site.update", "site.delete"} {
			for _, nth := range []int{1, 2, 3} {
				for _, cut := range []string{"before", "after", "truncate"} {
					for _, lag := range []string{"none", "everything"} {
						if n++; n%stride != 0 {
							continue
						}
						t.Run(strings.Join([]string{life.name, fmt.Sprint(nth), method, "cut", cut, "lists lag", lag}, " "), func(t *testing.T) {
							t.Parallel()
							step(t, func(t *testing.T, l lab) {
								l.World.Script(gandisim.Trouble{Method: method, Nth: nth, Cut: cut})
								run(t, l, life)
							}, "list-lag", lag)
						})
					}
				}
			}
		}
	}
}

// Whatever the unknowns of Gandi's API turn out to be, a site is bought once,
// changed, and goes without a trace.
func TestEverySwitch(t *testing.T) {
	t.Parallel()
	n := 0
	for _, s := range gandisim.Switches() {
		for _, position := range s.Positions {
			for _, life := range lives {
				ours := strings.HasPrefix(s.Name, "site-") || s.Name == "dns-entries" || s.Name == "unknown-faults"
				every := stride
				if ours {
					every = min(stride, 9)
				}
				if n++; position == s.Default || n%every != 0 {
					continue
				}
				foreign, renames := life.name == "in a foreign domain", life.name == "change everything"
				switch {
				case foreign && position == "always-told", renames && s.Name == "site-rename":
					continue // see TestAlwaysTold and TestRefusedName
				case foreign && position == "operation":
					life.bought = 2 // of which the first came to nothing
				}
				t.Run(life.name+" "+s.Name+"="+position, func(t *testing.T) {
					t.Parallel()
					step(t, func(t *testing.T, l lab) { run(t, l, life) }, s.Name, position)
				})
			}
		}
	}
}

// The plan that status shows is what Gandi then really gets.
func TestPlanIsWhatHappens(t *testing.T) {
	t.Parallel()
	same := func(t *testing.T, l lab) {
		t.Helper()
		hasReason(l, "shop", v1alpha1.ReasonPaused)
		var shown []string
		for _, a := range get(l, "shop").Status.Plan {
			if a.Method != "" {
				shown = append(shown, a.Method)
			}
		}
		n := len(sent(l))
		testkit.Edit(l, "shop", unpaused)
		ready(l, "shop")
		if diff := cmp.Diff(shown, sent(l)[n:]); diff != "" || len(shown) == 0 {
			t.Errorf("shown and sent (-shown +sent):\n%s", diff)
		}
	}
	step(t, func(t *testing.T, l lab) {
		l.Create(testkit.Site("shop", called("My shop"), packaged("personal"), paused))
		same(t, l)
		testkit.Edit(l, "shop", called("Our shop"), vhosts(testkit.Parked("store")), packaged("business"), paused)
		same(t, l)
		if there(t, l)["package"] != "business" {
			t.Error("not upgraded")
		}
	})
}
