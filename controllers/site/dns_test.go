package site_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
	"github.com/gandi-operator/gandi-operator/internal/testkit"
)

// foreign is a site on a name of somebody else's domain and on one of its own.
func foreign(opts ...func(*site)) *site {
	return testkit.Site("shop", append([]func(*site){vhosts(foreignVhost, testkit.Parked("shop"))}, opts...)...)
}

// unproven waits until the site is told to wait for its record, and holds what is
// told.
func unproven(t *testing.T, l lab) {
	t.Helper()
	challenged(l, "shop")
	hasReason(l, "shop", v1alpha1.ReasonDNSRecordMissing)
	s := get(l, "shop")
	one := s.Status.DNSChallenges[0]
	if len(s.Status.DNSChallenges) != 1 || one.Host != foreignVhost || one.Type != "TXT" || !strings.HasPrefix(one.Value, "vhost=") || one.TTL != 10800 {
		t.Errorf("asks for %+v", s.Status.DNSChallenges)
	}
	if got := says(l, "shop", v1alpha1.ConditionDNSVerified); got != "False DNSRecordMissing" {
		t.Errorf("DNSVerified is %s", got)
	}
	c := testkit.Condition[site](l, "shop", v1alpha1.ConditionDNSVerified)
	if want := fmt.Sprintf("%s. 10800 IN TXT %q", one.Host, one.Value); !strings.Contains(c.Message, want) {
		t.Errorf("told %q, without %q", c.Message, want)
	}
	if testkit.Stalled[site](l, "shop")() {
		t.Error("stalled")
	}
}

// The record appears after hours. Until then Gandi is asked seldomer and seldomer,
// and nothing else is told than that it is missing.
func TestRecordAfterHours(t *testing.T) {
	t.Parallel()
	for _, at := range []time.Duration{10 * time.Minute, 7 * time.Hour, 50 * time.Hour} {
		t.Run(at.String(), func(t *testing.T) {
			t.Parallel()
			sampled(t)
			step(t, func(t *testing.T, l lab) {
				l.Create(foreign())
				unproven(t, l)
				l.Steady("waiting", at, func() bool {
					return testkit.Reason[site](l, "shop") == v1alpha1.ReasonDNSRecordMissing && bought(l) == 0
				})
				// 1, 2, 4 … 32 minutes, and then each hour.
				if n, most := l.Called("site.create"), 7+int(at/time.Hour); n > most || n < int(at/time.Hour) {
					t.Errorf("asked %d times in %s", n, at)
				}
				if n := len(get(l, "shop").Status.PaidAttempts); n != 0 {
					t.Errorf("%d questions count as attempts to buy", n)
				}
				proves(t, l, "shop")
				l.Until("bought soon", 61*time.Minute, testkit.Ready[site](l, "shop"))
				if got := says(l, "shop", v1alpha1.ConditionDNSVerified); bought(l) != 1 || got != "True DNSVerified" {
					t.Errorf("bought %d, DNSVerified %s", bought(l), got)
				}
				if s := get(l, "shop"); len(s.Status.DNSChallenges) != 0 || s.Status.Check != nil {
					t.Errorf("still asks for %v, %v", s.Status.DNSChallenges, s.Status.Check)
				}
				for _, e := range l.Events() {
					if strings.HasPrefix(e, "Warning") {
						t.Error(e)
					}
				}
			})
		})
	}
}

