package gandisim

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// Steps of an operation, in Gandi's words.
const (
	stepBill    = "BILL"
	stepWait    = "WAIT"
	stepRun     = "RUN"
	stepDone    = "DONE"
	stepError   = "ERROR"
	stepCancel  = "CANCEL"
	stepSupport = "SUPPORT"
)

// hold names a thing that an operation works on: while it is unfinished, no other may.
type hold struct {
	what object
	id   int
}

// An operation is Gandi's asynchronous job. Its step is never set from outside: the world moves it on when its
// time has come.
type operation struct {
	id      int
	kind    string
	handle  string
	session int
	tracker string // the server's own mark, in the form of a UUID
	step    string

	created, updated, started time.Time

	vm, disk, iface, ip, vlan, site int

	isCreate bool // whether the ids are of new objects
	label    string
	params   Struct   // beside those that every operation has
	inner    string   // params.inner_step
	vhosts   []string // names that it will bring a site
	remote   string

	takes  time.Duration // from RUN to its end
	since  time.Time     // when it entered its step
	chain  *operation    // must be DONE before this one runs
	behind []*operation  // must be finished before this one runs
	holds  []hold

	ready func() *Fault      // whether the world's state lets it run; asked at the call and again when it starts
	done  func(at time.Time) // what the world looks like once it has done its work
	undo  func(at time.Time) // what is left when it ends without
	start func(at time.Time) // what is seen while it runs
	pause func() bool        // whether it stops here and waits for a word from its owner

	fate      string // "" to end DONE, else the step it ends in, or "hang"
	spared    bool   // trouble planned for the call falls on another operation of it
	lastError string
}

func (o *operation) finished() bool {
	switch o.step {
	case stepDone, stepError, stepCancel, stepSupport:
		return true
	default:
		return false
	}
}

// usual is how long an operation takes at Gandi. The sources tell of iface_create, of disk_create, vm_delete and
// disk_attach, and that a whole create_from takes 44 s; the others are guesses of the same size.
func usual(kind string) time.Duration {
	seconds := map[string]int{
		"vm_create": 14, "vm_update": 5, "vm_delete": 18, "vm_start": 12, "vm_stop": 15, "vm_reboot": 20,
		"disk_create": 34, "disk_update": 8, "disk_delete": 10, "disk_attach": 10, "disk_detach": 8, "disk_rollback": 40,
		"iface_create": 4, "iface_update": 3, "iface_delete": 4, "iface_attach": 6, "iface_detach": 5,
		"ip_update": 2, "vlan_create": 3, "vlan_update": 2, "vlan_delete": 3,
		"sitebuilder_create": 30, "sitebuilder_update": 6, "sitebuilder_delete": 8, "sitebuilder_zone_alter": 4,
		"hosting_migration_vm": 120, "hosting_migration_disk": 120, "hosting_account_credit": 2,
	}
	if s, ok := seconds[kind]; ok {
		return time.Duration(s) * time.Second
	}
	return 5 * time.Second
}

// How long steps last that have no work in them, and how long it takes an operation to fail: a disk_attach was
// seen to end in ERROR after 19 s.
const (
	billLasts = 3 * time.Second
	waitLasts = time.Second
	failAfter = 19 * time.Second
)

// claim decides what becomes of an operation that wants things which others in flight may hold. It is asked
// before anything is changed.
func (w *World) claim(o *operation) *Fault {
	if holders := w.holders(o.holds); len(holders) > 0 {
		switch w.sw("second-mutation") {
		case "queue":
			o.behind = holders
			return nil
		case "operation-error":
			o.fate, o.lastError = stepError, "object is in a bad state"
			return nil
		default:
			first := holders[0]
			wanted := o.holds[slices.IndexFunc(o.holds, func(h hold) bool { return slices.Contains(first.holds, h) })]
			return refuse(wanted.what, causeLocked, "%s '%d' has operation '%d' (%s) in progress.",
				wanted.what.noun(), wanted.id, first.id, first.kind)
		}
	}
	if o.ready == nil {
		return nil
	}
	return o.ready()
}

