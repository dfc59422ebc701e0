package chaos

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
	"github.com/gandi-operator/gandi-operator/internal/token"
)

// How long fair weather may take to bring everything to rest, and how many calls.
const (
	restWithin   = 4 * time.Hour
	mostChanges  = 40 // changing calls per object, from fair weather to rest
	deleteWithin = 6 * time.Hour
)

// fair ends the weather: what was done to the processes, to Kubernetes and to Gandi.
func (h *history) fair() {
	h.mu.Lock()
	h.armed, h.deaths, h.out, h.strangeKey = nil, nil, out{}, time.Time{}
	h.mu.Unlock()
	h.grant()
	for _, c := range h.clusters {
		c.mu.Lock()
		c.conflicts, c.closed = 0, time.Time{}
		for _, p := range c.processes {
			p.cache.lag = h.delay
			p.cache.relist()
		}
		c.mu.Unlock()
	}
	h.processes(func(p *process) { p.freeze(0); p.bind() })
	h.replaceDead()
	h.endHanging()
}

// endHanging has Gandi's support end what hangs.
func (h *history) endHanging() {
	state := h.world.State()
	all, _ := state["operations"].([]any)
	for _, one := range all {
		s, _ := one.(gandisim.Struct)
		step, _ := s["step"].(string)
		id, _ := s["id"].(int)
		if step != "DONE" && step != "ERROR" && step != "CANCEL" && step != "SUPPORT" && h.times(opHangs) > 0 {
			_ = h.world.Change(map[string]any{"type": "operation", "id": id, "step": "ERROR", "last_error": "ended by hand"})
		}
	}
}

// rest waits in fair weather until everything is as its manifest says or says why it is
// not; then everything is deleted.
func (h *history) rest() {
	h.fair()
	h.notef("fair weather")
	began, before, changes := time.Now(), h.calls.Load(), h.changes.Load()
	// What is late may still come.
	h.pass(h.settle + time.Minute)
	if !h.until(restWithin, func() bool { h.answerPeople(); return h.unrest() == "" }) {
		h.violatedf("not at rest within %s: %s", restWithin, h.unrest())
	}
	h.inspect()
	objects := 0
	h.result.reasons = map[string]int{}
	for _, c := range h.clusters {
		for _, k := range c.all("") {
			objects++
			if obj := c.get(k); obj != nil {
				h.result.reasons[reasonOf(obj)]++
			}
		}
	}
	h.result.objects, h.result.settling = objects, time.Since(began)
	h.result.callsAfter = int(h.calls.Load()-before) / max(objects, 1)
	h.result.changes = int(h.changes.Load()-changes) / max(objects, 1)
	if h.result.changes > mostChanges {
		h.violatedf("%d changing calls per object from fair weather to rest", h.result.changes)
	}
	h.pass(2 * h.resync)
	h.inspect()
	h.deleteEverything()
}

func reasonOf(obj engine.Object) string {
	if c := meta.FindStatusCondition(obj.ManagedStatus().Conditions, v1alpha1.ConditionReady); c != nil {
		return c.Reason
	}
	return ""
}

// unrest says what is not at rest yet; "" when all is.
func (h *history) unrest() string {
	for _, c := range h.clusters {
		if h.leader(c) == nil {
			return "nobody leads"
		}
		for _, k := range c.all("") {
			obj := c.get(k)
			if obj == nil {
				continue
			}
			if why := h.restless(obj); why != "" {
				return fmt.Sprintf("%s: %s", ownerOf(c, k), why)
			}
		}
	}
	return ""
}

