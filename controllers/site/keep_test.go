package site_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
	"github.com/gandi-operator/gandi-operator/internal/testkit"
)

// held waits until nothing is done about the site by itself, for that reason.
func held(l lab, reason string) {
	l.Until("held for "+reason, 30*time.Hour, func() bool {
		return testkit.Stalled[site](l, "shop")() && testkit.Reason[site](l, "shop") == reason
	})
}

// seldom has the account looked at seldom: months go by.
func seldom(switches ...string) testkit.Options {
	o := testkit.Switches(switches...)
	o.Account.Resync = 6 * time.Hour
	return o
}

func recreated(s *site) { s.Spec.OnExternalDeletion = v1alpha1.Recreate }

// What Gandi tells of a new site is in status.
func TestReported(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"plain", "token"} {
		t.Run(url, func(t *testing.T) {
			t.Parallel()
			step(t, func(t *testing.T, l lab) {
				l.Create(testkit.Site("shop", called("My shop"), lasting("3m")))
				ready(l, "shop")
				st, one := get(l, "shop").Status, there(t, l)
				if st.Name != "My shop" || st.Provider != "basekit_whitelabel" || st.Package != "personal" || st.State != "created" || st.PreferredVhost != testkit.Parked("shop") || !slices.Equal(st.Vhosts, []string{testkit.Parked("shop")}) {
					t.Errorf("told %+v of %v", st, one)
				}
				if st.EditURL == "" || st.EditURL != one["edit_url"] {
					t.Errorf("edit URL %q, want %q", st.EditURL, one["edit_url"])
				}
				if st.DateEnd == nil || st.DateCreated == nil || st.DateEnd.Sub(st.DateCreated.Time) < 80*24*time.Hour {
					t.Errorf("from %s to %s", st.DateCreated, st.DateEnd)
				}
				if got := says(l, "shop", v1alpha1.ConditionEditable); got != "True Editable" {
					t.Errorf("Editable %s", got)
				}
				if len(st.CreationOutdated) != 0 {
					t.Errorf("outdated %v", st.CreationOutdated)
				}
			}, "edit-url", url)
		})
	}
}

// A site that is not on the parking domain cannot be edited, and is told how it can.
func TestEditable(t *testing.T) {
	t.Parallel()
	step(t, func(t *testing.T, l lab) {
		hosts(t, l, gandisim.Zone{Domain: "mine.example"})
		l.Create(testkit.Site("shop", vhosts("www.mine.example")))
		ready(l, "shop")
		if got := says(l, "shop", v1alpha1.ConditionEditable); got != "False NoParkingVhost" || get(l, "shop").Status.EditURL != "" {
			t.Errorf("Editable %s", got)
		}
		testkit.Edit(l, "shop", vhosts("www.mine.example", testkit.Parked("shop")))
		ready(l, "shop")
		if got := says(l, "shop", v1alpha1.ConditionEditable); got != "True Editable" || get(l, "shop").Status.EditURL == "" {
			t.Errorf("Editable %s", got)
		}
		testkit.Edit(l, "shop", vhosts("www.mine.example"))
		ready(l, "shop")
		if got := says(l, "shop", v1alpha1.ConditionEditable); got != "False NoParkingVhost" {
			t.Errorf("Editable %s", got)
		}
	})
}

// What counts when a site is bought is told when it is changed later, and changes
// nothing.
func TestCreationOutdated(t *testing.T) {
	t.Parallel()
	step(t, func(t *testing.T, l lab) {
		l.Create(testkit.Site("shop", lasting("3m")))
		ready(l, "shop")
		n := len(sent(l))
		testkit.Edit(l, "shop", lasting("1y"), func(s *site) { s.Spec.Provider = "other" })
		l.Until("told", patience, func() bool { return len(get(l, "shop").Status.CreationOutdated) == 2 })
		ready(l, "shop")
		if m := message(l, "shop"); !strings.Contains(m, "provider, duration") || len(sent(l)) != n {
			t.Errorf("told %q, sent %v", m, sent(l)[n:])
		}
		testkit.Edit(l, "shop", lasting("3m"), func(s *site) { s.Spec.Provider = "" })
		l.Until("told no more", patience, func() bool { return len(get(l, "shop").Status.CreationOutdated) == 0 })
	})
}

