package gandisim

import (
	"fmt"
	"strings"
	"time"
)

const foreignVhost = "www.example.org"

// siteTrials put each switch about sites into each of its positions.
func siteTrials() []trial {
	var all []trial
	for _, some := range [][]trial{dryRunTrials(), challengeTrials(), siteCallTrials(), siteReplyTrials(), siteEndTrials()} {
		all = append(all, some...)
	}
	return all
}

func dryRunTrials() []trial {
	// How often a dry run of a create bought, and whether that of an update acted.
	dry := func(buys int, acts bool) func(me *customer) {
		return func(me *customer) {
			v := me.ok("site.create", aSite(Struct{"--dry-run": true}))
			wait(time.Minute)
			if _, isList := v.([]any); isList != (buys == 0) || me.bought("sites") != buys || len(me.siteIDs()) != buys {
				me.t.Errorf("a dry run answers %v and buys %d", v, me.bought("sites"))
			}
			me.refused(583037, "EC_LISTTOOFEW", "site.create", aSite(Struct{"vhosts": []any{}}))
			id := me.site(Struct{"vhosts": []any{"other." + ParkingDomain}})
			me.ok("site.update", id, Struct{"name": "Renamed", "--dry-run": true})
			wait(time.Minute)
			if got := me.ok("site.info", id).(Struct)["name"] == "Renamed"; got != acts {
				me.t.Errorf("a dry run of an update acts: %v", got)
			}
			me.ok("site.create", aSite(Struct{"vhosts": []any{"third." + ParkingDomain}, "--dry-run": false}))
			if me.bought("sites") != buys+2 {
				me.t.Errorf("bought %d", me.bought("sites"))
			}
		}
	}
	return []trial{
		{"site-dry-run", "honoured", dry(0, false)},
		{"site-dry-run", "create-only", dry(0, true)},
		{"site-dry-run", "ignored", dry(1, true)},
	}
}

// problems of a dry run with a foreign vhost.
func (me *customer) problems() []any {
	me.t.Helper()
	return me.ok("site.create", aSite(Struct{"vhosts": []any{"shop." + ParkingDomain, foreignVhost}, "--dry-run": true})).([]any)
}

// proves puts the record of the foreign vhost where it has to stand.
func (me *customer) proves() {
	me.t.Helper()
	if err := me.w.SetTXT(me.w.challengeHost(foreignVhost), "other", me.w.challenge(me.handle, foreignVhost)); err != nil {
		me.t.Fatal(err)
	}
}

func challengeTrials() []trial {
	spec := aSite(Struct{"vhosts": []any{"shop." + ParkingDomain, foreignVhost}})
	// How many problems the dry run tells before and after the record is there, and whether the call is refused before.
	check := func(before, after int, refused bool) func(me *customer) {
		return func(me *customer) {
			if got := me.problems(); len(got) != before {
				me.t.Errorf("before: %v", got)
			}
			if refused {
				me.refused(580142, "You must put a TXT value in your zone", "site.create", spec)
			} else {
				o := me.settled(me.op("site.create", spec))
				if e, _ := o["last_error"].(string); o["step"] != "ERROR" || !strings.Contains(e, "You must put a TXT value") {
					me.t.Errorf("ended %v: %v", o["step"], e)
				}
			}
			if n := me.ok("site.count"); n != 0 {
				me.t.Errorf("%v sites without the record", n)
			}
			me.proves()
			if got := me.problems(); len(got) != after {
				me.t.Errorf("after: %v", got)
			}
			id := me.site(Struct{"vhosts": []any{"shop." + ParkingDomain, foreignVhost}})

			// The same at an update; what the site has is not asked about again.
			if err := me.w.SetTXT(me.w.challengeHost(foreignVhost)); err != nil {
				me.t.Fatal(err)
			}
			me.updates(id, Struct{"vhosts": []any{foreignVhost}})
			more := Struct{"vhosts": []any{foreignVhost, "www.example.net"}}
			if refused {
				me.refused(580142, "www.example.net", "site.update", id, more)
				return
			}
			me.ok("site.update", id, Struct{"vhosts": []any{"www.example.net"}})
			wait(time.Minute)
			wantFields(me.t, me.ok("site.info", id).(Struct), Struct{"vhosts": []any{foreignVhost}})
		}
	}
	host := func(want string) func(me *customer) {
		return func(me *customer) {
			attr := me.problems()[0].(Struct)["attr"].([]any)
			if attr[0] != want {
				me.t.Errorf("the record stands at %v", attr[0])
			}
			if err := me.w.SetTXT(want, attr[1].(string)); err != nil {
				me.t.Fatal(err)
			}
			me.ok("site.create", spec)
		}
	}
	return []trial{
		{"site-txt-check", "call", check(1, 0, true)},
		{"site-txt-check", "always-told", check(1, 1, true)},
		{"site-txt-check", "operation", check(0, 0, false)},
		{"site-challenge-host", "vhost", host(foreignVhost)},
		{"site-challenge-host", "domain", host("example.org")},
	}
}

