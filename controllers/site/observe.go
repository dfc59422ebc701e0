package site

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/account"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// defaultProvider is the only one that is known.
const defaultProvider = "basekit_whitelabel"

// Keys of status.applied.
const (
	appliedDuration = "duration" // that the site was bought with
	appliedVhosts   = "vhosts"   // that the last update asked for, where Gandi does not tell them
	appliedZones    = "zones"    // round and vhosts for which a zone was altered
	appliedUpgrade  = "upgrade"  // request that was answered by an upgrade
	appliedAsked    = "asked"    // request that was answered by a check
)

// Observed is what one look saw.
type Observed struct {
	// Site as Gandi tells it; nil when there is none.
	Site *gandi.Site
	// Offers are packages by name, smallest first: before a site is there all that
	// its provider has, later those above its own. nil where nobody asked.
	Offers []string
	// Holder is a site of the same account that has a vhost which spec asks for,
	// before one is bought; 0 when none has. Held is that vhost.
	Holder gandi.SiteID
	Held   string
	// Price of the next purchase, in words; "" where it is not known.
	Price string
	// Check is what Gandi said of just this site before it is bought.
	Check Check
	// Records of the DNS that Gandi asks for, and Round what it was asked about, or
	// when: zones are altered once per round.
	Records []v1alpha1.DNSChallenge
	Round   string
	// Endpoint is the DNSEndpoint for external-dns, as far as it was looked for.
	Endpoint engine.Kept
	// RetryCreate is how long to wait before a create is sent again whose operation
	// failed, and Failure why it did.
	RetryCreate time.Duration
	Failure     string
	// Ended says that the duration is over, and when; "" while it is not.
	Ended string
	// Approval and Request are what people ask for by annotations.
	Approval, Request string

	Applied  map[string]string  // from status: Gandi does not tell it back
	Refusals []v1alpha1.Failure // likewise, of this generation
	Retain   bool
}

// Check is what Gandi said when it was asked what speaks against a site.
type Check struct {
	Asked    bool // of just this site
	Clean    bool // nothing did, not long ago
	Due      bool // it is time to ask, for the first time or again
	In       time.Duration
	Problems []string // beside records
}

// Observe looks at the site, and at what Gandi asks for and offers.
func (k Kind) Observe(ctx context.Context, obj *v1alpha1.GandiSite, env engine.Env) (Observed, error) {
	s := Observed{
		Approval: engine.Request(obj, v1alpha1.AnnotationApproveUpgrade),
		Request:  engine.Request(obj, v1alpha1.AnnotationReconcileRequestedAt),
		Applied:  maps.Clone(obj.Status.Applied),
		Refusals: slices.DeleteFunc(slices.Clone(obj.Status.Refusals), func(f v1alpha1.Failure) bool { return f.Generation != obj.Generation }),
		Retain:   env.Retain,
	}
	if env.Established {
		site := env.Site(gandi.SiteID(obj.Status.ID)).Value
		s.Site = &site
		s.Ended = ended(site.DateEnd, time.Now())
	}
	if deleting(obj) {
		return s, nil
	}
	look := s.beforeBuying
	if s.Site != nil {
		look = s.living
	}
	if err := look(ctx, obj, env); err != nil {
		return s, err
	}
	return s, s.endpoint(ctx, obj, env)
}

// beforeBuying finds out what is offered, and what is known to speak against it.
func (s *Observed) beforeBuying(ctx context.Context, obj object, env engine.Env) error {
	if len(obj.Spec.Vhosts) == 0 {
		return nil // to be adopted
	}
	spec := siteSpec(obj)
	s.holder(obj, env)
	s.check(obj, time.Now())
	s.failedCreate(obj, time.Now())
	if len(s.Records) == 0 {
		// A question that is taken for an order, or one that is not asked, is refused
		// in words alone.
		if err := s.asksFor(ctx, obj, env, spec.Vhosts, gandi.SiteCreateDryRun{Site: spec}, gandi.SiteCreate{Site: spec}); err != nil {
			return err
		}
	}
	if obj.Spec.Package == "" {
		return nil
	}
	want := gandi.SitePackage{Provider: provider(obj), Name: obj.Spec.Package}
	offers, err := env.Catalog.SitePackages(ctx, want.Provider, "")
	if err != nil {
		return fmt.Errorf("asking which packages there are: %w", err)
	}
	if s.Offers = names(offers); !slices.Contains(s.Offers, want.Name) {
		env.Catalog.RefreshCatalog()
		return nil
	}
	return s.price(ctx, env, want, gandi.ActionCreate)
}

