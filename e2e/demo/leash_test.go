package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// over waits until what is held has ended.
func over(t *testing.T, h *held) error {
	t.Helper()
	select {
	case <-h.done:
		return h.ended
	case <-time.After(time.Minute):
		t.Fatal("it did not end within a minute")
		return nil
	}
}

func TestHeldToItsEnd(t *testing.T) {
	var output strings.Builder
	command := exec.Command("/bin/sh", "-c", `echo "$0"; exit 3`, "two words")
	command.Stdout = &output
	h, err := hold(command)
	if err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := over(t, h); !errors.As(err, &exit) || exit.ExitCode() != 3 {
		t.Errorf("it ended with %v, want exit status 3", err)
	}
	if output.String() != "two words\n" {
		t.Errorf("it printed %q", output.String())
	}
	h.stop() // of what has ended
}

func TestHeldAndStopped(t *testing.T) {
	said := filepath.Join(t.TempDir(), "said")
	h, err := hold(exec.Command("/bin/sh", "-c", `trap 'echo asked >"$0"; exit 0' TERM; : >"$0"; while :; do sleep 0.01; done`, said))
	if err != nil {
		t.Fatal(err)
	}
	for waited := time.Now(); ; {
		if _, err := os.Stat(said); err == nil {
			break
		}
		if time.Since(waited) > time.Minute {
			t.Fatal("it did not start")
		}
	}
	h.stop()
	if content, err := os.ReadFile(said); err != nil || string(content) != "asked\n" {
		t.Errorf("it was not asked: %q, %v", content, err)
	}
}

// The end of the pipe is the end of this process, as a shell sees it.
func TestHeldDiesWithUs(t *testing.T) {
	h, err := hold(exec.Command("/bin/sh", "-c", `trap '' TERM; exec sleep 600`))
	if err != nil {
		t.Fatal(err)
	}
	if err := h.end.Close(); err != nil {
		t.Fatal(err)
	}
	if err := over(t, h); err == nil {
		t.Error("it was not killed")
	}
}

func TestSweep(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "some dir")
	if err := os.MkdirAll(filepath.Join(dir, "below"), 0o700); err != nil {
		t.Fatal(err)
	}
	stop, err := sweep(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("the directory is still there: %v", err)
	}
}
