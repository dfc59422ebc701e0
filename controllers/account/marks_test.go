package account

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/account"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
	"github.com/gandi-operator/gandi-operator/internal/token"
)

func tokenOf(kind, name string) string { return token.Of(installation, kind, "default", name) }

// submit sends a call for nobody in particular and lets its operations end.
func (s *stand) submit(c *account.Conversation, call gandi.Call) []gandi.Operation {
	s.Helper()
	slot, err := c.Reserve(s.Context(), owner("setup"), call)
	if err != nil {
		s.Fatal(err)
	}
	ops, err := slot.Submit(s.Context(), call)
	if err != nil {
		s.Fatal(err)
	}
	time.Sleep(time.Minute)
	return ops
}

func (s *stand) makeDisk(c *account.Conversation, name string) int {
	s.Helper()
	return int(s.submit(c, gandi.DiskCreate{Disk: gandi.DiskSpec{DatacenterID: 3, Name: name, SizeMB: 1024}})[0].DiskID)
}

func (s *stand) makeSnapshot(c *account.Conversation, name string, of int) int {
	s.Helper()
	return int(s.submit(c, gandi.DiskCreateFrom{Disk: gandi.DiskSpec{DatacenterID: 3, Name: name, Type: gandi.DiskTypeSnapshot}, Source: gandi.DiskID(of)})[0].DiskID)
}

func (s *stand) makeKey(c *account.Conversation, name string, n int) int {
	s.Helper()
	blob := []byte("\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x20" + strings.Repeat(string(rune('a'+n)), 32))
	return int(s.submit(c, gandi.SSHKeyCreate{Name: name, Value: "ssh-ed25519 " + base64.StdEncoding.EncodeToString(blob)})[0].SSHKeyID)
}

func (s *stand) makeVLAN(c *account.Conversation, name string) int {
	s.Helper()
	s.submit(c, gandi.VLANCreate{DatacenterID: 3, Name: name})
	for _, one := range s.world.State()["vlans"].([]any) { // the reply does not tell
		if vlan := one.(map[string]any); vlan["name"] == name {
			return vlan["id"].(int)
		}
	}
	s.Fatalf("no VLAN %s", name)
	return 0
}

// has is the metadata of an object that has a thing, by its annotation.
func has(name, handle, typ string, id int, tok string) metav1.ObjectMeta {
	return metav1.ObjectMeta{
		Namespace: "default", Name: name,
		Annotations: map[string]string{v1alpha1.AnnotationExternal: fmt.Sprintf("%s/%s/%d/%s", handle, typ, id, tok)},
	}
}

func told(list []v1alpha1.OrphanStatus) []string {
	var words []string
	for _, o := range list {
		words = append(words, fmt.Sprintf("%s %d", o.Type, o.ID))
	}
	return words
}

