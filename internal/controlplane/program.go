package controlplane

import (
	"fmt"
	"os"
	"path/filepath"
)

// A Program is any program on a leash like those of the control plane: it ends
// with this process, however that ends. It runs once.
type Program struct {
	process process
	done    chan struct{}
}

// StartProgram starts a command line, of which the first entry is an absolute
// path. What the program prints is appended to the file log; its environment is
// ours and, over that, the given NAME=value.
func StartProgram(log string, environment []string, command ...string) (*Program, error) {
	if len(command) == 0 || !filepath.IsAbs(command[0]) {
		return nil, fmt.Errorf("starting %q: it begins with no absolute path", command)
	}
	p := &Program{process: process{
		name: filepath.Base(command[0]), command: command, log: log,
		environment: append(os.Environ(), environment...),
	}}
	if err := p.process.start(); err != nil {
		return nil, err
	}
	p.done = p.process.done
	return p, nil
}

// Done is closed when the program has ended.
func (p *Program) Done() <-chan struct{} { return p.done }

// Ended tells how the program ended, once Done is closed: nil for exit status 0.
func (p *Program) Ended() error { return p.process.ended }

// Kill ends the program as a machine does that loses its power, and returns when
// it is gone. One that has ended already stays so.
func (p *Program) Kill() {
	p.process.signal("KILL")
	<-p.done
}

// Stop ends the program politely, or by force after a grace period, and returns
// when it is gone.
func (p *Program) Stop() error { return p.process.stop() }
