package account

import (
	"errors"
	"time"

	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// Reasons of NotNow and of Trouble. They are the values of the constants of the
// same names in api/v1alpha1, which this package must not import; a test of
// controllers/account keeps them equal.
const (
	ReasonBudgetExhausted  = "BudgetExhausted"
	ReasonThrottled        = "Throttled"
	ReasonGandiUnavailable = "GandiUnavailable"
	ReasonAccountDenied    = "AccountDenied"
	ReasonAccountMismatch  = "AccountMismatch"
	ReasonNoCredits        = "NoCredits"
	ReasonConnecting       = "Connecting"
)

// NotNow says that the account does not let a request out at present. Nothing
// was sent. It is no failure of the request.
type NotNow struct {
	Reason  string
	Message string
	// RetryAfter is when asking again makes sense, unless a Wake comes first.
	RetryAfter time.Duration
}

func (n *NotNow) Error() string { return n.Message }

// hostingAccount is Gandi's number for the object OBJECT_HOSTING_ACCOUNT, seen in
// fault 530040: no hosting account found for a handle that never bought credits.
const hostingAccount = 300

// Denied is the reason of a Denied answer: the account without hosting has one
// of its own, since what helps is money and not another key.
func Denied(err error) (reason, message string) {
	if f, ok := errors.AsType[*gandi.Fault](err); ok && f.Object() == hostingAccount {
		return ReasonNoCredits, err.Error()
	}
	return ReasonAccountDenied, err.Error()
}