func TestDrift(t *testing.T) {
	t.Parallel()
	for name, drift := range map[string]map[string]any{
		"name":                {"name": "hacked"},
		"vhosts":              {"vhosts": []any{testkit.Parked("hacked")}},
		"the preferred vhost": {"vhosts": []any{testkit.Parked("store"), testkit.Parked("shop")}},
		"a vhost more":        {"vhosts": []any{testkit.Parked("shop"), testkit.Parked("store"), testkit.Parked("hacked")}},
		"a vhost less":        {"vhosts": []any{testkit.Parked("shop")}},
	} {
		for _, list := range []string{"vhost", "vhosts"} {
			t.Run(name+" "+list, func(t *testing.T) {
				t.Parallel()
				sampled(t)
				step(t, func(t *testing.T, l lab) {
					l.Create(testkit.Site("shop", called("My shop"), vhosts(testkit.Parked("shop"), testkit.Parked("store"))))
					ready(l, "shop")
					panel(t, l, get(l, "shop").Status.ID, drift)
					l.Until("put right", 3*time.Hour, func() bool {
						one := there(t, l)
						return one["name"] == "My shop" && fmt.Sprint(one["vhosts"]) == fmt.Sprint([]any{testkit.Parked("shop"), testkit.Parked("store")})
					})
					ready(l, "shop")
					if !hasEvent(l, "Warning Drifted") {
						t.Error("not told")
					}
				}, "site-list-vhost", list)
			})
		}
	}
	t.Run("of what is not asked for is left", func(t *testing.T) {
		t.Parallel()
		sampled(t)
		step(t, func(t *testing.T, l lab) {
			l.Create(testkit.Site("shop"))
			ready(l, "shop")
			panel(t, l, get(l, "shop").Status.ID, map[string]any{"name": "theirs", "package": "business"})
			l.Until("seen", 3*time.Hour, func() bool {
				return get(l, "shop").Status.Name == "theirs" && get(l, "shop").Status.Package == "business"
			})
			l.Steady("left", 2*time.Hour, func() bool { return testkit.Ready[site](l, "shop")() && l.Called("site.update") == 0 })
		})
	})
	t.Run("back from a foreign domain", func(t *testing.T) {
		t.Parallel()
		sampled(t)
		step(t, func(t *testing.T, l lab) {
			l.Create(foreign())
			challenged(l, "shop")
			proves(t, l, "shop")
			ready(l, "shop")
			panel(t, l, get(l, "shop").Status.ID, map[string]any{"vhosts": []any{testkit.Parked("shop")}})
			l.Until("put right", 3*time.Hour, func() bool { return len(there(t, l)["vhosts"].([]any)) == 2 })
		})
	})
}

// toldOf tells whether the site says why Gandi does not do something, in words or by
// the number that stands for none.
func toldOf(l lab, words string) bool {
	m := message(l, "shop")
	return strings.Contains(m, words) || strings.Contains(m, "500066")
}

// A new name that Gandi does not take holds up nothing else.
func TestRefusedName(t *testing.T) {
	t.Parallel()
	for _, faults := range []string{"own-causes", "badparameter", "failure"} {
		t.Run(faults, func(t *testing.T) {
			t.Parallel()
			sampled(t)
			step(t, func(t *testing.T, l lab) {
				personal(l)
				testkit.Edit(l, "shop", called("Our shop"), vhosts(testkit.Parked("store")), packaged("professional"))
				l.Until("all but the name", patience, func() bool {
					return get(l, "shop").Status.Package == "professional" && get(l, "shop").Status.PreferredVhost == testkit.Parked("store")
				})
				l.Until("told", patience, func() bool { return toldOf(l, "cannot be changed") })
				n := l.Called("site.update")
				l.Steady("not hammered", 3*time.Hour, func() bool { return l.Called("site.update")-n < 60 })
				if upgrades(l) != 1 {
					t.Errorf("upgraded %d times", upgrades(l))
				}
				testkit.Edit(l, "shop", called("shop"))
				ready(l, "shop")
			}, "site-rename", "refused", "unknown-faults", faults)
		})
	}
}

