package account

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/account"
	"github.com/gandi-operator/gandi-operator/internal/condition"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// next is when an account wants to be looked at again.
type next int

const (
	later  next = iota // it answers
	soon               // it will heal by itself
	seldom             // a person is needed
)

// answer is how an account stands.
type answer struct {
	reason  string
	message string
	ready   bool
	stalled bool
	next    next
}

func ready(format string, args ...any) answer {
	return answer{reason: v1alpha1.ReasonAccountReady, message: fmt.Sprintf(format, args...), ready: true}
}

func waiting(reason, format string, args ...any) answer {
	return answer{reason: reason, message: fmt.Sprintf(format, args...), next: soon}
}

func stalled(reason, format string, args ...any) answer {
	return answer{reason: reason, message: fmt.Sprintf(format, args...), stalled: true, next: seldom}
}

func (a answer) write(obj *v1alpha1.GandiAccount) {
	c, gen := &obj.Status.Conditions, obj.Generation
	switch {
	case a.ready:
		condition.Ready(c, gen, a.reason, a.message)
	case a.stalled:
		condition.Stalled(c, gen, a.reason, a.message)
	default:
		condition.Reconciling(c, gen, a.reason, a.message)
	}
}

func readyReason(s v1alpha1.GandiAccountStatus) string {
	if c := meta.FindStatusCondition(s.Conditions, v1alpha1.ConditionReady); c != nil {
		return c.Reason
	}
	return ""
}

// imprint stands for everything that a connection is made by. It is kept in
// memory only.
type imprint [sha256.Size]byte

// connect brings the conversation in line with spec and Secret, and tells how
// the account stands.
func (p *pass) connect(ctx context.Context) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	settings, sum, trouble, err := p.settings(ctx)
	if err != nil {
		return answer{}, err
	}
	if trouble != nil {
		return p.unbind(*trouble), nil
	}
	conversation, bound := p.options.Registry.Get(p.name)
	// A status that was lost is filled anew from Gandi's answer.
	if !bound || p.memo.settings != sum || p.obj.Status.Handle == "" {
		var a answer
		if conversation, a, err = p.bind(ctx, settings, sum, bound); conversation == nil {
			return a, err
		}
	}
	return p.report(ctx, conversation)
}

// settings reads what the connection is made by. trouble is what is wrong with
// it, for people.
func (p *pass) settings(ctx context.Context) (s account.Settings, sum imprint, trouble *answer, err error) {
	spec := p.obj.Spec
	secretName, secretKey := spec.CredentialsSecretRef.Name, spec.CredentialsSecretRef.Key
	if secretKey == "" {
		secretKey = "api-key"
	}
	targets := []target{{"secrets", p.name.Namespace, secretName}}
	if spec.CABundleRef != nil {
		targets = append(targets, target{"configmaps", p.name.Namespace, spec.CABundleRef.Name})
	}
	p.watches.set(p.name, targets...)
	no := func(a answer) (account.Settings, imprint, *answer, error) {
		return account.Settings{}, imprint{}, &a, nil
	}

	secret, err := p.secret(ctx, secretName)
	if err != nil {
		return account.Settings{}, imprint{}, nil, err
	}
	if secret == nil {
		return no(waiting(v1alpha1.ReasonSecretNotFound, "Secret %s is not there", secretName))
	}
	value, ok := secret.Data[secretKey]
	if !ok {
		return no(waiting(v1alpha1.ReasonSecretNotFound, "Secret %s has no key %s", secretName, secretKey))
	}
	key, err := gandi.NewAPIKey(string(value))
	if err != nil {
		return no(stalled(v1alpha1.ReasonInvalidKey, "key %s of Secret %s: %v", secretKey, secretName, err))
	}
	var bundle []byte
	if ref := spec.CABundleRef; ref != nil {
		var a *answer
		if bundle, a, err = p.bundle(ctx, *ref); a != nil || err != nil {
			return account.Settings{}, imprint{}, a, err
		}
	}
	s = account.Settings{
		Endpoint:      spec.Endpoint,
		AllowInsecure: spec.AllowInsecureEndpoint,
		CABundle:      bundle,
		APIKey:        key,
		Resync:        p.resync(),
		Released:      p.obj.Status.Released,
	}
	if spec.RateLimit != nil {
		s.RequestsPerSecond = int(spec.RateLimit.RequestsPerSecond)
	}
	if spec.CreateBudget != nil {
		s.CreatesPerHour = new(int(spec.CreateBudget.PerHour))
	}
	if spec.Settle != nil {
		s.Settle = spec.Settle.Duration
	}
	return s, fingerprint(s, value), nil, nil
}

