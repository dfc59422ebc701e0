package e2e

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// busyVM is the status of a VM whose columns are as wide as they come.
const busyVM = `status:
  observedGeneration: 1
  id: 123456
  state: being_migrated
  cores: 12
  memory: 24576Mi
  maxMemory: 24Gi
  image: Ubuntu 14.04 64 bits LTS (HVM)
  ipv4: 203.113.254.199
  ipv6: "2001:4b98:dc0:41:216:3eff:fe28:f2ea"
  datacenter: {id: 4, name: FR-SD3}
  conditions:
  - {type: Ready, status: "False", reason: ConfirmingCall, message: "", observedGeneration: 1, lastTransitionTime: "2026-01-01T00:00:00Z"}
  - {type: OperationInProgress, status: "True", reason: vm_disk_detach, message: "", observedGeneration: 1, lastTransitionTime: "2026-01-01T00:00:00Z"}
`

// busy are objects of the other kinds whose columns are as wide as they come.
var busy = []struct{ resource, base, status string }{
	{disks, baseDisk, `status:
  observedGeneration: 1
  id: 123456
  state: being_migrated
  type: snapshot
  name: gabcd0123456789
  size: 1023Gi
  datacenter: {id: 4, name: FR-SD3}
  attachedTo: {vmID: 654321, name: frontend-production-1}
  conditions:
  - {type: Ready, status: "False", reason: ConfirmingCall, message: "", observedGeneration: 1, lastTransitionTime: "2026-01-01T00:00:00Z"}
  - {type: OperationInProgress, status: "True", reason: hosting_migration_disk, message: "", observedGeneration: 1, lastTransitionTime: "2026-01-01T00:00:00Z"}
`},
	{interfaces, baseInterface, `status:
  observedGeneration: 1
  id: 123457
  state: used
  type: private
  vlan: backend-production
  bandwidth: 102400
  datacenter: {id: 4, name: FR-SD3}
  attachedTo: {vmID: 654321, name: frontend-production-1}
  addresses:
  - {id: 8, address: "2001:4b98:dc0:41:216:3eff:fe28:f2ea", version: 6}
  - {id: 7, address: 203.113.254.199, version: 4, reverse: www.example.com}
  conditions:
  - {type: Ready, status: "False", reason: SettingReverse, message: "", observedGeneration: 1, lastTransitionTime: "2026-01-01T00:00:00Z"}
  - {type: OperationInProgress, status: "True", reason: iface_create, message: "", observedGeneration: 1, lastTransitionTime: "2026-01-01T00:00:00Z"}
`},
	{vlans, baseVLAN, `status:
  observedGeneration: 1
  id: 123458
  state: created
  name: gabcd0123456789
  subnet: 192.168.254.128/25
  gateway: 192.168.254.254
  datacenter: {id: 4, name: FR-SD3}
  conditions:
  - {type: Ready, status: "False", reason: VLANInUse, message: "", observedGeneration: 1, lastTransitionTime: "2026-01-01T00:00:00Z"}
`},
	{sshKeys, baseSSHKey, `status:
  observedGeneration: 1
  id: 123459
  name: gabcd0123456789
  fingerprint: "b3:11:67:10:2e:1b:a5:55:ff:ee:00:11:22:33:44:55"
  conditions:
  - {type: Ready, status: "False", reason: StoringKey, message: "", observedGeneration: 1, lastTransitionTime: "2026-01-01T00:00:00Z"}
`},
	{sites, baseSite, `status:
  observedGeneration: 1
  id: 123460
  state: being_created
  name: The shop of the house
  provider: basekit_whitelabel
  package: professional
  preferredVhost: frontend-production-1.shop.example.org
  vhosts: [frontend-production-1.shop.example.org, shop.sites.gandi.example]
  editURL: https://edit.sites.gandi.example/sites/123460
  dateEnd: "2027-01-31T12:00:00Z"
  conditions:
  - {type: Ready, status: "False", reason: DNSRecordMissing, message: "", observedGeneration: 1, lastTransitionTime: "2026-01-01T00:00:00Z"}
  - {type: DNSVerified, status: "False", reason: DNSRecordMissing, message: "", observedGeneration: 1, lastTransitionTime: "2026-01-01T00:00:00Z"}
`},
}

