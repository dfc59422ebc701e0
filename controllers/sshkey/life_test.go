package sshkey_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
	"github.com/gandi-operator/gandi-operator/internal/testkit"
)

type (
	lab = *testkit.Lab
	key = v1alpha1.GandiSSHKey
)

const patience = testkit.Patience

// stride is how far apart the cases of an enumeration are that run.
var stride int

func TestMain(m *testing.M) { testkit.Main(m, &stride, 12) }

func ready(l lab, name string) {
	l.Until(name+" is Ready", patience, testkit.Ready[key](l, name))
}

func gone(l lab, name string) {
	testkit.Delete[key](l, name)
	l.Until(name+" is gone", patience, testkit.Gone[key](l, name))
}

func hasReason(l lab, name, reason string) {
	l.Until(name+" has reason "+reason, patience, func() bool { return testkit.Reason[key](l, name) == reason })
}

// message of the Ready condition.
func message(l lab, name string) string {
	if c := testkit.Condition[key](l, name, v1alpha1.ConditionReady); c != nil {
		return c.Message
	}
	return ""
}

func called(name string) func(*key)               { return func(k *key) { k.Spec.Name = name } }
func policy(p v1alpha1.DeletionPolicy) func(*key) { return func(k *key) { k.Spec.DeletionPolicy = p } }
func observed(k *key)                             { k.Spec.ManagementPolicy = v1alpha1.Observe }
func adopting(id int64) func(*key) {
	return func(k *key) { k.Spec.Adopt, k.Spec.PublicKey = &v1alpha1.SSHKeyAdopt{ID: id}, "" }
}
func onDeletion(p v1alpha1.ExternalDeletionPolicy) func(*key) {
	return func(k *key) { k.Spec.OnExternalDeletion = p }
}

// foreign is a key that somebody else stored.
func foreign(l lab, name, value string) int64 {
	return int64(l.Somebody(gandi.SSHKeyCreate{Name: name, Value: value})[0].SSHKeyID)
}

// stored counts the keys that Gandi took from us.
func stored(l lab) int { return l.Accepted("hosting.ssh.create") }

type life struct {
	name   string
	live   func(*testing.T, lab)
	stored int // keys that were bought in all, at most
	left   int // keys at the end
}

var lives = []life{
	{name: "create and delete", stored: 1, live: func(_ *testing.T, l lab) {
		l.Create(testkit.SSHKey("me"))
		ready(l, "me")
		gone(l, "me")
	}},
	{name: "create under a name and delete", stored: 1, live: func(_ *testing.T, l lab) {
		l.Create(testkit.SSHKey("me", called("laptop")))
		ready(l, "me")
		gone(l, "me")
	}},
	{name: "retain", stored: 1, left: 1, live: func(_ *testing.T, l lab) {
		l.Create(testkit.SSHKey("me", policy(v1alpha1.Retain)))
		ready(l, "me")
		gone(l, "me")
	}},
	{name: "deleted while it is stored", stored: 1, live: func(_ *testing.T, l lab) {
		l.Create(testkit.SSHKey("me", called("laptop")))
		l.Until("sent", patience, func() bool { return l.Called("hosting.ssh.create") > 0 })
		gone(l, "me")
	}},
}

func run(t *testing.T, l lab, life life) {
	t.Helper()
	life.live(t, l)
	l.Pass(30 * time.Minute)
	if n := stored(l); n > life.stored {
		t.Errorf("stored %d times, want %d (struck %q)\n%s", n, life.stored, l.Struck(), l.Describe())
	}
	if n := l.Count("sshkeys"); n != life.left {
		t.Errorf("%d keys at the end, want %d (struck %q)\n%s", n, life.left, l.Struck(), l.Describe())
	}
}

// A process of the operator is killed right before, and right after, each write
// that it makes to Kubernetes or to Gandi.
func TestCrashAtEveryWrite(t *testing.T) {
	t.Parallel()
	for _, life := range lives {
		t.Run(life.name, func(t *testing.T) {
			t.Parallel()
			writes := 0
			t.Run("undisturbed", func(t *testing.T) {
				testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
					run(t, l, life)
					writes = l.Writes()
				})
			})
			for n := 1; n <= writes; n++ {
				for i, before := range []bool{true, false} {
					if (2*n+i)%stride != 0 {
						continue
					}
					t.Run(fmt.Sprintf("write %d, before it %v", n, before), func(t *testing.T) {
						t.Parallel()
						testkit.Step(t, testkit.Options{Crash: &testkit.Crash{N: n, Before: before}}, func(t *testing.T, l lab) { run(t, l, life) })
					})
				}
			}
		})
	}
}

// Every changing call loses its reply.
func TestLostReplies(t *testing.T) {
	t.Parallel()
	for _, life := range lives {
		for _, method := range []string{"hosting.ssh.create", "hosting.ssh.delete"} {
			for _, cut := range []string{"before", "after", "truncate"} {
				for _, lag := range []string{"none", "objects"} {
					t.Run(strings.Join([]string{life.name, method, "cut", cut, "lists lag", lag}, " "), func(t *testing.T) {
						t.Parallel()
						testkit.Step(t, testkit.Switches("list-lag", lag), func(t *testing.T, l lab) {
							l.World.Script(gandisim.Trouble{Method: method, Nth: 1, Cut: cut})
							run(t, l, life)
						})
					})
				}
			}
		}
	}
}

