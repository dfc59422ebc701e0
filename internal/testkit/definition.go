package testkit

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel/model"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"k8s.io/apiserver/pkg/cel/common"
	"sigs.k8s.io/yaml"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
)

// definition holds objects of one kind against its CustomResourceDefinition, by
// the code and in the order of the API server
// (k8s.io/apiextensions-apiserver/pkg/registry/customresource, which cannot be
// had without etcd).
type definition struct {
	structural    *schema.Structural
	whole, status validation.SchemaValidator
	rules         *cel.Validator
	judged        sync.Map // of shape, struct{}: status writes that the rules have seen
}

// content is an object as JSON.
type content = map[string]any

// definitions are compiled once per process and kind: the rules of one take as
// long as a few lives.
var definitions sync.Map // of kind, func() (*definition, error)

func definitionOf(kind string) (*definition, error) {
	once, _ := definitions.LoadOrStore(kind, sync.OnceValues(func() (*definition, error) { return compile(kind) }))
	return once.(func() (*definition, error))() //nolint:forcetypeassert // nothing else is stored
}

func compile(kind string) (*definition, error) {
	crd, err := readDefinition(kind)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(crd.Spec.Versions, func(v apiextensionsv1.CustomResourceDefinitionVersion) bool {
		return v.Name == v1alpha1.GroupVersion.Version
	})
	if i < 0 {
		return nil, fmt.Errorf("%s has no version %s", crd.Name, v1alpha1.GroupVersion.Version)
	}
	var in apiextensions.JSONSchemaProps
	if err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(crd.Spec.Versions[i].Schema.OpenAPIV3Schema, &in, nil); err != nil {
		return nil, fmt.Errorf("converting the schema of %s: %w", kind, err)
	}
	var d definition
	if d.structural, err = schema.NewStructural(&in); err != nil {
		return nil, fmt.Errorf("reading the schema of %s: %w", kind, err)
	}
	if err := defaulting.PruneDefaults(d.structural); err != nil {
		return nil, fmt.Errorf("reading the defaults of %s: %w", kind, err)
	}
	if d.whole, _, err = validation.NewSchemaValidator(&in); err != nil {
		return nil, fmt.Errorf("compiling the schema of %s: %w", kind, err)
	}
	status := in.Properties["status"]
	if d.status, _, err = validation.NewSchemaValidator(&status); err != nil {
		return nil, fmt.Errorf("compiling the schema of the status of %s: %w", kind, err)
	}
	d.rules = cel.NewValidator(d.structural, true, celconfig.PerCallLimit)
	return &d, nil
}

// readDefinition reads what make manifests wrote.
func readDefinition(kind string) (*apiextensionsv1.CustomResourceDefinition, error) {
	dir, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if dir == filepath.Dir(dir) {
			return nil, fmt.Errorf("no go.mod above the working directory: config/crd/bases cannot be found")
		}
		dir = filepath.Dir(dir)
	}
	name := fmt.Sprintf("%s_%s.yaml", v1alpha1.GroupVersion.Group, pluralOf(kind))
	raw, err := os.ReadFile(filepath.Join(dir, "config", "crd", "bases", name))
	if err != nil {
		return nil, err
	}
	var crd apiextensionsv1.CustomResourceDefinition
	if err := yaml.UnmarshalStrict(raw, &crd); err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	if crd.Spec.Names.Kind != kind {
		return nil, fmt.Errorf("%s defines %s, want %s", name, crd.Spec.Names.Kind, kind)
	}
	return &crd, nil
}

// read is what decoding makes of an object: fields that the schema does not know
// are dropped, and told, and defaults are filled in.
func (d *definition) read(obj content) (unknown []string) {
	unknown = pruning.PruneWithOptions(obj, d.structural, true, schema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true})
	defaulting.PruneNonNullableNullsWithoutDefaults(obj, d.structural)
	defaulting.Default(obj, d.structural)
	return unknown
}

