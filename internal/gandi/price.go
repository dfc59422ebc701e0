package gandi

import "context"

// Actions that a price is asked for.
const (
	ActionCreate = "create"
	ActionUpdate = "update"
	ActionRenew  = "renew"
)

// Price is what Gandi's catalog asks for one unit of a product.
type Price struct {
	Product      string // the description, such as "basekit_whitelabel_professional"
	Action       string // such as ActionUpdate
	Amount       float64
	Currency     string // ISO 4217; EUR unless the account has another
	Grid         string // "A" to "E", the customer's discount
	DurationUnit string // such as "m" or "y"; "" where the price knows no duration
	MinDuration  float64
	MaxDuration  float64 // 0 where there is no limit
}

// SitePrice reads what action costs for the package p: ActionUpdate is the upgrade to it. It is empty when Gandi's catalog has no
// such offer. The prices are for people: nothing here decides by them.
func (c *Client) SitePrice(ctx context.Context, p SitePackage, action string) ([]Price, error) {
	opts := map[string]any{
		"product": map[string]any{"type": "site", "description": p.Description()},
		"action":  map[string]any{"name": action},
	}
	all, err := readAs(ctx, c, "catalog.list", []any{opts}, prices)
	if err != nil {
		return nil, err
	}
	// As with every list: a filter that was not heeded is asked again.
	var fit []Price
	for _, one := range all {
		if one.Product == p.Description() && (one.Action == action || one.Action == "") {
			fit = append(fit, one)
		}
	}
	return fit, nil
}

func prices(v any) ([]Price, error) {
	r := newRecord(map[string]any{"catalog": v})
	lists := records(r, "catalog", parsePrices)
	if *r.problem != nil {
		return nil, *r.problem
	}
	var all []Price
	for _, list := range lists {
		all = append(all, list...)
	}
	return all, nil
}

// parsePrices reads one product, which has a price for each range of durations.
func parsePrices(r *record) []Price {
	product, action := r.nested("product").str("description"), r.nested("action").str("name")
	return records(r, "unit_price", func(r *record) Price {
		if !r.given("price") {
			r.complain("price", "a number") // else it would read as free
		}
		return Price{
			Product: product, Action: action,
			Amount: r.double("price"), Currency: r.str("currency"), Grid: r.str("grid"),
			DurationUnit: r.str("duration_unit"), MinDuration: r.double("min_duration"), MaxDuration: r.double("max_duration"),
		}
	})
}
