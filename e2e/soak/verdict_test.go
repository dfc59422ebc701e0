package soak

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
)

// wantWorld holds that Gandi has just what the manifests say, and each object a
// thing of its own.
func (s *stage) wantWorld() {
	s.Helper()
	w, living := s.gandi.state(), s.eyes.living()
	owner := map[string]string{} // by "type id"
	own := func(kind string, id int64, name string) {
		place := fmt.Sprintf("%s %d", kind, id)
		if other := owner[place]; other != "" {
			s.Errorf("%s is both %s's and %s's", place, other, name)
		}
		owner[place] = name
	}
	id := func(kind, name string) int64 {
		if o := living[item{kind, name}]; o != nil {
			return o.ManagedStatus().ID
		}
		return 0
	}
	for _, f := range s.foreign.VMs {
		own("vm", f.ID, "foreign")
		for _, d := range f.Disks {
			own("disk", d.ID, "foreign")
		}
		for _, i := range f.Ifaces {
			own("iface", i.ID, "foreign")
		}
	}
	for i := range s.people.wants {
		own(i.kind, id(i.kind, i.name), i.name)
	}
	for _, vm := range w.VMs {
		name := owner[fmt.Sprintf("vm %d", vm.ID)]
		want := s.people.wants[item{"vm", name}]
		if want == nil {
			if name != "foreign" {
				s.Errorf("VM %d %s at Gandi is nobody's", vm.ID, vm.Hostname)
			}
			continue
		}
		state := "running"
		if want.stopped {
			state = "halted"
		}
		if vm.Memory != want.memory || vm.Cores != want.cores || vm.Hostname != want.hostname || vm.State != state {
			s.Errorf("%s at Gandi is %d MB, %d cores, %s, %s; want %+v", name, vm.Memory, vm.Cores, vm.Hostname, vm.State, *want)
		}
		wantDisks, wantIfaces := 1, []thing{{id("iface", want.iface)}}
		if want.disk != "" {
			wantDisks++
		}
		if len(vm.Disks) != wantDisks || want.disk != "" && vm.Disks[1].ID != id("disk", want.disk) {
			s.Errorf("%s at Gandi has the disks %v; want %d, with %q", name, vm.Disks, wantDisks, want.disk)
		} else {
			own("disk", vm.Disks[0].ID, name)
		}
		switch {
		case len(vm.Ifaces) != 1 || want.iface != "" && !slices.Equal(vm.Ifaces, wantIfaces):
			s.Errorf("%s at Gandi has the interfaces %v; want %q", name, vm.Ifaces, want.iface)
		case want.iface == "":
			own("iface", vm.Ifaces[0].ID, name)
		}
	}
	for _, d := range w.Disks {
		name := owner[fmt.Sprintf("disk %d", d.ID)]
		if name == "" {
			s.Errorf("disk %d %s at Gandi is nobody's", d.ID, d.Name)
		}
		if want := s.people.wants[item{"disk", name}]; want != nil && (d.Name != want.name || d.Size != want.size*1024) {
			s.Errorf("%s at Gandi is %q, %d MB; want %+v", name, d.Name, d.Size, *want)
		}
	}
	for _, i := range w.Ifaces {
		name := owner[fmt.Sprintf("iface %d", i.ID)]
		if name == "" {
			s.Errorf("interface %d at Gandi is nobody's", i.ID)
		}
		if want := s.people.wants[item{"iface", name}]; want != nil && i.Bandwidth != float64(want.bandwidth) {
			s.Errorf("%s at Gandi has a bandwidth of %v; want %+v", name, i.Bandwidth, *want)
		}
	}
	if got, want := len(w.VMs)+len(w.Disks)+len(w.Ifaces), len(owner); got != want {
		s.Errorf("at Gandi are %d things, want %d: %v", got, want, owner)
	}
}

