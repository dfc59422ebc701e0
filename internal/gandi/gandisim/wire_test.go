package gandisim

import (
	stdflag "flag"
	"maps"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = stdflag.Bool("update", false, "write the golden files of replies anew")

// The requests were written by the libraries themselves, from one call in the words of
// each language: Python's xmlrpc.client, PHP's xmlrpc extension, Node's xmlrpc, Perl's
// RPC::XML and XML::RPC, Ruby's xmlrpc, and xmlrpc-c. request-untyped.xml is by hand:
// what old and home-made clients add to these.
func TestRequestsOfLibraries(t *testing.T) {
	spec := func(changes Struct) Struct {
		s := Struct{
			"datacenter_id": 1, "hostname": "a & <b> é", "memory": 256, "bandwidth": 5120.0, "console": true, "keys": []any{},
		}
		maps.Copy(s, changes)
		return s
	}
	const key = "abcdefghijklmnopqrstuvwx"
	disk := Struct{"name": "web", "since": time.Date(2012, 10, 31, 16, 46, 47, 0, time.UTC)}
	full := []any{key, spec(nil), disk, 28787, []byte("hello")}
	for _, tc := range []struct {
		file   string
		why    string
		method string
		want   []any
	}{
		{file: "request-python.xml", want: full},
		{file: "request-c.xml", want: full, why: "i4, line ends of two bytes"},
		{file: "request-ruby.xml", want: full, why: "i4, all on one line"},
		{file: "request-php.xml", want: full, why: "iso-8859-1 declared, &#38;"},
		{file: "request-php-empty-filter.xml", method: "hosting.vm.list", want: []any{key, []any{}}, why: "an empty map is an empty array in PHP"},
		{file: "request-node.xml", want: []any{key, spec(Struct{"bandwidth": 5120.5}), disk, 28787, []byte("hello")}, why: "CDATA; whole numbers have no double in JavaScript"},
		{file: "request-perl-rpc-xml.xml", want: []any{key, spec(Struct{"hostname": "a & <b> e"}), disk, 28787, []byte("hello")}, why: "us-ascii declared"},
		{
			file: "request-perl-xml-rpc.xml", why: "all strings in CDATA; no boolean, date or base64",
			want: []any{key, spec(Struct{"console": 1}), Struct{"name": "web", "since": "20121031T16:46:47"}, 28787, "hello"},
		},
		{
			file: "request-untyped.xml", why: "untyped values, windows-1252 declared, i8, nil",
			want: []any{key, spec(Struct{"hostname": "a & <b> é€", "bandwidth": 5120, "console": 1}), disk, 28787, nil},
		},
	} {
		t.Run(tc.file, func(t *testing.T) {
			body, err := os.ReadFile(filepath.Join("testdata", "wire", tc.file))
			if err != nil {
				t.Fatal(err)
			}
			name, args, err := decodeCall(body)
			if err != nil {
				t.Fatal(err)
			}
			want := tc.method
			if want == "" {
				want = "hosting.vm.create_from"
			}
			if name != want {
				t.Errorf("method %q, want %q", name, want)
			}
			if diff := cmp.Diff(tc.want, args); diff != "" {
				t.Errorf("%s (-want +got)\n%s", tc.why, diff)
			}
		})
	}
}

func TestRepliesByteForByte(t *testing.T) {
	day := time.Date(2012, 10, 31, 16, 46, 47, 0, time.UTC)
	operation := Struct{
		"id": 1001, "type": "vm_create", "step": "WAIT", "source": "AB1234-GANDI",
		"date_created": day, "date_start": nil, "vm_id": 152967, "iface_id": nil,
	}
	vm := Struct{
		"id": 152967, "hostname": "a & <b> é\r\n", "memory": 256, "bandwidth": 5120.0, "is_boot_disk": true, "can_snapshot": false,
		"disks_id": []any{4969249}, "triggers": []any{}, "probes": Struct{}, "ratio": 0.5, "description": nil,
		"kernel_cmdline": Struct{"root": "/dev/xvda1", "ro": true},
		"odd":            "bell\a broken\xff", "blob": []byte("hello"), "big": 1 << 40, "empty": "",
	}
	for _, tc := range []struct {
		file     string
		value    any
		fault    *Fault
		switches map[string]string
	}{
		{file: "reply-operation.xml", value: operation},
		{file: "reply-operation-empty-nil.xml", value: operation, switches: map[string]string{"nil": "empty-string"}},
		{file: "reply-every-type.xml", value: vm},
		{file: "reply-array-of-operations.xml", value: []any{operation, operation}},
		{file: "reply-empty-list.xml", value: []any{}},
		{file: "reply-count.xml", value: 0},
		{file: "reply-boolean.xml", value: true},
		{file: "reply-with-encoding.xml", value: "é", switches: map[string]string{"reply-header": "utf-8"}},
		{file: "reply-fault.xml", fault: &Fault{Code: 530451, Text: "Error on object : OBJECT_DISK (CAUSE_DATACENTER) [VM and Disk must be in the same datacenter]"}},
		{file: "reply-unknown-method.xml", fault: unsupported("hosting.product.<list>")},
	} {
		t.Run(tc.file, func(t *testing.T) {
			w := New(&Options{Switches: tc.switches})
			f := tc.fault
			got := w.valueReply(tc.value, &f)
			if got.status != 200 || got.header.Get("Content-Type") != "text/xml" {
				t.Errorf("status %d, type %q", got.status, got.header.Get("Content-Type"))
			}
			file := filepath.Join("testdata", "wire", tc.file)
			if *update {
				if err := os.WriteFile(file, got.body, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got.body)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestAValueWithoutFormBecomesAFault(t *testing.T) {
	w := New(nil)
	for _, v := range []any{int64(1), []string{"a"}, Struct{"a": []any{struct{}{}}}, math.NaN()} {
		var f *Fault
		w.valueReply(v, &f)
		if f == nil || f.Code != 100066 {
			t.Errorf("%T: %v", v, f)
		}
	}
}
