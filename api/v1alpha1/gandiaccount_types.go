package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// Protocol is the dialect that the endpoint speaks.
// +kubebuilder:validation:Enum=Keyed
type Protocol string

// ProtocolKeyed is the hosting API whose first argument is an API key.
const ProtocolKeyed Protocol = "Keyed"

// GandiAccountSpec says how to talk to Gandi and on whose account.
//
// +kubebuilder:validation:XValidation:rule="!has(self.endpoint) || self.endpoint.startsWith('https://') || (has(self.allowInsecureEndpoint) && self.allowInsecureEndpoint) || self.endpoint.matches('^http://(localhost|127\\\\.[0-9.]+|\\\\[::1\\\\])(:[0-9]+)?(/.*)?$')",message="endpoint: write an https:// URL; http:// is only for loopback addresses such as http://127.0.0.1:8069/xmlrpc/, or with allowInsecureEndpoint: true"
type GandiAccountSpec struct {
	// endpoint is the URL of the XML-RPC API. It can't be changed: objects are
	// bound to what they bought there. Create another GandiAccount instead.
	// +kubebuilder:default="https://rpc.gandi.net/xmlrpc/"
	// +kubebuilder:validation:MaxLength=512
	// +kubebuilder:validation:XValidation:rule="self.matches('^https?://[^/?#@ ]+(/[^?# ]*)?$')",message="endpoint: write a URL such as https://rpc.gandi.net/xmlrpc/, without user, query or fragment"
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="endpoint can't be changed; create another GandiAccount for another endpoint"
	// +optional
	Endpoint string `json:"endpoint,omitempty"`

	// allowInsecureEndpoint permits http:// to an address that is not loopback.
	// The API key then crosses the network in clear text.
	// +optional
	AllowInsecureEndpoint bool `json:"allowInsecureEndpoint,omitempty"`

	// caBundleRef names a key of a ConfigMap in the same namespace with PEM
	// certificates that are trusted instead of the system's.
	// +optional
	CABundleRef *ConfigMapKeyReference `json:"caBundleRef,omitempty"`

	// credentialsSecretRef names the Secret, in the same namespace, with the API
	// key: 24 letters and digits from the account pages of Gandi. A changed
	// Secret is in force within seconds.
	CredentialsSecretRef CredentialsReference `json:"credentialsSecretRef"`

	// protocol is the dialect of the endpoint.
	// +kubebuilder:default=Keyed
	// +optional
	Protocol Protocol `json:"protocol,omitempty"`

	// rateLimit bounds the requests to the endpoint. The lowest of all accounts
	// of one endpoint counts.
	// +optional
	RateLimit *RateLimit `json:"rateLimit,omitempty"`

	// createBudget bounds the paid calls of this account. Unset means unlimited.
	// +optional
	CreateBudget *CreateBudget `json:"createBudget,omitempty"`

	// resyncInterval is how often everything of the account is read again to find
	// drift, between 10s and 24h. It is spread by up to 10 percent. Unset means
	// the manager's --default-resync, 10m.
	// +kubebuilder:validation:XValidation:rule="duration(self) >= duration('10s') && duration(self) <= duration('24h')",message="resyncInterval: write a duration between 10s and 24h, such as 10m"
	// +optional
	ResyncInterval *metav1.Duration `json:"resyncInterval,omitempty"`

	// settle is the time after which a request without a trace at Gandi is taken
	// to have had no effect, between 10s and 24h. A shorter time recovers sooner
	// from lost replies; a time that is too short can buy twice.
	// +kubebuilder:default="10m"
	// +kubebuilder:validation:XValidation:rule="duration(self) >= duration('10s') && duration(self) <= duration('24h')",message="settle: write a duration between 10s and 24h, such as 10m"
	// +optional
	Settle *metav1.Duration `json:"settle,omitempty"`
}

// CredentialsReference names the Secret with the API key.
type CredentialsReference struct {
	// name of the Secret.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name"`
	// key inside the Secret's data.
	// +kubebuilder:default="api-key"
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +optional
	Key string `json:"key,omitempty"`
}

// ConfigMapKeyReference names one key of a ConfigMap in the same namespace.
type ConfigMapKeyReference struct {
	// name of the ConfigMap.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name"`
	// key inside the ConfigMap's data.
	// +kubebuilder:default="ca.crt"
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +optional
	Key string `json:"key,omitempty"`
}

// RateLimit bounds requests.
type RateLimit struct {
	// requestsPerSecond on average, between 1 and 100. Gandi is believed to allow
	// 30 requests in 2 seconds for each address.
	// +kubebuilder:default=14
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100
	// +optional
	RequestsPerSecond int32 `json:"requestsPerSecond,omitempty"`
}

