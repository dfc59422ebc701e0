package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/go-cmp/cmp"
)

// transcriptFile holds what the tour is compared with, below the repository's root.
const transcriptFile = "e2e/demo/testdata/transcript.txt"

// The lines between which README.md shows the transcript.
const (
	readmeBegin = "<!-- demo:begin -->\n"
	readmeEnd   = "<!-- demo:end -->\n"
)

// renew is how the transcript gets what the tour shows now.
const renew = "make demo DEMO_ARGS=--record"

// transcript is the part of what is shown that is the same in every run.
type transcript struct {
	text strings.Builder
}

func (t *transcript) add(text string) { t.text.WriteString(text) }

func (t *transcript) String() string { return normalise(t.text.String()) }

// compare holds the transcript against the one that is kept.
func (t *transcript) compare(root string, screen *screen) error {
	kept, err := os.ReadFile(filepath.Join(root, transcriptFile))
	if err != nil {
		return fmt.Errorf("reading the transcript: %w; %s writes it", err, renew)
	}
	if diff := cmp.Diff(strings.Split(string(kept), "\n"), strings.Split(t.String(), "\n")); diff != "" {
		return fmt.Errorf("the tour went otherwise than %s tells; if it is right so, run %s and commit what it writes (-kept +now):\n%s", transcriptFile, renew, diff)
	}
	screen.sayf("\nThe tour went as %s tells.", transcriptFile)
	return nil
}

// record keeps the transcript, and has README.md show it.
func (t *transcript) record(root string, screen *screen) error {
	readme := filepath.Join(root, "README.md")
	page, err := os.ReadFile(readme)
	if err != nil {
		return fmt.Errorf("reading the page that shows the transcript: %w", err)
	}
	shown, err := show(string(page), t.String())
	if err != nil {
		return err
	}
	for path, content := range map[string]string{filepath.Join(root, transcriptFile): t.String(), readme: shown} {
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil { //nolint:gosec // files of the repository, for everybody
			return fmt.Errorf("writing the transcript: %w", err)
		}
	}
	screen.sayf("\nWritten to %s and README.md.", transcriptFile)
	return nil
}

// show puts the transcript between the marks of a page.
func show(page, transcript string) (string, error) {
	before, rest, begun := strings.Cut(page, readmeBegin)
	_, after, ended := strings.Cut(rest, readmeEnd)
	if !begun || !ended {
		return "", fmt.Errorf("README.md has no lines %q and %q", readmeBegin, readmeEnd)
	}
	return before + readmeBegin + "```console\n" + transcript + "```\n" + readmeEnd + after, nil
}
