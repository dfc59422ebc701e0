package e2e

import (
	"fmt"
	"strings"
	"testing"
)

func TestWhatAVMMaySayOfItsSystemDisk(t *testing.T) {
	const (
		size    = "size: write a multiple of 1Gi with its unit, such as 10Gi or 1Ti, up to 1024Ti; 1536Mi and 1.5Gi are none"
		control = "name: leave out control characters"
		oneLine = "cmdline: write one line, without control characters"
		oneDisk = "systemDisk: write one of diskRef and diskID"
		ofImage = "systemDisk: name, size, kernel, cmdline, snapshotProfile and retain are for the system disk that is copied from an image; a disk of yours has them in its GandiDisk"
		source  = "write exactly one of image (a new system disk is copied from it) and systemDisk.diskRef or systemDisk.diskID (a disk of yours is used as it is)"
	)
	judgeNew(t, vms, baseVM, []row{
		{"nothing", `spec: {systemDisk: {}}`, ""},
		{"all of it", `spec: {systemDisk: {name: boot, size: 10Gi, kernel: "3.12-x86_64 (hvm)", cmdline: root=/dev/sda1 ro, snapshotProfile: minimal, retain: true}}`, ""},
		{"of a copy of a disk", `spec: {image: {label: null, diskID: 7}, systemDisk: {size: 10Gi}}`, ""},
		{"of an adopted VM", `spec: {image: null, adopt: {id: 5}, systemDisk: {size: 10Gi}}`, ""},

		{"a size of 1Gi", `spec: {systemDisk: {size: 1Gi}}`, ""},
		{"a size in Mi", `spec: {systemDisk: {size: 1024Mi}}`, ""},
		{"a size in Ti", `spec: {systemDisk: {size: 1Ti}}`, ""},
		{"the greatest size", `spec: {systemDisk: {size: 1024Ti}}`, ""},
		{"a size above the greatest", `spec: {systemDisk: {size: 1025Ti}}`, size},
		{"a size beyond all numbers", `spec: {systemDisk: {size: 9999999999Ti}}`, size},
		{"a size with a fraction", `spec: {systemDisk: {size: 1.5Gi}}`, size},
		{"a size between two steps", `spec: {systemDisk: {size: 1536Mi}}`, size},
		{"a size as a number", `spec: {systemDisk: {size: 10}}`, size},
		{"a size in decimal units", `spec: {systemDisk: {size: 10G}}`, size},
		{"no size at all", `spec: {systemDisk: {size: 0Gi}}`, size},

		{"a name in Unicode", `spec: {systemDisk: {name: "` + strings.Repeat("é", 255) + `"}}`, ""},
		{"a name of 256 characters", `spec: {systemDisk: {name: "` + strings.Repeat("é", 256) + `"}}`, "may not be more than 255"},
		{"an empty name", `spec: {systemDisk: {name: ""}}`, "at least 1 chars long"},
		{"a name with a line break", `spec: {systemDisk: {name: "a\nb"}}`, control},
		{"a name with a C1 control character", `spec: {systemDisk: {name: "a\u0085b"}}`, control},
		{"an empty kernel", `spec: {systemDisk: {kernel: ""}}`, "at least 1 chars long"},
		{"an empty command line", `spec: {systemDisk: {cmdline: ""}}`, "at least 1 chars long"},
		{"a command line of two lines", `spec: {systemDisk: {cmdline: "ro\nquiet"}}`, oneLine},
		{"a command line with a tab", `spec: {systemDisk: {cmdline: "ro\tquiet"}}`, oneLine},
		{"a command line that is too long", `spec: {systemDisk: {cmdline: "` + strings.Repeat("x", 1025) + `"}}`, "may not be more than 1024"},
		{"an empty snapshot profile", `spec: {systemDisk: {snapshotProfile: ""}}`, "at least 1 chars long"},

		{"a GandiDisk", `spec: {image: null, systemDisk: {diskRef: {name: system}}}`, ""},
		{"a GandiDisk and an image", `spec: {systemDisk: {diskRef: {name: system}}}`, source},
		{"a GandiDisk and a number", `spec: {image: null, systemDisk: {diskRef: {name: system}, diskID: 7}}`, oneDisk},
		{"a GandiDisk without a name", `spec: {image: null, systemDisk: {diskRef: {}}}`, "spec.systemDisk.diskRef.name: Required value"},
		{"a GandiDisk with an empty name", `spec: {image: null, systemDisk: {diskRef: {name: ""}}}`, "at least 1 chars long"},
		{"disk 0", `spec: {image: null, systemDisk: {diskID: 0}}`, "greater than or equal to 1"},
		{"a GandiDisk with a size", `spec: {image: null, systemDisk: {diskRef: {name: system}, size: 10Gi}}`, ofImage},
		{"a GandiDisk with a name at Gandi", `spec: {image: null, systemDisk: {diskRef: {name: system}, name: boot}}`, ofImage},
		{"a GandiDisk with a kernel", `spec: {image: null, systemDisk: {diskRef: {name: system}, kernel: grub}}`, ofImage},
		{"a GandiDisk with a command line", `spec: {image: null, systemDisk: {diskRef: {name: system}, cmdline: ro}}`, ofImage},
		{"a GandiDisk with a snapshot profile", `spec: {image: null, systemDisk: {diskRef: {name: system}, snapshotProfile: minimal}}`, ofImage},
		{"a GandiDisk to be retained", `spec: {image: null, systemDisk: {diskRef: {name: system}, retain: true}}`, ofImage},
		{"a disk by number with a size", `spec: {image: null, systemDisk: {diskID: 7, size: 10Gi}}`, ofImage},
		{"an adopted VM with image and GandiDisk", `spec: {adopt: {id: 5}, systemDisk: {diskRef: {name: system}}}`, ""},
	})
}