// CreateBudget bounds paid calls.
type CreateBudget struct {
	// perHour is how many paid calls may be sent within any hour.
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=100000
	PerHour int32 `json:"perHour"`
}

// DatacenterStatus is one datacenter as the account sees it.
type DatacenterStatus struct {
	// id at Gandi.
	ID int64 `json:"id"`
	// code such as FR-SD3, where Gandi tells it.
	// +kubebuilder:validation:MaxLength=64
	Code string `json:"code,omitempty"`
	// name such as Equinix Paris.
	// +kubebuilder:validation:MaxLength=128
	Name string `json:"name,omitempty"`
	// open is true when VMs can be bought there with this account.
	Open bool `json:"open"`
}

// OrphanStatus is a thing at Gandi with a mark of this installation but no object.
type OrphanStatus struct {
	// type in Gandi's words: vm or disk.
	// +kubebuilder:validation:MaxLength=32
	Type string `json:"type"`
	// id at Gandi.
	ID int64 `json:"id"`
	// token that it carries.
	// +kubebuilder:validation:MaxLength=15
	Token string `json:"token"`
}

// GandiAccountStatus is what is known about the account.
type GandiAccountStatus struct {
	// observedGeneration is the generation of the spec that this status speaks of.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
	// handle of the account at Gandi, pinned when it was first seen.
	// +kubebuilder:validation:MaxLength=64
	// +optional
	Handle string `json:"handle,omitempty"`
	// ratingMode: Credits, or Shares for accounts that were not migrated.
	// +kubebuilder:validation:MaxLength=16
	// +optional
	RatingMode string `json:"ratingMode,omitempty"`
	// credits left, rounded down. Only in rating mode Credits.
	// +optional
	Credits *int64 `json:"credits,omitempty"`
	// apiVersion that Gandi tells.
	// +kubebuilder:validation:MaxLength=64
	// +optional
	APIVersion string `json:"apiVersion,omitempty"`
	// datacenters that the account sees.
	// +kubebuilder:validation:MaxItems=64
	// +listType=atomic
	// +optional
	Datacenters []DatacenterStatus `json:"datacenters,omitempty"`
	// breaker: Closed while calls go through, Open while Gandi is not reachable,
	// Denied while Gandi refuses the key. Empty before the account was reached.
	// +kubebuilder:validation:MaxLength=16
	// +optional
	Breaker string `json:"breaker,omitempty"`
	// orphans carry a mark of this installation but belong to no object. They are
	// never deleted by the operator.
	// +kubebuilder:validation:MaxItems=100
	// +listType=atomic
	// +optional
	Orphans []OrphanStatus `json:"orphans,omitempty"`
	// duplicates are further things that carry the mark of an object that has one
	// already. They are never deleted by the operator.
	// +kubebuilder:validation:MaxItems=100
	// +listType=atomic
	// +optional
	Duplicates []OrphanStatus `json:"duplicates,omitempty"`
	// released are the marks of things that were left at Gandi on purpose.
	// +kubebuilder:validation:MaxItems=1000
	// +kubebuilder:validation:items:MaxLength=15
	// +listType=set
	// +optional
	Released []string `json:"released,omitempty"`
	// conditions: Ready, Reconciling, Stalled, InUse.
	// +kubebuilder:validation:MaxItems=16
	// +listType=map
	// +listMapKey=type
	// +optional
	Conditions []metav1.Condition `json:"conditions,omitempty"`
}

// GandiAccount is an account at Gandi: whose key is used and who pays.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:path=gandiaccounts,singular=gandiaccount,shortName=gacc,categories=gandi
// +kubebuilder:printcolumn:name="READY",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="HANDLE",type=string,JSONPath=`.status.handle`
// +kubebuilder:printcolumn:name="MODE",type=string,JSONPath=`.status.ratingMode`
// +kubebuilder:printcolumn:name="CREDITS",type=integer,JSONPath=`.status.credits`
// +kubebuilder:printcolumn:name="API",type=string,JSONPath=`.status.apiVersion`
// +kubebuilder:printcolumn:name="BREAKER",type=string,JSONPath=`.status.breaker`
// +kubebuilder:printcolumn:name="AGE",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="REASON",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="ENDPOINT",type=string,priority=1,JSONPath=`.spec.endpoint`
type GandiAccount struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec says how to talk to Gandi.
	Spec GandiAccountSpec `json:"spec"`
	// status is what is known about the account.
	// +kubebuilder:default={"observedGeneration":-1}
	// +optional
	Status GandiAccountStatus `json:"status,omitempty"`
}

// GandiAccountList is a list of accounts.
//
// +kubebuilder:object:root=true
type GandiAccountList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []GandiAccount `json:"items"`
}
