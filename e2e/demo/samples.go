package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
)

// endpointLine is the line of the sample account that says where Gandi is.
var endpointLine = regexp.MustCompile(`(?m)^( *endpoint:).*$`)

// copySamples copies the samples from the repository's root to the same place
// below dir, with another endpoint in the account: it can't be changed later, so
// it has to be right when the samples are applied.
func copySamples(root, dir, endpoint string) error {
	files, err := filepath.Glob(filepath.Join(root, samples, "*.yaml"))
	if err != nil {
		return fmt.Errorf("listing the samples: %w", err)
	}
	if err := os.MkdirAll(filepath.Join(dir, samples), 0o700); err != nil {
		return fmt.Errorf("copying the samples: %w", err)
	}
	lines := 0
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("copying the samples: %w", err)
		}
		lines += len(endpointLine.FindAll(content, -1))
		content = endpointLine.ReplaceAll(content, []byte("$1 "+endpoint))
		if err := os.WriteFile(filepath.Join(dir, samples, filepath.Base(file)), content, 0o600); err != nil { //nolint:gosec // names come from the repository
			return fmt.Errorf("copying the samples: %w", err)
		}
	}
	if lines != 1 {
		return fmt.Errorf("the samples in %s have %d lines with an endpoint, not one", samples, lines)
	}
	return nil
}

// samples is where they are, in the repository and in the demo's directory.
const samples = "config/samples"
