package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
	"github.com/gandi-operator/gandi-operator/internal/engine"
	"github.com/gandi-operator/gandi-operator/internal/gandi"
)

// FindImage finds an image among those that Gandi offers in dc now.
func FindImage(ctx context.Context, offer engine.Catalog, dc gandi.Datacenter, label string, id int64) (gandi.Image, error) {
	all, err := offer.Images(ctx, dc.ID)
	if err != nil {
		return gandi.Image{}, fmt.Errorf("listing images: %w", err)
	}
	image, err := Image(all, label, id, dc)
	if err != nil {
		offer.RefreshCatalog()
	}
	return image, err
}

// Image finds the one image of dc that is meant: by id unless that is 0, else
// by label, exactly and then without regard to case.
func Image(all []gandi.Image, label string, id int64, dc gandi.Datacenter) (gandi.Image, error) {
	var here []gandi.Image
	for _, image := range all {
		if image.DatacenterID == dc.ID {
			here = append(here, image)
		}
	}
	name := fmt.Sprintf("label %q", label)
	tries := []func(gandi.Image) bool{
		func(i gandi.Image) bool { return i.Label == label },
		func(i gandi.Image) bool { return SameFold(i.Label, label) },
	}
	if id != 0 {
		name = fmt.Sprintf("id %d", id)
		tries = []func(gandi.Image) bool{func(i gandi.Image) bool { return int64(i.ID) == id }}
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
				Message: fmt.Sprintf("several images in %s have %s: %s; write image.id instead", DatacenterName(dc), name, listImages(found))}
		}
	}
	message := fmt.Sprintf("no image in %s has %s; there are: %s", DatacenterName(dc), name, listImages(here))
	for _, image := range all {
		if id != 0 && int64(image.DiskID) == id {
			message = fmt.Sprintf("%d is the disk of image %d (%s), not an image; write image.id: %d", id, image.ID, image.Label, image.ID)
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