// told are the reasons with which an object may be at rest though it is not as its
// manifest says, with what must have happened for each: one of these must have struck;
// "people" stands for what manifests alone can bring about.
var told = map[string][]string{
	v1alpha1.ReasonDiskInUse: {people}, v1alpha1.ReasonDiskNotFound: {people}, v1alpha1.ReasonInterfaceInUse: {people}, v1alpha1.ReasonInterfaceNotFound: {people},
	v1alpha1.ReasonReferenceNotReady: {people}, "SSHKeyNotFound": {people}, "VLANNotFound": {people}, "VLANInUse": {people}, v1alpha1.ReasonSnapshotNotFound: {people},
	v1alpha1.ReasonAttached: {people}, v1alpha1.ReasonRebootRequired: {people}, v1alpha1.ReasonInvalidSpec: {people}, v1alpha1.ReasonCallFailed: {people},
	v1alpha1.ReasonObserved: {people}, "UpgradeRequired": {people}, "PackageNotOffered": {people},
	v1alpha1.ReasonExternalDeleted:    {"panel: deleted", opError, opHangs, opVanishes},
	v1alpha1.ReasonCreateKeepsFailing: {opError, opHangs, opVanishes, lostBefore, gateway, strangeFault, "killed before a write", "outage: reset", "outage: silence", "outage: 503", "low rate limit"},
	v1alpha1.ReasonUnclaimedExternal:  {"status wiped", "restored with another UID", "deleted, to stay at Gandi", "second installation", "lists lag"},
	v1alpha1.ReasonSeveralExternals:   {"panel: made", "panel: edited", "panel: deleted", opError, opHangs, opVanishes, "status wiped", "restored with another UID", "low rate limit"},
}

const people = "people"

// explained tells whether a reason to be at rest follows from what happened.
func (h *history) explained(reason string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.ContainsFunc(told[reason], func(cause string) bool { return cause == people || h.tally[cause] > 0 })
}

func (h *history) restless(obj engine.Object) string {
	st := obj.ManagedStatus()
	ready := meta.FindStatusCondition(st.Conditions, v1alpha1.ConditionReady)
	switch {
	case ready == nil || st.ObservedGeneration != obj.GetGeneration():
		return "not looked at"
	case len(st.Operations) > 0:
		return fmt.Sprintf("operations run: %s", ready.Message)
	case st.Intent != nil && !meta.IsStatusConditionTrue(st.Conditions, v1alpha1.ConditionStalled):
		return fmt.Sprintf("an open intent %s: %s", st.Intent.Method, ready.Message)
	case ready.Status == "True":
		return ""
	case ready.Reason == v1alpha1.ReasonPaused, ready.Reason == v1alpha1.ReasonDeletionProtected:
		return "waits for a person who is on the way"
	case !h.explained(ready.Reason):
		return fmt.Sprintf("%s without a cause for it: %s", ready.Reason, ready.Message)
	case meta.IsStatusConditionTrue(st.Conditions, v1alpha1.ConditionStalled):
		return ""
	case ready.Reason == v1alpha1.ReasonCallFailed && st.LastFailure != nil && st.LastFailure.Attempts > 6:
		return "" // Gandi will not, and it is told
	case told[ready.Reason] != nil && ready.Reason != v1alpha1.ReasonCallFailed && ready.Reason != v1alpha1.ReasonExternalDeleted:
		return ""
	default:
		return fmt.Sprintf("%s: %s", ready.Reason, ready.Message)
	}
}

// answerPeople has people do what objects ask them for.
func (h *history) answerPeople() {
	for _, c := range h.clusters {
		for _, k := range c.all("") {
			obj := c.get(k)
			if obj == nil {
				continue
			}
			switch reasonOf(obj) {
			case v1alpha1.ReasonPaused:
				_ = c.edit(k, func(o engine.Object) { annotate(o, v1alpha1.AnnotationPaused, "") })
			case v1alpha1.ReasonDeletionProtected:
				_ = c.edit(k, func(o engine.Object) { o.ManagedSpec().DeletionProtection = false })
			}
		}
	}
}

// deleteEverything deletes all objects, and holds that nothing is left at Gandi but
// what was to stay or is told.
func (h *history) deleteEverything() {
	h.notef("everything is deleted")
	for _, c := range h.clusters {
		for _, k := range c.all("") {
			_ = c.edit(k, func(o engine.Object) {
				annotate(o, v1alpha1.AnnotationPaused, "")
				o.ManagedSpec().DeletionProtection = false
			})
			if obj := c.get(k); obj != nil {
				h.goes(c, k, obj)
				c.remove(k)
			}
		}
	}
	gone := func() bool {
		for _, c := range h.clusters {
			if len(c.all("")) > 0 {
				return false
			}
		}
		return true
	}
	if !h.until(time.Hour, gone) {
		h.freeByHand()
	}
	if !h.until(deleteWithin, gone) {
		for _, c := range h.clusters {
			for _, k := range c.all("") {
				if obj := c.get(k); obj != nil {
					h.violatedf("%s is not gone within %s: %s", ownerOf(c, k), deleteWithin, h.lastWords(obj))
				}
			}
		}
		return
	}
	h.pass(2 * h.resync)
	h.inspect()
	h.leftovers()
	if h.strict {
		h.journalHoldsNoSecret()
	}
}

