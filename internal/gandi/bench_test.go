package gandi

import (
	"strings"
	"testing"
)

// A page of 500 VMs, the largest reply of a sweep.
func BenchmarkDecodePage(b *testing.B) {
	doc := testdata(b, "hosting.vm.list.response.xml")
	head, rest, _ := strings.Cut(doc, "<data>")
	end := strings.LastIndex(rest, "</data>")
	page := []byte(head + "<data>" + strings.Repeat(rest[:end], 250) + rest[end:])
	clean := newRedactor(mustKey(b), nil)
	b.SetBytes(int64(len(page)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := decodeReply(page, "text/xml", clean); err != nil {
			b.Fatal(err)
		}
	}
}
