package e2e

import (
	"strings"
	"testing"
)

// baseInterface is an interface that is accepted.
const baseInterface = `
apiVersion: hosting.gandi.net/v1alpha1
kind: GandiInterface
metadata:
  name: public
spec:
  datacenter: FR-SD3
  ipVersion: 4
`

// baseVLAN is a VLAN that is accepted.
const baseVLAN = `
apiVersion: hosting.gandi.net/v1alpha1
kind: GandiVLAN
metadata:
  name: backend
spec:
  datacenter: FR-SD3
`

const noDatacenter = "datacenter is required: write its code, name, id, country code or country, such as FR-SD3"

func TestWhatAnInterfaceMaySay(t *testing.T) {
	const (
		union    = "write exactly one of ipVersion (a public interface: 4 or 6) and vlanRef (a private one)"
		choice   = "address: only an interface with vlanRef can ask for one; public addresses are Gandi's choice"
		address  = "address: write an IPv4 address, such as 192.168.1.10"
		found    = "address: write one IP address, such as 203.0.113.7"
		reverse  = "reverse: write a host name with its domain, such as www.example.com"
		oneAdopt = "adopt: write exactly one of id and filter"
	)
	private := func(more string) string { return `spec: {ipVersion: null, vlanRef: {name: backend}` + more + `}` }
	at := func(address string) string { return private(`, address: "` + address + `"`) }
	named := func(name string) string { return `spec: {reverse: {ipv4: "` + name + `"}}` }
	label := strings.Repeat("l", 63)
	judgeNew(t, interfaces, baseInterface, []row{
		{"as it stands", ``, ""},
		{"nothing but an adoption", `spec: {datacenter: null, ipVersion: null, adopt: {id: 5}}`, ""},
		{"no datacenter", `spec: {datacenter: null}`, noDatacenter},
		{"an empty datacenter", `spec: {datacenter: ""}`, "at least 1 chars long"},
		{"a field that does not exist", `spec: {ip: 4}`, `unknown field "spec.ip"`},

		{"IPv6", `spec: {ipVersion: 6}`, ""},
		{"IPv5", `spec: {ipVersion: 5}`, `supported values: "4", "6"`},
		{"IPv4 in quotes", `spec: {ipVersion: "4"}`, "integer"},
		{"a private one", private(``), ""},
		{"public and private", `spec: {vlanRef: {name: backend}}`, union},
		{"neither public nor private", `spec: {ipVersion: null}`, union},
		{"a VLAN without a name", `spec: {ipVersion: null, vlanRef: {}}`, "spec.vlanRef.name: Required value"},
		{"a VLAN with an empty name", `spec: {ipVersion: null, vlanRef: {name: ""}}`, "at least 1 chars long"},

		{"a private address", at("192.168.1.10"), ""},
		{"a private address in IPv6", at("fd00::1"), address},
		{"a private address mapped to IPv6", at("::ffff:192.168.1.10"), address},
		{"a private address with a prefix", at("192.168.1.10/24"), address},
		{"a private address with a leading zero", at("192.168.1.010"), address},
		{"a private address out of range", at("192.168.1.256"), address},
		{"a private address that is a name", at("db.example.com"), address},
		{"an empty address", at(""), address},
		{"a public address that is asked for", `spec: {address: 192.168.1.10}`, choice},
		{"an address of an adopted interface", `spec: {ipVersion: null, adopt: {id: 5}, address: 192.168.1.10}`, choice},

		{"a bandwidth", `spec: {bandwidth: 102400}`, ""},
		{"the least bandwidth", `spec: {bandwidth: 1}`, ""},
		{"the greatest bandwidth", `spec: {bandwidth: 10000000}`, ""},
		{"no bandwidth", `spec: {bandwidth: 0}`, "greater than or equal to 1"},
		{"more than the greatest bandwidth", `spec: {bandwidth: 10000001}`, "less than or equal to 10000000"},
		{"a bandwidth in quotes", `spec: {bandwidth: "102400"}`, "integer"},

		{"reverse names", `spec: {reverse: {ipv4: www.example.com, ipv6: www6.example.com}}`, ""},
		{"reverse names of nothing", `spec: {reverse: {}}`, ""},
		{"a reverse name with a dot at its end", named("www.example.com."), ""},
		{"a reverse name with capitals and digits", named("WWW-1.Example.com"), ""},
		{"a reverse name with a label of 63", named(label + ".example.com"), ""},
		{"a reverse name with a label of 64", named(label + "l.example.com"), reverse},
		{"a reverse name of 253 characters", named(strings.Repeat(label+".", 3) + label[:61]), ""},
		{"a reverse name of 254 characters", named(strings.Repeat(label+".", 3) + label[:62]), "may not be more than 253"},
		{"a reverse name without a domain", named("www"), reverse},
		{"an empty reverse name", named(""), "at least 1 chars long"},
		{"a reverse name with an underscore", named("my_host.example.com"), reverse},
		{"a reverse name with a hyphen at an end", named("www-.example.com"), reverse},
		{"a reverse name with two dots", named("www..example.com"), reverse},
		{"a reverse name in Unicode", named("café.example.com"), reverse},
		{"a reverse name with a space", named("www example.com"), reverse},
		{"a reverse name that is a URL", named("https://www.example.com"), reverse},
		{"a reverse name in IPv6 without a domain", `spec: {reverse: {ipv6: www}}`, reverse},

		{"an adoption by address", `spec: {adopt: {filter: {address: 203.0.113.7}}}`, ""},
		{"an adoption by address in IPv6", `spec: {adopt: {filter: {address: "2001:db8::7"}}}`, ""},
		{"an adoption by no address", `spec: {adopt: {filter: {address: ""}}}`, found},
		{"an adoption by a network", `spec: {adopt: {filter: {address: 203.0.113.0/24}}}`, found},
		{"an adoption by a name", `spec: {adopt: {filter: {address: www.example.com}}}`, found},
		{"an adoption by nothing", `spec: {adopt: {}}`, oneAdopt},
		{"an adoption by id and filter", `spec: {adopt: {id: 5, filter: {address: 203.0.113.7}}}`, oneAdopt},
		{"an adoption of 0", `spec: {adopt: {id: 0}}`, "greater than or equal to 1"},
		{"an adoption by an empty filter", `spec: {adopt: {filter: {}}}`, "spec.adopt.filter.address: Required value"},
	})
}

