package gandi_test

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// What the client has to say of each thing of the world's state, written down a second time and without its reader.

func wantVM(f facts) gandi.VM {
	vm := wantListedVM(f, false)
	vm.Farm, vm.FarmTold = f.str("farm"), true
	for _, v := range f.list("disks") {
		vm.Disks = append(vm.Disks, wantDisk(v.(map[string]any)))
	}
	for _, v := range f.list("ifaces") {
		vm.Ifaces = append(vm.Ifaces, wantIface(v.(map[string]any)))
	}
	vm.KeyIDs = idsOf[gandi.SSHKeyID](f, "keys")
	vm.ConsoleURL, vm.HVMState = f.str("console_url"), f.str("hvm_state")
	return vm
}

func wantListedVM(f facts, withFarm bool) gandi.VM {
	vm := gandi.VM{
		ID: gandi.VMID(f.num("id")), Hostname: f.str("hostname"), State: f.str("state"),
		DatacenterID: gandi.DatacenterID(f.num("datacenter_id")),
		MemoryMB:     f.num("memory"), MaxMemoryMB: f.num("vm_max_memory"), Cores: f.num("cores"),
		Console: f.num("console") == 1, Description: f.str("description"),
		DiskIDs: idsOf[gandi.DiskID](f, "disks_id"), IfaceIDs: idsOf[gandi.IfaceID](f, "ifaces_id"),
		DateCreated: f.date("date_created"), DateUpdated: f.date("date_updated"),
	}
	if withFarm {
		vm.Farm, vm.FarmTold = f.str("farm"), true
	}
	return vm
}

func wantDisk(f facts) gandi.Disk {
	boot, _ := f["is_boot_disk"].(bool)
	snap, _ := f["can_snapshot"].(bool)
	return gandi.Disk{
		ID: gandi.DiskID(f.num("id")), Name: f.str("name"), Type: f.str("type"), State: f.str("state"),
		SizeMB: f.num("size"), TotalSizeMB: f.num("total_size"), DatacenterID: gandi.DatacenterID(f.num("datacenter_id")),
		VMIDs: idsOf[gandi.VMID](f, "vms_id"), IsBootDisk: boot, CanSnapshot: snap, Source: gandi.DiskID(f.num("source")),
		Label: f.str("label"), KernelVersion: f.str("kernel_version"), KernelCmdline: f.inner("kernel_cmdline"),
		SnapshotIDs:       idsOf[gandi.DiskID](f, "snapshots_id"),
		SnapshotProfileID: gandi.SnapshotProfileID(f.inner("snapshot_profile").num("id")),
		Visibility:        f.str("visibility"), DateCreated: f.date("date_created"), DateUpdated: f.date("date_updated"),
	}
}

func wantIface(f facts) gandi.Iface {
	i := gandi.Iface{
		ID: gandi.IfaceID(f.num("id")), Type: f.str("type"), State: f.str("state"),
		DatacenterID: gandi.DatacenterID(f.num("datacenter_id")), BandwidthKbit: f.amount("bandwidth"),
		VMID: gandi.VMID(f.num("vm_id")), IPIDs: idsOf[gandi.IPID](f, "ips_id"),
		DateCreated: f.date("date_created"), DateUpdated: f.date("date_updated"),
	}
	if n, ok := f["num"].(int); ok {
		i.Num = &n
	}
	for _, v := range f.list("ips") {
		i.IPs = append(i.IPs, wantIP(v.(map[string]any)))
	}
	if v := f.inner("vlan"); v != nil {
		i.VLAN = &gandi.VLANRef{ID: gandi.VLANID(v.num("id")), Name: v.str("name")}
	}
	return i
}

func wantIP(f facts) gandi.IP {
	return gandi.IP{
		ID: gandi.IPID(f.num("id")), Addr: f.str("ip"), Version: f.num("version"), Num: f.num("num"), State: f.str("state"),
		Reverse: f.str("reverse"), IfaceID: gandi.IfaceID(f.num("iface_id")), VMID: gandi.VMID(f.num("vm_id")),
		DatacenterID: gandi.DatacenterID(f.num("datacenter_id")),
		DateCreated:  f.date("date_created"), DateUpdated: f.date("date_updated"),
	}
}

func wantVLAN(f facts) gandi.VLAN {
	return gandi.VLAN{
		ID: gandi.VLANID(f.num("id")), UUID: strconv.Itoa(f.num("uuid")), Name: f.str("name"),
		DatacenterID: gandi.DatacenterID(f.num("datacenter_id")), Subnet: f.str("subnet"), Gateway: f.str("gateway"), State: f.str("state"),
	}
}

