package soak

import (
	"os"
	"path/filepath"
	"testing"
)

// keep saves the logs of a replica where E2E_KEEP says, if it does.
func keep(t testing.TB, r *replica) {
	t.Helper()
	dir := os.Getenv("E2E_KEEP")
	if dir == "" {
		return
	}
	logs, _ := r.lives()
	for _, log := range logs {
		content, err := os.ReadFile(log)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, filepath.Base(log)), content, 0o600)
		}
		if err != nil {
			t.Error(err)
		}
	}
}
