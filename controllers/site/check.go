package site

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// cleanHolds is how long Gandi's word that nothing speaks against a site is good
// for buying it.
const cleanHolds = 10 * time.Minute

// Bounds of what status keeps of an answer, by the schema.
const (
	maxRecords  = 32
	maxProblems = 8
)

// Answered keeps what Gandi said speaks against the site.
func (Kind) Answered(obj *v1alpha1.GandiSite, problems []gandi.Problem, now time.Time) {
	st := &obj.Status
	check := &v1alpha1.SiteCheck{Digest: question(obj, st.Intent.Digest), At: metav1.NewTime(now.Truncate(time.Second)), Clean: len(problems) == 0}
	if !check.Clean {
		check.Times = 1
		if was := st.Check; was != nil && was.Digest == check.Digest {
			check.Times = min(was.Times+1, 1000)
		}
	}
	st.DNSChallenges = nil
	for _, p := range problems {
		record, ok := p.Record()
		switch {
		case ok && len(st.DNSChallenges) < maxRecords:
			st.DNSChallenges = append(st.DNSChallenges, challenge(record))
		case !ok && len(check.Problems) < maxProblems:
			check.Problems = append(check.Problems, engine.Head(cmp.Or(p.Reason, p.Error, "a problem without words"), 512))
		}
	}
	st.Check = check
}

// question names what was asked: one account's answer says nothing to another.
func question(obj object, digest string) string {
	sum := sha256.Sum256([]byte(obj.Spec.AccountRef.Name + "/" + digest))
	return hex.EncodeToString(sum[:16])
}

func challenge(r gandi.DNSRecord) v1alpha1.DNSChallenge {
	return v1alpha1.DNSChallenge{
		Host: engine.Head(r.Host, 255), Type: engine.Head(r.Type, 16), Value: engine.Head(r.Value, 255), TTL: int32(min(max(cmp.Or(r.TTL, gandi.ChallengeTTL), 0), 1<<30)),
	}
}

// pause is how long to wait after Gandi has named problems so many times in a row:
// records of the DNS may take hours to be seen.
//
//	times   1   2   3   4   5    6    7 …
//	pause   1m  2m  4m  8m  16m  32m  1h
func pause(times int32) time.Duration {
	return min(time.Minute<<min(max(times-1, 0), 6), time.Hour)
}

// retryCreate is how long to wait after a create whose operation has failed. More
// than a few attempts a day are not made at all.
//
//	attempts   1    2 …
//	wait       15m  1h
func retryCreate(attempts int32) time.Duration {
	if attempts < 2 {
		return 15 * time.Minute
	}
	return time.Hour
}
