package gandisim

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// Calls that no sane client sends: every method with arguments of the declared types and
// with others, over a world that they fill. Nothing may panic, and every reply must have
// a form on the wire.
func TestEveryMethodSurvivesAStorm(t *testing.T) {
	for account, least := range map[string]int{"credits": 20, "shares": 20, "none": 4} {
		for seed := range uint64(2) {
			t.Run(fmt.Sprint(account, " ", seed), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := New(&Options{Account: account, Seed: int64(seed), Switches: map[string]string{
						"repeat-start-stop": "no-op", "second-mutation": "queue", "unknown-field": "ignored", "unknown-filter": "ignored",
					}})
					if n := storm(t, w, rand.New(rand.NewPCG(seed, 1)), 1000); n < least {
						t.Errorf("only %d methods ever answered, of %d", n, len(w.methods()))
					}
				})
			})
		}
	}
}

// storm makes calls, and gives how many methods ever answered.
func storm(t *testing.T, w *World, dice *rand.Rand, calls int) int {
	t.Helper()
	methods := w.methods()
	names := slices.Sorted(maps.Keys(methods))
	s := &gusts{dice: dice}
	served := map[string]bool{}
	for range calls {
		name := names[dice.IntN(len(names))]
		args := []any{[]string{DefaultAPIKey, DefaultAPIKey, DefaultAPIKey, OtherAPIKey}[dice.IntN(4)]}
		for _, p := range methods[name].params {
			if p.optional && dice.IntN(3) == 0 {
				break
			}
			args = append(args, s.argument(p.kind))
		}
		got := ask(t.Context(), w.Transport(), anywhere, name, args...)
		if got.err != nil || got.status != 200 || got.fault != nil && got.fault.Code == 100066 {
			t.Fatalf("%s%v: %+v %+v", name, args, got, got.fault)
		}
		if got.fault == nil {
			served[name] = true
			s.learn(got.value)
		}
		if dice.IntN(4) == 0 {
			wait(time.Duration(dice.IntN(60)) * time.Second)
		}
	}
	w.State()
	return len(served)
}

// gusts makes arguments, out of ids that the world told and of values that are never
// right.
type gusts struct {
	dice *rand.Rand
	ids  []int
}

func (s *gusts) learn(v any) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			s.learn(item)
		}
	case Struct:
		for _, name := range []string{"id", "vm_id", "disk_id", "iface_id", "ip_id", "site_id"} {
			if id, ok := v[name].(int); ok && len(s.ids) < 2000 {
				s.ids = append(s.ids, id)
			}
		}
	}
}

func (s *gusts) id() int {
	if len(s.ids) == 0 || s.dice.IntN(8) == 0 {
		return s.dice.IntN(9) - 1
	}
	return s.ids[s.dice.IntN(len(s.ids))]
}

func (s *gusts) argument(kind string) any {
	if s.dice.IntN(20) == 0 {
		return s.any(0)
	}
	switch kind {
	case "int", "site":
		return s.id()
	case "string":
		return s.word()
	case "bool":
		return s.dice.IntN(2) == 0
	case "double":
		return s.dice.Float64() * 1e6
	case "array":
		return []any{s.any(0), s.any(0)}
	case "struct":
		return s.spec()
	}
	return s.any(0)
}

func (s *gusts) word() string {
	words := []string{
		"", "web", "running", "halted", "DONE", "WAIT", "data", "snapshot", "192.168.1.1", "192.168.1.0/24", "Secret-password-42",
		"2012-10-31 00:00:00", "20121031T00:00:00", "id ASC", "date_created DESC", "-1 ASC", "3.12-x86_64 (hvm)", "ssh-rsa AAAAB3Nza x",
		"read", "all", "Ubuntu%", "é", "\x00", "instance", "vm", "vif.bytes.all", "EUR", "personal", "3m", "www.example.org", "a." + ParkingDomain, "basekit_whitelabel",
	}
	return words[s.dice.IntN(len(words))]
}

func (s *gusts) any(depth int) any {
	switch s.dice.IntN(9) {
	case 0:
		return s.id()
	case 1:
		return []int{0, -1, 1 << 30, 256, 1024, 2048, 24576, 64}[s.dice.IntN(8)]
	case 2:
		return s.dice.Float64() * 1e5
	case 3:
		return s.dice.IntN(2) == 0
	case 4:
		return nil
	case 5:
		return []any{s.id(), s.word()}
	case 6:
		return time.Date(2012, 10, 31, 0, 0, 0, 0, time.UTC)
	case 7:
		if depth < 3 {
			return Struct{s.field(): s.any(depth + 1)}
		}
	}
	return s.word()
}

func (s *gusts) field() string {
	fields := slices.Sorted(maps.Keys(shownFields()))
	fields = append(fields, "password", "login", "ssh_key", "run", "script", "script_args", "value", "resource", "sampler", "items", "params", "")
	name := fields[s.dice.IntN(len(fields))]
	if s.dice.IntN(6) == 0 {
		name = []string{"~", ">", "<"}[s.dice.IntN(3)] + name
	}
	return name
}

// spec is mostly a sane specification, so that the storm also makes things.
func (s *gusts) spec() Struct {
	spec := Struct{}
	if s.dice.IntN(2) == 0 {
		spec = Struct{
			"datacenter_id": 1 + s.dice.IntN(5), "hostname": "web", "memory": 256 << s.dice.IntN(4), "cores": 1 + s.dice.IntN(3), "ip_version": 4 + 2*s.dice.IntN(2),
			"bandwidth": 102400.0, "password": "Secret-password-42", "name": fmt.Sprint("n", s.dice.IntN(50)), "size": 1024 * (1 + s.dice.IntN(5)),
		}
		for name := range maps.Clone(spec) {
			if s.dice.IntN(6) == 0 {
				delete(spec, name)
			}
		}
	}
	if s.dice.IntN(4) == 0 {
		spec = Struct{"name": "Shop", "vhosts": []any{fmt.Sprintf("n%d.%s", s.dice.IntN(50), ParkingDomain)}, "vhost": "www.example.org", "--dry-run": s.dice.IntN(3) == 0}
		for name := range maps.Clone(spec) {
			if s.dice.IntN(3) == 0 {
				delete(spec, name)
			}
		}
	}
	for range s.dice.IntN(3) {
		spec[s.field()] = s.any(0)
	}
	return spec
}
