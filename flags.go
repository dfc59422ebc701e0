package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/labels"
)

// settings are what the flags say.
type settings struct {
	metricsAddress  string
	probeAddress    string
	leaderElect     bool
	namespace       string
	watchNamespaces []string
	selector        labels.Selector
	concurrency     int
	logLevel        slog.Level
	logFormat       string
	resync          time.Duration
	installation    string
}

// envPrefix begins the environment variable behind each flag: --log-level is
// GANDI_OPERATOR_LOG_LEVEL. A flag on the command line wins.
const envPrefix = "GANDI_OPERATOR_"

// parse reads flags, and for those that are not given, the environment.
func parse(args []string, getenv func(string) string, out io.Writer) (settings, error) {
	var s settings
	var namespaces, selector, level string
	f := flag.NewFlagSet("gandi-operator", flag.ContinueOnError)
	f.SetOutput(out)
	f.StringVar(&s.metricsAddress, "metrics-bind-address", ":8443", "address of the metrics, served over TLS to those who may read them; 0 turns them off")
	f.StringVar(&s.probeAddress, "health-probe-bind-address", ":8081", "address of /healthz and /readyz; 0 turns them off")
	f.BoolVar(&s.leaderElect, "leader-elect", true, "act only while holding the lease; needed with more than one replica")
	f.StringVar(&s.namespace, "namespace", getenv("POD_NAMESPACE"), "namespace of the lease and of the ConfigMap with the installation id (environment also: POD_NAMESPACE)")
	f.StringVar(&namespaces, "watch-namespaces", "", "namespaces to watch, separated by commas; empty means all")
	f.StringVar(&selector, "selector", "", "label selector of the objects to manage; empty means all")
	f.IntVar(&s.concurrency, "concurrency", 10, "objects of a kind that are reconciled at the same time, 1 to 100")
	f.StringVar(&level, "log-level", "info", "debug, info, warn or error")
	f.StringVar(&s.logFormat, "log-format", "text", "text or json")
	f.DurationVar(&s.resync, "default-resync", 10*time.Minute, "resyncInterval of accounts that say none, 10s to 24h")
	f.StringVar(&s.installation, "installation-id", "", "four characters of [0-9a-z] that mark what this installation buys; empty means the one in the ConfigMap, made at first start")
	if err := f.Parse(args); err != nil {
		return s, err
	}
	if f.NArg() > 0 {
		return s, fmt.Errorf("unexpected argument %q; everything is a flag", f.Arg(0))
	}
	given := map[string]bool{}
	f.Visit(func(one *flag.Flag) { given[one.Name] = true })
	var all []error
	f.VisitAll(func(one *flag.Flag) {
		name := envPrefix + strings.ToUpper(strings.ReplaceAll(one.Name, "-", "_"))
		if value := getenv(name); value != "" && !given[one.Name] {
			if err := f.Set(one.Name, value); err != nil {
				all = append(all, fmt.Errorf("environment variable %s: %w", name, err))
			}
		}
	})
	for one := range strings.SplitSeq(namespaces, ",") {
		if one = strings.TrimSpace(one); one != "" {
			s.watchNamespaces = append(s.watchNamespaces, one)
		}
	}
	var err error
	if s.selector, err = labels.Parse(selector); err != nil {
		all = append(all, fmt.Errorf("--selector: %w", err))
	}
	if err := s.logLevel.UnmarshalText([]byte(level)); err != nil {
		all = append(all, fmt.Errorf("--log-level: %q is none of debug, info, warn and error", level)) //nolint:revive // error is a level here
	}
	return s, errors.Join(append(all, s.check())...)
}

func (s settings) check() error {
	var all []error
	if s.logFormat != "text" && s.logFormat != "json" {
		all = append(all, fmt.Errorf("--log-format: write text or json, not %q", s.logFormat))
	}
	if s.concurrency < 1 || s.concurrency > 100 {
		all = append(all, fmt.Errorf("--concurrency: write a number between 1 and 100, not %d", s.concurrency))
	}
	if s.resync < 10*time.Second || s.resync > 24*time.Hour {
		all = append(all, fmt.Errorf("--default-resync: write a duration between 10s and 24h, not %s", s.resync))
	}
	if s.installation != "" && (len(s.installation) != 4 || strings.Trim(s.installation, "0123456789abcdefghijklmnopqrstuvwxyz") != "") {
		all = append(all, fmt.Errorf("--installation-id: write four characters of 0-9 and a-z, not %q", s.installation))
	}
	return errors.Join(all...)
}
