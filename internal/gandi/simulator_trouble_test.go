package gandi_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/gandi-operator/gandi-operator/internal/gandi"
	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
)

func aCreate(hostname string) gandi.VMCreateFrom {
	return gandi.VMCreateFrom{
		VM: gandi.VMSpec{
			DatacenterID: luxembourg, Hostname: hostname, MemoryMB: 256, Cores: 1, IPVersion: 4,
			Password: gandi.NewSecret(password, "uid/1/password"),
		},
		Disk:   gandi.DiskSpec{DatacenterID: luxembourg, Name: hostname},
		Source: 3316076, // Debian 8 in Luxembourg
	}
}

// fine stands where no error is expected.
const fine = gandi.Class(-1)

// weathers is each kind of trouble, and what the client has to make of it. A read is struck at each of its attempts.
var weathers = []struct {
	trouble  gandisim.Trouble
	read     gandi.Class
	attempts int
	act      gandi.Class
	changes  bool // whether the call takes effect
}{
	{gandisim.Trouble{Delay: 10 * time.Second}, fine, 1, fine, true},
	{gandisim.Trouble{ReplyDelay: 10 * time.Second}, fine, 1, fine, true},
	{gandisim.Trouble{Delay: 40 * time.Second}, gandi.Retryable, 3, gandi.OutcomeUnknown, false},
	{gandisim.Trouble{ReplyDelay: 40 * time.Second}, gandi.Retryable, 3, gandi.OutcomeUnknown, true},
	{gandisim.Trouble{Delay: 20 * time.Second, ReplyDelay: 20 * time.Second}, gandi.Retryable, 3, gandi.OutcomeUnknown, true},

	{fault(1, `Method "hosting.vm.info" is not supported`), gandi.Refused, 1, gandi.Refused, false},
	{fault(501237, "Error on object : OBJECT_STRING (CAUSE_BADPARAMETER) [string '' does not match '^[a-z0-9]{24}$']"), gandi.Denied, 1, gandi.Denied, false},
	{fault(501237, "Error on object : OBJECT_STRING (CAUSE_BADPARAMETER) [string '_' does not match '^[-_0-9a-z]{1,15}$']"), gandi.Refused, 1, gandi.Refused, false},
	{fault(510150, "Error on object : OBJECT_ACCOUNT (CAUSE_NORIGHT) [invalid API key]"), gandi.Denied, 1, gandi.Denied, false},
	{fault(530040, "Error on object : OBJECT_HOSTING_ACCOUNT (CAUSE_DONTEXIST) [no hosting account found for XX0-GANDI]"), gandi.Denied, 1, gandi.Denied, false},
	{fault(530451, "Error on object : OBJECT_DISK (CAUSE_DATACENTER) [VM and Disk must be in the same datacenter]"), gandi.Refused, 1, gandi.Refused, false},
	{fault(530439, "Error on object : OBJECT_DISK (CAUSE_ATTACHED) [disk#1 associated with snapshot#2 is attached]"), gandi.Busy, 1, gandi.Busy, false},
	{fault(530242, "Error on object : OBJECT_VM (CAUSE_NOTFOUND) [VM '1' doesn't exist.]"), gandi.NotFound, 1, gandi.NotFound, false},
	{fault(530252, "Error on object : OBJECT_VM (CAUSE_BADSTATE) [vm#1 is locked]"), gandi.Retryable, 3, gandi.OutcomeUnknown, false},
	{fault(500066, "Error on object : OBJECT_UNKNOWN (CAUSE_FAILURE) [database]"), gandi.Retryable, 3, gandi.OutcomeUnknown, false},
	{fault(100066, "Error on object : OBJECT_UNKNOWN (CAUSE_FAILURE) [database]"), gandi.Retryable, 3, gandi.OutcomeUnknown, false},
	{fault(110040, "ServerError"), gandi.Retryable, 3, gandi.OutcomeUnknown, false},
	{fault(0, ""), gandi.Retryable, 3, gandi.OutcomeUnknown, false},

	{gandisim.Trouble{Status: 429}, gandi.Throttled, 1, gandi.Throttled, false},
	{gandisim.Trouble{Status: 502}, gandi.Retryable, 3, gandi.OutcomeUnknown, false},
	{gandisim.Trouble{Status: 503}, gandi.Retryable, 3, gandi.OutcomeUnknown, false},
	{gandisim.Trouble{Status: 504}, gandi.Retryable, 3, gandi.OutcomeUnknown, false},
	{gandisim.Trouble{Status: 404}, gandi.Retryable, 3, gandi.OutcomeUnknown, false},
	{gandisim.Trouble{Status: 307}, gandi.Retryable, 3, gandi.OutcomeUnknown, false},
	{gandisim.Trouble{Status: 200}, gandi.Retryable, 3, gandi.OutcomeUnknown, false}, // a page of a proxy

	{gandisim.Trouble{Cut: "before"}, gandi.Retryable, 3, gandi.OutcomeUnknown, false},
	{gandisim.Trouble{Cut: "after"}, gandi.Retryable, 3, gandi.OutcomeUnknown, true},
	{gandisim.Trouble{Cut: "truncate"}, gandi.Retryable, 3, gandi.OutcomeUnknown, true},

	{gandisim.Trouble{Operation: "ERROR"}, fine, 1, fine, true},
	{gandisim.Trouble{Operation: "hang"}, fine, 1, fine, true},
}

