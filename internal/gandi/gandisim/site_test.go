package gandisim

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// aSite is a specification of a site that is taken, with changes; a nil removes a member.
func aSite(changes Struct) Struct {
	return merged(Struct{
		"name": "Shop", "provider": "basekit_whitelabel", "package": "personal", "vhosts": []any{"shop." + ParkingDomain}, "duration": "3m",
	}, changes)
}

// site is a site of changes that was created.
func (me *customer) site(changes Struct) int {
	me.t.Helper()
	me.does("site.create", aSite(changes))
	ids := me.siteIDs()
	return ids[len(ids)-1]
}

// siteIDs are the numbers of the caller's sites as the world's state has them, however the wire tells them.
func (me *customer) siteIDs() []int {
	me.t.Helper()
	var ids []int
	for _, s := range me.w.State()["sites"].([]any) {
		if s.(Struct)["handle"] == me.handle {
			ids = append(ids, s.(Struct)["id"].(int))
		}
	}
	return ids
}

// updates is a site.update that is taken and ends well.
func (me *customer) updates(id int, change Struct) Struct {
	me.t.Helper()
	switch v := me.ok("site.update", id, change).(type) {
	case []any:
		if len(v) != 1 {
			me.t.Fatalf("operations %v", v)
		}
		return me.done(v[0].(Struct))
	default:
		return me.done(v.(Struct))
	}
}

func (me *customer) bought(kind string) int {
	me.t.Helper()
	return me.w.State()["bought"].([]any)[0].(Struct)[kind].(int)
}

func TestASiteComesUpAndEndsWithItsDuration(t *testing.T) {
	inWorld(t, Options{}, func(me *customer) {
		op := me.op("site.create", aSite(nil))
		wantFields(t, op, Struct{"type": "sitebuilder_create", "step": "WAIT", "vm_id": nil})
		id := me.siteIDs()[0]
		wantFields(t, me.ok("site.info", id).(Struct), Struct{"state": "being_created", "edit_url": nil, "date_end": nil, "package": "personal"})
		me.refused(583052, "is being_created", "site.edit", id, "x")
		o := me.done(op)
		wantFields(t, o["params"].(Struct), Struct{"site_id": id})
		wantFields(t, o["infos"].(Struct), Struct{"product_type": "site", "label": "Shop"})
		if n := me.ok("operation.count", Struct{"site_id": id}); n != 1 {
			t.Errorf("%v operations of the site", n)
		}
		info := me.ok("site.info", id).(Struct)
		end := time.Now().AddDate(0, 3, 0)
		if got := info["date_end"].(time.Time); info["state"] != "created" || got.After(end) || end.Sub(got) > time.Minute {
			t.Errorf("got %v", info)
		}
		if me.bought("sites") != 1 {
			t.Errorf("bought %d", me.bought("sites"))
		}
		wait(time.Until(end) - time.Hour)
		me.ok("site.info", id)
		wait(time.Hour)
		me.refused(583042, fmt.Sprintf("Site '%d' doesn't exist.", id), "site.info", id)
		me.site(nil) // the name on the parking domain is free again
	})
}

func TestDurations(t *testing.T) {
	for s, want := range map[string]int{
		"1m": 1, "3m": 3, "12m": 12, "120m": 120, "1y": 12, "10y": 120,
		"": 0, "m": 0, "0m": 0, "03m": 0, "-1m": 0, "+1m": 0, "3": 0, "3M": 0, "3d": 0, "121m": 0, "11y": 0, "1000m": 0, "3 m": 0, "3mm": 0,
	} {
		got, ok := parseDuration(s)
		if ok != (want > 0) || ok && got != want {
			t.Errorf("%q: %d %v", s, got, ok)
		}
	}
}

