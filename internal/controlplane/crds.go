package controlplane

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	kubeyaml "k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/dynamic"
	"sigs.k8s.io/yaml"
)

// InstallCRDs applies every CustomResourceDefinition in the files *.yaml of dir,
// and returns when the API server serves all of them. A definition that is there
// already is brought up to date.
func (c *ControlPlane) InstallCRDs(ctx context.Context, dir string) error {
	definitions, err := readCRDs(dir)
	if err != nil {
		return err
	}
	client, err := dynamic.NewForConfig(c.admin)
	if err != nil {
		return fmt.Errorf("building a client: %w", err)
	}
	crds := client.Resource(schema.GroupVersionResource{
		Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions",
	})
	// All are applied before any is waited for: they become served together.
	for _, definition := range definitions {
		name := definition.GetName()
		options := metav1.ApplyOptions{FieldManager: "controlplane", Force: true}
		if _, err := crds.Apply(ctx, name, definition, options); err != nil {
			return fmt.Errorf("applying %s: %w", name, err)
		}
	}
	for _, definition := range definitions {
		if err := waitServed(ctx, crds, definition.GetName()); err != nil {
			return err
		}
	}
	return nil
}

// readCRDs reads the definitions in the files of dir, in the order of the files'
// names.
func readCRDs(dir string) ([]*unstructured.Unstructured, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil {
		return nil, fmt.Errorf("listing %s: %w", dir, err)
	}
	var all []*unstructured.Unstructured
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("reading definitions: %w", err)
		}
		documents := kubeyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(content)))
		for {
			document, err := documents.Read()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return nil, fmt.Errorf("reading %s: %w", file, err)
			}
			object := &unstructured.Unstructured{}
			if err := yaml.Unmarshal(document, &object.Object); err != nil {
				return nil, fmt.Errorf("reading %s: %w", file, err)
			}
			if len(object.Object) == 0 {
				continue // a comment between two separators
			}
			if object.GetKind() != "CustomResourceDefinition" {
				return nil, fmt.Errorf("reading %s: a %s is no CustomResourceDefinition", file, object.GetKind())
			}
			all = append(all, object)
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("no CustomResourceDefinition in %s; run make generate", dir)
	}
	return all, nil
}

// waitServed returns when the API server serves the kind that name defines.
func waitServed(ctx context.Context, crds dynamic.ResourceInterface, name string) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		crd, err := crds.Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			return fmt.Errorf("reading %s: %w", name, err)
		}
		if served(crd) {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			conditions, _, _ := unstructured.NestedSlice(crd.Object, "status", "conditions")
			return fmt.Errorf("waiting for %s to be served: %w; its conditions: %v", name, context.Cause(ctx), conditions)
		}
	}
}

func served(crd *unstructured.Unstructured) bool {
	conditions, _, err := unstructured.NestedSlice(crd.Object, "status", "conditions")
	if err != nil {
		return false
	}
	for _, entry := range conditions {
		condition, ok := entry.(map[string]any)
		if ok && condition["type"] == "Established" && condition["status"] == "True" {
			return true
		}
	}
	return false
}
