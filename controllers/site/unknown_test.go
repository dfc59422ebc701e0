package site_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
	"github.com/gandi-operator/gandi-operator/internal/testkit"
)

// census holds that no site belongs to two objects, that none that we bought belongs
// to nobody, and that what others bought is still there and still theirs.
func census(t *testing.T, l lab, foreign ...int64) {
	t.Helper()
	whose := map[int64]string{}
	for _, id := range foreign {
		whose[id] = "somebody else"
	}
	var list v1alpha1.GandiSiteList
	if err := l.Store.List(context.Background(), &list); err != nil {
		t.Fatal(err)
	}
	for _, s := range list.Items {
		if other := whose[s.Status.ID]; other != "" {
			t.Errorf("site %d is %s's and %s's", s.Status.ID, other, s.Name)
		}
		if s.Status.ID != 0 {
			whose[s.Status.ID] = s.Name
		}
	}
	for _, s := range l.Things("sites") {
		id := int64(s["id"].(float64))
		if whose[id] == "" {
			t.Errorf("site %d is nobody's", id)
		}
		delete(whose, id)
	}
	for id, who := range whose {
		t.Errorf("site %d of %s is not there", id, who)
	}
	if t.Failed() {
		t.Log("\n" + l.Describe())
	}
}

// dryThen is the number of the call that buys, counted from the question before it.
const dryThen = 2

// unknown buys a site whose reply is lost, and returns when the call has left.
func unknown(l lab, cut, name string, opts ...func(*site)) {
	n := l.Called("site.create")
	l.World.Script(gandisim.Trouble{Method: "site.create", Nth: dryThen, Cut: cut})
	l.Create(testkit.Site(name, opts...))
	l.Until("the call has left", patience, func() bool { return l.Called("site.create") >= n+dryThen })
}

// A purchase, or a question that is taken for one, that lost its reply is found by
// the vhost, whatever operations tell.
func TestLostPurchase(t *testing.T) {
	t.Parallel()
	n := 0
	for _, dry := range []string{"honoured", "ignored"} {
		for _, nth := range []int{1, dryThen} {
			for _, tells := range []string{"params-only", "nowhere"} {
				for _, list := range []string{"vhost", "preferred_vhost", "vhosts"} {
					for _, cut := range []string{"before", "after", "truncate"} {
						for _, restart := range []bool{false, true} {
							if n++; n%stride != 0 {
								continue
							}
							t.Run(strings.Join([]string{dry, fmt.Sprint(nth), tells, list, cut, fmt.Sprint(restart)}, " "), func(t *testing.T) {
								t.Parallel()
								step(t, func(t *testing.T, l lab) {
									old := theirs(l, "My shop", testkit.Parked("old"))
									l.World.Script(gandisim.Trouble{Method: "site.create", Nth: nth, Cut: cut})
									l.Create(testkit.Site("shop", called("My shop")))
									l.Until("sent", patience, func() bool { return get(l, "shop").Status.Intent != nil })
									stranger := theirs(l, "My shop", testkit.Parked("new"))
									if restart {
										l.Stop()
										l.Start()
									}
									ready(l, "shop")
									l.Pass(time.Hour)
									if bought(l) != 1 || get(l, "shop").Status.PreferredVhost != testkit.Parked("shop") {
										t.Errorf("bought %d", bought(l))
									}
									if n := len(get(l, "shop").Status.PaidAttempts); n > 2 {
										t.Errorf("%d attempts to buy", n)
									}
									census(t, l, old, stranger)
									gone(l, "shop")
									census(t, l, old, stranger)
								}, "site-dry-run", dry, "site-operation-id", tells, "site-list-vhost", list)
							})
						}
					}
				}
			}
		}
	}
}

// The same with the answers of the operations and without their number: what was
// bought is told by its vhost.
func TestOperationTellsNoSite(t *testing.T) {
	t.Parallel()
	step(t, func(t *testing.T, l lab) {
		l.Create(testkit.Site("a"), testkit.Site("b"))
		ready(l, "a")
		ready(l, "b")
		if bought(l) != 2 {
			t.Errorf("bought %d", bought(l))
		}
		census(t, l)
		gone(l, "a")
		gone(l, "b")
		census(t, l)
	}, "site-operation-id", "nowhere")
}

