// Command kube-gc runs three of Kubernetes' own controllers and nothing else: the
// garbage collector, which deletes objects whose owners are gone, the namespace
// controller, which empties a deleted namespace, and the aggregation of cluster
// roles, without which the roles view, edit and admin grant nothing.
//
// Without them an API server accepts an ownerReference, a namespace's deletion or
// a role that shall be part of another, and nothing ever comes of it. Tests and
// the demo need these, and none of the forty other controllers of
// kube-controller-manager, which would cost thirty times as much to build and
// twice as much to run.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/metadata/metadatainformer"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/controller-manager/pkg/informerfactory"
	"k8s.io/kubernetes/pkg/controller/clusterroleaggregation"
	"k8s.io/kubernetes/pkg/controller/garbagecollector"
	"k8s.io/kubernetes/pkg/controller/namespace"
)

const (
	workers = 4

	// resync is how often the list of resources is read again. The real
	// controller manager takes 30 s; here a test that installs a CRD and
	// deletes an owner a moment later should not wait for half a minute.
	resync = time.Second

	// patience is how long the API server may take to become ready.
	patience = 2 * time.Minute
)

func main() {
	kubeconfig := flag.String("kubeconfig", "", "path of the kubeconfig of a cluster administrator")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()

	if err := run(ctx, *kubeconfig); err != nil {
		fmt.Fprintln(os.Stderr, "kube-gc:", err)
		os.Exit(1)
	}
}

// run serves until ctx is done. An API server that goes away meanwhile is
// waited for: informers and queues of both controllers retry by themselves.
func run(ctx context.Context, kubeconfig string) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return fmt.Errorf("reading kubeconfig %q: %w", kubeconfig, err)
	}
	// One client a laptop's API server has for itself needs no throttle, and
	// emptying a namespace asks for every kind of resource in turn.
	config.QPS = -1

	if err := waitReady(ctx, config); err != nil {
		return err
	}

	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return fmt.Errorf("building a client: %w", err)
	}
	objects, err := metadata.NewForConfig(config)
	if err != nil {
		return fmt.Errorf("building a metadata client: %w", err)
	}
	// The collector compares what this client says with what its mapper
	// holds, so the two must not share a cache.
	discovered, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return fmt.Errorf("building a discovery client: %w", err)
	}

	shared := informers.NewSharedInformerFactory(client, 0)
	metadataOnly := metadatainformer.NewSharedInformerFactory(objects, 0)
	started := make(chan struct{})

	mapper := restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(discovered))
	collector, err := garbagecollector.NewGarbageCollector(ctx, client, objects, mapper,
		garbagecollector.DefaultIgnoredResources(),
		informerfactory.NewInformerFactory(shared, metadataOnly), started)
	if err != nil {
		return fmt.Errorf("building the garbage collector: %w", err)
	}
	namespaces := namespace.NewNamespaceController(ctx, client, objects,
		discovered.ServerPreferredNamespacedResources,
		shared.Core().V1().Namespaces(), 5*time.Minute, corev1.FinalizerKubernetes)
	roles := clusterroleaggregation.NewClusterRoleAggregation(shared.Rbac().V1().ClusterRoles(), client.RbacV1())

	shared.Start(ctx.Done())
	metadataOnly.Start(ctx.Done())
	close(started)

	var running errgroup.Group
	running.Go(func() error { collector.Run(ctx, workers, 30*time.Second); return nil })
	running.Go(func() error { collector.Sync(ctx, discovered, resync); return nil })
	running.Go(func() error { namespaces.Run(ctx, workers); return nil })
	running.Go(func() error { roles.Run(ctx, workers); return nil })
	return running.Wait()
}

// waitReady returns when the API server answers that it is ready.
func waitReady(ctx context.Context, config *rest.Config) error {
	client, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return fmt.Errorf("building a discovery client: %w", err)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, patience, errors.New("the API server did not become ready in time"))
	defer cancel()

	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		if _, err = client.RESTClient().Get().AbsPath("/readyz").DoRaw(ctx); err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("waiting for the API server: %w (last answer: %w)", context.Cause(ctx), err)
		}
	}
}
