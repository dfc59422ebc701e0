package soak

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// opportunity is how long a strike waits for its moment. One that does not come is
// counted as missed.
const opportunity = 8 * time.Second

// reaper kills.
type reaper struct {
	testing.TB
	client   client.Client
	gandi    *gandi
	eyes     *eyes
	replicas []*replica
	away     *outages
	dice     *rand.Rand
	tally    map[string]int
	downtime time.Duration // between a leader's death and the next one's first act, the longest
}

// A strike is one way in which processes die.
type strike struct {
	name  string
	quick bool // whether the short form has it
	do    func(*reaper)
}

func strikes() []strike {
	return []strike{
		{"leader, right after a create call", true, (*reaper).afterCreate},
		{"leader, right after an intent", true, (*reaper).afterIntent},
		{"leader, while an operation runs", true, (*reaper).whileOperating},
		{"leader, lease left to run out", false, (*reaper).leaseRunsOut},
		{"follower", true, (*reaper).follower},
		{"one of them, at random", false, (*reaper).atRandom},
		{"both managers", false, (*reaper).both},
		{"API server", false, (*reaper).apiServer},
		{"etcd", false, (*reaper).etcd},
		{"API server and etcd", true, (*reaper).apiServerAndEtcd},
		{"API server and leader", false, (*reaper).apiServerAndLeader},
	}
}

// sprinkle plans troubles of the wire that end by themselves.
func (r *reaper) sprinkle() {
	for _, one := range []string{
		`{"method": "hosting.vm.create_from", "nth": %d, "cut": "after"}`,
		`{"method": "hosting.disk.create", "nth": %d, "cut": "after"}`,
		`{"method": "hosting.disk.create", "nth": %d, "cut": "before"}`,
		`{"method": "hosting.iface.create", "nth": %d, "cut": "truncate"}`,
		`{"method": "hosting.vm.*", "nth": %d, "cut": "truncate"}`,
		`{"method": "hosting.disk.update", "nth": %d, "cut": "before"}`,
		`{"method": "hosting.vm.delete", "nth": %d, "cut": "after"}`,
		`{"method": "*", "nth": %d, "status": 503}`,
	} {
		r.gandi.trouble(fmt.Sprintf(one, 1+r.dice.IntN(3)))
		r.tally["replies cut or refused, planned"]++
	}
}

// await waits for a moment.
func (r *reaper) await(most time.Duration, moment func() bool) bool {
	ctx, cancel := context.WithTimeout(r.Context(), most)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !moment() {
		select {
		case <-r.eyes.next():
		case <-tick.C:
		case <-ctx.Done():
			return false
		}
	}
	return true
}

func (r *reaper) strike(s strike) {
	missed := r.tally["moments missed"]
	s.do(r)
	if r.tally["moments missed"] == missed {
		r.tally[s.name]++
	}
	r.awaitLeader()
}

// leader is the replica that acts; nil while there is none.
func (r *reaper) leader() *replica {
	for _, one := range r.replicas {
		if one.leading() {
			return one
		}
	}
	return nil
}

func (r *reaper) awaitLeader() *replica {
	r.Helper()
	var leader *replica
	began := time.Now()
	if !r.await(patience, func() bool { leader = r.leader(); return leader != nil }) && r.Context().Err() == nil {
		r.Fatalf("nobody leads after %s", patience)
	}
	r.downtime = max(r.downtime, time.Since(began))
	return leader
}

// killLeader kills the leader and gives its lease away, as if it had run out:
// nobody is left who could use it.
func (r *reaper) killLeader() {
	if leader := r.awaitLeader(); leader != nil && leader.kill() {
		r.freeLease()
	}
}

func (r *reaper) freeLease() {
	r.Helper()
	lease := &coordinationv1.Lease{}
	if err := r.client.Get(r.Context(), types.NamespacedName{Namespace: systemNamespace, Name: leaseName}, lease); err != nil {
		return // it runs out
	}
	// As a manager does that ends politely. Should another have it by now, the
	// write is refused.
	lease.Spec.HolderIdentity, lease.Spec.LeaseDurationSeconds = new(""), new(int32(1))
	_ = r.client.Update(r.Context(), lease)
}