// The annotation has Gandi asked at once, each value once.
func TestAskedAtOnce(t *testing.T) {
	t.Parallel()
	step(t, func(t *testing.T, l lab) {
		l.Create(foreign())
		unproven(t, l)
		l.Pass(5 * time.Hour)
		n := l.Called("site.create")
		testkit.Edit(l, "shop", testkit.Annotation[site](v1alpha1.AnnotationReconcileRequestedAt, "now"))
		l.Until("asked", time.Minute, func() bool { return l.Called("site.create") == n+1 })
		l.Steady("asked once", 20*time.Minute, func() bool { return l.Called("site.create") == n+1 })
		proves(t, l, "shop")
		testkit.Edit(l, "shop", testkit.Annotation[site](v1alpha1.AnnotationReconcileRequestedAt, "then"))
		l.Until("bought", time.Minute, testkit.Ready[site](l, "shop"))
		l.Steady("asked no more", 2*time.Hour, func() bool { return bought(l) == 1 && testkit.Ready[site](l, "shop")() })
	})
}

// What Gandi said of another spec, or long ago, is good for nothing.
func TestOldAnswers(t *testing.T) {
	t.Parallel()
	t.Run("a clean one grows old", func(t *testing.T) {
		t.Parallel()
		sampled(t)
		step(t, func(t *testing.T, l lab) {
			l.Create(foreign())
			unproven(t, l)
			proves(t, l, "shop")
			one := get(l, "shop").Status.DNSChallenges[0]
			// The purchase is throttled for longer than the answer is good.
			l.World.Script(gandisim.Trouble{Method: "site.create", Nth: 2, Count: 30, Status: http.StatusTooManyRequests})
			l.Until("clean", patience, func() bool { c := get(l, "shop").Status.Check; return c != nil && c.Clean })
			clean := get(l, "shop").Status.Check.At
			if err := l.World.SetTXT(one.Host); err != nil {
				t.Fatal(err)
			}
			l.Until("asked again", 3*time.Hour, func() bool { c := get(l, "shop").Status.Check; return c != nil && !c.Clean })
			if bought(l) != 0 || get(l, "shop").Status.Check.At.Sub(clean.Time) < 10*time.Minute {
				t.Errorf("bought %d, asked after %s", bought(l), get(l, "shop").Status.Check.At.Sub(clean.Time))
			}
		})
	})
	t.Run("of another spec", func(t *testing.T) {
		t.Parallel()
		sampled(t)
		step(t, func(t *testing.T, l lab) {
			l.Create(foreign())
			unproven(t, l)
			l.Pass(3 * time.Hour)
			testkit.Edit(l, "shop", vhosts(testkit.Parked("shop")))
			l.Until("bought", time.Minute, testkit.Ready[site](l, "shop"))
			if s := get(l, "shop"); len(s.Status.DNSChallenges) != 0 {
				t.Errorf("still asks for %v", s.Status.DNSChallenges)
			}
		})
	})
	t.Run("of another spec that is held", func(t *testing.T) {
		t.Parallel()
		sampled(t)
		step(t, func(t *testing.T, l lab) {
			l.Create(foreign())
			unproven(t, l)
			testkit.Edit(l, "shop", vhosts(testkit.Parked("shop")), paused)
			hasReason(l, "shop", v1alpha1.ReasonPaused)
			if s := get(l, "shop"); len(s.Status.DNSChallenges) != 0 || says(l, "shop", v1alpha1.ConditionDNSVerified) != "" {
				t.Errorf("tells of another spec: %v", s.Status.DNSChallenges)
			}
		})
	})
}

// positions are all in which the unknowns of records may be, one at a time and with
// each other.
func positions(each func(name string, switches ...string)) {
	n := 0
	for _, check := range []string{"call", "always-told", "operation"} {
		for _, host := range []string{"vhost", "domain"} {
			for _, entries := range []string{"keys", "records"} {
				for _, dry := range []string{"honoured", "ignored"} {
					if n++; n%min(stride, 13) != 0 {
						continue
					}
					each(strings.Join([]string{check, host, entries, dry}, " "),
						"site-txt-check", check, "site-challenge-host", host, "dns-entries", entries, "site-dry-run", dry)
				}
			}
		}
	}
}