// A vhost that a stranger has is told, and not as a record that is missing.
func TestTakenVhostLater(t *testing.T) {
	t.Parallel()
	for _, faults := range []string{"own-causes", "badparameter", "failure"} {
		t.Run(faults, func(t *testing.T) {
			t.Parallel()
			sampled(t)
			step(t, func(t *testing.T, l lab) {
				l.Create(testkit.Site("shop"))
				ready(l, "shop")
				stranger := theirs(l, "theirs", testkit.Parked("store"))
				testkit.Edit(l, "shop", vhosts(testkit.Parked("shop"), testkit.Parked("store")), called("Our shop"))
				l.Until("told", patience, func() bool { return toldOf(l, "is taken") })
				l.Steady("no record is asked for", 2*time.Hour, func() bool { return len(get(l, "shop").Status.DNSChallenges) == 0 })
				if get(l, "shop").Status.Name != "Our shop" {
					t.Error("the name waits for the vhost")
				}
				l.Somebody(gandi.SiteDelete{ID: gandi.SiteID(stranger)})
				l.Until("has it", 2*patience, testkit.Ready[site](l, "shop"))
			}, "unknown-faults", faults)
		})
	}
}

// ended leads a life in which months go by.
func ended(t *testing.T, f func(t *testing.T, l lab), switches ...string) {
	t.Helper()
	testkit.Step(t, seldom(switches...), f)
}

