package gandi_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/gandi-operator/gandi-operator/internal/gandi"
	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
)

const (
	luxembourg = gandi.DatacenterID(3)
	password   = "Correct-Horse-7"
	sshKey     = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJfnGqbtUX5iVuTMf5YYbdKYmRDgZwRrEnYiFIR6mTbW me"
)

// A VM's life works, whatever the real Gandi turns out to be.
func TestALifeInEveryPositionOfEverySwitch(t *testing.T) {
	everyWorld(t, func(s *stand, sw map[string]string) { s.life(sw) })
	t.Run("shares", func(t *testing.T) {
		inWorld(t, &gandisim.Options{Account: "shares"}, func(_ *testing.T, s *stand) { s.life(nil) })
	})
}

// everyWorld runs live in worlds of many kinds, to hold each answer against the world: one life through every method and
// call. The first four worlds have each position of each switch among them, for no switch has more; in the others chance
// mixes them.
func everyWorld(t *testing.T, live func(s *stand, sw map[string]string)) {
	t.Helper()
	covered := map[string]bool{}
	for n := range 12 {
		dice := rand.New(rand.NewPCG(uint64(n), 7))
		sw := map[string]string{}
		for i, each := range gandisim.Switches() {
			place := n + i
			if n >= 4 {
				place = dice.IntN(len(each.Positions))
			}
			sw[each.Name] = each.Positions[place%len(each.Positions)]
			covered[each.Name+"="+sw[each.Name]] = true
		}
		if testing.Short() && n%4 != 0 {
			continue // each world covers a share of all positions by itself
		}
		t.Run(fmt.Sprintf("mixed %d", n), func(t *testing.T) {
			inWorld(t, &gandisim.Options{Switches: sw}, func(t *testing.T, s *stand) {
				live(s, sw)
				if t.Failed() {
					t.Logf("switches %v", sw)
				}
			})
		})
	}
	for _, each := range gandisim.Switches() {
		for _, position := range each.Positions {
			if !covered[each.Name+"="+position] {
				t.Errorf("no world has %s=%s", each.Name, position)
			}
		}
	}
	t.Run("defaults", func(t *testing.T) {
		inWorld(t, nil, func(_ *testing.T, s *stand) { live(s, nil) })
	})
	t.Run("an edition of 2011", func(t *testing.T) {
		old := map[string]string{
			"nil": "empty-string", "op-reply": "array", "create-reply-ids": "params-only", "datacenter-fields": "guide",
			"dates": "paris", "farm": "nowhere", "list-lag": "everything", "gzip": "never", "operation-ids": "shuffled", "bill": "slow",
		}
		inWorld(t, &gandisim.Options{Switches: old}, func(_ *testing.T, s *stand) { live(s, old) })
	})
}

