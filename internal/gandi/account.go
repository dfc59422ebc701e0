package gandi

import (
	"context"
	"time"
)

// Account is the hosting account that the key opens. It comes in two editions: with credits (RatingEnabled), or with
// shares, which has Resources and ShareDefinition instead.
type Account struct {
	ID                int
	Handle            string // such as "AB1234-GANDI"
	Fullname          string
	RatingEnabled     bool
	Credits           float64
	AverageCreditCost float64
	CycleDay          int
	CreditsExpireAt   time.Time
	ShareDefinition   map[string]float64 // what one share holds; nil with credits
	Resources         *Resources         // nil with credits
}

// Resources are what an account with shares may use, by Gandi's name of the resource ("cores", "memory", "servers", ...).
type Resources struct {
	Available map[string]float64
	Granted   map[string]float64
	Used      map[string]float64
	Expired   map[string]float64
}

// AccountInfo reads the account. Gandi answers an account that never bought credits with a fault of class Denied.
func (c *Client) AccountInfo(ctx context.Context) (Account, error) {
	return readStruct(ctx, c, "hosting.account.info", parseAccount)
}

func parseAccount(r *record) Account {
	a := Account{
		ID:                r.num("id"),
		Handle:            r.required("handle"),
		Fullname:          r.str("fullname"),
		RatingEnabled:     r.flag("rating_enabled"),
		Credits:           r.double("credits"),
		AverageCreditCost: r.double("average_credit_cost"),
		CycleDay:          r.num("cycle_day"),
		CreditsExpireAt:   r.date("date_credits_expiration"),
		ShareDefinition:   r.amounts("share_definition"),
	}
	if r.given("resources") {
		n := r.nested("resources")
		res := Resources{
			Available: n.amounts("available"),
			Granted:   n.amounts("granted"),
			Used:      n.amounts("used"),
			Expired:   n.amounts("expired"),
		}
		// Gandi: with credits the struct is there and each of its members is nil.
		if res.Available != nil || res.Granted != nil || res.Used != nil || res.Expired != nil {
			a.Resources = &res
		}
	}
	return a
}

// Version reads the version of the API, such as "3.3.42". It needs a key and no hosting account.
func (c *Client) Version(ctx context.Context) (string, error) {
	return readStruct(ctx, c, "version.info", func(r *record) string { return r.required("api_version") })
}
