package engine

import (
	"context"
	"iter"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/account"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// An Object is a Kubernetes object with the spec and status that every managed
// kind shares.
type Object interface {
	client.Object
	ManagedSpec() *v1alpha1.ManagedSpec
	ManagedStatus() *v1alpha1.ManagedStatus
}

// A Kind teaches the engine one kind of external resource. O is the object, S
// what an observation of it holds. S is a value: Effect must not change what
// its argument refers to.
type Kind[O Object, S any] interface {
	// New is an empty object, for reading into.
	New() O
	// Name is the kind as Kubernetes says it, e.g. GandiVM.
	Name() string
	// Type is the external resource in Gandi's words, e.g. vm.
	Type() string
	// CRD is the name of the kind's CustomResourceDefinition.
	CRD() string

	// Wants are the inventory records that tell all about the external resource
	// id. The engine asks for them together.
	Wants(obj O, id int64) []account.Want
	// Lookup says how the inventory knows the external resource id. A thing that
	// is still listed in a state that means gone must be told as NotFound.
	Lookup(r Reader, id int64) Sighting
	// Find lists what carries token in the inventory, or else is provably the
	// result of a create for obj. It is pure.
	Find(r Reader, obj O, token string) []Claim
	// Adoption says what obj.spec.adopt asks for; nil when there is none.
	Adoption(obj O) *Adoption
	// Match lists the external resources that obj.spec.adopt.filter fits.
	Match(ctx context.Context, obj O, env Env) ([]int64, error)
	// Carried lists the tokens that the external resource id carries.
	Carried(r Reader, id int64) []string
	// RebootsByHand tells whether a person decides on interruptions.
	RebootsByHand(obj O, observed S) bool
	// Irreplaceable tells that a new external resource would not be what the lost
	// one was: onExternalDeletion is Hold where it is unset.
	Irreplaceable() bool
	// Lists are the kinds of things, beside those that every sweep takes in, that
	// the inventory has to keep for this kind.
	Lists() []account.WantKind
	// Involves tells whether op works on the external resource id.
	Involves(op gandi.Operation, id int64) bool
	// Bought reads ids off the operations of a paid call: the external resource's
	// (0 when they do not tell) and everything else that was created.
	Bought(ops []gandi.Operation) (id int64, created []v1alpha1.ExternalID)

	// Observe looks, and only looks. What is missing is part of the observation;
	// an error means that looking itself did not work and is to be repeated.
	Observe(ctx context.Context, obj O, env Env) (S, error)
	// Report copies what was observed into obj's status. It is pure.
	Report(obj O, observed S)
	// Plan picks the next action. It is pure.
	Plan(obj O, observed S) Action
	// Effect is what the world looks like once call has done its work. It is pure.
	Effect(observed S, call gandi.Call) S
}

// Unmarked is a kind whose external resources carry no mark. What a create has
// made is told from what was there before (docs/adr/0015): the engine keeps in the
// intent what looked alike then, and lets one such create at a time out of an
// account. Find finds nothing.
type Unmarked[O Object] interface {
	// Alike lists what is there now, in use or not, and looks like what the call of
	// obj.status.intent makes. It is pure. It goes by the intent alone, since the
	// rest of status, and the spec, may change before the outcome is known; and it
	// lists rather too much: what a record does not tell speaks for it.
	Alike(r Reader, obj O) []Lookalike
	// Rivals are the kinds, this one among them, whose objects may have made such
	// things too.
	Rivals() []string
}

// Lookalike is a thing that looks like what a create makes.
type Lookalike struct {
	ID  int64
	Use Use
}

// Use is what a lookalike is used for.
type Use int

const (
	// Free: by nobody. It may be taken.
	Free Use = iota
	// Used: by somebody. It may be what the create made all the same, but only a
	// person can tell.
	Used
	// Part: of something else, which it was made with.
	Part
	// Unsure: the records do not tell yet.
	Unsure
)

// Inquirer is a kind that asks Gandi, before it buys, what speaks against it. The
// question is a paid call, since where Gandi does not understand it as one it buys.
type Inquirer[O Object] interface {
	// Answered puts into obj's status what spoke against the call of
	// obj.status.intent; nothing was done. It is pure.
	Answered(obj O, problems []gandi.Problem, now time.Time)
}

// Mortal is a kind whose external resources end by themselves.
type Mortal[O Object] interface {
	// Ended says in words that the external resource has ended by the time now, as far
	// as obj's status tells, and when; "" when it has not. It is pure.
	Ended(obj O, now time.Time) string
}

// Inheritor is a kind that takes over, by spec.adopt, what another object of the
// same installation has bought, without spec.adopt.takeOver: the system disk of
// a VM becomes a disk of its own. A living object of the same kind still yields
// to nobody.
type Inheritor interface{ Inherits() bool }

// Recognizer is a kind whose things Find may know by something else than the
// mark.
type Recognizer[O Object] interface {
	// Recognized says in words what Find goes by for obj, to stand where people
	// read Mark(token) otherwise.
	Recognized(obj O, token string) string
}

// Mark names an object's token to people.
func Mark(token string) string { return "this object's mark " + token }

// Reader is the little of the inventory that kinds read.
type Reader interface {
	VM(id gandi.VMID) account.Record[gandi.VM]
	Disk(id gandi.DiskID) account.Record[gandi.Disk]
	Iface(id gandi.IfaceID) account.Record[gandi.Iface]
	IP(id gandi.IPID) account.Record[gandi.IP]
	IPsOf(ids []gandi.IPID) []gandi.IP
	DiskNamed(name string) []gandi.Disk
	VMsFarmed(farm string) []gandi.VM
	VMsOfDisk(id gandi.DiskID) []gandi.VM
	AllVMs() iter.Seq[gandi.VM]
	AllDisks() iter.Seq[gandi.Disk]
	AllIfaces() iter.Seq[gandi.Iface]
	IfacesOfVLAN(id gandi.VLANID) []gandi.Iface
	IfacesWithAddress(addr string) []gandi.Iface
	VLAN(id gandi.VLANID) account.Record[gandi.VLAN]
	VLANNamed(name string) []gandi.VLAN
	SSHKey(id gandi.SSHKeyID) account.Record[gandi.SSHKey]
	SSHKeysNamed(name string) []gandi.SSHKey
	Site(id gandi.SiteID) account.Record[gandi.Site]
	AllSites() iter.Seq[gandi.Site]
}

// Sighting says how the inventory knows a thing.
type Sighting struct {
	Seen  account.Seen
	Begun account.Seq
}

// A Claim is something at Gandi that is this object's: the external resource
// itself, or parts of it that a half-done create left.
type Claim struct {
	// ID of the external resource; 0 when only parts are there.
	ID int64
	// Parts that carry the mark.
	Parts []v1alpha1.ExternalID
}

// Adoption is what spec.adopt asks for.
type Adoption struct {
	ID       int64 // 0 when a filter is given
	TakeOver bool
}

// Env is what the engine hands to Observe, beside the object.
type Env struct {
	Reader
	// Catalog reads datacenters and images.
	Catalog Catalog
	// Token is the object's mark.
	Token string
	// Established is true while the external resource is known (status.id) and
	// seen. Without it nothing was bought, or what was bought is gone.
	Established bool
	// Leftovers are the ids that earlier paid calls named.
	Leftovers []v1alpha1.ExternalID
	// Retain is true when the deletion of the object leaves Gandi alone.
	Retain bool
	// Secret reads one key of a Secret in the object's namespace, live. A missing
	// one is told by a *Missing error.
	Secret func(ctx context.Context, ref v1alpha1.SecretKeyReference) (gandi.Secret, error)
	// Object reads the object of that name in the same namespace, from the cache.
	// It is false when there is none.
	Object func(ctx context.Context, name string, into client.Object) (bool, error)
	// Referrers lists the objects of the same namespace, of into's kind, that name
	// the object kind/name anywhere in their spec, from the cache.
	Referrers func(ctx context.Context, kind, name string, into client.ObjectList) error
	// Owners lists the objects of into's kind, of all namespaces, whose external
	// resource is id, from the cache.
	Owners func(ctx context.Context, id int64, into client.ObjectList) error
	// Companion reads a companion of the object, live.
	Companion func(ctx context.Context, apiVersion, kind, name string) (Kept, error)
	// Operations reads operations, for what records do not tell.
	Operations func(ctx context.Context, f gandi.OperationFilter) ([]gandi.Operation, error)
}

// Catalog is what can be bought.
type Catalog interface {
	// RefreshCatalog has the next reads ask Gandi again, if the last time is not
	// too near.
	RefreshCatalog()
	Datacenters(ctx context.Context) ([]gandi.Datacenter, error)
	Images(ctx context.Context, dc gandi.DatacenterID) ([]gandi.Image, error)
	Kernels(ctx context.Context, dc gandi.DatacenterID) (map[string][]string, error)
	SnapshotProfiles(ctx context.Context) ([]gandi.SnapshotProfile, error)
	// SitePackages lists the packages of provider, "" being all; with after, those
	// that a site can be upgraded to from there, the next one first.
	SitePackages(ctx context.Context, provider, after string) ([]gandi.SitePackage, error)
	// SitePrice is what action costs for a package; empty when Gandi has no such offer.
	SitePrice(ctx context.Context, p gandi.SitePackage, action string) ([]gandi.Price, error)
	// SiteDNSEntries are the records that make vhost ready for a site.
	SiteDNSEntries(ctx context.Context, vhost string) ([]gandi.DNSRecord, error)
}

// Missing is something that the spec refers to and that is not there (yet), or
// not clear. It is an error so that helpers can return it.
type Missing struct {
	Reason  string
	Message string
}

func (m *Missing) Error() string { return m.Message }

// Verb is what an action asks of the engine.
type Verb int

const (
	// InSync: nothing to do.
	InSync Verb = iota
	// Do: send Call.
	Do
	// Wait: something else must change first; Message says what.
	Wait
	// Block: only an edit, or a person's decision, helps.
	Block
	// Release: nothing of ours is left at Gandi, or it shall stay; let the object go.
	Release
	// Apply: have Companion be as it says in the cluster.
	Apply
)

func (v Verb) String() string {
	return [...]string{"InSync", "Do", "Wait", "Block", "Release", "Apply"}[v]
}

// Action is what Plan picked, as plain data.
type Action struct {
	Verb Verb
	Call gandi.Call // with Do; with Wait, what waits for a person
	// Companion, with Apply only.
	Companion *Companion
	Reason    string // a v1alpha1 reason; also the event's reason
	Message   string // one sentence for a person
	// Recheck, with Wait, is when to look at Gandi again though nothing happened.
	Recheck time.Duration
	// Missing, with any verb, is a reference that was not found.
	Missing *Missing
	// Disruptive means that the call interrupts the service and that no person
	// asked for the interruption itself: rebootPolicy gates it.
	Disruptive bool
	// Destroys means that the call destroys the external resource, or parts of it.
	Destroys bool
	// Patient, a v1alpha1 reason, has a fault that says "not yet" kept among the
	// refusals, so that the plan can go by it; the call is tried again with growing
	// delay, under that reason. Without it a call is tried again soon.
	Patient string
	// Context in which the call is planned, in the kind's words; kept with a refusal.
	Context string
	// Applies is merged into status.applied when the call has succeeded.
	Applies map[string]string
	// Handles is merged into status.applied with the intent: requests that are
	// answered by sending the call, whatever becomes of it. It is taken back when
	// the call is proven to have had no effect.
	Handles map[string]string
	// Restart is the restart request that the call answers.
	Restart string
	// PendingReboot is what the call leaves to be done by a reboot.
	PendingReboot string
	// SettlesReboot means that success of the call settles status.pendingReboot.
	SettlesReboot bool
}

// A Rule answers with an action when it applies.
type Rule[O Object, S any] func(obj O, observed S) (action Action, decided bool)

// FirstOf is the rule that asks each of rules in turn.
func FirstOf[O Object, S any](rules ...Rule[O, S]) Rule[O, S] {
	return func(obj O, observed S) (Action, bool) {
		for _, rule := range rules {
			if action, decided := rule(obj, observed); decided {
				return action, true
			}
		}
		return Action{}, false
	}
}