func (s *stand) life(sw map[string]string) {
	s.agreeOnCatalog()
	s.agree(sw)
	image := s.image("Debian 8 (HVM)", luxembourg)
	keyID := s.submit(gandi.SSHKeyCreate{Name: "mine", Value: sshKey})[0].SSHKeyID

	// A whole create, with all that a specification can say.
	ops := s.submit(gandi.VMCreateFrom{
		VM: gandi.VMSpec{
			DatacenterID: luxembourg, Hostname: "wébserver", MemoryMB: 512, Cores: 1, IPVersion: 4, BandwidthKbit: 51200, Login: "admin",
			Password: gandi.NewSecret(password, "uid/1/password"), SSHKey: sshKey, Run: "apt-get update", Script: "#!/bin/sh", ScriptArgs: "a b",
			Farm: "farm & <field>", Console: new(true),
		},
		Disk:   gandi.DiskSpec{DatacenterID: luxembourg, Name: "web", SizeMB: 10240, Cmdline: "root=/dev/sda ro", SnapshotProfile: 1},
		Source: image.DiskID,
	})
	web := s.vmOf(ops)
	for i, typ := range []string{gandi.TypeDiskCreate, gandi.TypeIfaceCreate, gandi.TypeVMCreate} {
		if len(ops) != 3 || ops[i].Type != typ {
			s.t.Fatalf("operations %v, want disk_create, iface_create, vm_create", ops)
		}
	}
	s.agreeOnEach(sw) // while nothing is done yet
	if unfinished := must[[]gandi.Operation](s.t)(s.client.Unfinished(s.t.Context())); sw["list-lag"] != "everything" && len(unfinished) != 3 {
		s.t.Errorf("%d unfinished operations, want 3", len(unfinished))
	}
	s.settle(ops)
	s.agree(sw)
	s.wantVM(web, facts{"state": "running", "hostname": "wébserver", "memory": 512, "farm": "farm & <field>", "console": 1, "boots": 1, "has_password": true})
	disk, nic := s.part(web, "disks_id"), s.part(web, "ifaces_id")

	s.does(gandi.VMReboot{ID: web})
	s.wantVM(web, facts{"state": "running", "boots": 2})
	s.does(gandi.VMStop{ID: web})
	s.wantVM(web, facts{"state": "halted"})
	s.does(gandi.VMUpdate{ID: web, MaxMemoryMB: new(4096)})
	s.does(gandi.VMUpdate{
		ID: web, Hostname: new("renamed"), MemoryMB: new(3072), Cores: new(2), Console: new(false), Password: gandi.NewSecret(password+"8", "uid/2/password"),
	})
	s.wantVM(web, facts{"hostname": "renamed", "memory": 3072, "vm_max_memory": 4096, "cores": 2, "console": 0})
	s.does(gandi.VMStart{ID: web})
	s.wantVM(web, facts{"state": "running", "boots": 3})
	s.does(gandi.IfaceUpdate{ID: gandi.IfaceID(nic), BandwidthKbit: new(102400)})
	s.wantFacts("ifaces", nic, facts{"bandwidth": 102400.0})
	s.does(gandi.DiskUpdate{
		ID: gandi.DiskID(disk), Name: new("web-2"), SizeMB: new(20480), Kernel: new("grub"), Cmdline: new("root=/dev/sda1 ro"),
		SnapshotProfile: new(gandi.SnapshotProfileID(0)),
	})
	s.wantFacts("disks", disk, facts{"name": "web-2", "size": 20480, "kernel_version": "grub", "snapshot_profile": nil})
	s.agree(sw)

	// The disk moves on to a second VM, and stands on an interface of one's own there.
	s.does(gandi.VMStop{ID: web})
	s.does(gandi.VMDiskDetach{VM: web, Disk: gandi.DiskID(disk)})
	s.wantFacts("disks", disk, facts{"vms_id": []any{}})
	s.change(map[string]any{"type": "iface", "create": map[string]any{"datacenter_id": 3, "ip_version": 6}})
	free := s.last("ifaces")
	create := gandi.VMCreate{VM: gandi.VMSpec{
		DatacenterID: luxembourg, Hostname: "db", MemoryMB: 1024, MaxMemoryMB: 4096, Cores: 3, IfaceID: gandi.IfaceID(free),
		SysDiskID: gandi.DiskID(disk), KeyIDs: []gandi.SSHKeyID{keyID}, Farm: "farm & <field>",
	}}
	if sw["create-max-memory"] == "faulted" {
		_, err := s.client.Submit(s.t.Context(), create)
		turnedDown(s.t, "create with vm_max_memory", err, gandi.Refused)
		create.VM.MaxMemoryMB = 0
	}
	ops = s.does(create)
	if _, ok := gandi.PickOperation(ops, gandi.TypeIfaceCreate); ok || len(ops) != 1 {
		s.t.Errorf("operations %v of a create on a disk and an interface of one's own, want vm_create alone", ops)
	}
	db := s.vmOf(ops)
	s.wantVM(db, facts{"state": "running", "disks_id": []any{disk}, "ifaces_id": []any{free}, "keys": []any{int(keyID)}})
	s.agree(sw)
	s.filters(sw)

	// An operation withdrawn before it begins, where that can be.
	stop := s.submit(gandi.VMStop{ID: db})
	_, err := s.client.Submit(s.t.Context(), gandi.OperationCancel{ID: stop[0].ID})
	if sw["cancel"] == "never" {
		// The code of a wrong state is nobody's knowledge: whoever reads it as "nothing happened" may be wrong.
		want := gandi.OutcomeUnknown
		if sw["unknown-faults"] == "badparameter" {
			want = gandi.Refused
		}
		turnedDown(s.t, "cancel", err, want)
		s.settle(stop)
	} else {
		if err != nil {
			s.t.Fatal(err)
		}
		if end := s.ended(stop[0].ID); end.Step != gandi.StepCancel {
			s.t.Errorf("a cancelled operation is %s", end.Step)
		}
		s.does(gandi.VMStop{ID: db})
	}
	s.does(gandi.VMDelete{ID: db}) // takes the disk and the interface along
	s.does(gandi.VMDelete{ID: web})
	for _, id := range []gandi.VMID{web, db} {
		s.gone(sw, "vm", func() (string, error) {
			vm, err := s.client.VM(s.t.Context(), id)
			return vm.State, err
		})
	}
	s.gone(sw, "disk", func() (string, error) {
		d, err := s.client.Disk(s.t.Context(), gandi.DiskID(disk))
		return d.State, err
	})
	_, err = s.client.Iface(s.t.Context(), gandi.IfaceID(nic))
	turnedDown(s.t, "the interface of a deleted VM", err, gandi.NotFound)

	// What is left over can be removed on its own.
	s.change(map[string]any{"type": "iface", "create": map[string]any{"datacenter_id": 3}})
	s.change(map[string]any{"type": "disk", "create": map[string]any{"datacenter_id": 3, "name": "orphan"}})
	nic, disk = s.last("ifaces"), s.last("disks")
	s.agree(sw)
	s.does(gandi.IfaceDelete{ID: gandi.IfaceID(nic)})
	s.does(gandi.DiskDelete{ID: gandi.DiskID(disk)})
	_, err = s.client.Iface(s.t.Context(), gandi.IfaceID(nic))
	turnedDown(s.t, "a deleted interface", err, gandi.NotFound)
	s.gone(sw, "disk", func() (string, error) {
		d, err := s.client.Disk(s.t.Context(), gandi.DiskID(disk))
		return d.State, err
	})
	s.agree(sw)
	if got, want := s.bought(), map[string]int{"vms": 2, "disks": 0, "ifaces": 1, "credits": 0}; fmt.Sprint(got) != fmt.Sprint(want) {
		s.t.Errorf("bought %v, want %v", got, want)
	}
	for _, e := range s.world.Journal() {
		if e.Handle != gandisim.DefaultHandle || e.Alias != "" {
			s.t.Errorf("call %d, %s, came as %q by handle %q", e.Seq, e.Method, e.Alias, e.Handle)
		}
	}
}