// wantBoughtOnce holds that nothing was bought without an object that it is for.
func (s *stage) wantBoughtOnce() {
	s.Helper()
	bought := s.bought()
	objects := s.eyes.incarnations()
	for kind, n := range bought {
		// An object may be deleted before anything was bought for it.
		if n > objects[kind] {
			s.Errorf("bought were %d of %s for %d objects that there ever were", n, kind, objects[kind])
		}
		if living := s.count(kind); n < living {
			s.Errorf("bought were %d of %s, and %d are there", n, kind, living)
		}
	}
	made := map[string]int{} // by the mark of the object
	for _, c := range s.gandi.journal(0) {
		switch {
		case !c.creates():
		case c.tookEffect():
			made[c.mark()]++
		case c.Trouble == "" && c.Fault == nil:
			s.Errorf("a purchase without an effect has no reason: %+v", c)
		}
	}
	for mark, n := range s.eyes.marks() {
		if made[mark] > n {
			s.Errorf("for %d objects with the mark %s were bought %d things", n, mark, made[mark])
		}
	}
}

// bought is how many things were paid for by calls, foreign ones left out.
func (s *stage) bought() map[string]int {
	w := s.gandi.state().Bought[0]
	f := s.foreign.Bought[0]
	return map[string]int{"vm": w.VMs - f.VMs, "disk": w.Disks - f.Disks, "iface": w.Ifaces - f.Ifaces}
}

func (s *stage) count(kind string) (n int) {
	for i := range s.people.wants {
		if i.kind == kind {
			n++
		}
	}
	return n
}

// wantNothing holds that nothing is left but what was there before.
func (s *stage) wantNothing() {
	s.Helper()
	w, f := s.gandi.state(), s.foreign
	if len(w.VMs) != len(f.VMs) || len(w.Disks) != len(f.Disks) || len(w.Ifaces) != len(f.Ifaces) || w.VMs[0].ID != f.VMs[0].ID || w.VMs[0].State != f.VMs[0].State {
		s.Errorf("left at Gandi are %+v\n%+v\n%+v", w.VMs, w.Disks, w.Ifaces)
	}
	s.settle("an account without orphans and duplicates", func() (bool, string) {
		account := &v1alpha1.GandiAccount{}
		if err := s.client.Get(s.Context(), client.ObjectKey{Namespace: s.namespace, Name: "default"}, account); err != nil {
			return false, err.Error()
		}
		return len(account.Status.Orphans) == 0 && len(account.Status.Duplicates) == 0, fmt.Sprintf("%+v %+v", account.Status.Orphans, account.Status.Duplicates)
	})
}

// wantSecrets looks for secrets in all that people can read.
func (s *stage) wantSecrets() {
	s.Helper()
	places := map[string]string{"the journal": string(s.gandi.ask("GET", "/sim/journal", ""))}
	for _, r := range s.replicas {
		places["the logs of "+r.name] = r.said(s.TB)
	}
	for _, list := range []client.ObjectList{&v1alpha1.GandiAccountList{}, &eventsv1.EventList{}, &corev1.EventList{}} {
		if err := s.client.List(s.Context(), list, client.InNamespace(s.namespace)); err != nil {
			s.Error(err)
		}
		raw, err := json.Marshal(list)
		if err != nil {
			s.Error(err)
		}
		places[fmt.Sprintf("%T", list)] = string(raw)
	}
	for place, text := range places {
		for _, secret := range s.secrets {
			if strings.Contains(text, secret) {
				s.Errorf("a secret is told in %s", place)
			}
		}
	}
}

// wantSoundLogs holds that no manager panicked, raced, planned in a circle or
// lacked a right. An API server that begins knows no roles yet.
func (s *stage) wantSoundLogs() {
	for _, r := range s.replicas {
		for line := range strings.SplitSeq(r.said(s.TB), "\n") {
			for _, bad := range []string{"panic", "DATA RACE", "forbidden", "InvalidPlan"} {
				if strings.Contains(line, bad) && (bad != "forbidden" || !s.away.excuse(saidAt(line), 5*time.Second)) {
					s.Errorf("%s says: %s", r.name, line)
				}
			}
		}
		if s.Failed() {
			keep(s.TB, r)
		}
	}
}