// A site whose time is over is told so, whether Gandi still lists it or not, and
// nothing is bought by itself.
func TestEnded(t *testing.T) {
	t.Parallel()
	for _, zone := range []string{"utc", "paris"} {
		t.Run("listed, and then deleted "+zone, func(t *testing.T) {
			t.Parallel()
			testkit.Long(t)
			ended(t, func(t *testing.T, l lab) {
				l.Create(testkit.Site("shop", lasting("1m")))
				ready(l, "shop")
				id := get(l, "shop").Status.ID
				panel(t, l, id, map[string]any{"expire": true})
				held(l, v1alpha1.ReasonExternalEnded)
				if !strings.Contains(message(l, "shop"), "still there") || says(l, "shop", v1alpha1.ConditionEditable) != "" {
					t.Errorf("told %q", message(l, "shop"))
				}
				testkit.Edit(l, "shop", called("Our shop"), packaged("professional"))
				l.Steady("left", 6*time.Hour, func() bool { return l.Called("site.update") == 0 })
				l.Somebody(gandi.SiteDelete{ID: gandi.SiteID(id)})
				l.Until("gone", 30*time.Hour, func() bool { return strings.Contains(message(l, "shop"), "is gone") })
				held(l, v1alpha1.ReasonExternalEnded)
				l.Steady("held", 6*time.Hour, func() bool { return bought(l) == 1 })
				gone(l, "shop")
			}, "expired-sites", "listed", "dates", zone)
		})
		t.Run("gone, held "+zone, func(t *testing.T) {
			t.Parallel()
			testkit.Long(t)
			ended(t, func(t *testing.T, l lab) {
				l.Create(testkit.Site("shop", lasting("1m")))
				ready(l, "shop")
				first := get(l, "shop").Status.ID
				l.Pass(time.Until(get(l, "shop").Status.DateEnd.Time) - 12*time.Hour)
				if !testkit.Ready[site](l, "shop")() {
					t.Error("not ready before its end")
				}
				l.Pass(20 * time.Hour)
				held(l, v1alpha1.ReasonExternalEnded)
				for _, e := range l.Events() {
					if strings.Contains(e, "was deleted") {
						t.Error(e)
					}
				}
				l.Stop()
				l.Start()
				l.Steady("held", 6*time.Hour, func() bool { return bought(l) == 1 })
				held(l, v1alpha1.ReasonExternalEnded)
				testkit.Edit(l, "shop", recreated)
				l.Until("bought again", patience, func() bool { return testkit.Ready[site](l, "shop")() && get(l, "shop").Status.ID != first })
				if !hasEvent(l, "Warning ExternalEnded") || bought(l) != 2 {
					t.Errorf("bought %d, %q", bought(l), l.Events())
				}
			}, "dates", zone)
		})
	}
	t.Run("gone, recreated", func(t *testing.T) {
		t.Parallel()
		testkit.Long(t)
		ended(t, func(t *testing.T, l lab) {
			l.Create(testkit.Site("shop", lasting("1m"), recreated))
			ready(l, "shop")
			first := get(l, "shop").Status.ID
			l.Pass(time.Until(get(l, "shop").Status.DateEnd.Time) + 8*time.Hour)
			l.Until("bought again", 30*time.Hour, func() bool { return testkit.Ready[site](l, "shop")() && get(l, "shop").Status.ID != first })
			if !hasEvent(l, "Warning ExternalEnded") || hasEvent(l, "Warning ExternalDeleted") || bought(l) != 2 {
				t.Errorf("bought %d, %q", bought(l), l.Events())
			}
		})
	})
	t.Run("adopted", func(t *testing.T) {
		t.Parallel()
		testkit.Long(t)
		ended(t, func(t *testing.T, l lab) {
			l.Create(testkit.Site("shop", adopting(theirs(l, "theirs", testkit.Parked("theirs")))))
			ready(l, "shop")
			panel(t, l, get(l, "shop").Status.ID, map[string]any{"expire": true})
			// What ended early ended before anybody was told when it would.
			held(l, v1alpha1.ReasonExternalDeleted)
			if bought(l) != 0 {
				t.Error("bought")
			}
		})
		ended(t, func(_ *testing.T, l lab) {
			l.Create(testkit.Site("shop", adopting(l.Made("site", map[string]any{"name": "theirs", "duration": "1m"}))))
			ready(l, "shop")
			l.Pass(time.Until(get(l, "shop").Status.DateEnd.Time) + 8*time.Hour)
			held(l, v1alpha1.ReasonExternalEnded)
		})
	})
	t.Run("deleted long before its end stays so", func(t *testing.T) {
		t.Parallel()
		testkit.Long(t)
		ended(t, func(_ *testing.T, l lab) {
			l.Create(testkit.Site("shop", lasting("1m")))
			ready(l, "shop")
			l.Somebody(gandi.SiteDelete{ID: gandi.SiteID(get(l, "shop").Status.ID)})
			held(l, v1alpha1.ReasonExternalDeleted)
			l.Pass(time.Until(get(l, "shop").Status.DateEnd.Time) + 24*time.Hour)
			held(l, v1alpha1.ReasonExternalDeleted)
		})
	})
	t.Run("deleted with its object", func(t *testing.T) {
		t.Parallel()
		testkit.Long(t)
		ended(t, func(t *testing.T, l lab) {
			l.Create(testkit.Site("shop", lasting("1m")))
			ready(l, "shop")
			panel(t, l, get(l, "shop").Status.ID, map[string]any{"expire": true})
			held(l, v1alpha1.ReasonExternalEnded)
			gone(l, "shop")
			if l.Count("sites") != 0 {
				t.Error("left behind")
			}
		}, "expired-sites", "listed")
	})
}

func TestExternalDeletion(t *testing.T) {
	t.Parallel()
	for _, policy := range []v1alpha1.ExternalDeletionPolicy{"", v1alpha1.Hold, v1alpha1.Recreate} {
		t.Run("policy "+string(policy), func(t *testing.T) {
			t.Parallel()
			sampled(t)
			step(t, func(t *testing.T, l lab) {
				l.Create(testkit.Site("shop", packaged("personal"), func(s *site) { s.Spec.OnExternalDeletion = policy }))
				ready(l, "shop")
				testkit.Edit(l, "shop", packaged("professional"))
				upgraded(l, "professional")
				first := get(l, "shop").Status.ID
				l.Somebody(gandi.SiteDelete{ID: gandi.SiteID(first)})
				if policy != v1alpha1.Recreate {
					held(l, v1alpha1.ReasonExternalDeleted)
					l.Steady("held", 3*time.Hour, func() bool { return bought(l) == 1 && testkit.Stalled[site](l, "shop")() })
					testkit.Edit(l, "shop", recreated)
				}
				l.Until("bought again", 2*patience, func() bool { return testkit.Ready[site](l, "shop")() && get(l, "shop").Status.ID != first })
				if bought(l) != 2 || l.Count("sites") != 1 || get(l, "shop").Status.Package != "professional" || upgrades(l) != 1 {
					t.Errorf("bought %d, %d there", bought(l), l.Count("sites"))
				}
			})
		})
	}
}

