package e2e

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// edit is a change of an object that is there, and what the API server says of
// it before and after something was bought for the object.
type edit struct {
	name   string
	from   string // of the base, as a merge patch in YAML
	change string // the same
	before string // part of the sentence that a person reads; "" means accepted
	after  string
	onlyID bool // an attempt, and half a create, are not yet a thing that the object has
}

// What tells that something was bought, or may have been.
const anIntent = `status: {intent: {attempt: 1, method: hosting.any.create, digest: d, repeat: Paid, since: "2026-01-01T00:00:00.000000Z", deadline: "2026-01-01T00:00:30.000000Z"}}`

var purchases = []struct{ name, status string }{
	{"an id", `status: {id: 5}`},
	{"an intent", anIntent},
	{"a created thing", `status: {created: [{type: disk, id: 9}]}`},
}

// stored is a change of base that the API server has, with a status.
func stored(t *testing.T, resource, namespace, base, change, status string) *unstructured.Unstructured {
	t.Helper()
	client := objects(t, plane.Config(), resource, namespace)
	object := changed(t, manifest(t, base), change)
	object.SetName("")
	object.SetGenerateName("one-")
	object, err := client.Create(t.Context(), object, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if status == "" {
		return object
	}
	if object, err = client.UpdateStatus(t.Context(), changed(t, object, status), metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	return object
}

// dryEdit asks the API server what it thinks of a change.
func dryEdit(t *testing.T, resource string, object *unstructured.Unstructured, change string) error {
	t.Helper()
	_, err := objects(t, plane.Config(), resource, object.GetNamespace()).Update(t.Context(), changed(t, object, change),
		metav1.UpdateOptions{DryRun: []string{metav1.DryRunAll}, FieldValidation: metav1.FieldValidationStrict})
	return err
}

// judgeEdits makes each change of an object for which nothing was bought, and of
// one for which something was.
func judgeEdits(t *testing.T, resource, base string, edits []edit) {
	t.Helper()
	namespace := newNamespace(t)
	for _, e := range edits {
		t.Run(e.name+" with nothing bought", func(t *testing.T) {
			judge(t, dryEdit(t, resource, stored(t, resource, namespace, base, e.from, ""), e.change), e.before)
		})
		for _, bought := range purchases {
			t.Run(e.name+" with "+bought.name, func(t *testing.T) {
				want := e.after
				if e.onlyID && bought.name != "an id" {
					want = e.before
				}
				judge(t, dryEdit(t, resource, stored(t, resource, namespace, base, e.from, bought.status), e.change), want)
			})
		}
	}
}

// adoptStays is said of every kind.
const adoptStays = "adopt can't be changed or removed; delete this object (what was adopted stays at Gandi) and create another"

// What counts only until something was bought can be corrected before, and not
// afterwards.
func TestWhatCanBeChangedUntilAVMIsBought(t *testing.T) {
	const (
		datacenter = "spec.datacenter can't be changed once the VM was bought; create another GandiVM there"
		image      = "spec.image can't be changed once the VM was bought; create another GandiVM from that image, or go over to systemDisk.diskRef"
		diskID     = "spec.systemDisk.diskID can't be added, changed or removed once the VM was bought; make a GandiDisk that adopts the disk, and name it in systemDisk.diskRef"
		diskRef    = "spec.systemDisk.diskRef can't be removed once the VM was bought; name another GandiDisk, or create another GandiVM"
		size       = "spec.systemDisk.size can't be lowered or removed: Gandi's disks only grow, and cutting one off would lose data"
		network    = "spec.interfaces can't be removed once the VM was bought; take single entries out, or create another GandiVM"
		account    = "spec.accountRef can't be changed once the VM was bought; the VM belongs to that account"
		adopt      = "spec.adopt can't be added once the VM was bought; this object has its VM already"

		byNumber    = `spec: {image: null, systemDisk: {diskID: 7}}`
		byReference = `spec: {image: null, systemDisk: {diskRef: {name: system}}}`
		adopted     = `spec: {adopt: {id: 5}}`
		sized       = `spec: {systemDisk: {size: 10Gi}}`
		withDisks   = `spec: {disks: [{name: data, diskRef: {name: data}}, {name: logs, diskRef: {name: logs}, position: 4}]}`
		withIfaces  = `spec: {interfaces: [{name: public, interfaceRef: {name: public}}]}`
	)
	judgeEdits(t, vms, baseVM, []edit{
		{name: "datacenter", change: `spec: {datacenter: LU-BI1}`, after: datacenter},
		{name: "image by label", change: `spec: {image: {label: Debian 9}}`, after: image},
		{name: "image to an id", change: `spec: {image: {label: null, id: 131}}`, after: image},
		{name: "image to a disk by number", change: byNumber, after: image},
		{name: "image to a GandiDisk", change: byReference},
		{name: "image with words for its system disk to a GandiDisk", from: `spec: {systemDisk: {name: boot, size: 10Gi, kernel: grub, retain: true}}`,
			change: `spec: {image: null, systemDisk: {name: null, size: null, kernel: null, retain: null, diskRef: {name: system}}}`},
		{name: "GandiDisk to another", from: byReference, change: `spec: {systemDisk: {diskRef: {name: rescue}}}`},
		{name: "GandiDisk to an image", from: byReference, change: `spec: {image: {label: Debian 9}, systemDisk: null}`, after: diskRef},
		{name: "GandiDisk to a disk by number", from: byReference, change: `spec: {systemDisk: {diskRef: null, diskID: 7}}`, after: diskRef},
		{name: "disk by number to another", from: byNumber, change: `spec: {systemDisk: {diskID: 8}}`, after: diskID},
		{name: "disk by number to an image", from: byNumber, change: `spec: {image: {label: Debian 9}, systemDisk: null}`, after: diskID},
		{name: "disk by number to a GandiDisk", from: byNumber, change: `spec: {systemDisk: {diskID: null, diskRef: {name: system}}}`},
		{name: "account", change: `spec: {accountRef: {name: other}}`, after: account},

		{name: "adopt, added", change: adopted, after: adopt, onlyID: true},
		{name: "adopt, changed", from: adopted, change: `spec: {adopt: {id: 6}}`, before: adoptStays, after: adoptStays},
		{name: "adopt, to a filter", from: adopted, change: `spec: {adopt: {id: null, filter: {hostname: old}}}`, before: adoptStays, after: adoptStays},
		{name: "adopt, taken over", from: adopted, change: `spec: {adopt: {takeOver: true}}`, before: adoptStays, after: adoptStays},
		{name: "adopt, removed", from: adopted, change: `spec: {adopt: null}`, before: adoptStays, after: adoptStays},
		{name: "an adopted VM's unused image", from: adopted, change: `spec: {image: null}`, after: image},
		{name: "an adopted VM to a GandiDisk", from: `spec: {adopt: {id: 5}, image: null}`, change: `spec: {systemDisk: {diskRef: {name: system}}}`},
		{name: "an adopted VM back from a GandiDisk", from: `spec: {adopt: {id: 5}, systemDisk: {diskRef: {name: system}}}`, change: `spec: {systemDisk: null}`, after: diskRef},

		{name: "size, added", change: sized},
		{name: "size, grown", from: sized, change: `spec: {systemDisk: {size: 1Ti}}`},
		{name: "size, the same in other words", from: sized, change: `spec: {systemDisk: {size: 10240Mi}}`},
		{name: "size, lowered", from: sized, change: `spec: {systemDisk: {size: 9Gi}}`, after: size},
		{name: "size, removed", from: sized, change: `spec: {systemDisk: {size: null}}`, after: size},
		{name: "size, removed with all of systemDisk", from: sized, change: `spec: {systemDisk: null}`, after: size},
		{name: "name of the system disk", change: `spec: {systemDisk: {name: boot}}`},
		{name: "kernel of the system disk", change: `spec: {systemDisk: {kernel: grub, cmdline: root=/dev/sda}}`},
		{name: "snapshots of the system disk", change: `spec: {systemDisk: {snapshotProfile: minimal}}`},
		{name: "whether the system disk stays", change: `spec: {systemDisk: {retain: true}}`},

		{name: "network to interfaces", from: `spec: {network: {ipVersion: 4}}`, change: `spec: {network: null, interfaces: [{name: public, interfaceRef: {name: public}}]}`},
		{name: "no word on the network to interfaces", change: withIfaces},
		{name: "interfaces to network", from: withIfaces, change: `spec: {interfaces: null, network: {ipVersion: 4}}`, after: network},
		{name: "interfaces to nothing", from: withIfaces, change: `spec: {interfaces: null}`, after: network},
		{name: "a second interface", from: withIfaces, change: `spec: {interfaces: [{name: public, interfaceRef: {name: public}}, {name: private, interfaceRef: {name: private}}]}`},
		{name: "another interface", from: withIfaces, change: `spec: {interfaces: [{name: public, interfaceRef: {name: other}}]}`},
		{name: "network to nothing", from: `spec: {network: {ipVersion: 4}}`, change: `spec: {network: null}`},
		{name: "bandwidth", change: `spec: {network: {bandwidth: 51200}}`},
		{name: "IP version", change: `spec: {network: {ipVersion: 6}}`},

		{name: "disks, added", change: withDisks},
		{name: "disks, removed", from: withDisks, change: `spec: {disks: null}`},
		{name: "disks, emptied", from: withDisks, change: `spec: {disks: []}`},
		{name: "a disk at another position", from: withDisks, change: `spec: {disks: [{name: data, diskRef: {name: data}, position: 0}]}`},
		{name: "a disk to be read only", from: withDisks, change: `spec: {disks: [{name: data, diskRef: {name: data}, readOnly: true}]}`},
		{name: "another disk in an entry", from: withDisks, change: `spec: {disks: [{name: data, diskRef: {name: other}}]}`},

		{name: "memory", change: `spec: {memory: 1Gi}`},
		{name: "hostname", change: `spec: {hostname: other}`},
		{name: "cores", change: `spec: {cores: 2}`},
		{name: "login", change: `spec: {bootstrap: {login: admin}}`},
		{name: "keys", change: `spec: {bootstrap: {sshKeyRefs: [{name: alice}]}}`},
		{name: "script", change: `spec: {bootstrap: {script: reboot}}`},
		{name: "power state", change: `spec: {powerState: Stopped}`},
	})
}

// A size below what the disk has is refused, whether or not one was written
// before. What stands there already never keeps another change from being made.
func TestSizesAreNotBelowWhatThereIs(t *testing.T) {
	const (
		vmBelow   = "spec.systemDisk.size is below what the system disk has (status.disks): Gandi's disks only grow; write its size or more"
		diskBelow = "spec.size is below what the disk has (status.size): Gandi's disks only grow; write its size or more"

		own     = `status: {id: 5, systemDiskID: 8, disks: [{id: 7, position: 0, size: 3Gi}, {id: 8, position: 1, size: 20Gi}]}`
		adopted = `status: {id: 5, disks: [{id: 7, position: 0, size: 20Gi}, {id: 8, position: 1, size: 3Gi}]}`
		unseen  = `status: {id: 5, systemDiskID: 8, disks: [{id: 8, position: 0}]}`
		twenty  = `status: {id: 5, size: 20Gi}`
		copied  = `spec: {size: null, source: {diskRef: {name: other}}}`
	)
	system := func(size string) string { return `spec: {systemDisk: {size: ` + size + `}}` }
	disk := func(size string) string { return `spec: {size: ` + size + `}` }
	namespace := newNamespace(t)
	for _, r := range []struct {
		name, resource, base, from, status, change, want string
	}{
		{"a system disk, written for the first time", vms, baseVM, ``, own, system("19Gi"), vmBelow},
		{"a system disk at what it has", vms, baseVM, ``, own, system("20480Mi"), ""},
		{"a system disk beyond what it has", vms, baseVM, ``, own, system("21Gi"), ""},
		{"a system disk, grown to less than it has", vms, baseVM, system("4Gi"), own, system("19Gi"), vmBelow},
		{"a system disk that was written below what it has, and something else", vms, baseVM, system("4Gi"), own, `spec: {cores: 2}`, ""},
		{"a system disk of unknown size", vms, baseVM, ``, unseen, system("1Gi"), ""},
		{"an adopted VM's disk", vms, baseVM, `spec: {adopt: {id: 5}}`, adopted, system("19Gi"), vmBelow},
		{"an adopted VM's disk beyond what it has", vms, baseVM, `spec: {adopt: {id: 5}}`, adopted, system("21Gi"), ""},
		{"another disk in place of the system disk", vms, baseVM, ``, own, `spec: {image: null, systemDisk: {diskRef: {name: rescue}}}`, ""},

		{"a copy, written for the first time", disks, baseDisk, copied, twenty, disk("19Gi"), diskBelow},
		{"a copy at what it has", disks, baseDisk, copied, twenty, disk("20480Mi"), ""},
		{"a copy beyond what it has", disks, baseDisk, copied, twenty, disk("21Gi"), ""},
		{"a disk that grew by itself, and more than it had", disks, baseDisk, disk("10Gi"), twenty, disk("19Gi"), diskBelow},
		{"a disk that grew by itself, and something else", disks, baseDisk, disk("10Gi"), twenty, `spec: {name: data}`, ""},
		{"an adopted disk", disks, baseDisk, `spec: {size: null, adopt: {id: 5}}`, twenty, disk("1Gi"), diskBelow},
		{"a disk of unknown size", disks, baseDisk, copied, `status: {id: 5}`, disk("1Gi"), ""},
	} {
		t.Run(r.name, func(t *testing.T) {
			judge(t, dryEdit(t, r.resource, stored(t, r.resource, namespace, r.base, r.from, r.status), r.change), r.want)
		})
	}
}
