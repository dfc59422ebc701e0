package testkit

import (
	"fmt"
	"reflect"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
)

// admitNew makes of obj what the API server would store, and tells its content;
// or why it would not. A UID that a test has given stays.
func (s *kept) admitNew(obj engine.Object) (content, error) {
	d, err := definitionOf(kindOf(obj))
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.born++
	if obj.GetUID() == "" {
		obj.SetUID(types.UID(fmt.Sprintf("%s-%d", obj.GetName(), s.born)))
	}
	s.mu.Unlock()
	obj.SetGeneration(1)
	obj.SetCreationTimestamp(metav1.Now().Rfc3339Copy())
	now, err := contentOf(obj)
	if err != nil {
		return nil, err
	}
	delete(now, "status") // a create cannot set it
	if err := d.readAll(now); err != nil {
		return nil, err
	}
	if errs := d.created(obj, now); len(errs) > 0 {
		return nil, invalid(obj, errs)
	}
	return now, into(obj, now)
}

// admit makes of after what the API server would store in the place of before,
// and tells its content; or why it would not.
func (s *kept) admit(before, after engine.Object) (content, error) {
	d, err := definitionOf(kindOf(after))
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	old := s.contents[itemOf(after)]
	s.mu.Unlock()
	now, err := contentOf(after)
	if err != nil {
		return nil, err
	}
	if err := d.readAll(now); err != nil {
		return nil, err
	}
	if before.GetDeletionTimestamp().IsZero() && !after.GetDeletionTimestamp().IsZero() {
		return now, nil // a deletion is never refused for what the object says
	}
	if !reflect.DeepEqual(old["status"], now["status"]) {
		if errs := d.reported(now, old); len(errs) > 0 {
			return nil, invalid(after, errs)
		}
		return now, nil
	}
	// A generation is a change of the spec.
	after.SetGeneration(before.GetGeneration())
	if !equality.Semantic.DeepEqual(old["spec"], now["spec"]) {
		after.SetGeneration(before.GetGeneration() + 1)
	}
	after.SetUID(before.GetUID())
	after.SetCreationTimestamp(before.GetCreationTimestamp())
	if errs := d.updated(after, before, now, old); len(errs) > 0 {
		return nil, invalid(after, errs)
	}
	return now, into(after, now)
}

// readAll is read for objects of ours: a field that the schema does not have means
// that config/crd/bases is behind the types.
func (d *definition) readAll(obj content) error {
	if unknown := d.read(obj); len(unknown) > 0 {
		return apierrors.NewBadRequest(fmt.Sprintf("strict decoding error: unknown fields %q", unknown))
	}
	return nil
}

func contentOf(obj engine.Object) (content, error) {
	c, err := runtime.DefaultUnstructuredConverter.ToUnstructured(obj)
	if err != nil {
		return nil, fmt.Errorf("writing %s as JSON: %w", itemOf(obj), err)
	}
	c["apiVersion"], c["kind"] = v1alpha1.GroupVersion.String(), kindOf(obj)
	return c, nil
}

// into reads spec and status off c.
func into(obj engine.Object, c content) error {
	read := known().empty(kindOf(obj))
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(c, read); err != nil {
		return fmt.Errorf("reading %s from JSON: %w", itemOf(obj), err)
	}
	for _, part := range []string{"Spec", "Status"} {
		reflect.ValueOf(obj).Elem().FieldByName(part).Set(reflect.ValueOf(read).Elem().FieldByName(part))
	}
	return nil
}

func invalid(obj engine.Object, errs field.ErrorList) error {
	return apierrors.NewInvalid(v1alpha1.GroupVersion.WithKind(kindOf(obj)).GroupKind(), obj.GetName(), errs)
}