func TestAdoption(t *testing.T) {
	t.Parallel()
	for name, live := range map[string]func(t *testing.T, l lab){
		"by number, changed, and left": func(t *testing.T, l lab) {
			id := theirs(l, "theirs", testkit.Parked("theirs"))
			l.Create(testkit.Site("shop", adopting(id)))
			ready(l, "shop")
			st := get(l, "shop").Status
			if st.ID != id || st.Name != "theirs" || len(st.CreationOutdated) != 0 || len(sent(l)) != 0 {
				t.Errorf("took %+v, sent %v", st, sent(l))
			}
			testkit.Edit(l, "shop", called("ours"), vhosts(testkit.Parked("ours")), packaged("professional"), lasting("1y"))
			upgraded(l, "professional")
			if one := there(t, l); one["name"] != "ours" || fmt.Sprint(get(l, "shop").Status.CreationOutdated) != "[duration]" {
				t.Errorf("%v, outdated %v", one, get(l, "shop").Status.CreationOutdated)
			}
			gone(l, "shop")
			if l.Count("sites") != 1 || bought(l) != 0 {
				t.Error("the adopted site did not stay")
			}
		},
		"by name": func(t *testing.T, l lab) {
			theirs(l, "other", testkit.Parked("other"))
			id := theirs(l, "theirs", testkit.Parked("theirs"))
			l.Create(testkit.Site("shop", adoptingBy(v1alpha1.SiteAdoptFilter{Name: "theirs"})))
			ready(l, "shop")
			if get(l, "shop").Status.ID != id {
				t.Error("took another")
			}
		},
		"by vhost, when it appears": func(t *testing.T, l lab) {
			l.Create(testkit.Site("shop", adoptingBy(v1alpha1.SiteAdoptFilter{Vhost: testkit.Parked("theirs")})))
			hasReason(l, "shop", v1alpha1.ReasonAdoptionNotFound)
			id := theirs(l, "theirs", testkit.Parked("theirs"))
			ready(l, "shop")
			if get(l, "shop").Status.ID != id {
				t.Error("took another")
			}
		},
		"ambiguous": func(t *testing.T, l lab) {
			a, b := theirs(l, "theirs", testkit.Parked("a")), theirs(l, "theirs", testkit.Parked("b"))
			l.Create(testkit.Site("shop", adoptingBy(v1alpha1.SiteAdoptFilter{Name: "theirs"})))
			hasReason(l, "shop", v1alpha1.ReasonAdoptionAmbiguous)
			if m := message(l, "shop"); !strings.Contains(m, fmt.Sprintf("%d, %d", a, b)) {
				t.Errorf("told %q", m)
			}
			gone(l, "shop")
			if l.Count("sites") != 2 {
				t.Error("deleted")
			}
		},
		"gone later": func(_ *testing.T, l lab) {
			id := theirs(l, "theirs", testkit.Parked("theirs"))
			l.Create(testkit.Site("shop", adopting(id), recreated))
			ready(l, "shop")
			l.Somebody(gandi.SiteDelete{ID: gandi.SiteID(id)})
			hasReason(l, "shop", v1alpha1.ReasonExternalDeleted)
			l.Steady("bought nothing", 2*time.Hour, func() bool { return bought(l) == 0 })
			gone(l, "shop")
		},
		"added while none was bought": func(t *testing.T, l lab) {
			id := theirs(l, "theirs", testkit.Parked("shop"))
			l.Create(testkit.Site("shop"))
			l.Until("told", patience, func() bool {
				return testkit.Reason[site](l, "shop") == v1alpha1.ReasonUnclaimedExternal && strings.Contains(message(l, "shop"), fmt.Sprintf("spec.adopt.id: %d", id))
			})
			testkit.Edit(l, "shop", func(s *site) { s.Spec.Adopt = &v1alpha1.SiteAdopt{ID: id} })
			ready(l, "shop")
			if get(l, "shop").Status.ID != id || bought(l) != 0 {
				t.Errorf("took %d, bought %d", get(l, "shop").Status.ID, bought(l))
			}
		},
		"of another object's site": func(_ *testing.T, l lab) {
			l.Create(testkit.Site("other"))
			ready(l, "other")
			l.Create(testkit.Site("shop", adopting(get(l, "other").Status.ID)))
			hasReason(l, "shop", v1alpha1.ReasonForeignExternal)
		},
		"only observed": func(t *testing.T, l lab) {
			id := theirs(l, "theirs", testkit.Parked("theirs"))
			l.Create(testkit.Site("shop", adopting(id), called("mine"), observed))
			ready(l, "shop")
			if !meta.IsStatusConditionTrue(get(l, "shop").Status.Conditions, v1alpha1.ConditionDrifted) {
				t.Error("the difference is not shown")
			}
			gone(l, "shop")
			if len(sent(l)) != 0 || l.Count("sites") != 1 {
				t.Errorf("sent %v", sent(l))
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sampled(t)
			step(t, live)
		})
	}
}