func (p *pass) bundle(ctx context.Context, ref v1alpha1.ConfigMapKeyReference) ([]byte, *answer, error) {
	if ref.Key == "" {
		ref.Key = "ca.crt"
	}
	var config corev1.ConfigMap
	err := p.live.Get(ctx, types.NamespacedName{Namespace: p.name.Namespace, Name: ref.Name}, &config)
	switch {
	case apierrors.IsNotFound(err):
		return nil, new(waiting(v1alpha1.ReasonConfigMapNotFound, "ConfigMap %s is not there", ref.Name)), nil
	case err != nil:
		return nil, nil, fmt.Errorf("reading ConfigMap %s: %w", ref.Name, err)
	}
	pem, ok := config.Data[ref.Key]
	if !ok {
		return nil, new(waiting(v1alpha1.ReasonConfigMapNotFound, "ConfigMap %s has no key %s", ref.Name, ref.Key)), nil
	}
	if !x509.NewCertPool().AppendCertsFromPEM([]byte(pem)) {
		return nil, new(stalled(v1alpha1.ReasonInvalidCABundle, "key %s of ConfigMap %s holds no PEM certificate", ref.Key, ref.Name)), nil
	}
	return []byte(pem), nil, nil
}

func fingerprint(s account.Settings, key []byte) imprint {
	perHour := "unlimited"
	if s.CreatesPerHour != nil {
		perHour = strconv.Itoa(*s.CreatesPerHour)
	}
	parts := []string{
		s.Endpoint, strconv.FormatBool(s.AllowInsecure), string(s.CABundle), string(key),
		strconv.Itoa(s.RequestsPerSecond), perHour, s.Resync.String(), s.Settle.String(),
	}
	return sha256.Sum256([]byte(strings.Join(parts, "\x00")))
}

// unbind ends the use of the account, for a reason that objects are told too.
func (p *pass) unbind(a answer) answer {
	p.options.Registry.Unbind(p.name, a.reason, a.message)
	p.memo.settings = imprint{}
	p.obj.Status.Breaker = ""
	return a
}

// bind asks whose key it is. The conversation is nil when there is none.
func (p *pass) bind(ctx context.Context, s account.Settings, sum imprint, bound bool) (*account.Conversation, answer, error) {
	connection, err := p.options.Registry.Connect(s)
	if err != nil {
		return nil, p.unbind(stalled(v1alpha1.ReasonInvalidSpec, "%v", err)), nil
	}
	who, err := connection.Account(ctx)
	if err != nil {
		connection.Close()
		return nil, p.unanswered(err, bound), nil
	}
	if p.obj.Status.Handle == "" {
		// Before anything can be bought: it must not depend on which key comes next.
		if err := p.pin(ctx, who.Handle); err != nil {
			return nil, answer{}, err
		}
	}
	conversation, err := p.options.Registry.Bind(p.name, connection, p.obj.Status.Handle, who.Handle)
	if m, ok := errors.AsType[*account.MismatchError](err); ok {
		connection.Close()
		return nil, p.unbind(stalled(v1alpha1.ReasonAccountMismatch,
			"the key belongs to %s, but this account is pinned to %s; put back a key of %s, or create another GandiAccount for %s", m.Got, m.Pinned, m.Pinned, m.Got)), nil
	}
	if err != nil {
		return nil, answer{}, err
	}
	if version, err := connection.Version(ctx); err == nil { // for people alone
		p.memo.version = version
	}
	p.memo.settings, p.memo.info = sum, time.Now()
	p.learn(conversation, who)
	return conversation, answer{}, nil
}

