package disk

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
	"github.com/gandi-operator/gandi-operator/internal/size"
)

type (
	diskOpt func(*v1alpha1.GandiDisk)
	obsOpt  func(*Observed)
)

const testToken = "gtesttoken00000"

// wanted is a GandiDisk of 10Gi; what of it is asked for beyond that, opts say.
func wanted(opts ...diskOpt) *v1alpha1.GandiDisk {
	d := &v1alpha1.GandiDisk{
		ObjectMeta: metav1.ObjectMeta{Name: "data", Generation: 3},
		Spec:       v1alpha1.GandiDiskSpec{Datacenter: "FR-SD2", Size: size.Quantity(10240), Type: v1alpha1.DiskData},
	}
	for _, o := range opts {
		o(d)
	}
	return d
}

// seenDisk is the world in which wanted() is in sync.
func seenDisk(opts ...obsOpt) Observed {
	s := Observed{
		Token: testToken, Datacenter: v1alpha1.ResolvedDatacenter{ID: 1, Name: "FR-SD2"}, Generation: 3,
		Disk: &gandi.Disk{ID: 7, Name: testToken, Type: gandi.DiskTypeData, State: gandi.DiskCreated, SizeMB: 10240, DatacenterID: 1,
			CanSnapshot: true, KernelVersion: "2.6.32", KernelCmdline: map[string]any{"root": "/dev/xvda1", "ro": true}, SnapshotIDs: []gandi.DiskID{8}},
		Rollback: Rollback{Asked: noRequest, Handled: noRequest, Done: noRequest},
	}
	for _, o := range opts {
		o(&s)
	}
	return s
}

func nothing(s *Observed)    { s.Disk = nil }
func in(state string) obsOpt { return func(s *Observed) { s.Disk.State = state } }
func from(mb int) obsOpt {
	return func(s *Observed) { s.Source = &Source{Disk: 70, Name: "GandiDisk \"old\"", SizeMB: mb} }
}
func retained(s *Observed) { s.Retain = true }
func adopted(s *Observed)  { s.Adopted = true }
func handsOff(s *Observed) { s.HandsOff = true }
func left(s *Observed)     { s.Leftover = 70 }
func offered(s *Observed)  { s.KernelOffered = true }
func missing(reason string) obsOpt {
	return func(s *Observed) { s.Missing = &engine.Missing{Reason: reason, Message: "m"} }
}
func deletingDisk(d *v1alpha1.GandiDisk) { d.DeletionTimestamp = new(metav1.Now()) }
func named(name string) diskOpt          { return func(d *v1alpha1.GandiDisk) { d.Spec.Name = name } }
func sized(q string) diskOpt {
	return func(d *v1alpha1.GandiDisk) { d.Spec.Size = new(resource.MustParse(q)) }
}
func unsized(d *v1alpha1.GandiDisk) { d.Spec.Size = nil }
func kernel(k string) diskOpt       { return func(d *v1alpha1.GandiDisk) { d.Spec.Kernel = k } }
func cmdline(c string) diskOpt      { return func(d *v1alpha1.GandiDisk) { d.Spec.Cmdline = c } }
func snapshot(d *v1alpha1.GandiDisk) {
	d.Spec.Type, d.Spec.Size = v1alpha1.DiskSnapshot, nil
	d.Spec.Source = &v1alpha1.DiskSource{DiskRef: &v1alpha1.LocalReference{Name: "old"}}
}

func profiled(id gandi.SnapshotProfileID) obsOpt { return func(s *Observed) { s.Profile = &id } }

// has is the VM that has the disk.
func has(change ...func(*Holder)) obsOpt {
	return func(s *Observed) {
		h := Holder{Said: v1alpha1.AttachmentStatus{VMID: 5, Name: "web"}, Ours: true}
		for _, c := range change {
			c(&h)
		}
		s.Holder = &h
	}
}

func foreign(h *Holder) { h.Ours, h.ByHand, h.Said.Name = false, true, "5" }
func halted(h *Holder)  { h.Halted = true }

func asks(at string) obsOpt {
	return func(s *Observed) {
		s.Rollback.Asked, s.Rollback.Announced = at, true
		s.Rollback.Snapshot = &gandi.Disk{ID: 8, Type: gandi.DiskTypeSnapshot, Source: 7, KernelVersion: "2.6.32"}
	}
}

