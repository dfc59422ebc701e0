package vm

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// closedToAll is the value of iaas_closed_for that refuses everybody; NEW
// refuses accounts without anything there, which only Gandi can tell.
const closedToAll = "ALL"

// pickDatacenter finds the one open datacenter that wanted means. It is
// compared, without regard to case, with code, id and name, which mean one
// datacenter, and then with country code and country, which may mean several.
// A list that tells neither codes nor what is closed is enough.
func pickDatacenter(all []gandi.Datacenter, wanted string) (gandi.Datacenter, error) {
	closed := 0
	for _, fits := range []func(gandi.Datacenter, string) bool{names, contains} {
		var open []gandi.Datacenter
		for _, dc := range all {
			switch {
			case !fits(dc, wanted):
			case dc.IaaSClosedFor == closedToAll:
				closed++
			default:
				open = append(open, dc)
			}
		}
		switch len(open) {
		case 0:
		case 1:
			return open[0], nil
		default:
			return gandi.Datacenter{}, &engine.Missing{Reason: v1alpha1.ReasonDatacenterAmbiguous,
				Message: fmt.Sprintf("datacenter %q fits %s; write one of these codes or ids", wanted, listDatacenters(open))}
		}
	}
	if closed > 0 {
		return gandi.Datacenter{}, &engine.Missing{Reason: v1alpha1.ReasonDatacenterClosed,
			Message: fmt.Sprintf("datacenter %q is closed; open are: %s", wanted, listDatacenters(all))}
	}
	return gandi.Datacenter{}, &engine.Missing{Reason: v1alpha1.ReasonDatacenterNotFound,
		Message: fmt.Sprintf("no datacenter fits %q; open are: %s", wanted, listDatacenters(all))}
}

// names tells whether wanted is a name of dc alone.
func names(dc gandi.Datacenter, wanted string) bool {
	return sameFold(dc.Code, wanted) || sameFold(fmt.Sprint(dc.ID), wanted) || sameFold(dc.Name, wanted)
}

// contains tells whether wanted is the country of dc.
func contains(dc gandi.Datacenter, wanted string) bool {
	return sameFold(dc.ISO, wanted) || sameFold(dc.Country, wanted)
}

// means tells whether wanted is any word for dc.
func means(dc gandi.Datacenter, wanted string) bool { return names(dc, wanted) || contains(dc, wanted) }

// datacenterName is the shortest name that is clear to people.
func datacenterName(dc gandi.Datacenter) string {
	if dc.Code != "" {
		return dc.Code
	}
	return dc.Name
}

func listDatacenters(all []gandi.Datacenter) string {
	var words []string
	for _, dc := range all {
		if dc.IaaSClosedFor != closedToAll {
			words = append(words, fmt.Sprintf("%s (%d, %s)", datacenterName(dc), dc.ID, cmpName(dc)))
		}
	}
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, ", ")
}

func cmpName(dc gandi.Datacenter) string {
	if dc.Code == "" {
		return dc.Country
	}
	return dc.Name
}

// pickImage finds the one image that the spec means: by id, or by label, exactly
// and then without regard to case.
func pickImage(all []gandi.Image, want *v1alpha1.ImageSource, dc gandi.Datacenter) (gandi.Image, error) {
	var here []gandi.Image
	for _, image := range all {
		if image.DatacenterID == dc.ID {
			here = append(here, image)
		}
	}
	name := fmt.Sprintf("label %q", want.Label)
	tries := []func(gandi.Image) bool{
		func(i gandi.Image) bool { return i.Label == want.Label },
		func(i gandi.Image) bool { return sameFold(i.Label, want.Label) },
	}
	if want.ID != 0 {
		name = fmt.Sprintf("id %d", want.ID)
		tries = []func(gandi.Image) bool{func(i gandi.Image) bool { return int64(i.ID) == want.ID }}
	}
	for _, fits := range tries {
		var found []gandi.Image
		for _, image := range here {
			if fits(image) {
				found = append(found, image)
			}
		}
		switch len(found) {
		case 0:
		case 1:
			return found[0], nil
		default:
			return gandi.Image{}, &engine.Missing{Reason: v1alpha1.ReasonImageAmbiguous,
				Message: fmt.Sprintf("several images in %s have %s: %s; write image.id instead", datacenterName(dc), name, listImages(found))}
		}
	}
	message := fmt.Sprintf("no image in %s has %s; there are: %s", datacenterName(dc), name, listImages(here))
	for _, image := range all {
		if want.ID != 0 && int64(image.DiskID) == want.ID {
			message = fmt.Sprintf("%d is the disk of image %d (%s), not an image; write image.id: %d", want.ID, image.ID, image.Label, image.ID)
		}
	}
	return gandi.Image{}, &engine.Missing{Reason: v1alpha1.ReasonImageNotFound, Message: message}
}

// listImages names images, sorted, as far as they fit a condition's message.
func listImages(all []gandi.Image) string {
	if len(all) == 0 {
		return "none"
	}
	var words []string
	for _, image := range all {
		words = append(words, fmt.Sprintf("%s (%d)", image.Label, image.ID))
	}
	slices.Sort(words)
	const most = 20
	if len(words) > most {
		words = append(words[:most], fmt.Sprintf("and %d more", len(all)-most))
	}
	return strings.Join(words, ", ")
}

// ownDisk checks a disk that is given by number: it has to be there, in the
// datacenter, and free when it is to be used and not copied.
func ownDisk(env engine.Env, id gandi.DiskID, dc gandi.Datacenter, toUse bool) error {
	rec := env.Disk(id)
	disk := rec.Value
	switch {
	case !seen(rec.Seen):
		return &engine.Missing{Reason: v1alpha1.ReasonDiskNotFound, Message: fmt.Sprintf("disk %d is not on the account", id)}
	case disk.DatacenterID != 0 && disk.DatacenterID != dc.ID:
		return &engine.Missing{Reason: v1alpha1.ReasonDiskNotFound,
			Message: fmt.Sprintf("disk %d is in datacenter %d, and the VM shall be in %s (%d); Gandi wants both in one", id, disk.DatacenterID, datacenterName(dc), dc.ID)}
	case toUse && len(disk.VMIDs) > 0:
		return &engine.Missing{Reason: v1alpha1.ReasonDiskInUse,
			Message: fmt.Sprintf("disk %d is attached to VM %d; it is used as soon as it is free", id, disk.VMIDs[0])}
	}
	return nil
}