// A vhost in a foreign domain is added to a living site. The record is told, and the
// vhost is there once the record is.
func TestVhostAddedLater(t *testing.T) {
	t.Parallel()
	positions(func(name string, switches ...string) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			step(t, func(t *testing.T, l lab) {
				l.Create(testkit.Site("shop", packaged("personal")))
				ready(l, "shop")
				testkit.Edit(l, "shop", vhosts(testkit.Parked("shop"), foreignVhost), called("Our shop"), packaged("professional"))
				challenged(l, "shop")
				l.Until("told", patience, func() bool { return says(l, "shop", v1alpha1.ConditionDNSVerified) == "False DNSRecordMissing" })
				// Nothing else waits for it.
				l.Until("renamed and upgraded", patience, func() bool {
					return there(t, l)["name"] == "Our shop" && there(t, l)["package"] == "professional"
				})
				l.Pass(2 * time.Hour)
				if n := l.Called("site.update"); n > 12+2*13 {
					t.Errorf("%d updates", n)
				}
				if got := len(get(l, "shop").Status.DNSChallenges); got != 1 {
					t.Errorf("asks for %d records", got)
				}
				proves(t, l, "shop")
				ready(l, "shop")
				if got := says(l, "shop", v1alpha1.ConditionDNSVerified); got != "True DNSVerified" || len(get(l, "shop").Status.DNSChallenges) != 0 {
					t.Errorf("DNSVerified %s", got)
				}
				if diff := cmp.Diff([]any{testkit.Parked("shop"), foreignVhost}, there(t, l)["vhosts"]); diff != "" {
					t.Error(diff)
				}
			}, switches...)
		})
	})
}

// A site on a foreign domain is bought once its record is there, whatever Gandi's
// ways are, and by each of ours.
func TestBoughtWithRecord(t *testing.T) {
	t.Parallel()
	positions(func(name string, switches ...string) {
		if strings.HasPrefix(name, "always-told") && strings.HasSuffix(name, "honoured") {
			return // see TestAlwaysTold
		}
		for _, m := range []v1alpha1.DNSMode{v1alpha1.DNSManual, v1alpha1.DNSGandiZone, v1alpha1.DNSExternalDNS} {
			t.Run(name+" "+string(m), func(t *testing.T) {
				t.Parallel()
				step(t, func(t *testing.T, l lab) {
					l.InstallExternalDNS()
					if m == v1alpha1.DNSGandiZone {
						hosts(t, l, gandisim.Zone{Domain: "example.org", Elsewhere: true})
					}
					l.Create(foreign(mode(m)))
					switch m {
					case v1alpha1.DNSManual:
						challenged(l, "shop")
						proves(t, l, "shop")
					case v1alpha1.DNSExternalDNS:
						l.Until("published", patience, func() bool { return l.Endpoint("shop") != nil })
						externalDNS(t, l, "shop")
					}
					l.Until("bought", 3*time.Hour, testkit.Ready[site](l, "shop"))
					if l.Count("sites") != 1 || bought(l) > 1 && !strings.HasPrefix(name, "operation") {
						t.Errorf("bought %d", bought(l))
					}
				}, switches...)
			})
		}
	})
}

// hosts has Gandi host a zone.
func hosts(t *testing.T, l lab, z gandisim.Zone) {
	t.Helper()
	if err := l.World.SetZone(z); err != nil {
		t.Fatal(err)
	}
}

// endpoints are what external-dns is asked for by a DNSEndpoint.
func endpoints(t *testing.T, l lab, name string) []map[string]any {
	t.Helper()
	u := l.Endpoint(name)
	if u == nil {
		return nil
	}
	list, _, err := unstructured.NestedSlice(u.Object, "spec", "endpoints")
	if err != nil {
		t.Fatal(err)
	}
	var all []map[string]any
	for _, e := range list {
		all = append(all, e.(map[string]any))
	}
	return all
}

