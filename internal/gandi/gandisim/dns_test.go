package gandisim

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestWhoseANameIs(t *testing.T) {
	inWorld(t, Options{}, func(me *customer) {
		for _, z := range []Zone{
			{Domain: "Example.com."}, {Domain: "sub.example.com", Handle: OtherHandle}, {Domain: "example.net", Elsewhere: true},
		} {
			if err := me.w.SetZone(z); err != nil {
				t.Fatal(err)
			}
		}
		for vhost, foreign := range map[string]bool{
			"shop." + ParkingDomain: false, "www.example.com": false, "example.com": false, "a.b.example.com": false,
			"sub.example.com": true, "www.sub.example.com": true, "www.example.net": true, "www.example.org": true, "notexample.com": true,
		} {
			dry := me.ok("site.create", aSite(Struct{"vhosts": []any{vhost}, "--dry-run": true})).([]any)
			if got := len(dry) > 0; got != foreign {
				t.Errorf("%s: %v", vhost, dry)
			}
		}
		other := &customer{t: t, w: me.w, handle: OtherHandle}
		if dry := other.ok("site.create", aSite(Struct{"vhosts": []any{"www.sub.example.com"}, "--dry-run": true})).([]any); len(dry) != 0 {
			t.Errorf("the owner of a zone: %v", dry)
		}
		if a, b := me.w.challenge(me.handle, "www.example.com"), me.w.challenge(other.handle, "www.example.com"); a == b {
			t.Error("two accounts prove a name by one record")
		}
		me.w.RemoveZone("EXAMPLE.com.")
		if dry := me.ok("site.create", aSite(Struct{"vhosts": []any{"www.example.com"}, "--dry-run": true})).([]any); len(dry) != 1 {
			t.Errorf("a zone that is hosted no longer: %v", dry)
		}
	})
}

