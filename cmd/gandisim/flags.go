package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/gandi-operator/gandi-operator/internal/gandi/gandisim"
)

// errHelp means that the usage was asked for and printed.
var errHelp = errors.New("help")

type config struct {
	listen            string
	certFile, keyFile string
	listSwitches      bool
	options           gandisim.Options
}

// parse reads the command line. Every refusal is one sentence, without the API key.
func parse(args []string, usage io.Writer) (*config, error) {
	c := &config{options: gandisim.Options{Switches: map[string]string{}}}
	fs := flag.NewFlagSet("gandisim", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.StringVar(&c.listen, "listen", "127.0.0.1:8069", "`address` to serve on; port 0 takes a free one")
	fs.StringVar(&c.options.APIKey, "api-key", "", "API `key` of "+gandisim.DefaultHandle+", 24 letters and digits (default "+gandisim.DefaultAPIKey+"; "+
		gandisim.OtherAPIKey+" is "+gandisim.OtherHandle+"'s)")
	fs.Int64Var(&c.options.Seed, "seed", 1, "`number` that ids, addresses and series come from")
	fs.Float64Var(&c.options.TimeScale, "time-scale", 1, "how many `times` faster than at Gandi operations are")
	fs.StringVar(&c.options.RateLimit, "rate-limit", "", "calls per window, as `30/2s` (default no limit)")
	fs.StringVar(&c.options.Account, "account", "credits", "`kind` of the account: credits, shares or none")
	fs.StringVar(&c.certFile, "tls-cert", "", "`file` with the certificate, to serve https")
	fs.StringVar(&c.keyFile, "tls-key", "", "`file` with the certificate's key")
	fs.Func("switch", "`name=value` of one thing that is unknown about Gandi; may be repeated", func(s string) error {
		name, value, ok := strings.Cut(s, "=")
		if !ok {
			return errors.New("it must be name=value")
		}
		c.options.Switches[name] = value
		return nil
	})
	fs.BoolVar(&c.listSwitches, "list-switches", false, "print the table of switches and stop")
	switch err := fs.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		fs.SetOutput(usage)
		_, _ = io.WriteString(usage, "gandisim serves a simulated Gandi hosting API.\n\n")
		fs.PrintDefaults()
		return nil, errHelp
	case err != nil:
		return nil, err
	}
	return c, c.check(fs.Args())
}

func (c *config) check(rest []string) error {
	if len(rest) > 0 {
		return fmt.Errorf("%q is no flag; every flag begins with --", rest[0])
	}
	if _, _, err := net.SplitHostPort(c.listen); err != nil {
		return fmt.Errorf("--listen %q must be host:port, as 127.0.0.1:8069", c.listen)
	}
	if c.options.TimeScale <= 0 {
		return fmt.Errorf("--time-scale %v must be above 0", c.options.TimeScale)
	}
	if (c.certFile == "") != (c.keyFile == "") {
		return errors.New("--tls-cert and --tls-key go together")
	}
	return c.options.Validate()
}

// switchTable is the table of switches for people: the default is marked by a star.
func switchTable() string {
	var b strings.Builder
	for _, s := range gandisim.Switches() {
		var positions []string
		for _, p := range s.Positions {
			if p == s.Default {
				p += "*"
			}
			positions = append(positions, p)
		}
		fmt.Fprintf(&b, "%s = %s\n    %s\n", s.Name, strings.Join(positions, " | "), s.Doc)
	}
	return b.String()
}