// externalDNS does what external-dns does with a DNSEndpoint, with its policy sync:
// what it is not asked for is not there.
func externalDNS(t *testing.T, l lab, name string, among ...string) {
	t.Helper()
	for _, host := range among {
		if err := l.World.SetTXT(host); err != nil {
			t.Fatal(err)
		}
	}
	for _, e := range endpoints(t, l, name) {
		var values []string
		for _, v := range e["targets"].([]any) {
			values = append(values, v.(string))
		}
		if err := l.World.SetTXT(e["dnsName"].(string), values...); err != nil {
			t.Fatal(err)
		}
	}
}

// A dry run that names the record whether it is there or not: a person says so.
func TestAlwaysTold(t *testing.T) {
	t.Parallel()
	for _, there := range []bool{true, false} {
		t.Run(fmt.Sprint("the record is there: ", there), func(t *testing.T) {
			t.Parallel()
			sampled(t)
			step(t, func(t *testing.T, l lab) {
				l.Create(foreign())
				unproven(t, l)
				if there {
					proves(t, l, "shop")
				}
				l.Steady("waiting", 5*time.Hour, func() bool { return bought(l) == 0 })
				testkit.Edit(l, "shop", func(s *site) { s.Spec.DNS.SkipCheck = true })
				if !there {
					l.Until("told", patience, func() bool {
						return testkit.Reason[site](l, "shop") == v1alpha1.ReasonDNSRecordMissing && len(get(l, "shop").Status.DNSChallenges) == 1
					})
					l.Steady("told", 5*time.Hour, func() bool {
						return testkit.Reason[site](l, "shop") == v1alpha1.ReasonDNSRecordMissing && says(l, "shop", v1alpha1.ConditionDNSVerified) == "False DNSRecordMissing"
					})
					proves(t, l, "shop")
				}
				l.Until("bought", 10*time.Minute, testkit.Ready[site](l, "shop"))
				if bought(l) != 1 {
					t.Errorf("bought %d", bought(l))
				}
			}, "site-txt-check", "always-told")
		})
	}
}

// skipCheck buys without a question.
func TestSkipCheck(t *testing.T) {
	t.Parallel()
	step(t, func(t *testing.T, l lab) {
		l.Create(testkit.Site("shop", func(s *site) { s.Spec.DNS.SkipCheck = true }))
		ready(l, "shop")
		if l.Called("site.create") != 1 {
			t.Errorf("%d calls", l.Called("site.create"))
		}
	})
}

// A dry run that is not heeded buys, once, and that is told.
func TestDryRunIgnored(t *testing.T) {
	t.Parallel()
	for _, position := range []string{"ignored", "create-only"} {
		for _, tells := range []string{"params-only", "reply", "nowhere"} {
			t.Run(position+" "+tells, func(t *testing.T) {
				t.Parallel()
				sampled(t)
				step(t, func(t *testing.T, l lab) {
					l.Create(testkit.Site("shop", packaged("personal"), lasting("3m")))
					ready(l, "shop")
					l.Pass(2 * time.Hour)
					if bought(l) != 1 || l.Count("sites") != 1 {
						t.Errorf("bought %d", bought(l))
					}
					if warned := hasEvent(l, "Warning CheckingSite"); warned != (position == "ignored") {
						t.Errorf("warned: %v\n%q", warned, l.Events())
					}
					s := get(l, "shop").Status
					if n := len(s.PaidAttempts); n != 1 || s.Applied["duration"] != "3m" || s.BoughtAt == nil {
						t.Errorf("recorded %+v", s)
					}
					gone(l, "shop")
				}, "site-dry-run", position, "site-operation-id", tells)
			})
		}
	}
}

