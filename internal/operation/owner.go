package operation

import (
	"context"

	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// Owner is the object that waits for something. It is told by name and not by
// UID, since what is woken is a work queue of names.
type Owner struct {
	Kind      string // Kubernetes kind, such as "GandiVM"; "GandiAccount" for accounts
	Namespace string
	Name      string
}

// String is kind/namespace/name, for logs.
func (o Owner) String() string { return o.Kind + "/" + o.Namespace + "/" + o.Name }

// Lister reads operations. *gandi.Client is one; a limited one may refuse for a
// while, which counts as a list that went wrong.
type Lister interface {
	// Unfinished returns every operation that has not ended. It may return
	// finished ones too, where Gandi ignores the filter.
	Unfinished(ctx context.Context) ([]gandi.Operation, error)
	// Operations returns the operations that fit f, and may leave out some.
	Operations(ctx context.Context, f gandi.OperationFilter) ([]gandi.Operation, error)
	// Operation returns one operation; gandi.ClassOf of its error is
	// gandi.NotFound only when Gandi says that there is none of this id.
	Operation(ctx context.Context, id gandi.OperationID) (gandi.Operation, error)
}
