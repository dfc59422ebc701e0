package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/uuid"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/gandi-operator/gandi-operator/internal/token"
)

// +kubebuilder:rbac:groups=coordination.k8s.io,resources=leases,verbs=get;create;update,namespace=gandi-operator-system
// +kubebuilder:rbac:groups="",resources=configmaps,verbs=get;create,namespace=gandi-operator-system

const (
	installationMap = "gandi-operator-installation"
	installationKey = "id"
	namespaceFile   = "/var/run/secrets/kubernetes.io/serviceaccount/namespace"
)

// uncached are the kinds that are always read live.
func uncached() []client.Object {
	return []client.Object{&corev1.Secret{}, &corev1.ConfigMap{}}
}

// ownNamespace is where the lease and the installation id are kept.
func ownNamespace(s settings) (string, error) {
	if s.namespace != "" {
		return s.namespace, nil
	}
	raw, err := os.ReadFile(namespaceFile)
	if err != nil {
		return "", errors.New("--namespace is needed outside of a cluster: the namespace of the lease and of the installation id")
	}
	return strings.TrimSpace(string(raw)), nil
}

// installationID is the mark of this installation: from the flag, or from the
// ConfigMap, which the first start makes. It has to stay the same for ever: by
// it the operator finds what it bought.
func installationID(ctx context.Context, c client.Client, s settings, namespace string) (string, error) {
	if s.installation != "" {
		return s.installation, nil
	}
	name := types.NamespacedName{Namespace: namespace, Name: installationMap}
	made := &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Namespace: name.Namespace, Name: name.Name},
		Data:       map[string]string{installationKey: token.NewInstallation()},
	}
	if err := c.Create(ctx, made); err != nil && !apierrors.IsAlreadyExists(err) {
		return "", fmt.Errorf("keeping the installation id in ConfigMap %s: %w", name, err)
	}
	var kept corev1.ConfigMap
	if err := c.Get(ctx, name, &kept); err != nil {
		return "", fmt.Errorf("reading the installation id from ConfigMap %s: %w", name, err)
	}
	id := kept.Data[installationKey]
	if len(id) != 4 || strings.Trim(id, "0123456789abcdefghijklmnopqrstuvwxyz") != "" {
		return "", fmt.Errorf("ConfigMap %s holds no installation id under %q; restore it: without it the operator does not know what it bought", name, installationKey)
	}
	return id, nil
}

// elect sets leader election up. The identity is ours to know, because every
// paid call checks that the lease is still held by it.
func elect(options *ctrl.Options, config *rest.Config, s settings, namespace string) (string, error) {
	host, err := os.Hostname()
	if err != nil {
		return "", fmt.Errorf("naming this process: %w", err)
	}
	sender := fmt.Sprintf("%s_%s", host, uuid.NewUUID())
	if !s.leaderElect {
		return sender, nil
	}
	clients, err := kubernetes.NewForConfig(config)
	if err != nil {
		return "", fmt.Errorf("connecting for the lease: %w", err)
	}
	lock, err := resourcelock.New(resourcelock.LeasesResourceLock, namespace, leaseName, clients.CoreV1(), clients.CoordinationV1(), resourcelock.ResourceLockConfig{Identity: sender})
	if err != nil {
		return "", fmt.Errorf("making the lease: %w", err)
	}
	options.LeaderElection = true
	options.LeaderElectionID = leaseName
	options.LeaderElectionNamespace = namespace
	options.LeaderElectionResourceLockInterface = lock
	options.LeaseDuration = new(leaseDuration)
	// A stop waits for calls under way; only then is the lease given away.
	options.LeaderElectionReleaseOnCancel = true
	return sender, nil
}