func siteCallTrials() []trial {
	updated := func(array bool) func(me *customer) {
		return func(me *customer) {
			v := me.ok("site.update", me.site(nil), Struct{"name": "x"})
			if _, isArray := v.([]any); isArray != array {
				me.t.Errorf("got %v", v)
			}
		}
	}
	return []trial{
		{"site-update-reply", "array", updated(true)},
		{"site-update-reply", "struct", updated(false)},
		{"site-rename", "taken", func(me *customer) {
			id := me.site(nil)
			me.updates(id, Struct{"name": "Renamed"})
			wantFields(me.t, me.ok("site.info", id).(Struct), Struct{"name": "Renamed"})
		}},
		{"site-rename", "refused", func(me *customer) {
			id := me.site(nil)
			me.refused(583057, "cannot be changed", "site.update", id, Struct{"name": "Renamed"})
			me.updates(id, Struct{"name": "Shop", "package": "professional"})
		}},
		{"site-delete", "operation", func(me *customer) {
			id := me.site(nil)
			op := me.op("site.delete", id)
			wantFields(me.t, op, Struct{"type": "sitebuilder_delete", "step": "WAIT"})
			me.ok("site.info", id)
			me.done(op)
			me.refused(583042, "doesn't exist", "site.info", id)
		}},
		{"site-delete", "immediate", func(me *customer) {
			id := me.site(nil)
			op := me.op("site.delete", id)
			wantFields(me.t, op, Struct{"type": "sitebuilder_delete", "step": "DONE"})
			me.refused(583042, "doesn't exist", "site.info", id)
			me.done(op)
			me.refused(583042, "doesn't exist", "site.delete", id)
		}},
		{"repeat-delete", "fault", func(me *customer) {
			id := me.site(nil)
			me.does("site.delete", id)
			me.refused(583042, "doesn't exist", "site.delete", id)
		}},
		{"repeat-delete", "no-op", func(me *customer) {
			id := me.site(nil)
			me.does("site.delete", id)
			me.does("site.delete", id)
			me.refused(583042, "doesn't exist", "site.delete", id+1)
		}},
	}
}

