package chaos

import (
	"fmt"
	"slices"
	"time"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
)

// A verb is one kind of thing that happens. What it finds nothing to do to does not
// happen.
type verb struct {
	name   string
	weight int
	do     func(h *history, d *dice, k key)
	// early has half of them happen before the objects are there.
	early bool
}

var verbs []verb

func drawVerb(d *dice) verb {
	all := 0
	for _, v := range verbs {
		all += v.weight
	}
	n := d.IntN(all)
	for _, v := range verbs {
		if n -= v.weight; n < 0 {
			return v
		}
	}
	return verbs[0]
}

func verbNamed(name string) verb {
	for _, v := range verbs {
		if v.name == name {
			return v
		}
	}
	return verb{do: func(*history, *dice, key) {}}
}

func init() { //nolint:gochecknoinits // verbs lead histories, which look verbs up
	verbs = []verb{
		// People.
		{"create", 6, (*history).createAll, false},
		{"edit", 10, (*history).edit, false},
		{"delete", 6, (*history).deleteOne, false},
		{"say how to manage", 5, (*history).manage, false},
		{"change the password", 1, (*history).changePassword, false},
		// Replies.
		{"blow", 30, (*history).blow, true},
		// The processes.
		{"kill", 10, (*history).killSoon, true},
		{"change the leader", 4, (*history).changeLeader, true},
		{"freeze", 3, (*history).freezeLeader, true},
		{"two leaders", 2, (*history).twoLeaders, true},
		{"step the clock", 2, (*history).stepClock, false},
		// Kubernetes.
		{"lag", 4, (*history).lag, true},
		{"break the watch", 3, (*history).breakWatch, true},
		{"conflict", 4, (*history).conflict, true},
		{"close the API server", 3, (*history).closeServer, true},
		{"wipe the status", 2, (*history).wipeOne, false},
		{"restore", 2, (*history).restoreOne, false},
		// Gandi.
		{"outage", 3, (*history).beOut, true},
		{"revoke the key", 2, (*history).revoke, false},
		{"take another's key", 2, (*history).mixKeys, false},
		{"panel", 6, (*history).panel, false},
	}
}

// live leads the history: all steps, fair weather until all is at rest, and the end
// of everything.
func (h *history) live() {
	for _, s := range h.steps {
		h.pass(s.after)
		h.notef("%s", s)
		verbNamed(s.verb).do(h, newDice(s.seed, h.cast), s.who)
		h.inspect()
	}
	h.rest()
}

// each is every cluster's object of that name.
func (h *history) each(k key, do func(*cluster, engine.Object)) {
	for _, c := range h.clusters {
		if obj := c.get(k); obj != nil {
			do(c, obj)
		}
	}
}

func (h *history) createAll(d *dice, k key) {
	obj := specimenOf(k.kind).make(d, k.name)
	for _, c := range h.clusters {
		if c.get(k) != nil {
			continue
		}
		h.forgetOwner(ownerOf(c, k))
		if err := c.create(obj); err != nil {
			h.notef("        refused: %v", err)
		}
	}
}

// forgetOwner notes that a new object has that name.
func (h *history) forgetOwner(who owner) {
	h.inspect() // what the former had is gone by now
	h.effects.Lock()
	defer h.effects.Unlock()
	delete(h.asked, who)
	delete(h.stays, who)
}

func (h *history) edit(d *dice, k key) {
	e := one(d, specimenOf(k.kind).edits...)
	h.change(d, k, e)
}

func (h *history) manage(d *dice, k key) { h.change(d, k, one(d, managedEdits...)) }

// change edits the object of the home cluster.
func (h *history) change(d *dice, k key, e edit) {
	c := h.clusters[0]
	obj := c.get(k)
	if obj == nil || !obj.GetDeletionTimestamp().IsZero() {
		return
	}
	h.notef("        %s: %s", k, e.words)
	if err := c.edit(k, func(o engine.Object) { e.change(d, o) }); err != nil {
		h.notef("        refused: %v", err)
	}
}

func (h *history) deleteOne(d *dice, k key) {
	h.each(k, func(c *cluster, obj engine.Object) {
		if c != h.clusters[0] && d.once(2) {
			return
		}
		h.goes(c, k, obj)
		c.remove(k)
	})
}