// holder looks for a site of the account that has one of the vhosts. Gandi would
// not make another; and where the one there is what this object bought, though all
// that told so was lost, nothing would tell that from a stranger's.
func (s *Observed) holder(obj object, env engine.Env) {
	for one := range env.AllSites() {
		for _, v := range append([]string{one.PreferredVhost}, one.Vhosts...) {
			if slices.Contains(obj.Spec.Vhosts, v) {
				s.Holder, s.Held = one.ID, v
				return
			}
		}
	}
}

// check reads from status what Gandi said of just this site.
func (s *Observed) check(obj object, now time.Time) {
	asked := s.Request != "" && s.Request != s.Applied[appliedAsked]
	was := obj.Status.Check
	if was == nil || was.Digest != question(obj, gandi.Digest(gandi.SiteCreateDryRun{Site: siteSpec(obj)})) {
		s.Check.Due = true
		return
	}
	s.Check = Check{Asked: true, Problems: was.Problems, In: pause(was.Times) - now.Sub(was.At.Time)}
	s.Records, s.Round = obj.Status.DNSChallenges, fmt.Sprint(was.At.Unix())
	if was.Clean {
		s.Check.In = cleanHolds - now.Sub(was.At.Time)
		s.Check.Clean = s.Check.In > 0
	}
	s.Check.Due = asked || s.Check.In <= 0
}

// failedCreate looks for a purchase whose operation ended in ERROR. A question that
// is taken for an order is one too.
func (s *Observed) failedCreate(obj object, now time.Time) {
	f, spec := obj.Status.LastFailure, siteSpec(obj)
	if f == nil || f.Generation != obj.Generation || f.Class != v1alpha1.ReasonOperationFailed {
		return
	}
	if f.Digest == gandi.Digest(gandi.SiteCreate{Site: spec}) || f.Digest == gandi.Digest(gandi.SiteCreateDryRun{Site: spec}) {
		s.Failure, s.RetryCreate = f.Message, retryCreate(f.Attempts)-now.Sub(f.Since.Time)
	}
}

// living finds out what holds vhosts back, and what a bigger package costs.
func (s *Observed) living(ctx context.Context, obj object, env engine.Env) error {
	if change, ok := vhostsChange(obj, *s); ok {
		fresh := slices.DeleteFunc(slices.Clone(obj.Spec.Vhosts), func(v string) bool { return slices.Contains(s.Site.Vhosts, v) })
		if err := s.asksFor(ctx, obj, env, fresh, change.Call); err != nil {
			return err
		}
	}
	want := obj.Spec.Package
	if want == "" || s.Site.Package == "" || want == s.Site.Package {
		return nil
	}
	from := cmp.Or(s.Site.Provider, provider(obj))
	offers, err := env.Catalog.SitePackages(ctx, from, s.Site.Package)
	if err != nil {
		return fmt.Errorf("asking which packages are above %s: %w", s.Site.Package, err)
	}
	s.Offers = names(offers)
	if !slices.Contains(s.Offers, want) {
		env.Catalog.RefreshCatalog()
		return nil
	}
	return s.price(ctx, env, gandi.SitePackage{Provider: from, Name: want}, gandi.ActionUpdate)
}

