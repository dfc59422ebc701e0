package gandisim

import (
	"regexp"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The calls of the Site API's usage guide, as its client writes them. Host names are not printed in the copies that are known.

const yes = "<value><boolean>1</boolean></value>"

func vhostsOf(names ...string) string {
	all := ""
	for _, n := range names {
		all += text(n) + "\n"
	}
	return member("vhosts", list(all))
}

// "Working with domains not registered at Gandi". The guide prints the answer whole: four fields, and no other.
func TestSampleSiteDryRun(t *testing.T) {
	w := New(nil)
	spec := structure(
		member("name", text("My Site")), member("package", text("professional")),
		vhostsOf("mysite."+ParkingDomain, "www.example.org"), member("--dry-run", yes),
	)
	ops := posted(t, w, "site.create", spec).([]any)
	if len(ops) != 1 {
		t.Fatalf("got %v", ops)
	}
	attr := ops[0].(Struct)["attr"].([]any)
	value, _ := attr[1].(string)
	if !regexp.MustCompile("^vhost=[0-9a-f]{32}$").MatchString(value) {
		t.Errorf("value %q", value)
	}
	want := []any{Struct{
		"attr": []any{"www.example.org", value}, "field": "vhosts", "field_type": nil, "reason": "You must put a TXT value in your zone",
	}}
	if diff := cmp.Diff(want, any(ops)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if n := posted(t, w, "site.count"); n != 0 {
		t.Errorf("a dry run has made %v sites", n)
	}

	// "The DNS zone must be altered in this fashion to store the new record."
	if err := w.SetTXT("www.example.org", value); err != nil {
		t.Fatal(err)
	}
	if again := posted(t, w, "site.create", spec).([]any); len(again) != 0 {
		t.Errorf("with the record: %v", again)
	}
}

// "Create a site", then everything that the guide does with it, from its list to its end.
func TestSampleSiteLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := New(nil)
		if n := posted(t, w, "site.count"); n != 0 {
			t.Errorf("%v sites at the start", n)
		}
		parked := "mysite." + ParkingDomain
		op := posted(t, w, "site.create", structure(
			member("name", text("My Site")), member("provider", text("basekit_whitelabel")), vhostsOf(parked), member("duration", text("3m")),
		)).(Struct)
		wantAtLeast(t, op, Struct{"type": "sitebuilder_create"})
		for op["step"] != "DONE" && op["step"] != "ERROR" {
			wait(time.Second)
			op = posted(t, w, "operation.info", number(op["id"].(int))).(Struct)
		}
		wantAtLeast(t, op, Struct{"step": "DONE"})
		id := posted(t, w, "site.list", structure(member("name", text("My Site")))).([]any)[0].(Struct)["id"].(int)

		if n := posted(t, w, "site.count"); n != 1 {
			t.Errorf("%v sites", n)
		}
		wantAtLeast(t, posted(t, w, "site.list").([]any)[0], Struct{"id": id, "name": "My Site", "vhost": parked})
		info := posted(t, w, "site.info", number(id)).(Struct)
		wantAtLeast(t, info, Struct{"id": id, "name": "My Site", "provider": "basekit_whitelabel", "vhosts": []any{parked}})
		if u, _ := info["edit_url"].(string); u == "" {
			t.Errorf("edit_url %v", info["edit_url"])
		}

		// "How to add the virtualhost to the previous site": the whole new list, and an array that is indexed.
		if err := w.SetZone(Zone{Domain: "example.net"}); err != nil {
			t.Fatal(err)
		}
		ops := posted(t, w, "site.update", number(id), structure(vhostsOf("www.example.net", parked))).([]any)
		wantAtLeast(t, ops[0], Struct{"type": "sitebuilder_update"})
		wait(time.Minute)
		wantAtLeast(t, posted(t, w, "site.info", number(id)), Struct{"vhosts": []any{"www.example.net", parked}})
		wantAtLeast(t, posted(t, w, "site.list").([]any)[0], Struct{"vhost": "www.example.net"})

		op = posted(t, w, "site.delete", number(id)).(Struct)
		wantAtLeast(t, op, Struct{"type": "sitebuilder_delete"})
		wait(time.Minute)
		if n := posted(t, w, "site.count"); n != 0 {
			t.Errorf("%v sites at the end", n)
		}
	})
}

// "Upgrade to another offer".
func TestSampleSiteOffers(t *testing.T) {
	w := New(nil)
	if all := posted(t, w, "catalog.list", structure(member("product", structure(member("type", text("site")))))).([]any); len(all) < 4 {
		t.Errorf("prices %v", all)
	}
	provider := member("provider", text("basekit_whitelabel"))
	all := posted(t, w, "site.package.list", structure(provider)).([]any)
	wantAtLeast(t, all[0], Struct{"name": "personal", "provider": "basekit_whitelabel"})
	next := posted(t, w, "site.package.list", structure(provider, member("&gt;name", text("personal")))).([]any)[0]
	if diff := cmp.Diff(any(Struct{"name": "professional", "provider": "basekit_whitelabel"}), next); diff != "" {
		t.Errorf("the guide prints the next offer whole (-want +got)\n%s", diff)
	}
	quote := posted(t, w, "catalog.list", structure(
		member("product", structure(member("type", text("site")), member("description", text("basekit_whitelabel_professional")))),
		member("action", structure(member("name", text("update")))),
	)).([]any)
	if len(quote) != 1 {
		t.Fatalf("quotes %v", quote)
	}
	wantAtLeast(t, quote[0].(Struct)["product"], Struct{"type": "site", "description": "basekit_whitelabel_professional"})
	wantAtLeast(t, quote[0].(Struct)["action"], Struct{"name": "update"})
	if p, ok := quote[0].(Struct)["unit_price"].([]any)[0].(Struct)["price"].(float64); !ok || p <= 0 {
		t.Errorf("price %v", quote[0])
	}
}
