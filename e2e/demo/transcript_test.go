package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// README.md shows the transcript that the demo is compared with.
func TestReadmeShowsTheTranscript(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	kept, err := os.ReadFile(filepath.Join("..", "..", transcriptFile))
	if err != nil {
		t.Fatal(err)
	}
	want, err := show(string(page), string(kept))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(page)); diff != "" {
		t.Errorf("run %s and commit what it writes (-want +got):\n%s", renew, diff)
	}
	if diff := cmp.Diff(string(kept), normalise(string(kept))); diff != "" {
		t.Errorf("the transcript is not as it would be written (-kept +normalised):\n%s", diff)
	}
}

func TestShowNeedsTheMarks(t *testing.T) {
	for _, page := range []string{"", readmeBegin, readmeEnd, readmeEnd + readmeBegin} {
		if _, err := show(page, "x\n"); err == nil {
			t.Errorf("a page %q took the transcript", page)
		}
	}
	got, err := show("before\n"+readmeBegin+"old\n"+readmeEnd+"after\n", "$ new\n")
	if err != nil {
		t.Fatal(err)
	}
	if want := "before\n" + readmeBegin + "```console\n$ new\n```\n" + readmeEnd + "after\n"; got != want {
		t.Errorf("the page is %q, want %q", got, want)
	}
}

func TestCompare(t *testing.T) {
	root := t.TempDir()
	path := filepath.Join(root, transcriptFile)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	screen := &screen{out: &out}
	told := &transcript{}
	told.add("$ kubectl get gvm\nshop   True\n")
	if err := told.compare(root, screen); err == nil || !strings.Contains(err.Error(), renew) {
		t.Errorf("without a kept transcript it says %v", err)
	}
	for kept, same := range map[string]bool{told.String(): true, "$ kubectl get gvm\nshop   False\n": false} {
		if err := os.WriteFile(path, []byte(kept), 0o600); err != nil {
			t.Fatal(err)
		}
		err := told.compare(root, screen)
		if (err == nil) != same {
			t.Errorf("compared with %q it says %v", kept, err)
		}
		if err != nil && (!strings.Contains(err.Error(), renew) || !strings.Contains(err.Error(), "False")) {
			t.Errorf("it does not say what differs and what to do: %v", err)
		}
	}
}