// goes notes what is to become of what an object has that is going to be deleted.
func (h *history) goes(c *cluster, k key, obj engine.Object) {
	who, spec := ownerOf(c, k), obj.ManagedSpec()
	h.effects.Lock()
	defer h.effects.Unlock()
	if spec.DeletionPolicy == v1alpha1.Retain || spec.ManagementPolicy == v1alpha1.Observe {
		h.struck("deleted, to stay at Gandi")
	}
	if spec.ManagementPolicy == v1alpha1.Observe || spec.DeletionPolicy == v1alpha1.Retain {
		for t, o := range h.made {
			if o == who {
				h.kept[t] = toStay
			}
		}
		h.stays[who] = true
		return
	}
	h.asked[who] = true
}

const toStay = "its object was deleted and it was to stay"

func (h *history) changePassword(*dice, key) {
	for _, c := range h.clusters {
		c.mu.Lock()
		c.secretVersion++
		c.mu.Unlock()
	}
}

var blowMethods = []string{"hosting.vm.create", "hosting.vm.update", "hosting.vm.delete", "hosting.vm.st", "hosting.vm.disk", "hosting.disk.create",
	"hosting.disk", "hosting.disk.rollback", "hosting.vm.reboot", "hosting.iface", "hosting.vlan", "hosting.ssh"}

// methodsOf are what calls for an object of a kind begin with.
var methodsOf = map[string]string{kindVM: "hosting.vm", kindDisk: "hosting.disk", kindIface: "hosting.iface", kindVLAN: "hosting.vlan", kindKey: "hosting.ssh", kindSite: "site."}

func (h *history) blow(d *dice, k key) {
	for range 1 + d.IntN(3) {
		h.arm(h.drawBlow(d, k))
	}
}

func (h *history) arm(b blow) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.armed = append(h.armed, b)
	h.writef("        %s for %s* after %d", b.kind, b.method, b.skip)
}

func (h *history) drawBlow(d *dice, k key) blow {
	b := blow{kind: one(d, blows...), skip: max(0, d.IntN(6)-3)}
	switch d.IntN(6) {
	case 0, 1:
		b.method = methodsOf[k.kind]
	case 2:
		b.method = one(d, blowMethods...)
	}
	switch b.kind {
	case lateEffect:
		// Sooner than settle: what comes later, nobody can wait for.
		b.d = time.Duration(d.Int64N(int64(h.settle) * 9 / 10))
	case slowReply:
		b.d = time.Duration(20+d.IntN(60)) * time.Second
	case slowRequest:
		b.d = time.Duration(d.IntN(40)) * time.Second
	}
	return b
}

func (h *history) killSoon(d *dice, _ key) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for range 1 + d.IntN(3) {
		h.deaths = append(h.deaths, death{in: 1 + d.IntN(6), before: d.once(2)})
	}
}

func (h *history) leader(c *cluster) *process {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.leaders[c]
}

// changeLeader has the leader lose its lease, though it goes on for a while.
func (h *history) changeLeader(d *dice, _ key) {
	c := h.clusters[0]
	old := h.leader(c)
	if old == nil {
		return
	}
	h.struck("leader changed")
	if !h.leases {
		old.kill()
		h.replaceDead()
		return
	}
	h.expire(c)
	h.setLag(c, 20*time.Millisecond)
	on := time.Duration(d.IntN(30)) * time.Second
	h.mu.Lock()
	delete(h.leaders, c)
	h.mu.Unlock()
	time.AfterFunc(leaseLength, func() { h.succeed(c) })
	time.AfterFunc(on, old.kill)
	if d.once(3) {
		old.freeze(on / 2)
	}
}

// freezeLeader stops a process for a while, as a machine that is moved does.
func (h *history) freezeLeader(d *dice, _ key) {
	if p := h.leader(h.clusters[0]); p != nil {
		h.struck("process frozen")
		p.freeze(time.Duration(1+d.IntN(90)) * time.Second)
	}
}