func unannounced(s *Observed) { s.Rollback.Announced = false }
func noSnapshot(s *Observed) {
	s.Rollback.Snapshot = nil
	missing(v1alpha1.ReasonSnapshotNotFound)(s)
}
func handled(at, done string) obsOpt {
	return func(s *Observed) {
		s.Rollback.Handled, s.Rollback.Done, s.Rollback.Past = at, done, []string{digest(at)}
	}
}
func rollingBack(s *Observed) { s.Rollback.Running = true }

func moving(s *Observed) {
	s.Move = &Move{To: v1alpha1.ResolvedDatacenter{ID: 4, Name: "FR-SD3"}, Possible: true, Ways: "to FR-SD3 (4)"}
}
func impossible(s *Observed) {
	moving(s)
	s.Move.Possible, s.Move.Ways = false, "nowhere"
}
func applied(key, value string) obsOpt {
	return func(s *Observed) {
		s.Applied = maps.Clone(s.Applied)
		if s.Applied == nil {
			s.Applied = map[string]string{}
		}
		s.Applied[key] = value
	}
}
func failed(class string, call gandi.Call, context string) obsOpt {
	return func(s *Observed) {
		s.Refusals = append(s.Refusals, v1alpha1.Failure{Digest: gandi.Digest(call), Context: context, Class: class, Attempts: 1, Message: "what Gandi said"})
	}
}

