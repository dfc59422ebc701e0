package gandisim

// worldSwitches are the unknowns of how Gandi keeps its objects and runs its operations. The defaults are what
// the two editions of the usage guide say; where they are silent, what a client that was seen working relied on;
// where nobody was seen relying on anything, the position that catches more mistakes of a client.
func worldSwitches() []Switch {
	return []Switch{
		// Lists.
		{"farm-filter", "what vm.list and vm.count do with the filter farm",
			[]string{"works", "ignored", "faulted"}, "works"},
		{"farm", "which replies carry a VM's farm: list (and info), info only, or none",
			[]string{"list", "info", "nowhere"}, "info"},
		{"unknown-filter", "what a filter key that the method does not have gets",
			[]string{"fault", "ignored"}, "fault"},
		{"list-lag", "whether lists and counts show what was true 5 s ago: never, of objects, or of operations too; info never lags",
			[]string{"none", "objects", "everything"}, "none"},
		{"datacenter-fields", "whether a datacenter carries all fields, or only the four that the usage guide prints",
			[]string{"full", "guide"}, "full"},
		{"dates", "the zone that dates are written in, which the wire does not name",
			[]string{"utc", "paris"}, "utc"},

		// What a caller may send.
		{"unknown-field", "what a member of a specification that the method does not have gets",
			[]string{"fault", "ignored"}, "fault"},
		{"dry-run", "what --dry-run does on hosting methods, where nobody has shown it: nothing (the call acts), a dry run, or a fault",
			[]string{"ignored", "honoured", "refused"}, "ignored"},
		{"disk-name", "which disk names are taken: 1 to 15 of -_0-9a-z, or any text of 1 to 255 characters",
			[]string{"strict15", "255"}, "strict15"},
		{"credentials", "whether a VM must be created with a password or a key",
			[]string{"required", "optional"}, "required"},
		{"create-datacenter", "whether vm.create_from takes the datacenter of the disk when vm_spec names none",
			[]string{"from-disk", "required"}, "from-disk"},
		{"create-max-memory", "what vm.create and vm.create_from do with vm_max_memory",
			[]string{"taken", "ignored", "faulted"}, "taken"},
		{"max-memory-tiers", "the values that vm_max_memory may have: 2048 4096 8192 16384 24576, 2048 4096 24576, or 2048 4096 8192 16384 32768",
			[]string{"five", "three", "powers"}, "five"},
		{"farm-update", "whether vm.update takes farm",
			[]string{"refused", "taken"}, "refused"},
		{"unknown-faults", "how faults are told whose codes nobody saw (state, busy, quota, closed datacenter, taken name): with causes of their own (36, 52 to 57), as BADPARAMETER, or as a failure of the server, 500066",
			[]string{"own-causes", "badparameter", "failure"}, "own-causes"},
		{"foreign-object", "what an object of another handle gets",
			[]string{"noright", "notfound"}, "noright"},

		// Replies.
		{"op-reply", "whether a method that starts one operation answers it as a struct or as an array of one",
			[]string{"struct", "array"}, "struct"},
		{"create-reply-ids", "whether the ids of new objects stand in the reply, or only in operation.info params",
			[]string{"reply", "params-only"}, "reply"},

		// Operations.
		{"operation-ids", "whether ids of operations grow",
			[]string{"monotonic", "shuffled"}, "monotonic"},
		{"bill", "how long an operation stays in BILL: not at all, or 3 s",
			[]string{"at-once", "slow"}, "at-once"},
		{"hang-step", "the step in which an operation hangs that is told to hang",
			[]string{"BILL", "WAIT", "RUN"}, "BILL"},
		{"second-mutation", "what a mutation gets while an operation on the same object is in flight: a fault, a place in the queue, or an operation that ends in ERROR",
			[]string{"busy-fault", "queue", "operation-error"}, "busy-fault"},
		{"vm-locked", "whether a VM's state reads locked while an operation on it runs",
			[]string{"never", "while-operating"}, "never"},
		{"cancel", "which hosting operations operation.cancel takes: those in BILL or WAIT, all unfinished ones, or none",
			[]string{"waiting", "always", "never"}, "waiting"},
		{"failed-create-step", "which operation of a create fails that is told to fail",
			[]string{"vm_create", "iface_create", "disk_create"}, "vm_create"},
		{"failed-create-leaves", "what of the things bought by a create that failed is left",
			[]string{"disk+iface", "disk", "invalid-vm", "nothing"}, "disk+iface"},

		// VMs and disks.
		{"repeat-start-stop", "what vm.start of a running VM and vm.stop of a halted one get: a fault, or an operation without effect",
			[]string{"fault", "no-op"}, "fault"},
		{"update-reboots", "whether vm.update of vm_max_memory reboots a running VM by itself",
			[]string{"no", "yes"}, "no"},
		{"memory-above-max", "whether memory above the maximum in force is taken in the same vm.update that raises the maximum, or only once the raise is in force",
			[]string{"with-update", "after-reboot"}, "with-update"},
		{"max-memory-shown", "when a raise that waits for a reboot is shown",
			[]string{"at-once", "after-reboot"}, "at-once"},
		{"cores-change", "whether cores of a running VM can be changed",
			[]string{"live", "halted-only"}, "live"},
		{"memory-shrink", "whether memory of a running VM can be lowered",
			[]string{"live", "halted-only"}, "live"},
		{"disk-resize", "whether growing a disk reboots the running VM that it is attached to",
			[]string{"reboots", "live"}, "reboots"},
		{"deleted-objects", "whether a deleted VM or disk is gone at once, or stays for 10 minutes: as state deleted, or the disk as redemption",
			[]string{"gone", "visible", "redemption"}, "gone"},
		{"repeat-delete", "what deleting a VM, disk or interface gets that was deleted before: a fault, or an operation without effect",
			[]string{"fault", "no-op"}, "fault"},
		{"quota", "whether creating is refused when the credits are used up, or the shares that the account was granted",
			[]string{"enforced", "unlimited"}, "enforced"},
	}
}
