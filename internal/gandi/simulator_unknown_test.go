package gandi_test

import (
	"testing"

	"github.com/gandi-operator/gandi-operator/internal/gandi"
	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
)

// Refusals whose codes nobody outside Gandi has seen. However they are told, nothing was accepted; the client may say so
// only where the code is one that it knows, and must otherwise send its caller to look.
func TestRefusalsOfUnknownCode(t *testing.T) {
	situations := []struct {
		name string
		call func(s *stand) gandi.Call
	}{
		{"busy", func(s *stand) gandi.Call {
			vm := s.panelVM("running")
			s.submit(gandi.VMReboot{ID: vm})
			return gandi.VMUpdate{ID: vm, Hostname: new("second")}
		}},
		{"stop of a halted VM", func(s *stand) gandi.Call { return gandi.VMStop{ID: s.panelVM("halted")} }},
		{"start of a running VM", func(s *stand) gandi.Call { return gandi.VMStart{ID: s.panelVM("running")} }},
		{"reboot of a halted VM", func(s *stand) gandi.Call { return gandi.VMReboot{ID: s.panelVM("halted")} }},
		{"deletion of a running VM", func(s *stand) gandi.Call { return gandi.VMDelete{ID: s.panelVM("running")} }},
		{"the system disk of a running VM", func(s *stand) gandi.Call {
			vm := s.panelVM("running")
			return gandi.VMDiskDetach{VM: vm, Disk: gandi.DiskID(s.part(vm, "disks_id"))}
		}},
		{"a closed datacenter", func(s *stand) gandi.Call {
			s.change(map[string]any{"type": "datacenter", "id": 3, "iaas_closed_for": "ALL"})
			return aCreate("vm")
		}},
		{"no credits", func(s *stand) gandi.Call {
			s.change(map[string]any{"type": "account", "credits": 0})
			return aCreate("vm")
		}},
		{"a network of a name that is taken", func(s *stand) gandi.Call {
			s.does(gandi.VLANCreate{DatacenterID: 3, Name: "taken"})
			return gandi.VLANCreate{DatacenterID: 4, Name: "taken"}
		}},
		{"a name for a private address", func(s *stand) gandi.Call {
			vlan := s.vlan(3, "private")
			ops := s.does(gandi.IfaceCreate{DatacenterID: 3, VLAN: vlan})
			return gandi.IPUpdate{ID: ops[0].IPID, Reverse: "www.example.com"}
		}},
		{"a snapshot put on a VM", func(s *stand) gandi.Call {
			_, snap := s.snapshotted()
			return gandi.VMDiskAttach{VM: s.panelVM("running"), Disk: snap}
		}},
		{"cancelling what is done", func(s *stand) gandi.Call {
			ops := s.does(gandi.VMReboot{ID: s.panelVM("running")})
			return gandi.OperationCancel{ID: ops[0].ID}
		}},
	}
	for position, class := range map[string]gandi.Class{
		"own-causes": gandi.OutcomeUnknown, "badparameter": gandi.Refused, "failure": gandi.OutcomeUnknown,
	} {
		for _, tt := range situations {
			t.Run(position+"/"+tt.name, func(t *testing.T) {
				inWorld(t, switched("unknown-faults", position), func(t *testing.T, s *stand) {
					call := tt.call(s)
					before := s.marks()
					_, err := s.client.Submit(t.Context(), call)
					turnedDown(t, call.Method(), err, class)
					after := s.marks()
					if after.moves != before.moves || after.seq != before.seq+1 {
						t.Errorf("the world moved from %+v to %+v", before, after)
					}
				})
			})
		}
	}
}

