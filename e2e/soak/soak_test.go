package soak

import (
	"context"
	"crypto/rand"
	"fmt"
	rng "math/rand/v2"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
)

// patience is how long what has to happen may take: two cores may be compiling
// something else meanwhile.
const patience = 3 * time.Minute

// stage is what a run takes place on.
type stage struct {
	*reaper
	people           *people
	namespace        string
	secrets          []string
	foreign          world // what there was before
	began            time.Time
	converged, ended time.Duration
}

// Objects come, change and go while everything that can be killed is killed.
// Then Gandi has what the manifests say, each thing was bought once, and when all
// manifests are deleted nothing is left.
func TestSoak(t *testing.T) {
	number := *seed
	if number == 0 {
		number = rng.Uint64N(1 << 32)
	}
	t.Logf("seed %d: again by -seed %d", number, number)
	s := newStage(t, number)
	s.storm()
	s.calm()
	s.wantWorld()
	s.wantBoughtOnce()
	s.end()
	s.wantNothing()
	s.wantSecrets()
	t.Logf("seed %d\n%s", number, s.table())
}

func newStage(t *testing.T, number uint64) *stage {
	t.Helper()
	scheme, err := newScheme()
	if err != nil {
		t.Fatal(err)
	}
	c, err := client.New(plane.Config(), client.Options{Scheme: scheme})
	if err != nil {
		t.Fatal(err)
	}
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "soak-"}}
	if err := c.Create(t.Context(), namespace); err != nil {
		t.Fatal(err)
	}
	key, password := strings.ToLower(rand.Text())[:24], "Pw-"+rand.Text()
	dice := rng.New(rng.NewPCG(number, 0x736f616b))
	s := &stage{
		namespace: namespace.Name, secrets: []string{key, password}, began: time.Now(),
		people: &people{client: c, namespace: namespace.Name, dice: rng.New(rng.NewPCG(number, 0x70656f70)), target: *objectCount, wants: map[item]*want{}, did: map[string]int{}},
	}
	s.reaper = &reaper{TB: t, client: c, gandi: newGandi(t, key), dice: dice, away: &outages{}, tally: map[string]int{}}
	s.gandi.ask("POST", "/sim/change", `{"type": "vm", "create": {"hostname": "foreign", "datacenter_id": 4}}`)
	s.foreign = s.gandi.state()
	if err := apply(t.Context(), c, s.namespace, fmt.Sprintf(settings, key, password, s.gandi.endpoint())); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var ends []<-chan struct{}
	t.Cleanup(func() {
		cancel()
		for _, end := range ends {
			<-end
		}
		s.wantSoundLogs()
	})
	s.eyes = newEyes(ctx, t, s.namespace)
	for _, name := range []string{"one", "two"} {
		r, end := newReplica(ctx, t, name, s.away)
		s.replicas, ends = append(s.replicas, r), append(ends, end)
	}
	s.awaitLeader()
	s.downtime = 0
	return s
}

// settings are what everything needs. The account is as quick as one may be, and
// has no budget: a run buys in minutes what people buy in months.
const settings = `
apiVersion: v1
kind: Secret
metadata: {name: gandi-credentials}
stringData: {api-key: %s}
---
apiVersion: v1
kind: Secret
metadata: {name: login}
stringData: {password: %s}
---
apiVersion: hosting.gandi.net/v1alpha1
kind: GandiAccount
metadata: {name: default}
spec:
  endpoint: %s
  credentialsSecretRef: {name: gandi-credentials}
  resyncInterval: 10s
  settle: 10s
  rateLimit: {requestsPerSecond: 50}
  createBudget: {perHour: 100000}
`

