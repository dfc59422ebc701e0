package gandisim

import (
	"strings"
	"testing"
)

// What vm.create_from takes and refuses. A nil removes a member of a specification that is taken.
func TestSpecificationsOfAVM(t *testing.T) {
	key := "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC63QZAW3tusdv me@example.com"
	for _, tc := range []struct {
		name   string
		change Struct
		words  string // of the fault, "" when it is taken
	}{
		{"as it is", nil, ""},
		{"least memory", Struct{"memory": 256}, ""},
		{"most memory", Struct{"memory": 24576}, ""},
		{"memory between steps", Struct{"memory": 300}, "by step of 64"},
		{"too little memory", Struct{"memory": 192}, "between 256 and 24576"},
		{"too much memory", Struct{"memory": 24640}, "between 256 and 24576"},
		{"memory as text", Struct{"memory": "512"}, "memory must be an int"},
		{"memory as double", Struct{"memory": 512.0}, "memory must be an int"},
		{"no memory", Struct{"memory": nil}, ""},
		{"no cores", Struct{"cores": nil}, ""},
		{"no core", Struct{"cores": 0}, "cores must be between 1 and 12"},
		{"most cores", Struct{"cores": 12}, ""},
		{"too many cores", Struct{"cores": 13}, "cores must be between 1 and 12"},
		{"memory above the maximum", Struct{"memory": 4096, "vm_max_memory": 2048}, "above vm_max_memory"},
		{"a maximum that is no tier", Struct{"vm_max_memory": 3000}, "EC_ENUMIN"},
		{"no hostname", Struct{"hostname": nil}, ""},
		{"an empty hostname", Struct{"hostname": ""}, "1 to 63 characters"},
		{"63 characters, more bytes", Struct{"hostname": strings.Repeat("é", 63)}, ""},
		{"64 characters", Struct{"hostname": strings.Repeat("a", 64)}, "1 to 63 characters"},
		{"white space in the hostname", Struct{"hostname": "a b"}, "without white space"},
		{"a dotted hostname", Struct{"hostname": "www.example.com"}, ""},
		{"bandwidth as double", Struct{"bandwidth": 5120.0}, ""},
		{"no bandwidth", Struct{"bandwidth": nil}, ""},
		{"negative bandwidth", Struct{"bandwidth": -1}, "bandwidth must be positive"},
		{"IPv6 only", Struct{"ip_version": 6}, ""},
		{"IPv5", Struct{"ip_version": 5}, "EC_ENUMIN"},
		{"no version and no interface", Struct{"ip_version": nil}, "missing field 'ip_version'"},
		{"login root", Struct{"login": "root"}, "'root' is reserved"},
		{"login", Struct{"login": "admin"}, ""},
		{"a short password", Struct{"password": "seven77"}, "EC_VALIDPASSWORD"},
		{"a long password", Struct{"password": strings.Repeat("x", 65)}, "EC_VALIDPASSWORD"},
		{"a password of 64", Struct{"password": strings.Repeat("x", 64)}, ""},
		{"a password beyond ASCII", Struct{"password": "pässwörter"}, "EC_VALIDPASSWORD"},
		{"neither password nor key", Struct{"password": nil}, "EC_MISSINGFIELDS"},
		{"a key alone", Struct{"password": nil, "ssh_key": key}, ""},
		{"a key that is none", Struct{"ssh_key": "hello"}, "one public key"},
		{"two keys", Struct{"ssh_key": key + "\n" + key}, "one public key"},
		{"an id of a key that is none", Struct{"keys": []any{99}}, "SSH key '99' doesn't exist."},
		{"keys that are no ids", Struct{"keys": []any{"a"}}, "keys must be an array of int"},
		{"an interface that is none", Struct{"iface_id": 99}, "Iface '99' doesn't exist."},
		{"a script", Struct{"run": "apt-get update", "script": "#!/bin/sh\n", "script_args": "-x"}, ""},
		{"a farm", Struct{"farm": "blue"}, ""},
		{"the console as 1", Struct{"console": 1}, ""},
		{"the console as 2", Struct{"console": 2}, "console must be a boolean"},
		{"shares of old", Struct{"shares": 4, "ai_active": 0}, ""},
		{"a datacenter that is none", Struct{"datacenter_id": 77}, "Datacenter '77' doesn't exist."},
		{"another datacenter than the image", Struct{"datacenter_id": 3}, "same datacenter"},
		{"a negative datacenter", Struct{"datacenter_id": -1}, "datacenter_id must be a positive int"},
		{"a member that nobody knows", Struct{"colour": "red"}, "unknown field 'colour'"},
		{"the system disk of vm.create", Struct{"sys_disk_id": 4}, "unknown field 'sys_disk_id'"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			inWorld(t, Options{}, func(me *customer) {
				args := []any{spec(tc.change), Struct{"name": "sys"}, ubuntu1004}
				if tc.words == "" {
					ops := byType(me.ok("hosting.vm.create_from", args...))
					me.done(ops["vm_create"])
				} else {
					me.refused(0, tc.words, "hosting.vm.create_from", args...)
					if n := len(me.w.State()["vms"].([]any)) + len(me.w.State()["disks"].([]any)) + len(me.w.State()["ifaces"].([]any)); n != 0 {
						t.Errorf("%d things made by a refused call", n)
					}
				}
			})
		})
	}
}

