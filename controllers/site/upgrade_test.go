package site_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
	"github.com/gandi-operator/gandi-operator/internal/testkit"
)

func upgrades(l lab) int { return tally(l, "site_upgrades") }

// upgradeCalls counts the upgrades that Gandi was sent, with what effect ever.
func upgradeCalls(l lab) (n int) {
	for _, e := range l.World.Journal() {
		if e.Method == "site.update" && strings.Contains(fmt.Sprint(e.Args), "package:") {
			n++
		}
	}
	return n
}

func personal(l lab, opts ...func(*site)) {
	l.Create(testkit.Site("shop", append([]func(*site){packaged("personal")}, opts...)...))
	ready(l, "shop")
}

// upgraded waits until the site has a package and nothing is left to do.
func upgraded(l lab, to string) {
	l.Until("upgraded to "+to, patience, func() bool {
		return testkit.Ready[site](l, "shop")() && get(l, "shop").Status.Package == to
	})
}

// undecided waits until the site tells that an upgrade has not come about.
func undecided(t *testing.T, l lab) {
	t.Helper()
	l.Until("told", patience, func() bool {
		return testkit.Stalled[site](l, "shop")() && strings.Contains(message(l, "shop"), "did not come about")
	})
	hasReason(l, "shop", v1alpha1.ReasonUpgradeRequired)
}

func TestUpgrade(t *testing.T) {
	t.Parallel()
	for name, live := range map[string]func(t *testing.T, l lab){
		"by itself, and once": func(t *testing.T, l lab) {
			personal(l)
			testkit.Edit(l, "shop", packaged("professional"))
			upgraded(l, "professional")
			l.Stop()
			l.Start()
			l.Pass(3 * time.Hour)
			if upgrades(l) != 1 || upgradeCalls(l) != 1 || get(l, "shop").Status.PendingUpgrade != nil {
				t.Errorf("upgraded %d times, %d calls", upgrades(l), upgradeCalls(l))
			}
		},
		"of two packages one after the other": func(t *testing.T, l lab) {
			personal(l)
			testkit.Edit(l, "shop", packaged("professional"))
			upgraded(l, "professional")
			testkit.Edit(l, "shop", packaged("business"))
			upgraded(l, "business")
			if upgrades(l) != 2 {
				t.Errorf("upgraded %d times", upgrades(l))
			}
		},
		"quoted in the plan": func(t *testing.T, l lab) {
			personal(l)
			testkit.Edit(l, "shop", packaged("business"), paused)
			hasReason(l, "shop", v1alpha1.ReasonPaused)
			st := get(l, "shop").Status
			if diff := cmp.Diff(&v1alpha1.SiteUpgrade{Package: "business", Price: "96 EUR"}, st.PendingUpgrade); diff != "" {
				t.Error(diff)
			}
			if len(st.Plan) != 1 || !strings.Contains(st.Plan[0].Message, "to business for 96 EUR") {
				t.Errorf("plan %+v", st.Plan)
			}
		},
		"approved by hand": func(t *testing.T, l lab) {
			personal(l, byHand)
			testkit.Edit(l, "shop", packaged("professional"))
			hasReason(l, "shop", v1alpha1.ReasonUpgradeRequired)
			st := get(l, "shop").Status
			if diff := cmp.Diff(&v1alpha1.SiteUpgrade{Package: "professional", Price: "48 EUR"}, st.PendingUpgrade); diff != "" {
				t.Error(diff)
			}
			if len(st.Plan) != 1 || !strings.Contains(st.Plan[0].Message, "48 EUR") || st.Plan[0].Method != "site.update" {
				t.Errorf("plan %+v", st.Plan)
			}
			if !strings.Contains(message(l, "shop"), v1alpha1.AnnotationApproveUpgrade) || testkit.Stalled[site](l, "shop")() {
				t.Errorf("told %q", message(l, "shop"))
			}
			l.Steady("waiting", 5*time.Hour, func() bool { return upgradeCalls(l) == 0 })
			testkit.Edit(l, "shop", approving("business"))
			l.Steady("of another package", time.Hour, func() bool { return upgradeCalls(l) == 0 })
			testkit.Edit(l, "shop", approving("professional"))
			upgraded(l, "professional")
			// The approval is spent.
			testkit.Edit(l, "shop", packaged("business"))
			hasReason(l, "shop", v1alpha1.ReasonUpgradeRequired)
			l.Steady("waiting", time.Hour, func() bool { return upgrades(l) == 1 })
			testkit.Edit(l, "shop", func(s *site) { s.Spec.UpgradePolicy = v1alpha1.UpgradeAutomatic })
			upgraded(l, "business")
		},
		"not below, told with what is above": func(t *testing.T, l lab) {
			l.Create(testkit.Site("shop", packaged("professional")))
			ready(l, "shop")
			testkit.Edit(l, "shop", packaged("personal"), called("Our shop"))
			hasReason(l, "shop", v1alpha1.ReasonPackageNotOffered)
			if m := message(l, "shop"); !strings.Contains(m, "professional, or one above it: business") || !testkit.Stalled[site](l, "shop")() {
				t.Errorf("told %q", m)
			}
			l.Steady("left", 3*time.Hour, func() bool { return upgradeCalls(l) == 0 })
			if there(t, l)["name"] != "Our shop" {
				t.Error("the name waits for the package")
			}
			testkit.Edit(l, "shop", packaged("business"))
			upgraded(l, "business")
			testkit.Edit(l, "shop", packaged("huge"))
			l.Until("none above", patience, func() bool { return strings.Contains(message(l, "shop"), "there is none above it") })
			testkit.Edit(l, "shop", packaged(""))
			ready(l, "shop")
		},
		"of somebody else": func(t *testing.T, l lab) {
			personal(l)
			panel(t, l, get(l, "shop").Status.ID, map[string]any{"package": "professional"})
			l.Until("told", 2*patience, func() bool { return testkit.Reason[site](l, "shop") == v1alpha1.ReasonPackageNotOffered })
			if !strings.Contains(message(l, "shop"), "professional, or one above it: business") {
				t.Errorf("told %q", message(l, "shop"))
			}
			testkit.Edit(l, "shop", packaged("professional"))
			ready(l, "shop")
			if upgrades(l) != 0 {
				t.Error("paid for")
			}
		},
		"that somebody else did meanwhile": func(t *testing.T, l lab) {
			personal(l, byHand)
			testkit.Edit(l, "shop", packaged("professional"))
			hasReason(l, "shop", v1alpha1.ReasonUpgradeRequired)
			l.Somebody(gandi.SiteUpgrade{ID: gandi.SiteID(get(l, "shop").Status.ID), Package: "professional"})
			l.Until("seen", 2*patience, testkit.Ready[site](l, "shop"))
			testkit.Edit(l, "shop", approving("professional"))
			l.Steady("in sync", time.Hour, testkit.Ready[site](l, "shop"))
			if upgrades(l) != 1 {
				t.Errorf("upgraded %d times", upgrades(l))
			}
		},
		"throttled": func(t *testing.T, l lab) {
			personal(l)
			l.World.Script(gandisim.Trouble{Method: "site.update", Nth: 1, Status: http.StatusTooManyRequests})
			testkit.Edit(l, "shop", packaged("professional"))
			upgraded(l, "professional")
			if upgrades(l) != 1 {
				t.Errorf("upgraded %d times", upgrades(l))
			}
		},
		"refused, and tried again a resync later": func(t *testing.T, l lab) {
			personal(l)
			l.World.Script(gandisim.Trouble{Method: "site.update", Nth: 1, Fault: &gandisim.Fault{Code: 583037, Text: "Error on object : OBJECT_SITE (CAUSE_BADPARAMETER) [no]"}})
			testkit.Edit(l, "shop", packaged("professional"))
			hasReason(l, "shop", v1alpha1.ReasonInvalidSpec)
			upgraded(l, "professional")
			if upgrades(l) != 1 || upgradeCalls(l) != 2 {
				t.Errorf("upgraded %d times", upgrades(l))
			}
		},
		"only observed": func(_ *testing.T, l lab) {
			personal(l)
			testkit.Edit(l, "shop", packaged("professional"), observed)
			hasReason(l, "shop", v1alpha1.ReasonObserved)
			l.Steady("left", time.Hour, func() bool { return upgradeCalls(l) == 0 })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sampled(t)
			step(t, live)
		})
	}
}

