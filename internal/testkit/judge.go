package testkit

import "github.com/gandi-operator/gandi-operator/internal/engine"

// A Judge says what the API server says of writes, for a store that is not a
// Lab's. It is not safe for concurrent use.
type Judge struct{ kept kept }

// NewJudge is a judge of one cluster.
func NewJudge() *Judge { return &Judge{kept{contents: map[item]content{}}} }

// Create makes of obj what the API server would store, or tells why it would not.
func (j *Judge) Create(obj engine.Object) error {
	_, err := j.kept.admitNew(obj)
	return err
}

// Update makes of after what the API server would store in the place of before, or
// tells why it would not.
func (j *Judge) Update(before, after engine.Object) error {
	old, err := contentOf(before)
	if err != nil {
		return err
	}
	j.kept.remember(itemOf(before), old)
	_, err = j.kept.admit(before, after)
	return err
}

// KindOf is the kind of obj as Kubernetes says it; "" when it is not known.
func KindOf(obj engine.Object) string { return kindOf(obj) }

// Empty is an object of a managed kind, for reading into.
func Empty(kind string) engine.Object { return known().empty(kind) }

// Kinds are the managed kinds by name.
func Kinds() []string { return known().managed }
