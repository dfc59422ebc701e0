package disk

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/catalog"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// Whatever is asked for and whatever is found, applying one action after the
// other to a model of the world ends, never sends the same call twice, never
// sends a smaller size, and ends with what was asked for.
func TestPlanConverges(t *testing.T) {
	for seed := range uint64(20_000) {
		r := rand.New(rand.NewPCG(seed, 1))
		obj, s := randomSpec(r), randomWorld(r)
		actions, err := engine.Preview(Kind{}, obj, s)
		if err != nil {
			t.Fatalf("seed %d: %v: %v", seed, err, summary(actions))
		}
		sent := map[string]bool{}
		for _, a := range actions {
			if a.Verb != engine.Do {
				continue
			}
			key := a.Context + gandi.Digest(a.Call)
			if sent[key] {
				t.Fatalf("seed %d: %s twice: %v", seed, inWords(a), summary(actions))
			}
			sent[key] = true
			if u, ok := a.Call.(gandi.DiskUpdate); ok && u.SizeMB != nil && *u.SizeMB <= s.Disk.SizeMB {
				t.Fatalf("seed %d: a disk of %d MB is asked to have %d", seed, s.Disk.SizeMB, *u.SizeMB)
			}
			if (a.Call.Method() == gandi.DiskRollback{}.Method() || a.Call.Method() == gandi.DiskMigrate{}.Method()) && s.Holder != nil && !s.HandsOff {
				t.Fatalf("seed %d: %s of an attached disk", seed, inWords(a))
			}
			if a.Call.Method() == (gandi.DiskDelete{}).Method() && obj.DeletionTimestamp == nil {
				t.Fatalf("seed %d: a disk is deleted that nobody asked to delete", seed)
			}
			s = (Kind{}).Effect(s, a.Call)
		}
		if last := actions[len(actions)-1]; last.Verb == engine.InSync {
			fulfilled(t, seed, obj, s, actions)
		}
	}
}

// fulfilled checks the world that a preview ends with against the spec, by
// other means than the plan's own comparisons.
func fulfilled(t *testing.T, seed uint64, obj *v1alpha1.GandiDisk, s Observed, actions []engine.Action) {
	t.Helper()
	d, spec := s.Disk, obj.Spec
	complain := func(format string, args ...any) {
		t.Errorf("seed %d: %s: %v", seed, fmt.Sprintf(format, args...), summary(actions))
	}
	switch {
	case spec.Size != nil && int64(d.SizeMB)<<20 < spec.Size.Value() && s.Applied[appliedSize] == "":
		complain("size %d", d.SizeMB)
	case spec.Name != "" && d.Name != spec.Name, spec.Name == "" && !s.Adopted && d.Name != testToken:
		complain("name %s", d.Name)
	case spec.Kernel != "" && d.KernelVersion != spec.Kernel:
		complain("kernel %s", d.KernelVersion)
	case spec.Cmdline != "" && !catalog.SameCmdline(spec.Cmdline, d.KernelCmdline) && s.Applied[appliedCmdline] == "":
		complain("cmdline %v", d.KernelCmdline)
	case s.Profile != nil && d.SnapshotProfileID != *s.Profile:
		complain("profile %d", d.SnapshotProfileID)
	case s.Move != nil:
		complain("not moved")
	case s.Rollback.open():
		complain("request %s is open", s.Rollback.Asked)
	}
}

func summary(actions []engine.Action) []string {
	var words []string
	for _, a := range actions {
		words = append(words, inWords(a))
	}
	return words
}

func oneOf[T any](r *rand.Rand, all ...T) T { return all[r.IntN(len(all))] }

func randomSpec(r *rand.Rand) *v1alpha1.GandiDisk {
	d := wanted(named(oneOf(r, "", "other", "third")), kernel(oneOf(r, "", "2.6.32", "grub")), cmdline(oneOf(r, "", "ro root=/dev/xvda1", "quiet")))
	if r.IntN(4) == 0 {
		d.Spec.Size = nil
	} else {
		sized(fmt.Sprintf("%dGi", 1+r.IntN(40)))(d)
	}
	if r.IntN(5) == 0 {
		deletingDisk(d)
	}
	if r.IntN(8) == 0 {
		snapshot(d)
		d.Spec.Kernel, d.Spec.Cmdline = "", ""
	}
	return d
}

func randomWorld(r *rand.Rand) Observed {
	opts := []obsOpt{offered}
	if r.IntN(4) == 0 {
		opts = append(opts, nothing)
		if r.IntN(3) == 0 {
			opts = append(opts, left)
		}
		if r.IntN(2) == 0 {
			opts = append(opts, from(1024*(1+r.IntN(10))))
		}
	} else {
		opts = append(opts, in(oneOf(r, gandi.DiskCreated, gandi.DiskCreated, gandi.DiskCreated, "running", gandi.DiskPaused, gandi.DiskBeingMigrated)), func(s *Observed) {
			s.Disk.SizeMB = 1024 * (1 + r.IntN(40))
			s.Disk.Name = oneOf(r, testToken, "other", "panel")
			s.Disk.SnapshotProfileID = gandi.SnapshotProfileID(r.IntN(3))
		})
		for _, o := range []obsOpt{has(), has(foreign), moving, impossible, asks("now"), handled("now", "now"), handled("now", noRequest),
			applied(appliedSize, "20480"), applied(appliedCmdline, "quiet"), applied(appliedMigration, "3 to 4"), unannounced} {
			if r.IntN(6) == 0 {
				opts = append(opts, o)
			}
		}
	}
	for _, o := range []obsOpt{retained, adopted, handsOff, profiled(gandi.SnapshotProfileID(r.IntN(4)))} {
		if r.IntN(5) == 0 {
			opts = append(opts, o)
		}
	}
	return seenDisk(opts...)
}
