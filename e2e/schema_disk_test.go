package e2e

import (
	"strings"
	"testing"
)

// baseDisk is a disk that is accepted.
const baseDisk = `
apiVersion: hosting.gandi.net/v1alpha1
kind: GandiDisk
metadata:
  name: data
spec:
  datacenter: FR-SD3
  size: 10Gi
`

func TestWhatADiskMaySay(t *testing.T) {
	const (
		size       = "size: write a multiple of 1Gi with its unit, such as 10Gi or 1Ti, up to 1024Ti; 1536Mi and 1.5Gi are none"
		control    = "name: leave out control characters"
		oneLine    = "cmdline: write one line, without control characters"
		oneAdopt   = "adopt: write exactly one of id and filter"
		oneSource  = "source: write exactly one of image, diskRef, diskID and snapshotRef; leave source out for an empty disk"
		oneImage   = "image: write exactly one of label and id"
		ofWhat     = "a snapshot is taken of a disk: write source.diskRef or source.diskID"
		noSize     = "size: leave it out for a snapshot; it has the size of its disk"
		noMore     = "a snapshot has no snapshotProfile, rollback, kernel or cmdline; write them on the disk"
		oneBack    = "rollback: write exactly one of snapshotRef and snapshotID"
		empty      = "size is required for an empty disk: write a multiple of 1Gi, such as 10Gi"
		datacenter = "datacenter is required: write its code, name, id, country code or country, such as FR-SD3"
	)
	source := func(source string) string { return `spec: {source: {` + source + `}}` }
	snapshot := func(more string) string {
		return `spec: {type: snapshot, size: null, source: {diskRef: {name: data}}` + more + `}`
	}
	back := func(rollback string) string { return `spec: {rollback: {` + rollback + `}}` }
	judgeNew(t, disks, baseDisk, []row{
		{"as it stands", ``, ""},
		{"nothing but an adoption", `spec: {datacenter: null, size: null, adopt: {id: 5}}`, ""},
		{"no datacenter", `spec: {datacenter: null}`, datacenter},
		{"an empty datacenter", `spec: {datacenter: ""}`, "at least 1 chars long"},
		{"no spec", `spec: null`, "spec"},
		{"a field that does not exist", `spec: {sizes: 10Gi}`, `unknown field "spec.sizes"`},

		{"a size of 1Gi", `spec: {size: 1Gi}`, ""},
		{"a size of 10Gi", `spec: {size: 10Gi}`, ""},
		{"a size in Mi", `spec: {size: 1024Mi}`, ""},
		{"a size in Ti", `spec: {size: 1Ti}`, ""},
		{"the greatest size", `spec: {size: 1024Ti}`, ""},
		{"the greatest size in Mi", `spec: {size: 1073741824Mi}`, ""},
		{"a size above the greatest", `spec: {size: 1048577Gi}`, size},
		{"a size beyond all numbers", `spec: {size: 9999999999Ti}`, size},
		{"a size longer than any", `spec: {size: 10000000000000000000Gi}`, "may not be more than 20"},
		{"a size with a fraction", `spec: {size: 1.5Gi}`, size},
		{"a size between two steps", `spec: {size: 1536Mi}`, size},
		{"a size as a number", `spec: {size: 10}`, size},
		{"a size as a number in quotes", `spec: {size: "10"}`, size},
		{"a size in bytes", `spec: {size: 10737418240}`, size},
		{"a size in decimal units", `spec: {size: 10G}`, size},
		{"a size in Ki", `spec: {size: 10485760Ki}`, size},
		{"no size at all", `spec: {size: 0Gi}`, size},
		{"a size below zero", `spec: {size: -1Gi}`, size},
		{"a size with a plus", `spec: {size: +1Gi}`, size},
		{"a size with a leading zero", `spec: {size: "010Gi"}`, size},
		{"a size with an exponent", `spec: {size: 1e9}`, size},
		{"a size with an exponent in quotes", `spec: {size: "1e9"}`, size},
		{"a size as a fraction", `spec: {size: 1.5}`, "spec.size"},
		{"a size with a space", `spec: {size: 10 Gi}`, "spec.size"},
		{"a size in words", `spec: {size: big}`, "spec.size"},
		{"an empty size", `spec: {size: ""}`, "spec.size"},
		{"no size of an empty disk", `spec: {size: null}`, empty},
		{"no size of a copy", `spec: {size: null, source: {diskRef: {name: other}}}`, ""},
		{"a size of a copy", source(`diskRef: {name: other}`), ""},

		{"a name with a capital", `spec: {name: disk2GB}`, ""},
		{"a name with a space", `spec: {name: data of the shop}`, ""},
		{"a name of 255 characters that are 510 bytes", `spec: {name: "` + strings.Repeat("é", 255) + `"}`, ""},
		{"a name of 256 characters", `spec: {name: "` + strings.Repeat("é", 256) + `"}`, "may not be more than 255"},
		{"an empty name", `spec: {name: ""}`, "at least 1 chars long"},
		{"a name with a line break", `spec: {name: "data\n"}`, control},
		{"a name with a tab", `spec: {name: "a\tb"}`, control},
		{"a name with NUL", `spec: {name: "a\u0000b"}`, control},
		{"a name with DEL", `spec: {name: "a\u007fb"}`, control},
		{"a name with a C1 control character", `spec: {name: "a\u0085b"}`, control},

		{"an image by label", source(`image: {label: Debian 8 (HVM)}`), ""},
		{"an image by id", source(`image: {id: 131}`), ""},
		{"an image by label and id", source(`image: {label: Debian 8 (HVM), id: 131}`), oneImage},
		{"an image by nothing", source(`image: {}`), oneImage},
		{"an empty label", source(`image: {label: ""}`), "at least 1 chars long"},
		{"image 0", source(`image: {id: 0}`), "greater than or equal to 1"},
		{"a disk by number", source(`diskID: 7`), ""},
		{"disk 0", source(`diskID: 0`), "greater than or equal to 1"},
		{"a snapshot as the source", source(`snapshotRef: {name: before}`), ""},
		{"a source without a name", source(`diskRef: {}`), "spec.source.diskRef.name: Required value"},
		{"a source of nothing", source(``), oneSource},
		{"an image and a disk", source(`image: {id: 131}, diskRef: {name: other}`), oneSource},
		{"a disk by reference and by number", source(`diskRef: {name: other}, diskID: 7`), oneSource},
		{"a disk and a snapshot", source(`diskRef: {name: other}, snapshotRef: {name: before}`), oneSource},
		{"all sources", source(`image: {id: 131}, diskRef: {name: other}, diskID: 7, snapshotRef: {name: before}`), oneSource},

		{"a data disk in so many words", `spec: {type: data}`, ""},
		{"another type", `spec: {type: swap}`, `supported values: "data", "snapshot"`},
		{"a snapshot", snapshot(``), ""},
		{"a snapshot of a disk by number", `spec: {type: snapshot, size: null, source: {diskID: 7}}`, ""},
		{"a snapshot with a name", snapshot(`, name: before`), ""},
		{"an adopted snapshot", `spec: {type: snapshot, size: null, adopt: {id: 5}}`, ""},
		{"a snapshot of nothing", `spec: {type: snapshot, size: null}`, ofWhat},
		{"a snapshot of an image", `spec: {type: snapshot, size: null, source: {image: {id: 131}}}`, ofWhat},
		{"a snapshot of a snapshot", `spec: {type: snapshot, size: null, source: {snapshotRef: {name: before}}}`, ofWhat},
		{"a snapshot with a size", `spec: {type: snapshot, source: {diskRef: {name: data}}}`, noSize},
		{"an adopted snapshot with a size", `spec: {type: snapshot, adopt: {id: 5}}`, noSize},
		{"a snapshot with a profile", snapshot(`, snapshotProfile: minimal`), noMore},
		{"a snapshot with a rollback", snapshot(`, rollback: {snapshotID: 7, requestedAt: now}`), noMore},
		{"a snapshot with a kernel", snapshot(`, kernel: grub`), noMore},
		{"a snapshot with a command line", snapshot(`, cmdline: ro`), noMore},

		{"a kernel and its command line", `spec: {kernel: "3.12-x86_64 (hvm)", cmdline: root=/dev/sda1 ro console=ttyS0}`, ""},
		{"an empty kernel", `spec: {kernel: ""}`, "at least 1 chars long"},
		{"a kernel that is too long", `spec: {kernel: "` + strings.Repeat("k", 129) + `"}`, "may not be more than 128"},
		{"an empty command line", `spec: {cmdline: ""}`, "at least 1 chars long"},
		{"the longest command line", `spec: {cmdline: "` + strings.Repeat("x", 1024) + `"}`, ""},
		{"a command line that is too long", `spec: {cmdline: "` + strings.Repeat("x", 1025) + `"}`, "may not be more than 1024"},
		{"a command line of two lines", `spec: {cmdline: "ro\nquiet"}`, oneLine},
		{"a command line that ends its line", `spec: {cmdline: "ro\n"}`, oneLine},
		{"a profile by name", `spec: {snapshotProfile: full_week}`, ""},
		{"a profile by number", `spec: {snapshotProfile: "2"}`, ""},
		{"a profile by number without quotes", `spec: {snapshotProfile: 2}`, "spec.snapshotProfile"},
		{"no profile", `spec: {snapshotProfile: none}`, ""},
		{"an empty profile", `spec: {snapshotProfile: ""}`, "at least 1 chars long"},

		{"a rollback", back(`snapshotRef: {name: before}, requestedAt: "2026-01-01T00:00:00Z"`), ""},
		{"a rollback by number", back(`snapshotID: 7, requestedAt: once`), ""},
		{"a rollback to two snapshots", back(`snapshotRef: {name: before}, snapshotID: 7, requestedAt: once`), oneBack},
		{"a rollback to nothing", back(`requestedAt: once`), oneBack},
		{"a rollback to snapshot 0", back(`snapshotID: 0, requestedAt: once`), "greater than or equal to 1"},
		{"a rollback that nobody requested", back(`snapshotID: 7`), "spec.rollback.requestedAt: Required value"},
		{"a rollback requested at no time", back(`snapshotID: 7, requestedAt: ""`), "at least 1 chars long"},
		{"a rollback with a long request", back(`snapshotID: 7, requestedAt: "` + strings.Repeat("x", 129) + `"`), "may not be more than 128"},

		{"an adoption by id", `spec: {adopt: {id: 5}}`, ""},
		{"an adoption by name", `spec: {adopt: {filter: {name: disk2GB}}}`, ""},
		{"an adoption by name and place", `spec: {adopt: {filter: {name: disk2GB, datacenter: FR-SD3}, takeOver: true}}`, ""},
		{"an adoption of nothing", `spec: {adopt: {}}`, oneAdopt},
		{"an adoption by id and filter", `spec: {adopt: {id: 5, filter: {name: old}}}`, oneAdopt},
		{"an adoption of 0", `spec: {adopt: {id: 0}}`, "greater than or equal to 1"},
		{"an adoption by a place alone", `spec: {adopt: {filter: {datacenter: FR-SD3}}}`, "spec.adopt.filter.name: Required value"},

		{"another management policy", `spec: {managementPolicy: Watch}`, `supported values: "Manage", "Observe"`},
		{"another deletion policy", `spec: {deletionPolicy: Orphan}`, `supported values: "Delete", "Retain"`},
		{"another policy for an external deletion", `spec: {onExternalDeletion: Ignore}`, `supported values: "Recreate", "Hold"`},
	})
}

