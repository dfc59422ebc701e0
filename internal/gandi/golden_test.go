package gandi

import (
	"context"
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "renew the golden requests; replies are written by hand")

func day(s string) time.Time {
	t, err := time.Parse("20060102T15:04:05", s)
	if err != nil {
		panic(err)
	}
	return t
}

func must[T any](v T, err error) (any, error) { return v, err }

const (
	goldenKey         = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJfnGqbtUX5iVuTMf5YYbdKYmRDgZwRrEnYiFIR6mTbW me"
	goldenFingerprint = "38:97:83:a3:69:4c:74:3d:a3:21:d5:2c:b8:f9:f5:ae"
)

var (
	goldenIP4 = IP{
		ID: 204557, Addr: "95.142.160.181", Version: 4, State: IPCreated, Reverse: "xvm-160-181.dc0.ghst.net",
		IfaceID: 156573, DatacenterID: 1, DateCreated: day("20150114T10:00:00"), DateUpdated: day("20150116T15:28:10"),
	}
	goldenIP6 = IP{
		ID: 204558, Addr: "2001:4b98:dc0:47:216:3eff:feb2:3862", Version: 6, Num: 1, State: IPCreated,
		Reverse: "xvm6-dc0-feb2-3862.ghst.net", IfaceID: 156573, DatacenterID: 1, DateCreated: day("20150116T15:28:10"),
	}
	goldenIface = Iface{
		ID: 156573, Num: new(0), Type: IfaceTypePublic, State: IfaceUsed, DatacenterID: 1, BandwidthKbit: 102400, VMID: 152967,
		IPIDs: []IPID{204557, 204558}, IPs: []IP{goldenIP4, goldenIP6},
		DateCreated: day("20150116T15:28:10"), DateUpdated: day("20150116T15:28:14"),
	}
	goldenDisk = Disk{
		ID: 4969249, Name: "sys_server01", Type: DiskTypeData, State: DiskCreated, SizeMB: 3072, TotalSizeMB: 3072, DatacenterID: 1,
		VMIDs: []VMID{152967}, IsBootDisk: true, CanSnapshot: true, Source: 4744388, Label: "Debian 7 64 bits (HVM)",
		KernelVersion: "3.12-x86_64 (hvm)", SnapshotIDs: []DiskID{663497}, SnapshotProfileID: 2, Visibility: "private",
		KernelCmdline: map[string]any{"root": "/dev/sda", "ro": true, "console": "ttyS0", "nosep": true},
		DateCreated:   day("20150116T15:28:00"), DateUpdated: day("20150116T15:29:00"),
	}
	goldenVM = VM{
		ID: 152967, Hostname: "server01", State: VMRunning, DatacenterID: 1, MemoryMB: 256, MaxMemoryMB: 2048, Cores: 1,
		DiskIDs: []DiskID{4969249}, IfaceIDs: []IfaceID{156573},
		DateCreated: day("20150116T15:28:32"), DateUpdated: day("20150116T15:30:11"),
	}
	goldenVM2 = VM{
		ID: 152966, Hostname: "vmdock-ÿ", State: VMHalted, DatacenterID: 3, MemoryMB: 1024, MaxMemoryMB: 2048, Cores: 2, Console: true,
		DiskIDs:     []DiskID{4969233, 4969234},
		DateCreated: day("20150116T15:28:32"), DateUpdated: day("20150116T15:30:11"),
	}
	goldenImages = []Image{
		{
			ID: 18, Label: "Ubuntu 10.04", DiskID: 51848, DatacenterID: 1, Arch: "x86-32", Visibility: "all", AuthorID: 248842,
			DateCreated: day("20100101T00:00:00"), DateUpdated: day("20101007T06:43:17"),
		},
		{
			ID: 162, Label: "Debian 8 (HVM)", DiskID: 4744388, DatacenterID: 1, Arch: "x86-64", Visibility: "all", AuthorID: 248842,
			KernelVersion: "3.12-x86_64 (hvm)", SizeMB: 3072, DateUpdated: day("20150116T15:28:32"),
		},
	}
)