// holders are the unfinished operations that work on any of things.
func (w *World) holders(things []hold) []*operation {
	var out []*operation
	for _, o := range w.pending {
		if slices.ContainsFunc(things, func(h hold) bool { return slices.Contains(o.holds, h) }) {
			out = append(out, o)
		}
	}
	return out
}

// begin gives o its id and sets it going.
func (w *World) begin(c *call, o *operation) *operation {
	n := w.issued["operation"]
	o.id = w.nextID("operation")
	o.handle, o.remote = c.handle, c.remote
	o.session, o.tracker = w.account(c.handle).id, w.tracker(n)
	o.created, o.updated, o.since = w.now, w.now, w.now
	o.step = stepBill
	if o.takes == 0 {
		o.takes = usual(o.kind)
	}
	o.takes = w.scaled(o.takes * time.Duration(85+w.chance(31, "takes "+o.kind, n)) / 100)
	if o.fate == "" && !o.spared {
		o.fate = c.opTrouble
	}
	if o.fate == stepError {
		o.takes = min(o.takes, w.scaled(failAfter))
	}
	w.ops[o.id] = o
	w.pending = append(w.pending, o)
	c.touched = append(c.touched, o.id)
	for _, h := range o.holds {
		if !slices.Contains(c.touched, h.id) {
			c.touched = append(c.touched, h.id)
		}
	}
	staysInBill := w.sw("bill") == "slow" || o.fate == "hang" && w.sw("hang-step") == stepBill
	if !staysInBill {
		w.enter(o, stepWait, w.now)
	}
	return o
}

// nextDue is the operation whose step changes first, if one changes by now.
func (w *World) nextDue(now time.Time) (op *operation, at time.Time, due bool) {
	for _, o := range w.pending {
		t, moves := w.movesAt(o)
		if !moves || t.After(now) || (due && !t.Before(at)) {
			continue
		}
		op, at, due = o, t, true
	}
	return op, at, due
}

