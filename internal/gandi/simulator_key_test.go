package gandi_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gandi-operator/gandi-operator/internal/gandi"
	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
)

// aPageIsLost strikes the second page and what follows.
var aPageIsLost = gandisim.Trouble{Method: "hosting.vm.list", Nth: 2, Count: 100, Cut: "after"}

// everyCall is one call of each type that the client has, on things with these numbers.
func everyCall(vm gandi.VMID, disk gandi.DiskID, nic gandi.IfaceID, op gandi.OperationID) []gandi.Call {
	onDisk := gandi.VMCreate{VM: aCreate("intruder").VM}
	onDisk.VM.SysDiskID = disk
	copied := aCreate("intruder")
	copied.Source = disk
	return []gandi.Call{
		copied, onDisk,
		gandi.VMUpdate{ID: vm, Hostname: new("taken")}, gandi.VMStart{ID: vm}, gandi.VMStop{ID: vm}, gandi.VMReboot{ID: vm}, gandi.VMDelete{ID: vm},
		gandi.VMDiskDetach{VM: vm, Disk: disk}, gandi.DiskUpdate{ID: disk, Name: new("taken")}, gandi.DiskDelete{ID: disk},
		gandi.IfaceUpdate{ID: nic, BandwidthKbit: new(1024)}, gandi.IfaceDelete{ID: nic}, gandi.OperationCancel{ID: op},
	}
}

// everyRead is one read by number of each kind.
func everyRead(t *testing.T, c *gandi.Client, vm gandi.VMID, disk gandi.DiskID, nic gandi.IfaceID, ip gandi.IPID, op gandi.OperationID) map[string]error {
	t.Helper()
	out := map[string]error{}
	_, out["vm"] = c.VM(t.Context(), vm)
	_, out["disk"] = c.Disk(t.Context(), disk)
	_, out["iface"] = c.Iface(t.Context(), nic)
	_, out["ip"] = c.IP(t.Context(), ip)
	_, out["operation"] = c.Operation(t.Context(), op)
	return out
}

// A key that is not good is told as such by every method, and nothing happens by it.
func TestKeysThatAreNotGood(t *testing.T) {
	for _, tt := range []struct {
		name, key string
		switches  map[string]string
		code      int
	}{
		{"unknown", "nobodys0key0number0three", nil, 510150},
		{"of another form", "Simulator0key0number0one", map[string]string{"key-case": "lower-only"}, 501237},
		{"revoked", gandisim.DefaultAPIKey, nil, 510150},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inWorld(t, &gandisim.Options{Switches: tt.switches}, func(t *testing.T, s *stand) {
				s.change(map[string]any{"type": "vm", "create": map[string]any{"hostname": "vm"}})
				op := s.submit(gandi.VMReboot{ID: gandi.VMID(s.last("vms"))})[0]
				vm, disk, nic, ip := gandi.VMID(s.last("vms")), gandi.DiskID(s.last("disks")), gandi.IfaceID(s.last("ifaces")), gandi.IPID(s.last("ips"))
				c := clientOf(t, s.world, tt.key)
				if tt.name == "revoked" {
					s.world.RevokeKey(tt.key)
				}
				before := s.marks()
				check := func(what string, err error) {
					t.Helper()
					turnedDown(t, what, err, gandi.Denied)
					wantCode(t, err, tt.code)
					if err != nil && strings.Contains(err.Error(), tt.key) {
						t.Errorf("%s: the error tells the key", what)
					}
				}
				for _, call := range everyCall(vm, disk, nic, op.ID) {
					_, err := c.Submit(t.Context(), call)
					check(call.Method(), err)
				}
				for what, err := range everyRead(t, c, vm, disk, nic, ip, op.ID) {
					check(what, err)
				}
				_, err := c.Version(t.Context())
				check("version.info", err)
				_, err = c.AccountInfo(t.Context())
				check("hosting.account.info", err)
				_, err = c.VMs(t.Context(), gandi.VMFilter{})
				check("hosting.vm.list", err)
				if after := s.marks(); after.moves != before.moves {
					t.Errorf("the world moved from %s to %s", before.moves, after.moves)
				}
				if got, want := after(s, before.seq), 13+5+3; got != want {
					t.Errorf("%d requests for %d calls: Denied must not be tried again", got, want)
				}
			})
		})
	}
	if _, err := gandi.NewAPIKey("too short"); err == nil {
		t.Error("a key of nine characters was taken")
	}
}