func goldenOperation(id OperationID, typ string) Operation {
	return Operation{
		ID: id, Type: typ, Step: StepWait, Source: "AB1234-GANDI",
		DateCreated: day("20121102T13:05:25"), DateUpdated: day("20121102T13:05:25"),
	}
}

func with(o Operation, change func(*Operation)) []Operation {
	change(&o)
	return []Operation{o}
}

func goldenInfoVM() VM {
	v := goldenVM
	v.Farm, v.FarmTold = "g1abc9x8y7z6w5v", true
	v.Disks, v.Ifaces = []Disk{goldenDisk}, []Iface{goldenIface}
	v.KeyIDs = []SSHKeyID{74, 75}
	v.ConsoleURL, v.HVMState = "console.gandi.net", "unknown"
	return v
}

func goldenRunning() Operation {
	o := goldenOperation(637368, TypeVMCreate)
	o.Step, o.ETA, o.VMID, o.DateStart = StepRun, -12, 250133, day("20121102T13:05:30")
	o.Params = map[string]any{
		"auth_id": int64(1), "param_type": "vm_create", "remote_addr": "192.0.2.7", "tracker_id": "ab3f9f2c",
		"vm_id": int64(250133), "password": redacted, "inner_step": nil,
	}
	return o
}

func submit(call Call) func(context.Context, *Client) (any, error) {
	return func(ctx context.Context, c *Client) (any, error) { return must(c.Submit(ctx, call)) }
}

// A golden is a call or read with what it sends and what it makes of the reply.
type golden struct {
	method  string
	edition string // of the reply; the request is the same
	request string // a name of its own for the request, where one method has several, and for the reply
	do      func(context.Context, *Client) (any, error)
	want    any
	why     string
}