// Refusals whose codes are known, or follow from how codes are made.
func TestRefusalsOfKnownCode(t *testing.T) {
	for _, tt := range []struct {
		name string
		call func(s *stand) gandi.Call
		want gandi.Class
		code int
	}{
		{"a disk that is attached", func(s *stand) gandi.Call {
			return gandi.DiskDelete{ID: gandi.DiskID(s.part(s.panelVM("running"), "disks_id"))}
		}, gandi.Busy, 530439},
		{"an interface that is attached", func(s *stand) gandi.Call {
			return gandi.IfaceDelete{ID: gandi.IfaceID(s.part(s.panelVM("running"), "ifaces_id"))}
		}, gandi.Busy, 530339},
		{"a system disk that is attached", func(s *stand) gandi.Call {
			disk := gandi.DiskID(s.part(s.panelVM("running"), "disks_id"))
			return gandi.VMCreate{VM: gandi.VMSpec{DatacenterID: 3, SysDiskID: disk, IPVersion: 4, SSHKey: sshKey}}
		}, gandi.Busy, 530439},
		{"an image of another datacenter", func(*stand) gandi.Call {
			c := aCreate("vm")
			c.VM.DatacenterID, c.Disk.DatacenterID = 4, 4
			return c
		}, gandi.Refused, 530451},
		{"an image by its number in place of its disk's", func(s *stand) gandi.Call {
			c := aCreate("vm")
			c.Source = gandi.DiskID(s.image("Debian 8 (HVM)", 3).ID)
			return c
		}, gandi.NotFound, 530442},
		{"memory that is no multiple of 64", func(*stand) gandi.Call {
			c := aCreate("vm")
			c.VM.MemoryMB = 300
			return c
		}, gandi.Refused, 0},
		{"13 cores", func(s *stand) gandi.Call { return gandi.VMUpdate{ID: s.panelVM("running"), Cores: new(13)} }, gandi.Refused, 0},
		{"a maximum that is no tier", func(s *stand) gandi.Call {
			return gandi.VMUpdate{ID: s.panelVM("running"), MaxMemoryMB: new(3000)}
		}, gandi.Refused, 0},
		{"memory above the maximum", func(s *stand) gandi.Call {
			return gandi.VMUpdate{ID: s.panelVM("running"), MemoryMB: new(4096)}
		}, gandi.Refused, 0},
		{"neither password nor key", func(*stand) gandi.Call {
			c := aCreate("vm")
			c.VM.Password = gandi.Secret{}
			return c
		}, gandi.Refused, 0},
		{"a weak password", func(*stand) gandi.Call {
			c := aCreate("vm")
			c.VM.Password = gandi.NewSecret("short", "uid/1/password")
			return c
		}, gandi.Refused, 0},
		{"the login root", func(*stand) gandi.Call {
			c := aCreate("vm")
			c.VM.Login = "root"
			return c
		}, gandi.Refused, 0},
		{"a disk name in capitals", func(*stand) gandi.Call { return aCreate("VM") }, gandi.Refused, 0},
		{"a disk that shrinks", func(s *stand) gandi.Call {
			return gandi.DiskUpdate{ID: gandi.DiskID(s.part(s.panelVM("running"), "disks_id")), SizeMB: new(1024)}
		}, gandi.Refused, 0},
		{"what was deleted before", func(s *stand) gandi.Call {
			vm := s.panelVM("halted")
			s.does(gandi.VMDelete{ID: vm})
			return gandi.VMDelete{ID: vm}
		}, gandi.NotFound, 0},
		{"attaching what is attached", func(s *stand) gandi.Call {
			disk := gandi.DiskID(s.part(s.panelVM("halted"), "disks_id"))
			return gandi.VMDiskAttach{VM: s.panelVM("running"), Disk: disk}
		}, gandi.Busy, 530439},
		{"attaching an interface that is attached", func(s *stand) gandi.Call {
			nic := gandi.IfaceID(s.part(s.panelVM("halted"), "ifaces_id"))
			return gandi.VMIfaceAttach{VM: s.panelVM("running"), Iface: nic}
		}, gandi.Busy, 530339},
		{"a rollback of a disk that is attached", func(s *stand) gandi.Call {
			disk, snap := s.snapshotted()
			s.does(gandi.VMDiskAttach{VM: s.panelVM("running"), Disk: disk})
			return gandi.DiskRollback{Disk: disk, Snapshot: snap}
		}, gandi.Busy, 530439},
		{"a migration of a disk that is attached", func(s *stand) gandi.Call {
			s.change(map[string]any{"type": "vm", "create": map[string]any{"hostname": "old", "datacenter_id": 1}})
			return gandi.DiskMigrate{ID: gandi.DiskID(s.last("disks")), To: 4}
		}, gandi.Busy, 530439},
		{"a network with an interface on it", func(s *stand) gandi.Call {
			vlan := s.vlan(3, "private")
			s.does(gandi.IfaceCreate{DatacenterID: 3, VLAN: vlan})
			return gandi.VLANDelete{ID: vlan}
		}, gandi.Busy, 0},
		{"a migration to where none goes", func(s *stand) gandi.Call {
			disk, _ := s.snapshotted()
			return gandi.DiskMigrate{ID: disk, To: 4}
		}, gandi.Refused, 530451},
		{"a disk of another datacenter", func(s *stand) gandi.Call {
			vm := s.panelVM("running")
			s.change(map[string]any{"type": "disk", "create": map[string]any{"datacenter_id": 4, "name": "far"}})
			return gandi.VMDiskAttach{VM: vm, Disk: gandi.DiskID(s.last("disks"))}
		}, gandi.Refused, 530451},
		{"a rollback to what is no snapshot", func(s *stand) gandi.Call {
			disk, _ := s.snapshotted()
			return gandi.DiskRollback{Disk: disk, Snapshot: disk}
		}, gandi.Refused, 530437},
		{"a snapshot of nothing", func(*stand) gandi.Call {
			return gandi.DiskCreate{Disk: gandi.DiskSpec{DatacenterID: 3, Type: gandi.DiskTypeSnapshot}}
		}, gandi.Refused, 530437},
		{"a snapshot profile that there is not", func(*stand) gandi.Call {
			return gandi.DiskCreate{Disk: gandi.DiskSpec{DatacenterID: 3, SnapshotProfile: 9}}
		}, gandi.NotFound, 0},
		{"an address outside of its network", func(s *stand) gandi.Call {
			return gandi.IfaceCreate{DatacenterID: 3, VLAN: s.vlan(3, "private"), IP: "192.0.2.1"}
		}, gandi.Refused, 0},
		{"a gateway outside of its network", func(s *stand) gandi.Call {
			return gandi.VLANUpdate{ID: s.vlan(3, "private"), Gateway: new("192.0.2.1")}
		}, gandi.Refused, 0},
		{"an empty update of a network", func(s *stand) gandi.Call { return gandi.VLANUpdate{ID: s.vlan(3, "private")} }, gandi.Refused, 0},
		{"a name that is none", func(s *stand) gandi.Call {
			return gandi.IPUpdate{ID: gandi.IPID(s.one("ifaces", s.part(s.panelVM("running"), "ifaces_id")).list("ips_id")[0].(int))}
		}, gandi.Refused, 0},
		{"a key that is none", func(*stand) gandi.Call { return gandi.SSHKeyCreate{Name: "mine", Value: "hello"} }, gandi.Refused, 0},
		{"a key that was deleted before", func(s *stand) gandi.Call {
			key := s.submit(gandi.SSHKeyCreate{Name: "mine", Value: sshKey})[0].SSHKeyID
			s.submit(gandi.SSHKeyDelete{ID: key})
			return gandi.SSHKeyDelete{ID: key}
		}, gandi.NotFound, 0},
		{"a method that there is not", func(*stand) gandi.Call { return rawCall{"hosting.product.list", nil} }, gandi.Refused, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inWorld(t, nil, func(t *testing.T, s *stand) {
				call := tt.call(s)
				before := s.marks()
				_, err := s.client.Submit(t.Context(), call)
				turnedDown(t, call.Method(), err, tt.want)
				wantCode(t, err, tt.code)
				after := s.marks()
				if after.moves != before.moves || after.seq != before.seq+1 {
					t.Errorf("the world moved from %+v to %+v", before, after)
				}
			})
		})
	}
}

