// Package controllers registers the kinds with a manager: what is watched, with
// what rights, and how objects wait for their turn. Reconcile logic is in
// internal/engine and in the kinds' own packages.
package controllers

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/controllers/disk"
	"github.com/gandi-operator/gandi-operator/controllers/iface"
	"github.com/gandi-operator/gandi-operator/controllers/site"
	"github.com/gandi-operator/gandi-operator/controllers/sshkey"
	"github.com/gandi-operator/gandi-operator/controllers/vlan"
	"github.com/gandi-operator/gandi-operator/controllers/vm"
	"github.com/gandi-operator/gandi-operator/internal/account"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/metrics"
)

// +kubebuilder:rbac:groups=hosting.gandi.net,resources=gandivms;gandidisks;gandiinterfaces;gandivlans;gandisshkeys;gandisites,verbs=get;list;watch;patch
// +kubebuilder:rbac:groups=hosting.gandi.net,resources=gandivms/status;gandidisks/status;gandiinterfaces/status;gandivlans/status;gandisshkeys/status;gandisites/status,verbs=get;patch
// +kubebuilder:rbac:groups=hosting.gandi.net,resources=gandivms/finalizers;gandidisks/finalizers;gandiinterfaces/finalizers;gandivlans/finalizers;gandisshkeys/finalizers;gandisites/finalizers,verbs=update
// +kubebuilder:rbac:groups="",resources=secrets,verbs=get
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch
// +kubebuilder:rbac:groups=externaldns.k8s.io,resources=dnsendpoints,verbs=get;create;patch
// +kubebuilder:rbac:groups=apiextensions.k8s.io,resources=customresourcedefinitions,verbs=get

// Options are what all kinds share.
type Options struct {
	Registry     *account.Registry
	Waker        *engine.Waker
	Lease        engine.Lease
	Metrics      *metrics.Metrics
	Installation string
	Sender       string
	Concurrency  int
}

// Setup registers all managed kinds.
func Setup(ctx context.Context, mgr ctrl.Manager, o Options) error {
	if err := index(ctx, mgr); err != nil {
		return err
	}
	return errors.Join(
		register(mgr, o, vm.Kind{}, &v1alpha1.GandiDisk{}, &v1alpha1.GandiInterface{}, &v1alpha1.GandiSSHKey{}, &v1alpha1.GandiVM{}),
		register(mgr, o, disk.Kind{}, &v1alpha1.GandiDisk{}, &v1alpha1.GandiVM{}),
		register(mgr, o, iface.Kind{}, &v1alpha1.GandiVLAN{}, &v1alpha1.GandiVM{}),
		register(mgr, o, vlan.Kind{}),
		register(mgr, o, sshkey.Kind{}),
		register(mgr, o, site.Kind{}),
	)
}

// register registers one kind. Its objects are looked at again when one of
// others changes that concerns them.
func register[O engine.Object, S any](mgr ctrl.Manager, o Options, kind engine.Kind[O, S], others ...client.Object) error {
	c, name := mgr.GetClient(), kind.Name()
	r := &engine.Reconciler[O, S]{
		Kind: kind, Client: c, Live: mgr.GetAPIReader(), Accounts: o.Registry,
		Events: mgr.GetEventRecorder("gandi-operator"), Lease: o.Lease, Installation: o.Installation, Sender: o.Sender, Metrics: o.Metrics,
	}
	b := ctrl.NewControllerManagedBy(mgr).
		Named(strings.ToLower(name)).
		For(kind.New(), builder.WithPredicates(byPeople)).
		Watches(&v1alpha1.GandiAccount{}, handler.EnqueueRequestsFromMapFunc(ofAccount(c, name)), builder.WithPredicates(readiness)).
		WatchesRawSource(o.Waker.Source(name)).
		WithOptions(queueing(o.Concurrency))
	for _, other := range others {
		b = b.Watches(other, handler.EnqueueRequestsFromMapFunc(concerned(c, name)))
	}
	if err := b.Complete(r); err != nil {
		return fmt.Errorf("registering %s: %w", name, err)
	}
	return nil
}

// queueing bounds how long an object that meets errors waits: a network error
// is never terminal, so the longest wait is a minute.
//
//	errors in a row   1      2     3   4   5   6    7    8 …
//	wait              500ms  1s    2s  4s  8s  16s  32s  1m
func queueing(concurrency int) controller.Options {
	return controller.Options{
		MaxConcurrentReconciles: concurrency,
		RateLimiter:             workqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](500*time.Millisecond, time.Minute),
	}
}

// Kinds are the managed kinds: those whose objects refer to a GandiAccount.
func Kinds() []schema.GroupVersionKind {
	var kinds []schema.GroupVersionKind
	for _, obj := range managed() {
		kinds = append(kinds, v1alpha1.GroupVersion.WithKind(kindOf(obj)))
	}
	return kinds
}

func managed() []engine.Object {
	return []engine.Object{&v1alpha1.GandiVM{}, &v1alpha1.GandiDisk{}, &v1alpha1.GandiInterface{}, &v1alpha1.GandiVLAN{}, &v1alpha1.GandiSSHKey{}, &v1alpha1.GandiSite{}}
}