// What site.create takes and refuses, and the problem that its dry run names instead.
func TestSpecificationsOfASite(t *testing.T) {
	parked := "shop." + ParkingDomain
	for _, tc := range []struct {
		name   string
		change Struct
		field  string // of the problem, "" when it is taken
		words  string
	}{
		{"as it is", nil, "", ""},
		{"without what has a default", Struct{"provider": nil, "package": nil, "duration": nil}, "", ""},
		{"in years", Struct{"duration": "1y"}, "", ""},
		{"capitals in a name", Struct{"vhosts": []any{"SHOP." + ParkingDomain}}, "", ""},
		{"no name", Struct{"name": nil}, "name", "missing field (EC_MISSINGFIELD)"},
		{"an empty name", Struct{"name": " "}, "name", "1 to 255 characters"},
		{"a name that is a number", Struct{"name": 7}, "name", "must be a string"},
		{"no vhosts", Struct{"vhosts": nil}, "vhosts", "missing field"},
		{"an empty list of vhosts", Struct{"vhosts": []any{}}, "vhosts", "EC_LISTTOOFEW"},
		{"vhosts as text", Struct{"vhosts": parked}, "vhosts", "must be an array of string"},
		{"a vhost that is a number", Struct{"vhosts": []any{7}}, "vhosts", "must be an array of string"},
		{"a vhost twice", Struct{"vhosts": []any{parked, "Shop." + ParkingDomain}}, "vhosts", "EC_LISTDUPLICATE"},
		{"a vhost that is none", Struct{"vhosts": []any{"a b.example.org"}}, "vhosts", "is no host name"},
		{"a vhost of one label", Struct{"vhosts": []any{"shop"}}, "vhosts", "is no host name"},
		{"the parking domain itself", Struct{"vhosts": []any{ParkingDomain}}, "vhosts", "not one name of the parking domain"},
		{"two labels on the parking domain", Struct{"vhosts": []any{"a." + parked}}, "vhosts", "not one name of the parking domain"},
		{"a foreign vhost", Struct{"vhosts": []any{parked, "www.example.org"}}, "vhosts", "You must put a TXT value in your zone"},
		{"another provider", Struct{"provider": "wordpress"}, "provider", "EC_ENUMIN"},
		{"a package that is none", Struct{"package": "gold"}, "package", "not in list personal, professional, business"},
		{"a duration that is none", Struct{"duration": "3w"}, "duration", "EC_STRMATCH"},
		{"a duration as number", Struct{"duration": 3}, "duration", "must be a string"},
		{"a member that nobody knows", Struct{"colour": "red"}, "colour", "unknown field 'colour'"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			inWorld(t, Options{}, func(me *customer) {
				dry := me.ok("site.create", aSite(dryly(tc.change))).([]any)
				if me.bought("sites") != 0 || len(me.siteIDs()) != 0 {
					t.Fatal("a dry run has bought")
				}
				if tc.field == "" {
					if len(dry) != 0 {
						t.Errorf("problems %v", dry)
					}
					me.site(tc.change)
					return
				}
				me.refused(0, tc.words, "site.create", aSite(tc.change))
				if len(dry) != 1 || dry[0].(Struct)["field"] != tc.field {
					t.Fatalf("problems %v", dry)
				}
				for _, name := range []string{"field", "field_type", "reason", "attr"} {
					if _, ok := dry[0].(Struct)[name]; !ok {
						t.Errorf("a problem without %s: %v", name, dry[0])
					}
				}
				if me.bought("sites") != 0 || len(me.siteIDs()) != 0 {
					t.Error("a refused call has bought")
				}
			})
		})
	}
}

// A dry run lists all that is wrong with the values, and only then looks at the names of others.
func TestADryRunListsAll(t *testing.T) {
	inWorld(t, Options{}, func(me *customer) {
		dry := me.ok("site.create", Struct{"duration": "3w", "package": "gold", "vhosts": []any{"x", "www.example.org"}, "--dry-run": 1}).([]any)
		var fields []string
		for _, p := range dry {
			fields = append(fields, p.(Struct)["field"].(string))
		}
		if !slices.Equal(fields, []string{"name", "package", "vhosts", "duration"}) {
			t.Errorf("problems with %v", fields)
		}
		both := me.ok("site.create", aSite(Struct{"vhosts": []any{"www.example.org", "www.example.net"}, "--dry-run": true})).([]any)
		if len(both) != 2 || both[0].(Struct)["attr"].([]any)[0] != "www.example.org" || both[1].(Struct)["attr"].([]any)[0] != "www.example.net" {
			t.Errorf("problems %v", both)
		}
		me.refused(583037, "--dry-run must be a boolean", "site.create", aSite(Struct{"--dry-run": "true"}))
		id := me.site(Struct{"--dry-run": false})
		me.refused(583042, "doesn't exist", "site.update", id+1, Struct{"name": "x", "--dry-run": true})
		if dry := me.ok("site.update", id, Struct{"name": "x", "--dry-run": true}).([]any); len(dry) != 0 {
			t.Errorf("problems %v", dry)
		}
		me.ok("site.delete", id)
		me.refused(583053, "in progress", "site.update", id, Struct{"name": "x", "--dry-run": true})
		if me.bought("sites") != 1 {
			t.Errorf("bought %d", me.bought("sites"))
		}
	})
}

