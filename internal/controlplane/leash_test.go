package controlplane

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// beKilled is the life of the child: it starts a control plane, says where, and
// waits for its end.
func beKilled() {
	plane, err := Start(context.Background(), Options{})
	if err != nil {
		fmt.Println("no control plane:", err)
		os.Exit(1)
	}
	fmt.Println(plane.dir, plane.Config().Host, plane.etcd.shell.Process.Pid, plane.apiServer.shell.Process.Pid, plane.controllers.shell.Process.Pid)
	select {}
}

func TestNothingSurvivesTheKillOfItsParent(t *testing.T) {
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), childFlag+"=1")
	child.Stderr = os.Stderr
	output, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		t.Fatalf("reading what the child says: %v", err)
	}
	words := strings.Fields(line)
	if len(words) != 5 {
		t.Fatalf("the child says %q", line)
	}
	dir, host, groups := words[0], words[1], words[2:]
	for _, group := range groups {
		if n := members(t, group); n == 0 {
			t.Fatalf("process group %s is empty before the kill: the test cannot see its processes", group)
		}
	}

	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // it was killed, and says so

	for _, group := range groups {
		eventually(t, "the end of process group "+group, func() bool { return members(t, group) == 0 })
	}
	eventually(t, "the end of what it stored", func() bool {
		_, err := os.Stat(dir)
		return os.IsNotExist(err)
	})
	address, err := url.Parse(host)
	if err != nil {
		t.Fatal(err)
	}
	var dialer net.Dialer
	if connection, err := dialer.DialContext(t.Context(), "tcp", address.Host); err == nil {
		_ = connection.Close()
		t.Errorf("%s still accepts connections", host)
	}
}

// members counts the living processes of a process group. Zombies do not count:
// in a container nobody may be there to reap them.
func members(t *testing.T, group string) int {
	t.Helper()
	output, err := exec.CommandContext(t.Context(), "ps", "-A", "-o", "pgid=,stat=").Output()
	if err != nil {
		t.Skipf("ps is needed to look at processes: %v", err)
	}
	count := 0
	for line := range strings.Lines(string(output)) {
		fields := strings.Fields(line)
		if len(fields) == 2 && fields[0] == group && !strings.HasPrefix(fields[1], "Z") {
			count++
		}
	}
	return count
}

// eventually waits until holds does.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	const patience = time.Minute
	deadline := time.After(patience)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited %s for %s", patience, what)
		}
	}
}

func newProcess(t *testing.T, script string) *process {
	t.Helper()
	p := &process{
		name:    "program",
		log:     filepath.Join(t.TempDir(), "log"),
		command: []string{"/bin/sh", "-c", script},
	}
	t.Cleanup(func() {
		if p.running() {
			p.signal("KILL")
			<-p.done
		}
	})
	return p
}

func TestProcessThatEndsByItselfIsTold(t *testing.T) {
	p := newProcess(t, "echo what a pity; exit 3")
	if err := p.start(); err != nil {
		t.Fatal(err)
	}
	<-p.done
	err := p.stop()
	if err == nil {
		t.Fatal("stop is content with a program that had ended")
	}
	for _, want := range []string{"program ended by itself", "exit status 3", "what a pity"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("stop says %q, without %q", err, want)
		}
	}
	if err := p.stop(); err != nil {
		t.Errorf("a second stop says %q", err)
	}
}

func TestProcessEndsPolitely(t *testing.T) {
	p := newProcess(t, `trap 'echo goodbye; exit 0' TERM; echo ready; while :; do sleep 0.05; done`)
	for run := range 2 {
		if err := p.start(); err != nil {
			t.Fatal(err)
		}
		if err := p.start(); err == nil {
			t.Error("a running program was started again")
		}
		eventually(t, "the program", func() bool { return strings.Count(read(t, p.log), "ready") == run+1 })
		if err := p.stop(); err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(read(t, p.log), "goodbye"); got != run+1 {
			t.Errorf("after stop %s the program said goodbye %d times", strconv.Itoa(run+1), got)
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
