package main

import (
	"context"
	"fmt"
	"maps"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
)

// A step is a piece of the tour: words, a line for kubectl, or an edit in the web
// panel of Gandi.
type step struct {
	words string // told before it
	// kubectl is the command line after the word kubectl. It has to come to the
	// same words in every run, so it shows what is settled.
	kubectl string
	// until has to be in what kubectl prints; it is asked again as long as that
	// is not so. Events are recorded in the background.
	until string
	// panel is an edit of the VM named, in JSON without its braces.
	panel, of string
}

// tour is what README.md shows.
func tour() []step {
	const wait = "--timeout=3m"
	events := func(name string) string {
		return "get events --field-selector=involvedObject.name=" + name + " --sort-by=.eventTime -o custom-columns=TYPE:.type,REASON:.reason,MESSAGE:.message"
	}
	return []step{
		{words: "An account, three VMs and a site.",
			kubectl: "apply -k " + samples},
		{kubectl: "wait gandi --all --for=condition=Ready " + wait},
		{kubectl: "get gandi"},

		{words: "More memory than shop can take without a reboot, and reboots by hand.",
			kubectl: `patch gvm shop --type=merge -p '{"spec": {"memory": "3Gi", "rebootPolicy": "Manual"}}'`},
		{kubectl: "wait gvm shop --for=condition=RebootRequired " + wait},
		{words: "What is about to happen, and what it waits for.",
			kubectl: `get gvm shop -o jsonpath='{range .status.plan[*]}{.action}: {.message}{"\n"}{end}'`},
		{kubectl: `get gvm shop -o jsonpath='{.status.conditions[?(@.type=="RebootRequired")].message}{"\n"}'`},
		{kubectl: "annotate gvm shop " + v1alpha1.AnnotationApproveReboot + "=yes"},
		{kubectl: "wait gvm shop --for=condition=Ready " + wait},
		{kubectl: "get gvm shop"},

		{words: "A disk of its own for shop's data. Gandi takes its first snapshot before it lets a VM have it.",
			kubectl: "apply -f " + samples + "/disk-data.yaml"},
		{kubectl: `patch gvm shop --type=merge -p '{"spec": {"disks": [{"name": "data", "diskRef": {"name": "data"}}]}}'`},
		{kubectl: "wait gvm/shop gdisk/data --for=condition=Ready " + wait},
		{kubectl: "get gdisk", until: "shop"},

		{words: "Somebody halts and renames myvm in Gandi's web panel. It is found at the next look, which need not be waited for.",
			panel: `"hostname": "renamed", "power": "halted"`, of: "myvm"},
		{kubectl: "annotate gvm myvm " + v1alpha1.AnnotationReconcileRequestedAt + "=now"},
		{kubectl: events("myvm"), until: "StartingVM"},
		{kubectl: "wait gvm myvm --for=condition=Ready " + wait},
		{kubectl: "get gvm myvm"},

		{words: "shop goes, with its system disk and its address. Its data stays.",
			kubectl: "delete gvm shop"},
		{kubectl: "get gandi"},
	}
}

// boughtInTour is what the tour pays for.
var boughtInTour = map[string]int{"vms": 3, "disks": 1, "sites": 1}

// tour runs the steps, shows them, and keeps what is compared.
func (s *stage) tour(ctx context.Context, screen *screen, kept *transcript) error {
	for _, step := range tour() {
		if step.words != "" {
			screen.sayf("\n# %s", step.words)
			kept.add("\n# " + step.words + "\n")
		}
		line, run, err := s.prepare(ctx, step)
		if err != nil {
			return err
		}
		screen.command(line)
		var output string
		err = screen.during(ctx, s.look, func() (err error) {
			output, err = run()
			return err
		})
		screen.sayf("%s", strings.TrimRight(output, "\n"))
		if err != nil {
			return fmt.Errorf("%s: %w", line, err)
		}
		kept.add(line + "\n" + output)
	}
	bought, err := s.simulator.bought(slices.Collect(maps.Keys(boughtInTour))...)
	if err != nil {
		return err
	}
	if !maps.Equal(bought, boughtInTour) {
		return fmt.Errorf("%v were bought for %v objects", bought, boughtInTour)
	}
	return nil
}

// prepare is the line of a step as a person would type it, and what runs it.
func (s *stage) prepare(ctx context.Context, step step) (line string, run func() (string, error), err error) {
	if step.panel == "" {
		return "$ kubectl " + step.kubectl, func() (string, error) { return s.kubectl(ctx, step) }, nil
	}
	var vm v1alpha1.GandiVM
	if err := s.client.Get(ctx, client.ObjectKey{Namespace: "default", Name: step.of}, &vm); err != nil {
		return "", nil, fmt.Errorf("looking up %s: %w", step.of, err)
	}
	edit := fmt.Sprintf(`{"type": "vm", "id": %d, %s}`, vm.Status.ID, step.panel)
	return fmt.Sprintf("$ curl -d '%s' %s/sim/change", edit, s.simulator.url),
		func() (string, error) { return s.simulator.change(ctx, edit) }, nil
}

// kubectl runs a line as a person's shell does.
func (s *stage) kubectl(ctx context.Context, step step) (string, error) {
	for {
		output, err := s.once(ctx, step.kubectl)
		if err != nil || strings.Contains(output, step.until) {
			return output, err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return output, fmt.Errorf("waiting for %s: %w", step.until, context.Cause(ctx))
		}
	}
}

func (s *stage) once(ctx context.Context, line string) (string, error) {
	// The shell becomes kubectl, so that who holds the one holds the other.
	command := exec.Command("/bin/sh", "-c", "exec kubectl "+line) //nolint:noctx // it lives as long as its leash
	command.Dir = s.dir
	own := s.plane.Kubectl(ctx)
	// A person's own defaults and language would change what it prints.
	command.Env = slices.Concat(own.Env, []string{"PATH=" + filepath.Dir(own.Path), "KUBERC=off", "LC_ALL=C"})
	output, err := s.finish(ctx, command)
	if err == nil {
		output = chatter.ReplaceAllString(output, "")
	}
	return output, err
}

// chatter is what client-go's log says on the side, such as that a watch ended:
// now and then it notices that kubectl itself has ended it.
var chatter = regexp.MustCompile(`(?m)^[IWE]\d{4} \d\d:\d\d:\d\d\.\d+ .*\n`)
