package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// SiteAdoptFilter narrows the sites of the account to the one that is meant.
// What is given must all fit.
//
// +kubebuilder:validation:XValidation:rule="has(self.name) || has(self.vhost)",message="adopt.filter: write name, vhost, or both"
type SiteAdoptFilter struct {
	// name of the site, compared exactly. Gandi does not keep it unique.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=255
	// +optional
	Name string `json:"name,omitempty"`
	// vhost that the site prefers: the first of all that it has.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +optional
	Vhost string `json:"vhost,omitempty"`
}

// SiteAdopt says which site, bought by somebody else, belongs to this object.
//
// +kubebuilder:validation:XValidation:rule="has(self.id) != has(self.filter)",message="adopt: write exactly one of id and filter"
type SiteAdopt struct {
	// id of the site at Gandi.
	// +kubebuilder:validation:Minimum=1
	// +optional
	ID int64 `json:"id,omitempty"`
	// filter that fits exactly one site of the account.
	// +optional
	Filter *SiteAdoptFilter `json:"filter,omitempty"`
	// takeOver has no effect on sites, which carry no mark of the operator. It is
	// here for manifests that are written alike for all kinds.
	// +optional
	TakeOver bool `json:"takeOver,omitempty"`
}

// UpgradePolicy says when a site is moved to a bigger package, which costs money.
// +kubebuilder:validation:Enum=Automatic;Manual
type UpgradePolicy string

const (
	// UpgradeAutomatic upgrades as soon as spec.package asks for it.
	UpgradeAutomatic UpgradePolicy = "Automatic"
	// UpgradeManual waits for the annotation hosting.gandi.net/approve-upgrade.
	UpgradeManual UpgradePolicy = "Manual"
)

// DNSMode says who writes the DNS records that prove whose a domain is.
// +kubebuilder:validation:Enum=Manual;GandiZone;ExternalDNS
type DNSMode string

const (
	// DNSManual: a person does, from status.dnsChallenges.
	DNSManual DNSMode = "Manual"
	// DNSGandiZone: Gandi does, in zones that it hosts for the account.
	DNSGandiZone DNSMode = "GandiZone"
	// DNSExternalDNS: external-dns does, from a DNSEndpoint.
	DNSExternalDNS DNSMode = "ExternalDNS"
)

// SiteDNS says how the domains of the vhosts are proven to be the account's own.
type SiteDNS struct {
	// mode: Manual shows in status.dnsChallenges which records Gandi asks for, and
	// a person creates them. GandiZone has Gandi write them, into zones that it
	// hosts for this account. ExternalDNS writes a DNSEndpoint
	// (externaldns.k8s.io/v1alpha1) of the site's name, from which external-dns
	// creates them; its CustomResourceDefinition has to be installed.
	// +kubebuilder:default=Manual
	// +optional
	Mode DNSMode `json:"mode,omitempty"`
	// skipCheck, while true, buys the site without asking Gandi first whether the
	// records are there. It is meant for the case that they are, and that Gandi
	// goes on naming them all the same. Gandi may refuse the purchase for itself.
	// +optional
	SkipCheck bool `json:"skipCheck,omitempty"`
}