// goldens hold each method's request, and one reply or more in the shapes of Gandi's editions. The requests are
// compared with files, the replies come from files.
var goldens = []golden{
	{method: "version.info", want: "3.3.42",
		do: func(ctx context.Context, c *Client) (any, error) { return must(c.Version(ctx)) }},
	{method: "hosting.account.info",
		do: func(ctx context.Context, c *Client) (any, error) { return must(c.AccountInfo(ctx)) },
		want: Account{ID: 1234, Handle: "AB1234-GANDI", Fullname: "Anna Bélanger", RatingEnabled: true, Credits: 4321.5,
			AverageCreditCost: 0.01, CycleDay: 23, CreditsExpireAt: day("20271123T00:00:00")}},
	{method: "hosting.account.info", edition: "shares", why: "the edition before credits, with empty strings for nil",
		do: func(ctx context.Context, c *Client) (any, error) { return must(c.AccountInfo(ctx)) },
		want: Account{ID: 1234, Handle: "AB1234-GANDI", Fullname: "Anna Belanger", CycleDay: 23,
			ShareDefinition: map[string]float64{"bandwidth": 5120, "cores": 0.25, "disk": 3072, "memory": 256, "slots": 1},
			Resources: &Resources{
				Available: map[string]float64{"shares": 3, "servers": 2, "cores": 1.5, "memory": 768, "disk": 9216, "bandwidth": 15360, "slots": 3, "ips": 6},
				Granted:   map[string]float64{"shares": 4, "servers": 3},
				Used:      map[string]float64{"shares": 1, "servers": 1},
			}}},
	{method: "hosting.datacenter.list",
		do: func(ctx context.Context, c *Client) (any, error) { return must(c.Datacenters(ctx, DatacenterFilter{})) },
		want: []Datacenter{
			{ID: 1, Code: "FR-SD2", Name: "Equinix Paris", Country: "France", ISO: "FR", IaaSClosedFor: ClosedForNew,
				DeactivateAt: day("20171225T00:00:00"), CanMigrateTo: []DatacenterID{4}},
			{ID: 3, Code: "LU-BI1", Name: "Bissen", Country: "Luxembourg", ISO: "LU", IaaSClosedFor: ClosedForNone},
		}},
	{method: "hosting.datacenter.list", edition: "short", why: "the manual's sample has only these four fields",
		do: func(ctx context.Context, c *Client) (any, error) { return must(c.Datacenters(ctx, DatacenterFilter{})) },
		want: []Datacenter{
			{ID: 1, Name: "Equinix Paris", Country: "France", ISO: "FR"},
			{ID: 2, Name: "Level3 Baltimore", Country: "United States of America", ISO: "US"},
		}},
	{method: "hosting.datacenter.info",
		do:   func(ctx context.Context, c *Client) (any, error) { return must(c.Datacenter(ctx, 4)) },
		want: Datacenter{ID: 4, Code: "FR-SD3", Name: "France, Paris", Country: "France", ISO: "FR", IaaSClosedFor: ClosedForNone}},
	{method: "hosting.image.list",
		do: func(ctx context.Context, c *Client) (any, error) {
			return must(c.Images(ctx, ImageFilter{DatacenterID: 1}))
		},
		want: goldenImages},
	{method: "hosting.image.info", why: "a number as string, a date as empty string",
		do: func(ctx context.Context, c *Client) (any, error) { return must(c.Image(ctx, 18)) },
		want: Image{ID: 18, Label: "Ubuntu 10.04", DiskID: 51848, DatacenterID: 1, Arch: "x86-32", Visibility: "all",
			AuthorID: 248842, DateUpdated: day("20101007T06:43:17")}},
	{method: "hosting.vm.list",
		do:   func(ctx context.Context, c *Client) (any, error) { return must(c.VMs(ctx, VMFilter{})) },
		want: []VM{goldenVM, goldenVM2}},
	{method: "hosting.vm.list", edition: "latin1",
		do:   func(ctx context.Context, c *Client) (any, error) { return must(c.VMs(ctx, VMFilter{})) },
		want: []VM{goldenVM, goldenVM2}},
	{method: "hosting.vm.list", edition: "lenient", why: "one struct for an array of one, and every number in another type",
		do: func(ctx context.Context, c *Client) (any, error) { return must(c.VMs(ctx, VMFilter{})) },
		want: []VM{{ID: 152967, Hostname: "server01", State: VMRunning, DatacenterID: 1, MemoryMB: 256, MaxMemoryMB: 2048, Cores: 1,
			FarmTold: true, DiskIDs: []DiskID{4969249}, DateCreated: day("20150116T15:28:32")}}},
	{method: "hosting.vm.info",
		do:   func(ctx context.Context, c *Client) (any, error) { return must(c.VM(ctx, 152967)) },
		want: goldenInfoVM()},
	{method: "hosting.vm.count", want: 152,
		do: func(ctx context.Context, c *Client) (any, error) {
			return must(c.VMCount(ctx, VMFilter{Hostname: "server01", DatacenterID: 1, Farm: "g1abc9x8y7z6w5v"}))
		}},
	{method: "hosting.vm.create_from",
		do: submit(VMCreateFrom{
			VM: VMSpec{DatacenterID: 1, Hostname: "2012", MemoryMB: 256, MaxMemoryMB: 2048, Cores: 1, IPVersion: 4, BandwidthKbit: 102400,
				Login: "admin", Password: NewSecret("password_to_change", "u/1/password"), SSHKey: "ssh-rsa AAAA me@home", KeyIDs: []SSHKeyID{74, 75},
				Run: "apt-get update && true", Script: "#!/bin/sh\necho <ok>\n", ScriptArgs: "-v", Farm: "g1abc9x8y7z6w5v", Console: new(false)},
			Disk:   DiskSpec{DatacenterID: 1, Name: "g1abc9x8y7z6w5v", SizeMB: 3072, Kernel: "3.2-x86_64", Cmdline: "root=/dev/xvda1", SnapshotProfile: 2},
			Source: 51848,
		}),
		want: []Operation{
			with(goldenOperation(637366, TypeDiskCreate), func(o *Operation) { o.DiskID = 1263 })[0],
			with(goldenOperation(637367, TypeIfaceCreate), func(o *Operation) { o.IfaceID, o.IPID = 156572, 204556 })[0],
			with(goldenOperation(637368, TypeVMCreate), func(o *Operation) { o.DiskID, o.IfaceID, o.VMID = 1263, 156572, 250133 })[0],
		}},
	{method: "hosting.vm.create", why: "an interface of one's own: one operation in the array",
		do: submit(VMCreate{VM: VMSpec{DatacenterID: 1, Hostname: "web", MemoryMB: 512, Cores: 2, IfaceID: 156572, SysDiskID: 1263,
			Password: NewSecret("a&b<c>\"d'é", "u/1/password")}}),
		want: with(goldenOperation(637369, TypeVMCreate), func(o *Operation) { o.VMID = 250134 })},
	{method: "hosting.vm.update",
		do: submit(VMUpdate{ID: 152967, Hostname: new("zürich"), MemoryMB: new(4096), MaxMemoryMB: new(4096), Cores: new(2), Console: new(true),
			Password: NewSecret("password_to_change", "u/1/password")}),
		want: with(goldenOperation(637370, TypeVMUpdate), func(o *Operation) { o.VMID = 152967 })},
	{method: "hosting.vm.start", do: submit(VMStart{ID: 152967}), why: "an array of one",
		want: with(goldenOperation(637371, TypeVMStart), func(o *Operation) { o.VMID = 152967 })},
	{method: "hosting.vm.stop", do: submit(VMStop{ID: 152967}), why: "a bare struct, empty strings for nil",
		want: with(goldenOperation(637372, TypeVMStop), func(o *Operation) { o.VMID = 152967 })},
	{method: "hosting.vm.reboot", do: submit(VMReboot{ID: 152967}),
		want: with(goldenOperation(637373, TypeVMReboot), func(o *Operation) { o.VMID = 152967 })},
	{method: "hosting.vm.delete", do: submit(VMDelete{ID: 152967}),
		want: with(goldenOperation(637374, TypeVMDelete), func(o *Operation) { o.VMID = 152967 })},
	{
		method: "hosting.vm.disk_detach", do: submit(VMDiskDetach{VM: 152967, Disk: 4969250}),
		want: with(goldenOperation(637379, TypeDiskDetach), func(o *Operation) { o.VMID, o.DiskID = 152967, 4969250 }),
	},
	{
		method: "hosting.vm.disk_attach", why: "empty strings for nil",
		do:   submit(VMDiskAttach{VM: 152967, Disk: 4969250, Position: new(1), ReadOnly: true}),
		want: with(goldenOperation(637384, TypeDiskAttach), func(o *Operation) { o.VMID, o.DiskID = 152967, 4969250 }),
	},
	{
		method: "hosting.vm.iface_attach", do: submit(VMIfaceAttach{VM: 152967, Iface: 156574}),
		want: with(goldenOperation(637385, TypeIfaceAttach), func(o *Operation) { o.VMID, o.IfaceID = 152967, 156574 }),
	},
	{
		method: "hosting.vm.iface_detach", do: submit(VMIfaceDetach{VM: 152967, Iface: 156574}), why: "an array of one",
		want: with(goldenOperation(637386, TypeIfaceDetach), func(o *Operation) { o.VMID, o.IfaceID = 152967, 156574 }),
	},
	{
		method: "hosting.disk.create", why: "a capture of 2012 answers DONE at once",
		do:   submit(DiskCreate{Disk: DiskSpec{DatacenterID: 1, Name: "g1abc9x8y7z6w5v", SizeMB: 10240}}),
		want: with(goldenOperation(637380, TypeDiskCreate), func(o *Operation) { o.DiskID, o.Step = 1264, StepDone }),
	},
	{
		method: "hosting.disk.create_from", why: "a snapshot, and an array of one",
		do:   submit(DiskCreateFrom{Disk: DiskSpec{Name: "snap1", Type: DiskTypeSnapshot}, Source: 4969249}),
		want: with(goldenOperation(637381, TypeDiskCreate), func(o *Operation) { o.DiskID = 663498 }),
	},
	{
		method: "hosting.disk.rollback_from", why: "number and step alone, as gandi.cli's fixtures have it; the call names the snapshot",
		do:   submit(DiskRollback{Disk: 4969249, Snapshot: 663498}),
		want: []Operation{{ID: 637382, Step: StepWait}},
	},
	{
		method: "hosting.disk.migrate", do: submit(DiskMigrate{ID: 4969250, To: 4}),
		want: with(goldenOperation(637383, TypeDiskMigrate), func(o *Operation) { o.DiskID = 4969250 }),
	},
	{
		method: "hosting.disk.list_kernels",
		do:     func(ctx context.Context, c *Client) (any, error) { return must(c.Kernels(ctx, 3)) },
		want: map[string][]string{
			"linux":     {"2.6.32", "2.6.27 (deprecated)", "3.2-x86_64"},
			"linux-hvm": {"3.12-x86_64 (hvm)", "grub", "raw"},
			"none":      {},
		},
	},
	{
		method: "hosting.iface.create",
		do:     submit(IfaceCreate{DatacenterID: 1, IPVersion: 4, VLAN: 717, IP: "192.168.232.253", BandwidthKbit: 204800}),
		want:   with(goldenOperation(637387, TypeIfaceCreate), func(o *Operation) { o.IfaceID, o.IPID = 156575, 2361 }),
	},
	{
		method: "hosting.ip.update", do: submit(IPUpdate{ID: 204557, Reverse: "www.example.com"}),
		want: with(goldenOperation(637388, TypeIPUpdate), func(o *Operation) { o.IPID = 204557 }),
	},
	{
		method: "hosting.vlan.create", why: "the reply does not tell the network",
		do:   submit(VLANCreate{DatacenterID: 1, Name: "pouet", Subnet: "192.168.232.0/24", Gateway: "192.168.232.254"}),
		want: []Operation{goldenOperation(637389, TypeVLANCreate)},
	},
	{
		method: "hosting.vlan.update", do: submit(VLANUpdate{ID: 717, Name: new("backend"), Gateway: new("192.168.232.1")}),
		want: []Operation{goldenOperation(637390, TypeVLANUpdate)},
	},
	{
		method: "hosting.vlan.delete", do: submit(VLANDelete{ID: 717}),
		want: []Operation{goldenOperation(637391, TypeVLANDelete)},
	},
	{
		method: "hosting.vlan.list", why: "the number that is called uuid",
		do: func(ctx context.Context, c *Client) (any, error) {
			return must(c.VLANs(ctx, VLANFilter{DatacenterID: 1}))
		},
		want: []VLAN{
			{ID: 123, UUID: "321", Name: "vlantest", DatacenterID: 1, Subnet: "10.7.13.0/24", Gateway: "10.7.13.254", State: VLANCreated},
			{ID: 717, UUID: "720", Name: "pouet", DatacenterID: 1, Subnet: "192.168.232.0/24", Gateway: "192.168.232.254", State: VLANCreated},
		},
	},
	{
		method: "hosting.vlan.info", why: "less than in the list",
		do:   func(ctx context.Context, c *Client) (any, error) { return must(c.VLAN(ctx, 717)) },
		want: VLAN{ID: 717, Name: "pouet", DatacenterID: 1, State: VLANCreated},
	},
	{
		method: "hosting.ssh.create", why: "a key's struct, whose number is no operation's",
		do:   submit(SSHKeyCreate{Name: "mine", Value: goldenKey}),
		want: []Operation{{Type: TypeSSHKeyCreate, Step: StepDone, SSHKeyID: 145}},
	},
	{method: "hosting.ssh.delete", do: submit(SSHKeyDelete{ID: 145}), want: []Operation(nil)},
	{
		method: "hosting.ssh.delete", edition: "operation", why: "gandi.cli's fixture against the reference",
		do: submit(SSHKeyDelete{ID: 145}), want: []Operation{{ID: 200, Step: StepWait}},
	},
	{
		method: "hosting.ssh.info",
		do:     func(ctx context.Context, c *Client) (any, error) { return must(c.SSHKey(ctx, 145)) },
		want:   SSHKey{ID: 145, Name: "mine", Fingerprint: goldenFingerprint, Value: goldenKey},
	},
	{
		method: "hosting.ssh.list", why: "two keys of one name, without their values",
		do: func(ctx context.Context, c *Client) (any, error) {
			return must(c.SSHKeys(ctx, SSHKeyFilter{Name: "default"}))
		},
		want: []SSHKey{
			{ID: 134, Name: "default", Fingerprint: "b3:11:67:10:2e:1b:a5:66:ed:16:24:98:3e:2e:ed:f5"},
			{ID: 145, Name: "default", Fingerprint: goldenFingerprint},
		},
	},
	{
		method: "hosting.snapshotprofile.list", why: "one struct for an array of one",
		do: func(ctx context.Context, c *Client) (any, error) { return must(c.SnapshotProfiles(ctx)) },
		want: []SnapshotProfile{
			{ID: 1, Name: "minimal", KeptTotal: 2, QuotaFactor: 1.2, Schedules: []SnapshotSchedule{{"daily", 2}}},
			{ID: 2, Name: "full_week", KeptTotal: 7, QuotaFactor: 1.7, Schedules: []SnapshotSchedule{{"daily", 7}}},
			{ID: 3, Name: "security", KeptTotal: 10, QuotaFactor: 2, Schedules: []SnapshotSchedule{{"hourly6", 3}, {"daily", 6}, {"weekly4", 1}}},
		},
	},
	{
		method: "operation.info", edition: "vlan", why: "a network stands among the parameters alone",
		do: func(ctx context.Context, c *Client) (any, error) { return must(c.Operation(ctx, 637368)) },
		want: with(goldenOperation(637368, TypeVLANCreate), func(o *Operation) {
			o.Step, o.VLANID, o.Params = StepDone, 717, map[string]any{"auth_id": int64(1), "vlan_id": int64(717)}
		})[0],
	},
	{method: "hosting.disk.list",
		do: func(ctx context.Context, c *Client) (any, error) {
			return must(c.Disks(ctx, DiskFilter{IDs: []DiskID{4969249, 4969250}, DatacenterID: 1, State: DiskCreated, Type: DiskTypeData}))
		},
		want: []Disk{goldenDisk, {ID: 4969250, Name: "data01", Type: DiskTypeData, State: DiskCreated, SizeMB: 10240, TotalSizeMB: 10240,
			DatacenterID: 1, CanSnapshot: true, Visibility: "private",
			DateCreated: day("20150116T15:28:00"), DateUpdated: day("20150116T15:29:00")}}},
	{method: "hosting.disk.info",
		do:   func(ctx context.Context, c *Client) (any, error) { return must(c.Disk(ctx, 4969249)) },
		want: goldenDisk},
	{method: "hosting.disk.update",
		do: submit(DiskUpdate{ID: 4969249, Name: new("data"), SizeMB: new(4096), Kernel: new("grub"), Cmdline: new(""),
			SnapshotProfile: new(SnapshotProfileID(0))}),
		want: with(goldenOperation(637375, TypeDiskUpdate), func(o *Operation) { o.DiskID = 4969249 })},
	{method: "hosting.disk.delete", do: submit(DiskDelete{ID: 4969250}),
		want: with(goldenOperation(637376, TypeDiskDelete), func(o *Operation) { o.DiskID, o.Step = 4969250, StepDone })},
	{method: "hosting.iface.list",
		do: func(ctx context.Context, c *Client) (any, error) {
			return must(c.Ifaces(ctx, IfaceFilter{DatacenterID: 1}))
		},
		want: []Iface{
			{ID: 156573, Num: new(0), Type: IfaceTypePublic, State: IfaceUsed, DatacenterID: 1, BandwidthKbit: 102400, VMID: 152967,
				IPIDs: []IPID{204557, 204558}, DateCreated: day("20150116T15:28:10"), DateUpdated: day("20150116T15:28:14")},
			{ID: 156574, Type: IfaceTypePrivate, State: IfaceFree, DatacenterID: 1, BandwidthKbit: 204800,
				VLAN: &VLANRef{ID: 717, Name: "pouet"}, DateCreated: day("20150116T16:00:00")},
		}},
	{method: "hosting.iface.info",
		do:   func(ctx context.Context, c *Client) (any, error) { return must(c.Iface(ctx, 156573)) },
		want: goldenIface},
	{method: "hosting.iface.update", do: submit(IfaceUpdate{ID: 156573, BandwidthKbit: new(51200)}),
		want: with(goldenOperation(637377, TypeIfaceUpdate), func(o *Operation) { o.IfaceID, o.VMID = 156573, 152967 })},
	{method: "hosting.iface.delete", do: submit(IfaceDelete{ID: 156574}),
		want: with(goldenOperation(637378, TypeIfaceDelete), func(o *Operation) { o.IfaceID = 156574 })},
	{method: "hosting.ip.list",
		do: func(ctx context.Context, c *Client) (any, error) {
			return must(c.IPs(ctx, IPFilter{IfaceID: 156573}))
		},
		want: []IP{goldenIP4, func() IP { ip := goldenIP6; ip.VMID = 152967; return ip }()}},
	{method: "hosting.ip.info",
		do:   func(ctx context.Context, c *Client) (any, error) { return must(c.IP(ctx, 204557)) },
		want: func() IP { ip := goldenIP4; ip.IfaceID, ip.State = 0, "free"; return ip }()},
	{method: "operation.info",
		do:   func(ctx context.Context, c *Client) (any, error) { return must(c.Operation(ctx, 637368)) },
		want: goldenRunning()},
	{method: "operation.list", why: "one record has its VM in params alone, and there as a string",
		do: func(ctx context.Context, c *Client) (any, error) { return must(c.Unfinished(ctx)) },
		want: []Operation{
			func() Operation { o := goldenRunning(); o.Params = map[string]any{"vm_id": "250133"}; return o }(),
			with(goldenOperation(637360, TypeVMStop), func(o *Operation) { o.Step, o.VMID, o.ETA = StepBill, 152967, 39 })[0],
		}},
	{method: "operation.count", want: 2,
		do: func(ctx context.Context, c *Client) (any, error) {
			return must(c.OperationCount(ctx, OperationFilter{Types: []string{TypeVMCreate, TypeVMStop}, Steps: []string{StepDone}, VMID: 250133,
				CreatedAfter: day("20121102T13:05:25"), SortBy: "id DESC", Limit: 7}))
		}},
	{method: "operation.cancel", do: submit(OperationCancel{ID: 637360}), want: []Operation(nil)},
}

