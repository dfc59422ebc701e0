// Package account reconciles GandiAccounts: it reads the one Secret and the CA
// bundle, finds out whose key it is, binds the account to its conversation with
// Gandi, and tells in status how that goes.
//
// The one idea: troubles of an account are told once, on the account, and not
// on each of its objects. The first handle seen is pinned; a key of another
// handle stalls the account, since nothing that such a key does not see is
// absent.
//
//	         Secret, ConfigMap (watched by name) ─┐
//	GandiAccount ── Reconcile ── whose key? ── Bind ──► internal/account ◄── engine
//	                    ▲                                     │
//	                    └──── breaker, sweeps, releases ◄─────┘
//
// An account that objects refer to holds its Secret by a finalizer and is held
// by its own, so that a namespace deletes in the order objects, account, Secret.
//
// The package must not know what the objects are, beyond that they name an
// account.
package account
