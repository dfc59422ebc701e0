package account

import "github.com/gandi-operator/gandi-operator/internal/gandi"

// price is what a call is paid with.
type price int

const (
	// free calls count nowhere.
	free price = iota
	// counted: calls that count on createBudget. Sites are paid for in money, and
	// VLANs are not paid for.
	counted
	// credits: calls that count likewise, and need hosting credits.
	credits
)

// priceOf goes by the call's Repeat, which means that a second sending makes a
// second thing and not that each thing costs: keys are kept for nothing. Of a
// call that it does not know it expects the worst.
func priceOf(call gandi.Call) price {
	if call.Repeat() != gandi.Paid {
		return free
	}
	switch call.(type) {
	case gandi.SSHKeyCreate:
		return free
	case gandi.VLANCreate, gandi.SiteCreate, gandi.SiteCreateDryRun:
		return counted
	default:
		return credits
	}
}

// onlyAsked tells whether a dry run was answered as the question that it is. It
// is reserved like a purchase, for one whose flag is ignored buys.
func onlyAsked(call gandi.Call, ops []gandi.Operation) bool {
	if _, asks := call.(gandi.SiteCreateDryRun); !asks {
		return false
	}
	outcome, _ := gandi.DryRunOf(ops)
	return outcome == gandi.DryRunClean || outcome == gandi.DryRunProblems
}
