package controlplane

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"
)

// leash is the shell that holds a program. Its first argument is a directory to
// remove when we die without having done so, or nothing; the rest is the
// program's command line. Its exit status is the program's.
//
// The reader of the pipe ignores SIGTERM once the pipe has ended, because the
// shell ends it as soon as the program is gone and it has yet to clean up.
const leash = `
remove=$1; shift
exec 3<&0
"$@" </dev/null 3<&- &
program=$!
{
	while read -r signal <&3; do kill -s "$signal" "$program"; done
	trap '' TERM
	kill -s KILL "$program"
	while kill -s 0 "$program"; do sleep 0.1; done
	[ -z "$remove" ] || rm -rf "$remove"
} 2>/dev/null &
reader=$!
exec 3<&-
wait "$program"; status=$?
kill -s TERM "$reader" 2>/dev/null
exit "$status"
`

// gracePeriod is how long a program may take to end after SIGTERM. An API server
// needs a second or two, and one whose etcd is gone never ends.
const gracePeriod = 20 * time.Second

// A process is one program on its leash. It can be started again after a stop,
// with the same command line and the same log.
type process struct {
	name    string   // for messages
	command []string // absolute path of the program, then its arguments
	log     string   // path of the file that gets all it prints
	remove  string   // directory to remove should we be killed, or ""

	environment []string // NAME=value; nil means ours

	shell *exec.Cmd
	leash io.WriteCloser
	done  chan struct{} // closed when the program has ended
	ended error         // how it ended; to be read after done
}

// start starts the program and does not wait for it to be of use.
func (p *process) start() error {
	if p.running() {
		return fmt.Errorf("starting %s: it is running", p.name)
	}
	output, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("opening the log of %s: %w", p.name, err)
	}
	defer output.Close() //nolint:errcheck // the child has its own copy, nothing is written through ours

	arguments := slices.Concat([]string{"-c", leash, "leash", p.remove}, p.command)
	shell := exec.Command("/bin/sh", arguments...) //nolint:noctx // it lives as long as the leash, beyond any one call
	shell.Stdout, shell.Stderr, shell.Env = output, output, p.environment
	// A group of its own keeps a Ctrl-C at the terminal from reaching etcd
	// before the API server.
	shell.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	end, err := shell.StdinPipe()
	if err != nil {
		return fmt.Errorf("making a leash for %s: %w", p.name, err)
	}
	if err := shell.Start(); err != nil {
		return fmt.Errorf("starting %s: %w", p.name, err)
	}

	p.shell, p.leash, p.done = shell, end, make(chan struct{})
	go func() {
		p.ended = shell.Wait()
		close(p.done)
	}()
	return nil
}

// running tells whether the program was started and has not ended.
func (p *process) running() bool {
	if p.done == nil {
		return false
	}
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// stop ends the program and returns when it is gone: politely at first, by force
// after the grace period. Stopping what never ran is nothing; what ended by
// itself is told, with the end of its log.
func (p *process) stop() error {
	if p.done == nil {
		return nil
	}
	if !p.running() {
		err := fmt.Errorf("%s ended by itself: %w", p.name, p.account())
		p.done = nil
		return err
	}
	p.signal("TERM")
	select {
	case <-p.done:
		p.done = nil
	case <-time.After(gracePeriod):
		p.kill()
	}
	return nil
}

// kill ends a running program at once and returns when it is gone.
func (p *process) kill() {
	p.signal("KILL")
	<-p.done
	p.done = nil
}

// signal passes a signal on. A program that ended meanwhile cannot get it, which
// is as well.
func (p *process) signal(name string) {
	_, _ = io.WriteString(p.leash, name+"\n")
}

// account tells how a program ended and what it said at last.
func (p *process) account() error {
	ended := p.ended
	if ended == nil {
		ended = errors.New("exit status 0")
	}
	text, err := os.ReadFile(p.log)
	if err != nil {
		return errors.Join(ended, fmt.Errorf("reading the log of %s: %w", p.name, err))
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	const last = 20
	return fmt.Errorf("%w; the end of its log:\n%s", ended, strings.Join(lines[max(0, len(lines)-last):], "\n"))
}