// Nothing is asked, bought, changed or deleted that is not to be.
func TestHeldBack(t *testing.T) {
	t.Parallel()
	for name, live := range map[string]func(t *testing.T, l lab){
		"observed": func(_ *testing.T, l lab) {
			l.Create(testkit.Site("shop", observed))
			hasReason(l, "shop", v1alpha1.ReasonObserved)
			l.Steady("nothing sent", 3*time.Hour, func() bool { return l.Called("site.create") == 0 })
			gone(l, "shop")
		},
		"paused": func(_ *testing.T, l lab) {
			l.Create(testkit.Site("shop", paused))
			hasReason(l, "shop", v1alpha1.ReasonPaused)
			l.Steady("nothing sent", 3*time.Hour, func() bool { return l.Called("site.create") == 0 })
			testkit.Edit(l, "shop", unpaused)
			ready(l, "shop")
		},
		"paused while it waits for records": func(t *testing.T, l lab) {
			l.Create(foreign())
			unproven(t, l)
			testkit.Edit(l, "shop", paused)
			l.Pass(time.Minute)
			n := l.Called("site.create")
			proves(t, l, "shop")
			l.Steady("nothing sent", 5*time.Hour, func() bool { return l.Called("site.create") == n })
			testkit.Edit(l, "shop", unpaused)
			ready(l, "shop")
		},
		"retained": func(t *testing.T, l lab) {
			l.Create(testkit.Site("shop", retained))
			ready(l, "shop")
			gone(l, "shop")
			if l.Count("sites") != 1 || !hasEvent(l, "Normal Released") {
				t.Error("deleted")
			}
		},
		"protected": func(t *testing.T, l lab) {
			l.Create(testkit.Site("shop", func(s *site) { s.Spec.DeletionProtection = true }))
			ready(l, "shop")
			testkit.Delete[site](l, "shop")
			l.Steady("kept", 3*time.Hour, func() bool { return l.Called("site.delete") == 0 })
			testkit.Edit(l, "shop", func(s *site) { s.Spec.DeletionProtection = false })
			l.Until("gone", patience, testkit.Gone[site](l, "shop"))
			if l.Count("sites") != 0 {
				t.Error("left behind")
			}
		},
		"deleted while it waits for records": func(t *testing.T, l lab) {
			l.Create(foreign())
			unproven(t, l)
			gone(l, "shop")
			if bought(l) != 0 || l.Called("site.delete") != 0 {
				t.Errorf("bought %d", bought(l))
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sampled(t)
			step(t, live)
		})
	}
}

