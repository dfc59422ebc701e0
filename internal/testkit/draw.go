package testkit

import (
	"math"
	"reflect"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// A Draw makes choices out of the bytes of a fuzzer. Where no bytes are left, it
// chooses the first of all, so what is built with it ends, and is small.
type Draw struct{ rest []byte }

// NewDraw draws from b.
func NewDraw(b []byte) *Draw { return &Draw{b} }

// N is a number below n, which is at most 256.
func (d *Draw) N(n int) int {
	if len(d.rest) == 0 {
		return 0
	}
	b := d.rest[0]
	d.rest = d.rest[1:]
	return int(b) % n
}

// Bool is a choice of two.
func (d *Draw) Bool() bool { return d.N(2) == 1 }

// OneOf is one of all.
func OneOf[T any](d *Draw, all ...T) T { return all[d.N(len(all))] }

// fieldWords are what people and Gandi write into fields, by the field's name; others get
// one of anyWord.
var fieldWords = map[string][]string{
	"Datacenter":         {"FR-SD3", "equinix paris", "4", "nowhere", "FR"},
	"Name":               {"a", "b", "c", "data", "gtok"},
	"Label":              {"Ubuntu 10.04", "Debian 8 (HVM)", "Debian Nine", "debian 8 (hvm)"},
	"Kernel":             {"3.12-x86_64 (hvm)", "2.6.32", "none such"},
	"KernelVersion":      {"3.12-x86_64 (hvm)", "2.6.32", ""},
	"SnapshotProfile":    {"minimal", "none", "7", "none such"},
	"Hostname":           {"web", "zürich", "a.b", strings.Repeat("h", 300)},
	"State":              {"running", "created", "free", "halted", "running", "created", "used", "halted", "being_created", "deleted", "locked", "paused", "invalid", "new_state", strings.Repeat("s", 70)},
	"Type":               {"data", "snapshot", "public", "private", "vm", "disk", "iface", "raw", strings.Repeat("t", 40)},
	"Subnet":             {"192.168.1.0/24", "10.0.0.0/8", "::/0", "nonsense"},
	"Gateway":            {"192.168.1.254", "10.0.0.1", "nonsense"},
	"Address":            {"192.168.1.10", "10.0.0.9", "::1", "nonsense"},
	"Addr":               {"192.168.1.10", "10.0.0.9", "2001:4b98::1", "nonsense", strings.Repeat("1", 300)},
	"Vhosts":             {"www.example.org", "a.sites.gandi.example", "b.example.org", strings.Repeat("v", 300)},
	"PreferredVhost":     {"www.example.org", "a.sites.gandi.example", strings.Repeat("v", 300)},
	"Package":            {"personal", "professional", "business", "none-such"},
	"Provider":           {"basekit_whitelabel", "other"},
	"Duration":           {"3m", "1y", "12m"},
	"PublicKey":          {PublicKey, "ssh-rsa AAAA", "nonsense"},
	"Fingerprint":        {"00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff", "", "nonsense"},
	"PowerState":         {"Running", "Stopped"},
	"RebootPolicy":       {"Automatic", "Manual"},
	"UpgradePolicy":      {"Automatic", "Manual"},
	"Mode":               {"Manual", "GandiZone", "ExternalDNS"},
	"ManagementPolicy":   {"Manage", "Observe"},
	"DeletionPolicy":     {"", "Delete", "Retain"},
	"OnExternalDeletion": {"", "Recreate", "Hold"},
	"Class":              {"Refused", "OperationFailed", "Unconfirmed", "x"},
	"Method":             {"hosting.vm.update", "hosting.vm.create_from", "hosting.disk.update", "hosting.disk.migrate", "hosting.iface.update", "site.update", "site.create"},
	"Reason":             {"ReasonA", "RebootNeeded"},
	"Context":            {"", "running", "halted"},
	"Resolution":         {"", "x"},
}

var anyWord = []string{"", "a", "b", "1", "-1", "=", " ", "é\u2028", strings.Repeat("x", 2000)}

// keys are those of status.applied, of all kinds.
var keys = []string{"password", "bootstrap", "maxMemory", "cmdline", "dropped", "cameWithDisk", "cameWithInterface", "name", "size", "kernel", "snapshotProfile", "migration", "duration", "vhosts", "zones", "upgrade", "asked"}

var quantities = []string{"512Mi", "1Gi", "2Gi", "3Gi", "10Gi", "24Gi", "0", "1", "100Mi", "1Ti", "8Ei"}

// Fill fills all exported fields of what into points to.
func (d *Draw) Fill(into any) { d.fill(reflect.ValueOf(into).Elem(), "", 0) }

// deepest is how far into a structure values are drawn.
const deepest = 6

func (d *Draw) fill(v reflect.Value, field string, depth int) {
	if depth > deepest || !v.CanSet() {
		return
	}
	switch v.Addr().Interface().(type) {
	case *time.Time:
		v.Set(reflect.ValueOf(d.time()))
		return
	case *metav1.Time:
		v.Set(reflect.ValueOf(metav1.NewTime(d.time())))
		return
	case *metav1.MicroTime:
		v.Set(reflect.ValueOf(metav1.NewMicroTime(d.time())))
		return
	case *resource.Quantity:
		v.Set(reflect.ValueOf(resource.MustParse(OneOf(d, quantities...))))
		return
	}
	switch v.Kind() { //nolint:exhaustive // records and specs are made of these
	case reflect.Bool:
		v.SetBool(d.Bool())
	case reflect.String:
		if all := fieldWords[field]; all != nil {
			v.SetString(OneOf(d, all...))
			return
		}
		v.SetString(OneOf(d, anyWord...))
	case reflect.Int, reflect.Int32, reflect.Int64:
		v.SetInt(d.integer(field))
	case reflect.Float64:
		v.SetFloat(OneOf(d, 0, 1024, 102400, -1, 1e300, 0.5))
	case reflect.Pointer:
		if d.Bool() {
			v.Set(reflect.New(v.Type().Elem()))
			d.fill(v.Elem(), field, depth+1)
		}
	case reflect.Slice:
		n := d.N(4)
		if d.N(64) == 63 {
			n = 70 // more than any schema holds
		}
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			d.fill(v.Index(i), field, depth+1)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range d.N(4) {
			if v.Type().Key().Kind() == reflect.String && v.Type().Elem().Kind() == reflect.String {
				v.SetMapIndex(reflect.ValueOf(OneOf(d, keys...)), reflect.ValueOf(OneOf(d, "", "1", "2", "x", "512", "-1", "a b")))
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			d.fill(v.Field(i), v.Type().Field(i).Name, depth+1)
		}
	}
}

// integer is a number as it may stand in field: an id, a size, or anything.
func (d *Draw) integer(field string) int64 {
	switch {
	case strings.HasSuffix(field, "MB"):
		return OneOf[int64](d, 512, 1024, 2048, 3072, 4096, 10240, 0, 1, -5, 24576, math.MaxInt32)
	case field == "IPVersion" || field == "Version":
		return OneOf[int64](d, 4, 6, 0)
	case field == "Generation" || field == "ObservedGeneration":
		return OneOf[int64](d, 1, 2)
	default:
		return OneOf[int64](d, 1, 2, 3, 4, 1, 2, 3, 4, 5, 0, -1, 100, math.MaxInt32)
	}
}

// time is a moment about now, or none.
func (d *Draw) time() time.Time {
	return OneOf(d, time.Time{}, time.Now(), time.Now().Add(-time.Hour), time.Now().Add(-48*time.Hour), time.Now().Add(time.Hour), time.Unix(1<<36, 0)).Truncate(time.Second)
}

// Alter draws one field somewhere in what into points to anew.
func (d *Draw) Alter(into any) {
	v := reflect.ValueOf(into).Elem()
	field := ""
	for depth := 0; ; depth++ {
		switch {
		case v.Kind() == reflect.Pointer && !v.IsNil() && v.Elem().Kind() == reflect.Struct && d.Bool():
			v = v.Elem()
		case v.Kind() == reflect.Slice && v.Len() > 0 && d.Bool():
			v = v.Index(d.N(v.Len()))
		case v.Kind() == reflect.Struct && v.Type() != reflect.TypeFor[resource.Quantity]() && v.NumField() > 0:
			i := d.N(v.NumField())
			field = v.Type().Field(i).Name
			v = v.Field(i)
		default:
			d.fill(v, field, depth)
			return
		}
	}
}