func TestGolden(t *testing.T) {
	requests := map[string]string{}
	for _, tt := range append(goldens, siteGoldens...) {
		said := tt.method
		if tt.request != "" {
			said = tt.request
		}
		name := said
		if tt.edition != "" {
			name += "." + tt.edition
		}
		t.Run(name, func(t *testing.T) {
			c, f := newFake(t, always(testdata(t, name+".response.xml")))
			got, err := tt.do(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.why, diff)
			}
			if len(f.bodies) != 1 {
				t.Fatalf("%d requests, want 1", len(f.bodies))
			}
			request := pretty(t, f.bodies[0])
			file := filepath.Join("testdata", said+".request.xml")
			if *update {
				if err := os.WriteFile(file, []byte(request), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(testdata(t, said+".request.xml"), request); diff != "" {
				t.Errorf("request (-want +got):\n%s", diff)
			}
			requests[said] = file
		})
	}
	if t.Failed() {
		return
	}
	files, err := filepath.Glob("testdata/*.request.xml")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if requests[strings.TrimSuffix(filepath.Base(f), ".request.xml")] == "" {
			t.Errorf("%s belongs to no test", f)
		}
	}
}

func TestGoldenFaults(t *testing.T) {
	for _, tt := range []struct {
		file  string
		class Class
		want  Fault
	}{
		{"fault.notfound.response.xml", NotFound,
			Fault{Method: "hosting.vm.info", Code: 581042, Text: "Error on object : OBJECT_ZONE (CAUSE_NOTFOUND) [no such zone (id: 0)]"}},
		{"fault.cdata.response.xml", Denied,
			Fault{Method: "hosting.vm.info", Code: 510150, Text: "Error on object : OBJECT_ACCOUNT (CAUSE_NORIGHT) []"}},
	} {
		t.Run(tt.file, func(t *testing.T) {
			c, _ := newFake(t, always(testdata(t, tt.file)))
			_, err := c.VM(t.Context(), 1)
			wantClass(t, err, tt.class)
			f := faultIn(t, err)
			if diff := cmp.Diff(tt.want, *f); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if f.Qualification() != 5 {
				t.Errorf("qualification %d", f.Qualification())
			}
		})
	}
}

var _ http.RoundTripper = (*fakeTransport)(nil)