func TestPlan(t *testing.T) {
	rename := gandi.DiskUpdate{ID: 7, Name: new("other")}
	rollback := gandi.DiskRollback{Disk: 7, Snapshot: 8}
	move := gandi.DiskMigrate{ID: 7, To: 4}
	for _, row := range []struct {
		name string
		disk []diskOpt
		seen []obsOpt
		// want lists the preview: methods of calls, then the verb that ends it.
		want []string
	}{
		{name: "a disk in sync is left alone", want: []string{"InSync"}},

		{name: "an empty disk is created", seen: []obsOpt{nothing}, want: []string{"hosting.disk.create", "InSync"}},
		{name: "a name of one's own is given once the disk is there", disk: []diskOpt{named("other")}, seen: []obsOpt{nothing}, want: []string{"hosting.disk.create", "hosting.disk.update name", "InSync"}},
		{name: "a copy has the size of its source", disk: []diskOpt{unsized}, seen: []obsOpt{nothing, from(3072)}, want: []string{"hosting.disk.create_from", "InSync"}},
		{name: "a larger copy is made at once", seen: []obsOpt{nothing, from(3072)}, want: []string{"hosting.disk.create_from", "InSync"}},
		{name: "a snapshot is taken", disk: []diskOpt{snapshot}, seen: []obsOpt{nothing, from(3072)}, want: []string{"hosting.disk.create_from snapshot", "InSync"}},
		{name: "what a disk may have from the start is asked for at once", disk: []diskOpt{kernel("grub"), cmdline("ro")}, seen: []obsOpt{nothing, offered, profiled(1)}, want: []string{"hosting.disk.create", "InSync"}},
		{name: "nothing is bought while something is missing", seen: []obsOpt{nothing, missing(v1alpha1.ReasonDiskNotFound)}, want: []string{"Wait DiskNotFound"}},
		{name: "what only an edit mends is told as such", seen: []obsOpt{nothing, missing(v1alpha1.ReasonInvalidSpec)}, want: []string{"Block InvalidSpec"}},
		{name: "a request that stood there at the purchase asks for nothing", seen: []obsOpt{nothing, asks("now"), handled("now", "now")}, want: []string{"hosting.disk.create", "InSync"}},

		{name: "a changed name is set", disk: []diskOpt{named("other")}, want: []string{"hosting.disk.update name", "InSync"}},
		{name: "without a name of one's own the mark is put back", seen: []obsOpt{func(s *Observed) { s.Disk.Name = "panel" }}, want: []string{"hosting.disk.update name", "InSync"}},
		{name: "an adopted disk keeps its name", seen: []obsOpt{adopted, func(s *Observed) { s.Disk.Name = "panel" }}, want: []string{"InSync"}},
		{name: "a disk grows", disk: []diskOpt{sized("20Gi")}, want: []string{"hosting.disk.update size", "InSync"}},
		{name: "a disk never shrinks", disk: []diskOpt{sized("5Gi")}, want: []string{"InSync"}},
		{name: "a size that Gandi took and does not show is not sent again", disk: []diskOpt{sized("20Gi")}, seen: []obsOpt{applied(appliedSize, "20480")}, want: []string{"InSync"}},
		{name: "another size is", disk: []diskOpt{sized("30Gi")}, seen: []obsOpt{applied(appliedSize, "20480")}, want: []string{"hosting.disk.update size", "InSync"}},
		{name: "a kernel brings its command line along", disk: []diskOpt{kernel("grub"), cmdline("root=/dev/sda")}, seen: []obsOpt{offered}, want: []string{"hosting.disk.update cmdline kernel", "InSync"}},
		{name: "a kernel that is not offered is not sent", disk: []diskOpt{kernel("plan9")}, seen: []obsOpt{missing(v1alpha1.ReasonKernelNotFound)}, want: []string{"Wait KernelNotFound"}},
		{name: "what is missing holds nothing else up", disk: []diskOpt{kernel("plan9"), named("other")}, seen: []obsOpt{missing(v1alpha1.ReasonKernelNotFound)}, want: []string{"hosting.disk.update name", "Wait KernelNotFound"}},
		{name: "a command line in another order is the same", disk: []diskOpt{cmdline("ro root=/dev/xvda1")}, want: []string{"InSync"}},
		{name: "another command line is set", disk: []diskOpt{cmdline("root=/dev/xvda2 ro")}, want: []string{"hosting.disk.update cmdline", "InSync"}},
		{name: "a command line that Gandi shows in its own way is not sent again", disk: []diskOpt{cmdline("quiet")}, seen: []obsOpt{applied(appliedCmdline, "quiet")}, want: []string{"InSync"}},
		{name: "a profile is set", seen: []obsOpt{profiled(2)}, want: []string{"hosting.disk.update snapshot_profile", "InSync"}},
		{name: "a profile is taken away", seen: []obsOpt{profiled(0), func(s *Observed) { s.Disk.SnapshotProfileID = 2 }}, want: []string{"hosting.disk.update snapshot_profile", "InSync"}},
		{name: "a profile that nobody spoke of stays", seen: []obsOpt{func(s *Observed) { s.Disk.SnapshotProfileID = 2 }}, want: []string{"InSync"}},
		{name: "what Gandi refuses holds nothing else up", disk: []diskOpt{named("other"), sized("20Gi")}, seen: []obsOpt{failed(gandi.Refused.String(), rename, contextFree)}, want: []string{"hosting.disk.update size", "hosting.disk.update name", "InSync"}},
		{name: "all at once", disk: []diskOpt{named("other"), sized("20Gi"), kernel("grub"), cmdline("quiet")}, seen: []obsOpt{offered, profiled(3)},
			want: []string{"hosting.disk.update name", "hosting.disk.update snapshot_profile", "hosting.disk.update cmdline kernel", "hosting.disk.update size", "InSync"}},

		{name: "a transition is waited out", disk: []diskOpt{sized("20Gi")}, seen: []obsOpt{in(gandi.DiskBeingMigrated)}, want: []string{"Wait DiskInTransition"}},
		{name: "a pause at Gandi is waited out", disk: []diskOpt{deletingDisk}, seen: []obsOpt{in(gandi.DiskPaused)}, want: []string{"Wait DiskInTransition"}},
		{name: "an unknown state is waited out", seen: []obsOpt{in("zombie")}, want: []string{"Wait DiskInTransition"}},
		{name: "a state that is not told is in order", seen: []obsOpt{in("")}, want: []string{"InSync"}},
		{name: "running is in order, which an old record says", seen: []obsOpt{in("running")}, want: []string{"InSync"}},

		{name: "a rollback is carried out on a free disk", seen: []obsOpt{asks("now")}, want: []string{"hosting.disk.rollback_from", "InSync"}},
		{name: "VMs are told before", seen: []obsOpt{asks("now"), unannounced}, want: []string{"Wait RollingBack"}},
		{name: "a rollback waits for the VM that has the disk", seen: []obsOpt{asks("now"), has()}, want: []string{"Wait Attached"}},
		{name: "a rollback comes before what it would undo", disk: []diskOpt{kernel("grub"), named("other"), sized("20Gi")}, seen: []obsOpt{asks("now"), offered},
			want: []string{"hosting.disk.rollback_from", "hosting.disk.update name", "hosting.disk.update kernel", "hosting.disk.update size", "InSync"}},
		{name: "a rollback brings an older kernel back, which is changed again", disk: []diskOpt{kernel("2.6.32")}, seen: []obsOpt{asks("now"), offered, func(s *Observed) { s.Rollback.Snapshot.KernelVersion = "2.6.27" }},
			want: []string{"hosting.disk.rollback_from", "hosting.disk.update kernel", "InSync"}},
		{name: "a rollback forgets what was accepted before", disk: []diskOpt{cmdline("quiet")}, seen: []obsOpt{asks("now"), applied(appliedCmdline, "quiet")},
			want: []string{"hosting.disk.rollback_from", "hosting.disk.update cmdline", "InSync"}},
		{name: "a rollback without its snapshot waits, and holds nothing else up", disk: []diskOpt{named("other")}, seen: []obsOpt{asks("now"), noSnapshot}, want: []string{"hosting.disk.update name", "Wait SnapshotNotFound"}},
		{name: "an answered request is not repeated", seen: []obsOpt{asks("now"), handled("now", "now")}, want: []string{"InSync"}},
		{name: "another request is carried out", seen: []obsOpt{asks("later"), handled("now", "now")}, want: []string{"hosting.disk.rollback_from", "InSync"}},
		{name: "a request that comes back is not repeated", seen: []obsOpt{asks("now"), handled("now", "now"), func(s *Observed) { s.Rollback.Handled, s.Rollback.Done = "later", "later" }}, want: []string{"InSync"}},
		{name: "a request of unknown outcome is told", seen: []obsOpt{asks("now"), handled("now", noRequest)}, want: []string{"Block CallUnconfirmed"}},
		{name: "a request that left no trace is told", seen: []obsOpt{asks("now"), handled("now", noRequest), failed(unconfirmed, rollback, Rollback{Asked: "now"}.context())}, want: []string{"Block CallUnconfirmed"}},
		{name: "a request that failed is told", seen: []obsOpt{asks("now"), handled("now", noRequest), func(s *Observed) { s.Rollback.Failure = "what Gandi said" }}, want: []string{"Block OperationFailed"}},
		{name: "an unanswered request holds nothing else up", disk: []diskOpt{named("other")}, seen: []obsOpt{asks("now"), handled("now", noRequest)}, want: []string{"hosting.disk.update name", "Block CallUnconfirmed"}},
		{name: "a request under way is not told as unanswered", seen: []obsOpt{asks("now"), handled("now", noRequest), rollingBack}, want: []string{"InSync"}},
		{name: "a request that was taken back is not told", seen: []obsOpt{handled("now", noRequest)}, want: []string{"InSync"}},
		{name: "a new request follows an unanswered one", seen: []obsOpt{asks("later"), handled("now", noRequest)}, want: []string{"hosting.disk.rollback_from", "InSync"}},
		{name: "an observer asks no VM to make way", seen: []obsOpt{asks("now"), unannounced, has(), handsOff}, want: []string{"hosting.disk.rollback_from", "InSync"}},

		{name: "a free disk migrates", seen: []obsOpt{moving}, want: []string{"hosting.disk.migrate", "InSync"}},
		{name: "an attached one waits", seen: []obsOpt{moving, has()}, want: []string{"Wait Attached"}},
		{name: "an attached one is changed meanwhile", disk: []diskOpt{named("other")}, seen: []obsOpt{moving, has()}, want: []string{"hosting.disk.update name", "Wait Attached"}},
		{name: "Gandi does not migrate everywhere", disk: []diskOpt{named("other")}, seen: []obsOpt{impossible}, want: []string{"hosting.disk.update name", "Block MigrationImpossible"}},
		{name: "a migration that left no trace is not sent again", seen: []obsOpt{moving, applied(appliedMigration, "3 to 4")}, want: []string{"Block CallUnconfirmed"}},
		{name: "not after a change of something else either", seen: []obsOpt{moving, applied(appliedMigration, "3 to 4"), failed(unconfirmed, move, contextFree)}, want: []string{"Block CallUnconfirmed"}},
		{name: "one that ended in ERROR is", seen: []obsOpt{moving, applied(appliedMigration, "3 to 4"), failed(failedOperation, move, contextFree)}, want: []string{"hosting.disk.migrate", "InSync"}},
		{name: "so is one after an edit", seen: []obsOpt{moving, applied(appliedMigration, "2 to 4")}, want: []string{"hosting.disk.migrate", "InSync"}},
		{name: "a migration under way is not told as lost", seen: []obsOpt{moving, applied(appliedMigration, "3 to 4"), func(s *Observed) { s.Migrating = true }}, want: []string{"hosting.disk.migrate", "InSync"}},
		{name: "a rollback comes before a migration", seen: []obsOpt{moving, asks("now")}, want: []string{"hosting.disk.rollback_from", "hosting.disk.migrate", "InSync"}},

		{name: "a free disk is deleted", disk: []diskOpt{deletingDisk}, want: []string{"hosting.disk.delete", "Release Deleted"}},
		{name: "an attached one waits to be free", disk: []diskOpt{deletingDisk}, seen: []obsOpt{has()}, want: []string{"Wait Attached"}},
		{name: "a retained disk is let go, attached or not", disk: []diskOpt{deletingDisk}, seen: []obsOpt{has(), retained}, want: []string{"Release Released"}},
		{name: "a retained disk in transition is let go", disk: []diskOpt{deletingDisk}, seen: []obsOpt{in(gandi.DiskBeingCreated), retained}, want: []string{"Release Released"}},
		{name: "a deletion carries out nothing else", disk: []diskOpt{deletingDisk, named("other"), sized("20Gi")}, seen: []obsOpt{asks("now"), moving}, want: []string{"hosting.disk.delete", "Release Deleted"}},
		{name: "what is gone is let go", disk: []diskOpt{deletingDisk}, seen: []obsOpt{nothing}, want: []string{"Release Deleted"}},
		{name: "what a failed create left is deleted", disk: []diskOpt{deletingDisk}, seen: []obsOpt{nothing, left}, want: []string{"hosting.disk.delete", "Release Deleted"}},
		{name: "or stays", disk: []diskOpt{deletingDisk}, seen: []obsOpt{nothing, left, retained}, want: []string{"Release Released"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			actions, err := engine.Preview(Kind{}, wanted(row.disk...), seenDisk(row.seen...))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, a := range actions {
				got = append(got, inWords(a))
				if a.Message == "" && a.Verb != engine.InSync {
					t.Errorf("%s has no message", a.Verb)
				}
				if a.Verb == engine.Do && len(a.Context) > 32 {
					t.Errorf("context %q is longer than status holds", a.Context)
				}
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("preview (-want +got):\n%s", diff)
			}
		})
	}
}

