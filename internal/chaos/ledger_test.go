package chaos

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/condition"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
)

// thing is something at Gandi.
type thing struct {
	list string // of the simulator's state
	id   int
}

func (t thing) String() string { return fmt.Sprintf("%s %d", strings.TrimSuffix(t.list, "s"), t.id) }

// owner is an object of a cluster, whatever its UID.
type owner struct {
	installation string
	key
}

func (o owner) String() string {
	if o.installation == home {
		return o.key.String()
	}
	return o.key.String() + " of " + o.installation
}

// ledger is who made what at Gandi.
type ledger struct {
	made map[thing]owner
	// kept are things that were left at Gandi on purpose, or that somebody else had a
	// hand in: nobody has to delete them.
	kept map[thing]string
	// whole are the things that an object called its own when it was in sync.
	whole map[thing]owner
	// gone are those of them that went as somebody wished.
	gone map[thing]bool
	// asked are the objects that were deleted with what they have.
	asked map[owner]bool
	// stays are those that were deleted without it.
	stays map[owner]bool
	// requests are the calls that answered one request which may be answered once.
	requests map[string]int
	creates  map[owner]int
}

func newLedger() ledger {
	return ledger{made: map[thing]owner{}, kept: map[thing]string{}, whole: map[thing]owner{}, gone: map[thing]bool{}, asked: map[owner]bool{}, stays: map[owner]bool{},
		requests: map[string]int{}, creates: map[owner]int{}}
}

// living lists what is at Gandi now.
func (h *history) living() map[thing]gandisim.Struct {
	state := h.world.State()
	found := map[thing]gandisim.Struct{}
	for _, list := range []string{"vms", "disks", "ifaces", "vlans", "sshkeys", "sites"} {
		all, _ := state[list].([]any)
		for _, one := range all {
			s, _ := one.(gandisim.Struct)
			id, _ := s["id"].(int)
			if s["state"] != "deleted" && s["state"] != "redemption" && id != 0 {
				found[thing{list, id}] = s
			}
		}
	}
	return found
}

// before judges a changing call right before it takes effect: an intent for it is
// written, by its sender, and its object may be changed.
func (h *history) before(p *process, by key, known bool, method string, b blow) {
	if !known {
		h.violatedf("%s sends %s for no object", p.name, method)
		return
	}
	if b.kind == lateEffect || b.kind == twin {
		return // it left long ago
	}
	obj := p.c.get(by)
	if obj == nil {
		h.violatedf("%s sends %s for %s, which is gone", p.name, method, by)
		return
	}
	in := obj.ManagedStatus().Intent
	if in == nil || in.Method != method || in.Sender != p.name {
		if !h.forgetful[ownerOf(p.c, by)] {
			h.violatedf("%s sends %s for %s without an intent of its own for it: %+v", p.name, method, by, in)
		}
	}
}

func ownerOf(c *cluster, k key) owner { return owner{c.installation, k} }

// enter enters a call that has just taken effect. The effects' lock is held.
func (h *history) enter(p *process, by key, method string, b blow) {
	journal := h.world.Journal()
	if len(journal) == 0 {
		return
	}
	e := journal[len(journal)-1]
	if e.Fault != nil || e.Status != 0 || e.Method != method {
		return
	}
	if b.kind == opVanishes {
		h.vanish(e.IDs)
	}
	who := ownerOf(p.c, by)
	h.judgeRequest(p, who, method, b)
	if isPaid(method) && len(e.IDs) > 0 { // a question makes nothing
		h.judgePurchase(who, method, e.IDs, b)
	}
}

// vanish has Gandi forget operations once they have ended.
func (h *history) vanish(ids []int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	gone := map[int]bool{}
	for id := range h.vanished {
		gone[id] = true
	}
	for _, id := range ids {
		if id > 600000 && id < 4000000 { // where the simulator numbers operations
			gone[id] = true
		}
	}
	h.vanished = gone
}

// judgePurchase holds what a paid call made against what its object has.
func (h *history) judgePurchase(who owner, method string, ids []int, b blow) {
	living := h.living()
	s := specimenOf(who.kind)
	h.creates[who]++
	for _, id := range ids {
		for _, list := range []string{"vms", "disks", "ifaces", "vlans", "sshkeys", "sites"} {
			t := thing{list, id}
			if _, there := living[t]; !there || h.made[t] != (owner{}) || h.kept[t] != "" {
				continue
			}
			if _, old := h.foreign[t]; old {
				continue // the source of a copy
			}
			h.made[t] = who
			if h.stays[who] {
				h.kept[t] = toStay
			}
			if b.kind == twin {
				h.kept[t] = "the network doubled its request"
			}
		}
	}
	var have []string
	for t, o := range h.made {
		if _, there := living[t]; there && o == who && t.list == s.list && h.kept[t] == "" {
			have = append(have, t.String())
		}
	}
	if slices.Sort(have); len(have) > 1 {
		h.violatedf("%s of %s leaves it with %s", method, who, strings.Join(have, " and "))
	}
	if who.kind == kindVM {
		h.judgeParts(who, method, living)
	}
}

// judgeParts holds that a create that was done by half is gone on with: no second
// system disk is bought while the first is there and nobody took it off.
func (h *history) judgeParts(who owner, method string, living map[thing]gandisim.Struct) {
	var disks []string
	for t, o := range h.made {
		if _, there := living[t]; there && o == who && t.list == "disks" && h.kept[t] == "" && h.whole[t] == (owner{}) {
			disks = append(disks, t.String())
		}
	}
	if slices.Sort(disks); len(disks) > 1 {
		h.violatedf("%s of %s leaves it with %s", method, who, strings.Join(disks, " and "))
	}
}

