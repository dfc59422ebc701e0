package condition

import (
	"strings"
	"unicode/utf8"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/gandi-operator/gandi-operator/api/v1alpha1"
)

// maxMessage bounds every message, in runes: what Gandi answers may be long,
// and thousands of objects share etcd.
const maxMessage = 1024

// Ready says that Gandi matches the spec of generation gen.
func Ready(c *[]metav1.Condition, gen int64, reason, message string) {
	Set(c, v1alpha1.ConditionReady, metav1.ConditionTrue, gen, reason, message)
	Remove(c, v1alpha1.ConditionReconciling)
	Remove(c, v1alpha1.ConditionStalled)
}

// Reconciling says that the operator works, or waits for something that will
// end by itself.
func Reconciling(c *[]metav1.Condition, gen int64, reason, message string) {
	Set(c, v1alpha1.ConditionReady, metav1.ConditionFalse, gen, reason, message)
	Set(c, v1alpha1.ConditionReconciling, metav1.ConditionTrue, gen, reason, message)
	Remove(c, v1alpha1.ConditionStalled)
}

// Stalled says that only an edit or a person's decision helps.
func Stalled(c *[]metav1.Condition, gen int64, reason, message string) {
	Set(c, v1alpha1.ConditionReady, metav1.ConditionFalse, gen, reason, message)
	Set(c, v1alpha1.ConditionStalled, metav1.ConditionTrue, gen, reason, message)
	Remove(c, v1alpha1.ConditionReconciling)
}

// KeepReady brings a Ready=True that is there up to generation gen with its
// reason and message as they were: the account has trouble, but nothing says
// that the object is not in sync any more. Without a Ready=True it is Ready
// with the given reason and message.
func KeepReady(c *[]metav1.Condition, gen int64, reason, message string) {
	if was := meta.FindStatusCondition(*c, v1alpha1.ConditionReady); was != nil && was.Status == metav1.ConditionTrue {
		reason, message = was.Reason, was.Message
	}
	Ready(c, gen, reason, message)
}

// Set writes one condition. lastTransitionTime moves only with the status, so
// that a message which is refined is not a transition.
func Set(c *[]metav1.Condition, typ string, status metav1.ConditionStatus, gen int64, reason, message string) {
	meta.SetStatusCondition(c, metav1.Condition{
		Type:               typ,
		Status:             status,
		ObservedGeneration: gen,
		Reason:             reason,
		Message:            cut(message),
	})
}

// Remove takes a condition away; one that is not there is fine.
func Remove(c *[]metav1.Condition, typ string) {
	meta.RemoveStatusCondition(c, typ)
}

// cut bounds a message and says that it did. Bytes that are no UTF-8 (Gandi's
// texts pass through several charsets) would be refused by the API server, so
// they become U+FFFD.
func cut(message string) string {
	message = strings.ToValidUTF8(message, "\uFFFD")
	if utf8.RuneCountInString(message) <= maxMessage {
		return message
	}
	return string([]rune(message)[:maxMessage-1]) + "…"
}