// inWords is an action as the tables write it.
func inWords(a engine.Action) string {
	if a.Verb != engine.Do {
		return strings.TrimSpace(a.Verb.String() + " " + strings.TrimPrefix(a.Reason, v1alpha1.ReasonInSync))
	}
	switch c := a.Call.(type) {
	case gandi.DiskUpdate:
		sent, _ := c.Params()[1].(map[string]any)
		return a.Call.Method() + " " + strings.Join(slices.Sorted(maps.Keys(sent)), " ")
	case gandi.DiskCreateFrom:
		return strings.TrimSpace(a.Call.Method() + " " + c.Disk.Type)
	}
	return a.Call.Method()
}

// A disk is bought under its mark, and with all that a create may carry.
func TestCreates(t *testing.T) {
	id := gandi.SnapshotProfileID(2)
	full := gandi.DiskSpec{DatacenterID: 1, Name: testToken, SizeMB: 10240, Kernel: "grub", Cmdline: "ro", SnapshotProfile: 2}
	for _, row := range []struct {
		name string
		disk []diskOpt
		seen []obsOpt
		want gandi.Call
	}{
		{"empty", nil, []obsOpt{nothing}, gandi.DiskCreate{Disk: gandi.DiskSpec{DatacenterID: 1, Name: testToken, SizeMB: 10240}}},
		{"empty, with all", []diskOpt{named("mine"), kernel("grub"), cmdline("ro")}, []obsOpt{nothing, offered, profiled(id)}, gandi.DiskCreate{Disk: full}},
		{"copied", []diskOpt{named("mine"), kernel("grub"), cmdline("ro")}, []obsOpt{nothing, offered, profiled(id), from(3072)}, gandi.DiskCreateFrom{Disk: full, Source: 70}},
		{"copied as it is", []diskOpt{unsized}, []obsOpt{nothing, from(3072)}, gandi.DiskCreateFrom{Disk: gandi.DiskSpec{DatacenterID: 1, Name: testToken}, Source: 70}},
		{"a snapshot", []diskOpt{snapshot}, []obsOpt{nothing, from(3072)}, gandi.DiskCreateFrom{Disk: gandi.DiskSpec{DatacenterID: 1, Name: testToken, Type: "snapshot"}, Source: 70}},
	} {
		t.Run(row.name, func(t *testing.T) {
			a := (Kind{}).Plan(wanted(row.disk...), seenDisk(row.seen...))
			if diff := cmp.Diff(row.want, a.Call); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if len(a.Applies)+len(a.Handles) != 0 {
				t.Errorf("a create marks %v and %v, though Gandi may go by the source", a.Applies, a.Handles)
			}
		})
	}
}