// asksFor finds the records that Gandi wants for vhosts which none of calls could
// bring. It is asked only after one was refused for want of them: it tells records
// of any name, needed or not. Of those the ones count that the refusal names, where
// it names any.
func (s *Observed) asksFor(ctx context.Context, obj object, env engine.Env, vhosts []string, calls ...gandi.Call) error {
	said, wanting := wantsRecords(s.Refusals, calls)
	if said == "" {
		return nil
	}
	var all, named []v1alpha1.DNSChallenge
	for _, vhost := range vhosts {
		records, err := env.Catalog.SiteDNSEntries(ctx, vhost)
		if err := unlessTold(err); err != nil {
			return fmt.Errorf("asking which records %s needs: %w", vhost, err)
		}
		for _, r := range records {
			switch {
			case r.Type != "TXT":
			case strings.Contains(said, r.Value):
				named = append(named, challenge(r))
			default:
				all = append(all, challenge(r))
			}
		}
	}
	if s.Records = named; len(named) == 0 && wanting {
		s.Records = all
	}
	s.Round = vhostsDigest(obj.Spec.Vhosts)
	return nil
}

// wantsRecords is what Gandi said when one of calls failed, if that may be for want
// of a record, and whether it surely is: then it means "not yet" (gandi.Busy), or that
// a zone is not there (gandi.NotFound). What an operation stumbled over is told in
// words alone, and a verdict on the arguments is none on the DNS.
func wantsRecords(refusals []v1alpha1.Failure, calls []gandi.Call) (said string, surely bool) {
	for _, call := range calls {
		digest := gandi.Digest(call)
		for _, f := range refusals {
			switch {
			case f.Digest != digest:
			case f.Class == gandi.Busy.String(), f.Class == gandi.NotFound.String():
				return f.Message, true
			case f.Class == v1alpha1.ReasonOperationFailed:
				said = f.Message
			}
		}
	}
	return said, false
}

// price looks up what is for people only; without it things go on.
func (s *Observed) price(ctx context.Context, env engine.Env, p gandi.SitePackage, action string) error {
	prices, err := env.Catalog.SitePrice(ctx, p, action)
	if err := unlessTold(err); err != nil {
		return fmt.Errorf("asking what package %s costs: %w", p.Name, err)
	}
	if len(prices) == 0 {
		return nil
	}
	one := prices[0]
	s.Price = fmt.Sprintf("%g %s", one.Amount, one.Currency)
	if unit, ok := map[string]string{"m": "month", "y": "year"}[one.DurationUnit]; ok {
		s.Price += " per " + unit
	}
	return nil
}

// unlessTold is err, unless it only means that Gandi does not tell: what is asked
// is published in part.
func unlessTold(err error) error {
	_, notNow := errors.AsType[*account.NotNow](err)
	if err == nil || notNow || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}

// endpoint looks at what external-dns is told, where there is something to tell.
func (s *Observed) endpoint(ctx context.Context, obj object, env engine.Env) (err error) {
	if obj.Spec.DNS.Mode != v1alpha1.DNSExternalDNS || len(s.Records) == 0 {
		return nil
	}
	s.Endpoint, err = env.Companion(ctx, endpointVersion, endpointKind, obj.Name)
	return err
}

func provider(obj object) string { return cmp.Or(obj.Spec.Provider, defaultProvider) }

// siteSpec is what the site is bought with.
func siteSpec(obj object) gandi.SiteSpec {
	return gandi.SiteSpec{
		Name: cmp.Or(obj.Spec.Name, obj.Name), Provider: provider(obj), Package: obj.Spec.Package,
		Vhosts: obj.Spec.Vhosts, Duration: obj.Spec.Duration,
	}
}

func names(packages []gandi.SitePackage) []string {
	all := make([]string, len(packages))
	for i, p := range packages {
		all[i] = p.Name
	}
	return all
}

// few are the first of a list, in words.
func few(all []string) string {
	const most = 4
	text := strings.Join(all[:min(len(all), most)], ", ")
	if n := len(all) - most; n > 0 {
		text += fmt.Sprintf(" and %d more", n)
	}
	return text
}
