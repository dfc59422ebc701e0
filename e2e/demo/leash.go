package main

import (
	"fmt"
	"io"
	"os/exec"
	"slices"
	"syscall"
	"time"
)

// leash is the shell that holds a program, as in package controlplane: a line in
// the pipe asks the program to end, the pipe's end means that we are no more.
// The shell then kills the program.
const leash = `
exec 3<&0
"$@" </dev/null 3<&- &
program=$!
{
	while read -r _ <&3; do kill -s TERM "$program"; done
	kill -s KILL "$program"
} 2>/dev/null &
reader=$!
exec 3<&-
wait "$program" 2>/dev/null; status=$?
kill -s TERM "$reader" 2>/dev/null
exit "$status"
`

// broom removes a directory when the pipe ends. What is killed at the same time
// may still be writing there.
const broom = `
cat >/dev/null
until rm -rf "$1" 2>/dev/null; do sleep 0.1; done
`

// gracePeriod is how long a program may take to end after SIGTERM.
const gracePeriod = 15 * time.Second

// held is a program on its leash.
type held struct {
	end   io.WriteCloser
	done  chan struct{} // closed when the program has ended
	ended error         // how; to be read after done
}

// hold starts a program that dies with this process. It has a process group of
// its own, which keeps a Ctrl-C at the terminal from reaching it before we
// decide in which order things end.
func hold(command *exec.Cmd) (*held, error) {
	name := command.Path
	command.Args = slices.Concat([]string{"/bin/sh", "-c", leash, "leash", name}, command.Args[1:])
	command.Path = "/bin/sh"
	return tie(name, command)
}

// sweep removes a directory when this process is gone, or when stop is called.
func sweep(dir string) (stop func() error, err error) {
	h, err := tie("a broom for "+dir, exec.Command("/bin/sh", "-c", broom, "broom", dir)) //nolint:noctx // it outlives us
	if err != nil {
		return nil, err
	}
	return func() error {
		_ = h.end.Close()
		<-h.done
		return h.ended
	}, nil
}

// tie starts a shell with a pipe to it, whose other end we alone have.
func tie(name string, command *exec.Cmd) (*held, error) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	end, err := command.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("making a leash: %w", err)
	}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", name, err)
	}
	h := &held{end: end, done: make(chan struct{})}
	go func() {
		h.ended = command.Wait()
		close(h.done)
	}()
	return h, nil
}

// stop ends the program, if it has not ended yet, and returns when it is gone:
// politely at first, by force after the grace period.
func (h *held) stop() {
	// A program that ended meanwhile cannot be asked, which is as well.
	_, _ = io.WriteString(h.end, "\n")
	select {
	case <-h.done:
	case <-time.After(gracePeriod):
		_ = h.end.Close()
		<-h.done
	}
}