func TestNamesOnTheParkingDomainGoToWhoComesFirst(t *testing.T) {
	inWorld(t, Options{}, func(me *customer) {
		other := &customer{t: t, w: me.w, handle: OtherHandle}
		parked := "shop." + ParkingDomain
		theirs := other.site(nil)
		me.refused(583036, "'"+parked+"' is taken", "site.create", aSite(nil))
		if dry := me.ok("site.create", aSite(Struct{"--dry-run": true})).([]any); len(dry) != 1 || dry[0].(Struct)["error"] != "!EC_UNIQUE" {
			t.Errorf("problems %v", dry)
		}
		me.refused(583050, "aren't allowed", "site.info", theirs)
		me.refused(583050, "aren't allowed", "site.delete", theirs)
		me.refused(583050, "aren't allowed", "site.edit", theirs, "x")
		if n := me.ok("site.count"); n != 0 {
			t.Errorf("%v sites of another are counted", n)
		}

		// A name is taken from the call on that asks for it, and free once it was given up.
		mine := me.site(Struct{"vhosts": []any{"mine." + ParkingDomain}})
		me.ok("site.update", mine, Struct{"vhosts": []any{"next." + ParkingDomain}})
		other.refused(583036, "is taken", "site.create", aSite(Struct{"vhosts": []any{"next." + ParkingDomain}}))
		other.refused(583036, "is taken", "site.create", aSite(Struct{"vhosts": []any{"mine." + ParkingDomain}}))
		wait(time.Minute)
		other.site(Struct{"vhosts": []any{"mine." + ParkingDomain}})
		other.does("site.delete", theirs)
		me.site(nil)
	})
}

func TestUpdatesOfASite(t *testing.T) {
	inWorld(t, Options{}, func(me *customer) {
		parked := "shop." + ParkingDomain
		id := me.site(nil)
		free := me.bought("site_upgrades")
		me.updates(id, Struct{"name": "Renamed"})
		wantFields(t, me.ok("site.info", id).(Struct), Struct{"name": "Renamed", "vhosts": []any{parked}, "package": "personal"})
		me.updates(id, Struct{"vhosts": []any{"a." + ParkingDomain, parked}})
		me.updates(id, Struct{"vhosts": []any{parked, "a." + ParkingDomain}}) // another order is another preferred one
		wantFields(t, me.ok("site.list").([]any)[0].(Struct), Struct{"vhost": parked})
		me.updates(id, Struct{"package": "personal"})
		if me.bought("site_upgrades") != free {
			t.Error("what changes no package costs")
		}
		me.updates(id, Struct{"package": "business"})
		if me.bought("site_upgrades") != free+1 {
			t.Error("an upgrade is free")
		}
		me.refused(583057, "cannot be downgraded", "site.update", id, Struct{"package": "professional"})
		if dry := me.ok("site.update", id, Struct{"package": "personal", "--dry-run": true}).([]any); len(dry) != 1 || dry[0].(Struct)["field"] != "package" {
			t.Errorf("problems %v", dry)
		}
		me.refused(583037, "missing field", "site.update", id, Struct{})
		me.refused(583037, "unknown field 'duration'", "site.update", id, Struct{"duration": "1y"})
		me.refused(583037, "EC_LISTTOOFEW", "site.update", id, Struct{"vhosts": []any{}})
		me.refused(583037, "EC_LISTTOOFEW", "site.update", 1, Struct{"vhosts": []any{}}) // values come before existence
		me.refused(583042, "doesn't exist", "site.update", 1, Struct{"name": "x"})

		// Without its name on the parking domain nobody can edit it.
		if err := me.w.SetZone(Zone{Domain: "example.com"}); err != nil {
			t.Fatal(err)
		}
		if u, _ := me.ok("site.edit", id, "x").(string); !strings.HasPrefix(u, "https://") || !strings.Contains(u, "token=") {
			t.Errorf("edited at %q", u)
		}
		me.updates(id, Struct{"vhosts": []any{"www.example.com"}})
		wantFields(t, me.ok("site.info", id).(Struct), Struct{"edit_url": nil, "package": "business"})
		me.refused(583052, "no name of the parking domain", "site.edit", id, "x")
	})
}

func TestASiteWhoseCreationFails(t *testing.T) {
	inWorld(t, Options{}, func(me *customer) {
		me.trouble = "ERROR"
		op := me.op("site.create", aSite(nil))
		me.trouble = ""
		if o := me.settled(op); o["step"] != "ERROR" || o["last_error"] == nil {
			t.Errorf("ended %v", o)
		}
		if n := me.ok("site.count"); n != 0 {
			t.Errorf("%v sites are left", n)
		}
		id := me.site(nil)
		me.trouble = "ERROR"
		me.ok("site.update", id, Struct{"name": "x"})
		me.trouble = ""
		wait(time.Minute)
		wantFields(t, me.ok("site.info", id).(Struct), Struct{"name": "Shop"})
		me.trouble = "hang"
		op = me.op("site.delete", id)
		me.trouble = ""
		wait(time.Hour)
		me.refused(583053, "in progress", "site.delete", id)
		me.ok("operation.info", op["id"])
		if err := me.w.Change(map[string]any{"type": "operation", "id": op["id"], "step": "DONE"}); err != nil {
			t.Fatal(err)
		}
		me.refused(583042, "doesn't exist", "site.info", id)
	})
}