// populate makes two busy VMs, an account and one busy object of every other kind.
func populate(t *testing.T, namespace string) {
	t.Helper()
	add := func(resource, base, change, status string) {
		client := objects(t, plane.Config(), resource, namespace)
		object, err := client.Create(t.Context(), changed(t, manifest(t, base), change), metav1.CreateOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.UpdateStatus(t.Context(), changed(t, object, status), metav1.UpdateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	add(vms, baseVM, ``, busyVM)
	add(vms, baseVM, `metadata: {name: frontend-production-1}`, busyVM)
	for _, one := range busy {
		add(one.resource, one.base, `metadata: {name: database-production-1}`, one.status)
	}
	add(accounts, baseAccount, ``, `status: {handle: AB1234-GANDI, ratingMode: Credits, credits: 123456789, apiVersion: "3.3.42", breaker: Closed,
		conditions: [{type: Ready, status: "True", reason: AccountReady, message: "", lastTransitionTime: "2026-01-01T00:00:00Z"}]}`)
}

func TestKubectlGet(t *testing.T) {
	namespace := newNamespace(t)
	populate(t, namespace)
	const (
		ofVMs        = "NAME READY STATE CORES MEMORY IPV4 DATACENTER OPERATION AGE"
		ofDisks      = "NAME READY SIZE ATTACHED-TO DATACENTER OPERATION AGE"
		ofInterfaces = "NAME READY IPV4 VM DATACENTER OPERATION AGE"
		ofVLANs      = "NAME READY SUBNET GATEWAY DATACENTER AGE"
		ofSSHKeys    = "NAME READY FINGERPRINT AGE"
		ofSites      = "NAME READY PACKAGE VHOST DNS AGE"
		ofAccounts   = "NAME READY HANDLE MODE CREDITS API BREAKER AGE"
	)
	for _, r := range []struct {
		arguments string
		columns   string
		shows     []string
	}{
		{"gvm", ofVMs, []string{"frontend-production-1", "False", "being_migrated", "24576Mi", "203.113.254.199", "FR-SD3", "vm_disk_detach"}},
		{"gandivms", ofVMs, nil},
		{"gdisk", ofDisks, []string{"database-production-1", "False", "1023Gi", "frontend-production-1", "FR-SD3", "hosting_migration_disk"}},
		{"gandidisks", ofDisks, nil},
		{"giface", ofInterfaces, []string{"database-production-1", "False", "203.113.254.199", "frontend-production-1", "FR-SD3", "iface_create"}},
		{"gandiinterfaces", ofInterfaces, nil},
		{"gvlan", ofVLANs, []string{"database-production-1", "False", "192.168.254.128/25", "192.168.254.254", "FR-SD3"}},
		{"gandivlans", ofVLANs, nil},
		{"gkey", ofSSHKeys, []string{"database-production-1", "False", "b3:11:67:10:2e:1b:a5:55:ff:ee:00:11:22:33:44:55"}},
		{"gandisshkeys", ofSSHKeys, nil},
		{"gsite", ofSites, []string{"database-production-1", "professional", "frontend-production-1.shop.example.org", "False"}},
		{"gandisites", ofSites, nil},
		{"gacc", ofAccounts, []string{"default", "True", "AB1234-GANDI", "Credits", "123456789", "3.3.42", "Closed"}},
	} {
		output := mustKubectl(t, namespace, "get", r.arguments)
		lines := strings.Split(strings.TrimSuffix(output, "\n"), "\n")
		if got := strings.Join(strings.Fields(lines[0]), " "); got != r.columns {
			t.Errorf("kubectl get %s has the columns %s, want %s", r.arguments, got, r.columns)
		}
		for _, line := range lines {
			if n := utf8.RuneCountInString(strings.TrimRight(line, " ")); n > 120 {
				t.Errorf("kubectl get %s needs %d columns of the terminal:\n%s", r.arguments, n, output)
			}
		}
		for _, want := range r.shows {
			if !strings.Contains(output, want) {
				t.Errorf("kubectl get %s shows no %s:\n%s", r.arguments, want, output)
			}
		}
	}

	for _, r := range []struct {
		resource string
		columns  string // beyond the others
		shows    []string
	}{
		{"gvm", "ID IPV6 IMAGE MAXMEMORY REASON", []string{"123456", "2001:4b98:dc0:41:216:3eff:fe28:f2ea", "Ubuntu 14.04 64 bits LTS (HVM)", "24Gi", "ConfirmingCall"}},
		{"gdisk", "ID NAME-AT-GANDI TYPE STATE REASON", []string{"123456", "gabcd0123456789", "snapshot", "being_migrated", "ConfirmingCall"}},
		{"giface", "ID IPV6 TYPE VLAN BANDWIDTH REASON", []string{"123457", "2001:4b98:dc0:41:216:3eff:fe28:f2ea", "private", "backend-production", "102400", "SettingReverse"}},
		{"gvlan", "ID NAME-AT-GANDI REASON", []string{"123458", "gabcd0123456789", "VLANInUse"}},
		{"gkey", "ID NAME-AT-GANDI REASON", []string{"123459", "gabcd0123456789", "StoringKey"}},
		{"gsite", "ID EDIT-URL ENDS REASON", []string{"123460", "https://edit.sites.gandi.example/sites/123460", "2027-01-31T12:00:00Z", "DNSRecordMissing"}},
	} {
		output := mustKubectl(t, namespace, "get", r.resource, "--output=wide")
		header, _, _ := strings.Cut(output, "\n")
		if got := strings.Join(strings.Fields(header), " "); !strings.HasSuffix(got, " AGE "+r.columns) {
			t.Errorf("kubectl get %s --output=wide has the columns %s, want %s at their end", r.resource, got, r.columns)
		}
		for _, want := range r.shows {
			if !strings.Contains(output, want) {
				t.Errorf("kubectl get %s --output=wide shows no %s:\n%s", r.resource, want, output)
			}
		}
	}

	names := strings.Fields(mustKubectl(t, namespace, "get", "gandi", "--output=name"))
	slices.Sort(names)
	want := []string{
		"gandiaccount.hosting.gandi.net/default",
		"gandidisk.hosting.gandi.net/database-production-1",
		"gandiinterface.hosting.gandi.net/database-production-1",
		"gandisite.hosting.gandi.net/database-production-1",
		"gandisshkey.hosting.gandi.net/database-production-1",
		"gandivlan.hosting.gandi.net/database-production-1",
		"gandivm.hosting.gandi.net/frontend-production-1",
		"gandivm.hosting.gandi.net/web",
	}
	if !slices.Equal(names, want) {
		t.Errorf("kubectl get gandi lists %v, want %v", names, want)
	}
}

func TestKubectlExplain(t *testing.T) {
	for _, r := range []struct {
		field string
		says  []string
	}{
		{"gandivm", []string{"virtual machine at Gandi"}},
		{"gandivm.spec", []string{"accountRef", "memory between 256Mi and 24576Mi", "deletionProtection"}},
		{"gandivm.spec.memory", []string{"between 256Mi and 24576Mi in steps of 64Mi"}},
		{"gandivm.spec.hostname", []string{"63 Unicode characters"}},
		{"gandivm.spec.image.id", []string{"disk_id"}},
		{"gandivm.spec.bootstrap.passwordSecretRef", []string{"8 to 64 printable ASCII"}},
		{"gandivm.spec.deletionPolicy", []string{"Retain for what it adopted"}},
		{"gandivm.spec.disks", []string{"detaches the disk and deletes nothing"}},
		{"gandivm.spec.disks.position", []string{"0 being the one that the VM boots from", "halts the VM, as rebootPolicy decides", "from 1 on"}},
		{"gandivm.spec.disks.readOnly", []string{"cannot write"}},
		{"gandivm.spec.interfaces", []string{"the first of them being the VM's first", "survive the VM"}},
		{"gandivm.spec.network", []string{"creates, and deletes, with the VM", "with an IPv4 address"}},
		{"gandivm.spec.systemDisk", []string{"no way back to an image"}},
		{"gandivm.spec.systemDisk.diskRef", []string{"survives the VM", "exchanged"}},
		{"gandivm.spec.systemDisk.retain", []string{"detached and billed"}},
		{"gandivm.spec.bootstrap.sshKeyRefs", []string{"GandiSSHKeys of the same namespace"}},
		{"gandidisk", []string{"spec.disks", "spec.systemDisk"}},
		{"gandidisk.spec", []string{"adopt", "source", "rollback", "accountRef"}},
		{"gandidisk.spec.datacenter", []string{"migrates the disk", "attached to no VM"}},
		{"gandidisk.spec.name", []string{"status.token", "up to 255 characters"}},
		{"gandidisk.spec.size", []string{"grows and never shrinks", "rebootPolicy"}},
		{"gandidisk.spec.source", []string{"empty disk", "can't be changed once"}},
		{"gandidisk.spec.type", []string{"snapshot", "source.diskRef"}},
		{"gandidisk.spec.kernel", []string{"system disk"}},
		{"gandidisk.spec.snapshotProfile", []string{"minimal, full_week, security", "none takes the profile away"}},
		{"gandidisk.spec.rollback", []string{"What was written since is lost", "once and never repeated"}},
		{"gandidisk.spec.rollback.requestedAt", []string{"any value that was not there before", "counts as handled"}},
		{"gandidisk.spec.adopt.takeOver", []string{"system disk that was bought with a GandiVM"}},
		{"gandidisk.status.attachedTo", []string{"the VM that has the disk"}},
		{"gandiinterface", []string{"spec.interfaces"}},
		{"gandiinterface.spec", []string{"ipVersion", "vlanRef", "accountRef"}},
		{"gandiinterface.spec.ipVersion", []string{"brings an IPv6 address too", "charges for IPv4"}},
		{"gandiinterface.spec.vlanRef", []string{"GandiVLAN", "same namespace and datacenter"}},
		{"gandiinterface.spec.address", []string{"out of its VLAN's subnet"}},
		{"gandiinterface.spec.reverse", []string{"PTR"}},
		{"gandivlan", []string{"private network", "one datacenter"}},
		{"gandivlan.spec", []string{"subnet", "gateway", "accountRef"}},
		{"gandivlan.spec.name", []string{"unique on the account"}},
		{"gandivlan.spec.subnet", []string{"192.168.1.0/24", "Gandi's choice"}},
		{"gandisshkey", []string{"public key that Gandi keeps"}},
		{"gandisshkey.spec", []string{"publicKey", "accountRef"}},
		{"gandisshkey.spec.publicKey", []string{"OpenSSH's form", "can't be changed once"}},
		{"gandisshkey.spec.name", []string{"cannot rename a key"}},
		{"gandisite", []string{"site builder"}},
		{"gandisite.spec", []string{"vhosts", "duration", "upgradePolicy", "accountRef"}},
		{"gandisite.spec.vhosts", []string{"preferred one first", "parking domain", "DNS record"}},
		{"gandisite.spec.package", []string{"which costs money", "no way back"}},
		{"gandisite.spec.duration", []string{"3m or 1y", "the site ends with it", "changes nothing"}},
		{"gandisite.spec.provider", []string{"basekit_whitelabel"}},
		{"gandisite.spec.upgradePolicy", []string{"hosting.gandi.net/approve-upgrade", "price"}},
		{"gandisite.spec.dns.mode", []string{"status.dnsChallenges", "zones that it hosts", "externaldns.k8s.io/v1alpha1"}},
		{"gandisite.spec.dns.skipCheck", []string{"without asking Gandi first"}},
		{"gandisite.status.dnsChallenges", []string{"DNS records that Gandi asks for"}},
		{"gandisite.status.editURL", []string{"without anything that logs in"}},
		{"gandivm.status.plan", []string{"steps still to come"}},
		{"gandiaccount.spec", []string{"endpoint", "settle"}},
		{"gandiaccount.spec.settle", []string{"buy twice"}},
		{"gandiaccount.spec.credentialsSecretRef", []string{"24 letters and digits"}},
	} {
		output := strings.Join(strings.Fields(mustKubectl(t, "default", "explain", r.field)), " ")
		for _, want := range r.says {
			if !strings.Contains(output, want) {
				t.Errorf("kubectl explain %s does not say %q:\n%s", r.field, want, output)
			}
		}
	}
	// Every field of the spec that a person may write says what it is for.
	for _, kind := range []string{"gandivm", "gandidisk", "gandiinterface", "gandivlan", "gandisshkey", "gandisite", "gandiaccount"} {
		for _, part := range []string{"", ".spec", ".spec.adopt"} {
			if kind == "gandiaccount" && part == ".spec.adopt" {
				continue
			}
			output := mustKubectl(t, "default", "explain", "--recursive=false", kind+part)
			if strings.Contains(output, "<no description>") {
				t.Errorf("a field of %s has no description:\n%s", kind+part, output)
			}
		}
	}
}

// A person, the operator's metadata patches and its status writes own different
// fields of one object, and none takes anything from another.
func TestThreeOwnersDoNotFight(t *testing.T) {
	namespace := newNamespace(t)
	client := objects(t, plane.Config(), vms, namespace)
	applyAs := func(manager, text string) {
		t.Helper()
		if _, err := client.Apply(t.Context(), "web", manifest(t, text), metav1.ApplyOptions{FieldManager: manager}); err != nil {
			t.Fatalf("%s: %v", manager, err)
		}
	}
	patch := func(text string, subresources ...string) {
		t.Helper()
		if _, err := client.Patch(t.Context(), "web", types.MergePatchType, []byte(text), metav1.PatchOptions{FieldManager: "gandi-operator"}, subresources...); err != nil {
			t.Fatal(err)
		}
	}
	// A finalizer without a manager would hold the namespace and the definition.
	defer patch(`{"metadata": {"finalizers": null}}`)
	first := baseVM + "  cores: 2\n"
	applyAs("person", first)
	patch(`{"metadata": {"finalizers": ["hosting.gandi.net/finalizer"], "annotations": {"hosting.gandi.net/external": "AB1234-GANDI/vm/5/gabcd0123456789"}}}`)
	patch(`{"status": {"observedGeneration": 1, "id": 5, "conditions": [{"type": "Ready", "status": "True", "reason": "InSync", "message": "", "lastTransitionTime": "2026-01-01T00:00:00Z"}]}}`, "status")
	// The same once more, and then less of it: neither conflicts.
	applyAs("person", first)
	applyAs("person", baseVM)

	object, err := client.Get(t.Context(), "web", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got := part(object, "spec", "cores"); got != "" {
		t.Errorf("a field that its owner does not apply any more is still %v", got)
	}
	if got := object.GetFinalizers(); !slices.Equal(got, []string{"hosting.gandi.net/finalizer"}) {
		t.Errorf("the finalizers are %v", got)
	}
	if got := object.GetAnnotations()["hosting.gandi.net/external"]; got == "" {
		t.Error("the operator's annotation is gone")
	}
	if got := part(object, "status", "id"); got != int64(5) {
		t.Errorf("status.id is %v", got)
	}

	// A status in a person's manifest is not theirs to write.
	applyAs("person", baseVM+"status:\n  id: 7\n")
	if object, err = client.Get(t.Context(), "web", metav1.GetOptions{}); err != nil {
		t.Fatal(err)
	}
	if got := part(object, "status", "id"); got != int64(5) {
		t.Errorf("a person's apply set status.id to %v", got)
	}

	// kubectl's own client-side apply, which replaces nobody's fields either.
	command := plane.Kubectl(t.Context(), "--namespace="+namespace, "apply", "-f", "-")
	command.Stdin = strings.NewReader(strings.Replace(baseVM, "512Mi", "1Gi", 1))
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	if object, err = client.Get(t.Context(), "web", metav1.GetOptions{}); err != nil {
		t.Fatal(err)
	}
	if len(object.GetFinalizers()) != 1 || part(object, "status", "id") != int64(5) || part(object, "spec", "memory") != "1Gi" {
		t.Errorf("after a client-side apply it is %v", object.Object)
	}
}
