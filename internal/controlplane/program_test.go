package controlplane

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestAProgramTellsHowItEnded(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log")
	for _, tc := range []struct {
		name, script string
		end          func(*Program)
		want         string // "" is no error
	}{
		{"by itself", `echo "$GREETING"; exit 3`, func(p *Program) { <-p.Done() }, "exit status 3"},
		{"politely", `trap 'exit 0' TERM; echo "$GREETING"; while :; do sleep 0.05; done`, func(p *Program) { _ = p.Stop() }, ""},
		{"killed", `trap '' TERM; echo "$GREETING"; while :; do sleep 0.05; done`, (*Program).Kill, "exit status 137"},
	} {
		p, err := StartProgram(log, []string{"GREETING=I am " + tc.name}, "/bin/sh", "-c", tc.script)
		if err != nil {
			t.Fatal(err)
		}
		eventually(t, "the program", func() bool { return strings.Contains(read(t, log), "I am "+tc.name) })
		tc.end(p)
		<-p.Done()
		got := ""
		if err := p.Ended(); err != nil {
			got = err.Error()
		}
		if got != tc.want {
			t.Errorf("%s: it ended with %q, want %q", tc.name, got, tc.want)
		}
		p.Kill() // what is gone stays so
	}
	if _, err := StartProgram(log, nil, "sh"); err == nil {
		t.Error("a program was looked for in the PATH")
	}
}