// An upgrade of which nobody knows what became is never sent again by itself. It is
// told, and a person asks for it again.
func TestUpgradeThatFails(t *testing.T) {
	t.Parallel()
	for name, trouble := range map[string]gandisim.Trouble{
		"in ERROR":                          {Operation: "ERROR"},
		"without a trace":                   {Cut: "before"},
		"with a fault that nobody has seen": {Fault: &gandisim.Fault{Code: 500066, Text: "boom"}},
	} {
		for _, policy := range []v1alpha1.UpgradePolicy{v1alpha1.UpgradeAutomatic, v1alpha1.UpgradeManual} {
			t.Run(name+" "+string(policy), func(t *testing.T) {
				t.Parallel()
				sampled(t)
				step(t, func(t *testing.T, l lab) {
					personal(l)
					trouble.Method, trouble.Nth = "site.update", 1
					l.World.Script(trouble)
					request := "professional"
					testkit.Edit(l, "shop", packaged("professional"), func(s *site) { s.Spec.UpgradePolicy = policy })
					if policy == v1alpha1.UpgradeManual {
						request = "professional please"
						testkit.Edit(l, "shop", approving(request))
					}
					for range 2 {
						undecided(t, l)
						if !strings.Contains(message(l, "shop"), fmt.Sprintf("%q", request+" again")) {
							t.Errorf("told %q", message(l, "shop"))
						}
						n := upgradeCalls(l)
						l.Stop()
						l.Start()
						l.Steady("not sent again", 3*time.Hour, func() bool { return upgradeCalls(l) == n })
						// Whatever else is changed meanwhile is done.
						testkit.Edit(l, "shop", called(request))
						l.Until("renamed", patience, func() bool { return there(t, l)["name"] == request && upgradeCalls(l) == n })
						undecided(t, l)
						request += " again"
						l.World.Script(trouble)
						testkit.Edit(l, "shop", approving(request))
						l.Until("sent again", patience, func() bool { return upgradeCalls(l) == n+1 })
					}
					undecided(t, l)
					testkit.Edit(l, "shop", approving(request+" again"))
					upgraded(l, "professional")
					if upgradeCalls(l) > 4 {
						t.Errorf("%d calls", upgradeCalls(l))
					}
				})
			})
		}
	}
}