// A purchase whose operation fails is tried again after a while, and few times,
// also where the question was taken for an order.
func TestPurchaseFails(t *testing.T) {
	t.Parallel()
	for _, dry := range []string{"honoured", "ignored"} {
		t.Run(dry, func(t *testing.T) {
			t.Parallel()
			sampled(t)
			step(t, func(t *testing.T, l lab) {
				l.World.Script(gandisim.Trouble{Method: "site.create", Nth: 1, Count: 10, Operation: "ERROR"})
				l.Create(testkit.Site("shop"))
				hasReason(l, "shop", v1alpha1.ReasonOperationFailed)
				began := time.Now()
				l.Until("bought again", 2*time.Hour, func() bool { return bought(l) == 2 })
				if waited := time.Since(began); waited < 14*time.Minute || waited > 20*time.Minute {
					t.Errorf("tried again after %s", waited)
				}
				began = time.Now()
				l.Until("bought a third time", 2*time.Hour, func() bool { return bought(l) == 3 })
				if waited := time.Since(began); waited < 59*time.Minute || waited > 70*time.Minute {
					t.Errorf("tried a third time after %s", waited)
				}
				hasReason(l, "shop", v1alpha1.ReasonCreateKeepsFailing)
				l.Steady("held", 20*time.Hour, func() bool { return bought(l) == 3 })
				if l.Count("sites") != 0 {
					t.Error("something is left")
				}
				gone(l, "shop")
			}, "site-dry-run", dry)
		})
	}
	t.Run("at once after an edit", func(t *testing.T) {
		t.Parallel()
		sampled(t)
		step(t, func(_ *testing.T, l lab) {
			l.World.Script(gandisim.Trouble{Method: "site.create", Nth: 2, Operation: "ERROR"})
			l.Create(testkit.Site("shop"))
			hasReason(l, "shop", v1alpha1.ReasonOperationFailed)
			testkit.Edit(l, "shop", called("Shop"))
			l.Until("bought", 2*time.Minute, testkit.Ready[site](l, "shop"))
		})
	})
}

func TestGandiZone(t *testing.T) {
	t.Parallel()
	const alter = "site.alter_zone"
	t.Run("hosted", func(t *testing.T) {
		t.Parallel()
		sampled(t)
		step(t, func(t *testing.T, l lab) {
			hosts(t, l, gandisim.Zone{Domain: "example.org", Elsewhere: true})
			l.Create(foreign(mode(v1alpha1.DNSGandiZone)))
			l.Until("bought", 5*time.Minute, testkit.Ready[site](l, "shop"))
			if n := l.Called(alter); n != 1 || !hasEvent(l, "Normal AlteringZone") {
				t.Errorf("altered %d times", n)
			}
			testkit.Edit(l, "shop", vhosts(foreignVhost, testkit.Parked("shop"), "api.example.org"))
			ready(l, "shop")
			if n := l.Called(alter); n != 2 {
				t.Errorf("altered %d times", n)
			}
		})
	})
	for name, zone := range map[string]*gandisim.Zone{"elsewhere": nil, "of somebody else": {Domain: "example.org", Handle: "XY99-GANDI"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sampled(t)
			step(t, func(t *testing.T, l lab) {
				if zone != nil {
					hosts(t, l, *zone)
				}
				l.Create(foreign(mode(v1alpha1.DNSGandiZone)))
				unproven(t, l)
				l.Until("told why", patience, func() bool { return strings.Contains(message(l, "shop"), "could not write them itself") })
				if !strings.Contains(message(l, "shop"), "status.dnsChallenges") {
					t.Errorf("told %q", message(l, "shop"))
				}
				l.Pass(6 * time.Hour)
				if n := l.Called(alter); n != 1 {
					t.Errorf("tried %d times", n)
				}
				proves(t, l, "shop")
				ready(l, "shop")
			})
		})
	}
	t.Run("elsewhere, of a living site", func(t *testing.T) {
		t.Parallel()
		sampled(t)
		step(t, func(t *testing.T, l lab) {
			l.Create(testkit.Site("shop", mode(v1alpha1.DNSGandiZone)))
			ready(l, "shop")
			testkit.Edit(l, "shop", vhosts(testkit.Parked("shop"), foreignVhost))
			unproven(t, l)
			l.Until("told why", patience, func() bool {
				c := testkit.Condition[site](l, "shop", v1alpha1.ConditionDNSVerified)
				return c != nil && strings.Contains(c.Message, "could not write them itself")
			})
			l.Pass(6 * time.Hour)
			if n := l.Called(alter); n != 1 {
				t.Errorf("tried %d times", n)
			}
			proves(t, l, "shop")
			ready(l, "shop")
		})
	})
	for _, cut := range []string{"before", "after"} {
		t.Run("with a lost reply, cut "+cut, func(t *testing.T) {
			t.Parallel()
			sampled(t)
			step(t, func(t *testing.T, l lab) {
				hosts(t, l, gandisim.Zone{Domain: "example.org", Elsewhere: true})
				l.World.Script(gandisim.Trouble{Method: alter, Nth: 1, Cut: cut})
				l.Create(foreign(mode(v1alpha1.DNSGandiZone)))
				ready(l, "shop")
			})
		})
	}
	t.Run("with an operation that fails", func(t *testing.T) {
		t.Parallel()
		sampled(t)
		step(t, func(t *testing.T, l lab) {
			hosts(t, l, gandisim.Zone{Domain: "example.org", Elsewhere: true})
			l.World.Script(gandisim.Trouble{Method: alter, Nth: 1, Count: 50, Operation: "ERROR"})
			l.Create(foreign(mode(v1alpha1.DNSGandiZone)))
			unproven(t, l)
			l.Pass(6 * time.Hour)
			if n := l.Called(alter); n != 3 {
				t.Errorf("tried %d times", n)
			}
			proves(t, l, "shop")
			ready(l, "shop")
		})
	})
}