// A second change of a busy VM is taken where Gandi queues it, and takes its turn.
func TestASecondChange(t *testing.T) {
	for position, end := range map[string]string{"queue": gandi.StepDone, "operation-error": gandi.StepError} {
		t.Run(position, func(t *testing.T) {
			inWorld(t, switched("second-mutation", position), func(t *testing.T, s *stand) {
				vm := s.panelVM("running")
				first := s.submit(gandi.VMReboot{ID: vm})[0]
				second := s.submit(gandi.VMUpdate{ID: vm, Hostname: new("second")})[0]
				if got := s.ended(second.ID); got.Step != end {
					t.Errorf("the second operation ended %s, want %s", got.Step, end)
				}
				if got := s.ended(first.ID); got.Step != gandi.StepDone {
					t.Errorf("the first operation ended %s", got.Step)
				}
			})
		})
	}
}

// A create that comes to nothing halfway leaves things behind that its operations name, wherever they name them.
func TestACreateThatEndsHalfway(t *testing.T) {
	for _, step := range []string{"vm_create", "iface_create", "disk_create"} {
		for _, leaves := range []string{"disk+iface", "disk", "invalid-vm", "nothing"} {
			for _, ids := range []string{"reply", "params-only"} {
				t.Run(step+"/"+leaves+"/"+ids, func(t *testing.T) {
					inWorld(t, &gandisim.Options{Switches: map[string]string{
						"failed-create-step": step, "failed-create-leaves": leaves, "create-reply-ids": ids,
					}}, halfway)
				})
			}
		}
	}
}