// Growing a disk that a VM has may reboot that VM, so whoever decides on its
// reboots decides. Nobody else's VM is rebooted unasked.
func TestDisruptive(t *testing.T) {
	manual := func(h *Holder) { h.ByHand = true }
	for _, row := range []struct {
		name             string
		disk             []diskOpt
		seen             []obsOpt
		disrupts, byHand bool
		says             string
	}{
		{"a free disk", []diskOpt{sized("20Gi")}, nil, false, false, "grow"},
		{"of a running VM", []diskOpt{sized("20Gi")}, []obsOpt{has()}, true, false, `GandiVM "web"`},
		{"of a running VM with reboots by hand", []diskOpt{sized("20Gi")}, []obsOpt{has(manual)}, true, true, `GandiVM "web"`},
		{"of a halted VM", []diskOpt{sized("20Gi")}, []obsOpt{has(manual, halted)}, false, true, "10240 MB to 20480 MB"},
		{"of somebody else's VM", []diskOpt{sized("20Gi")}, []obsOpt{has(foreign)}, true, true, "VM 5, which has it and which no GandiVM manages"},
		{"of somebody else's VM that was halted", []diskOpt{sized("20Gi")}, []obsOpt{has(foreign, halted)}, true, true, "VM 5"},
		{"renaming one of a running VM", []diskOpt{named("other")}, []obsOpt{has(manual)}, false, true, "name"},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := seenDisk(row.seen...)
			a := (Kind{}).Plan(wanted(row.disk...), s)
			if a.Disruptive != row.disrupts || (Kind{}).RebootsByHand(wanted(), s) != row.byHand {
				t.Errorf("%s: disruptive %v by hand %v, want %v %v", inWords(a), a.Disruptive, (Kind{}).RebootsByHand(wanted(), s), row.disrupts, row.byHand)
			}
			if row.says != "grow" && !strings.Contains(a.Message, row.says) {
				t.Errorf("%q does not say %q", a.Message, row.says)
			}
		})
	}
}