// Many vhosts in zones that cannot be altered are not tried over and over.
func TestManyForeignZones(t *testing.T) {
	t.Parallel()
	var names []string
	for i := range 11 {
		names = append(names, fmt.Sprintf("www.example%d.org", i))
	}
	for _, living := range []bool{false, true} {
		t.Run(fmt.Sprint("of a living site: ", living), func(t *testing.T) {
			t.Parallel()
			testkit.Long(t)
			step(t, func(t *testing.T, l lab) {
				if living {
					l.Create(testkit.Site("shop", mode(v1alpha1.DNSGandiZone)))
					ready(l, "shop")
					testkit.Edit(l, "shop", vhosts(append([]string{testkit.Parked("shop")}, names...)...))
				} else {
					l.Create(testkit.Site("shop", vhosts(names...), mode(v1alpha1.DNSGandiZone)))
				}
				challenged(l, "shop")
				l.Pass(5 * time.Hour)
				if n := l.Called("site.alter_zone"); n > 4 {
					t.Errorf("altered %d times", n)
				}
				if n := l.Called("site.update"); n > 70 {
					t.Errorf("updated %d times", n)
				}
				l.Until("bought", 30*time.Hour, func() bool {
					proves(t, l, "shop")
					return testkit.Ready[site](l, "shop")()
				})
			})
		})
	}
}