// unanswered tells what came of asking whose key it is.
func (p *pass) unanswered(err error, bound bool) answer {
	if gandi.ClassOf(err) == gandi.Denied {
		reason, message := account.Denied(err)
		return p.unbind(stalled(reason, "%s", message))
	}
	a := waiting(v1alpha1.ReasonGandiUnavailable, "Gandi does not answer: %v", err)
	if bound {
		return a // the former key may still be good; its breaker knows
	}
	a = p.unbind(a)
	p.obj.Status.Breaker = string(account.BreakerOpen)
	// Texts that differ from try to try would rewrite status each time.
	was := meta.FindStatusCondition(p.was.Conditions, v1alpha1.ConditionReady)
	if was != nil && was.Reason == a.reason && was.ObservedGeneration == p.obj.Generation {
		a.message = was.Message
	}
	return a
}

func (p *pass) pin(ctx context.Context, handle string) error {
	soFar := p.obj.Status.DeepCopy()
	p.obj.Status = *p.was.DeepCopy()
	before := p.obj.DeepCopy()
	p.obj.Status.Handle = handle
	if err := p.client.Status().Patch(ctx, p.obj, client.MergeFrom(before)); err != nil {
		return fmt.Errorf("pinning the account to %s: %w", handle, err)
	}
	p.was = *p.obj.Status.DeepCopy()
	p.obj.Status = *soFar
	p.obj.Status.Handle = handle
	return nil
}

// report tells what a bound account is and how it stands.
func (p *pass) report(ctx context.Context, c *account.Conversation) (answer, error) {
	st := &p.obj.Status
	if time.Since(p.memo.info) >= p.resync()*8/10 && c.Breaker() == account.BreakerClosed {
		if who, err := c.Account(ctx); err == nil {
			p.memo.info = time.Now()
			p.learn(c, who)
		}
	}
	if list, err := c.Datacenters(ctx); err == nil {
		st.Datacenters = datacenters(list)
	}
	st.APIVersion = p.memo.version
	st.Breaker = string(c.Breaker())
	if err := p.reportMarks(ctx, c); err != nil {
		return answer{}, err
	}
	switch reason, message := c.Trouble(); reason {
	case account.ReasonGandiUnavailable, account.ReasonConnecting:
		return waiting(reason, "%s", message), nil
	case account.ReasonAccountDenied, account.ReasonNoCredits:
		return stalled(reason, "%s", message), nil
	}
	if broke(p.obj) {
		return stalled(v1alpha1.ReasonNoCredits, "%s has no credits left; nothing is bought until there are some", st.Handle), nil
	}
	return ready("%s answers at %s", st.Handle, c.Endpoint()), nil
}

// learn takes over what Gandi tells of the account itself.
func (p *pass) learn(c *account.Conversation, who gandi.Account) {
	st := &p.obj.Status
	st.RatingMode, st.Credits = "Shares", nil
	if who.RatingEnabled {
		st.RatingMode, st.Credits = "Credits", new(int64(math.Floor(who.Credits)))
	}
	c.SetNoCredits(who.RatingEnabled && who.Credits <= 0)
}

func broke(obj *v1alpha1.GandiAccount) bool {
	return obj.Status.Credits != nil && *obj.Status.Credits <= 0
}

func datacenters(list []gandi.Datacenter) []v1alpha1.DatacenterStatus {
	const most = 64
	var all []v1alpha1.DatacenterStatus
	list = slices.SortedFunc(slices.Values(list), func(a, b gandi.Datacenter) int { return cmp.Compare(a.ID, b.ID) })
	for _, dc := range list[:min(len(list), most)] {
		all = append(all, v1alpha1.DatacenterStatus{
			ID: int64(dc.ID), Code: dc.Code, Name: dc.Name,
			Open: dc.IaaSClosedFor != gandi.ClosedForAll,
		})
	}
	return all
}