// A spec that changes while it is not known what was bought does not have another
// bought.
func TestEditedWhileUnknown(t *testing.T) {
	t.Parallel()
	for _, cut := range []string{"before", "after"} {
		t.Run("cut "+cut, func(t *testing.T) {
			t.Parallel()
			sampled(t)
			step(t, func(t *testing.T, l lab) {
				unknown(l, cut, "shop", lasting("3m"))
				testkit.Edit(l, "shop", vhosts(testkit.Parked("store")), called("Store"), lasting("1y"))
				ready(l, "shop")
				if bought(l) != 1 || there(t, l)["name"] != "Store" {
					t.Errorf("bought %d", bought(l))
				}
				outdated := len(get(l, "shop").Status.CreationOutdated) == 1
				if outdated != (cut == "after") {
					t.Errorf("outdated %v", get(l, "shop").Status.CreationOutdated)
				}
				census(t, l)
			})
		})
	}
}

// An object that is deleted while it is not known what its create made finds that out
// first, and deletes it.
func TestDeletedWhileUnknown(t *testing.T) {
	t.Parallel()
	for _, cut := range []string{"before", "after"} {
		for _, nth := range []int{1, dryThen} {
			for _, dry := range []string{"honoured", "ignored"} {
				t.Run(fmt.Sprint(cut, nth, dry), func(t *testing.T) {
					t.Parallel()
					sampled(t)
					step(t, func(t *testing.T, l lab) {
						l.World.Script(gandisim.Trouble{Method: "site.create", Nth: nth, Cut: cut})
						l.Create(testkit.Site("shop"))
						l.Until("sent", patience, func() bool { return get(l, "shop").Status.Intent != nil })
						gone(l, "shop")
						l.Pass(time.Hour)
						census(t, l)
						if bought(l) > 1 {
							t.Errorf("bought %d", bought(l))
						}
					}, "site-dry-run", dry)
				})
			}
		}
	}
}

// A status that is wiped while a create is of unknown outcome does not buy another,
// in the same process or in the next.
func TestWipedWhileUnknown(t *testing.T) {
	t.Parallel()
	for _, cut := range []string{"before", "after"} {
		for _, dry := range []string{"honoured", "ignored"} {
			for _, restart := range []bool{false, true} {
				t.Run(fmt.Sprint(cut, dry, restart), func(t *testing.T) {
					t.Parallel()
					sampled(t)
					step(t, func(t *testing.T, l lab) {
						n := map[string]int{"honoured": dryThen, "ignored": 1}[dry]
						l.World.Script(gandisim.Trouble{Method: "site.create", Nth: n, Cut: cut})
						l.Create(testkit.Site("shop"))
						l.Until("sent", patience, func() bool { return l.Called("site.create") >= n })
						if restart {
							l.Stop()
						}
						wipe(t, l, "shop")
						if restart {
							l.Start()
						}
						if !restart || cut == "before" {
							ready(l, "shop")
							census(t, l)
						}
						l.Pass(3 * time.Hour)
						if bought(l) != 1 || l.Count("sites") != 1 {
							t.Errorf("bought %d, %d there", bought(l), l.Count("sites"))
						}
					}, "site-dry-run", dry)
				})
			}
		}
	}
}

// A status that is wiped later is found again by the annotation.
func TestWiped(t *testing.T) {
	t.Parallel()
	step(t, func(t *testing.T, l lab) {
		l.Create(testkit.Site("shop", lasting("3m"), packaged("personal")))
		ready(l, "shop")
		before := get(l, "shop").Status
		for _, restart := range []bool{false, true} {
			if restart {
				l.Stop()
			}
			wipe(t, l, "shop")
			if restart {
				l.Start()
			}
			l.Until("found again", patience, func() bool { return testkit.Ready[site](l, "shop")() && get(l, "shop").Status.ID == before.ID })
			st := get(l, "shop").Status
			if len(st.CreationOutdated) != 0 || st.EditURL != before.EditURL || st.BoughtAt == nil {
				t.Errorf("found %+v", st)
			}
		}
		if bought(l) != 1 {
			t.Errorf("bought %d", bought(l))
		}
		gone(l, "shop")
		census(t, l)
	})
}