func TestThePackagesOfSites(t *testing.T) {
	inWorld(t, Options{}, func(me *customer) {
		names := func(opts ...any) string {
			var all []string
			for _, p := range me.ok("site.package.list", opts...).([]any) {
				all = append(all, p.(Struct)["name"].(string))
			}
			return strings.Join(all, " ")
		}
		for _, tc := range []struct {
			opts Struct
			want string
		}{
			{nil, "personal professional business"},
			{Struct{">name": "personal"}, "professional business"}, // the order is that of offers, not of the alphabet
			{Struct{">name": "professional"}, "business"},
			{Struct{">name": "business"}, ""},
			{Struct{"<name": "business"}, "personal professional"},
			{Struct{">name": "gold"}, ""},
			{Struct{"name": "business"}, "business"},
			{Struct{"provider": "wordpress"}, ""},
			{Struct{"items_per_page": 2, "page": 1}, "business"},
		} {
			if got := names(tc.opts); got != tc.want {
				t.Errorf("%v: %s, want %s", tc.opts, got, tc.want)
			}
		}
		me.refused(501337, "unknown filter", "site.package.list", Struct{"colour": "red"})
		me.refused(501137, "items_per_page", "site.package.list", Struct{"items_per_page": 0})
		me.refused(501337, "action.name", "catalog.list", Struct{"product": Struct{"type": "site"}, "action": Struct{}})
		for action, want := range map[string]int{"create": 3, "renew": 3, "update": 2, "delete": 0} {
			got := me.ok("catalog.list", Struct{"product": Struct{"type": "site"}, "action": Struct{"name": action}}, "USD", "E").([]any)
			if len(got) != want {
				t.Errorf("%s: %d prices", action, len(got))
			}
			for _, p := range got {
				wantFields(t, p.(Struct)["unit_price"].([]any)[0].(Struct), Struct{"currency": "USD", "grid": "E"})
			}
		}
	})
}

// No token and no key is in the journal, which tells host names and packages.
func TestTheJournalOfSites(t *testing.T) {
	w := New(&Options{Switches: map[string]string{"edit-url": "token", "site-id": "string"}})
	try := func(method string, args ...any) answer {
		return ask(t.Context(), w.Transport(), anywhere, method, append([]any{DefaultAPIKey}, args...)...)
	}
	if err := w.Change(map[string]any{"type": "site", "create": map[string]any{"name": "Shop"}}); err != nil {
		t.Fatal(err)
	}
	id := w.State()["sites"].([]any)[0].(Struct)["id"].(int)
	edit, _ := try("site.edit", fmt.Sprint(id), "tokenFROMtheCALLER").value.(string)
	shown, _ := try("site.info", fmt.Sprint(id)).value.(Struct)["edit_url"].(string)
	_, token, found := strings.Cut(edit, "token=")
	if !found || !strings.HasSuffix(shown, "?token="+token) {
		t.Fatalf("edited at %q and %q", edit, shown)
	}
	try("site.alter_zone", "www.example.org", Struct{})
	try("site.get_dns_entries", Struct{"vhost": "www.example.org"})
	try("site.create", aSite(Struct{"--dry-run": true, "password": "Secret-password-42"}))
	rec := httptest.NewRecorder()
	w.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/sim/journal", nil))
	all := rec.Body.String() + fmt.Sprint(w.State())
	for _, secret := range []string{token, "tokenFROMtheCALLER", DefaultAPIKey, "Secret-password-42"} {
		if strings.Contains(all, secret) {
			t.Errorf("%q shows in\n%s", secret, all)
		}
	}
	for _, word := range []string{"www.example.org", "shop." + ParkingDomain, "personal", "basekit_whitelabel", "3m"} {
		if !strings.Contains(rec.Body.String(), word) {
			t.Errorf("the journal does not tell %q", word)
		}
	}
}

