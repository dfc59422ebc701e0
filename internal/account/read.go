package account

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

func vmID(k key) gandi.VMID         { return gandi.VMID(k.id) }
func diskID(k key) gandi.DiskID     { return gandi.DiskID(k.id) }
func ifaceID(k key) gandi.IfaceID   { return gandi.IfaceID(k.id) }
func vlanID(k key) gandi.VLANID     { return gandi.VLANID(k.id) }
func sshKeyID(k key) gandi.SSHKeyID { return gandi.SSHKeyID(k.id) }
func siteID(k key) gandi.SiteID     { return gandi.SiteID(k.id) }

// infos asks for each thing by itself.
func (r *reader) infos(ctx context.Context, b batch) error {
	keys := slices.SortedFunc(maps.Keys(b.wants), func(a, b key) int { return 1000*int(a.kind-b.kind) + min(max(a.id-b.id, -1), 1) })
	var all []error
	for _, k := range keys {
		if k.kind == WantSweep || r.satisfied(k, b.wants[k]) {
			continue // told by the info of its VM a moment ago
		}
		err := r.info(ctx, k)
		all = append(all, err)
		if isNotNow(err) {
			break
		}
	}
	return errors.Join(all...)
}

// info asks for one thing that somebody waits for.
func (r *reader) info(ctx context.Context, k key) error {
	conn, err := r.c.connection()
	if err != nil {
		return err
	}
	return r.inform(ctx, conn.ask, k)
}

// inform asks for one thing and stores what came of it. That it is not found is
// an answer like any other.
func (r *reader) inform(ctx context.Context, ask *gandi.Client, k key) (err error) {
	t := told{begun: r.begin(), seen: Informed}
	switch k.kind {
	case WantVM:
		err = take(&t.vms)(ask.VM(ctx, vmID(k)))
	case WantDisk:
		err = take(&t.disks)(ask.Disk(ctx, diskID(k)))
	case WantIface:
		err = take(&t.ifaces)(ask.Iface(ctx, ifaceID(k)))
	case WantVLAN:
		err = take(&t.vlans)(askVLAN(ctx, ask, vlanID(k)))
	case WantSSHKey:
		err = take(&t.keys)(ask.SSHKey(ctx, sshKeyID(k)))
	case WantSite:
		err = take(&t.sites)(ask.Site(ctx, siteID(k)))
	case WantSweep:
		return nil
	}
	switch {
	case err == nil:
		t.at = time.Now()
		t.unfold()
		r.c.inventory.store(t)
		return nil
	case gandi.ClassOf(err) == gandi.NotFound:
		r.c.inventory.lost(k, t.begun)
		return nil
	default:
		return fmt.Errorf("reading number %d: %w", k.id, err)
	}
}

func take[T any](into *[]T) func(T, error) error {
	return func(v T, err error) error {
		if err == nil {
			*into = []T{v}
		}
		return err
	}
}

// unfold takes apart what an info embeds: what is in a VM gets records of its
// own and is not kept twice. Inside a VM they do not always say whose they are.
func (t *told) unfold() {
	for i, vm := range t.vms {
		t.vms[i].Disks, t.vms[i].Ifaces = nil, nil
		for _, d := range vm.Disks {
			if len(d.VMIDs) == 0 {
				d.VMIDs = []gandi.VMID{vm.ID}
			}
			t.disks = append(t.disks, d)
		}
		for _, f := range vm.Ifaces {
			if f.VMID == 0 {
				f.VMID = vm.ID
			}
			t.ifaces = append(t.ifaces, f)
		}
	}
	for _, f := range t.ifaces {
		for _, ip := range f.IPs {
			if ip.IfaceID == 0 {
				ip.IfaceID = f.ID
			}
			if ip.VMID == 0 {
				ip.VMID = f.VMID
			}
			t.ips = append(t.ips, ip)
		}
	}
}

// askVLAN is info, completed by the list where info does not tell all: at
// Gandi it is said to tell less.
func askVLAN(ctx context.Context, ask *gandi.Client, id gandi.VLANID) (gandi.VLAN, error) {
	vlan, err := ask.VLAN(ctx, id)
	if err != nil || wholeVLAN(vlan) {
		return vlan, err
	}
	list, err := ask.VLANs(ctx, gandi.VLANFilter{IDs: []gandi.VLANID{id}})
	if err != nil {
		return gandi.VLAN{}, fmt.Errorf("completing what info tells: %w", err)
	}
	for _, listed := range list {
		if listed.ID == id {
			vlan = mergeVLAN(listed, vlan)
		}
	}
	return vlan, nil
}

