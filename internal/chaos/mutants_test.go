package chaos

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// A mutant is the operator with one thing left out that docs/ARCHITECTURE.md promises.
// Nothing of it is in the program: a copy of its source is changed, text by text, and
// compiled once with all mutants in it, of which an environment variable picks one.
type mutant struct {
	name string
	// file is changed: old, which must stand there once, by new. In new, mutated is true.
	file, old, new string
	// needs are the steps without which a history is not worth leading.
	needs func(plan) bool
	// first is the seed from which on to look: it, or one of the next, has caught the
	// mutant before.
	first uint64
}

const mutantVariable = "CHAOS_MUTANT"

// having picks histories with an object of a kind in which one of the verbs happens.
func having(kind string, verbs ...string) func(plan) bool {
	return func(p plan) bool {
		found, happens := false, len(verbs) == 0
		for _, k := range p.cast {
			found = found || kind == "" || k.kind == kind
		}
		for _, s := range p.steps {
			for _, v := range verbs {
				happens = happens || s.verb == v
			}
		}
		return found && happens
	}
}

var mutants = []mutant{
	{"skip the intent", "internal/engine/intent.go",
		"	if err := p.save(ctx); err != nil {\n		return verdict{}, err\n	}\n	p.memo.meets(in)",
		"	if mutated() {\n	} else if err := p.save(ctx); err != nil {\n		return verdict{}, err\n	}\n	p.memo.meets(in)", having(""), 1},
	{"treat unknown as failed", "internal/engine/intent.go",
		"				p.memo.words = err.Error()\n			}\n			return nil\n",
		"				p.memo.words = err.Error()\n			}\n			if mutated() {\n				return &reply{attempt: in.Attempt, void: true, failure: &v1alpha1.Failure{Class: class.String(), Message: err.Error()}}\n			}\n			return nil\n",
		having("", "blow"), 1},
	{"retry Submit", "internal/account/slot.go",
		"ops, err := conn.call.Submit(ctx, call)",
		"ops, err := conn.call.Submit(ctx, call)\n	if err != nil && mutated() {\n		ops, err = conn.call.Submit(ctx, call)\n	}", having("", "blow"), 1},
	{"lose an id", "internal/engine/settle.go",
		"	if id != 0 && p.status.ID == 0 {\n		p.status.ID = id",
		"	if id != 0 && p.status.ID == 0 && !mutated() {\n		p.status.ID = id", having(""), 1},
	{"ignore the lock", "internal/engine/reconcile.go",
		"	patch := client.MergeFromWithOptions(p.base, client.MergeFromWithOptimisticLock{})",
		"	patch := client.MergeFromWithOptions(p.base, client.MergeFromWithOptimisticLock{})\n	if mutated() {\n		patch = client.MergeFrom(p.base)\n	}", having("", "lag", "two leaders", "change the leader"), 1},
	{"trust a list for absence", "internal/engine/sight.go",
		"	if s.Seen == account.Unknown || s.Seen == account.Unlisted || s.Begun < p.memo.mark {\n		return p.look(id), true\n	}\n	p.memo.answered()\n	if p.memo.requested",
		"	if s.Seen == account.Unlisted && mutated() {\n		return p.absent(id)\n	}\n	if s.Seen == account.Unknown || s.Seen == account.Unlisted || s.Begun < p.memo.mark {\n		return p.look(id), true\n	}\n	p.memo.answered()\n	if p.memo.requested", lagging, 1},
	{"clear created ids", "internal/engine/settle.go",
		"	p.status.LastFailure = &failure\n",
		"	p.status.LastFailure = &failure\n	if mutated() {\n		p.status.Created = nil\n	}\n", having(kindVM, "blow"), 346},
	{"repeat a call that may not repeat", "internal/engine/unknown.go",
		"	if in.Repeat == gandi.Once.String() {\n",
		"	if in.Repeat == gandi.Once.String() && mutated() {\n		p.withdrawn(in)\n		return verdict{}, false\n	}\n	if in.Repeat == gandi.Once.String() {\n", rollingBack, 12278},
	{"delete without resolving", "internal/engine/reconcile.go",
		"	if v, open := p.resolve(ctx); open {",
		"	if p.deleting() && mutated() {\n		p.status.Intent = nil\n	}\n	if v, open := p.resolve(ctx); open {", both(having("", "blow", "kill"), having("", "delete")), 1},
	{"take a thing without a mark", "controllers/disk/kind.go",
		"	for _, d := range r.DiskNamed(token) {",
		"	if mutated() {\n		for d := range r.AllDisks() {\n			claims = append(claims, engine.Claim{ID: int64(d.ID)})\n			return claims\n		}\n	}\n	for _, d := range r.DiskNamed(token) {", having(kindDisk), 49},
	{"believe an absence at once", "internal/engine/unknown.go",
		"	if sweeps < sweepsToProve || time.Since(m.intentSeen) < p.conv.Settle() {\n",
		"	if mutated() {\n		return sweeps\n	}\n	if sweeps < sweepsToProve || time.Since(m.intentSeen) < p.conv.Settle() {\n",
		having("", "blow"), 1},
	{"go without a finalizer", "internal/engine/hold.go",
		"	if !p.deleting() && p.spec.ManagementPolicy != v1alpha1.Observe && !controllerutil.ContainsFinalizer(p.obj, v1alpha1.Finalizer) {",
		"	if !p.deleting() && p.spec.ManagementPolicy != v1alpha1.Observe && !controllerutil.ContainsFinalizer(p.obj, v1alpha1.Finalizer) && !mutated() {", having(""), 1},
	{"change what is paused", "internal/engine/gate.go",
		"	case p.paused():\n		return p.heldByPause(), true, nil\n	}\n	if v, held := p.afterFailure(a)",
		"	case p.paused() && !mutated():\n		return p.heldByPause(), true, nil\n	}\n	if v, held := p.afterFailure(a)", having("", "say how to manage"), 1},
	{"change what is observed", "internal/engine/gate.go",
		"	case p.spec.ManagementPolicy == v1alpha1.Observe:\n		return p.observedOnly(a), true, nil\n	case p.paused()",
		"	case p.spec.ManagementPolicy == v1alpha1.Observe && !mutated():\n		return p.observedOnly(a), true, nil\n	case p.paused()", having("", "say how to manage"), 188},
	{"use the key of another handle", "internal/account/registry.go",
		"	if pinned != \"\" && pinned != got {",
		"	if pinned != \"\" && pinned != got && !mutated() {", having("", "take another's key"), 1},
	{"delete what is to stay", "internal/engine/reconcile.go",
		"	case p.spec.DeletionPolicy != \"\":\n		return p.spec.DeletionPolicy == v1alpha1.Retain",
		"	case p.spec.DeletionPolicy != \"\" && !mutated():\n		return p.spec.DeletionPolicy == v1alpha1.Retain", having("", "say how to manage"), 1},
	{"forget a password's secrecy", "internal/engine/close.go",
		"	c, gen := &p.status.Conditions, p.obj.GetGeneration()\n	p.drift(v)",
		"	if mutated() && p.conv != nil {\n		p.normal(v.reason, \"" + "simulator0key0number0one" + "\")\n	}\n	c, gen := &p.status.Conditions, p.obj.GetGeneration()\n	p.drift(v)", having(""), 1},
}