func TestChangesOfSitesByThePanel(t *testing.T) {
	inWorld(t, Options{}, func(me *customer) {
		change := func(request map[string]any) {
			t.Helper()
			if err := me.w.Change(request); err != nil {
				t.Errorf("%v: %v", request, err)
			}
		}
		refuse := func(words string, request map[string]any) {
			t.Helper()
			if err := me.w.Change(request); err == nil || !strings.Contains(err.Error(), words) {
				t.Errorf("%v: %v, want %q", request, err, words)
			}
		}
		change(map[string]any{"type": "site", "create": map[string]any{"name": "Blog", "vhosts": []any{"Blog." + ParkingDomain, "blog.example.org"}, "package": "professional", "duration": "1y"}})
		id := me.siteIDs()[0]
		wantFields(t, me.ok("site.info", id).(Struct), Struct{"state": "created", "vhosts": []any{"blog." + ParkingDomain, "blog.example.org"}, "package": "professional", "name": "Blog"})
		change(map[string]any{"type": "site", "create": map[string]any{"handle": OtherHandle}})
		if ids := me.siteIDs(); len(ids) != 1 {
			t.Errorf("sites %v", ids)
		}
		change(map[string]any{"type": "site", "id": id, "name": "Journal", "vhosts": []any{"journal." + ParkingDomain}, "package": "personal"})
		wantFields(t, me.ok("site.info", id).(Struct), Struct{"vhosts": []any{"journal." + ParkingDomain}, "package": "personal", "name": "Journal"})
		for words, request := range map[string]map[string]any{
			"no site 1":            {"type": "site", "id": 1, "name": "x"},
			"a site needs a vhost": {"type": "site", "id": id, "vhosts": []any{}},
			"is no host name":      {"type": "site", "id": id, "vhosts": []any{"a b"}},
			"or there twice":       {"type": "site", "id": id, "vhosts": []any{"a.b", "A.b"}},
			"no package":           {"type": "site", "id": id, "package": "gold"},
			"unknown field":        {"type": "site", "id": id, "colour": "red"},
			"must be an array":     {"type": "site", "id": id, "vhosts": "a.b"},
			"has journal.":         {"type": "site", "create": map[string]any{"vhosts": []any{"journal." + ParkingDomain}}},
			"duration must be":     {"type": "site", "create": map[string]any{"duration": "3w"}},
			"no package \"gold\"":  {"type": "site", "create": map[string]any{"package": "gold"}},
			"OBJECT_SITE":          {"type": "site", "create": map[string]any{"colour": "red"}},
			"whole number":         {"type": "site"},
		} {
			refuse(words, request)
		}
		refuse("no site 1", map[string]any{"type": "site", "id": 1, "delete": true})
		wantFields(t, me.ok("site.info", id).(Struct), Struct{"vhosts": []any{"journal." + ParkingDomain}})
		change(map[string]any{"type": "site", "id": id, "expire": true})
		me.refused(583042, "doesn't exist", "site.info", id)

		again := me.site(nil)
		me.ok("site.update", again, Struct{"name": "x"})
		change(map[string]any{"type": "site", "id": again, "delete": true})
		me.refused(583042, "doesn't exist", "site.info", again)
		ops := me.ok("operation.list", Struct{"type": "sitebuilder_update"}).([]any)
		wantFields(t, ops[0].(Struct), Struct{"step": "ERROR", "last_error": "object was deleted"})
	})
}

// What a site is does not depend on how often one looks, its end and what its operations saw of the DNS included.
func TestLookingChangesNothingOfSites(t *testing.T) {
	run := func(look bool) (out string) {
		inWorld(t, with("site-txt-check", "operation", "expired-sites", "listed"), func(me *customer) {
			me.site(Struct{"duration": "1m"})
			me.op("site.create", aSite(Struct{"vhosts": []any{"www.example.org"}}))
			if look {
				wait(10 * time.Second)
				me.w.State()
			} else {
				wait(10 * time.Second)
			}
			if err := me.w.SetTXT("www.example.org", me.w.challenge(me.handle, "www.example.org")); err != nil {
				t.Fatal(err)
			}
			for range 40 {
				wait(24 * time.Hour)
				if look {
					me.w.State()
				}
			}
			out = fmt.Sprint(me.w.State())
		})
		return out
	}
	seldom, often := run(false), run(true)
	if seldom != often {
		t.Errorf("seldom looked at:\n%s\noften:\n%s", seldom, often)
	}
	if !strings.Contains(seldom, "state:expired") || !strings.Contains(seldom, "You must put a TXT value") {
		t.Errorf("neither an end nor a refusal in\n%s", seldom)
	}
}

// dryly is changes with the flag.
func dryly(changes Struct) Struct {
	out := Struct{"--dry-run": true}
	maps.Copy(out, changes)
	return out
}