// Status and annotation are both lost: the site that is there is not bought again,
// also where Gandi would take a question for an order, and a person is told how to
// take it.
func TestAllIsLost(t *testing.T) {
	t.Parallel()
	for _, dry := range []string{"honoured", "ignored"} {
		t.Run(dry, func(t *testing.T) {
			t.Parallel()
			step(t, func(t *testing.T, l lab) {
				l.Create(testkit.Site("shop", vhosts(testkit.Parked("shop"), testkit.Parked("store"))))
				ready(l, "shop")
				id, asked := get(l, "shop").Status.ID, l.Called("site.create")
				l.Stop()
				wipe(t, l, "shop")
				testkit.Edit(l, "shop", func(s *site) { delete(s.Annotations, v1alpha1.AnnotationExternal) })
				l.Start()
				hasReason(l, "shop", v1alpha1.ReasonUnclaimedExternal)
				if want := fmt.Sprintf("set spec.adopt.id: %d", id); !strings.Contains(message(l, "shop"), want) {
					t.Errorf("told %q, want %q", message(l, "shop"), want)
				}
				l.Steady("bought nothing more", 3*time.Hour, func() bool { return bought(l) == 1 && l.Called("site.create") == asked })
				testkit.Edit(l, "shop", func(s *site) { s.Spec.Adopt = &v1alpha1.SiteAdopt{ID: id} })
				ready(l, "shop")
				if get(l, "shop").Status.ID != id || bought(l) != 1 {
					t.Errorf("has %d, bought %d", get(l, "shop").Status.ID, bought(l))
				}
			}, "site-dry-run", dry)
		})
	}
}

// Two objects want one vhost: the first gets it, the other is told, and gets it once
// it is free.
func TestTwoWantOneVhost(t *testing.T) {
	t.Parallel()
	for _, dry := range []string{"honoured", "ignored"} {
		for _, faults := range []string{"own-causes", "badparameter", "failure"} {
			t.Run(dry+" "+faults, func(t *testing.T) {
				t.Parallel()
				sampled(t)
				step(t, func(t *testing.T, l lab) {
					one := vhosts(testkit.Parked("shop"))
					l.Create(testkit.Site("a", one), testkit.Site("b", one))
					isReady := func() bool { return testkit.Ready[site](l, "a")() != testkit.Ready[site](l, "b")() }
					l.Until("one of them", patience, isReady)
					l.Steady("one of them", 3*time.Hour, func() bool { return isReady() && bought(l) == 1 })
					winner, loser := "a", "b"
					if testkit.Ready[site](l, "b")() {
						winner, loser = loser, winner
					}
					if !strings.Contains(message(l, loser), "already; set spec.adopt.id") {
						t.Errorf("told %q", message(l, loser))
					}
					census(t, l)
					gone(l, winner)
					l.Until("the other", 3*time.Hour, testkit.Ready[site](l, loser))
					census(t, l)
				}, "site-dry-run", dry, "unknown-faults", faults)
			})
		}
	}
}

// A stranger takes the vhost between the question and the purchase, or while the
// purchase is of unknown outcome.
func TestStrangerTakesTheVhost(t *testing.T) {
	t.Parallel()
	for _, when := range []string{"before the call", "while unknown", "between a clean question and the call"} {
		t.Run(when, func(t *testing.T) {
			t.Parallel()
			sampled(t)
			step(t, func(t *testing.T, l lab) {
				var stranger int64
				switch when {
				case "before the call":
					stranger = theirs(l, "theirs", testkit.Parked("shop"))
					l.Create(testkit.Site("shop"))
				case "while unknown":
					unknown(l, "before", "shop")
					stranger = theirs(l, "theirs", testkit.Parked("shop"))
				default:
					l.World.Script(gandisim.Trouble{Method: "site.create", Nth: dryThen, Status: 429})
					l.Create(testkit.Site("shop"))
					l.Until("clean", patience, func() bool { c := get(l, "shop").Status.Check; return c != nil && c.Clean })
					stranger = theirs(l, "theirs", testkit.Parked("shop"))
				}
				l.Pass(3 * time.Hour)
				if bought(l) != 0 || get(l, "shop").Status.ID != 0 || testkit.Ready[site](l, "shop")() {
					t.Errorf("bought %d, has %d", bought(l), get(l, "shop").Status.ID)
				}
				if !strings.Contains(message(l, "shop"), "already; set spec.adopt.id") {
					t.Errorf("told %q", message(l, "shop"))
				}
				testkit.Edit(l, "shop", vhosts(testkit.Parked("store")))
				ready(l, "shop")
				census(t, l, stranger)
			})
		})
	}
}