// saidAt is the time of a line of a log: a manager's own, or client-go's.
func saidAt(line string) time.Time {
	const form = "0102 15:04:05.000000"
	if len(line) > len(form) && line[0] != '{' {
		at, err := time.ParseInLocation(form, line[1:1+len(form)], time.Local)
		if err == nil {
			return at.AddDate(time.Now().Year(), 0, 0)
		}
	}
	var entry struct {
		Time time.Time `json:"time"`
	}
	if err := json.Unmarshal([]byte(line), &entry); err != nil {
		return time.Time{}
	}
	return entry.Time
}

// table is what came of it.
func (s *stage) table() string {
	var b strings.Builder
	all := s.gandi.journal(0)
	creates, idle, changing := 0, 0, 0
	for _, c := range all {
		if c.changes() {
			changing++
		}
		if c.creates() {
			creates++
			if !c.tookEffect() {
				idle++
			}
		}
	}
	objects, quits, processes := 0, 0, 0
	for _, n := range s.eyes.incarnations() {
		objects += n
	}
	for _, r := range s.replicas {
		logs, ended := r.lives()
		quits += ended
		processes += len(logs)
	}
	bought := s.bought()
	b.WriteString("| what | |\n| --- | --- |\n")
	b.WriteString(s.summary())
	fmt.Fprintf(&b, "| processes of the manager | %d, of which %d ended by themselves without the API server |\n", processes, quits)
	fmt.Fprintf(&b, "| objects made, edited, deleted by people | %d, %d, %d |\n", objects, s.people.did["edited"], s.people.did["deleted"])
	fmt.Fprintf(&b, "| at once | %d |\n", s.people.target)
	fmt.Fprintf(&b, "| bought: VMs, disks, interfaces | %d, %d, %d |\n", bought["vm"], bought["disk"], bought["iface"])
	fmt.Fprintf(&b, "| purchases sent, without effect among them | %d, %d |\n", creates, idle)
	fmt.Fprintf(&b, "| calls in all, changing ones | %d, %d |\n", len(all), changing)
	fmt.Fprintf(&b, "| calls per object, changing ones | %.1f, %.1f |\n", float64(len(all))/float64(objects), float64(changing)/float64(objects))
	fmt.Fprintf(&b, "| until all was Ready after the last kill | %.1f s |\n", s.converged.Seconds())
	fmt.Fprintf(&b, "| until all was gone, with kills in the long form | %.1f s |\n", s.ended.Seconds())
	fmt.Fprintf(&b, "| duration | %.0f s |\n", time.Since(s.began).Seconds())
	return b.String()
}

// describe tells what there is, for a run that goes wrong.
func (s *stage) describe() {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.Context()), patience)
	defer cancel()
	output, _ := plane.Kubectl(ctx, "--namespace="+s.namespace, "get", "gandi").CombinedOutput()
	s.Logf("%s", output)
	for i, o := range s.eyes.living() {
		if s.people.wants[i] == nil || !strings.HasPrefix(told(o), "Ready=True") {
			output, _ := plane.Kubectl(ctx, "--namespace="+s.namespace, "get", "-o", "yaml", map[string]string{"vm": "gvm", "disk": "gdisk", "iface": "giface"}[i.kind], i.name).CombinedOutput()
			s.Logf("%s", output)
		}
	}
	for _, c := range s.gandi.journal(0) {
		if c.changes() || c.Fault != nil || c.Trouble != "" {
			raw, _ := json.Marshal(c) //nolint:errchkjson // it came as JSON
			s.Logf("%s", raw)
		}
	}
}