func TestExternalDNS(t *testing.T) {
	t.Parallel()
	external := mode(v1alpha1.DNSExternalDNS)
	for name, live := range map[string]func(t *testing.T, l lab){
		"is told the record": func(t *testing.T, l lab) {
			l.InstallExternalDNS()
			l.Create(foreign(external))
			unproven(t, l)
			one := get(l, "shop").Status.DNSChallenges[0]
			want := []map[string]any{{"dnsName": one.Host, "recordType": "TXT", "recordTTL": int64(10800), "targets": []any{one.Value}}}
			if diff := cmp.Diff(want, endpoints(t, l, "shop")); diff != "" {
				t.Error(diff)
			}
			owner := metav1.GetControllerOf(l.Endpoint("shop"))
			if owner == nil || owner.Kind != "GandiSite" || owner.Name != "shop" || owner.UID != get(l, "shop").UID || owner.APIVersion != v1alpha1.GroupVersion.String() {
				t.Errorf("belongs to %+v", owner)
			}
			if !hasEvent(l, "Normal PublishingRecords") || !strings.Contains(message(l, "shop"), "DNSEndpoint shop tells external-dns") {
				t.Errorf("told %q", message(l, "shop"))
			}
			version := l.Endpoint("shop").GetResourceVersion()
			l.Steady("written once", 5*time.Hour, func() bool { return l.Endpoint("shop").GetResourceVersion() == version })
			externalDNS(t, l, "shop")
			ready(l, "shop")
			if l.Endpoint("shop") == nil {
				t.Error("the record is taken away once the site is bought")
			}
		},
		"is told of two that appear one after the other": func(t *testing.T, l lab) {
			l.InstallExternalDNS()
			hostsOf := []string{"www.example.org", "www.example.net"}
			l.Create(testkit.Site("shop", vhosts(hostsOf...), external))
			l.Until("two", patience, func() bool { return len(endpoints(t, l, "shop")) == 2 })
			// Only the first zone is up to date yet.
			first := endpoints(t, l, "shop")[0]
			if err := l.World.SetTXT(first["dnsName"].(string), first["targets"].([]any)[0].(string)); err != nil {
				t.Fatal(err)
			}
			l.Until("one is left", patience, func() bool { return len(get(l, "shop").Status.DNSChallenges) == 1 })
			l.Pass(time.Minute)
			externalDNS(t, l, "shop", hostsOf...)
			ready(l, "shop")
			testkit.Edit(l, "shop", vhosts(append(hostsOf, "api.example.org")...))
			l.Until("three", patience, func() bool { return len(endpoints(t, l, "shop")) == 3 })
			externalDNS(t, l, "shop", hostsOf...)
			ready(l, "shop")
			testkit.Edit(l, "shop", vhosts("www.example.net", "shop.example.net"))
			l.Until("what is asked for no more goes with the next", patience, func() bool {
				all := endpoints(t, l, "shop")
				return len(all) == 2 && all[0]["dnsName"] == "www.example.net" && all[1]["dnsName"] == "shop.example.net"
			})
		},
		"is not installed, and then is": func(t *testing.T, l lab) {
			l.Create(foreign(external))
			hasReason(l, "shop", v1alpha1.ReasonExternalDNSMissing)
			if got := says(l, "shop", v1alpha1.ConditionDNSVerified); got != "False ExternalDNSMissing" || !strings.Contains(message(l, "shop"), "install external-dns") {
				t.Errorf("DNSVerified %s, told %q", got, message(l, "shop"))
			}
			l.InstallExternalDNS()
			l.Until("published", patience, func() bool { return l.Endpoint("shop") != nil })
			externalDNS(t, l, "shop")
			ready(l, "shop")
		},
		"is not installed, by hand": func(t *testing.T, l lab) {
			l.Create(foreign(external))
			hasReason(l, "shop", v1alpha1.ReasonExternalDNSMissing)
			proves(t, l, "shop")
			ready(l, "shop")
		},
		"has a DNSEndpoint of somebody else": func(t *testing.T, l lab) {
			l.InstallExternalDNS()
			theirs := testkit.NewEndpoint("shop")
			if err := l.Store.Create(context.Background(), theirs); err != nil {
				t.Fatal(err)
			}
			version := l.Endpoint("shop").GetResourceVersion()
			l.Create(foreign(external))
			hasReason(l, "shop", v1alpha1.ReasonEndpointTaken)
			l.Steady("left alone", 3*time.Hour, func() bool { return l.Endpoint("shop").GetResourceVersion() == version })
			if got := says(l, "shop", v1alpha1.ConditionDNSVerified); got != "False EndpointTaken" {
				t.Errorf("DNSVerified %s", got)
			}
			if err := l.Store.Delete(context.Background(), theirs); err != nil {
				t.Fatal(err)
			}
			l.Until("published", patience, func() bool { return l.Endpoint("shop") != nil })
			externalDNS(t, l, "shop")
			ready(l, "shop")
		},
		"has its DNSEndpoint deleted and changed": func(t *testing.T, l lab) {
			l.InstallExternalDNS()
			l.Create(foreign(external))
			unproven(t, l)
			want := endpoints(t, l, "shop")
			if err := l.Store.Delete(context.Background(), l.Endpoint("shop")); err != nil {
				t.Fatal(err)
			}
			l.Until("published again", patience, func() bool { return l.Endpoint("shop") != nil })
			u := l.Endpoint("shop")
			u.Object["spec"] = map[string]any{"endpoints": []any{map[string]any{"dnsName": "elsewhere.example", "recordType": "A", "targets": []any{"10.0.0.1"}}}}
			if err := l.Store.Update(context.Background(), u); err != nil {
				t.Fatal(err)
			}
			l.Until("put right", patience, func() bool { return cmp.Equal(want, endpoints(t, l, "shop")) })
		},
		"is told nothing while the site is paused or observed": func(t *testing.T, l lab) {
			l.InstallExternalDNS()
			l.Create(foreign())
			unproven(t, l)
			testkit.Edit(l, "shop", external, paused)
			l.Steady("nothing written", 3*time.Hour, func() bool { return l.Endpoint("shop") == nil })
			testkit.Edit(l, "shop", unpaused, observed)
			l.Steady("nothing written", 3*time.Hour, func() bool { return l.Endpoint("shop") == nil })
			testkit.Edit(l, "shop", func(s *site) { s.Spec.ManagementPolicy = v1alpha1.Manage })
			l.Until("published", patience, func() bool { return l.Endpoint("shop") != nil })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sampled(t)
			step(t, live)
		})
	}
}