func TestWhatCanBeChangedUntilAnInterfaceIsBought(t *testing.T) {
	const (
		datacenter = "spec.datacenter can't be changed once the interface was bought; create another GandiInterface there"
		version    = "spec.ipVersion can't be changed once the interface was bought; create another GandiInterface"
		vlan       = "spec.vlanRef can't be changed once the interface was bought; create another GandiInterface on that VLAN"
		address    = "spec.address can't be changed once the interface was bought; create another GandiInterface with that address"
		account    = "spec.accountRef can't be changed once the interface was bought; the interface belongs to that account"
		adopt      = "spec.adopt can't be added once the interface was bought; this object has its interface already"

		private = `spec: {ipVersion: null, vlanRef: {name: backend}, address: 192.168.1.10}`
		adopted = `spec: {adopt: {id: 5}}`
	)
	judgeEdits(t, interfaces, baseInterface, []edit{
		{name: "datacenter", change: `spec: {datacenter: LU-BI1}`, after: datacenter},
		{name: "IP version", change: `spec: {ipVersion: 6}`, after: version},
		{name: "public to private", change: `spec: {ipVersion: null, vlanRef: {name: backend}}`, after: version},
		{name: "private to public", from: private, change: `spec: {vlanRef: null, address: null, ipVersion: 4}`, after: vlan},
		{name: "VLAN", from: private, change: `spec: {vlanRef: {name: other}}`, after: vlan},
		{name: "address", from: private, change: `spec: {address: 192.168.1.11}`, after: address},
		{name: "address, removed", from: private, change: `spec: {address: null}`, after: address},
		{name: "address, added", from: `spec: {ipVersion: null, vlanRef: {name: backend}}`, change: `spec: {address: 192.168.1.11}`, after: address},
		{name: "account", change: `spec: {accountRef: {name: other}}`, after: account},
		{name: "adopt, added", change: adopted, after: adopt, onlyID: true},
		{name: "adopt, changed", from: adopted, change: `spec: {adopt: {id: 6}}`, before: adoptStays, after: adoptStays},
		{name: "adopt, to a filter", from: adopted, change: `spec: {adopt: {id: null, filter: {address: 203.0.113.7}}}`, before: adoptStays, after: adoptStays},
		{name: "adopt, removed", from: adopted, change: `spec: {adopt: null}`, before: adoptStays, after: adoptStays},
		{name: "bandwidth", change: `spec: {bandwidth: 51200}`},
		{name: "reverse names", change: `spec: {reverse: {ipv4: www.example.com}}`},
		{name: "deletion policy", change: `spec: {deletionPolicy: Retain, deletionProtection: true, onExternalDeletion: Hold}`},
	})
}

