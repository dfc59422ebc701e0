// Package gandisim is Gandi in a box: the hosting platform of Gandi's XML-RPC API as
// one World, behind the real wire format. Tests use it as a library, people and other
// programs through cmd/gandisim.
//
// The one idea: nothing here answers something merely plausible. A request that Gandi
// would refuse is refused, in Gandi's order and words; an operation takes the time it
// takes there; and where nobody outside Gandi knows what happens, there is a Switch
// with each possibility as a position.
//
// The package must not know the client (internal/gandi): a mirror proves nothing. It
// has its own reading and writing of the wire and imports nothing of this module. It
// has no goroutine and never sleeps; the World ages by time.Now when it is asked
// something, so testing/synctest moves it.
//
// # Doors
//
// A World is an http.Handler, and has a Transport for clients in the same process.
//
//	POST   /xmlrpc/        the API; also /xmlrpc
//	GET    /sim/state      the world: vms, disks, ifaces, ips, sites, operations, ... (State)
//	GET    /sim/journal    every call, a JSON document per line; ?after=SEQ (Journal)
//	GET    /sim/switches   the table of switches and their positions (Switches)
//	POST   /sim/trouble    plan a trouble (Script)
//	DELETE /sim/trouble    end all troubles (ClearTroubles)
//	POST   /sim/change     an edit as if by the web panel (Change)
//	GET    /sim/dns        records and hosted zones
//	POST   /sim/dns        {"host": HOST, "txt": [...], "cname": HOST} or {"zone": DOMAIN} (SetTXT, SetCNAME, SetZone)
//	POST   /sim/key        {"add": KEY, "handle": HANDLE} or {"revoke": KEY} (AddKey, RevokeKey)
//	POST   /sim/reset      back to the seed: objects, keys, names, journal, troubles (Reset)
//
// A POST below /sim/ answers {"ok": true}, or a status of 400 with {"ok": false,
// "message": ...}.
//
// # The wire
//
// Requests may be at most 4 MiB, nested 32 deep, with 100,000 values. Faults have
// status 200. What is no call gets fault -32700 (not well-formed XML), -32701 (its
// encoding is unknown) or -32600 (well-formed, but no call); whether Gandi does so is
// not known. An unknown method gets fault 1, before its key is looked at. Number and
// types of the arguments are checked next, then the key's form (501237), then the key
// (510150), and what is left is the method's.
//
// # Rate limit
//
// Options.RateLimit allows so many calls in any window of that length, per client
// address or key. A refused call does not count and is in the journal. The window is
// not scaled by TimeScale.
//
// # Troubles
//
// A trouble in JSON, as POST /sim/trouble takes it; all fields but one consequence are
// optional:
//
//	field        meaning
//	method       "hosting.vm.create_from", a prefix "hosting.vm.*", or "*" (default)
//	nth          the nth call of method from now on, from 1 (with count: and the next ones)
//	every        each call whose number divides by it
//	probability  each call with this chance, by the world's seed
//	count        how often in all; default once with nth, else without end
//	delay        "2s" or seconds: waited before the effect
//	reply_delay  the same, between effect and reply
//	fault        {"code": 530451, "text": "..."} or a code: answered in place of the effect
//	status       an HTTP status, answered in place of the effect
//	cut          the connection ends: "before" the effect; "after" it, without a byte of
//	             reply; "truncate", after it and in the middle of the reply
//	operation    the operations that the call starts end in "ERROR", or "hang" for ever
//
// Without nth, every and probability each call of the method is struck. A client that
// goes away during delay has changed nothing; one that goes away during reply_delay
// has. Calls that the rate limit refused, and requests that were no call, meet no
// trouble.
package gandisim