// twoLeaders starts a second process where there are no leases.
func (h *history) twoLeaders(d *dice, _ key) {
	if h.leases || h.mortal() {
		return
	}
	h.struck("two leaders")
	p := h.start(h.clusters[0])
	h.setLag(h.clusters[0], 20*time.Millisecond)
	h.mu.Lock()
	h.everyone = append(h.everyone, p)
	h.mu.Unlock()
	time.AfterFunc(time.Duration(d.IntN(60))*time.Second, p.kill)
}

// stepClock has the next leader meet times that another clock wrote.
func (h *history) stepClock(d *dice, _ key) {
	by := one(d, -2*time.Hour, -time.Minute, time.Minute, time.Hour)
	h.struck("clock stepped")
	for _, c := range h.clusters {
		if p := h.leader(c); p != nil {
			p.kill()
		}
		c.shift(by)
	}
	h.replaceDead()
}

func (h *history) lag(d *dice, _ key) {
	h.struck("watch lags")
	by := time.Duration(100+d.IntN(20000)) * time.Millisecond
	for _, c := range h.clusters {
		h.setLag(c, by)
		time.AfterFunc(time.Duration(d.IntN(300))*time.Second, func() { h.setLag(c, h.delay) })
	}
}

func (h *history) setLag(c *cluster, by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.processes {
		p.cache.lag = by
	}
}

// breakWatch has all processes hear nothing for a while, and then list everything.
func (h *history) breakWatch(d *dice, _ key) {
	h.struck("watch broken")
	for _, c := range h.clusters {
		c.mu.Lock()
		for _, p := range c.processes {
			p.cache.deaf = true
		}
		c.mu.Unlock()
		time.AfterFunc(time.Duration(1+d.IntN(120))*time.Second, func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			for _, p := range c.processes {
				p.cache.relist()
			}
		})
	}
}

func (h *history) conflict(d *dice, _ key) {
	for _, c := range h.clusters {
		c.mu.Lock()
		c.conflicts += 1 + d.IntN(4)
		c.mu.Unlock()
	}
}

func (h *history) closeServer(d *dice, _ key) {
	h.struck("API server away")
	for _, c := range h.clusters {
		c.mu.Lock()
		c.closed = time.Now().Add(time.Duration(1+d.IntN(90)) * time.Second)
		c.mu.Unlock()
	}
}

// mortal tells whether processes die in this history while they may know what no
// status says.
func (h *history) mortal() bool {
	for _, s := range h.steps {
		switch s.verb {
		case "kill", "change the leader", "step the clock":
			return true
		}
	}
	return false
}

// recoverable tells whether an object can lose its status without losing what nothing
// else tells (docs/adr/0013, 0015): its number is in the annotation, and no purchase is
// open that only a process knows of.
func (h *history) recoverable(obj engine.Object, anew bool) bool {
	st := obj.ManagedStatus()
	known := st.ID == 0 || obj.GetAnnotations()[v1alpha1.AnnotationExternal] != ""
	open := st.Intent != nil && st.Intent.Repeat == "Paid" || st.ID == 0 && st.Attempts > 0
	return known && (!open || !anew && !h.mortal() && obj.ManagedStatus().ID != 0)
}

func (h *history) wipeOne(_ *dice, k key)    { h.lose(k, false) }
func (h *history) restoreOne(_ *dice, k key) { h.lose(k, true) }

func (h *history) lose(k key, anew bool) {
	c := h.clusters[0]
	obj := c.get(k)
	if obj == nil || !obj.GetDeletionTimestamp().IsZero() || !h.recoverable(obj, anew) {
		return
	}
	h.effects.Lock()
	h.forgetful[ownerOf(c, k)] = true
	h.effects.Unlock()
	if anew {
		h.struck("restored with another UID")
	} else {
		h.struck("status wiped")
	}
	c.wipe(k, anew)
}

func (h *history) beOut(d *dice, _ key) {
	kind := one(d, "reset", "503", "429", "silence")
	h.struck("outage: " + kind)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.out = out{kind, time.Now().Add(time.Duration(1+d.IntN(600)) * time.Second)}
}

func (h *history) revoke(d *dice, _ key) {
	h.struck("key revoked")
	h.world.RevokeKey(gandisim.DefaultAPIKey)
	time.AfterFunc(time.Duration(1+d.IntN(600))*time.Second, h.grant)
}

func (h *history) grant() {
	if err := h.world.AddKey(gandisim.DefaultAPIKey, gandisim.DefaultHandle); err != nil {
		h.violatedf("%v", err)
	}
}