func TestMarksOfSeveralKinds(t *testing.T) {
	const mine = gandisim.DefaultHandle
	inStand(t, nil, func(t *testing.T, s *stand) {
		s.make(newSecret("key", gandisim.DefaultAPIKey), newAccount("main", "key"))
		s.reconcile("main")
		c, _ := s.registry.Get(named("main"))
		var orphans, duplicates []string
		orphan := func(typ string, id int) { orphans = append(orphans, fmt.Sprintf("%s %d", typ, id)) }
		duplicate := func(typ string, id int) { duplicates = append(duplicates, fmt.Sprintf("%s %d", typ, id)) }
		object := func(kind, name, handle, typ string, id int, tok string) {
			var o client.Object
			switch meta := has(name, handle, typ, id, tok); kind {
			case "GandiVM":
				o = &v1alpha1.GandiVM{ObjectMeta: meta}
			case "GandiDisk":
				o = &v1alpha1.GandiDisk{ObjectMeta: meta}
			case "GandiVLAN":
				o = &v1alpha1.GandiVLAN{ObjectMeta: meta}
			default:
				o = &v1alpha1.GandiSSHKey{ObjectMeta: meta}
			}
			s.make(o)
		}

		// A disk: its own, what Gandi took of it under its name, and a second one.
		data := s.makeDisk(c, tokenOf("GandiDisk", "data"))
		object("GandiDisk", "data", mine, "disk", data, tokenOf("GandiDisk", "data"))
		s.makeSnapshot(c, tokenOf("GandiDisk", "data"), data)
		duplicate("disk", s.makeDisk(c, tokenOf("GandiDisk", "data")))
		// A snapshot, taken twice.
		snap := s.makeSnapshot(c, tokenOf("GandiDisk", "snap"), data)
		object("GandiDisk", "snap", mine, "disk", snap, tokenOf("GandiDisk", "snap"))
		duplicate("disk", s.makeSnapshot(c, tokenOf("GandiDisk", "snap"), data))
		// A system disk that outlived its VM, taken over by a disk object.
		root := s.makeDisk(c, tokenOf("GandiVM", "gone"))
		object("GandiDisk", "root", mine, "disk", root, tokenOf("GandiDisk", "root"))
		// One whose VM has another disk by now.
		object("GandiVM", "again", mine, "vm", 99_999, tokenOf("GandiVM", "again"))
		object("GandiDisk", "kept", mine, "disk", s.makeDisk(c, tokenOf("GandiVM", "again")), tokenOf("GandiDisk", "kept"))
		// An annotation that came with a copied manifest, or is of another account.
		copied := s.makeDisk(c, tokenOf("GandiVM", "gone too"))
		object("GandiDisk", "copied", mine, "disk", copied, tokenOf("GandiDisk", "original"))
		orphan("disk", copied)
		other := s.makeDisk(c, tokenOf("GandiVM", "far"))
		object("GandiDisk", "far", gandisim.OtherHandle, "disk", other, tokenOf("GandiDisk", "far"))
		orphan("disk", other)
		// VLANs; a token of one kind is not that of another.
		back := s.makeVLAN(c, tokenOf("GandiVLAN", "back"))
		object("GandiVLAN", "back", mine, "vlan", back, tokenOf("GandiVLAN", "back"))
		orphan("disk", s.makeDisk(c, tokenOf("GandiVM", "back")))
		orphan("vlan", s.makeVLAN(c, tokenOf("GandiVLAN", "lost")))
		// Keys, whose names are not unique.
		object("GandiSSHKey", "me", mine, "sshkey", s.makeKey(c, tokenOf("GandiSSHKey", "me"), 0), tokenOf("GandiSSHKey", "me"))
		duplicate("sshkey", s.makeKey(c, tokenOf("GandiSSHKey", "me"), 1))
		orphan("sshkey", s.makeKey(c, tokenOf("GandiSSHKey", "lost"), 2))
		s.makeKey(c, token.Of("zz99", "GandiSSHKey", "default", "lost"), 3)

		c.Inventory().Include(account.WantVLAN, account.WantSSHKey)
		s.run(40 * time.Minute)
		st := s.account("main").Status
		byType := func(list []string) map[string]bool {
			set := map[string]bool{}
			for _, one := range list {
				set[one] = true
			}
			return set
		}
		if diff := cmp.Diff(byType(orphans), byType(told(st.Orphans))); diff != "" {
			t.Errorf("orphans (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(byType(duplicates), byType(told(st.Duplicates))); diff != "" {
			t.Errorf("duplicates (-want +got):\n%s", diff)
		}

		// Its definition is gone, and the objects of the kind with it.
		s.gone = "GandiVLANList"
		s.run(40 * time.Minute)
		orphan("vlan", back)
		if diff := cmp.Diff(byType(orphans), byType(told(s.account("main").Status.Orphans))); diff != "" {
			t.Errorf("orphans without the definition of VLANs (-want +got):\n%s", diff)
		}
	})
}

// What was left on purpose stays so over a restart, though nobody needs the list
// that would show it.
func TestReleasedVLANsOutliveARestart(t *testing.T) {
	inStand(t, nil, func(t *testing.T, s *stand) {
		s.make(newSecret("key", gandisim.DefaultAPIKey), newAccount("main", "key"))
		s.reconcile("main")
		c, _ := s.registry.Get(named("main"))
		tok := tokenOf("GandiVLAN", "left")
		vlan := s.makeVLAN(c, tok)
		c.Inventory().Include(account.WantVLAN, account.WantSSHKey)
		c.Released(tok)
		s.run(30 * time.Minute)
		s.registry.Unbind(named("main"), "", "")
		s.reconcile("main")
		s.run(30 * time.Minute)
		if st := s.account("main").Status; len(st.Orphans) != 0 || !cmp.Equal(st.Released, []string{tok}) {
			t.Errorf("after a restart orphans %+v, released %v", st.Orphans, st.Released)
		}
		c, _ = s.registry.Get(named("main"))
		c.Inventory().Include(account.WantVLAN, account.WantSSHKey)
		s.run(30 * time.Minute)
		if st := s.account("main").Status; len(st.Orphans) != 0 || !cmp.Equal(st.Released, []string{tok}) {
			t.Errorf("with VLANs orphans %+v, released %v", st.Orphans, st.Released)
		}
		s.submit(c, gandi.VLANDelete{ID: gandi.VLANID(vlan)})
		s.run(30 * time.Minute)
		if st := s.account("main").Status; len(st.Orphans) != 0 || len(st.Released) != 0 {
			t.Errorf("after its end orphans %+v, released %v", st.Orphans, st.Released)
		}
	})
}
