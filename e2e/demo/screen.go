package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// pause is how often the screen looks at the objects.
const pause = 200 * time.Millisecond

// A row is what the live table tells of one object.
type row struct {
	name, ready, state, operation, message string
}

// screen is where the demo tells what it does: a table that is drawn anew at a
// terminal, and a line for each change anywhere else.
type screen struct {
	out      io.Writer
	terminal bool
	told     map[string]row // by name, what the last line said
	drawn    []row          // the table that stands on the terminal
}

func newScreen(out *os.File) *screen {
	info, err := out.Stat()
	terminal := err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb" && os.Getenv("TERM") != ""
	return &screen{out: out, terminal: terminal, told: map[string]row{}}
}

// sayf prints lines.
func (s *screen) sayf(format string, arguments ...any) {
	fmt.Fprintf(s.out, format+"\n", arguments...)
}

// command prints a line of the tour, to be found again among what it prints.
func (s *screen) command(line string) {
	if s.terminal {
		line = "\x1b[1m" + line + "\x1b[0m"
	}
	fmt.Fprintln(s.out, line)
}

// during shows how objects change while work goes on, and answers what became
// of the work. A look that says nothing is left out.
func (s *screen) during(ctx context.Context, look func(context.Context) ([]row, error), work func() error) error {
	done := make(chan error, 1)
	go func() { done <- work() }()
	tick := time.NewTicker(pause)
	defer tick.Stop()
	defer s.wipe()
	for {
		select {
		case err := <-done:
			if !s.terminal {
				s.glance(ctx, look)
			}
			return err
		case <-tick.C:
			s.glance(ctx, look)
		}
	}
}

// glance looks once. An API server that is just going down has nothing to show.
func (s *screen) glance(ctx context.Context, look func(context.Context) ([]row, error)) {
	rows, err := look(ctx)
	switch {
	case err != nil:
	case s.terminal && slices.Equal(rows, s.drawn):
	case s.terminal:
		s.draw(rows)
	default:
		s.tell(rows)
	}
}

// draw replaces the table on the terminal. Lines end at the terminal's edge:
// the next drawing has to know how many there are.
func (s *screen) draw(rows []row) {
	var table strings.Builder
	w := tabwriter.NewWriter(&table, 0, 0, 3, ' ', 0)
	for _, r := range rows {
		fmt.Fprintf(w, "  %s\t%s\t%s\t%s\t%s\n", r.name, mark(r.ready), dash(r.state), dash(r.operation), r.message)
	}
	// A strings.Builder takes everything.
	_ = w.Flush()
	s.wipe()
	fmt.Fprint(s.out, "\x1b[?7l\x1b[2m"+table.String()+"\x1b[0m\x1b[?7h")
	s.drawn = rows
}

// wipe takes the table off the terminal.
func (s *screen) wipe() {
	if len(s.drawn) > 0 {
		fmt.Fprintf(s.out, "\x1b[%dA\x1b[J", len(s.drawn))
		s.drawn = nil
	}
}

// tell prints a line for each object that changed.
func (s *screen) tell(rows []row) {
	now := map[string]row{}
	for _, r := range rows {
		now[r.name] = r
		if s.told[r.name] != r {
			s.sayf("%s", strings.TrimRight(fmt.Sprintf("  · %-8s %-6s %-14s %-10s %s", r.name, mark(r.ready), dash(r.state), dash(r.operation), r.message), " "))
		}
	}
	for name := range s.told {
		if _, there := now[name]; !there {
			s.sayf("  · %-8s gone", name)
		}
	}
	s.told = now
}

func mark(ready string) string {
	switch ready {
	case "True":
		return "Ready"
	case "":
		return "new"
	default:
		return "waits"
	}
}

func dash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}