func TestWhatCanBeChangedUntilADiskIsBought(t *testing.T) {
	const (
		size    = "spec.size can't be lowered or removed: Gandi's disks only grow, and cutting one off would lose data; create a smaller GandiDisk and copy what you need"
		source  = "spec.source can't be changed once the disk was bought; create another GandiDisk from that source"
		kind    = "spec.type can't be changed once the disk was bought; create another GandiDisk"
		account = "spec.accountRef can't be changed once the disk was bought; the disk belongs to that account"
		adopt   = "spec.adopt can't be added once the disk was bought; this object has its disk already"
		empty   = "size is required for an empty disk: write a multiple of 1Gi, such as 10Gi"

		copied   = `spec: {source: {diskRef: {name: other}}}`
		adopted  = `spec: {adopt: {id: 5}}`
		snapshot = `spec: {type: snapshot, size: null, source: {diskRef: {name: other}}}`
		asked    = `spec: {rollback: {snapshotID: 7, requestedAt: monday}}`
	)
	judgeEdits(t, disks, baseDisk, []edit{
		{name: "size, grown", change: `spec: {size: 11Gi}`},
		{name: "size, grown to another unit", change: `spec: {size: 1Ti}`},
		{name: "size, the same in other words", change: `spec: {size: 10240Mi}`},
		{name: "size, lowered", change: `spec: {size: 9Gi}`, after: size},
		{name: "size, lowered in another unit", change: `spec: {size: 9216Mi}`, after: size},
		{name: "size of an empty disk, removed", change: `spec: {size: null}`, before: empty, after: size},
		{name: "size of a copy, removed", from: copied, change: `spec: {size: null}`, after: size},
		{name: "size of a copy, added", from: `spec: {size: null, source: {diskRef: {name: other}}}`, change: `spec: {size: 10Gi}`},

		{name: "source, added", change: copied, after: source},
		{name: "source, removed", from: copied, change: `spec: {source: null}`, after: source},
		{name: "source, another disk", from: copied, change: `spec: {source: {diskRef: {name: third}}}`, after: source},
		{name: "source, by number", from: copied, change: `spec: {source: {diskRef: null, diskID: 7}}`, after: source},
		{name: "source, an image", from: copied, change: `spec: {source: {diskRef: null, image: {id: 131}}}`, after: source},
		{name: "source of a snapshot", from: snapshot, change: `spec: {source: {diskRef: {name: third}}}`, after: source},
		{name: "type, to a snapshot", from: `spec: {size: null, source: {diskRef: {name: other}}}`, change: snapshot, after: kind},
		{name: "type, to data", from: snapshot, change: `spec: {type: data}`, after: kind},
		{name: "type, removed, which means data", from: snapshot, change: `spec: {type: null}`, after: kind},
		{name: "type, in so many words", change: `spec: {type: data}`},
		{name: "account", change: `spec: {accountRef: {name: other}}`, after: account},
		{name: "account, removed, which means default", change: `spec: {accountRef: null}`},

		{name: "adopt, added", change: adopted, after: adopt, onlyID: true},
		{name: "adopt, changed", from: adopted, change: `spec: {adopt: {id: 6}}`, before: adoptStays, after: adoptStays},
		{name: "adopt, to a filter", from: adopted, change: `spec: {adopt: {id: null, filter: {name: old}}}`, before: adoptStays, after: adoptStays},
		{name: "adopt, taken over", from: adopted, change: `spec: {adopt: {takeOver: true}}`, before: adoptStays, after: adoptStays},
		{name: "adopt, removed", from: adopted, change: `spec: {adopt: null}`, before: adoptStays, after: adoptStays},

		{name: "datacenter", change: `spec: {datacenter: LU-BI1}`},
		{name: "name", change: `spec: {name: disk2GB}`},
		{name: "kernel", change: `spec: {kernel: grub}`},
		{name: "command line", change: `spec: {cmdline: ro}`},
		{name: "snapshot profile", change: `spec: {snapshotProfile: minimal}`},
		{name: "rollback, asked for", change: asked},
		{name: "rollback, asked for again", from: asked, change: `spec: {rollback: {requestedAt: tuesday}}`},
		{name: "rollback, to another snapshot", from: asked, change: `spec: {rollback: {snapshotID: null, snapshotRef: {name: before}, requestedAt: tuesday}}`},
		{name: "rollback, taken back", from: asked, change: `spec: {rollback: null}`},
		{name: "deletion policy", change: `spec: {deletionPolicy: Retain, deletionProtection: true, onExternalDeletion: Recreate}`},
	})
}
