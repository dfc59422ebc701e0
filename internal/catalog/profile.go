package catalog

import (
	"context"
	"fmt"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// NoProfile is the word that takes a snapshot profile away.
const NoProfile = "none"

// FindProfile finds a snapshot profile by name or number; NoProfile is 0.
func FindProfile(ctx context.Context, offer engine.Catalog, wanted string) (gandi.SnapshotProfileID, error) {
	if SameFold(wanted, NoProfile) {
		return 0, nil
	}
	all, err := offer.SnapshotProfiles(ctx)
	if err != nil {
		return 0, fmt.Errorf("listing snapshot profiles: %w", err)
	}
	var names []string
	for _, p := range all {
		if SameFold(p.Name, wanted) || SameFold(fmt.Sprint(p.ID), wanted) {
			return p.ID, nil
		}
		names = append(names, fmt.Sprintf("%s (%d)", p.Name, p.ID))
	}
	offer.RefreshCatalog()
	return 0, &engine.Missing{Reason: v1alpha1.ReasonSnapshotProfileNotFound,
		Message: fmt.Sprintf("no snapshot profile is %q; there are: %s, or %s", wanted, listed(names), NoProfile)}
}

// ProfileName is the name to show for a profile; "" for none.
func ProfileName(ctx context.Context, offer engine.Catalog, id gandi.SnapshotProfileID) (string, error) {
	if id == 0 {
		return "", nil
	}
	all, err := offer.SnapshotProfiles(ctx)
	if err != nil {
		return "", fmt.Errorf("listing snapshot profiles: %w", err)
	}
	for _, p := range all {
		if p.ID == id {
			return p.Name, nil
		}
	}
	return fmt.Sprint(id), nil
}
