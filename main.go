// Command gandi-operator makes Gandi's hosting platform match the GandiVM and
// GandiAccount objects of a Kubernetes cluster.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	stdlog "log"
	"log/slog"
	"os"
	"time"

	"github.com/go-logr/logr"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/log"
	ctrlmetrics "sigs.k8s.io/controller-runtime/pkg/metrics"
	"sigs.k8s.io/controller-runtime/pkg/metrics/filters"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/controllers"
	accounts "github.com/gandi-operator/gandi-operator/controllers/account"
	"github.com/gandi-operator/gandi-operator/internal/account"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
	"github.com/gandi-operator/gandi-operator/internal/metrics"
)

// version is set when a release is built.
var version = "devel"

const (
	leaseName     = "gandi-operator"
	leaseDuration = 15 * time.Second
	// stopWithin covers a call that is under way when the process is told to
	// stop, and the writing of its reply.
	stopWithin = 50 * time.Second
)

func main() {
	s, err := parse(os.Args[1:], os.Getenv, os.Stderr)
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "gandi-operator:", err)
		os.Exit(2)
	}
	if err := run(ctrl.SetupSignalHandler(), s); err != nil {
		log.Log.Error(err, "stopped")
		os.Exit(1)
	}
}

// run connects the rooms and stays until ctx ends.
func run(ctx context.Context, s settings) error {
	// net/http tells bytes beyond a reply's length to the standard logger.
	stdlog.SetOutput(gandi.LogWriter(os.Stderr))
	ctrl.SetLogger(logger(s))
	config, err := ctrl.GetConfig()
	if err != nil {
		return fmt.Errorf("finding the cluster: %w", err)
	}
	// The API server's own fairness bounds us better than a fixed rate.
	config.QPS = -1
	config.UserAgent = "gandi-operator/" + version
	scheme, err := newScheme()
	if err != nil {
		return err
	}
	namespace, err := ownNamespace(s)
	if err != nil {
		return err
	}
	direct, err := client.New(config, client.Options{Scheme: scheme})
	if err != nil {
		return fmt.Errorf("connecting to the cluster: %w", err)
	}
	installation, err := installationID(ctx, direct, s, namespace)
	if err != nil {
		return err
	}
	mgr, sender, err := newManager(config, scheme, s, namespace)
	if err != nil {
		return err
	}
	var lease engine.Lease
	if s.leaderElect {
		lease = &engine.LeaderLease{Reader: mgr.GetAPIReader(), Name: types.NamespacedName{Namespace: namespace, Name: leaseName}, Identity: sender, Length: leaseDuration}
	}
	return start(ctx, mgr, s, installation, sender, lease)
}

// start registers accounts and kinds, and runs the manager.
func start(ctx context.Context, mgr ctrl.Manager, s settings, installation, sender string, lease engine.Lease) error {
	collectors := metrics.New(ctrlmetrics.Registry)
	waker := &engine.Waker{}
	registry := account.NewRegistry(account.Options{
		Installation: installation,
		Wake:         waker.Wake,
		Metrics:      collectors,
		UserAgent:    "gandi-operator/" + version,
		Log:          log.Log.WithName("account"),
	})
	if err := mgr.Add(registry); err != nil {
		return fmt.Errorf("adding the accounts' conversations: %w", err)
	}
	if err := accounts.Setup(mgr, accounts.Options{
		Registry: registry, Installation: installation, Metrics: collectors, DefaultResync: s.resync,
		Woken: waker.Source("GandiAccount"), Kinds: controllers.Kinds(),
	}); err != nil {
		return err
	}
	if err := controllers.Setup(ctx, mgr, controllers.Options{
		Registry: registry, Waker: waker, Lease: lease, Metrics: collectors, Installation: installation, Sender: sender, Concurrency: s.concurrency,
	}); err != nil {
		return err
	}
	for name, add := range map[string]func(string, healthz.Checker) error{"healthz": mgr.AddHealthzCheck, "readyz": mgr.AddReadyzCheck} {
		if err := add(name, healthz.Ping); err != nil {
			return fmt.Errorf("adding %s: %w", name, err)
		}
	}
	log.Log.Info("starting", "version", version, "installation", installation)
	if err := mgr.Start(ctx); err != nil {
		return fmt.Errorf("running the manager: %w", err)
	}
	return nil
}

func newManager(config *rest.Config, scheme *runtime.Scheme, s settings, namespace string) (ctrl.Manager, string, error) {
	options := ctrl.Options{
		Scheme:                  scheme,
		HealthProbeBindAddress:  s.probeAddress,
		GracefulShutdownTimeout: new(stopWithin),
		Metrics:                 metricsserver.Options{BindAddress: s.metricsAddress, SecureServing: true, FilterProvider: filters.WithAuthenticationAndAuthorization},
		Cache: cache.Options{
			// Managed fields are of no use to us and as large as the objects.
			DefaultTransform: cache.TransformStripManagedFields(),
			ByObject:         map[client.Object]cache.ByObject{&v1alpha1.GandiVM{}: {Label: s.selector}},
		},
		Client: client.Options{Cache: &client.CacheOptions{DisableFor: uncached()}},
	}
	if len(s.watchNamespaces) > 0 {
		options.Cache.DefaultNamespaces = map[string]cache.Config{}
		for _, one := range s.watchNamespaces {
			options.Cache.DefaultNamespaces[one] = cache.Config{}
		}
	}
	sender, err := elect(&options, config, s, namespace)
	if err != nil {
		return nil, "", err
	}
	mgr, err := ctrl.NewManager(config, options)
	if err != nil {
		return nil, "", fmt.Errorf("making the manager: %w", err)
	}
	return mgr, sender, nil
}

func newScheme() (*runtime.Scheme, error) {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, v1alpha1.AddToScheme, apiextensionsv1.AddToScheme} {
		if err := add(scheme); err != nil {
			return nil, fmt.Errorf("making the scheme: %w", err)
		}
	}
	return scheme, nil
}

func logger(s settings) logr.Logger {
	options := &slog.HandlerOptions{Level: s.logLevel}
	if s.logFormat == "json" {
		return logr.FromSlogHandler(slog.NewJSONHandler(os.Stderr, options))
	}
	return logr.FromSlogHandler(slog.NewTextHandler(os.Stderr, options))
}