func TestWhatAVMMaySayOfItsDisks(t *testing.T) {
	const (
		entry     = "name: write small letters, digits and hyphens, such as data"
		twice     = "disks: a GandiDisk can be attached once; leave the second entry of it out"
		positions = "disks: write each position once"
		first     = "disks: position 0 is that of systemDisk.diskRef or systemDisk.diskID; leave one of them out"
	)
	one := func(entry string) string { return `spec: {disks: [{name: data, diskRef: {name: data}` + entry + `}]}` }
	two := func(a, b string) string {
		return `spec: {disks: [{name: a, diskRef: {name: a}` + a + `}, {name: b, diskRef: {name: b}` + b + `}]}`
	}
	named := func(name string) string { return `spec: {disks: [{name: ` + name + `, diskRef: {name: data}}]}` }
	onDisk := func(more string) string {
		return `spec: {image: null, systemDisk: {diskRef: {name: system}}, disks: [` + more + `]}`
	}
	many := func(n int) string {
		var entries []string
		for i := range n {
			entries = append(entries, fmt.Sprintf("{name: d%d, diskRef: {name: d%d}}", i, i))
		}
		return `spec: {disks: [` + strings.Join(entries, ", ") + `]}`
	}
	judgeNew(t, vms, baseVM, []row{
		{"none", `spec: {disks: []}`, ""},
		{"one", one(""), ""},
		{"one for reading", one(", readOnly: true"), ""},
		{"one without a GandiDisk", `spec: {disks: [{name: data}]}`, "spec.disks[0].diskRef: Required value"},
		{"one without a GandiDisk's name", `spec: {disks: [{name: data, diskRef: {}}]}`, "spec.disks[0].diskRef.name: Required value"},
		{"one without a name", `spec: {disks: [{diskRef: {name: data}}]}`, "spec.disks[0].name: Required value"},
		{"sixteen", many(16), ""},
		{"seventeen", many(17), "must have at most 16 items"},

		{"a name with hyphens and digits", named("data-2"), ""},
		{"a name of one character", named("d"), ""},
		{"a name of 63 characters", named(strings.Repeat("d", 63)), ""},
		{"a name of 64 characters", named(strings.Repeat("d", 64)), "may not be more than 63"},
		{"an empty name", named(`""`), entry},
		{"a name with a capital", named("Data"), entry},
		{"a name with a dot", named("my.data"), entry},
		{"a name that begins with a hyphen", named("-data"), entry},
		{"a name that ends with a hyphen", named("data-"), entry},
		{"a name that the operator keeps for itself", named("_system"), entry},
		{"one name twice", `spec: {disks: [{name: data, diskRef: {name: a}}, {name: data, diskRef: {name: b}}]}`, "spec.disks[1]: Duplicate value"},
		{"one GandiDisk twice", `spec: {disks: [{name: a, diskRef: {name: data}}, {name: b, diskRef: {name: data}}]}`, twice},

		{"the first position", one(", position: 0"), ""},
		{"the last position", one(", position: 62"), ""},
		{"a position beyond the last", one(", position: 63"), "less than or equal to 62"},
		{"a position below zero", one(", position: -1"), "greater than or equal to 0"},
		{"a position as a word", one(`, position: first`), "integer"},
		{"positions with gaps", two(", position: 5", ", position: 2"), ""},
		{"one position and none", two(", position: 1", ""), ""},
		{"one position twice", two(", position: 3", ", position: 3"), positions},
		{"position 0 twice", two(", position: 0", ", position: 0"), positions},

		{"beside a GandiDisk to boot from", onDisk("{name: data, diskRef: {name: data}}"), ""},
		{"position 1 beside a GandiDisk to boot from", onDisk("{name: data, diskRef: {name: data}, position: 1}"), ""},
		{"position 0 beside a GandiDisk to boot from", onDisk("{name: data, diskRef: {name: data}, position: 0}"), first},
		{"position 0 beside a disk by number to boot from", `spec: {image: null, systemDisk: {diskID: 7}, disks: [{name: data, diskRef: {name: data}, position: 0}]}`, first},
		{"position 0 beside an image", `spec: {systemDisk: {size: 10Gi}, disks: [{name: data, diskRef: {name: data}, position: 0}]}`, ""},
		{"the GandiDisk to boot from once more", onDisk("{name: data, diskRef: {name: system}}"), twice},
	})
}