func fault(code int, text string) gandisim.Trouble {
	return gandisim.Trouble{Fault: &gandisim.Fault{Code: code, Text: text}}
}

func TestEachTroubleOnARead(t *testing.T) {
	for _, gzip := range []string{"when-asked", "never"} {
		for i, tt := range weathers {
			t.Run(fmt.Sprintf("gzip=%s/%d %s", gzip, i, tt.trouble), func(t *testing.T) {
				inWorld(t, switched("gzip", gzip), func(t *testing.T, s *stand) {
					s.change(map[string]any{"type": "vm", "create": map[string]any{"hostname": "vm"}})
					vm := gandi.VMID(s.last("vms"))
					reads := map[string]func() error{
						"hosting.vm.info":  func() error { _, err := s.client.VM(t.Context(), vm); return err },
						"hosting.vm.list":  func() error { _, err := s.client.VMs(t.Context(), gandi.VMFilter{}); return err },
						"hosting.vm.count": func() error { _, err := s.client.VMCount(t.Context(), gandi.VMFilter{}); return err },
						"version.info":     func() error { _, err := s.client.Version(t.Context()); return err },
						"hosting.account.info": func() error {
							_, err := s.client.AccountInfo(t.Context())
							return err
						},
					}
					s.world.Script(tt.trouble)
					for method, read := range reads {
						err := read()
						s.judge(method, err, tt.read)
						if got := len(received(s.world, method, 0)); got != tt.attempts {
							t.Errorf("%s was received %d times, want %d", method, got, tt.attempts)
						}
					}
					s.world.ClearTroubles()
					for method, read := range reads {
						s.judge(method+" in good weather", read(), fine)
					}
				})
			})
		}
	}
}

// A trouble that passes is ridden over, and nobody is told.
func TestAReadRidesOverShortTrouble(t *testing.T) {
	for i, tt := range weathers {
		if tt.read != gandi.Retryable {
			continue
		}
		for struck, want := range []gandi.Class{fine, fine, fine, gandi.Retryable} {
			if struck == 0 {
				continue
			}
			t.Run(fmt.Sprintf("%d %s, %d times", i, tt.trouble, struck), func(t *testing.T) {
				inWorld(t, nil, func(t *testing.T, s *stand) {
					trouble := tt.trouble
					trouble.Nth, trouble.Count = 1, struck
					s.world.Script(trouble)
					_, err := s.client.Version(t.Context())
					s.judge("version.info", err, want)
					if got, want := len(received(s.world, "version.info", 0)), min(struck+1, 3); got != want {
						t.Errorf("received %d times, want %d", got, want)
					}
				})
			})
		}
	}
}