func after(s *stand, seq int) int { return lastSeq(s.world) - seq }

// A new key of the same handle goes on where the old one stopped.
func TestAKeyThatIsReplaced(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, s *stand) {
		vm := s.vmOf(s.does(aCreate("vm")))
		const next = "next0key0of0the0account0"
		if err := s.world.AddKey(next, gandisim.DefaultHandle); err != nil {
			t.Fatal(err)
		}
		s.world.RevokeKey(gandisim.DefaultAPIKey)
		_, err := s.client.VM(t.Context(), vm)
		turnedDown(t, "the old key", err, gandi.Denied)
		got, err := clientOf(t, s.world, next).VM(t.Context(), vm)
		if err != nil || got.ID != vm {
			t.Errorf("the new key sees %+v, %v", got, err)
		}
	})
}

// Without a hosting account there is a version and no hosting, and that is Denied: nothing about any VM follows from it.
func TestWithoutAHostingAccount(t *testing.T) {
	inWorld(t, &gandisim.Options{Account: "none"}, func(t *testing.T, s *stand) {
		if v, err := s.client.Version(t.Context()); err != nil || v == "" {
			t.Errorf("version %q, %v", v, err)
		}
		check := func(what string, err error) {
			t.Helper()
			turnedDown(t, what, err, gandi.Denied)
			var f *gandi.Fault
			if !errors.As(err, &f) || f.Code != 530040 || !strings.Contains(f.Text, gandisim.DefaultHandle) {
				t.Errorf("%s: fault %v, want 530040 with the handle", what, f)
			}
		}
		_, err := s.client.AccountInfo(t.Context())
		check("account", err)
		_, err = s.client.Datacenters(t.Context(), gandi.DatacenterFilter{})
		check("datacenters", err)
		_, err = s.client.Images(t.Context(), gandi.ImageFilter{})
		check("images", err)
		for what, err := range everyRead(t, s.client, 1, 1, 1, 1, 1) {
			if what != "operation" {
				check(what, err)
			}
		}
		for _, call := range everyCall(1, 1, 1, 1) {
			if _, err := s.client.Submit(t.Context(), call); call.Method() != "operation.cancel" {
				check(call.Method(), err)
			}
		}
		if ops, err := s.client.Operations(t.Context(), gandi.OperationFilter{}); err != nil || len(ops) != 0 {
			t.Errorf("operations %v, %v", ops, err)
		}
	})
}

// What belongs to another handle can neither be seen nor touched, and is never a reason to make it anew: its number is
// refused, or not found where Gandi says so.
func TestThingsOfAnotherHandle(t *testing.T) {
	for position, class := range map[string]gandi.Class{"noright": gandi.Refused, "notfound": gandi.NotFound} {
		t.Run(position, func(t *testing.T) {
			inWorld(t, switched("foreign-object", position), func(t *testing.T, s *stand) {
				other := clientOf(t, s.world, gandisim.OtherAPIKey)
				ops := must[[]gandi.Operation](t)(other.Submit(t.Context(), aCreate("theirs")))
				op, _ := gandi.PickOperation(ops, gandi.TypeVMCreate)
				time.Sleep(time.Minute)
				theirs := must[gandi.VM](t)(other.VM(t.Context(), op.VMID))
				vm, disk, nic, ip := theirs.ID, theirs.DiskIDs[0], theirs.IfaceIDs[0], theirs.Ifaces[0].IPIDs[0]

				before := fmt.Sprint(s.world.State())
				seq := lastSeq(s.world)
				for what, err := range everyRead(t, s.client, vm, disk, nic, ip, op.ID) {
					turnedDown(t, what, err, class)
				}
				for _, call := range everyCall(vm, disk, nic, op.ID) {
					_, err := s.client.Submit(t.Context(), call)
					turnedDown(t, call.Method(), err, class)
				}
				if got, want := after(s, seq), 5+13; got != want {
					t.Errorf("%d requests for %d calls", got, want)
				}
				if now := fmt.Sprint(s.world.State()); now != before {
					t.Errorf("the world has changed from\n%s\nto\n%s", before, now)
				}
				mine := gandi.VMFilter{IDs: []gandi.VMID{vm}}
				if got := must[[]gandi.VM](t)(s.client.VMs(t.Context(), mine)); len(got) != 0 {
					t.Errorf("another handle's VM is listed: %v", got)
				}
				if n := must[int](t)(s.client.VMCount(t.Context(), gandi.VMFilter{})); n != 0 {
					t.Errorf("%d VMs are counted", n)
				}
				if got := must[[]gandi.Operation](t)(s.client.Operations(t.Context(), gandi.OperationFilter{})); len(got) != 0 {
					t.Errorf("another handle's operations are listed: %v", got)
				}
			})
		})
	}
}