func TestWhatAVLANMaySay(t *testing.T) {
	const (
		subnet   = "subnet: write an IPv4 network of at least 8 addresses by its first address, such as 192.168.1.0/24"
		gateway  = "gateway: write an IPv4 address, such as 192.168.1.254"
		inside   = "gateway: write an address of the subnet"
		control  = "name: leave out control characters"
		oneAdopt = "adopt: write exactly one of id and filter"
	)
	network := func(network string) string { return `spec: {subnet: "` + network + `"}` }
	by := func(network, gateway string) string {
		return `spec: {subnet: "` + network + `", gateway: "` + gateway + `"}`
	}
	judgeNew(t, vlans, baseVLAN, []row{
		{"as it stands", ``, ""},
		{"nothing but an adoption", `spec: {datacenter: null, adopt: {id: 5}}`, ""},
		{"no datacenter", `spec: {datacenter: null}`, noDatacenter},
		{"a field that does not exist", `spec: {cidr: 192.168.1.0/24}`, `unknown field "spec.cidr"`},

		{"a name", `spec: {name: Backend of the shop}`, ""},
		{"a name of 255 characters", `spec: {name: "` + strings.Repeat("é", 255) + `"}`, ""},
		{"a name of 256 characters", `spec: {name: "` + strings.Repeat("é", 256) + `"}`, "may not be more than 255"},
		{"an empty name", `spec: {name: ""}`, "at least 1 chars long"},
		{"a name with a line break", `spec: {name: "a\nb"}`, control},

		{"a network", network("192.168.1.0/24"), ""},
		{"a great network", network("10.0.0.0/8"), ""},
		{"the smallest network", network("192.168.1.8/29"), ""},
		{"a network of four addresses", network("192.168.1.4/30"), subnet},
		{"a network of one address", network("192.168.1.1/32"), subnet},
		{"a network with host bits", network("192.168.1.5/24"), subnet},
		{"a small network with host bits", network("192.168.1.4/29"), subnet},
		{"a network in IPv6", network("fd00:1234:5678:9abc::/64"), subnet},
		{"a network mapped to IPv6", network("::ffff:192.168.1.0/120"), subnet},
		{"an address without a prefix", network("192.168.1.0"), subnet},
		{"a network with a mask", network("192.168.1.0/255.255.255.0"), subnet},
		{"a network with a leading zero", network("192.168.001.0/24"), subnet},
		{"a prefix with a leading zero", network("192.168.1.0/024"), subnet},
		{"a prefix that is too long", network("192.168.1.0/33"), subnet},
		{"a network that is out of range", network("192.168.300.0/24"), subnet},
		{"a network cut short", network("192.168.1/24"), subnet},
		{"an empty network", network(""), subnet},
		{"a network in words", network("private"), subnet},
		{"a network that is far too long", network(strings.Repeat("1", 65)), "may not be more than 64"},

		{"a gateway alone", `spec: {gateway: 192.168.1.254}`, ""},
		{"a gateway of the subnet", by("192.168.1.0/24", "192.168.1.254"), ""},
		{"a gateway of another subnet", by("192.168.1.0/24", "192.168.2.254"), inside},
		{"a gateway just outside", by("192.168.1.8/29", "192.168.1.16"), inside},
		{"a gateway just inside", by("192.168.1.8/29", "192.168.1.15"), ""},
		{"a gateway in IPv6", by("192.168.1.0/24", "fd00::1"), gateway},
		{"a gateway with a prefix", by("192.168.1.0/24", "192.168.1.254/24"), gateway},
		{"a gateway that is a name", by("192.168.1.0/24", "router"), gateway},
		{"an empty gateway", by("192.168.1.0/24", ""), gateway},
		{"a gateway of a subnet that is none", by("192.168.1.5/33", "192.168.1.254"), subnet},

		{"an adoption by name", `spec: {adopt: {filter: {name: backend}}}`, ""},
		{"an adoption by nothing", `spec: {adopt: {}}`, oneAdopt},
		{"an adoption by id and filter", `spec: {adopt: {id: 5, filter: {name: backend}}}`, oneAdopt},
		{"an adoption by an empty filter", `spec: {adopt: {filter: {}}}`, "spec.adopt.filter.name: Required value"},
		{"an adoption of 0", `spec: {adopt: {id: 0}}`, "greater than or equal to 1"},
	})
}

func TestWhatCanBeChangedUntilAVLANIsMade(t *testing.T) {
	const (
		datacenter = "spec.datacenter can't be changed once the VLAN was made; create another GandiVLAN there"
		subnet     = "spec.subnet can't be changed once the VLAN was made; create another GandiVLAN with that subnet"
		account    = "spec.accountRef can't be changed once the VLAN was made; the VLAN belongs to that account"
		adopt      = "spec.adopt can't be added once the VLAN was made; this object has its VLAN already"

		given   = `spec: {subnet: 192.168.1.0/24}`
		adopted = `spec: {adopt: {filter: {name: old}}}`
	)
	judgeEdits(t, vlans, baseVLAN, []edit{
		{name: "datacenter", change: `spec: {datacenter: LU-BI1}`, after: datacenter},
		{name: "subnet, added", change: given, after: subnet},
		{name: "subnet, changed", from: given, change: `spec: {subnet: 192.168.2.0/24}`, after: subnet},
		{name: "subnet, removed", from: given, change: `spec: {subnet: null}`, after: subnet},
		{name: "account", change: `spec: {accountRef: {name: other}}`, after: account},
		{name: "adopt, added", change: adopted, after: adopt, onlyID: true},
		{name: "adopt, changed", from: adopted, change: `spec: {adopt: {filter: {name: older}}}`, before: adoptStays, after: adoptStays},
		{name: "adopt, removed", from: adopted, change: `spec: {adopt: null}`, before: adoptStays, after: adoptStays},
		{name: "name", change: `spec: {name: backend}`},
		{name: "gateway", change: `spec: {gateway: 192.168.1.1}`},
		{name: "gateway, outside the subnet", from: given, change: `spec: {gateway: 192.168.2.1}`, before: "gateway: write an address of the subnet", after: "gateway: write an address of the subnet"},
		{name: "deletion policy", change: `spec: {deletionPolicy: Retain, deletionProtection: true, onExternalDeletion: Recreate}`},
	})
}
