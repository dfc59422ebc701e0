package e2e

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
)

// timeScale makes a VM's creation, of a minute or so at Gandi, a matter of a
// second. The operator's own times are not scaled.
const timeScale = 100

// station is where one test takes place: a Gandi, a namespace, and the managers
// that watch it. Its key and password are canaries: at the end they must be
// nowhere but where the test put them.
type station struct {
	testing.TB
	client    client.Client
	namespace string
	system    string // of the managers
	world     *gandisim.World
	endpoint  string
	handle    string
	key       string
	password  string
	operators []*operator
}

// newStation is a station without a manager.
func newStation(t *testing.T) *station {
	t.Helper()
	s := &station{TB: t, namespace: newNamespace(t), system: newSystem(t), handle: strings.ToUpper(canary()[:6]) + "-GANDI", key: canary(), password: "Pw-" + canary()}
	s.world = gandisim.New(&gandisim.Options{APIKey: s.key, Handle: s.handle, Seed: 1, TimeScale: timeScale})
	server := httptest.NewServer(s.world)
	t.Cleanup(server.Close)
	s.endpoint = server.URL + "/xmlrpc/"
	scheme := runtime.NewScheme()
	var err error
	if err = errors.Join(clientgoscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		t.Fatal(err)
	}
	if s.client, err = client.New(plane.Config(), client.Options{Scheme: scheme}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.cleanup)
	return s
}

// canary is a fresh secret in the form of an API key.
func canary() string {
	return strings.ToLower(rand.Text())[:24]
}

// start starts a manager for the station's namespace.
func (s *station) start() *operator {
	s.Helper()
	o := startOperator(s, s.system, "--watch-namespaces="+s.namespace)
	s.operators = append(s.operators, o)
	return o
}

// manned is a station with a manager, an account and the password's Secret.
func manned(t *testing.T) *station {
	t.Helper()
	s := newStation(t)
	s.start()
	apply(s, s.namespace, s.credentials()+s.account()+s.login())
	return s
}

func (s *station) credentials() string {
	return fmt.Sprintf("---\napiVersion: v1\nkind: Secret\nmetadata: {name: gandi-credentials}\nstringData: {api-key: %s}\n", s.key)
}

// account resyncs and settles as fast as an account may.
func (s *station) account() string {
	return fmt.Sprintf(`---
apiVersion: hosting.gandi.net/v1alpha1
kind: GandiAccount
metadata: {name: default}
spec:
  endpoint: %s
  credentialsSecretRef: {name: gandi-credentials}
  resyncInterval: 10s
  settle: 10s
`, s.endpoint)
}

func (s *station) login() string {
	return fmt.Sprintf("---\napiVersion: v1\nkind: Secret\nmetadata: {name: login}\nstringData: {password: %s}\n", s.password)
}

// apply applies the base VM under a name, with a change merged in.
func (s *station) apply(name, change string) {
	s.Helper()
	object := changed(s, changed(s, manifest(s, baseVM), change), `metadata: {name: `+name+`}`)
	raw, err := yaml.Marshal(object.Object)
	if err != nil {
		s.Fatal(err)
	}
	apply(s, s.namespace, string(raw))
}

// edit merges a change into an object, as kubectl patch does.
func (s *station) edit(kind, name, change string) {
	s.Helper()
	raw, err := yaml.YAMLToJSON([]byte(change))
	if err != nil {
		s.Fatal(err)
	}
	mustKubectl(s, s.namespace, "patch", kind, name, "--type=merge", "--patch="+string(raw))
}

func (s *station) annotate(name, annotation, value string) {
	s.Helper()
	mustKubectl(s, s.namespace, "annotate", "gvm", name, "--overwrite", annotation+"="+value)
}

// vm is a GandiVM as it is stored; nil where there is none.
func (s *station) vm(name string) *v1alpha1.GandiVM {
	s.Helper()
	vm := &v1alpha1.GandiVM{}
	err := s.client.Get(s.Context(), types.NamespacedName{Namespace: s.namespace, Name: name}, vm)
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		s.Fatal(err)
	}
	return vm
}