// Gandi looks at types, then values, then existence, then rights, then state.
func TestTheOrderOfValidation(t *testing.T) {
	inWorld(t, Options{}, func(me *customer) {
		id := me.vm(nil)
		other := &customer{t: t, w: me.w, handle: OtherHandle}
		other.refused(530237, "must be an int", "hosting.vm.update", 1, Struct{"memory": "x", "cores": 99, "hostname": ""})
		other.refused(501237, "hostname", "hosting.vm.update", 1, Struct{"memory": 1000, "hostname": ""})
		other.refused(530237, "by step of 64", "hosting.vm.update", 1, Struct{"memory": 1000})
		other.refused(530242, "doesn't exist", "hosting.vm.update", 1, Struct{"memory": 4096})
		other.refused(530250, "aren't allowed", "hosting.vm.update", id, Struct{"memory": 4096})
		me.ok("hosting.vm.stop", id)
		me.refused(530253, "in progress", "hosting.vm.update", id, Struct{"memory": 4096})
	})
}

func TestWhatUpdatesRefuse(t *testing.T) {
	inWorld(t, Options{}, func(me *customer) {
		id := me.vm(Struct{"password": nil, "ssh_key": "ssh-rsa AAAA me"})
		for _, tc := range []struct {
			change Struct
			words  string
		}{
			{Struct{"login": "x"}, "unknown field 'login'"},
			{Struct{"datacenter_id": 3}, "unknown field 'datacenter_id'"},
			{Struct{"description": "x"}, "unknown field 'description'"},
			{Struct{"vm_max_memory": 1024}, "EC_ENUMIN"},
			{Struct{"memory": 2112}, "above vm_max_memory 2048"},
			{Struct{"memory": 4096, "vm_max_memory": 2048}, "above vm_max_memory 2048"},
			{Struct{"console": true}, "console needs a password"},
			{Struct{"password": "short"}, "EC_VALIDPASSWORD"},
		} {
			me.refused(0, tc.words, "hosting.vm.update", id, tc.change)
		}
		me.does("hosting.vm.update", id, Struct{"password": "long-enough", "console": 1})
		wantFields(t, me.info("vm", id), Struct{"console": 1})
		me.does("hosting.vm.update", id, Struct{"console": false, "hostname": "renommé", "cores": 3})
		wantFields(t, me.info("vm", id), Struct{"console": 0, "hostname": "renommé", "cores": 3})
		me.does("hosting.vm.update", id, Struct{}) // asks for nothing, changes nothing
	})
}