func siteReplyTrials() []trial {
	number := func(asText bool) func(me *customer) {
		return func(me *customer) {
			me.site(nil)
			listed := me.ok("site.list").([]any)[0].(Struct)["id"]
			if _, isText := listed.(string); isText != asText {
				me.t.Errorf("the list has %#v", listed)
			}
			wantFields(me.t, me.ok("site.info", listed).(Struct), Struct{"id": listed})
			op := me.ok("operation.list", Struct{"type": "sitebuilder_create"}).([]any)[0].(Struct)
			wantFields(me.t, op["params"].(Struct), Struct{"site_id": listed})
			id := me.siteIDs()[0]
			me.ok("site.info", id) // the usage guide passes an int
			me.refused(501137, "int expected", "site.info", "x")
			if !asText {
				me.refused(501137, "int expected, got string", "site.info", fmt.Sprint(id))
			}
		}
	}
	told := func(reply, params bool) func(me *customer) {
		return func(me *customer) {
			op := me.op("site.create", aSite(nil))
			id := me.siteIDs()[0]
			for _, o := range []Struct{op, me.done(op)} {
				if (o["site_id"] == id) != reply {
					me.t.Errorf("the operation tells %v", o["site_id"])
				}
			}
			if got := me.operation(op["id"])["params"].(Struct)["site_id"]; (got == id) != params {
				me.t.Errorf("params tell %v", got)
			}
			if n := me.ok("operation.count", Struct{"site_id": id}); n != 1 {
				me.t.Errorf("the filter finds %v", n)
			}
		}
	}
	preferred := func(key string, want any) func(me *customer) {
		return func(me *customer) {
			me.site(Struct{"vhosts": []any{"b." + ParkingDomain, "a." + ParkingDomain}})
			s := me.ok("site.list").([]any)[0].(Struct)
			wantFields(me.t, s, Struct{key: want})
			if len(s) != 4 {
				me.t.Errorf("the list has %v", s)
			}
		}
	}
	shape := func(want ...any) func(me *customer) {
		return func(me *customer) {
			wantFields(me.t, me.ok("site.info", me.site(nil)).(Struct), Struct{"vhosts": want})
		}
	}
	edited := func(token bool) func(me *customer) {
		return func(me *customer) {
			u, _ := me.ok("site.info", me.site(nil)).(Struct)["edit_url"].(string)
			if strings.Contains(u, "token=") != token || !strings.HasPrefix(u, "https://") {
				me.t.Errorf("edited at %q", u)
			}
		}
	}
	return []trial{
		{"site-id", "int", number(false)},
		{"site-id", "string", number(true)},
		{"site-operation-id", "params-only", told(false, true)},
		{"site-operation-id", "reply", told(true, true)},
		{"site-operation-id", "nowhere", told(false, false)},
		{"site-list-vhost", "vhost", preferred("vhost", "b."+ParkingDomain)},
		{"site-list-vhost", "preferred_vhost", preferred("preferred_vhost", "b."+ParkingDomain)},
		{"site-list-vhost", "vhosts", preferred("vhosts", []any{"b." + ParkingDomain, "a." + ParkingDomain})},
		{"site-vhosts", "names", shape("shop." + ParkingDomain)},
		{"site-vhosts", "structs", shape(Struct{"name": "shop." + ParkingDomain})},
		{"edit-url", "plain", edited(false)},
		{"edit-url", "token", edited(true)},
		{"dns-entries", "keys", func(me *customer) {
			got := me.ok("site.get_dns_entries", Struct{"vhost": foreignVhost}).(Struct)
			wantFields(me.t, got, Struct{"key": "vhost", "domain": foreignVhost, "cname": "builder." + ParkingDomain})
			if want := me.w.challenge(me.handle, foreignVhost); "vhost="+got["txt"].(string) != want {
				me.t.Errorf("got %v, want %s", got, want)
			}
		}},
		{"dns-entries", "records", func(me *customer) {
			got := me.ok("site.get_dns_entries", Struct{"vhost": foreignVhost}).(Struct)["records"].([]any)
			wantFields(me.t, got[0].(Struct), Struct{"name": foreignVhost, "type": "TXT", "value": me.w.challenge(me.handle, foreignVhost), "ttl": 10800})
			wantFields(me.t, got[1].(Struct), Struct{"name": foreignVhost, "type": "CNAME", "value": "builder." + ParkingDomain})
		}},
	}
}

func siteEndTrials() []trial {
	words := func(first, second, third any) func(me *customer) {
		return func(me *customer) {
			op := me.op("site.create", aSite(nil))
			id := me.siteIDs()[0]
			check := func(want any) {
				for _, s := range []Struct{me.ok("site.info", id).(Struct), me.ok("site.list").([]any)[0].(Struct)} {
					if _, told := s["state"]; told != (want != nil) || s["state"] != want {
						me.t.Errorf("state %v, want %v", s["state"], want)
					}
				}
			}
			check(first)
			me.done(op)
			check(second)
			me.w.mu.Lock()
			me.w.sites[id].state = siteExpired
			me.w.mu.Unlock()
			check(third)
		}
	}
	return []trial{
		{"site-state", "created", words("being_created", "created", "expired")},
		{"site-state", "running", words("pending", "running", "suspended")},
		{"site-state", "untold", words(nil, nil, nil)},
		{"expired-sites", "gone", func(me *customer) {
			id := me.site(nil)
			wait(100 * 24 * time.Hour)
			me.refused(583042, "doesn't exist", "site.info", id)
			if n := me.ok("site.count"); n != 0 {
				me.t.Errorf("%v sites", n)
			}
		}},
		{"expired-sites", "listed", func(me *customer) {
			id := me.site(nil)
			wait(100 * 24 * time.Hour)
			wantFields(me.t, me.ok("site.info", id).(Struct), Struct{"state": "expired", "edit_url": nil})
			wantFields(me.t, me.ok("site.list").([]any)[0].(Struct), Struct{"state": "expired"})
			me.refused(583052, "is expired", "site.update", id, Struct{"name": "x"})
			me.refused(583036, "is taken", "site.create", aSite(nil))
			me.does("site.delete", id)
			me.site(nil)
		}},
	}
}
