package catalog_test

import (
	"strings"
	"testing"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/catalog"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

func TestOneThingIsMeant(t *testing.T) {
	full := []gandi.Datacenter{
		{ID: 1, Code: "FR-SD2", Name: "Equinix Paris", Country: "France", ISO: "FR", IaaSClosedFor: "NEW"},
		{ID: 2, Code: "US-BA1", Name: "Level3 Baltimore", Country: "United States of America", ISO: "US", IaaSClosedFor: "ALL"},
		{ID: 3, Code: "LU-BI1", Name: "Bissen", Country: "Luxembourg", ISO: "LU", IaaSClosedFor: "NONE"},
		{ID: 4, Code: "FR-SD3", Name: "France, Paris", Country: "France", ISO: "FR", IaaSClosedFor: "NONE"},
		{ID: 5, Code: "FR-SD5", Name: "France, Paris", Country: "France", ISO: "FR", IaaSClosedFor: "NONE"},
	}
	short := []gandi.Datacenter{
		{ID: 1, Name: "Equinix Paris", Country: "France", ISO: "FR"},
		{ID: 2, Name: "Level3 Baltimore", Country: "United States of America", ISO: "US"},
	}
	for _, row := range []struct {
		all    []gandi.Datacenter
		wanted string
		id     gandi.DatacenterID
		reason string
		names  string
	}{
		{full, "FR-SD3", 4, "", ""},
		{full, "fr-sd3", 4, "", ""},
		{full, "Equinix Paris", 1, "", ""},
		{full, "4", 4, "", ""},
		{full, "luxembourg", 3, "", ""},
		{full, "FR", 0, v1alpha1.ReasonDatacenterAmbiguous, "FR-SD3"},
		{full, "France, Paris", 0, v1alpha1.ReasonDatacenterAmbiguous, "FR-SD5"},
		{full, "US-BA1", 0, v1alpha1.ReasonDatacenterClosed, "LU-BI1"},
		{full, "Mars", 0, v1alpha1.ReasonDatacenterNotFound, "LU-BI1"},
		{short, "france", 1, "", ""},
		{short, "FR", 1, "", ""},
		{short, "level3 baltimore", 2, "", ""},
		{nil, "FR", 0, v1alpha1.ReasonDatacenterNotFound, "none"},
	} {
		t.Run(row.wanted, func(t *testing.T) {
			dc, err := catalog.Datacenter(row.all, row.wanted)
			check(t, int(dc.ID), int(row.id), err, row.reason, row.names)
		})
	}
	images := []gandi.Image{
		{ID: 15, Label: "Ubuntu 9.10", DiskID: 43024, DatacenterID: 1}, {ID: 18, Label: "Ubuntu 10.04", DiskID: 51848, DatacenterID: 1},
		{ID: 20, Label: "Debian 8", DatacenterID: 1}, {ID: 21, Label: "debian 8", DatacenterID: 1}, {ID: 30, Label: "Ubuntu 10.04", DatacenterID: 3},
	}
	for _, row := range []struct {
		want   v1alpha1.ImageSource
		id     gandi.ImageID
		reason string
		names  string
	}{
		{v1alpha1.ImageSource{Label: "Ubuntu 10.04"}, 18, "", ""},
		{v1alpha1.ImageSource{Label: "ubuntu 10.04"}, 18, "", ""},
		{v1alpha1.ImageSource{Label: "debian 8"}, 21, "", ""},
		{v1alpha1.ImageSource{Label: "DEBIAN 8"}, 0, v1alpha1.ReasonImageAmbiguous, "Debian 8 (20)"},
		{v1alpha1.ImageSource{Label: "Plan 9"}, 0, v1alpha1.ReasonImageNotFound, "Ubuntu 9.10 (15)"},
		{v1alpha1.ImageSource{ID: 15}, 15, "", ""},
		{v1alpha1.ImageSource{ID: 51848}, 0, v1alpha1.ReasonImageNotFound, "write image.id: 18"},
		{v1alpha1.ImageSource{ID: 30}, 0, v1alpha1.ReasonImageNotFound, "id 30"},
	} {
		t.Run(row.want.Label, func(t *testing.T) {
			image, err := catalog.Image(images, row.want.Label, row.want.ID, full[0])
			check(t, int(image.ID), int(row.id), err, row.reason, row.names)
		})
	}
}

func check(t *testing.T, got, want int, err error, reason, names string) {
	t.Helper()
	if got != want {
		t.Errorf("found %d, want %d", got, want)
	}
	if reason == "" {
		if err != nil {
			t.Error(err)
		}
		return
	}
	missing, ok := err.(*engine.Missing) //nolint:errorlint // it is returned as it is
	if !ok || missing.Reason != reason || !strings.Contains(missing.Message, names) {
		t.Errorf("missing %+v, want reason %s that names %q", err, reason, names)
	}
}