// What a rollback marks, and when.
func TestRollbackMarks(t *testing.T) {
	a := (Kind{}).Plan(wanted(), seenDisk(asks("second"), handled("first", "first")))
	want := gandi.DiskRollback{Disk: 7, Snapshot: 8}
	if diff := cmp.Diff(gandi.Call(want), a.Call); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]string{"rollback": "second", "rollbacks": digest("first") + " " + digest("second"), "rollbackFailure": ""}, a.Handles); diff != "" {
		t.Errorf("with the intent (-want +got):\n%s", diff)
	}
	// What was accepted for the disk before does not count for what is on it then.
	if diff := cmp.Diff(map[string]string{"rolledBack": "second", "kernel": "", "cmdline": "", "size": ""}, a.Applies); diff != "" {
		t.Errorf("on success (-want +got):\n%s", diff)
	}
	full := seenDisk(asks("new"), func(s *Observed) {
		for range 100 {
			s.Rollback.Past = append(s.Rollback.Past, digest("old"))
		}
	})
	if n := len(strings.Fields((Kind{}).Plan(wanted(), full).Handles["rollbacks"])); n != maxRequests {
		t.Errorf("%d requests are remembered", n)
	}
}

// What an accepted update leaves in status.
func TestUpdateMarks(t *testing.T) {
	for _, row := range []struct {
		disk []diskOpt
		want map[string]string
	}{
		{[]diskOpt{named("other")}, map[string]string{"name": "other"}},
		{[]diskOpt{sized("20Gi")}, map[string]string{"size": "20480"}},
		{[]diskOpt{cmdline("quiet")}, map[string]string{"cmdline": "quiet"}},
		{[]diskOpt{kernel("grub"), cmdline("quiet")}, map[string]string{"kernel": "grub", "cmdline": "quiet"}},
		// A new kernel may come with a command line of its own.
		{[]diskOpt{kernel("grub")}, map[string]string{"kernel": "grub", "cmdline": ""}},
	} {
		a := (Kind{}).Plan(wanted(row.disk...), seenDisk(offered))
		if diff := cmp.Diff(row.want, a.Applies); diff != "" {
			t.Errorf("%s (-want +got):\n%s", a.Message, diff)
		}
	}
}