// wantSite is a site as info tells it. The world's state has the same words in all positions of the switches.
func wantSite(sw map[string]string) func(facts) gandi.Site {
	return func(f facts) gandi.Site {
		s := gandi.Site{
			ID: gandi.SiteID(f.num("id")), Name: f.str("name"), Provider: f.str("provider"), Package: f.str("package"),
			State: stateOfSite(sw, f), VhostsTold: true, EditURL: f.str("edit_url"),
			DateCreated: f.date("date_created"), DateUpdated: f.date("date_updated"), DateEnd: f.date("date_end"),
		}
		for _, v := range f.list("vhosts") {
			s.Vhosts = append(s.Vhosts, v.(string))
		}
		s.PreferredVhost = s.Vhosts[0]
		return s
	}
}

func wantListedSite(sw map[string]string) func(facts) gandi.Site {
	return func(f facts) gandi.Site {
		all := wantSite(sw)(f)
		s := gandi.Site{ID: all.ID, Name: all.Name, State: all.State, PreferredVhost: all.PreferredVhost}
		if sw["site-list-vhost"] == "vhosts" {
			s.Vhosts, s.VhostsTold = all.Vhosts, true
		}
		return s
	}
}

func stateOfSite(sw map[string]string, f facts) string {
	switch sw["site-state"] {
	case "running":
		return map[string]string{"being_created": "pending", "created": "running", "expired": "suspended"}[f.str("state")]
	case "untold":
		return ""
	default:
		return f.str("state")
	}
}

func wantKey(f facts) gandi.SSHKey {
	return gandi.SSHKey{ID: gandi.SSHKeyID(f.num("id")), Name: f.str("name"), Fingerprint: f.str("fingerprint"), Value: f.str("value")}
}

func wantListedKey(f facts) gandi.SSHKey {
	k := wantKey(f)
	k.Value = ""
	return k
}

func wantDatacenter(f facts) gandi.Datacenter {
	return gandi.Datacenter{
		ID: gandi.DatacenterID(f.num("id")), Code: f.str("dc_code"), Name: f.str("name"), Country: f.str("country"),
		ISO: f.str("iso"), IaaSClosedFor: f.str("iaas_closed_for"), DeactivateAt: f.date("deactivate_at"),
		CanMigrateTo: idsOf[gandi.DatacenterID](f, "can_migrate_to"),
	}
}

func wantImage(f facts) gandi.Image {
	return gandi.Image{
		ID: gandi.ImageID(f.num("id")), Label: f.str("label"), DiskID: gandi.DiskID(f.num("disk_id")),
		DatacenterID: gandi.DatacenterID(f.num("datacenter_id")), Arch: f.str("os_arch"), Visibility: f.str("visibility"),
		KernelVersion: f.str("kernel_version"), SizeMB: f.num("size"), AuthorID: f.num("author_id"),
		DateCreated: f.date("date_created"), DateUpdated: f.date("date_updated"),
	}
}

// wantOperation takes each number from where it stands: beside the type, or among the params alone.
func wantOperation(f facts) gandi.Operation {
	id := func(key string) int {
		for _, at := range []facts{f, f.inner("params")} {
			if n := at.num(key); n != 0 {
				return n
			}
			if n, err := strconv.Atoi(at.str(key)); err == nil {
				return n
			}
		}
		return 0
	}
	return gandi.Operation{
		ID: gandi.OperationID(f.num("id")), Type: f.str("type"), Step: f.str("step"),
		VMID: gandi.VMID(id("vm_id")), DiskID: gandi.DiskID(id("disk_id")), IfaceID: gandi.IfaceID(id("iface_id")),
		IPID: gandi.IPID(id("ip_id")), VLANID: gandi.VLANID(id("vlan_id")), SiteID: gandi.SiteID(id("site_id")), ETA: f.num("eta"), LastError: f.str("last_error"), ErrorType: f.str("errortype"),
		Source: f.str("source"), DateCreated: f.date("date_created"), DateUpdated: f.date("date_updated"),
		DateStart: f.date("date_start"), Params: told(f.inner("params")),
	}
}

// told is params as they arrive: numbers of the wire's width, and nothing for nothing, however it was written.
func told(m map[string]any) map[string]any {
	out := map[string]any{}
	for k, v := range m {
		switch v := v.(type) {
		case nil:
		case int:
			out[k] = int64(v)
		case map[string]any:
			if inner := told(v); len(inner) > 0 {
				out[k] = inner
			}
		case string:
			if v != "" {
				out[k] = v
			}
		default:
			out[k] = v
		}
	}
	return out
}

// receivedParams makes what the client passes on comparable with told.
func receivedParams(o gandi.Operation) gandi.Operation {
	o.Params = told(o.Params)
	return o
}

// each is what a list has to say of all things, in the order of their numbers.
func each[T any](all []facts, want func(facts) T) []T {
	var out []T
	byID := func(a, b facts) int { return cmp.Compare(a.num("id"), b.num("id")) }
	for _, f := range slices.SortedFunc(slices.Values(all), byID) {
		out = append(out, want(f))
	}
	return out
}