func both(a, b func(plan) bool) func(plan) bool { return func(p plan) bool { return a(p) && b(p) } }

func lagging(p plan) bool {
	return p.switches["list-lag"] == "objects" || p.switches["list-lag"] == "everything"
}

// rollingBack picks histories in which a disk is rolled back or a VM is restarted
// while calls are struck.
func rollingBack(p plan) bool { return having("", "blow", "kill")(p) && asksOnce(p) }

// mutatedSource is what every changed package gets.
const mutatedSource = `package %s

import "os"

var chosen = os.Getenv("%s")

func mutatedBy(name string) bool { return chosen == name }
`

var packageName = regexp.MustCompile(`(?m)^package (\w+)`)

// overlay writes the changed copies and tells go build of them.
func overlay(t *testing.T, root, dir string) string {
	t.Helper()
	text := map[string]string{}
	for _, m := range mutants {
		if text[m.file] == "" {
			raw, err := os.ReadFile(filepath.Join(root, m.file))
			if err != nil {
				t.Fatal(err)
			}
			text[m.file] = string(raw)
		}
		if n := strings.Count(text[m.file], m.old); n != 1 {
			t.Fatalf("mutant %q: its text stands in %s %d times, want once: the source has changed, so change the mutant:\n%s", m.name, m.file, n, m.old)
		}
		text[m.file] = strings.Replace(text[m.file], m.old, strings.ReplaceAll(m.new, "mutated()", fmt.Sprintf("mutatedBy(%q)", m.name)), 1)
	}
	replace := map[string]string{}
	write := func(as, content string) {
		name := filepath.Join(dir, strings.ReplaceAll(as, "/", "_"))
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		replace[filepath.Join(root, as)] = name
	}
	for file, content := range text {
		write(file, content)
		write(filepath.Join(filepath.Dir(file), "mutated.go"), fmt.Sprintf(mutatedSource, packageName.FindStringSubmatch(content)[1], mutantVariable))
	}
	raw, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(name, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// mutantPatience is how long histories may take to catch one mutant.
const mutantPatience = 2 * time.Minute

// Histories catch an operator that leaves out what the guarantee is made of.
func TestMutantsAreCaught(t *testing.T) {
	if testing.Short() {
		t.Skip("with the race detector, compiling alone takes minutes")
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	binary := filepath.Join(dir, "mutants.test")
	build := exec.CommandContext(t.Context(), "go", "test", "-c", "-overlay", overlay(t, root, dir), "-o", binary, "./internal/chaos")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("the mutants cannot be built: %v\n%s", err, out)
	}
	var wait sync.WaitGroup
	slots := make(chan struct{}, 2)
	for _, m := range mutants {
		wait.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			hunt(t, binary, m)
		})
	}
	wait.Wait()
}