// judgeRequest counts the calls that answer one request of a person.
func (h *history) judgeRequest(p *process, who owner, method string, b blow) {
	if method != "hosting.vm.reboot" && method != "hosting.disk.rollback_from" {
		return
	}
	if b.kind == twin {
		return
	}
	request := h.request(who, method)
	if request == "" || h.forgetful[who] {
		return
	}
	h.requests[request]++
	if n := h.requests[request]; n > 1 {
		h.violatedf("%s sends %s %d times for one request: %s", p.name, method, n, request)
	}
}

func (h *history) request(who owner, method string) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.answering[who.String()+" "+method]
}

// sees judges every write to a cluster.
func (h *history) sees(c *cluster, before, after engine.Object) {
	if before == nil || after == nil {
		return
	}
	k := keyOf(after)
	was, is := before.ManagedStatus(), after.ManagedStatus()
	if in := is.Intent; in != nil && (was.Intent == nil || was.Intent.Attempt != in.Attempt || was.Intent.Sender != in.Sender) && in.Sender != "" {
		h.seesIntent(c, k, before, after)
	}
	if before.GetResourceVersion() != "" && len(is.Conditions) > 0 && !sameConditions(was, is) {
		for _, complaint := range condition.Lint(after.GetGeneration(), is.ObservedGeneration, is.Conditions) {
			h.violatedf("conditions of %s: %s", k, complaint)
		}
	}
	if c.strict {
		h.holdsNoSecret(k, after)
	}
}

func sameConditions(a, b *v1alpha1.ManagedStatus) bool {
	return a.ObservedGeneration == b.ObservedGeneration && slices.Equal(a.Conditions, b.Conditions)
}

// seesIntent judges the moment from which on a call may leave.
func (h *history) seesIntent(c *cluster, k key, before, after engine.Object) {
	in := after.ManagedStatus().Intent
	switch {
	case before.GetAnnotations()[v1alpha1.AnnotationPaused] == "true":
		h.violatedf("%s is paused, and %s is about to be sent", k, in.Method)
	case before.ManagedSpec().ManagementPolicy == v1alpha1.Observe:
		h.violatedf("%s is only observed, and %s is about to be sent", k, in.Method)
	}
	who := ownerOf(c, k)
	h.mu.Lock()
	defer h.mu.Unlock()
	name := who.String() + " " + in.Method
	delete(h.answering, name)
	switch in.Method {
	case "hosting.vm.reboot":
		if asked := after.ManagedStatus().LastHandledRestartAt; asked != before.ManagedStatus().LastHandledRestartAt {
			h.answering[name] = name + " asked for by " + asked
		}
	case "hosting.disk.rollback_from":
		if d, ok := after.(*v1alpha1.GandiDisk); ok && d.Spec.Rollback != nil {
			h.answering[name] = name + " asked for by " + d.Spec.Rollback.RequestedAt
		}
	}
}

// holdsNoSecret looks for canaries in all that an object says.
func (h *history) holdsNoSecret(k key, obj engine.Object) {
	raw, err := json.Marshal(obj)
	if err != nil {
		h.violatedf("%s cannot be written: %v", k, err)
		return
	}
	for _, secret := range secrets {
		if strings.Contains(string(raw), secret) {
			h.violatedf("%s holds a secret", k)
		}
	}
}

// inspect holds what is at Gandi against what there was: nothing goes that nobody
// asked to go.
func (h *history) inspect() {
	living := h.living()
	h.effects.Lock()
	defer h.effects.Unlock()
	for t, who := range h.whole {
		if _, there := living[t]; there || h.gone[t] {
			continue
		}
		h.gone[t] = true
		if h.kept[t] == toStay || (!h.asked[who] && h.kept[t] == "") {
			h.violatedf("%s of %s is gone, and nobody asked for that", t, who)
		}
	}
	for t, what := range h.foreign {
		if _, there := living[t]; !there && !h.gone[t] {
			h.gone[t] = true
			h.violatedf("%s, %s, is gone, and nobody asked for that", t, what)
		}
	}
	for _, c := range h.clusters {
		for _, k := range c.all("") {
			h.remember(c, k, living)
		}
	}
}

// remember learns what an object calls its own.
func (h *history) remember(c *cluster, k key, living map[thing]gandisim.Struct) {
	obj := c.get(k)
	if obj == nil {
		return
	}
	who, st := ownerOf(c, k), obj.ManagedStatus()
	t := thing{specimenOf(k.kind).list, int(st.ID)}
	if _, there := living[t]; !there || st.BoughtAt == nil {
		return
	}
	if maker, ok := h.made[t]; ok && maker != who && !st.Adopted && !h.mayTake(maker, who) {
		h.violatedf("%s has %s, which %s made", who, t, maker)
	}
	if _, ok := h.made[t]; !ok && !st.Adopted && h.kept[t] == "" {
		h.violatedf("%s has %s, which it did not make", who, t)
	}
	h.whole[t] = who
	if vm, ok := obj.(*v1alpha1.GandiVM); ok {
		for _, d := range vm.Status.Disks {
			if disk := (thing{"disks", int(d.ID)}); h.made[disk] == who {
				h.whole[disk] = who
			}
		}
	}
}

// mayTake tells whether what one object made can rightly be another's.
func (h *history) mayTake(_, _ owner) bool { return false }