// GandiSiteSpec is the website that a person asks for.
//
// +kubebuilder:validation:XValidation:rule="has(self.adopt) || has(self.vhosts)",message="vhosts is required: write the host names of the site, the preferred one first"
// +kubebuilder:validation:XValidation:rule="!has(oldSelf.adopt) || (has(self.adopt) && self.adopt == oldSelf.adopt)",message="adopt can't be changed or removed; delete this object (what was adopted stays at Gandi) and create another"
type GandiSiteSpec struct {
	ManagedSpec `json:",inline"`

	// adopt takes over a site that exists already, instead of buying one. It can
	// be added while none was bought.
	// +optional
	Adopt *SiteAdopt `json:"adopt,omitempty"`

	// name of the site at Gandi, for people. Unset means the name of this object
	// for a new site, and as found for an adopted one.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=255
	// +kubebuilder:validation:XValidation:rule="self.matches('^[^\\\\p{Cc}]*[^\\\\p{Cc}\\\\s][^\\\\p{Cc}]*$')",message="name: leave out control characters, and write something else than spaces"
	// +optional
	Name string `json:"name,omitempty"`

	// provider of the site builder. Unset means basekit_whitelabel, the only one
	// that is known. It counts when the site is bought; a later change is told in
	// status.creationOutdated and changes nothing.
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:XValidation:rule="self.matches('^[A-Za-z0-9][A-Za-z0-9_.-]*$')",message="provider: write a name such as basekit_whitelabel"
	// +optional
	Provider string `json:"provider,omitempty"`

	// package is the offer, such as personal or professional. It can be changed to
	// a bigger one, which costs money; Gandi knows no way back. Unset means
	// Gandi's choice for a new site, and as found later on.
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:XValidation:rule="self.matches('^[A-Za-z0-9][A-Za-z0-9_.-]*$')",message="package: write the name of an offer, such as personal"
	// +optional
	Package string `json:"package,omitempty"`

	// vhosts are the host names that the site answers to, the preferred one
	// first. To be edited, the site needs one below the provider's parking domain,
	// which goes to whoever asks first. A domain that is not the account's at
	// Gandi needs a DNS record first: see dns. Unset, with adopt, means as found.
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=20
	// +kubebuilder:validation:items:MinLength=3
	// +kubebuilder:validation:items:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="self.all(v, v.matches('^([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?[.])+[a-z]([a-z0-9-]{0,61}[a-z0-9])$'))",message="vhosts: write whole host names in lower case without a dot at the end, such as www.example.org; international ones in their form xn--..."
	// +kubebuilder:validation:XValidation:rule="self.all(v, self.exists_one(w, w == v))",message="vhosts: write each host name once"
	// +listType=atomic
	// +optional
	Vhosts []string `json:"vhosts,omitempty"`

	// duration that is paid for, in months or years, such as 3m or 1y; the site
	// ends with it. Unset means Gandi's choice. It counts when the site is bought; a
	// later change is told in status.creationOutdated and changes nothing.
	// +kubebuilder:validation:MaxLength=4
	// +kubebuilder:validation:XValidation:rule="self.matches('^([1-9][0-9]{0,2}m|[1-9][0-9]?y)$')",message="duration: write months or years, such as 3m or 1y"
	// +optional
	Duration string `json:"duration,omitempty"`

	// upgradePolicy: Automatic upgrades the site as soon as package asks for it.
	// Manual shows the upgrade and its price in status, and waits for the
	// annotation hosting.gandi.net/approve-upgrade with the name of the package.
	// +kubebuilder:default=Automatic
	// +optional
	UpgradePolicy UpgradePolicy `json:"upgradePolicy,omitempty"`

	// dns says how the domains of vhosts are proven to be the account's own.
	// +kubebuilder:default={mode: "Manual"}
	// +optional
	DNS SiteDNS `json:"dns,omitempty"`
}

// DNSChallenge is a DNS record that proves whose a domain is.
type DNSChallenge struct {
	// host that the record stands at: a whole name.
	// +kubebuilder:validation:MaxLength=255
	Host string `json:"host"`
	// type of the record, such as TXT.
	// +kubebuilder:validation:MaxLength=16
	Type string `json:"type"`
	// value of the record, without quotes.
	// +kubebuilder:validation:MaxLength=255
	Value string `json:"value"`
	// ttl in seconds that Gandi's manual has.
	// +optional
	TTL int32 `json:"ttl,omitempty"`
}

// SiteCheck is what Gandi said when it was asked, without buying, what speaks
// against the site.
type SiteCheck struct {
	// digest of the question.
	// +kubebuilder:validation:MaxLength=64
	Digest string `json:"digest"`
	// at is when it was asked last.
	At metav1.Time `json:"at"`
	// times that it was asked in a row without being clean.
	// +optional
	Times int32 `json:"times,omitempty"`
	// clean is true when nothing spoke against it.
	// +optional
	Clean bool `json:"clean,omitempty"`
	// problems beside missing DNS records, in Gandi's words.
	// +kubebuilder:validation:MaxItems=8
	// +kubebuilder:validation:items:MaxLength=512
	// +listType=atomic
	// +optional
	Problems []string `json:"problems,omitempty"`
}

// SiteUpgrade is an upgrade that is still to come.
type SiteUpgrade struct {
	// package that spec asks for.
	// +kubebuilder:validation:MaxLength=64
	Package string `json:"package"`
	// price that Gandi's catalog has for the upgrade, such as "48 EUR".
	// +kubebuilder:validation:MaxLength=64
	// +optional
	Price string `json:"price,omitempty"`
}

