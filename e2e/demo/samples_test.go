package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCopySamples(t *testing.T) {
	dir := t.TempDir()
	const endpoint = "http://127.0.0.1:41363/xmlrpc/"
	if err := copySamples(filepath.Join("..", ".."), dir, endpoint); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, samples, "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found += strings.Count(string(content), "\n  endpoint: "+endpoint+"\n")
		if strings.Contains(string(content), "endpoint: https://rpc.gandi.net") {
			t.Errorf("%s still points at Gandi itself", filepath.Base(file))
		}
	}
	if found != 1 {
		t.Errorf("%d accounts point at the simulator, want one", found)
	}
	if err := copySamples(t.TempDir(), dir, endpoint); err == nil {
		t.Error("samples without an account were taken")
	}
}