// The state that a purchase and a repair must leave alone is not the caller's to lose.
func TestAFailedCreateOnOnesOwnDiskLeavesIt(t *testing.T) {
	inWorld(t, with("failed-create-leaves", "nothing"), func(me *customer) {
		disk := me.does("hosting.disk.create_from", Struct{"name": "own"}, ubuntu1004)["disk_id"]
		nic := me.does("hosting.iface.create", Struct{"datacenter_id": 1, "ip_version": 4})["iface_id"]
		me.trouble = "ERROR"
		ops := byType(me.ok("hosting.vm.create", spec(Struct{"ip_version": nil, "bandwidth": nil, "sys_disk_id": disk, "iface_id": nic})))
		me.trouble = ""
		if o := me.settled(ops["vm_create"]); o["step"] != "ERROR" {
			t.Fatalf("ended %v", o["step"])
		}
		wantFields(t, me.info("disk", disk), Struct{"vms_id": []any{}, "state": "created"})
		wantFields(t, me.info("iface", nic), Struct{"vm_id": nil, "state": "free"})
		ops = byType(me.ok("hosting.vm.create", spec(Struct{"sys_disk_id": disk})))
		if len(ops) != 2 {
			t.Errorf("operations %v", ops)
		}
		me.refused(530453, "in progress", "hosting.vm.create", spec(Struct{"sys_disk_id": disk}))
		me.done(ops["vm_create"])
		me.refused(530439, "is attached", "hosting.vm.create", spec(Struct{"sys_disk_id": disk}))
	})
}

func TestACopyOfOnesOwnDisk(t *testing.T) {
	inWorld(t, Options{}, func(me *customer) {
		prepared := me.vm(nil)
		disk := me.info("vm", prepared)["disks_id"].([]any)[0]
		me.refused(0, "same datacenter", "hosting.vm.create_from", spec(Struct{"datacenter_id": 4}), Struct{"name": "sys"}, disk)
		ops := byType(me.ok("hosting.vm.create_from", spec(Struct{"hostname": "copy"}), Struct{"name": "sys2", "size": 6144}, disk))
		me.done(ops["vm_create"])
		wantFields(t, me.info("disk", ops["disk_create"]["disk_id"]), Struct{"source": disk, "size": 6144, "label": "Ubuntu 10.04"})
		me.refused(530442, "doesn't exist", "hosting.vm.create_from", spec(nil), Struct{"name": "sys"}, 18) // the image's id, not its disk's
	})
}

func TestDisksAreBootedWithWhatTheySay(t *testing.T) {
	inWorld(t, Options{}, func(me *customer) {
		disk := me.does("hosting.disk.create_from", Struct{"name": "sys", "kernel": "3.2-x86_64", "cmdline": "root=/dev/xvda1 ro single"}, ubuntu1004)["disk_id"]
		wantFields(t, me.info("disk", disk), Struct{"kernel_version": "3.2-x86_64", "kernel_cmdline": Struct{"root": "/dev/xvda1", "ro": true, "single": true}})
		me.does("hosting.disk.update", disk, Struct{"kernel": "grub", "name": "boot"})
		wantFields(t, me.info("disk", disk), Struct{"kernel_version": "grub", "name": "boot", "kernel_cmdline": Struct{"root": "/dev/sda", "ro": true, "console": "ttyS0", "nosep": true}})
		wantFields(t, me.ok("hosting.disk.get_options", disk).(Struct), Struct{"root": "/dev/sda"})
		me.refused(0, "kernel '9.9' doesn't exist", "hosting.disk.update", disk, Struct{"kernel": "9.9"})
		kernels := me.ok("hosting.disk.list_kernels", 1).(Struct)
		if hvm := kernels["linux-hvm"].([]any); hvm[1] != "grub" {
			t.Errorf("kernels %v", kernels)
		}
		me.refused(530142, "", "hosting.disk.list_kernels", 99)
		wantFields(t, me.ok("hosting.disk.list_options", "2.6.32").(Struct), Struct{"console": "xvc0"})
		me.refused(0, "doesn't exist", "hosting.disk.list_options", "9.9")
	})
}