func (s *stand) image(label string, dc gandi.DatacenterID) gandi.Image {
	s.t.Helper()
	images := must[[]gandi.Image](s.t)(s.client.Images(s.t.Context(), gandi.ImageFilter{Label: label, DatacenterID: dc}))
	if len(images) != 1 {
		s.t.Fatalf("%d images %q in datacenter %d, want 1", len(images), label, dc)
	}
	return images[0]
}

// part is the first disk or interface of a VM.
func (s *stand) part(vm gandi.VMID, key string) int {
	s.t.Helper()
	return s.one("vms", int(vm)).list(key)[0].(int)
}

// last is the newest thing of a list.
func (s *stand) last(list string) int {
	all := s.state(list)
	return all[len(all)-1].num("id")
}

func (s *stand) wantVM(id gandi.VMID, want facts) {
	s.t.Helper()
	s.wantFacts("vms", int(id), want)
}

func (s *stand) wantFacts(list string, id int, want facts) {
	s.t.Helper()
	have := s.one(list, id)
	for key, v := range want {
		same(s.t, fmt.Sprintf("%s %d: %s", list, id, key), have[key], v)
	}
}

// gone is what a deleted thing looks like in each position of the switch for it.
func (s *stand) gone(sw map[string]string, what string, look func() (string, error)) {
	s.t.Helper()
	state, err := look()
	want := ""
	switch sw["deleted-objects"] {
	case "visible":
		want = "deleted"
	case "redemption":
		want = map[string]string{"vm": "deleted", "disk": "redemption"}[what]
	}
	if want == "" {
		turnedDown(s.t, "a deleted "+what, err, gandi.NotFound)
	} else if err != nil || state != want {
		s.t.Errorf("a deleted %s is %q, %v, want %s", what, state, err, want)
	}
}

// caughtUp waits until lists show what is.
func caughtUp(sw map[string]string) {
	if lag := sw["list-lag"]; lag != "" && lag != "none" {
		time.Sleep(6 * time.Second)
	}
}

// agree holds everything that can be read against the world, once lists have caught up.
func (s *stand) agree(sw map[string]string) {
	s.t.Helper()
	caughtUp(sw)
	s.agreeOnEach(sw)
	ctx, c := s.t.Context(), s.client
	farm := func(f facts) gandi.VM { return wantListedVM(f, sw["farm"] == "list") }
	same(s.t, "vm.list", must[[]gandi.VM](s.t)(c.VMs(ctx, gandi.VMFilter{})), each(s.state("vms"), farm))
	same(s.t, "disk.list", must[[]gandi.Disk](s.t)(c.Disks(ctx, gandi.DiskFilter{})), each(s.state("disks"), wantDisk))
	same(s.t, "iface.list", must[[]gandi.Iface](s.t)(c.Ifaces(ctx, gandi.IfaceFilter{})), each(s.state("ifaces"), wantIface))
	same(s.t, "ip.list", must[[]gandi.IP](s.t)(c.IPs(ctx, gandi.IPFilter{})), each(s.state("ips"), wantIP))
	same(s.t, "vlan.list", must[[]gandi.VLAN](s.t)(c.VLANs(ctx, gandi.VLANFilter{})), each(s.state("vlans"), wantVLAN))
	same(s.t, "ssh.list", must[[]gandi.SSHKey](s.t)(c.SSHKeys(ctx, gandi.SSHKeyFilter{})), each(s.state("sshkeys"), wantListedKey))
	ops := must[[]gandi.Operation](s.t)(c.Operations(ctx, gandi.OperationFilter{}))
	for i := range ops {
		ops[i] = receivedParams(ops[i])
	}
	same(s.t, "operation.list", ops, each(s.state("operations"), wantOperation))
	same(s.t, "vm.count", must[int](s.t)(c.VMCount(ctx, gandi.VMFilter{})), len(s.state("vms")))
	same(s.t, "operation.count", must[int](s.t)(c.OperationCount(ctx, gandi.OperationFilter{})), len(s.state("operations")))
}

