package engine

import (
	"fmt"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
)

const (
	// previewSteps bounds a preview. A plan that needs more goes round in a circle:
	// a VM with all the disks and interfaces that its schema allows needs half.
	previewSteps = 64
	// shownSteps is as much of a preview as status.plan holds.
	shownSteps = 20
)

// Preview lists the actions still to come, from observed on: it plans, takes
// the effect for granted, and plans again. The last action is the one that
// ends the list (InSync, Wait, Block, Release or Apply). A plan that does not end
// within 64 actions is a defect, told as an error.
func Preview[O Object, S any](k Kind[O, S], obj O, observed S) ([]Action, error) {
	var actions []Action
	for range previewSteps {
		a := k.Plan(obj, observed)
		actions = append(actions, a)
		if a.Verb != Do {
			return actions, nil
		}
		observed = k.Effect(observed, a.Call)
	}
	return actions, fmt.Errorf("plan of %s does not end within %d actions", k.Name(), previewSteps)
}

// planned is the part of a preview that people see in status.plan.
func planned(actions []Action) []v1alpha1.PlannedAction {
	var out []v1alpha1.PlannedAction
	for _, a := range actions {
		switch a.Verb {
		case Do:
			out = append(out, v1alpha1.PlannedAction{
				Action: a.Reason, Method: a.Call.Method(), Message: cut(a.Message, 512), Disruptive: a.Disruptive,
			})
		case Release:
			out = append(out, v1alpha1.PlannedAction{Action: a.Reason, Message: cut(a.Message, 512)})
		case Apply:
			out = append(out, v1alpha1.PlannedAction{Action: a.Reason, Message: cut(a.Message, 512)})
		case Wait:
			if a.Call != nil {
				out = append(out, v1alpha1.PlannedAction{Action: a.Reason, Method: a.Call.Method(), Message: cut(a.Message, 512)})
			}
		case InSync, Block:
		}
	}
	return out[:min(len(out), shownSteps)]
}