// Sites are paid for in money: missing credits hold none, the budget of purchases
// does, and questions do not count on it.
func TestMoney(t *testing.T) {
	t.Parallel()
	t.Run("no credits", func(t *testing.T) {
		t.Parallel()
		sampled(t)
		step(t, func(t *testing.T, l lab) {
			if err := l.World.Change(map[string]any{"type": "account", "credits": float64(0)}); err != nil {
				t.Fatal(err)
			}
			personal(l)
			testkit.Edit(l, "shop", packaged("professional"))
			upgraded(l, "professional")
			gone(l, "shop")
		})
	})
	t.Run("the budget", func(t *testing.T) {
		t.Parallel()
		sampled(t)
		o := testkit.Options{}
		o.Account.CreatesPerHour = new(2)
		testkit.Step(t, o, func(t *testing.T, l lab) {
			l.Create(foreign())
			unproven(t, l)
			l.Pass(10 * time.Minute)
			l.Create(testkit.Site("a"), testkit.Site("b"), testkit.Site("c"))
			l.Until("two", patience, func() bool { return bought(l) == 2 })
			l.Until("the third waits", patience, func() bool {
				return slices.ContainsFunc([]string{"a", "b", "c"}, func(n string) bool { return testkit.Reason[site](l, n) == v1alpha1.ReasonBudgetExhausted })
			})
			for _, name := range []string{"a", "b", "c"} {
				l.Until(name, 3*time.Hour, testkit.Ready[site](l, name))
			}
			if bought(l) != 3 {
				t.Errorf("bought %d", bought(l))
			}
		})
	})
}

// What CEL cannot see is told, and is bought once it is put right.
func TestBadInput(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		bad    func(l lab) func(*site)
		reason string
		words  []string
		mend   func(*site)
	}{
		"unknown package":  {func(lab) func(*site) { return packaged("huge") }, v1alpha1.ReasonPackageNotOffered, []string{`"huge"`, "personal, professional, business"}, packaged("personal")},
		"unknown provider": {func(lab) func(*site) { return func(s *site) { s.Spec.Provider = "other" } }, v1alpha1.ReasonInvalidSpec, []string{"provider", "'other'"}, func(s *site) { s.Spec.Provider = "" }},
		"unknown package of an unknown provider": {func(lab) func(*site) { return func(s *site) { s.Spec.Provider, s.Spec.Package = "other", "huge" } }, v1alpha1.ReasonInvalidSpec,
			[]string{"provider"}, func(s *site) { s.Spec.Provider, s.Spec.Package = "", "" }},
		"taken vhost": {func(l lab) func(*site) {
			theirs(l, "theirs", testkit.Parked("theirs"))
			return vhosts(testkit.Parked("shop"), testkit.Parked("theirs"))
		}, v1alpha1.ReasonUnclaimedExternal, []string{testkit.Parked("theirs"), "already"}, vhosts(testkit.Parked("shop"))},
		"two names below the parking domain": {func(lab) func(*site) { return vhosts(testkit.Parked("a.b")) }, v1alpha1.ReasonInvalidSpec, []string{"not one name of the parking domain"}, vhosts(testkit.Parked("shop"))},
		"too long a duration":                {func(lab) func(*site) { return lasting("99y") }, v1alpha1.ReasonInvalidSpec, []string{"duration"}, lasting("1y")},
	} {
		for _, dry := range []string{"honoured", "ignored"} {
			t.Run(name+", dry run "+dry, func(t *testing.T) {
				t.Parallel()
				sampled(t)
				step(t, func(t *testing.T, l lab) {
					l.Create(testkit.Site("shop", row.bad(l)))
					if dry == "honoured" {
						hasReason(l, "shop", row.reason)
						for _, w := range row.words {
							if !strings.Contains(message(l, "shop"), w) {
								t.Errorf("told %q, without %q", message(l, "shop"), w)
							}
						}
						if !testkit.Stalled[site](l, "shop")() {
							t.Error("not stalled")
						}
					}
					l.Steady("bought nothing", 2*time.Hour, func() bool { return bought(l) == 0 })
					if n := l.Called("site.create"); n > 30 {
						t.Errorf("asked %d times", n)
					}
					testkit.Edit(l, "shop", row.mend)
					ready(l, "shop")
					if bought(l) != 1 {
						t.Errorf("bought %d", bought(l))
					}
				}, "site-dry-run", dry)
			})
		}
	}
}
