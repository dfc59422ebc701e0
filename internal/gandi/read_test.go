package gandi

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// vmIDs lists VMs against a server that gives pages in turn, and tells the pages that were asked for.
func vmIDs(t *testing.T, pages ...[]int) (ids []int, asked []string, err error) {
	t.Helper()
	docs := make([]string, len(pages))
	for i, p := range pages {
		docs[i] = list(p...)
	}
	c, f := newFake(t, inTurn(docs...))
	vms, err := c.VMs(t.Context(), VMFilter{})
	for _, vm := range vms {
		ids = append(ids, int(vm.ID))
	}
	for _, b := range f.bodies {
		s := string(b)
		asked = append(asked, member(s, "page")+"/"+member(s, "items_per_page"))
	}
	return ids, asked, err
}

// member is the int that a request holds under name.
func member(doc, name string) string {
	return between(doc, "<name>"+name+"</name><value><int>", "</int>")
}

func TestPaging(t *testing.T) {
	pages := func(n int) []string {
		var out []string
		for i := range n {
			out = append(out, fmt.Sprintf("%d/500", i))
		}
		return out
	}
	for _, tt := range []struct {
		name     string
		pages    [][]int
		want     []int
		requests int
		broken   string
	}{
		{"nothing", [][]int{{}}, nil, 1, ""},
		{"one short page", [][]int{from(1, 7)}, from(1, 7), 1, ""},
		{"a full page and a short one", [][]int{from(1, 500), from(501, 3)}, from(1, 503), 2, ""},
		{"exactly two pages", [][]int{from(1, 500), from(501, 500), {}}, from(1, 1000), 3, ""},
		{"three pages", [][]int{from(1, 500), from(501, 500), from(1001, 1)}, from(1, 1001), 3, ""},
		{"exactly the default size, and that was all", [][]int{from(1, 100), {}}, from(1, 100), 2, ""},
		{"items_per_page not heeded", [][]int{from(1, 100), from(101, 100), from(201, 20)}, from(1, 220), 3, ""},
		{"no paging at all", [][]int{from(1, 1234)}, from(1, 1234), 1, ""},
		{"page not heeded", [][]int{from(1, 500), from(1, 500)}, nil, 2 + 0, "page 1 repeats what came before, the list cannot be read whole"},
		{"neither heeded", [][]int{from(1, 100), from(1, 100)}, nil, 2, "page 1 repeats what came before, the list cannot be read whole"},
		{"things moved up between the requests", [][]int{from(1, 500), from(499, 5)}, from(1, 503), 2, ""},
		{"all of the next page moved up", [][]int{from(1, 500), from(498, 3)}, from(1, 500), 2, ""},
		{"twice on one page", [][]int{{1, 2, 1}}, []int{1, 2}, 1, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ids, asked, err := vmIDs(t, tt.pages...)
			if tt.broken != "" {
				wantClass(t, err, Retryable)
				if !strings.Contains(err.Error(), tt.broken) {
					t.Errorf("got %q, want %q", err, tt.broken)
				}
			} else if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, ids); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(pages(tt.requests), asked); diff != "" {
				t.Errorf("pages (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPagingEndsAgainstAnEndlessServer(t *testing.T) {
	c, f := newFake(t, func(n int, _ string, _ []byte) (*http.Response, error) {
		return httpReply(200, list(from(1+n*100, 100)...)), nil
	})
	_, err := c.VMs(t.Context(), VMFilter{})
	wantClass(t, err, Retryable)
	if len(f.calls) != maxPages {
		t.Errorf("%d requests, want %d", len(f.calls), maxPages)
	}
}

// A filter of many numbers is asked in parts, each of which fits a page.
func TestManyIDsAreAskedInParts(t *testing.T) {
	c, f := newFake(t, func(_ int, _ string, body []byte) (*http.Response, error) {
		var ids []int
		for s := range strings.SplitSeq(between(string(body), "<array><data>", "</data>"), "</value>") {
			var id int
			if _, err := fmt.Sscanf(s, "<value><int>%d</int>", &id); err == nil {
				ids = append(ids, id)
			}
		}
		return httpReply(200, list(ids...)), nil
	})
	var want []OperationID
	for _, id := range from(1, 1200) {
		want = append(want, OperationID(id))
	}
	ops, err := c.Operations(t.Context(), OperationFilter{IDs: want})
	if err != nil {
		t.Fatal(err)
	}
	var got []OperationID
	for _, o := range ops {
		got = append(got, o.ID)
	}
	if !slices.Equal(got, want) || len(f.calls) != 3 {
		t.Errorf("%d operations in %d requests, want 1200 in 3", len(got), len(f.calls))
	}
}

func TestLimitReadsOnePage(t *testing.T) {
	for _, tt := range []struct {
		limit int
		asked string
		want  int
	}{{1, "1", 1}, {20, "20", 20}, {5000, "500", 600}} {
		c, f := newFake(t, always(list(from(1, 600)...)))
		ops, err := c.Operations(t.Context(), OperationFilter{Limit: tt.limit, SortBy: "id DESC"})
		if err != nil {
			t.Fatal(err)
		}
		if len(ops) != tt.want || len(f.calls) != 1 || member(string(f.bodies[0]), "items_per_page") != tt.asked {
			t.Errorf("limit %d: %d operations, %d requests", tt.limit, len(ops), len(f.calls))
		}
		if !strings.Contains(string(f.bodies[0]), "<name>sort_by</name><value><string>id DESC</string>") {
			t.Error("no order asked for")
		}
	}
}

// A record of another thing, believed, would be made into this one.
func TestReadChecksWhoAnswers(t *testing.T) {
	inBubble(t, "another VM", func(t *testing.T) {
		c, _ := newFake(t, always(value("<struct><member><name>id</name><value><int>8</int></value></member></struct>")))
		_, err := c.VM(t.Context(), 7)
		wantClass(t, err, Retryable)
		if want := "hosting.vm.info: unreadable reply: the reply is about number 8 where 7 was asked for"; err.Error() != want {
			t.Errorf("got %q, want %q", err, want)
		}
	})
}

func TestReadsOfTheWrongShape(t *testing.T) {
	for _, tt := range []struct {
		name, reply string
		do          func(context.Context, *Client) error
		want        string
	}{
		{"info of nothing", value("<nil/>"), func(ctx context.Context, c *Client) error { _, err := c.VM(ctx, 1); return err },
			"hosting.vm.info: unreadable reply: the reply is nothing where a struct is meant"},
		{"info of two", list(1, 2), func(ctx context.Context, c *Client) error { _, err := c.VM(ctx, 1); return err },
			"hosting.vm.info: unreadable reply: the reply is an array where a struct is meant"},
		{"list of numbers", value("<array><data><value><int>1</int></value></data></array>"),
			func(ctx context.Context, c *Client) error { _, err := c.Disks(ctx, DiskFilter{}); return err },
			"hosting.disk.list: unreadable reply: record 0 of page 0 is a number where a struct is meant"},
		{"list of the nameless", value("<array><data><value><struct><member><name>name</name><value>x</value></member></struct></value></data></array>"),
			func(ctx context.Context, c *Client) error { _, err := c.Disks(ctx, DiskFilter{}); return err },
			"hosting.disk.list: unreadable reply: record 0 of page 0: field id is nothing where a positive number is meant"},
		{"count of minus one", value("<int>-1</int>"), func(ctx context.Context, c *Client) error { _, err := c.VMCount(ctx, VMFilter{}); return err },
			"hosting.vm.count: unreadable reply: the reply is a number where a count is meant"},
		{"version as text", value("3.3"), func(ctx context.Context, c *Client) error { _, err := c.Version(ctx); return err },
			"version.info: unreadable reply: the reply is a string where a struct is meant"},
		{"account without handle", value("<struct/>"), func(ctx context.Context, c *Client) error { _, err := c.AccountInfo(ctx); return err },
			"hosting.account.info: unreadable reply: field handle is nothing where a string is meant"},
	} {
		inBubble(t, tt.name, func(t *testing.T) {
			c, _ := newFake(t, always(tt.reply))
			err := tt.do(t.Context(), c)
			wantClass(t, err, Retryable)
			if err.Error() != tt.want {
				t.Errorf("got %q, want %q", err, tt.want)
			}
		})
	}
}

// An info that comes wrapped into an array of one, and a list that comes as a bare struct, are both legal.
func TestStructOrArray(t *testing.T) {
	c, _ := newFake(t, always(list(7)))
	if vm, err := c.VM(t.Context(), 7); err != nil || vm.ID != 7 {
		t.Errorf("got %+v, %v", vm, err)
	}
	c, _ = newFake(t, always(value("<struct><member><name>id</name><value><int>7</int></value></member></struct>")))
	if vms, err := c.VMs(t.Context(), VMFilter{}); err != nil || len(vms) != 1 || vms[0].ID != 7 {
		t.Errorf("got %+v, %v", vms, err)
	}
}

// Each reply stands for itself: after any that cannot be read, the next is read as if nothing had been.
func TestUnreadableReplyDoesNotPoisonTheNext(t *testing.T) {
	good := testdata(t, "hosting.vm.info.response.xml")
	for _, bad := range []string{"", "<html>", value("<array><data><value>")[:60], faultReply(500066, "x"), value("<int>1</int>")} {
		inBubble(t, fmt.Sprintf("%.20q", bad), func(t *testing.T) {
			c, f := newFake(t, inTurn(bad, good))
			vm, err := c.VM(t.Context(), 152967)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(goldenInfoVM(), vm); diff != "" || len(f.calls) != 2 {
				t.Errorf("%d requests (-want +got):\n%s", len(f.calls), diff)
			}
		})
	}
}

// Values of one reply never stand in the next, whatever that leaves out.
func TestNoStaleValues(t *testing.T) {
	c, _ := newFake(t, inTurn(
		testdata(t, "hosting.vm.info.response.xml"),
		value("<struct><member><name>id</name><value><int>152967</int></value></member><member><name>hostname</name><value><nil/></value></member></struct>"),
	))
	if _, err := c.VM(t.Context(), 152967); err != nil {
		t.Fatal(err)
	}
	vm, err := c.VM(t.Context(), 152967)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(VM{ID: 152967}, vm); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