// Whatever goes wrong, in whatever order, and whatever the unknowns are: sites come,
// change and go, replies are lost, lists lag, and processes are killed.
func TestStorm(t *testing.T) {
	t.Parallel()
	seeds := 40
	if testing.Short() {
		seeds = 1
	}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			storm(t, uint64(seed))
		})
	}
}

func storm(t *testing.T, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 11))
	oneOf := func(all ...string) string { return all[r.IntN(len(all))] }
	o := testkit.Switches("list-lag", oneOf("none", "objects", "everything"), "operation-ids", oneOf("monotonic", "shuffled"),
		"second-mutation", oneOf("busy-fault", "queue", "operation-error"), "bill", oneOf("at-once", "slow"), "site-dry-run", oneOf("honoured", "create-only", "ignored"),
		"site-operation-id", oneOf("params-only", "reply", "nowhere"), "site-list-vhost", oneOf("vhost", "vhosts"), "site-id", oneOf("int", "string"),
		"site-update-reply", oneOf("array", "struct"), "dns-entries", oneOf("keys", "records"), "site-challenge-host", oneOf("vhost", "domain"))
	o.Sim.Seed, o.Workers = int64(seed)+1, 1+r.IntN(3)
	synctest.Test(t, func(t *testing.T) {
		l := testkit.NewLab(t, o)
		for _, method := range []string{"site.create", "site.update", "site.delete"} {
			l.World.Script(gandisim.Trouble{Method: method, Probability: 0.4, Count: 3, Cut: oneOf("before", "after", "truncate")})
		}
		l.World.Script(gandisim.Trouble{Method: oneOf("site.list", "site.info", "operation.*", "site.get_dns_entries"), Probability: 0.2, Count: 20, Cut: oneOf("before", "truncate")})
		l.Start()
		var strangers []int64
		deeds := []func(){
			func() { l.Create(testkit.Site("a"), testkit.Site("b", packaged("personal"))) },
			func() { l.Create(testkit.Site("c", vhosts(foreignVhost, testkit.Parked("c")))) },
			func() { strangers = append(strangers, theirs(l, "theirs", testkit.Parked("theirs"))) },
			func() { l.Stop(); l.Start() },
			func() { l.Stop(); l.Start() },
		}
		r.Shuffle(len(deeds), func(i, j int) { deeds[i], deeds[j] = deeds[j], deeds[i] })
		for _, deed := range deeds {
			deed()
			l.Pass(time.Duration(r.IntN(200_000)) * time.Millisecond)
		}
		testkit.Edit(l, "b", packaged("professional"), vhosts(testkit.Parked("b2"), testkit.Parked("b")))
		l.Pass(time.Duration(r.IntN(20_000)) * time.Millisecond)
		l.Stop()
		l.Start()
		testkit.Delete[site](l, "a")
		l.Until("c is Ready", 60*time.Hour, func() bool {
			proves(t, l, "c")
			return testkit.Ready[site](l, "c")()
		})
		l.Until("b is Ready, or its upgrade wants a person", 60*time.Hour, func() bool {
			return testkit.Ready[site](l, "b")() || strings.Contains(message(l, "b"), "did not come about")
		})
		l.Until("a is gone", 60*time.Hour, testkit.Gone[site](l, "a"))
		l.Pass(30 * time.Minute)
		if upgrades(l) > 1 {
			t.Errorf("upgraded %d times\n%s", upgrades(l), l.Describe())
		}
		census(t, l, strangers...)
	})
}
