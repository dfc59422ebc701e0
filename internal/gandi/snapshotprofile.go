package gandi

import "context"

// SnapshotProfile is a schedule of automatic snapshots that a disk may have.
type SnapshotProfile struct {
	ID          SnapshotProfileID
	Name        string
	KeptTotal   int     // snapshots kept at a time, over all schedules
	QuotaFactor float64 // what a disk with it counts for, as a multiple of its size
	Schedules   []SnapshotSchedule
}

// SnapshotSchedule is one rhythm of a profile, such as "daily".
type SnapshotSchedule struct {
	Name string
	Kept int // snapshots of this rhythm kept at a time
}

// SnapshotProfiles lists the profiles that there are.
func (c *Client) SnapshotProfiles(ctx context.Context) ([]SnapshotProfile, error) {
	return readList(ctx, c, "hosting.snapshotprofile.list", map[string]any{}, parseSnapshotProfile)
}

func parseSnapshotProfile(r *record) SnapshotProfile {
	return SnapshotProfile{
		ID:          SnapshotProfileID(r.id()),
		Name:        r.str("name"),
		KeptTotal:   r.num("kept_total"),
		QuotaFactor: r.double("quota_factor"),
		Schedules: records(r, "schedules", func(s *record) SnapshotSchedule {
			return SnapshotSchedule{Name: s.str("name"), Kept: s.num("kept_version")}
		}),
	}
}
