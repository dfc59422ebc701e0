package gandi

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParamsLeaveOutWhatIsUnset(t *testing.T) {
	secret := NewSecret("value", "u/1/k")
	for _, tt := range []struct {
		name   string
		call   Call
		method string
		repeat Repeat
		want   []any
	}{
		{"an empty create", VMCreateFrom{}, "hosting.vm.create_from", Paid, []any{map[string]any{}, map[string]any{}, 0}},
		{"a secret stays one", VMCreate{VM: VMSpec{Password: secret}}, "hosting.vm.create", Paid, []any{map[string]any{"password": secret}}},
		{"an empty update", VMUpdate{ID: 3}, "hosting.vm.update", Repeatable, []any{3, map[string]any{}}},
		{"zero that was said", VMUpdate{ID: 3, Console: new(false), Hostname: new("")}, "hosting.vm.update", Repeatable,
			[]any{3, map[string]any{"console": false, "hostname": ""}}},
		{"start", VMStart{3}, "hosting.vm.start", Repeatable, []any{3}},
		{"stop", VMStop{3}, "hosting.vm.stop", Repeatable, []any{3}},
		{"reboot", VMReboot{3}, "hosting.vm.reboot", Once, []any{3}},
		{"delete", VMDelete{3}, "hosting.vm.delete", Repeatable, []any{3}},
		{"profile set", DiskUpdate{ID: 3, SnapshotProfile: new(SnapshotProfileID(2))}, "hosting.disk.update", Repeatable,
			[]any{3, map[string]any{"snapshot_profile": 2}}},
		{"profile removed by an empty string", DiskUpdate{ID: 3, SnapshotProfile: new(SnapshotProfileID(0))}, "hosting.disk.update", Repeatable,
			[]any{3, map[string]any{"snapshot_profile": ""}}},
		{"disk delete", DiskDelete{3}, "hosting.disk.delete", Repeatable, []any{3}},
		{"bandwidth", IfaceUpdate{3, new(102400)}, "hosting.iface.update", Repeatable, []any{3, map[string]any{"bandwidth": 102400}}},
		{"iface delete", IfaceDelete{3}, "hosting.iface.delete", Repeatable, []any{3}},
		{"detach", VMDiskDetach{3, 4}, "hosting.vm.disk_detach", Repeatable, []any{3, 4}},
		{"an empty disk", DiskCreate{DiskSpec{DatacenterID: 4, SizeMB: 10240}}, "hosting.disk.create", Paid,
			[]any{map[string]any{"datacenter_id": 4, "size": 10240}}},
		{"a copy as its source", DiskCreateFrom{Source: 5}, "hosting.disk.create_from", Paid, []any{map[string]any{}, 5}},
		{"a snapshot", DiskCreateFrom{DiskSpec{Name: "snap", Type: DiskTypeSnapshot}, 5}, "hosting.disk.create_from", Paid,
			[]any{map[string]any{"name": "snap", "type": "snapshot"}, 5}},
		{"a rollback names the snapshot alone", DiskRollback{Disk: 3, Snapshot: 4}, "hosting.disk.rollback_from", Once, []any{4}},
		{"migrate", DiskMigrate{3, 4}, "hosting.disk.migrate", Once, []any{3, 4}},
		{"attach without options", VMDiskAttach{VM: 3, Disk: 4}, "hosting.vm.disk_attach", Repeatable, []any{3, 4}},
		{"attach at position zero", VMDiskAttach{VM: 3, Disk: 4, Position: new(0)}, "hosting.vm.disk_attach", Repeatable,
			[]any{3, 4, map[string]any{"position": 0}}},
		{"attach to read", VMDiskAttach{VM: 3, Disk: 4, ReadOnly: true}, "hosting.vm.disk_attach", Repeatable,
			[]any{3, 4, map[string]any{"access": "read"}}},
		{"attach an interface", VMIfaceAttach{3, 4}, "hosting.vm.iface_attach", Repeatable, []any{3, 4}},
		{"detach an interface", VMIfaceDetach{3, 4}, "hosting.vm.iface_detach", Repeatable, []any{3, 4}},
		{"a public interface", IfaceCreate{DatacenterID: 4, IPVersion: 6}, "hosting.iface.create", Paid,
			[]any{map[string]any{"datacenter_id": 4, "ip_version": 6}}},
		{"a private interface", IfaceCreate{DatacenterID: 4, VLAN: 7, IP: "10.0.0.9", BandwidthKbit: 204800}, "hosting.iface.create", Paid,
			[]any{map[string]any{"datacenter_id": 4, "vlan": 7, "ip": "10.0.0.9", "bandwidth": 204800}}},
		{"reverse", IPUpdate{3, "www.example.com"}, "hosting.ip.update", Repeatable, []any{3, map[string]any{"reverse": "www.example.com"}}},
		{"no reverse is said too", IPUpdate{ID: 3}, "hosting.ip.update", Repeatable, []any{3, map[string]any{"reverse": ""}}},
		{"a network as Gandi likes", VLANCreate{DatacenterID: 4, Name: "n"}, "hosting.vlan.create", Paid,
			[]any{map[string]any{"datacenter_id": 4, "name": "n"}}},
		{"a network of one's own", VLANCreate{4, "n", "10.0.0.0/24", "10.0.0.1"}, "hosting.vlan.create", Paid,
			[]any{map[string]any{"datacenter_id": 4, "name": "n", "subnet": "10.0.0.0/24", "gateway": "10.0.0.1"}}},
		{"an empty update of a network", VLANUpdate{ID: 3}, "hosting.vlan.update", Repeatable, []any{3, map[string]any{}}},
		{"another gateway", VLANUpdate{ID: 3, Gateway: new("10.0.0.2")}, "hosting.vlan.update", Repeatable,
			[]any{3, map[string]any{"gateway": "10.0.0.2"}}},
		{"network delete", VLANDelete{3}, "hosting.vlan.delete", Repeatable, []any{3}},
		{"a key without a name", SSHKeyCreate{Value: goldenKey}, "hosting.ssh.create", Paid, []any{map[string]any{"value": goldenKey}}},
		{"key delete", SSHKeyDelete{3}, "hosting.ssh.delete", Repeatable, []any{3}},
		{"an empty site", SiteCreate{}, "site.create", Paid, []any{map[string]any{}}},
		{"a site", SiteCreate{SiteSpec{"n", "basekit_whitelabel", "personal", []string{"b.example", "a.example"}, "3m"}}, "site.create", Paid,
			[]any{map[string]any{"name": "n", "provider": "basekit_whitelabel", "package": "personal", "vhosts": []any{"b.example", "a.example"}, "duration": "3m"}}},
		{"a dry run is paid for, should it not be heeded", SiteCreateDryRun{SiteSpec{Name: "n"}}, "site.create", Paid,
			[]any{map[string]any{"name": "n", "--dry-run": true}}},
		{"vhosts alone", SiteUpdate{ID: 3, Vhosts: []string{"a.example"}}, "site.update", Repeatable,
			[]any{3, map[string]any{"vhosts": []any{"a.example"}}}},
		{"an empty update of a site", SiteUpdate{ID: 3}, "site.update", Repeatable, []any{3, map[string]any{}}},
		{"no vhosts is said too", SiteUpdate{ID: 3, Vhosts: []string{}, Name: new("")}, "site.update", Repeatable,
			[]any{3, map[string]any{"vhosts": []any{}, "name": ""}}},
		{"a dry run of an update is as the update", SiteUpdateDryRun{SiteUpdate{ID: 3, Name: new("n")}}, "site.update", Repeatable,
			[]any{3, map[string]any{"name": "n", "--dry-run": true}}},
		{"an upgrade costs", SiteUpgrade{3, "professional"}, "site.update", Once, []any{3, map[string]any{"package": "professional"}}},
		{"site delete", SiteDelete{3}, "site.delete", Repeatable, []any{3}},
		{"zone", SiteAlterZone{"www.example.org"}, "site.alter_zone", Repeatable, []any{"www.example.org", map[string]any{}}},
		{"cancel", OperationCancel{3}, "operation.cancel", Repeatable, []any{3}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.call.Method() != tt.method || tt.call.Repeat() != tt.repeat {
				t.Errorf("%s %v, want %s %v", tt.call.Method(), tt.call.Repeat(), tt.method, tt.repeat)
			}
			if diff := cmp.Diff(tt.want, tt.call.Params()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestDigest(t *testing.T) {
	base := VMUpdate{ID: 3, Hostname: new("web"), Password: NewSecret("one", "u/1/k")}
	// Digests are stored: another algorithm would make every call held back by a running operator look new.
	if got, want := Digest(base), "ab9e26adcb336880"; got != want {
		t.Errorf("Digest = %s, want %s", got, want)
	}
	if Digest(base) != Digest(VMUpdate{ID: 3, Hostname: new("web"), Password: NewSecret("two", "u/1/k")}) {
		t.Error("the secret's value takes part")
	}
	seen := map[string]Call{Digest(base): base}
	for _, call := range []Call{
		VMUpdate{ID: 3, Hostname: new("web"), Password: NewSecret("one", "u/2/k")},
		VMUpdate{ID: 3, Hostname: new("web")},
		VMUpdate{ID: 4, Hostname: new("web")},
		VMUpdate{ID: 3, Hostname: new("")},
		VMUpdate{ID: 3, Console: new(true)},
		VMUpdate{ID: 3, Console: new(false)},
		VMUpdate{ID: 3, Cores: new(1)},
		VMUpdate{ID: 3},
		VMStart{3}, VMStop{3}, VMDelete{3}, VMReboot{3},
		VMCreate{VM: VMSpec{KeyIDs: []SSHKeyID{1, 23}}},
		VMCreate{VM: VMSpec{KeyIDs: []SSHKeyID{12, 3}}},
		VMCreate{VM: VMSpec{Run: `a", "b`}},
		VMCreate{VM: VMSpec{Run: "secret(\"u/1/k\")"}},
		VMCreateFrom{Source: 5}, VMCreateFrom{Source: 6}, VMCreateFrom{Disk: DiskSpec{SizeMB: 5}, Source: 5},
		DiskCreateFrom{Source: 5}, DiskCreateFrom{Disk: DiskSpec{Type: DiskTypeSnapshot}, Source: 5},
		// What is not sent takes part: the same snapshot for another disk is another call.
		DiskRollback{Disk: 3, Snapshot: 5}, DiskRollback{Disk: 4, Snapshot: 5}, DiskRollback{Disk: 3, Snapshot: 6},
		VMDiskAttach{VM: 3, Disk: 4}, VMDiskAttach{VM: 3, Disk: 4, Position: new(0)}, VMDiskAttach{VM: 3, Disk: 4, ReadOnly: true},
		VMDiskDetach{VM: 3, Disk: 4}, VMIfaceAttach{VM: 3, Iface: 4}, VMIfaceDetach{VM: 3, Iface: 4},
		SiteCreate{SiteSpec{Name: "n"}}, SiteCreateDryRun{SiteSpec{Name: "n"}}, SiteCreate{SiteSpec{Vhosts: []string{"a", "b"}}},
		SiteCreate{SiteSpec{Vhosts: []string{"b", "a"}}}, SiteUpdate{ID: 3}, SiteUpdateDryRun{SiteUpdate{ID: 3}}, SiteUpgrade{ID: 3, Package: "p"},
		SiteUpdate{ID: 3, Vhosts: []string{}}, SiteDelete{3}, SiteAlterZone{"a"},
		IPUpdate{ID: 3}, IPUpdate{ID: 3, Reverse: "a"}, VLANUpdate{ID: 3}, VLANUpdate{ID: 3, Name: new("")},
	} {
		d := Digest(call)
		if other, ok := seen[d]; ok {
			t.Errorf("%+v and %+v share a digest", call, other)
		}
		if len(d) != digestLength {
			t.Errorf("digest %q", d)
		}
		seen[d] = call
	}
}

func TestRepeatString(t *testing.T) {
	for r, want := range map[Repeat]string{Repeatable: "Repeatable", Once: "Once", Paid: "Paid", 9: "Repeat(9)"} {
		if r.String() != want {
			t.Errorf("%d prints %q, want %q", int(r), r, want)
		}
	}
}

func TestOperationTypes(t *testing.T) {
	for method, want := range map[string][]string{
		"hosting.vm.create_from":     {TypeVMCreate, TypeDiskCreate, TypeIfaceCreate},
		"hosting.vm.create":          {TypeVMCreate, TypeDiskCreate, TypeIfaceCreate},
		"vm.create":                  {TypeVMCreate, TypeDiskCreate, TypeIfaceCreate},
		"hosting.disk.create_from":   {TypeDiskCreate},
		"hosting.vm.update":          {TypeVMUpdate},
		"hosting.vm.reboot":          {TypeVMReboot},
		"hosting.vm.disk_detach":     {TypeDiskDetach},
		"hosting.vm.iface_attach":    {TypeIfaceAttach},
		"hosting.iface.delete":       {TypeIfaceDelete},
		"hosting.disk.rollback_from": {"disk_rollback", "disk_rollback_from", "hosting_disk_rollback", "hosting_disk_rollback_from", "hosting_rollback_disk"},
		"hosting.vm.disk_rollback":   {"disk_rollback", "disk_rollback_from", "hosting_disk_rollback", "hosting_disk_rollback_from", "hosting_rollback_disk"},
		"hosting.vm.iface_detach":    {TypeIfaceDetach},
		"hosting.vm.disk_attach":     {TypeDiskAttach},
		"hosting.disk.create":        {TypeDiskCreate},
		"hosting.disk.migrate":       {TypeDiskMigrate},
		"hosting.vm.migrate":         {TypeVMMigrate},
		"hosting.iface.create":       {TypeIfaceCreate},
		"hosting.ip.update":          {TypeIPUpdate},
		"hosting.vlan.create":        {TypeVLANCreate},
		"hosting.vlan.update":        {TypeVLANUpdate},
		"hosting.vlan.delete":        {TypeVLANDelete},
		"hosting.ssh.create":         {},
		"hosting.ssh.delete":         {},
		"ssh.create":                 {},
		"site.create":                {TypeSiteCreate},
		"site.update":                {TypeSiteUpdate, "sitebuilder_upgrade", "site_update"},
		"site.delete":                {TypeSiteDelete},
		"site.alter_zone":            {TypeSiteZoneAlter},
		"nonsense":                   {},
		"":                           {},
	} {
		if diff := cmp.Diff(want, OperationTypes(method)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", method, diff)
		}
	}
}