// hunt leads histories with a mutant until one catches it.
func hunt(t *testing.T, binary string, m mutant) {
	began := time.Now()
	cmd := exec.CommandContext(t.Context(), binary, "-test.run", "^TestHunt$", "-hunt", m.name)
	cmd.Env = append(os.Environ(), mutantVariable+"="+m.name)
	out, err := cmd.CombinedOutput()
	caught := bytes.Contains(out, []byte("caught"))
	if err != nil || !caught {
		t.Errorf("mutant %q is not caught: %v\n%s", m.name, err, out)
		return
	}
	t.Logf("%-35s %s, after %s", m.name, strings.TrimSpace(firstLine(out)), time.Since(began).Round(100*time.Millisecond))
}

func firstLine(b []byte) string {
	for line := range strings.Lines(string(b)) {
		if strings.Contains(line, "caught") {
			return line
		}
	}
	return ""
}

var flagHunt = flag.String("hunt", "", "the mutant to lead histories against; the process is that mutant")

// TestHunt is what a mutant's process runs.
func TestHunt(t *testing.T) {
	if *flagHunt == "" {
		t.Skip("for a mutant's process only")
	}
	for _, m := range mutants {
		if m.name != *flagHunt {
			continue
		}
		led := 0
		for seed, began := m.first, time.Now(); time.Since(began) < mutantPatience; seed++ {
			p := draw(seed)
			if !m.needs(p) {
				continue
			}
			led++
			if r := lead(t, p); len(r.violations) > 0 {
				fmt.Printf("caught by seed %d, history %d: %s\n", seed, led, cutTo(r.violations[0], 140))
				return
			}
		}
		t.Fatalf("%d histories do not tell", led)
	}
	t.Logf("no mutant is called %q", *flagHunt)
}

func cutTo(s string, n int) string {
	if len(s) > n {
		return s[:n] + "…"
	}
	return s
}