// A number that nothing has is not found, by every read and every call.
func TestThingsThatAreNotThere(t *testing.T) {
	inWorld(t, nil, func(t *testing.T, s *stand) {
		s.must404(everyRead(t, s.client, 1, 1, 1, 1, 1))
		_, err := s.client.Datacenter(t.Context(), 99)
		turnedDown(t, "datacenter", err, gandi.NotFound)
		_, err = s.client.Image(t.Context(), 99)
		turnedDown(t, "image", err, gandi.NotFound)
		for _, call := range everyCall(1, 1, 1, 1) {
			_, err := s.client.Submit(t.Context(), call)
			turnedDown(t, call.Method(), err, gandi.NotFound)
		}
		if s.bought()["vms"] != 0 {
			t.Error("something was bought")
		}
	})
}

func (s *stand) must404(errs map[string]error) {
	s.t.Helper()
	for what, err := range errs {
		turnedDown(s.t, what, err, gandi.NotFound)
	}
}

// Thirty requests in two seconds are served; the next is told so, is not tried again by itself, and had no effect.
func TestTheRateLimit(t *testing.T) {
	for _, tt := range []struct {
		refusal  string
		read     gandi.Class
		attempts int
		act      gandi.Class
	}{
		{"429", gandi.Throttled, 1, gandi.Throttled},
		// Nobody knows how Gandi refuses, and neither of these says of itself that nothing was accepted.
		{"503", gandi.Retryable, 3, gandi.OutcomeUnknown},
		{"fault", gandi.Retryable, 3, gandi.OutcomeUnknown},
	} {
		for _, by := range []string{"address", "key"} {
			t.Run(tt.refusal+" by "+by, func(t *testing.T) {
				opts := &gandisim.Options{RateLimit: "30/2s", Switches: map[string]string{"rate-limit-refusal": tt.refusal, "rate-limit-by": by}}
				inWorld(t, opts, func(t *testing.T, s *stand) {
					for n := range 30 {
						if _, err := s.client.Version(t.Context()); err != nil {
							t.Fatalf("request %d: %v", n, err)
						}
					}
					_, err := s.client.Submit(t.Context(), aCreate("vm"))
					turnedDown(t, "the 31st request, a purchase", err, tt.act)
					if got := len(received(s.world, "hosting.vm.create_from", 0)); got != 1 || s.bought()["vms"] != 0 {
						t.Errorf("the purchase was received %d times, bought %d", got, s.bought()["vms"])
					}
					_, err = s.client.VMCount(t.Context(), gandi.VMFilter{})
					turnedDown(t, "the 32nd request, a read", err, tt.read)
					if got := len(received(s.world, "hosting.vm.count", 0)); got != tt.attempts {
						t.Errorf("the read was received %d times, want %d", got, tt.attempts)
					}
					time.Sleep(2 * time.Second)
					s.does(aCreate("vm"))
					if s.bought()["vms"] != 1 {
						t.Errorf("bought %v", s.bought())
					}
				})
			})
		}
	}
}
