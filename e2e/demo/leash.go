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
// The shell then kills the program and removes our directory.
//
// The reader of the pipe ignores SIGTERM once the pipe has ended, because the
// shell ends it as soon as the program is gone and it has yet to clean up.
const leash = `
remove=$1; shift
exec 3<&0
"$@" </dev/null 3<&- &
program=$!
{
	while read -r _ <&3; do kill -s TERM "$program"; done
	trap '' TERM
	kill -s KILL "$program"
	while kill -s 0 "$program"; do sleep 0.1; done
	rm -rf "$remove"
} 2>/dev/null &
reader=$!
exec 3<&-
wait "$program"; status=$?
kill -s TERM "$reader" 2>/dev/null
exit "$status"
`

// gracePeriod is how long a program may take to end after SIGTERM.
const gracePeriod = 15 * time.Second

// held is a program on its leash.
type held struct {
	end   io.WriteCloser
	done  chan struct{} // closed when the program has ended
	ended error         // how; to be read after done
}

// hold starts a program that dies with this process, and with it the directory
// remove. The program has a process group of its own, which keeps a Ctrl-C at
// the terminal from reaching it before we decide in which order things end.
func hold(remove string, command *exec.Cmd) (*held, error) {
	command.Args = slices.Concat([]string{"/bin/sh", "-c", leash, "leash", remove, command.Path}, command.Args[1:])
	command.Path = "/bin/sh"
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	end, err := command.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("making a leash: %w", err)
	}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", command.Path, err)
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
