package e2e

import (
	"errors"
	"slices"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// baseVM is a VM that is accepted. Each row of a table changes it.
const baseVM = `
apiVersion: hosting.gandi.net/v1alpha1
kind: GandiVM
metadata:
  name: web
spec:
  datacenter: FR-SD3
  image:
    label: Debian 8 (HVM)
  memory: 512Mi
  bootstrap:
    passwordSecretRef:
      name: login
      key: password
`

const baseAccount = `
apiVersion: hosting.gandi.net/v1alpha1
kind: GandiAccount
metadata:
  name: default
spec:
  credentialsSecretRef:
    name: gandi-credentials
`

// row is a change of an object and what the API server says of it.
type row struct {
	name   string
	change string // as a merge patch in YAML
	want   string // part of the sentence that a person reads; "" means accepted
}

// dryRun asks the API server what it thinks of a new object.
func dryRun(t *testing.T, resource, namespace string, object *unstructured.Unstructured) error {
	t.Helper()
	_, err := objects(t, plane.Config(), resource, namespace).Create(t.Context(), object,
		metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}, FieldValidation: metav1.FieldValidationStrict})
	return err
}

// judge holds what the API server said against what it should have said.
func judge(t *testing.T, err error, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Errorf("refused: %v", err)
	case want == "":
	case err == nil:
		t.Errorf("accepted; it should say %q", want)
	case !apierrors.IsInvalid(err) && !apierrors.IsBadRequest(err):
		t.Errorf("it says %v, which is no refusal of what was written", err)
	case !strings.Contains(err.Error(), want):
		t.Errorf("it says\n%v\nwithout %q", err, want)
	}
	status, ok := errors.AsType[*apierrors.StatusError](err)
	if want == "" || !ok || status.ErrStatus.Details == nil {
		return
	}
	var fields []string // of the causes that say it
	for _, cause := range status.ErrStatus.Details.Causes {
		if strings.Contains(cause.Message, want) {
			fields = append(fields, cause.Field)
		}
	}
	if len(fields) > 0 && !slices.ContainsFunc(fields, func(field string) bool { return field != "<nil>" }) {
		t.Errorf("it names no field: %v", err)
	}
}

// judgeNew holds each change of a new object against what is said of it.
func judgeNew(t *testing.T, resource, base string, rows []row) {
	t.Helper()
	namespace := newNamespace(t)
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			judge(t, dryRun(t, resource, namespace, changed(t, manifest(t, base), r.change)), r.want)
		})
	}
}