func (s *station) readAccount() *v1alpha1.GandiAccount {
	s.Helper()
	account := &v1alpha1.GandiAccount{}
	if err := s.client.Get(s.Context(), types.NamespacedName{Namespace: s.namespace, Name: "default"}, account); err != nil {
		s.Fatal(err)
	}
	return account
}

// told is the reason and message of the Ready condition, once it speaks of the
// present generation.
func told(conditions []metav1.Condition, generation int64) string {
	c := meta.FindStatusCondition(conditions, v1alpha1.ConditionReady)
	if c == nil || c.ObservedGeneration != generation {
		return "not told yet"
	}
	return fmt.Sprintf("Ready=%s %s: %s", c.Status, c.Reason, c.Message)
}

// waitReady waits as a person's script does.
func (s *station) waitReady(names ...string) {
	s.Helper()
	for _, name := range names {
		output, err := kubectl(s, s.namespace, "wait", "--for=condition=Ready", "--timeout="+patience.String(), "gvm/"+name)
		if err != nil {
			s.Fatalf("%v: %s\n%s", err, output, s.describe())
		}
	}
}

// waitTold waits until a VM's Ready condition says something.
func (s *station) waitTold(name, text string) {
	s.Helper()
	s.eventually(name+" to say "+text, func() (bool, string) {
		vm := s.vm(name)
		if vm == nil {
			return false, "gone"
		}
		now := told(vm.Status.Conditions, vm.Generation)
		return strings.Contains(now, text), now
	})
}

func (s *station) waitAccountTold(text string) {
	s.Helper()
	s.eventually("the account to say "+text, func() (bool, string) {
		account := s.readAccount()
		now := told(account.Status.Conditions, account.Generation)
		return strings.Contains(now, text), now
	})
}

func (s *station) eventually(what string, holds func() (bool, string)) {
	s.Helper()
	defer func() {
		if s.Failed() {
			s.Log(s.describe())
		}
	}()
	eventually(s, what, holds)
}

// delete deletes a VM and waits for its end, as a person's script does.
func (s *station) delete(names ...string) {
	s.Helper()
	for _, name := range names {
		mustKubectl(s, s.namespace, "delete", "gvm", name, "--wait=false")
	}
	for _, name := range names {
		output, err := kubectl(s, s.namespace, "wait", "--for=delete", "--timeout="+patience.String(), "gvm/"+name)
		if err != nil {
			s.Fatalf("%v: %s\n%s", err, output, s.describe())
		}
	}
}

// things lists what is at Gandi, without what is gone already.
func (s *station) things(list string) []map[string]any {
	s.Helper()
	raw, err := json.Marshal(s.world.State()[list])
	if err != nil {
		s.Fatal(err)
	}
	var all, living []map[string]any
	if err := json.Unmarshal(raw, &all); err != nil {
		s.Fatal(err)
	}
	for _, one := range all {
		if one["state"] != "deleted" {
			living = append(living, one)
		}
	}
	return living
}

// wantThings holds how many things of each list there are at Gandi.
func (s *station) wantThings(want int, lists ...string) {
	s.Helper()
	for _, list := range lists {
		if got := s.things(list); len(got) != want {
			s.Errorf("at Gandi are %d %s, want %d: %v", len(got), list, want, got)
		}
	}
}

// thing is a VM at Gandi.
func (s *station) thing(id int64) map[string]any {
	s.Helper()
	for _, one := range s.things("vms") {
		if one["id"] == float64(id) {
			return one
		}
	}
	return nil
}

// panel changes something at Gandi as somebody does in the web panel.
func (s *station) panel(change string) {
	s.Helper()
	var request map[string]any
	if err := yaml.Unmarshal([]byte(change), &request); err != nil {
		s.Fatal(err)
	}
	if err := s.world.Change(request); err != nil {
		s.Fatal(err)
	}
}