func TestRecordsProveAName(t *testing.T) {
	inWorld(t, Options{}, func(me *customer) {
		value := me.w.challenge(me.handle, foreignVhost)
		for _, tc := range []struct {
			name   string
			do     func() error
			proven bool
		}{
			{"no record", func() error { return nil }, false},
			{"another record", func() error { return me.w.SetTXT(foreignVhost, "v=spf1 -all") }, false},
			{"a longer one", func() error { return me.w.SetTXT(foreignVhost, value+"0") }, false},
			{"at the domain", func() error { return me.w.SetTXT("example.org", value) }, false},
			{"among others", func() error { return me.w.SetTXT("WWW.example.org.", "v=spf1 -all", value) }, true},
			{"taken away", func() error { return me.w.SetTXT(foreignVhost) }, false},
			{"behind another name", func() error { return me.w.SetCNAME(foreignVhost, "example.org") }, true},
			{"in a circle", func() error { _ = me.w.SetTXT("example.org"); return me.w.SetCNAME("example.org", foreignVhost) }, false},
			{"the other name taken away", func() error { return me.w.SetCNAME(foreignVhost, "") }, false},
		} {
			if err := tc.do(); err != nil {
				t.Fatal(err)
			}
			if got := len(me.problems()) == 0; got != tc.proven {
				t.Errorf("%s: proven %v", tc.name, got)
			}
		}
		for name, err := range map[string]error{
			"TXT": me.w.SetTXT("a b"), "CNAME": me.w.SetCNAME("a..b", "c"), "target": me.w.SetCNAME("a.b", "-c"), "zone": me.w.SetZone(Zone{}),
		} {
			if err == nil || !strings.Contains(err.Error(), "is no host name") {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestAlteringAZone(t *testing.T) {
	inWorld(t, Options{}, func(me *customer) {
		host := "www.example.net"
		me.refused(581042, "no such zone", "site.alter_zone", host, Struct{})
		if err := me.w.SetZone(Zone{Domain: "example.net", Elsewhere: true}); err != nil {
			t.Fatal(err)
		}
		spec := aSite(Struct{"vhosts": []any{host}})
		me.refused(580142, "TXT", "site.create", spec)
		op := me.op("site.alter_zone", "WWW.example.net", Struct{})
		wantFields(t, op, Struct{"type": "sitebuilder_zone_alter", "step": "WAIT"})
		me.refused(580142, "TXT", "site.create", spec) // not before the operation is done
		o := me.done(op)
		wantFields(t, o["params"].(Struct), Struct{"host": host})
		if _, told := o["params"].(Struct)["site_id"]; told {
			t.Error("an operation on a zone tells a site")
		}
		me.does("site.alter_zone", host, Struct{})
		if got := me.w.dns.txt[host]; len(got) != 1 || got[0] != me.w.challenge(me.handle, host) {
			t.Errorf("after a second time: %v", got)
		}
		me.ok("site.create", spec)

		other := &customer{t: t, w: me.w, handle: OtherHandle}
		other.refused(581050, "aren't allowed to alter", "site.alter_zone", host, Struct{})
		me.refused(580137, "is no host name", "site.alter_zone", "a b", Struct{})
		me.refused(581037, "unknown field 'colour'", "site.alter_zone", host, Struct{"colour": "red"})
		me.refused(580137, "missing field 'vhost'", "site.get_dns_entries", Struct{})
		me.refused(580137, "is no host name", "site.get_dns_entries", Struct{"vhost": "a b"})
	})
}

// What the domain's owner wrote before stays beside what Gandi writes.
func TestAlteringAZoneKeepsRecords(t *testing.T) {
	inWorld(t, with("site-challenge-host", "domain"), func(me *customer) {
		if err := me.w.SetZone(Zone{Domain: "example.net", Elsewhere: true}); err != nil {
			t.Fatal(err)
		}
		if err := me.w.SetTXT("example.net", "v=spf1 -all"); err != nil {
			t.Fatal(err)
		}
		for _, host := range []string{"www.example.net", "shop.example.net"} {
			me.does("site.alter_zone", host, Struct{})
		}
		if got := me.w.dns.txt["example.net"]; len(got) != 3 {
			t.Errorf("records %v", got)
		}
		me.site(Struct{"vhosts": []any{"www.example.net", "shop.example.net"}})
	})
}

func TestDNSOverHTTP(t *testing.T) {
	w := New(nil)
	for _, body := range []string{
		`{"host": "www.example.org", "txt": ["vhost=1", "v=spf1 -all"]}`, `{"host": "a.example.org", "cname": "b.example.org", "txt": []}`,
		`{"zone": "example.com"}`, `{"zone": "example.net", "handle": "CD5678-GANDI", "elsewhere": true}`, `{"zone": "example.info"}`,
		`{"zone": "example.info", "remove": true}`,
	} {
		if r := door(t, w, "POST", "/sim/dns", body); r.Code != 200 {
			t.Errorf("%s: %d %s", body, r.Code, r.Body)
		}
	}
	type answer struct {
		Records []struct {
			Host, Type, Value string
			TTL               int
		}
		Zones []struct {
			Zone, Handle string
			Elsewhere    bool
		}
	}
	get := func() (a answer) {
		if err := json.Unmarshal(door(t, w, "GET", "/sim/dns", "").Body.Bytes(), &a); err != nil {
			t.Fatal(err)
		}
		return a
	}
	got := get()
	if len(got.Records) != 3 || got.Records[0].Value != "vhost=1" || got.Records[0].TTL != 10800 || got.Records[2].Type != "CNAME" ||
		len(got.Zones) != 2 || got.Zones[0].Handle != DefaultHandle || !got.Zones[1].Elsewhere {
		t.Errorf("got %+v", got)
	}
	for body, want := range map[string]string{
		`{}`:                                "one of host and zone",
		`{"host": "a.b", "zone": "b"}`:      "one of host and zone",
		`{"host": "a.b"}`:                   "goes with txt",
		`{"host": "a b", "txt": []}`:        "is no host name",
		`{"host": "a.b", "cname": "-"}`:     "is no host name",
		`{"host": "a.b", "txt": "x"}`:       "reading the request",
		`{"zone": "a b"}`:                   "is no host name",
		`{"zone": "a.b", "txt": ["x"]}`:     "go with a zone",
		`{"host": "a.b", "remove": true}`:   "goes with txt",
		`{"host": "a.b", "often": "x"}`:     "often",
		`{"host":"a.b","txt":[],"zone":""}`: "",
	} {
		r := door(t, w, "POST", "/sim/dns", body)
		if ok := r.Code == 200; ok != (want == "") || !strings.Contains(r.Body.String(), want) {
			t.Errorf("%s: %d %s", body, r.Code, r.Body)
		}
	}
	door(t, w, "POST", "/sim/reset", "")
	if got := get(); len(got.Records) != 0 || len(got.Zones) != 0 {
		t.Errorf("after a reset: %+v", got)
	}
}

// An edit of the DNS comes after what was due before it, though nobody looked.
func TestAnEditOfTheDNSComesLate(t *testing.T) {
	inWorld(t, with("site-txt-check", "operation"), func(me *customer) {
		op := me.op("site.create", aSite(Struct{"vhosts": []any{foreignVhost}}))
		wait(10 * time.Second)
		me.proves()
		if o := me.settled(op); o["step"] != "ERROR" {
			t.Errorf("ended %v by a record that was not there yet", o["step"])
		}
	})
}