// agreeOnCatalog holds what Gandi offers against the world; no call changes it.
func (s *stand) agreeOnCatalog() {
	s.t.Helper()
	ctx, c := s.t.Context(), s.client
	if v := must[string](s.t)(c.Version(ctx)); v != "3.3.42" {
		s.t.Errorf("version %q", v)
	}
	same(s.t, "datacenter.list", must[[]gandi.Datacenter](s.t)(c.Datacenters(ctx, gandi.DatacenterFilter{})), each(s.state("datacenters"), wantDatacenter))
	same(s.t, "image.list", must[[]gandi.Image](s.t)(c.Images(ctx, gandi.ImageFilter{})), each(s.state("images"), wantImage))
	for _, f := range s.state("datacenters") {
		want := wantDatacenter(f)
		same(s.t, "datacenter.info", must[gandi.Datacenter](s.t)(c.Datacenter(ctx, want.ID)), want)
	}
	for _, f := range s.state("images") {
		want := wantImage(f)
		same(s.t, "image.info", must[gandi.Image](s.t)(c.Image(ctx, want.ID)), want)
	}
}

// agreeOnEach holds every thing's own record against the world; these never lag.
func (s *stand) agreeOnEach(sw map[string]string) {
	s.t.Helper()
	ctx, c := s.t.Context(), s.client
	s.agreeOnAccount()
	for _, f := range s.state("vms") {
		want := wantVM(f)
		if sw["farm"] == "nowhere" {
			want.Farm, want.FarmTold = "", false
		}
		same(s.t, "vm.info", must[gandi.VM](s.t)(c.VM(ctx, want.ID)), want)
	}
	for _, f := range s.state("disks") {
		want := wantDisk(f)
		same(s.t, "disk.info", must[gandi.Disk](s.t)(c.Disk(ctx, want.ID)), want)
	}
	for _, f := range s.state("ifaces") {
		want := wantIface(f)
		same(s.t, "iface.info", must[gandi.Iface](s.t)(c.Iface(ctx, want.ID)), want)
	}
	for _, f := range s.state("ips") {
		want := wantIP(f)
		same(s.t, "ip.info", must[gandi.IP](s.t)(c.IP(ctx, want.ID)), want)
	}
	for _, f := range s.state("vlans") {
		want := wantVLAN(f)
		same(s.t, "vlan.info", must[gandi.VLAN](s.t)(c.VLAN(ctx, want.ID)), want)
	}
	for _, f := range s.state("sshkeys") {
		want := wantKey(f)
		same(s.t, "ssh.info", must[gandi.SSHKey](s.t)(c.SSHKey(ctx, want.ID)), want)
	}
	for _, f := range s.state("operations") {
		want := wantOperation(f)
		same(s.t, "operation.info", receivedParams(must[gandi.Operation](s.t)(c.Operation(ctx, want.ID))), want)
	}
}

func (s *stand) agreeOnAccount() {
	s.t.Helper()
	a := must[gandi.Account](s.t)(s.client.AccountInfo(s.t.Context()))
	f := s.state("accounts")[slices.IndexFunc(s.state("accounts"), func(f facts) bool { return f.str("handle") == gandisim.DefaultHandle })]
	if a.ID != f.num("id") || a.Handle != gandisim.DefaultHandle || a.Fullname == "" || a.CycleDay < 1 || a.CycleDay > 28 {
		s.t.Errorf("account %+v, world %v", a, f)
	}
	if a.RatingEnabled {
		if a.Credits != f.amount("credits") || a.Resources != nil || a.ShareDefinition != nil || a.CreditsExpireAt.IsZero() {
			s.t.Errorf("account with credits %+v, world %v", a, f)
		}
		return
	}
	r := a.Resources
	if r == nil || a.Credits != 0 || a.ShareDefinition["shares"] != 1 || r.Granted["shares"] != 24 || r.Expired["shares"] != 0 ||
		r.Used["servers"] != float64(len(s.state("vms"))) || r.Available["servers"] != r.Granted["servers"]-r.Used["servers"] {
		s.t.Errorf("account with shares %+v, resources %+v", a, r)
	}
}