// mixKeys has the account's Secret hold the key of another handle for a while.
func (h *history) mixKeys(d *dice, _ key) {
	h.struck("key of another handle")
	h.mu.Lock()
	h.strangeKey = time.Now().Add(time.Duration(1+d.IntN(300)) * time.Second)
	until := h.strangeKey
	h.mu.Unlock()
	h.processes((*process).mislead)
	time.AfterFunc(time.Until(until), h.unmix)
}

func (h *history) unmix() {
	if !h.misled() {
		h.processes((*process).bind)
	}
}

func (h *history) processes(do func(*process)) {
	for _, c := range h.clusters {
		c.mu.Lock()
		all := append([]*process(nil), c.processes...)
		c.mu.Unlock()
		for _, p := range all {
			if !p.killed() {
				do(p)
			}
		}
	}
}

// panel has somebody use Gandi's web panel.
func (h *history) panel(d *dice, k key) {
	c := h.clusters[0]
	var id int64
	if obj := c.get(k); obj != nil {
		id = obj.ManagedStatus().ID
	}
	typ := specimenOf(k.kind).typ
	switch n := d.IntN(6); {
	case n == 0:
		h.makeForeign(d)
	case id == 0:
	case n == 1:
		h.deleteByHand(typ, thing{specimenOf(k.kind).list, int(id)})
	case k.kind == kindVM:
		edits := []map[string]any{{"power": one(d, "halted", "running")}, {"memory": 1024}, {"hostname": "byhand"}, {"cores": 2}}
		h.panelEdit(typ, id, edits[d.IntN(len(edits))])
	case k.kind == kindDisk:
		edits := []map[string]any{{"name": "byhand"}, {"detach": true}}
		h.panelEdit(typ, id, edits[d.IntN(len(edits))])
	case k.kind == kindIface:
		h.panelEdit(typ, id, map[string]any{"bandwidth": 20480})
	case k.kind == kindSite:
		h.panelEdit(typ, id, map[string]any{"name": "By hand"})
	}
}

func (h *history) panelEdit(typ string, id int64, change map[string]any) {
	h.struck("panel: edited")
	h.notef("        panel: %s %d %v", typ, id, change)
	change["type"], change["id"] = typ, int(id)
	if err := h.world.Change(change); err != nil {
		h.notef("        panel: %v", err)
	}
}

func (h *history) deleteByHand(typ string, t thing) {
	h.effects.Lock()
	for other, who := range h.made {
		if h.made[t] == who {
			h.kept[other] = "somebody deleted " + t.String() + " by hand"
		}
	}
	h.gone[t] = true
	h.effects.Unlock()
	h.goesAlong(t)
	h.struck("panel: deleted")
	h.notef("        panel: delete %s", t)
	if err := h.world.Change(map[string]any{"type": typ, "id": t.id, "delete": true}); err != nil {
		h.notef("        panel: %v", err)
	}
}

// goesAlong notes that what is on a VM may go with it.
func (h *history) goesAlong(vm thing) {
	living := h.living()
	h.effects.Lock()
	defer h.effects.Unlock()
	for t, s := range living {
		on, _ := s["vm_id"].(int)
		vms, _ := s["vms_id"].([]any)
		if vm.list == "vms" && (on == vm.id || slices.Contains(vms, any(vm.id))) {
			h.gone[t] = true
		}
	}
}

// makeForeign has somebody make a VM or a disk that is no object's.
func (h *history) makeForeign(d *dice) {
	typ := one(d, "vm", "disk")
	wish := map[string]any{"datacenter_id": 1}
	if typ == "vm" {
		wish["hostname"] = "foreign"
	} else {
		wish["name"] = fmt.Sprintf("foreign%d", d.IntN(100))
	}
	h.struck("panel: made")
	before := h.living()
	h.effects.Lock()
	defer h.effects.Unlock()
	if err := h.world.Change(map[string]any{"type": typ, "create": wish}); err != nil {
		h.notef("        panel: %v", err)
		return
	}
	for t := range h.living() {
		if _, there := before[t]; !there && h.made[t] == (owner{}) {
			h.foreign[t] = "made by hand"
		}
	}
}
