// Package account is one account's conversation with Gandi, shared by all of
// its objects and kinds.
//
// The one idea: Gandi is asked once per account, not once per object. An
// account is (endpoint, handle), never a key; objects of two GandiAccounts with
// one handle share one Conversation, and a rotated key changes nothing but the
// client inside.
//
//		            Reserve ─► budget ─► slot ─► breaker ─► limiter ─► Submit
//		objects ──► Refresh ─► window of 100 ms ─► info | lists of ids | sweep ─► Inventory ─► Wake
//		            Tracker ─► one list of unfinished operations a tick ─────────────────────► Wake
//
//	  - limiter: a token bucket per endpoint, fair between accounts and objects,
//	    mutations before a person's requests before sweeps.
//	  - breaker: in an outage one probe per step of a growing delay, instead of
//	    one failing call per object.
//	  - inventory: what Gandi told last, each record with the sequence number at
//	    which its reading began, so that nothing is planned on old news. Lists
//	    of VLANs, SSH keys and sites are read only once somebody needs them.
//	    Of a site they tell too little: info of a few more follows each sweep.
//	  - budget: how many paid calls may leave within an hour; those that cost
//	    hosting credits wait for credits.
//	  - exclusive names: creates of what carries no mark, one at a time.
//
// Nothing here survives the process: it is a cache and a set of brakes. The
// package must not know any kind's rules, nor Kubernetes beyond the name of an
// account.
package account
