package main

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
)

// look is what the live table shows: account, VMs and sites, by name.
func (s *stage) look(ctx context.Context) ([]row, error) {
	var accounts v1alpha1.GandiAccountList
	var vms v1alpha1.GandiVMList
	var sites v1alpha1.GandiSiteList
	for _, list := range []client.ObjectList{&accounts, &vms, &sites} {
		if err := s.client.List(ctx, list, client.InNamespace(metav1.NamespaceDefault)); err != nil {
			return nil, fmt.Errorf("looking at the objects: %w", err)
		}
	}
	var rows []row
	for _, a := range accounts.Items {
		rows = append(rows, rowOf("account", "", a.Status.Conditions))
	}
	for _, vm := range vms.Items {
		rows = append(rows, rowOf(vm.Name, vm.Status.State, vm.Status.Conditions))
	}
	for _, site := range sites.Items {
		rows = append(rows, rowOf(site.Name, site.Status.State, site.Status.Conditions))
	}
	return rows, nil
}

func rowOf(name, state string, conditions []metav1.Condition) row {
	r := row{name: name, state: state}
	if ready := meta.FindStatusCondition(conditions, v1alpha1.ConditionReady); ready != nil {
		r.ready = string(ready.Status)
		if ready.Status != metav1.ConditionTrue {
			r.message = ready.Message
		}
	}
	if running := meta.FindStatusCondition(conditions, v1alpha1.ConditionOperationInProgress); running != nil {
		r.operation = running.Reason
	}
	return r
}