func (r *reaper) miss() { r.tally["moments missed"]++ }

func (r *reaper) afterCreate() {
	after := 0
	if all := r.gandi.journal(0); len(all) > 0 {
		after = all[len(all)-1].Seq
	}
	found := r.await(opportunity, func() bool {
		for _, c := range r.gandi.journal(after) {
			after = c.Seq
			if c.creates() && c.tookEffect() {
				return true
			}
		}
		return false
	})
	if !found {
		r.miss()
	}
	r.killLeader()
}

func (r *reaper) afterIntent() {
	before := r.eyes.written()
	if !r.await(opportunity, func() bool { return r.eyes.written() > before }) {
		r.miss()
	}
	r.killLeader()
}

func (r *reaper) whileOperating() {
	if !r.await(opportunity, func() bool { return r.eyes.following() && r.gandi.state().operating() }) {
		r.miss()
	}
	r.killLeader()
}

// leaseRunsOut kills the leader while the other waits, which then has to wait for
// the lease's end.
func (r *reaper) leaseRunsOut() {
	r.await(patience, func() bool { return r.replicas[0].running() && r.replicas[1].running() })
	leader := r.awaitLeader()
	if leader == nil {
		return
	}
	leader.kill()
	r.awaitLeader()
	if leader.leading() && r.Context().Err() == nil {
		r.Log("the killed one leads again, not the one that waited")
	}
}

func (r *reaper) follower() {
	r.awaitLeader()
	for _, one := range r.replicas {
		if !one.leading() && one.running() {
			one.kill()
			return
		}
	}
}

func (r *reaper) atRandom() {
	wait(r.Context(), time.Duration(r.dice.IntN(2000))*time.Millisecond)
	victim := r.replicas[r.dice.IntN(len(r.replicas))]
	led := victim.leading()
	if victim.kill() && led {
		r.freeLease()
	}
}

func (r *reaper) both() {
	for _, one := range r.replicas {
		one.kill()
	}
	r.freeLease()
}

func (r *reaper) apiServer() {
	r.away.begin()
	plane.KillAPIServer()
	wait(r.Context(), time.Duration(r.dice.IntN(3000))*time.Millisecond)
	r.startAPIServer()
}

func (r *reaper) etcd() {
	r.away.begin()
	plane.KillEtcd()
	wait(r.Context(), time.Duration(r.dice.IntN(3000))*time.Millisecond)
	r.startEtcd()
	r.away.end()
}

func (r *reaper) apiServerAndEtcd() {
	r.away.begin()
	plane.KillAPIServer()
	plane.KillEtcd()
	r.startEtcd()
	r.startAPIServer()
}

// apiServerAndLeader leaves nobody who could write down what Gandi answered.
func (r *reaper) apiServerAndLeader() {
	leader := r.awaitLeader()
	before := r.eyes.written()
	r.await(opportunity, func() bool { return r.eyes.written() > before })
	r.away.begin()
	plane.KillAPIServer()
	if leader != nil {
		leader.kill()
	}
	r.startAPIServer()
	r.freeLease()
}

func (r *reaper) startAPIServer() {
	r.Helper()
	if err := plane.StartAPIServer(r.Context()); err != nil {
		r.Fatal(err)
	}
	r.away.end()
}

func (r *reaper) startEtcd() {
	r.Helper()
	if err := plane.StartEtcd(r.Context()); err != nil {
		r.Fatal(err)
	}
}

// summary is a table of what struck.
func (r *reaper) summary() string {
	var b strings.Builder
	kills := 0
	for _, s := range strikes() {
		if n := r.tally[s.name]; n > 0 {
			fmt.Fprintf(&b, "| killed: %s | %d |\n", s.name, n)
			kills += n
		}
	}
	fmt.Fprintf(&b, "| strikes in all | %d |\n", kills)
	for _, name := range []string{"moments missed", "replies cut or refused, planned"} {
		fmt.Fprintf(&b, "| %s | %d |\n", name, r.tally[name])
	}
	fmt.Fprintf(&b, "| longest wait for a leader | %.1f s |\n", r.downtime.Seconds())
	return b.String()
}
