package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/gandi-operator/gandi-operator/internal/controlplane"
)

// within is how long everything may take from the first program's start to the
// end of the tour. It takes a minute on two cores.
const within = 5 * time.Minute

// buildWithin is the compiler's own time, which is long where nothing of
// controller-runtime was ever compiled.
const buildWithin = 15 * time.Minute

type settings struct {
	exit   bool // end after the tour, and compare the transcript
	record bool // the same, but renew the transcript
}

// errInterrupted is a person or a program that asked for the end.
var errInterrupted = errors.New("interrupted")

func main() {
	s, err := parse(os.Args[1:], os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return
	case err != nil:
		os.Exit(2)
	}
	err = run(s)
	switch {
	case errors.Is(err, errInterrupted):
		os.Exit(130)
	case err != nil:
		fmt.Fprintf(os.Stderr, "\ndemo: %v\n", err)
		os.Exit(1)
	}
}

func parse(args []string, out io.Writer) (settings, error) {
	var s settings
	f := flag.NewFlagSet("demo", flag.ContinueOnError)
	f.SetOutput(out)
	f.BoolVar(&s.exit, "exit", false, "end after the tour, non-zero if anything was not as "+transcriptFile+" has it")
	f.BoolVar(&s.record, "record", false, "end after the tour, and write what was shown to "+transcriptFile+" and README.md")
	if err := f.Parse(args); err != nil {
		return s, err
	}
	if f.NArg() > 0 {
		err := fmt.Errorf("unexpected argument %q; everything is a flag", f.Arg(0))
		fmt.Fprintln(out, "demo:", err)
		return s, err
	}
	return s, nil
}

// run is the demo. What was started is gone when it returns.
func run(s settings) (err error) {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	watchSignals(ctx, cancel)
	go watchParent(ctx, cancel)

	root, err := controlplane.Root()
	if err != nil {
		return err
	}
	screen := newScreen(os.Stdout)
	st, err := newStage(root)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.close()) }()

	err = st.show(ctx, screen, s)
	switch {
	case errors.Is(err, errInterrupted):
		screen.sayf("\nStopping.")
	case err != nil:
		// What is wrong comes last, where it is seen.
		st.showLog(os.Stderr)
	}
	return err
}

// because is err with the reason for which ctx ended, if it did.
func because(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); err != nil && cause != nil && !errors.Is(err, cause) {
		return fmt.Errorf("%w: %w", cause, err)
	}
	return err
}

// watchSignals ends ctx at the first signal. The second one ends this process at
// once, and the leashes end the rest.
func watchSignals(ctx context.Context, cancel context.CancelCauseFunc) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		select {
		case <-signals:
			signal.Reset()
			cancel(errInterrupted)
		case <-ctx.Done():
		}
	}()
}

// watchParent ends ctx when the process that started this one is gone. make
// passes a SIGTERM on to `go run`, which dies of it and tells nobody.
func watchParent(ctx context.Context, cancel context.CancelCauseFunc) {
	parent := os.Getppid()
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if os.Getppid() != parent {
				cancel(errInterrupted)
				return
			}
		case <-ctx.Done():
			return
		}
	}
}