// foreign is the id of a VM that somebody else makes.
func (s *station) foreign(hostname string) int64 {
	s.Helper()
	var known []any
	for _, vm := range s.things("vms") {
		known = append(known, vm["id"])
	}
	s.panel(`{type: vm, create: {hostname: ` + hostname + `, datacenter_id: 4, memory: 512, cores: 1}}`)
	for _, vm := range s.things("vms") {
		if !slices.Contains(known, vm["id"]) {
			return int64(vm["id"].(float64))
		}
	}
	s.Fatal("the panel made no VM")
	return 0
}

// calls lists the methods that changed something or tried to.
func (s *station) calls() []string {
	var methods []string
	for _, e := range s.world.Journal() {
		if changes(e.Method) {
			methods = append(methods, e.Method)
		}
	}
	return methods
}

func (s *station) called(method string) int {
	n := 0
	for _, one := range s.calls() {
		if one == method {
			n++
		}
	}
	return n
}

func changes(method string) bool {
	switch method[strings.LastIndex(method, ".")+1:] {
	case "info", "list", "count", "query", "price", "get_dns_entries", "":
		return false
	default:
		return true
	}
}

// events of an object: "type reason note", oldest first.
func (s *station) events(name string) []string {
	s.Helper()
	list, err := core(s).EventsV1().Events(s.namespace).List(s.Context(), metav1.ListOptions{})
	if err != nil {
		s.Fatal(err)
	}
	slices.SortStableFunc(list.Items, func(a, b eventsv1.Event) int { return a.EventTime.Compare(b.EventTime.Time) })
	var told []string
	for _, e := range list.Items {
		if e.Regarding.Name == name {
			told = append(told, e.Type+" "+e.Reason+" "+e.Note)
		}
	}
	return told
}

// wantEvents waits for events with these beginnings, in any order: they are
// recorded in the background.
func (s *station) wantEvents(name string, beginnings ...string) {
	s.Helper()
	s.eventually("the events of "+name, func() (bool, string) {
		told := s.events(name)
		for _, want := range beginnings {
			if !slices.ContainsFunc(told, func(e string) bool { return strings.HasPrefix(e, want) }) {
				return false, fmt.Sprintf("no %q in %q", want, told)
			}
		}
		return true, ""
	})
}

func number(id int64) string { return strconv.FormatInt(id, 10) }

func show(v any) string { return fmt.Sprint(v) }

// describe tells all that there is, for a test that goes wrong.
func (s *station) describe() string {
	var b strings.Builder
	for _, kind := range []string{accounts, vms, sites} {
		output, _ := kubectl(s, s.namespace, "get", kind, "--output=yaml")
		b.WriteString(output)
	}
	for _, e := range s.world.Journal() {
		if changes(e.Method) || e.Fault != nil || e.Trouble != "" {
			raw, err := json.Marshal(e)
			if err != nil {
				s.Error(err)
			}
			fmt.Fprintln(&b, string(raw))
		}
	}
	return b.String()
}

// cleanup looks for the canaries in everything that people can read.
func (s *station) cleanup() {
	places := map[string]string{}
	for i, o := range s.operators {
		places[fmt.Sprintf("the log of manager %d", i+1)] = o.said()
	}
	raw, err := json.Marshal(s.world.Journal())
	if err != nil {
		s.Error(err)
	}
	places["the simulator's journal"] = string(raw)
	// The test's own context has ended.
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for _, list := range []client.ObjectList{&v1alpha1.GandiVMList{}, &v1alpha1.GandiSiteList{}, &v1alpha1.GandiAccountList{}, &eventsv1.EventList{}, &corev1.EventList{}} {
		if err := s.client.List(ctx, list, client.InNamespace(s.namespace)); err != nil && !meta.IsNoMatchError(err) && !apierrors.IsNotFound(err) {
			s.Error(err)
		}
		raw, err := json.Marshal(list)
		if err != nil {
			s.Error(err)
		}
		places[fmt.Sprintf("%T", list)] = string(raw)
	}
	for place, text := range places {
		for _, secret := range []string{s.key, s.password} {
			if strings.Contains(text, secret) {
				s.Errorf("a secret is told in %s", place)
			}
		}
	}
}
