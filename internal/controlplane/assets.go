package controlplane

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// module is the first line of the go.mod by which Root knows the repository.
// The modules below hack/ have a go.mod too.
const module = "module github.com/gandi-operator/gandi-operator\n"

// Root is the repository's root directory, looked for from the working directory
// upwards. Tests run in their package's directory, the demo in the root.
func Root() (string, error) {
	start, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("looking for the repository's root: %w", err)
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		content, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && bytes.HasPrefix(content, []byte(module)) {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("no directory from %s upwards is the repository of gandi-operator", start)
		}
	}
}

// assets are the absolute paths of the programs.
type assets struct {
	etcd, apiServer, kubectl, controllers string
}

// findAssets looks in KUBEBUILDER_ASSETS if that is set and in bin/k8s of the
// repository if not. The controllers are a program of this repository, so those
// found in bin/k8s go with anybody's API server.
func findAssets() (assets, error) {
	var built string
	root, rootErr := Root()
	if rootErr == nil {
		built = filepath.Join(root, "bin", "k8s")
	}
	dir := built
	if given := os.Getenv("KUBEBUILDER_ASSETS"); given != "" {
		var err error
		if dir, err = filepath.Abs(given); err != nil {
			return assets{}, fmt.Errorf("reading KUBEBUILDER_ASSETS: %w", err)
		}
	} else if rootErr != nil {
		return assets{}, rootErr
	}

	var found assets
	var missing []error
	for _, program := range []struct {
		name string
		path *string
		dirs []string
	}{
		{"etcd", &found.etcd, []string{dir}},
		{"kube-apiserver", &found.apiServer, []string{dir}},
		{"kubectl", &found.kubectl, []string{dir}},
		{"kube-gc", &found.controllers, []string{dir, built}},
	} {
		var err error
		if *program.path, err = findProgram(program.name, program.dirs); err != nil {
			missing = append(missing, err)
		}
	}
	if len(missing) > 0 {
		advice := "run make control-plane in the repository's root"
		if dir != built {
			advice += ", or unset KUBEBUILDER_ASSETS to use what it builds"
		}
		return assets{}, fmt.Errorf("looking for the control plane: %w\n%s", errors.Join(missing...), advice)
	}
	return found, nil
}

func findProgram(name string, dirs []string) (string, error) {
	for _, dir := range dirs {
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path, nil
		}
	}
	return "", fmt.Errorf("%s is not in %s", name, dirs[0])
}