// GandiSiteStatus is what site.info tells.
type GandiSiteStatus struct {
	ManagedStatus `json:",inline"`

	// state in Gandi's words.
	// +kubebuilder:validation:MaxLength=64
	// +optional
	State string `json:"state,omitempty"`
	// name of the site.
	// +kubebuilder:validation:MaxLength=255
	// +optional
	Name string `json:"name,omitempty"`
	// provider of the site builder.
	// +kubebuilder:validation:MaxLength=64
	// +optional
	Provider string `json:"provider,omitempty"`
	// package that the site has.
	// +kubebuilder:validation:MaxLength=64
	// +optional
	Package string `json:"package,omitempty"`
	// preferredVhost is the first of vhosts.
	// +kubebuilder:validation:MaxLength=255
	// +optional
	PreferredVhost string `json:"preferredVhost,omitempty"`
	// vhosts that the site answers to; the first 64 of them.
	// +kubebuilder:validation:MaxItems=64
	// +kubebuilder:validation:items:MaxLength=255
	// +listType=atomic
	// +optional
	Vhosts []string `json:"vhosts,omitempty"`
	// editURL is where a person edits the site, without anything that logs in.
	// +kubebuilder:validation:MaxLength=1024
	// +optional
	EditURL string `json:"editURL,omitempty"`
	// dateCreated at Gandi. Its time zone is not told; it is shown as UTC.
	// +optional
	DateCreated *metav1.Time `json:"dateCreated,omitempty"`
	// dateEnd is when the duration that was paid for is over, and the site with
	// it. Its time zone is not told; it is shown as UTC.
	// +optional
	DateEnd *metav1.Time `json:"dateEnd,omitempty"`

	// dnsChallenges are the DNS records that Gandi asks for; empty when it asks for
	// none.
	// +kubebuilder:validation:MaxItems=32
	// +listType=atomic
	// +optional
	DNSChallenges []DNSChallenge `json:"dnsChallenges,omitempty"`
	// check is what Gandi said when it was asked what speaks against buying.
	// +optional
	Check *SiteCheck `json:"check,omitempty"`
	// pendingUpgrade is an upgrade that is still to come.
	// +optional
	PendingUpgrade *SiteUpgrade `json:"pendingUpgrade,omitempty"`
	// creationOutdated lists fields of spec that count when the site is bought and
	// differ from what it was bought with: provider, duration. They have no effect
	// on this site.
	// +kubebuilder:validation:MaxItems=4
	// +kubebuilder:validation:items:MaxLength=32
	// +listType=atomic
	// +optional
	CreationOutdated []string `json:"creationOutdated,omitempty"`
}

// GandiSite is a website of Gandi's site builder.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:path=gandisites,singular=gandisite,shortName=gsite,categories=gandi
// +kubebuilder:printcolumn:name="READY",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="PACKAGE",type=string,JSONPath=`.status.package`
// +kubebuilder:printcolumn:name="VHOST",type=string,JSONPath=`.status.preferredVhost`
// +kubebuilder:printcolumn:name="DNS",type=string,JSONPath=`.status.conditions[?(@.type=="DNSVerified")].status`
// +kubebuilder:printcolumn:name="AGE",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="ID",type=integer,priority=1,JSONPath=`.status.id`
// +kubebuilder:printcolumn:name="EDIT-URL",type=string,priority=1,JSONPath=`.status.editURL`
// +kubebuilder:printcolumn:name="ENDS",type=string,priority=1,JSONPath=`.status.dateEnd`
// +kubebuilder:printcolumn:name="REASON",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
//
// +kubebuilder:validation:XValidation:rule="!(has(oldSelf.status) && (has(oldSelf.status.id) || has(oldSelf.status.intent) || has(oldSelf.status.created))) || (has(self.spec.accountRef) == has(oldSelf.spec.accountRef) && (!has(self.spec.accountRef) || self.spec.accountRef == oldSelf.spec.accountRef))",message="spec.accountRef can't be changed once the site was bought; the site belongs to that account",fieldPath=".spec.accountRef"
// +kubebuilder:validation:XValidation:rule="!(has(oldSelf.status) && has(oldSelf.status.id)) || has(self.spec.adopt) == has(oldSelf.spec.adopt)",message="spec.adopt can't be added once the site was bought; this object has its site already",fieldPath=".spec.adopt"
type GandiSite struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec is the site that a person asks for.
	Spec GandiSiteSpec `json:"spec"`
	// status is what Gandi tells, and what the operator is about to do.
	// +kubebuilder:default={"observedGeneration":-1}
	// +optional
	Status GandiSiteStatus `json:"status,omitempty"`
}

// ManagedSpec is the part of the spec that every managed kind shares.
func (s *GandiSite) ManagedSpec() *ManagedSpec { return &s.Spec.ManagedSpec }

// ManagedStatus is the part of the status that every managed kind shares.
func (s *GandiSite) ManagedStatus() *ManagedStatus { return &s.Status.ManagedStatus }

// GandiSiteList is a list of sites.
//
// +kubebuilder:object:root=true
type GandiSiteList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []GandiSite `json:"items"`
}