// Whatever the unknowns of Gandi's API turn out to be, a key is stored once, is
// told, and goes.
func TestEverySwitch(t *testing.T) {
	t.Parallel()
	n := 0
	for _, s := range gandisim.Switches() {
		for _, position := range s.Positions {
			if n++; position == s.Default || n%stride != 0 {
				continue
			}
			t.Run(s.Name+"="+position, func(t *testing.T) {
				t.Parallel()
				testkit.Step(t, testkit.Switches(s.Name, position), func(t *testing.T, l lab) {
					l.Create(testkit.SSHKey("me"))
					ready(l, "me")
					k := testkit.Get[key](l, "me")
					want, err := gandi.SSHFingerprint(testkit.PublicKey)
					if err != nil || k.Status.Name != k.Status.Token || k.Status.Fingerprint != want {
						t.Errorf("told name %q, fingerprint %q; want %q, %q", k.Status.Name, k.Status.Fingerprint, k.Status.Token, want)
					}
					gone(l, "me")
					if stored(l) != 1 || l.Count("sshkeys") != 0 {
						t.Errorf("stored %d times, %d left\n%s", stored(l), l.Count("sshkeys"), l.Describe())
					}
				})
			})
		}
	}
}

// The plan that status shows is what Gandi then really gets.
func TestPlanIsWhatHappens(t *testing.T) {
	t.Parallel()
	testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
		paused := testkit.Annotation[key](v1alpha1.AnnotationPaused, "true")
		l.Create(testkit.SSHKey("me", called("laptop"), paused))
		hasReason(l, "me", v1alpha1.ReasonPaused)
		shown := testkit.Get[key](l, "me").Status.Plan
		testkit.Edit(l, "me", func(k *key) { k.Annotations = nil })
		ready(l, "me")
		if len(shown) != 1 || shown[0].Method != "hosting.ssh.create" || stored(l) != 1 {
			t.Errorf("shown %+v, stored %d times", shown, stored(l))
		}
		if name := l.Things("sshkeys")[0]["name"]; name != "laptop" {
			t.Errorf("stored as %v", name)
		}
	})
}

func TestExternalDeletion(t *testing.T) {
	t.Parallel()
	for _, policy := range []v1alpha1.ExternalDeletionPolicy{"", v1alpha1.Recreate, v1alpha1.Hold} {
		t.Run("policy "+string(policy), func(t *testing.T) {
			t.Parallel()
			testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
				l.Create(testkit.SSHKey("me", onDeletion(policy)))
				ready(l, "me")
				first := testkit.Get[key](l, "me").Status.ID
				l.Somebody(gandi.SSHKeyDelete{ID: gandi.SSHKeyID(first)})
				if policy == v1alpha1.Hold {
					l.Until("stalled", patience, testkit.Stalled[key](l, "me"))
					hasReason(l, "me", v1alpha1.ReasonExternalDeleted)
					l.Steady("held", time.Hour, func() bool { return stored(l) == 1 })
					testkit.Edit(l, "me", onDeletion(v1alpha1.Recreate))
				}
				l.Until("stored again", 2*patience, func() bool {
					return testkit.Ready[key](l, "me")() && testkit.Get[key](l, "me").Status.ID != first
				})
				if stored(l) != 2 || l.Count("sshkeys") != 1 {
					t.Errorf("stored %d times, %d there", stored(l), l.Count("sshkeys"))
				}
			})
		})
	}
}

