package main

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// looks is one view of the objects after the other.
func looks(views ...[]row) func(context.Context) ([]row, error) {
	return func(context.Context) ([]row, error) {
		if len(views) == 0 {
			return nil, errors.New("nothing more to see")
		}
		now := views[0]
		views = views[1:]
		return now, nil
	}
}

func TestAFileGetsALineForEachChange(t *testing.T) {
	var out strings.Builder
	s := &screen{out: &out, told: map[string]row{}}
	fresh := row{name: "shop"}
	made := row{name: "shop", ready: "False", state: "being_created", operation: "vm_create", message: "operation 1 vm_create: RUN"}
	ready := row{name: "shop", ready: "True", state: "running"}
	look := looks([]row{fresh}, []row{fresh}, []row{made}, []row{made}, []row{ready}, nil)
	for range 7 {
		s.glance(t.Context(), look)
	}
	want := strings.Join([]string{
		"  · shop     new    -              -",
		"  · shop     waits  being_created  vm_create  operation 1 vm_create: RUN",
		"  · shop     Ready  running        -",
		"  · shop     gone",
		"",
	}, "\n")
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestATerminalGetsATableDrawnAnew(t *testing.T) {
	var out strings.Builder
	s := &screen{out: &out, terminal: true}
	one := []row{{name: "shop"}}
	two := []row{{name: "night", ready: "True", state: "halted"}, {name: "shop", ready: "True", state: "running"}}
	look := looks(one, one, two)
	for range 4 {
		s.glance(t.Context(), look)
	}
	s.wipe()
	s.wipe()
	if n := strings.Count(out.String(), "shop"); n != 2 {
		t.Errorf("two different tables were drawn %d times: %q", n, out.String())
	}
	if !strings.Contains(out.String(), "\x1b[1A\x1b[J") || !strings.HasSuffix(out.String(), "\x1b[2A\x1b[J") || strings.Count(out.String(), "A\x1b[J") != 2 {
		t.Errorf("the tables were not wiped as high as they were: %q", out.String())
	}
}

func TestDuringAnswersWhatBecameOfTheWork(t *testing.T) {
	s := newScreen(os.Stderr)
	want := errors.New("as it went")
	if got := s.during(t.Context(), looks(), func() error { return want }); !errors.Is(got, want) {
		t.Errorf("it answers %v", got)
	}
}