func halfway(t *testing.T, s *stand) {
	t.Helper()
	s.world.Script(gandisim.Trouble{Method: "hosting.vm.create_from", Operation: "ERROR"})
	ops := s.submit(aCreate("vm"))
	failed := 0
	var vm gandi.VMID
	var disk gandi.DiskID
	var nic gandi.IfaceID
	for _, op := range ops {
		end := s.ended(op.ID)
		if end.Step == gandi.StepError {
			failed++
			if end.LastError == "" {
				t.Errorf("operation %d (%s) does not say what went wrong", end.ID, end.Type)
			}
		}
		switch end.Type {
		case gandi.TypeVMCreate:
			vm = end.VMID
		case gandi.TypeDiskCreate:
			disk = end.DiskID
		case gandi.TypeIfaceCreate:
			nic = end.IfaceID
		}
	}
	if failed == 0 || vm == 0 || disk == 0 || nic == 0 {
		t.Fatalf("%d operations failed; they name VM %d, disk %d, interface %d", failed, vm, disk, nic)
	}
	left := map[string]int{"vms": int(vm), "disks": int(disk), "ifaces": int(nic)}
	_, vmErr := s.client.VM(t.Context(), vm)
	_, diskErr := s.client.Disk(t.Context(), disk)
	_, nicErr := s.client.Iface(t.Context(), nic)
	for list, err := range map[string]error{"vms": vmErr, "disks": diskErr, "ifaces": nicErr} {
		there := len(s.narrowed(list, func(f facts) bool { return f.num("id") == left[list] })) == 1
		switch {
		case there && err != nil:
			t.Errorf("%s %d is left, and reads %v", list, left[list], err)
		case !there:
			turnedDown(t, list, err, gandi.NotFound)
		}
	}
	s.agree(nil)
}

// panelVM is a VM in that state, made outside of the API.
func (s *stand) panelVM(state string) gandi.VMID {
	s.t.Helper()
	s.change(map[string]any{"type": "vm", "create": map[string]any{"hostname": "vm", "state": state, "datacenter_id": 3}})
	return gandi.VMID(s.last("vms"))
}
