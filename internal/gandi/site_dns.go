package gandi

import (
	"context"
	"errors"
	"fmt"
)

// DNSRecord is a record that a zone needs.
type DNSRecord struct {
	Host  string // a whole name, such as "www.example.org"
	Type  string // such as "TXT"
	Value string // without quotes
	TTL   int    // seconds; 0 where Gandi does not tell
}

// ChallengeTTL is the time to live, in seconds, of the record in the manual's sample.
const ChallengeTTL = 10800

// SiteDNSEntries reads the records that make vhost, a whole name, ready for a site: TXT, which proves that the domain is the
// account's own, and CNAME. Neither argument nor reply is published; both are taken from the method of the same name that the
// accelerator of the same platform has.
func (c *Client) SiteDNSEntries(ctx context.Context, vhost string) ([]DNSRecord, error) {
	params := []any{map[string]any{"vhost": vhost}}
	return readAs(ctx, c, "site.get_dns_entries", params, func(v any) ([]DNSRecord, error) { return dnsEntries(v, vhost) })
}

// dnsEntries reads the accelerator's form, {key, txt, cname, domain}, or a list of records, bare or as the member "records".
func dnsEntries(v any, vhost string) ([]DNSRecord, error) {
	m, isStruct := v.(map[string]any)
	switch {
	case isStruct && !isNull(m["txt"]):
		return parsed(newRecord(m), func(r *record) []DNSRecord { return keyedEntries(r, vhost) })
	case isStruct:
		v = m["records"]
	}
	var all []DNSRecord
	for i, e := range asList(v) {
		m, ok := e.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("record %d is %s where a struct is meant", i, kindOf(e))
		}
		one, err := parsed(newRecord(m), parseDNSRecord)
		if err != nil {
			return nil, fmt.Errorf("record %d: %w", i, err)
		}
		all = append(all, one)
	}
	if len(all) == 0 {
		return nil, errors.New("the reply tells no record")
	}
	return all, nil
}

func keyedEntries(r *record, vhost string) []DNSRecord {
	host := r.str("domain")
	if host == "" {
		host = vhost
	}
	all := []DNSRecord{{Host: host, Type: "TXT", Value: r.required("key") + "=" + r.required("txt")}}
	if cname := r.str("cname"); cname != "" {
		all = append(all, DNSRecord{Host: vhost, Type: "CNAME", Value: cname})
	}
	return all
}

func parseDNSRecord(r *record) DNSRecord {
	return DNSRecord{Host: r.required("name"), Type: r.required("type"), Value: r.required("value"), TTL: r.num("ttl")}
}
