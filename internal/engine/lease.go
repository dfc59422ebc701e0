package engine

import (
	"context"
	"fmt"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Lease tells until when this process is sure to be the only one that acts.
type Lease interface {
	// Until is the end of the lease. It is read live; an error, or a lease of
	// somebody else, means that nothing may be sent.
	Until(ctx context.Context) (time.Time, error)
	// Duration of a lease: the longest time for which a former leader may still
	// believe to be the leader.
	Duration() time.Duration
}

// LeaderLease reads the Lease of the leader election.
type LeaderLease struct {
	Reader   client.Reader
	Name     types.NamespacedName
	Identity string
	Length   time.Duration
}

// Until is the end of the lease that this process holds.
func (l *LeaderLease) Until(ctx context.Context) (time.Time, error) {
	var lease coordinationv1.Lease
	if err := l.Reader.Get(ctx, l.Name, &lease); err != nil {
		return time.Time{}, fmt.Errorf("reading lease %s: %w", l.Name, err)
	}
	if lease.Spec.HolderIdentity == nil || *lease.Spec.HolderIdentity != l.Identity || lease.Spec.RenewTime == nil {
		return time.Time{}, fmt.Errorf("lease %s is not held by this process", l.Name)
	}
	// The holder wrote the time itself, so this compares one clock with itself.
	return lease.Spec.RenewTime.Add(l.Length), nil
}

// Duration of the lease.
func (l *LeaderLease) Duration() time.Duration { return l.Length }