func TestWhatAVMMaySay(t *testing.T) {
	const (
		memory    = "memory: write a multiple of 64Mi between 256Mi and 24576Mi with its unit, such as 512Mi or 2Gi; 1536Mi, not 1.5Gi or 1536"
		maxMemory = "maxMemory: write one of 2Gi, 4Gi, 8Gi, 16Gi and 24Gi"
		spaces    = "hostname: leave out white space and control characters"
		oneSource = "write exactly one of image (a new system disk is copied from it) and systemDisk.diskRef or systemDisk.diskID (a disk of yours is used as it is)"
		oneImage  = "image: write exactly one of label, id and diskID"
		nobody    = "bootstrap: write passwordSecretRef, sshKeys, sshKeyRefs or several of them; nobody could log in otherwise"
		oneAdopt  = "adopt: write exactly one of id and filter"
	)
	long := strings.Repeat("é", 63)
	longName := strings.Repeat("n", 64)
	key := "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE4SgWcE4BdTF3sD3lTtLf8Xt a@example.com"
	judgeNew(t, vms, baseVM, []row{
		{"as it stands", ``, ""},
		{"nothing but an adoption", `spec: {datacenter: null, image: null, memory: null, bootstrap: null, adopt: {id: 5}}`, ""},

		{"memory in Mi", `spec: {memory: 1536Mi}`, ""},
		{"memory in Gi", `spec: {memory: 2Gi}`, ""},
		{"the least memory", `spec: {memory: 256Mi}`, ""},
		{"the most memory", `spec: {memory: 24576Mi}`, ""},
		{"the most memory in Gi", `spec: {memory: 24Gi}`, ""},
		{"memory as a number", `spec: {memory: 512}`, memory},
		{"memory as a number in quotes", `spec: {memory: "512"}`, memory},
		{"memory in bytes", `spec: {memory: 536870912}`, memory},
		{"memory with a fraction", `spec: {memory: 1.5Gi}`, memory},
		{"memory as a fraction", `spec: {memory: 1.5}`, "memory"},
		{"memory in thousandths", `spec: {memory: 100m}`, memory},
		{"memory below zero", `spec: {memory: -1Gi}`, memory},
		{"no memory at all", `spec: {memory: 0Mi}`, memory},
		{"memory with a plus", `spec: {memory: +1Gi}`, memory},
		{"memory in decimal units", `spec: {memory: 512M}`, memory},
		{"memory with an exponent", `spec: {memory: 1e9}`, memory},
		{"memory in Ki", `spec: {memory: 524288Ki}`, memory},
		{"memory in Ti", `spec: {memory: 1Ti}`, memory},
		{"memory between two steps", `spec: {memory: 500Mi}`, memory},
		{"memory below the least", `spec: {memory: 192Mi}`, memory},
		{"memory above the most", `spec: {memory: 24640Mi}`, memory},
		{"memory far above the most", `spec: {memory: 99999999999Gi}`, memory},
		{"memory longer than any", `spec: {memory: 1000000000000000000000Mi}`, "may not be more than 20"},
		{"memory in words", `spec: {memory: much}`, "spec.memory"},
		{"memory with a space", `spec: {memory: 512 Mi}`, "spec.memory"},
		{"no memory", `spec: {memory: null}`, "memory is required: write a multiple of 64Mi, such as 512Mi"},

		{"maxMemory at a tier", `spec: {maxMemory: 4Gi}`, ""},
		{"maxMemory at a tier in Mi", `spec: {maxMemory: 2048Mi}`, ""},
		{"maxMemory equal to memory", `spec: {memory: 2048Mi, maxMemory: 2Gi}`, ""},
		{"maxMemory between tiers", `spec: {maxMemory: 3Gi}`, maxMemory},
		{"maxMemory as a number", `spec: {maxMemory: 2048}`, maxMemory},
		{"maxMemory below memory", `spec: {memory: 4Gi, maxMemory: 2Gi}`, "maxMemory must not be below memory; leave it out to get the smallest that fits"},

		{"one core", `spec: {cores: 1}`, ""},
		{"twelve cores", `spec: {cores: 12}`, ""},
		{"no cores", `spec: {cores: 0}`, "greater than or equal to 1"},
		{"thirteen cores", `spec: {cores: 13}`, "less than or equal to 12"},
		{"half a core", `spec: {cores: 1.5}`, "spec.cores"},
		{"cores in quotes", `spec: {cores: "2"}`, "integer"},

		{"a hostname", `spec: {hostname: shop.example.com}`, ""},
		{"a hostname in Unicode", `spec: {hostname: "café-東京-сервер"}`, ""},
		{"a hostname of 63 characters that are 126 bytes", `spec: {hostname: "` + long + `"}`, ""},
		{"a hostname of one character", `spec: {hostname: é}`, ""},
		{"an empty hostname", `spec: {hostname: ""}`, "at least 1 chars long"},
		{"a hostname of 64 characters", `spec: {hostname: "` + long + `é"}`, "hostname: write at most 63 characters"},
		{"a hostname with a space", `spec: {hostname: "my shop"}`, spaces},
		{"a hostname with a tab", `spec: {hostname: "my\tshop"}`, spaces},
		{"a hostname with a line break", `spec: {hostname: "shop\n"}`, spaces},
		{"a hostname with a no-break space", `spec: {hostname: "my\u00a0shop"}`, spaces},
		{"a hostname with an ideographic space", `spec: {hostname: "my\u3000shop"}`, spaces},
		{"a hostname with NUL", `spec: {hostname: "my\u0000shop"}`, spaces},
		{"a hostname with a bell", `spec: {hostname: "my\u0007shop"}`, spaces},
		{"a hostname with a C1 control character", `spec: {hostname: "my\u0085shop"}`, spaces},
		{"an object's name that is too long for a hostname", `metadata: {name: ` + longName + `}`, "spec.hostname is required because metadata.name is longer than 63 characters"},
		{"such a name with a hostname", `{metadata: {name: ` + longName + `}, spec: {hostname: short}}`, ""},
		{"such a name with an adoption", `{metadata: {name: ` + longName + `}, spec: {adopt: {id: 5}}}`, ""},
		{"a name of 63 characters", `metadata: {name: ` + longName[1:] + `}`, ""},

		{"IPv4", `spec: {network: {ipVersion: 4}}`, ""},
		{"IPv6", `spec: {network: {ipVersion: 6}}`, ""},
		{"IPv5", `spec: {network: {ipVersion: 5}}`, `supported values: "4", "6"`},
		{"IPv0", `spec: {network: {ipVersion: 0}}`, `supported values: "4", "6"`},
		{"no bandwidth", `spec: {network: {bandwidth: 0}}`, "greater than or equal to 1"},

		{"a password without a key", `spec: {bootstrap: {passwordSecretRef: {key: null}}}`, "spec.bootstrap.passwordSecretRef.key: Required value"},
		{"a password with an empty key", `spec: {bootstrap: {passwordSecretRef: {key: ""}}}`, "at least 1 chars long"},
		{"a password without a Secret", `spec: {bootstrap: {passwordSecretRef: {name: null}}}`, "spec.bootstrap.passwordSecretRef.name: Required value"},
		{"a key in place of a password", `spec: {bootstrap: {passwordSecretRef: null, sshKeys: ["` + key + `"]}}`, ""},
		{"password and key", `spec: {bootstrap: {sshKeys: ["` + key + `"]}}`, ""},
		{"two keys", `spec: {bootstrap: {sshKeys: ["` + key + `", "` + key + `"]}}`, "must have at most 1 item"},
		{"neither password nor key", `spec: {bootstrap: {passwordSecretRef: null}}`, nobody},
		{"an empty list of keys", `spec: {bootstrap: {passwordSecretRef: null, sshKeys: []}}`, nobody},
		{"no bootstrap", `spec: {bootstrap: null}`, nobody},
		{"no bootstrap, when observing", `spec: {bootstrap: null, managementPolicy: Observe}`, ""},
		{"no bootstrap, when adopting", `spec: {bootstrap: null, adopt: {filter: {hostname: old}}}`, ""},
		{"a login", `spec: {bootstrap: {login: admin}}`, ""},
		{"the login root", `spec: {bootstrap: {login: root}}`, "login: write another name than root; Gandi sets up root anyway"},
		{"an empty login", `spec: {bootstrap: {login: ""}}`, "at least 1 chars long"},

		{"an image by id", `spec: {image: {label: null, id: 131}}`, ""},
		{"a copy of a disk", `spec: {image: {label: null, diskID: 7}}`, ""},
		{"a disk of one's own", `spec: {image: null, systemDisk: {diskID: 7}}`, ""},
		{"an image by label and id", `spec: {image: {id: 131}}`, oneImage},
		{"an image by nothing", `spec: {image: {label: null}}`, oneImage},
		{"an empty label", `spec: {image: {label: ""}}`, "at least 1 chars long"},
		{"image 0", `spec: {image: {label: null, id: 0}}`, "greater than or equal to 1"},
		{"image and disk", `spec: {systemDisk: {diskID: 7}}`, oneSource},
		{"neither image nor disk", `spec: {image: null}`, oneSource},
		{"a disk without a number", `spec: {image: null, systemDisk: {}}`, oneSource},

		{"no datacenter", `spec: {datacenter: null}`, "datacenter is required: write its code, name, id, country code or country, such as FR-SD3"},
		{"an empty datacenter", `spec: {datacenter: ""}`, "at least 1 chars long"},
		{"a datacenter as a number", `spec: {datacenter: 4}`, "spec.datacenter"},
		{"a datacenter as a number in quotes", `spec: {datacenter: "4"}`, ""},

		{"an adoption of nothing", `spec: {adopt: {}}`, oneAdopt},
		{"an adoption by id and filter", `spec: {adopt: {id: 5, filter: {hostname: old}}}`, oneAdopt},
		{"an adoption of 0", `spec: {adopt: {id: 0}}`, "greater than or equal to 1"},
		{"an adoption by a datacenter alone", `spec: {adopt: {filter: {datacenter: FR-SD3}}}`, "spec.adopt.filter.hostname: Required value"},

		{"another power state", `spec: {powerState: Halted}`, `supported values: "Running", "Stopped"`},
		{"another reboot policy", `spec: {rebootPolicy: Never}`, `supported values: "Automatic", "Manual"`},
		{"another management policy", `spec: {managementPolicy: Watch}`, `supported values: "Manage", "Observe"`},
		{"another deletion policy", `spec: {deletionPolicy: Orphan}`, `supported values: "Delete", "Retain"`},
		{"another policy for an external deletion", `spec: {onExternalDeletion: Ignore}`, `supported values: "Recreate", "Hold"`},
		{"an account without a name", `spec: {accountRef: {name: ""}}`, "at least 1 chars long"},
		{"a field that does not exist", `spec: {memroy: 512Mi}`, `unknown field "spec.memroy"`},
		{"no spec", `spec: null`, "spec"},
	})
}