// idsOf are the numbers of the wanted things of one kind.
func idsOf[I ~int](b batch, kind WantKind) []I {
	var ids []I
	for k := range b.wants {
		if k.kind == kind {
			ids = append(ids, I(k.id))
		}
	}
	return ids
}

// lists reads the wanted things by lists of ids. What is not included it leaves
// to info.
func (r *reader) lists(ctx context.Context, b batch) error {
	conn, err := r.c.connection()
	if err != nil {
		return err
	}
	r.pace.spend(r.listPages(b))
	if err := r.listMachines(ctx, conn, b); err != nil {
		return err
	}
	if err := r.listVLANs(ctx, conn, idsOf[gandi.VLANID](b, WantVLAN)); err != nil {
		return err
	}
	return r.listSSHKeys(ctx, conn, idsOf[gandi.SSHKeyID](b, WantSSHKey))
}

// listMachines lists VMs with all that belongs to them, disks and interfaces.
func (r *reader) listMachines(ctx context.Context, conn *Connection, b batch) (err error) {
	vms, disks, ifaces := idsOf[gandi.VMID](b, WantVM), idsOf[gandi.DiskID](b, WantDisk), idsOf[gandi.IfaceID](b, WantIface)
	// The number is taken before each list: what it tells is at least as young.
	t := told{begun: r.begin(), seen: Listed}
	if len(vms) > 0 {
		if t.vms, err = conn.ask.VMs(ctx, gandi.VMFilter{IDs: sorted(vms)}); err != nil {
			return fmt.Errorf("listing %d VMs: %w", len(vms), err)
		}
	}
	r.keep(&t)
	for _, vm := range t.vms {
		disks, ifaces = append(disks, vm.DiskIDs...), append(ifaces, vm.IfaceIDs...)
	}
	t = told{begun: r.begin(), seen: Listed}
	if len(disks) > 0 {
		if t.disks, err = conn.ask.Disks(ctx, gandi.DiskFilter{IDs: sorted(disks)}); err != nil {
			return fmt.Errorf("listing %d disks: %w", len(disks), err)
		}
	}
	r.keep(&t)
	t = told{begun: r.begin(), seen: Listed}
	if len(ifaces) > 0 {
		if t.ifaces, err = conn.ask.Ifaces(ctx, gandi.IfaceFilter{IDs: sorted(ifaces)}); err != nil {
			return fmt.Errorf("listing %d interfaces: %w", len(ifaces), err)
		}
	}
	r.keep(&t)
	var ips []gandi.IPID
	for _, f := range t.ifaces {
		ips = append(ips, f.IPIDs...)
	}
	t = told{begun: r.begin(), seen: Listed}
	if len(ips) > 0 {
		if t.ips, err = conn.ask.IPs(ctx, gandi.IPFilter{IDs: sorted(ips)}); err != nil {
			return fmt.Errorf("listing %d addresses: %w", len(ips), err)
		}
	}
	r.keep(&t)
	return nil
}

func (r *reader) listVLANs(ctx context.Context, conn *Connection, ids []gandi.VLANID) (err error) {
	if len(ids) == 0 || !r.c.inventory.includes(WantVLAN) {
		return nil
	}
	t := told{begun: r.begin(), seen: Listed}
	if t.vlans, err = conn.ask.VLANs(ctx, gandi.VLANFilter{IDs: sorted(ids)}); err != nil {
		return fmt.Errorf("listing %d VLANs: %w", len(ids), err)
	}
	r.keep(&t)
	return nil
}

// listSSHKeys lists all keys: Gandi does not take their numbers for a filter.
func (r *reader) listSSHKeys(ctx context.Context, conn *Connection, ids []gandi.SSHKeyID) error {
	if len(ids) == 0 || !r.c.inventory.includes(WantSSHKey) {
		return nil
	}
	begun := r.begin()
	keys, err := conn.ask.SSHKeys(ctx, gandi.SSHKeyFilter{})
	if err != nil {
		return fmt.Errorf("listing the SSH keys for %d of them: %w", len(ids), err)
	}
	r.c.inventory.allSSHKeys(keys, begun)
	return nil
}

func (r *reader) keep(t *told) {
	t.at = time.Now()
	r.c.inventory.store(*t)
}

func sorted[I ~int](ids []I) []I {
	slices.Sort(ids)
	return slices.Compact(ids)
}