// Messages name what has the disk, and what to do.
func TestMessages(t *testing.T) {
	boots := func(h *Holder) { h.Boots = true }
	for _, row := range []struct {
		disk []diskOpt
		seen []obsOpt
		says []string
	}{
		{[]diskOpt{deletingDisk}, []obsOpt{has()}, []string{`GandiVM "web" has disk 7`, "take it out of spec.disks or delete that GandiVM"}},
		{[]diskOpt{deletingDisk}, []obsOpt{has(boots)}, []string{"spec.systemDisk", "delete that GandiVM"}},
		{[]diskOpt{deletingDisk}, []obsOpt{has(foreign)}, []string{"VM 5 has disk 7", "detach it there"}},
		{nil, []obsOpt{asks("now"), has()}, []string{`waits for GandiVM "web" to give disk 7 up`}},
		{nil, []obsOpt{asks("now"), has(foreign)}, []string{"VM 5", "detach the disk there"}},
		{nil, []obsOpt{moving, has()}, []string{`GandiVM "web"`, "FR-SD3", "take it out"}},
		{nil, []obsOpt{impossible}, []string{"nowhere", "FR-SD3", "copy"}},
		{nil, []obsOpt{moving, applied(appliedMigration, "3 to 4")}, []string{"no trace", "FR-SD2"}},
		{nil, []obsOpt{asks("now"), handled("now", noRequest)}, []string{"requested at now", "not known", "new spec.rollback.requestedAt", "taking spec.rollback out"}},
		{[]diskOpt{sized("5Gi")}, nil, []string{"10240 MB", "5120 MB", "never shrink"}},
		{[]diskOpt{cmdline("quiet")}, []obsOpt{applied(appliedCmdline, "quiet")}, []string{`Gandi took cmdline "quiet" and shows "ro root=/dev/xvda1"`}},
		{nil, []obsOpt{asks("now"), handled("now", "now"), func(s *Observed) { s.Rollback.Handled, s.Rollback.Done = "later", "later" }}, []string{"requested at now", "not repeated"}},
		{[]diskOpt{deletingDisk}, nil, []string{"snapshots are 8"}},
	} {
		a := (Kind{}).Plan(wanted(row.disk...), seenDisk(row.seen...))
		for _, words := range row.says {
			if !strings.Contains(a.Message, words) {
				t.Errorf("%s: %q does not say %q", a.Verb, a.Message, words)
			}
		}
	}
}

// What is missing is told with whatever is done meanwhile, but not by a deletion.
func TestMissingGoesAlong(t *testing.T) {
	s := seenDisk(missing(v1alpha1.ReasonKernelNotFound))
	if a := (Kind{}).Plan(wanted(named("other")), s); a.Verb != engine.Do || a.Missing == nil {
		t.Errorf("%s, missing %v", inWords(a), a.Missing)
	}
	if a := (Kind{}).Plan(wanted(deletingDisk), s); a.Missing != nil {
		t.Errorf("%s tells of %v", inWords(a), a.Missing)
	}
}