func TestWhatAVMMaySayOfItsInterfaces(t *testing.T) {
	const (
		entry = "name: write small letters, digits and hyphens, such as public"
		twice = "interfaces: a GandiInterface can be attached once; leave the second entry of it out"
		union = "write one of network (an interface is bought with the VM) and interfaces (GandiInterfaces of yours are attached)"
		one   = `{name: public, interfaceRef: {name: public}}`
	)
	many := func(n int) string {
		var entries []string
		for i := range n {
			entries = append(entries, fmt.Sprintf("{name: i%d, interfaceRef: {name: i%d}}", i, i))
		}
		return `spec: {interfaces: [` + strings.Join(entries, ", ") + `]}`
	}
	judgeNew(t, vms, baseVM, []row{
		{"one", `spec: {interfaces: [` + one + `]}`, ""},
		{"two", `spec: {interfaces: [` + one + `, {name: private, interfaceRef: {name: private}}]}`, ""},
		{"eight", many(8), ""},
		{"nine", many(9), "must have at most 8 items"},
		{"none", `spec: {interfaces: []}`, "should have at least 1 items"},
		{"network alone", `spec: {network: {ipVersion: 4, bandwidth: 51200}}`, ""},
		{"network that says nothing", `spec: {network: {}}`, ""},
		{"network and interfaces", `spec: {network: {ipVersion: 4}, interfaces: [` + one + `]}`, union},
		{"network that says nothing, and interfaces", `spec: {network: {}, interfaces: [` + one + `]}`, union},
		{"one interface twice", `spec: {interfaces: [` + one + `, {name: second, interfaceRef: {name: public}}]}`, twice},
		{"one name twice", `spec: {interfaces: [` + one + `, {name: public, interfaceRef: {name: other}}]}`, "spec.interfaces[1]: Duplicate value"},
		{"a name with a capital", `spec: {interfaces: [{name: Public, interfaceRef: {name: public}}]}`, entry},
		{"an empty name", `spec: {interfaces: [{name: "", interfaceRef: {name: public}}]}`, entry},
		{"one without a GandiInterface", `spec: {interfaces: [{name: public}]}`, "spec.interfaces[0].interfaceRef: Required value"},
		{"one without a GandiInterface's name", `spec: {interfaces: [{name: public, interfaceRef: {}}]}`, "spec.interfaces[0].interfaceRef.name: Required value"},
		{"the greatest bandwidth", `spec: {network: {bandwidth: 10000000}}`, ""},
		{"more than the greatest bandwidth", `spec: {network: {bandwidth: 10000001}}`, "less than or equal to 10000000"},
	})
}

func TestWhatAVMMaySayOfItsKeys(t *testing.T) {
	many := func(n int) string {
		var entries []string
		for i := range n {
			entries = append(entries, fmt.Sprintf("{name: k%d}", i))
		}
		return `spec: {bootstrap: {sshKeyRefs: [` + strings.Join(entries, ", ") + `]}}`
	}
	judgeNew(t, vms, baseVM, []row{
		{"a GandiSSHKey in place of a password", `spec: {bootstrap: {passwordSecretRef: null, sshKeyRefs: [{name: alice}]}}`, ""},
		{"none, in place of a password", `spec: {bootstrap: {passwordSecretRef: null, sshKeyRefs: []}}`, "nobody could log in otherwise"},
		{"two", `spec: {bootstrap: {sshKeyRefs: [{name: alice}, {name: bob}]}}`, ""},
		{"one of them twice", `spec: {bootstrap: {sshKeyRefs: [{name: alice}, {name: alice}]}}`, "spec.bootstrap.sshKeyRefs[1]: Duplicate value"},
		{"one without a name", `spec: {bootstrap: {sshKeyRefs: [{}]}}`, "spec.bootstrap.sshKeyRefs[0].name: Required value"},
		{"thirty-two", many(32), ""},
		{"thirty-three", many(33), "must have at most 32 items"},
	})
}
