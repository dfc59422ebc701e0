package gandi

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func field(name, v string) string {
	return "<member><name>" + name + "</name><value>" + v + "</value></member>"
}

func array(elements ...string) string {
	return "<array><data><value>" + strings.Join(elements, "</value><value>") + "</value></data></array>"
}

// What became of a dry run is told by its answer, and what can be read as neither problems nor operations may be a purchase.
func TestSubmitOfADryRun(t *testing.T) {
	op := "<struct>" + field("id", "<int>7</int>") + field("step", "WAIT") + "</struct>"
	problem := "<struct>" + field("field", "name") + field("reason", "too short") + "</struct>"
	told := []Problem{{Field: "name", Reason: "too short"}}
	for _, tt := range []struct {
		name, reply string
		want        DryRunOutcome
		problems    []Problem
		err         string
	}{
		{"nothing in an array", "<array><data/></array>", DryRunClean, nil, ""},
		{"a problem", array(problem), DryRunProblems, told, ""},
		{"a problem without its array", problem, DryRunProblems, told, ""},
		{"a problem without a field", array("<struct>" + field("reason", "too short") + "</struct>"), DryRunProblems, []Problem{{Reason: "too short"}}, ""},
		{"attributes that are no texts", array("<struct>" + field("reason", "x") + field("attr", array("<int>3</int>", "<nil/>", "<struct/>")) + "</struct>"),
			DryRunProblems, []Problem{{Reason: "x", Attr: []string{"3", "", ""}}}, ""},
		{"an operation", op, DryRunActed, nil, ""},
		{"an operation in an array", array(op), DryRunActed, nil, ""},
		{"two operations", array(op, strings.Replace(op, "7", "8", 1)), DryRunActed, nil, ""},
		{"an operation's bare number", "<int>7</int>", DryRunActed, nil, ""},
		{"bare numbers", array("<int>7</int>", "<int>8</int>"), DryRunActed, nil, ""},
		{"problems and operations", array(problem, op), 0, nil, "problems and operations"},
		{"a thing with a number and a reason", array("<struct>" + field("id", "<int>0</int>") + field("reason", "x") + "</struct>"), 0, nil, "operation 0: field id"},
		{"an operation without a number", array("<struct>" + field("type", "sitebuilder_create") + "</struct>"), 0, nil, "operation 0: field id"},
		{"a struct that says nothing", array("<struct>" + field("name", "x") + "</struct>"), 0, nil, "problem 0: field reason"},
		{"an empty struct", "<struct/>", 0, nil, "problem 0"},
		{"a problem after one that is none", array(problem, "<struct/>"), 0, nil, "problem 1"},
		{"a text in the list", array("too short"), 0, nil, "operation 0: a string"},
		{"true", "<boolean>1</boolean>", 0, nil, "a boolean where a list of problems is meant"},
		{"nil", "<nil/>", 0, nil, "nothing where a list of problems is meant"},
		{"an empty text", "<string></string>", 0, nil, "nothing where a list of problems is meant"},
		{"a text", "ok", 0, nil, "a string where a list of problems is meant"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, f := newFake(t, always(value(tt.reply)))
			ops, err := c.Submit(t.Context(), SiteCreateDryRun{})
			if len(f.calls) != 1 {
				t.Errorf("%d requests", len(f.calls))
			}
			if tt.err != "" {
				wantClass(t, err, OutcomeUnknown)
				if !strings.Contains(err.Error(), tt.err) {
					t.Errorf("got %q, want %q in it", err, tt.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			outcome, problems := DryRunOf(ops)
			if outcome != tt.want {
				t.Errorf("%v by %+v, want %v", outcome, ops, tt.want)
			}
			if diff := cmp.Diff(tt.problems, problems); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			for _, o := range ops {
				if (o.ID == 0) != (tt.want != DryRunActed) {
					t.Errorf("operation %+v", o)
				}
			}
		})
	}
	for _, ops := range [][]Operation{nil, {}, {{Type: TypeSSHKeyCreate, Step: StepDone}}} {
		if got, problems := DryRunOf(ops); got != DryRunUnknown || problems != nil {
			t.Errorf("%v is %v", ops, got)
		}
	}
	for o, want := range map[DryRunOutcome]string{DryRunUnknown: "unknown", DryRunClean: "clean", DryRunProblems: "problems", DryRunActed: "acted", 9: "unknown"} {
		if o.String() != want {
			t.Errorf("%d prints %q", int(o), o)
		}
	}
}

// An ordinary create is never read as a dry run: a list of problems in answer to it leaves its outcome unknown.
func TestACreateIsNoDryRun(t *testing.T) {
	c, _ := newFake(t, always(testdata(t, "site.create.dry-run.response.xml")))
	_, err := c.Submit(t.Context(), SiteCreate{goldenSpec})
	wantClass(t, err, OutcomeUnknown)
	c, _ = newFake(t, always(testdata(t, "site.create.dry-run.clean.response.xml")))
	_, err = c.Submit(t.Context(), SiteCreate{goldenSpec})
	wantClass(t, err, OutcomeUnknown)
}

func TestRecordOfAProblem(t *testing.T) {
	got, ok := goldenTXT.Record()
	if want := (DNSRecord{Host: "www.example.org", Type: "TXT", Value: goldenChallenge, TTL: 10800}); !ok || got != want {
		t.Errorf("got %+v", got)
	}
	in := func(change func(*Problem)) Problem {
		p := goldenTXT
		p.Attr = append([]string(nil), goldenTXT.Attr...)
		change(&p)
		return p
	}
	if _, ok := in(func(p *Problem) { p.Reason = "Vous devez ..." }).Record(); !ok {
		t.Error("the language decides")
	}
	for name, p := range map[string]Problem{
		"another field":     in(func(p *Problem) { p.Field = "name" }),
		"no attributes":     in(func(p *Problem) { p.Attr = nil }),
		"one attribute":     in(func(p *Problem) { p.Attr = p.Attr[:1] }),
		"no host":           in(func(p *Problem) { p.Attr[0] = "" }),
		"another value":     in(func(p *Problem) { p.Attr[1] = "personal" }),
		"too few digits":    in(func(p *Problem) { p.Attr[1] = p.Attr[1][:37] }),
		"no digits":         in(func(p *Problem) { p.Attr[1] = "vhost=" + strings.Repeat("x", 32) }),
		"another attribute": in(func(p *Problem) { p.Attr = append(p.Attr, "x") }),
	} {
		if r, ok := p.Record(); ok {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

func TestSitesThatCannotBeRead(t *testing.T) {
	for name, fields := range map[string]string{
		"without a number":       field("name", "x"),
		"with another number":    field("id", "<int>5</int>"),
		"a number that is none":  field("id", "abc"),
		"vhosts that are texts":  field("id", "4") + field("vhosts", array("a.example", "<int>7</int>")),
		"vhosts without a name":  field("id", "4") + field("vhosts", array("<struct>"+field("id", "1")+"</struct>")),
		"a package that is none": field("id", "4") + field("package", array("x", "y")),
	} {
		inBubble(t, name, func(t *testing.T) {
			c, _ := newFake(t, always(value("<struct>"+fields+"</struct>")))
			_, err := c.Site(t.Context(), 4)
			wantClass(t, err, Retryable)
		})
	}
	inBubble(t, "prices without an amount", func(t *testing.T) {
		c, _ := newFake(t, always(value(array("<struct>"+field("product", "<struct>"+field("description", "a_b")+"</struct>")+
			field("unit_price", array("<struct>"+field("currency", "EUR")+"</struct>"))+"</struct>"))))
		_, err := c.SitePrice(t.Context(), SitePackage{"a", "b"}, ActionUpdate)
		wantClass(t, err, Retryable) // never free by mistake
	})
	for name, reply := range map[string]string{
		"no record":           "<array><data/></array>",
		"nil":                 "<nil/>",
		"another struct":      "<struct>" + field("name", "x") + "</struct>",
		"a key without text":  "<struct>" + field("key", "vhost") + "</struct>",
		"a text without key":  "<struct>" + field("txt", "2e5d") + "</struct>",
		"records of no type":  array("<struct>" + field("name", "x") + field("value", "y") + "</struct>"),
		"records of no value": array("<struct>" + field("name", "x") + field("type", "TXT") + "</struct>"),
		"texts":               array("x"),
	} {
		inBubble(t, "DNS: "+name, func(t *testing.T) {
			c, _ := newFake(t, always(value(reply)))
			_, err := c.SiteDNSEntries(t.Context(), "www.example.org")
			wantClass(t, err, Retryable)
		})
	}
}

// What is not known to be a token has to go too.
func TestEditURLsWithoutTokens(t *testing.T) {
	for raw, want := range map[string]string{
		"https://h.example/edit/4104":              "https://h.example/edit/4104",
		"https://h.example/edit?token=x":           "https://h.example/edit",
		"https://h.example/edit#access_token=x":    "https://h.example/edit",
		"https://user:pass@h.example/edit?a=b#c":   "https://h.example/edit",
		"https://h.example/a%2Fb?x":                "https://h.example/a%2Fb",
		"http://h.example:8080":                    "http://h.example:8080",
		"":                                         "",
		"javascript:alert(1)":                      "",
		"ftp://h.example/x":                        "",
		"/edit?token=x":                            "",
		"https://h.example/%zz?token=x":            "",
		"https:opaque?token=x":                     "",
		"HTTPS://H.example/Edit?sessionid=0123456": "https://H.example/Edit",
	} {
		if got := withoutQuery(raw); got != want {
			t.Errorf("%q gives %q, want %q", raw, got, want)
		}
	}
}

// A fault says that nothing was done, dry run or not; a missing record says so too, and that it may go better.
func TestFaultsOfSites(t *testing.T) {
	for code, class := range map[int]Class{580142: Busy, 583037: Refused, 583057: OutcomeUnknown, 510150: Denied, 1: Refused} {
		for _, call := range []Call{SiteCreate{}, SiteCreateDryRun{}, SiteUpdate{ID: 1}, SiteUpgrade{ID: 1}, SiteDelete{1}, SiteAlterZone{"a"}} {
			c, f := newFake(t, always(faultReply(code, "text")))
			_, err := c.Submit(t.Context(), call)
			wantClass(t, err, class)
			if _, ok := errors.AsType[*Fault](err); !ok || len(f.calls) != 1 {
				t.Errorf("%s: %v after %d requests", call.Method(), err, len(f.calls))
			}
		}
	}
}