func TestWhatAnAccountMaySay(t *testing.T) {
	const (
		scheme   = "endpoint: write an https:// URL; http:// is only for loopback addresses such as http://127.0.0.1:8069/xmlrpc/, or with allowInsecureEndpoint: true"
		form     = "endpoint: write a URL such as https://rpc.gandi.net/xmlrpc/, without user, query or fragment"
		resync   = "resyncInterval: write a duration between 10s and 24h, such as 10m"
		settle   = "settle: write a duration between 10s and 24h, such as 10m"
		insecure = `spec: {endpoint: "http://gandi.example.com/xmlrpc/"`
	)
	judgeNew(t, accounts, baseAccount, []row{
		{"as it stands", ``, ""},
		{"the test platform", `spec: {endpoint: "https://rpc.ote.gandi.net/xmlrpc/"}`, ""},
		{"http to this machine", `spec: {endpoint: "http://127.0.0.1:8069/xmlrpc/"}`, ""},
		{"http to this machine by name", `spec: {endpoint: "http://localhost:8069/xmlrpc/"}`, ""},
		{"http to this machine in IPv6", `spec: {endpoint: "http://[::1]:8069/xmlrpc/"}`, ""},
		{"http to another machine", insecure + `}`, scheme},
		{"http to another machine, allowed", insecure + `, allowInsecureEndpoint: true}`, ""},
		{"http to another machine, allowed and not", insecure + `, allowInsecureEndpoint: false}`, scheme},
		{"http to a name that begins like loopback", `spec: {endpoint: "http://localhost.example.com/xmlrpc/"}`, scheme},
		{"http to a name that begins like an address", `spec: {endpoint: "http://127.0.0.1.example.com/xmlrpc/"}`, scheme},
		{"no URL", `spec: {endpoint: rpc.gandi.net}`, form},
		{"another scheme", `spec: {endpoint: "ftp://rpc.gandi.net/"}`, form},
		{"a URL with a user", `spec: {endpoint: "https://me:secret@rpc.gandi.net/xmlrpc/"}`, form},
		{"a URL with a query", `spec: {endpoint: "https://rpc.gandi.net/xmlrpc/?a=b"}`, form},
		{"a URL with a fragment", `spec: {endpoint: "https://rpc.gandi.net/xmlrpc/#a"}`, form},
		{"a URL without a host", `spec: {endpoint: "https:///xmlrpc/"}`, form},

		{"no Secret", `spec: {credentialsSecretRef: null}`, "spec.credentialsSecretRef: Required value"},
		{"a Secret without a name", `spec: {credentialsSecretRef: {name: null}}`, "spec.credentialsSecretRef.name: Required value"},
		{"a Secret with an empty key", `spec: {credentialsSecretRef: {key: ""}}`, "at least 1 chars long"},

		{"a resync interval", `spec: {resyncInterval: 5m}`, ""},
		{"the shortest resync interval", `spec: {resyncInterval: 10s}`, ""},
		{"a resync interval that is too short", `spec: {resyncInterval: 5s}`, resync},
		{"a resync interval that is too long", `spec: {resyncInterval: 25h}`, resync},
		{"a resync interval below zero", `spec: {resyncInterval: -5m}`, resync},
		{"a resync interval without a unit", `spec: {resyncInterval: "5"}`, resync},
		{"a resync interval in words", `spec: {resyncInterval: often}`, resync},
		{"a settle time", `spec: {settle: 1m}`, ""},
		{"a settle time that is too short", `spec: {settle: 1s}`, settle},
		{"a settle time that is too long", `spec: {settle: 1000h}`, settle},
		{"a settle time in words", `spec: {settle: soon}`, settle},

		{"a rate limit", `spec: {rateLimit: {requestsPerSecond: 10}}`, ""},
		{"a rate limit of nothing", `spec: {rateLimit: {requestsPerSecond: 0}}`, "greater than or equal to 1"},
		{"a rate limit without bounds", `spec: {rateLimit: {requestsPerSecond: 1000}}`, "less than or equal to 100"},
		{"a budget", `spec: {createBudget: {perHour: 50}}`, ""},
		{"a budget of nothing", `spec: {createBudget: {perHour: 0}}`, ""},
		{"a budget below zero", `spec: {createBudget: {perHour: -1}}`, "greater than or equal to 0"},
		{"a budget that says nothing", `spec: {createBudget: {}}`, "spec.createBudget.perHour: Required value"},
		{"another protocol", `spec: {protocol: Session}`, `supported values: "Keyed"`},
		{"a CA bundle without a name", `spec: {caBundleRef: {key: ca.crt}}`, "spec.caBundleRef.name: Required value"},
	})
}

