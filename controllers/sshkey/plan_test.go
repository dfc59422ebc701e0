package sshkey

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

const (
	mark     = "gtesttoken00000"
	myKey    = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl me@example.com"
	otherKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA you@example.com"
)

func fingerprint(t testing.TB, value string) string {
	t.Helper()
	f, err := gandi.SSHFingerprint(value)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

type (
	keyOpt func(*v1alpha1.GandiSSHKey)
	obsOpt func(*Observed)
)

func wanted(opts ...keyOpt) *v1alpha1.GandiSSHKey {
	key := &v1alpha1.GandiSSHKey{
		ObjectMeta: metav1.ObjectMeta{Name: "me", Generation: 1},
		Spec:       v1alpha1.GandiSSHKeySpec{PublicKey: myKey + "\n"},
	}
	for _, o := range opts {
		o(key)
	}
	return key
}

func seen(t testing.TB, opts ...obsOpt) Observed {
	t.Helper()
	f := fingerprint(t, myKey)
	s := Observed{Token: mark, Fingerprint: f, Key: &gandi.SSHKey{ID: 7, Name: mark, Fingerprint: f}}
	for _, o := range opts {
		o(&s)
	}
	return s
}

func nothing(s *Observed)               { s.Key = nil }
func retained(s *Observed)              { s.Retain = true }
func unreadable(s *Observed)            { s.Fingerprint, s.Unreadable = "", "copy the whole line" }
func deleted(k *v1alpha1.GandiSSHKey)   { k.DeletionTimestamp = new(metav1.Now()) }
func withName(name string) keyOpt       { return func(k *v1alpha1.GandiSSHKey) { k.Spec.Name = name } }
func adopting(k *v1alpha1.GandiSSHKey)  { k.Spec.Adopt = &v1alpha1.SSHKeyAdopt{ID: 7} }
func asFound(k *v1alpha1.GandiSSHKey)   { adopting(k); k.Spec.PublicKey = "" }
func named(name string) obsOpt          { return func(s *Observed) { s.Key.Name = name } }
func printed(fingerprint string) obsOpt { return func(s *Observed) { s.Key.Fingerprint = fingerprint } }

func TestPlan(t *testing.T) {
	for _, row := range []struct {
		name string
		key  []keyOpt
		seen []obsOpt
		want []string
		says string // in the last message
	}{
		{name: "a key in sync is left alone", want: []string{"InSync"}},
		{name: "a missing key is stored", seen: []obsOpt{nothing}, want: []string{"hosting.ssh.create", "InSync"}},
		{name: "a name of one's own", key: []keyOpt{withName("laptop")}, seen: []obsOpt{nothing}, want: []string{"hosting.ssh.create", "InSync"}},
		{name: "what is no key is not stored", seen: []obsOpt{nothing, unreadable}, want: []string{"Block InvalidSpec"}, says: "copy the whole line"},
		{name: "an adopted key is left as found", key: []keyOpt{asFound}, seen: []obsOpt{named("laptop"), func(s *Observed) { s.Fingerprint = "" }}, want: []string{"InSync"}},
		{name: "capitals in a fingerprint mean nothing", seen: []obsOpt{printed(strings.ToUpper(fingerprint(t, myKey)))}, want: []string{"InSync"}},
		{name: "a fingerprint that Gandi does not tell says nothing", seen: []obsOpt{printed("")}, want: []string{"InSync"}},
		{name: "an adopted key that is another is told", key: []keyOpt{adopting}, seen: []obsOpt{printed(fingerprint(t, otherKey))}, want: []string{"Block InvalidSpec"}, says: "create another GandiSSHKey"},
		{name: "an adopted key of another name is told", key: []keyOpt{adopting, withName("laptop")}, want: []string{"Block InvalidSpec"}, says: `"laptop"`},
		{name: "an adopted key beside what is no key is told", key: []keyOpt{adopting}, seen: []obsOpt{unreadable}, want: []string{"Block InvalidSpec"}, says: "copy the whole line"},
		{name: "our own key that was renamed by somebody is still ours", seen: []obsOpt{named("hacked")}, want: []string{"InSync"}},
		{name: "a key is deleted", key: []keyOpt{deleted}, want: []string{"hosting.ssh.delete", "Release Deleted"}},
		{name: "even one that is not what the spec asks for", key: []keyOpt{deleted}, seen: []obsOpt{printed("x"), unreadable}, want: []string{"hosting.ssh.delete", "Release Deleted"}},
		{name: "a retained key is let go", key: []keyOpt{deleted}, seen: []obsOpt{retained}, want: []string{"Release Released"}},
		{name: "what is gone is let go", key: []keyOpt{deleted}, seen: []obsOpt{nothing, retained}, want: []string{"Release Deleted"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			actions, err := engine.Preview(Kind{}, wanted(row.key...), seen(t, row.seen...))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, a := range actions {
				got = append(got, inWords(a))
				if a.Message == "" && a.Verb != engine.InSync {
					t.Errorf("%s has no message", a.Verb)
				}
				if a.Destroys != (inWords(a) == "hosting.ssh.delete") {
					t.Errorf("%s: destroys %v", inWords(a), a.Destroys)
				}
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("preview (-want +got):\n%s", diff)
			}
			if last := actions[len(actions)-1]; !strings.Contains(last.Message, row.says) {
				t.Errorf("message %q does not say %q", last.Message, row.says)
			}
		})
	}
}

// inWords is an action as the tables write it.
func inWords(a engine.Action) string {
	if a.Verb != engine.Do {
		return strings.TrimSpace(a.Verb.String() + " " + strings.TrimPrefix(a.Reason, v1alpha1.ReasonInSync))
	}
	return a.Call.Method()
}

// What is sent is what was asked for, without the end of the line.
func TestCreate(t *testing.T) {
	for want, obj := range map[gandi.SSHKeyCreate]*v1alpha1.GandiSSHKey{
		{Name: mark, Value: myKey}:     wanted(),
		{Name: "laptop", Value: myKey}: wanted(withName("laptop")),
	} {
		if diff := cmp.Diff(want, (Kind{}).Plan(obj, seen(t, nothing)).Call); diff != "" {
			t.Errorf("call (-want +got):\n%s", diff)
		}
	}
}

// Whatever is asked for and whatever is found, a plan ends, stores at most one
// key, and ends with the key that was asked for.
func TestPlanConverges(t *testing.T) {
	pick := func(r *rand.Rand, opts ...keyOpt) keyOpt { return opts[r.IntN(len(opts))] }
	none := func(*v1alpha1.GandiSSHKey) {}
	for seed := range uint64(5_000) {
		r := rand.New(rand.NewPCG(seed, 1))
		obj := wanted(pick(r, none, adopting), pick(r, none, withName("laptop")), pick(r, none, none, deleted))
		world := []obsOpt{printed(fingerprint(t, []string{myKey, otherKey}[r.IntN(2)])), named([]string{mark, "laptop", "x"}[r.IntN(3)])}
		for _, o := range []obsOpt{nothing, retained, unreadable} {
			if r.IntN(3) == 0 {
				world = append(world, o)
			}
		}
		s := seen(t, world...)
		actions, err := engine.Preview(Kind{}, obj, s)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		sent := map[string]bool{}
		for _, a := range actions {
			if a.Verb != engine.Do {
				continue
			}
			if sent[a.Call.Method()] {
				t.Fatalf("seed %d: %s twice", seed, a.Call.Method())
			}
			sent[a.Call.Method()] = true
			s = (Kind{}).Effect(s, a.Call)
		}
		switch last := actions[len(actions)-1]; {
		case last.Verb == engine.InSync && (s.Key == nil || !strings.EqualFold(s.Key.Fingerprint, s.Fingerprint)):
			t.Errorf("seed %d: in sync with %+v, wanted %s", seed, s.Key, s.Fingerprint)
		case last.Verb == engine.InSync && obj.Spec.Name != "" && s.Key.Name != obj.Spec.Name:
			t.Errorf("seed %d: in sync with the name %q", seed, s.Key.Name)
		case last.Verb == engine.Release && !s.Retain && s.Key != nil:
			t.Errorf("seed %d: let go with the key", seed)
		}
	}
}

// inventory is what Find reads.
type inventory struct {
	engine.Reader
	keys []gandi.SSHKey
}

func (i inventory) SSHKeysNamed(name string) (found []gandi.SSHKey) {
	for _, k := range i.keys {
		if k.Name == name {
			found = append(found, k)
		}
	}
	return found
}

// A chosen name finds only the key itself; the mark finds whatever carries it.
func TestFind(t *testing.T) {
	mine, other := fingerprint(t, myKey), fingerprint(t, otherKey)
	r := inventory{keys: []gandi.SSHKey{
		{ID: 1, Name: "laptop", Fingerprint: other},
		{ID: 2, Name: "laptop", Fingerprint: strings.ToUpper(mine)},
		{ID: 3, Name: mark, Fingerprint: other},
		{ID: 4, Name: "else", Fingerprint: mine},
	}}
	for _, row := range []struct {
		obj  *v1alpha1.GandiSSHKey
		want []engine.Claim
	}{
		{wanted(), []engine.Claim{{ID: 3}}},
		{wanted(withName("laptop")), []engine.Claim{{ID: 2}}},
		{wanted(withName("phone")), nil},
		{wanted(withName("laptop"), func(k *v1alpha1.GandiSSHKey) { k.Spec.PublicKey = "ssh-rsa AAAA" }), nil},
	} {
		if diff := cmp.Diff(row.want, (Kind{}).Find(r, row.obj, mark)); diff != "" {
			t.Errorf("named %q (-want +got):\n%s", row.obj.Spec.Name, diff)
		}
	}
}

func TestReport(t *testing.T) {
	obj := wanted()
	(Kind{}).Report(obj, seen(t))
	if diff := cmp.Diff(v1alpha1.GandiSSHKeyStatus{Name: mark, Fingerprint: fingerprint(t, myKey)}, obj.Status); diff != "" {
		t.Errorf("status (-want +got):\n%s", diff)
	}
	(Kind{}).Report(obj, seen(t, nothing))
	if diff := cmp.Diff(v1alpha1.GandiSSHKeyStatus{}, obj.Status); diff != "" {
		t.Errorf("status without a key (-want +got):\n%s", diff)
	}
}

func TestBought(t *testing.T) {
	id, created := (Kind{}).Bought([]gandi.Operation{{Type: gandi.TypeSSHKeyCreate, Step: gandi.StepDone, SSHKeyID: 7}})
	if diff := cmp.Diff(fmt.Sprint(7, []v1alpha1.ExternalID{{Type: "sshkey", ID: 7}}), fmt.Sprint(id, created)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if id, created := (Kind{}).Bought([]gandi.Operation{{Type: gandi.TypeVMCreate, VMID: 7}}); id != 0 || created != nil {
		t.Errorf("another's operation gave %d %v", id, created)
	}
}
