package e2e

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// Pages of docs that show manifests.
const (
	guide     = "guide.md"
	sitesPage = "sites.md"
)

// blocksOf are the YAML blocks of a page, of the section of that title alone if
// one is given.
func blocksOf(t *testing.T, page, section string) []string {
	t.Helper()
	raw, err := os.ReadFile("../docs/" + page)
	if err != nil {
		t.Fatal(err)
	}
	text := string(raw)
	if section != "" {
		_, after, found := strings.Cut(text, "\n### "+section+"\n")
		if !found {
			t.Fatalf("%s has no section %q", page, section)
		}
		text, _, _ = strings.Cut(after, "\n## ")
	}
	var blocks []string
	for _, block := range regexp.MustCompile("(?s)\n```yaml\n(.*?\n)```\n").FindAllStringSubmatch(text, -1) {
		blocks = append(blocks, block[1])
	}
	return blocks
}

// Every manifest that the guide shows, or the page of sites, is accepted as it is.
func TestEveryManifestOfTheGuideIsAccepted(t *testing.T) {
	namespace := newNamespace(t)
	kinds := map[string]int{}
	for _, block := range append(blocksOf(t, guide, ""), blocksOf(t, sitesPage, "")...) {
		for document := range strings.SplitSeq(block, "\n---\n") {
			if !strings.HasPrefix(document, "apiVersion: ") {
				continue // a part of a manifest
			}
			object := manifest(t, document)
			kinds[object.GetKind()]++
			if err := dryRun(t, strings.ToLower(object.GetKind())+"s", namespace, object); err != nil {
				t.Errorf("%v\n%s", err, document)
			}
		}
	}
	for _, kind := range []string{"GandiAccount", "GandiVM", "GandiDisk", "GandiInterface", "GandiVLAN", "GandiSSHKey", "GandiSite"} {
		if kinds[kind] == 0 {
			t.Errorf("the guide shows no %s, only %v", kind, kinds)
		}
	}
}

// The rescue that the guide tells, with the very manifests that it shows: a VM's
// system disk is handed over, looked at from another VM, and put back.
func TestTheRescueOfTheGuide(t *testing.T) {
	t.Parallel()
	blocks := blocksOf(t, guide, "A VM that does not boot any more")
	if len(blocks) != 4 {
		t.Fatalf("the guide shows %d steps", len(blocks))
	}
	handOver, onRescue, onHelper, putBack := blocks[0], blocks[1], blocks[2], blocks[3]
	const entry = "  disks:\n  - name: patient\n    diskRef: {name: shop-system}\n"
	helper := strings.Replace(onHelper, entry, "", 1)
	if helper == onHelper {
		t.Fatalf("the entry to take out is not in\n%s", onHelper)
	}

	s := manned(t)
	apply(t, s.namespace, strings.Replace(s.login(), "name: login", "name: shop-login", 1))
	apply(t, s.namespace, strings.Replace(onRescue, "  systemDisk:\n    diskRef: {name: shop-rescue}\n", "  image:\n    label: Debian 8 (HVM)\n", 1))
	apply(t, s.namespace, helper)
	wait := func(names ...string) {
		t.Helper()
		mustKubectl(t, s.namespace, append([]string{"wait", "--for=condition=Ready", "--timeout=" + patience.String()}, names...)...)
	}
	holder := func(disk, vm string) {
		t.Helper()
		s.eventually(disk+" to be with "+vm, func() (bool, string) {
			output := mustKubectl(t, s.namespace, "get", "gdisk", disk, "-o", "jsonpath={.status.attachedTo.name}")
			return output == vm, output
		})
	}
	wait("gvm/shop", "gvm/helper")
	own := mustKubectl(t, s.namespace, "get", "gvm", "shop", "-o", "jsonpath={.status.systemDiskID}")

	s.Log("1. handed over")
	apply(t, s.namespace, strings.Replace(handOver, "id: 9612", "id: "+own, 1))
	wait("gdisk/shop-system", "gdisk/shop-rescue")
	holder("shop-system", "shop")
	s.Log("2. booted from another disk")
	apply(t, s.namespace, onRescue)
	holder("shop-rescue", "shop")
	holder("shop-system", "")
	wait("gvm/shop")
	s.Log("3. at the helper's")
	apply(t, s.namespace, onHelper)
	holder("shop-system", "helper")
	wait("gvm/helper")
	s.Log("4. put back")
	apply(t, s.namespace, helper+"---\n"+putBack)
	holder("shop-system", "shop")
	holder("shop-rescue", "")
	wait("gvm/shop", "gvm/helper")
	if disks := s.vm("shop").Status.Disks; len(disks) != 1 || number(disks[0].ID) != own {
		t.Errorf("the VM has the disks %+v, want its own, %s", disks, own)
	}
	s.Log("5. the rescue disk goes, the other outlives its VM and its object")
	mustKubectl(t, s.namespace, "delete", "gdisk", "shop-rescue", "--timeout="+patience.String())
	mustKubectl(t, s.namespace, "delete", "gvm", "--all", "--timeout="+patience.String())
	mustKubectl(t, s.namespace, "delete", "gdisk", "shop-system", "--timeout="+patience.String())
	s.wantThings(0, "vms", "ifaces")
	s.wantThings(1, "disks")
}