// journalHoldsNoSecret looks for canaries in what the simulator has taken down.
func (h *history) journalHoldsNoSecret() {
	raw, err := json.Marshal(h.world.Journal())
	if err != nil {
		h.violatedf("the journal cannot be written: %v", err)
	}
	for _, secret := range secrets {
		if strings.Contains(string(raw), secret) {
			h.violatedf("the journal holds a secret")
		}
	}
}

// freeByHand has people detach what is on a VM that stays at Gandi: objects that are
// told so wait for that.
func (h *history) freeByHand() {
	for _, c := range h.clusters {
		for _, k := range c.all("") {
			obj := c.get(k)
			switch {
			case obj == nil:
			case reasonOf(obj) == v1alpha1.ReasonSeveralExternals:
				h.notef("        %s is abandoned, as it asks for", k)
				h.abandon(ownerOf(c, k))
				_ = c.edit(k, func(o engine.Object) { annotate(o, v1alpha1.AnnotationAbandon, "true") })
			case reasonOf(obj) == v1alpha1.ReasonAttached:
				h.notef("        panel: detach what %s has", k)
				_ = h.world.Change(map[string]any{"type": specimenOf(k.kind).typ, "id": int(obj.ManagedStatus().ID), "detach": true})
			}
		}
	}
	for t := range h.living() {
		if t.list == "ifaces" && h.kept[t] != "" && len(h.clusters[0].all(kindVLAN)) > 0 {
			h.notef("        panel: delete %s, which was to stay", t)
			h.gone[t] = true
			_ = h.world.Change(map[string]any{"type": "iface", "id": t.id, "delete": true})
		}
	}
}

// abandon notes that a person takes care of what an object may have.
func (h *history) abandon(who owner) {
	h.effects.Lock()
	defer h.effects.Unlock()
	for t, o := range h.made {
		if o == who {
			h.kept[t] = "it was abandoned"
		}
	}
}

func (h *history) lastWords(obj engine.Object) string {
	if c := meta.FindStatusCondition(obj.ManagedStatus().Conditions, v1alpha1.ConditionReady); c != nil {
		return c.Reason + ": " + c.Message
	}
	return "no condition"
}

// leftovers judges what is left at Gandi once no object is.
func (h *history) leftovers() {
	living := h.living()
	h.effects.Lock()
	defer h.effects.Unlock()
	for t, s := range living {
		who, ours := h.made[t]
		if !ours || h.kept[t] != "" {
			continue
		}
		if mark := markOf(s); mark != "" && h.reported(who, mark) {
			h.struck("left, and reported")
			continue
		}
		if h.spoken(t, "Warning") || h.forgetful[who] && h.spoken(t, "which stays") {
			h.struck("left, and told")
			continue
		}
		if who.kind == kindVM && t.list == "ifaces" && h.times(opError)+h.times(opHangs)+h.times(opVanishes) > 0 {
			// Nothing marks it (docs/adr/0005): of a create that was done by half, and
			// whose reply was lost, the disk is found alone.
			h.struck("left, an interface of a half-done create")
			continue
		}
		h.violatedf("%s of %s is left at Gandi and nobody is told: %v", t, who, s)
	}
}

// markOf is the token that a thing carries.
func markOf(s gandisim.Struct) string {
	for _, field := range []string{"farm", "name"} {
		if v, _ := s[field].(string); token.Valid(v) {
			return v
		}
	}
	return ""
}

// reported tells whether the account tells of a thing that carries a mark: its sweeps
// show it, no object has the mark, and it was not released.
func (h *history) reported(who owner, mark string) bool {
	for _, c := range h.clusters {
		p := h.leader(c)
		if p == nil || c.installation != who.installation {
			continue
		}
		conv, ok := p.registry.Get(accountName)
		if !ok {
			continue
		}
		own, _ := conv.Inventory().Marks(c.installation)
		for _, m := range own {
			if m.Token == mark && !slices.Contains(conv.ReleasedTokens(), mark) {
				return true
			}
		}
	}
	return false
}

// spoken tells whether an event named the thing.
func (h *history) spoken(t thing, words string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	number := fmt.Sprint(t.id)
	return slices.ContainsFunc(h.events, func(e string) bool { return strings.Contains(e, words) && strings.Contains(e, number) })
}