func TestAnAccountsEndpointStays(t *testing.T) {
	client := objects(t, plane.Config(), accounts, newNamespace(t))
	object, err := client.Create(t.Context(), manifest(t, baseAccount), metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	const stays = "endpoint can't be changed; create another GandiAccount for another endpoint"
	for _, r := range []row{
		{"to another", `spec: {endpoint: "https://rpc.ote.gandi.net/xmlrpc/"}`, stays},
		{"removed, which means the default", `spec: {endpoint: null}`, ""},
		{"the Secret", `spec: {credentialsSecretRef: {name: other}}`, ""},
	} {
		t.Run(r.name, func(t *testing.T) {
			_, err := client.Update(t.Context(), changed(t, object, r.change), metav1.UpdateOptions{DryRun: []string{metav1.DryRunAll}})
			judge(t, err, r.want)
		})
	}
	// Removing it from an account that is elsewhere would be a change to the default.
	elsewhere := changed(t, manifest(t, baseAccount), `{metadata: {name: elsewhere}, spec: {endpoint: "https://rpc.ote.gandi.net/xmlrpc/"}}`)
	if elsewhere, err = client.Create(t.Context(), elsewhere, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	_, err = client.Update(t.Context(), changed(t, elsewhere, `spec: {endpoint: null}`), metav1.UpdateOptions{DryRun: []string{metav1.DryRunAll}})
	judge(t, err, stays)
}

func TestDefaults(t *testing.T) {
	namespace := newNamespace(t)
	for _, one := range []struct {
		resource, base string
		want           map[string]any
	}{
		{vms, baseVM, map[string]any{
			"spec.accountRef.name":      "default",
			"spec.managementPolicy":     "Manage",
			"spec.rebootPolicy":         "Automatic",
			"spec.network":              "", // an interface of one's own may take its place
			"spec.interfaces":           "",
			"spec.disks":                "",
			"status.observedGeneration": int64(-1),
			"spec.deletionPolicy":       "", // it depends on whether the VM was bought or adopted
			"spec.onExternalDeletion":   "",
			"spec.cores":                "",
			"spec.powerState":           "",
			"spec.maxMemory":            "",
			"spec.hostname":             "",
		}},
		{disks, baseDisk, map[string]any{
			"spec.accountRef.name":      "default",
			"spec.managementPolicy":     "Manage",
			"spec.type":                 "data",
			"status.observedGeneration": int64(-1),
			"spec.deletionPolicy":       "",
			"spec.onExternalDeletion":   "",
			"spec.name":                 "",
			"spec.snapshotProfile":      "",
		}},
		{interfaces, baseInterface, map[string]any{
			"spec.accountRef.name":      "default",
			"spec.managementPolicy":     "Manage",
			"status.observedGeneration": int64(-1),
			"spec.bandwidth":            "", // as found, for an adopted one
		}},
		{vlans, baseVLAN, map[string]any{
			"spec.accountRef.name":      "default",
			"spec.managementPolicy":     "Manage",
			"status.observedGeneration": int64(-1),
			"spec.subnet":               "",
			"spec.gateway":              "",
		}},
		{sshKeys, baseSSHKey, map[string]any{
			"spec.accountRef.name":      "default",
			"spec.managementPolicy":     "Manage",
			"status.observedGeneration": int64(-1),
			"spec.name":                 "",
		}},
		{accounts, baseAccount, map[string]any{
			"spec.endpoint":                 "https://rpc.gandi.net/xmlrpc/",
			"spec.protocol":                 "Keyed",
			"spec.settle":                   "10m",
			"spec.credentialsSecretRef.key": "api-key",
			"status.observedGeneration":     int64(-1),
			"spec.resyncInterval":           "",
			"spec.createBudget":             "",
		}},
	} {
		object, err := objects(t, plane.Config(), one.resource, namespace).Create(t.Context(), manifest(t, one.base), metav1.CreateOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for path, want := range one.want {
			if got := part(object, strings.Split(path, ".")...); got != want {
				t.Errorf("%s: %s is %v, want %v", one.resource, path, got, want)
			}
		}
	}
}
