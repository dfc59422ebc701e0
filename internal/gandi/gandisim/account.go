package gandisim

import "time"

// account is a handle's hosting account.
type account struct {
	id       int
	handle   string
	credits  int
	cycleDay int
}

// What a new account of the credits edition has, and what one of the shares edition was granted.
const (
	startCredits  = 2335360
	grantedShares = 24
)

// account is that of handle, opened when first asked for.
func (w *World) account(handle string) *account {
	a, ok := w.accounts[handle]
	if !ok {
		n := w.chance(900000, "account "+handle, 0)
		a = &account{id: 2000000 + n, handle: handle, credits: startCredits, cycleDay: 1 + n%28}
		w.accounts[handle] = a
	}
	return a
}

// hasHosting is the fault of every hosting method for a handle that never bought any.
func (w *World) hasHosting(handle string) *Fault {
	if w.opts.Account == "none" {
		return refuse(objHostingAccount, causeDontExist, "no hosting account found for %s", handle)
	}
	return nil
}

func accountInfo(w *World, c *call) (any, *Fault) {
	a := w.account(c.handle)
	s := Struct{
		"id": a.id, "handle": a.handle, "fullname": "Account of " + a.handle, "cycle_day": a.cycleDay,
		"average_credit_cost": 0.0, "products": nil, "share_definition": nil,
		"resources": Struct{"available": nil, "granted": nil, "used": nil, "expired": nil},
	}
	if w.opts.Account == "shares" {
		s["rating_enabled"] = false
		s["credits"], s["date_credits_expiration"] = nil, nil
		s["products"] = Struct{"shares": []any{Struct{
			"id": a.id + 1, "quantity": grantedShares, "autorenew": true, "product_name": "shares", "state": "active",
			"date_end": w.wireTime(w.credited()),
		}}}
		s["share_definition"] = shares(1)
		s["resources"] = w.resources(c.handle)
		return s, nil
	}
	s["rating_enabled"] = true
	s["credits"] = a.credits
	s["date_credits_expiration"] = w.wireTime(w.credited())
	return s, nil
}

// credited is when credits, or shares, run out: a year from now, at the start of a day.
func (w *World) credited() time.Time {
	y, m, d := w.now.In(w.zone).Date()
	return time.Date(y+1, m, d, 0, 0, 0, 0, w.zone)
}

// shares are what n of them entitle to: memory and disk in MB, bandwidth in kbit/s. The definition of a share
// of 2010; it has a name in every client and a number in none, so the numbers are ours.
func shares(n int) Struct {
	return Struct{
		"shares": n, "servers": n, "cores": n, "memory": 256 * n, "disk": 8192 * n, "bandwidth": 5120 * n, "ips": n, "slots": 2 * n,
	}
}

// affords is why an account cannot pay for more, if it cannot. That both editions refuse is told; with what
// fault is not.
func (w *World) affords(handle string, more Struct) *Fault {
	switch {
	case w.sw("quota") == "unlimited":
		return nil
	case w.opts.Account != "shares":
		return unless(w.account(handle).credits > 0, refuse(objHostingAccount, causeQuota, "not enough credits"))
	}
	available, _ := w.resources(handle)["available"].(Struct)
	for _, name := range sortedNames(more) {
		if compare(more[name], available[name]) > 0 {
			return refuse(objHostingAccount, causeQuota, "not enough resources: %s", name)
		}
	}
	return nil
}

// resources are what an account of the shares edition was granted, uses, and may still use.
func (w *World) resources(handle string) Struct {
	used := shares(0)
	add := func(name string, n int) { used[name] = used[name].(int) + n }
	for _, v := range w.vms {
		if v.handle == handle && v.state != "deleted" {
			add("servers", 1)
			add("cores", v.cores)
			add("memory", v.memory)
			add("slots", 1)
			add("shares", (v.memory+255)/256)
		}
	}
	for _, d := range w.disks {
		if d.handle == handle && !d.deleted() {
			add("disk", d.size)
		}
	}
	for _, i := range w.ifaces {
		if i.handle == handle {
			add("bandwidth", int(i.bandwidth))
		}
	}
	for _, a := range w.ips {
		if a.handle == handle && a.version == 4 && a.kind == "public" {
			add("ips", 1)
		}
	}
	granted := shares(grantedShares)
	available := Struct{}
	for name, n := range granted {
		available[name] = max(0, n.(int)-used[name].(int))
	}
	return Struct{"available": available, "granted": granted, "used": used, "expired": shares(0)}
}

// accountCredit buys a package of credits. Neither its parameters nor its operation are published: it takes
// quantity, a number of credits, and any other member.
func accountCredit(w *World, c *call) (func() any, *Fault) {
	in, _ := c.args[0].(Struct)
	f := w.read(objHostingAccount, in)
	n, given := f.int("quantity")
	f.unused(sortedNames(in)...)
	if fault := firstFault(
		f.end(),
		unless(given, lacking(objHostingAccount, "quantity")),
		unless(!given || n > 0, refuse(objHostingAccount, causeBadParameter, "quantity must be positive")),
		unless(w.opts.Account != "shares", refuse(objHostingAccount, causeNotAllowed, "account '%s' has shares", c.handle)),
	); fault != nil {
		return nil, fault
	}
	o := &operation{kind: "hosting_account_credit", params: Struct{"quantity": n}}
	o.done = func(time.Time) { w.account(c.handle).credits += n }
	return func() any {
		w.tally.CreditPurchases++
		return w.single(w.begin(c, o))
	}, nil
}

// versionInfo tells the version that a capture of 2015 shows.
func versionInfo(*World, *call) (any, *Fault) {
	return Struct{"api_version": "3.3.42"}, nil
}