// storm has people at work while processes die.
func (s *stage) storm() {
	s.Helper()
	ctx, cancel := context.WithCancel(s.Context())
	defer cancel()
	worked := make(chan error, 1)
	go func() { worked <- s.work(ctx) }()
	if *weather > 0 {
		s.long()
	} else {
		s.short()
	}
	cancel()
	if err := <-worked; err != nil {
		s.Fatal(err)
	}
	if err := s.people.fill(s.Context()); err != nil {
		s.Fatal(err)
	}
}

// work is what people do until ctx ends: a crowd at first, then one after the other.
func (s *stage) work(ctx context.Context) error {
	always := context.WithoutCancel(ctx) // what was begun is ended
	for range s.people.target / 2 {
		if err := s.people.create(always); err != nil {
			return err
		}
	}
	pause := 200 * time.Millisecond
	if *weather > 0 {
		pause = *weather / time.Duration(6*s.people.target)
	}
	for ctx.Err() == nil {
		if err := s.people.act(always); err != nil {
			return err
		}
		wait(ctx, pause)
	}
	return nil
}

func (s *stage) short() {
	s.sprinkle()
	for _, one := range strikes() {
		if one.quick {
			s.strike(one)
		}
	}
}

// long strikes until the time is over, every way in turn, in another order each
// time.
func (s *stage) long() {
	all := strikes()
	for over := time.Now().Add(*weather); ; {
		s.dice.Shuffle(len(all), func(a, b int) { all[a], all[b] = all[b], all[a] })
		s.sprinkle()
		for _, one := range all {
			if time.Now().After(over) {
				return
			}
			s.strike(one)
		}
	}
}

// calm waits until everything is as the manifests say.
func (s *stage) calm() {
	s.Helper()
	s.gandi.fairWeather()
	began := time.Now()
	s.settle("everything to be Ready", func() (bool, string) {
		living := s.eyes.living()
		for i, o := range living {
			if s.people.wants[i] == nil {
				return false, i.name + " is still there: " + told(o)
			}
			if !strings.HasPrefix(told(o), "Ready=True") {
				return false, i.name + ": " + told(o)
			}
			if st := o.ManagedStatus(); st.Intent != nil || len(st.Operations) > 0 {
				return false, i.name + " is Ready, but not at rest"
			}
		}
		return len(living) == len(s.people.wants), fmt.Sprintf("%d of %d objects", len(living), len(s.people.wants))
	})
	s.converged = time.Since(began)
}

// end deletes everything; the long form kills everybody once more meanwhile.
func (s *stage) end() {
	s.Helper()
	began := time.Now()
	deleted := make(chan error, 1)
	go func() { deleted <- s.people.deleteAll(context.WithoutCancel(s.Context())) }()
	if *weather > 0 {
		s.sprinkle()
		for _, one := range strikes() {
			s.strike(one)
		}
	}
	if err := <-deleted; err != nil {
		s.Fatal(err)
	}
	s.gandi.fairWeather()
	s.settle("the end of every object", func() (bool, string) {
		for i, o := range s.eyes.living() {
			return false, i.name + ": " + told(o)
		}
		return true, ""
	})
	s.ended = time.Since(began)
}

// settle waits for a state, and describes what is in its way.
func (s *stage) settle(what string, holds func() (bool, string)) {
	s.Helper()
	defer func() {
		if s.Failed() {
			s.describe()
		}
	}()
	eventually(s.TB, what, holds)
}

// told is the Ready condition of an object, once it speaks of the present generation.
func told(o managed) string {
	for _, c := range o.ManagedStatus().Conditions {
		if c.Type == v1alpha1.ConditionReady && c.ObservedGeneration == o.GetGeneration() {
			return fmt.Sprintf("Ready=%s %s: %s", c.Status, c.Reason, c.Message)
		}
	}
	return "nothing is told of it yet"
}

// eventually waits until holds, which says what it sees as long as it does not.
func eventually(t testing.TB, what string, holds func() (bool, string)) {
	t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		done, seen := holds()
		if done {
			return
		}
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("waited %s for %s; it is: %s", patience, what, seen)
		}
	}
}