// movesAt is when o leaves its step, if it ever does as things stand.
func (w *World) movesAt(o *operation) (time.Time, bool) {
	if o.fate == "hang" && o.step == w.sw("hang-step") {
		return time.Time{}, false
	}
	switch o.step {
	case stepBill:
		if w.sw("bill") == "at-once" {
			return o.since, true
		}
		return o.since.Add(w.scaled(billLasts)), true
	case stepWait:
		at := o.since.Add(w.scaled(waitLasts))
		if o.chain != nil {
			if !o.chain.finished() {
				return time.Time{}, false
			}
			at = latest(o.since, o.chain.updated)
		}
		for _, other := range o.behind {
			if !other.finished() {
				return time.Time{}, false
			}
			at = latest(at, other.updated)
		}
		return at, true
	case stepRun:
		if o.pause != nil && o.inner == "wait_finalize" {
			return time.Time{}, false
		}
		return o.since.Add(o.takes), true
	default:
		return time.Time{}, false
	}
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// advance moves o one step on.
func (w *World) advance(o *operation, at time.Time) {
	switch o.step {
	case stepBill:
		w.enter(o, stepWait, at)
	case stepWait:
		if o.chain != nil && o.chain.step != stepDone {
			o.lastError = "a previous operation did not end: " + o.chain.kind
			w.end(o, stepError, at)
			return
		}
		if gone := slices.IndexFunc(o.holds, func(h hold) bool { return !w.exists(h) }); gone >= 0 {
			o.lastError = missing(o.holds[gone].what, o.holds[gone].id).Text
			w.end(o, stepError, at)
			return
		}
		if o.fate == "" && o.ready != nil {
			if f := o.ready(); f != nil {
				o.fate, o.lastError = stepError, f.Text
			}
		}
		o.started = at
		w.enter(o, stepRun, at)
		if o.start != nil && o.fate != stepError {
			o.start(at)
		}
	case stepRun:
		if o.pause != nil && o.fate == "" && o.pause() {
			o.updated, o.since = at, at
			return
		}
		switch o.fate {
		case stepError, stepCancel, stepSupport:
			w.end(o, o.fate, at)
		default:
			w.end(o, stepDone, at)
		}
	}
}

func (w *World) enter(o *operation, step string, at time.Time) {
	o.step, o.since, o.updated = step, at, at
}

// end finishes o and lets its work, or the lack of it, be seen.
func (w *World) end(o *operation, step string, at time.Time) {
	w.enter(o, step, at)
	w.pending = slices.DeleteFunc(w.pending, func(p *operation) bool { return p == o })
	switch step {
	case stepDone:
		if o.done != nil {
			o.done(at)
		}
	case stepSupport:
		// Somebody at Gandi has to look; until then everything stays as the operation left it.
		o.lastError = "please contact support"
	default:
		if step == stepError && o.lastError == "" {
			o.lastError = "operation failed"
		}
		if o.undo != nil {
			o.undo(at)
		}
	}
}

// cancel ends o on somebody's word.
func (w *World) cancel(o *operation, at time.Time) {
	w.end(o, stepCancel, at)
}

// short is what a method that starts an operation answers.
func (w *World) short(o *operation) Struct {
	hide := o.isCreate && w.sw("create-reply-ids") == "params-only"
	seen := func(id int) any {
		if hide {
			return nil
		}
		return idOrNil(id)
	}
	s := Struct{
		"id": o.id, "type": o.kind, "step": o.step, "source": o.handle,
		"date_created": w.wireTime(o.created), "date_updated": w.wireTime(o.updated), "date_start": w.wireTime(o.started),
		"vm_id": seen(o.vm), "disk_id": seen(o.disk), "iface_id": seen(o.iface), "ip_id": seen(o.ip),
	}
	if o.site != 0 && w.sw("site-operation-id") == "reply" {
		s["site_id"] = w.siteID(o.site)
	}
	return s
}

// full is what operation.info and operation.list answer.
func (w *World) full(o *operation) Struct {
	s := w.short(o)
	s["eta"] = w.eta(o)
	s["last_error"], s["errortype"] = textOrNil(o.lastError), nil
	if o.lastError != "" {
		s["errortype"] = "OperationError"
	}
	s["session_id"], s["cert_id"] = o.session, nil
	params := Struct{
		"auth_id": o.session, "param_type": o.kind, "remote_addr": o.remote, "tracker_id": o.tracker,
		"session_id": o.session,
	}
	for name, id := range map[string]int{"vm_id": o.vm, "disk_id": o.disk, "iface_id": o.iface, "ip_id": o.ip, "vlan_id": o.vlan} {
		if id != 0 {
			params[name] = id
		}
	}
	if o.site != 0 && w.sw("site-operation-id") != "nowhere" {
		params["site_id"] = w.siteID(o.site)
	}
	if o.inner != "" {
		params["inner_step"] = o.inner
	}
	maps.Copy(params, o.params)
	s["params"] = params
	s["infos"] = Struct{
		"extras": Struct{}, "id": "", "label": o.label, "quantity": "",
		"product_action": o.kind, "product_name": "", "product_type": o.family(),
	}
	return s
}

// family is the kind of product that o is about.
func (o *operation) family() string {
	if strings.HasPrefix(o.kind, "sitebuilder_") {
		return "site"
	}
	return "hosting"
}

// eta is the seconds that are left of the usual time; negative once an operation takes longer.
func (w *World) eta(o *operation) int {
	if o.finished() {
		return 0
	}
	from := o.started
	if from.IsZero() {
		from = w.now
	}
	return int(from.Add(o.takes).Sub(w.now).Seconds())
}

// tracker is the mark of the nth operation.
func (w *World) tracker(n int) string {
	const digits = "0123456789abcdef"
	out := []byte("00000000-0000-4000-8000-000000000000")
	for i := range out {
		if out[i] == '0' {
			out[i] = digits[w.chance(16, "tracker", n*64+i)]
		}
	}
	return string(out)
}

// exists reports whether what an operation holds is still there.
func (w *World) exists(h hold) bool {
	switch h.what {
	case objVM:
		v, ok := w.vms[h.id]
		return ok && v.state != vmDeleted
	case objDisk:
		d, ok := w.disks[h.id]
		return ok && !d.deleted()
	case objIface:
		_, ok := w.ifaces[h.id]
		return ok
	case objIP:
		_, ok := w.ips[h.id]
		return ok
	case objVLAN:
		_, ok := w.vlans[h.id]
		return ok
	case objSite:
		_, ok := w.sites[h.id]
		return ok
	default:
		return true
	}
}
