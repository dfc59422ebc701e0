package soak

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gandi-operator/gandi-operator/internal/controlplane"
)

// leads is what a manager says when it begins to act.
const leads = "Starting workers"

// restartAfter is how long a replica that ended stays so.
const restartAfter = 300 * time.Millisecond

// leaseLost is how long after an outage a manager may still end by it.
const leaseLost = 20 * time.Second

// A replica is one of the managers, started anew whenever it ends, as Kubernetes
// does with a container.
type replica struct {
	name string
	away *outages // of the API server

	mu      sync.Mutex
	logs    []string              // path of what each of its processes printed, the latest last
	program *controlplane.Program // that runs; nil between two
	meant   bool                  // its end
	acts    bool                  // it was seen to lead
	read    int64                 // how far its log was looked at
	quits   int                   // times that it ended by itself
}

// newReplica starts a replica; it ends with ctx.
func newReplica(ctx context.Context, t testing.TB, name string, away *outages) (r *replica, ended <-chan struct{}) {
	t.Helper()
	r = &replica{name: name, away: away}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			r.live(ctx, t)
			wait(ctx, restartAfter)
		}
	}()
	return r, done
}

// live is one life of a replica.
func (r *replica) live(ctx context.Context, t testing.TB) {
	logs, _ := r.lives()
	log := filepath.Join(workshop, fmt.Sprintf("manager-%s-%d.log", r.name, len(logs)+1))
	program, err := controlplane.StartProgram(log, []string{"KUBECONFIG=" + managerConfig, "GORACE=halt_on_error=1"},
		managerProgram, "--leader-elect", "--namespace="+systemNamespace, "--metrics-bind-address=0", "--health-probe-bind-address=0", "--log-format=json")
	if err != nil {
		t.Errorf("starting %s: %v", r.name, err)
		return
	}
	r.mu.Lock()
	r.program, r.meant, r.acts, r.read = program, false, false, 0
	r.logs = append(r.logs, log)
	r.mu.Unlock()
	select {
	case <-program.Done():
	case <-ctx.Done():
		r.kill()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.program, r.acts = nil, false
	if !r.meant {
		r.quits++
		// The only reason that there may be is an API server that does not answer: a
		// manager does not begin without, and ends when it cannot renew its lease.
		if !r.away.excuse(time.Now(), leaseLost) {
			content, err := os.ReadFile(log)
			t.Errorf("%s ended by itself with %v (%v):\n%s", r.name, program.Ended(), err, content)
		}
	}
}

// kill ends the process of the replica that runs, if any, as a machine does that
// loses its power.
func (r *replica) kill() bool {
	r.mu.Lock()
	program := r.program
	r.meant = true
	r.mu.Unlock()
	if program == nil {
		return false
	}
	program.Kill()
	return true
}

// running tells whether there is a process.
func (r *replica) running() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.program != nil
}

// leading tells whether the process that runs has begun to act.
func (r *replica) leading() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.program == nil || r.acts {
		return r.acts
	}
	file, err := os.Open(r.logs[len(r.logs)-1])
	if err != nil {
		return false
	}
	defer func() { _ = file.Close() }()
	rest := make([]byte, 1<<16)
	n, _ := file.ReadAt(rest, r.read) // the end of the file is no mistake
	rest = rest[:n]
	r.acts = bytes.Contains(rest, []byte(leads))
	// A line that is half written is read again.
	r.read += int64(bytes.LastIndexByte(rest, '\n') + 1)
	return r.acts
}

// lives tells where each process of the replica printed to, and how many ended by
// themselves.
func (r *replica) lives() (logs []string, quits int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.logs), r.quits
}

// said is all that the processes of the replica printed.
func (r *replica) said(t testing.TB) string {
	t.Helper()
	var all strings.Builder
	logs, _ := r.lives()
	for _, log := range logs {
		content, err := os.ReadFile(log)
		if err != nil {
			t.Error(err)
		}
		all.Write(content)
	}
	return all.String()
}

// wait waits for a time, or the end of ctx.
func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