// An upgrade that lost its reply, and did take effect, is seen.
func TestUpgradeWithALostReply(t *testing.T) {
	t.Parallel()
	n := 0
	for _, tells := range []string{"params-only", "reply", "nowhere"} {
		for _, shape := range []string{"array", "struct"} {
			for _, cut := range []string{"after", "truncate"} {
				for _, bill := range []string{"at-once", "slow"} {
					for _, lag := range []string{"none", "everything"} {
						if n++; n%stride != 0 {
							continue
						}
						t.Run(strings.Join([]string{tells, shape, cut, bill, lag}, " "), func(t *testing.T) {
							t.Parallel()
							step(t, func(t *testing.T, l lab) {
								personal(l)
								l.World.Script(gandisim.Trouble{Method: "site.update", Nth: 1, Cut: cut})
								testkit.Edit(l, "shop", packaged("professional"))
								upgraded(l, "professional")
								l.Pass(3 * time.Hour)
								if upgradeCalls(l) != 1 {
									t.Errorf("%d calls", upgradeCalls(l))
								}
							}, "site-operation-id", tells, "site-update-reply", shape, "bill", bill, "list-lag", lag)
						})
					}
				}
			}
		}
	}
}

// The status is lost at any time around an upgrade. It is paid for once.
func TestWipedAroundAnUpgrade(t *testing.T) {
	t.Parallel()
	for ms := 0; ms < 6000; ms += 300 * min(stride, 10) {
		for _, cut := range []string{"", "after"} {
			for _, bill := range []string{"at-once", "slow"} {
				t.Run(fmt.Sprint(ms, cut, bill), func(t *testing.T) {
					t.Parallel()
					step(t, func(t *testing.T, l lab) {
						personal(l)
						if cut != "" {
							l.World.Script(gandisim.Trouble{Method: "site.update", Nth: 1, Cut: cut})
						}
						testkit.Edit(l, "shop", packaged("professional"))
						l.Pass(time.Duration(ms) * time.Millisecond)
						wipe(t, l, "shop")
						upgraded(l, "professional")
						if upgrades(l) != 1 || bought(l) != 1 {
							t.Errorf("upgraded %d times, bought %d", upgrades(l), bought(l))
						}
					}, "bill", bill)
				})
			}
		}
	}
}

// wipe takes the status away, as a restored backup or a person does.
func wipe(t *testing.T, l lab, name string) {
	t.Helper()
	s := get(l, name)
	s.Status = v1alpha1.GandiSiteStatus{}
	if err := l.Store.Status().Update(context.Background(), s); err != nil {
		t.Fatal(err)
	}
	testkit.Edit(l, name, testkit.Annotation[site]("touched", time.Now().String()))
}

// Two processes that both believe to lead upgrade once.
func TestUpgradeByTwoManagers(t *testing.T) {
	t.Parallel()
	for n := 0; n < 6; n += min(stride, 3) {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			step(t, func(t *testing.T, l lab) {
				personal(l)
				l.Start()
				l.World.Script(gandisim.Trouble{Method: "site.update", Nth: 1, ReplyDelay: time.Duration(5*n+1) * time.Second})
				testkit.Edit(l, "shop", packaged("professional"))
				l.Pass(2 * time.Hour)
				if upgrades(l) != 1 {
					t.Errorf("upgraded %d times", upgrades(l))
				}
			})
		})
	}
}

// A process is killed around an upgrade, at any write: it is sent once at most, and
// when it is not known whether it came about, that is told.
func TestCrashAroundAnUpgrade(t *testing.T) {
	t.Parallel()
	testkit.EveryWrite(t, stride, testkit.Options{}, func(t *testing.T, l lab) {
		l.Start()
		personal(l)
		testkit.Edit(l, "shop", packaged("professional"))
		l.Until("decided", 3*time.Hour, func() bool {
			return testkit.Ready[site](l, "shop")() || strings.Contains(message(l, "shop"), "did not come about")
		})
		l.Pass(3 * time.Hour)
		if n := upgradeCalls(l); n > 1 {
			t.Errorf("%d calls (struck %q)\n%s", n, l.Struck(), l.Describe())
		}
		if !testkit.Ready[site](l, "shop")() {
			testkit.Edit(l, "shop", approving("professional again"))
		}
		upgraded(l, "professional")
		if upgrades(l) != 1 {
			t.Errorf("upgraded %d times (struck %q)", upgrades(l), l.Struck())
		}
		gone(l, "shop")
	})
}