// The heart of it: one sending, the class, and whether the world moved, for calls of every kind.
func TestEachTroubleOnACall(t *testing.T) {
	for i, tt := range weathers {
		for _, kind := range []string{"repeatable", "once", "paid", "paid on a disk", "disk", "interface", "network", "key", "rollback", "site", "upgrade", "synchronous"} {
			t.Run(fmt.Sprintf("%s/%d %s", kind, i, tt.trouble), func(t *testing.T) {
				inWorld(t, nil, func(_ *testing.T, s *stand) {
					s.change(map[string]any{"type": "vm", "create": map[string]any{"hostname": "vm"}})
					vm := gandi.VMID(s.last("vms"))
					var call gandi.Call
					switch kind {
					case "repeatable":
						call = gandi.VMUpdate{ID: vm, Hostname: new("renamed")}
					case "once":
						call = gandi.VMReboot{ID: vm}
					case "paid":
						call = aCreate("bought")
					case "paid on a disk":
						s.change(map[string]any{"type": "disk", "create": map[string]any{"datacenter_id": 3, "name": "sys"}})
						call = gandi.VMCreate{VM: gandi.VMSpec{
							DatacenterID: luxembourg, Hostname: "bought", SysDiskID: gandi.DiskID(s.last("disks")), IPVersion: 6, SSHKey: sshKey,
						}}
					case "disk":
						call = gandi.DiskCreate{Disk: gandi.DiskSpec{DatacenterID: luxembourg, Name: "bought"}}
					case "interface":
						call = gandi.IfaceCreate{DatacenterID: luxembourg, IPVersion: 6}
					case "network":
						call = gandi.VLANCreate{DatacenterID: luxembourg, Name: "bought"}
					case "key":
						call = gandi.SSHKeyCreate{Name: "bought", Value: sshKey}
					case "rollback":
						disk, snap := s.snapshotted()
						call = gandi.DiskRollback{Disk: disk, Snapshot: snap}
					case "site":
						call = gandi.SiteCreate{Site: aSite("bought")}
					case "upgrade":
						call = gandi.SiteUpgrade{ID: s.panelSite("old"), Package: "professional"}
					case "synchronous":
						// Answers true, and no operation. The operation waits, however long the delay.
						s.world.Script(gandisim.Trouble{Method: "hosting.vm.reboot", Operation: "hang"})
						op := s.submit(gandi.VMReboot{ID: vm})[0]
						call = gandi.OperationCancel{ID: op.ID}
						s.world.ClearTroubles()
					}
					s.strike(call, tt.trouble, tt.act, tt.changes)
				})
			})
		}
	}
}

func (s *stand) strike(call gandi.Call, trouble gandisim.Trouble, want gandi.Class, changes bool) {
	s.t.Helper()
	t, before := s.t, s.marks()
	s.world.Script(trouble)
	ops, err := s.client.Submit(t.Context(), call)
	s.judge(call.Method(), err, want)
	s.world.ClearTroubles()
	if got := len(received(s.world, call.Method(), before.seq)); got != 1 {
		t.Errorf("received %d times", got)
	}
	after := s.marks()
	if changed := after.moves != before.moves; changed != changes {
		t.Errorf("the world changed: %v, want %v", changed, changes)
	}
	if err != nil && changes && gandi.ClassOf(err) != gandi.OutcomeUnknown {
		t.Errorf("the world has changed, and the client says %v", gandi.ClassOf(err))
	}
	if bought := after.bought - before.bought; call.Repeat() == gandi.Paid && changes != (bought == 1) || bought > 1 {
		t.Errorf("bought %d", bought)
	}
	if err != nil && len(ops) != 0 {
		t.Errorf("operations %v beside %v", ops, err)
	}
	if err == nil && trouble.Operation != "" {
		s.endsBadly(call, ops, trouble.Operation)
	}
}

// marks is a place in the life of a world.
type marks struct {
	seq    int
	moves  string
	vms    int // bought
	bought int // things of any kind, whether they cost or not, that must not be made twice
}

// marks counts what calls can bring about at the moment of their effect. Time passes too, and ends operations; that is no
// effect of a call, so steps do not count but for those that were cancelled.
func (s *stand) marks() marks {
	state := s.world.State()
	var cancelled, started int
	for _, v := range state["operations"].([]any) {
		if facts(v.(map[string]any)).str("step") == gandi.StepCancel {
			cancelled++
		}
		started++
	}
	bought := facts(state["bought"].([]any)[0].(map[string]any))
	all := bought.num("vms") + bought.num("disks") + bought.num("ifaces") + len(state["vlans"].([]any)) + len(state["sshkeys"].([]any)) +
		bought.num("sites") + bought.num("site_upgrades")
	counts := []int{all, bought.num("credits"), started, cancelled}
	return marks{lastSeq(s.world), fmt.Sprint(counts), bought.num("vms"), all}
}

