package e2e

import (
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
)

// A VM goes from kubectl apply to Ready, is changed in every way, and goes back
// to nothing.
func TestLife(t *testing.T) {
	t.Parallel()
	s := manned(t)
	s.apply("web", `spec: {cores: 2}`)
	s.waitReady("web")

	vm := s.vm("web")
	st := vm.Status
	if st.State != "running" || st.IPv4 == "" || st.IPv6 == "" || st.Cores != 2 || st.Memory.String() != "512Mi" || st.MaxMemory.String() != "2Gi" ||
		st.Datacenter == nil || st.Datacenter.Name != "FR-SD3" || st.Hostname != "web" || len(st.Disks) != 1 || len(st.Interfaces) != 1 {
		t.Errorf("status does not tell the VM: %+v", st)
	}
	if st.Intent != nil || len(st.Operations) > 0 || len(st.Plan) > 0 || st.LastFailure != nil {
		t.Errorf("something is still open: %+v", st.ManagedStatus)
	}
	if got := vm.Finalizers; !slices.Equal(got, []string{v1alpha1.Finalizer}) {
		t.Errorf("the finalizers are %v", got)
	}
	if got := vm.Annotations[v1alpha1.AnnotationExternal]; !strings.HasPrefix(got, s.handle+"/vm/") || !strings.HasSuffix(got, "/"+st.Token) {
		t.Errorf("the annotation %s is %q", v1alpha1.AnnotationExternal, got)
	}
	s.wantThings(1, "vms", "disks", "ifaces")
	s.wantEvents("web", "Normal CreatingVM")
	if row := mustKubectl(t, s.namespace, "get", "gvm", "web"); !strings.Contains(row, "True") || !strings.Contains(row, st.IPv4) {
		t.Errorf("kubectl get says\n%s", row)
	}
	if !meta.IsStatusConditionTrue(s.readAccount().Status.Conditions, v1alpha1.ConditionInUse) {
		t.Error("the account is not in use")
	}

	s.Log("memory beyond its maximum, with a reboot")
	s.edit("gvm", "web", `spec: {memory: 3Gi}`)
	s.waitReady("web")
	if at := s.thing(st.ID); at["memory"] != 3072.0 || at["vm_max_memory"] != 4096.0 || at["state"] != "running" {
		t.Errorf("after the resize Gandi has %v", at)
	}
	s.wantEvents("web", "Normal RaisingMaxMemory", "Normal RebootingVM")
	if now := s.vm("web").Status; now.ID != st.ID || now.Memory.String() != "3Gi" || now.PendingReboot != nil {
		t.Errorf("after the resize status says %+v", now)
	}

	s.Log("drift")
	s.panel(`{type: vm, id: ` + number(st.ID) + `, hostname: hacked, power: halted}`)
	s.wantEvents("web", "Warning Drifted", "Normal UpdatingVM", "Normal StartingVM")
	s.eventually("the drift's end", func() (bool, string) {
		at := s.thing(st.ID)
		return at["hostname"] == "web" && at["state"] == "running" && meta.IsStatusConditionTrue(s.vm("web").Status.Conditions, v1alpha1.ConditionReady), show(at)
	})

	s.Log("a restart")
	reboots := s.called("hosting.vm.reboot")
	s.annotate("web", v1alpha1.AnnotationRestartRequestedAt, "once")
	s.eventually("the restart", func() (bool, string) {
		vm := s.vm("web")
		return vm.Status.LastHandledRestartAt == "once" && len(vm.Status.Operations) == 0 && vm.Status.Intent == nil, told(vm.Status.Conditions, vm.Generation)
	})
	if got := s.called("hosting.vm.reboot"); got != reboots+1 {
		t.Errorf("one requested restart made %d reboots", got-reboots)
	}

	s.Log("a changed password")
	apply(t, s.namespace, strings.Replace(s.login(), s.password, s.password+"2", 1))
	s.annotate("web", v1alpha1.AnnotationReconcileRequestedAt, "now")
	s.wantEvents("web", "Normal SettingPassword")
	s.waitReady("web")

	s.Log("the end")
	s.delete("web")
	s.wantThings(0, "vms", "disks", "ifaces")
	if got := s.called("hosting.vm.create_from"); got != 1 {
		t.Errorf("one VM was bought %d times", got)
	}
	mustKubectl(t, s.namespace, "delete", "gacc", "default", "--timeout="+patience.String())
	secret, err := core(t).CoreV1().Secrets(s.namespace).Get(t.Context(), "gandi-credentials", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(secret.Finalizers) > 0 {
		t.Errorf("the Secret of no account is still held by %v", secret.Finalizers)
	}
}

// What is not there yet is waited for, with a reason, and nothing is bought
// meanwhile.
func TestWhatIsMissingIsWaitedFor(t *testing.T) {
	t.Parallel()
	s := newStation(t)
	s.start()
	s.apply("web", `spec: {image: {label: Debian Nine}}`)
	s.waitTold("web", "AccountNotFound")
	apply(t, s.namespace, s.account())
	s.waitAccountTold("SecretNotFound")
	s.waitTold("web", "AccountNotReady")
	apply(t, s.namespace, "---\napiVersion: v1\nkind: Secret\nmetadata: {name: gandi-credentials}\nstringData: {other: value}\n")
	s.waitAccountTold("has no key api-key")
	apply(t, s.namespace, s.credentials())
	s.waitAccountTold("Ready=True")
	s.waitTold("web", "SecretNotFound")
	apply(t, s.namespace, strings.Replace(s.login(), "password: ", "other: ", 1))
	s.waitTold("web", `under the key "password"`)
	apply(t, s.namespace, s.login())
	s.waitTold("web", "ImageNotFound")
	if vm := s.vm("web"); !strings.Contains(told(vm.Status.Conditions, vm.Generation), "Debian 8 (HVM)") {
		t.Errorf("it does not list what there is: %s", told(vm.Status.Conditions, vm.Generation))
	}
	if got := s.calls(); len(got) > 0 {
		t.Errorf("before everything was there it called %v", got)
	}
	// A typo can be corrected as long as nothing was bought.
	s.edit("gvm", "web", `spec: {image: {label: debian 8 (hvm)}}`)
	s.waitReady("web")
	s.wantThings(1, "vms")
}

// A namespace goes with all that it holds: objects while the account's key is
// there, then the account, then the Secret.
func TestANamespaceIsDeleted(t *testing.T) {
	t.Parallel()
	s := manned(t)
	s.apply("one", ``)
	s.apply("two", ``)
	s.waitReady("one", "two")
	s.wantThings(2, "vms")

	mustKubectl(t, s.namespace, "delete", "namespace", s.namespace, "--wait=false")
	s.eventually("the namespace's end", func() (bool, string) {
		namespace, err := core(t).CoreV1().Namespaces().Get(t.Context(), s.namespace, metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			return true, ""
		}
		if err != nil {
			t.Fatal(err)
		}
		s.wantOrder()
		return false, namespaceTells(namespace)
	})
	s.wantThings(0, "vms", "disks", "ifaces")
}

// wantOrder holds that the Secret outlives the account and the account outlives
// the VMs. What shall live longer is read first: if it is gone, nothing read
// after it may be there.
func (s *station) wantOrder() {
	s.Helper()
	_, err := core(s).CoreV1().Secrets(s.namespace).Get(s.Context(), "gandi-credentials", metav1.GetOptions{})
	secretGone := apierrors.IsNotFound(err)
	var held v1alpha1.GandiAccountList
	if err := s.client.List(s.Context(), &held, client.InNamespace(s.namespace)); err != nil {
		s.Fatal(err)
	}
	var living v1alpha1.GandiVMList
	if err := s.client.List(s.Context(), &living, client.InNamespace(s.namespace)); err != nil {
		s.Fatal(err)
	}
	if secretGone && len(held.Items) > 0 {
		s.Error("the Secret went before the account")
	}
	if len(held.Items) == 0 && len(living.Items) > 0 {
		s.Error("the account went before its VMs")
	}
}

func namespaceTells(namespace *corev1.Namespace) string {
	var all []string
	for _, c := range namespace.Status.Conditions {
		if c.Status == corev1.ConditionTrue {
			all = append(all, c.Message)
		}
	}
	return strings.Join(all, "; ")
}
