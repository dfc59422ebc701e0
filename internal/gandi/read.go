package gandi

import (
	"context"
	"fmt"
	"maps"
	"strconv"
)

const (
	// pageSize is what Gandi's own client asks for, and the most that Gandi gives.
	pageSize = 500
	// defaultPageSize is what a list gives when it does not heed items_per_page.
	defaultPageSize = 100
	// maxPages ends a list whose server invents new ids for ever: a hundred thousand things are more than an account holds.
	maxPages = 200
	// maxIDs is the most numbers put into one filter: with fewer than a page asked for, the answer is one page.
	maxIDs = pageSize - 1
)

// readOne reads the thing with number id.
func readOne[T any](ctx context.Context, c *Client, method string, id int, parse func(*record) T) (T, error) {
	return readAs(ctx, c, method, []any{id}, func(v any) (T, error) {
		var zero T
		m, ok := asStruct(v)
		if !ok {
			return zero, fmt.Errorf("the reply is %s where a struct is meant", kindOf(v))
		}
		r := newRecord(m)
		// A record of something else, believed, would be "corrected" into what this one should be.
		if got := r.id(); *r.problem == nil && got != id {
			return zero, fmt.Errorf("the reply is about number %d where %d was asked for", got, id)
		}
		return parsed(r, parse)
	})
}

// readStruct reads the one struct that method is about.
func readStruct[T any](ctx context.Context, c *Client, method string, parse func(*record) T) (T, error) {
	return readAs(ctx, c, method, nil, func(v any) (T, error) {
		m, ok := asStruct(v)
		if !ok {
			var zero T
			return zero, fmt.Errorf("the reply is %s where a struct is meant", kindOf(v))
		}
		return parsed(newRecord(m), parse)
	})
}

func readCount(ctx context.Context, c *Client, method string, opts map[string]any) (int, error) {
	return readAs(ctx, c, method, []any{opts}, func(v any) (int, error) {
		n, ok := toInt(v)
		if !ok || n < 0 {
			return 0, fmt.Errorf("the reply is %s where a count is meant", kindOf(v))
		}
		return n, nil
	})
}

func parsed[T any](r *record, parse func(*record) T) (T, error) {
	t := parse(r)
	if *r.problem != nil {
		var zero T
		return zero, *r.problem
	}
	return t, nil
}

// readList reads all pages of a list and keeps what fits opts.
func readList[T any](
	ctx context.Context, c *Client, method string, opts map[string]any, parse func(*record) T,
) ([]T, error) {
	wanted, _ := opts["id"].([]any)
	if len(wanted) <= maxIDs {
		return readPages(ctx, c, method, opts, parse)
	}
	var all []T
	for len(wanted) > 0 {
		n := min(len(wanted), maxIDs)
		part := maps.Clone(opts)
		part["id"] = wanted[:n]
		wanted = wanted[n:]
		list, err := readPages(ctx, c, method, part, parse)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	return all, nil
}

// readPages reads page after page until a short one.
//
//	page 0: 500 records            more may follow
//	page 1: 500, none of them new  the server does not heed "page": the list cannot be read whole, and says so
//	page 1: 7, 2 seen before       things moved up between the requests: 505 in all
//
// A thing that moved down across a page's edge is missed. Nobody may take absence from a list for absence at Gandi.
func readPages[T any](
	ctx context.Context, c *Client, method string, opts map[string]any, parse func(*record) T,
) ([]T, error) {
	var all []T
	seen := map[int]bool{}
	for page := range maxPages {
		list, err := readRecords(ctx, c, method, opts, page, pageSize)
		if err != nil {
			return nil, err
		}
		fresh := 0
		for _, m := range list {
			id, _ := toInt(m["id"])
			if id != 0 && seen[id] {
				continue
			}
			seen[id] = true
			fresh++
			if !fits(m, opts) {
				continue
			}
			t, err := parsed(newRecord(m), parse)
			if err != nil {
				return nil, unreadable(method, fmt.Errorf("record %d of page %d: %w", id, page, err))
			}
			all = append(all, t)
		}
		switch n := len(list); {
		case n > pageSize:
			// The server does not page at all: this was everything.
			return all, nil
		case fresh == 0 && (n == pageSize || n == defaultPageSize):
			return nil, unreadable(method, fmt.Errorf("page %d repeats what came before, the list cannot be read whole", page))
		case fresh == 0:
			return all, nil
		case n == pageSize, n == defaultPageSize:
			// Exactly the default size may mean that items_per_page was not heeded: one request more tells, and a list
			// that silently ends after 100 things has hidden VMs from several clients of this API.
		default:
			return all, nil
		}
	}
	return nil, unreadable(method, fmt.Errorf("the list has more than %s pages", strconv.Itoa(maxPages)))
}

// readPage reads the first page alone, at most limit long.
func readPage[T any](
	ctx context.Context, c *Client, method string, opts map[string]any, limit int, parse func(*record) T,
) ([]T, error) {
	list, err := readRecords(ctx, c, method, opts, 0, min(limit, pageSize))
	if err != nil {
		return nil, err
	}
	var all []T
	for i, m := range list {
		if len(all) == limit {
			break
		}
		if !fits(m, opts) {
			continue
		}
		t, err := parsed(newRecord(m), parse)
		if err != nil {
			return nil, unreadable(method, fmt.Errorf("record %d: %w", i, err))
		}
		all = append(all, t)
	}
	return all, nil
}

func readRecords(
	ctx context.Context, c *Client, method string, opts map[string]any, page, size int,
) ([]map[string]any, error) {
	paged := maps.Clone(opts)
	paged["items_per_page"] = size
	paged["page"] = page
	return readAs(ctx, c, method, []any{paged}, func(v any) ([]map[string]any, error) {
		list := asList(v)
		out := make([]map[string]any, 0, len(list))
		for i, e := range list {
			m, ok := e.(map[string]any)
			if !ok {
				return nil, fmt.Errorf("record %d of page %d is %s where a struct is meant", i, page, kindOf(e))
			}
			out = append(out, m)
		}
		return out, nil
	})
}