// endsBadly follows operations that were told to end in ERROR, or never.
func (s *stand) endsBadly(call gandi.Call, ops []gandi.Operation, how string) {
	s.t.Helper()
	if len(ops) == 0 {
		return
	}
	last := ops[len(ops)-1]
	if last.ID == 0 {
		// What takes effect at once has no operation that could end badly.
		if last.Step != gandi.StepDone || last.SSHKeyID == 0 {
			s.t.Errorf("%s: %+v", call.Method(), last)
		}
		return
	}
	if how == "ERROR" {
		end := s.ended(last.ID)
		if end.Step != gandi.StepError || end.LastError == "" || !end.Finished() {
			s.t.Errorf("%s: operation %+v, want ERROR and why", call.Method(), end)
		}
		return
	}
	time.Sleep(24 * time.Hour)
	op := must[gandi.Operation](s.t)(s.client.Operation(s.t.Context(), last.ID))
	if op.Finished() {
		s.t.Errorf("%s: a hanging operation is %s", call.Method(), op.Step)
	}
	if still := must[[]gandi.Operation](s.t)(s.client.Unfinished(s.t.Context())); len(still) == 0 {
		s.t.Errorf("%s: nothing is unfinished beside a hanging operation", call.Method())
	}
}

func (s *stand) judge(what string, err error, want gandi.Class) {
	s.t.Helper()
	if want != fine {
		turnedDown(s.t, what, err, want)
	} else if err != nil {
		s.t.Errorf("%s: %v", what, err)
	}
}

// A caller that gives up during the call knows as little as one whose call was cut.
func TestACallerThatGivesUp(t *testing.T) {
	for _, tt := range []struct {
		name    string
		trouble gandisim.Trouble
		changes bool
	}{
		{"before the effect", gandisim.Trouble{Delay: 10 * time.Second}, false},
		{"after the effect", gandisim.Trouble{ReplyDelay: 10 * time.Second}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inWorld(t, nil, func(t *testing.T, s *stand) {
				s.world.Script(tt.trouble)
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				defer cancel()
				_, err := s.client.Submit(ctx, aCreate("new"))
				turnedDown(t, "submit", err, gandi.OutcomeUnknown)
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%v does not tell that the caller gave up", err)
				}
				if got := s.bought()["vms"] == 1; got != tt.changes {
					t.Errorf("bought: %v", got)
				}
				_, err = s.client.Version(ctx)
				turnedDown(t, "a read with a context that is done", err, gandi.Retryable)
				seq := lastSeq(s.world)
				_, err = s.client.Submit(ctx, aCreate("never sent"))
				turnedDown(t, "a call with a context that is done", err, gandi.Retryable)
				if lastSeq(s.world) != seq {
					t.Error("a call was sent with a context that is done")
				}
			})
		})
	}
}

// Whatever the weather: one call buys one VM at the most, no error but OutcomeUnknown stands beside a purchase, and what
// Gandi did for an answered call is what the answer says.
func TestAStormBuysNothingTwice(t *testing.T) {
	for seed := range int64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			inWorld(t, &gandisim.Options{Seed: seed, RateLimit: "30/2s"}, func(t *testing.T, s *stand) {
				dice := rand.New(rand.NewPCG(uint64(seed), 1))
				for _, tt := range weathers {
					trouble := tt.trouble
					trouble.Probability = 0.02 + dice.Float64()*0.05
					s.world.Script(trouble)
				}
				seen := map[gandi.Class]int{}
				before := s.marks()
				for n := range 100 {
					ops, err := s.client.Submit(t.Context(), aCreate(fmt.Sprintf("vm-%d", n)))
					entries := received(s.world, "hosting.vm.create_from", before.seq)
					if len(entries) > 1 {
						t.Fatalf("call %d was received %d times", n, len(entries))
					}
					now := s.marks()
					gain := now.vms - before.vms
					before = now
					switch {
					case err == nil && (gain != 1 || len(ops) != 3):
						t.Fatalf("call %d: bought %d, operations %v", n, gain, ops)
					case err != nil && gain != 0 && gandi.ClassOf(err) != gandi.OutcomeUnknown:
						t.Fatalf("call %d: bought %d beside %v (%v)", n, gain, err, gandi.ClassOf(err))
					case err == nil:
						seen[fine]++
					default:
						seen[gandi.ClassOf(err)]++
					}
				}
				for _, class := range []gandi.Class{fine, gandi.OutcomeUnknown, gandi.Refused, gandi.Denied} {
					if seen[class] == 0 {
						t.Errorf("the storm was mild: classes %v", seen)
					}
				}
			})
		})
	}
}
