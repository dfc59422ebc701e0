package gandisim

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// panelAccount sets what an account has to spend.
func (w *World) panelAccount(req map[string]any) error {
	edit := maps.Clone(req)
	delete(edit, "type")
	f := w.read(objHostingAccount, edit)
	handle, hasHandle := f.text("handle")
	credits, given := f.int("credits")
	if fault := w.strictly(f); fault != nil {
		return errors.New(fault.Text)
	}
	if !given {
		return errors.New("credits must be a whole number")
	}
	if !hasHandle {
		handle = w.opts.Handle
	}
	w.account(handle).credits = credits
	return nil
}

func (w *World) panelDatacenter(d *datacenter, f *fields) func() error {
	closed, given := f.text("iaas_closed_for")
	return func() error {
		if !given || !slices.Contains([]string{closedForNobody, closedForNew, closedForAll}, closed) {
			return errors.New("iaas_closed_for must be NONE, NEW or ALL")
		}
		d.iaasClosed = closed
		return nil
	}
}

func (w *World) panelImage(i *image, f *fields) func() error {
	label, hasLabel := f.text("label")
	visibility, hasVisibility := f.text("visibility")
	return func() error {
		if hasLabel {
			i.label = label
		}
		if hasVisibility {
			i.visibility = visibility
		}
		i.updated = w.now
		return nil
	}
}

// panelMakeImage adds an image to a datacenter, as Gandi does now and then.
func (w *World) panelMakeImage(f *fields, dc int) error {
	label, hasLabel := f.text("label")
	if fault := w.strictly(f); fault != nil {
		return errors.New(fault.Text)
	}
	if !hasLabel || label == "" {
		return fmt.Errorf("an image of datacenter %d needs a label", dc)
	}
	n := w.issued["image"]
	w.issued["image"]++
	w.images = append(w.images, &image{
		id: 3000 + n, disk: 6000000 + n, datacenter: dc, label: label, arch: "x86-64", kernel: "3.12-x86_64 (hvm)", visibility: "all",
		created: w.now, updated: w.now,
	})
	return nil
}