// created lists why obj cannot be created.
func (d *definition) created(meta metav1.Object, obj content) field.ErrorList {
	errs := apivalidation.ValidateObjectMetaAccessor(meta, true, apivalidation.NameIsDNSSubdomain, field.NewPath("metadata"))
	errs = append(errs, validation.ValidateCustomResource(nil, obj, d.whole)...)
	errs = append(errs, listtype.ValidateListSetsAndMaps(nil, d.structural, obj)...)
	return d.ruled(errs, obj, nil)
}

// updated lists why old cannot become obj.
func (d *definition) updated(meta, oldMeta metav1.Object, obj, old content) field.ErrorList {
	same := common.NewCorrelatedObject(obj, old, &model.Structural{Structural: d.structural})
	errs := apivalidation.ValidateObjectMetaAccessorUpdate(meta, oldMeta, field.NewPath("metadata"))
	if len(validation.ValidateCustomResource(nil, obj, d.whole)) > 0 { // see reported
		errs = append(errs, validation.ValidateCustomResourceUpdate(nil, obj, old, d.whole, validation.WithRatcheting(same))...)
	}
	errs = append(errs, d.listed(obj, old)...)
	return d.ruled(errs, obj, old, cel.WithRatcheting(same))
}

// reported lists why the status of old cannot become that of obj. The rules are
// about the spec, and of the status they ask what it has: one write of each
// shape is judged by them, since judging all would take longer than the lives.
func (d *definition) reported(obj, old content) field.ErrorList {
	same := common.NewCorrelatedObject(obj, old, &model.Structural{Structural: d.structural})
	path := field.NewPath("status")
	errs := validation.ValidateCustomResource(path, obj["status"], d.status)
	if len(errs) > 0 { // what was there before is let through; to find that out takes far longer
		errs = validation.ValidateCustomResourceUpdate(path, obj["status"], old["status"], d.status, validation.WithRatcheting(same.Key("status")))
	}
	errs = append(errs, d.listed(obj, old)...)
	shape := shapeOf(obj["spec"], old["status"], obj["status"])
	if _, known := d.judged.Load(shape); known {
		return errs
	}
	if errs = d.ruled(errs, obj, old, cel.WithRatcheting(same)); len(errs) == 0 {
		d.judged.Store(shape, struct{}{})
	}
	return errs
}

// shapeOf tells which fields each of parts has.
func shapeOf(parts ...any) string {
	var shape strings.Builder
	for _, part := range parts {
		fields, _ := part.(content)
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			shape.WriteString(name)
			shape.WriteByte(',')
		}
		shape.WriteByte(';')
	}
	return shape.String()
}

// listed lists entries of sets and maps that are there twice.
func (d *definition) listed(obj, old content) field.ErrorList {
	errs := listtype.ValidateListSetsAndMaps(nil, d.structural, obj)
	if len(errs) > 0 && len(listtype.ValidateListSetsAndMaps(nil, d.structural, old)) > 0 {
		return nil
	}
	return errs
}

// ruled adds the rules that are not kept. Of an object of another shape they
// could not tell.
func (d *definition) ruled(errs field.ErrorList, obj, old content, o ...cel.Option) field.ErrorList {
	if d.rules == nil || slices.ContainsFunc(errs, shapeless) {
		return errs
	}
	var before any
	if old != nil {
		before = old
	}
	broken, _ := d.rules.Validate(context.Background(), nil, d.structural, obj, before, celconfig.RuntimeCELCostBudget)
	if len(broken) > 0 && len(o) > 0 {
		broken, _ = d.rules.Validate(context.Background(), nil, d.structural, obj, before, celconfig.RuntimeCELCostBudget, o...)
	}
	return append(errs, broken...)
}

func shapeless(err *field.Error) bool {
	switch err.Type {
	case field.ErrorTypeNotSupported, field.ErrorTypeRequired, field.ErrorTypeTooLong, field.ErrorTypeTooMany, field.ErrorTypeTypeInvalid:
		return true
	default:
		return false
	}
}