func TestAdoption(t *testing.T) {
	t.Parallel()
	t.Run("keeps the key", func(t *testing.T) {
		t.Parallel()
		testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
			id := foreign(l, "laptop", testkit.PublicKey)
			l.Create(testkit.SSHKey("me", adopting(id)))
			ready(l, "me")
			if k := testkit.Get[key](l, "me"); k.Status.ID != id || k.Status.Name != "laptop" || k.Status.Fingerprint == "" {
				t.Errorf("took %d %q %q", k.Status.ID, k.Status.Name, k.Status.Fingerprint)
			}
			gone(l, "me")
			if l.Count("sshkeys") != 1 || stored(l) != 1 {
				t.Error("the adopted key did not stay")
			}
		})
	})
	t.Run("deletes when asked to", func(t *testing.T) {
		t.Parallel()
		testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
			id := foreign(l, "laptop", testkit.PublicKey)
			l.Create(testkit.SSHKey("me", adopting(id), policy(v1alpha1.Delete)))
			ready(l, "me")
			gone(l, "me")
			if l.Count("sshkeys") != 0 {
				t.Error("the key stayed")
			}
		})
	})
	t.Run("of another key is told", func(t *testing.T) {
		t.Parallel()
		testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
			id := foreign(l, "laptop", testkit.PublicKey)
			l.Create(testkit.SSHKey("me", adopting(id), called("phone")))
			hasReason(l, "me", v1alpha1.ReasonInvalidSpec)
			if !strings.Contains(message(l, "me"), `"phone"`) || !testkit.Stalled[key](l, "me")() {
				t.Errorf("told %q", message(l, "me"))
			}
			gone(l, "me")
		})
	})
	t.Run("waits for the key", func(t *testing.T) {
		t.Parallel()
		testkit.Step(t, testkit.Options{}, func(_ *testing.T, l lab) {
			l.Create(testkit.SSHKey("me", adopting(12345)))
			hasReason(l, "me", v1alpha1.ReasonAdoptionNotFound)
			l.Steady("nothing stored", time.Hour, func() bool { return stored(l) == 0 })
		})
	})
	t.Run("of another object's key wants takeOver", func(t *testing.T) {
		t.Parallel()
		testkit.Step(t, testkit.Options{}, func(_ *testing.T, l lab) {
			l.Create(testkit.SSHKey("other"))
			ready(l, "other")
			l.Create(testkit.SSHKey("me", adopting(testkit.Get[key](l, "other").Status.ID)))
			hasReason(l, "me", v1alpha1.ReasonForeignExternal)
		})
	})
	t.Run("only observed", func(t *testing.T) {
		t.Parallel()
		testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
			id := foreign(l, "laptop", testkit.PublicKey)
			n := l.World.Journal()
			l.Create(testkit.SSHKey("me", adopting(id), observed), testkit.SSHKey("none", observed))
			ready(l, "me")
			hasReason(l, "none", v1alpha1.ReasonObserved)
			gone(l, "me")
			gone(l, "none")
			for _, e := range l.World.Journal()[len(n):] {
				if testkit.Changes(e.Method) {
					t.Errorf("%s was called", e.Method)
				}
			}
		})
	})
}

// What a person stored under the same name is neither taken nor stored again; it
// is told in the words that it is recognized by.
func TestKeyThatIsThereAlready(t *testing.T) {
	t.Parallel()
	testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
		id := foreign(l, "laptop", testkit.PublicKey)
		l.Create(testkit.SSHKey("me", called("laptop")))
		hasReason(l, "me", v1alpha1.ReasonUnclaimedExternal)
		if m := message(l, "me"); !strings.Contains(m, `the name "laptop" and the key`) || !strings.Contains(m, fmt.Sprintf("spec.adopt.id: %d", id)) {
			t.Errorf("told %q", m)
		}
		l.Steady("one key", time.Hour, func() bool { return l.Count("sshkeys") == 1 })
		testkit.Edit(l, "me", func(k *key) { k.Spec.Adopt = &v1alpha1.SSHKeyAdopt{ID: id} })
		ready(l, "me")
		if stored(l) != 1 {
			t.Error("stored again")
		}
	})
}

// Another key of the same name is nothing to us.
func TestNamesakes(t *testing.T) {
	t.Parallel()
	testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
		const theirs = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA you@example.com"
		id := foreign(l, "laptop", theirs)
		l.World.Script(gandisim.Trouble{Method: "hosting.ssh.create", Nth: 1, Cut: "after"})
		l.Create(testkit.SSHKey("me", called("laptop")))
		ready(l, "me")
		if got := testkit.Get[key](l, "me").Status.ID; got == id || l.Count("sshkeys") != 2 {
			t.Errorf("took %d, theirs is %d; %d keys", got, id, l.Count("sshkeys"))
		}
		gone(l, "me")
		if left := l.Things("sshkeys"); len(left) != 1 || left[0]["id"] != float64(id) {
			t.Errorf("left %v", left)
		}
	})
}

// A key that Gandi could not find again, since it is no key, is not sent.
func TestUnreadableKey(t *testing.T) {
	t.Parallel()
	testkit.Step(t, testkit.Options{}, func(_ *testing.T, l lab) {
		l.Create(testkit.SSHKey("me", func(k *key) { k.Spec.PublicKey = "ssh-ed25519 AAAAC3NzaC1yc2E me" }))
		hasReason(l, "me", v1alpha1.ReasonInvalidSpec)
		l.Steady("not sent", time.Hour, func() bool { return l.Called("hosting.ssh.create") == 0 })
		testkit.Edit(l, "me", func(k *key) { k.Spec.PublicKey = testkit.PublicKey })
		ready(l, "me")
	})
}

// A restored object finds its key by the annotation.
func TestRestore(t *testing.T) {
	t.Parallel()
	testkit.Step(t, testkit.Options{}, func(t *testing.T, l lab) {
		l.Create(testkit.SSHKey("me", called("laptop")))
		ready(l, "me")
		before := testkit.Get[key](l, "me")
		wiped := before.DeepCopy()
		wiped.Status = v1alpha1.GandiSSHKeyStatus{}
		if err := l.Store.Status().Update(context.Background(), wiped); err != nil {
			t.Fatal(err)
		}
		l.Stop()
		l.Start()
		ready(l, "me")
		if after := testkit.Get[key](l, "me"); after.Status.ID != before.Status.ID || stored(l) != 1 {
			t.Errorf("has %d, had %d; stored %d times", after.Status.ID, before.Status.ID, stored(l))
		}
	})
}