// DNSEndpoints are served no more, which the mapping of kinds does not know yet: the
// API server answers "not found" to their creation. The site is looked at all the
// same.
func TestExternalDNSGoes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := testkit.NewLab(t, testkit.Options{})
		l.InstallExternalDNS()
		store, served := l.Store, false
		l.Store = interceptor.NewClient(store, interceptor.Funcs{
			Create: func(ctx context.Context, c client.WithWatch, obj client.Object, opts ...client.CreateOption) error {
				if _, ok := obj.(*unstructured.Unstructured); ok && !served {
					return apierrors.NewNotFound(schema.GroupResource{Group: "externaldns.k8s.io", Resource: "dnsendpoints"}, "")
				}
				return c.Create(ctx, obj, opts...)
			},
		})
		l.Start()
		l.Store = store
		l.Create(foreign(mode(v1alpha1.DNSExternalDNS)))
		challenged(l, "shop")
		l.Pass(30 * time.Minute)
		served = true
		l.Until("published", patience, func() bool { return l.Endpoint("shop") != nil })
	})
}

// Several vhosts, some known to Gandi, some not.
func TestManyVhosts(t *testing.T) {
	t.Parallel()
	step(t, func(t *testing.T, l lab) {
		hosts(t, l, gandisim.Zone{Domain: "mine.example"})
		all := []string{"www.example.org", "www.mine.example", testkit.Parked("shop"), "www.example.net"}
		l.Create(testkit.Site("shop", vhosts(all...)))
		challenged(l, "shop")
		var asked []string
		for _, c := range get(l, "shop").Status.DNSChallenges {
			asked = append(asked, c.Host)
		}
		if slices.Sort(asked); !slices.Equal(asked, []string{"www.example.net", "www.example.org"}) {
			t.Errorf("asks for %v", asked)
		}
		proves(t, l, "shop")
		ready(l, "shop")
		if st := get(l, "shop").Status; st.PreferredVhost != all[0] || !slices.Equal(st.Vhosts, all) {
			t.Errorf("has %v", st.Vhosts)
		}
	})
}
