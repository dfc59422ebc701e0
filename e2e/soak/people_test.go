package soak

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
)

// want is what the manifest of one object says, as far as it is compared.
type want struct {
	memory   int64 // of a VM, in Mi
	cores    int32
	hostname string
	stopped  bool
	disk     string // GandiDisk that is attached, "" for none
	iface    string // GandiInterface that is the VM's only one, "" for one of Gandi's making

	name string // of a disk at Gandi
	size int64  // in Gi

	bandwidth int32 // of an interface
}

// people edit manifests. They know the cluster by what they wrote alone, and try
// again what an API server that died did not answer.
type people struct {
	client    client.Client
	namespace string
	dice      *rand.Rand
	target    int // number of objects that there shall be

	wants map[item]*want
	born  int // objects made ever, which makes names at Gandi unique
	did   map[string]int
}

// act does one thing.
func (p *people) act(ctx context.Context) error {
	if len(p.wants) < p.target && p.dice.IntN(3) > 0 {
		return p.create(ctx)
	}
	switch n := p.dice.IntN(10); {
	case n < 7 || len(p.wants) < p.target/2:
		return p.edit(ctx)
	default:
		return p.delete(ctx, p.deletable())
	}
}

// fill creates objects until there are as many as there shall be.
func (p *people) fill(ctx context.Context) error {
	for len(p.wants) < p.target {
		if err := p.create(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (p *people) create(ctx context.Context) error {
	p.born++
	// Names come back: an object is deleted and made anew while the end of the
	// former is on its way.
	i := item{kind: []string{"vm", "disk", "iface", "vm", "disk"}[p.born%5]}
	for n := 0; i.name == "" || p.wants[i] != nil; n++ {
		i.name = fmt.Sprintf("%s-%d", i.kind, n)
	}
	w := &want{}
	switch i.kind {
	case "vm":
		w.memory, w.cores, w.hostname = 512, 1, fmt.Sprintf("h%d", p.born)
		w.disk = p.free("disk", func(v *want) string { return v.disk })
		w.iface = p.free("iface", func(v *want) string { return v.iface })
	case "disk":
		w.name, w.size = fmt.Sprintf("d%d", p.born), int64(1+p.dice.IntN(3))
	case "iface":
		w.bandwidth = int32(1024 * (1 + p.dice.IntN(8)))
	}
	born := strconv.Itoa(p.born)
	if err := p.persist(ctx, "creating "+i.name, func() error {
		o := p.object(i, w)
		o.SetLabels(map[string]string{"born": born})
		err := p.client.Create(ctx, o)
		if apierrors.IsAlreadyExists(err) && p.client.Get(ctx, client.ObjectKeyFromObject(o), o) == nil && o.GetLabels()["born"] == born {
			return nil // by an earlier attempt, and not its predecessor that is still going
		}
		return err
	}); err != nil {
		return err
	}
	p.wants[i] = w
	p.did["created"]++
	return nil
}

// free is an object of a kind that no VM uses, or "" by chance and if there is none.
func (p *people) free(kind string, uses func(*want) string) string {
	if p.dice.IntN(2) == 0 {
		return ""
	}
	used := map[string]bool{}
	for _, w := range p.wants {
		used[uses(w)] = true
	}
	for _, i := range p.items() {
		if i.kind == kind && !used[i.name] {
			return i.name
		}
	}
	return ""
}

// items are the objects that shall be, in a fixed order.
func (p *people) items() []item {
	return slices.SortedFunc(maps.Keys(p.wants), func(a, b item) int { return strings.Compare(a.name, b.name) })
}

func (p *people) edit(ctx context.Context) error {
	all := p.items()
	if len(all) == 0 {
		return p.create(ctx)
	}
	i := all[p.dice.IntN(len(all))]
	w := p.wants[i]
	switch i.kind {
	case "vm":
		p.editVM(w)
	case "disk":
		if w.size < 8 && p.dice.IntN(2) == 0 {
			w.size++
		} else {
			w.name = fmt.Sprintf("d%d-%d", p.born, p.dice.IntN(1000))
		}
	case "iface":
		w.bandwidth = int32(1024 * (1 + p.dice.IntN(8)))
	}
	patch, err := json.Marshal(map[string]any{"spec": spec(w, i.kind)})
	if err != nil {
		return err
	}
	p.did["edited"]++
	return p.persist(ctx, "editing "+i.name, func() error {
		return p.client.Patch(ctx, p.object(i, w), client.RawPatch(types.MergePatchType, patch))
	})
}

func (p *people) editVM(w *want) {
	switch p.dice.IntN(6) {
	case 0:
		w.memory = 256 * int64(2+p.dice.IntN(10)) // more than 2048 takes a reboot
	case 1:
		w.cores = int32(1 + p.dice.IntN(4))
	case 2:
		w.hostname = fmt.Sprintf("h%d-%d", p.born, p.dice.IntN(1000))
	case 3:
		w.stopped = !w.stopped
	default:
		was := w.disk
		w.disk = ""
		if was == "" {
			w.disk = p.free("disk", func(v *want) string { return v.disk })
		}
	}
}

// deletable is an object that no VM uses. One that is used would wait for its VM,
// as everything at the end does.
func (p *people) deletable() (found item) {
	used := map[string]bool{}
	for _, w := range p.wants {
		used[w.disk], used[w.iface] = true, true
	}
	all := p.items()
	p.dice.Shuffle(len(all), func(a, b int) { all[a], all[b] = all[b], all[a] })
	for _, i := range all {
		if !used[i.name] {
			return i
		}
	}
	return item{}
}

func (p *people) delete(ctx context.Context, i item) error {
	if i.name == "" {
		return nil
	}
	o := p.object(i, p.wants[i])
	delete(p.wants, i)
	p.did["deleted"]++
	return p.persist(ctx, "deleting "+i.name, func() error {
		return client.IgnoreNotFound(p.client.Delete(ctx, o))
	})
}

// deleteAll deletes everything, in an order that the dice give.
func (p *people) deleteAll(ctx context.Context) error {
	all := p.items()
	p.dice.Shuffle(len(all), func(a, b int) { all[a], all[b] = all[b], all[a] })
	for _, i := range all {
		if err := p.delete(ctx, i); err != nil {
			return err
		}
	}
	return nil
}

// persist does something until the API server has answered it. What was asked
// twice may have been done by the first.
func (p *people) persist(ctx context.Context, what string, do func() error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("it took longer than %s", patience))
	defer cancel()
	for {
		err := do()
		switch {
		case err == nil:
			return nil
		case apierrors.IsInvalid(err), apierrors.IsForbidden(err), apierrors.IsBadRequest(err):
			return fmt.Errorf("%s: %w", what, err)
		}
		wait(ctx, 100*time.Millisecond)
		if ctx.Err() != nil {
			return fmt.Errorf("%s: %w; last: %w", what, context.Cause(ctx), err)
		}
	}
}

// object is the manifest of an object.
func (p *people) object(i item, w *want) *unstructured.Unstructured {
	o := &unstructured.Unstructured{Object: map[string]any{"spec": spec(w, i.kind)}}
	o.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind(map[string]string{"vm": "GandiVM", "disk": "GandiDisk", "iface": "GandiInterface"}[i.kind]))
	o.SetNamespace(p.namespace)
	o.SetName(i.name)
	return o
}

// spec is the spec of a manifest; null takes a field away.
func spec(w *want, kind string) map[string]any {
	s := map[string]any{"datacenter": "FR-SD3"}
	switch kind {
	case "disk":
		s["name"], s["size"] = w.name, fmt.Sprintf("%dGi", w.size)
	case "iface":
		s["ipVersion"], s["bandwidth"] = int64(6), int64(w.bandwidth)
	case "vm":
		s["image"] = map[string]any{"label": "Debian 8 (HVM)"}
		s["memory"], s["cores"], s["hostname"] = fmt.Sprintf("%dMi", w.memory), int64(w.cores), w.hostname
		s["powerState"], s["disks"] = "Running", nil
		if w.stopped {
			s["powerState"] = "Stopped"
		}
		if w.disk != "" {
			s["disks"] = []any{map[string]any{"name": "data", "diskRef": map[string]any{"name": w.disk}}}
		}
		if w.iface != "" {
			s["interfaces"] = []any{map[string]any{"name": "only", "interfaceRef": map[string]any{"name": w.iface}}}
		} else {
			s["network"] = map[string]any{"ipVersion": int64(6)}
		}
		s["bootstrap"] = map[string]any{"passwordSecretRef": map[string]any{"name": "login", "key": "password"}}
	}
	return s
}

// apply creates what a text says.
func apply(ctx context.Context, c client.Client, namespace, text string) error {
	for document := range strings.SplitSeq(text, "---\n") {
		o := &unstructured.Unstructured{}
		if err := yaml.Unmarshal([]byte(document), &o.Object); err != nil {
			return err
		}
		o.SetNamespace(namespace)
		if err := c.Create(ctx, o); err != nil {
			return err
		}
	}
	return nil
}
