package gandi

import (
	"context"
	"time"
)

// Values of Datacenter.IaaSClosedFor: to whom a datacenter is closed.
const (
	ClosedForNone = "NONE" // open
	ClosedForNew  = "NEW"  // open to accounts that have something there already
	ClosedForAll  = "ALL"
)

// Datacenter is a place where VMs live. Old editions of the list tell its number, name, country and ISO code alone.
type Datacenter struct {
	ID            DatacenterID
	Code          string // dc_code, such as "FR-SD3"; "" where the list does not tell
	Name          string
	Country       string
	ISO           string // of the country, so shared by several
	IaaSClosedFor string // ClosedForNone, ClosedForNew, ClosedForAll; "" where the list does not tell
	DeactivateAt  time.Time
	CanMigrateTo  []DatacenterID
}

// DatacenterFilter narrows a list of datacenters; zero values ask for nothing.
type DatacenterFilter struct {
	IDs     []DatacenterID
	Code    string
	Name    string
	ISO     string
	Country string // compared on our side alone: Gandi has no such filter
}

func (f DatacenterFilter) opts() map[string]any {
	s := spec{}
	anyOf(s, "id", f.IDs)
	s.str("dc_code", f.Code)
	s.str("name", f.Name)
	s.str("iso", f.ISO)
	return s
}

// Datacenter reads one datacenter. One that is not there is of class NotFound.
func (c *Client) Datacenter(ctx context.Context, id DatacenterID) (Datacenter, error) {
	return readOne(ctx, c, "hosting.datacenter.info", int(id), parseDatacenter)
}

// Datacenters lists the datacenters that fit f.
func (c *Client) Datacenters(ctx context.Context, f DatacenterFilter) ([]Datacenter, error) {
	all, err := readList(ctx, c, "hosting.datacenter.list", f.opts(), parseDatacenter)
	if err != nil || f.Country == "" {
		return all, err
	}
	fit := make([]Datacenter, 0, len(all))
	for _, d := range all {
		if d.Country == f.Country {
			fit = append(fit, d)
		}
	}
	return fit, nil
}

func parseDatacenter(r *record) Datacenter {
	return Datacenter{
		ID:            DatacenterID(r.id()),
		Code:          r.str("dc_code"),
		Name:          r.str("name"),
		Country:       r.str("country"),
		ISO:           r.str("iso"),
		IaaSClosedFor: r.str("iaas_closed_for"),
		DeactivateAt:  r.date("deactivate_at"),
		CanMigrateTo:  ids[DatacenterID](r, "can_migrate_to"),
	}
}
