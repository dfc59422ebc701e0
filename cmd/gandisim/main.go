package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
}

// run is the program: 0 after a stop by signal, 1 if it could not serve, 2 for a wrong
// command line.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	c, err := parse(args, stderr)
	switch {
	case errors.Is(err, errHelp):
		return 0
	case err != nil:
		_, _ = fmt.Fprintf(stderr, "gandisim: %v\n", err)
		return 2
	case c.listSwitches:
		_, _ = io.WriteString(stdout, switchTable())
		return 0
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := serve(ctx, c, stdout); err != nil {
		_, _ = fmt.Fprintf(stderr, "gandisim: %v\n", err)
		return 1
	}
	return 0
}

// serve serves until ctx ends, then gives calls in flight a moment.
func serve(ctx context.Context, c *config, stdout io.Writer) error {
	scheme := "http"
	var certificates *tls.Config
	if c.certFile != "" {
		pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
		if err != nil {
			return fmt.Errorf("reading the certificate: %w", err)
		}
		scheme = "https"
		certificates = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	}
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", c.listen)
	if err != nil {
		return fmt.Errorf("listening: %w", err)
	}
	server := &http.Server{
		Handler:           gandisim.New(&c.options),
		TLSConfig:         certificates,
		ReadHeaderTimeout: 30 * time.Second,
		// A call that waits in a scripted delay would hold up the stop.
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	served := make(chan error, 1)
	go func() {
		if certificates != nil {
			served <- server.ServeTLS(listener, "", "")
			return
		}
		served <- server.Serve(listener)
	}()
	if _, err := fmt.Fprintf(stdout, "gandisim: serving %s://%s/xmlrpc/\n", scheme, listener.Addr()); err != nil {
		return fmt.Errorf("telling that it serves: %w", err)
	}
	select {
	case err := <-served:
		return fmt.Errorf("serving: %w", err)
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second) //nolint:forbidigo // the stop outlives the signal that asks for it
	defer cancel()
	if err := server.Shutdown(last); err != nil {
		// What is still open now is a client that does not read.
		_ = server.Close()
	}
	return nil
}
