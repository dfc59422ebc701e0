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
